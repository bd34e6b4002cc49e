"""Recordings into a folder, and the pages that the reports room makes of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from . import recording
from .recording import Recording
from .verdict import Comparison, to_json


class PublishingError(Exception):
    """A report that could not be made, in one sentence for the user."""


def publish(
    folder: Path,
    sides: Mapping[str, Recording],
    notes: Sequence[str],
    comparison: Comparison | None = None,
) -> Path:
    """Write the recordings `reference` and `subject` into a folder and have their report made: the page.

    The reports room is a program of its own, so that a comparison runs without what pages need. What the two were
    judged is handed over if it is known.
    """
    paths = {name: folder / "recordings" / f"{name}.jsonl" for name in ("reference", "subject")}
    paths["reference"].parent.mkdir(parents=True, exist_ok=True)
    for name, path in paths.items():
        recording.write(path, sides[name])
    command = [sys.executable, "-m", "reports", *map(str, paths.values()), "-o", str(folder)]
    for note in notes:
        command += ["--note", note]
    with TemporaryDirectory() as place:
        if comparison is not None:
            verdicts = Path(place, "verdicts.json")
            verdicts.write_text(to_json(comparison), encoding="utf-8")
            command += ["--verdicts", str(verdicts)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise PublishingError(
            f"the recordings are in {paths['subject'].parent}, but the report was not written: {told[-1]}"
        )
    return folder / "index.html"
