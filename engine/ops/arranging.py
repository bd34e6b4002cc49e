"""Copies in another arrangement: turned round, repeated, triangles and diagonals."""

from __future__ import annotations

from operator import mul

import numpy as np

from ..op import LINEAR, op
from .dims import check_sizes, sizes_of, wrap_dims
from .slicing import diagonal_backward
from .views import empty_like, filled_zeros


@op(self=lambda grad, dims: grad.flip(dims), jvp=LINEAR, node="FlipBackward0")
def _flip(self, dims):
    result = empty_like(self, self.dtype)
    result[...] = np.flip(self, dims) if dims and self.ndim else self
    return result


def flip(self, *given, dims=None):
    """The order of elements turned round along `dims`."""
    if not given and dims is None:
        raise TypeError('flip() missing 1 required positional arguments: "dims"')
    dims = sizes_of(given if dims is None else (dims,))
    wrap_dims(dims, self._array.ndim)
    return _flip(self, dims)


def _repeat_backward(grad, repeats, self_sym_sizes):
    """The gradients of all copies, added up."""
    if 0 in repeats:
        return filled_zeros(grad, self_sym_sizes)
    lead = len(repeats) - len(self_sym_sizes)
    for _ in range(lead):
        grad = grad.sum(0)
    sizes, dims = [], []
    for copies, size in zip(repeats[lead:], self_sym_sizes):
        if copies != 1:
            dims.append(len(sizes))
            sizes.append(copies)
        sizes.append(size)
    return grad.reshape(sizes).sum(dims) if dims else grad


@op(self=_repeat_backward, jvp=LINEAR, node="RepeatBackward0")
def _repeat(self, repeats):
    return np.tile(self, repeats)


def repeat(self, *copies, repeats=None):
    """Copies side by side, so many along each dimension."""
    repeats = sizes_of(copies if repeats is None else (repeats,))
    sizes = self._array.shape
    if len(repeats) < len(sizes):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    check_sizes(tuple(map(mul, repeats, (1,) * (len(repeats) - len(sizes)) + sizes)))
    return _repeat(self, repeats)


def _check_matrices(self, name):
    if self._array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


@op(self=lambda grad, diagonal: grad.tril(diagonal), jvp=LINEAR, node="TrilBackward0")
def _tril(self, diagonal):
    return np.ascontiguousarray(np.tril(self, diagonal))


def tril(self, diagonal=0):
    """The lower triangle of each matrix; zeros above."""
    _check_matrices(self, "tril")
    return _tril(self, diagonal)


@op(self=lambda grad, diagonal: grad.triu(diagonal), jvp=LINEAR, node="TriuBackward0")
def _triu(self, diagonal):
    return np.ascontiguousarray(np.triu(self, diagonal))


def triu(self, diagonal=0):
    """The upper triangle of each matrix; zeros below."""
    _check_matrices(self, "triu")
    return _triu(self, diagonal)


@op(self=lambda grad, offset: grad.diagonal(offset, -2, -1), jvp=LINEAR, node="DiagEmbedBackward0")
def _diag_embed(self, offset, dim1, dim2):
    return np.diag(self, offset)


_diag_embed.declaration.node_class._saved_dim1 = 2**64 - 2  # PyTorch shows -2 and -1 as unsigned numbers


_diag_embed.declaration.node_class._saved_dim2 = 2**64 - 1


@op(
    self=lambda grad, self_sym_sizes, offset, dim1, dim2: diagonal_backward(
        grad, self_sym_sizes, offset, dim1, dim2
    ),
    jvp=LINEAR,
    node="DiagonalBackward0_copy",
)
def _diagonal_copy(self, offset, dim1, dim2):
    return np.diagonal(self, offset, dim1, dim2).copy()


def diag(self, diagonal=0):
    """A vector as a diagonal matrix, or a matrix's diagonal as a vector."""
    if self._array.ndim == 1:
        return _diag_embed(self, diagonal, -2, -1)
    if self._array.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {self._array.ndim}D")
    return _diagonal_copy(self, diagonal, 0, 1)
