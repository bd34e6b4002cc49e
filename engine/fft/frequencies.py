"""The frequencies that the elements of a transform stand for, and their order."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import INTEGER, get_default_dtype
from ..ops.creation import finish
from ..ops.dims import wrap_dim
from ..ops.rearranging import roll


def _frequencies(name: str, places: Any, n: int, d: float, dtype: Any, requires_grad: bool, out: Any) -> Any:
    kind = get_default_dtype() if dtype is None else dtype
    if kind.category <= INTEGER:
        raise RuntimeError(f"{name} requires a floating point or complex dtype")
    found = finish(
        places.astype(kind.numpy) * kind.numpy.type(1.0 / (n * d) if n else 0), None, requires_grad
    )
    return found if out is None else out.resize_(found._array.shape).copy_(found)


def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """The frequencies of a transform of `n` points that are `d` apart."""
    places = np.arange(n)
    places[(n + 1) // 2 :] -= n
    return _frequencies("fftfreq", places, n, d, dtype, requires_grad, out)


def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    out: Any = None,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """The frequencies of a transform of `n` real numbers that are `d` apart."""
    return _frequencies("rfftfreq", np.arange(n // 2 + 1), n, d, dtype, requires_grad, out)


def _shifted(input: Any, dim: Any, more: int) -> Any:
    dims = range(input._array.ndim) if dim is None else (dim if isinstance(dim, (tuple, list)) else [dim])
    shifts = [(input._array.shape[wrap_dim(axis, input._array.ndim)] + more) // 2 for axis in dims]
    return roll(input, shifts, tuple(dims))


def fftshift(input: Any, dim: Any = None) -> Any:
    """The frequency 0 moved to the middle."""
    return _shifted(input, dim, 0)


def ifftshift(input: Any, dim: Any = None) -> Any:
    """The inverse of `fftshift`."""
    return _shifted(input, dim, 1)
