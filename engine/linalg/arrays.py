"""Algorithms on stacks of matrices that NumPy lacks, or whose failures it does not describe."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

BLOCK = 32


def adjoint(array: Any) -> Any:
    """Rows and columns exchanged, conjugated."""
    return np.conjugate(np.swapaxes(array, -2, -1))


def by_columns(array: Any) -> Any:
    """Matrices that lie in memory column by column, as LAPACK leaves them."""
    return np.swapaxes(np.ascontiguousarray(np.swapaxes(array, -2, -1)), -2, -1)


def identity_like(array: Any) -> Any:
    """Identity matrices of the shape and type of these square matrices."""
    return np.broadcast_to(np.eye(array.shape[-1], dtype=array.dtype), array.shape)


def factored(array: Any) -> tuple[Any, Any]:
    """The triangles of the LU factorization with partial pivoting, in one matrix, and the rows exchanged (from 1)."""
    lu = np.array(array)
    rows, columns = lu.shape[-2:]
    count = min(rows, columns)
    flat = lu.reshape(math.prod(lu.shape[:-2]), rows, columns)
    pivots = np.empty((len(flat), count), np.int32)
    stack = np.arange(len(flat))
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        for k in range(start, end):
            chosen = k + np.argmax(_size(flat[:, k:, k]), axis=1)
            pivots[:, k] = chosen + 1
            kept = flat[stack, chosen].copy()
            flat[stack, chosen] = flat[:, k]
            flat[:, k] = kept
            divisor = flat[:, k, k]
            safe = np.where(divisor == 0, divisor.dtype.type(1), divisor)
            flat[:, k + 1 :, k] /= safe[:, None]
            flat[:, k + 1 :, k + 1 : end] -= flat[:, k + 1 :, k, None] * flat[:, None, k, k + 1 : end]
        if end < columns:
            top = substituted(flat[:, start:end, start:end], flat[:, start:end, end:], False, True)
            flat[:, start:end, end:] = top
            flat[:, end:, end:] -= flat[:, end:, start:end] @ top
    return lu, pivots.reshape(*array.shape[:-2], count)


def _size(array: Any) -> Any:
    return np.abs(array.real) + np.abs(array.imag) if array.dtype.kind == "c" else np.abs(array)


def substituted(A: Any, B: Any, upper: bool, unit: bool) -> Any:
    """The solution of `A X = B` with a triangle `A`, of which the rest is not looked at."""
    n = A.shape[-1]
    shape = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    X = np.array(np.broadcast_to(B, (*shape, *B.shape[-2:])))
    blocks = range(0, n, BLOCK)
    for start in reversed(blocks) if upper else blocks:
        end = min(start + BLOCK, n)
        for k in reversed(range(start, end)) if upper else range(start, end):
            others = slice(k + 1, end) if upper else slice(start, k)
            if others.start < others.stop:
                X[..., k, :] -= (A[..., k, None, others] @ X[..., others, :])[..., 0, :]
            if not unit:
                X[..., k, :] /= A[..., k, k, None]
        rest = slice(0, start) if upper else slice(end, n)
        if rest.start < rest.stop:
            X[..., rest, :] -= A[..., rest, start:end] @ X[..., start:end, :]
    return X


def permutation(pivots: Any, rows: int) -> Any:
    """The order of rows that exchanging them one after the other gives."""
    flat = pivots.reshape(math.prod(pivots.shape[:-1]), pivots.shape[-1])
    order = np.tile(np.arange(rows), (len(flat), 1))
    stack = np.arange(len(flat))
    for k in range(flat.shape[1]):
        chosen = flat[:, k] - 1
        kept = order[stack, chosen].copy()
        order[stack, chosen] = order[:, k]
        order[:, k] = kept
    return order.reshape(*pivots.shape[:-1], rows)


def first_zero(lu: Any) -> Any:
    """The number of the first zero on each diagonal, counted from 1; 0 where there is none."""
    zero = np.diagonal(lu, 0, -2, -1) == 0
    return np.where(zero.any(-1), zero.argmax(-1) + 1, 0).astype(np.int32)


def singular(array: Any) -> Any:
    """For each matrix, the first zero on the diagonal of its upper triangle; 0 where it can be inverted."""
    return np.asarray(first_zero(factored(array)[0]))


def cholesky_with_info(array: Any) -> tuple[Any, Any]:
    """The lower triangle of each matrix's Cholesky factorization, and where it failed, counted from 1."""
    try:
        found = np.linalg.cholesky(array)
        if not np.isnan(found).any():  # of which NumPy says nothing
            return found, np.zeros(array.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        pass
    found = np.tril(array)
    flat = found.reshape(math.prod(array.shape[:-2]), *array.shape[-2:])
    info = np.zeros(len(flat), np.int32)
    for number, matrix in enumerate(flat):
        for k in range(len(matrix)):
            rest = matrix[k, k].real - np.sum(np.abs(matrix[k, :k]) ** 2)
            if not rest > 0:
                info[number] = k + 1
                matrix[k, k] = rest
                break
            matrix[k, k] = np.sqrt(rest)
            matrix[k + 1 :, k] -= matrix[k + 1 :, :k] @ np.conjugate(matrix[k, :k])
            matrix[k + 1 :, k] /= matrix[k, k]
    return found, info.reshape(array.shape[:-2])
