import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conformance import catalog, expectations, recording, runner, sources
from conformance.cli import main
from conformance.expectations import ExpectationsError
from conformance.progress import Progress
from conformance.showing import departures
from conformance.verdict import ORDER, CaseVerdict, Comparison

pytest_plugins = ["conformance.tests.warm"]
TOYS = "conformance.tests.toys"
ONLY = ["graph::graph_of_a_chain", "graph::names_of_nodes", "refusals::vector_root"]
SELECTED = [part for case_id in ONLY for part in ("--only", case_id)]


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """Paths of recordings of the selected cases: of the engine, and of two toys."""
    folder = tmp_path_factory.mktemp("recordings")
    for name, spec in {"engine": "engine", "names": f"{TOYS}:wrong_grad_fn_name"}.items():
        runner.record(spec, ONLY, output=folder / f"{name}.jsonl")
    return {path.stem: path for path in folder.glob("*.jsonl")}


def refused(capsys, *arguments):
    """The one sentence with which a command line is refused."""
    assert main([str(argument) for argument in arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    [sentence] = shown.err.splitlines()
    assert sentence.startswith("conformance: ")
    return sentence.removeprefix("conformance: ")


# --- list


def test_list_shows_each_case_with_its_claim_and_where_it_is_from(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    cases, place = catalog.load(), 0
    for case in cases:
        place = out.index(f"{case.id}\n  {case.claim}\n  {case.document}", place)
    assert out.endswith(f"\n{len(cases)} cases\n")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--select", "vector_root"], lambda case: "vector_root" in case.id + case.claim),
        (["--select", "document:B5"], lambda case: "B5" in case.rows),
        (["--select", "topic:graph"], lambda case: case.id.startswith("graph::")),
        (["--only", "graph::*", "--select", "chain"], lambda case: case.id == "graph::graph_of_a_chain"),
    ],
)
def test_list_shows_the_chosen_cases(capsys, arguments, wanted):
    main(["list", *arguments])
    out = capsys.readouterr().out
    listed = [line for line in out.splitlines() if not line.startswith(" ")]
    expected = [case.id for case in catalog.load() if wanted(case)]
    assert expected
    assert listed == [*expected, f"{len(expected)} cases"]


def test_list_refuses_a_query_that_finds_nothing(capsys):
    sentence = refused(capsys, "list", "--select", "document:nowhere")
    assert sentence.startswith("no case matches document:nowhere")


def test_a_faulty_query_is_shown_with_a_caret(capsys):
    assert main(["list", "--select", "hook (document:B"]) == 2
    lines = ["conformance: this parenthesis is not closed", "  hook (document:B", "       ^", ""]
    assert capsys.readouterr() == ("", "\n".join(lines))


def test_a_query_for_verdicts_is_refused_before_there_are_any(capsys, tmp_path, held):
    for command in (
        ["list"],
        ["record", "engine", "-o", tmp_path / "x.jsonl"],
        ["run", "--reference", held["engine"], "-o", tmp_path / "report"],
    ):
        assert main([*map(str, command), "--select", "verdict:silent"]) == 2
        assert "this asks for verdicts, which only recordings" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_list_may_be_cut_off_by_its_reader():
    command = f"{sys.executable} -m conformance list | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


# --- record


def test_record_writes_what_a_subject_did(capsys, tmp_path):
    path = tmp_path / "engine.jsonl"
    assert main(["record", "engine", "-o", str(path), *SELECTED]) == 0
    held = recording.read(path)
    assert (sorted(held.cases), held.complete) == (sorted(ONLY), True)
    shown = capsys.readouterr()
    assert shown.out == f"3 cases of engine {held.header['subject']['version']} recorded in {path}\n"
    assert shown.err == "engine: 3 cases\n...\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "no module 'nowhere' can be imported"),
        ([f"{TOYS}:nobody"], "has no 'nobody'"),
        ([f"{TOYS}:no_tensors"], "not shaped like torch"),
        (["engine", "--device", "cdua"], "only knows the device 'cpu', not 'cdua'"),
        (["engine", "--only", "graph::graph_of_a_chian"], "did you mean graph::graph_of_a_chain?"),
        (["engine", "--workers", "0"], "invalid positive number value: '0'"),
        (["engine", "--timeout", "soon"], "invalid positive number value: 'soon'"),
        (["engine", "--unknown"], "unrecognized arguments: --unknown"),
    ],
)
def test_record_refuses_what_it_cannot_run_and_leaves_what_was_there(capsys, tmp_path, arguments, sentence):
    path = tmp_path / "kept.jsonl"
    path.write_text("kept")
    if "--only" not in arguments:
        arguments = [*arguments, "--only", ONLY[0]]
    assert sentence in refused(capsys, "record", "-o", path, *arguments)
    assert path.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [path]


def test_record_refuses_a_place_that_cannot_be_written_before_anything_runs(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "record", None)
    file = tmp_path / "file"
    file.write_text("")
    for place in (tmp_path, tmp_path / "missing" / "x.jsonl", file / "x.jsonl"):
        assert refused(capsys, "record", "engine", "-o", place).startswith(
            f"nothing can be written to {place}"
        )


# --- compare


def test_compare_prints_the_worst_first_and_the_score_with_its_denominators(capsys, held):
    assert main(["compare", str(held["engine"]), str(held["names"])]) == 1
    first, second, score, counts, *documents, aspects = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "different    graph::names_of_nodes  text of 'name()': 'MultiplyBackward0' instead of"
    )
    assert second.startswith("different    graph::graph_of_a_chain")
    assert score.endswith(": 1 of 3 cases agree")
    assert counts == "  2 different, 1 identical"
    assert [line.split()[-4:] for line in documents if "first steps" in line] == [["1", "of", "1", "agree"]]
    assert sum(int(line.split()[-2]) for line in documents) == 3
    assert not [line for line in documents if line.split()[-2] == "0"]
    assert aspects.startswith("  Agreeing, by aspect: ")
    assert aspects.endswith("grad_fn 2/2, graph 1/2, version 2/2, text 6/7")


def test_departures_stand_worst_first():
    found = {
        "f::a": "different",
        "f::b": "identical",
        "f::c": "unsupported",
        "f::d": "silent",
        "f::e": "unspecified",
    }
    comparison = Comparison({}, {}, [CaseVerdict(case_id, verdict) for case_id, verdict in found.items()])
    ids = [line.split()[1] for line in departures(comparison)]
    assert ids == ["f::d", "f::a", "f::c"]
    assert list(departures(comparison, 1))[1:] == ["… and 2 more"]


def test_compare_of_a_recording_with_itself_agrees(capsys, held):
    assert main(["compare", str(held["names"]), str(held["names"])]) == 0
    assert ": 3 of 3 cases agree\n  3 identical\n" in capsys.readouterr().out


def test_compare_holds_nothing_against_a_subject_where_pytorch_disagrees_with_itself(capsys, held):
    assert (
        main(["compare", *(str(held[name]) for name in ("engine", "names")), "--others", str(held["names"])])
        == 0
    )
    assert "unspecified" not in capsys.readouterr().out.splitlines()[0]


def test_compare_of_selected_cases_says_that_it_is_not_all(capsys, held):
    paths = [str(held[name]) for name in ("engine", "names")]
    assert main(["compare", *paths, "--select", "verdict:different names"]) == 1
    out = capsys.readouterr().out
    assert ": 0 of 1 cases agree" in out
    assert "1 of 3 cases of" in out
    assert "were selected, by verdict:different names" in out
    assert main(["compare", *paths, "--select", "verdict:identical"]) == 0
    capsys.readouterr()
    assert "no case matches verdict:silent" in refused(
        capsys, "compare", *paths, "--select", "verdict:silent"
    )


def test_compare_writes_the_verdicts(capsys, tmp_path, held):
    path = tmp_path / "verdicts.json"
    main(["compare", str(held["engine"]), str(held["names"]), "-o", str(path)])
    written = json.loads(path.read_text())
    assert {case["id"]: case["verdict"] for case in written["cases"]}["graph::names_of_nodes"] == "different"
    assert written["reference"]["subject"]["name"] == "engine"
    assert {finding["verdict"] for case in written["cases"] for finding in case["findings"]} <= set(ORDER)


def test_compare_refuses_what_is_no_recording(capsys, tmp_path, held):
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_text('{"hello": 1}\n')
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text(held["engine"].read_text().replace('"observations"', '"observed"', 1))
    older = tmp_path / "older.jsonl"
    older.write_text(held["engine"].read_text().replace(catalog.digest(), "0123456789abcdef"))
    for path, sentence in (
        (foreign, "is not a recording"),
        (damaged, "damaged.jsonl"),
        (older, "different catalogs"),
        (tmp_path / "missing.jsonl", "cannot read"),
        (tmp_path, "cannot read"),
    ):
        assert sentence in refused(capsys, "compare", held["engine"], path)
    assert "another catalog than the one installed" in refused(capsys, "compare", older, older)
    assert "nothing can be written" in refused(
        capsys, "compare", held["engine"], held["names"], "-o", tmp_path
    )


def test_compare_says_that_a_recording_broke_off(capsys, tmp_path, held):
    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(held["engine"].read_text().splitlines(keepends=True)[:-2])[:-20])
    assert main(["compare", str(held["engine"]), str(cut)]) == 0
    out = capsys.readouterr().out
    assert ": 1 of 1 cases agree" in out
    assert "is incomplete: 1 of 3 cases" in out
    assert "not judged: 2 cases that the subject's recording does not hold" in out


# --- run


def test_run_records_compares_and_reports(capsys, tmp_path, held):
    folder = tmp_path / "report"
    subject = f"{TOYS}:wrong_grad_fn_name"
    assert (
        main(["run", "--subject", subject, "--reference", str(held["engine"]), "-o", str(folder), *SELECTED])
        == 1
    )
    out = capsys.readouterr().out
    assert ": 1 of 3 cases agree" in out
    assert out.endswith(f"\nReport: {folder / 'index.html'}\n")
    assert "<html" in (folder / "index.html").read_text()
    assert sorted(recording.read(folder / "recordings" / "subject.jsonl").cases) == sorted(ONLY)
    assert sorted(recording.read(folder / "recordings" / "reference.jsonl").cases) == sorted(ONLY)


def test_run_agrees_with_itself_on_two_recordings_and_needs_no_subject(capsys, tmp_path, held, warm_reports):
    command = [
        "run",
        "--subject",
        str(held["engine"]),
        "--reference",
        str(held["engine"]),
        "-o",
        str(tmp_path),
    ]
    assert main([*command, "--only", ONLY[0]]) == 0
    assert ": 1 of 1 cases agree" in capsys.readouterr().out


def test_run_on_two_recordings_knows_their_verdicts(capsys, tmp_path, held, warm_reports):
    sides = ["--subject", str(held["names"]), "--reference", str(held["engine"])]
    assert main(["run", *sides, "-o", str(tmp_path), "--select", "aspect:graph"]) == 1
    assert sorted(recording.read(tmp_path / "recordings" / "subject.jsonl").cases) == [ONLY[0]]


def test_run_without_torch_takes_the_recording_that_comes_along_and_says_so(
    capsys, tmp_path, held, monkeypatch, warm_reports
):
    monkeypatch.setattr(sources.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sources, "shipped", lambda: held["engine"])
    assert main(["run", "--subject", str(held["engine"]), "-o", str(tmp_path)]) == 0
    note = "PyTorch is not installed: the reference is the recording engine.jsonl that comes with the suite."
    assert note in capsys.readouterr().out
    assert note in (tmp_path / "index.html").read_text()
    monkeypatch.setattr(sources, "shipped", lambda: None)
    assert "install torch" in refused(capsys, "run", "--subject", held["engine"], "-o", tmp_path)


def test_the_recording_that_comes_along_is_found_without_importing_its_room():
    code = "import sys; from conformance.sources import shipped; print(shipped(), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    path, *modules = done.stdout.split()
    assert path in ("None", str(Path(catalog.FOLDER.parents[1], "reference", "recordings", sources.SHIPPED)))
    assert "reference" not in modules


def test_run_refuses_before_anything_is_written(capsys, tmp_path, held):
    folder, file = tmp_path / "report", tmp_path / "file"
    file.write_text("")
    older = tmp_path / "older.jsonl"
    older.write_text(held["engine"].read_text().replace(catalog.digest(), "0123456789abcdef"))
    for arguments, sentence in (
        (["--subject", "nowhere", "--reference", held["engine"]], "no module 'nowhere' can be imported"),
        (["--subject", "engine", "--reference", "nowhere"], "no module 'nowhere' can be imported"),
        (["--subject", "engine", "--reference", older], "made from another catalog"),
        (["--subject", "missing.jsonl", "--reference", held["engine"]], "cannot read"),
        (["--reference", held["engine"], "--device", "cuda"], "only knows the device 'cpu'"),
        (["--reference", held["engine"], "--only", "graph::nothing"], "no case matches graph::nothing"),
        (["--reference", held["engine"], "-o", file], "nothing can be written to"),
    ):
        assert sentence in refused(capsys, "run", "-o", folder, *SELECTED, *arguments)
        assert not folder.exists()


def test_a_report_that_cannot_be_drawn_is_told_of_and_the_recordings_are_kept(
    capsys, tmp_path, held, warm_reports
):
    (tmp_path / "index.html").mkdir()
    sentence = main(
        ["run", *(f"--{side}={held['engine']}" for side in ("subject", "reference")), "-o", str(tmp_path)]
    )
    assert sentence == 2
    assert "but the report was not written" in capsys.readouterr().err
    assert (tmp_path / "recordings" / "subject.jsonl").is_file()


# --- show


def test_show_tells_all_about_a_case(capsys, held):
    assert main(["show", "graph::graph_of_a_chain", str(held["engine"]), str(held["names"])]) == 0
    out = capsys.readouterr().out
    case = next(case for case in catalog.load() if case.id == "graph::graph_of_a_chain")
    for part in (case.claim, f"{case.file}:{case.line}", case.source):
        assert part in out
    assert "    dtype         torch.float32\n" in out
    assert "different: graph of 'result': node 1 is MultiplyBackward0 instead of MulBackward0" in out
    assert f'torch = load("{TOYS}:wrong_grad_fn_name").namespace' in out


def test_show_needs_no_recording(capsys):
    assert main(["show", "refusals::vector_root"]) == 0
    assert "import torch\n" in capsys.readouterr().out


def test_show_names_recordings_of_the_same_subject_by_path(capsys, tmp_path, held):
    other = tmp_path / "other.jsonl"
    other.write_text(held["engine"].read_text().replace("TanhBackward0", "TanBackward0"))
    main(["show", "graph::graph_of_a_chain", str(held["engine"]), str(other)])
    out = capsys.readouterr().out
    assert f"    grad_fn       {held['engine']}: TanhBackward0\n" in out
    assert f"                  {other}: TanBackward0\n" in out
    main(["show", "graph::graph_of_a_chain", str(held["engine"]), str(held["engine"])])
    assert "\nidentical\n" in capsys.readouterr().out


def test_show_refuses_a_case_that_does_not_exist_or_was_not_recorded(capsys, held):
    sentence = refused(capsys, "show", "graph::graph_of_chain")
    assert sentence == "there is no case graph::graph_of_chain; did you mean graph::graph_of_a_chain?"
    assert "does not hold graph::graph_of_a_diamond" in refused(
        capsys, "show", "graph::graph_of_a_diamond", held["engine"]
    )


# --- everything else


@pytest.mark.parametrize("arguments", [[], ["recrod"], ["show"], ["compare", "a"]])
def test_a_command_line_that_makes_no_sense_is_refused_in_a_sentence(capsys, arguments):
    assert "--help" in refused(capsys, *arguments)


def test_help_tells_the_exit_codes(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["run", "--help"])
    assert stopped.value.code == 0
    assert "The exit code is 0 if every case agrees" in capsys.readouterr().out


def test_an_interrupted_run_ends_without_a_traceback(capsys, tmp_path, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "record", interrupted)
    assert main(["record", "engine", "-o", str(tmp_path / "x.jsonl"), *SELECTED]) == 130
    assert "conformance: stopped" in capsys.readouterr().err


def test_what_a_subject_calls_itself_does_not_steer_the_terminal(capsys, tmp_path):
    path = tmp_path / "hostile.jsonl"
    main(["record", f"{TOYS}:hostile_name", "-o", str(path), "--only", ONLY[0]])
    main(["compare", str(path), str(path)])
    main(["show", ONLY[0], str(path)])
    shown = capsys.readouterr()
    assert "\\x1b[2J" in shown.out
    assert "\x1b" not in shown.out + shown.err


def test_the_program_runs_as_a_module(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "show", "nothing"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_a_bar_on_a_terminal_with_rich_and_dots_elsewhere(monkeypatch):
    shown = Terminal()
    with Progress("engine", 100, shown) as progress:
        for done in range(1, 101):
            progress.advance(done, 100, {})
    assert "100/100" in shown.getvalue()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for stream in (Terminal(), io.StringIO()):
        with Progress("engine", 100, stream) as progress:
            for done in range(1, 101):
                progress.advance(done, 100, {})
        assert stream.getvalue() == f"engine: 100 cases\n{'.' * 80} 80\n{'.' * 20}\n"


# --- the expectations file

IDS = ["graph::of_a_chain", "graph::of_a_diamond", "views::view"]


def expected(tmp_path, text):
    path = tmp_path / "expectations.txt"
    path.write_text(text)
    return expectations.read(path, IDS)


def test_expectations_give_a_reason_for_ids_and_patterns(tmp_path):
    text = "# a remark\n\ngraph::*  # no graph yet\n  graph::of_a_chain # but soon # really\n"
    assert expected(tmp_path, text) == {
        "graph::of_a_chain": "but soon # really",
        "graph::of_a_diamond": "no graph yet",
    }


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("graph::of_a_chain", "line 2: graph::of_a_chain stands without a reason"),
        ("graph::of_a_chain #  ", "line 2: graph::of_a_chain stands without a reason"),
        (
            "graph::of_a_chian  # why",
            "line 2: no case matches graph::of_a_chian; did you mean graph::of_a_chain?",
        ),
        ("zzz  # why", "line 2: no case matches zzz; python -m conformance list shows all"),
    ],
)
def test_expectations_without_reason_or_case_are_refused(tmp_path, line, sentence):
    with pytest.raises(ExpectationsError, match=sentence.replace("?", r"\?")):
        expected(tmp_path, f"views::view  # known\n{line}\n")


def test_expectations_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name, reason in (("missing", os.strerror(2)), ("binary", "not UTF-8")):
        with pytest.raises(ExpectationsError, match=reason):
            expectations.read(tmp_path / name, IDS)


def test_each_command_says_of_itself_what_the_list_of_all_says(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = dict(re.findall(r"^    ([\w-]+)\s+(\w.*)$", capsys.readouterr().out, re.MULTILINE))
    assert len(listed) == 10
    for command, told in listed.items():
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert f"\n{told[0].upper()}{told[1:]}" in capsys.readouterr().out


def test_without_numpy_it_is_told_what_to_install():
    command = [sys.executable, "-S", "-m", "conformance", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("pip install -e . in the folder of the suite")
