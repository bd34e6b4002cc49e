"""Recordings that are kept: small, and the same to the byte whenever they are made again.

What varies from run to run is left out: when it began, how long the cases took, where the interpreter stood, on which
lines of the suite an error passed. What is left is compressed. A recording that has a base beside it holds only the
cases in which it differs from that.
"""

from __future__ import annotations

import json
import lzma
import os
import re
from pathlib import Path
from typing import Any

from .recording import COMPRESSED, TIMES, Record, Recording, RecordingError, content, digest, line, read

PRESET = 9 | lzma.PRESET_EXTREME

FOLDER = json.dumps(str(Path(__file__).resolve().parent), ensure_ascii=False)[1:-1]
LINE_OF_THE_SUITE = re.compile(rf'({re.escape(FOLDER)}/\w+\.py(?:\(|\\", line ))\d+')
"""Where PyTorch 1.13 and a crash tell of the stack, in a record as JSON."""


def keep(
    path: str | os.PathLike[str],
    recording: Recording,
    base: str | os.PathLike[str] | None = None,
    places: dict[str, str] | None = None,
) -> bool:
    """Keep a recording at `path`, as what differs from the one at `base` if that is given.

    `places` are paths of this machine, and what stands for them. Returns whether that changes anything: a file that
    says the same already stays as it is. Raises `RecordingError` for a recording that broke off, or of other cases
    than its base, and where the file cannot be written.
    """
    path = Path(path)
    if recording.footer is None:
        raise RecordingError(f"an incomplete recording cannot be kept in {path}: record it again")
    if path.suffix != COMPRESSED:
        raise RecordingError(f"recordings are kept compressed: call the file {path}{COMPRESSED}")
    records = [recording.header, *recording.cases.values(), recording.footer]
    kept = [settled(record, places or {}) for record in records]
    if base is not None:
        kept = _difference(kept, Path(base), path)
    lines = b"".join(map(line, kept))
    if path.is_file() and content(path) == lines:
        return False
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.write_bytes(lzma.compress(lines, preset=PRESET))
        os.replace(fresh, path)
    except OSError as error:
        raise RecordingError(f"cannot keep the recording {path}: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)
    return True


def settled(record: Record, places: dict[str, str]) -> Record:
    """A record as it is kept: without times, lines of the suite and places of this machine."""
    timeless = {name: part for name, part in record.items() if name not in TIMES}
    text = LINE_OF_THE_SUITE.sub(r"\1…", json.dumps(timeless, ensure_ascii=False))
    for place, name in places.items():
        text = text.replace(json.dumps(place, ensure_ascii=False)[1:-1], name)
    found: dict[str, Any] = json.loads(text)
    return found


def _difference(records: list[Record], base: Path, path: Path) -> list[Record]:
    """The header, which names the base, the cases that are not the same there, and a footer that counts them."""
    header, *cases, footer = records
    held = read(base)
    if base.parent != path.parent:
        raise RecordingError(f"{base} must stand beside {path}, which holds what differs from it")
    if (held.header["catalog"], held.header["cases"]) != (header["catalog"], header["cases"]):
        raise RecordingError(
            f"the recording {base} is of another catalog or of other cases: record it again first"
        )
    others = [record for record in cases if record != held.cases[record["id"]]]
    named = {"file": base.name, "digest": digest(content(base))}
    header = {name: part for name, part in header.items() if name != "cases"} | {"differs from": named}
    return [header, *others, {**footer, "cases": len(others)}]
