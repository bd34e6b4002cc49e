"""Nodes of the backward graph: what they know, what they saved, and the node at each leaf.

Source: "Autograd mechanics", sections "How autograd encodes the history" and "Saved tensors".
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from .base import TensorBase, storage
from .dtypes import INTEGER

next_sequence_nr = itertools.count().__next__

FREED_MESSAGE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward."
)


class Extras:
    """What only few nodes have; kept apart so that the others stay small."""

    input_numbers: tuple[int, ...] | None = None  # which output of each next node an edge leads to
    expected: tuple[Any, ...] | None = None  # (shape, dtype) of each input, where a gradient must be reduced to it
    outputs: list[tuple[Any, Any]] | None = None  # (shape, dtype) of each output, of nodes with several
    metadata: dict[Any, Any] | None = None
    prehooks: dict[int, Callable[..., Any]] | None = None
    hooks: dict[int, Callable[..., Any]] | None = None
    tensor_hooks: dict[int, dict[int, Callable[..., Any]]] | None = None  # by output
    retained: dict[int, weakref.ref[TensorBase]] | None = None  # tensors whose .grad to fill, by output


class Node:
    """One recorded operation. `_edges` are the nodes of its differentiable inputs, None for constants."""

    __slots__ = ("__weakref__", "_edges", "_extras", "_saved", "_sequence_nr")

    saved_names: tuple[str, ...] = ()
    apply: Callable[..., tuple[Any, ...]]
    _edges: tuple[Node | None, ...]
    _extras: Extras | None
    _saved: tuple[Any, ...] | None
    _sequence_nr: int

    def name(self) -> str:
        """The name, such as `MulBackward0`."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with the number of its output that was used."""
        numbers = self._extras.input_numbers if self._extras is not None else None
        edges = [None if isinstance(edge, Nowhere) else edge for edge in self._edges]
        return tuple(zip(edges, numbers or (0,) * len(edges)))  # noqa: B905 - equal lengths

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
            self._saved = tuple([RELEASED if isinstance(value, TENSOR_LIKE) else value for value in self._saved])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


class RemovableHandle:
    """Takes a hook away again, by `remove()` or at the end of a `with` block."""

    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        self.id = next(self._ids)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def run_tensor_hooks(hooks: dict[int, Callable[..., Any]], grad: Any) -> Any:
    """Call a tensor's hooks on its gradient; each may replace it, by one of the same shape and type."""
    for hook in list(hooks.values()):
        replaced = hook(grad)
        if replaced is not None:
            grad = _checked_replacement(hook, grad, replaced)
    return grad


def _checked_replacement(hook: Any, grad: Any, replaced: Any) -> Any:
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(replaced, TensorBase):
        raise TypeError(f"expected Variable, but hook returned '{type(replaced).__name__}'")
    if replaced._dtype is not grad._dtype:
        types = [f"torch.{each._dtype.legacy_name}Tensor" for each in (grad, replaced)]
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {types[0]} got {types[1]})")
    if replaced._array.shape != grad._array.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    return replaced


class Saved:
    """A tensor saved after it had been changed in place: it is checked against the version it had then."""

    __slots__ = ("tensor", "version")

    def __init__(self, tensor: TensorBase, version: int) -> None:
        self.tensor = tensor
        self.version = version

    def unpack(self, node: Node) -> TensorBase:
        found = self.tensor._storage.version  # type: ignore[union-attr]
        if found != self.version:
            raise modified_error(self.tensor, found, self.version)
        return self.tensor


class SavedResult:
    """A node's own output, kept without the tensor that holds the node: there is no reference cycle."""

    __slots__ = ("shadow", "version")

    def __init__(self, result: TensorBase) -> None:
        self.version = storage(result).version
        self.shadow = _alias(result)

    def unpack(self, node: Node) -> TensorBase:
        found = self.shadow._storage.version  # type: ignore[union-attr]
        result = _alias(self.shadow)
        if result._dtype.category > INTEGER:
            result._node = node
            result._output_nr = self.shadow._output_nr
        if found != self.version:
            raise modified_error(result, found, self.version)
        return result


def _alias(tensor: TensorBase) -> TensorBase:
    other = object.__new__(type(tensor))
    other._array = tensor._array
    other._dtype = tensor._dtype
    other._storage = tensor._storage
    other._output_nr = tensor._output_nr
    return other


class _Released:
    """Stands in a node for a tensor that was freed."""


RELEASED = _Released()
TENSOR_LIKE = (TensorBase, Saved, SavedResult)


def save(tensor: TensorBase) -> TensorBase | Saved:
    """What a node keeps of an input: the tensor itself, with its version where that is not 0."""
    if tensor._storage is None or not tensor._storage.version:
        return tensor
    return Saved(tensor, tensor._storage.version)


def unpack(saved: Any, node: Node) -> Any:
    """The saved value, after the check that nobody changed it in place; raises `RuntimeError` if somebody did."""
    if isinstance(saved, TensorBase):
        found = saved._storage
        if found is not None and found.version:
            raise modified_error(saved, found.version, 0)
        return saved
    if isinstance(saved, (Saved, SavedResult)):
        return saved.unpack(node)
    if saved is RELEASED:
        raise RuntimeError(FREED_MESSAGE)
    if isinstance(saved, SavedList):
        return [unpack(each, node) for each in saved]
    return saved


class SavedList(tuple):  # type: ignore[type-arg]
    """Several tensors saved under one name."""

    __slots__ = ()


TENSOR_LIKE = (*TENSOR_LIKE, SavedList)  # type: ignore[assignment]


def modified_error(tensor: TensorBase, found: int, expected: int) -> RuntimeError:
    """PyTorch's refusal of a saved tensor that was changed in place."""
    node = tensor._node
    origin = f", which is output {tensor._output_nr} of {_operation_of(node)}," if node is not None else ""
    sizes = list(tensor._array.shape)
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.{tensor._dtype.legacy_name}Tensor {sizes if sizes else '[]'}]{origin} is at version {found}; expected "
        f"version {expected} instead. Hint: enable anomaly detection to find the operation that failed to compute its "
        "gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def _operation_of(node: Node) -> str:
    """The operation's name, as messages give it: `Exp` of `ExpBackward0`."""
    return node.name().rstrip("0123456789").removesuffix("Backward")


def reduce_to_inputs(node: Node, grads: Sequence[Any]) -> Sequence[Any]:
    """Sum broadcast dimensions away and cast, so that each gradient has its input's shape and type."""
    expected = node._extras.expected if node._extras is not None else None
    if expected is None:
        return grads
    return [
        grad if grad is None or wanted is None else grad._reduce_to(*wanted) for grad, wanted in zip(grads, expected)  # noqa: B905
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

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:  # type: ignore[override]
        """Add `grad` to the variable's `.grad`."""
        self.variable._accumulate(grad)  # type: ignore[attr-defined]
        return ()

    def __call__(self, *grads: Any) -> tuple[Any, ...]:  # type: ignore[override]
        return self.apply(grads[0], ())


class Nowhere(Node):
    """Where gradients of a view that was made under `no_grad` go: the edge shows as None."""

    __slots__ = ()

    def __init__(self) -> None:
        self._edges = ()
        self._extras = None
        self._saved = None
        self._sequence_nr = 0

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:  # type: ignore[override]
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
