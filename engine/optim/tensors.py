"""The arithmetic of an update on tensors, as `arrays` has it: where it is recorded, or where arrays would not do.

The operations are those of PyTorch's optimizers, one for one, since the graph of a recorded update shows them and half
precision rounds after each.
"""

from __future__ import annotations

from typing import Any

from ..base import TensorBase
from ..ops.choosing import maximum
from ..ops.joining import cat


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
    if _is_tracked(alpha):
        return x.addcmul_(y.clone(), alpha)  # in place, as PyTorch has it
    return x.add(y, alpha=plain(alpha))


def add_(x: Any, y: Any, alpha: Any = 1) -> None:
    """x += alpha * y."""
    x.add_(y, alpha=plain(alpha))


def descend_(x: Any, y: Any, rate: Any) -> None:
    """x -= rate * y."""
    if _is_tracked(rate):
        x.addcmul_(y, rate, value=-1)
    else:
        x.add_(y, alpha=-plain(rate))


def mul_(x: Any, factor: Any) -> None:
    """x *= factor."""
    x.mul_(factor)


def lerp_(x: Any, end: Any, weight: Any) -> None:
    """x += weight * (end - x), from the nearer of the two ends."""
    x.lerp_(end, weight)


def addcmul(x: Any, one: Any, other: Any, value: Any = 1) -> Any:
    """x + value * one * other."""
    return x.addcmul(one, other, value=value)


def addcmul_(x: Any, one: Any, other: Any, value: Any = 1) -> None:
    """x += value * one * other."""
    x.addcmul_(one, other, value=plain(value))


def addcdiv_(x: Any, one: Any, other: Any, value: Any = 1) -> None:
    """x += value * one / other."""
    x.addcdiv_(one, other, value=plain(value))


def clamp_(x: Any, smallest: Any, greatest: Any) -> None:
    """No less than the one number and no more than the other."""
    x.clamp_(smallest, greatest)


def maximum_(x: Any, y: Any) -> None:
    """The greater of both, into x."""
    x.copy_(maximum(x.clone(), y))


def raise_to_(x: Any, y: Any) -> None:
    """The greater of both, into x; where they are equal, each gets half of the gradient."""
    x.copy_(cat([x.unsqueeze(0), y.unsqueeze_(0)]).amax(0))


def kept(x: Any) -> Any:
    """What a formula may save while `x` itself goes on being changed."""
    return x.clone()


def copy_(x: Any, y: Any) -> None:
    """The values of y, into x."""
    x.copy_(y)


def keep(x: Any, y: Any) -> None:
    """The values of y, without their history, into x."""
    x.copy_(y.detach())


def where(condition: Any, value: Any, otherwise: Any) -> Any:
    """A number where the condition holds."""
    otherwise[condition] = value
    return otherwise


def plain(value: Any) -> Any:
    """A Python number, read from a tensor where it is one."""
    return value.item() if isinstance(value, TensorBase) else value  # type: ignore[attr-defined]


def _is_tracked(value: Any) -> bool:
    return isinstance(value, TensorBase) and value.requires_grad  # type: ignore[attr-defined]
