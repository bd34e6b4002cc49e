"""Error functions, gamma functions, Bessel functions and their kin, element by element. Source: torch.special.

SciPy computes what NumPy has not, and is imported when it is first needed; without it, `math` still has a few.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import not_implemented
from ..op import pointwise, wrap
from .arithmetic import add_scalar, div_scalar, mul_scalar, sub_scalar
from .binary import of_tensors_or_numbers
from .choosing import where
from .operands import in_single
from .refusals import no_forward_mode

_IN_MATH = {"erf": "erf", "erfc": "erfc", "gammaln": "lgamma"}


@cache
def scipy(name):
    """SciPy's function of this name; of those in `math`, element by element, where SciPy is not installed."""
    try:
        from scipy import special
    except ImportError:
        if name not in _IN_MATH:
            raise ImportError(f"torch.special.{name} needs SciPy: pip install scipy") from None
        each = np.frompyfunc(getattr(math, _IN_MATH[name]), 1, 1)
        return lambda array: np.asarray(each(array)).astype(array.dtype)[()]
    return getattr(special, name)


def _computed(name, *arrays):
    """SciPy's function in the arrays' type."""
    return in_single(
        lambda *wide: np.asarray(scipy(name)(*wide)).astype(wide[0].dtype, copy=False)[()], *arrays
    )


_NOT_OF_HALVES = frozenset(("erfcx_cpu", "log_ndtr_cpu", "ndtri_cpu", "zeta_cpu"))


def _check_real(array, kernel):
    if array.dtype.kind == "c" or (array.dtype.char in "eE" and kernel in _NOT_OF_HALVES):
        raise not_implemented(kernel, dtypes.FROM_NUMPY[array.dtype])


def _declared(name, scipy_name, formula, node=None, kernel=None):
    """A function of one tensor that SciPy computes."""

    def forward(self):
        _check_real(self, kernel or f"{name}_vml_cpu")
        return _computed(scipy_name, self)

    forward.__name__ = forward.__qualname__ = name
    forward.__doc__ = f"`{name}`, element by element."
    return pointwise(self=formula, floating=True, node=node)(forward)


# ---- error functions ---------------------------------------------------------------------------------------

_TWO_BY_ROOT_OF_PI = 2 / math.sqrt(math.pi)


def _bell(self):
    return (-(self.pow(2))).exp()


erf = _declared("erf", "erf", lambda grad, self: mul_scalar(_bell(self), _TWO_BY_ROOT_OF_PI) * grad)
erfc = _declared("erfc", "erfc", lambda grad, self: mul_scalar(_bell(self), -_TWO_BY_ROOT_OF_PI) * grad)
erfinv: Any = _declared(
    "erfinv",
    "erfinv",
    lambda grad, self: mul_scalar(erfinv(self).pow(2).exp(), 0.5 * math.sqrt(math.pi)) * grad,
    kernel="erfinv_vml_cpu",
)
erfcx = _declared(
    "erfcx",
    "erfcx",
    lambda grad, self, result: sub_scalar(mul_scalar(self, 2.0) * result, _TWO_BY_ROOT_OF_PI) * grad,
    node="SpecialErfcxBackward0",
    kernel="erfcx_cpu",
)
ndtri = _declared(
    "ndtri",
    "ndtri",
    lambda grad, result: mul_scalar(grad, math.sqrt(2 * math.pi)) * div_scalar(result.square(), 2).exp(),
    node="SpecialNdtriBackward0",
    kernel="ndtri_cpu",
)
log_ndtr = _declared(
    "log_ndtr",
    "log_ndtr",
    lambda grad, self, result: (
        div_scalar(grad, math.sqrt(2 * math.pi)) * (-(result + div_scalar(self.pow(2), 2))).exp()
    ),
    node="SpecialLogNdtrBackward0",
    kernel="log_ndtr_cpu",
)


def ndtr(self):
    """The share of a normal distribution below `self`."""
    if self._dtype.category <= dtypes.INTEGER:
        self = self.to(dtypes.get_default_dtype())
    return mul_scalar(add_scalar(erf(mul_scalar(self, math.sqrt(0.5))), 1), 0.5)


@pointwise(
    self=lambda grad, self: grad * -add_scalar(self.log(), 1), floating=True, node="SpecialEntrBackward0"
)
def entr(self):
    _check_real(self, "entr_cpu")
    found = np.where(self > 0, -self * np.log(self), np.where(self == 0, self.dtype.type(0), -math.inf))
    return np.where(np.isnan(self), self, found).astype(self.dtype)[()]


# ---- gamma functions ---------------------------------------------------------------------------------------


def _log_gamma(wide):
    """Of an array of single or double precision; SciPy's is -inf at -inf."""
    return scipy("gammaln")(np.where(wide == -math.inf, wide.dtype.type(math.inf), wide)).astype(wide.dtype)


@pointwise(self=lambda grad, self: grad * digamma(self), floating=True)
def lgamma(self):
    """`lgamma`, element by element."""
    _check_real(self, "lgamma_vml_cpu")
    return in_single(_log_gamma, self)


@pointwise(self=lambda grad, self: grad * polygamma(1, self), floating=True)
def digamma(self):
    _check_real(self, "digamma")
    return _digamma_array(self)


def _digamma_array(self):
    found = _computed("psi", self)
    return np.where(self == 0, np.copysign(self.dtype.type(math.inf), -self), found).astype(self.dtype)[()]


@pointwise(self=lambda grad, self, n: grad * polygamma(n + 1, self), floating=True)
def _polygamma(self, n):
    _check_real(self, ("digamma", "trigamma")[n] if n < 2 else "polygamma")
    if n == 0:
        return _digamma_array(self)
    if n == 1:
        return _trigamma(self)
    factor = (-1.0) ** (n + 1) * math.exp(math.lgamma(n + 1))
    return in_single(
        lambda wide: (factor * _zeta_array(np.full_like(wide, n + 1), wide)).astype(wide.dtype), self
    )


def _trigamma(self):
    """By reflection below a half, where the zeta function is not defined."""

    def compute(wide):
        low = wide < 0.5
        sine = np.sin(math.pi * wide)
        found = np.asarray(scipy("zeta")(2.0, np.where(low, 1 - wide, wide)))
        return np.where(low, math.pi**2 / (sine * sine) - found, found).astype(wide.dtype)[()]

    return in_single(compute, self)


def polygamma(n, self):
    """The n-th derivative of `digamma`."""
    if isinstance(n, TensorBase):  # as a method: the tensor comes first
        n, self = self, n
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return _polygamma(self, n)


def _mvlgamma_backward(grad, self, p):
    steps = wrap(np.arange(-p / 2 + 0.5, 0.5, 0.5).astype(self._dtype.numpy))
    return grad * digamma(steps + self.unsqueeze(-1)).sum(-1)


@pointwise(self=_mvlgamma_backward, floating=True, node="MvlgammaBackward0")
def _mvlgamma(self, p):
    _check_real(self, "arange_cpu")

    def compute(wide):
        steps = np.arange(-p / 2 + 0.5, 0.5, 0.5).astype(wide.dtype)
        terms = _log_gamma(np.asarray(wide)[..., None] + steps)
        constant = wide.dtype.type(p * (p - 1) * math.log(math.pi) / 4)
        return (np.add.reduce(terms, axis=-1) + constant).astype(wide.dtype)

    return in_single(compute, self)


def mvlgamma(self, p):
    """The multivariate log-gamma function of dimension `p`."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    return _mvlgamma(self, p)


multigammaln = mvlgamma


def _density(self, other):
    return (sub_scalar(self, 1) * other.log() - other - lgamma(self)).exp()


def _refuse_order(name):
    def refuse(grad):
        raise NotImplementedError(f"the derivative for '{name}: input' is not implemented.")

    return refuse


def _incomplete(name, scipy_name, sign):
    def forward(self, other):
        if self.dtype.kind not in "fV":
            raise not_implemented(f"{name}_cpu", dtypes.FROM_NUMPY[self.dtype])
        return _computed(scipy_name, self, other)

    forward.__name__ = name
    forward.__doc__ = f"The regularized incomplete gamma function `{name}` of two tensors."
    return pointwise(
        self=_refuse_order(name),
        other=lambda grad, self, other: sign(grad) * _density(self, other),
        jvp=no_forward_mode(name),
    )(forward)


igamma = _incomplete("igamma", "gammainc", lambda grad: grad)
igammac = _incomplete("igammac", "gammaincc", lambda grad: -grad)


# ---- Riemann's zeta function -------------------------------------------------------------------------------


def _zeta_array(order, start):
    """SciPy's, and at the poles and below them what PyTorch says."""
    found = np.asarray(scipy("zeta")(order, start))
    pole = (start <= 0) & (start == np.floor(start))
    found = np.where((order > 1) & pole, math.inf, found)
    low = (start < 0) & ~pole & (order > 1)
    if np.any(low):
        found = np.where(low & (order == np.floor(order)), _zeta_below(order, start), found)
    found = np.where(np.isposinf(start), math.nan, found)
    return np.where(order == 1, math.inf, np.where(order < 1, math.nan, found))


def _zeta_below(order, start):
    """Of whole orders: the terms above 0, and those below it, which are the first terms of another such sum."""
    zeta, steps = scipy("zeta"), np.ceil(-start)
    below = zeta(order, 1 - steps - start) - zeta(order, 1 - start)
    return zeta(order, start + steps) + np.where(order % 2 == 1, -below, below)


def _zeta_arrays(self, other):
    _check_real(other, "zeta_cpu")
    return in_single(lambda one, two: _zeta_array(one, two).astype(one.dtype)[()], self, other)


def _refuse_zeta(grad):
    raise NotImplementedError("the derivative for 'zeta' is not implemented.")


@pointwise(
    self=_refuse_zeta,
    other=lambda grad, self, other: grad * -self * zeta(add_scalar(self, 1.0), other),
    floating=True,
    jvp=no_forward_mode("special_zeta"),
    node="SpecialZetaBackward0",
)
def _zeta(self, other):
    return _zeta_arrays(self, other)


@pointwise(
    other=lambda grad, other, self: mul_scalar(grad, -self) * zeta(self + 1.0, other),
    floating=True,
    node="SpecialZetaBackward1",
)
def _zeta_of_number(other, self):
    return _zeta_arrays(np.asarray(self, other.dtype), other)


@pointwise(self=_refuse_zeta, floating=True, node="SpecialZetaBackward2")
def _zeta_from_number(self, other):
    return _zeta_arrays(self, np.asarray(other, self.dtype))


zeta: Any = of_tensors_or_numbers("zeta", _zeta, _zeta_from_number, _zeta_of_number)

# ---- Bessel functions that have derivatives ----------------------------------------------------------------

i0 = _declared("i0", "i0", lambda grad, self: grad * i1(self))
i0e = _declared(
    "i0e",
    "i0e",
    lambda grad, self, result: grad * (i1e(self) - self.sgn() * result),
    node="SpecialI0EBackward0",
    kernel="i0e_cpu",
)


def _apart_from_zero(self, kernel):
    """Where elements are not too near to 0 to be divided by, and such elements."""
    if self._dtype.reduced:
        raise not_implemented(kernel, self._dtype)
    least = np.finfo(self._dtype.numpy).eps
    far = self.abs() > float(least)
    return far, where(far, self, wrap(self._dtype.numpy.type(least)))


def _i1_backward(grad, self, result):
    far, safe = _apart_from_zero(self, "i1_backward")
    return grad * where(far, i0(safe) - result * safe.reciprocal(), wrap(self._dtype.numpy.type(0.5)))


def _i1e_backward(grad, self, result):
    far, safe = _apart_from_zero(self, "i1e_backward")
    slope = i0e(safe) - result * (safe.sgn() + safe.reciprocal())
    return grad * where(far, slope, wrap(self._dtype.numpy.type(0.5)))


i1: Any = _declared("i1", "i1", _i1_backward, node="SpecialI1Backward0", kernel="i1_cpu")
i1e: Any = _declared("i1e", "i1e", _i1e_backward, node="SpecialI1EBackward0", kernel="i1e_cpu")
