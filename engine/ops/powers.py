"""Powers and roots, element by element."""

from __future__ import annotations

import math

import numpy as np

from ..base import TensorBase
from ..dtypes import CATEGORY_OF_NUMBER
from ..grad_mode import mode
from ..op import op, pointwise, wrap
from .arithmetic import mul_scalar, promoted, sub_scalar
from .choosing import where


def _pow_self(grad, self, exponent):
    if exponent == 0:
        return grad.new_zeros(self._array.shape, dtype=grad._dtype)
    if (
        exponent == 2 and not mode.enabled and grad._array.flags.c_contiguous
    ):  # by far the most frequent; the same numbers without two more tensors
        return wrap(grad._array * (self._array * 2), grad._dtype)
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
    return where(
        exponent == 0.0,
        wrap(np.zeros((), grad._dtype.numpy)),
        grad * (exponent * pow(self, sub_scalar(exponent, 1))),
    )


def _pow_exponent(grad, self, exponent, result):
    zero = wrap(np.zeros((), grad._dtype.numpy))
    base = self if isinstance(self, TensorBase) else wrap(np.asarray(self, grad._dtype.numpy))
    if not isinstance(self, TensorBase):
        if self == 0:
            return grad * where(exponent >= 0, zero, mul_scalar(result, -math.inf))
        return grad * mul_scalar(result, float(np.log(float(self))))
    return grad * where((base == 0) & (exponent >= 0), zero, result * base.log())


@pointwise(self=_pow_tensor_self, exponent=_pow_exponent, node="PowBackward1")
def _pow_tensors(self, exponent):
    return np.power(self, exponent)


@op(
    exponent=lambda grad, self, exponent, result: _pow_exponent(grad, self, exponent, result),
    node="PowBackward2",
)
def _pow_of_number(self, exponent):
    return np.power(exponent.dtype.type(self), exponent)


def pow(self, exponent):
    """`self` to the power of `exponent`; one of the two may be a number."""
    if not isinstance(self, TensorBase):
        return rpow(exponent, self)
    if type(exponent) in CATEGORY_OF_NUMBER:
        return _pow_number(promoted(self, exponent), exponent)
    return _pow_tensors(self, exponent)


def rpow(self, base):
    """A number to the power of a tensor."""
    return _pow_of_number(base, promoted(self, base))


def square(self):
    """`self` squared."""
    return pow(self, 2)


@pointwise(self=lambda grad, result: grad / mul_scalar(result, 2), floating=True)
def sqrt(self):
    return np.sqrt(self)


@pointwise(self=lambda grad, result: mul_scalar(grad, -0.5) * result.pow(3), floating=True)
def rsqrt(self):
    return 1 / np.sqrt(self)
