"""Planted faults: mistakes an engine's author could make, by topic, each of which the catalog must catch.

A module for each topic lists its faults as edits of one file of the NumPy engine. `python -m conformance.tests.faults`
plants each in a copy of the engine and prints which case caught it first.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A mistake: in `file` (relative to the engine's folder), `before`, found exactly once, becomes `after`."""

    name: str
    file: str
    before: str
    after: str


__all__ = ["Fault"]
