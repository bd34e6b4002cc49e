"""`torch._utils`: tensors laid side by side in one, and what pickled tensors name.

Source: torch._utils.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from .ops.joining import cat
from .rebuilding import (  # noqa: F401 - pickles name them here
    _rebuild_parameter,
    _rebuild_parameter_with_state,
    _rebuild_tensor_v2,
)

__all__ = ["_flatten_dense_tensors", "_unflatten_dense_tensors"]


def _flatten_dense_tensors(tensors: Sequence[Any]) -> Any:
    """The elements of all tensors, one after the other."""
    return cat([each.contiguous().view(-1) for each in tensors])


def _unflatten_dense_tensors(flat: Any, tensors: Sequence[Any]) -> tuple[Any, ...]:
    """Parts of `flat`, in the shapes of these tensors."""
    found, start = [], 0
    for each in tensors:
        size = prod(each.shape)
        found.append(flat.narrow(0, start, size).view(each.shape))
        start += size
    return tuple(found)


def _element_size(dtype: Any) -> int:
    """How many bytes an element has."""
    return int(dtype.itemsize)
