"""The same elements in another shape or order: views of the memory, and copies where a view is not possible."""

from __future__ import annotations

import math

import numpy as np

from ..base import memory
from ..op import make_view, op
from .dims import axes_of, infer_size, sizes_of, wrap_dim


@op(view=True, self=lambda grad: grad, node="AliasBackward0")
def alias(self):
    """A view of the whole."""
    return self.view()


def detach(self):
    """The same memory and version counter, without history."""
    result = make_view(self, memory(self) if self._array.ndim else memory(self).view())
    result._base = None
    return result


@op(self=lambda grad: grad, node="CloneBackward0")
def _clone(self):
    return self.copy()


def clone(self, *, memory_format=None):
    """A copy, which gradients flow through."""
    return _clone(self)


def contiguous(self, memory_format=None):
    """`self` if its elements lie in order, else a copy in which they do."""
    array = self._array
    return self if not isinstance(array, np.ndarray) or array.flags.c_contiguous else self.clone().contiguous()


# ---- other sizes -------------------------------------------------------------------------------------------


@op(view=True, self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), node="ViewBackward0")
def _view(self, sizes):
    result = self.view()
    result.shape = sizes
    return result


def _shares_memory_as(array, sizes):
    """The array reshaped without a copy, or None where that is impossible."""
    try:
        result = array.view()
        result.shape = sizes
    except AttributeError:
        return None
    return result


def view(self, *sizes):
    """The same memory in another shape; raises `RuntimeError` where the strides do not allow it."""
    if len(sizes) == 1 and not isinstance(sizes[0], (int, tuple, list)):
        raise TypeError("view() to another dtype is not supported")
    wanted = infer_size(sizes_of(sizes), self._array.size)
    if _shares_memory_as(memory(self), wanted) is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return _view(self, wanted)


@op(view=True, self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), node="ReshapeAliasBackward0")
def _reshape_alias(self, sizes):
    return _shares_memory_as(self, sizes)


@op(self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), node="UnsafeViewBackward0")
def unsafe_view(self, sizes):
    return self.reshape(sizes)


def reshape(self, *sizes):
    """The elements in another shape: a view where possible, else a copy."""
    wanted = infer_size(sizes_of(sizes), self._array.size)
    array = memory(self)
    if array.flags.c_contiguous:
        return _view(self, wanted)
    if _shares_memory_as(array, wanted) is not None:
        return _reshape_alias(self, wanted)
    return unsafe_view(self.clone(), wanted)


def view_as(self, other):
    """`self` viewed in the shape of `other`."""
    return view(self, other._array.shape)


def flatten(self, start_dim=0, end_dim=-1):
    """Dimensions `start_dim` to `end_dim` joined into one."""
    sizes = self._array.shape
    start, end = wrap_dim(start_dim, len(sizes)), wrap_dim(end_dim, len(sizes))
    if not sizes:
        return reshape(self, 1)
    if start == end:
        return self
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return reshape(self, *sizes[:start], math.prod(sizes[start : end + 1]), *sizes[end + 1 :])


def ravel(self):
    """All elements in one dimension."""
    return reshape(self, -1)


@op(view=True, self=lambda grad, self_sym_sizes: grad._reduce_to(self_sym_sizes, grad._dtype), node="ExpandBackward0")
def _expand(self, sizes):
    if not self.ndim:
        return np.ndarray(sizes, self.dtype, self, strides=(0,) * len(sizes))
    strides = (0,) * (len(sizes) - self.ndim) + tuple(
        [0 if size == 1 else stride for size, stride in zip(self.shape, self.strides)]  # noqa: B905 - equal lengths
    )
    return np.lib.stride_tricks.as_strided(self, sizes, strides)


def expand(self, *sizes, implicit=False):
    """A view in which dimensions of size 1 are repeated; -1 leaves a size as it is."""
    wanted, found = sizes_of(sizes), self._array.shape
    if not found and -1 not in wanted:
        return _expand(self, wanted)
    if len(wanted) < len(found):
        raise RuntimeError(
            f"expand(torch.{self._dtype.legacy_name}Tensor{{{list(found)}}}, size={list(wanted)}): the number of sizes provided "
            f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor ({len(found)})"
        )
    lead = len(wanted) - len(found)
    final = []
    for index, size in enumerate(wanted):
        old = found[index - lead] if index >= lead else 1
        if size == -1:
            if index < lead:
                raise RuntimeError(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {index}"
                )
            size = old
        elif old not in (1, size):
            raise RuntimeError(
                f"The expanded size of the tensor ({size}) must match the existing size ({old}) at non-singleton dimension "
                f"{index}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(found)}"
            )
        final.append(size)
    return _expand(self, tuple(final))


def expand_as(self, other):
    """`self` expanded to the shape of `other`."""
    return expand(self, other._array.shape)


def broadcast_to(self, size):
    """`self` expanded to `size`."""
    return expand(self, size)


# ---- sizes of 1 --------------------------------------------------------------------------------------------


def _unsqueeze_sizes(grad, sizes, dims):
    for dim in sorted(dims):
        if sizes[dim] == 1:
            grad = grad.unsqueeze(dim)
    return grad


@op(
    view=True,
    self=lambda grad, self_sym_sizes: _unsqueeze_sizes(grad, self_sym_sizes, range(len(self_sym_sizes))),
    node="SqueezeBackward0",
)
def _squeeze_all(self):
    return self.reshape([size for size in self.shape if size != 1])


def _squeeze_dim_backward(grad, self_sym_sizes, dim):
    if not self_sym_sizes:
        return grad
    return _unsqueeze_sizes(grad, self_sym_sizes, [dim % len(self_sym_sizes)])


def _squeeze_axis(self, dim):
    return self.reshape(self.shape) if not self.ndim or self.shape[dim] != 1 else self.squeeze(dim)


_squeeze_dim = op(view=True, self=_squeeze_dim_backward, node="SqueezeBackward1")(lambda self, dim: _squeeze_axis(self, dim))


# matmul's own, done in place on its result
squeeze_inside = op(self=_squeeze_dim_backward, node="SqueezeBackward4", version=1)(lambda self, dim: _squeeze_axis(self, dim))


def _squeeze_dims_backward(grad, self_sym_sizes, dim):
    return _unsqueeze_sizes(grad, self_sym_sizes, [each % len(self_sym_sizes) for each in dim] if self_sym_sizes else [])


@op(view=True, self=_squeeze_dims_backward, node="SqueezeBackward2")
def _squeeze_dims(self, dim, axes):
    return self.reshape([size for axis, size in enumerate(self.shape) if size != 1 or axis not in axes])


def squeeze(self, dim=None):
    """Dimensions of size 1 taken away: all of them, or only those in `dim`."""
    if dim is None:
        return _squeeze_all(self)
    if isinstance(dim, (tuple, list)):
        return _squeeze_dims(self, tuple(dim), tuple(axes_of(self, dim)))
    wrap_dim(dim, self._array.ndim)
    return _squeeze_dim(self, dim)


@op(view=True, self=lambda grad, dim: grad.squeeze(dim), node="UnsqueezeBackward0")
def _unsqueeze(self, dim):
    return np.expand_dims(self, dim)


def unsqueeze(self, dim):
    """A dimension of size 1 put in."""
    wrap_dim(dim, self._array.ndim + 1)
    return _unsqueeze(self, dim)


# ---- dimensions exchanged ----------------------------------------------------------------------------------


@op(view=True, self=lambda grad: grad.t(), node="TBackward0")
def _t(self):
    return self.T


def t(self):
    """A matrix with its two dimensions exchanged; vectors and scalars stay as they are."""
    if self._array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self._array.ndim}D")
    return _t(self)


@op(view=True, self=lambda grad, dim0, dim1: transpose(grad, dim0, dim1), node="TransposeBackward0")
def _transpose(self, dim0, dim1):
    return np.swapaxes(self, dim0, dim1) if self.ndim else self.view()


def transpose(self, dim0, dim1):
    """Two dimensions exchanged."""
    ndim = self._array.ndim
    wrap_dim(dim0, ndim), wrap_dim(dim1, ndim)
    return _transpose(self, dim0, dim1)


def _permute_backward(grad, dims):
    ndim = len(dims)
    inverse = [0] * ndim
    for position, dim in enumerate(dims):
        inverse[dim % ndim] = position
    return grad.permute(inverse)


@op(view=True, self=_permute_backward, node="PermuteBackward0")
def _permute(self, dims):
    return self.transpose(dims)


def permute(self, *dims):
    """The dimensions in another order."""
    dims = sizes_of(dims)
    ndim = self._array.ndim
    if len(dims) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering "
            f"of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(dims)}"
        )
    if len({wrap_dim(dim, ndim) for dim in dims}) < ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permute(self, dims)
