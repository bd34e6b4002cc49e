"""Products with the orthogonal matrix whose reflections stand below the diagonal. Source: torch.ormqr."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import function
from ..autograd import grad as gradients
from ..dtypes import INTEGER, not_implemented
from ..grad_mode import enable_grad, mode, no_grad
from ..op import op, wrap
from ..ops.into import with_out
from ..ops.joining import cat
from ..ops.linalg import matmul
from ..ops.views import unsqueeze
from .arrays import adjoint, by_columns


def _applied(input: Any, tau: Any, other: Any, left: bool, transpose: bool) -> Any:
    """The product by differentiable operations: one reflection after the other."""
    if not left:
        return _applied(input, tau, other.mH, True, not transpose).mH
    rows = input._array.shape[-2]
    count = tau._array.shape[-1]
    for k in range(count) if transpose else reversed(range(count)):
        above = np.zeros((*input._array.shape[:-2], k + 1, 1), input._array.dtype)
        above[..., k, :] = 1
        vector = cat([wrap(above), input.narrow(-2, k + 1, rows - k - 1).narrow(-1, k, 1)], -2)
        scale = unsqueeze(tau.narrow(-1, k, 1), -1)
        scaled = vector * (scale.conj() if transpose else scale)
        other = other - matmul(scaled, matmul(vector.mH, other))
    return other


def _gradient(grad: Any, operands: Any, left: bool, transpose: bool, place: int) -> Any:
    recorded = mode.enabled
    with enable_grad():
        leaves = [
            each if recorded and each.requires_grad else each.detach().requires_grad_() for each in operands
        ]
        input, tau, other = leaves
        found = _applied(input, tau, other, left, transpose)
        return gradients(found, leaves[place], grad, create_graph=recorded, materialize_grads=True)[0]


@op(
    self=lambda grad, self, tau, other, left, transpose: _gradient(
        grad, (self, tau, other), left, transpose, 0
    ),
    tau=lambda grad, self, tau, other, left, transpose: _gradient(
        grad, (self, tau, other), left, transpose, 1
    ),
    other=lambda grad, self, tau, left, transpose: ormqr(self, tau, grad, left, not transpose),
    node="OrmqrBackward0",
)
def _ormqr(self, tau, other, left, transpose):
    with no_grad():
        found = _applied(
            wrap(self), wrap(tau), wrap(other if left else adjoint(other)), True, transpose == left
        )
    return by_columns(found._array if left else adjoint(found._array))


def _check(input: Any, tau: Any, other: Any, left: bool) -> None:
    name = "torch.ormqr"
    sizes, taus, others = input._array.shape, tau._array.shape, other._array.shape
    for each, label in ((sizes, "input"), (others, "other")):
        if len(each) < 2:
            raise RuntimeError(f"{name}: {label} must have at least 2 dimensions.")
    side = -2 if left else -1
    if others[side] != sizes[-2]:
        raise RuntimeError(f"{name}: other.shape[{side}] must be equal to input.shape[-2]")
    if taus[-1] != min(others[side], sizes[-1]):
        raise RuntimeError(
            f"{name}: tau.shape[-1] must be equal to min(other.shape[{side}], input.shape[-1])"
        )
    if len(sizes) - len(taus) != 1:
        raise RuntimeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {len(taus)} and input.ndim "
            f"is equal to {len(sizes)}"
        )
    if len(sizes) != len(others):
        raise RuntimeError(
            f"{name}: Expected other to have the same number of dimensions as input, but got other.ndim equal to {len(others)} "
            f"and input.ndim is equal to {len(sizes)}"
        )
    for each, label in ((taus[:-1], "tau"), (others[:-2], "other")):
        if each != sizes[:-2]:
            raise RuntimeError(
                f"{name}: Expected batch dimensions of {label} to be equal to input.shape[:-2], but got {list(each)}"
            )
    for operand, label in ((tau, "tau"), (other, "other")):
        if operand._dtype is not input._dtype:
            raise RuntimeError(
                f"{name}: Expected input and {label} to have the same dtype, but input has dtype"
                f"{input._dtype.legacy_name} and {label} has dtype {operand._dtype.legacy_name}"
            )
    if input._dtype.category <= INTEGER or input._dtype.reduced:
        raise not_implemented("ormqr_cpu", input._dtype)


@function
@with_out()
def ormqr(input: Any, input2: Any, input3: Any, left: bool = True, transpose: bool = False) -> Any:
    """`other` multiplied with the orthogonal matrix Q of which `geqrf` gave the reflections `input` and `tau`.

    Q `other`, or `other` Q without `left`; with `transpose`, Q is adjoint. RuntimeError where shapes do not fit.
    https://docs.pytorch.org/docs/stable/generated/torch.ormqr.html
    """
    if not isinstance(left, bool) or not isinstance(transpose, bool):
        raise TypeError("left and transpose are not bools")
    _check(input, input2, input3, left)
    return _ormqr(input, input2, input3, left, transpose)
