"""Recordings that are kept: compressed, without times, and as what differs from another."""

import json
import lzma
import os
import shutil
from dataclasses import replace

import pytest

from conformance import catalog, recording, runner, sources
from conformance.cli import main
from conformance.comparison import compare
from conformance.keeping import keep
from conformance.recording import Recording, RecordingError
from conformance.sources import SourceError
from conformance.tests import toy_catalog

pytest_plugins = ["conformance.tests.warm"]
CATALOG = toy_catalog.__name__
CASES = ["small::labels", "small::tensor", "small::warns", "small::last"]
OTHER = "small::tensor"


@pytest.fixture(scope="module")
def whole():
    return runner.record(f"{CATALOG}.fakes:plain", CASES, workers=1, catalog=CATALOG)


@pytest.fixture(scope="module")
def other(whole):
    """A recording that differs in one case, and in all that varies from run to run."""
    cases = {name: {**record, "seconds": 9.5} for name, record in whole.cases.items()}
    cases[OTHER] = {**cases[OTHER], "stdout": "made in /somewhere/else\n"}
    header = {**whole.header, "started": "2001-01-01T00:00:00+00:00"}
    header["subject"] = {**header["subject"], "version": "2"}
    return Recording(header, cases, {**whole.footer, "seconds": 99.0})


@pytest.fixture(scope="module")
def files(whole, other, tmp_path_factory):
    """A folder of a recording that is kept whole and of one that is kept as what differs from it."""
    folder = tmp_path_factory.mktemp("files")
    assert keep(folder / "base.jsonl.xz", whole)
    assert keep(folder / "other.jsonl.xz", other, folder / "base.jsonl.xz", {"/somewhere/else": "<place>"})
    return folder


@pytest.fixture
def kept(files, tmp_path):
    """The paths of copies of both."""
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    return tmp_path / "base.jsonl.xz", tmp_path / "other.jsonl.xz"


def timeless(held):
    """What a recording says, without what varies from run to run."""
    header = {name: part for name, part in held.header.items() if name != "started"}
    cases = {
        case: {name: part for name, part in record.items() if name != "seconds"}
        for case, record in held.cases.items()
    }
    return header, cases, list(held.cases)


def lines_of(path):
    return [json.loads(line) for line in lzma.decompress(path.read_bytes()).splitlines()]


def rewritten(path, lines):
    path.write_bytes(lzma.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines)))


def test_what_is_kept_is_read_as_it_was_recorded_but_for_times_and_places(kept, whole, other):
    base, difference = map(recording.read, kept)
    assert base.complete
    assert difference.complete
    assert timeless(base) == timeless(whole)
    other.cases[OTHER]["stdout"] = "made in <place>\n"
    assert timeless(difference) == timeless(other)
    assert base.footer == difference.footer == {"record": "footer", "cases": 4}
    assert "started" not in base.header
    assert not any("seconds" in record for record in difference.cases.values())


def test_only_the_cases_that_differ_are_in_the_file(kept):
    header, *cases, footer = lines_of(kept[1])
    assert [record["id"] for record in cases] == [OTHER]
    assert "cases" not in header
    assert header["differs from"]["file"] == "base.jsonl.xz"
    assert footer["cases"] == 1


def test_keeping_the_same_again_changes_no_byte(kept, whole, other):
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in kept]
    later = replace(whole, header={**whole.header, "started": "2002-02-02T00:00:00+00:00"})
    assert not keep(kept[0], later)
    assert not keep(kept[1], other, kept[0], {"/somewhere/else": "<place>"})
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in kept] == before
    assert sorted(os.listdir(kept[0].parent)) == ["base.jsonl.xz", "other.jsonl.xz"]


def test_lines_of_the_suite_are_left_out_and_lines_of_cases_are_kept(whole, tmp_path):
    folder = catalog.FOLDER.parent
    stack = 'At:\n  {0}/worker.py({1}): run\n  File "{0}/forking.py", line {1} in _serve\n  {0}/catalog/views.py(7)\n'
    told = replace(
        whole, cases={**whole.cases, OTHER: {**whole.cases[OTHER], "stderr": stack.format(folder, 267)}}
    )
    path = tmp_path / "base.jsonl.xz"
    keep(path, told, places={str(folder): "<suite>"})
    expected = stack.format("<suite>", "…")
    assert recording.read(path).cases[OTHER]["stderr"] == expected


def test_a_recording_that_does_not_differ_at_all_is_read_as_its_base(whole, tmp_path):
    base, same = tmp_path / "base.jsonl.xz", tmp_path / "same.jsonl.xz"
    keep(base, whole)
    keep(same, whole, base)
    assert len(lines_of(same)) == 2
    assert recording.read(same).cases == recording.read(base).cases


def test_what_is_kept_keeps_to_the_schema(kept):
    for path in kept:
        recording.validate(path)
    header, *rest = lines_of(kept[1])
    rewritten(kept[1], [{**header, "cases": CASES}, *rest])
    with pytest.raises(RecordingError, match="is damaged in line 1"):
        recording.validate(kept[1])


def test_a_whole_recording_that_was_cut_off_is_incomplete(kept, whole, tmp_path):
    lines = lzma.decompress(kept[0].read_bytes())
    (tmp_path / "cut.jsonl.xz").write_bytes(lzma.compress(lines[: lines.rindex(b'{"cases": 4')]))
    part = recording.read(tmp_path / "cut.jsonl.xz")
    assert not part.complete
    assert list(part.cases) == CASES


def test_a_compressed_file_that_ends_early_is_read_as_far_as_it_goes_or_refused(kept, tmp_path):
    held, path = kept[0].read_bytes(), tmp_path / "cut.jsonl.xz"
    for end in (0, 5, 30, len(held) // 2):
        path.write_bytes(held[:end])
        try:
            assert not recording.read(path).complete
        except RecordingError as error:
            assert str(error).startswith(f"{path} is not a recording; make one with: ")  # noqa: PT017 - either will do


def test_a_difference_that_was_cut_off_is_refused(kept):
    *lines, _ = lines_of(kept[1])
    for part in (lines, lines[:1]):
        rewritten(kept[1], part)
        with pytest.raises(
            RecordingError, match=r"is cut off, and holds only what differs from base\.jsonl\.xz"
        ):
            recording.read(kept[1])


def test_a_difference_whose_base_is_another_by_now_is_refused(kept, other):
    keep(kept[0], other)
    with pytest.raises(
        RecordingError, match="which is another file by now: record both again, that one first"
    ):
        recording.read(kept[1])


def test_a_difference_without_its_base_is_refused(kept):
    kept[0].unlink()
    with pytest.raises(RecordingError, match=r"cannot read the recording .*base\.jsonl\.xz: No such file"):
        recording.read(kept[1])


@pytest.mark.parametrize("name", ["other.jsonl.xz", "../base.jsonl.xz", "", 3, None])
def test_a_difference_from_itself_or_from_no_file_beside_it_is_refused(kept, name):
    header, *rest = lines_of(kept[1])
    rewritten(kept[1], [{**header, "differs from": {**header["differs from"], "file": name}}, *rest])
    with pytest.raises(RecordingError, match=r"\.jsonl\.xz"):
        recording.read(kept[1])


def test_a_difference_in_a_case_that_its_base_lacks_is_refused(kept):
    header, case, footer = lines_of(kept[1])
    rewritten(kept[1], [header, {**case, "id": "small::stranger"}, footer])
    with pytest.raises(RecordingError, match="is damaged: 'small::stranger' is no case of its base"):
        recording.read(kept[1])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"no xz at all", "is not compressed with xz, or is damaged"),
        (lzma.compress(b"hello\n"), "is not a recording; make one with"),
        (lzma.compress(b"{}\n") + b"more", "goes on after its end"),
    ],
)
def test_a_foreign_file_is_refused_in_a_sentence(content, sentence, tmp_path):
    path = tmp_path / "foreign.jsonl.xz"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=f"{path} {sentence}"):
        recording.read(path)


def test_a_byte_that_was_changed_is_found(kept):
    held = bytearray(kept[0].read_bytes())
    held[len(held) // 2] ^= 0x10
    kept[0].write_bytes(held)
    with pytest.raises(RecordingError, match="record it again"):
        recording.read(kept[0])


def test_what_cannot_be_kept_is_refused_and_nothing_is_written(kept, whole, other, tmp_path):
    before = sorted(os.listdir(tmp_path))
    short = replace(other, header={**other.header, "cases": CASES[:1]})
    for sentence, arguments in {
        "an incomplete recording cannot be kept": (tmp_path / "new.jsonl.xz", replace(whole, footer=None)),
        r"call the file .*new\.jsonl\.xz": (tmp_path / "new.jsonl", whole),
        "is of another catalog or of other cases": (tmp_path / "new.jsonl.xz", short, kept[0]),
        "must stand beside": (tmp_path / "below" / "new.jsonl.xz", other, kept[0]),
        "cannot keep the recording": (tmp_path / "nowhere" / "new.jsonl.xz", other),
    }.items():
        with pytest.raises(RecordingError, match=sentence):
            keep(*arguments)
    assert sorted(os.listdir(tmp_path)) == before


# Versions that come along


@pytest.fixture(scope="module")
def versions(tmp_path_factory):
    """A folder of two versions' recordings of the installed catalog, and its case."""
    folder = tmp_path_factory.mktemp("versions")
    case_id = catalog.load()[0].id
    made = runner.record("engine", [case_id])
    base, older = folder / "torch-2.10.0-cpu.jsonl.xz", folder / "torch-2.4.1-cpu.jsonl.xz"
    keep(base, made)
    changed = {**made.cases[case_id], "stdout": "once\n"}
    keep(older, replace(made, cases={case_id: changed}), base)
    return folder, case_id


@pytest.fixture
def shelf(versions, tmp_path, monkeypatch):
    """A copy of them in the place of those that come along."""
    folder, case_id = versions
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(sources, "_folders", lambda: [tmp_path])
    return tmp_path, case_id


def test_the_versions_that_are_kept_are_sorted_by_their_numbers(shelf):
    assert list(sources.kept()) == ["2.4.1", "2.10.0"]


def test_a_version_that_is_kept_can_be_the_reference_or_the_subject(shelf, tmp_path, capsys, warm_reports):
    options = ["--only", shelf[1], "-o", str(tmp_path / "report")]
    assert main(["run", "--reference", "torch==2.10.0", "--subject", "engine", *options]) == 0
    assert main(["run", "--reference", "torch==2.4.1", "--subject", "torch==2.10.0", *options]) == 1
    assert main(["run", "--reference", "torch==2.10.0", "--subject", "torch==2.4.1", *options]) == 1
    capsys.readouterr()
    assert main(["compare", "torch==2.4.1", "torch==2.10.0"]) == 1
    assert f"{shelf[1]}" in capsys.readouterr().out
    assert main(["compare", "torch==2.4.1", "torch==2.10.0", "--others", "torch==2.10.0"]) == 0
    assert "unspecified" in capsys.readouterr().out


def test_a_version_that_is_not_kept_is_refused_with_those_that_are(shelf, capsys):
    sentence = "no recording of PyTorch 1.0 is kept, but of 2.4.1, 2.10.0; name one of these"
    with pytest.raises(SourceError, match=sentence):
        sources.reference_source("torch==1.0")
    for arguments in (["compare", "torch==1.0", "torch==2.4.1"], ["run", "--reference", "torch==1.0"]):
        assert main(arguments) == 2
        assert sentence in capsys.readouterr().err


def test_a_build_for_the_cpu_alone_goes_before_one_for_cuda(shelf):
    folder = shelf[0]
    (folder / "torch-2.4.1+cpu-cpu.jsonl.xz").write_bytes((folder / "torch-2.10.0-cpu.jsonl.xz").read_bytes())
    assert list(sources.kept()) == ["2.4.1", "2.4.1+cpu", "2.10.0"]
    assert sources.located("torch==2.4.1") == sources.located("torch==2.4.1+cpu")
    assert sources.located("torch==2.4.1").name == "torch-2.4.1+cpu-cpu.jsonl.xz"


def test_a_version_is_judged_by_its_own_recording(shelf):
    older, newer = (recording.read(path) for path in sources.kept().values())
    assert compare(older, newer).counts() == {"different": 1}
    assert compare(older, older).counts() == {"identical": 1}
