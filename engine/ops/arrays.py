"""Small steps on arrays that cost less than NumPy's own way: choosing by a mask, and writing over what nobody else sees.

`np.where` takes ten times as long where its mask is irregular, and memory for a result costs as much as a computation.
"""

from __future__ import annotations

import numpy as np

from .activations import over, times, zero_where

__all__ = ["one_or", "over", "pick", "times", "value_or_zero", "zero_where"]


def one_or(mask, factor, dtype):
    """1 where the mask is set, else the factor."""
    if 0 <= factor <= 1:
        return np.maximum(mask, dtype.type(factor), dtype=dtype)
    return np.where(mask, dtype.type(1), dtype.type(factor))[()]


def value_or_zero(mask, value, dtype):
    """A number where the mask is set, else 0."""
    return np.multiply(mask, dtype.type(value), dtype=dtype)


def pick(mask, chosen, other):
    """`chosen` where the mask is set, else `other`."""
    found = zero_where(mask, other)
    found += zero_where(~mask, chosen)
    return found
