"""Nodes of the backward graph: what they know and compute, and the node at each leaf.

Source: "Autograd mechanics", sections "How autograd encodes the history" and "Saved tensors".
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from .base import TensorBase
from .hooks import RemovableHandle
from .saved import RELEASED, TENSOR_LIKE

next_sequence_nr = itertools.count().__next__


class Extras:
    """What only few nodes have; kept apart so that the others stay small."""

    input_numbers: tuple[int, ...] | None = None  # which output of each next node an edge leads to
    expected: tuple[Any, ...] | None = (
        None  # (shape, dtype) of each input, where a gradient must be reduced to it
    )
    outputs: list[tuple[Any, Any]] | None = None  # (shape, dtype) of each output, of nodes with several
    metadata: dict[Any, Any] | None = None
    prehooks: dict[int, Callable[..., Any]] | None = None
    hooks: dict[int, Callable[..., Any]] | None = None
    tensor_hooks: dict[int, dict[int, Callable[..., Any]]] | None = None  # by output
    retained: dict[int, weakref.ref[TensorBase]] | None = None  # tensors whose .grad to fill, by output


class Node:
    """One recorded operation. `_edges` are the nodes of its differentiable inputs, None for constants.

    `apply(grad, edges)` gives the vector-Jacobian product for each input whose edge is not None; of a node with
    several outputs, `grad` is the list of their gradients.
    """

    __slots__ = ("__weakref__", "_edges", "_extras", "_saved", "_sequence_nr")

    inputs = 0  # 1 and 2: the graph engine knows these nodes' shapes, see below
    apply: Callable[..., Sequence[Any]]
    _edges: tuple[Node | None, ...]
    _extras: Extras | None
    _saved: Any
    _sequence_nr: int

    def name(self) -> str:
        """The name, such as `MulBackward0`."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with the number of its output that was used."""
        numbers = self._extras.input_numbers if self._extras is not None else None
        edges = [None if isinstance(edge, Nowhere) else edge for edge in self._edges]
        return tuple(zip(edges, numbers or (0,) * len(edges)))

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes."""
        extras = self.extras()
        if extras.metadata is None:
            extras.metadata = {}
        return extras.metadata

    def extras(self) -> Extras:
        """The node's extras, made when first needed."""
        if self._extras is None:
            self._extras = Extras()
        return self._extras

    def _sequence_number(self) -> int:
        return self._sequence_nr

    def _input_metadata_count(self) -> int:
        outputs = self._extras.outputs if self._extras is not None else None
        return 1 if outputs is None else len(outputs)

    def __call__(self, *grads: Any) -> Any:
        """Compute the vector-Jacobian product by hand, recorded if grad mode is on."""
        expected = self._input_metadata_count()
        if len(grads) != expected:
            raise TypeError(f"expected {expected} arguments, got {len(grads)} instead")
        for index, grad in enumerate(grads):
            if grad is not None and not isinstance(grad, TensorBase):
                raise TypeError(f"argument {index} is not a Variable")
        if all(grad is None for grad in grads):
            results: Sequence[Any] = (None,) * len(self._edges)
        else:
            results = self.apply(grads[0] if expected == 1 else list(grads), self._edges)
        return results[0] if len(results) == 1 else tuple(results)

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after the node has run; a result replaces the grad_inputs."""
        extras = self.extras()
        if extras.hooks is None:
            extras.hooks = {}
        return RemovableHandle(extras.hooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_outputs)` before the node runs; a result replaces the grad_outputs."""
        extras = self.extras()
        if extras.prehooks is None:
            extras.prehooks = {}
        return RemovableHandle(extras.prehooks, hook)

    def release(self) -> None:
        """Forget the saved tensors; what is no tensor stays, as in PyTorch."""
        if self._saved is not None:
            self._saved = tuple(
                [RELEASED if isinstance(value, TENSOR_LIKE) else value for value in self._saved]
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


# The nodes of most operations have one or two inputs. They keep edges and saved values in slots of their own: a
# tuple for each would double what the cyclic garbage collector has to look at, which cost a third of a long chain.


class UnaryNode(Node):
    """A node with one input. `_saved` is a tuple, or the one thing saved itself where there is only one."""

    __slots__ = ("_edge",)

    inputs = 1
    vjp: Callable[..., Any]
    _edge: Node | None
    _edges = property(lambda self: (self._edge,))

    def apply(self, grad: Any, edges: Any) -> Sequence[Any]:
        """The vector-Jacobian product, by the formula."""
        return (self.vjp(grad),)


class BinaryNode(Node):
    """A node with two inputs, `self` and `other`, of which it keeps what its formulas need."""

    __slots__ = ("_edge", "_edge_of_other", "_kept_other", "_kept_result", "_kept_self")

    inputs = 2
    other_first = False  # which formula runs first
    vjp: Callable[..., Any]
    vjp_of_other: Callable[..., Any]
    _edge: Node | None
    _edge_of_other: Node | None
    _kept_self: Any
    _kept_other: Any
    _kept_result: Any
    _edges = property(lambda self: (self._edge, self._edge_of_other))
    _saved = property(lambda self: (self._kept_self, self._kept_other, self._kept_result))

    def apply(self, grad: Any, edges: Any) -> Sequence[Any]:
        """The vector-Jacobian products, in the order in which PyTorch's generated code computes them."""
        one, two = edges
        if self.other_first:
            for_other = None if two is None else self.vjp_of_other(grad)
            return (None if one is None else self.vjp(grad), for_other)
        return (None if one is None else self.vjp(grad), None if two is None else self.vjp_of_other(grad))

    def release(self) -> None:
        """Forget the saved tensors."""
        self._kept_self = None if self._kept_self is None else RELEASED
        self._kept_other = None if self._kept_other is None else RELEASED
        self._kept_result = None if self._kept_result is None else RELEASED


def reduce_to_inputs(node: Node, grads: Sequence[Any]) -> Sequence[Any]:
    """Sum broadcast dimensions away and cast, so that each gradient has its input's shape and type."""
    expected = node._extras.expected if node._extras is not None else None
    if expected is None:
        return grads
    return [
        grad if grad is None or wanted is None else grad._reduce_to(*wanted)
        for grad, wanted in zip(grads, expected)
    ]


class AccumulateGrad(Node):
    """The node of a leaf: adds what arrives to the leaf's `.grad`."""

    __slots__ = ("variable",)

    def __init__(self, variable: TensorBase) -> None:
        self.variable = variable
        self._edges = ()
        self._extras = None
        self._saved = None
        self._sequence_nr = 2**64 - 1  # before everything else that is ready

    def name(self) -> str:
        """Its qualified name, which only this node shows."""
        return "torch::autograd::AccumulateGrad"

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        """Add `grad` to the variable's `.grad`."""
        self.variable._accumulate(grad)  # type: ignore[attr-defined]
        return ()

    def __call__(self, *grads: Any) -> tuple[Any, ...]:
        return self.apply(grads[0], ())


class Nowhere(Node):
    """Where gradients of a view that was made under `no_grad` go: the edge shows as None."""

    __slots__ = ()

    def __init__(self) -> None:
        self._edges = ()
        self._extras = None
        self._saved = None
        self._sequence_nr = 0

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        """Drop the gradient."""
        return ()


NOWHERE = Nowhere()


def accumulator(leaf: TensorBase) -> Node:
    """The leaf's AccumulateGrad: one as long as any graph holds it."""
    if leaf._view_refusal is not None:
        return NOWHERE
    reference = leaf._accumulator
    found = reference() if reference is not None else None
    if found is None:
        found = AccumulateGrad(leaf)
        leaf._accumulator = weakref.ref(found)
    return found


def gradient_edge(tensor: TensorBase) -> Node | None:
    """The node that a gradient of `tensor` goes to; None if it needs none."""
    if tensor._node is not None:
        return tensor._node
    return accumulator(tensor) if tensor._requires_grad else None
