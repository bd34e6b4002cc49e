"""Choosing by a mask without `np.where`, which takes ten times as long where the mask is irregular."""

from __future__ import annotations

import numpy as np


def one_or(mask, factor, dtype):
    """1 where the mask is set, else the factor."""
    if 0 <= factor <= 1:
        return np.maximum(mask, dtype.type(factor), dtype=dtype)
    return np.where(mask, dtype.type(1), dtype.type(factor))[()]


def value_or_zero(mask, value, dtype):
    """A number where the mask is set, else 0."""
    return np.multiply(mask, dtype.type(value), dtype=dtype)
