"""Further functions of one tensor, element by element: degrees, fractions, signs, log-odds, bounds, what replaces nan."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..dtypes import INTEGER, not_implemented
from ..op import op, pointwise, wrap
from ..promotion import in_layout_of_first
from ..return_types import named
from . import elementary, functions
from .arithmetic import mul_scalar
from .choosing import larger, smaller, where
from .comparison import test
from .operands import beside, in_single, is_number, known, promoted
from .views import dense_copy

arccos, arcsin, arctan = functions.acos, functions.asin, functions.atan
arccosh, arcsinh, arctanh = functions.acosh, functions.asinh, functions.atanh
fix = functions.trunc

# ---- degrees, fractions ------------------------------------------------------------------------------------

_RADIANS, _DEGREES = math.pi / 180, 180 / math.pi


def _refuse_complex(name):
    return RuntimeError(f"{name} is not supported for complex tensors.")


@pointwise(self=lambda grad: grad * wrap(np.float64(_RADIANS)), floating=True, node="Deg2RadBackward0")
def _deg2rad(self):
    return in_single(lambda wide: wide * wide.dtype.type(_RADIANS), self)


def deg2rad(self):
    """Degrees in radians."""
    if self._dtype.is_complex:
        raise _refuse_complex("deg2rad")
    return _deg2rad(self)


@pointwise(self=lambda grad: grad * wrap(np.float64(_DEGREES)), floating=True, node="Rad2DegBackward0")
def _rad2deg(self):
    return in_single(lambda wide: wide * wide.dtype.type(_DEGREES), self)


def rad2deg(self):
    """Radians in degrees."""
    if self._dtype.is_complex:
        raise _refuse_complex("rad2deg")
    return _rad2deg(self)


@pointwise(self=lambda grad: grad)
def frac(self):
    if self.dtype.kind not in "fV":
        raise not_implemented("frac_cpu", dtypes.FROM_NUMPY[self.dtype])
    return self - np.trunc(self)


def _sinc_backward(grad, self):
    scaled = mul_scalar(self, math.pi)
    squared = mul_scalar(self * self, math.pi)
    found = grad * ((scaled * scaled.cos() - scaled.sin()) / squared).conj()
    return where(squared == 0.0, wrap(np.zeros((), grad._dtype.numpy)), found)


@pointwise(self=_sinc_backward, floating=True)
def sinc(self):
    return in_single(_sinc_array, self)


def _sinc_array(self):
    scaled = self * self.dtype.type(math.pi)
    return np.where(self == 0, self.dtype.type(1), elementary.sin(scaled) / scaled)[()]


def special_round(self, *, decimals=0):
    """The nearest number with this many decimals."""
    return functions.round(self, decimals=decimals)


# ---- signs, what is no number ------------------------------------------------------------------------------


def _isneginf(array):
    if array.dtype.kind == "c":
        raise RuntimeError("isneginf does not support complex inputs.")
    return array == -math.inf if array.dtype.kind in "fV" else np.zeros(array.shape, bool)


def _isposinf(array):
    if array.dtype.kind == "c":
        raise RuntimeError("isposinf does not support complex inputs.")
    return array == math.inf if array.dtype.kind in "fV" else np.zeros(array.shape, bool)


def _signbit(array):
    if array.dtype.kind == "c":
        raise NotImplementedError("signbit is not implemented for complex tensors.")
    return np.signbit(array) if array.dtype.kind in "fV" else array < 0


isneginf, isposinf, signbit = (
    test("isneginf", _isneginf),
    test("isposinf", _isposinf),
    test("signbit", _signbit),
)


@pointwise(self=lambda grad, self: grad * self.isfinite())
def _nan_to_num(self, nan, posinf, neginf):
    if self.dtype.kind not in "fcV":
        return dense_copy(self)
    if self.dtype.kind == "c":
        parts = [_nan_to_num_array(part, nan, posinf, neginf) for part in (self.real, self.imag)]
        return (parts[0] + parts[1] * 1j).astype(self.dtype)
    return _nan_to_num_array(self, nan, posinf, neginf)


def _nan_to_num_array(self, nan, posinf, neginf):
    if np.all(np.isfinite(self)):
        return dense_copy(self)
    largest = dtypes.largest_of(dtypes.FROM_NUMPY[self.dtype])
    replacements = (
        0 if nan is None else nan,
        largest if posinf is None else posinf,
        -largest if neginf is None else neginf,
    )
    kinds = (np.isnan(self), self == math.inf, self == -math.inf)
    found = self
    for kind, value in zip(kinds, replacements):
        found = np.where(kind, self.dtype.type(value), found)
    return in_layout_of_first(found, self)[()]


def nan_to_num(self, nan=None, posinf=None, neginf=None):
    """`self` with numbers instead of nan and the infinities: 0 and the type's limits, unless given."""
    return _nan_to_num(self, nan, posinf, neginf)


@op(self=lambda grads, exponent: _frexp_backward(grads, exponent), outputs=("mantissa", "exponent"))
def _frexp(self):
    return tuple(np.frexp(self))


def _frexp_backward(grads, exponent):
    return grads[0] / exponent.exp2()


_Frexp = named("frexp", "mantissa", "exponent")


def frexp(self):
    """`self` as a mantissa below 1, times a power of 2."""
    if self._dtype.category != dtypes.FLOATING:
        raise RuntimeError("torch.frexp() only supports floating-point dtypes")
    return _Frexp(_frexp(self))


# ---- log-odds, bounds --------------------------------------------------------------------------------------


def _one_minus(tensor):
    return wrap(tensor._dtype.numpy.type(1), tensor._dtype) - tensor


def _logit_backward(grad, self, eps):
    low, high, outside = (0.0, 1.0, math.nan) if eps is None else (eps, 1 - eps, 0.0)
    inside = (self >= low).logical_and(self <= high)
    return where(inside, grad / (self * _one_minus(self)), wrap(grad._dtype.numpy.type(outside)))


@pointwise(self=_logit_backward, floating=True)
def _logit(self, eps):
    if self.dtype.kind == "c":
        raise not_implemented("logit_cpu", dtypes.FROM_NUMPY[self.dtype])
    if eps is not None:
        self = np.minimum(np.maximum(self, self.dtype.type(eps)), self.dtype.type(1 - eps))
    return elementary.log(self / (self.dtype.type(1) - self))


def logit(self, eps=None):
    """log(self / (1 - self)); of `self` kept between eps and 1 - eps, if that is given."""
    return _logit(self, eps)


@pointwise(
    self=lambda grad, self, min: where(self >= min, grad, wrap(grad._dtype.numpy.type(0))),
    node="ClampMinBackward0",
)
def _clamp_min_number(self, min):
    return larger(self, self.dtype.type(min))


@pointwise(
    self=lambda grad, self, min: where(self >= min, grad, wrap(grad._dtype.numpy.type(0))),
    min=lambda grad, self, min: where(self < min, grad, wrap(grad._dtype.numpy.type(0))),
    node="ClampMinBackward1",
)
def _clamp_min_tensor(self, min):
    return larger(self, min)


@pointwise(
    self=lambda grad, self, max: where(self <= max, grad, wrap(grad._dtype.numpy.type(0))),
    node="ClampMaxBackward0",
)
def _clamp_max_number(self, max):
    return smaller(self, self.dtype.type(max))


@pointwise(
    self=lambda grad, self, max: where(self <= max, grad, wrap(grad._dtype.numpy.type(0))),
    max=lambda grad, self, max: where(self > max, grad, wrap(grad._dtype.numpy.type(0))),
    node="ClampMaxBackward1",
)
def _clamp_max_tensor(self, max):
    return smaller(self, max)


def _bounded(self, bound, name, by_number, by_tensor):
    bound = known(bound)
    if bound is NotImplemented:
        raise TypeError(f"{name}() takes a number or a tensor as its bound")
    kind = dtypes.promote(self._dtype, beside(bound, self)._dtype if is_number(bound) else bound._dtype)
    if kind.is_complex:
        if is_number(bound):
            raise NotImplementedError("clamp is not supported for complex types")
        raise not_implemented("maximum_cpu" if name == "clamp_min" else "minimum_cpu", kind)
    if not is_number(bound):
        return by_tensor(self, bound)
    self = promoted(self, bound)
    if self._dtype.category < INTEGER or self._dtype.unordered:
        raise not_implemented(f"{name}_scalar_cpu", self._dtype)
    return by_number(self, bound)


def clamp_min(self, min):
    """`self`, but not below `min`."""
    return _bounded(self, min, "clamp_min", _clamp_min_number, _clamp_min_tensor)


def clamp_max(self, max):
    """`self`, but not above `max`."""
    return _bounded(self, max, "clamp_max", _clamp_max_number, _clamp_max_tensor)
