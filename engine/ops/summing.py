"""Sums of few elements, added up in PyTorch's order, so that they are its sums to the last bit.

PyTorch adds in vectors of 32 bytes, four of them side by side, and the lanes of what they come to at the end; sixteen
terms at a time are added up so, and what these come to in turn. Source: torch.sum on a processor with AVX2 or AVX-512,
where the order shows in which terms are lost beside a large one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .elementary import add_product

MOST = 1 << 14  # bytes of an array that is added up in this order: of more, speed matters more
_VECTOR = 32  # bytes
_LEVEL = 16
_SIDE_BY_SIDE = 4


def sum_of_few(array: Any, axis: Any, keepdim: bool) -> Any:
    """The sum of a contiguous array of few floats, but some, over all axes or over such as lie side by side.

    Over other axes it is NumPy's.
    """
    sizes = array.shape
    if axis is None and not keepdim:
        return _of_rows(array.reshape(1, -1))[0]
    given = range(array.ndim) if axis is None else (axis,) if axis.__class__ is int else axis
    axes = sorted([each % array.ndim for each in given])
    first, end = (axes[0], axes[-1] + 1) if axes else (0, 0)
    if end - first != len(axes):
        return np.add.reduce(array, axis=axis, keepdims=keepdim)  # type: ignore[call-overload]
    terms, inner = math.prod(sizes[first:end]), math.prod(sizes[end:])
    found = _of_rows(array.reshape(-1, terms)) if inner == 1 else _of_columns(array.reshape(-1, terms, inner))
    return found.reshape(sizes[:first] + (1,) * (len(axes) * keepdim) + sizes[end:])[()]


def _of_rows(rows: Any) -> Any:
    count, terms = rows.shape
    lanes = _VECTOR // rows.itemsize
    if terms < lanes:
        return _one_by_one(_side_by_side(rows.reshape(count, terms, 1))[:, :, 0] if terms > 4 else rows)
    whole = terms // lanes * lanes
    total = np.add.reduce(_side_by_side(rows[:, :whole].reshape(count, -1, lanes)), 1)
    return _one_by_one(np.concatenate((rows[:, whole:], total), 1) if whole < terms else total)


def _of_columns(parts: Any) -> Any:
    """The sums over the second of three dimensions."""
    terms, inner = parts.shape[1:]
    if terms <= _SIDE_BY_SIDE:
        return np.add.reduce(parts, 1)
    lanes = _VECTOR // parts.itemsize
    at_once = _SIDE_BY_SIDE * (lanes if inner >= lanes else 1)
    whole = inner // at_once * at_once
    if whole == inner:
        return _in_levels(parts)
    if not whole:
        return np.add.reduce(_side_by_side(parts), 1)
    found = np.empty((len(parts), inner), parts.dtype)
    found[:, :whole] = _in_levels(parts[:, :, :whole])
    np.add.reduce(_side_by_side(parts[:, :, whole:]), axis=1, out=found[:, whole:])
    return found


def _side_by_side(parts: Any) -> Any:
    """Every fourth of the second dimension's terms added up, and the last few added to the first sum."""
    count, terms, width = parts.shape
    groups = terms // _SIDE_BY_SIDE
    if not groups:
        return parts
    whole = groups * _SIDE_BY_SIDE
    summed = parts[:, :whole].reshape(count, groups, _SIDE_BY_SIDE * width)
    summed = (_in_levels(summed) if groups > 1 else summed.copy()).reshape(count, _SIDE_BY_SIDE, width)
    for number in range(whole, terms):
        summed[:, 0] += parts[:, number]
    return summed


def _in_levels(parts: Any) -> Any:
    """The sums over the second of three dimensions, one by one; of more than sixteen terms, by sixteens."""
    count, terms, width = parts.shape
    if terms <= _LEVEL:
        return np.add.reduce(parts, 1)
    whole = terms // _LEVEL * _LEVEL
    levels = parts[:, :whole].reshape(count, -1, _LEVEL, width)
    found = np.add.reduce(np.add.reduce(levels, 2), 1)
    return np.add.reduce(parts[:, whole:], 1) + found if whole < terms else found


def _one_by_one(rows: Any) -> Any:
    return np.add.accumulate(rows, 1)[:, -1].copy()


def is_few(array: Any) -> bool:
    """Whether an array is one that is added up in PyTorch's order: contiguous, with some floats, but few."""
    return 0 < array.nbytes <= MOST and array.dtype.char in "fd" and array.flags.c_contiguous


def sums_of_lanes(array: Any) -> Any:
    """The sums along the last dimension, which stays, as `softmax` adds: by lanes of one vector of 64 bytes, then by halves."""
    width, lanes = array.shape[-1], 64 // array.itemsize
    if width < lanes:
        return np.add.accumulate(array, -1)[..., -1:].copy()
    whole = width // lanes * lanes
    total = np.add.reduce(array[..., :whole].reshape(*array.shape[:-1], -1, lanes), -2)
    if whole < width:
        total[..., : width - whole] += array[..., whole:]
    while lanes > 1:
        lanes //= 2
        total = total[..., :lanes] + total[..., lanes:]
    return total


def sum_of_losses(losses: Any) -> Any:
    """The sum of one dimension as `nll_loss` adds: sixteen one by one, then such sums likewise, and the first at the end."""
    total, rest = losses.dtype.type(0), losses[1:]
    while rest.size:
        whole = len(rest) // _LEVEL * _LEVEL
        if whole < len(rest):
            total = total + np.add.accumulate(rest[whole:])[-1]
        rest = _one_by_one(rest[:whole].reshape(-1, _LEVEL))
    return total + losses[0] if losses.size else total


def sums_of_squares(rows: Any) -> Any:
    """The sums of the squares of rows as the 2-norm adds them: in lanes of 32 bytes, these one by one, then the last few.

    What does not fill four is squared and added with one rounding.
    """
    squares = rows * rows
    count, terms = rows.shape
    lanes = _VECTOR // rows.itemsize
    whole, done = terms // lanes * lanes, terms // 4 * 4
    if done:
        total = np.add.reduce(squares[:, :whole].reshape(count, -1, lanes), 1)
        found = _one_by_one(np.concatenate((total, squares[:, whole:done]), 1))
    else:
        found, done = squares[:, 0], 1
    for column in rows[:, done:].T:
        found = add_product(found, column, column)
    return found
