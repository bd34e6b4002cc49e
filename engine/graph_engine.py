"""Runs the backward graph: iteratively, in PyTorch's order.

Nodes are counted first (how many gradients each will receive), then run from a priority queue: a node is ready
when all its gradients have arrived, later recorded nodes go first, AccumulateGrad before everything else.
Source: "Autograd mechanics"; the order is what hooks show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from .base import TensorBase, storage
from .grad_mode import mode
from .node import AccumulateGrad, Extras, Node, reduce_to_inputs, run_tensor_hooks, unpack


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
        heap = queue.heap
        buffers = self.buffers
        retain_graph = self.retain_graph
        needed = self.needed
        numbers = [number for _, number in roots]
        self._deliver([node for node, _ in roots], numbers, [*reversed(grads)], dependencies, queue)
        while heap:
            node = heap.pop() if len(heap) == 1 else queue.pop()
            edges = node._edges
            if node._extras is not None or needed is not None:
                self._run_with_extras(node, buffers.pop(node, None), dependencies, queue)
                continue
            grad = buffers.pop(node, None)
            if grad is None:
                outgoing = [None] * len(edges)
            else:
                outgoing = [*node.apply(grad, edges)]
                grad = None
                outgoing.reverse()
            if not retain_graph:
                node.release()
            for target in edges:
                value = outgoing.pop()  # taken out: nothing here may hold what the next node is to own
                if target is None:
                    continue
                if value is not None:
                    if target in buffers:
                        self._add(target, 0, value)
                    else:
                        buffers[target] = value if target._extras is None else _first(target, 0, value)
                left = dependencies[target] = dependencies[target] - 1
                if not left:
                    if heap:
                        queue.push(target)
                    else:
                        heap.append(target)
            value = None

    def _deliver(
        self, edges: Any, numbers: Any, outgoing: list[Any], dependencies: dict[Node, int], queue: ReadyQueue
    ) -> None:
        """Hand each gradient, taken from the end of `outgoing`, to the node it is for; some become ready."""
        buffers = self.buffers
        for index, target in enumerate(edges):
            value = outgoing.pop()
            if target is None:
                continue
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
        elif mode.enabled or not can_accumulate_in_place(held):
            buffers[target] = held + value
        elif isinstance(held._array, np.ndarray):
            held._array += value._array
            storage(held).version += 1
        else:
            held._array = held._array + value._array
            storage(held).version += 1

    def _run_with_extras(self, node: Node, grad: Any, dependencies: dict[Node, int], queue: ReadyQueue) -> None:
        """Run a node that has hooks, several outputs or gradients to reduce, or that may not be needed at all."""
        edges, extras = node._edges, node._extras or _NO_EXTRAS
        if self.needed is not None:
            if node not in self.needed:
                return
            edges = tuple([each if each in self.needed else None for each in edges])
        if extras is not _NO_EXTRAS and grad is not None:
            grad = run_prehooks(extras, grad)
        if node in self.captures:
            self._capture(node, grad)
            if not any(edge is not None for edge in edges):
                return
        outgoing: list[Any] = [None] * len(edges)
        if grad is not None:
            if self.needed is not None:
                _check_saved(node)
            outgoing = [*reduce_to_inputs(node, node.apply(grad, edges))]
            if extras.hooks:
                outgoing = [*run_posthooks(extras.hooks, outgoing, grad)]
            grad = None
            outgoing.reverse()
        if not self.retain_graph:
            node.release()
        self._deliver(edges, extras.input_numbers, outgoing, dependencies, queue)

    def _capture(self, node: Node, grad: Any) -> None:
        if isinstance(node, AccumulateGrad) and grad is not None:
            grad = node.variable._run_hooks(grad)  # type: ignore[attr-defined]
        for edge in self.captures[node]:
            self.captured[edge] = grad[edge[1]] if isinstance(grad, list) else grad


_NO_EXTRAS = Extras()


def _check_saved(node: Node) -> None:
    """Unpack all that a node saved: what was changed is refused also where the inputs asked for do not need it."""
    for saved in node._saved or ():
        unpack(saved, node)


def _first(target: Node, number: int, value: Any) -> Any:
    """The buffer of a node that a first gradient arrives at: a list if the node has several outputs."""
    outputs = target._extras.outputs  # type: ignore[union-attr]
    if outputs is None:
        return value
    held = [None] * len(outputs)
    held[number] = value
    return held


def run_prehooks(extras: Extras, grad: Any) -> Any:
    """The hooks of the outputs' tensors, then `retain_grad`, then the node's own prehooks."""
    if extras.tensor_hooks:
        for number, hooks in extras.tensor_hooks.items():
            if not isinstance(grad, list):
                grad = run_tensor_hooks(hooks, grad)
            elif grad[number] is not None:
                grad[number] = run_tensor_hooks(hooks, grad[number])
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


def run_posthooks(hooks: dict[int, Callable[..., Any]], following: Sequence[Any], grad: Any) -> Sequence[Any]:
    """The hooks registered on the node, each given the gradients of the inputs and of the outputs."""
    grads = tuple(grad) if isinstance(grad, list) else (grad,)
    for hook in list(hooks.values()):
        replaced = hook(tuple(following), grads)
        if replaced is not None:
            following = replaced if isinstance(replaced, tuple) else (replaced,)
    return following


# ---- who else holds a gradient -----------------------------------------------------------------------------
# PyTorch adds gradients in place, and lets a leaf keep one without a copy, where its reference counts say that
# nobody else can see it. So does the engine; how many references that makes is measured, for interpreters differ.


class _References:
    held = held_array = arriving = replaced = array = owner = 0


def can_accumulate_in_place(held: TensorBase) -> bool:
    """Whether a buffered gradient and its memory are held by the buffer only."""
    array = held._array
    if getrefcount(held) > _References.held or held._base is not None:
        return False
    more = getrefcount(array) - _References.held_array
    return not isinstance(array, np.ndarray) or _owns_memory(array, more, 0)


def is_exclusive(grad: TensorBase, leaf: TensorBase, replaced: bool = False) -> bool:
    """Whether nobody else can see this gradient or its memory, so that the leaf may keep it as its `.grad`.

    Its layout must be the leaf's, too. `replaced`: it comes from a hook, not from the graph.
    """
    array = grad._array
    if getrefcount(grad) > (_References.replaced if replaced else _References.arriving):
        return False
    if not isinstance(array, np.ndarray):
        return True  # NumPy scalars never change
    base = grad._base
    if base is not None and getrefcount(base) > 3:  # the view's field, this local, and the call's argument
        return False
    more = getrefcount(array) - _References.array
    return _owns_memory(array, more, base is not None) and has_layout_of(array, leaf._array)


def _owns_memory(array: np.ndarray[Any, Any], more: int, through_base: int) -> bool:
    """Whether the array, held `more` often than it should be, is the only way to its memory."""
    if more > 0:
        return False
    owner = array.base
    if owner is None:
        return True
    whole = isinstance(owner, np.ndarray) and owner.size == array.size
    return whole and getrefcount(owner) <= _References.owner + through_base


def has_layout_of(array: np.ndarray[Any, Any], leaf: Any) -> bool:
    """Whether two arrays of one shape lie in memory in the same order; a leaf with gaps wants it contiguous."""
    if array.flags.c_contiguous:
        return not isinstance(leaf, np.ndarray) or leaf.flags.c_contiguous or not _is_dense(leaf)
    return isinstance(leaf, np.ndarray) and _is_dense(leaf) and array.strides == leaf.strides


def _is_dense(array: np.ndarray[Any, Any]) -> bool:
    """Whether the elements fill a stretch of memory without gaps or overlaps, in whatever order."""
    step = array.itemsize
    for stride, size in sorted(zip(array.strides, array.shape)):  # noqa: B905 - equal lengths
        if size > 1:
            if stride != step:
                return False
            step *= size
    return True


def copy_in_layout_of(array: Any, leaf: Any) -> Any:
    """A copy that lies in memory as the leaf does, or contiguous if the leaf has gaps."""
    if not isinstance(array, np.ndarray):
        return array
    copied = np.empty_like(leaf, dtype=array.dtype) if isinstance(leaf, np.ndarray) and _is_dense(leaf) else np.empty(array.shape, array.dtype)
    copied[...] = array
    return copied


def measure_buffered(held: TensorBase) -> bool:
    """Stands for `can_accumulate_in_place` once, where the gradient is known to be unseen."""
    array = held._array
    _References.held = getrefcount(held)
    _References.held_array = getrefcount(array)
    return False


def measure_arriving(grad: TensorBase, leaf: TensorBase, replaced: bool = False) -> bool:
    """Stands for `is_exclusive`, where the gradient is known to be unseen."""
    array = grad._array
    if replaced:
        _References.replaced = getrefcount(grad)
        return False
    _References.arriving = getrefcount(grad)
    _References.array = getrefcount(array)
    view = np.empty(1)[:]
    owner = view.base
    _References.owner = getrefcount(owner)
    return False
