"""What the suite calls in a subject's interpreter, as it was before the subject could replace it.

A subject may put its own functions in the place of `len`, `json.dumps` or `os.write`. Those are then what it and its
own code calls; the suite goes on with what was there when the worker started.
"""

from __future__ import annotations

import builtins
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

SUITE = ("case", "forking", "observe", "subject", "supervisor", "untouched", "worker")
STANDARD = (
    "_frozen_importlib",
    "_frozen_importlib_external",
    "codecs",
    "collections",
    "contextlib",
    "dataclasses",
    "encodings",
    "functools",
    "genericpath",
    "importlib",
    "json",
    "json.decoder",
    "json.encoder",
    "json.scanner",
    "linecache",
    "os",
    "platform",
    "posixpath",
    "random",
    "re",
    "tempfile",
    "traceback",
    "warnings",
)
"""What the suite calls, as far as it is written in Python."""

SHARED = (*STANDARD, "_io", "builtins", "signal", "subprocess", "sys", "threading", "time")
"""What the cases of one process share."""

Surroundings = list[tuple[dict[str, Any], dict[str, Any]]]

BUILTINS = {name: value for name, value in vars(builtins).items() if not name.startswith("_")}


def keep() -> None:
    """Give the suite's modules, and those that it calls, the builtins and modules as they are now."""
    for name in STANDARD:
        if name in sys.modules:
            use(vars(sys.modules[name]))
    for name in SUITE:
        module = sys.modules.get(f"{__package__}.{name}")
        if module is not None:
            use(vars(module))
            _copy_modules(vars(module))


def use(names: dict[str, Any]) -> None:
    """Let functions with these globals find the builtins as they were."""
    for name, value in BUILTINS.items():
        names.setdefault(name, value)


def surroundings() -> Surroundings:
    """The modules that the cases of one process share, and the functions and classes that they have now."""
    modules = [vars(sys.modules[name]) for name in SHARED if name in sys.modules]
    return [
        (module, {name: value for name, value in module.items() if callable(value)}) for module in modules
    ]


def are_changed(around: Surroundings) -> bool:
    """Whether one of these functions or classes has been replaced or removed."""
    return any(module.get(name) is not value for module, held in around for name, value in held.items())


def _copy_modules(names: dict[str, Any]) -> None:
    for name, value in list(names.items()):
        if isinstance(value, ModuleType) and value is not sys:  # its attributes are set, where all see them
            names[name] = SimpleNamespace(**vars(value))
