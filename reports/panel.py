"""What the panel of one case shows: all sides' observations, aspect by aspect, with differences marked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from conformance.aspects import ASPECTS
from conformance.comparison import ending
from conformance.pairing import paired
from conformance.verdict import Finding

from .display import display, pieces
from .drawing import Gallery, Picture
from .graphs import graph_of
from .model import Entry
from .text import Piece, visible

SHORT = ("dtype", "shape", "requires_grad", "is_leaf", "grad_fn", "version")
"""Aspects of a word or two, which stand in one line where all sides agree on them."""

EXPLAINED = ("value", "graph", "label", "error type")
"""Aspects whose differences are not seen at a glance, so that words help."""

_ORDER = {aspect: place for place, aspect in enumerate(("label", *ASPECTS))}


@dataclass(frozen=True)
class _Absent:
    """Stands where a side has no data, and says why."""

    why: str


@dataclass(frozen=True)
class Cell:
    """One side's data as HTML, with the finding that judges it."""

    html: Markup
    finding: Finding | None = None


@dataclass(frozen=True)
class Line:
    """One aspect: a single cell where all sides are identical, else one for each, the reference's first."""

    aspect: str
    cells: tuple[Cell, ...]

    @property
    def same(self) -> bool:
        """Whether all sides are identical."""
        return len(self.cells) == 1

    def note(self, cell: Cell) -> str:
        """What a finding says in words, where that is more than the marks show."""
        finding = cell.finding
        if finding is None or self.aspect == "end":
            return ""
        return finding.note if self.aspect in EXPLAINED or finding.verdict != "different" else ""


@dataclass
class Block:
    """An observation: its label and its lines; those of `short` are agreed upon and stand in one line."""

    label: str
    lines: list[Line] = field(default_factory=list)
    short: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Seen:
    """An observation with what each side has of it; `found` holds each subject's findings by aspect."""

    label: str
    whys: list[_Absent]
    reference: Mapping[str, Any] | None
    subjects: list[Mapping[str, Any] | None]
    found: list[dict[str, Finding]]


@dataclass(frozen=True)
class Panels:
    """Makes the blocks of cases, drawing graphs into one gallery."""

    gallery: Gallery

    def blocks(self, entry: Entry) -> list[Block]:
        """The observations of a case in order, then how it ended and what it printed."""
        shown: dict[str, str] = {}
        seen, rest = _aligned(entry)
        blocks = [self._block(one, shown) for one in seen]
        return [*blocks, *filter(None, [_ends(entry, rest), _streams(entry, rest)])]

    def _block(self, seen: _Seen, shown: dict[str, str]) -> Block:
        block = Block(seen.label)
        sides = [seen.reference, *seen.subjects]
        present = {aspect for side in sides for aspect in _aspects(side)}
        if any("label" in found for found in seen.found):
            labels = [side["label"] if side else why for side, why in zip(sides, seen.whys, strict=True)]
            block.lines.append(_plain_line("label", labels, seen.found))
        for aspect in sorted(present, key=lambda aspect: _ORDER.get(aspect, len(_ORDER))):
            data = [_aspects(side).get(aspect, why) for side, why in zip(sides, seen.whys, strict=True)]
            alike = all(item == data[0] for item in data[1:])
            if alike and aspect in SHORT:
                block.short.append((aspect, display(data[0])))
            elif aspect == "graph":
                block.lines.append(self._graph_line(data, seen, shown))
            else:
                block.lines.append(_plain_line(aspect, data, seen.found))
        return block

    def _graph_line(self, data: list[Any], seen: _Seen, shown: dict[str, str]) -> Line:
        if all(item == data[0] for item in data[1:]):
            return Line("graph", (Cell(self._graph(data[0], None, seen.label, shown)),))
        found = [None, *(one.get("graph") for one in seen.found)]
        peers = [data[1] if len(data) == 2 else None, *(data[0] for _ in data[1:])]
        cells = (
            Cell(self._graph(item, peer, seen.label, shown), finding)
            for item, peer, finding in zip(data, peers, found, strict=True)
        )
        return Line("graph", tuple(cells))

    def _graph(self, data: Any, peer: Any, label: str, shown: dict[str, str]) -> Markup:
        graph = graph_of(data)
        if graph is None:
            return _html([Piece("no graph" if data is None else _said(data), False)])
        other = graph_of(peer) if peer != data else None
        picture = self.gallery.picture(graph, other)
        first = shown.setdefault(picture.id, label)
        if first != label:
            return Markup('<p class="as">as for <q>{}</q></p>').format(visible(first))
        return _figure(picture)


def _figure(picture: Picture) -> Markup:
    note = Markup("<figcaption>{}</figcaption>").format(picture.note) if picture.note else ""
    return Markup(
        '<figure><svg role="img" aria-labelledby="{0}t" width="{1}" height="{2}">'
        '<use href="#{0}"/></svg>{3}</figure>'
    ).format(picture.id, picture.width, picture.height, note)


def _plain_line(aspect: str, data: list[Any], found: list[dict[str, Finding]]) -> Line:
    reference, *subjects = data
    if all(item == reference for item in subjects):
        return Line(aspect, (Cell(_html([Piece(_said(reference), False)])),))
    sides = [_pieces(reference, subject) for subject in subjects]
    theirs = sides[0][0] if len(subjects) == 1 else [Piece(_said(reference), False)]
    judged = [one.get(aspect) for one in found]
    cells = (Cell(_html(side[1]), finding) for side, finding in zip(sides, judged, strict=True))
    return Line(aspect, (Cell(_html(theirs)), *cells))


def _pieces(reference: Any, subject: Any) -> tuple[list[Piece], list[Piece]]:
    if isinstance(reference, _Absent) or isinstance(subject, _Absent):
        return [Piece(_said(reference), False)], [Piece(_said(subject), False)]
    return pieces(reference, subject)


def _said(data: Any) -> str:
    return data.why if isinstance(data, _Absent) else display(data)


def _html(found: Iterable[Piece]) -> Markup:
    mark = Markup("<mark>{}</mark>")
    texts = ((visible(text), differs) for text, differs in found)
    return Markup("").join(mark.format(text) if differs else escape(text) for text, differs in texts)


def _aspects(observation: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return observation["aspects"] if observation else {}


def _why_absent(record: Mapping[str, Any] | None) -> _Absent:
    if record is None:
        return _Absent("not recorded")
    return _Absent("none" if record["end"]["how"] == "returned" else "not reached")


def _aligned(entry: Entry) -> tuple[list[_Seen], list[list[Finding]]]:
    """The observations of all sides in line, and each subject's findings that belong to no observation."""
    count = len(entry.records)
    theirs = entry.reference["observations"] if entry.reference else []
    whys = [_why_absent(record) for record in (entry.reference, *entry.records)]

    def empty(label: str, reference: Mapping[str, Any] | None) -> _Seen:
        return _Seen(label, whys, reference, [None] * count, [{} for _ in range(count)])

    lines = [[empty(one["label"], one)] for one in theirs]
    lines.append([])
    rest: list[list[Finding]] = []
    for column, (record, verdict) in enumerate(zip(entry.records, entry.verdicts, strict=True)):
        findings = deque(verdict.findings if verdict else ())
        place = 0
        for pair in paired(entry.reference, record) if entry.reference and record else ():
            if pair.reference is not None:
                seen = lines[place][0]
                place += 1
            else:
                seen = empty(pair.label, None)
                lines[max(place - 1, 0) if theirs else 0].append(seen)
            seen.subjects[column] = pair.subject
            seen.found[column] = _taken(findings, pair.reference, pair.subject)
        rest.append(list(findings))
    return [seen for line in lines for seen in line], rest


def _taken(
    findings: deque[Finding], reference: Mapping[str, Any] | None, subject: Mapping[str, Any] | None
) -> dict[str, Finding]:
    """Take the findings on one pair of observations off the front of all of a case's."""
    label = (reference or subject or {})["label"]
    aspects = {"label", *_aspects(reference), *_aspects(subject)}
    taken: dict[str, Finding] = {}
    while findings and findings[0].observation == label and findings[0].aspect in aspects - taken.keys():
        finding = findings.popleft()
        taken[finding.aspect] = finding
        if finding.aspect == "label":
            break
    return taken


def _ends(entry: Entry, rest: list[list[Finding]]) -> Block | None:
    """How the case ended, where a side did not come to its end."""
    records = [entry.reference, *entry.records]
    if all(record is None or record["end"]["how"] == "returned" for record in records):
        return None
    found = [None, *(_first(findings, "end") for findings in rest)]
    cells = [
        Cell(_html([Piece(_ended(record), False)]), finding)
        for record, finding in zip(records, found, strict=True)
    ]
    return Block("how it ended", [Line("end", tuple(cells))])


def _ended(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return "not recorded"
    line = record["end"].get("line")
    return ending(record["end"]) + (f"\nat {line.strip()}" if line else "")


def _first(findings: list[Finding], observation: str) -> Finding | None:
    """The worst finding on what is no observation of the case: its end, or a stream."""
    found = [item for item in findings if observation in (item.observation, item.aspect)]
    return next((item for item in found if item.verdict != "identical"), found[0] if found else None)


def _streams(entry: Entry, rest: list[list[Finding]]) -> Block | None:
    """What the sides printed and warned of; standard error is shown and not compared."""
    records = [entry.reference, *entry.records]
    lines = []
    for name in ("stdout", "warnings"):
        data = [_stream(record, name) for record in records]
        if any(data):
            found = [{name: finding} if (finding := _first(one, name)) else {} for one in rest]
            lines.append(_plain_line(name, data, found))
    errors = [_stream(record, "stderr") for record in records]
    if any(errors):
        lines.append(Line("stderr", tuple(Cell(_html([Piece(text, False)])) for text in errors)))
    return Block("what it printed", lines) if lines else None


def _stream(record: Mapping[str, Any] | None, name: str) -> str:
    if record is None:
        return ""
    if name == "warnings":
        return "\n".join(f"{category}: {text}" for category, text in record["warnings"])
    return str(record[name])
