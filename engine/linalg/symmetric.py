"""Factorizations L D L^T of matrices that equal their transposed or adjoint ones, and what is solved by them.

Source: torch.linalg.ldl_factor; LAPACK's sytf2, hetf2 and sytrs for the lower triangle, with Bunch and Kaufman's pivots.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import read_all
from ..dtypes import INTEGER, not_implemented
from ..op import check_broadcast
from ..ops.into import with_out, with_outs
from ..ops.refusals import underivable
from ..return_types import named
from .arrays import by_columns
from .checks import check_floating, check_square

_ALPHA = (1 + 17**0.5) / 8  # how much smaller than its column a pivot may be
_UNKNOWN_ERROR = (
    'false INTERNAL ASSERT FAILED at "/__w/pytorch/pytorch/aten/src/ATen/native/BatchLinearAlgebra.cpp":1642, please report a '
    "bug to PyTorch. {name}: Unknown error code: {info}."
)

# ---- factoring one matrix ----------------------------------------------------------------------------------


def _sizes(values):
    """What LAPACK compares numbers by."""
    return np.abs(values.real) + np.abs(values.imag)


def _pivot(matrix, k):
    """The row to exchange with and how many columns form the block; no columns if there is nothing but zeros."""
    sizes = _sizes(matrix[k:, k])
    diagonal = sizes[0]
    place = k + 1 + int(sizes[1:].argmax()) if len(sizes) > 1 else k
    largest = sizes[place - k] if len(sizes) > 1 else sizes[0] * 0
    if max(diagonal, largest) == 0:
        return k, 0
    if diagonal >= _ALPHA * largest:
        return k, 1
    beside = _sizes(matrix[place, k:])
    own = beside[place - k]
    beside[place - k] = 0
    if diagonal >= _ALPHA * largest * (largest / beside.max()):
        return k, 1
    return place, 1 if own >= _ALPHA * beside.max() else 2


def _block_inverse(block, below, hermitian):
    """The columns of L below a block of two: `below` times the inverse of the block, scaled as LAPACK does."""
    first, second = below[:, 0], below[:, 1]
    corner = block[1, 0]
    scale = np.abs(corner) if hermitian else corner
    turn = corner / scale
    one, two = block[1, 1] / scale, block[0, 0] / scale
    back = (1 / (one * two - 1)) / scale
    return np.stack(
        [back * (one * first - turn * second), back * (two * second - np.conjugate(turn) * first)], 1
    )


def _factored_one(lower, hermitian):
    """The triangle and the block diagonal in one matrix, the exchanges, and the place of the first column of zeros."""
    turned = np.conjugate if hermitian else np.asarray
    matrix = np.tril(lower) + turned(np.tril(lower, -1).T)
    if hermitian:
        np.fill_diagonal(matrix, lower.diagonal().real)
    size = len(matrix)
    pivots = np.zeros(size, np.int32)
    info = k = 0
    while k < size:
        place, width = _pivot(matrix, k)
        if not width:
            info = info or k + 1
            pivots[k] = k + 1
            k += 1
            continue
        last = k + width - 1
        matrix[[last, place], k:] = matrix[[place, last], k:]
        matrix[k:, [last, place]] = matrix[k:, [place, last]]
        below = matrix[k + width :, k : k + width].copy()
        block = matrix[k : k + width, k : k + width]
        columns = below * (1 / block[0, 0]) if width == 1 else _block_inverse(block, below, hermitian)
        matrix[k + width :, k + width :] -= below @ turned(columns.T)
        if hermitian:
            rest = matrix[k + width :, k + width :]
            np.fill_diagonal(rest, rest.diagonal().real)
        matrix[k + width :, k : k + width] = columns
        pivots[k : k + width] = place + 1 if width == 1 else -(place + 1)
        k += width
    return np.tril(matrix), pivots, info


# The input stands last: an operation of several results is declared as one of several operands.
@underivable("linalg_ldl_factor_ex", "A")
def _factored(hermitian, A):
    found = np.zeros_like(A)
    pivots = np.zeros(A.shape[:-1], np.int32)
    info = np.zeros(A.shape[:-2], np.int32)
    with np.errstate(all="ignore"):
        for place in np.ndindex(*A.shape[:-2]):
            found[place], pivots[place], info[place] = _factored_one(A[place], hermitian)
    return by_columns(found), pivots, info[()]


_Linalg_ldl_factor_ex = named("linalg_ldl_factor_ex", "LD", "pivots", "info")
_Linalg_ldl_factor = named("linalg_ldl_factor", "LD", "pivots")


def _check_and_factor(A: Any, hermitian: bool) -> Any:
    check_square(A, "torch.linalg.ldl_factor_ex")
    check_floating(A, "torch.linalg.ldl_factor_ex")
    if A._dtype.reduced:
        raise not_implemented("ldl_factor_kernel_cpu", A._dtype)
    return _factored(hermitian and A._dtype.is_complex, A)


def _check_factor(info: Any, name: str) -> None:
    failed = np.ravel(read_all(info))
    if failed.any():
        raise RuntimeError(_UNKNOWN_ERROR.format(name=name, info=failed[failed != 0][0]))


@with_outs
def ldl_factor_ex(input: Any, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """`ldl_factor`, and where it met a column of zeros: `info` is its number, from 1, or 0.

    https://docs.pytorch.org/docs/stable/generated/torch.linalg.ldl_factor_ex.html
    """
    found = _Linalg_ldl_factor_ex(_check_and_factor(input, hermitian))
    if check_errors:
        _check_factor(found[2], "torch.linalg.ldl_factor_ex")
    return found


@with_outs
def ldl_factor(input: Any, *, hermitian: bool = False) -> Any:
    """L and D of each matrix (..., n, n) = L D L^T in one matrix `LD`, and the exchanged rows (..., n) as LAPACK counts them.

    Only the lower triangle of `A` is read; `hermitian`: of complex numbers, L^H takes the place of L^T. RuntimeError where
    a column has nothing but zeros. https://docs.pytorch.org/docs/stable/generated/torch.linalg.ldl_factor.html
    """
    LD, pivots, info = _check_and_factor(input, hermitian)
    _check_factor(info, "torch.linalg.ldl_factor")
    return _Linalg_ldl_factor((LD, pivots))


# ---- solving -----------------------------------------------------------------------------------------------


def _blocks(pivots):
    """The columns where blocks begin, and how many each has."""
    k = 0
    while k < len(pivots):
        width = 1 if pivots[k] > 0 else 2
        yield k, width
        k += width


def _solved_one(LD, pivots, B, hermitian):
    turned = np.conjugate if hermitian else np.asarray
    blocks = list(_blocks(pivots))
    for k, width in blocks:
        rows = [k + width - 1, abs(pivots[k]) - 1]
        B[rows] = B[rows[::-1]]
        block = LD[k : k + width, k : k + width].copy()
        B[k + width :] -= LD[k + width :, k : k + width] @ B[k : k + width]
        if width == 2:
            block[0, 1] = turned(block[1, 0])
            B[k : k + 2] = np.linalg.solve(block, B[k : k + 2])
        else:
            B[k] /= block[0, 0]
    for k, width in reversed(blocks):
        B[k : k + width] -= turned(LD[k + width :, k : k + width].T) @ B[k + width :]
        rows = [k + width - 1, abs(pivots[k]) - 1]
        B[rows] = B[rows[::-1]]


@underivable("linalg_ldl_solve", "LD", "B")
def _solved(LD, pivots, B, hermitian):
    batch = np.broadcast_shapes(LD.shape[:-2], B.shape[:-2])
    LD, pivots = (
        np.broadcast_to(LD, (*batch, *LD.shape[-2:])),
        np.broadcast_to(pivots, (*batch, LD.shape[-1])),
    )
    found = np.array(np.broadcast_to(B, (*batch, *B.shape[-2:])))
    with np.errstate(all="ignore"):
        for place in np.ndindex(*batch):
            _solved_one(LD[place], pivots[place], found[place], hermitian)
    # a copy, as a single row would otherwise keep its strides
    return np.swapaxes(np.array(np.swapaxes(found, -2, -1), order="C"), -2, -1)


def _check_solve(LD: Any, pivots: Any, B: Any) -> None:
    name = "torch.linalg.ldl_solve"
    check_square(LD, name)
    check_floating(LD, name)
    if B._dtype is not LD._dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {B._dtype.legacy_name} and A of type "
            f"{LD._dtype.legacy_name} instead."
        )
    size = LD._array.shape[-1]
    if B._array.ndim < 2:
        raise IndexError("Dimension out of range (expected to be in range of [-1, 0], but got -2)")
    rows, columns = B._array.shape[-2:]
    if rows != size:
        raise RuntimeError(
            f"Incompatible matrix sizes for {name}: each A matrix is {size} by {size} but each b matrix is {rows} by {columns}"
        )
    if pivots._array.shape != LD._array.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape "
            f"{list(pivots._array.shape)} instead"
        )
    if pivots._dtype.category > INTEGER:
        raise RuntimeError(f"{name}: Expected pivots to be integers. Got {pivots._dtype.legacy_name}")
    check_broadcast(B._array.shape[:-2], LD._array.shape[:-2])
    if LD._dtype.reduced:
        raise not_implemented("ldl_solve_kernel_cpu", LD._dtype)
    if (pivots._array == 0).any():
        raise RuntimeError(
            "Pivots given to ldl_solve must all satisfy |pivot| >= 1. Did you properly pass the result of ldl_factor?"
        )


@with_out()
def ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False) -> Any:
    """What each matrix, factored by `ldl_factor`, has to be multiplied with to give `B`, of shape (..., n, k).

    RuntimeError where shapes and types do not belong together.
    https://docs.pytorch.org/docs/stable/generated/torch.linalg.ldl_solve.html
    """
    _check_solve(LD, pivots, B)
    return _solved(LD, pivots, B, hermitian and LD._dtype.is_complex)
