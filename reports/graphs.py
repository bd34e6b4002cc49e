"""Backward graphs as data: what of a large one is shown, and where two of them differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

NODES_SHOWN = 60
EDGES_SHOWN = 240
_NODES_KEPT = 24  # of a graph that stays too large without the middles of its chains
_STUBS_SHOWN = 4  # of the inputs of one node that need no gradient
_CHAIN_END = 4  # nodes kept at either end of an abridged chain


class Edge(NamedTuple):
    """From a node's slot to the input of another node; `target` is None where the input needs no gradient."""

    source: int
    slot: int
    target: int | None
    input: int


@dataclass(frozen=True)
class Graph:
    """The nodes behind a result, numbered from the result's own, and their edges."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    truncated: bool = False

    @property
    def slots(self) -> dict[tuple[int, int], Edge]:
        """Every edge by its node and slot."""
        return {(edge.source, edge.slot): edge for edge in self.edges}


@dataclass(frozen=True)
class Sketch:
    """What is drawn: nodes (number, name, if it differs), edges (from, to, if it differs), and a note."""

    nodes: tuple[tuple[int, str, bool], ...]
    edges: tuple[tuple[int, int | None, bool], ...]
    note: str = ""


def graph_of(data: Any) -> Graph | None:
    """The graph that an observation recorded; None where there is none, or where the data is not one."""
    try:
        nodes = tuple(str(name) for name in data["nodes"])
        edges = tuple(Edge(*edge) for edge in data["edges"])
        ends = {end for edge in edges for end in (edge.source, edge.target) if end is not None}
    except (KeyError, TypeError):
        return None
    if not nodes or any(not isinstance(end, int) or not 0 <= end < len(nodes) for end in ends):
        return None
    return Graph(nodes, edges, bool(data.get("truncated")))


def differing(one: Graph, other: Graph) -> tuple[set[int], set[Edge]]:
    """The nodes and edges of `one` that have no equal counterpart in `other`.

    An inserted or renamed node marks itself, and not everything below it.
    """
    pairs = _paired(one, other)
    slots = other.slots
    equal = {node for node, match in pairs.items() if one.nodes[node] == other.nodes[match]}
    edges = {edge for edge in one.edges if not _has_counterpart(edge, slots, pairs)}
    return set(range(len(one.nodes))) - equal, edges


def _has_counterpart(edge: Edge, slots: dict[tuple[int, int], Edge], pairs: dict[int, int]) -> bool:
    match = slots.get((pairs.get(edge.source, -1), edge.slot))
    if match is None or (match.target is None) != (edge.target is None):
        return False
    return edge.target is None or (pairs.get(edge.target) == match.target and edge.input == match.input)


def _paired(one: Graph, other: Graph) -> dict[int, int]:
    """Pair nodes downwards while names agree, then those with equal graphs below, then by place alone."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    _pair_downwards((0, 0), one, other, pairs, taken)
    known: dict[Any, int] = {}
    candidates = defaultdict(list)
    for node, shape in _shapes(other, known).items():
        candidates[shape].append(node)
    for node, shape in sorted(_shapes(one, known).items()):
        match = next((candidate for candidate in candidates[shape] if candidate not in taken), None)
        if node not in pairs and match is not None:
            _pair_downwards((node, match), one, other, pairs, taken)
    _pair_downwards((0, 0), one, other, pairs, taken, renamed=True)
    return pairs


def _pair_downwards(
    roots: tuple[int, int],
    one: Graph,
    other: Graph,
    pairs: dict[int, int],
    taken: set[int],
    renamed: bool = False,
) -> None:
    slots, below = other.slots, _children(one)
    waiting = [roots]
    seen = set()
    for left, right in waiting:
        if (left, right) in seen:
            continue
        seen.add((left, right))
        if left not in pairs and right not in taken and (renamed or one.nodes[left] == other.nodes[right]):
            pairs[left] = right
            taken.add(right)
        if pairs.get(left) != right:
            continue
        for edge in below[left]:
            match = slots.get((right, edge.slot))
            if edge.target is not None and match is not None and match.target is not None:
                waiting.append((edge.target, match.target))


def _shapes(graph: Graph, known: dict[Any, int]) -> dict[int, int]:
    """A number for each node, equal for nodes with equal graphs below them; nodes on a cycle get none."""
    below = _children(graph)
    shapes: dict[int, int] = {}
    for node in _leaves_first(graph, below):
        inputs = tuple(
            (edge.slot, edge.input, None if edge.target is None else shapes[edge.target])
            for edge in below[node]
        )
        shapes[node] = known.setdefault((graph.nodes[node], inputs), len(known))
    return shapes


def _leaves_first(graph: Graph, below: dict[int, list[Edge]]) -> list[int]:
    above = defaultdict(list)
    missing = dict.fromkeys(range(len(graph.nodes)), 0)
    for edge in graph.edges:
        if edge.target is not None:
            above[edge.target].append(edge.source)
            missing[edge.source] += 1
    order = [node for node in missing if not missing[node]]
    for node in order:
        for user in above[node]:
            missing[user] -= 1
            if not missing[user]:
                order.append(user)
    return order


def _children(graph: Graph) -> dict[int, list[Edge]]:
    below = defaultdict(list)
    for edge in graph.edges:
        below[edge.source].append(edge)
    return below


def sketch(graph: Graph, peer: Graph | None = None) -> Sketch:
    """Choose what to draw of a graph, with marks where it differs from its peer."""
    nodes, edges = differing(graph, peer) if peer else (set(), set())
    kept, gaps, note = _abridged(graph)
    shown = [(node, graph.nodes[node], node in nodes) for node in kept]
    shown += [(gap, f"… {len(hidden)} more", not nodes.isdisjoint(hidden)) for gap, hidden in gaps.items()]
    place = {node: gap for gap, hidden in gaps.items() for node in hidden} | {node: node for node in kept}
    lines: dict[tuple[int, int | None, Edge | None], bool] = {}
    stubs: dict[int, int] = defaultdict(int)
    for edge in graph.edges:
        source, target = place[edge.source], None if edge.target is None else place[edge.target]
        stubs[source] += target is None
        if target is None and (source < 0 or stubs[source] > _STUBS_SHOWN):
            continue
        into_gap = source < 0 or (target is not None and target < 0)
        if source != target:
            line = source, target, None if into_gap else edge
            lines[line] = lines.get(line, False) or edge in edges
    drawn = [(source, target, mark) for (source, target, _), mark in lines.items()]
    return Sketch(tuple(shown), tuple(drawn[:EDGES_SHOWN]), note)


def _abridged(graph: Graph) -> tuple[list[int], dict[int, list[int]], str]:
    """The nodes to keep, what is hidden by gap (a negative number), and a note that says so."""
    total = len(graph.nodes)
    note = f"recorded up to node {total}" if graph.truncated else ""
    if total <= NODES_SHOWN:
        return list(range(total)), {}, note
    gaps = _chains(graph)
    hidden = {node for chain in gaps.values() for node in chain}
    kept = [node for node in range(total) if node not in hidden]
    if len(kept) > NODES_SHOWN:
        kept, gaps = list(range(_NODES_KEPT)), {-1: list(range(_NODES_KEPT, total))}
    abridged = f"abridged: {len(kept)} of {total} nodes drawn"
    return kept, gaps, f"{abridged}; {note}" if note else abridged


def _chains(graph: Graph) -> dict[int, list[int]]:
    """The middles of long stretches of nodes with one node above and one below."""
    above: dict[int, list[int]] = defaultdict(list)
    below: dict[int, list[int]] = defaultdict(list)
    for edge in graph.edges:
        if edge.target is not None:
            above[edge.target].append(edge.source)
            below[edge.source].append(edge.target)
    gaps: dict[int, list[int]] = {}
    seen: set[int] = set()
    for start in range(len(graph.nodes)):
        chain = []
        node = start
        while node not in seen and len(above[node]) <= 1 and len(below[node]) == 1:
            seen.add(node)
            chain.append(node)
            node = below[node][0]
        middle = chain[_CHAIN_END:-_CHAIN_END]
        if len(middle) > _CHAIN_END:
            gaps[-1 - len(gaps)] = middle
    return gaps
