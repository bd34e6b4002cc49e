"""The plugin is run as its users run it: by a pytest of its own, in a folder of its own."""

import importlib.util
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from conformance import catalog, judging, recording, runner, sources

pytest_plugins = ["pytester", "conformance.tests.warm"]
LOADED = judging.__name__
"""It is loaded here as NumPy can be loaded only once, and each run below forgets what it has loaded."""

TOYS = "conformance.tests.toys"
ROOM = Path(catalog.FOLDER).parent
CASES = [case.id for case in catalog.load()]
DIAMOND, CHAIN = "graph::graph_of_a_diamond", "graph::graph_of_a_chain"
CONSTANTS = "graph::edges_to_constants_are_none"
ROOT, AGAIN = "refusals::vector_root", "refusals::vector_root_can_be_tried_again"
TRIANGLES, FLIP = "derivatives_shapes::triangles", "derivatives_shapes::flip"
BEYOND = "derivatives_shapes::diagonals"
"""A case that the recording of the reference does not hold."""


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """A recording of the engine without faults, in the place of PyTorch's."""
    path = tmp_path_factory.mktemp("reference") / "engine.jsonl"
    cases = [case for case in CASES if case.startswith(("graph::", "refusals::"))]
    runner.record("engine", [*cases, TRIANGLES, FLIP], output=path, shared=True)
    return path


@pytest.fixture(scope="module")
def departing(reference, tmp_path_factory):
    """The recording of an engine that departs in some cases, where it does not matter that it runs; with the reference."""
    path = tmp_path_factory.mktemp("departing") / "toy.jsonl"
    runner.record(f"{TOYS}:wrong_grad_fn_name", [CHAIN, DIAMOND, CONSTANTS, ROOT, BEYOND], output=path)
    return "--reference", reference, "--subject", path


@pytest.fixture
def project(pytester):
    """A project of its own, in which warnings are errors."""
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    return pytester


@pytest.fixture
def run(project, monkeypatch, warm_reports):
    """Run pytest in the project; returns the exit code and what it printed."""
    monkeypatch.setenv("COLUMNS", "200")

    def run_pytest(*arguments):
        options = ["-c", "tox.ini", "--rootdir", ".", "-p", "no:hypothesispytest", *map(str, arguments)]
        apart = "-n" in options
        done = (project.runpytest_subprocess if apart else project.runpytest_inprocess)(*options)
        out = done.stdout.str()
        assert "warning" not in out.lower()
        return int(done.ret), f"{out}\n{done.stderr.str()}"

    return run_pytest


def against(reference, toy=""):
    return "--reference", reference, "--subject", f"{TOYS}:{toy}" if toy else "engine"


# --- what is collected


def test_every_case_is_an_item_under_its_id(run):
    code, out = run(ROOM, "--collect-only", "-q")
    assert code == 0
    assert [line for line in out.splitlines() if "::" in line] == CASES


def test_cases_are_found_by_id_by_file_and_by_folder(run):
    module = catalog.FOLDER / "graph.py"
    in_file = [case for case in CASES if case.startswith("graph::")]
    for arguments, expected in (
        ([CHAIN, ROOT], [CHAIN, ROOT]),
        ([f"{module}::graph_of_a_chain"], [CHAIN]),
        ([module], in_file),
        ([catalog.FOLDER, "-k", "graph_of_a_chain"], [CHAIN]),
    ):
        code, out = run(*arguments, "--collect-only", "-q")
        assert (code, [line for line in out.splitlines() if "::" in line]) == (0, expected)


def test_cases_are_found_by_query(run):
    for arguments, expected in (
        ([ROOM, "--select", "topic:graph"], [case for case in CASES if case.startswith("graph::")]),
        ([CHAIN, ROOT, "--select", "topic:graph"], [CHAIN]),
    ):
        code, out = run(*arguments, "--collect-only", "-q")
        assert (code, [line for line in out.splitlines() if "::" in line]) == (0, expected)


def test_the_suite_is_found_by_its_name_from_any_folder(project, run):
    code, out = run("conformance", "--collect-only", "-q")
    assert (code, sum("::" in line for line in out.splitlines())) == (0, len(CASES))
    project.makepyfile(**{"conformance/test_own": "def test_own():\n    assert True\n"})
    assert "1 passed" in run("conformance")[1]


def test_collecting_starts_no_subject(run, reference):
    assert run(CHAIN, "--collect-only", "--subject", "nowhere", "--reference", reference)[0] == 0


def test_an_id_that_does_not_exist_is_refused(run):
    code, out = run("graph::graph_of_a_chian")
    assert code == 4
    assert "not found" in out


def test_the_suite_s_own_tests_are_left_out_only_where_its_folder_is_named(run):
    own = "test_a_room_loads_no_room"
    assert own not in run(ROOM, "--collect-only", "-q")[1]
    assert own in run(ROOM / "tests" / "test_rooms.py", "--collect-only", "-q")[1]


def test_a_run_that_has_nothing_to_do_with_cases_is_left_alone(project):
    project.makepyfile(
        "import sys\n"
        "def test_nothing_is_loaded():\n"
        "    assert not {'numpy', 'conformance.judging', 'conformance.catalog'} & sys.modules.keys()\n"
    )
    done = project.runpytest_subprocess()
    assert done.ret == 0
    assert "engine against" not in done.stdout.str()


def test_a_project_may_have_the_same_options_for_its_own_tests(project, run):
    names = "subject reference device shard expectations report case-timeout"
    options = [f"--{name}" for name in names.split()]
    lines = [f"    parser.addoption('{option}', default='its own')" for option in options]
    project.makeconftest("\n".join(["def pytest_addoption(parser):", *lines]))
    project.makepyfile(
        "def test_conformance(request):\n    assert request.config.option.device == 'its own'\n"
    )
    for arguments in ((), ("-k", "conformance")):
        code, out = run(*arguments)
        assert (code, "1 passed" in out) == (0, True)


# --- shards and other machines


def test_shards_share_out_what_was_chosen_and_the_recording_says_so(run, reference, tmp_path):
    found = []
    for shard in ("1/2", "2/2"):
        options = ("-k", "not vector_root", "--shard", shard, "--report", tmp_path)
        code, out = run(CHAIN, DIAMOND, ROOT, *options, "--reference", reference, "--subject", reference)
        assert (code, "1 passed, 2 deselected" in out) == (0, True)
        held = recording.read(tmp_path / "recordings" / "subject.jsonl")
        recording.validate(held.path)
        assert (held.complete, held.header["shard"]) == (True, shard)
        found += held.cases
    assert sorted(found) == sorted([CHAIN, DIAMOND])


def test_another_machine_that_is_reached_by_execnet_runs_cases_in_a_folder_of_its_own(tmp_path, reference):
    """`popen` with a folder goes the way of ssh: other paths, and pytest itself is copied there."""
    (tmp_path / "there").mkdir()
    (tmp_path / "here").mkdir()
    gateway = f"popen//python={sys.executable}//chdir={tmp_path / 'there'}"
    options = ["--report=report", f"--reference={reference}", "--dist=load", f"--tx={gateway}"]
    options += ["-p", "no:hypothesispytest", "-p", "no:cacheprovider", "-q", "-rA"]
    command = [sys.executable, "-m", "pytest", CHAIN, ROOT, *options]
    done = subprocess.run(command, cwd=tmp_path / "here", capture_output=True, text=True, check=False)
    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout
    assert (tmp_path / "there" / "pytest").is_dir()
    held = recording.read(tmp_path / "here" / "report" / "recordings" / "subject.jsonl")
    assert (held.complete, list(held.cases)) == (True, [CHAIN, ROOT])


# --- verdicts


def test_a_case_that_agrees_passes_and_no_process_is_left(run, reference, monkeypatch):
    closed, close = [], runner.Worker.close
    monkeypatch.setattr(runner.Worker, "close", lambda self: closed.append(self.spec) or close(self))
    code, out = run(CHAIN, ROOT, *against(reference))
    assert code == 0
    assert "2 passed" in out
    assert closed == ["engine"]
    assert f"conformance: engine against {reference}" in out


def test_a_failure_tells_the_claim_the_verdict_both_sides_and_how_to_reproduce_it(run, reference):
    code, out = run(CHAIN, DIAMOND, *against(reference, "wrong_grad_fn_name"))
    assert code == 1
    chain = out.partition(f"_ {CHAIN} _")[2].partition(f"_ {DIAMOND} _")[0].splitlines()
    assert chain[1:3] == [
        "different: graph of 'result': node 1 is MultiplyBackward0 instead of MulBackward0",
        "  Each operation of a chain adds one node, and the graph lists them from the result to the leaf.",
    ]
    assert chain[3].endswith(": TanhBackward0 [MulBackward0]")
    assert "toy wrong_grad_fn_name 1.0: TanhBackward0 [MultiplyBackward0]" in "\n".join(chain)
    assert f'torch = load("{TOYS}:wrong_grad_fn_name").namespace' in chain
    assert "def graph_of_a_chain(torch):" in chain
    assert "plugin.py" not in out
    assert f"FAILED {CHAIN} - Failed: different: graph of 'result'" in out


def test_a_case_that_hangs_crashes_or_lacks_an_api_fails_and_the_next_one_runs(run, reference):
    for toy, text in (("hangs", "timeout: 'tril': did not end within 0.5 s"), ("exits", "crash: 'triu'")):
        code, out = run(TRIANGLES, FLIP, "--case-timeout", "0.5", *against(reference, toy))
        assert code == 1
        assert "1 failed, 1 passed" in out
        assert text in out.partition("FAILURES")[2]


def test_a_subject_may_live_in_another_interpreter(run, reference, tmp_path):
    held = tmp_path / "another" / "python"
    held.parent.mkdir()
    held.symlink_to(sys.executable)
    code, out = run(ROOT, "--reference", reference, "--subject", f"{TOYS}:swallows_error@{held}")
    assert code == 1
    assert f"conformance: {TOYS}:swallows_error@{held} against" in out
    assert "silent" in out
    code, out = run(ROOT, "--reference", reference, "--subject", f"engine@{tmp_path / 'nowhere'}")
    assert code == 4
    assert "there is no Python interpreter" in out


def test_a_case_is_blocked_by_one_that_it_builds_on_though_only_it_is_run(run, reference):
    code, out = run(AGAIN, *against(reference, "swallows_error"))
    assert code == 1
    assert f"blocked: builds on {ROOT}, which is silent" in out


def test_what_is_unspecified_is_skipped_with_the_reason(run, reference, tmp_path):
    held = recording.read(reference)
    end = {
        "how": "raised",
        "error type": "AttributeError",
        "error message": "",
        "line": "",
        "missing": "torch.x",
    }
    held.cases[CHAIN]["end"] = end
    path = tmp_path / "older.jsonl"
    recording.write(path, held)
    code, out = run(CHAIN, "-rs", "--reference", path, "--subject", reference)
    assert code == 0
    assert "this PyTorch has no torch.x" in out
    assert "1 skipped" in out


def test_what_the_subject_wrote_to_its_standard_error_is_shown(project, run, reference):
    project.makepyfile(
        noisy="import engine, sys, types\n"
        "def make():\n"
        "    tanh = engine.Tensor.tanh\n"
        "    def noisy(self):\n"
        "        print('help!', file=sys.stderr)\n"
        "        return tanh(self) + 1\n"
        "    engine.Tensor.tanh = noisy\n"
        "    return engine\n"
    )
    code, out = run(CHAIN, "--subject", "noisy:make", "--reference", reference)
    assert code == 1
    assert "stderr of the subject" in out
    assert "help!" in out


# --- expectations


def test_an_expected_departure_is_an_xfail_and_one_that_agrees_fails(run, departing, tmp_path):
    file = tmp_path / "expectations.txt"
    file.write_text(f"{CHAIN}  # names are to come\n{ROOT}  # errors, too\n")
    code, out = run(CHAIN, ROOT, "-rx", "--expectations", file, *departing)
    assert code == 1
    assert f"XFAIL {CHAIN} - names are to come" in out
    assert "[XPASS(strict)] errors, too" in out
    assert "1 failed, 1 xfailed" in out


# --- what pytest offers


def test_last_failed_stop_at_first_and_junit_work(run, departing, tmp_path):
    code, out = run(CHAIN, ROOT, DIAMOND, "--junitxml", tmp_path / "junit.xml", *departing)
    assert (code, "2 failed, 1 passed" in out) == (1, True)
    found = {
        (item.get("classname"), item.get("name")): item.find("failure") is not None
        for item in ElementTree.parse(tmp_path / "junit.xml").iter("testcase")
    }
    assert found == {
        ("graph", "graph_of_a_chain"): True,
        ("refusals", "vector_root"): False,
        ("graph", "graph_of_a_diamond"): True,
    }
    assert "2 failed, 1 deselected" in run(CHAIN, ROOT, DIAMOND, "--lf", *departing)[1]
    assert "1 failed in" in run(CHAIN, ROOT, DIAMOND, "-x", *departing)[1]


def test_last_failed_keeps_cases_beside_a_file_that_failed_too(project, run, departing):
    project.makepyfile(test_own="def test_fails():\n    assert False\n")
    chosen = ("test_own.py", catalog.FOLDER, "-k", "test_fails or graph_of_a_chain or edges_to_constants")
    arguments = (*chosen, *departing)
    assert "2 failed, 1 passed" in run(*arguments)[1]
    assert "2 failed, " in run(*arguments, "--lf")[1]


# --- the report


def test_a_report_is_made_of_what_ran(run, reference, departing, tmp_path):
    folder = tmp_path / "report"
    code, out = run(CHAIN, ROOT, DIAMOND, "--report", folder, *departing)
    assert (code, "2 failed, 1 passed" in out) == (1, True)
    assert f"report: {folder / 'index.html'}" in out
    assert "<html" in (folder / "index.html").read_text()
    held = {
        name: recording.read(folder / "recordings" / f"{name}.jsonl") for name in ("reference", "subject")
    }
    for one in held.values():
        recording.validate(one.path)
        assert (one.complete, list(one.cases)) == (True, [DIAMOND, CHAIN, ROOT])
    assert held["subject"].header["subject"]["name"] == "toy wrong_grad_fn_name"
    assert held["reference"].header["subject"] == recording.read(reference).header["subject"]


def test_a_report_is_made_of_what_ran_in_other_processes_and_says_what_did_not(run, departing, tmp_path):
    """The recording of the reference does not hold the last of these cases."""
    folder = tmp_path / "report"
    code, out = run(CHAIN, ROOT, DIAMOND, BEYOND, "--report", folder, "-n", "2", *departing)
    assert (code, "3 failed, 1 passed" in out) == (1, True)
    assert f"report: {folder / 'index.html'}" in out
    held = {
        name: recording.read(folder / "recordings" / f"{name}.jsonl") for name in ("reference", "subject")
    }
    for one in held.values():
        recording.validate(one.path)
        assert list(one.cases) == [DIAMOND, CHAIN, ROOT]
    assert (held["reference"].complete, held["subject"].complete) == (True, False)
    assert set(held["subject"].header["cases"]) == {CHAIN, ROOT, DIAMOND, BEYOND}


def test_a_report_of_a_run_that_stopped_is_incomplete(run, departing, tmp_path):
    folder = tmp_path / "report"
    _, out = run(CHAIN, ROOT, DIAMOND, "-x", "--report", folder, *departing)
    assert "report: " in out
    held = recording.read(folder / "recordings" / "subject.jsonl")
    assert (held.complete, list(held.cases), held.header["cases"]) == (False, [CHAIN], [DIAMOND, CHAIN, ROOT])
    assert "incomplete" in (folder / "index.html").read_text()


def test_no_report_is_made_of_no_case(run, reference, tmp_path):
    code, out = run(CHAIN, "-k", "nothing", "--report", tmp_path / "report", *against(reference))
    assert code == 5
    assert "no case was run, so there is no report" in out
    assert not (tmp_path / "report").exists()


def test_a_run_whose_report_cannot_be_written_does_not_succeed(run, reference, tmp_path):
    (tmp_path / "index.html").mkdir()
    code, out = run(CHAIN, "--report", tmp_path, "--reference", reference, "--subject", reference)
    assert (code, "1 passed" in out) == (1, True)
    assert "but the report was not written" in out


# --- options that cannot be used


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--subject", "nowhere"], "no module 'nowhere' can be imported"),
        (["--subject", f"{TOYS}:no_tensors"], "not shaped like torch"),
        (["--device", "cdua"], "only knows the device 'cpu', not 'cdua'"),
        (["--reference", "missing.jsonl"], "cannot read the recording missing.jsonl"),
        (["--reference", "tox.ini"], "tox.ini is not a recording"),
        (["--expectations", "missing.txt"], "the expectations file missing.txt cannot be read"),
        (["--report", "tox.ini"], "nothing can be written to tox.ini"),
        (["--case-timeout", "0"], "--case-timeout 0"),
        (["--shard", "3/2"], "'3/2' is no shard: write the third of sixteen as 3/16"),
        (["--select", "hook (document:B"], "this parenthesis is not closed"),
        (["--select", "verdict:silent"], "this asks for verdicts"),
        (["--select", "document:nowhere"], "no case matches document:nowhere"),
    ],
)
def test_options_that_cannot_be_used_are_refused_in_a_sentence(run, reference, options, sentence):
    code, out = run(CHAIN, *against(reference), *options)
    assert code == 4
    assert [line for line in out.splitlines() if line.startswith("ERROR: ") and sentence in line]
    assert "Traceback" not in out
    assert "INTERNALERROR" not in out


def test_a_subject_that_cannot_be_run_is_refused_before_other_processes_start(run, reference):
    code, out = run(CHAIN, "--reference", reference, "--subject", "nowhere", "-n", "1")
    assert code == 4
    assert "ERROR: the subject 'nowhere' is not there" in out
    assert "gw0" not in out


def test_a_reference_that_lacks_the_case_fails_it_in_a_sentence(run, departing):
    code, out = run(BEYOND, "--report", "report", *departing)
    assert code == 1
    assert "so there is no report" in out
    assert f"does not hold {BEYOND}: record it again" in out
    assert "plugin.py" not in out


def test_without_torch_the_recording_that_comes_along_is_used_and_named(
    run, reference, tmp_path, monkeypatch
):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else found(name, *rest)
    )
    monkeypatch.setattr(sources, "shipped", lambda: reference)
    code, out = run(CHAIN, "--report", tmp_path / "report")
    assert code == 0
    note = "PyTorch is not installed: the reference is the recording engine.jsonl that comes with the suite."
    assert note in out
    assert "conformance: engine against torch" in out
    assert note in (tmp_path / "report" / "index.html").read_text()


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_live_pytorch_is_the_reference_unless_another_is_named(run, reference):
    code, out = run(CHAIN, "--subject", reference)
    assert (code, "1 passed" in out) == (0, True)
    assert f"conformance: {reference} against torch" in out
