"""A run that was stopped goes on from what it has recorded, or says why it cannot."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import recording, runner
from conformance.cli import main
from conformance.recording import RecordingError
from conformance.resuming import standing
from conformance.tests import toy_catalog

pytest_plugins = ["conformance.tests.warm"]
CATALOG = toy_catalog.__name__
FAKES = f"{CATALOG}.fakes"
CASES = ["small::labels", "small::tensor", "small::warns", "small::last"]
CHECKOUT = Path(__file__).parents[2]
ONLY = ["graph::graph_of_a_chain", "graph::names_of_nodes", "refusals::vector_root"]
SELECTED = [part for case_id in ONLY for part in ("--only", case_id)]


def made(path, cases=CASES, spec=f"{FAKES}:plain", **options):
    return runner.record(spec, cases, catalog=CATALOG, workers=1, output=path, **options)


def without_times(made):
    return {name: {**record, "seconds": 0} for name, record in made.cases.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The lines of a complete recording."""
    path = tmp_path_factory.mktemp("whole") / "whole.jsonl"
    made(path)
    return path.read_bytes()


@pytest.fixture
def partial(tmp_path, whole):
    """What a run left that was killed while it wrote the third case."""
    lines = whole.splitlines(keepends=True)
    path = tmp_path / "out.jsonl.partial"
    path.write_bytes(b"".join(lines[:3]) + lines[3][:40])
    return path


def test_what_is_recorded_is_not_run_again_and_a_line_that_was_cut_off_is(tmp_path, partial, whole):
    ran = []
    result = made(tmp_path / "out.jsonl", resume=True, on_record=lambda *told: ran.append(told[2]["id"]))
    assert ran == CASES[2:]
    assert os.listdir(tmp_path) == ["out.jsonl"]
    assert recording.read(tmp_path / "out.jsonl") == result
    assert result.header == json.loads(whole.splitlines()[0])
    assert list(result.cases) == CASES
    (tmp_path / "whole").write_bytes(whole)
    assert without_times(result) == without_times(recording.read(tmp_path / "whole"))


def test_without_the_option_everything_is_run_again(tmp_path, partial):
    ran = []
    made(tmp_path / "out.jsonl", on_record=lambda *told: ran.append(told[2]["id"]))
    assert ran == CASES


def test_where_nothing_is_left_a_run_begins_and_where_all_is_there_nothing_is_run(tmp_path):
    for expected in (CASES, []):
        ran = []
        made(tmp_path / "out.jsonl", resume=True, on_record=lambda *told, ran=ran: ran.append(told[2]["id"]))
        assert ran == expected
        assert recording.read(tmp_path / "out.jsonl").complete


def test_a_run_may_be_stopped_again_and_again(tmp_path):
    def stop(*told):
        raise KeyboardInterrupt

    for done in (1, 2, 3):
        with pytest.raises(KeyboardInterrupt):
            made(tmp_path / "out.jsonl", resume=True, on_record=stop)
        assert len(recording.read(tmp_path / "out.jsonl.partial").cases) == done
    assert list(made(tmp_path / "out.jsonl", resume=True).cases) == CASES


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda header: header["subject"].update(spec="other"), "subject (spec 'other', not"),
        (lambda header: header["subject"].update(version="9"), "subject (version '9', not 'unknown')"),
        (lambda header: header["subject"].update(device="tpu"), "subject (device 'tpu', not 'cpu')"),
        (lambda header: header["subject"].update(build={"git": "1"}), "subject (build {'git': '1'}, not {})"),
        (lambda header: header["platform"].update(python="2.7"), "platform (python '2.7', not"),
        (lambda header: header.update(catalog="old"), "catalog; leave out"),
        (lambda header: header.update(cases=[*CASES, "small::speaks"]), "selection of cases; leave out"),
    ],
)
def test_the_recording_of_something_else_is_refused_and_left_alone(tmp_path, partial, change, what):
    first, rest = partial.read_bytes().split(b"\n", 1)
    header = json.loads(first)
    change(header)
    partial.write_bytes(json.dumps(header).encode() + b"\n" + rest)
    before = partial.read_bytes()
    with pytest.raises(RecordingError) as caught:
        made(tmp_path / "out.jsonl", resume=True)
    assert str(caught.value).startswith(f"cannot go on with {partial}, which is of another {what}")
    assert str(caught.value).endswith("; leave out --resume to begin again")
    assert partial.read_bytes() == before
    assert os.listdir(tmp_path) == [partial.name]


def test_what_is_no_recording_is_refused_and_left_alone(tmp_path):
    (tmp_path / "out.jsonl").write_text("a letter")
    with pytest.raises(RecordingError, match="is not a recording"):
        made(tmp_path / "out.jsonl", resume=True)
    assert (tmp_path / "out.jsonl").read_text() == "a letter"
    assert os.listdir(tmp_path) == ["out.jsonl"]


def test_a_folder_that_nothing_came_into_goes_again(tmp_path):
    with pytest.raises(LookupError), standing(tmp_path / "a" / "b"):
        raise LookupError
    assert os.listdir(tmp_path) == []
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").touch()
    with pytest.raises(LookupError), standing(tmp_path / "a" / "b"):
        raise LookupError
    assert os.listdir(tmp_path / "a") == ["file"]


def test_a_stopped_comparison_goes_on_with_the_side_that_was_stopped(
    tmp_path, capsys, monkeypatch, warm_reports
):
    sides = ["--subject", f"{FAKES}:plain", "--reference", f"{FAKES}:plain"]
    command = ["run", *sides, "-o", str(tmp_path), "--resume", *SELECTED]
    record, ran = runner.record, []

    def stopping(*arguments, **options):
        def stop(*told):
            ran.append(told[2]["id"])
            if len(ran) == 4:
                raise KeyboardInterrupt

        return record(*arguments[:5], stop, **options)

    monkeypatch.setattr(runner, "record", stopping)
    assert main(command) == 130
    assert "the same command with --resume goes on from there" in capsys.readouterr().err
    assert sorted(os.listdir(tmp_path / "recordings")) == [
        "reference.unfinished.partial",
        "subject.unfinished",
    ]
    assert main(command) == 0
    assert sorted(ran) == sorted(ONLY * 2)
    assert sorted(os.listdir(tmp_path / "recordings")) == ["reference.jsonl", "subject.jsonl"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_program_that_is_killed_goes_on_and_leaves_nothing_behind(how, tmp_path, programs):
    folder = tmp_path / "temporary"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder)}
    only = ["--only", "graph::*", "--workers", "1"]
    command = [sys.executable, "-m", "conformance", "record", "engine", "-o", tmp_path / "out.jsonl", *only]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, cwd=CHECKOUT) as process:
        assert process.stderr.readline().startswith(b"engine: ")
        assert process.stderr.read(2) == b".."
        process.send_signal(how)
        process.stderr.read()  # until the last process that has it is gone
    assert process.returncode == (130 if how == signal.SIGINT else -how)
    before = recording.read(tmp_path / "out.jsonl.partial").cases
    assert len(before) >= 2
    command = [programs / "python", *command[1:], "--resume"]
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, check=True, capture_output=True)
    assert done.stderr.count(b".") == len(recording.read(tmp_path / "out.jsonl").cases) - len(before)
    after = recording.read(tmp_path / "out.jsonl").cases
    assert {name: after[name] for name in before} == before
    for _ in range(100):
        if not os.listdir(folder):
            break
        signal.sigtimedwait([], 0.05)
    assert os.listdir(folder) == []
