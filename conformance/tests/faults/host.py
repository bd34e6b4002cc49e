"""The subject that stands for the engine with the fault at hand.

A worker runs each case in a fork. This namespace imports the planted engine there, when the case first uses it; so one
worker, which has imported NumPy and the catalog, serves for all faults.
"""

from __future__ import annotations

import importlib
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy  # noqa: F401 - imported here once, not in each fork

from conformance.subject import Subject

PLANTED = "planted_engine"
WHERE = "PLANTED_ENGINE"
"""The environment variable that names a file, in which the folder of the planted engine stands."""

WORKER = os.getpid()


@cache
def _engine() -> Any:
    sys.path.insert(0, Path(os.environ[WHERE]).read_text(encoding="utf-8"))
    return importlib.import_module(PLANTED)


class _Namespace:
    def __getattr__(self, name: str) -> Any:
        return None if os.getpid() == WORKER else getattr(_engine(), name)


subject = Subject(_Namespace(), "planted", "planted")
