"""Functions of `torch.special` without derivatives: further Bessel functions, and families of polynomials."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import INTEGER, not_implemented
from ..op import wrap
from .operands import as_tensors, beside
from .special_functions import scipy
from .untracked import without_derivative


def _without_derivative(name, compute):
    def call(input):
        dtype = input._dtype if input._dtype.category > INTEGER else dtypes.get_default_dtype()
        if dtype.is_complex or dtype.reduced:
            raise not_implemented(f"{name}_cpu", dtype)
        found = compute(input._array.astype(dtype.numpy))
        return wrap(np.asarray(found).astype(dtype.numpy)[()], dtype)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{name}`, element by element; it has no derivative."
    return without_derivative(call)


def _of_scipy(name, scipy_name):
    return _without_derivative(name, lambda array: scipy(scipy_name)(array))


bessel_j0, bessel_j1, bessel_y0, bessel_y1 = (
    _of_scipy(f"bessel_{each}", each) for each in ("j0", "j1", "y0", "y1")
)
modified_bessel_i0, modified_bessel_i1, modified_bessel_k0, modified_bessel_k1 = (
    _of_scipy(f"modified_bessel_{each}", each) for each in ("i0", "i1", "k0", "k1")
)
scaled_modified_bessel_k0 = _of_scipy("scaled_modified_bessel_k0", "k0e")
scaled_modified_bessel_k1 = _of_scipy("scaled_modified_bessel_k1", "k1e")


airy_ai = _without_derivative("airy_ai", lambda array: scipy("airy")(array)[0])


def _sine_over(array):
    found = np.where(array == 0, 1, np.sin(array) / np.where(array == 0, 1, array))
    return np.where(np.isinf(array), 0, found)


spherical_bessel_j0 = _without_derivative("spherical_bessel_j0", _sine_over)


# ---- polynomials -------------------------------------------------------------------------------------------


def _recurrence(first, following):
    """Values of a family of polynomials: 1, `first`, and from the last two each `following` one."""

    def values(x, n):
        degrees = np.where(np.isfinite(n), np.trunc(n), -1).astype(np.int64)
        before, last = np.ones_like(x), first(x)
        found = np.where(degrees < 0, x.dtype.type(0), np.where(degrees == 0, before, last))
        for degree in range(1, int(np.max(degrees, initial=0))):
            before, last = last, following(x, degree, last, before)
            found = np.where(degrees == degree + 1, last, found)
        return found

    return values


def _doubled(x, degree, last, before):
    return 2 * x * last - before


def _shifted(values):
    return lambda x, n: values(2 * x - 1, n)


_T = _recurrence(lambda x: x, _doubled)
_U = _recurrence(lambda x: 2 * x, _doubled)
_V = _recurrence(lambda x: 2 * x - 1, _doubled)
_W = _recurrence(lambda x: 2 * x + 1, _doubled)
_H = _recurrence(lambda x: 2 * x, lambda x, degree, last, before: 2 * x * last - 2 * degree * before)
_HE = _recurrence(lambda x: x, lambda x, degree, last, before: x * last - degree * before)
_L = _recurrence(
    lambda x: 1 - x,
    lambda x, degree, last, before: ((2 * degree + 1 - x) * last - degree * before) / (degree + 1),
)
_P = _recurrence(
    lambda x: x,
    lambda x, degree, last, before: ((2 * degree + 1) * x * last - degree * before) / (degree + 1),
)


def _polynomial(name, values):
    def call(input, n):
        if not isinstance(input, TensorBase):
            input = beside(input, n)
        x, n, dtype = as_tensors(input, n)
        dtype = dtype if dtype.category > INTEGER else dtypes.get_default_dtype()
        if dtype.is_complex or dtype.reduced:
            raise not_implemented(f"{name}_cpu", dtype)
        array, degrees = np.broadcast_arrays(x._array.astype(dtype.numpy), n._array.astype(dtype.numpy))
        return wrap(np.asarray(values(array, degrees)).astype(dtype.numpy)[()], dtype)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Values of `{name}` of degree `n`; they have no derivative."
    return without_derivative(call)


chebyshev_polynomial_t = _polynomial("chebyshev_polynomial_t", _T)
chebyshev_polynomial_u = _polynomial("chebyshev_polynomial_u", _U)
chebyshev_polynomial_v = _polynomial("chebyshev_polynomial_v", _V)
chebyshev_polynomial_w = _polynomial("chebyshev_polynomial_w", _W)
shifted_chebyshev_polynomial_t = _polynomial("shifted_chebyshev_polynomial_t", _shifted(_T))
shifted_chebyshev_polynomial_u = _polynomial("shifted_chebyshev_polynomial_u", _shifted(_U))
shifted_chebyshev_polynomial_v = _polynomial("shifted_chebyshev_polynomial_v", _shifted(_V))
shifted_chebyshev_polynomial_w = _polynomial("shifted_chebyshev_polynomial_w", _shifted(_W))
hermite_polynomial_h = _polynomial("hermite_polynomial_h", _H)
hermite_polynomial_he = _polynomial("hermite_polynomial_he", _HE)
laguerre_polynomial_l = _polynomial("laguerre_polynomial_l", _L)
legendre_polynomial_p = _polynomial("legendre_polynomial_p", _P)
