"""One case on all sides: subjects that did the same stand together, and their observations in line."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.pairing import paired
from conformance.verdict import CaseVerdict, Finding

from .model import Entry

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Absent:
    """Stands where a side has no data, and says why."""

    why: str


@dataclass
class Column:
    """Subjects, by their places in the report, that recorded the same for a case; so their findings are the same."""

    record: Record | None
    verdict: CaseVerdict | None
    subjects: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Aligned:
    """What each side has of one observation; `found` holds each column's findings by aspect."""

    label: str
    reference: Record | None
    records: list[Record | None]
    found: list[dict[str, Finding]]
    absent: Sequence[Absent]

    @property
    def sides(self) -> list[Record | None]:
        """The observation of the reference, then of each column."""
        return [self.reference, *self.records]


@dataclass(frozen=True)
class Alignment:
    """A case's columns, its observations, and what is found of no observation: its end and its streams."""

    reference: Record | None
    alike: list[int]
    columns: list[Column]
    observations: list[Aligned]
    rest: list[list[Finding]]

    @property
    def records(self) -> list[Record | None]:
        """The record of the reference, then of each column."""
        return [self.reference, *(column.record for column in self.columns)]


def align(entry: Entry) -> Alignment:
    """Put together what is shown side by side; `alike` are the subjects that did what the reference did."""
    columns: list[Column] = []
    alike = []
    for place, (record, verdict) in enumerate(zip(entry.records, entry.verdicts, strict=True)):
        if record is not None and _equal(record, entry.reference):
            alike.append(place)
            continue
        column = next((one for one in columns if _equal(record, one.record)), None)
        if column is None:
            columns.append(column := Column(record, verdict))
        column.subjects.append(place)
    observations, rest = _observations(entry.reference, columns)
    return Alignment(entry.reference, alike, columns, observations, rest)


def _equal(one: Record | None, other: Record | None) -> bool:
    """Whether two records differ in their times at most."""
    if one is None or other is None:
        return one is other
    return one.keys() | {"seconds"} == other.keys() | {"seconds"} and all(
        one[name] == other[name] for name in one if name != "seconds"
    )


def _why_absent(record: Record | None) -> Absent:
    if record is None:
        return Absent("not recorded")
    return Absent("none" if record["end"]["how"] == "returned" else "not reached")


def _observations(
    reference: Record | None, columns: Sequence[Column]
) -> tuple[list[Aligned], list[list[Finding]]]:
    theirs = reference["observations"] if reference else []
    absent = [_why_absent(record) for record in (reference, *(column.record for column in columns))]

    def empty(label: str, observation: Record | None) -> Aligned:
        return Aligned(label, observation, [None] * len(columns), [{} for _ in columns], absent)

    lines = [[empty(one["label"], one)] for one in theirs]
    lines.append([])
    rest: list[list[Finding]] = []
    for at, column in enumerate(columns):
        findings = deque(column.verdict.findings if column.verdict else ())
        place = 0
        for pair in paired(reference, column.record) if reference and column.record else ():
            if pair.reference is not None:
                seen = lines[place][0]
                place += 1
            else:
                seen = empty(pair.label, None)
                lines[max(place - 1, 0) if theirs else 0].append(seen)
            seen.records[at] = pair.subject
            seen.found[at].update(_taken(findings, pair.reference, pair.subject))
        rest.append(list(findings))
    return [seen for line in lines for seen in line], rest


def _taken(findings: deque[Finding], reference: Record | None, subject: Record | None) -> dict[str, Finding]:
    """Take the findings on one pair of observations off the front of all of a case's."""
    label = (reference or subject or {})["label"]
    aspects = {"label", *aspects_of(reference), *aspects_of(subject)}
    taken: dict[str, Finding] = {}
    while findings and findings[0].observation == label and findings[0].aspect in aspects - taken.keys():
        finding = findings.popleft()
        taken[finding.aspect] = finding
        if finding.aspect == "label":
            break
    return taken


def aspects_of(observation: Record | None) -> Mapping[str, Any]:
    """The aspects of an observation that is there, else none."""
    return observation["aspects"] if observation else {}
