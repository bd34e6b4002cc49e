"""Arithmetic and elementary functions, element by element.

Derivatives are those of torch's documentation; at kinks and ties they are as PyTorch defines them ("Autograd
mechanics", "Gradients for non-differentiable functions").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import CATEGORY_OF_NUMBER, INTEGER
from ..op import check_broadcast, op, pointwise, result_type, wrap


def is_number(value: Any) -> bool:
    """Whether this is a Python number (NumPy's scalars count as such)."""
    return type(value) in CATEGORY_OF_NUMBER


# ---- arithmetic --------------------------------------------------------------------------------------------


@pointwise(self=lambda grad: grad, other=lambda grad: grad, node="AddBackward0")
def _add(self, other):
    if self.dtype == np.bool_:
        return np.logical_or(self, other)
    return self + other


@pointwise(self=lambda grad: grad, other=lambda grad: -grad, node="SubBackward0")
def _sub(self, other):
    return self - other


_add.node_class._saved_alpha = 1
_sub.node_class._saved_alpha = 1


@op(self=lambda grad: grad, other=lambda grad, alpha: grad * alpha, node="AddBackward0")
def _add_scaled(self, other, alpha):
    return self + other * alpha


@op(self=lambda grad: grad, other=lambda grad, alpha: -(grad * alpha), node="SubBackward0")
def _sub_scaled(self, other, alpha):
    return self - other * alpha


def add(self, other, *, alpha=1):
    """`self + alpha * other`."""
    return _add(self, other) if alpha == 1 else _add_scaled(self, other, alpha)


def sub(self, other, *, alpha=1):
    """`self - alpha * other`; of bools it is refused."""
    if self._dtype is dtypes.bool_ and (other is True or other is False or getattr(other, "_dtype", None) is dtypes.bool_):
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
    return _rsub_number(_promoted(self, other), other, 1)


def _promoted(self, number):
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
def _div(self, other):
    return np.true_divide(self, other)


def div(self, other, *, rounding_mode=None):
    """True division; rounded towards zero or down with `rounding_mode`."""
    if rounding_mode is None:
        return _div(self, other)
    if rounding_mode == "floor":
        return floor_divide(self, other)
    if rounding_mode == "trunc":
        quotient = _div(self, other)
        return quotient.trunc().to(self._dtype) if self._dtype.category <= INTEGER else quotient.trunc()
    raise RuntimeError(f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'")


def rdiv(self, other):
    """`other / self`, which PyTorch computes as the reciprocal times `other`."""
    return other / self if isinstance(other, TensorBase) else reciprocal(self) * other


@pointwise(self=lambda grad: _not_implemented("floor_divide"), other=lambda grad: _not_implemented("floor_divide"))
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
    if is_number(other):
        return _floor_divide_number(_promoted(self, other), other)
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
    if is_number(other):
        return _remainder_number(_promoted(self, other), other)
    return _remainder(self, other)


@pointwise(self=lambda grad: -grad)
def neg(self):
    return -self


@pointwise(self=lambda grad, result: -grad * (result * result), floating=True)
def reciprocal(self):
    return 1 / self


# ---- arithmetic with a number, as formulas do it -----------------------------------------------------------
# In PyTorch's own formulas a number is a C++ scalar: `grad * 2` there is `mul.Scalar`, whose node has one input
# and another name than the `MulBackward0` that a Python program gets.


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


# ---- powers ------------------------------------------------------------------------------------------------


def _pow_self(grad, self, exponent):
    if exponent == 0:
        return grad.new_zeros(self._array.shape, dtype=grad._dtype)
    return grad * mul_scalar(_pow_number(self, exponent - 1), exponent)


@pointwise(self=_pow_self, node="PowBackward0")
def _pow_number(self, exponent):
    if exponent == 2:
        return self * self
    if exponent == 3:
        return self * self * self
    if exponent == 0.5:
        return np.sqrt(self)
    if exponent == 1:
        return self.copy()
    if self.dtype.kind == "f" and exponent in (-1, -2, -0.5):  # other zeros and infinities than np.power's
        return 1 / (np.sqrt(self) if exponent == -0.5 else self if exponent == -1 else self * self)
    if self.dtype.kind in "iu" and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return np.power(self, exponent)


def _pow_tensor_self(grad, self, exponent):
    return where(exponent == 0.0, wrap(np.zeros((), grad._dtype.numpy)), grad * (exponent * pow(self, sub_scalar(exponent, 1))))


def _pow_exponent(grad, self, exponent, result):
    zero = wrap(np.zeros((), grad._dtype.numpy))
    base = self if isinstance(self, TensorBase) else wrap(np.asarray(self, grad._dtype.numpy))
    if not isinstance(self, TensorBase):
        if self == 0:
            return where(exponent >= 0, zero, grad * (mul_scalar(result, float(np.log(self + 0.0)))))
        return grad * mul_scalar(result, float(np.log(float(self))))
    return grad * where((base == 0) & (exponent >= 0), zero, result * base.log())


@pointwise(self=_pow_tensor_self, exponent=_pow_exponent, node="PowBackward1")
def _pow_tensors(self, exponent):
    return np.power(self, exponent)


@op(exponent=lambda grad, self, exponent, result: _pow_exponent(grad, self, exponent, result), node="PowBackward2")
def _pow_of_number(self, exponent):
    return np.power(exponent.dtype.type(self), exponent)


def pow(self, exponent):
    """`self` to the power of `exponent`; one of the two may be a number."""
    if not isinstance(self, TensorBase):
        return rpow(exponent, self)
    if type(exponent) in CATEGORY_OF_NUMBER:
        return _pow_number(_promoted(self, exponent), exponent)
    return _pow_tensors(self, exponent)


def rpow(self, base):
    """A number to the power of a tensor."""
    return _pow_of_number(base, _promoted(self, base))


def square(self):
    """`self` squared."""
    return pow(self, 2)


@pointwise(self=lambda grad, result: grad / mul_scalar(result, 2), floating=True)
def sqrt(self):
    return np.sqrt(self)


@pointwise(self=lambda grad, result: mul_scalar(grad, -0.5) * result.pow(3), floating=True)
def rsqrt(self):
    return 1 / np.sqrt(self)


# ---- exponentials and logarithms ---------------------------------------------------------------------------


@pointwise(self=lambda grad, result: grad * result, floating=True)
def exp(self):
    return np.exp(self)


@pointwise(self=lambda grad, result: mul_scalar(grad * result, 0.6931471805599453), floating=True)
def exp2(self):
    return np.exp2(self)


@pointwise(self=lambda grad, result: grad * add_scalar(result, 1), floating=True)
def expm1(self):
    return np.expm1(self)


@pointwise(self=lambda grad, self: grad.div(self), floating=True)
def log(self):
    return np.log(self)


@pointwise(self=lambda grad, self: grad / mul_scalar(self, 0.6931471805599453), floating=True)
def log2(self):
    return np.log2(self)


@pointwise(self=lambda grad, self: grad / mul_scalar(self, 2.302585092994046), floating=True)
def log10(self):
    return np.log10(self)


@pointwise(self=lambda grad, self: grad / add_scalar(self, 1), floating=True, node="Log1PBackward0")
def log1p(self):
    return np.log1p(self)


# ---- trigonometric and hyperbolic --------------------------------------------------------------------------


@pointwise(self=lambda grad, self: grad * self.cos(), floating=True)
def sin(self):
    return np.sin(self)


@pointwise(self=lambda grad, self: grad * -self.sin(), floating=True)
def cos(self):
    return np.cos(self)


@pointwise(self=lambda grad, result: grad * add_scalar(result.pow(2), 1), floating=True)
def tan(self):
    return np.tan(self)


@pointwise(self=lambda grad, self: grad * add_scalar(-self * self, 1).rsqrt(), floating=True)
def asin(self):
    return np.arcsin(self)


@pointwise(self=lambda grad, self: grad * -add_scalar(-self * self, 1).rsqrt(), floating=True)
def acos(self):
    return np.arccos(self)


@pointwise(self=lambda grad, self: grad / add_scalar(self * self, 1), floating=True)
def atan(self):
    return np.arctan(self)


@pointwise(self=lambda grad, self: grad * self.cosh(), floating=True)
def sinh(self):
    return np.sinh(self)


@pointwise(self=lambda grad, self: grad * self.sinh(), floating=True)
def cosh(self):
    return np.cosh(self)


# ---- rounding and sign -------------------------------------------------------------------------------------


def _zeros(grad):
    return grad.new_zeros(grad._array.shape)


@pointwise(self=lambda grad, self: grad * self.sgn())
def abs(self):
    return np.abs(self)


@pointwise(self=_zeros)
def sign(self):
    return np.sign(self)


@pointwise(self=_zeros)
def sgn(self):
    return np.sign(self)


@pointwise(self=_zeros)
def floor(self):
    return np.floor(self)


@pointwise(self=_zeros)
def ceil(self):
    return np.ceil(self)


@pointwise(self=_zeros)
def trunc(self):
    return np.trunc(self)


@pointwise(self=_zeros)
def round(self):
    return np.round(self)


# ---- choosing ----------------------------------------------------------------------------------------------


def _half_of_ties(grad, self, other, loses):
    """The winner's gradient; equal operands get half of it each."""
    return where(self == other, div_scalar(grad, 2), grad).masked_fill_(loses, 0)


@pointwise(
    self=lambda grad, self, other: _half_of_ties(grad, self, other, self < other),
    other=lambda grad, self, other: _half_of_ties(grad, self, other, self > other),
)
def maximum(self, other):
    return np.maximum(self, other)


@pointwise(
    self=lambda grad, self, other: _half_of_ties(grad, self, other, self > other),
    other=lambda grad, self, other: _half_of_ties(grad, self, other, self < other),
)
def minimum(self, other):
    return np.minimum(self, other)


def _inside(self, low, high):
    """Where clamping left the value as it was: the bounds belong to it."""
    if low is None:
        return self <= high
    if high is None:
        return self >= low
    return (self >= low).logical_and_(self <= high)


@pointwise(self=lambda grad, self, min, max: where(_inside(self, min, max), grad, 0.0), node="ClampBackward1")
def _clamp_numbers(self, min, max):
    result = self if min is None else np.maximum(self, self.dtype.type(min))
    return result if max is None else np.minimum(result, self.dtype.type(max))


@op(
    self=lambda grad, self, min, max: where(_inside(self, min, max), grad, 0.0),
    min=lambda grad, self, min, max: where((self < min).logical_and_(min < max) if max is not None else self < min, grad, 0.0),
    max=lambda grad, self, min, max: where((self > max).logical_or_(max < min) if min is not None else self > max, grad, 0.0),
    node="ClampBackward0",
)
def _clamp_tensors(self, min, max):
    result = self if min is None else np.maximum(self, min)
    return result if max is None else np.minimum(result, max)


def clamp(self, min=None, max=None):
    """`self` kept between `min` and `max`, either of which may be missing."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, TensorBase) or isinstance(max, TensorBase):
        return _clamp_tensors(self, min, max)
    for bound in (min, max):
        if bound is not None:
            self = _promoted(self, bound)
    return _clamp_numbers(self, min, max)


@op(
    self=lambda grad, condition: where(condition, grad, 0),
    other=lambda grad, condition: where(condition, 0, grad),
    node="WhereBackward0",
)
def _where(condition, self, other):
    return np.where(condition, self, other)


def where(condition, self, other):
    """`self` where the condition holds, else `other`; both may be numbers."""
    if not isinstance(condition, TensorBase):
        raise TypeError(f"where(): argument 'condition' (position 1) must be Tensor, not {type(condition).__name__}")
    if not isinstance(self, TensorBase) and not isinstance(other, TensorBase):
        dtype = dtypes.promote(dtypes.of_number(self), dtypes.of_number(other))
        self, other = wrap(dtype.numpy.type(self)), wrap(dtype.numpy.type(other))
    elif not isinstance(self, TensorBase):
        self = _number_like(self, other)
    elif not isinstance(other, TensorBase):
        other = _number_like(other, self)
    if self._dtype is not other._dtype:
        dtype = result_type(self, other)
        self, other = self.to(dtype), other.to(dtype)
    check_broadcast(condition._array.shape, self._array.shape)
    check_broadcast(self._array.shape, other._array.shape)
    check_broadcast(condition._array.shape, other._array.shape)
    return _where(condition, self, other)


def _number_like(number, tensor):
    """A number as a 0-d tensor of the type that it takes beside `tensor`."""
    dtype = tensor._dtype
    if CATEGORY_OF_NUMBER[type(number)] > dtype.category:
        dtype = dtypes.of_number(number)
    return wrap(dtype.numpy.type(number), dtype)


@op(self=lambda grad, mask: grad.masked_fill(mask, 0), node="MaskedFillBackward0")
def _masked_fill_number(self, mask, value):
    return np.where(mask, self.dtype.type(value), self)


@op(
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    value=lambda grad, mask: where(mask, grad, 0).sum(),
    node="MaskedFillBackward1",
)
def _masked_fill_tensor(self, mask, value):
    return np.where(mask, value.astype(self.dtype), self)


def masked_fill(self, mask, value):
    """`self` with `value` where the mask is set."""
    if isinstance(value, TensorBase):
        return _masked_fill_tensor(self, mask, value)
    return _masked_fill_number(self, mask, value)


@op(self=lambda grad: grad, node="CloneBackward0")
def _clone(self):
    return self.copy()


def clone(self, *, memory_format=None):
    """A copy, which gradients flow through."""
    return _clone(self)
