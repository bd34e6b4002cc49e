"""Operators under `autocast`: floating point arguments are cast first. Source: torch.library.register_autocast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..base import TensorBase
from ..settings import is_autocast_enabled
from .names import key_of_device


def register(op: Any, device_type: str, dtype: Any) -> None:
    """Cast arguments of the operator to `dtype` where autocast is on for this type of devices."""
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`.")
    key_of_device(device_type)
    if device_type not in ("cpu", "cuda"):
        raise ValueError(f"Unknown device type: {device_type}")
    op._autocast[device_type] = dtype


@contextmanager
def cast(
    op: Any, positional: Sequence[Any], keyword_only: dict[str, Any]
) -> Iterator[tuple[Sequence[Any], dict[str, Any]]]:
    """The arguments for the operator, which runs without autocast if they are cast."""
    dtype = op._autocast.get("cpu")
    if dtype is None or not is_autocast_enabled("cpu"):
        yield positional, keyword_only
        return
    from ..amp.autocast_mode import autocast

    with autocast("cpu", enabled=False):
        yield (
            [_cast(each, dtype) for each in positional],
            {name: _cast(each, dtype) for name, each in keyword_only.items()},
        )


def _cast(value: Any, dtype: Any) -> Any:
    if isinstance(value, list):
        return [_cast(each, dtype) for each in value]
    if isinstance(value, TensorBase) and value._dtype.is_floating_point and value._dtype.itemsize < 8:
        return value.to(dtype)  # type: ignore[attr-defined]
    return value
