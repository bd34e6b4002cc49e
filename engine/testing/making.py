"""Tensors filled with random values, to test with. Source: torch.testing.make_tensor."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from ..dtypes import BOOL, FLOATING
from ..limits import finfo, iinfo
from ..ops.complex import view_as_real
from ..ops.creation import empty, randint


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Any:
    """A tensor of values drawn evenly from [low, high); by default from [-9, 9), whole ones up to 9."""
    if len(shape) == 1 and isinstance(shape[0], Sequence):
        shape = tuple(shape[0])
    if noncontiguous and memory_format is not None:
        raise ValueError(
            "The parameters `noncontiguous` and `memory_format` are mutually exclusive, but got "
            f"noncontiguous={noncontiguous!r} and memory_format={memory_format!r}"
        )
    if requires_grad and dtype.category < FLOATING:
        raise ValueError(
            f"`requires_grad=True` is not supported for boolean and integral dtypes, but got dtype={dtype!r}"
        )
    noncontiguous = noncontiguous and math.prod(shape) > 1
    made = _drawn((*shape[:-1], 2 * shape[-1]) if noncontiguous else shape, dtype, low, high)
    if noncontiguous:
        made = made[..., 1::2]
    if exclude_zero:
        made[made == 0] = 1 if dtype.category < FLOATING else finfo(dtype).tiny
    if dtype.category >= FLOATING:
        made.requires_grad = requires_grad
    return made


def _drawn(shape: tuple[int, ...], dtype: Any, low: Any, high: Any) -> Any:
    if dtype.category == BOOL:
        return randint(*_limits(dtype, low, high, (0, 2), (0, 2)), shape, dtype=dtype)
    if dtype.category < FLOATING:
        limits = iinfo(dtype)
        above = limits.max if dtype.name == "int64" else limits.max + 1
        return randint(*_limits(dtype, low, high, (limits.min, above), (-9, 10)), shape, dtype=dtype)
    largest = finfo(dtype).max
    low, high = _limits(dtype, low, high, (-largest, largest), (-9, 9))
    made = empty(shape, dtype=dtype)
    parts = view_as_real(made) if dtype.is_complex else made
    if high - low >= largest:
        parts.uniform_(low / 2, high / 2).mul_(2)
    else:
        parts.uniform_(low, high)
    return made


def _limits(
    dtype: Any, low: Any, high: Any, held: tuple[Any, Any], default: tuple[Any, Any]
) -> tuple[Any, Any]:
    """The limits to draw from: those that were given, kept within what the type holds."""
    low = default[0] if low is None else low
    high = default[1] if high is None else high
    if any(isinstance(each, float) and math.isnan(each) for each in (low, high)):
        raise ValueError(f"`low` and `high` cannot be NaN, but got low={low!r} and high={high!r}")
    if low == high and dtype.category >= FLOATING:
        warnings.warn(
            "Passing `low==high` to `torch.testing.make_tensor` for floating or complex types is deprecated since 2.1 and will "
            "be removed in 2.3. Use `torch.full(...)` instead.",
            FutureWarning,
            stacklevel=4,
        )
    elif low >= high:
        raise ValueError(f"`low` must be less than `high`, but got {low} >= {high}")
    elif high < held[0] or low >= held[1]:
        raise ValueError(
            f"The value interval specified by `low` and `high` is [{low}, {high}), but {dtype} only supports [{held[0]}, {held[1]})"
        )
    low, high = (min(max(each, held[0]), held[1]) for each in (low, high))
    return (math.ceil(low), math.ceil(high)) if dtype.category < FLOATING else (low, high)
