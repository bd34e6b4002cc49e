"""Determinants, inverses, and solutions of linear equations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import INTEGER, not_implemented
from ..grad_mode import mode
from ..op import check_broadcast, op, wrap
from ..ops.choosing import where
from ..ops.into import with_out, with_outs
from ..ops.linalg import matmul
from ..ops.parts import diag_embed
from ..ops.views import permute, reshape
from ..return_types import named
from .arrays import (
    adjoint,
    by_columns,
    factored,
    first_zero,
    identity_like,
    permutation,
    singular,
    substituted,
)
from .checks import check_floating, check_info, check_matrices, check_precise, check_square

# ---- determinants ------------------------------------------------------------------------------------------


def _along_diagonal(values: Any, A: Any) -> Any:
    """Matrices of the shape of `A` with one value all along each diagonal."""
    return diag_embed(values.unsqueeze(-1).expand(A._array.shape[:-1]))


def _det_backward(grad, A, result):
    diagonals = _along_diagonal(grad * result.conj(), A)
    if result._of_examples or (mode.enabled and not (result._array == 0).any()):
        return solve(A.mH, diagonals)
    lu, pivots = factored(adjoint(A._array))
    zero = np.diagonal(lu, 0, -2, -1) == 0
    if zero.any():
        tiny = np.where(zero, np.finfo(lu.dtype).eps, 0).astype(lu.dtype)
        lu += np.eye(lu.shape[-1], dtype=lu.dtype) * tiny[..., None, :]
    return wrap(_solved_by(lu, pivots, diagonals._array))


def _parity(pivots: Any) -> Any:
    """-1 for each odd number of exchanged rows."""
    swaps = (pivots != np.arange(1, pivots.shape[-1] + 1)).sum(-1)
    return np.where(swaps % 2, -1.0, 1.0)


def _solved_by(lu: Any, pivots: Any, B: Any) -> Any:
    order = permutation(pivots, lu.shape[-1])[..., None]
    shape = np.broadcast_shapes(order.shape[:-2], B.shape[:-2])
    B = np.take_along_axis(
        np.broadcast_to(B, (*shape, *B.shape[-2:])), np.broadcast_to(order, (*shape, *order.shape[-2:])), -2
    )
    return substituted(lu, substituted(lu, B, False, True), True, False)


@op(A=_det_backward, node="LinalgDetBackward0")
def _det(A):
    found = np.asarray(np.linalg.det(A), A.dtype)
    if not found.all():  # NumPy has no sign for 0
        lu, pivots = factored(A)
        exact = np.prod(np.diagonal(lu, 0, -2, -1), axis=-1) * _parity(pivots)
        found = np.where(found == 0, exact, found).astype(A.dtype)
    return found[()]


@with_out()
def det(A: Any) -> Any:
    """The determinant of each matrix."""
    check_square(A, "linalg.det")
    check_floating(A, "linalg.det")
    check_precise(A, "linalg.det")
    return _det(A)


def _slogdet_backward(grads, A, sign):
    of_sign, of_logarithm = grads
    if of_logarithm is None and of_sign is None:
        return None
    if not A._dtype.is_complex:
        found = of_logarithm
        if found is None:
            return A.new_zeros(A._array.shape)
    else:
        found = of_logarithm if of_logarithm is not None else sign.real.new_zeros(sign._array.shape)
        found = found + 0j
        if of_sign is not None:
            found = found - (of_sign.conj() * sign).imag * 1j
    return solve(A.mH, _along_diagonal(found, A))


@op(A=_slogdet_backward, outputs=("sign", "logabsdet"), node="LinalgSlogdetBackward0")
def _slogdet(A):
    sign, logarithm = np.linalg.slogdet(A)
    sign = np.where(np.isnan(logarithm), 0 if A.dtype.kind == "f" else complex(np.nan, np.nan), sign)
    return np.asarray(sign, A.dtype)[()], np.asarray(logarithm, A.real.dtype)[()]


_Linalg_slogdet = named("linalg_slogdet", "sign", "logabsdet")


@with_outs
def slogdet(A: Any) -> Any:
    """The sign of each determinant, and the logarithm of its size."""
    check_square(A, "linalg.slogdet")
    check_floating(A, "linalg.slogdet")
    check_precise(A, "linalg.slogdet")
    return _Linalg_slogdet(_slogdet(A))


def logdet(input: Any) -> Any:
    """The logarithm of each determinant; nan where it is negative."""
    check_square(input, "linalg.slogdet")
    check_floating(input, "linalg.slogdet")
    check_precise(input, "linalg.slogdet")
    sign, logarithm = _slogdet(input)
    if input._dtype.is_complex:
        return sign.log() + logarithm
    return where(sign == -1.0, math.nan, logarithm)


# ---- inverses ----------------------------------------------------------------------------------------------


def _inverse_backward(grads, inverse):
    return None if grads[0] is None else -matmul(inverse.mH, matmul(grads[0], inverse.mH))


@op(A=_inverse_backward, outputs=("inverse", "info"), node="LinalgInvExBackward0")
def _inv_ex(A):
    try:
        return by_columns(np.linalg.inv(A).astype(A.dtype, copy=False)), np.zeros(A.shape[:-2], np.int32)[()]
    except np.linalg.LinAlgError:
        lu, pivots = factored(A)
        return by_columns(_solved_by(lu, pivots, identity_like(A))), np.asarray(first_zero(lu))[()]


_Linalg_inv_ex = named("linalg_inv_ex", "inverse", "info")
_SINGULAR = "The diagonal element {info} is zero, the inversion could not be completed because the input matrix is singular."


@with_outs
def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """The inverse of each matrix, and where its computation failed."""
    check_floating(A, "linalg.inv")
    check_square(A, "linalg.inv")
    check_precise(A, "linalg.inv")
    found = _Linalg_inv_ex(_inv_ex(A))
    if check_errors:
        check_info(found[1], "linalg.inv_ex", _SINGULAR)
    return found


@with_out()
def inv(A: Any) -> Any:
    """The inverse of each matrix; raises `LinAlgError` where there is none."""
    check_floating(A, "linalg.inv")
    check_square(A, "linalg.inv")
    check_precise(A, "linalg.inv")
    found, info = _inv_ex(A)
    check_info(info, "linalg.inv", _SINGULAR)
    return found


@with_out()
def inverse(input: Any) -> Any:
    """`torch.linalg.inv` under another name."""
    return inv(input)


# ---- equations ---------------------------------------------------------------------------------------------


def _is_vector(A: Any, B: Any) -> bool:
    """Whether the right side is a vector for each matrix."""
    sizes = B._array.shape
    return len(sizes) == 1 or (A._array.ndim - 1 == len(sizes) and sizes == A._array.shape[:-1])


def _gradient_of_right(grad, A, B, left):
    if not _is_vector(A, B):
        return solve(A.mH, grad, left=left)
    return solve(A.mH, grad.unsqueeze(-1), left=left).squeeze(-1)


def _gradient_of_matrix(grads, A, B, left, result):
    if grads[0] is None:
        return None
    right = _gradient_of_right(grads[0], A, B, left)
    if _is_vector(A, B):
        right, result = right.unsqueeze(-1), result.unsqueeze(-1)
    return -matmul(right, result.mH) if left else -matmul(result.mH, right)


@op(
    A=_gradient_of_matrix,
    B=lambda grads, A, B, left: None if grads[0] is None else _gradient_of_right(grads[0], A, B, left),
    outputs=("result", "info"),
    node="LinalgSolveExBackward0",
)
def _solve_ex(A, B, left, vector):
    right = B[..., None] if vector else B
    matrix = A
    if not left:
        matrix, right = np.swapaxes(A, -2, -1), np.swapaxes(right, -2, -1)
    try:
        found = np.linalg.solve(matrix, right).astype(A.dtype, copy=False)
        info = np.zeros(A.shape[:-2], np.int32)
    except np.linalg.LinAlgError:
        info = singular(A)
        found = _solved_by(*factored(matrix), right)
    found = found if left else np.swapaxes(found, -2, -1)
    return found[..., 0] if vector else by_columns(found), info[()]


def _solved(A: Any, B: Any, left: bool) -> Any:
    name = "linalg.solve"
    check_floating(A, name)
    if A._dtype is not B._dtype:
        kinds = [each._dtype.legacy_name for each in (A, B)]
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {kinds[0]} and B of type {kinds[1]} instead"
        )
    vector = A._array.ndim >= 1 and B._array.ndim >= 1 and _is_vector(A, B)
    check_square(A, name)
    check_equation(A, B.unsqueeze(-1) if vector else B, left, name)
    check_precise(A, name)
    return _solve_ex(A, B, left, vector)


def check_equation(A: Any, B: Any, left: bool, name: str) -> None:
    """Raise `RuntimeError` where the two sides of an equation do not fit together."""
    check_matrices(B, name, "B")
    sizes, others = A._array.shape[-2:], B._array.shape[-2:]
    if sizes[1 if left else 0] != others[0 if left else 1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX = B' if left else 'XA = B'} "
            f"({sizes[0]}x{sizes[1]} and {others[0]}x{others[1]})"
        )
    check_broadcast(A._array.shape[:-2], B._array.shape[:-2])


_Linalg_solve_ex = named("linalg_solve_ex", "result", "info")
_UNSOLVED = "The solver failed because the input matrix is singular."


@with_out()
def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """The solution of `A X = B`; raises `LinAlgError` where `A` is singular."""
    found, info = _solved(A, B, left)
    check_info(info, "torch.linalg.solve", _UNSOLVED)
    return found


@with_outs
def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """The solution of `A X = B`, and where its computation failed."""
    found = _Linalg_solve_ex(_solved(A, B, left))
    if check_errors:
        check_info(found[1], "torch.linalg.solve_ex", _UNSOLVED)
    return found


def _triangular_right(grad, self, upper, left, unitriangular):
    return solve_triangular(self.mH, grad, upper=not upper, left=left, unitriangular=unitriangular)


def _triangular_matrix(grad, self, upper, left, unitriangular, result):
    right = _triangular_right(grad, self, upper, left, unitriangular)
    found = -matmul(right, result.mH) if left else -matmul(result.mH, right)
    return found.triu(int(unitriangular)) if upper else found.tril(-int(unitriangular))


@op(self=_triangular_matrix, B=_triangular_right, node="LinalgSolveTriangularBackward0")
def _solve_triangular(self, B, upper, left, unitriangular):
    if left:
        return substituted(self, B, upper, unitriangular)
    turned = substituted(np.swapaxes(self, -2, -1), np.swapaxes(B, -2, -1), not upper, unitriangular)
    return np.swapaxes(turned, -2, -1)


@with_out()
def solve_triangular(
    input: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """The solution of `A X = B` for a triangle `A`, of which the rest is not looked at."""
    name = "linalg.solve_triangular"
    if input._dtype is not B._dtype:
        kinds = [each._dtype.legacy_name for each in (input, B)]
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {kinds[0]} and B of type {kinds[1]} instead"
        )
    check_square(input, name)
    check_equation(input, B, left, name)
    if (input._dtype.category <= INTEGER or input._dtype.reduced) and input._array.size:
        raise not_implemented("triangular_solve_cpu", input._dtype)
    return _solve_triangular(input, B, upper, left, unitriangular)


# ---- of more dimensions ------------------------------------------------------------------------------------


@with_out()
def tensorinv(input: Any, ind: int = 2) -> Any:
    """The inverse with regard to `tensordot` over `ind` dimensions."""
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    sizes = input._array.shape
    front, back = math.prod(sizes[:ind]), math.prod(sizes[ind:])
    if front != back:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{back} != {front}"
        )
    return reshape(inv(reshape(input, back, front)), *sizes[ind:], *sizes[:ind])


@with_out()
def tensorsolve(input: Any, other: Any, dims: Any = None) -> Any:
    """The solution of `tensordot(A, X) = B` over the dimensions of `X`."""
    ndim = input._array.ndim
    if dims is not None:
        moved = [each % ndim for each in dims]
        input = permute(input, [*[each for each in range(ndim) if each not in moved], *moved])
    sizes = input._array.shape
    back, front = math.prod(sizes[other._array.ndim :]), math.prod(sizes[: other._array.ndim])
    if back != front:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got "
            f"{back} != {front}"
        )
    flat = solve(reshape(input, back, back), reshape(other, -1))
    return reshape(flat, sizes[other._array.ndim :])
