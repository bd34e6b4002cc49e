"""The subject that stands for the engine with the fault at hand.

A worker runs each case in a fork. This namespace imports the planted engine there, when the case first uses it; so one
worker, which has imported NumPy and the catalog, serves for all faults. The planted engine is the engine's own files
under another name, but for the file with the fault.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy  # noqa: F401 - imported here once, not in each fork

from conformance.subject import Subject

PLANTED = "planted_engine"
WHERE = "PLANTED_ENGINE"
"""The environment variable that names a file of three lines: the engine's folder, which file of it is planted, and where."""

WORKER = os.getpid()


class _Finder:
    """Finds the modules of the planted engine."""

    def __init__(self, engine: str, file: str, planted: str) -> None:
        self._engine, self._file, self._planted = Path(engine), file, planted

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The engine's file of that name, or the planted one."""
        root, *below = name.split(".")
        if root != PLANTED:
            return None
        folder = self._engine.joinpath(*below)
        package = folder.is_dir()
        found = folder / "__init__.py" if package else folder.with_suffix(".py")
        if not found.is_file():
            return None
        planted = found.relative_to(self._engine).as_posix() == self._file
        return importlib.util.spec_from_file_location(
            name,
            self._planted if planted else found,
            submodule_search_locations=[str(folder)] if package else None,
        )


@cache
def _engine() -> Any:
    lines = Path(os.environ[WHERE]).read_text(encoding="utf-8").splitlines()
    sys.meta_path.insert(0, _Finder(*lines))  # type: ignore[arg-type]
    return importlib.import_module(PLANTED)


class _Namespace:
    def __getattr__(self, name: str) -> Any:
        return None if os.getpid() == WORKER else getattr(_engine(), name)


subject = Subject(_Namespace(), "planted", "planted")
