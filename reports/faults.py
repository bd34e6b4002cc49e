"""What is at fault: a subject's departures that no other departure explains, and what it lacks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from conformance.verdict import Comparison, Root, roots


@dataclass(frozen=True)
class Lack:
    """What cases are unsupported for, how many these are, and how many more they block."""

    what: str
    cases: int
    blocks: int


@dataclass(frozen=True)
class Faults:
    """A subject's roots by verdict, the dangerous ones first, and what it lacks, most wanted first."""

    roots: dict[str, list[Root]]
    lacks: list[Lack]

    @property
    def count(self) -> int:
        """How many roots there are."""
        return sum(map(len, self.roots.values()))

    @property
    def blocked(self) -> int:
        """How many cases the roots block."""
        return sum(len(root.blocks) for found in self.roots.values() for root in found)


def faults(comparison: Comparison) -> Faults:
    """The faults of a subject."""
    by_verdict = groupby(roots(comparison), key=lambda root: root.verdict)
    blocks = Counter(case.cause for case in comparison.cases if case.cause)
    cases: Counter[str] = Counter()
    blocked: Counter[str] = Counter()
    for case in comparison.cases:
        if case.verdict == "unsupported":
            cases[case.reason] += 1
            blocked[case.reason] += blocks[case.id]
    lacks = [Lack(what, count, blocked[what]) for what, count in cases.most_common()]
    return Faults({verdict: list(found) for verdict, found in by_verdict}, lacks)
