import json
import subprocess
import sys
from dataclasses import replace

import pytest

from conformance.recording import write
from reports.__main__ import main
from reports.changes import Changes
from reports.runs import read_runs

from . import made


@pytest.fixture(autouse=True)
def _made_catalog(monkeypatch):
    monkeypatch.setattr("conformance.catalog.load", lambda: made.CASES)
    monkeypatch.setattr("conformance.catalog.digest", lambda: made.CATALOG)


@pytest.fixture
def files(tmp_path):
    """Write recordings, PyTorch's first, and return their paths."""

    def write_all(*recordings):
        paths = [tmp_path / f"{place}.jsonl" for place in range(len(recordings) + 1)]
        for path, recording in zip(paths, [made.reference(), *recordings], strict=True):
            write(path, recording)
        return [str(path) for path in paths]

    return write_all


def told(capsys):
    """The one sentence that a refusal consists of."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def without(recording, name):
    del recording.cases[f"made::{name}"]
    return recording


def of_part(recording, name):
    """A run that came to its end, and had one case less to do."""
    without(recording, name)
    left = list(recording.cases)
    return replace(
        recording, header={**recording.header, "cases": left}, footer={**recording.footer, "cases": len(left)}
    )


EARLIER = made.subject("engine", "0.1", draws=made.expands, prints=made.dies, agrees=made.lacks)
SHOUTED = "'tensor([1., 1., 1.]) \\x1b[31m</script><script>alert(2)</script…'"
LATER = made.subject("engine", "0.2", accumulates=made.overwrites, prints=made.shouts)


def kinds(*runs):
    found = Changes(*runs).kinds
    return {kind: [change.case_id.removeprefix("made::") for change in found[kind]] for kind in found}


def test_every_change_is_of_one_kind(files):
    assert kinds(*read_runs(files(EARLIER, LATER))) == {
        "broken": ["accumulates"],
        "changed": ["prints"],
        "fixed": ["draws", "agrees"],
        "new": [],
        "gone": [],
    }


def test_cases_that_one_run_lacks_are_new_or_gone(files):
    lacking = without(made.subject(complete=False), "draws")
    reference, whole, part = files(made.subject(), lacking)
    assert kinds(*read_runs([reference, part, whole]))["new"] == ["draws"]
    assert kinds(*read_runs([reference, whole, part]))["gone"] == ["draws"]


def test_what_is_unspecified_holds(files, monkeypatch):
    reference, before, after = files(made.subject(), made.subject())
    runs = read_runs([reference, before, after])
    object.__setattr__(runs[1].cases["made::agrees"], "verdict", "unspecified")
    assert kinds(*runs)["changed"] == ["agrees"]


def test_the_terminal_shows_what_broke_first_and_the_exit_code_tells_it(files, capsys):
    assert main(["changes", *files(EARLIER, LATER)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "engine 0.1, 2026-11-22 06:30 UTC: 2 of 5 cases agree",
        "engine 0.2, 2026-11-22 06:30 UTC: 3 of 5 cases agree",
        "1 broken, 1 changed, 2 fixed, 0 new, 0 gone",
        "broken   made::accumulates  identical → silent  value of 'gradient': 2.0 instead of 4.0 at [1]",
        f"changed  made::prints  crash → different  text of 'print': {SHOUTED} instead of 'tensor([1., 1., 1.])'",
        "fixed    made::draws  different → identical",
        "fixed    made::agrees  unsupported → identical",
    ]


def test_the_worst_stands_first_and_nothing_steers_the_terminal(files, capsys):
    hostile = made.faulty("\x1b[2J")
    main(["changes", *files(made.subject(), hostile)])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    verdicts = [line.split(" → ")[1].split()[0] for line in out.splitlines() if line.startswith("broken")]
    assert verdicts == ["silent", "silent", "different", "unsupported", "blocked"]


def test_nothing_broke_where_a_departure_is_another_one(files):
    assert main(["changes", *files(EARLIER, EARLIER)]) == 0
    assert main(["changes", *files(made.subject(prints=made.dies), made.subject(prints=made.shouts))]) == 0


def test_an_incomplete_later_run_proves_nothing(files, capsys):
    whole, part = made.subject(), without(made.subject(complete=False), "draws")
    assert main(["changes", *files(whole, part)]) == 1
    assert "Note: the recording of engine 0.1, 2026-11-22 06:30 UTC, is incomplete" in capsys.readouterr().out
    assert main(["changes", *files(part, whole)]) == 0


def test_a_later_run_of_fewer_cases_does_not_pass_unless_that_is_said(files, capsys):
    runs = files(made.subject(), of_part(made.subject(), "draws"))
    assert main(["changes", *runs]) == 1
    assert "Note: the later run did not judge 1 of the catalog's cases" in capsys.readouterr().out
    assert main(["changes", "--part", *runs]) == 0
    assert main(["changes", runs[0], runs[2], runs[1]]) == 0
    assert main(["changes", "--part", *files(made.subject(), of_part(made.faulty(), "draws"))]) == 1


def test_a_case_that_left_the_catalog_is_not_missed(files, monkeypatch):
    runs = read_runs(files(made.subject(), of_part(made.subject(), "draws")))
    monkeypatch.setattr(
        "conformance.catalog.load", lambda: [case for case in made.CASES if case.id != "made::draws"]
    )
    assert Changes(*runs).kinds["gone"]
    assert Changes(*runs).holds


def test_many_changes_are_cut_but_not_what_broke(files, capsys, monkeypatch):
    monkeypatch.setattr("reports.changes.SHOWN", 1)
    main(["changes", *files(made.faulty(), made.subject())])
    assert "fixed    … and 4 more" in capsys.readouterr().out
    main(["changes", *files(made.subject(), made.faulty())])
    assert "more" not in capsys.readouterr().out


def test_reports_of_earlier_catalogs_can_be_compared(files, tmp_path, capsys):
    reference, before, after = files(EARLIER, LATER)
    for name, path in (("before", before), ("after", after)):
        main([reference, path, "-o", str(tmp_path / name)])
    capsys.readouterr()
    reports = [tmp_path / name / "report.json" for name in ("before", "after")]
    data = json.loads(reports[0].read_text())
    reports[0].write_text(json.dumps({**data, "catalog": "older"}))
    assert main(["changes", *map(str, reports)]) == 1
    out = capsys.readouterr().out
    assert "1 broken, 1 changed, 2 fixed, 0 new, 0 gone" in out
    assert "Note: the runs are of different catalogs" in out
    assert main(["changes", str(reports[0]), reference, after]) == 1


def test_a_page_shows_every_change(files, tmp_path, capsys):
    main(["changes", *files(made.subject(), made.hostile()), "-o", str(tmp_path / "page")])
    page = (tmp_path / "page" / "changes.html").read_text()
    assert page.count("<tr><th") == 1 + 5
    assert "<b>5 broken</b>" in page
    assert "<script" not in page


@pytest.mark.parametrize("count", [1, 2, 4])
def test_changes_are_between_two_runs(files, capsys, count):
    paths = files(*[made.subject()] * 3)[:count]
    assert main(["changes", *paths]) == 2
    assert "between two runs" in told(capsys)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "cannot be read"),
        ("[]", "is not a report.json"),
        ('{"format": 1}', "is not a report.json"),
        ('{"format": 2}', "is of format 2"),
        ('{"format": 1, "subjects": [1, 2]}', "is about 2 subjects"),
    ],
)
def test_a_file_that_is_no_report_is_refused(tmp_path, capsys, text, sentence):
    path = tmp_path / "report.json"
    path.write_text(text)
    assert main(["changes", str(path), str(path)]) == 2
    assert sentence in told(capsys)


def test_a_recording_that_is_not_there_is_named_once(tmp_path, capsys):
    path = str(tmp_path / "missing.jsonl")
    assert main(["changes", path, path]) == 2
    assert told(capsys).count(path) == 1


def test_recordings_that_cannot_be_compared_are_refused(files, tmp_path, capsys):
    other = made.subject()
    other.header["catalog"] = "other"
    assert main(["changes", *files(other, other)]) == 2
    assert "different catalogs" in told(capsys)
    assert main(["changes", *files(other, other)[1:]]) == 2
    assert main(["changes", str(tmp_path / "missing.jsonl")] * 2) == 2


def test_the_terminal_needs_no_library(files):
    code = "import sys; sys.modules['jinja2'] = None; import reports.changes, reports.runs"
    subprocess.run([sys.executable, "-c", code], check=True)
