import json
import subprocess
import sys

import pytest

from conformance.comparison import compare
from conformance.recording import Recording, read, write
from conformance.verdict import to_json
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


def test_the_files_of_a_report_are_written(recorded, tmp_path, capsys):
    folder = tmp_path / "deep" / "report"
    assert run(*recorded, "-o", folder, "--note", "a remark", "--note", "another") == 0
    made_of = ["badge.svg", "index.html", "junit.xml", "report.json", "summary.md"]
    assert sorted(path.name for path in folder.iterdir()) == made_of
    assert json.loads((folder / "report.json").read_text())["notes"] == ["a remark", "another"]
    assert capsys.readouterr().out == f"{folder / 'index.html'}\n"


def test_each_subject_has_a_badge(recorded, tmp_path):
    write(tmp_path / "other.jsonl", made.subject("other"))
    assert run(*recorded, tmp_path / "other.jsonl", "-o", tmp_path / "report") == 0
    badges = {path.name: path.read_text() for path in (tmp_path / "report").glob("badge*")}
    assert sorted(badges) == ["badge-1.svg", "badge-2.svg"]
    assert "5 of 5" in badges["badge-2.svg"]


def test_links_of_the_summary_lead_to_where_the_report_will_be(recorded, tmp_path):
    run(*recorded, "-o", tmp_path, "--url", "https://example.org/a b>/")
    assert "(<https://example.org/a%20b%3E/index.html#case=" in (tmp_path / "summary.md").read_text()


def test_a_query_leaves_the_cases_that_it_means(recorded, tmp_path, capsys):
    assert run(*recorded, "-o", tmp_path, "--select", "verdict:silent !topic:none") == 0
    data = json.loads((tmp_path / "report.json").read_text())
    assert [case["id"] for case in data["cases"]] == ["made::accumulates", "made::refuses"]
    assert data["notes"] == ["2 of 5 cases of engine 0.1 were selected, by verdict:silent !topic:none"]
    capsys.readouterr()
    assert run(*recorded, "-o", tmp_path, "--select", "agree(nobody)") == 2
    lines = ["reports: no subject has this name, but engine 0.1", "  agree(nobody)", "        ^", ""]
    assert capsys.readouterr() == ("", "\n".join(lines))


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


def sharded(tmp_path, made_of, name, **changes):
    """The paths of two shards of a recording; `changes` are of the second one's subject."""
    paths = []
    for number, ids in ((1, ["made::accumulates", "made::prints"]), (2, ["made::draws", "made::refuses"])):
        cases = {case_id: made_of.cases[case_id] for case_id in ids}
        header = {**made_of.header, "cases": ids, "shard": f"{number}/2"}
        if number == 2:
            header["subject"] = {**header["subject"], **changes}
        paths.append(tmp_path / f"{name}-{number}.jsonl")
        write(paths[-1], Recording(header, cases, {"record": "footer", "cases": 2}))
    return paths


def test_shards_are_put_together_and_what_is_missing_is_told(recorded, tmp_path, capsys):
    first, second = sharded(tmp_path, made.faulty(), "engine")
    assert run(recorded[0], second, first, "-o", tmp_path / "report") == 0
    told_of = "engine 0.1: shard 2/2, 1/2; 1 of the catalog's 5 cases are missing: made::agrees"
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == (
        f"{tmp_path / 'report' / 'index.html'}\n",
        f"reports: {told_of}\n",
    )
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert len(report["subjects"]) == 1
    assert told_of in report["notes"]
    assert "1 of the catalog&#39;s 5 cases are missing" in (tmp_path / "report" / "index.html").read_text()


def test_shards_of_the_reference_are_put_together_wherever_they_stand(tmp_path):
    theirs, ours = sharded(tmp_path, made.reference(), "torch"), sharded(tmp_path, made.faulty(), "engine")
    for number in (0, 1):
        assert run(theirs[number], *ours, theirs[1 - number], "-o", tmp_path / f"{number}") == 0
    reports = [json.loads((tmp_path / number / "report.json").read_text()) for number in "01"]
    assert reports[0]["cases"] == reports[1]["cases"]
    assert len(reports[0]["cases"]) == 4


def test_a_mixture_of_shards_is_refused(recorded, tmp_path, capsys):
    mixed = sharded(tmp_path, made.faulty(), "engine", version="0.2")
    assert "record all shards with one version" in refused([recorded[0], *mixed], tmp_path / "report", capsys)


def test_parts_of_one_recording_are_not_enough(tmp_path, capsys):
    parts = sharded(tmp_path, made.faulty(), "engine")
    assert "these are parts of one recording" in refused(parts, tmp_path / "report", capsys)


def test_verdicts_that_are_handed_over_are_not_found_again(recorded, tmp_path, monkeypatch):
    assert run(*recorded, "-o", tmp_path / "judged") == 0
    verdicts = tmp_path / "verdicts.json"
    sides = map(read, recorded)
    verdicts.write_text(to_json(compare(*sides, cases=made.CASES)))
    monkeypatch.setattr("reports.model.compare", None)
    assert run(*recorded, "-o", tmp_path / "told", "--verdicts", verdicts) == 0
    pages = [(tmp_path / name / "index.html").read_bytes() for name in ("judged", "told")]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("held", ["of others", "{", "[]"])
def test_verdicts_on_other_recordings_are_refused(recorded, tmp_path, capsys, held):
    verdicts = tmp_path / "verdicts.json"
    verdicts.write_text(
        to_json(compare(made.reference(), made.subject("other"), cases=made.CASES))
        if held == "of others"
        else held
    )
    told = refused([*recorded, "--verdicts", verdicts], tmp_path / "report", capsys)
    assert "verdicts" in told
    assert "leave it out" in told


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
