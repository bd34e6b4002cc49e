"""Runs the backward graph: iteratively, in PyTorch's order.

A chain from the only root is run as it lies, its leaves beside it. From where it forks, nodes are counted first (how
many gradients each will receive), then run from a priority queue: a node is ready when all its gradients have arrived,
later recorded nodes go first, AccumulateGrad before everything else.
Source: "Autograd mechanics"; the order is what hooks show.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any

import numpy as np

from .base import elements, spread, storage
from .grad_mode import mode
from .hooks import run_post_accumulate_grad_hooks, run_posthooks, run_prehooks, run_tensor_prehooks
from .node import AccumulateGrad, Extras, Node, reduce_to_inputs
from .ownership import can_accumulate_in_place
from .ready_queue import ReadyQueue
from .saved import saved_values, unpack

Edge = tuple[Node, int]
Buffers = dict[
    Node, Any
]  # the sum of the gradients that have arrived at a node, or a list of one for each output
ndarray = np.ndarray

DEEPEST = 40  # of backwards within backwards on one thread's stack


def run(
    roots: Sequence[Edge],
    grads: Sequence[Any],
    *,
    retain_graph: bool,
    create_graph: bool,
    captures: Sequence[Edge] = (),
    accumulate: Sequence[Edge] | None = None,
) -> list[Any]:
    """Send `grads` from `roots` through the graph.

    With `captures`, nothing is accumulated and the gradients that arrive at these edges are returned (None where
    none does); with `accumulate`, only what these edges need is run and only their leaves accumulate.
    """
    modes = mode.__dict__  # this thread's, as a dict: reading each through `mode` costs more
    if modes["depth"] == DEEPEST:
        return _in_another_thread(roots, grads, retain_graph, create_graph, captures, accumulate)
    wanted = captures or accumulate
    needed = None
    if wanted is not None:
        needed = _needed([node for node, _ in roots], {node for node, _ in wanted})
    transforms = modes["transforms"]
    adds_anew = create_graph
    enabled, recording = modes["enabled"], modes["recording"]
    modes["enabled"] = create_graph
    if not transforms:
        modes["recording"] = 1 if create_graph else 0
    elif not create_graph:
        adds_anew = any(each.computes for each in transforms)
    modes["depth"] += 1
    try:
        captured: dict[Edge, Any] = {}
        sums: Buffers = {}
        if needed is None and len(roots) == 1 and not _Task.counts_all:
            roots, grads = _run_chain(roots, [grads[0]], sums, retain_graph, adds_anew)
        else:
            grads = [*grads]
        if roots:
            task = _Task(captures, needed, retain_graph, adds_anew)
            task.buffers = sums
            task.run(roots, grads)
            captured = task.captured
        if "callbacks" in modes:
            _run_callbacks(modes)
    finally:
        modes["enabled"], modes["recording"] = enabled, recording
        modes["depth"] -= 1
    return [captured.get(edge) for edge in captures]


def _in_another_thread(
    roots: Any, grads: Any, retain_graph: bool, create_graph: bool, captures: Any, accumulate: Any
) -> list[Any]:
    """Do it on a stack of its own, under the modes of this thread."""
    modes, found, errors = dict(mode.__dict__), [], []

    def work() -> None:
        mode.__dict__.update(modes, depth=0)
        try:
            found.append(
                run(
                    roots,
                    grads,
                    retain_graph=retain_graph,
                    create_graph=create_graph,
                    captures=captures,
                    accumulate=accumulate,
                )
            )
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors.pop()
    return found.pop()


def queue_callback(callback: Callable[[], Any]) -> None:
    """Have this called when the run that is going on has been through the graph."""
    if not mode.depth:
        raise RuntimeError("Final callbacks can only be installed during backward pass.")
    mode.__dict__.setdefault("callbacks", []).append((mode.depth, callback))


def _run_callbacks(modes: dict[str, Any]) -> None:
    """Call what was queued during this run, and what that queues in turn; what outer runs have queued stays."""
    waiting, depth = modes["callbacks"], modes["depth"]
    index = 0
    while index < len(waiting):
        if waiting[index][0] < depth:
            index += 1
        else:
            waiting.pop(index)[1]()
    if not waiting:
        del modes["callbacks"]


def _count_dependencies(roots: Iterable[Node]) -> dict[Node, int]:
    """How many gradients will arrive at each node that can be reached."""
    dependencies: dict[Node, int] = {}
    known = dependencies.get
    reached: list[Node] = []
    for root in roots:
        if root in dependencies:
            dependencies[root] += 1
        else:
            dependencies[root] = 1
            reached.append(root)
    for node in reached:  # grows while it is walked
        if node._inputs == 1:
            edges: Any = (node._edge,)  # type: ignore[attr-defined]
        elif node._inputs == 2:
            edges = (node._edge, node._edge_of_other)  # type: ignore[attr-defined]
        else:
            edges = node._edges
        for following in edges:
            if following is not None:
                count = known(following)
                if count is None:
                    dependencies[following] = 1
                    reached.append(following)
                else:
                    dependencies[following] = count + 1
    return dependencies


def _needed(roots: Sequence[Node], targets: set[Node]) -> set[Node]:
    """The nodes on a path from a root to a target, the targets included."""
    needed = set(targets)
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(root, False) for root in roots]
    while stack:
        node, done = stack.pop()
        if done:
            if any(following in needed for following in node._edges):
                needed.add(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((following, False) for following in node._edges if following is not None)
    return needed


def _run_chain(
    roots: Sequence[Edge], grads: list[Any], sums: Buffers, retain_graph: bool, create_graph: bool
) -> tuple[Sequence[Edge], list[Any]]:
    """From one root, run what has one way on, but for leaves, and nothing special; return where that ends.

    Only one gradient arrives at each of these nodes, so none has to be counted, kept or queued. What has arrived at
    leaves that may get more is left in `sums`. Both formulas are spelled out here, too: by `apply`, a chain of
    scalars takes 1.04 of the time.
    """
    ((node, number),) = roots
    grad = grads.pop()
    value = for_leaf = None  # nothing here may hold what the next node is to own
    try:
        while grad is not None and node._extras is None:
            inputs = node._inputs
            if not inputs:
                if node.__class__ is not AccumulateGrad or sums:
                    break
                node.apply(grad, ())
                return (), grads
            following = node._edge  # type: ignore[attr-defined]
            leaf: Any = node._edge_of_other if inputs == 2 else None  # type: ignore[attr-defined]
            if leaf is None:
                value = node.vjp(grad)  # type: ignore[attr-defined]
            elif following is None:
                following, leaf = leaf, None
                value = node.vjp_of_other(grad)  # type: ignore[attr-defined]
            elif following.__class__ is AccumulateGrad:
                if following._extras is not None or leaf.__class__ is AccumulateGrad:
                    break
                following, leaf = leaf, following
                for_leaf, value = node.apply(grad, (leaf, following))
            elif leaf.__class__ is AccumulateGrad and leaf._extras is None:
                if node.other_first:  # type: ignore[attr-defined]
                    for_leaf = node.vjp_of_other(grad)  # type: ignore[attr-defined]
                    value = node.vjp(grad)  # type: ignore[attr-defined]
                else:
                    value = node.vjp(grad)  # type: ignore[attr-defined]
                    for_leaf = node.vjp_of_other(grad)  # type: ignore[attr-defined]
            else:
                break
            if not retain_graph:
                node.release()
            passed_on = for_leaf is grad or for_leaf is value
            node, number, grad, value = following, 0, value, None
            if for_leaf is not None:
                ends = passed_on and leaf not in sums and not _is_met_soon(leaf, node)
                _add(sums, leaf, 0, for_leaf, create_graph)
                for_leaf = None
                if ends:  # if the leaf has got all, it has to copy, now, what others hold, too
                    break
    except BaseException:
        _run_leaves(sums, _count_dependencies([node]))
        raise
    grads.append(grad)
    return ((node, number),), grads


def _is_met_soon(leaf: Node, node: Any) -> bool:
    """Whether one of the next few nodes of a chain leads to the leaf, too."""
    for _ in range(_SOON):
        if node is None or not node._inputs:
            return False
        other = node._edge_of_other if node._inputs == 2 else None
        if leaf is other or leaf is node._edge:
            return True
        node = other if node._edge is None or node._edge.__class__ is AccumulateGrad else node._edge
    return False


_SOON = 4


def _run_leaves(sums: Buffers, waiting: Container[Node]) -> None:
    """Run the leaves that have got all, which are those that no node leads to that is still waiting."""
    for leaf in [each for each in sums if each not in waiting]:
        grad = sums.pop(leaf)
        leaf.apply(grad, ())


def _add(buffers: Buffers, target: Node, number: int, value: Any, create_graph: bool) -> None:
    """Keep a gradient for the node it is for, added to those that arrived before."""
    held = buffers.get(target)
    if held is None:
        buffers[target] = value if target._extras is None else _first(target, number, value)
    elif held.__class__ is list:
        _add_to_one_of_several(held, number, value, create_graph)
    elif create_graph or not can_accumulate_in_place(held) or value._is_sparse:
        buffers[target] = value + held if held._is_sparse else held + value
    else:
        if held._shares is not None:
            held.accumulate(value)
        elif (array := held._array).__class__ is ndarray:
            array += elements(value)
        else:
            held._array = array + value._array
        (held._storage or storage(held)).version += 1


def _add_to_one_of_several(held: list[Any], number: int, value: Any, create_graph: bool) -> None:
    """The same for one output of a node that has several."""
    earlier = held[number]
    if earlier is None:
        spread(value)
        held[number] = value
    elif create_graph or not can_accumulate_in_place(earlier):
        held[number] = earlier + value
    else:
        if isinstance(earlier._array, np.ndarray):
            earlier._array += value._array
        else:
            earlier._array = earlier._array + value._array
        storage(earlier).version += 1


class _Task:
    """One run through the graph."""

    counts_all = False  # whether it has to know of all nodes that it leads to

    def __init__(
        self, captures: Sequence[Edge], needed: set[Node] | None, retain_graph: bool, create_graph: bool
    ) -> None:
        self.create_graph = create_graph
        self.captures: dict[Node, list[Edge]] = {}
        self.captured: dict[Edge, Any] = {}
        if captures:
            for edge in captures:
                self.captures.setdefault(edge[0], []).append(edge)
        self.needed = needed
        self.retain_graph = retain_graph
        self.buffers: Buffers = {}
        self.dependencies: dict[Node, int] = {}
        self.queue = ReadyQueue()

    def run(self, roots: Sequence[Edge], grads: list[Any]) -> None:
        """Run every node that becomes ready; in one piece, as each node would pay for what this called."""
        self.dependencies = dependencies = _count_dependencies([node for node, _ in roots])
        if self.buffers:
            _run_leaves(self.buffers, dependencies)
        heap = self.queue.heap
        pop = self.queue.pop
        buffers = self.buffers
        deliver = self._deliver_one
        retain_graph = self.retain_graph
        needed = self.needed
        grads.reverse()
        for node, number in roots:
            deliver(node, number, grads.pop())
        while heap:
            node = heap.pop() if len(heap) == 1 else pop()
            grad = value = for_second = None  # nothing here may hold what the next node is to own
            if node._extras is not None or needed is not None or not node._inputs:
                if needed is None and node._extras is None:
                    self._run_plainly(node)
                else:
                    self._run_in_general(node)
                continue
            grad = buffers.pop(node, None)
            while True:  # this node, and then what it alone leads to, while nothing else is ready
                first: Any = node._edge  # type: ignore[attr-defined]
                second: Any = node._edge_of_other if node._inputs == 2 else None  # type: ignore[attr-defined]
                if grad is not None:
                    if second is None:
                        value = node.vjp(grad)  # type: ignore[attr-defined]
                    elif first is None:
                        for_second = node.vjp_of_other(grad)  # type: ignore[attr-defined]
                    elif node.other_first:  # type: ignore[attr-defined]
                        for_second = node.vjp_of_other(grad)  # type: ignore[attr-defined]
                        value = node.vjp(grad)  # type: ignore[attr-defined]
                    else:
                        value = node.vjp(grad)  # type: ignore[attr-defined]
                        for_second = node.vjp_of_other(grad)  # type: ignore[attr-defined]
                    grad = None
                else:
                    _check_saved(node)
                if not retain_graph:
                    node.release()
                if (
                    value is not None
                    and dependencies[first] == 1
                    and not heap
                    and first._extras is None
                    and first not in buffers
                    and (second is None or dependencies[second] > 1)
                ):
                    if second is not None:
                        deliver(second, 0, for_second)
                        second = for_second = None
                    if first._inputs:
                        node, grad, value = first, value, None
                        continue
                    if first.__class__ is AccumulateGrad:
                        first.apply(value, ())
                        break
                if first is not None:
                    deliver(first, 0, value)
                    value = None
                if second is not None:
                    deliver(second, 0, for_second)
                break

    def _deliver_one(self, target: Node, number: int, value: Any) -> None:
        """Hand a gradient to the node it is for, beside those that arrived before; the node may become ready."""
        if value is not None:
            _add(self.buffers, target, number, value, self.create_graph)
        dependencies = self.dependencies
        left = dependencies[target] = dependencies[target] - 1
        if not left:
            self.queue.push(target)

    def _deliver(self, edges: Any, numbers: Any, outgoing: list[Any]) -> None:
        """Hand each gradient, taken from the end of `outgoing`, to the node it is for."""
        for index, target in enumerate(edges):
            if target is None:
                outgoing.pop()
            else:
                self._deliver_one(target, 0 if numbers is None else numbers[index], outgoing.pop())

    def _run_plainly(self, node: Node) -> None:
        """Run a leaf's node, or one with many inputs, that has nothing special."""
        # taken here, as Python 3.10 holds what is passed to a function for as long as the call lasts
        grad = self.buffers.pop(node, None)
        if node.__class__ is AccumulateGrad:
            if grad is not None:
                node.apply(grad, ())
            return
        edges = node._edges
        if grad is None:
            _check_saved(node)
            outgoing = [None] * len(edges)
        else:
            outgoing = [*(node.apply_reduced or node.apply)(grad, edges)]
            grad = None
        if not self.retain_graph:
            node.release()
        outgoing.reverse()
        self._deliver(edges, None, outgoing)

    def _run_in_general(self, node: Node) -> None:
        """Run a node that has many inputs, hooks, several outputs or gradients to reduce, or that may not be needed at all."""
        grad = self.buffers.pop(node, None)
        edges, extras = node._edges, node._extras or _NO_EXTRAS
        if self.needed is not None:
            if node not in self.needed:
                return
            edges = tuple([each if each in self.needed else None for each in edges])
        if node in self.captures:
            if not any(edge is not None for edge in edges):
                self._capture(node, run_tensor_prehooks(extras, grad))
                return
            self._capture(node, grad)  # as it arrived: its hooks run for what lies behind it
        enabled = mode.enabled
        if extras is not _NO_EXTRAS:
            grad = run_prehooks(extras, grad)
        if grad is None and node._runs_on_nothing:
            grad = [None] * len(extras.outputs)  # type: ignore[arg-type]
        outgoing: list[Any] = [None] * len(edges)
        if grad is not None:
            if self.needed is not None:
                _check_saved(node)
            if node.apply_reduced is None:
                outgoing = [*reduce_to_inputs(node, node.apply(grad, edges))]
            else:
                outgoing = [*node.apply_reduced(grad, edges)]
        else:
            _check_saved(node)
        if extras.post_accumulate:
            run_post_accumulate_grad_hooks(extras.post_accumulate, node.variable)  # type: ignore[attr-defined]
        if extras.hooks:
            outgoing = [*run_posthooks(extras, outgoing, grad)]
        grad = None
        outgoing.reverse()
        if not self.retain_graph:
            node.release()
        self._deliver(edges, extras.input_numbers, outgoing)
        if mode.enabled is not enabled:
            mode.set(enabled)  # a hook changed it: for this node, not for the others

    def _capture(self, node: Node, grad: Any) -> None:
        for edge in self.captures[node]:
            self.captured[edge] = found = grad[edge[1]] if isinstance(grad, list) else grad
            spread(found)


_NO_EXTRAS = Extras()


def _check_saved(node: Node) -> None:
    """Unpack all that a node saved: what was changed or freed is refused also where its formulas do not run."""
    if node._packed:
        return  # it unpacks all that it saved when it is run
    for saved in saved_values(node):
        unpack(saved, node)


def _first(target: Node, number: int, value: Any) -> Any:
    """The buffer of a node that a first gradient arrives at: a list if the node has several outputs."""
    extras: Any = target._extras
    outputs = extras.outputs
    if outputs is None:
        return value if extras.grad_dtype is None else value.to(extras.grad_dtype)
    held = [None] * len(outputs)
    spread(value)
    held[number] = value
    return held
