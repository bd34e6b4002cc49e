"""Views of a part of a tensor: along one dimension, on a diagonal, or by strides."""

from __future__ import annotations

from operator import index as integer

import numpy as np

from ..arguments import function
from ..base import TensorBase, memory, owner_and_offset, storage
from ..dtypes import INTEGER
from ..lazy import plain
from ..op import LINEAR, op
from .dims import wrap_dim
from .views import by_strides, filled_zeros, reshape


def index_at(ndim, dim, part):
    """NumPy's index of a part of one dimension."""
    return (slice(None),) * (dim % ndim) + (part, ...)


def _in_zeros(grad, sizes, index):
    """Zeros of these sizes with `grad` where the index says."""
    zeros = np.zeros(sizes, grad.dtype)
    zeros[index] = plain(grad)
    return zeros


@op(
    view=True,
    self=lambda grad, self_sym_sizes, dim, index: _select_backward(grad, self_sym_sizes, dim, index),
    node="SelectBackward0",
)
def select_op(self, dim, index):
    """`select` with nothing to check."""
    return self[index_at(self.ndim, dim, index)]


@op(
    grad_output=lambda grad, dim, index: select_op(grad, dim, index),
    jvp=LINEAR,
    node="SelectBackwardBackward0",
)
def _select_backward(grad_output, self_sym_sizes, dim, index):
    return _in_zeros(grad_output, self_sym_sizes, index_at(len(self_sym_sizes), dim, index))


def select(self, dim, index):
    """The part at `index` of one dimension, which goes away."""
    ndim = self._array.ndim
    if not ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis, index = wrap_dim(dim, ndim), integer(index)
    size = self._array.shape[axis]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(self._array.shape)} at dimension {axis}"
        )
    return select_op(self, dim, index)


@op(
    view=True,
    self=lambda grad, self_sym_sizes, dim, start, end, step: slice_backward(
        grad, self_sym_sizes, dim, start, end, step
    ),
    node="SliceBackward0",
)
def slice_op(self, dim, start, end, step):
    """The elements from `start` to `end` by `step` of one dimension, with nothing to check."""
    return self[index_at(self.ndim, dim, slice(start, end, step))]


@op(
    grad_output=lambda grad, dim, start, end, step: slice_op(grad, dim, start, end, step),
    jvp=LINEAR,
    node="SliceBackwardBackward0",
)
def slice_backward(grad_output, self_sym_sizes, dim, start, end, step):
    return _in_zeros(grad_output, self_sym_sizes, index_at(len(self_sym_sizes), dim, slice(start, end, step)))


def narrow(self, dim, start, length):
    """The `length` elements from `start` on of one dimension; `start` may be a 0-d tensor."""
    if not self._array.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if isinstance(start, TensorBase):
        if start._array.ndim or start._dtype.category != INTEGER:
            raise RuntimeError("start must be an 0-dim integral Tensor.")
        start = int(start._array)
    size = self._array.shape[wrap_dim(dim, self._array.ndim)]
    if not -size <= start <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [{-size}, {size}], but got {start})"
        )
    start = start + size if start < 0 else start
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return slice_op(self, dim, start, start + length, 1)


# ---- diagonals ---------------------------------------------------------------------------------------------


@op(
    view=True,
    self=lambda grad, self_sym_sizes, offset, dim1, dim2: diagonal_backward(
        grad, self_sym_sizes, offset, dim1, dim2
    ),
    node="DiagonalBackward0",
)
def _diagonal(self, offset, dim1, dim2):
    return _writable_diagonal(self, offset, dim1, dim2)


def _writable_diagonal(array, offset, dim1, dim2):
    found = np.diagonal(array, offset, dim1, dim2)
    found.flags.writeable = True  # NumPy's diagonals are read-only for now
    return found


@op(
    grad_output=lambda grad, offset, dim1, dim2: _diagonal(grad, offset, dim1, dim2),
    jvp=LINEAR,
    node="DiagonalBackwardBackward0",
)
def diagonal_backward(grad_output, self_sym_sizes, offset, dim1, dim2):
    """The gradient of `diagonal`: zeros beside the diagonal."""
    zeros = np.zeros(self_sym_sizes, grad_output.dtype)
    _writable_diagonal(zeros, offset, dim1, dim2)[...] = plain(grad_output)
    return zeros


def diagonal(self, offset=0, dim1=0, dim2=1):
    """A view of a diagonal, which becomes the last dimension."""
    ndim = self._array.ndim
    if wrap_dim(dim1, ndim) == wrap_dim(dim2, ndim):
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _diagonal(self, offset, dim1, dim2)


# ---- strides -----------------------------------------------------------------------------------------------


def _as_strided_backward(grad, self_geometry, size, stride, storage_offset):
    """The gradient scattered into a storage of its own, and seen there as `self` sees its storage."""
    own_size, own_stride, own_offset, elements = self_geometry
    start = own_offset if storage_offset is None else storage_offset
    if 0 in size:
        return filled_zeros(grad, own_size)
    kept = []
    for axis in range(len(size) - 1, -1, -1):
        if size[axis] == 1:
            grad = grad.squeeze(axis)
        elif stride[axis] == 0:
            grad = grad.sum(axis)
        else:
            kept.insert(0, (size[axis], stride[axis]))
    sizes, strides = [size for size, _ in kept], [step for _, step in kept]
    whole = grad.new_zeros(elements)
    if _may_overlap(kept):
        whole = _index_add(whole, reshape(grad, -1), _places(sizes, strides, start))
        storage(whole).version = 1  # in place, in PyTorch
    else:
        strided_op(whole, tuple(sizes), tuple(strides), start).copy_(grad)
    return strided_op(whole, own_size, own_stride, own_offset)


def _may_overlap(kept):
    """Whether two elements may share a place: no, if each stride goes beyond all that the smaller ones reach."""
    reach = 0
    for size, step in sorted(kept, key=lambda pair: pair[1]):
        if step <= reach:
            return True
        reach += step * (size - 1)
    return False


def _places(sizes, strides, offset):
    """The place of each element in its storage, in one dimension."""
    places = np.full(sizes, offset, np.int64)
    for axis, (size, step) in enumerate(zip(sizes, strides)):
        places += (np.arange(size) * step).reshape((-1,) + (1,) * (len(sizes) - axis - 1))
    return places.ravel()


@op(
    self=lambda grad: grad,
    source=lambda grad, index: _index_select(grad, index).expand(len(index)),
    jvp=LINEAR,
    node="IndexAddBackward0",
)
def _index_add(self, source, index):
    np.add.at(self, index, source)  # `self` is zeros of our own
    return self


@op(
    self=lambda grad, self_sym_sizes, index: _index_add(grad.new_zeros(self_sym_sizes), grad, index),
    jvp=LINEAR,
    node="IndexSelectBackward0",
)
def _index_select(self, index):
    return self[index]


@op(view=True, self=_as_strided_backward, node="AsStridedBackward0")
def strided_op(self, size, stride, storage_offset):
    """`as_strided` with nothing to check."""
    return by_strides(self, size, [step * self.itemsize for step in stride], storage_offset)


def as_strided(self, size, stride, storage_offset=None):
    """A view of the same memory with these sizes, strides and offset, in elements.

    Raises `RuntimeError` where that would reach beyond the memory.
    """
    size, stride = tuple(size), tuple(stride)
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(step < 0 for step in stride):
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}"
        )
    if any(each < 0 for each in size):
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}"
        )
    if storage_offset is not None and storage_offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {storage_offset}")
    _check_within_storage(self, size, stride, storage_offset)
    return strided_op(self, size, stride, storage_offset)


def _check_within_storage(self, size, stride, storage_offset):
    array = memory(self)
    owner, offset = owner_and_offset(array)
    start = offset if storage_offset is None else storage_offset
    end = start + 1 + sum((each - 1) * step for each, step in zip(size, stride))
    if 0 not in size and end > owner.size:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {start}, and itemsize "
            f"{array.itemsize} requiring a storage size of {end * array.itemsize} are out of bounds for storage of size "
            f"{owner.nbytes}"
        )


@op(
    view=True,
    self=lambda grad, dim, start, end, step: slice_op(grad, dim, start, end, step),
    node="SliceInverseBackward0",
)
def _slice_inverse(self, geometry, dim, start, end, step):
    size, stride, offset = geometry
    return by_strides(self, size, [each * self.itemsize for each in stride], offset)


@function
def slice_inverse(input, src, dim=0, start=None, end=None, step=1):
    """The view of `src` that `input` is a slice of, seen in the memory of `input`.

    Raises `RuntimeError` where that memory is smaller than `src`.
    """
    geometry = (tuple(src._array.shape), tuple(src.stride()), src.storage_offset())
    _check_within_storage(input, *geometry)
    return _slice_inverse(input, geometry, dim, start, end, step)
