"""Since when PyTorch does what it does: histories of cases, and the command that prints them."""

import json
import os
import sys
from dataclasses import replace

import pytest

from conformance import catalog, runner, sources
from conformance.keeping import keep
from conformance.tests.handmade import TIMEOUT, case, error, raised, record, tensor, text
from reference.__main__ import main
from reference.history import History, HistoryError, drift, histories, history, recordings

OLD = record(tensor("y", [1.0, 2.0]))
NEW = record(tensor("y", [1.0, 3.0]))
CLOSE = record(tensor("y", [1.0, 2.0000002]))
LACKING = record(end=raised("AttributeError", "no foo", missing="torch.foo"))


def told_of(*records):
    return history(case(), {f"{number}.0.0": one for number, one in enumerate(records, 1)})


def test_what_all_versions_do_is_stable_since_the_oldest():
    found = told_of(OLD, CLOSE, OLD)
    assert found == History("file::name", "1.0.0")
    assert found.is_the_same_everywhere


def test_a_change_is_of_the_version_that_departs_from_the_one_before_it():
    found = told_of(OLD, OLD, NEW, NEW, OLD)
    assert found.changed_in == ("3.0.0", "5.0.0")
    assert found.stable_since == "5.0.0"
    assert found.added_in is None
    assert found.changes[0].reason.startswith("value of 'y': ")
    assert {finding.aspect for finding in found.changes[0].findings} == {"value", "text"}
    assert not found.is_the_same_everywhere


def test_a_case_that_comes_to_an_end_in_neither_of_two_versions_did_not_change():
    endless = record(end=TIMEOUT)
    assert told_of(OLD, endless, endless).changed_in == ("2.0.0",)


def test_small_steps_that_add_up_are_no_change():
    """Each version is judged by the one before it, as users meet them."""
    numbers = [1.0 + step * 1e-6 for step in range(4)]
    assert told_of(*(record(tensor("y", [number], text="")) for number in numbers)).changes == ()


def test_what_older_versions_lack_was_added():
    found = told_of(LACKING, LACKING, OLD, NEW)
    assert (found.added_in, found.lacking) == ("3.0.0", "torch.foo")
    assert found.changed_in == ("4.0.0",)
    assert found.stable_since == "4.0.0"
    only_added = told_of(LACKING, OLD)
    assert (only_added.added_in, only_added.stable_since, only_added.changes) == ("2.0.0", "2.0.0", ())
    assert not only_added.is_the_same_everywhere


def test_what_newer_versions_lack_is_a_change_after_which_nothing_is_stable():
    found = told_of(OLD, LACKING, LACKING)
    assert [(change.version, change.reason) for change in found.changes] == [
        ("2.0.0", "torch.foo is missing")
    ]
    assert found.stable_since is None
    again = told_of(OLD, LACKING, OLD)
    assert again.changed_in == ("2.0.0", "3.0.0")
    assert again.stable_since == "3.0.0"


def test_what_all_versions_lack_is_in_none():
    found = told_of(LACKING, LACKING)
    assert (found.stable_since, found.added_in, found.lacking) == (None, None, "torch.foo")
    assert not found.is_the_same_everywhere


def test_a_message_that_was_reworded_is_a_change():
    found = told_of(record(error("e", message="a")), record(error("e", message="b")), record(text("e", "x")))
    assert found.changed_in == ("2.0.0", "3.0.0")
    assert found.changes[0].findings[0].aspect == "error message"
    assert found.changes[0].reason == "error message of 'e': 'b' instead of 'a'"


def test_drift_is_grouped_by_version_and_aspect_with_messages_in_full():
    start = "one of the variables needed for gradient computation has been modified by "
    before, after = (record(error("e", message=start + end)) for end in ("hand", "an operation"))
    found = [told_of(LACKING, before, after), told_of(OLD, OLD, NEW), told_of(OLD, LACKING)]
    drifted = drift(found)
    assert {version: sorted(aspects) for version, aspects in drifted.items()} == {
        "2.0.0": ["added", "availability"],
        "3.0.0": ["error message", "text", "value"],
    }
    [entry] = drifted["3.0.0"]["error message"]
    assert entry["note"] == f"'{start}an operation' instead of '{start}hand'"
    assert drifted["2.0.0"]["added"][0]["note"] == "torch.foo"
    assert drifted["2.0.0"]["availability"][0]["note"] == "torch.foo is missing"


# The command


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Recordings of three versions: the second changes a case, and the first lacks another."""
    folder = tmp_path_factory.mktemp("recordings")
    ids = [case.id for case in catalog.load()[:3]]
    made = runner.record("engine", ids)
    made.header["catalog"] = "today's"
    base = folder / "torch-2.13.0-cpu.jsonl.xz"
    keep(base, made)
    reworded = {**made.cases[ids[0]], "stdout": "once\n"}
    lacking = {**made.cases[ids[1]], "observations": [], "end": raised(missing="torch.foo")}
    older = {**made.cases, ids[0]: reworded, ids[1]: lacking}
    keep(folder / "torch-2.6.0-cpu.jsonl.xz", replace(made, cases=older), base)
    keep(folder / "torch-2.10.0-cpu.jsonl.xz", made, base)
    return folder, ids


@pytest.fixture
def kept(shelf, monkeypatch):
    monkeypatch.setattr(sources, "_folders", lambda: [shelf[0]])
    monkeypatch.setattr(catalog, "digest", lambda: "today's")
    return shelf[1]


def test_a_case_s_history_is_printed(kept, capsys):
    printed = []
    for case_id in kept:
        assert main([case_id]) == 0
        printed.append(capsys.readouterr().out.splitlines())
    assert printed[0][1] == "  stable since 2.10.0"
    assert printed[0][2].startswith("  changed in 2.10.0: text of 'stdout': ")
    assert printed[1][1:] == ["  stable since 2.10.0", "  added in 2.10.0: before it there is no torch.foo"]
    assert printed[2] == [kept[2], "  stable since 2.6.0, the oldest"]


def test_without_a_case_all_that_changed_is_printed_and_counted(kept, capsys):
    assert main([]) == 0
    out = capsys.readouterr().out
    assert kept[0] in out
    assert kept[1] in out
    assert kept[2] not in out
    assert [line.split() for line in out.splitlines()[-6:-2]] == [
        ["version", "added", "changed"],
        ["2.6.0", "0", "0"],
        ["2.10.0", "1", "1"],
        ["2.13.0", "0", "0"],
    ]
    assert out.endswith("\n1 of 3 cases are the same in all 3 versions\n")


def test_all_that_is_known_is_written_as_json(kept, tmp_path):
    assert main(["--json", str(tmp_path / "all.json")]) == 0
    data = json.loads((tmp_path / "all.json").read_text())
    assert list(data["versions"]) == ["2.6.0", "2.10.0", "2.13.0"]
    assert data["versions"]["2.6.0"]["subject"]["name"] == "engine"
    by_id = {item["case"]: item for item in data["cases"]}
    assert by_id[kept[1]]["added_in"] == "2.10.0"
    assert by_id[kept[0]]["changes"][0]["findings"][0]["observation"] == "stdout"


def test_a_page_shows_what_each_version_changed(kept, tmp_path, capsys):
    assert main(["-o", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"Page: {tmp_path / 'index.html'}\n"
    page = (tmp_path / "index.html").read_text()
    assert "PyTorch 2.6.0 to 2.13.0" in page
    assert "1 of 3 cases are the same in all 3 versions" in page
    assert '<section id="v2.10.0">' in page
    assert '<section id="v2.13.0">' not in page
    assert f"<code>{kept[1]}</code>: torch.foo" in page
    assert kept[2] not in page


def test_histories_hold_the_cases_that_all_versions_have(kept):
    assert [item.case for item in histories(recordings())] == sorted(kept, key=_place)


def _place(case_id):
    return [case.id for case in catalog.load()].index(case_id)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["graph::names_of_node"], "there is no case graph::names_of_node"),
        (["--jsn", "x"], "unrecognized arguments: --jsn; see python -m reference --help"),
        (["--json", "/no/such/folder/x"], "cannot write /no/such/folder/x: No such file or directory"),
        (
            ["record", "1.0.0"],
            "1.0.0 is no version of PyTorch that is recorded here; choose from 1.13.1, 2.0.1",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_in_a_sentence(arguments, sentence, kept, capsys):
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"reference: {sentence}")
    assert len(shown.err.splitlines()) == 1


def test_what_is_told_may_be_cut_off_by_its_reader(kept, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as unread:
        monkeypatch.setattr(sys, "stdout", unread)
        assert main([]) == 0


def test_recordings_of_another_catalog_make_no_history(kept, monkeypatch):
    monkeypatch.setattr(catalog, "digest", lambda: "another")
    with pytest.raises(
        HistoryError, match="catalog of 0 versions only; make the others with: python -m reference"
    ):
        recordings()
