"""The functions of linear algebra that stand in `torch` itself, and methods: mostly other signatures of `torch.linalg`."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..op import op, wrap
from ..ops.creation import randn
from ..ops.into import with_out, with_outs
from ..ops.linalg import matmul
from ..return_types import named
from . import factoring, least_squares, matrices, norms, solving, triangles
from .arrays import adjoint, cholesky_with_info, substituted
from .checks import check_floating, check_info, check_precise, check_square
from .factoring import NOT_POSITIVE, cholesky_backward
from .solving import check_equation

det, logdet, inverse = solving.det, solving.logdet, solving.inverse
pinverse = least_squares.pinverse
matrix_exp, matrix_power = matrices.matrix_exp, matrices.matrix_power
lu_unpack = triangles.lu_unpack
orgqr = matrices.householder_product

_Slogdet = named("slogdet", "sign", "logabsdet")


@with_outs
def slogdet(input: Any) -> Any:
    """`torch.linalg.slogdet`, by an older name of its results."""
    return _Slogdet(solving.slogdet(input))


# ---- Cholesky ----------------------------------------------------------------------------------------------

_CHOLESKY_DEPRECATED = (
    "torch.cholesky is deprecated in favor of torch.linalg.cholesky and will be removed in a future PyTorch release.\nL = "
    "torch.cholesky(A)\nshould be replaced with\nL = torch.linalg.cholesky(A)\nand\nU = torch.cholesky(A, upper=True)\nshould be "
    "replaced with\nU = torch.linalg.cholesky(A).mH\nThis transform will produce equivalent results for all valid (symmetric "
    "positive definite) inputs."
)


@op(self=lambda grad, upper, result: cholesky_backward(grad, result, upper), node="CholeskyBackward0")
def _cholesky(self, upper):
    found, info = cholesky_with_info(adjoint(self) if upper else self)
    check_info(wrap(info), "cholesky", NOT_POSITIVE)
    return np.ascontiguousarray(adjoint(found)) if upper else found


@with_out()
def cholesky(input: Any, upper: bool = False) -> Any:
    """The Cholesky factor of each matrix; `torch.linalg.cholesky` takes its place."""
    warnings.warn(_CHOLESKY_DEPRECATED, UserWarning, stacklevel=3)
    check_floating(input, "cholesky")
    check_square(input, "cholesky")
    check_precise(input, "linalg.cholesky")
    return _cholesky(input, upper)


def _inverse_backward(grad, self, upper, result):
    common = grad + grad.mH
    common = matmul(result, matmul(common, result))
    return -matmul(self, common) if upper else -matmul(common, self)


@op(self=_inverse_backward, node="CholeskyInverseBackward0")
def _cholesky_inverse(self, upper):
    lower = adjoint(self) if upper else self
    root = substituted(lower, np.eye(self.shape[-1], dtype=self.dtype), False, False)
    return adjoint(root) @ root


@with_out()
def cholesky_inverse(input: Any, upper: bool = False) -> Any:
    """The inverse of a matrix, given its Cholesky factor."""
    check_square(input, "cholesky_inverse")
    return _cholesky_inverse(input, upper)


def _solve_factor(grad, input2, upper, result):
    right = cholesky_solve(grad, input2, upper)
    common = matmul(right, result.mH)
    common = common + common.mH
    return -matmul(input2, common) if upper else -matmul(common, input2)


@op(
    self=lambda grad, input2, upper: cholesky_solve(grad, input2, upper),
    input2=_solve_factor,
    node="CholeskySolveBackward0",
)
def _cholesky_solve(self, input2, upper):
    lower = adjoint(input2) if upper else input2
    return substituted(adjoint(lower), substituted(lower, self, False, False), True, False)


@with_out()
def cholesky_solve(input: Any, input2: Any, upper: bool = False) -> Any:
    """The solution of `A X = B`, given the Cholesky factor of `A`."""
    for name, each in (("b", input), ("u", input2)):
        if each._array.ndim < 2:
            raise RuntimeError(
                f"{name} should have at least 2 dimensions, but has {each._array.ndim} dimensions instead"
            )
    _check_alike(input, input2)
    check_square(input2, "cholesky_solve")
    check_equation(input2, input, True, "cholesky_solve")
    return _cholesky_solve(input, input2, upper)


def _check_alike(b: Any, A: Any) -> None:
    """Raise `RuntimeError` for an equation whose sides are of different types."""
    if b._dtype is not A._dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {b._dtype.legacy_name} and A of type "
            f"{A._dtype.legacy_name} instead."
        )


# ---- other factorizations ----------------------------------------------------------------------------------

_Qr, _Svd = named("qr", "Q", "R"), named("svd", "U", "S", "V")
_QR_DEPRECATED = (
    "torch.qr is deprecated in favor of torch.linalg.qr and will be removed in a future PyTorch release.\nThe boolean parameter "
    "'some' has been replaced with a string parameter 'mode'.\nQ, R = torch.qr(A, some)\nshould be replaced with\nQ, R = "
    "torch.linalg.qr(A, 'reduced' if some else 'complete')"
)


@with_outs
def qr(input: Any, some: bool = True) -> Any:
    """`torch.linalg.qr`, deprecated."""
    warnings.warn(_QR_DEPRECATED, UserWarning, stacklevel=3)
    return _Qr(factoring.qr(input, "reduced" if some else "complete"))


@with_outs
def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """Singular values and vectors; the last factor is `V`, not its adjoint."""
    if input._array.ndim < 2:
        raise RuntimeError(
            "linalg.svd: input should have at least 2 dimensions, but has 1 dimensions instead"
        )
    if compute_uv:
        U, S, Vh = factoring.svd_parts(input, not some)
        return _Svd((U, S, Vh.mH))
    S = factoring.svdvals(input)
    sizes, kind = input._array.shape, input._array.dtype
    empty = [wrap(np.zeros((*sizes[:-2], sizes[axis], sizes[axis]), kind)) for axis in (-2, -1)]
    return _Svd((empty[0], S, empty[1]))


_Geqrf = named("geqrf", "a", "tau")


@with_outs
def geqrf(input: Any) -> Any:
    """The reflections of a QR factorization, packed below its upper triangle."""
    check_floating(input, "torch.geqrf")
    if not input._array.size:
        *lead, rows, columns = input._array.shape
        return _Geqrf((input.clone(), input.new_zeros((*lead, min(rows, columns)))))
    flat = input._array.reshape(-1, *input._array.shape[-2:])
    found = [np.linalg.qr(each, "raw") for each in flat]
    h = np.array([each[0].T for each in found], input._array.dtype).reshape(input._array.shape)
    tau = np.array([each[1] for each in found], input._array.dtype)
    return _Geqrf((wrap(h), wrap(tau.reshape(*input._array.shape[:-2], -1))))


# ---- LU ----------------------------------------------------------------------------------------------------

_Lu_with_info = named("_lu_with_info", "LU", "pivots", "info")
_LU_DEPRECATED = (
    "torch.lu is deprecated in favor of torch.linalg.lu_factor / torch.linalg.lu_factor_ex and will be removed in a future PyTorch "
    "release.\nLU, pivots = torch.lu(A, compute_pivots)\nshould be replaced with\nLU, pivots = torch.linalg.lu_factor(A, "
    "compute_pivots)\nand\nLU, pivots, info = torch.lu(A, compute_pivots, get_infos=True)\nshould be replaced with\nLU, pivots, "
    "info = torch.linalg.lu_factor_ex(A, compute_pivots)"
)
_LU_SOLVE_DEPRECATED = (
    "torch.lu_solve is deprecated in favor of torch.linalg.lu_solveand will be removed in a future PyTorch release.\nNote that "
    "torch.linalg.lu_solve has its arguments reversed.\nX = torch.lu_solve(B, LU, pivots)\nshould be replaced with\nX = "
    "torch.linalg.lu_solve(LU, pivots, B)"
)


def lu(A: Any, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """Both triangles of the LU factorization in one matrix, and the exchanged rows."""
    warnings.warn(_LU_DEPRECATED, UserWarning, stacklevel=2)
    if not get_infos:
        return tuple(triangles.lu_factor(A, pivot=pivot))
    return _Lu_with_info(triangles.lu_factor_ex(A, pivot=pivot))


def lu_solve(input: Any, LU_data: Any, LU_pivots: Any, *, out: Any = None) -> Any:
    """`torch.linalg.lu_solve` with its arguments reversed."""
    warnings.warn(_LU_SOLVE_DEPRECATED, UserWarning, stacklevel=2)
    return triangles.lu_solve(LU_data, LU_pivots, input, out=out)


# ---- triangles ---------------------------------------------------------------------------------------------


def _triangular_right(grads, A, upper, transpose, unitriangular):
    if grads[0] is None:
        return None
    return _triangular_solve(grads[0], A.conj(), upper, not transpose, unitriangular)[0]


def _triangular_matrix(grads, A, solution, upper, transpose, unitriangular):
    right = _triangular_right(grads, A, upper, transpose, unitriangular)
    if right is None:
        return grads[1]
    found = -matmul(solution.conj(), right.mT) if transpose else -matmul(right, solution.mH)
    found = found.triu(int(unitriangular)) if upper else found.tril(-int(unitriangular))
    return found if grads[1] is None else found + grads[1]


@op(
    self=_triangular_right,
    A=_triangular_matrix,
    outputs=("solution", "cloned_coefficient"),
    node="TriangularSolveBackward0",
)
def _triangular_solve(self, A, upper, transpose, unitriangular):
    matrix = np.swapaxes(A, -2, -1) if transpose else A
    return substituted(matrix, self, upper != transpose, unitriangular), np.array(A)


_TRIANGULAR_DEPRECATED = (
    "torch.triangular_solve is deprecated in favor of torch.linalg.solve_triangularand will be removed in a future PyTorch "
    "release.\ntorch.linalg.solve_triangular has its arguments reversed and does not return a copy of one of the inputs.\nX = "
    "torch.triangular_solve(B, A).solution\nshould be replaced with\nX = torch.linalg.solve_triangular(A, B)."
)
_Triangular_solve = named("triangular_solve", "solution", "cloned_coefficient")


@with_outs
def triangular_solve(
    input: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """The solution of `A X = b` for a triangle `A`, and a copy of `A`; `torch.linalg.solve_triangular` takes its place."""
    warnings.warn(_TRIANGULAR_DEPRECATED, UserWarning, stacklevel=3)
    for name, each in (("b", input), ("A", A)):
        if each._array.ndim < 2:
            raise RuntimeError(
                f"torch.triangular_solve: Expected {name} to have at least 2 dimensions, but it has {each._array.ndim} dimensions "
                "instead"
            )
    _check_alike(input, A)
    check_square(A, "triangular_solve")
    check_equation(A, input, True, "triangular_solve")
    solution, copy = _triangular_solve(input, A, upper, transpose, unitriangular)
    return _Triangular_solve((solution, copy))


# ---- of low rank -------------------------------------------------------------------------------------------


def _approximate_basis(A: Any, q: int, niter: int, M: Any) -> Any:
    """Orthonormal columns that span nearly what the matrix maps to."""
    if M is not None:
        A = A - M
    random = randn(A._array.shape[-1], q, dtype=A._dtype)
    basis = factoring.qr(matmul(A, random))[0]
    for _ in range(niter):
        basis = factoring.qr(matmul(A.mH, basis))[0]
        basis = factoring.qr(matmul(A, basis))[0]
    return basis


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> Any:
    """The largest singular values and their vectors, found by random projections."""
    q, niter = 6 if q is None else q, 2 if niter is None else niter
    rows, columns = A._array.shape[-2:]
    shift = None if M is None else M.expand(A._array.shape)
    turned = rows < columns
    if turned:
        A = A.mH
        shift = None if shift is None else shift.mH
    basis = _approximate_basis(A, q, niter, shift)
    inner = matmul(basis.mH, A if shift is None else A - shift)
    U, S, Vh = factoring.svd_parts(inner, False)
    V = Vh.mH
    U = matmul(basis, U)
    return (V, S, U) if turned else (U, S, V)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """Principal components, found by `svd_lowrank`, of the matrix or of what differs from the columns' means."""
    rows, columns = A._array.shape[-2:]
    if q is None:
        q = min(6, rows, columns)
    elif not (0 <= q <= min(rows, columns)):
        raise ValueError(
            f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(rows, columns)}"
        )
    if not niter >= 0:
        raise ValueError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - A.mean((-2,), keepdim=True) if center else A, q, niter=niter)


# ---- norms, powers -----------------------------------------------------------------------------------------


def nuclear_norm(input: Any, dim: Any = (-2, -1), keepdim: bool = False, *, out: Any = None) -> Any:
    """The sum of a matrix's singular values, deprecated."""
    warnings.warn(
        "at::nuclear_norm is deprecated and it is just left for JIT compatibility. It will be removed in a future PyTorch release. "
        "Please use `linalg.matrix_norm(A, 'nuc', dim, keepdim)` instead",
        UserWarning,
        stacklevel=2,
    )
    return norms.matrix_norm(input, "nuc", dim, keepdim, out=out)


def frobenius_norm(input: Any, dim: Any = None, keepdim: bool = False, *, out: Any = None) -> Any:
    """The 2-norm of all elements, deprecated."""
    warnings.warn(
        "at::frobenius_norm is deprecated and it is just left for JIT compatibility. It will be removed in a future PyTorch release. "
        "Please use `linalg.vector_norm(A, 2., dim, keepdim)` instead",
        UserWarning,
        stacklevel=2,
    )
    return norms.vector_norm(input, 2, dim, keepdim, out=out)


def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """The powers of a vector's elements as columns, the highest first unless `increasing`."""
    if x._array.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x._array.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    kind = np.int64 if x._dtype.category < 2 else x._array.dtype
    found = wrap(np.zeros((x._array.shape[0], count), kind))
    if count > 0:
        found[:, 0] = 1
    if count > 1:
        found[:, 1:] = x.unsqueeze(1)
        found[:, 1:] = found[:, 1:].cumprod(1)
    return found if increasing else found.flip((1,))
