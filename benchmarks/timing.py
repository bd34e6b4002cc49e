"""CPU time of the workloads, in rounds interleaved over the engines of one process."""

from __future__ import annotations

import gc
import importlib
import time
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Any

import numpy as np

from .idioms import Run
from .workloads import Workload

PEERS = {
    "torch": ("torch", "torch==2.13.0"),
    "autograd": ("autograd.numpy", "autograd==1.9.1"),
    "mygrad": ("mygrad.nnet.activations", "mygrad==2.5.0"),
}
TOLERANCE = 1e-4  # of the largest number, which float32 sums in another order stay well below

Row = dict[str, Any]


def load(peers: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """The namespaces of the engine and of these peers, and a line for each peer that cannot be imported."""
    engines = {"engine": importlib.import_module("engine")}
    notes = []
    for name in peers:
        needed, requirement = PEERS[name]
        try:
            importlib.import_module(needed)
        except ImportError as error:
            notes.append(f"{name} is left out, as it cannot be imported ({error}): pip install {requirement}")
            continue
        engines[name] = importlib.import_module(name)
    if "torch" in engines:
        engines["torch"].set_num_threads(1)
    return engines, notes


def prepare(workload: Workload, engines: Mapping[str, Any]) -> tuple[dict[str, Run], dict[str, str]]:
    """Make a workload ready on each engine, and say why not where it fails or computes something else.

    What torch computes is what all must compute, or the first engine if torch is not among them.
    """
    runs: dict[str, Run] = {}
    failures: dict[str, str] = {}
    expected: list[np.ndarray] = []
    for name in sorted(engines, key=lambda name: name != "torch"):
        try:
            run = workload.build(name, engines[name])
            run()
            found = _arrays(run())  # the second time, so that the first one's update shows
        except Exception as error:  # whatever it raises is its failure
            failures[name] = f"{type(error).__name__}: {error}"
            continue
        if not runs:
            expected = found
        if _agree(expected, found):
            runs[name] = run
        else:
            failures[name] = f"its results are not those of {next(iter(runs), 'a finite computation')}"
    return {name: runs[name] for name in engines if name in runs}, failures


def _arrays(results: Iterable[Any]) -> list[np.ndarray]:
    return [np.array(value.detach().numpy() if hasattr(value, "detach") else value) for value in results]


def _agree(expected: list[np.ndarray], found: list[np.ndarray]) -> bool:
    return len(expected) == len(found) and all(
        one.shape == other.shape and np.allclose(one, other, rtol=0, atol=TOLERANCE * np.abs(one).max())
        for one, other in zip(expected, found, strict=True)
    )


def measure(workload: Workload, engines: Mapping[str, Any], rounds: int, advance: Callable[[], None]) -> Row:
    """Time a workload on each engine; `advance` is called after each round."""
    runs, failures = prepare(workload, engines)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    order = list(runs)
    for _ in range(rounds):
        for name in order:
            seconds[name].append(_sample(runs[name], workload.repeats))
        order = order[1:] + order[:1]  # so that none always follows the same one
        advance()
    row: Row = {name: {"failure": why} for name, why in failures.items()}
    for name, taken in seconds.items():
        row[name] = {"median": median(taken), "min": min(taken), "max": max(taken), "ratio": None}
        if "torch" in runs:
            row[name]["ratio"] = median(taken) / median(seconds["torch"])
    return {
        "title": workload.title,
        "target": workload.target,
        "verdict": verdict(workload.target, row),
        "engines": {name: row[name] for name in engines},
    }


def _sample(run: Run, repeats: int) -> float:
    gc.collect()  # so that no engine pays for the garbage of another
    start = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - start) / repeats


def verdict(target: float | None, engines: Mapping[str, Mapping[str, Any]]) -> str:
    """Whether the engine met its target beside torch, and is ahead of the other peers."""
    engine = engines["engine"]
    if "failure" in engine:
        return "failed"
    if target is None:
        return "no target"
    if engine["ratio"] is None:
        return "no torch"
    ahead = [
        name
        for name, times in engines.items()
        if name not in ("engine", "torch") and times.get("median", engine["median"]) < engine["median"]
    ]
    if ahead:
        return f"missed, behind {' and '.join(ahead)}"
    return "met" if engine["ratio"] <= target else "missed"
