"""Powers and roots, element by element."""

from __future__ import annotations

import math

import numpy as np

from ..base import TensorBase
from ..dtypes import FROM_NUMPY, INTEGER, beside, bool_, not_implemented, wrapped
from ..grad_mode import mode
from ..op import POINTWISE, check_broadcast, op, pointwise, wrap
from .arithmetic import mul_scalar, sub_scalar
from .choosing import where
from .complex import real
from .operands import in_single, is_number, known, promoted


def _pow_self(grad, self, exponent):
    if exponent == 0 and exponent is not False:  # which PyTorch's scalars do not find equal to 0.0
        return grad.new_zeros(self._array.shape, dtype=grad._dtype)
    if exponent == 2 and not mode.recording and grad._array.flags.c_contiguous:
        # by far the most frequent; the same numbers without two more tensors
        base = self._array
        return wrap(grad._array * (base + base), grad._dtype)
    exponent = float(exponent)
    return grad * mul_scalar(_pow_number(self, exponent - 1), exponent)


def _pow_complex_self(grad, self, exponent):
    if exponent == 0 and exponent is not False:
        return grad.new_zeros(self._array.shape, dtype=grad._dtype)
    exponent = exponent if isinstance(exponent, complex) else float(exponent)
    return grad * mul_scalar(pow(self, exponent - 1), exponent).conj()


@op(self=_pow_complex_self, node="PowBackward0")
def _pow_real_by_complex(self, exponent, dtype):
    return _power(self.astype(dtype.numpy), exponent)


@pointwise(self=_pow_self, complex={"self": _pow_complex_self}, node="PowBackward0")
def _pow_number(self, exponent):
    if self.dtype.char not in "eE":
        return _power(self, exponent)
    exponent = float(self.dtype.type(exponent))
    if exponent in (2, 3):
        return _power(self, exponent)
    return in_single(_general_power if self.dtype.char == "e" else _power, self, exponent)


def _general_power(self, exponent):
    """By an array of exponents: for a number 0.5, NumPy would take the root, other than for -0 and -inf."""
    return np.power(self, np.full(self.shape, exponent, self.dtype))


def _power(self, exponent):
    if exponent == 2:
        return self * self
    if exponent == 3:
        return self * self * self
    if exponent == 0.5:
        return np.sqrt(self)
    if exponent == 1:
        return self.copy()
    if self.dtype.kind in "fc" and exponent in (-1, -2, -0.5):  # other zeros and infinities than np.power's
        return 1 / (np.sqrt(self) if exponent == -0.5 else self if exponent == -1 else self * self)
    if self.dtype.kind in "iu" and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return np.power(self, exponent)


def _pow_tensor_self(grad, self, exponent, result=None):
    """The result is not needed, but PyTorch takes out all that it saved."""
    return where(
        exponent == 0.0,
        wrap(np.zeros((), grad._dtype.numpy)),
        grad * (exponent * pow(self, sub_scalar(exponent, 1))),
    )


def _pow_exponent(grad, self, exponent, result):
    zero = wrap(np.zeros((), grad._dtype.numpy))
    base = self.to(result._dtype)
    return grad * where((base == 0) & (exponent >= 0), zero, result * base.log())


def _pow_complex_tensor_self(grad, self, exponent, result=None):
    zero = wrap(np.zeros((), grad._dtype.numpy))
    return where(exponent == 0.0, zero, grad * (exponent * pow(self, sub_scalar(exponent, 1))).conj())


def _pow_complex_exponent(grad, self, exponent, result):
    zero = wrap(np.zeros((), grad._dtype.numpy))
    base = self.to(result._dtype)
    at_zero = (base == 0) & (real(exponent) >= 0 if exponent._dtype.is_complex else exponent >= 0)
    return grad * where(at_zero, zero, (result * base.log()).conj())


@pointwise(
    self=_pow_tensor_self,
    exponent=_pow_exponent,
    complex={"self": _pow_complex_tensor_self, "exponent": _pow_complex_exponent},
    jvp=lambda self_t, exponent_t, self_p, exponent_p, result: (
        (
            _pow_complex_tensor_self(self_t.conj(), self_p, exponent_p)
            + _pow_complex_exponent(exponent_t.conj(), self_p, exponent_p, result)
        ).conj()
        if result._dtype.is_complex
        else _pow_tensor_self(self_t, self_p, exponent_p)
        + _pow_exponent(exponent_t, self_p, exponent_p, result)
    ),
    node="PowBackward1",
)
def _pow_tensors(self, exponent):
    if self.dtype.kind in "iu":
        return _integer_power(self, exponent)
    if not exponent.ndim and exponent == 0.5 and self.ndim:
        # NumPy would take the square root, which is not the power for -0 and -inf
        exponent = np.full(self.shape, exponent)
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


def _pow_complex_exponent_of_number(grad, self, exponent, result):
    if self == 0:
        at_zero = real(exponent) >= 0
        return grad * where(at_zero, wrap(np.zeros((), grad._dtype.numpy)), mul_scalar(result, -math.inf))
    return grad * mul_scalar(result, complex(np.log(complex(self)))).conj()


@op(
    exponent=_pow_exponent_of_number,
    complex={"exponent": _pow_complex_exponent_of_number},
    jvp=POINTWISE,
    node="PowBackward2",
)
def _pow_of_number(self, exponent):
    base = wrapped(self, FROM_NUMPY[exponent.dtype])
    return _integer_power(base, exponent) if exponent.dtype.kind in "iu" else np.power(base, exponent)


@op(exponent=_pow_complex_exponent_of_number, node="PowBackward2")
def _pow_of_complex_by_real(self, exponent, dtype):
    return np.power(dtype.numpy.type(self), exponent.astype(dtype.numpy))


def pow(self, exponent):
    """`self` to the power of `exponent`, which may be a number."""
    if exponent.__class__ is int and self._dtype.category > INTEGER:  # as in most programs
        return _pow_number(self, exponent)
    exponent = known(exponent)
    if exponent is NotImplemented:
        return exponent
    if is_number(exponent):
        if isinstance(exponent, complex) and self._dtype.is_floating_point:
            return _pow_real_by_complex(self, exponent, beside(exponent, self._dtype))
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
    if isinstance(base, complex) and self._dtype.is_floating_point:
        return _pow_of_complex_by_real(base, self, beside(base, self._dtype))
    if type(base) is bool and self._dtype is bool_:
        raise not_implemented("pow", bool_)
    return _pow_of_number(base, promoted(self, base))


def square(self):
    """`self` squared."""
    return pow(self, 2)


@pointwise(
    self=lambda grad, result: grad / mul_scalar(result, 2),
    complex={"self": lambda grad, result: grad / mul_scalar(result.conj(), 2)},
    floating=True,
)
def sqrt(self):
    return np.sqrt(self)


@pointwise(
    self=lambda grad, result: mul_scalar(grad, -0.5) * result.pow(3),
    complex={"self": lambda grad, result: mul_scalar(grad, -0.5) * result.pow(3).conj()},
    floating=True,
)
def rsqrt(self):
    return 1 / np.sqrt(self)
