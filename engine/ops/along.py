"""Elements read and written along a dimension, at the places that an index names: gather, scatter, scatter_add."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import int32, int64
from ..lazy import plain
from ..op import LINEAR, op
from ..transforms import note_writes
from .dims import wrap_dim


def _places_along(index, dim):
    """Where `index` points along `dim`, for NumPy: every other dimension counts up."""
    places = list(np.indices(index.shape, sparse=True)) or [index]
    places[dim] = index
    return tuple(places)


def _check_along(self, dim, index, name, wanted):
    """Raise PyTorch's errors for an index of another type or rank; `wanted` is the tensor's name in one of them."""
    ndim = self._array.ndim
    wrap_dim(dim, ndim)
    if index._dtype not in (int64, int32) and index._array.size:
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if max(index._array.ndim, 1) != max(ndim, 1) and index._array.size:
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {wanted} tensor")


def _check_bounds(self, dim, index):
    """Raise PyTorch's error for an index that is no element of the dimension."""
    if index._of_examples:
        return
    ndim = self._array.ndim
    axis = wrap_dim(dim, ndim)
    size = self._array.shape[axis] if ndim else 1
    outside = index._array[(index._array < 0) | (index._array >= size)]
    if outside.size:
        raise RuntimeError(f"index {outside.flat[0]} is out of bounds for dimension {axis} with size {size}")


def _fits(index, sizes, dim):
    """Whether an index reaches no further than these sizes, but along `dim`."""
    return all(axis == dim or found <= size for axis, (found, size) in enumerate(zip(index, sizes)))


def _gathered_for(node):
    """The formula for the source: its gradient has the shape of the index, which PyTorch refuses for a larger source."""

    def gathered(grad, dim, index, src_sizes_geometry):
        found = grad.gather(dim, index)
        sizes = found._array.shape
        if any(one not in (1, other) for one, other in zip(src_sizes_geometry, sizes)):
            raise RuntimeError(
                f"Function {node} returned an invalid gradient at index 1 - got {list(sizes)} but expected shape compatible "
                f"with {list(src_sizes_geometry)}"
            )
        return found

    return gathered


@op(
    self=lambda grad, dim, index: _scatter_number(grad, dim, index, 0),
    src=_gathered_for("ScatterBackward0"),
    jvp=LINEAR,
    node="ScatterBackward0",
)
def _scatter(self, dim, index, src):
    if not self.ndim:
        return src.reshape(()).copy()
    result = self.copy()
    if index.size:
        result[_places_along(index, dim)] = plain(src)[tuple(map(slice, index.shape))]
    return result


@op(
    self=lambda grad, dim, index: _scatter_number(grad, dim, index, 0),
    jvp=lambda self_t, dim, index: _scatter_number(self_t, dim, index, 0),
    node="ScatterBackward1",
)
def _scatter_number(self, dim, index, value):
    if not self.ndim:
        return self.dtype.type(value)
    result = self.copy()
    if index._array.size:
        result[_places_along(index._array, dim)] = value
    return result


def scatter(
    self: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Any:
    """A copy of `self` with the elements of `src`, or this number, where `index` says, along `dim`.

    `reduce`: "add" or "multiply" combines them with what is there.
    """
    src = value if src is None else src
    if reduce is not None:
        from .reduced_writes import scatter_with_reduce

        return scatter_with_reduce(self, dim, index, src, reduce)
    _check_along(self, dim, index, "scatter", "self")
    sizes, own = index._array.shape, self._array.shape
    axis = wrap_dim(dim, len(own))
    if not isinstance(src, TensorBase):
        if not _fits(sizes, own, axis):
            raise RuntimeError(
                f"Expected index {list(sizes)} to be no larger than self {list(own)} apart from dimension {axis}"
            )
        _check_bounds(self, dim, index)
        return _scatter_number(self, dim, index, src)
    _check_source(self, dim, index, src)
    return _scatter(self, dim, index, src)


def _check_source(self: Any, dim: int, index: Any, src: Any) -> None:
    """Raise PyTorch's errors for a source that does not fit the index."""
    if src._dtype is not self._dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if not index._array.size:
        return
    sizes, own = index._array.shape, self._array.shape
    if src._array.ndim < len(sizes) and src._array.ndim:
        wrap_dim(src._array.ndim, src._array.ndim)
    if src._array.ndim > max(len(sizes), 1):
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    axis = wrap_dim(dim, len(own))
    if not _fits(sizes, own, axis) or not _fits(sizes, src._array.shape, None):
        raise RuntimeError(
            f"Expected index {list(sizes)} to be no larger than self {list(own)} apart from dimension {axis} and to be no "
            f"larger size than src {list(src._array.shape)}"
        )
    _check_bounds(self, dim, index)


@op(
    self=lambda grad: grad,
    src=_gathered_for("ScatterAddBackward0"),
    jvp=LINEAR,
    node="ScatterAddBackward0",
)
def _scatter_added(self, dim, index, src):
    if not self.ndim:
        return self + src.reshape(-1)[: index.size].sum(dtype=self.dtype)
    result = self.copy()
    if index.size:
        np.add.at(result, _places_along(index, dim), src[tuple(map(slice, index.shape))])
    return result


def scatter_add(self: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy of `self` with the elements of `src` added where `index` says, along `dim`, as often as it says so."""
    if not isinstance(src, TensorBase):
        kind = type(src).__name__
        raise TypeError(f"scatter_add_(): argument 'src' (position 3) must be Tensor, not {kind}")
    _check_along(self, dim, index, "scatter", "self")
    if max(index._array.ndim, 1) != max(src._array.ndim, 1) and index._array.size:
        raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
    _check_source(self, dim, index, src)
    return _scatter_added(self, dim, index, src)


def _gather_backward(grad, self, dim, index):
    found = _scatter_add(self.new_zeros(self._array.shape), dim, index, grad)
    note_writes(found, 1)
    return found


@op(
    self=lambda grad: grad,
    src=lambda grad, dim, index: grad.gather(dim, index),
    jvp=LINEAR,
    node="ScatterAddBackward0",
)
def _scatter_add(self, dim, index, src):
    """`self`, which is zeros of our own, with the elements of `src` added where `index` says."""
    if not self.ndim:
        return src.sum()
    if not index.size:
        return self
    np.add.at(self, _places_along(index, dim), src)
    return self


@op(self=_gather_backward, jvp=LINEAR, node="GatherBackward0")
def _gather(self, dim, index):
    if not index._array.size:  # of whatever rank
        return np.empty(index._array.shape, self.dtype)
    return self[_places_along(index._array, dim)] if self.ndim else np.full(index._array.shape, self)[()]


_gather.declaration.node_class._saved_sparse_grad = False


def gather(self: Any, dim: int, index: Any) -> Any:
    """The elements of `self` that `index` names along `dim`; the result has the shape of `index`."""
    _check_along(self, dim, index, "gather", "input")
    sizes, own = index._array.shape, self._array.shape
    axis = wrap_dim(dim, len(own))
    if index._array.size and not _fits(sizes, own, axis):
        raise RuntimeError(
            f"Size does not match at dimension {next(d for d, (a, b) in enumerate(zip(sizes, own)) if d != axis and a > b)} "
            f"expected index {list(sizes)} to be no larger than self {list(own)} apart from dimension {axis}"
        )
    _check_bounds(self, dim, index)
    return _gather(self, dim, index)
