"""`python -m benchmarks [WHAT...] [--rounds N] [--json FILE] [--peers NAME...]`."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from .imports import import_cost
from .memory import memory
from .table import failures, import_line, memory_lines, table
from .timing import PEERS, load, measure
from .workloads import WORKLOADS

EXTRAS = ("import", "memory")
DESCRIPTION = "What the NumPy engine costs beside PyTorch, autograd and mygrad."
EPILOG = """\
The exit code is 0 if all was measured, whether or not targets are met, 1 if an engine failed in a workload,
and 2, with one sentence on the standard error, if the arguments cannot be used.
"""


class _RefusedError(Exception):
    """Arguments that cannot be used, in one sentence for the user."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse the arguments in one sentence, without the usage."""
        raise _RefusedError(f"{message}; see {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments name, print it, and return the exit code."""
    try:
        chosen = _chosen(arguments)
        results = _measure(chosen)
    except _RefusedError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nbenchmarks: stopped", file=sys.stderr)
        return 130
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if failures(results.get("workloads", {})) else 0


def _chosen(arguments: Sequence[str] | None) -> argparse.Namespace:
    letters = ", ".join(WORKLOADS)
    parser = _Parser(prog="python -m benchmarks", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument(
        "what", nargs="*", help=f"workloads ({letters}; all if none is named), import, or memory"
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="samples an engine (default: 7)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to FILE")
    peers = ", ".join(PEERS)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), metavar="NAME", help=f"of {peers} (all)")
    chosen = parser.parse_args(arguments)
    for name in chosen.what:
        if name not in WORKLOADS and name not in EXTRAS:
            raise _RefusedError(f"there is no workload {name!r}: choose from {letters}, import and memory")
    for name in chosen.peers:
        if name not in PEERS:
            raise _RefusedError(f"there is no peer {name!r}: choose from {peers}")
    if chosen.rounds < 1:
        raise _RefusedError("at least one round is needed: give --rounds a positive number")
    if chosen.json is not None:
        _refuse_unwritable(chosen.json)
    return chosen


def _refuse_unwritable(path: Path) -> None:
    if path.is_dir():
        raise _RefusedError(f"{path} is a folder: name a file for the results")
    try:
        with tempfile.TemporaryFile(dir=path.absolute().parent):
            pass
    except OSError as error:
        raise _RefusedError(f"{path} cannot be written ({error.strerror}): choose another place") from error


def _measure(chosen: argparse.Namespace) -> dict[str, Any]:
    results: dict[str, Any] = {"rounds": chosen.rounds, "threads": 1, **_made_with()}
    letters = [name for name in WORKLOADS if name in chosen.what or not chosen.what]
    if letters:
        results["workloads"] = _time(letters, chosen.peers, chosen.rounds)
    if "import" in chosen.what:
        with _progress("import") as advance:
            results["import"] = import_cost(chosen.rounds, advance)
        print(import_line(results["import"]))
    if "memory" in chosen.what:
        torch = ["torch"] if "torch" in chosen.peers and importlib.util.find_spec("torch") else []
        results["memory"] = memory(["engine", *torch])
        print("\n".join(memory_lines(results["memory"])))
    return results


def _time(letters: Sequence[str], peers: Sequence[str], rounds: int) -> dict[str, Any]:
    engines, notes = load(peers)
    rows = {}
    for letter in letters:
        with _progress(letter) as advance:
            rows[letter] = measure(WORKLOADS[letter], engines, rounds, advance)
    print("CPU time of forward and backward on one thread: torch's own, the others' as ratios to it.")
    print("\n".join([table(rows), *failures(rows), *notes]))
    return rows


@contextmanager
def _progress(name: str) -> Iterator[Callable[[], None]]:
    """A line that begins with a name and grows by a dot at each call."""
    print(name, end=" ", file=sys.stderr, flush=True)
    yield lambda: print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _made_with() -> dict[str, dict[str, str]]:
    versions = {"engine": importlib.import_module("engine").__version__}
    for name in ("numpy", *PEERS):
        if importlib.util.find_spec(name):
            versions[name] = importlib.metadata.version(name)
    return {
        "versions": versions,
        "platform": {
            "python": platform.python_version(),
            "system": platform.system(),
            "machine": platform.machine(),
        },
    }


if __name__ == "__main__":
    sys.exit(main())
