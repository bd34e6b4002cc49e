"""PyTorch's files: a zip archive of the pickled object, `data.pkl`, and of the bytes of each storage, `data/0` and so on.

Source: torch.save; "Serialization semantics". Records are stored as they are, and begin at multiples of 64 bytes.
"""

from __future__ import annotations

import sys
import zipfile
import zlib
from typing import Any

import numpy as np

ALIGNMENT = 64
_LOCAL_HEADER = 30  # bytes before a record's name


class Writer:
    """Writes an archive, record by record."""

    def __init__(self, file: Any, name: str) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._name = name
        self._checksum = 0

    def write(self, record: str, content: Any) -> None:
        """Write one record, at a place that is a multiple of the alignment."""
        info = zipfile.ZipInfo(f"{self._name}/{record}", (1980, 1, 1, 0, 0, 0))
        start = self._zip.fp.tell() + _LOCAL_HEADER + len(info.filename.encode()) + 4  # type: ignore[union-attr]
        padding = -start % ALIGNMENT
        info.extra = b"FB" + padding.to_bytes(2, "little") + b"Z" * padding
        self._zip.writestr(info, content)
        self._checksum = zlib.crc32(info.CRC.to_bytes(4, "little"), self._checksum)

    def close(self) -> None:
        """Write what says which format this is, and the directory."""
        self.write("version", b"3\n")
        self.write(".data/serialization_id", f"{self._checksum:040d}")
        self._zip.close()


def write(file: Any, name: str, pickled: bytes, storages: dict[str, Any]) -> None:
    """Write an archive of a pickled object and its storages."""
    writer = Writer(file, name)
    writer.write("data.pkl", pickled)
    writer.write(".format_version", b"1")
    writer.write(".storage_alignment", str(ALIGNMENT).encode())
    writer.write("byteorder", sys.byteorder.encode())
    for key, content in storages.items():
        writer.write(f"data/{key}", content.data if content.size else b"")
    writer.close()


class Reader:
    """Reads the records of an archive."""

    def __init__(self, file: Any) -> None:
        self._zip = zipfile.ZipFile(file)
        names = self._zip.namelist()
        self._name = names[0].partition("/")[0] if names else ""
        if self.has("byteorder") and self.read("byteorder").decode() != sys.byteorder:
            raise RuntimeError(f"the file was written on a machine that is not {sys.byteorder}-endian")

    def has(self, record: str) -> bool:
        """Whether there is such a record."""
        return f"{self._name}/{record}" in self._zip.NameToInfo

    def read(self, record: str) -> bytes:
        """The bytes of a record."""
        return self._zip.read(f"{self._name}/{record}")

    def storage(self, key: str) -> np.ndarray[Any, Any]:
        """The bytes of a storage, as an array of its own."""
        return np.frombuffer(bytearray(self.read(f"data/{key}")), np.uint8)


def is_archive(file: Any) -> bool:
    """Whether a file begins as zip archives do; the file stays where it is."""
    at = file.tell()
    found = file.read(4) == b"PK\x03\x04"
    file.seek(at)
    return found
