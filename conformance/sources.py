"""Where the recordings of a comparison come from: a subject that is run, or a file."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import catalog, recording
from .recording import Recording

SHIPPED = "torch-2.13.0-cpu.jsonl"


class SourceError(ValueError):
    """A reference or subject that cannot be had, in one sentence for the user."""


@dataclass(frozen=True)
class Source:
    """A side of a comparison: a subject's spec, or a recording that was read; `note` is for the reader."""

    text: str
    recording: Recording | None = None
    note: str = ""


def reference_source(text: str) -> Source:
    """What `--reference` names; for PyTorch, where it is not installed, the recording of it that comes along.

    Raises what `source` raises.
    """
    if text != "torch" or importlib.util.find_spec("torch") is not None:
        return source(text)
    path = shipped()
    if path is None:
        raise SourceError(
            "PyTorch is not installed and no recording of it is here: install torch, or name a recording"
        )
    note = f"PyTorch is not installed: the reference is the recording {path.name} that comes with the suite."
    return Source(text, _read(path), note)


def source(text: str) -> Source:
    """What `--subject` or `--reference` names: a recording if it is a file's path, otherwise a subject.

    Raises `SourceError`, or `RecordingError` for a file that is no recording.
    """
    if text.endswith(".jsonl") or Path(text).is_file():
        return Source(text, _read(Path(text)))
    return Source(text)


def shipped() -> Path | None:
    """The recording of PyTorch that stands beside the suite; None if it is not there."""
    found = importlib.util.find_spec("reference")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "recordings" / SHIPPED
        if path.is_file():
            return path
    return None


def selected(held: Recording, ids: Sequence[str]) -> Recording:
    """The part of a recording that is about the given cases."""
    wanted = set(ids)
    asked = [case_id for case_id in held.header["cases"] if case_id in wanted]
    cases = {case_id: held.cases[case_id] for case_id in asked if case_id in held.cases}
    footer = held.footer and {**held.footer, "cases": len(cases)}
    return replace(held, header={**held.header, "cases": asked}, cases=cases, footer=footer)


def refuse_unwritable(folder: Path) -> None:
    """Raise `SourceError` unless files can be written to a folder, which need not exist yet."""
    standing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=standing):
            pass
    except OSError as error:
        raise SourceError(
            f"nothing can be written to {folder}: {error.strerror}; choose another place"
        ) from error


def _read(path: Path) -> Recording:
    held = recording.read(path)
    if held.header["catalog"] != catalog.digest():
        raise SourceError(
            f"the recording {path} was made from another catalog than the one installed here: record it again"
        )
    return held
