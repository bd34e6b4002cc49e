"""NumPy's elementary functions, rounded as PyTorch's are.

PyTorch's float32 functions are off by little more than half of a unit in the last place, so nearly all of their results
are the exact ones, rounded; of NumPy's, up to four in ten are not. Of few elements they are computed in float64 here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# elements: a program whose numbers are looked at closely has no more, and a large one would wait
FEW = 1 << 13
FEW_DOUBLE = 1 << 8


def _rounded(ufunc: Any) -> Callable[..., Any]:
    def call(array: Any, out: Any = None) -> Any:
        """The function of an array or a NumPy number; `out`, where the array may be written over, is used if it pays."""
        if array.dtype.char != "f" or array.size > FEW:
            return ufunc(array) if out is None else ufunc(array, out=out)
        if array.__class__ is np.ndarray:
            return ufunc(array, dtype=np.float64).astype(np.float32)
        return np.float32(ufunc(float(array)))

    return call


def add_product(x: Any, y: Any, z: Any) -> Any:
    """`x + y * z`, of few elements with one rounding, as PyTorch's kernels do where a processor can.

    The product of two float32 numbers is exact in float64; that of two float64 numbers has eleven bits more than they.
    """
    if y.dtype.char == "f" and y.size <= FEW:
        return (x + np.multiply(y, z, dtype=np.float64)).astype(np.float32)
    if y.dtype.char == "d" and y.size <= FEW_DOUBLE:
        return (x + np.multiply(y, z, dtype=np.longdouble)).astype(np.float64)
    return x + y * z


def add_product_of_halves(x: Any, y: Any, factor: Any) -> Any:
    """`x + y * factor` of two-byte numbers, as PyTorch's kernel has it.

    It takes vectors of 32 elements and rounds them once; what is left over has its product rounded too.
    """
    if x.ndim > 1 and x.flags.f_contiguous and y.flags.f_contiguous:
        return add_product_of_halves(x.T, y.T, factor).T
    found = x + y * factor
    whole = y.size // 32 * 32
    if whole and x.shape == y.shape and x.flags.c_contiguous and y.flags.c_contiguous:
        parts = [each.reshape(-1)[:whole].astype(np.float32) for each in (x, y)]
        found.reshape(-1)[:whole] = parts[0] + parts[1] * np.float32(factor)
    return found


arccos, arcsin, arctan = _rounded(np.arccos), _rounded(np.arcsin), _rounded(np.arctan)
cos, cosh, sin, sinh = _rounded(np.cos), _rounded(np.cosh), _rounded(np.sin), _rounded(np.sinh)
exp, exp2, expm1 = _rounded(np.exp), _rounded(np.exp2), _rounded(np.expm1)
log, log1p, log2, log10 = _rounded(np.log), _rounded(np.log1p), _rounded(np.log2), _rounded(np.log10)
tan, tanh = _rounded(np.tan), _rounded(np.tanh)
