"""Runs of the graph that know more than a plain one: which run a hook is in, and what went wrong where.

The graph engine makes its runs from `graph_engine._Task`; who needs more puts a class from here in its place, so that
plain runs pay nothing for it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import count
from typing import Any

from . import graph_engine
from .graph_engine import Edge
from .node import AccumulateGrad, Node
from .ready_queue import ReadyQueue

_numbers = count()


class _Thread(threading.local):
    def __init__(self) -> None:
        self.task: Tracked | None = None
        self.node: Node | None = None


_thread = _Thread()


class Tracked(graph_engine._Task):
    """A run that what it calls can ask for."""

    counts_all = True

    def run(self, roots: Sequence[Edge], grads: list[Any]) -> None:
        """Run the graph, as this thread's current run."""
        self.number = next(_numbers)
        self.token = object()  # what hooks may keep of a run without keeping the run
        self.roots = [node for node, _ in roots]
        self.outer = before = _thread.task
        _thread.task = self
        try:
            self.run_nodes(roots, grads)
        finally:
            _thread.task = before

    def run_nodes(self, roots: Sequence[Edge], grads: list[Any]) -> None:
        """Run the nodes."""
        super().run(roots, grads)

    def will_run(self, node: Node) -> bool:
        """Whether this run reaches a node; raises `RuntimeError` for a leaf whose gradient is returned.

        A single root is not reached: it is where the run begins.
        """
        if isinstance(node, AccumulateGrad) and node in self.captures:
            raise RuntimeError(
                "A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). This is "
                "currently not supported."
            )
        return node in (self.dependencies if self.needed is None else self.needed) and [node] != self.roots

    def order(self) -> list[Node]:
        """The nodes in the order in which they run."""
        left = graph_engine._count_dependencies(self.roots)
        queue, found = ReadyQueue(), []
        for root in self.roots:
            left[root] -= 1
            if not left[root]:
                queue.push(root)
        while queue.heap:
            node = queue.pop()
            found.append(node)
            for following in node._edges:
                if following is not None:
                    left[following] -= 1
                    if not left[following]:
                        queue.push(following)
        return found


class Noted(Tracked):
    """A run that notes at which node it is, wherever that may call a program's own code."""

    def _run_plainly(self, node: Node) -> None:
        before, _thread.node = _thread.node, node
        try:
            super()._run_plainly(node)
        finally:
            _thread.node = before

    def _run_in_general(self, node: Node) -> None:
        before, _thread.node = _thread.node, node
        try:
            super()._run_in_general(node)
        finally:
            _thread.node = before


class OneByOne(Tracked):
    """A run that takes no short cuts, and notes at which node it is."""

    def run_nodes(self, roots: Sequence[Edge], grads: list[Any]) -> None:
        """Run each node in the general way."""
        self.dependencies = graph_engine._count_dependencies([node for node, _ in roots])
        for (node, number), grad in zip(roots, grads):
            self._deliver_one(node, number, grad)
        while self.queue.heap:
            node = self.queue.pop()
            before, _thread.node = _thread.node, node
            try:
                self._run_in_general(node)
            except Exception:
                self.failed(node)
                raise
            finally:
                _thread.node = before

    def failed(self, node: Node) -> None:
        """Called when a node has raised."""

    def _deliver(self, edges: Any, numbers: Any, outgoing: list[Any]) -> None:
        assert _thread.node is not None
        self.computed(_thread.node, outgoing[::-1])
        super()._deliver(edges, numbers, outgoing)

    def computed(self, node: Node, grads: Sequence[Any]) -> None:
        """Called with the gradients that a node has computed."""


class _Classes:
    """The class of runs, as far as it was asked for: a special one goes before the usual one."""

    usual: Any = graph_engine._Task
    special: Any = None


def track() -> None:
    """Have runs be known to what they call, from now on."""
    if not issubclass(_Classes.usual, Tracked):
        _Classes.usual = Tracked
        run_by(_Classes.special)


def note_nodes() -> None:
    """Have runs note at which node they are, from now on."""
    _Classes.usual = Noted
    run_by(_Classes.special)


def run_by(special: type[Tracked] | None) -> None:
    """Have runs be of this class, until it is None."""
    _Classes.special = special
    graph_engine._Task = special or _Classes.usual  # type: ignore[misc]


def current() -> Tracked | None:
    """The run that this thread is in, if it is in one."""
    return _thread.task


def current_task() -> Tracked:
    """The run that this thread is in."""
    if _thread.task is None:
        raise AssertionError("expected this hook to be called inside a backward call")
    return _thread.task


def current_node() -> Node | None:
    """The node that this thread runs, where runs go one by one."""
    return _thread.node


def current_token() -> Any:
    """What tells the run that this thread is in from other runs; None outside of any."""
    return None if _thread.task is None else _thread.task.token


def accumulates_everything() -> bool:
    """Whether this thread's run, and those around it, add to all the leaves that they reach."""
    task = _thread.task
    while task is not None and task.needed is None:
        task = task.outer
    return task is None
