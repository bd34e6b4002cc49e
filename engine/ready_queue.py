"""Which node of the backward graph runs next, in PyTorch's order."""

from __future__ import annotations

from .node import Node


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
            if heap[child]._number < heap[child - 1]._number:
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
    number = node._number
    while hole:
        parent = (hole - 1) // 2
        if heap[parent]._number >= number:
            break
        heap[hole] = heap[parent]
        hole = parent
    heap[hole] = node
