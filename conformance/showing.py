"""Recorded data, cases and comparisons as lines of plain text."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .aspects import ASPECTS, same
from .case import Case
from .comparison import ending
from .documents import DOCUMENTS
from .values import plain
from .verdict import AGREEMENT, WHOLE, CaseVerdict, Comparison

WIDTH = 110

STREAMS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "stdout": lambda record: record["stdout"],
    "stderr": lambda record: record["stderr"],
    "warnings": lambda record: "\n".join(map(": ".join, record["warnings"])),
    "end": lambda record: ending(record["end"]),
}
"""What a record holds beside observations, as text."""


def visible(text: str) -> str:
    """A text that comes from a subject, without what could steer a terminal."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else letter.encode("unicode_escape").decode()
        for letter in text
    )


def print_no_more() -> None:
    """Let go of a standard output whose reader, such as `head`, has seen enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def as_text(aspect: str, data: Any) -> str:
    """Recorded data of an aspect as a person reads it."""
    if isinstance(data, dict) and data.keys() in ({"missing"}, {"raised"}):
        return " ".join(f"{how} {what}" for how, what in data.items())
    if aspect == "value":
        return repr(plain(data))
    if aspect == "graph" and data is not None:
        inputs: list[list[str]] = [[] for _ in data["nodes"]]
        for start, _, end, _ in data["edges"]:
            inputs[start].append("None" if end is None else data["nodes"][end])
        lines = [f"{node} [{', '.join(names)}]" for node, names in zip(data["nodes"], inputs, strict=True)]
        return "\n".join(lines)
    return data if isinstance(data, str) else repr(data)


def named(header: Mapping[str, Any]) -> str:
    """What a recording's header says it is a recording of."""
    subject = header["subject"]
    device = "" if subject["device"] == "cpu" else f" on {subject['device']}"
    return f"{subject['name']} {subject['version']}{device}"


def summary(comparison: Comparison, cases: Mapping[str, Case]) -> Iterator[str]:
    """The score with its denominators: over all cases, by verdict, by document, and by aspect if anything departs."""
    sides = f"{named(comparison.subject)} against {named(comparison.reference)}"
    yield f"{sides}: {comparison.agreeing} of {comparison.total} cases agree"
    yield "  " + ", ".join(f"{count} {verdict}" for verdict, count in comparison.counts().items())
    by_title: dict[str, list[CaseVerdict]] = {document.title: [] for document in DOCUMENTS.values()}
    for judged in comparison.cases:
        by_title.setdefault(cases[judged.id].document.partition(": ")[0], []).append(judged)
    width = max(map(len, by_title))
    for title, verdicts in by_title.items():
        if verdicts:
            agreeing = sum(judged.agrees for judged in verdicts)
            yield f"  {title:<{width}}  {agreeing:>4} of {len(verdicts):>4} agree"
    if comparison.agreeing < comparison.total:
        yield f"  Agreeing, by aspect: {', '.join(observed(comparison))}"
    yield from (f"Note: {note}" for note in comparison.notes)


def by_aspect(comparison: Comparison) -> dict[str, Counter[str]]:
    """How many findings of each verdict every aspect has, in the order of the words of the suite."""
    found: dict[str, Counter[str]] = {aspect: Counter() for aspect in (*ASPECTS, "label", "end")}
    for case in comparison.cases:
        for finding in case.findings:
            found[finding.aspect][finding.verdict] += 1
    return {aspect: counts for aspect, counts in found.items() if counts}


def observed(comparison: Comparison) -> Iterator[str]:
    """For each aspect how many findings agree, of how many: what a case as a whole does not show once one is amiss."""
    for aspect, counts in by_aspect(comparison).items():
        if aspect in ASPECTS:
            agreeing = sum(counts[verdict] for verdict in AGREEMENT)
            yield f"{aspect} {agreeing}/{counts.total()}"


def departures(comparison: Comparison, most: int | None = None) -> Iterator[str]:
    """The cases that do not agree, worst first, each with its reason."""
    found = [
        judged for verdict in comparison.counts() for judged in comparison.cases if judged.verdict == verdict
    ]
    found = [judged for judged in found if judged.verdict not in AGREEMENT | {"unspecified"}]
    for judged in found[:most]:
        line = f"{judged.verdict:<12} {judged.id}  {judged.reason}"
        yield line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
    if most is not None and len(found) > most:
        yield f"… and {len(found) - most} more"


def heading(case: Case) -> Iterator[str]:
    """What a case claims and where it comes from."""
    yield case.id
    yield f"  {case.claim}"
    yield f"  {case.document}{': ' if case.rows else ''}{', '.join(case.rows)}"
    if case.builds_on:
        yield f"  builds on {', '.join(case.builds_on)}"
    if case.tolerance:
        yield f"  tolerance {case.tolerance}: {case.reason}"


def side_by_side(records: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What each of several recordings shows for one case, observation by observation."""
    most = max(len(record["observations"]) for record in records.values())
    for place in range(most):
        taken = [(name, found["observations"][place : place + 1]) for name, found in records.items()]
        here = [(name, observation) for name, observations in taken for observation in observations]
        yield f"  {' / '.join(dict.fromkeys(observation['label'] for _, observation in here))}"
        for aspect in ASPECTS:
            shown = [(name, found["aspects"]) for name, found in here if aspect in found["aspects"]]
            yield from _sides(aspect, [(name, found[aspect]) for name, found in shown], len(records))
    for aspect, read in STREAMS.items():
        texts = [(name, read(record)) for name, record in records.items()]
        yield from _sides(aspect, [(name, text) for name, text in texts if text], len(records))


def _sides(aspect: str, sides: Sequence[tuple[str, Any]], everyone: int) -> Iterator[str]:
    """One line for what `everyone` shows alike, otherwise one for each side that has something to show."""
    shown = [(name, as_text(aspect, data)) for name, data in sides]
    if len(shown) == everyone and all(same(sides[0][1], data) for _, data in sides):
        shown = [("", shown[0][1])]
    for number, (name, text) in enumerate(shown):
        start = f"    {aspect if number == 0 else '':<14}{name}{': ' if name else ''}"
        lines = text.rstrip("\n").split("\n")
        yield start + lines[0]
        yield from (" " * len(start) + line for line in lines[1:])


def reasons(judged: CaseVerdict, sides: Sequence[str]) -> Iterator[str]:
    """Why a case does not agree: its reason, and what both sides show where they first differ."""
    yield f"{judged.verdict}: {judged.reason}" if judged.reason else judged.verdict
    finding = judged.first
    if finding is not None and finding.aspect not in WHOLE:
        data = (finding.reference, finding.subject)
        yield from _sides(finding.aspect, list(zip(sides, data, strict=True)), everyone=2)
