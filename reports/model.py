"""What a report shows: the sides, every case with its verdict for each subject, and their sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance import catalog
from conformance.case import Case
from conformance.choosing import narrowed, selected
from conformance.comparison import compare
from conformance.documents import DOCUMENTS
from conformance.recording import Recording
from conformance.showing import by_aspect, named
from conformance.verdict import AGREEMENT, NOT_JUDGED, ORDER, CaseVerdict, Comparison, Finding

VERDICTS = (*ORDER, NOT_JUDGED)


@dataclass(frozen=True)
class Side:
    """One recording, as the page names and describes it."""

    name: str
    recording: Recording

    @property
    def header(self) -> dict[str, Any]:
        """What the recording says of itself."""
        return self.recording.header

    @property
    def seconds(self) -> float:
        """How long the side's cases took, all together; recordings that are kept do not say."""
        return float(sum(record.get("seconds", 0.0) for record in self.recording.cases.values()))


@dataclass(frozen=True)
class Entry:
    """One case: what each side recorded, and the verdict for each subject (None: not judged)."""

    case: Case
    reference: dict[str, Any] | None
    records: tuple[dict[str, Any] | None, ...]
    verdicts: tuple[CaseVerdict | None, ...]

    @property
    def id(self) -> str:
        """The case's id."""
        return self.case.id

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The verdict for each subject, in one word."""
        return tuple(verdict.verdict if verdict else NOT_JUDGED for verdict in self.verdicts)

    @cached_property
    def worst(self) -> str:
        """The worst verdict of all subjects."""
        return min(self.words, key=VERDICTS.index)

    @property
    def topic(self) -> str:
        """The catalog file that the case stands in."""
        return self.id.partition("::")[0]

    @cached_property
    def document(self) -> str:
        """The key of the document that the case is drawn from, or another source's title without section."""
        title = self.case.document.partition(":")[0]
        return next((key for key, document in DOCUMENTS.items() if document.title == title), title)


@dataclass(frozen=True)
class Row:
    """A behaviour of a document, the cases that cover it, and the worst verdict of them for each subject."""

    key: str
    behaviour: str
    entries: tuple[Entry, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """What one subject's verdicts add up to."""

    side: Side
    comparison: Comparison

    @property
    def counts(self) -> dict[str, int]:
        """How many cases got each verdict, worst first."""
        return self.comparison.counts()

    @cached_property
    def aspects(self) -> dict[str, Counter[str]]:
        """How many findings of each verdict every aspect has, in the order of the words of the suite."""
        return by_aspect(self.comparison)


@dataclass(frozen=True)
class Report:
    """Everything that the page, the JSON and the other files show; `catalog_size` counts all cases that there are."""

    reference: Side
    scores: tuple[Score, ...]
    entries: tuple[Entry, ...]
    catalog_size: int
    notes: tuple[str, ...] = field(default=())

    @property
    def subjects(self) -> tuple[Side, ...]:
        """The recordings that are judged."""
        return tuple(score.side for score in self.scores)

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of all cases of the report."""
        return frozenset(entry.id for entry in self.entries)

    @cached_property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts that a case or a finding got, worst first."""
        got = {word for entry in self.entries for word in entry.words}
        got |= {verdict for score in self.scores for counts in score.aspects.values() for verdict in counts}
        return tuple(verdict for verdict in VERDICTS if verdict in got)

    @cached_property
    def documents(self) -> dict[str, list[Row]]:
        """The rows of each of the five documents."""
        return {
            document.key: [self._row(key, behaviour) for key, behaviour in document.rows.items()]
            for document in DOCUMENTS.values()
        }

    @cached_property
    def groups(self) -> dict[str, list[Entry]]:
        """The cases by document: the five first, then the others by title."""
        others = {entry.document for entry in self.entries} - DOCUMENTS.keys()
        groups: dict[str, list[Entry]] = {key: [] for key in (*DOCUMENTS, *sorted(others, key=str.casefold))}
        for entry in self.entries:
            groups[entry.document].append(entry)
        return {key: entries for key, entries in groups.items() if entries}

    def _row(self, key: str, behaviour: str) -> Row:
        entries = tuple(entry for entry in self.entries if key in entry.case.rows)
        words = tuple(
            min((entry.words[column] for entry in entries), key=VERDICTS.index, default=NOT_JUDGED)
            for column in range(len(self.scores))
        )
        return Row(key, behaviour, entries, words)


def build(
    recordings: Sequence[Recording],
    cases: Sequence[Case] | None = None,
    notes: Iterable[str] = (),
    select: str = "",
    comparisons: Sequence[Comparison] = (),
) -> Report:
    """Compare the first recording with each of the others and put together what a report shows.

    `cases` is the catalog that all were made from, by default the installed one; `select` is a query;
    `comparisons` are the subjects', if they are known already.
    Raises `conformance.comparison.ComparisonError` where recordings cannot be compared, and what
    `conformance.choosing.selected` does.
    """
    known = catalog.load() if cases is None else cases
    reference, *subjects = _named(recordings)
    comparisons = comparisons or [
        compare(reference.recording, side.recording, cases=cases) for side in subjects
    ]
    shown = [
        case for case in known if any(case.id in side.recording.cases for side in (reference, *subjects))
    ]
    if select:
        names = [side.name for side in subjects]
        shown = selected(shown, select, dict(zip(names, comparisons, strict=True)))
        comparisons = [narrowed(comparison, shown, select) for comparison in comparisons]
    judged = [{verdict.id: verdict for verdict in comparison.cases} for comparison in comparisons]
    entries = tuple(
        Entry(
            case,
            reference.recording.cases.get(case.id),
            tuple(side.recording.cases.get(case.id) for side in subjects),
            tuple(verdicts.get(case.id) for verdicts in judged),
        )
        for case in shown
    )
    said = dict.fromkeys([*notes, *(note for comparison in comparisons for note in comparison.notes)])
    scores = tuple(map(Score, subjects, comparisons))
    return Report(reference, scores, entries, len(known), tuple(said))


def departing(verdict: CaseVerdict) -> list[Finding]:
    """The findings that are no agreement, worst first."""
    found = [finding for finding in verdict.findings if finding.verdict not in AGREEMENT]
    return sorted(found, key=lambda finding: ORDER.index(finding.verdict))


def _named(recordings: Sequence[Recording]) -> list[Side]:
    """Give every recording a name of its own."""
    names: Counter[str] = Counter()
    sides = []
    for recording in recordings:
        name = named(recording.header)
        names[name] += 1
        sides.append(Side(name if names[name] == 1 else f"{name} ({names[name]})", recording))
    return sides
