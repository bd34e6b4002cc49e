"""The versions of PyTorch that recordings are kept of, and what each of them needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RECORDINGS = Path(__file__).with_name("recordings")


@dataclass(frozen=True)
class Version:
    """A version of PyTorch, with the Python and the NumPy that it is recorded with."""

    number: str
    python: str
    numpy: str

    @property
    def environment(self) -> str:
        """The environment of tox that records it: `record-torch213` for 2.13.0, `record-torch213cpu` for 2.13.0+cpu."""
        release, _, build = self.number.partition("+")
        major, minor, _ = release.split(".")
        return f"record-torch{major}{minor}{build}"

    @property
    def path(self) -> Path:
        """Where its recording on the CPU is kept."""
        return RECORDINGS / f"torch-{self.number}-cpu.jsonl.xz"


# One Python for all, so that what differs is PyTorch's doing; but 1.13 cannot script functions with Python 3.11.
# PyTorch before 2.3 was built for NumPy 1. From the registry come builds for CUDA, which answer questions about GPUs
# otherwise than one for the CPU alone, also where there is none.
VERSIONS = (
    Version("1.13.1", python="3.10", numpy="1.26.4"),
    Version("2.0.1", python="3.11", numpy="1.26.4"),
    Version("2.2.2", python="3.11", numpy="1.26.4"),
    Version("2.4.1", python="3.11", numpy="2.4.6"),
    Version("2.6.0", python="3.11", numpy="2.4.6"),
    Version("2.8.0", python="3.11", numpy="2.4.6"),
    Version("2.10.0", python="3.11", numpy="2.4.6"),
    Version("2.11.0", python="3.11", numpy="2.4.6"),
    Version("2.12.1", python="3.11", numpy="2.4.6"),
    Version("2.13.0", python="3.11", numpy="2.4.6"),
    Version("2.13.0+cpu", python="3.11", numpy="2.4.6"),
    Version("2.14.1", python="3.11", numpy="2.4.6"),
    Version("2.15.0", python="3.11", numpy="2.4.6"),
)

BASE = next(version for version in VERSIONS if version.number == "2.13.0+cpu")
"""The version whose recording is kept whole, and stands for PyTorch where it is not installed; of the others there is
what differs from it."""
