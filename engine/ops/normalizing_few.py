"""Normalization of few float32 elements by the batch, with PyTorch's roundings.

Each example adds to its channels' sums in turn, products with one rounding; where there are positions behind the channels,
statistics are made in float64. Source: how torch.native_batch_norm and its gradient round, found by trying.
"""

from __future__ import annotations

import numpy as np

from .elementary import FEW, add_product


def is_few(array):
    """Whether an array is one that is normalized here."""
    return array.dtype.char == "f" and 0 < array.size <= FEW and array.flags.c_contiguous and array.ndim > 1


def _in_turn(one, two=None):
    """The sum of each channel of a matrix, or of products, example after example."""
    if two is None:
        return np.add.accumulate(one, 0)[-1]
    total = np.zeros(one.shape[1], one.dtype)
    for first, second in zip(one, two):
        total = add_product(total, first, second)
    return total


def batch_statistics(input, eps):
    """The mean of each channel, the sum of the squares of what is left, and one over its deviation."""
    count = input.size // input.shape[1]
    if input.size == input.shape[0] * input.shape[1]:
        rows = input.reshape(input.shape[:2])
        mean = _in_turn(rows) / input.dtype.type(count)
        centered = rows - mean
        squares = _in_turn(centered, centered)
        variance = squares / input.dtype.type(count)
    else:
        axes = (0, *range(2, input.ndim))
        mean = input.mean(axes, np.float64).astype(input.dtype)
        squares = np.square(input - _spread(mean, input.ndim)).sum(axes, np.float64).astype(input.dtype)
        variance = squares / input.dtype.type(count)
    invstd = (1 / np.sqrt(variance.astype(np.float64) + eps)).astype(input.dtype)
    return mean, squares, invstd


def normalized(input, mean, invstd, weight, bias):
    """The normalized values: `input * factor + shift`, both of each channel."""
    factor = invstd if weight is None else invstd * weight
    shift = add_product(mean.dtype.type(0) if bias is None else bias, -mean, factor)
    return add_product(_spread(shift, input.ndim), input, _spread(factor, input.ndim))


def rows_gradient(grad, input, weight, mean, invstd):
    """What the normalization of a matrix by the batch hands back to it, to weight and bias."""
    count = grad.dtype.type(len(grad))
    total, centered = _in_turn(grad), input - mean
    product = _in_turn(grad, centered)
    to_input = add_product(grad - total / count, -centered, product * invstd * invstd / count) * invstd
    return to_input if weight is None else to_input * weight, product * invstd, total


def _spread(values, ndim):
    return values.reshape(1, -1, *(1,) * (ndim - 2))
