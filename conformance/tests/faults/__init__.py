"""Planted faults: mistakes an engine's author could make, by topic, each of which the catalog must catch.

A module for each topic lists its faults as edits of one file of the NumPy engine, each with a case that must depart.
`python -m conformance.tests.faults` plants each in a copy of the engine and prints what caught it; `planting` does that.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A mistake: in `file` (relative to the engine's folder), `before`, found exactly once, becomes `after`.

    `caught_by` is the id of a case that departs then.
    """

    name: str
    file: str
    before: str
    after: str
    caught_by: str = ""


__all__ = ["Fault"]
