"""Copies in another arrangement: turned round, repeated, triangles and diagonals."""

from __future__ import annotations

import numpy as np

from ..op import op
from .dims import axes_of, sizes_of
from .slicing import diagonal_backward


@op(self=lambda grad, dims: grad.flip(dims), node="FlipBackward0")
def _flip(self, dims):
    return np.flip(self, dims).copy() if dims else self.copy()


def flip(self, *dims):
    """The order of elements turned round along `dims`."""
    dims = sizes_of(dims)
    axes_of(self, dims or None)
    return _flip(self, dims)


def _repeat_backward(grad, repeats, self_sym_sizes):
    """Each copy's gradient added: split every dimension into (copies, size) and sum the copies."""
    lead = len(repeats) - len(self_sym_sizes)
    sizes = (1,) * lead + tuple(self_sym_sizes)
    if 0 in repeats:
        return grad.new_zeros(self_sym_sizes)
    split_sizes = [part for pair in zip(repeats, sizes) for part in pair]  # noqa: B905 - equal lengths
    dims = tuple(range(0, len(split_sizes), 2))
    if not dims:
        return grad
    return grad.reshape(split_sizes).sum(dims).reshape(self_sym_sizes)


@op(self=_repeat_backward, node="RepeatBackward0")
def _repeat(self, repeats):
    return np.tile(self, repeats)


def repeat(self, *repeats):
    """Copies side by side, so many along each dimension."""
    repeats = sizes_of(repeats)
    if len(repeats) < self._array.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    return _repeat(self, repeats)


@op(self=lambda grad, diagonal: grad.tril(diagonal), node="TrilBackward0")
def _tril(self, diagonal):
    return np.tril(self, diagonal)


def tril(self, diagonal=0):
    """The lower triangle; zeros above."""
    return _tril(self, diagonal)


@op(self=lambda grad, diagonal: grad.triu(diagonal), node="TriuBackward0")
def _triu(self, diagonal):
    return np.triu(self, diagonal)


def triu(self, diagonal=0):
    """The upper triangle; zeros below."""
    return _triu(self, diagonal)


@op(self=lambda grad, offset: grad.diagonal(offset, -2, -1), node="DiagEmbedBackward0")
def _diag_embed(self, offset, dim1, dim2):
    return np.diag(self, offset)


_diag_embed.node_class._saved_dim1 = 2**64 - 2  # PyTorch shows -2 and -1 as unsigned numbers


_diag_embed.node_class._saved_dim2 = 2**64 - 1


@op(
    self=lambda grad, self_sym_sizes, offset, dim1, dim2: diagonal_backward(grad, self_sym_sizes, offset, dim1, dim2),
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
