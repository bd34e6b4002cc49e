"""`torch.signal.windows`: weights that fade towards the ends of a signal.

Source: torch.signal.windows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from ..dtypes import float32, float64, get_default_dtype
from ..layouts import strided
from ..ops.creation import empty, linspace, ones, tensor
from ..ops.functions import abs, cos, exp, sin
from ..ops.powers import sqrt
from ..special import i0

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming", "hann",
    "kaiser", "nuttall",
]  # fmt: skip


def _check(name: str, M: int, dtype: Any = None, layout: Any = strided, **others: Any) -> None:
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if layout is not strided:
        raise ValueError(f"{name} is implemented for strided tensors only, got: {layout}")
    dtype = dtype or get_default_dtype()
    if dtype not in (float32, float64):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")


def _window(
    name: str, M: int, dtype: Any, layout: Any, device: Any, requires_grad: bool, make: Callable[[Any], Any]
) -> Any:
    """Check the arguments that all windows have, and make the window; `make` gets what makes the points."""
    _check(name, M, dtype, layout)
    options = {"dtype": dtype or get_default_dtype(), "device": device, "requires_grad": requires_grad}
    if M == 0:
        return empty((0,), **options)
    if M == 1:
        return ones((1,), **options)
    return make(lambda start, end: linspace(start, end, M, **options))


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = strided,
    device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Falls exponentially on both sides of the center."""
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if center is None:
        center = (M if not sym and M > 1 else M - 1) / 2.0
    middle, step = center, 1 / tau
    return _window(
        "exponential", M, dtype, layout, device, requires_grad,
        lambda points: exp(-abs(points(-middle * step, (-middle + (M - 1)) * step))),
    )  # fmt: skip


def cosine(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Half a wave of the sine."""
    step = math.pi / (M + 1 if not sym and M > 1 else M or 1)
    return _window(
        "cosine", M, dtype, layout, device, requires_grad,
        lambda points: sin(points(0.5 * step, (0.5 + (M - 1)) * step)),
    )  # fmt: skip


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """The bell of this deviation, in points."""
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    start, step = -(M if not sym and M > 1 else M - 1) / 2.0, 1 / (std * math.sqrt(2))
    return _window(
        "gaussian", M, dtype, layout, device, requires_grad,
        lambda points: exp(-(points(start * step, (start + (M - 1)) * step) ** 2)),
    )  # fmt: skip


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """Made of the modified Bessel function."""
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")

    def make(points: Any) -> Any:
        step = 2.0 * beta / (M if not sym else M - 1)
        places = points(-beta, min(beta, -beta + (M - 1) * step))
        top = tensor(beta, dtype=places.dtype)
        return i0(sqrt(top * top - places**2)) / i0(top)

    return _window("kaiser", M, dtype, layout, device, requires_grad, make)


def general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None,
    requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A sum of cosines with these coefficients, of alternating signs."""

    def make(points: Any) -> Any:
        if not isinstance(a, Iterable):
            raise TypeError("Coefficients must be a list/tuple")
        if not a:
            raise ValueError("Coefficients cannot be empty")
        step = 2 * math.pi / (M if not sym else M - 1)
        places = points(0, (M - 1) * step)
        kind = {"dtype": places.dtype, "requires_grad": requires_grad}
        factors = tensor([(-1) ** number * each for number, each in enumerate(a)], **kind)
        waves = tensor(range(len(factors)), dtype=places.dtype)
        return (factors.unsqueeze(-1) * cos(waves.unsqueeze(-1) * places)).sum(0)

    return _window("general_cosine", M, dtype, layout, device, requires_grad, make)


def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, **options: Any) -> Any:
    """One wave of the cosine above a share of one."""
    return general_cosine(M, a=[alpha, 1.0 - alpha], sym=sym, **options)


def hamming(M: int, *, sym: bool = True, **options: Any) -> Any:
    """The general one with 0.54."""
    return general_hamming(M, sym=sym, **options)


def hann(M: int, *, sym: bool = True, **options: Any) -> Any:
    """The general one with a half."""
    return general_hamming(M, alpha=0.5, sym=sym, **options)


def blackman(M: int, *, sym: bool = True, **options: Any) -> Any:
    """Three cosines."""
    _check("blackman", M, **options)
    return general_cosine(M, a=[0.42, 0.5, 0.08], sym=sym, **options)


def nuttall(M: int, *, sym: bool = True, **options: Any) -> Any:
    """Four cosines."""
    return general_cosine(M, a=[0.3635819, 0.4891775, 0.1365995, 0.0106411], sym=sym, **options)


def bartlett(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = strided, device: Any = None, requires_grad: bool = False,
) -> Any:  # fmt: skip
    """A triangle."""

    def make(points: Any) -> Any:
        step = 2 / (M if not sym else M - 1)
        return 1 - abs(points(-1, -1 + (M - 1) * step))

    return _window("bartlett", M, dtype, layout, device, requires_grad, make)
