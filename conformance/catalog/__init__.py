"""The cases, a file for each group of behaviours; every file beside this one is loaded."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path

from ..case import Case

FOLDER = Path(__file__).parent


def files() -> list[Path]:
    """The catalog's modules, sorted by name."""
    return sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")


def load() -> list[Case]:
    """All cases: by file, and within a file in the order in which they stand there."""
    return [case for path in files() for case in of_file(path.stem)]


def find(case_id: str) -> Case:
    """The case of that id; no other file than its own is loaded."""
    return next(case for case in of_file(case_id.partition("::")[0]) if case.id == case_id)


def of_file(stem: str) -> list[Case]:
    """The cases of a file, by its name without the suffix."""
    module = importlib.import_module(f"{__name__}.{stem}")
    return [value for value in vars(module).values() if isinstance(value, Case)]


def digest() -> str:
    """What identifies the catalog's text: recordings are compared only if theirs are equal."""
    text = hashlib.sha256()
    for path in files():
        text.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return text.hexdigest()[:16]
