"""Powers and roots, element by element."""

from __future__ import annotations

import math

import numpy as np

from ..base import TensorBase
from ..dtypes import FROM_NUMPY, bool_, not_implemented, wrapped
from ..grad_mode import mode
from ..op import check_broadcast, op, pointwise, wrap
from .arithmetic import mul_scalar, sub_scalar
from .choosing import where
from .operands import in_single, is_number, known, promoted


def _pow_self(grad, self, exponent):
    if exponent == 0 and exponent is not False:  # which PyTorch's scalars do not find equal to 0.0
        return grad.new_zeros(self._array.shape, dtype=grad._dtype)
    if (
        exponent == 2 and not mode.enabled and grad._array.flags.c_contiguous
    ):  # by far the most frequent; the same numbers without two more tensors
        return wrap(grad._array * (self._array * 2), grad._dtype)
    exponent = float(exponent)
    return grad * mul_scalar(_pow_number(self, exponent - 1), exponent)


@pointwise(self=_pow_self, node="PowBackward0")
def _pow_number(self, exponent):
    return in_single(_power, self, exponent)


def _power(self, exponent):
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
    base = self.to(result._dtype)
    return grad * where((base == 0) & (exponent >= 0), zero, result * base.log())


@pointwise(self=_pow_tensor_self, exponent=_pow_exponent, node="PowBackward1")
def _pow_tensors(self, exponent):
    if self.dtype.kind in "iu":
        return _integer_power(self, exponent)
    return np.power(self, exponent)


def _integer_power(base, exponent):
    """NumPy refuses negative exponents of integers; to PyTorch the power of all but 1 and -1 is then 0."""
    power = np.power(base, np.maximum(exponent, 0))
    if not np.any(exponent < 0):
        return power
    return np.where(
        exponent >= 0, power, np.where(base == 1, 1, np.where(base == -1, 1 - 2 * (exponent % 2), 0))
    )


def _pow_exponent_of_number(grad, self, exponent, result):
    if self == 0:
        return grad * where(
            exponent >= 0, wrap(np.zeros((), grad._dtype.numpy)), mul_scalar(result, -math.inf)
        )
    return grad * mul_scalar(result, float(np.log(float(self))))


@op(exponent=_pow_exponent_of_number, node="PowBackward2")
def _pow_of_number(self, exponent):
    base = wrapped(self, FROM_NUMPY[exponent.dtype])
    return _integer_power(base, exponent) if exponent.dtype.kind in "iu" else np.power(base, exponent)


def pow(self, exponent):
    """`self` to the power of `exponent`, which may be a number."""
    exponent = known(exponent)
    if exponent is NotImplemented:
        return exponent
    if is_number(exponent):
        return _pow_number(promoted(self, exponent), exponent)
    check_broadcast(self._array.shape, exponent._array.shape)
    if self._dtype is bool_ and exponent._dtype is bool_:
        raise not_implemented("pow", bool_)
    return _pow_tensors(self, exponent)


def rpow(self, base):
    """A number to the power of a tensor."""
    base = known(base)
    if base is NotImplemented:
        return base
    if isinstance(base, TensorBase):
        return pow(base, self)
    if type(base) is bool and self._dtype is bool_:
        raise not_implemented("pow", bool_)
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
