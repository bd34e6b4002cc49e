"""The words in which a comparison speaks: verdicts, findings on aspects, and verdicts on cases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

ORDER = (
    "silent",
    "crash",
    "timeout",
    "error",
    "different",
    "unsupported",
    "blocked",
    "close",
    "identical",
    "unspecified",
)
"""Every verdict, worst first."""

NOT_JUDGED = "not judged"
"""Stands where a verdict would, for a case that a recording does not hold."""

AGREEMENT = frozenset({"close", "identical"})
"""The verdicts that count as agreement; no other does."""

DEPARTURES = frozenset({"silent", "crash", "timeout", "error", "different"})
"""The verdicts on a subject that behaves otherwise than PyTorch."""

WHOLE = frozenset({"end", "label", "error type"})
"""What stands as the aspect of a finding that is about a whole observation, and what its note says."""

MEANING = {
    "silent": "PyTorch raises or has another value, and the subject returned without a word",
    "crash": "the subject's process died",
    "timeout": "the subject did not come to an end",
    "error": "the subject raised where PyTorch did not",
    "different": "another name, text, message or flag",
    "unsupported": "the subject lacks the API",
    "blocked": "a case that this one builds on departs at least as badly",
    "close": "floating-point values within tolerance",
    "identical": "equal to the last bit and character",
    "unspecified": "PyTorch disagrees with itself, so nothing is held against the subject",
}


def worst(verdicts: Iterable[str]) -> str:
    """The verdict that stands first in `ORDER`; `unspecified` if there is none at all."""
    return min(verdicts, key=ORDER.index, default="unspecified")


@dataclass(frozen=True)
class Finding:
    """What comparing one aspect of one observation showed.

    `reference` and `subject` are the plain data of both sides (None where a side has none), `ulp` is the
    greatest distance in units in the last place of the reference's dtype, `note` says in words what differs.
    Where the two do not meet at all, the aspect is `label` (one has an observation that the other lacks) or
    `end` (the subject's case ended before this observation).
    """

    observation: str
    aspect: str
    verdict: str
    reference: Any = None
    subject: Any = None
    ulp: int | None = None
    note: str = ""


@dataclass(frozen=True)
class CaseVerdict:
    """The verdict on one case: the worst of its findings, or `blocked` by a case that it builds on.

    What is unspecified is no agreement: where nothing worse was found, the case is unspecified as a whole.
    `cause` is the id of the case that blocks this one.
    """

    id: str
    verdict: str
    findings: list[Finding] = field(default_factory=list)
    reason: str = ""
    ulp: int | None = None
    cause: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the subject behaves as PyTorch does."""
        return self.verdict in AGREEMENT

    @property
    def first(self) -> Finding | None:
        """The first of the worst findings; None if all agree."""
        against = [finding for finding in self.findings if finding.verdict not in AGREEMENT]
        return min(against, key=lambda finding: ORDER.index(finding.verdict), default=None)


@dataclass(frozen=True)
class Comparison:
    """The verdicts on one subject: `reference` and `subject` are the headers of the two recordings."""

    reference: dict[str, Any]
    subject: dict[str, Any]
    cases: list[CaseVerdict]
    notes: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many cases got each verdict, worst first; verdicts that nothing got are left out."""
        counted = {verdict: sum(case.verdict == verdict for case in self.cases) for verdict in ORDER}
        return {verdict: count for verdict, count in counted.items() if count}

    @property
    def agreeing(self) -> int:
        """How many cases agree."""
        return sum(case.agrees for case in self.cases)

    @property
    def total(self) -> int:
        """How many cases there are: the denominator of every score."""
        return len(self.cases)


def to_json(comparison: Comparison) -> str:
    """A comparison as text for another process, which `from_json` reads."""
    return json.dumps(comparison, default=vars, ensure_ascii=False)


def from_json(text: str) -> Comparison:
    """The comparison in a text; raises `ValueError`, `KeyError` or `TypeError` for one that holds none."""
    data = json.loads(text)
    cases = [
        CaseVerdict(**{**case, "findings": [Finding(**finding) for finding in case["findings"]]})
        for case in data["cases"]
    ]
    return Comparison(**{**data, "cases": cases})


@dataclass(frozen=True)
class Root:
    """A departure that no other explains: what to mend first, and the ids of the cases that it blocks."""

    case_id: str
    verdict: str
    reason: str
    blocks: tuple[str, ...]


def roots(comparison: Comparison) -> list[Root]:
    """The departures of a subject that nothing blocks: the worst first, then those that block the most cases."""
    blocks: dict[str, list[str]] = {}
    for case in comparison.cases:
        if case.cause:
            blocks.setdefault(case.cause, []).append(case.id)
    found = [
        Root(case.id, case.verdict, case.reason, tuple(blocks.get(case.id, ())))
        for case in comparison.cases
        if case.verdict in DEPARTURES
    ]
    return sorted(found, key=lambda root: (ORDER.index(root.verdict), -len(root.blocks)))
