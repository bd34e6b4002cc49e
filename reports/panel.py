"""The panel of one case as HTML: all sides' observations, aspect by aspect, with differences marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from conformance.aspects import ASPECTS
from conformance.comparison import ending
from conformance.snippet import snippet, subject_lines
from conformance.verdict import AGREEMENT, Finding

from .alignment import Absent, Aligned, Alignment, align, aspects_of
from .code import highlighted
from .display import display, pieces
from .drawing import Gallery
from .graphs import graph_of
from .model import Entry, Report, departing
from .text import Piece, html, visible

SHORT = ("dtype", "shape", "requires_grad", "is_leaf", "grad_fn", "version")
"""Aspects of a word or two, which stand in one line where all sides agree on them."""

EXPLAINED = ("value", "graph", "label", "error type")
"""Aspects whose differences are not seen at a glance, so that words help."""


@dataclass(frozen=True)
class Panels:
    """Makes the panels of a report's cases, drawing each distinct graph once."""

    report: Report
    gallery: Gallery = field(default_factory=Gallery)

    def panel(self, entry: Entry) -> str:
        """What is shown of a case beyond its claim and its verdicts."""
        aligned = align(entry)
        names = [", ".join(self._names(column.subjects)) for column in aligned.columns]
        return "".join(
            [
                self._origin(entry),
                f'<pre class="code"><code>{highlighted(entry.case.source)}</code></pre>',
                self._table(aligned, names),
                *self._reproductions(entry),
            ]
        )

    def _names(self, places: Iterable[int]) -> list[str]:
        return [self.report.subjects[place].name for place in places]

    def _origin(self, entry: Entry) -> str:
        case = entry.case
        rows = "".join(f', <a href="#row={key}">{key}</a>' for key in case.rows)
        parts = [_link(f"case={case.id}", case.id), f"<span>{html(case.document)}{rows}</span>"]
        below = (
            _link(f"case={name}", name) if name in self.report.ids else html(name) for name in case.builds_on
        )
        if case.builds_on:
            parts.append(f"<span>builds on {', '.join(below)}</span>")
        if case.tolerance:
            tolerance = "tolerance rtol {}, atol {}".format(*case.tolerance)
            parts.append(f"<span>{tolerance}: {html(str(case.reason))}</span>")
        return f'<p class="meta">{" ".join(parts)}</p>'

    def _table(self, aligned: Alignment, names: Sequence[str]) -> str:
        shown: dict[str, str] = {}
        bodies = [self._observation(one, names, shown) for one in aligned.observations]
        bodies += [_ends(aligned, names), _streams(aligned, names)]
        if not any(bodies):
            return ""
        alike = ", ".join(self._names(aligned.alike))
        reference = html(self.report.reference.name) + (f"<span> = {html(alike)}</span>" if alike else "")
        heads = [reference, *map(html, names)]
        return (
            f'<div class="scroll" role="region" aria-label="observations" tabindex="0">'
            f'<table class="obs c{min(len(heads), 4)}"><thead><tr><td>= identical</td>'
            f"{''.join(f'<th scope=col>{head}' for head in heads)}</thead>{''.join(bodies)}</table></div>"
        )

    def _observation(self, seen: Aligned, names: Sequence[str], shown: dict[str, str]) -> str:
        lines, short = [], []
        sides = seen.sides
        if any("label" in found for found in seen.found):
            labels = [side["label"] if side else why for side, why in zip(sides, seen.absent, strict=True)]
            lines.append(_line("label", labels, seen.found, names))
        held = [aspects_of(side) for side in sides]
        for aspect in ASPECTS:
            if not any(aspect in one for one in held):
                continue
            data = [one.get(aspect, why) for one, why in zip(held, seen.absent, strict=True)]
            if aspect == "graph":
                lines.append(self._graphs(data, seen, names, shown))
            elif aspect in SHORT and all(item == data[0] for item in data[1:]):
                short.append(f"<span>{aspect} <code>{html(display(data[0]))}</code></span>")
            else:
                lines.append(_line(aspect, data, seen.found, names))
        if short:
            lines.append(f'<tr><th scope=row>also<td class="all s" colspan={len(sides)}>{"".join(short)}')
        return _body(seen.label, lines, len(sides))

    def _graphs(self, data: list[Any], seen: Aligned, names: Sequence[str], shown: dict[str, str]) -> str:
        reference, *others = data
        departing = [item for item in others if item != reference]
        peer = departing[0] if len(departing) == 1 else None
        theirs = self._graph(reference, peer, seen.label, shown)
        cells = [
            None if item == reference else self._graph(item, reference, seen.label, shown) for item in others
        ]
        return _row("graph", [theirs, *cells], [one.get("graph") for one in seen.found], names)

    def _graph(self, data: Any, peer: Any, label: str, shown: dict[str, str]) -> str:
        graph = graph_of(data)
        if graph is None:
            return "no graph" if data is None else html(_said(data))
        picture = self.gallery.picture(graph, graph_of(peer))
        first = shown.setdefault(picture, label)
        return picture if first == label else f"<p class=as>as for <q>{html(first)}</q></p>"

    def _reproductions(self, entry: Entry) -> Iterable[str]:
        """The case as lines to paste, for each subject that departs; the lines that name the subject are marked.

        What follows these is written once: the first subject's is left out of the others', which say how long it is.
        """
        shared = None
        for place, verdict in enumerate(entry.verdicts):
            found = departing(verdict) if verdict else []
            if found:
                side = self.report.subjects[place]
                subject = side.header["subject"]
                text = visible(snippet(entry.case, subject["spec"], found[0], subject["device"]))
                own = visible("\n".join(subject_lines(subject["spec"], subject["device"])))
                before, _, after = text.partition(own)
                shared = after if shared is None else shared
                left_out = "" if shared is after else _common_lines(shared, after)
                units = len(left_out.encode("utf-16-le")) // 2  # as the script counts
                yield (
                    f"<details class=repro data-subject={place + 1} data-shared={units}>"
                    f"<summary>Reproduce on {html(side.name)}</summary>"
                    f"<pre class=code><code>{html(before)}<span>{html(own)}</span>{html(after.removeprefix(left_out))}</code></pre>"
                    "</details>"
                )


def _common_lines(one: str, other: str) -> str:
    """The lines with which both texts begin."""
    pairs = zip(one.splitlines(keepends=True), other.splitlines(keepends=True), strict=False)
    return "".join(line for line, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _link(target: str, text: str) -> str:
    return f'<a href="#{html(target)}">{html(text)}</a>'


def _body(label: str, lines: Sequence[str], columns: int) -> str:
    return f'<tbody><tr><th class="o" colspan={columns + 1} scope=rowgroup>{html(label)}{"".join(lines)}'


def _line(aspect: str, data: list[Any], found: Sequence[Mapping[str, Finding]], names: Sequence[str]) -> str:
    """One aspect: the reference's data, then each column's, cut where they differ from it."""
    reference, *others = data
    theirs = [Piece(_said(reference), False)]
    cells: list[str | None] = []
    for item in others:
        if item == reference:
            cells.append(None)
            continue
        left, right = _pieces(reference, item)
        theirs = left if len(others) == 1 else theirs
        cells.append(_marked(right))
    return _row(aspect, [_marked(theirs), *cells], [one.get(aspect) for one in found], names)


def _row(
    aspect: str, cells: Sequence[str | None], found: Sequence[Finding | None], names: Sequence[str]
) -> str:
    """The reference's cell and one for each column (None: the same), or a single one where all are the same."""
    theirs, *others = cells
    if all(cell is None for cell in others):
        return f"<tr><th scope=row>{aspect}<td class=all colspan={len(cells)}>{theirs}"
    judged = "".join(
        f'<td data-of="{html(name)}">{"=" if cell is None else cell + _judged(aspect, finding)}'
        for cell, finding, name in zip(others, found, names, strict=True)
    )
    return f"<tr><th scope=row>{aspect}<td data-of=reference>{theirs}{judged}"


def _judged(aspect: str, finding: Finding | None) -> str:
    """A finding's verdict, and its note where that says more than the marks show."""
    if finding is None:
        return ""
    told = aspect != "end" and (aspect in EXPLAINED or finding.verdict != "different")
    note = f" <span>{html(finding.note)}</span>" if told and finding.note else ""
    return f'<p class=f><b class="v {finding.verdict}">{finding.verdict}</b>{note}</p>'


def _pieces(reference: Any, subject: Any) -> tuple[list[Piece], list[Piece]]:
    if isinstance(reference, Absent) or isinstance(subject, Absent):
        return [Piece(_said(reference), False)], [Piece(_said(subject), False)]
    return pieces(reference, subject)


def _said(data: Any) -> str:
    return data.why if isinstance(data, Absent) else display(data)


def _marked(found: Iterable[Piece]) -> str:
    return "".join(f"<mark>{html(text)}</mark>" if differs else html(text) for text, differs in found)


def _ends(aligned: Alignment, names: Sequence[str]) -> str:
    """How the case ended, where a side did not come to its end."""
    records = aligned.records
    if all(record is None or record["end"]["how"] == "returned" for record in records):
        return ""
    found = [_first(findings, "end") for findings in aligned.rest]
    row = _row("end", _cells([_ended(record) for record in records]), found, names)
    return _body("how it ended", [row], len(records))


def _cells(texts: Sequence[str]) -> list[str | None]:
    return [html(texts[0]), *(None if text == texts[0] else html(text) for text in texts[1:])]


def _ended(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return "not recorded"
    line = record["end"].get("line")
    return ending(record["end"]) + (f"\nat {line.strip()}" if line else "")


def _first(findings: Sequence[Finding], observation: str) -> Finding | None:
    """The worst finding on what is no observation of the case: its end, or a stream."""
    found = [item for item in findings if observation in (item.observation, item.aspect)]
    return next((item for item in found if item.verdict not in AGREEMENT), found[0] if found else None)


def _streams(aligned: Alignment, names: Sequence[str]) -> str:
    """What the sides printed and warned of; standard error is shown and not compared."""
    records = aligned.records
    lines = []
    for name in ("stdout", "warnings"):
        data = [_stream(record, name) for record in records]
        if any(data):
            found = [{name: finding} if (finding := _first(one, name)) else {} for one in aligned.rest]
            lines.append(_line(name, data, found, names))
    errors = [_stream(record, "stderr") for record in records]
    if any(errors):
        lines.append(_row("stderr", _cells(errors), [None] * len(names), names))
    return _body("what it printed", lines, len(records)) if lines else ""


def _stream(record: Mapping[str, Any] | None, name: str) -> str:
    if record is None:
        return ""
    if name == "warnings":
        return "\n".join(f"{category}: {text}" for category, text in record["warnings"])
    return str(record[name])
