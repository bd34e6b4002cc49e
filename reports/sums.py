"""Verdicts summed up: tables whose rows are documents, topics or aspects, and whose columns are the subjects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from conformance.documents import DOCUMENTS
from conformance.verdict import AGREEMENT, NOT_JUDGED

from .model import VERDICTS, Entry, Report


@dataclass(frozen=True)
class Sum:
    """How many cases (or findings) got each verdict; what is not judged counts nowhere."""

    counts: Counter[str]

    @cached_property
    def total(self) -> int:
        """What was judged."""
        return sum(self.counts.values())

    @cached_property
    def agreeing(self) -> int:
        """What agrees."""
        return sum(self.counts[verdict] for verdict in AGREEMENT)

    @property
    def share(self) -> float:
        """The share of agreement, by which the worst comes first; where nothing was judged there is no worse."""
        return self.agreeing / self.total if self.total else 1.0

    @property
    def against(self) -> list[tuple[str, int]]:
        """The verdicts that are no agreement, worst first."""
        return [
            (verdict, self.counts[verdict])
            for verdict in VERDICTS
            if self.counts[verdict] and verdict not in AGREEMENT
        ]


@dataclass(frozen=True)
class SumRow:
    """A row of sums: its name, the filter of the address that shows its cases, and a sum for each subject."""

    name: str
    filter: str
    sums: tuple[Sum, ...]

    @property
    def share(self) -> float:
        """The share of agreement over all subjects."""
        return _together(self.sums).share


@dataclass(frozen=True)
class SumTable:
    """Rows of sums of one kind."""

    name: str
    rows: tuple[SumRow, ...]

    @property
    def shares(self) -> list[float]:
        """Each subject's share of agreement over all rows."""
        return [_together(sums).share for sums in zip(*(row.sums for row in self.rows), strict=True)]


def tables(report: Report) -> list[SumTable]:
    """The sums of a report by document, by topic and by aspect."""
    documents = tuple(
        _row(f"{key}. {DOCUMENTS[key].title}" if key in DOCUMENTS else key, "document", key, entries)
        for key, entries in report.groups.items()
    )
    topics: dict[str, list[Entry]] = {}
    for entry in report.entries:
        topics.setdefault(entry.topic, []).append(entry)
    return [
        SumTable("document", documents),
        SumTable("topic", tuple(_row(topic, "topic", topic, found) for topic, found in topics.items())),
        SumTable("aspect", _aspects(report)),
    ]


def _row(name: str, filter_name: str, key: str, entries: Iterable[Entry]) -> SumRow:
    columns = zip(*(entry.words for entry in entries), strict=True)
    sums = (Sum(Counter(word for word in words if word != NOT_JUDGED)) for words in columns)
    return SumRow(name, urlencode({filter_name: key}), tuple(sums))


def _aspects(report: Report) -> tuple[SumRow, ...]:
    found = dict.fromkeys(aspect for score in report.scores for aspect in score.aspects)
    return tuple(
        SumRow(
            aspect,
            urlencode({"aspect": aspect}),
            tuple(Sum(score.aspects.get(aspect, Counter())) for score in report.scores),
        )
        for aspect in found
    )


def _together(sums: Iterable[Sum]) -> Sum:
    together: Counter[str] = Counter()
    for one in sums:
        together.update(one.counts)
    return Sum(together)
