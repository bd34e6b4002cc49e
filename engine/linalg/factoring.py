"""Factorizations: Cholesky, QR, eigenvalues, singular values.

The derivatives are PyTorch's, which are those of the factors where they are unique.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import read_all
from ..dtypes import INTEGER, not_implemented
from ..op import op
from ..ops.complex import real
from ..ops.into import with_out, with_outs
from ..ops.joining import cat
from ..ops.linalg import matmul
from ..ops.parts import diag_embed
from ..return_types import named
from .arrays import adjoint, by_columns, cholesky_with_info
from .checks import LinAlgError, check_floating, check_info, check_matrices, check_precise, check_square
from .solving import solve, solve_triangular

# ---- Cholesky ----------------------------------------------------------------------------------------------


def _diagonals(square: Any) -> Any:
    return diag_embed(square.diagonal(0, -2, -1))


def cholesky_backward(grad, L, upper):
    """Of the factor, from the gradient of the factor."""
    if upper:
        L, grad = L.mH, grad.mH
    lower = matmul(L.mH, grad).tril()
    right = solve_triangular(L, (lower + lower.tril(-1).mH) * 0.5, upper=False, left=False)
    return solve_triangular(L.mH, right, upper=True)


@op(
    self=lambda grads, upper, L: None if grads[0] is None else cholesky_backward(grads[0], L, upper),
    outputs=("L", "info"),
    node="LinalgCholeskyExBackward0",
)
def _cholesky_ex(self, upper):
    found, info = cholesky_with_info(adjoint(self) if upper else self)
    # plus zero, as the adjoint of what is real has imaginary parts of -0
    return by_columns(adjoint(found) + 0 if upper else found), info[()]


_Linalg_cholesky_ex = named("linalg_cholesky_ex", "L", "info")
NOT_POSITIVE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of order {info} is "
    "not positive-definite)."
)


@with_outs
def cholesky_ex(input: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """The Cholesky factor of each matrix, and where its computation failed."""
    check_floating(input, "linalg.cholesky_ex")
    check_square(input, "linalg.cholesky_ex")
    check_precise(input, "linalg.cholesky_ex")
    found = _Linalg_cholesky_ex(_cholesky_ex(input, upper))
    if check_errors:
        check_info(found[1], "linalg.cholesky_ex", NOT_POSITIVE)
    return found


@with_out()
def cholesky(input: Any, *, upper: bool = False) -> Any:
    """The Cholesky factor of each matrix; raises `LinAlgError` for one that is not positive-definite."""
    check_floating(input, "linalg.cholesky")
    check_square(input, "linalg.cholesky")
    check_precise(input, "linalg.cholesky")
    found, info = _cholesky_ex(input, upper)
    check_info(info, "linalg.cholesky", NOT_POSITIVE)
    return found


# ---- QR ----------------------------------------------------------------------------------------------------


def _qr_backward(grads, Q, R, mode):
    of_q, of_r = grads
    if of_q is None and of_r is None:
        return None
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, "
            "mode='reduced') if you are going to differentiate through linalg.qr."
        )
    rows, columns = Q._array.shape[-2], R._array.shape[-1]
    if mode == "complete" and rows > columns:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols. As such, please use "
            "mode='reduced' if you are going to require its derivative. See the documentation in torch.linalg.qr for more details."
        )
    if rows >= columns:
        return _of_tall(of_q, of_r, Q, R)
    left, right = R.narrow(-1, 0, rows), R.narrow(-1, rows, columns - rows)
    of_left = None
    if of_r is not None:
        of_right = of_r.narrow(-1, rows, columns - rows)
        of_left = of_r.narrow(-1, 0, rows)
        added = matmul(matmul(Q, right), of_right.mH)
        of_q = added if of_q is None else of_q + added
    first = _of_tall(of_q, of_left, Q, left)
    second = matmul(Q, of_right) if of_r is not None else Q.new_zeros((*Q._array.shape[:-1], columns - rows))
    return cat([first, second], -1)


def _of_tall(of_q, of_r, Q, R):
    middle = None
    if of_r is not None:
        middle = matmul(R, of_r.mH)
    if of_q is not None:
        turned = matmul(of_q.mH, Q)
        middle = -turned if middle is None else middle - turned
    strict = middle.tril(-1)
    found = matmul(Q, strict + strict.mH + diag_embed(real(middle.diagonal(0, -2, -1))))
    if of_q is not None:
        found = of_q + found
    return solve_triangular(R.mH, found, upper=False, left=False)


@op(A=_qr_backward, outputs=("Q", "R"), node="LinalgQrBackward0")
def _qr(A, mode):
    if mode == "r":
        return np.empty(0, A.dtype), by_columns(np.linalg.qr(A, "r"))
    Q, R = np.linalg.qr(A, mode)
    return by_columns(Q), by_columns(R)


_Linalg_qr = named("linalg_qr", "Q", "R")


@with_outs
def qr(A: Any, mode: str = "reduced") -> Any:
    """Each matrix as the product of orthonormal columns and an upper triangle."""
    check_floating(A, "linalg.qr")
    check_matrices(A, "linalg.qr")
    check_precise(A, "linalg.qr")
    if mode not in ("reduced", "r", "complete"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    return _Linalg_qr(_qr(A, mode))


# ---- eigenvalues -------------------------------------------------------------------------------------------


def _skew(square: Any) -> Any:
    return square - square.mH


def _differences(values: Any) -> Any:
    """Each value minus each other, with ones on the diagonal."""
    found = values.unsqueeze(-2) - values.unsqueeze(-1)
    return found + diag_embed(values.new_ones(values._array.shape).detach())


def _of_eigenvalues(of_values, V):
    return matmul(V, of_values.unsqueeze(-1) * V.mH)


def _eigh_backward(grads, eigenvalues, eigenvectors):
    of_values, of_vectors = grads
    V = eigenvectors
    if of_vectors is None:
        return None if of_values is None else _of_eigenvalues(of_values, V)
    inner = matmul(V.mH, of_vectors)
    _check_gauge(
        inner,
        "linalg_eigh_backward: The eigenvectors in the complex case are specified up to multiplication by e^{i phi}. The specified "
        "loss function depends on this quantity, so it is ill-defined.",
    )
    inner = _skew(inner) * 0.5 / _differences(eigenvalues)
    inner = inner - _diagonals(inner)
    if of_values is not None:
        inner = inner + diag_embed(of_values)
    return matmul(V, matmul(inner, V.mH))


def _check_gauge(inner: Any, refusal: str) -> None:
    """Raise `RuntimeError` where the loss depends on the phase of complex vectors, which is arbitrary."""
    if not inner._dtype.is_complex:
        return
    turned = np.abs(np.imag(np.diagonal(inner._array, 0, -2, -1)))
    if not np.allclose(turned, 0, atol=1e-2, rtol=1e-2):
        raise RuntimeError(refusal)


@op(A=_eigh_backward, outputs=("eigenvalues", "eigenvectors"), node="LinalgEighBackward0")
def _eigh(A, UPLO):
    try:
        values, vectors = np.linalg.eigh(A, UPLO)
    except np.linalg.LinAlgError:
        return np.full(A.shape[:-1], np.nan, A.real.dtype), np.full(A.shape, np.nan, A.dtype)
    return values, by_columns(vectors)


_Linalg_eigh = named("linalg_eigh", "eigenvalues", "eigenvectors")


def _check_eigh(A: Any, UPLO: str) -> str:
    check_square(A, "linalg.eigh")
    if A._dtype.category <= INTEGER:
        raise not_implemented("linalg_eigh_cpu", A._dtype)
    check_precise(A, "linalg.eigh")
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return UPLO.upper()


@with_outs
def eigh(input: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric (Hermitian) matrices, ascending, and the eigenvectors as columns."""
    return _Linalg_eigh(_eigh(input, _check_eigh(input, UPLO)))


@with_out()
def eigvalsh(input: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric (Hermitian) matrices, ascending."""
    return _eigh(input, _check_eigh(input, UPLO))[0]


def _eig_backward(grads, eigenvalues, eigenvectors):
    of_values, of_vectors = grads
    V = eigenvectors
    if of_vectors is None:
        return None if of_values is None else solve(V.mH, of_values.unsqueeze(-1) * V.mH)
    inner = matmul(V.mH, of_vectors)
    _check_gauge(inner, "linalg_eig_backward")
    weights = real(inner.diagonal(0, -2, -1))
    inner = inner - matmul(V.mH, V * weights.unsqueeze(-2))
    inner = inner / _differences(eigenvalues).conj()
    inner = inner - _diagonals(inner)
    if of_values is not None:
        inner = inner + diag_embed(of_values)
    return solve(V.mH, matmul(inner, V.mH))


@op(self=_eig_backward, outputs=("eigenvalues", "eigenvectors"), node="LinalgEigBackward0")
def _eig(self):
    values, vectors = np.linalg.eig(self)
    kind = np.result_type(self.dtype, np.complex64)
    return values.astype(kind, copy=False), by_columns(vectors.astype(kind, copy=False))


_Linalg_eig = named("linalg_eig", "eigenvalues", "eigenvectors")


def _check_eig(A: Any, name: str) -> None:
    if A._dtype.category <= INTEGER:
        raise RuntimeError(f"Unknown Complex ScalarType for {A._dtype.legacy_name}")
    check_square(A, name)
    check_precise(A, name)
    if not np.isfinite(read_all(A)).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")


@with_outs
def eig(input: Any) -> Any:
    """The eigenvalues of square matrices, and the eigenvectors as columns; both are complex."""
    _check_eig(input, "linalg.eig")
    return _Linalg_eig(_eig(input))


@with_out()
def eigvals(input: Any) -> Any:
    """The eigenvalues of square matrices, which are complex."""
    _check_eig(input, "linalg.eigvals")
    return _eig(input)[0]


# ---- singular values ---------------------------------------------------------------------------------------


def _svd_backward(grads, U, S, Vh, full_matrices):
    of_u, of_s, of_vh = grads
    if of_u is None and of_s is None and of_vh is None:
        return None
    rank = S._array.shape[-1]
    if full_matrices:
        of_u = None if of_u is None else of_u.narrow(-1, 0, rank)
        of_vh = None if of_vh is None else of_vh.narrow(-2, 0, rank)
        U, Vh = U.narrow(-1, 0, rank), Vh.narrow(-2, 0, rank)
    rows, columns = U._array.shape[-2], Vh._array.shape[-1]
    if of_u is None and of_vh is None:
        if rows >= columns:
            return matmul(U, of_s.unsqueeze(-1) * Vh)
        return matmul(U * of_s.unsqueeze(-2), Vh)
    squares = S * S
    gaps = _differences(squares)
    turned = None if of_u is None else matmul(U.mH, of_u)
    turned_v = None if of_vh is None else matmul(Vh, of_vh.mH)
    _check_gauge(
        turned if turned_v is None else turned_v if turned is None else turned + turned_v,
        "svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. The specified "
        "loss function depends on this phase term, making it ill-defined.",
    )
    inner = None
    if turned is not None:
        inner = _skew(turned) / gaps * S.unsqueeze(-2)
    if turned_v is not None:
        added = S.unsqueeze(-1) * (_skew(turned_v) / gaps)
        inner = added if inner is None else inner + added
    if of_s is not None:
        inner = inner + diag_embed(of_s)
    if U._dtype.is_complex and of_u is not None and of_vh is not None:
        inner = inner + diag_embed(_skew(turned).diagonal(0, -2, -1) / (S * 2))
    return _outside(inner, of_u, of_vh, U, S, Vh)


def _outside(inner, of_u, of_vh, U, S, Vh):
    """The gradient from its part between the factors, with what lies outside of the space of their columns."""
    rows, rank, columns = U._array.shape[-2], S._array.shape[-1], Vh._array.shape[-1]
    if rows > rank and of_u is not None:
        found = matmul(U, inner)
        scaled = of_u / S.unsqueeze(-2)
        return matmul(found + scaled - matmul(U, matmul(U.mH, scaled)), Vh)
    if rank < columns and of_vh is not None:
        found = matmul(inner, Vh)
        scaled = of_vh / S.unsqueeze(-1)
        return matmul(U, found + scaled - matmul(matmul(scaled, Vh.mH), Vh))
    return matmul(U, matmul(inner, Vh)) if rows >= columns else matmul(matmul(U, inner), Vh)


@op(A=_svd_backward, outputs=("U", "S", "Vh"), node="LinalgSvdBackward0")
def _svd(A, full_matrices):
    U, S, Vh = svd_arrays(A, full_matrices)
    return by_columns(U), S, by_columns(Vh)


def svd_arrays(array: Any, full_matrices: bool) -> Any:
    """The singular value decomposition of an array; raises PyTorch's `LinAlgError` where there is none."""
    try:
        return np.linalg.svd(array, full_matrices)
    except np.linalg.LinAlgError:
        raise _unconverged(array) from None


def _unconverged(array: Any) -> LinAlgError:
    failed = "The algorithm failed to converge"
    finite = np.isfinite(array).all((-2, -1))
    if finite.all():
        return LinAlgError(f"linalg.svd: {failed}.")
    which = f"(Batch element {int(np.argmin(finite))}): " if finite.ndim else ""
    return LinAlgError(f"linalg.svd: {which}{failed} because the input matrix contained non-finite values.")


_Linalg_svd = named("linalg_svd", "U", "S", "Vh")


def svd_parts(A: Any, full_matrices: bool, driver: Any = None) -> Any:
    """The three factors, as a plain tuple."""
    check_floating(A, "linalg.svd")
    check_matrices(A, "linalg.svd")
    check_precise(A, "linalg.svd")
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )
    return _svd(A, full_matrices)


@with_outs
def svd(A: Any, full_matrices: bool = True, *, driver: Any = None) -> Any:
    """Each matrix as a product of orthonormal columns, singular values (descending) and orthonormal rows."""
    if not isinstance(full_matrices, bool):
        raise TypeError(f"full_matrices must be bool, not {type(full_matrices).__name__}")
    return _Linalg_svd(svd_parts(A, full_matrices, driver))


@with_out()
def svdvals(A: Any, *, driver: Any = None) -> Any:
    """The singular values of each matrix, descending."""
    return svd_parts(A, False, driver)[1]
