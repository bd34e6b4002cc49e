"""The in-place forms of operations: `mul_` of `mul`.

Source: "Autograd mechanics", "In-place operations with autograd".
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .base import TensorBase, storage
from .grad_mode import mode
from .histories import check, is_tracked, rebase_history, refresh_views
from .lazy import plain
from .node import Node, gradient_edge
from .older_arguments import OPERANDS, sorted_out
from .op import record, wrap
from .ops.elementary import FEW, FEW_DOUBLE, add_product_of_halves
from .ops.views import CloneBackward0
from .ownership import is_dense
from .saved import SavedResult, saved_values
from .transforms import Change, through_transforms


def in_place(
    operation: Callable[..., Any], name: str, ufunc: Any = None, operator: bool = False, indexed: str = ""
) -> Callable[..., Any]:
    """The in-place form of an operation: `mul_` of `mul`.

    `ufunc` does the same on arrays: with it, what is not recorded needs no array for the result. `operator`: what is
    no operand is handed back to Python, which may find another way. `indexed`: the assignment that does the same, of
    operations that still write where elements share memory.
    """

    operands = OPERANDS.get(name.rstrip("_"))
    most = len(operands) if operands else math.inf  # the others never took numbers by their position

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) > most:
            tensors, numbers = sorted_out(name, (self, *args), is_method=True)
            args, kwargs = tuple(tensors[1:]), {**kwargs, **numbers}
        if mode.recording > 1:
            return through_transforms(Change(call, operation, kwargs), (self, *args))
        tracked = mode.enabled and (is_tracked(self) or any(map(is_tracked, args)))
        check(self, tracked)
        if not tracked and ufunc is not None and _written_directly(self, ufunc, *args, **kwargs):
            return self
        overlapping = indexed != "" and overlaps_with_warning(self, name, indexed)
        check_overlap(self, *args)
        operand = as_it_was(self) if tracked else self
        result = operation(operand, *args, **kwargs)
        if result is NotImplemented:
            if operator:
                return result
            kind = type(args[0]).__name__
            raise TypeError(f"{name}(): argument 'other' (position 1) must be Tensor, not {kind}")
        return write(self, result, operand, overlapping)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{operation.__name__}`, written over `self`."
    return call


def operator_and_method(
    operation: Callable[..., Any], name: str, ufunc: Any = None
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """What `+=` calls, which hands back what is no operand, and `add_`, which refuses it."""
    return in_place(operation, name, ufunc, operator=True), in_place(operation, name, ufunc)


def _written_directly(self: Any, ufunc: Any, other: Any = None, *, alpha: float = 1, **others: Any) -> bool:
    """Do the operation on the memory itself, if both operands have one floating type and fit."""
    array = self._array
    if others or not isinstance(array, np.ndarray) or not isinstance(other, TensorBase) or 0 in array.strides:
        return False
    operand = other._array
    if other._dtype is not self._dtype or not self._dtype.is_floating_point or operand.shape != array.shape:
        return False
    shared = self._storage or storage(self)
    if other._storage is shared or operand.base is not None:
        check_overlap(self, other)
    if alpha == 1:
        ufunc(array, operand, out=array)
    elif type(alpha) is not float and type(alpha) is not int:
        if alpha is None or isinstance(alpha, str):
            name = "add_" if ufunc is np.add else "sub_"
            raise TypeError(f"{name}(): argument 'alpha' must be Number, not {type(alpha).__name__}")
        return False
    else:
        _write_scaled(array, ufunc, operand, array.dtype.type(alpha))
    shared.version += 1
    if shared.views:
        refresh_views(self)
    return True


def _write_scaled(array: Any, ufunc: Any, operand: Any, factor: Any) -> None:
    """Add or subtract a multiple, of few elements with one rounding, as `elementary.add_product` has it."""
    kind, size = array.dtype.char, array.size
    if kind == "f" and size <= FEW:
        ufunc(array, np.multiply(operand, factor, dtype=np.float64), out=array, casting="same_kind")
    elif kind == "d" and size <= FEW_DOUBLE:
        ufunc(array, np.multiply(operand, factor, dtype=np.longdouble), out=array, casting="same_kind")
    elif array.itemsize == 2 and size <= FEW:
        array[...] = add_product_of_halves(array, operand, factor if ufunc is np.add else -factor)
    else:
        ufunc(array, operand * factor, out=array)


def as_it_was(self: Any) -> Any:
    """A copy of the values with the same history: what the operation's node may save of its input."""
    if self._unsettled is not None:
        self._unsettled(self)
    copy = wrap(self._array.copy(), self._dtype)
    copy._node = self._node
    copy._output_nr = self._output_nr
    copy._requires_grad = self._requires_grad
    copy._accumulator = self._accumulator
    return copy


def write(self: Any, result: Any, operand: Any = None, overlapping: bool = False) -> Any:
    """Put the values of `result` into `self`'s memory, and give `self` the history of `result`.

    `operand` is what stood for `self` where the result was computed; `overlapping`: see `store`.
    """
    if result._array.shape != self._array.shape:
        raise RuntimeError(
            f"output with shape {list(self._array.shape)} doesn't match the broadcast shape {list(result._array.shape)}"
        )
    if result._dtype.category > self._dtype.category:
        raise RuntimeError(
            f"result type {result._dtype.legacy_name} can't be cast to the desired output type {self._dtype.legacy_name}"
        )
    node = result._node
    recorded = mode.enabled and node is not None
    store(self, result._array, not recorded, overlapping)
    if recorded:
        _settle_saved(node, self, operand)
        rebase_history(self, node, result._output_nr)
    return self


def store(self: Any, values: Any, refresh: bool = True, overlapping: bool = False) -> None:
    """Overwrite the values and count the version up; then views have to be refreshed.

    `overlapping`: whether that may be done where several elements share memory.
    """
    if self._storage is None:
        storage(self)
    if isinstance(self._array, np.ndarray):
        if not has_overlap(self):
            self._array[...] = plain(values)
        elif overlapping:
            _write_changes(self._array, plain(values))
        elif not self.is_meta:  # whose elements are one zero, repeated
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
                "clone() the tensor before performing the operation."
            )
    else:
        self._array = self._array.dtype.type(values)
    self._storage.version += 1
    if refresh and self._storage.views:
        refresh_views(self)


def _write_changes(array: np.ndarray[Any, Any], values: Any) -> None:
    """Write what differs only: of elements that share a place, the others must not write the old value back."""
    values = np.broadcast_to(values, array.shape)
    changed = values != array
    array[changed] = values[changed]


def has_overlap(self: Any) -> bool:
    """Whether several elements share a place in memory."""
    strides, sizes = self._array.strides, self._array.shape
    if 0 not in strides or 0 in sizes:
        return False
    return any(not step and size > 1 for step, size in zip(strides, sizes))


def overlaps_with_warning(self: Any, name: str, indexed: str) -> bool:
    """Whether several elements share a place in memory, which some operations allow with a warning."""
    if not has_overlap(self):
        return False
    warnings.warn(
        f"Use of {name} on expanded tensors is deprecated. Please clone() the tensor before performing this operation. This "
        f"also applies to advanced indexing e.g. tensor[{indexed}",
        UserWarning,
        stacklevel=3,
    )
    return True


def check_overlap(self: Any, *operands: Any) -> None:
    """Raise `RuntimeError` for an operand that shares a part of the memory that is to be written, or another order of it."""
    for operand in operands:
        if (
            isinstance(operand, TensorBase)
            and _share_memory(self, operand)
            and _overlap_in_part(self._array, operand._array)
        ):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
                "location. Please clone() the tensor before performing the operation."
            )


def _share_memory(self: Any, operand: Any) -> bool:
    """Whether two tensors are of one storage, or over the memory of one owner, as a tensor and its `.data` are."""
    one, other = self._array, operand._array
    if one.base is None and other.base is None:
        return one is other
    if operand._storage is self._storage is not None:
        return True
    return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and np.may_share_memory(one, other)


def _overlap_in_part(one: Any, other: Any) -> bool:
    """Whether two dense arrays share memory, but are not the same."""
    if one is other or not (isinstance(one, np.ndarray) and isinstance(other, np.ndarray)):
        return False
    if not (one.size and other.size and is_dense(one) and is_dense(other)):
        return False
    start, other_start = (each.__array_interface__["data"][0] for each in (one, other))
    if start == other_start and one.size == other.size:
        return one.strides != other.strides
    return start < other_start + other.nbytes and other_start < start + one.nbytes


def _settle_saved(node: Node, self: Any, operand: Any) -> None:
    """What the node saved of its result is `self` from now on; what it saved of its input is a clone of that."""
    for saved in saved_values(node):
        if isinstance(saved, SavedResult):
            saved.shadow._array = self._array
            saved.shadow._storage = self._storage
            saved.version = self._storage.version
        elif saved is operand and operand is not None:
            edge = gradient_edge(operand)
            if edge is not None:
                record(operand, CloneBackward0, operand, edge)._saved = None
                operand._output_nr, operand._requires_grad = 0, False
