"""The arithmetic of an update on arrays, in place, rounded as PyTorch's kernels round it.

PyTorch multiplies and adds in one rounding where a processor can. For float32 this is a product and a sum in float64,
rounded once: the product is exact. For float64 the product has the longest type's eleven bits more, and one element in two
thousand is rounded otherwise. It is left at two roundings for large arrays, where it would take several times as long: their
gradients come from products whose last bits depend on the library that computes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LARGE = 1 << 12  # elements
FEW = 1 << 8  # elements, where they are float64
sqrt, absolute, sign = np.sqrt, np.abs, np.sign


def _add_product(out: Any, x: Any, y: Any, factor: Any) -> None:
    """x + y * factor, into `out`."""
    if x.size <= LARGE and x.dtype == np.float32:
        np.add(x, np.multiply(y, factor, dtype=np.float64), out=out, casting="same_kind")
    elif x.size <= FEW and x.dtype == np.float64:
        np.add(x, np.multiply(y, factor, dtype=np.longdouble), out=out, casting="same_kind")
    else:
        np.add(x, y * factor, out=out)


def add(x: Any, y: Any, alpha: float = 1) -> Any:
    """x + alpha * y."""
    out = np.empty_like(x)
    _add_product(out, x, y, x.dtype.type(alpha))
    return out


def add_(x: Any, y: Any, alpha: float = 1) -> None:
    """x += alpha * y."""
    if alpha == 1:
        np.add(x, y, out=x)
    else:
        _add_product(x, x, y, x.dtype.type(alpha))


def raise_to_(x: Any, y: Any) -> None:
    """The greater of both, into x."""
    np.maximum(x, y, out=x)


def descend_(x: Any, y: Any, rate: float) -> None:
    """x -= rate * y."""
    add_(x, y, -rate)


def mul_(x: Any, factor: Any) -> None:
    """x *= factor."""
    np.multiply(x, factor, out=x)


def lerp_(x: Any, end: Any, weight: float) -> None:
    """x += weight * (end - x), from the nearer of the two ends."""
    rounded = x.dtype.type(weight)
    if abs(rounded) < 0.5:
        _add_product(x, x, end - x, rounded)
    else:
        _add_product(x, end, end - x, rounded - x.dtype.type(1))


def addcmul(x: Any, one: Any, other: Any, value: float = 1) -> Any:
    """x + value * one * other."""
    out = np.empty_like(x)
    _add_product(out, x, one if value == 1 else one * x.dtype.type(value), other)
    return out


def addcmul_(x: Any, one: Any, other: Any, value: float = 1) -> None:
    """x += value * one * other."""
    _add_product(x, x, one if value == 1 else one * x.dtype.type(value), other)


def addcdiv_(x: Any, one: Any, other: Any, value: float = 1) -> None:
    """x += value * one / other."""
    quotient = one if value == 1 else one * x.dtype.type(value)
    np.add(x, quotient / other, out=x)


def clamp_(x: Any, smallest: float, greatest: float) -> None:
    """No less than the one number and no more than the other."""
    np.clip(x, smallest, greatest, out=x)


def maximum_(x: Any, y: Any) -> None:
    """The greater of both, into x."""
    np.maximum(x, y, out=x)


def kept(x: Any) -> Any:
    """The array itself: nothing saves it."""
    return x


def copy_(x: Any, y: Any) -> None:
    """The values of y, into x."""
    np.copyto(x, y)


keep = copy_


def where(condition: Any, value: float, otherwise: Any) -> Any:
    """A number where the condition holds."""
    return np.where(condition, otherwise.dtype.type(value), otherwise)
