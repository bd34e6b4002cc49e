"""The error function of arrays, without SciPy, whose loop takes three times as long for float32.

float32 as the hyperbolic tangent, which NumPy is quick at, of an odd polynomial, fitted for least relative error (1e-7).
float64 by the derivatives at the nearest of the points 1/128 apart.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from .elementary import FEW

BLOCK = 65536  # elements at a time, so that what lies between the steps stays in the processor's cache
COEFFICIENTS = (1.1283792742402516, 0.10276905568243172, -0.00019182881425212415, -0.0006197880481076773,
                8.763933044332088e-05, -5.668945375592454e-06, 1.418892554098821e-07)  # fmt: skip
POINTS = 128


def erf(array: Any) -> Any:
    """The error function of float32 or float64."""
    if array.dtype.char == "f" and array.size <= FEW:
        return _of_doubles(np.asarray(array, np.float64)).astype(np.float32)
    compute = _of_singles if array.dtype.char == "f" else _of_doubles
    if array.size <= BLOCK:
        return compute(array)
    flat = array.ravel()
    found = np.empty(flat.shape, array.dtype)
    for start in range(0, flat.size, BLOCK):
        found[start : start + BLOCK] = compute(flat[start : start + BLOCK])
    return found.reshape(array.shape)


def _of_singles(array: Any) -> Any:
    square = array * array
    found = square * np.float32(COEFFICIENTS[-1])
    for coefficient in COEFFICIENTS[-2:0:-1]:
        found += np.float32(coefficient)
        found *= square
    found += np.float32(COEFFICIENTS[0])
    found *= array
    return np.tanh(found)


def _of_doubles(array: Any) -> Any:
    inside = np.minimum(np.abs(array), 6.0)
    nearest = np.rint(inside * POINTS)
    index = np.nan_to_num(nearest).astype(np.int64)
    values, slopes = _tables()
    x = nearest / POINTS
    d = inside - x
    square = x * x
    series = (x * (square * (160 - 32 * square) - 120)) * d / 720 + (square * (16 * square - 48) + 12) / 120
    series = series * d + (x * (12 - 8 * square)) / 24
    series = series * d + (4 * square - 2) / 6
    series = (series * d - x) * d + 1
    return np.copysign(values[index] + slopes[index] * d * series, array)


@cache
def _tables() -> tuple[Any, Any]:
    """The function and its slope at the points up to 6."""
    points = np.arange(6 * POINTS + 1) / POINTS
    values = np.array([math.erf(point) for point in points])
    return values, 2 / math.sqrt(math.pi) * np.exp(-points * points)
