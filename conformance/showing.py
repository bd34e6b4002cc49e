"""Recorded data, cases and comparisons as lines of plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .aspects import ASPECTS, same
from .case import Case
from .comparison import ending
from .documents import DOCUMENTS
from .values import plain
from .verdict import AGREEMENT, CaseVerdict, Comparison

WIDTH = 110


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
    """The score with its denominators: over all cases, by verdict, and by document."""
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
    yield from (f"Note: {note}" for note in comparison.notes)


def departures(comparison: Comparison, most: int | None = None) -> Iterator[str]:
    """The cases that do not agree, worst first, each with its reason."""
    found = [judged for verdict in comparison.counts() for judged in comparison.cases if judged.verdict == verdict]
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
        here = {
            name: record["observations"][place]
            for name, record in records.items()
            if place < len(record["observations"])
        }
        labels = dict.fromkeys(observation["label"] for observation in here.values())
        yield f"  {' / '.join(labels)}"
        for aspect in ASPECTS:
            sides = {name: found["aspects"][aspect] for name, found in here.items() if aspect in found["aspects"]}
            yield from _sides(aspect, sides, everyone=len(sides) == len(records))
    for stream in ("stdout", "stderr"):
        sides = {name: record[stream] for name, record in records.items() if record[stream]}
        yield from _sides(stream, sides, everyone=len(sides) == len(records))
    warned = {name: "\n".join(map(": ".join, record["warnings"])) for name, record in records.items()}
    yield from _sides("warnings", {name: text for name, text in warned.items() if text}, everyone=False)
    ends = {name: ending(record["end"]) for name, record in records.items()}
    yield from _sides("end", ends, everyone=True)


def _sides(aspect: str, sides: Mapping[str, Any], everyone: bool) -> Iterator[str]:
    """One line for what all show alike, otherwise one for each side."""
    if not sides:
        return
    shown = [(name, as_text(aspect, data)) for name, data in sides.items()]
    first = next(iter(sides.values()))
    if everyone and all(same(first, data) for data in sides.values()):
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
    if finding is None or finding.aspect in ("end", "label", "error type"):
        return
    for name, data in zip(sides, (finding.reference, finding.subject), strict=True):
        yield from _sides(finding.aspect, {name: data}, everyone=False)
