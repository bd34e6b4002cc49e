"""The arithmetic of an update on tensors, as `arrays` has it: where it is recorded, or where arrays would not do.

What a gradient formula may have saved is not changed in place.
"""

from __future__ import annotations

from typing import Any

from ..base import TensorBase
from ..ops.choosing import maximum


def sqrt(x: Any) -> Any:
    """The square root."""
    return x.sqrt()


def absolute(x: Any) -> Any:
    """|x|."""
    return x.abs()


def sign(x: Any) -> Any:
    """The sign."""
    return x.sign()


def add(x: Any, y: Any, alpha: Any = 1) -> Any:
    """x + alpha * y."""
    return x + y * alpha if isinstance(alpha, TensorBase) else x.add(y, alpha=alpha)


def add_(x: Any, y: Any, alpha: Any = 1) -> None:
    """x += alpha * y."""
    if isinstance(alpha, TensorBase):
        x.add_(y * alpha)
    else:
        x.add_(y, alpha=alpha)


def mul_(x: Any, factor: Any) -> None:
    """x *= factor."""
    x.mul_(factor)


def lerp_(x: Any, end: Any, weight: Any) -> None:
    """x += weight * (end - x), from the nearer of the two ends."""
    if isinstance(weight, TensorBase) or abs(weight) < 0.5:
        x.add_((end - x) * weight)
    else:
        x.copy_(end - (end - x) * (1 - weight))


def addcmul(x: Any, one: Any, other: Any, value: Any = 1) -> Any:
    """x + value * one * other."""
    return x + (one * other if isinstance(value, int) and value == 1 else one * value * other)


def addcmul_(x: Any, one: Any, other: Any, value: Any = 1) -> None:
    """x += value * one * other."""
    x.add_(one * other if isinstance(value, int) and value == 1 else one * value * other)


def addcdiv_(x: Any, one: Any, other: Any, value: Any = 1) -> None:
    """x += value * one / other."""
    x.add_(one.clone() * value / other)


def maximum_(x: Any, y: Any) -> None:
    """The greater of both, into x."""
    x.copy_(maximum(x.clone(), y.clone()))


def copy_(x: Any, y: Any) -> None:
    """The values of y, into x."""
    x.copy_(y)


def keep(x: Any, y: Any) -> None:
    """The values of y, without their history, into x."""
    x.copy_(y.detach())


def where(condition: Any, value: Any, otherwise: Any) -> Any:
    """A number where the condition holds."""
    return otherwise.masked_fill(condition, value)
