"""Saved tensors: what a node keeps for its formulas, and the check when it is taken out again.

Source: "Autograd mechanics", "Saved tensors" and "In-place correctness checks".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .base import Storage, TensorBase, storage
from .dtypes import INTEGER

if TYPE_CHECKING:
    from .node import Node

FREED_MESSAGE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward."
)


hint = (
    "enable anomaly detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True, check_nan=False)."
)
"""What to do about a changed tensor; anomaly mode, while it is on, puts its own advice here."""

DETACHED_MESSAGE = (
    "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is not supported, please "
    "use out-of-place `.detach()` instead"
)
DETACHED = 2**32  # what `detach_` adds to a tensor's version, by which what was saved before is found changed


class Unready:
    """What stands in a node for a tensor, and has to be unpacked.

    A tensor that has no storage record is ready, for nothing changed it; nodes ask for no more than that.
    """

    __slots__ = ()

    _storage = True


class Saved(Unready):
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


Storage.save = Saved


class SavedResult(Unready):
    """A node's own output, kept without the tensor that holds the node: there is no reference cycle.

    Where the output was written into a view, the tensor's origin is not the node but the view's, to which `origin` refers.
    """

    __slots__ = ("origin", "shadow", "version")

    def __init__(self, result: TensorBase) -> None:
        self.origin: Callable[[], Node | None] | None = None
        self.version = storage(result).version
        self.shadow = _alias(result)

    def unpack(self, node: Node) -> TensorBase:
        found = self.shadow._storage.version  # type: ignore[union-attr]
        result = _alias(self.shadow)
        if result._dtype.category > INTEGER:
            result._node = node if self.origin is None else self.origin() or node
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


class SavedList(tuple, Unready):
    """Several tensors saved under one name."""

    __slots__ = ()


class _Released(Unready):
    """Stands in a node for a tensor that was freed."""


RELEASED = _Released()
TENSOR_LIKE = (TensorBase, Saved, SavedResult, SavedList)


def save(tensor: TensorBase) -> TensorBase | Saved:
    """What a node keeps of an input: the tensor itself, with its version where that is not 0."""
    if tensor._storage is None or not tensor._storage.version:
        return tensor
    return tensor._storage.save(tensor, tensor._storage.version)


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


def saved_values(node: Node) -> tuple[Any, ...]:
    """All that a node saved."""
    saved: Any = node._saved
    if saved is None:
        return ()
    return saved if type(saved) is tuple else (saved,)


def modified_error(tensor: TensorBase, found: int, expected: int) -> RuntimeError:
    """PyTorch's refusal of a saved tensor that was changed in place."""
    if found // DETACHED != expected // DETACHED:
        return RuntimeError(DETACHED_MESSAGE)
    found, expected = found % DETACHED, expected % DETACHED
    node = tensor.grad_fn  # type: ignore[attr-defined]
    origin = f", which is output {tensor._output_nr} of {operation_of(node)}," if node is not None else ""
    sizes = list(tensor._array.shape)
    kind = tensor._dtype.class_name
    if tensor.is_meta:  # type: ignore[attr-defined]
        kind = f"Meta{tensor._dtype.legacy_name}Type"
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{kind} {sizes if sizes else '[]'}]{origin} is at version {found}; expected "
        f"version {expected} instead. Hint: {hint}"
    )


def operation_of(node: Node) -> str:
    """The operation's name, as messages give it: `Exp` of `ExpBackward0`, `T1` of `TBackward1`."""
    head, found, number = node.name().rpartition("Backward")
    return head + number.removeprefix("0") if found and (number.isdigit() or not number) else node.name()
