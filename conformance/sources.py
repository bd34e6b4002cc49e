"""Where the recordings of a comparison come from: a subject that is run, or a file."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import catalog, recording
from .recording import Recording

SHIPPED = "torch-2.13.0+cpu-cpu.jsonl.xz"
KEPT = "torch=="
"""What a version of PyTorch is named with whose recording comes along: `torch==2.4.1`."""


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
    """What `--subject` or `--reference` names: a recording if it is a file's path or `torch==VERSION`, else a subject.

    Raises `SourceError`, or `RecordingError` for a file that is no recording.
    """
    if text.startswith(KEPT):
        return Source(text, _read(located(text)))
    if text.endswith((".jsonl", ".jsonl.xz")) or Path(text).is_file():
        return Source(text, _read(Path(text)))
    return Source(text)


def located(text: str) -> Path:
    """The file of a recording: its path, or `torch==VERSION`; raises `SourceError` for a version that is not kept."""
    if not text.startswith(KEPT):
        return Path(text)
    held, version = kept(), text.removeprefix(KEPT)
    if f"{version}+cpu" in held:  # a build for the CPU alone is nearer to an engine than one for CUDA
        return held[f"{version}+cpu"]
    if version not in held:
        raise SourceError(
            f"no recording of PyTorch {version} is kept, but of {', '.join(held) or 'no version'}; "
            "name one of these, or record yours where it is installed: python -m conformance record torch -o FILE"
        )
    return held[version]


def kept() -> dict[str, Path]:
    """The recordings of PyTorch on the CPU that come with the suite, by version, the oldest first."""
    paths = [path for folder in _folders() for path in folder.glob("torch-*-cpu.jsonl.xz")]
    versions = {path.name.split("-")[1]: path for path in paths}
    return {version: versions[version] for version in sorted(versions, key=_order)}


def _order(version: str) -> tuple[list[int], str]:
    release, _, build = version.partition("+")
    return [int(part) for part in release.split(".")], build


def shipped() -> Path | None:
    """The recording of PyTorch that stands beside the suite; None if it is not there."""
    return next((path for folder in _folders() if (path := folder / SHIPPED).is_file()), None)


def _folders() -> list[Path]:
    """Where recordings may stand that come along; the room that has them is not imported for that."""
    found = importlib.util.find_spec("reference")
    places = (found.submodule_search_locations or ()) if found else ()
    return [Path(place) / "recordings" for place in places]


def selected(held: Recording, ids: Sequence[str]) -> Recording:
    """The part of a recording that is about the given cases."""
    wanted = set(ids)
    asked = [case_id for case_id in held.header["cases"] if case_id in wanted]
    cases = {case_id: held.cases[case_id] for case_id in asked if case_id in held.cases}
    footer = held.footer and {**held.footer, "cases": len(cases)}
    return replace(held, header={**held.header, "cases": asked}, cases=cases, footer=footer)


def refuse_unwritable_file(path: Path) -> None:
    """Raise `SourceError` unless a file can be written in a folder that is there already."""
    if path.is_dir():
        raise SourceError(f"nothing can be written to {path}, which is a folder; name a file")
    folder = path.absolute().parent
    if not folder.is_dir():
        raise SourceError(f"nothing can be written to {path}: there is no folder {folder}")
    refuse_unwritable(folder)


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
