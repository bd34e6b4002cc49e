"""Runs a program's cells in the subject's interpreter: `python -u conformance/replay/player.py SPEC DEVICE`.

    in   {"cells": [code, ..], "folder": path, "timeout": seconds}
    out  {"header": ..}  or  {"error": sentence}, then for each cell
         {"cell": number, "stdout": .., "stderr": .., "shown": .., "error": .., "seconds": ..}

The cells share one `__main__`. In it, `torch` and `engine` are names of the subject, as are their submodules.
"""

from __future__ import annotations

import importlib
import os
import sys

if __name__ == "__main__":  # started by its path: the folder of this file is no place to import from
    FOLDER = os.path.dirname(os.path.realpath(__file__))
    others = [path for path in sys.path if os.path.realpath(path) != FOLDER]
    sys.path[:] = [os.path.dirname(os.path.dirname(FOLDER)), os.getcwd(), *others]
    importlib.import_module("conformance.replay.player").main(*sys.argv[1:])
    sys.exit()

import ast
import json
import linecache
import random
import tempfile
import time
import traceback
from functools import reduce
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from ..observe import clean, describe
from ..subject import Subject, SubjectError, load
from ..worker import call_if_there, conversation, kept, output

ALIASES = ("torch", "engine")


def main(spec: str, device: str) -> None:
    """Load a subject, take the program, and run its cells one after the other, whatever becomes of each."""
    requests, send = conversation()
    try:
        subject = load(spec, device)
    except SubjectError as error:
        send(error=clean(str(error)))
        return
    send(header={"subject": subject.described()})
    request = json.loads(requests.readline())
    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    sys.argv = [""]
    sys.meta_path.insert(0, _Aliases(subject))
    program = sys.modules["__main__"] = ModuleType("__main__")
    _seed(subject)
    for number, code in enumerate(request["cells"]):
        send(cell=number, **_played(number, code, program.__dict__))


def _seed(subject: Subject) -> None:
    call_if_there(subject.namespace, "manual_seed", 0)
    random.seed(0)
    try:
        seed = importlib.import_module("numpy").random.seed
    except ImportError:
        return
    seed(0)


class _Aliases:
    """Finds the subject where a program imports `torch` or `engine`, and what is below them."""

    def __init__(self, subject: Subject) -> None:
        self._namespace = subject.namespace
        self._root = getattr(subject.namespace, "__name__", None) or subject.spec
        self._names = {name for name in ALIASES if name != self._root}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """A spec whose loading puts the subject's object into `sys.modules`."""
        mine = name.partition(".")[0] in self._names
        return ModuleSpec(name, self) if mine else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """A module as usual, which `exec_module` replaces."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the subject's module, or the attribute of an adapter, in the place of the module."""
        below = module.__name__.partition(".")[2]
        sys.modules[module.__name__] = self._found(module.__name__, below)

    def _found(self, name: str, below: str) -> Any:
        if not below:
            return self._namespace
        if isinstance(self._namespace, ModuleType):
            try:
                return importlib.import_module(f"{self._root}.{below}")
            except ModuleNotFoundError as error:
                if error.name != f"{self._root}.{below}":
                    raise
        try:
            return reduce(getattr, below.split("."), self._namespace)
        except AttributeError:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name) from None


def _played(number: int, code: str, program: dict[str, Any]) -> dict[str, Any]:
    started = time.monotonic()
    saved = os.dup(1), os.dup(2)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.stdout, sys.stderr = output(1), output(2)
        try:
            shown, error = _run(f"<cell {number + 1}>", code, program)
        finally:
            for stream in (sys.stdout, sys.stderr):
                call_if_there(stream, "flush")
            for descriptor, copy in enumerate(saved, 1):
                os.dup2(copy, descriptor)
                os.close(copy)
        seconds = round(time.monotonic() - started, 4)
        return {"shown": shown, "error": error, "stdout": kept(out), "stderr": kept(err), "seconds": seconds}


def _run(name: str, code: str, program: dict[str, Any]) -> tuple[str | None, dict[str, str] | None]:
    """Run a cell; what its last expression shows, as Jupyter does, and the error that ended it."""
    linecache.cache[name] = len(code), None, code.splitlines(keepends=True), name
    try:
        tree = ast.parse(code, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), program)
        if last is None:
            return None, None
        value = eval(compile(ast.Expression(last.value), name, "eval"), program)  # type: ignore[attr-defined]
        quiet = value is None or code.rstrip().endswith(";")
        return (None if quiet else clean(repr(value))), None
    except BaseException as error:  # a program may raise anything, and the next cell runs all the same
        kind, message = describe(error)
        numbers = [
            line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == name
        ]
        line = linecache.getline(name, numbers[-1]).strip() if numbers else ""
        return None, {"type": kind, "message": message, "line": line}
