import json
import subprocess
import sys

import pytest

from conformance.recording import write
from reports.__main__ import main

from . import made


@pytest.fixture(autouse=True)
def _made_catalog(monkeypatch):
    monkeypatch.setattr("conformance.catalog.load", lambda: made.CASES)
    monkeypatch.setattr("conformance.catalog.digest", lambda: made.CATALOG)


@pytest.fixture
def recorded(tmp_path):
    """The paths of a reference's recording and of a subject's."""
    paths = [tmp_path / "torch.jsonl", tmp_path / "engine.jsonl"]
    for path, recording in zip(paths, (made.reference(), made.faulty()), strict=True):
        write(path, recording)
    return paths


def told(capsys):
    """The one sentence that a refusal consists of."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_three_files_are_written(recorded, tmp_path, capsys):
    folder = tmp_path / "deep" / "report"
    assert run(*recorded, "-o", folder, "--note", "a remark", "--note", "another") == 0
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "junit.xml", "report.json"]
    assert json.loads((folder / "report.json").read_text())["notes"] == ["a remark", "another"]
    assert capsys.readouterr().out == f"{folder / 'index.html'}\n"


def test_a_report_is_replaced_by_the_next(recorded, tmp_path):
    assert run(*recorded, "-o", tmp_path) == 0
    before = (tmp_path / "index.html").read_bytes()
    assert run(recorded[0], recorded[0], "-o", tmp_path) == 0
    assert (tmp_path / "index.html").read_bytes() != before


def test_an_incomplete_subject_is_shown(recorded, tmp_path):
    whole = recorded[1].read_bytes().splitlines(keepends=True)
    recorded[1].write_bytes(b"".join(whole[:3]) + whole[3][:50])
    assert run(*recorded, "-o", tmp_path) == 0
    assert "Incomplete." in (tmp_path / "index.html").read_text()


def refused(arguments, folder, capsys):
    """Run what must be refused over an earlier report, which must stay; returns the sentence."""
    folder.mkdir(exist_ok=True)
    for name in ("index.html", "report.json", "junit.xml"):
        (folder / name).write_text("earlier")
    assert run(*arguments, "-o", folder) == 2
    assert {path.read_text() for path in folder.iterdir()} == {"earlier"}
    return told(capsys)


def test_one_recording_is_not_enough(recorded, tmp_path, capsys):
    assert "at least one subject's" in refused(recorded[:1], tmp_path / "report", capsys)


def test_a_file_that_is_no_recording_is_refused(recorded, tmp_path, capsys):
    recorded[1].write_text("<html>")
    assert "engine.jsonl is not a recording" in refused(recorded, tmp_path / "report", capsys)


def test_a_file_that_is_not_there_is_refused(recorded, tmp_path, capsys):
    recorded[1].unlink()
    assert "cannot read" in refused(recorded, tmp_path / "report", capsys)


def test_an_incomplete_reference_is_refused(recorded, tmp_path, capsys):
    whole = recorded[0].read_bytes().splitlines(keepends=True)
    recorded[0].write_bytes(b"".join(whole[:-1]))
    assert "incomplete" in refused(recorded, tmp_path / "report", capsys)


def test_recordings_of_no_case_are_refused(recorded, tmp_path, capsys):
    none = made.recording("torch", "2.13.0", [])
    none.header["cases"] = []
    write(recorded[0], none)
    assert "holds no case" in refused(recorded, tmp_path / "report", capsys)
    write(recorded[0], made.reference())
    write(recorded[1], none)
    assert "no case in common" in refused(recorded, tmp_path / "report", capsys)


def test_recordings_of_different_catalogs_are_refused(recorded, tmp_path, capsys):
    other = made.subject()
    other.header["catalog"] = "other"
    write(recorded[1], other)
    assert "different catalogs" in refused(recorded, tmp_path / "report", capsys)


def test_recordings_of_another_catalog_than_the_installed_are_refused(
    recorded, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("conformance.catalog.digest", lambda: "newer")
    assert "another catalog" in refused(recorded, tmp_path / "report", capsys)


def test_a_folder_that_cannot_be_written_is_refused(recorded, tmp_path, capsys):
    taken = tmp_path / "taken"
    taken.write_text("a file")
    assert run(*recorded, "-o", taken) == 2
    assert "name another folder" in told(capsys)
    assert taken.read_text() == "a file"


def test_a_failure_while_writing_leaves_the_earlier_report(recorded, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert "No space left on device" in refused(recorded, tmp_path / "report", capsys)


@pytest.mark.parametrize("arguments", [[], ["a.jsonl"], ["--colour"]])
def test_arguments_that_make_no_sense_are_refused_in_one_sentence(arguments, capsys):
    assert main(arguments) == 2
    assert "--help" in told(capsys)


@pytest.mark.parametrize("library", ["jinja2", "pygraphviz"])
def test_a_missing_library_is_named(recorded, tmp_path, library):
    code = f"import sys; sys.modules[{library!r}] = None\nfrom reports.__main__ import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *map(str, recorded), "-o", str(tmp_path / "report")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"reports: {library} is not installed")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "report").exists()


def test_reports_run_neither_pytorch_nor_the_engine():
    code = (
        "import sys, reports.__main__, reports.page, reports.junit, reports.export\n"
        "from conformance import catalog; catalog.load()\n"
        "sys.exit(bool({'torch', 'engine', 'reference'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
