"""Runs the backward graph: iteratively, in PyTorch's order.

Nodes are counted first (how many gradients each will receive), then run from a priority queue: a node is ready
when all its gradients have arrived, later recorded nodes go first, AccumulateGrad before everything else.
Source: "Autograd mechanics"; the order is what hooks show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from .base import TensorBase
from .grad_mode import mode
from .node import AccumulateGrad, Extras, Node


class ReadyQueue:
    """A binary heap of nodes by sequence number that breaks ties as the C++ standard library's does.

    Several AccumulateGrad nodes may be ready at once, and all have the same number. PyTorch then runs them in
    the order that `std::priority_queue` happens to give: a, c, b, d for four of them.
    """

    def __init__(self) -> None:
        self.heap: list[Node] = []

    def push(self, node: Node) -> None:
        heap = self.heap
        heap.append(node)
        if len(heap) > 1:
            _sift_up(heap, len(heap) - 1, node)

    def pop(self) -> Node:
        heap = self.heap
        last = heap.pop()
        if not heap:
            return last
        top = heap[0]
        size = len(heap)
        hole = 0
        child = 2
        while child < size:  # both children exist: move the later one up, the right one if they are equal
            if heap[child]._sequence_nr < heap[child - 1]._sequence_nr:
                child -= 1
            heap[hole] = heap[child]
            hole = child
            child = 2 * hole + 2
        if child == size:  # a left child only
            heap[hole] = heap[child - 1]
            hole = child - 1
        _sift_up(heap, hole, last)
        return top


def _sift_up(heap: list[Node], hole: int, node: Node) -> None:
    number = node._sequence_nr
    while hole:
        parent = (hole - 1) // 2
        if heap[parent]._sequence_nr >= number:
            break
        heap[hole] = heap[parent]
        hole = parent
    heap[hole] = node


Edge = tuple[Node, int]


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
    wanted = captures or accumulate
    needed = _needed([node for node, _ in roots], {node for node, _ in wanted}) if wanted is not None else None
    task = _Task(captures, needed, retain_graph)
    previous = mode.enabled
    mode.enabled = create_graph
    try:
        with np.errstate(all="ignore"):
            task.run(roots, grads)
    finally:
        mode.enabled = previous
    return [task.captured.get(edge) for edge in captures]


def _count_dependencies(roots: Iterable[Node]) -> dict[Node, int]:
    """How many gradients will arrive at each node that can be reached."""
    dependencies: dict[Node, int] = {}
    reached: list[Node] = []
    for root in roots:
        if root in dependencies:
            dependencies[root] += 1
        else:
            dependencies[root] = 1
            reached.append(root)
    for node in reached:  # grows while it is walked
        for following in node._edges:
            if following is not None:
                if following in dependencies:
                    dependencies[following] += 1
                else:
                    dependencies[following] = 1
                    reached.append(following)
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


class _Task:
    """One run through the graph."""

    def __init__(self, captures: Sequence[Edge], needed: set[Node] | None, retain_graph: bool) -> None:
        self.captures: dict[Node, list[Edge]] = {}
        for edge in captures:
            self.captures.setdefault(edge[0], []).append(edge)
        self.captured: dict[Edge, Any] = {}
        self.needed = needed
        self.retain_graph = retain_graph
        self.buffers: dict[Node, Any] = {}

    def run(self, roots: Sequence[Edge], grads: Sequence[Any]) -> None:
        dependencies = _count_dependencies([node for node, _ in roots])
        queue = ReadyQueue()
        buffers = self.buffers
        simple = self.needed is None
        retain_graph = self.retain_graph
        self._deliver([node for node, _ in roots], [number for _, number in roots], grads, dependencies, queue)
        heap = queue.heap
        while heap:
            node = heap.pop() if len(heap) == 1 else queue.pop()
            grad = buffers.pop(node, None)
            edges = node._edges
            extras = node._extras
            if not simple:
                if node not in self.needed:  # type: ignore[operator]
                    continue
                edges = tuple([each if each in self.needed else None for each in edges])  # type: ignore[operator]
            if extras is None and simple:
                following = node.apply(grad, edges) if grad is not None else (None,) * len(edges)
                grad = None
                if not retain_graph:
                    node.release()
                numbers = None
            else:
                following = self._run_with_extras(node, grad, edges, extras)
                grad = None
                numbers = extras.input_numbers if extras is not None else None
            if len(edges) == 1 and numbers is None:  # the most frequent case, spelled out
                (target,) = edges
                if target is not None:
                    (value,) = following
                    following = None
                    if target in buffers:
                        self._add(target, 0, value)
                    elif value is not None:
                        buffers[target] = value if target._extras is None else _first(target, 0, value)
                    value = None
                    left = dependencies[target] = dependencies[target] - 1
                    if not left:
                        if heap:
                            queue.push(target)
                        else:
                            heap.append(target)
            else:
                self._deliver(edges, numbers, following, dependencies, queue)
                following = None

    def _deliver(self, edges: Any, numbers: Any, grads: Any, dependencies: dict[Node, int], queue: ReadyQueue) -> None:
        """Hand each gradient to the node it is for; nodes that wait for no more of them become ready."""
        buffers = self.buffers
        for index, target in enumerate(edges):
            if target is None:
                continue
            value = grads[index]
            number = 0 if numbers is None else numbers[index]
            if value is not None:
                if target in buffers:
                    self._add(target, number, value)
                else:
                    buffers[target] = value if target._extras is None else _first(target, number, value)
            left = dependencies[target] = dependencies[target] - 1
            if not left:
                queue.push(target)

    def _add(self, target: Node, number: int, value: Any) -> None:
        """Add a further gradient to those that `target` has received."""
        if value is None:
            return
        buffers = self.buffers
        held = buffers[target]
        if isinstance(held, list):
            held[number] = value if held[number] is None else held[number] + value
        else:
            buffers[target] = held + value

    def _run_with_extras(self, node: Node, grad: Any, edges: Any, extras: Extras | None) -> Sequence[Any]:
        """Run a node that has hooks, several outputs, gradients to reduce, or is waited for."""
        if isinstance(node, AccumulateGrad) and grad is not None and (node in self.captures):
            grad = node.variable._run_hooks(grad)  # type: ignore[attr-defined]
        if extras is not None and grad is not None:
            grad = run_prehooks(extras, grad, capturing=bool(self.captures))
        if node in self.captures:
            for edge in self.captures[node]:
                self.captured[edge] = grad[edge[1]] if isinstance(grad, list) else grad
            if not any(edge is not None for edge in edges):
                return (None,) * len(edges)
        if isinstance(node, AccumulateGrad) and self.captures:
            return ()
        if grad is None:
            following: Sequence[Any] = (None,) * len(edges)
        else:
            following = node.apply(grad, edges)
            if extras is not None and extras.expected is not None:
                following = [
                    value if value is None or wanted is None else value._reduce_to(*wanted)
                    for value, wanted in zip(following, extras.expected)  # noqa: B905 - equal lengths
                ]
            if extras is not None and extras.hooks:
                following = run_posthooks(extras, following, grad)
        if not self.retain_graph:
            node.release()
        return following


def _first(target: Node, number: int, value: Any) -> Any:
    """The buffer of a node that a first gradient arrives at: a list if the node has several outputs."""
    outputs = target._extras.outputs  # type: ignore[union-attr]
    if outputs is None:
        return value
    held = [None] * len(outputs)
    held[number] = value
    return held


def run_prehooks(extras: Extras, grad: Any, capturing: bool = False) -> Any:
    """The hooks of the outputs' tensors, then `retain_grad`, then the node's own prehooks."""
    if extras.tensor_hooks:
        for number, hooks in extras.tensor_hooks.items():
            for hook in list(hooks.values()):
                value = grad[number] if isinstance(grad, list) else grad
                if value is None:
                    break
                replaced = hook(value)
                if replaced is not None:
                    if isinstance(grad, list):
                        grad[number] = replaced
                    else:
                        grad = replaced
    if extras.retained:
        for number, reference in extras.retained.items():
            tensor = reference()
            value = grad[number] if isinstance(grad, list) else grad
            if tensor is not None and tensor._retains_grad and value is not None:
                tensor._accumulate_retained(value)  # type: ignore[attr-defined]
    if extras.prehooks:
        grads = tuple(grad) if isinstance(grad, list) else (grad,)
        for hook in list(extras.prehooks.values()):
            replaced = hook(grads)
            if replaced is not None:
                grads = replaced if isinstance(replaced, tuple) else (replaced,)
        grad = list(grads) if isinstance(grad, list) else grads[0]
    return grad


def run_posthooks(extras: Extras, following: Sequence[Any], grad: Any) -> Sequence[Any]:
    """The hooks registered on the node, each given the gradients of the inputs and of the outputs."""
    grads = tuple(grad) if isinstance(grad, list) else (grad,)
    for hook in list(extras.hooks.values()):  # type: ignore[union-attr]
        replaced = hook(tuple(following), grads)
        if replaced is not None:
            following = replaced if isinstance(replaced, tuple) else (replaced,)
    return following


class _References:
    """How many references an otherwise unseen gradient has at `is_exclusive`, measured on one (interpreters differ)."""

    tensor = array = owner = 0


def is_exclusive(grad: TensorBase) -> bool:
    """Whether nobody else can see this gradient's memory, so that a leaf may keep it as its `.grad`."""
    array = grad._array
    if not isinstance(array, np.ndarray):
        return True  # NumPy scalars never change
    if getrefcount(grad) > _References.tensor or not array.flags.c_contiguous or array.ndim == 0:
        return False
    owner = array.base
    if owner is None:
        return getrefcount(array) <= _References.array
    whole = isinstance(owner, np.ndarray) and owner.size == array.size
    return whole and getrefcount(array) <= _References.array and getrefcount(owner) <= _References.owner


def measure_references(grad: TensorBase) -> bool:
    """Stands for `is_exclusive` once, in a run where the gradient is known to be unseen."""
    array = grad._array
    _References.tensor = getrefcount(grad)
    owner = array.base
    _References.array = getrefcount(array)
    owner = np.empty(1)[:].base
    _References.owner = getrefcount(owner)
    return False
