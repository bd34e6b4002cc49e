"""Views of a part of a tensor: along one dimension, on a diagonal, or by strides."""

from __future__ import annotations

import numpy as np

from ..base import owner_and_offset
from ..op import op, wrap
from .dims import wrap_dim
from .views import reshape


def index_at(ndim, dim, part):
    """NumPy's index of a part of one dimension."""
    return (slice(None),) * (dim % ndim) + (part, ...)


@op(view=True, self=lambda grad, self_sym_sizes, dim, index: _select_backward(grad, self_sym_sizes, dim, index), node="SelectBackward0")
def select_op(self, dim, index):
    return self[index_at(self.ndim, dim, index)]


@op(grad_output=lambda grad, dim, index: select_op(grad, dim, index), node="SelectBackwardBackward0")
def _select_backward(grad_output, self_sym_sizes, dim, index):
    zeros = np.zeros(self_sym_sizes, grad_output.dtype)
    zeros[index_at(zeros.ndim, dim, index)] = grad_output
    return zeros


def select(self, dim, index):
    """The part at `index` of one dimension, which goes away."""
    ndim = self._array.ndim
    if not ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis = wrap_dim(dim, ndim)
    size = self._array.shape[axis]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(self._array.shape)} at dimension {axis}"
        )
    return select_op(self, dim, index)


@op(
    view=True,
    self=lambda grad, self_sym_sizes, dim, start, end, step: _slice_backward(grad, self_sym_sizes, dim, start, end, step),
    node="SliceBackward0",
)
def slice_op(self, dim, start, end, step):
    return self[index_at(self.ndim, dim, slice(start, end, step))]


@op(grad_output=lambda grad, dim, start, end, step: slice_op(grad, dim, start, end, step), node="SliceBackwardBackward0")
def _slice_backward(grad_output, self_sym_sizes, dim, start, end, step):
    zeros = np.zeros(self_sym_sizes, grad_output.dtype)
    zeros[index_at(zeros.ndim, dim, slice(start, end, step))] = grad_output
    return zeros


def narrow(self, dim, start, length):
    """The `length` elements from `start` on of one dimension."""
    size = self._array.shape[wrap_dim(dim, self._array.ndim)]
    if not -size <= start <= size:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start = start + size if start < 0 else start
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return slice_op(self, dim, start, start + length, 1)


@op(
    view=True,
    self=lambda grad, self_sym_sizes, offset, dim1, dim2: diagonal_backward(grad, self_sym_sizes, offset, dim1, dim2),
    node="DiagonalBackward0",
)
def _diagonal(self, offset, dim1, dim2):
    found = np.diagonal(self, offset, dim1, dim2)
    found.flags.writeable = True  # NumPy's diagonals are read-only for now
    return found


@op(
    grad_output=lambda grad, offset, dim1, dim2: _diagonal(grad, offset, dim1, dim2),
    node="DiagonalBackwardBackward0",
)
def diagonal_backward(grad_output, self_sym_sizes, offset, dim1, dim2):
    zeros = np.zeros(self_sym_sizes, grad_output.dtype)
    found = np.diagonal(zeros, offset, dim1, dim2)
    found.flags.writeable = True
    found[...] = grad_output
    return zeros


def diagonal(self, offset=0, dim1=0, dim2=1):
    """A view of a diagonal."""
    ndim = self._array.ndim
    wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    return _diagonal(self, offset, dim1, dim2)


def _as_strided_backward(grad, self_geometry, size, stride, storage_offset):
    """Each element's gradients added up, wherever the strides lead to it."""
    own_size, own_stride, own_offset, elements = self_geometry
    start = own_offset if storage_offset is None else storage_offset
    flat = _index_add(grad, _offsets(size, stride, start), elements)
    return as_strided(flat, own_size, own_stride, own_offset)


@op(self=lambda grad, offsets: reshape(grad[wrap(offsets.ravel())], offsets.shape), node="IndexPutBackward0")
def _index_add(self, offsets, size):
    """A vector of `size` zeros to which each element of `self` was added at its offset."""
    return np.bincount(offsets.ravel(), self.ravel(), size).astype(self.dtype)


def _offsets(size, stride, offset):
    total = np.full(size, offset, np.int64)
    for axis, (count, step) in enumerate(zip(size, stride)):  # noqa: B905 - equal lengths
        total += (np.arange(count) * step).reshape((-1,) + (1,) * (len(size) - axis - 1))
    return total


@op(view=True, self=_as_strided_backward, node="AsStridedBackward0")
def _as_strided(self, size, stride, storage_offset):
    owner, offset = owner_and_offset(self)
    flat = owner.reshape(-1)
    start = offset if storage_offset is None else storage_offset
    return np.lib.stride_tricks.as_strided(flat[start:], size, [each * self.itemsize for each in stride])


def as_strided(self, size, stride, storage_offset=None):
    """A view of the same memory with these sizes, strides and offset, in elements."""
    return _as_strided(self, tuple(size), tuple(stride), storage_offset)
