"""Further functions of two tensors, element by element: angles, logarithms of sums, signs, remainders."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import FLOATING, FROM_NUMPY, INTEGER, bool_, get_default_dtype, not_implemented, wrapped
from ..in_place import in_place
from ..lazy import plain
from ..op import op, pointwise, result_type, wrap
from . import comparison, elementary, powers
from .arithmetic import _declare_without_derivative, add_scalar, mul_scalar, no_bools
from .named import method
from .operands import as_tensors, is_number, known, promoted
from .views import filled_zeros

greater, greater_equal = method(comparison.gt), method(comparison.ge)
less, less_equal = method(comparison.lt), method(comparison.le)
not_equal = method(comparison.ne)
bitwise_and, bitwise_or, bitwise_xor = (
    method(each, numbers=1)
    for each in (comparison.bitwise_and, comparison.bitwise_or, comparison.bitwise_xor)
)


def _of_tensors(operation, name, refuses=()):
    """The function `name` of two tensors: nothing else is taken as the second, nor types of these categories."""

    def call(self, other):
        if not isinstance(self, TensorBase):
            raise TypeError(
                f"{name}(): argument 'input' (position 1) must be Tensor, not {type(self).__name__}"
            )
        if not isinstance(other, TensorBase):
            kind = type(other).__name__
            raise TypeError(f"{name}(): argument 'other' (position 1) must be Tensor, not {kind}")
        if refuses:
            dtype = as_tensors(self, other)[2]
            if dtype.category in refuses:
                raise not_implemented(f"{name}_cpu", dtype)
        return operation(self, other)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = operation.__doc__
    return call


REAL = (dtypes.COMPLEX,)
FLOATS = (dtypes.BOOL, INTEGER, dtypes.COMPLEX)
WHOLE = (dtypes.BOOL, FLOATING, dtypes.COMPLEX)

# ---- angles and lengths ------------------------------------------------------------------------------------


def _inverse_square(self, other):
    return (self * self + other * other).reciprocal().masked_fill((self == 0) & (other == 0), 0)


@pointwise(
    self=lambda grad, self, other: grad * other * _inverse_square(self, other),
    other=lambda grad, self, other: grad * -self * _inverse_square(self, other),
    floating=True,
    node="Atan2Backward0",
)
def _atan2(self, other):
    """The angle of the point (other, self)."""
    return np.arctan2(self, other)


@pointwise(
    self=lambda grad, self, result: grad * self / result,
    other=lambda grad, other, result: grad * other / result,
)
def _hypot(self, other):
    """The length of the hypotenuse over two legs."""
    return np.hypot(self, other)


atan2 = arctan2 = _of_tensors(_atan2, "atan2", REAL)
hypot = _of_tensors(_hypot, "hypot", FLOATS)

_LN2 = 0.6931471805599453

# ---- logarithms and powers ---------------------------------------------------------------------------------


@pointwise(
    self=lambda grad, self, other: grad / add_scalar((other - self).exp(), 1),
    other=lambda grad, self, other: grad / add_scalar((self - other).exp(), 1),
    complex={
        "self": lambda grad, self, other: grad / add_scalar((other - self).exp(), 1).conj(),
        "other": lambda grad, self, other: grad / add_scalar((self - other).exp(), 1).conj(),
    },
)
def _logaddexp(self, other):
    """The logarithm of the sum of two exponentials."""
    if self.dtype.kind == "c":
        top = np.where(self.real >= other.real, self, other)
        return top + elementary.log(elementary.exp(self - top) + elementary.exp(other - top))
    near = elementary.exp(-np.abs(self - other))
    return np.where(
        self == other, self + self.dtype.type(_LN2), np.maximum(self, other) + elementary.log1p(near)
    )[()]


@pointwise(
    self=lambda grad, self, other: grad / add_scalar(powers.rpow(other - self, 2), 1),
    other=lambda grad, self, other: grad / add_scalar(powers.rpow(self - other, 2), 1),
)
def _logaddexp2(self, other):
    """The logarithm of the sum of two powers of 2."""
    return np.logaddexp2(self, other)


logaddexp = _of_tensors(_logaddexp, "logaddexp", (dtypes.BOOL, INTEGER))
logaddexp2 = _of_tensors(_logaddexp2, "logaddexp2", FLOATS)


def _times_log(one, two, log):
    one, two = plain(one), plain(two)
    found = np.where(one == 0, one.dtype.type(0), one * log(two))
    return np.where(np.isnan(two), two, found)[()]


def _xlogy_array(self, other):
    return _times_log(self, other, elementary.log)


def _xlog1py_array(self, other):
    return _times_log(self, other, elementary.log1p)


@pointwise(
    self=lambda grad, self, other: xlogy(grad, other).masked_fill((self == 0.0) & (other <= 0.0), 0.0),
    other=lambda grad, self, other: grad * self / other,
    floating=True,
)
def _xlogy(self, other):
    return _xlogy_array(self, other)


@pointwise(
    self=lambda grad, self, other: (
        xlogy(grad, other) if other > 0 else xlogy(grad, other).masked_fill(self == 0.0, 0.0)
    ),
    floating=True,
    node="XlogyBackward2",
)
def _xlogy_number(self, other):
    return _xlogy_array(self, np.asarray(other, self.dtype))


@pointwise(other=lambda grad, other, self: grad * self / other, floating=True, node="XlogyBackward1")
def _xlogy_of_number(other, self):
    return _xlogy_array(np.asarray(self, other.dtype), other)


@pointwise(
    self=lambda grad, self, other: xlog1py(grad, other).masked_fill((self == 0.0) & (other <= -1.0), 0.0),
    other=lambda grad, self, other: grad * self / add_scalar(other, 1),
    floating=True,
    node="SpecialXlog1PyBackward0",
)
def _xlog1py(self, other):
    return _xlog1py_array(self, other)


@pointwise(
    self=lambda grad, self, other: (
        xlog1py(grad, other) if other > -1 else xlog1py(grad, other).masked_fill(self == 0.0, 0.0)
    ),
    floating=True,
    node="SpecialXlog1PyBackward2",
)
def _xlog1py_number(self, other):
    return _xlog1py_array(self, np.asarray(other, self.dtype))


@pointwise(
    other=lambda grad, other, self: grad * self / add_scalar(other, 1),
    floating=True,
    node="SpecialXlog1PyBackward1",
)
def _xlog1py_of_number(other, self):
    return _xlog1py_array(np.asarray(self, other.dtype), other)


def of_tensors_or_numbers(name, of_both, of_tensor_and_number, of_number_and_tensor):
    """A function of two operands, either of which may be a number."""

    def call(self, other):
        if not isinstance(self, TensorBase):
            if not is_number(self) or not isinstance(other, TensorBase):
                kind = type(self).__name__
                raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}")
            return of_number_and_tensor(other, self)
        if isinstance(other, TensorBase):
            if as_tensors(self, other)[2].is_complex:
                raise not_implemented(f"{name}_cpu", as_tensors(self, other)[2])
            return of_both(self, other)
        if not is_number(other):
            kind = type(other).__name__
            raise TypeError(f"{name}(): argument 'other' (position 1) must be Tensor, not {kind}")
        return of_tensor_and_number(promoted(self, other), other)

    call.__name__ = call.__qualname__ = name
    return call


xlogy: Any = of_tensors_or_numbers("xlogy", _xlogy, _xlogy_number, _xlogy_of_number)
xlog1py: Any = of_tensors_or_numbers("xlog1py", _xlog1py, _xlog1py_number, _xlog1py_of_number)


@op(
    self=lambda grad, other: grad * powers.rpow(other, 2).conj(),
    other=lambda grad, result: mul_scalar(grad * result.conj(), _LN2),
    node="LdexpBackward0",
)
def _ldexp(self, other, dtype):
    return self.astype(dtype) * elementary.exp2(other.astype(dtype))


def ldexp(self, other):
    """`self` times 2 to the power of `other`."""
    if not isinstance(other, TensorBase):
        raise TypeError(f"ldexp(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    if other._dtype.category >= FLOATING:
        return _ldexp(self, other, result_type(self, other).numpy)
    if not self._dtype.is_floating_point:
        power = wrap(other._array.astype(get_default_dtype().numpy))
        return _ldexp(self, other, result_type(self, power).numpy)
    if other._dtype is bool_:
        raise not_implemented("ldexp_cpu_exp", bool_)
    return _ldexp(self, other, self._dtype.numpy)


def float_power(self, exponent):
    """The power in double precision; one of the two operands may be a number."""
    operands = [
        each._dtype.is_complex if isinstance(each, TensorBase) else isinstance(each, complex)
        for each in (self, exponent)
    ]
    dtype = dtypes.complex128 if any(operands) else dtypes.float64
    if isinstance(self, TensorBase):
        self = self.to(dtype)
        return powers.pow(self, exponent.to(dtype) if isinstance(exponent, TensorBase) else exponent)
    return powers.rpow(exponent.to(dtype), self)


_float_power_in_place = in_place(float_power, "float_power_")


def float_power_(self, exponent):
    """`float_power`, written over `self`, which must have its type."""
    others = [self, exponent] if isinstance(exponent, TensorBase) else [self]
    is_complex = isinstance(exponent, complex) or any(each._dtype.is_complex for each in others)
    dtype = dtypes.complex128 if is_complex else dtypes.float64
    if self._dtype is not dtype:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {self._dtype.legacy_name} but the operation's result requires dtype "
            f"{dtype.legacy_name}"
        )
    return _float_power_in_place(self, exponent)


# ---- signs, neighbours, larger and smaller beside nan ------------------------------------------------------


def _copysign_backward(grad, self, result):
    return grad * (result / self).masked_fill(self == 0, 0)


@pointwise(
    self=_copysign_backward,
    other=lambda grad: filled_zeros(grad, grad._array.shape),
    floating=True,
    node="CopysignBackward0",
)
def _copysign(self, other):
    return np.copysign(self, other)


@pointwise(
    self=lambda grad, self, result: _copysign_backward(grad, self, result),
    floating=True,
    node="CopysignBackward1",
)
def _copysign_number(self, other):
    return np.copysign(self, self.dtype.type(other))


def copysign(self, other):
    """The size of `self`, the sign of `other`, which may be a number."""
    other = known(other)
    if other is NotImplemented:
        return other
    if as_tensors(self, other)[2].is_complex:
        raise not_implemented("copysign_cpu", as_tensors(self, other)[2])
    if is_number(other):
        return _copysign_number(self, float(other))
    return _copysign(self, other)


copysign = method(copysign)


@pointwise(
    self=lambda grad, self, other: grad.masked_fill(
        (self >= other).logical_or_(other.isnan()).logical_not_(), 0
    ),
    other=lambda grad, self, other: grad.masked_fill((self >= other).logical_or_(other.isnan()), 0),
)
def _fmax(self, other):
    """The larger of two elements; a number rather than nan."""
    return np.fmax(self, other)


@pointwise(
    self=lambda grad, self, other: grad.masked_fill(
        (self <= other).logical_or_(other.isnan()).logical_not_(), 0
    ),
    other=lambda grad, self, other: grad.masked_fill((self <= other).logical_or_(other.isnan()), 0),
)
def _fmin(self, other):
    """The smaller of two elements; a number rather than nan."""
    return np.fmin(self, other)


def _of_real_tensors(operation, name):
    def call(self, other):
        if self._dtype.is_complex or getattr(other, "_dtype", self._dtype).is_complex:
            raise RuntimeError(f"{name} not implemented for complex tensors.")
        return checked(self, other)

    checked = _of_tensors(operation, name)
    call.__name__ = call.__qualname__ = name
    call.__doc__ = operation.__doc__
    return call


fmax, fmin = _of_real_tensors(_fmax, "fmax"), _of_real_tensors(_fmin, "fmin")


@pointwise(
    self=lambda grad, self, other: grad * (self != other),
    other=lambda grad: filled_zeros(grad, grad._array.shape),
)
def _nextafter(self, other):
    """The next number from `self` towards `other`."""
    return np.nextafter(self, other)


nextafter = _of_tensors(_nextafter, "nextafter", FLOATS)


def _step(self, other):
    return np.where(self == 0, other, (self > 0).astype(self.dtype))[()]


_heaviside = _declare_without_derivative("heaviside", _step)


def heaviside(self, values):
    """The step function: 0 below 0, 1 above, and `values` at 0."""
    if not isinstance(values, TensorBase):
        kind = type(values).__name__
        raise TypeError(f"heaviside(): argument 'values' (position 1) must be Tensor, not {kind}")
    if self._dtype.is_complex or values._dtype.is_complex:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if self._dtype is not values._dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return _heaviside(self, values, as_tensors(self, values)[2])


# ---- remainders, differences --------------------------------------------------------------------------------


def _check_division(other, dtype):
    if dtype.is_complex or dtype is bool_:
        raise not_implemented("fmod_cpu", dtype)
    if dtype.category == INTEGER and not np.all(other):
        raise RuntimeError("ZeroDivisionError")


@pointwise(self=lambda grad: grad, node="FmodBackward0")
def _fmod_number(self, other):
    return np.fmod(self, wrapped(other, FROM_NUMPY[self.dtype]))


@pointwise(
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * self.div(other, rounding_mode="trunc"),
    node="FmodBackward1",
)
def _fmod(self, other):
    return np.fmod(self, other)


def fmod(self, other):
    """The remainder with the sign of `self`."""
    other = known(other)
    if other is NotImplemented:
        return other
    if is_number(other):
        self = promoted(self, other)
        _check_division(other, self._dtype)
        return _fmod_number(self, other)
    _check_division(other._array, as_tensors(self, other)[2])
    return _fmod(self, other)


fmod = method(fmod)


@op(
    self=lambda grad, alpha: -grad if alpha == 1 else mul_scalar(-grad, alpha),
    other=lambda grad: grad,
    node="RsubBackward0",
)
def _rsub_tensor(self, other, alpha, dtype):
    self, other = self.astype(dtype, copy=False), other.astype(dtype, copy=False)
    return elementary.add_product(other, self, -wrapped(alpha, FROM_NUMPY[dtype]))


@pointwise(self=lambda grad, alpha: -grad if alpha == 1 else mul_scalar(-grad, alpha), node="RsubBackward1")
def _rsub_number(self, other, alpha):
    number, alpha = (wrapped(each, FROM_NUMPY[self.dtype]) for each in (other, alpha))
    return number - self * alpha


def rsub(self, other, *, alpha=1):
    """`other - alpha * self`."""
    if not is_number(other) and not isinstance(other, TensorBase):
        kind = type(other).__name__
        raise TypeError(f"rsub(): argument 'other' (position 1) must be Tensor, not {kind}")
    if self._dtype is bool_ or type(other) is bool or getattr(other, "_dtype", None) is bool_:
        both = self._dtype is bool_ and (type(other) is bool or getattr(other, "_dtype", None) is bool_)
        raise no_bools(both)
    if is_number(other):
        return _rsub_number(promoted(self, other), other, alpha)
    self, other, dtype = as_tensors(self, other)
    return _rsub_tensor(self, other, alpha, dtype.numpy)
