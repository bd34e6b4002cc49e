"""Parts of a tensor replaced, diagonals written, dimensions split: what the views of `slicing` are for reading.

`diagonal_scatter`, `select_scatter`, `slice_scatter`, `as_strided_scatter`, `diag_embed`, `unfold`, `unflatten`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import memory, owner_and_offset, storage
from ..in_place import in_place
from ..lazy import plain
from ..op import LINEAR, make_view, op
from .arranging import _diag_embed as diag_embed_matrix
from .arranging import tril, triu
from .dims import infer_size, sizes_of, wrap_dim
from .slicing import as_strided, diagonal, index_at, select, slice_op
from .views import by_strides, reshape, view

# ---- a part replaced ---------------------------------------------------------------------------------------


def _check_part(part: Any, src: Any, name: str) -> None:
    if part._array.shape != src._array.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src._array.shape)}, slice size = {list(part._array.shape)}"
        )


def _replaced(array: Any, part_of: Any, src: Any) -> Any:
    found = np.array(plain(array))
    part_of(found)[...] = plain(src)
    return found


def _diagonal_of(array: Any, offset: int, dim1: int, dim2: int) -> Any:
    found = np.diagonal(array, offset, dim1, dim2)
    found.flags.writeable = True
    return found


@op(
    self=lambda grad, src_sym_sizes, offset, dim1, dim2: diagonal_scatter(
        grad, grad.new_zeros(src_sym_sizes), offset, dim1, dim2
    ),
    src=lambda grad, offset, dim1, dim2: diagonal(grad, offset, dim1, dim2),
    jvp=LINEAR,
    node="DiagonalScatterBackward0",
)
def _diagonal_scatter(self, src, offset, dim1, dim2):
    return _replaced(self, lambda array: _diagonal_of(array, offset, dim1, dim2), src)


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy of `input` with `src` on a diagonal."""
    _check_part(diagonal(input.detach(), offset, dim1, dim2), src, "diagonal_scatter")
    return _diagonal_scatter(input, src, offset, dim1, dim2)


@op(
    self=lambda grad, src_sym_sizes, dim, index: select_scatter(
        grad, grad.new_zeros(src_sym_sizes), dim, index
    ),
    src=lambda grad, dim, index: select(grad, dim, index),
    jvp=LINEAR,
    node="SelectScatterBackward0",
)
def _select_scatter(self, src, dim, index):
    return _replaced(self, lambda array: array[index_at(array.ndim, dim, index)], src)


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy of `input` with `src` at one place of a dimension."""
    _check_part(select(input.detach(), dim, index), src, "select_scatter")
    return _select_scatter(input, src, dim, index)


@op(
    self=lambda grad, src_sym_sizes, dim, start, end, step: slice_scatter(
        grad, grad.new_zeros(src_sym_sizes), dim, start, end, step
    ),
    src=lambda grad, dim, start, end, step: slice_op(
        grad, dim, start or 0, 2**63 - 1 if end is None else end, step
    ),
    jvp=LINEAR,
    node="SliceScatterBackward0",
)
def _slice_scatter(self, src, dim, start, end, step):
    return _replaced(self, lambda array: array[index_at(array.ndim, dim, slice(start, end, step))], src)


def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    """A copy of `input` with `src` in a slice of a dimension."""
    wrap_dim(dim, input._array.ndim)
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    part = slice_op(input.detach(), dim, start or 0, 2**63 - 1 if end is None else end, step)
    _check_part(part, src, "slice_scatter")
    return _slice_scatter(input, src, dim, start, end, step)


def _as_strided_scatter_self(grad, self_sym_sizes, size, stride, storage_offset):
    """What PyTorch gives: the gradient of the part, not of what is beside it."""
    found = grad.new_zeros(self_sym_sizes)
    part = as_strided(grad.contiguous(), size, stride, storage_offset)
    as_strided(found, size, stride, storage_offset).copy_(part)
    return found


@op(
    self=_as_strided_scatter_self,
    src=lambda grad, size, stride, storage_offset: as_strided(
        grad.contiguous(), size, stride, storage_offset
    ),
    jvp=LINEAR,
    node="AsStridedScatterBackward0",
)
def _as_strided_scatter(self, src, size, stride, storage_offset):
    found = np.array(plain(self))
    steps = [step * found.itemsize for step in stride]
    by_strides(found, size, steps, storage_offset)[...] = plain(src)
    return found


def as_strided_scatter(input: Any, src: Any, size: Any, stride: Any, storage_offset: Any = None) -> Any:
    """A copy of `input` with `src` where `as_strided` would look."""
    size, stride = tuple(size), tuple(stride)
    _check_part(as_strided(input.detach(), size, stride, storage_offset), src, "as_strided_scatter")
    return _as_strided_scatter(input, src, size, stride, storage_offset)


# ---- diagonals ---------------------------------------------------------------------------------------------


@op(
    self=lambda grad, offset, dim1, dim2: diagonal(grad, offset, dim1, dim2),
    jvp=LINEAR,
    node="DiagEmbedBackward0",
)
def _diag_embed(self, offset, dim1, dim2):
    size = self.shape[-1] + abs(offset)
    found = np.zeros((*self.shape[:-1], size, size), self.dtype)
    _diagonal_of(found, offset, -2, -1)[...] = plain(self)
    ndim = found.ndim
    if (dim1 % ndim, dim2 % ndim) == (ndim - 2, ndim - 1):
        return found
    return np.ascontiguousarray(np.moveaxis(found, (-2, -1), (dim1, dim2)))


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last dimension as diagonals of matrices of zeros."""
    ndim = input._array.ndim + 1
    if wrap_dim(dim1, ndim) == wrap_dim(dim2, ndim):
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    if not input._array.ndim:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got -2)")
    return _diag_embed(input, offset, dim1, dim2)


def diagflat(input: Any, offset: int = 0) -> Any:
    """All elements as the diagonal of a matrix."""
    return diag_embed_matrix(reshape(input, -1), offset, -2, -1)


@op(
    self=lambda grad, wrap: _fill_diagonal(grad, 0, wrap),
    node="FillDiagonalBackward0",
    jvp=lambda self_t, wrap: _fill_diagonal(self_t, 0, wrap),
)
def _fill_diagonal(self, fill_value, wrap):
    found = np.array(plain(self))
    if found.ndim > 2 or (found.shape[0] <= found.shape[1]) or wrap:
        np.fill_diagonal(found, fill_value, wrap)
    else:
        np.fill_diagonal(found[: found.shape[1]], fill_value)
    return found


def fill_diagonal(input: Any, fill_value: Any, wrap: bool = False) -> Any:
    """What `fill_diagonal_` writes."""
    sizes = input._array.shape
    if len(sizes) < 2:
        raise RuntimeError("dimensions must larger than 1")
    if len(sizes) > 2 and len(set(sizes)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    return _fill_diagonal(input, fill_value, wrap)


_fill_in_place = in_place(fill_diagonal, "fill_diagonal_")


def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write a number along the diagonal, and where it may `wrap`, in tall matrices, again below it."""
    _fill_in_place(self, fill_value, wrap)
    if wrap and self._array.ndim == 2 and self._array.shape[0] > self._array.shape[1] + 1:
        storage(self).version += 1  # PyTorch fills twice
    return self


tril_, triu_ = in_place(tril, "tril_"), in_place(triu, "triu_")


# ---- windows, and a dimension split ------------------------------------------------------------------------


@op(
    view=True,
    self=lambda grad, self_sym_sizes, dimension, size, step: _unfold_backward(
        grad, self_sym_sizes, dimension, size, step
    ),
    node="UnfoldBackward0",
)
def _unfold(self, dimension, size, step):
    if not self.ndim:
        return by_strides(self, (size,), (self.itemsize,))
    sizes, strides = list(self.shape), list(self.strides)
    sizes[dimension] = (self.shape[dimension] - size) // step + 1
    strides[dimension] *= step
    return by_strides(self, (*sizes, size), (*strides, self.strides[dimension]))


@op(
    grad_in=lambda grad, dim, size, step: grad.unfold(dim, size, step),
    jvp=LINEAR,
    node="UnfoldBackwardBackward0",
)
def _unfold_backward(grad_in, input_sizes, dim, size, step):
    if not input_sizes:
        return grad_in.sum()
    found = np.zeros(input_sizes, grad_in.dtype)
    axis = dim % len(input_sizes)
    moved = np.moveaxis(found, axis, -1)
    parts = np.moveaxis(np.asarray(plain(grad_in)), axis, -2)
    count = parts.shape[-2]
    for place in range(size):
        moved[..., place : place + (count - 1) * step + 1 : step] += parts[..., place]
    return found


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """A view of all windows of a size along a dimension; the windows are a last dimension."""
    axis = wrap_dim(dimension, input._array.ndim)
    length = input._array.shape[axis] if input._array.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {axis} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return _unfold(input, axis, size, step)


def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """One dimension split into several, of which one size may be -1."""
    sizes = sizes_of((sizes,))
    axis = wrap_dim(dim, input._array.ndim)
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    length = input._array.shape[axis]
    try:
        found = infer_size(sizes, length)
    except RuntimeError as error:
        if "is invalid for input of size" not in str(error):
            raise RuntimeError(f"unflatten got an unexpected error:\n{error}") from None
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {axis} ({length}) in the input tensor"
        ) from None
    return view(input, *input._array.shape[:axis], *found, *input._array.shape[axis + 1 :])


# ---- the same bytes ----------------------------------------------------------------------------------------


def view_as_dtype(self: Any, dtype: Any) -> Any:
    """The same memory read as another type, without history; the last dimension shrinks or grows with the type."""
    if dtype is self._dtype:
        return make_view(self.detach(), memory(self).view())
    array, names = memory(self), f"{self._dtype.legacy_name} as {dtype.legacy_name} (different element sizes)"
    old, new = self._dtype.itemsize, dtype.itemsize
    sizes, strides = list(array.shape), list(array.strides)
    if old != new and not array.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 to view {names}")
    if new > old:
        _check_groups(self, new // old, names)
    if old != new and self.stride(-1) != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 to view {names}, but got {self.stride(-1)}")
    if new > old:
        _check_steps(self, new // old, names)
        sizes[-1] = sizes[-1] // (new // old)
    elif new < old:
        sizes[-1] *= old // new
    if strides:
        strides[-1] = strides[-1] * new // old
    owner, _ = owner_and_offset(array)
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    seen: Any = (
        np.ndarray(sizes, dtype.numpy, owner.ravel("K"), start, strides)
        if array.size
        else np.empty(sizes, dtype.numpy)
    )
    result = make_view(self.detach(), seen)
    result._dtype = dtype
    return result


def _check_groups(self: Any, count: int, names: str) -> None:
    size, offset = self._array.shape[-1], self.storage_offset()
    if size % count:
        raise RuntimeError(f"self.size(-1) must be divisible by {count} to view {names}, but got {size}")
    if offset % count:
        raise RuntimeError(
            f"self.storage_offset() must be divisible by {count} to view {names}, but got {offset}"
        )


def _check_steps(self: Any, count: int, names: str) -> None:
    for dim, step in enumerate(self.stride()[:-1]):
        if step % count:
            raise RuntimeError(
                f"self.stride({dim}) must be divisible by {count} to view {names}, but got {step}"
            )
