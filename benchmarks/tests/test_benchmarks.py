import gc
import importlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import idioms, memory, timing, workloads
from benchmarks.__main__ import main
from benchmarks.table import duration, failures, import_line, memory_lines, table
from benchmarks.tests import leaking
from benchmarks.workloads import WORKLOADS

CHECKOUT = Path(__file__).parents[2]
PEERS = list(timing.PEERS)
TINY = WORKLOADS["a"]
TIMES = {"median": 2e-3, "min": 1e-3, "max": 3e-3, "ratio": 0.4}


@pytest.fixture(scope="module")
def engines():
    """The engine and every peer, which the `bench` extra brings."""
    for needed, _ in timing.PEERS.values():
        pytest.importorskip(needed)
    loaded, notes = timing.load(PEERS)
    assert notes == []
    gc.freeze()  # or each sample waits for the collector to visit all that was imported
    yield loaded
    gc.unfreeze()


@pytest.fixture
def quick(monkeypatch):
    """Workload a alone is known by its letter, and is not repeated."""
    monkeypatch.setitem(WORKLOADS, "a", replace(TINY, repeats=1))


def timed(**ratios):
    return {name: {**TIMES, "median": ratio, "ratio": ratio} for name, ratio in ratios.items()}


# --- the workloads


@pytest.mark.parametrize("letter", [letter for letter in WORKLOADS if letter != "c"])
def test_all_engines_compute_the_same(engines, letter, monkeypatch):
    for size in ("ELEMENTS", "SIDE", "USES"):
        monkeypatch.setattr(workloads, size, 100)
    runs, why = timing.prepare(WORKLOADS[letter], engines)
    assert why == {}
    assert list(runs) == ["engine", *PEERS]


@pytest.mark.parametrize("letter", [letter for letter in WORKLOADS if WORKLOADS[letter].rate])
def test_steps_lead_downhill_or_nan_would_be_timed(letter):
    run = WORKLOADS[letter].build("engine", importlib.import_module("engine"))
    first, *_, last = (run()[0].item() for _ in range(30))
    assert last < first / 10


def test_the_long_chain_is_the_short_one_but_for_its_length():
    operations = []

    class Counting:
        def __mul__(self, other):
            operations.append(("*", other))
            return self

        def __add__(self, other):
            operations.append(("+", other))
            return self

    counting = Counting()
    WORKLOADS["b"].torch(None, counting, "factor", "term")
    assert operations == [("*", "factor"), ("+", "term")] * 500
    operations.clear()
    WORKLOADS["c"].torch(None, counting, "factor", "term")
    assert operations == [("*", "factor"), ("+", "term")] * 50_000


def test_an_engine_that_computes_something_else_is_not_timed(engines):
    planted = replace(TINY, repeats=1, mygrad=lambda _, x: ((4 * x) ** 2).mean())
    row = timing.measure(planted, engines, 1, lambda: None)
    assert row["engines"]["mygrad"] == {"failure": "its results are not those of torch"}
    assert row["engines"]["engine"]["ratio"] > 0


def test_results_that_are_not_finite_are_no_reference(engines):
    planted = replace(TINY, torch=lambda _, x: (x * float("nan")).mean())
    _, why = timing.prepare(planted, {"engine": engines["engine"]})
    assert why == {"engine": "its results are not those of a finite computation"}


def test_an_engine_that_forgets_the_update_is_found_out(engines, monkeypatch):
    monkeypatch.setattr(workloads, "mygrad_run", lambda *given: idioms.mygrad_run(*given[:-1], None))
    _, why = timing.prepare(WORKLOADS["d"], engines)
    assert list(why) == ["mygrad"]


def test_an_engine_that_raises_is_not_timed_and_says_why(engines):
    def forward(torch, x):
        if torch.__name__ == "engine":
            raise NotImplementedError("not yet")
        return ((5 * x) ** 2).mean()

    row = timing.measure(replace(TINY, repeats=1, torch=forward), engines, 1, lambda: None)
    assert row["verdict"] == "failed"
    assert failures({"a": row}) == ["engine was not timed in workload a: NotImplementedError: not yet"]
    assert "failed" in table({"a": row})


# --- timing


def test_every_engine_is_timed_in_each_round(engines):
    rounds, order = [], []

    def forward(namespace, x):
        order.append(namespace.__name__)
        return ((5 * x) ** 2).mean()

    planted = replace(TINY, repeats=1, torch=forward, autograd=forward, mygrad=forward)
    row = timing.measure(planted, engines, 2, lambda: rounds.append(len(order)))
    prepared = 2 * len(engines)
    assert rounds == [prepared + 4, prepared + 8]
    names = ["engine", "torch", "autograd.numpy", "mygrad"]
    assert order[prepared:] == [*names, *names[1:], names[0]]
    assert list(row["engines"]) == ["engine", *PEERS]
    assert row["engines"]["torch"]["ratio"] == 1
    for times in row["engines"].values():
        assert 0 <= times["min"] <= times["median"] <= times["max"]


@pytest.mark.parametrize(
    ("target", "ratios", "expected"),
    [
        (0.4, {"engine": 0.4, "torch": 1.0, "autograd": 2.0}, "met"),
        (0.4, {"engine": 0.41, "torch": 1.0, "autograd": 2.0}, "missed"),
        (1.0, {"engine": 0.9, "torch": 1.0, "autograd": 0.8, "mygrad": 1.7}, "missed, behind autograd"),
        (1.0, {"engine": 0.9, "autograd": 0.8, "mygrad": 0.7}, "missed, behind autograd and mygrad"),
        (1.5, {"engine": 1.2, "torch": 1.0}, "met"),
        (None, {"engine": 0.4, "torch": 1.0}, "no target"),
    ],
)
def test_a_target_is_met_at_most_at_its_ratio_and_ahead_of_the_peers(target, ratios, expected):
    assert timing.verdict(target, timed(**ratios)) == expected


def test_without_torch_nothing_is_met():
    assert timing.verdict(0.4, {"engine": {**TIMES, "ratio": None}}) == "no torch"


def test_numpy_and_its_peers_get_one_thread_before_they_are_imported():
    code = (
        "import sys, benchmarks, os; assert 'numpy' not in sys.modules and 'torch' not in sys.modules\n"
        "print([os.environ[f'{name}_NUM_THREADS'] for name in ('OMP', 'MKL', 'OPENBLAS')])"
    )
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout == "['1', '1', '1']\n"


# --- what is printed and written


def test_the_table_has_torch_s_time_and_the_others_ratios():
    engines = {"engine": TIMES, "torch": {**TIMES, "ratio": 1.0}, "mygrad": {"failure": "it raised"}}
    met = {"title": "tiny", "target": 0.4, "verdict": "met", "engines": engines}
    watched = {**met, "title": "a longer title", "target": None, "verdict": "no target"}
    assert table({"a": met, "k": watched}).splitlines() == [
        "   workload        torch  engine  mygrad  target",
        "a  tiny             2 ms    0.40  failed    0.40  met",
        "k  a longer title   2 ms    0.40  failed          no target",
    ]


def test_without_torch_the_table_has_times():
    engines = {"engine": {**TIMES, "ratio": None}, "autograd": {**TIMES, "median": 0.25, "ratio": None}}
    row = {"title": "tiny", "target": 0.4, "verdict": "no torch", "engines": engines}
    assert table({"a": row}).splitlines()[1] == "a  tiny        2 ms    250 ms    0.40  no torch"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(2.5, "2.5 s"), (0.0421, "42.1 ms"), (5.04e-5, "50.4 µs"), (2e-7, "0.2 µs")]
)
def test_a_duration_has_the_unit_that_suits(seconds, expected):
    assert duration(seconds) == expected


@pytest.mark.usefixtures("engines", "quick")
def test_results_are_printed_and_written(capsys, tmp_path):
    path = tmp_path / "results.json"
    assert main(["a", "--rounds", "2", "--json", str(path)]) == 0
    captured = capsys.readouterr()
    assert captured.err == "a ..\n"
    assert TINY.title in captured.out
    results = json.loads(path.read_text(encoding="utf-8"))
    assert set(results) == {"rounds", "threads", "versions", "platform", "workloads"}
    assert set(results["versions"]) == {"engine", "numpy", *PEERS}
    assert set(results["platform"]) == {"python", "system", "machine"}
    assert list(results["workloads"]) == ["a"]
    row = results["workloads"]["a"]
    assert (row["title"], row["target"]) == (TINY.title, 0.35)
    assert list(row["engines"]) == ["engine", *PEERS]
    for times in row["engines"].values():
        assert set(times) == {"median", "min", "max", "ratio"}


@pytest.mark.usefixtures("quick")
def test_a_missing_peer_is_left_out_and_its_command_named(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "mygrad.nnet.activations", None)
    assert main(["a", "--rounds", "1", "--peers", "mygrad"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["workload", "engine", "target"]
    assert lines[-1].startswith("mygrad is left out, as it cannot be imported (")
    assert lines[-1].endswith("): pip install mygrad==2.5.0")


@pytest.mark.parametrize("name", PEERS)
def test_the_command_asks_for_the_version_that_the_project_pins(name):
    pinned = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'"{timing.PEERS[name][1]}"' in pinned


@pytest.mark.usefixtures("quick")
def test_without_peers_the_engine_alone_is_timed(capsys):
    assert main(["a", "--rounds", "1", "--peers"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("no torch")


def test_a_failure_shows_in_the_exit_code(monkeypatch, capsys):
    monkeypatch.setitem(WORKLOADS, "a", replace(TINY, torch=lambda _, x: x.nothing()))
    assert main(["a", "--peers"]) == 1
    assert "engine was not timed in workload a: AttributeError" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["z"],
            "there is no workload 'z': choose from a, b, c, d, e, f, g, h, i, j, k, l, m, import and memory",
        ),
        (["a", "--peers", "jax"], "there is no peer 'jax': choose from torch, autograd, mygrad"),
        (["a", "--rounds", "0"], "at least one round is needed: give --rounds a positive number"),
        (["a", "--json", "missing/results.json"], "missing/results.json cannot be written"),
        (["a", "--json", "."], ". is a folder: name a file for the results"),
        (["--fast"], "unrecognized arguments: --fast; see python -m benchmarks --help"),
    ],
)
def test_unusable_arguments_are_refused_in_one_sentence(arguments, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"benchmarks: {message}")
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


# --- import and memory


def test_import_is_measured_in_fresh_interpreters(capsys):
    assert main(["import", "--rounds", "1"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "import .\n"
    assert captured.out.startswith("import engine costs ")


def test_the_import_line_names_cost_target_and_verdict():
    cost = {"target": 60.0, "verdict": "missed", "median": 61.25, "min": 50.0, "max": 72.0, "numpy": 90.0}
    assert import_line(cost) == (
        "import engine costs 61.2 ms (50.0 to 72.0) beside import numpy (90.0 ms), target 60 ms: missed"
    )


def test_the_engine_s_graphs_are_weighed_and_die_at_once():
    report = memory.memory(["engine"], 1000)
    assert report["nodes"] == 1000
    assert report["bytes_per_node"] > 0
    assert set(report["resident"]) == {"engine"}
    assert report["freed"] == {"alive": [], "collected": 0, "verdict": "met"}
    assert [line.rpartition(": ")[2] for line in memory_lines(report)][2] == "met"


def test_a_leaf_that_only_the_cyclic_collector_frees_is_seen():
    answer = memory.ask("benchmarks.tests.leaking", "freed", 1000)
    assert answer["alive"] == ["leaf after backward", "leaf without backward"]
    assert answer["collected"] > 2 * 3 * leaking.BALLAST  # of two runs, with three leaves each


def test_recursion_over_the_graph_is_seen():
    answer = memory.ask("benchmarks.tests.recursing", "freed", 500)
    assert answer["failure"].startswith("RecursionError")


@pytest.mark.parametrize(
    ("traced", "freed", "expected"),
    [
        ({"bytes_per_node": 400.0}, {"alive": [], "collected": 0}, ("met", "met")),
        ({"bytes_per_node": 400.5}, {"alive": [], "collected": 1}, ("missed", "missed")),
        ({"bytes_per_node": 100.0}, {"alive": ["leaf after backward"], "collected": 0}, ("met", "missed")),
        ({"failure": "MemoryError"}, {"failure": "RecursionError"}, ("missed", "missed")),
    ],
)
def test_memory_has_two_verdicts(traced, freed, expected, monkeypatch):
    answers = {"traced": traced, "freed": dict(freed)}
    monkeypatch.setattr(memory, "ask", lambda module, question, length: answers[question])
    report = memory.memory([], 10)
    assert (report["verdict"], report["freed"]["verdict"]) == expected


def test_a_fault_is_named_in_the_report():
    report = {"nodes": 10, "target": 400.0, "verdict": "missed", "bytes_per_node": 512.0, "resident": {}}
    leaky = {"alive": ["leaf after backward"], "collected": 3, "verdict": "missed"}
    lines = memory_lines({**report, "freed": leaky})
    assert lines[0] == "a chain of 10 nodes takes 512 bytes a node, target 400: missed"
    assert lines[2].endswith("leaf after backward still alive, 3 objects left to the collector: missed")
    failed = {"failure": "RecursionError: too deep", "verdict": "missed"}
    assert memory_lines({**report, "freed": failed})[2].endswith("RecursionError: too deep: missed")
