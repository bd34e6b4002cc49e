"""Elements read, written and found by their places: take, put, nonzero and alike."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import INTEGER, int64
from ..grad_mode import mode
from ..in_place import in_place
from ..lazy import plain
from ..op import LINEAR, op, wrap
from ..transforms import no_tangent, note_writes, through_transforms
from .along import gather
from .dims import sizes_of, wrap_dim
from .into import with_out
from .views import expand, reshape

# ---- by the place among all elements -----------------------------------------------------------------------


def _check_place(self: Any, index: Any, name: str) -> None:
    if not isinstance(index, TensorBase):
        raise TypeError(f"{name}(): argument 'index' (position 1) must be Tensor, not {type(index).__name__}")
    if index._dtype is not int64:
        inner = "put_" if name == "put" else name
        raise RuntimeError(f"{inner}(): Expected a long tensor for index, but got {index._dtype.legacy_name}")


def _check_within(self: Any, index: Any) -> None:
    size = self._array.size
    outside = index._array[(index._array < -size) | (index._array >= size)]
    if outside.size:
        raise IndexError(
            f"out of range: tried to access index {outside.flat[0]} on a tensor of {size} elements."
        )


def _take_backward(grad, self, index):
    found = put(self.new_zeros(self._array.shape), index, grad, True)
    note_writes(found, 1)
    return found


@op(self=_take_backward, jvp=LINEAR, node="TakeBackward0")
def _take(self, index):
    return np.ravel(self)[index._array]


@with_out()
def take(input: Any, index: Any) -> Any:
    """The elements at these places, counted through the whole tensor; the result has the shape of `index`."""
    _check_place(input, index, "take")
    if not input._array.size and index._array.size:
        raise IndexError("take(): tried to take from an empty tensor")
    _check_within(input, index)
    return _take(input, index)


@op(
    self=lambda grad, index, accumulate: (
        grad if accumulate else put(grad, index, grad.new_zeros(index._array.shape), False)
    ),
    source=lambda grad, index, source: reshape(take(grad, index), source._array.shape),
    jvp=LINEAR,
    node="PutBackward0",
)
def _put(self, index, source, accumulate):
    found = np.array(plain(self))
    flat = found.reshape(-1)
    values = plain(source).ravel()
    if accumulate:
        np.add.at(flat, np.ravel(index), values)
    else:
        flat[np.ravel(index)] = values
    return found


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """A copy of `input` with `source` at these places, counted through the whole tensor."""
    _check_place(input, index, "put")
    if source._dtype is not input._dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {input._dtype.legacy_name} and "
            f"source.dtype = {source._dtype.legacy_name}"
        )
    if source._array.size != index._array.size:
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source._array.size}, index.numel() = {index._array.size}"
        )
    _check_within(input, index)
    return _put(input, index, source, accumulate)


put_ = in_place(put, "put_")


@with_out()
def take_along_dim(input: Any, indices: Any, dim: Any = None) -> Any:
    """The elements that `indices` names along a dimension, or among all; what is missing is broadcast."""
    if dim is None:
        return gather(reshape(input, -1), 0, reshape(indices, -1))
    if input._array.ndim != indices._array.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input._array.ndim} dimensions for input, and {indices._array.ndim} dimensions for indices"
        )
    if indices._dtype is not int64:
        raise RuntimeError(
            f"torch.take_along_dim(): dtype of indices should be Long but got {indices._dtype.legacy_name}"
        )
    axis = wrap_dim(dim, input._array.ndim)
    sizes, places = list(input._array.shape), list(indices._array.shape)
    if sizes[axis] and ((indices._array < 0) | (indices._array >= sizes[axis])).any():
        indices = wrap(np.asarray(indices._array % sizes[axis])[()])
    whole = list(np.broadcast_shapes(_with(sizes, axis, 1), _with(places, axis, 1)))
    return gather(
        expand(input, _with(whole, axis, sizes[axis])),
        axis,
        expand(indices, _with(whole, axis, places[axis])),
    )


def _with(sizes: list[int], axis: int, size: int) -> list[int]:
    return [*sizes[:axis], size, *sizes[axis + 1 :]]


# ---- where something is ------------------------------------------------------------------------------------


def _found(input: Any) -> tuple[Any, ...]:
    """The places of what is not zero, by dimension; a number counts as one of one dimension."""
    return np.nonzero(plain(input._array if input._array.ndim else np.reshape(input._array, 1)))


@with_out()
def _nonzero(input: Any) -> Any:
    if mode.recording > 1:
        return through_transforms(_nonzero, (input,))
    places = _found(input)
    if not input._array.ndim:
        return wrap(np.empty((len(places[0]), 0), np.int64))
    return wrap(np.array(places, np.int64).T)


_nonzero.tangent_rule = no_tangent  # type: ignore[attr-defined]
_nonzero.__name__ = "nonzero"


def nonzero(input: Any, *, out: Any = None, as_tuple: bool = False) -> Any:
    """The places of the elements that are not zero, as rows, or by dimension."""
    if as_tuple:
        return by_dimension(input)
    if out is not None and out._dtype is not int64:
        raise RuntimeError(
            f"nonzero: Expected out tensor to have scalar type Long but got scalar type{out._dtype.legacy_name}"
        )
    return _nonzero(input, out=out)


def by_dimension(input: Any) -> Any:
    """The places of the elements that are not zero, a tensor for each dimension; a number counts as one of one dimension."""
    if mode.recording > 1:
        return through_transforms(by_dimension, (input,))
    return _nonzero(input if input._array.ndim else reshape(input, 1)).unbind(1)


by_dimension.tangent_rule = no_tangent  # type: ignore[attr-defined]


def argwhere(input: Any) -> Any:
    """The places of the elements that are not zero, as rows."""
    if mode.recording > 1:
        return through_transforms(argwhere, (input,))
    return _nonzero(input)


argwhere.tangent_rule = no_tangent  # type: ignore[attr-defined]


def nonzero_static(input: Any, *, size: int, fill_value: int = -1) -> Any:
    """So many places of elements that are not zero, filled up where there are fewer."""
    places = _nonzero(input)._array
    found = np.full((size, input._array.ndim), fill_value, np.int64)
    found[: len(places)] = places[:size]
    return wrap(found)


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """The coordinates of places that are counted through a whole tensor of this shape."""
    if not isinstance(indices, TensorBase):
        raise TypeError(f"expected 'indices' to be torch.Tensor, but got {type(indices)}")
    if indices._dtype.category != INTEGER:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices._dtype!r}")
    sizes = sizes_of((shape,))
    array, found = indices._array.astype(np.int64), []
    steps = [math.prod(sizes[axis + 1 :]) for axis in range(len(sizes))]
    for size, step in zip(sizes, steps):
        found.append(wrap(np.asarray(array // step % size)[()]))
    return tuple(found)
