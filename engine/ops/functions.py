"""Elementary functions, element by element: exponentials, logarithms, trigonometry, rounding and sign."""

from __future__ import annotations

import numpy as np

from ..dtypes import bool_, not_implemented
from ..op import pointwise
from .arithmetic import add_scalar, mul_scalar

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


@pointwise(self=lambda grad, self: grad / mul_scalar(self, 2.3025850929940456), floating=True)
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


def _no_slope(grad):
    return grad.new_zeros(grad._array.shape)


def _rounded(array, rounding, name):
    if array.dtype.kind == "f":
        return rounding(array)
    if array.dtype.kind == "b":
        raise not_implemented(f"{name}_vml_cpu", bool_)
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
def round(self):
    return _rounded(self, np.round, "round")


@pointwise(self=lambda grad, self: grad * self.sgn())
def abs(self):
    if self.dtype.kind == "b":
        raise not_implemented("abs_cpu", bool_)
    return np.abs(self)


def _sign(array):
    return array.copy() if array.dtype.kind == "b" else np.sign(array)


@pointwise(self=_no_slope)
def sign(self):
    return _sign(self)


@pointwise(self=lambda grad, self, result: _no_slope(grad))
def sgn(self):
    return _sign(self)
