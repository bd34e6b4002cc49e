"""Backward graphs as SVG: Graphviz places the nodes, and equal pictures are drawn once for a page."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pygraphviz

from .graphs import Graph, Sketch, sketch
from .text import html, visible

_CHARACTER = 6.7  # width in points of a character of the page's node labels
_STEP = 4  # widths of labels are counted in steps of so many characters: more graphs share one placement
_HEIGHT = 22
_STUB = 7  # diameter of the ring that stands for an input without gradient
_MARGIN = 4
_LEAF = "AccumulateGrad"


@dataclass
class Gallery:
    """The pictures that were drawn; asking again for an equal picture gives the one that is there."""

    pictures: dict[Sketch, str] = field(default_factory=dict)

    def picture(self, graph: Graph, peer: Graph | None = None) -> str:
        """The picture of a graph as HTML, in which nodes and edges that its peer lacks stand out."""
        drawn = sketch(graph, peer)
        if drawn not in self.pictures:
            self.pictures[drawn] = _figure(drawn)
        return self.pictures[drawn]


def _figure(drawn: Sketch) -> str:
    labels = {number: html(name) for number, name, _ in drawn.nodes}
    marked = {number for number, _, differs in drawn.nodes if differs}
    lengths = {number: -(-len(visible(name)) // _STEP) * _STEP for number, name, _ in drawn.nodes}
    placed = _placed(_dot(lengths, drawn.edges))
    _, _, width, height = (float(number) for number in placed["bb"].split(","))
    page = _Paper(height)
    for edge in placed["edges"]:
        page.line(edge["pos"], drawn.edges[int(edge["id"])][2])
    boxes = [
        page.node(item, labels[int(item["name"])], int(item["name"]) in marked)
        for item in placed["objects"]
        if not item["name"].startswith("s")
    ]
    rings = [page.ring(item) for item in placed["objects"] if item["name"].startswith("s")]
    size = round(width) + 2 * _MARGIN, round(height) + 2 * _MARGIN
    note = f"<figcaption>{html(drawn.note)}</figcaption>" if drawn.note else ""
    return (
        f'<figure><svg role="img" aria-label="{_described(drawn, labels)}" width="{size[0]}" height="{size[1]}">'
        f"{''.join([*page.lines(), *rings, *boxes])}</svg>{note}</figure>"
    )


def _described(drawn: Sketch, labels: dict[int, str]) -> str:
    """The picture in words: every node with what it leads to."""
    below: dict[int, list[str]] = {number: [] for number in labels}
    for source, target, _ in drawn.edges:
        below[source].append("no gradient" if target is None else labels[target])
    parts = [f"{labels[node]} to {', '.join(targets)}" for node, targets in below.items() if targets]
    return "; ".join(parts) or ", ".join(labels.values())


def _dot(lengths: dict[int, int], edges: tuple[tuple[int, int | None, bool], ...]) -> str:
    lines = [
        "digraph{graph[ordering=out,nodesep=.22,ranksep=.32]",
        f'node[shape=box,label="",fixedsize=true,height={_HEIGHT / 72:.3f}]edge[arrowsize=.55]',
    ]
    for node, length in lengths.items():
        lines.append(f"{_name(node)}[width={(length * _CHARACTER + 18) / 72:.3f}]")
    stub = f"[shape=circle,width={_STUB / 72:.3f},height={_STUB / 72:.3f}]"
    for number, (source, target, _) in enumerate(edges):
        if target is None:
            lines.append(f"s{number}{stub}")
        head = f"s{number}" if target is None else _name(target)
        lines.append(f"{_name(source)}->{head}[id={number}{',dir=none' if target is None else ''}]")
    return "\n".join(lines) + "}"


def _name(node: int) -> str:
    return f'"{node}"'


@lru_cache(maxsize=4096)
def _placed(dot: str) -> dict[str, Any]:
    placed: dict[str, Any] = json.loads(pygraphviz.AGraph(dot).draw(format="json0", prog="dot"))
    return placed | {"edges": placed.get("edges", [])}


class _Paper:
    """Turns Graphviz's coordinates, whose y grows upwards, into elements of SVG."""

    def __init__(self, height: float) -> None:
        self._height = height
        self._curves: dict[bool, list[str]] = {False: [], True: []}
        self._tips: dict[bool, list[str]] = {False: [], True: []}

    def lines(self) -> list[str]:
        """All edges: a path for those that agree, one for those that differ, and as many for their tips."""
        return [
            f'<path class="{kind}{" d" if marked else ""}" d="{"".join(parts[marked])}"/>'
            for kind, parts in (("e", self._curves), ("t", self._tips))
            for marked in (False, True)
            if parts[marked]
        ]

    def line(self, position: str, marked: bool) -> None:
        """Add an edge, given as Graphviz's control points after the tip of its arrow."""
        tip = position.startswith("e,")
        first, *spots = [self._point(spot) for spot in position.removeprefix("e,").split()]
        if tip:
            self._tips[marked].append(_arrow(spots[-1], first))
        else:
            spots.insert(0, first)
        start, *rest = [f"{x:.0f} {y:.0f}" for x, y in spots]
        self._curves[marked].append(f"M{start}C{' '.join(rest)}")

    def node(self, item: dict[str, Any], label: str, marked: bool) -> str:
        """A labelled box; a leaf that accumulates gradients is a pill."""
        x, y = self._point(item["pos"])
        width = float(item["width"]) * 72
        kind = "gap" if label.startswith("…") else "leaf" if label == _LEAF else "n"
        corner = _HEIGHT // 2 if kind == "leaf" else 4
        return (
            f'<rect class="{kind}{" d" if marked else ""}" x="{x - width / 2:.0f}" y="{y - _HEIGHT / 2:.0f}" '
            f'width="{width:.0f}" height="{_HEIGHT}" rx="{corner}"/><text x="{x:.0f}" y="{y + 4:.0f}">{label}</text>'
        )

    def ring(self, item: dict[str, Any]) -> str:
        """The end of an edge to an input that needs no gradient."""
        x, y = self._point(item["pos"])
        return f'<circle class="o" cx="{x:.0f}" cy="{y:.0f}" r="3"/>'

    def _point(self, text: str) -> tuple[float, float]:
        x, y = text.split(",")
        return float(x) + _MARGIN, self._height - float(y) + _MARGIN


def _arrow(base: tuple[float, float], tip: tuple[float, float]) -> str:
    across = (tip[1] - base[1]) * 0.45, (base[0] - tip[0]) * 0.45
    left, right = (f"{base[0] + side * across[0]:.1f} {base[1] + side * across[1]:.1f}" for side in (1, -1))
    return f"M{left}L{tip[0]:.1f} {tip[1]:.1f}L{right}Z"
