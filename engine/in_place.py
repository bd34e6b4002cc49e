"""Changes in place: who may be changed, and how the histories of a tensor, its base and its views follow.

Source: "Autograd mechanics", "In-place correctness checks".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .base import TensorBase, storage
from .grad_mode import mode
from .node import Node, gradient_edge, next_sequence_nr
from .op import geometry, wrap
from .ops.slicing import as_strided
from .ops.views import contiguous_format
from .saved import SavedResult, saved_values

_REFUSALS = {
    "no_grad": (
        "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use case is "
        "ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either "
        "both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to "
        "be tracked)."
    ),
    "multiple": (
        "Output {number} of {name} is a view and is being modified inplace. This view is the output of a function that returns "
        "multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace "
        "operation by an out-of-place one."
    ),
}


def check_view_made_in_no_grad(view: Any) -> None:
    """Raise `RuntimeError` if the view's memory was changed since it was made: its history is unclear then."""
    if view._requires_grad and view._storage.version != view._view_version:
        raise RuntimeError(
            "A view was created in no_grad mode and its base or another view of its base has been modified inplace with grad "
            "mode enabled. Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by "
            "moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be "
            "tracked) or both outside (if you want the inplace to be tracked)."
        )


def check(self: Any) -> None:
    """Raise `RuntimeError` if `self` must not be changed in place where operations are recorded."""
    if not mode.enabled:
        return
    base = self._base
    if base is None:
        if self._requires_grad and self._node is None:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        return
    if self._view_refusal is not None and (
        self._node is not None or base._node is not None or base._requires_grad
    ):
        name = self._node.name().replace("Backward0", "") if self._node is not None else ""
        raise RuntimeError(_REFUSALS[self._view_refusal].format(number=self._output_nr, name=name))
    if base._requires_grad and base._node is None and (self._node is not None or self._requires_grad):
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation."
        )


def in_place(operation: Callable[..., Any], name: str, ufunc: Any = None) -> Callable[..., Any]:
    """The in-place form of an operation: `mul_` of `mul`.

    `ufunc` does the same on arrays: with it, what is not recorded needs no array for the result.
    """

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        check(self)
        recorded = mode.enabled and (_is_tracked(self) or any(_is_tracked(arg) for arg in args))
        if not recorded and ufunc is not None and _written_directly(self, ufunc, *args, **kwargs):
            return self
        operand = _as_it_was(self) if recorded else self
        return write(self, operation(operand, *args, **kwargs))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{operation.__name__}`, written over `self`."
    return call


def _written_directly(self: Any, ufunc: Any, other: Any = None, *, alpha: float = 1, **others: Any) -> bool:
    """Do the operation on the memory itself, if both operands have one floating type and fit."""
    array = self._array
    if others or not isinstance(array, np.ndarray) or not isinstance(other, TensorBase) or 0 in array.strides:
        return False
    operand = other._array
    if other._dtype is not self._dtype or not self._dtype.is_floating_point or operand.shape != array.shape:
        return False
    ufunc(array, operand if alpha == 1 else operand * self._dtype.numpy.type(alpha), out=array)
    storage(self).version += 1
    if mode.enabled:
        refresh_views(self)
    return True


def _is_tracked(value: Any) -> bool:
    return isinstance(value, TensorBase) and (value._node is not None or value._requires_grad)


def _as_it_was(self: Any) -> Any:
    """A copy of the values with the same history: what the operation's node may save of its input."""
    copy = wrap(self._array.copy(), self._dtype)
    copy._node = self._node
    copy._output_nr = self._output_nr
    copy._requires_grad = self._requires_grad
    copy._accumulator = self._accumulator
    return copy


def write(self: Any, result: Any) -> Any:
    """Put the values of `result` into `self`'s memory, and give `self` the history of `result`."""
    if result._array.shape != self._array.shape:
        raise RuntimeError(
            f"output with shape {list(self._array.shape)} doesn't match the broadcast shape {list(result._array.shape)}"
        )
    if result._dtype.category > self._dtype.category:
        raise RuntimeError(
            f"result type {result._dtype.legacy_name} can't be cast to the desired output type {self._dtype.legacy_name}"
        )
    node = result._node
    if node is not None and result._dtype is not self._dtype:
        result = result.to(self._dtype)
        node = result._node
    store(self, result._array)
    if mode.enabled and node is not None:
        _share_saved_result(node, self)
        rebase_history(self, node, result._output_nr)
    elif mode.enabled:
        refresh_views(self)
    return self


def store(self: Any, values: Any) -> None:
    """Overwrite the values and count the version up."""
    if self._storage is None:
        storage(self)
    if isinstance(self._array, np.ndarray):
        if 0 in self._array.strides and any(
            not stride and size > 1 for stride, size in zip(self._array.strides, self._array.shape)
        ):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
                "clone() the tensor before performing the operation."
            )
        self._array[...] = values
    else:
        self._array = self._array.dtype.type(values)
    self._storage.version += 1


def _share_saved_result(node: Node, self: Any) -> None:
    """What the node saved of its result is `self` from now on, at the version it has after the write."""
    for saved in saved_values(node):
        if isinstance(saved, SavedResult):
            saved.shadow._array = self._array
            saved.shadow._storage = self._storage
            saved.version = self._storage.version


def rebase_history(self: Any, node: Node, output_nr: int = 0) -> None:
    """Make `node` the origin of `self`; where `self` is a view, its base becomes the result of `CopySlices`."""
    base = self._base
    if base is None:
        _retain_at(self, node, output_nr)
        self._node = node
        self._output_nr = output_nr
        self._requires_grad = False
    else:
        base._node = CopySlices.over(base, self, node)
        base._output_nr = 0
        base._requires_grad = False
    refresh_views(self)


def _retain_at(self: Any, node: Node, output_nr: int) -> None:
    """A tensor whose gradient is retained keeps that of its latest history."""
    if self._retains_grad:
        self._node.extras().retained.pop(self._output_nr)
        self._retains_grad = False
        self._node, self._output_nr = node, output_nr
        self.retain_grad()


def refresh_views(self: Any) -> None:
    """Views of a base with a new history get theirs from it."""
    base = self if self._base is None else self._base
    if self._storage is None or base._node is None:
        return
    for view in self._storage.live_views():
        if view._base is base:
            restore_history(view, base)


def restore_history(view: Any, base: Any) -> None:
    """The view's history, as the strided part of the base that it is."""
    again = as_strided(base, *geometry(view)[:3])
    again._storage.views.pop()
    view._node = again._node
    view._output_nr = 0


class CopySlices(Node):
    """A base after one of its views was written: the view's part goes through the write's own node.

    Its inputs are the base as it was and whatever else the write's node has as inputs.
    """

    __slots__ = ("geometry", "inner")

    geometry: tuple[Any, Any, int]
    inner: Any

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    @classmethod
    def over(cls, base: Any, view: Any, inner: Node) -> CopySlices:
        node = object.__new__(cls)
        node._edges = (gradient_edge(base), *inner._edges[1:])
        node._sequence_nr = next_sequence_nr()
        node._extras = None
        node._saved = None
        shape, steps, offset, _ = geometry(view)
        node.geometry = (shape, steps, offset - geometry(base)[2])
        node.inner = inner
        numbers = inner._extras.input_numbers if inner._extras is not None else None
        expected = inner._extras.expected if inner._extras is not None else None
        if numbers is not None or base._output_nr:
            node.extras().input_numbers = (base._output_nr, *(numbers or (0,) * len(inner._edges))[1:])
        if expected is not None:
            node.extras().expected = (None, *expected[1:])
        return node

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        shape, steps, offset = self.geometry
        result = grad.clone().contiguous()
        part = as_strided(result, shape, steps, offset)
        first, *others = self.inner.apply(
            part.clone(memory_format=contiguous_format), (self.inner._edges[0], *edges[1:])
        )
        if first is None:
            part.zero_()
        else:
            part.copy_(first._reduce_to(shape, part._dtype))
        return (None if edges[0] is None else result, *others)

    def release(self) -> None:
        self.inner.release()


# ---- copying and filling -----------------------------------------------------------------------------------


class CopyBackwards(Node):
    """`copy_`: nothing flows to what was overwritten, everything to the source."""

    __slots__ = ()

    def name(self) -> str:
        return "torch::autograd::CopyBackwards"

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        return (
            None if edges[0] is None else grad.new_zeros(grad._array.shape),
            None if edges[1] is None else grad,
        )


class FillBackward2(Node):
    """`fill_` with a number."""

    __slots__ = ()

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        return (grad.new_zeros(grad._array.shape),)


class FillBackward3(Node):
    """`fill_` with a 0-d tensor, which receives the sum."""

    __slots__ = ()

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        return (
            None if edges[0] is None else grad.new_zeros(grad._array.shape),
            None if edges[1] is None else grad.sum(),
        )


class ZeroBackward0(FillBackward2):
    """`zero_`."""

    __slots__ = ()


def _record(self: Any, node_class: type[Node], *sources: Any) -> None:
    node = object.__new__(node_class)
    node._edges = tuple([gradient_edge(each) if each is not None else None for each in (self, *sources)])
    node._sequence_nr = next_sequence_nr()
    node._extras = None
    node._saved = None
    for each in sources:
        extras = node.extras()
        extras.expected = (None, (each._array.shape, each._dtype))
        extras.input_numbers = (self._output_nr, each._output_nr)
    rebase_history(self, node)


def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """Overwrite with the values of `src`, broadcast and cast."""
    check(self)
    if not isinstance(src, TensorBase):
        src = wrap(np.asarray(src)[()])
    if src._array.shape != self._array.shape:
        src.expand(self._array.shape)  # its refusals are copy_'s
    tracked = _is_tracked(self), _is_tracked(src)
    store(self, np.broadcast_to(src._array, self._array.shape).astype(self._dtype.numpy, copy=False))
    if mode.enabled and any(tracked):
        _record(self, CopyBackwards, src)
    return self


def fill_(self: Any, value: Any) -> Any:
    """Overwrite every element with one value."""
    if isinstance(value, TensorBase):
        if value._array.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value._array.ndim} dimensions."
            )
        check(self)
        tracked = _is_tracked(self) or _is_tracked(value)
        store(self, value._array.astype(self._dtype.numpy))
        if mode.enabled and tracked:
            _record(self, FillBackward3, value)
        return self
    check(self)
    tracked = _is_tracked(self)
    store(self, np.asarray(value).astype(self._dtype.numpy))
    if mode.enabled and tracked:
        _record(self, FillBackward2)
    return self


def zero_(self: Any) -> Any:
    """Overwrite every element with zero."""
    check(self)
    tracked = _is_tracked(self)
    store(self, 0)
    if mode.enabled and tracked:
        _record(self, ZeroBackward0)
    return self


def detach_(self: Any) -> Any:
    """Make `self` a leaf that does not require grad."""
    if self._base is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and "
            "gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py "
            "as the solution."
        )
    self._node = None
    self._output_nr = 0
    self._requires_grad = False
    return self
