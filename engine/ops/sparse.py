"""What sparse tensors compute with: operations on the values, whose places are given as arrays beside them.

Each is an operation like any other, so gradients flow through the values; `sparse_tensors.py` holds the tensors.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from ..op import LINEAR, op, wrap
from .row_sums import sum_rows


def _rows(tensor, places):
    return tensor.index_select(0, wrap(places))


def _summed(rows, places, count):
    """`count` rows, each the sum of those that `places` names it for."""
    flat = rows.reshape(len(rows), math.prod(rows.shape[1:]))
    return sum_rows(places, np.ascontiguousarray(flat), count).reshape(count, *rows.shape[1:])


@cache
def same(node: str) -> Any:
    """An operation that gives the values as they are, under the name of what was done to their places."""

    @op(values=lambda grad: grad, jvp=LINEAR, node=node)
    def alike(values):
        return values.copy()

    return alike


@cache
def summed(node: str) -> Any:
    """An operation that adds up the values at equal places; those are given as numbers below `count`."""

    @op(values=lambda grad, places: _rows(grad, places), jvp=LINEAR, node=node)
    def sums(values, places, count):
        return _summed(values, places, count)

    return sums


@op(
    values=lambda grad, places, sizes, sparse_dim: _rows(grad.reshape(-1, *sizes[sparse_dim:]), places),
    jvp=LINEAR,
    node="ToDenseBackward0",
)
def to_dense(values, places, sizes, sparse_dim):
    """All elements; `places` numbers those that have values, over the sparse dimensions."""
    return _summed(values, places, int(np.prod(sizes[:sparse_dim], dtype=np.int64))).reshape(sizes)


@cache
def taken(node: str) -> Any:
    """An operation that takes the values at some places out of a dense tensor."""

    @op(
        self=lambda grad, places, sizes, sparse_dim: to_dense(grad, places, sizes, sparse_dim),
        jvp=LINEAR,
        node=node,
    )
    def take(self, places, sizes, sparse_dim):
        return self.reshape(-1, *sizes[sparse_dim:])[places]

    return take


def _to_values(grad, mat2, rows, columns):
    return (_rows(grad, rows) * _rows(mat2, columns)).sum(1)


def _to_mat2(grad, values, rows, columns, mat2_sym_sizes):
    return mm(values, grad, columns, rows, mat2_sym_sizes[0])


@op(values=_to_values, mat2=_to_mat2, node="MmBackward0")
def mm(values, mat2, rows, columns, count):
    """The product of a sparse matrix of `count` rows with a dense one."""
    return _summed(values[:, None] * mat2[columns], rows, count)


@op(
    self=lambda grad, beta: grad * beta,
    values=lambda grad, mat2, rows, columns, alpha: _to_values(grad * alpha, mat2, rows, columns),
    mat2=lambda grad, values, rows, columns, mat2_sym_sizes, alpha: _to_mat2(
        grad * alpha, values, rows, columns, mat2_sym_sizes
    ),
    node="SparseAddmmBackward0",
)
def addmm(self, values, mat2, rows, columns, beta, alpha):
    """A dense matrix, and such a product."""
    return self * beta + _summed(values[:, None] * mat2[columns], rows, len(self)) * alpha
