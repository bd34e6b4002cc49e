"""Elementary functions, element by element: exponentials, logarithms, trigonometry, rounding and sign."""

from __future__ import annotations

import builtins

import numpy as np

from ..dtypes import FROM_NUMPY, INTEGER, bool_, get_default_dtype, not_implemented
from ..op import op, pointwise, wrap
from . import elementary
from .arithmetic import add_scalar, mul_scalar, sub_scalar
from .choosing import where
from .complex import real
from .views import filled_zeros

# ---- exponentials and logarithms ---------------------------------------------------------------------------


@pointwise(
    self=lambda grad, result: grad * result,
    complex={"self": lambda grad, result: grad * result.conj()},
    floating=True,
)
def exp(self):
    return elementary.exp(self)


@pointwise(
    self=lambda grad, result: mul_scalar(grad * result, 0.6931471805599453),
    complex={"self": lambda grad, result: mul_scalar(grad * result.conj(), 0.6931471805599453)},
    floating=True,
)
def exp2(self):
    return elementary.exp2(self)


@pointwise(
    self=lambda grad, result: grad * add_scalar(result, 1),
    complex={"self": lambda grad, result: grad * add_scalar(result.conj(), 1)},
    floating=True,
)
def expm1(self):
    return elementary.expm1(self)


@pointwise(
    self=lambda grad, self: grad.div(self),
    complex={"self": lambda grad, self: grad.div(self.conj())},
    floating=True,
)
def log(self):
    return elementary.log(self)


@pointwise(
    self=lambda grad, self: grad / mul_scalar(self, 0.6931471805599453),
    complex={"self": lambda grad, self: grad / mul_scalar(self.conj(), 0.6931471805599453)},
    floating=True,
)
def log2(self):
    return elementary.log2(self)


@pointwise(
    self=lambda grad, self: grad / mul_scalar(self, 2.3025850929940456),
    complex={"self": lambda grad, self: grad / mul_scalar(self.conj(), 2.3025850929940456)},
    floating=True,
)
def log10(self):
    return elementary.log10(self)


@pointwise(
    self=lambda grad, self: grad / add_scalar(self, 1),
    complex={"self": lambda grad, self: grad / add_scalar(self, 1).conj()},
    floating=True,
    node="Log1PBackward0",
)
def log1p(self):
    found = elementary.log1p(self)
    return found if self.dtype.kind == "f" else np.where(self == 0, self, found)[()]


# ---- trigonometric and hyperbolic --------------------------------------------------------------------------


@pointwise(
    self=lambda grad, self: grad * self.cos(),
    complex={"self": lambda grad, self: grad * self.cos().conj()},
    floating=True,
)
def sin(self):
    return elementary.sin(self)


@pointwise(
    self=lambda grad, self: grad * -self.sin(),
    complex={"self": lambda grad, self: grad * -self.sin().conj()},
    floating=True,
)
def cos(self):
    return elementary.cos(self)


@pointwise(
    self=lambda grad, result: grad * add_scalar(result.pow(2), 1),
    complex={"self": lambda grad, result: grad * add_scalar(result.pow(2), 1).conj()},
    floating=True,
)
def tan(self):
    return elementary.tan(self)


@pointwise(
    self=lambda grad, self: grad * add_scalar(-self * self, 1).rsqrt(),
    complex={"self": lambda grad, self: grad * add_scalar(-self * self, 1).rsqrt().conj()},
    floating=True,
)
def asin(self):
    return elementary.arcsin(self)


@pointwise(
    self=lambda grad, self: grad * -add_scalar(-self * self, 1).rsqrt(),
    complex={"self": lambda grad, self: grad * -add_scalar(-self * self, 1).rsqrt().conj()},
    floating=True,
)
def acos(self):
    found = elementary.arccos(self)
    return found + 0j if self.dtype.char == "D" else found  # only complex64 has imaginary parts of -0


@pointwise(
    self=lambda grad, self: grad / add_scalar(self * self, 1),
    complex={"self": lambda grad, self: grad / add_scalar(self * self, 1).conj()},
    floating=True,
)
def atan(self):
    return elementary.arctan(self)


@pointwise(
    self=lambda grad, self: grad * self.cosh(),
    complex={"self": lambda grad, self: grad * self.cosh().conj()},
    floating=True,
)
def sinh(self):
    return elementary.sinh(self)


@pointwise(
    self=lambda grad, self: grad * self.sinh(),
    complex={"self": lambda grad, self: grad * self.sinh().conj()},
    floating=True,
)
def cosh(self):
    return elementary.cosh(self)


@pointwise(
    self=lambda grad, self: grad * add_scalar(self.pow(2), 1).rsqrt(),
    complex={"self": lambda grad, self: grad * add_scalar(self.pow(2), 1).rsqrt().conj()},
    floating=True,
)
def asinh(self):
    return np.arcsinh(self)


@pointwise(
    self=lambda grad, self: grad * sub_scalar(self * self, 1).rsqrt(),
    complex={
        "self": lambda grad, self: grad * (add_scalar(self, 1).rsqrt() * sub_scalar(self, 1).rsqrt()).conj()
    },
    floating=True,
)
def acosh(self):
    return np.arccosh(self)


@pointwise(
    self=lambda grad, self: mul_scalar(grad, 1) / _one_minus_square(self),
    complex={"self": lambda grad, self: mul_scalar(grad, 1) / _one_minus_square(self).conj()},
    floating=True,
)
def atanh(self):
    return np.arctanh(self)


def _one_minus_square(self):
    return wrap(self._dtype.numpy.type(1), self._dtype) - self.pow(2)


# ---- rounding and sign -------------------------------------------------------------------------------------


def _no_slope(grad):
    return grad.new_zeros(grad._array.shape)


def _rounded(array, rounding, name):
    kind = array.dtype.kind
    if kind in "fV":
        return rounding(array)
    if kind == "c" and name != "round":
        raise NotImplementedError(f"{name} is not supported for complex inputs")
    if kind in "bc":
        raise not_implemented(f"{name}_vml_cpu", FROM_NUMPY[array.dtype])
    return array.copy()


@pointwise(self=_no_slope)
def floor(self):
    return _rounded(self, np.floor, "floor")


@pointwise(self=_no_slope)
def ceil(self):
    return _rounded(self, np.ceil, "ceil")


@pointwise(self=_no_slope)
def trunc(self):
    return _rounded(self, np.trunc, "trunc")


@pointwise(self=_no_slope)
def _round(self):
    return _rounded(self, np.round, "round")


@pointwise(self=_no_slope, node="RoundBackward1")
def _round_decimals(self, decimals):
    if self.dtype.kind not in "fV":
        raise not_implemented("round_cpu" if decimals else "round_vml_cpu", FROM_NUMPY[self.dtype])
    if not decimals:
        return _rounded(self, np.round, "round")
    shift = self.dtype.type(10.0 ** builtins.abs(decimals))
    return np.round(self * shift) / shift if decimals > 0 else np.round(self / shift) * shift


def round(self, *, decimals=None):
    """The nearest number with this many decimals, the even one of two."""
    return _round(self) if decimals is None else _round_decimals(self, decimals)


@op(
    self=lambda grad, self: grad * self.sgn(),
    jvp=lambda self_t, self_p: real(self_t.conj() * self_p.sgn()),
)
def abs(self):
    if self.dtype.kind == "b":
        raise not_implemented("abs_cpu", bool_)
    return np.abs(self)


def _sign(array):
    if array.dtype.kind == "c":
        size = np.abs(array)
        return np.where(size == 0, array.dtype.type(0), array / size)[()]
    if array.dtype.kind in "fV":  # of nan, 0, and never -0
        return ((array > 0).astype(array.dtype) - (array < 0).astype(array.dtype))[()]
    return array.copy() if array.dtype.kind == "b" else np.sign(array)


@pointwise(self=_no_slope)
def sign(self):
    if self.dtype.kind == "c":
        raise NotImplementedError(
            "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."
        )
    return _sign(self)


def _sgn_backward(grad, self, result):
    size = self.abs()
    found = (grad - result * result * grad.conj()) / mul_scalar(size, 2.0)
    return found.masked_fill_(size == 0.0, 0.0)


def _of_sgn(self_t, self_p, result):
    """Zeros, which PyTorch fills in place; of complex numbers the direction changes."""
    if result._dtype.is_complex:
        return _sgn_backward(self_t, self_p, result)
    return filled_zeros(self_t, self_t._array.shape)


@pointwise(self=lambda grad, self, result: _no_slope(grad), complex={"self": _sgn_backward}, jvp=_of_sgn)
def sgn(self):
    return _sign(self)


def _angle_backward(grad, self):
    if not self._dtype.is_complex:
        return _no_slope(grad)
    turned = mul_scalar(grad * self / self.abs().pow(2), 1j)
    return where(self == 0.0, wrap(self._dtype.numpy.type(0)), turned)


@op(self=_angle_backward, node="AngleBackward0")
def _angle(self):
    found = np.angle(self)
    if self.dtype.kind == "c":
        return found
    return np.where(np.isnan(self), self, np.where(self < 0, found, 0)).astype(self.dtype)[()]


def angle(self):
    """The angle of complex numbers, from the positive real axis; of negative numbers pi."""
    if self._dtype.category <= INTEGER:
        self = self.to(get_default_dtype())
    return _angle(self)
