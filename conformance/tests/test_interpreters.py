"""A subject in an interpreter of its own, which needs the standard library and the subject."""

import os
import subprocess
import sys

import pytest

from conformance import coverage, runner
from conformance.cli import main
from conformance.process import found
from conformance.subject import SubjectError

CASE = "refusals::vector_root"


def program(tmp_path, text):
    """The path of a program that is called python."""
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\n{text}\n", "ascii")
    path.chmod(0o755)
    return path


def refused(capsys, *arguments):
    """The one sentence with which a command line is refused."""
    assert main([str(argument) for argument in arguments]) == 2
    *_, sentence = capsys.readouterr().err.splitlines()  # a replay has had the reference run by then
    return sentence.removeprefix("conformance: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("exec cat", "is no Python interpreter; check the path after the @"),
        ("echo Python", "is no Python interpreter; check the path after the @"),
        ("echo Python 3 x", "is no Python interpreter; check the path after the @"),
        ("echo Ruby 3 3", "is no Python interpreter; check the path after the @"),
        ("exit 1", "is no Python interpreter; check the path after the @"),
        ("echo Python 2 7", "is Python 2.7, and the suite needs 3.9 or later; name another after the @"),
        ("echo Python 3 8", "is Python 3.8, and the suite needs 3.9 or later; name another after the @"),
    ],
)
def test_what_is_no_python_of_today_is_refused_in_a_sentence(text, sentence, tmp_path):
    path = program(tmp_path, text)
    with pytest.raises(SubjectError) as caught:
        found(str(path))
    assert str(caught.value) == f"{str(path)!r} {sentence}"


def test_what_cannot_be_started_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "python"
    path.write_text("no program")
    path.chmod(0o755)
    with pytest.raises(SubjectError, match=r"cannot start .*: Exec format error; check it after the @"):
        found(str(path))


@pytest.mark.parametrize("command", ["record", "run", "coverage", "replay"])
def test_every_command_refuses_an_interpreter_that_is_none(command, tmp_path, capsys, monkeypatch):
    (tmp_path / "page.py").write_text("1\n")
    monkeypatch.setattr(coverage, "_reference", lambda: ({}, {}))  # which is asked first, and takes seconds
    spec = f"engine@{tmp_path / 'nowhere'}"
    arguments = {
        "record": [spec, "-o", tmp_path / "x.jsonl"],
        "run": ["--subject", spec, "--reference", "engine", "-o", tmp_path / "report"],
        "coverage": ["--subject", spec],
        "replay": [tmp_path / "page.py", "--subject", spec, "--reference", "engine", "-o", tmp_path / "page"],
    }[command]
    assert "there is no Python interpreter" in refused(capsys, command, *arguments)


def test_an_interpreter_that_lacks_the_subject_is_refused_in_a_sentence(tmp_path, capsys):
    bare = program(tmp_path, f'exec "{sys.executable}" -I -S "$@"')
    sentence = refused(capsys, "record", f"engine@{bare}", "-o", tmp_path / "x.jsonl", "--only", CASE)
    assert sentence.startswith("the subject ")
    assert "numpy" in sentence
    assert os.listdir(tmp_path) == ["python"]


def test_an_engine_runs_where_there_is_nothing_but_numpy(tmp_path):
    numpy = pytest.importorskip("numpy")
    alone = tmp_path / "packages"
    alone.mkdir()
    for name in ("numpy", "numpy.libs"):
        source = os.path.join(os.path.dirname(os.path.dirname(numpy.__file__)), name)
        if os.path.isdir(source):
            (alone / name).symlink_to(source)
    bare = program(tmp_path, f'PYTHONPATH={alone} exec "{sys.executable}" -S "$@"')
    told = subprocess.run([bare, "-c", "import pytest"], capture_output=True, check=False)
    assert b"No module named 'pytest'" in told.stderr
    there = runner.record(f"engine@{bare}", [CASE], workers=1)
    here = runner.record("engine", [CASE], workers=1)
    assert {**there.cases[CASE], "seconds": 0} == {**here.cases[CASE], "seconds": 0}
    assert there.header["subject"]["spec"] == f"engine@{bare}"
