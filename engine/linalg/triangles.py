"""LU factorizations, and what is solved by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import read_all
from ..dtypes import INTEGER, not_implemented
from ..op import op, wrap
from ..ops.into import with_out, with_outs
from ..ops.joining import cat
from ..ops.linalg import matmul
from ..return_types import named
from .arrays import adjoint, by_columns, factored, first_zero, permutation, substituted
from .checks import check_floating
from .solving import _solved_by, check_equation, solve_triangular

_NO_PIVOT = "linalg.lu_factor: LU without pivoting is not implemented on the CPU"


def _permutation_matrix(pivots: Any, rows: int, dtype: Any) -> Any:
    order = permutation(pivots, rows)
    found = np.zeros((*order.shape, rows), dtype)
    np.put_along_axis(found, order[..., None], 1, -1)
    return np.ascontiguousarray(np.swapaxes(found, -2, -1))


def lu_backward(of_l, of_u, P, L, U):
    """The gradient of a matrix from those of its triangles."""
    rows, columns, rank = L._array.shape[-2], U._array.shape[-1], L._array.shape[-1]
    top, left = L.narrow(-2, 0, rank), U.narrow(-1, 0, rank)
    lower = upper = None
    if of_l is not None:
        lower = matmul(top.mH, of_l.narrow(-2, 0, rank).tril(-1))
    if of_u is not None:
        upper = matmul(of_u.narrow(-1, 0, rank).triu(), left.mH)
    if of_u is not None and columns > rank:
        rest = matmul(of_u.narrow(-1, rank, columns - rank), U.narrow(-1, rank, columns - rank).mH)
        lower = -rest if lower is None else lower - rest
    if of_l is not None and rows > rank:
        rest = matmul(L.narrow(-2, rank, rows - rank).mH, of_l.narrow(-2, rank, rows - rank))
        upper = -rest if upper is None else upper - rest
    parts = [
        each
        for each in (None if lower is None else lower.tril(-1), None if upper is None else upper.triu())
        if each is not None
    ]
    inner = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    inner = solve_triangular(left.mH, inner, upper=False, left=False)
    found = solve_triangular(top.mH, inner, upper=True, unitriangular=True)
    if columns > rank:
        beside = (
            found.new_zeros((*found._array.shape[:-1], columns - rank))
            if of_u is None
            else solve_triangular(
                top.mH, of_u.narrow(-1, rank, columns - rank), upper=True, unitriangular=True
            )
        )
        found = cat([found, beside], -1)
    elif rows > rank:
        below = (
            found.new_zeros((*found._array.shape[:-2], rows - rank, columns))
            if of_l is None
            else solve_triangular(left.mH, of_l.narrow(-2, rank, rows - rank), upper=False, left=False)
        )
        found = cat([found, below], -2)
    return found if P is None else matmul(P, found)


def _factor_backward(grads, LU, pivots):
    grad = grads[0]
    if grad is None:
        return None
    L, U = _triangles(LU)
    of_l, of_u = _triangles(grad)
    P = wrap(_permutation_matrix(pivots._array, LU._array.shape[-2], LU._array.dtype))
    return lu_backward(of_l.tril(-1), of_u, P, L, U)


def _triangles(LU: Any) -> tuple[Any, Any]:
    """The two triangles that lie in one matrix; the lower one has ones on its diagonal."""
    rows, columns = LU._array.shape[-2:]
    rank = min(rows, columns)
    ones = wrap(np.eye(rows, rank, dtype=LU._array.dtype))
    return LU.narrow(-1, 0, rank).tril(-1) + ones, LU.narrow(-2, 0, rank).triu()


@op(A=_factor_backward, outputs=("LU", "pivots", "info"), node="LinalgLuFactorExBackward0")
def _lu_factor_ex(A, pivot):
    lu, pivots = factored(A)
    return by_columns(lu), pivots, np.asarray(first_zero(lu))[()]


def _check_kernel(A: Any) -> None:
    if A._dtype.category <= INTEGER or (A._dtype.reduced and A._array.size):
        raise not_implemented("lu_cpu", A._dtype)


def _factored(A: Any, pivot: bool) -> Any:
    if A._array.ndim < 2:
        raise RuntimeError(
            f"torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: {list(A._array.shape)} instead"
        )
    _check_kernel(A)
    if not pivot:
        raise RuntimeError(_NO_PIVOT)
    return _lu_factor_ex(A, pivot)


_Linalg_lu_factor_ex = named("linalg_lu_factor_ex", "LU", "pivots", "info")
_Linalg_lu_factor = named("linalg_lu_factor", "LU", "pivots")


@with_outs
def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """Both triangles of the LU factorization in one matrix, the exchanged rows, and where it failed."""
    found = _Linalg_lu_factor_ex(_factored(A, pivot))
    if check_errors:
        _check_factor(found[2])
    return found


def _check_factor(info: Any) -> None:
    found = read_all(info)
    if not found.any():
        return
    flat = np.ravel(found)
    number = int(np.flatnonzero(flat)[0])
    batch = f"(Batch element {number}): " if found.ndim else ""
    place = int(flat[number])
    raise RuntimeError(
        f"torch.linalg.lu_factor: {batch}U[{place},{place}] is zero and using it on lu_solve would result in a division by zero. "
        "If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
    )


@with_outs
def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """Both triangles of the LU factorization in one matrix, and the exchanged rows."""
    LU, pivots, info = _factored(A, pivot)
    _check_factor(info)
    return _Linalg_lu_factor((LU, pivots))


def _lu_outputs_backward(grads, P, L, U):
    _, of_l, of_u = grads
    return None if of_l is None and of_u is None else lu_backward(of_l, of_u, P.detach(), L, U)


@op(A=_lu_outputs_backward, outputs=("P", "L", "U"), node="LinalgLuBackward0")
def _lu(A, pivot):
    lu, pivots = factored(A)
    rows, columns = A.shape[-2:]
    rank = min(rows, columns)
    L = np.tril(lu[..., :rank], -1) + np.eye(rows, rank, dtype=A.dtype)
    return _permutation_matrix(pivots, rows, A.dtype), L, np.triu(lu[..., :rank, :])


_Linalg_lu = named("linalg_lu", "P", "L", "U")


@with_outs
def lu(A: Any, *, pivot: bool = True) -> Any:
    """A permutation, a lower and an upper triangle, whose product is the matrix."""
    if A._array.ndim < 2:
        raise RuntimeError(
            f"linalg.lu: Expected tensor with 2 or more dimensions. Got size: {list(A._array.shape)} instead"
        )
    _check_kernel(A)
    if not pivot:
        raise RuntimeError(_NO_PIVOT)
    P, L, U = _lu(A, pivot)
    P._node = None
    return _Linalg_lu((P, L, U))


def _lu_solve_matrix(grad, LU, pivots, result, left, adjoint):
    L, U = _triangles(LU)
    P = wrap(_permutation_matrix(pivots._array, LU._array.shape[-1], LU._array.dtype))
    if left != adjoint:
        one = -(grad if left else grad.mH)
        middle = solve_triangular(U.mH, matmul(one, result.mH if left else result), upper=False)
        lower = solve_triangular(L.mH, matmul(middle, U.mH), upper=True, unitriangular=True)
        return lower.tril(-1) + middle.triu()
    inner = matmul(result if left else result.mH, grad.mH if left else grad)
    middle = solve_triangular(
        L.mH, -matmul(matmul(P.mT, inner), P), upper=True, left=False, unitriangular=True
    )
    upper = solve_triangular(U.mH, matmul(L.mH, middle), upper=False, left=False)
    return middle.tril(-1) + upper.triu()


@op(
    LU=_lu_solve_matrix,
    B=lambda grad, LU, pivots, left, adjoint: lu_solve(LU, pivots, grad, left=left, adjoint=not adjoint),
    node="LinalgLuSolveBackward0",
)
def _lu_solve(LU, pivots, B, left, adjoint):
    if not left:
        B = np.conjugate(np.swapaxes(B, -2, -1))
    found = _solved_by(LU, pivots, B) if left != adjoint else _adjoint_solved(LU, pivots, B)
    return found if left else np.conjugate(np.swapaxes(found, -2, -1))


def _adjoint_solved(lu: Any, pivots: Any, B: Any) -> Any:
    turned = adjoint(lu)
    inner = substituted(turned, B, False, False)
    inner = substituted(turned, inner, True, True)
    return _permutation_matrix(pivots, lu.shape[-1], lu.dtype) @ inner


@with_out()
def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """The solution of `A X = B`, given the factorization of `A`."""
    name = "linalg.lu_solve"
    check_floating(LU, f"torch.{name}")
    if LU._dtype is not B._dtype:
        kinds = [each._dtype.legacy_name for each in (LU, B)]
        raise RuntimeError(
            f"{name}: Expected LU and B to have the same dtype, but found LU of type {kinds[0]} and B of type {kinds[1]} instead"
        )
    check_equation(LU, B, left, name)
    return _lu_solve(LU, pivots, B, left, adjoint)


# ---- what is packed, taken apart ------------------------------------------------------------------------------------


_Lu_unpack = named("lu_unpack", "P", "L", "U")


@with_outs
def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """The permutation and the triangles that `lu_factor` gives packed."""
    rows = LU_data._array.shape[-2]
    empty = wrap(np.empty(0, LU_data._array.dtype))
    L, U = _unpacked(LU_data) if unpack_data else (empty, empty)
    P = wrap(_permutation_matrix(LU_pivots._array, rows, LU_data._array.dtype)) if unpack_pivots else empty
    return _Lu_unpack((P, L, U))


def _unpack_backward(grads, LU_sym_sizes):
    of_l, of_u = grads
    rows, columns = LU_sym_sizes[-2:]
    lower = None if of_l is None else _widened(of_l.tril(-1), -1, columns - min(rows, columns))
    upper = None if of_u is None else _widened(of_u.triu(), -2, rows - min(rows, columns))
    return lower if upper is None else upper if lower is None else lower + upper


def _widened(tensor: Any, dim: int, more: int) -> Any:
    if not more:
        return tensor
    sizes = list(tensor._array.shape)
    sizes[dim] = more
    return cat([tensor, tensor.new_zeros(sizes)], dim)


@op(LU=_unpack_backward, outputs=("L", "U"), node="LuUnpackBackward0")
def _unpacked(LU):
    rows, columns = LU.shape[-2:]
    rank = min(rows, columns)
    lower = np.tril(LU[..., :rank], -1) + np.eye(rows, rank, dtype=LU.dtype)
    return lower, np.triu(LU[..., :rank, :])
