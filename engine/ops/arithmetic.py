"""Sums, differences, products and quotients, element by element."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import CATEGORY_OF_NUMBER, INTEGER
from ..op import op, pointwise


@pointwise(self=lambda grad: grad, other=lambda grad: grad, node="AddBackward0")
def add_op(self, other):
    if self.dtype == np.bool_:
        return np.logical_or(self, other)
    return self + other


@pointwise(self=lambda grad: grad, other=lambda grad: -grad, node="SubBackward0")
def _sub(self, other):
    return self - other


add_op.node_class._saved_alpha = 1


_sub.node_class._saved_alpha = 1


@op(self=lambda grad: grad, other=lambda grad, alpha: grad * alpha, node="AddBackward0")
def _add_scaled(self, other, alpha):
    return self + other * alpha


@op(self=lambda grad: grad, other=lambda grad, alpha: -(grad * alpha), node="SubBackward0")
def _sub_scaled(self, other, alpha):
    return self - other * alpha


def add(self, other, *, alpha=1):
    """`self + alpha * other`."""
    return add_op(self, other) if alpha == 1 else _add_scaled(self, other, alpha)


def sub(self, other, *, alpha=1):
    """`self - alpha * other`; of bools it is refused."""
    if self._dtype is dtypes.bool_ and (
        other is True or other is False or getattr(other, "_dtype", None) is dtypes.bool_
    ):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    return _sub(self, other) if alpha == 1 else _sub_scaled(self, other, alpha)


@op(self=lambda grad, alpha: -(grad * alpha) if alpha != 1 else -grad, node="RsubBackward1")
def _rsub_number(self, other, alpha):
    return other - self


def rsub(self, other):
    """`other - self`."""
    if isinstance(other, TensorBase):
        return sub(other, self)
    if self._dtype is dtypes.bool_:
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use "
            "the `~` or `logical_not()` operator instead."
        )
    return _rsub_number(promoted(self, other), other, 1)


def promoted(self, number):
    """`self` in the type that a result with this Python number has."""
    if CATEGORY_OF_NUMBER[type(number)] > self._dtype.category:
        return self.to(dtypes.of_number(number))
    return self


@pointwise(self=lambda grad, other: grad * other, other=lambda grad, self: grad * self)
def mul(self, other):
    return self * other


@pointwise(
    self=lambda grad, other: grad / other,
    other=lambda grad, self, other: -grad * ((self / other) / other),
    floating=True,
    node="DivBackward0",
)
def div_op(self, other):
    return np.true_divide(self, other)


def div(self, other, *, rounding_mode=None):
    """True division; rounded towards zero or down with `rounding_mode`."""
    if rounding_mode is None:
        return div_op(self, other)
    if rounding_mode == "floor":
        return floor_divide(self, other)
    if rounding_mode == "trunc":
        quotient = div_op(self, other)
        return quotient.trunc().to(self._dtype) if self._dtype.category <= INTEGER else quotient.trunc()
    raise RuntimeError(
        f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
    )


def rdiv(self, other):
    """`other / self`, which PyTorch computes as the reciprocal times `other`."""
    return other / self if isinstance(other, TensorBase) else reciprocal(self) * other


@pointwise(self=lambda grad: -grad)
def neg(self):
    return -self


@pointwise(self=lambda grad, result: -grad * (result * result), floating=True)
def reciprocal(self):
    return 1 / self


# ---- quotients rounded down, and what remains --------------------------------------------------------------


@pointwise(
    self=lambda grad: _not_implemented("floor_divide"), other=lambda grad: _not_implemented("floor_divide")
)
def _floor_divide(self, other):
    return np.floor_divide(self, other)


@pointwise(self=lambda grad: _not_implemented("floor_divide"))
def _floor_divide_number(self, other):
    return np.floor_divide(self, other)


for _function in (_floor_divide, _floor_divide_number):
    _function.node_class.name = lambda node: "torch::autograd::NotImplemented"
    _function.node_class.__name__ = "NotImplemented"


def _not_implemented(name):
    raise RuntimeError(f"derivative for aten::{name} is not implemented")


def floor_divide(self, other):
    """Division rounded down; it has no derivative."""
    _check_divisor(self, other)
    if type(other) in CATEGORY_OF_NUMBER:
        return _floor_divide_number(promoted(self, other), other)
    return _floor_divide(self, other)


def _check_divisor(self, other):
    divisor = other._array if isinstance(other, TensorBase) else other
    if self._dtype.category <= INTEGER and not isinstance(divisor, float) and np.any(divisor == 0):
        if not isinstance(other, TensorBase) or other._dtype.category <= INTEGER:
            raise RuntimeError("ZeroDivisionError")


@op(self=lambda grad: grad, node="RemainderBackward0")
def _remainder_number(self, other):
    return np.remainder(self, other)


@pointwise(
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * floor_divide(self, other),
    node="RemainderBackward1",
)
def _remainder(self, other):
    return np.remainder(self, other)


def remainder(self, other):
    """The remainder with the divisor's sign."""
    _check_divisor(self, other)
    if type(other) in CATEGORY_OF_NUMBER:
        return _remainder_number(promoted(self, other), other)
    return _remainder(self, other)


# ---- arithmetic with a number, as formulas do it -----------------------------------------------------------


@pointwise(self=lambda grad: grad, node="AddBackward1")
def add_scalar(self, other):
    return self + other


@pointwise(self=lambda grad: grad, node="SubBackward1")
def sub_scalar(self, other):
    return self - other


@pointwise(self=lambda grad, other: mul_scalar(grad, other), node="MulBackward1")
def mul_scalar(self, other):
    return self * other


@pointwise(self=lambda grad, other: div_scalar(grad, other), node="DivBackward1")
def div_scalar(self, other):
    return self / other
