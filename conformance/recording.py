"""Recordings: what a subject did, as lines of JSON: a header, a record for each case, a footer.

A recording may be compressed (`.jsonl.xz`), and it may hold only the cases in which it differs from another one,
the base, which its header names; `keeping` writes both. `read` gives the whole recording in any case.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any

FORMAT = 1
COMPRESSED = ".xz"
SCHEMA = Path(__file__).with_name("recording.schema.json")

Record = dict[str, Any]

NUMBER = (int, float)
FIELDS: dict[str, dict[str, Any]] = {
    "header": {"subject": dict, "platform": dict, "catalog": str, "cases": list},
    "case": {
        "id": str,
        "observations": list,
        "end": dict,
        "stdout": str,
        "stderr": str,
        "warnings": list,
    },
    "footer": {"cases": int},
}
TIMES = {"started": str, "seconds": NUMBER}
"""What a recording that is kept does without: it would differ from run to run."""


class RecordingError(Exception):
    """A recording that cannot be read or written; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Recording:
    """What a subject did in the cases that its header lists; without a footer, some may not be there.

    Recordings that differ from one base share the records of it.
    """

    header: Record
    cases: dict[str, Record]
    footer: Record | None
    path: Path | None = None

    @property
    def complete(self) -> bool:
        """Whether the run that made the recording came to its end."""
        return self.footer is not None


def read(path: str | os.PathLike[str]) -> Recording:
    """The recording in a file; one that was cut off is read as far as it goes, and is incomplete."""
    path = Path(path)
    held = _read(path, content(path))
    base = held.header.pop("differs from", None)
    return held if base is None else _completed(held, base, path)


def _read(path: Path, held: bytes) -> Recording:
    """What stands in a file, be it a whole recording or what differs from another."""
    header: Record = {}
    asked: dict[str, None] | None = None  # what differs from a base does not say it
    cases: dict[str, Record] = {}
    footer = None
    for number, record in _records(path, held):
        if footer is not None or (record["record"] == "header" and number > 1):
            raise _damaged(path, number, f"a {record['record']} does not belong there")
        if record["record"] == "header":
            header = record
            asked = dict.fromkeys(header["cases"]) if "cases" in header else None
        elif record["record"] == "footer":
            footer = record
        elif record["id"] in cases or (asked is not None and record["id"] not in asked):
            raise _damaged(path, number, f"the case {record['id']!r} is there twice or not asked for")
        else:
            cases[record["id"]] = record
    order = cases if asked is None else asked
    if footer is not None and not footer["cases"] == len(cases) == len(order):
        raise _damaged(path, len(cases) + 2, f"{len(cases)} of {footer['cases']} cases are there")
    return Recording(header, {name: cases[name] for name in order if name in cases}, footer, path)


def _completed(difference: Recording, named: Record, path: Path) -> Recording:
    """The whole recording, from what differs and the base that it differs from."""
    name = named.get("file")
    if not isinstance(name, str) or Path(name).name != name or not name:
        raise _damaged(path, 1, f"{name!r} is no file beside it")
    beside = path.with_name(name)
    held = content(beside)
    base = _base(beside, held)
    if digest(held) != named.get("digest") or not base.complete or "differs from" in base.header:
        raise RecordingError(
            f"the recording {path} holds what differs from {beside}, which is another file by now: "
            "record both again, that one first"
        )
    if difference.footer is None:
        raise RecordingError(
            f"the recording {path} is cut off, and holds only what differs from {beside.name}, "
            "so that nothing can be said of the rest: record it again"
        )
    if strange := difference.cases.keys() - base.cases.keys():
        raise RecordingError(
            f"the recording {path} is damaged: {min(strange)!r} is no case of its base; record it again"
        )
    header = {**difference.header, "cases": base.header["cases"]}
    footer = {**difference.footer, "cases": len(base.cases)}
    return Recording(header, {**base.cases, **difference.cases}, footer, path)


@lru_cache(maxsize=1)
def _base(path: Path, held: bytes) -> Recording:
    """What a recording differs from: once for all that differ from it, as reading it costs most of their time."""
    return _read(path, held)


def content(path: str | os.PathLike[str]) -> bytes:
    """The lines of a file, decompressed if its name says that they are compressed, as far as they go."""
    path = Path(path)
    try:
        held = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"cannot read the recording {path}: {error.strerror}; check the path") from error
    if path.suffix != COMPRESSED:
        return held
    unpacking = lzma.LZMADecompressor()
    try:
        lines = unpacking.decompress(held)
    except lzma.LZMAError as error:
        raise RecordingError(
            f"{path} is not compressed with xz, or is damaged ({error}); record it again"
        ) from error
    if unpacking.unused_data:
        raise RecordingError(f"{path} goes on after its end; record it again")
    return lines


def digest(held: bytes) -> str:
    """What identifies the lines of a recording for those that differ from it."""
    return hashlib.sha256(held).hexdigest()


def write(path: str | os.PathLike[str], recording: Recording) -> None:
    """Write a recording as a whole: what was at `path` is replaced when all is written, or not at all.

    It is compressed if its name says so.
    """
    path = Path(path)
    _check_target(path)
    fresh = path.with_name(f"{path.name}.new")
    records = [recording.header, *recording.cases.values(), *([recording.footer] if recording.footer else [])]
    try:
        lines = b"".join(map(line, records))
        fresh.write_bytes(lzma.compress(lines) if path.suffix == COMPRESSED else lines)
        os.replace(fresh, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)


class RecordingWriter:
    """Writes a recording while it is made: a line into `<path>.partial` for each case, and at the end `path`.

    If the run does not come to its end, the partial file stays, unless no case is in it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Refuse a path that cannot be written with a `RecordingError`."""
        self.path = Path(path)
        self.partial = self.path.with_name(f"{self.path.name}.partial")
        self._bare = False
        _check_target(self.path)
        try:
            self._file: IO[bytes] = self.partial.open("ab", buffering=0)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def add(self, record: Record) -> None:
        """Write the header, which replaces what an earlier run left, or the record of a case."""
        try:
            if record["record"] == "header":
                self._file.truncate(0)
            self._file.write(line(record))
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._bare = record["record"] == "header"

    def finish(self, recording: Recording) -> None:
        """Put the complete recording in its place."""
        write(self.path, recording)
        self._file.close()
        self.partial.unlink()

    def __enter__(self) -> RecordingWriter:
        """Use the writer in a `with` statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the partial file, and remove it if no case is in it."""
        if self._file.closed:
            return
        self._file.close()
        if self._bare or self.partial.stat().st_size == 0:
            self.partial.unlink()


def validate(path: str | os.PathLike[str]) -> None:
    """Check a file's records against the JSON Schema; raises `RecordingError` for one that breaks it."""
    try:
        import jsonschema
    except ImportError as error:
        raise RecordingError("recordings are validated with jsonschema; pip install jsonschema") from error
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    for number, record in _records(Path(path), content(path)):
        broken = jsonschema.exceptions.best_match(validator.iter_errors(record))
        if broken is not None:
            raise _damaged(Path(path), number, f"{broken.json_path}: {broken.message[:200]}")


def _records(path: Path, held: bytes) -> Iterator[tuple[int, Record]]:
    """The records of a file with their line numbers; a last line that was cut off is left out."""
    *lines, rest = held.split(b"\n")
    first = _parsed(lines[0] if lines else rest)
    if first.get("record") != "header" or type(first.get("format")) is not int:
        raise RecordingError(
            f"{path} is not a recording; make one with: python -m conformance record SUBJECT -o FILE"
        )
    if first["format"] != FORMAT:
        raise RecordingError(
            f"the recording {path} has format {first['format']}, and this version reads format {FORMAT}; "
            "record it again, or install the version that it was made with"
        )
    for number, text in enumerate([*lines, rest], 1):
        record = _parsed(text)
        if not record and number > len(lines):
            return
        if fault := _fault(record):
            raise _damaged(path, number, fault)
        yield number, record


def _parsed(text: bytes) -> Record:
    """The JSON object on a line, empty if there is none."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _fault(record: Record) -> str:
    fields = FIELDS.get(str(record.get("record")))
    if fields is None:
        return "it is no record"
    if "differs from" in record:
        fields = {**fields, "cases": type(None), "differs from": dict}
    timed = {name: kind for name, kind in TIMES.items() if name in record}
    wrong = [name for name, kind in {**fields, **timed}.items() if not isinstance(record.get(name), kind)]
    return f"its {wrong[0]!r} is missing or of another type" if wrong else ""


def line(record: Record) -> bytes:
    """A record as it stands in a file."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _check_target(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise RecordingError(f"cannot write the recording {path}: it is no file; choose another path")


def _unwritable(path: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"cannot write the recording {path}: {error.strerror}; choose a folder that can be written to"
    )


def _damaged(path: Path, number: int, why: str) -> RecordingError:
    return RecordingError(f"the recording {path} is damaged in line {number}: {why}; record it again")
