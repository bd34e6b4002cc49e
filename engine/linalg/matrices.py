"""Powers, exponentials and products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..autograd import grad as gradients
from ..dtypes import INTEGER, bool_, not_implemented
from ..grad_mode import enable_grad, mode
from ..op import check_broadcast, op, wrap
from ..ops.into import with_out
from ..ops.joining import cat
from ..ops.linalg import matmul as _matmul
from ..ops.linalg import vdot
from ..ops.products import linalg_cross as cross
from ..ops.products import matrix_power_of
from ..ops.slicing import diagonal as _diagonal
from ..ops.views import clone, contiguous_format, expand, unsqueeze
from ..transforms import lowering
from .arrays import identity_like
from .checks import check_floating, check_square
from .solving import inv

__all__ = ["cross"]


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """A view of a diagonal of the last two dimensions."""
    return _diagonal(A, offset, dim1, dim2)


@with_out()
def matmul(input: Any, other: Any) -> Any:
    """The matrix product."""
    return _matmul(input, other)


@with_out()
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sums of products along a dimension; of complex numbers the first are conjugated."""
    check_floating(x, "linalg.vecdot")
    if x._dtype is not y._dtype and not lowering():
        kinds = x._dtype.legacy_name, y._dtype.legacy_name
        raise RuntimeError(
            "linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
            f"{kinds[0]} and y of type {kinds[1]} instead"
        )
    if x._array.ndim == y._array.ndim == 1 and x._array.shape == y._array.shape:
        return vdot(x, y)
    check_broadcast(x._array.shape, y._array.shape)
    return (x.conj() * y).sum(dim)


@with_out()
def matrix_power(input: Any, n: int) -> Any:
    """Each square matrix multiplied with itself `n` times; negative powers are those of the inverse."""
    if not isinstance(n, int):
        kind = type(n).__name__
        raise TypeError(f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {kind}")
    check_square(input, "linalg.matrix_power")
    if n:
        found = matrix_power_of(input, n, inv)
        return clone(input) if found is input else found
    found = clone(input, memory_format=contiguous_format)
    return found.copy_(wrap(np.array(identity_like(input._array))))


# ---- exponentials ------------------------------------------------------------------------------------------


def _differential(grad, self):
    """The exponential of a block of matrices holds the derivative in its upper right corner."""
    turned = self.mH
    above = cat([turned, grad.to(turned.dtype)], -1)
    below = cat([turned.new_zeros(turned._array.shape), turned], -1)
    size = self._array.shape[-1]
    return matrix_exp(cat([above, below], -2)).narrow(-2, 0, size).narrow(-1, size, size)


_COEFFICIENTS = [1.0]
for _k in range(1, 19):
    _COEFFICIENTS.append(_COEFFICIENTS[-1] / _k)


@op(self=_differential, node="LinalgMatrixExpBackward0")
def _matrix_exp(self):
    if not self.size:
        return self.copy()
    size = np.abs(self).sum(-2).max(-1)
    halvings = np.where(np.isfinite(size) & (size > 0.5), np.ceil(np.log2(np.maximum(size, 0.5) / 0.5)), 0)
    small = self / (2.0**halvings)[..., None, None].astype(self.real.dtype)
    identity = identity_like(self)
    squared = small @ small
    cubed = squared @ small
    found = np.zeros_like(self)
    for start in range(18, -1, -3):
        one, two, three = [
            self.dtype.type(_COEFFICIENTS[k]) if k < 19 else self.dtype.type(0)
            for k in (start, start + 1, start + 2)
        ]
        found = found @ cubed + (one * identity + two * small + three * squared)
    for step in range(int(halvings.max())):
        again = found @ found
        found = np.where((halvings > step)[..., None, None], again, found)
    return found.astype(self.dtype, copy=False)


def matrix_exp(input: Any) -> Any:
    """The exponential of each square matrix."""
    check_floating(input, "linalg.matrix_exp")
    check_square(input, "linalg.matrix_exp")
    return _matrix_exp(input)


# ---- Householder reflections -------------------------------------------------------------------------------


def _reflected(input: Any, tau: Any) -> Any:
    """The first columns of the product of reflections, by differentiable operations."""
    rows, columns = input._array.shape[-2:]
    batch = input._array.shape[:-2]
    found = expand(wrap(np.eye(rows, columns, dtype=input._array.dtype)), (*batch, rows, columns))
    for k in reversed(range(tau._array.shape[-1])):
        below = input.narrow(-2, k + 1, rows - k - 1).narrow(-1, k, 1)
        first = wrap(np.zeros((*batch, k + 1, 1), input._array.dtype))
        first._array[..., k, :] = 1
        vector = cat([first, below], -2)
        scaled = vector * unsqueeze(tau.narrow(-1, k, 1), -1)
        found = found - _matmul(scaled, _matmul(vector.mH, found))
    return found


def _reflection_gradient(grad, input, tau, of_tau):
    recorded = mode.enabled
    with enable_grad():
        leaves = [
            each if recorded and each.requires_grad else each.detach().requires_grad_()
            for each in (input, tau)
        ]
        found = _reflected(*leaves)
        if not found.requires_grad:
            return leaves[of_tau].new_zeros(leaves[of_tau]._array.shape)
        return gradients(found, leaves[of_tau], grad, create_graph=recorded, materialize_grads=True)[0]


@op(
    input=lambda grad, input, tau: _reflection_gradient(grad, input, tau, 0),
    tau=lambda grad, input, tau: _reflection_gradient(grad, input, tau, 1),
    node="LinalgHouseholderProductBackward0",
)
def _householder_product(input, tau):
    rows, columns = input.shape[-2:]
    found = np.array(np.broadcast_to(np.eye(rows, columns, dtype=input.dtype), input.shape))
    for k in reversed(range(tau.shape[-1])):
        vector = input[..., k:, k : k + 1].copy()
        vector[..., 0, 0] = 1
        scaled = vector * tau[..., k, None, None]
        found[..., k:, :] -= scaled @ (np.conjugate(np.swapaxes(vector, -2, -1)) @ found[..., k:, :])
    return found


@with_out()
def householder_product(input: Any, tau: Any) -> Any:
    """The first columns of a product of reflections, whose vectors stand below the diagonal of `A`."""
    name = "torch.linalg.householder_product"
    if input._array.ndim < 2:
        raise RuntimeError(f"{name}: input must have at least 2 dimensions.")
    rows, columns = input._array.shape[-2:]
    if rows < columns:
        raise RuntimeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if columns < tau._array.shape[-1]:
        raise RuntimeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if input._array.ndim - tau._array.ndim != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {tau._array.ndim} and "
            f"input.ndim is equal to {input._array.ndim}"
        )
    if input._array.shape[:-2] != tau._array.shape[:-1]:
        raise RuntimeError(
            f"{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {list(tau._array.shape[:-1])}"
        )
    if input._dtype is not tau._dtype:
        raise RuntimeError(
            f"{name}: tau dtype {tau._dtype.legacy_name} does not match input dtype {input._dtype.legacy_name}"
        )
    if (input._dtype.category <= INTEGER or input._dtype.reduced) and input._array.size:
        raise not_implemented("orgqr_cpu", input._dtype)
    return _householder_product(input, tau)


def vander(x: Any, *, N: Any = None) -> Any:
    """The powers of each element, in a last dimension."""
    if x._dtype is bool_ or x._dtype.reduced:
        raise RuntimeError(
            f"linalg.vander supports floating point, complex, and integer tensors, but got {x._dtype.legacy_name}"
        )
    x = x if x._array.ndim else unsqueeze(x, -1)
    count = x._array.shape[-1] if N is None else N
    if count <= 1:
        raise RuntimeError("N must be greater than 1.")
    powers = expand(unsqueeze(x, -1), (*x._array.shape, count - 1)).cumprod(-1)
    ones = wrap(np.ones((*x._array.shape, 1), powers._array.dtype))
    return cat([ones, powers], -1)
