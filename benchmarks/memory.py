"""What a node of a long chain weighs, and whether the chain runs and dies without recursion or garbage.

Each question is put to a fresh interpreter: `python -m benchmarks.memory engine traced 100000`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .workloads import LONG_CHAIN, chain

CHECKOUT = Path(__file__).parents[1]
TARGET = 400.0
RECURSION_LIMIT = 150
STATM = Path("/proc/self/statm")


def memory(names: Iterable[str], length: int = LONG_CHAIN) -> dict[str, Any]:
    """The report on the engine; `names` are those whose resident memory is compared."""
    traced = ask("engine", "traced", length)
    freed = ask("engine", "freed", length)
    freed["verdict"] = "met" if freed == {"alive": [], "collected": 0} else "missed"
    return {
        "nodes": length,
        "target": TARGET,
        "verdict": "met" if traced.get("bytes_per_node", TARGET + 1) <= TARGET else "missed",
        **traced,
        "resident": {name: ask(name, "resident", length) for name in names},
        "freed": freed,
    }


def ask(module: str, question: str, length: int) -> dict[str, Any]:
    """The answer of a fresh interpreter, or how it failed."""
    command = [sys.executable, "-m", __name__, module, question, str(length)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.splitlines()
        return {"failure": lines[-1] if lines else f"exit code {done.returncode}"}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def leaves(torch: Any) -> list[Any]:
    """The start, the factor and the term of a chain."""
    return [torch.tensor(value, requires_grad=True) for value in (1.0, 1.0001, 0.001)]


def traced(torch: Any, length: int) -> dict[str, Any]:
    """Bytes a node, as Python's allocators count them, while the graph is alive."""
    inputs = leaves(torch)
    warm_up = chain(10, *inputs)  # noqa: F841 - what the first operations set up belongs to no node
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    value = chain(length, *inputs)  # noqa: F841 - holds the graph
    after, _ = tracemalloc.get_traced_memory()
    return {"bytes_per_node": (after - before) / length}


def resident(torch: Any, length: int) -> dict[str, Any]:
    """Bytes a node, as the process grows: also what Python does not count; None where that cannot be seen."""
    if not STATM.exists():
        return {"bytes_per_node": None}
    inputs = leaves(torch)
    chain(1000, *inputs).backward()
    before = _resident()
    value = chain(length, *inputs)  # noqa: F841 - holds the graph
    return {"bytes_per_node": (_resident() - before) / length}


def _resident() -> int:
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def freed(torch: Any, length: int) -> dict[str, Any]:
    """What outlives the graph, with and without backward, and how much only the cyclic collector finds."""
    _run(torch, 10, backward=True)
    gc.collect()
    gc.disable()
    sys.setrecursionlimit(RECURSION_LIMIT)
    alive = [
        f"{name} {'after' if backward else 'without'} backward"
        for backward in (True, False)
        for name, reference in _run(torch, length, backward=backward).items()
        if reference() is not None
    ]
    return {"alive": alive, "collected": gc.collect()}


def _run(torch: Any, length: int, *, backward: bool) -> dict[str, weakref.ref[Any]]:
    inputs = leaves(torch)
    value = chain(length, *inputs)
    middle = value.grad_fn
    for _ in range(length // 2):
        middle = middle.next_functions[0][0]
    if backward:
        value.backward()
    watched = {"result": value, "last node": value.grad_fn, "middle node": middle, "leaf": inputs[0]}
    return {name: weakref.ref(held) for name, held in watched.items()}


if __name__ == "__main__":
    questions = {"traced": traced, "resident": resident, "freed": freed}
    print(json.dumps(questions[sys.argv[2]](importlib.import_module(sys.argv[1]), int(sys.argv[3]))))
