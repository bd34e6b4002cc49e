"""Resizing arrays: for each position of a result, which elements of the input count and how much, axis by axis."""

from __future__ import annotations

import numpy as np

from .elementary import add_product

CUBIC, CUBIC_OF_MEANS = -0.75, -0.5


def _scale(size, count, scale, align_corners, kind):
    """How far two positions of the result lie apart in the input."""
    if align_corners:
        return kind(size - 1) / kind(count - 1) if count > 1 else kind(0)
    return kind(1.0 / scale) if scale is not None and scale > 0 else kind(size) / kind(count)


def nearest(size, count, scale, exact):
    """The index of the nearest element for each position; `exact` looks from the middle of positions."""
    step = _scale(size, count, scale, False, np.float32)
    positions = np.arange(count, dtype=np.float32) + np.float32(0.5 if exact else 0)
    return np.minimum(np.floor(positions * step).astype(np.int64), size - 1)


def _sources(size, count, scale, align_corners, dtype, cubic):
    kind = dtype.type
    step = _scale(size, count, scale, align_corners, kind)
    positions = np.arange(count).astype(dtype)
    if align_corners:
        return positions * step
    found = add_product(kind(-0.5), positions + kind(0.5), step)
    return found if cubic else np.maximum(found, 0)


def linear(size, count, scale, align_corners, dtype):
    """Two indices for each position, and their weights."""
    sources = _sources(size, count, scale, align_corners, dtype, False)
    first = np.minimum(sources.astype(np.int64), size - 1)
    share = np.clip(sources - first, 0, 1).astype(dtype)
    return [first, first + (first < size - 1)], [1 - share, share]


def cubic_weights(share, factor=CUBIC):
    """The weights of four neighbours of a point between the inner two."""

    def near(x):
        return ((factor + 2) * x - (factor + 3)) * x * x + 1

    def far(x):
        return ((factor * x - 5 * factor) * x + 8 * factor) * x - 4 * factor

    return [far(share + 1), near(share), near(1 - share), far(2 - share)]


def cubic(size, count, scale, align_corners, dtype):
    """Four indices for each position, and their weights."""
    sources = _sources(size, count, scale, align_corners, dtype, True)
    first = np.minimum(np.floor(sources).astype(np.int64), size - 1)
    share = np.clip(sources - first, 0, 1).astype(dtype)
    indices = [np.clip(first + shift, 0, size - 1) for shift in (-1, 0, 1, 2)]
    return indices, [each.astype(dtype) for each in cubic_weights(share)]


def _triangle(x):
    return np.maximum(1 - np.abs(x), 0)


def _cubic_filter(x):
    x, factor = np.abs(x), CUBIC_OF_MEANS
    inner = ((factor + 2) * x - (factor + 3)) * x * x + 1
    outer = ((factor * x - 5 * factor) * x + 8 * factor) * x - 4 * factor
    return np.where(x < 1, inner, np.where(x < 2, outer, 0))


def _lanczos_filter(x):
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


FILTERS = {"bilinear": (_triangle, 1), "bicubic": (_cubic_filter, 2), "lanczos": (_lanczos_filter, 3)}


def means_matrix(size, count, scale, align_corners, dtype, mode):
    """The weights of all elements for each position, where shrinking takes means: a row for each position."""
    kernel, reach = FILTERS[mode]
    step = float(_scale(size, count, scale, align_corners, dtype.type))
    support, narrowed = (reach * step, 1 / step) if step >= 1 else (reach, 1.0)
    centers = step * (np.arange(count) + 0.5)
    starts = np.maximum((centers - support + 0.5).astype(np.int64), 0)
    ends = np.minimum((centers + support + 0.5).astype(np.int64), size)
    places = np.arange(size)
    within = (places >= starts[:, None]) & (places < ends[:, None])
    weights = np.where(within, kernel((places - centers[:, None] + 0.5) * narrowed), 0)
    return (weights / weights.sum(1, keepdims=True)).astype(dtype)


def as_matrix(size, indices, weights, dtype):
    """The same as a row for each position."""
    found = np.zeros((len(indices[0]), size), dtype)
    rows = np.arange(len(found))
    for index, weight in zip(indices, weights):
        np.add.at(found, (rows, index), weight)
    return found


def of_bytes(array, matrices):
    """Images of bytes, the last axis first: weights are integers of 15 bits, and each axis is rounded to bytes.

    PyTorch does as Pillow does. What is behind a border counts for the border, and an axis that keeps its size is left alone.
    """
    for axis, matrix in reversed(list(zip(range(-len(matrices), 0), matrices))):
        if len(matrix) == matrix.shape[1]:
            continue
        bits = 0
        while bits < 22 and int(0.5 + matrix.max() * 2 ** (bits + 1)) < 2**15:
            bits += 1
        whole = np.trunc(matrix * 2**bits + np.copysign(0.5, matrix))
        sums = multiply(array.astype(np.float64), axis, whole).astype(np.int64)
        array = np.clip((sums + 2 ** (bits - 1)) >> bits, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(array)


def apply(array, axis, indices, weights):
    """Take the elements along an axis, weigh and add them."""
    weights = [weight.reshape(-1, *(1,) * (-axis - 1)) for weight in weights]
    if len(weights) == 2:  # rounded as PyTorch does it: the second product, then the sum with the first one
        last = array.take(indices[1], axis)
        last *= weights[1]
        return add_product(last, array.take(indices[0], axis), weights[0])
    found = None
    for index, weight in zip(indices, weights):
        part = array.take(index, axis)
        part *= weight
        if found is None:
            found = part
        else:
            found += part
    return found


def between_four(array, rows, columns):
    """The linear mean of four neighbours, each with the product of its weights: added up as PyTorch does.

    It computes as many channels at once as a vector has lanes, and adds in another order for those that are left over.
    """
    (above, below), row_weights = rows
    (left, right), column_weights = columns
    corners = [
        (array[..., row[:, None], column], row_weight[:, None] * column_weight)
        for row, row_weight in ((above, row_weights[0]), (below, row_weights[1]))
        for column, column_weight in ((left, column_weights[0]), (right, column_weights[1]))
    ]
    lanes = 32 // array.itemsize
    whole = array.shape[1] // lanes * lanes
    parts = [
        _added_in_turn(
            [(values[:, part], weights) for values, weights in (corners[place] for place in order)]
        )
        for part, order in ((slice(whole), (2, 3, 1, 0)), (slice(whole, None), (1, 0, 2, 3)))
    ]
    return np.ascontiguousarray(np.concatenate(parts, 1) if whole else parts[1])


def _added_in_turn(terms):
    values, weights = terms[0]
    found = values * weights
    for values, weights in terms[1:]:
        found = add_product(found, values, weights)
    return found


def multiply(array, axis, matrix):
    """The product with a matrix along an axis."""
    if axis == -1:
        return array @ matrix.T
    return np.moveaxis(np.moveaxis(array, axis, -1) @ matrix.T, -1, axis)
