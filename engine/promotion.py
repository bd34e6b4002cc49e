"""What becomes of two operands: their common type, shape and layout, and what a node notes of them.

Source: torch.Tensor attributes, "type promotion"; "Broadcasting semantics".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import dtypes
from .base import TensorBase
from .dtypes import CATEGORY_OF_NUMBER
from .node import Node


def in_float32(forward: Callable[..., Any], dtype: dtypes.dtype) -> Callable[..., Any]:
    """The computation as PyTorch does it for a reduced type: in float32, and rounded once."""

    def compute(array: Any, operand: Any) -> Any:
        wide = np.float32(operand) if type(operand) in CATEGORY_OF_NUMBER else operand.astype(np.float32)
        return forward(array.astype(np.float32), wide).astype(dtype.numpy)

    return compute


def in_type(forward: Callable[..., Any], dtype: dtypes.dtype) -> Callable[..., Any]:
    """The computation with the operands rounded to a reduced type first, as most of PyTorch's do it."""
    kind = dtype.numpy

    def compute(array: Any, operand: Any) -> Any:
        rounded = kind.type(operand) if type(operand) in CATEGORY_OF_NUMBER else operand.astype(kind)
        return forward(array.astype(kind, copy=False), rounded)

    return compute


def in_layout_of_first(result: Any, first: np.ndarray[Any, Any]) -> Any:
    """The result laid out in memory as the first operand, as PyTorch does where the operands differ in that."""
    if result.strides == first.strides or result.shape != first.shape or 0 in first.strides:
        return result
    laid_out = np.empty_like(first, dtype=result.dtype)
    if laid_out.strides == result.strides:
        return result
    laid_out[...] = result
    return laid_out


def check_broadcast(one: tuple[int, ...], two: tuple[int, ...]) -> None:
    """Raise PyTorch's error for shapes that cannot be broadcast together."""
    for back in range(1, min(len(one), len(two)) + 1):
        if one[-back] != two[-back] and 1 not in (one[-back], two[-back]):
            raise RuntimeError(
                f"The size of tensor a ({one[-back]}) must match the size of tensor b ({two[-back]}) at non-singleton "
                f"dimension {max(len(one), len(two)) - back}"
            )


def note_operands(node: Node, *operands: Any) -> None:
    """Note which outputs the operands are, and to which shape and type their gradients are to be reduced."""
    extras = node.extras()
    expected: list[Any] = []
    numbers: list[int] = []
    for operand in operands:
        if isinstance(operand, TensorBase):
            expected.append((operand._array.shape, operand._dtype))
            numbers.append(operand._output_nr if operand._node is not None else 0)
        else:
            expected.append(None)
            numbers.append(0)
    extras.expected = tuple(expected)
    if any(numbers):
        extras.input_numbers = tuple(numbers)


def result_type(first: Any, second: Any) -> dtypes.dtype:
    """The type of a result of two tensors: a 0-d one changes the other's type only by a higher category."""
    one, two = first._dtype, second._dtype
    if one is two:
        return one
    if bool(first._array.ndim) != bool(second._array.ndim):
        wide, narrow = (one, two) if first._array.ndim else (two, one)
        if narrow.category <= wide.category:
            return wide
        if wide.is_floating_point:
            return dtypes.complex_of(wide)
    return dtypes.promote(one, two)
