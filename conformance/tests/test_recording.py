"""Making, writing and reading recordings."""

import json
import lzma
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance import recording, runner
from conformance.recording import Recording, RecordingError, RecordingWriter
from conformance.subject import SubjectError
from conformance.tests import toy_catalog
from conformance.tests.toy_catalog.processes import gone

CATALOG = toy_catalog.__name__
FAKES = f"{CATALOG}.fakes"
GOOD = ["small::labels", "small::tensor", "small::warns", "small::last"]
HANGING = [*GOOD, "small::hangs"]
BAD = ["small::exits", "small::dies", "small::raises_midway", "small::speaks"]


@pytest.fixture(scope="module")
def good():
    return runner.record(f"{FAKES}:plain", GOOD, workers=1, catalog=CATALOG)


@pytest.fixture(scope="module")
def written(good, tmp_path_factory):
    """A complete recording in a file."""
    path = tmp_path_factory.mktemp("good") / "good.jsonl"
    recording.write(path, good)
    return path


def made(spec, cases, **options):
    return runner.record(spec, cases, **{"catalog": CATALOG, "timeout": 0.5, **options})


def without_times(made):
    return {name: {**record, "seconds": 0} for name, record in made.cases.items()}


# Making


def test_a_recording_has_a_header_its_cases_and_a_footer(good):
    header = good.header
    assert (header["record"], header["format"], header["catalog"]) == ("header", 1, "toy")
    assert header["cases"] == list(good.cases) == GOOD
    assert header["subject"] == {
        "spec": f"{FAKES}:plain",
        "name": "plain",
        "version": "unknown",
        "device": "cpu",
        "build": {},
    }
    assert set(header["platform"]) == {"python", "numpy", "system", "machine"}
    assert header["started"].endswith("+00:00")
    assert {name: record["id"] for name, record in good.cases.items()} == {name: name for name in GOOD}
    assert good.footer.keys() == {"record", "cases", "seconds"}
    assert good.footer["cases"] == 4
    assert good.complete


@pytest.mark.parametrize(("name", "cases"), [("plain", [*HANGING, *BAD]), ("unforked", [*GOOD, *BAD])])
def test_records_do_not_depend_on_order_or_on_the_number_of_workers(name, cases):
    alone = made(f"{FAKES}:{name}", cases, workers=1)
    together = made(f"{FAKES}:{name}", reversed(cases), workers=3)
    assert without_times(alone) == without_times(together)
    assert list(alone.cases) == list(together.cases) == together.header["cases"]


def test_progress_is_told_for_each_record():
    told = []
    made(f"{FAKES}:plain", GOOD, on_record=lambda *what: told.append((*what[:2], what[2]["id"])))
    assert [item[:2] for item in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert sorted(item[2] for item in told) == sorted(GOOD)


def test_cases_may_be_given_as_such_and_more_than_once():
    case = toy_catalog.load()[0]
    assert list(made(f"{FAKES}:plain", [case, case.id, case]).cases) == [case.id]


def test_the_device_reaches_the_subject():
    assert made(f"{FAKES}:on_device", GOOD[:1], device="tpu").header["subject"]["device"] == "tpu"


@pytest.mark.parametrize(
    ("cases", "sentence"),
    [([], "there is no case to run; see"), (["small::nope"], "there is no case 'small::nope'; see")],
)
def test_cases_that_are_not_there_are_refused(cases, sentence, tmp_path):
    with pytest.raises(ValueError, match=f"{sentence}: python -m conformance list"):
        made(f"{FAKES}:plain", cases, output=tmp_path / "out.jsonl")
    assert os.listdir(tmp_path) == []


# Writing while it is made


def test_the_output_is_the_recording_and_keeps_to_the_schema(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("what was there before")
    result = made(f"{FAKES}:plain", toy_catalog.load(), output=path)
    assert recording.read(path) == result
    assert result.path == path
    assert os.listdir(tmp_path) == ["out.jsonl"]
    recording.validate(path)
    for line in path.read_text("utf-8").splitlines():
        assert line == json.dumps(json.loads(line), sort_keys=True, ensure_ascii=False)


def test_each_record_is_on_the_disk_when_it_is_told_of(tmp_path):
    seen = []

    def look(done, total, record):
        partial = recording.read(tmp_path / "out.jsonl.partial")
        seen.append((partial.complete, len(partial.cases), record["id"] in partial.cases))

    made(f"{FAKES}:plain", GOOD, output=tmp_path / "out.jsonl", on_record=look)
    assert seen == [(False, 1, True), (False, 2, True), (False, 3, True), (False, 4, True)]


def test_an_output_that_cannot_be_written_is_refused_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("TOY_PIDS", str(tmp_path / "pids"))
    for path in (tmp_path / "nowhere" / "out.jsonl", tmp_path):
        with pytest.raises(RecordingError, match=r"cannot write the recording .*; choose a"):
            made(f"{FAKES}:plain", ["small::tells_its_worker"], output=path)
    assert os.listdir(tmp_path) == []


def test_a_subject_that_cannot_be_run_leaves_the_output_alone(tmp_path):
    path = tmp_path / "out.jsonl"
    path.write_text("what was there before")
    (tmp_path / "out.jsonl.partial").write_text("what an earlier run left")
    with pytest.raises(SubjectError):
        made("no_such_module", GOOD, output=path)
    assert path.read_text() == "what was there before"
    assert (tmp_path / "out.jsonl.partial").read_text() == "what an earlier run left"
    (tmp_path / "out.jsonl.partial").unlink()
    with pytest.raises(SubjectError):
        made("no_such_module", GOOD, output=path)
    assert os.listdir(tmp_path) == ["out.jsonl"]


def test_an_exception_leaves_no_process_and_keeps_what_was_recorded(tmp_path, monkeypatch):
    monkeypatch.setenv("TOY_PIDS", str(tmp_path / "pids"))

    def stop(done, total, record):
        while not (tmp_path / "pids").exists() or len((tmp_path / "pids").read_text().split()) < 2:
            time.sleep(0.01)
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        made(f"{FAKES}:plain", HANGING, timeout=300.0, output=tmp_path / "out", on_record=stop)
    assert all(gone(pid) for pid in (tmp_path / "pids").read_text().split())
    assert sorted(os.listdir(tmp_path)) == ["out.partial", "pids"]
    assert len(recording.read(tmp_path / "out.partial").cases) == 1


RUN = """
import sys
from conformance import runner
runner.record({spec!r}, {cases!r}, timeout=300.0, catalog={catalog!r}, output=sys.argv[1], workers=2,
              on_record=lambda done, total, record: print(done, flush=True))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_killed_leaves_no_process_and_keeps_what_was_recorded(how, tmp_path):
    cases = [*HANGING, "small::tells_its_worker"]
    script = RUN.format(spec=f"{FAKES}:plain", cases=cases, catalog=CATALOG)
    environment = {**os.environ, "TOY_PIDS": str(tmp_path / "pids"), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "out.jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=Path(__file__).parents[2],
    )
    with process:
        try:
            for _ in range(5):
                assert process.stdout.readline()
            while len((tmp_path / "pids").read_text().split()) < 3:
                time.sleep(0.01)
            process.send_signal(how)
            assert process.wait(30) != 0
        finally:
            process.kill()
    assert all(gone(pid) for pid in (tmp_path / "pids").read_text().split())
    assert sorted(os.listdir(tmp_path)) == ["out.jsonl.partial", "pids"]
    kept = recording.read(tmp_path / "out.jsonl.partial")
    assert (kept.complete, set(kept.cases)) == (False, set(cases) - {"small::hangs"})


def test_a_write_that_fails_leaves_what_was_there(good, tmp_path):
    (tmp_path / "good").mkdir()
    with pytest.raises(RecordingError, match="it is no file; choose another path"):
        recording.write(tmp_path / "good", good)
    with pytest.raises(RecordingError, match="No such file or directory; choose a folder"):
        recording.write(tmp_path / "no" / "good", good)
    assert os.listdir(tmp_path) == ["good"]


def test_a_writer_that_is_left_early_keeps_its_cases_and_nothing_else(good, tmp_path):
    with RecordingWriter(tmp_path / "out") as writer:
        writer.add(good.header)
    assert os.listdir(tmp_path) == []
    (tmp_path / "out.partial").write_text("what an earlier run left")
    with RecordingWriter(tmp_path / "out") as writer:
        writer.add(good.header)
        writer.add(good.cases[GOOD[1]])
    assert recording.read(tmp_path / "out.partial").cases == {GOOD[1]: good.cases[GOOD[1]]}


# Reading


def test_a_recording_is_read_as_it_was_written(good, written):
    assert recording.read(written) == Recording(good.header, good.cases, good.footer, written)


def test_a_recording_is_compressed_if_its_name_says_so(good, written, tmp_path):
    path = tmp_path / "good.jsonl.xz"
    recording.write(path, good)
    assert lzma.decompress(path.read_bytes()) == written.read_bytes()
    assert recording.read(path).cases == good.cases


def test_a_recording_that_was_cut_off_anywhere_is_incomplete(good, written, tmp_path):
    whole = written.read_bytes()
    first = whole.index(b"\n") + 1
    path = tmp_path / "cut"
    for end in (first, first + 1, first + 300, len(whole) - 40, whole.rindex(b"\n", 0, -1) + 1):
        path.write_bytes(whole[:end])
        part = recording.read(path)
        assert not part.complete
        assert part.header == good.header
        whole_lines = whole[:end].count(b"\n")
        assert part.cases == {name: good.cases[name] for name in GOOD[: whole_lines - 1]}
    path.write_bytes(whole[:-1])
    assert recording.read(path).complete


def test_a_cut_inside_a_character_is_a_cut(good, tmp_path):
    path = tmp_path / "cut"
    record = {**good.cases["small::last"], "stdout": "…"}
    recording.write(path, Recording(good.header, {"small::last": record}, None))
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index("…".encode()) + 1])
    assert recording.read(path).cases == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"hello\nworld\n",
        b"\x80\x04\x95\x00pickled",
        b"[]\n",
        b"{}\n",
        b'{"record": "case"}\n',
        b'{"record": "header"}\n',
        b'{"record": "header", "format": "1"}\n',
        b'{"record": "header", "for',
        b"[" * 100_000,
    ],
)
def test_a_foreign_file_is_refused_in_a_sentence(content, tmp_path):
    path = tmp_path / "foreign"
    path.write_bytes(content)
    sentence = f"{path} is not a recording; make one with: python -m conformance record SUBJECT -o FILE"
    with pytest.raises(RecordingError) as caught:
        recording.read(path)
    assert str(caught.value) == sentence


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(RecordingError, match=f"cannot read the recording {path}: .*; check the path"):
            recording.read(path)


def test_a_recording_of_another_format_is_refused_in_a_sentence(good, tmp_path):
    recording.write(tmp_path / "new", Recording({**good.header, "format": 2}, {}, None))
    with pytest.raises(RecordingError, match="has format 2, and this version reads format 1; record it"):
        recording.read(tmp_path / "new")


def lines_of(good):
    return [json.dumps(record) for record in (good.header, *good.cases.values(), good.footer)]


@pytest.mark.parametrize(
    ("damage", "line", "why"),
    [
        (lambda lines: [*lines[:2], "{", *lines[3:]], 3, "it is no record"),
        (lambda lines: [*lines[:2], "", *lines[3:]], 3, "it is no record"),
        (lambda lines: [*lines[:2], '{"record": "odd"}', *lines[3:]], 3, "it is no record"),
        (lambda lines: [*lines[:2], '{"record": "case"}'], 3, "its 'id' is missing or of another type"),
        (lambda lines: lines[:2] + lines[1:], 3, "the case 'small::labels' is there twice or not asked for"),
        (lambda lines: lines[:2] + lines[3:], 5, "3 of 4 cases are there"),
        (lambda lines: lines[:2] + lines, 3, "a header does not belong there"),
        (lambda lines: lines + lines[-1:], 7, "a footer does not belong there"),
        (lambda lines: lines + lines[1:2], 7, "a case does not belong there"),
    ],
)
def test_a_damaged_recording_is_refused_in_a_sentence(damage, line, why, good, tmp_path):
    path = tmp_path / "damaged"
    path.write_text("".join(f"{text}\n" for text in damage(lines_of(good))), "utf-8")
    with pytest.raises(RecordingError) as caught:
        recording.read(path)
    assert str(caught.value) == f"the recording {path} is damaged in line {line}: {why}; record it again"


# The schema


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("end",), {"how": "vanished"}),
        (("end",), {"how": "crash"}),
        (("stdout",), None),
        (("extra",), 1),
        (("warnings",), [["UserWarning"]]),
        (("observations", 0), {"label": "it", "aspects": {}}),
        (("observations", 0, "aspects", "colour"), "red"),
        (("observations", 0, "aspects", "value"), {"tensor": {"dtype": "float8", "shape": [1], "data": ""}}),
        (("observations", 0, "aspects", "value"), {"list": [{"floats": "1.0"}]}),
        (("observations", 0, "aspects", "graph"), {"nodes": ["A"], "edges": [[0, 0, 1]]}),
    ],
)
def test_what_breaks_the_schema_is_told_in_a_sentence(place, value, good, tmp_path):
    record = json.loads(json.dumps(good.cases["small::labels"]))
    holder = record
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    recording.write(tmp_path / "broken", Recording(good.header, {"small::labels": record}, None))
    with pytest.raises(RecordingError, match=r"is damaged in line 2: .*; record it again"):
        recording.validate(tmp_path / "broken")


def test_without_jsonschema_it_is_told_what_to_install(written, monkeypatch):
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(RecordingError, match="pip install jsonschema"):
        recording.validate(written)
