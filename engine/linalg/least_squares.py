"""Pseudo-inverses, ranks, and least squares."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import TensorBase, storage
from ..dtypes import INTEGER
from ..op import op, wrap
from ..ops.into import with_out
from ..ops.linalg import matmul
from ..ops.untracked import without_derivative
from ..return_types import named
from .arrays import adjoint
from .checks import check_matrices, check_square
from .factoring import eigvalsh, svd_arrays, svdvals
from .solving import _is_vector


def pinv_backward(grad, pinv, self):
    """The gradient of a matrix from that of its pseudo-inverse."""
    rows, columns = self._array.shape[-2:]
    turned, adjoint_of_result = grad.mH, pinv.mH
    if rows <= columns:
        inner = matmul(turned, pinv)
        outer = matmul(inner, adjoint_of_result)
        return (
            -matmul(pinv, inner).mH
            + outer
            - matmul(matmul(self, pinv), outer)
            + matmul(matmul(adjoint_of_result, pinv), turned - matmul(inner, self))
        )
    inner = matmul(pinv, turned)
    outer = matmul(adjoint_of_result, inner)
    return (
        -matmul(inner, pinv).mH
        + matmul(matmul(turned - matmul(self, inner), pinv), adjoint_of_result)
        + outer
        - matmul(matmul(outer, pinv), self)
    )


@op(self=lambda grad, self, result: pinv_backward(grad, result, self), node="LinalgPinvBackward0")
def _pinv(self, atol, rtol, hermitian):
    if 0 in self.shape:
        return np.zeros((*self.shape[:-2], self.shape[-1], self.shape[-2]), self.dtype)
    if hermitian:
        values, vectors = np.linalg.eigh(self)
        sizes = np.abs(values)
        kept = sizes > np.maximum(atol, rtol * sizes.max(-1))[..., None]
        inverted = np.where(kept, 1 / np.where(kept, values, 1), 0)
        return ((vectors * inverted[..., None, :]) @ adjoint(vectors)).astype(self.dtype)
    U, S, Vh = svd_arrays(self, False)
    kept = np.maximum(atol, rtol * S.max(-1))[..., None] < S
    inverted = np.where(kept, 1 / np.where(kept, S, 1), 0)
    return ((adjoint(Vh) * inverted[..., None, :]) @ adjoint(U)).astype(self.dtype)


def _number(value: Any) -> Any:
    return value._array if isinstance(value, TensorBase) else value


def _tolerances(A: Any, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """What counts as zero among singular values: a number, and a share of the largest."""
    absolute = 0.0 if atol is None else _number(atol)
    if rtol is not None:
        return absolute, _number(rtol)
    if atol is not None and np.all(np.asarray(absolute) > 0):
        return absolute, 0.0
    kind = A._array.real.dtype
    return absolute, max(A._array.shape[-2:]) * float(np.finfo(kind).eps)


@with_out()
def pinv(
    input: Any, rcond: Any = None, *, atol: Any = None, rtol: Any = None, hermitian: bool = False
) -> Any:
    """The pseudo-inverse of each matrix."""
    name = "linalg.pinv"
    if input._array.ndim < 2 or input._dtype.category <= INTEGER:
        raise RuntimeError(
            f"{name}({input._dtype.legacy_name}{{{list(input._array.shape)}}}): expected a tensor with 2 or more dimensions of float, double, "
            "cfloat or cdouble types"
        )
    if hermitian:
        check_square(input, name)
    if rcond is not None and not isinstance(rcond, bool):
        rtol = rcond
    return _pinv(input, *_tolerances(input, atol, rtol), hermitian)


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """`torch.linalg.pinv` with its older tolerance."""
    return pinv(input, rtol=rcond)


@with_out()
@without_derivative
def matrix_rank(
    input: Any, tol: Any = None, *, atol: Any = None, rtol: Any = None, hermitian: bool = False
) -> Any:
    """How many singular values of each matrix are not zero, within a tolerance."""
    check_matrices(input, "linalg.matrix_rank")
    if input._dtype.category <= INTEGER:
        raise RuntimeError("This function doesn't handle types other than float and double")
    sizes = eigvalsh(input.detach())._array if hermitian else svdvals(input.detach())._array
    sizes = np.abs(sizes)
    absolute, relative = _tolerances(input, atol, rtol) if tol is None else (_number(tol), 0.0)
    if not sizes.shape[-1]:
        return wrap(np.zeros(sizes.shape[:-1], np.int64)[()])
    limit = np.maximum(absolute, relative * sizes.max(-1))
    found = wrap(np.asarray((sizes > limit[..., None]).sum(-1), np.int64)[()])
    storage(found).version = 1  # PyTorch sums into it
    return found


# ---- least squares -----------------------------------------------------------------------------------------


def _column(A: Any, B: Any, tensor: Any) -> Any:
    return tensor.unsqueeze(-1) if _is_vector(A, B) else tensor


def _residual_part(grads, self, b, solution):
    """The residuals, times twice their gradient."""
    found = matmul(self, _column(self, b, solution)) - _column(self, b, b)
    return found * grads[1].unsqueeze(-2) * 2


def _lstsq_matrix(grads, self, b, solution):
    found = None
    if grads[0] is not None:
        of_pinv = matmul(_column(self, b, grads[0]), _column(self, b, b).mH)
        found = pinv_backward(of_pinv, pinv(self), self)
    if grads[1] is not None and grads[1]._array.size:
        added = matmul(_residual_part(grads, self, b, solution), _column(self, b, solution).mH)
        found = added if found is None else found + added
    return found


def _lstsq_right(grads, self, b, solution):
    found = None
    if grads[0] is not None:
        found = matmul(pinv(self).mH, _column(self, b, grads[0]))
    if grads[1] is not None and grads[1]._array.size:
        added = -_residual_part(grads, self, b, solution)
        found = added if found is None else found + added
    return found.squeeze(-1) if found is not None and _is_vector(self, b) else found


@op(
    self=_lstsq_matrix,
    b=_lstsq_right,
    outputs=("solution", "residuals", "rank", "singular_values"),
    node="LinalgLstsqBackward0",
)
def _lstsq(self, b, rcond, driver, vector):
    right = b[..., None] if vector else b
    batch = np.broadcast_shapes(self.shape[:-2], right.shape[:-2])
    matrices = np.broadcast_to(self, (*batch, *self.shape[-2:])).reshape(-1, *self.shape[-2:])
    rights = np.broadcast_to(right, (*batch, *right.shape[-2:])).reshape(-1, *right.shape[-2:])
    found = [np.linalg.lstsq(one, two, rcond) for one, two in zip(matrices, rights)]
    solution = np.array([each[0] for each in found], self.dtype).reshape(
        *batch, self.shape[-1], right.shape[-1]
    )
    own = self.shape[:-2]  # ranks and singular values are there once for each matrix
    once = np.arange(math.prod(own)).reshape(own)
    places = np.unique(np.broadcast_to(once, batch).ravel(), return_index=True)[1]
    ranks = np.array([found[place][2] for place in places], np.int64).reshape(own)
    values = np.array([found[place][3] for place in places], self.real.dtype).reshape(
        *own, min(self.shape[-2:])
    )
    rows, columns = self.shape[-2:]
    residuals = np.empty(0, self.real.dtype)
    if rows > columns and driver != "gelsy" and (ranks == columns).all():
        residuals = (np.abs(self @ solution - right) ** 2).sum(-2).astype(self.real.dtype)
    return (
        solution[..., 0] if vector else solution,
        residuals,
        ranks[()] if driver != "gels" else np.empty(0, np.int64),
        values if driver in ("gelsd", "gelss") else np.empty(0, self.real.dtype),
    )


_Linalg_lstsq = named("linalg_lstsq", "solution", "residuals", "rank", "singular_values")
_DRIVERS = ("gels", "gelsy", "gelsd", "gelss")


def lstsq(input: Any, b: Any, rcond: Any = None, *, driver: Any = None) -> Any:
    """The solutions of `A X = B` that leave the smallest residuals."""
    name = "torch.linalg.lstsq"
    if input._array.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    if not b._array.ndim:
        raise RuntimeError(f"{name}: other must have at least 1 dimension.")
    if input._dtype is not b._dtype:
        raise RuntimeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype {input._dtype.legacy_name} and other's "
            f"dtype {b._dtype.legacy_name}"
        )
    if driver is not None and driver not in _DRIVERS:
        raise RuntimeError(f"{name}: parameter `driver` should be one of ({', '.join(_DRIVERS)})")
    vector = _is_vector(input, b)
    rows = b._array.shape[-1] if vector else b._array.shape[-2]
    if rows != input._array.shape[-2]:
        raise RuntimeError(f"{name}: input.size(-2) should match other.size({-1 if vector else -2})")
    kind = input._array.real.dtype
    limit = float(np.finfo(kind).eps) * max(input._array.shape[-2:]) if rcond is None else _number(rcond)
    found = _Linalg_lstsq(_lstsq(input, b, limit, driver or "gelsy", vector))
    found[3]._node = None
    return found
