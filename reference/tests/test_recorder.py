"""Recording versions of PyTorch, each in an environment of its own."""

import configparser
import sys
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

import reference
from conformance import catalog, recording, runner
from reference import recorder, versions
from reference.__main__ import main
from reference.recorder import RecorderError, chosen, environment, is_current, refresh
from reference.versions import BASE, VERSIONS

CASE = catalog.load()[0].id
OLDER = VERSIONS[3]
TOX = Path(reference.__file__).parents[1] / "tox.ini"


@pytest.fixture(scope="module")
def made():
    """What the engine does in the case; it stands for every version."""
    return runner.record("engine", [CASE])


@pytest.fixture
def shelf(tmp_path, monkeypatch, made):
    """An empty folder for recordings, a catalog of one case, and environments in which nothing is installed."""
    runs = []

    @contextmanager
    def engine_s(version):
        runs.append(version.number)
        yield Path(sys.executable)

    def recorded(spec, cases, **options):
        assert [getattr(case, "id", case) for case in cases] == [CASE]
        subject, _, interpreter = spec.partition("@")
        assert subject == ("torch" if runs[-1] == BASE.number else "reference:forked_torch")
        assert interpreter == sys.executable
        one = deepcopy(made)
        one.header["catalog"] = catalog.digest()
        one.cases[CASE]["seconds"] += len(runs)  # which is not kept
        if runs[-1] != BASE.number:
            what = (
                "what the case before left behind"
                if options.get("shared")
                else Path(sys.executable).parents[1]
            )
            one.cases[CASE]["stdout"] = f"by {what}\n"
        return one

    only = [case for case in catalog.load() if case.id == CASE]
    monkeypatch.setattr(versions, "RECORDINGS", tmp_path)
    monkeypatch.setattr(recorder, "environment", engine_s)
    monkeypatch.setattr(recorder, "record", recorded)
    monkeypatch.setattr(catalog, "load", lambda: only)
    monkeypatch.setattr(catalog, "digest", lambda: "today's")
    return tmp_path, runs


def test_versions_stand_in_one_file_and_each_has_an_environment_of_tox():
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(TOX)
    [section] = [name for name in parser.sections() if name.startswith("testenv:record-torch{")]
    listed = section.partition("{")[2].rstrip("}").split(",")
    assert [f"record-torch{name}" for name in listed] == [version.environment for version in VERSIONS]
    assert parser[section]["commands"] == "python -m reference record {env_name}"


def test_a_version_is_chosen_by_its_number_or_its_environment():
    assert chosen(["2.4.1"]) == chosen(["record-torch24"]) == [OLDER]
    assert [version.number for version in chosen(["2.15.0", "2.4.1"])] == ["2.15.0", "2.4.1"]
    everything = chosen([])
    assert everything[0] is BASE
    assert sorted(everything, key=VERSIONS.index) == list(VERSIONS)


def test_the_version_that_is_kept_whole_is_the_one_that_comes_along_for_where_torch_is_not_installed():
    from conformance.sources import SHIPPED

    assert BASE.path.name == SHIPPED


def test_what_is_kept_says_which_pytorch_and_no_place_of_this_machine(shelf):
    refresh(BASE)
    refresh(OLDER)
    held = recording.read(OLDER.path)
    assert held.header["subject"]["spec"] == "torch"
    assert held.cases[CASE]["stdout"] == "by <environment>\n"
    assert recording.content(OLDER.path).count(b"differs from") == 1
    assert b"differs from" not in recording.content(BASE.path)


def test_recording_again_reproduces_every_byte(shelf):
    assert refresh(BASE)
    assert refresh(OLDER)
    before = {path.name: path.read_bytes() for path in shelf[0].iterdir()}
    assert not refresh(BASE)
    assert not refresh(OLDER)
    assert {path.name: path.read_bytes() for path in shelf[0].iterdir()} == before
    for path in shelf[0].iterdir():
        path.unlink()
    refresh(BASE)
    refresh(OLDER)
    assert {path.name: path.read_bytes() for path in shelf[0].iterdir()} == before


def test_all_versions_are_recorded_and_a_second_run_goes_on_where_the_first_was_ended(shelf, capsys):
    assert main(["record", BASE.number, OLDER.environment]) == 0
    assert main(["record"]) == 0
    out = capsys.readouterr().out
    assert out.count("kept already") == 2
    assert sorted(shelf[1]) == sorted(version.number for version in VERSIONS)
    assert all(map(is_current, VERSIONS))


def test_what_was_made_from_another_catalog_or_base_is_not_current(shelf, monkeypatch):
    assert not is_current(BASE)
    refresh(BASE)
    refresh(OLDER)
    made = recording.read(BASE.path)
    BASE.path.unlink()
    recorder.keep(BASE.path, replace(made, header={**made.header, "platform": {}}))
    assert is_current(BASE)
    assert not is_current(OLDER)
    monkeypatch.setattr(catalog, "digest", lambda: "another")
    assert not is_current(BASE)


def test_a_version_waits_for_the_one_that_it_is_kept_as_a_difference_from(shelf):
    with pytest.raises(
        RecorderError, match=r"record that first, with python -m reference record 2\.13\.0\+cpu"
    ):
        refresh(OLDER)
    assert shelf[1] == []


def test_a_version_that_cannot_be_had_does_not_keep_the_others_from_being_recorded(
    shelf, monkeypatch, capsys
):
    made = recorder.environment

    @contextmanager
    def without_one(version):
        if version is OLDER:
            raise RecorderError("uv pip failed: no such version; mend it and run this again")
        with made(version) as python:
            yield python

    monkeypatch.setattr(recorder, "environment", without_one)
    assert main(["record"]) == 2
    shown = capsys.readouterr()
    assert shown.out.count(": recorded") == len(VERSIONS) - 1
    assert "reference: PyTorch 2.4.1: uv pip failed: no such version" in shown.err
    assert not OLDER.path.exists()


def test_without_uv_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(recorder.shutil, "which", lambda *_, **__: None)
    with pytest.raises(RecorderError, match="pip install uv"), environment(BASE):
        pass


def test_a_build_that_the_registry_does_not_have_is_looked_for_where_pip_looks(monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", "/wheels https://wheels.invalid")
    assert recorder._links(BASE) == ["--find-links", "/wheels", "--find-links", "https://wheels.invalid"]
    assert recorder._links(OLDER) == []
    monkeypatch.delenv("PIP_FIND_LINKS")
    assert recorder._links(BASE) == []


def test_what_uv_says_is_told_if_it_fails(tmp_path, monkeypatch):
    script = tmp_path / "uv"
    script.write_text("#!/bin/sh\necho 'no wheels for' $2 >&2\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setattr(recorder.shutil, "which", lambda *_, **__: str(script))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(recorder.tempfile, "tempdir", None)
    with (
        pytest.raises(RecorderError, match="venv --python failed: no wheels for --python; mend it"),
        environment(BASE),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["uv"]
