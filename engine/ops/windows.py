"""Windows for signals: hann_window and alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dtypes import get_default_dtype
from .creation import finish

_OPTIONS = "device=cpu, layout=Strided (default), requires_grad=false (default), pinned_memory=false, memory_format=(nullopt)"
_C_TYPES = {
    "int64": "long int",
    "int32": "int",
    "int16": "short int",
    "uint8": "unsigned char",
    "bool": "bool",
}


def _window(
    name: str, length: int, periodic: bool, compute: Callable[[Any, int], Any], options: dict[str, Any]
) -> Any:
    """`compute(places, count)` gives the values, `places` counting up from 0 in the window's type."""
    kind = options.get("dtype") or get_default_dtype()
    if not kind.is_floating_point:
        raise RuntimeError(
            f"{name} expects floating point dtypes, got: TensorOptions(dtype={_C_TYPES.get(kind.name, kind.name)}, {_OPTIONS})"
        )
    if length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={length}")
    if length < 2:
        found = np.ones(length, kind.numpy)
    else:
        count = length + 1 if periodic else length
        wide = np.float32 if kind.reduced else kind.numpy
        found = compute(np.arange(count, dtype=wide), count)[:length].astype(kind.numpy)
    return finish(found, None, options.get("requires_grad", False))


def _raised_cosine(alpha: float, beta: float) -> Callable[[Any, int], Any]:
    def compute(places: Any, count: int) -> Any:
        kind = places.dtype.type
        angles = places * kind(math.pi * 2 / (count - 1))
        return np.cos(angles) * kind(-beta) + kind(alpha)

    return compute


def hann_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """A period of a raised cosine, from 0 to 1 and back."""
    return _window("hann_window", window_length, periodic, _raised_cosine(0.5, 0.5), options)


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, **options: Any
) -> Any:
    """`alpha - beta * cos`, over one period."""
    return _window("hamming_window", window_length, periodic, _raised_cosine(alpha, beta), options)


def blackman_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """A sum of two cosines, over one period."""

    def compute(places: Any, count: int) -> Any:
        kind = places.dtype.type
        angles = places * kind(math.pi / (count - 1))
        first, second = (np.cos(angles * kind(times)) * kind(share) for times, share in ((4, 0.08), (2, 0.5)))
        return first - second + kind(0.42)

    return _window("blackman_window", window_length, periodic, compute, options)


def bartlett_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """A triangle, from 0 to 1 and back."""

    def compute(places: Any, count: int) -> Any:
        kind = places.dtype.type
        found = places * kind(2 / (count - 1))
        half = ((count - 1) >> 1) + 1
        found[half:] = found[half:] * kind(-1) + kind(2)
        return found

    return _window("bartlett_window", window_length, periodic, compute, options)


def kaiser_window(window_length: int, periodic: bool = True, beta: float = 12.0, **options: Any) -> Any:
    """A window by Bessel functions, the narrower the larger `beta` is."""

    def compute(places: Any, count: int) -> Any:
        ratio = (places - (count - 1) / 2.0) / ((count - 1) / 2.0)
        return np.i0(beta * np.sqrt(np.maximum(1 - ratio * ratio, 0))) / np.i0(beta)

    return _window("kaiser_window", window_length, periodic, compute, options)
