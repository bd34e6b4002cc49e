"""Going on with a recording that an earlier run did not bring to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from . import recording
from .recording import Record, Recording, RecordingError

SUBJECT = ("spec", "name", "version", "device", "build")
PLATFORM = ("python", "numpy", "system", "machine")


def earlier(path: Path, partial: Path, header: Record) -> Recording | None:
    """What an earlier run has left of the recording at `path`: in its partial file, or else there; None if nothing.

    A last line that was cut off is removed from the partial file. Raises `RecordingError`, and leaves everything as
    it is, unless the recording is of what `header` says.
    """
    left = next((file for file in (partial, path) if file.exists() and file.stat().st_size), None)
    if left is None:
        return None
    held = recording.read(left)
    _refuse_another(left, held.header, header)
    if left != partial:
        return held
    os.truncate(partial, partial.read_bytes().rfind(b"\n") + 1)
    return recording.read(partial)


def _refuse_another(file: Path, held: Record, wanted: Record) -> None:
    sides = [("subject", name) for name in SUBJECT] + [("platform", name) for name in PLATFORM]
    differing = [
        f"{part} ({name} {held[part].get(name)!r}, not {wanted[part].get(name)!r})"
        for part, name in sides
        if held[part].get(name) != wanted[part].get(name)
    ]
    if held["catalog"] != wanted["catalog"]:
        differing.append("catalog")
    if held["cases"] != wanted["cases"]:
        differing.append("selection of cases")
    if differing:
        raise RecordingError(
            f"cannot go on with {file}, which is of another {differing[0]}; leave out --resume to begin again"
        )


@contextmanager
def standing(folder: Path) -> Iterator[None]:
    """Make a folder, with those around it, for what is done in the context; if that fails, empty ones go again."""
    made = [path for path in (folder, *folder.absolute().parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for path in made:
            with suppress(OSError):  # something is in it
                path.rmdir()
        raise
