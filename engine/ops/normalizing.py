"""Normalization of arrays: statistics, the normalized values and their gradients, in few passes.

Channels are the second dimension, groups and rows the first; what is summed over lies behind them. Sums along rows are
products with ones or with each other, which are the quickest.
"""

from __future__ import annotations

import numpy as np

from .elementary import FEW


def row_sums(rows):
    """The sums of the rows of a matrix."""
    if rows.dtype.char in "fd" and rows.flags.c_contiguous:
        return rows @ np.ones(rows.shape[1], rows.dtype)
    return rows.sum(1)


def row_products(one, two):
    """The sums of products of the rows of two matrices."""
    return np.einsum("ij,ij->i", one, two)


# ---- by channels -------------------------------------------------------------------------------------------


def _planes(array):
    return array.reshape(array.shape[0], array.shape[1], -1)


def channel_sums(array):
    """The sum of each channel."""
    sizes = array.shape[:2]
    rows = array.reshape(sizes[0] * sizes[1], -1)
    if rows.shape[1] == 1:
        return array.reshape(sizes).sum(0, dtype=np.float64).astype(array.dtype)
    return row_sums(rows).reshape(sizes).sum(0, dtype=np.float64).astype(array.dtype)


def channel_products(one, two):
    """The sum of products of each channel."""
    found = np.einsum("ncl,ncl->nc", _planes(one), _planes(two))
    return found.sum(0, dtype=np.float64).astype(one.dtype)


def _spread(values, ndim):
    return values.reshape(1, -1, *(1,) * (ndim - 2))


def batch_statistics(input, eps):
    """The values less the mean of their channel, the mean, the variance, and one over the deviation."""
    count = input.size // input.shape[1]
    mean = channel_sums(input) / input.dtype.type(count)
    centered = input - _spread(mean, input.ndim)
    variance = channel_products(centered, centered) / input.dtype.type(count)
    return centered, mean, variance, 1 / np.sqrt(variance + input.dtype.type(eps))


def scaled(centered, factor, shift):
    """Times a factor of each channel, plus a shift, in the memory given."""
    centered *= _spread(factor, centered.ndim)
    if shift is not None:
        centered += _spread(shift, centered.ndim)
    return centered


def batch_gradient(grad, input, weight, mean, invstd, needed):
    """What normalization by the batch's own statistics hands back to input, weight and bias."""
    total = channel_sums(grad)
    centered = input - _spread(mean, input.ndim)
    product = channel_products(grad, centered)
    to_weight = product * invstd
    if needed[0]:
        kind = input.dtype.type
        count = kind(input.size // input.shape[1])
        factor = invstd if weight is None else invstd * weight
        scaled(centered, -(product * invstd * invstd / count), -(total / count))
        centered += grad
        scaled(centered, factor, None)
    return centered, to_weight, total


def fixed_gradient(grad, input, weight, mean, invstd, needed):
    """What normalization by given statistics hands back to input, weight and bias."""
    factor = invstd if weight is None else invstd * weight
    to_input = grad * _spread(factor, grad.ndim)
    to_weight = None
    if needed[1]:
        to_weight = channel_products(grad, input - _spread(mean, input.ndim)) * invstd
    return to_input, to_weight, channel_sums(grad) if needed[2] else None


# ---- by rows -----------------------------------------------------------------------------------------------


def normalized_rows(rows, eps):
    """The rows less their means and over their deviations, the means, and one over the deviations."""
    count = rows.dtype.type(rows.shape[1])
    mean = row_sums(rows) / (count or 1)  # 0 where there is nothing to average
    found = rows - mean[:, None]
    invstd = 1 / np.sqrt(row_products(found, found) / count + rows.dtype.type(eps))
    found *= invstd[:, None]
    return found, mean, invstd


def rows_gradient(grad, rows, weight, mean, invstd, needed):
    """What the normalization of rows hands back to them, to weight and bias."""
    hat = rows - mean[:, None]
    hat *= invstd[:, None]
    to_weight = np.einsum("ij,ij->j", grad, hat) if needed[1] else None
    to_bias = _row_after_row(grad) if needed[2] else None
    if needed[0]:
        count = rows.dtype.type(rows.shape[1])
        by_weight = grad if weight is None else grad * weight
        hat *= (row_products(by_weight, hat) / -count)[:, None]
        hat += by_weight
        hat -= (row_sums(by_weight) / count)[:, None]
        hat *= invstd[:, None]
    return hat, to_weight, to_bias


def _row_after_row(rows):
    """The sum of the rows; that of few is added up in PyTorch's order."""
    return np.add.reduce(rows, 0) if rows.size <= FEW else np.ones(len(rows), rows.dtype) @ rows


# ---- by groups ---------------------------------------------------------------------------------------------


def normalized_groups(input, weight, bias, sizes, group, eps):
    """The groups of channels of each example normalized; the means, and one over the deviations."""
    examples, channels, positions = sizes
    rows = input.reshape(examples * group, channels // group * positions)
    found, mean, invstd = normalized_rows(rows, eps)
    found = found.reshape(examples, channels, positions)
    if weight is not None:
        found *= weight[:, None]
    if bias is not None:
        found += bias[:, None]
    return found.reshape(input.shape), mean.reshape(examples, group), invstd.reshape(examples, group)


def groups_gradient(grad, input, weight, mean, invstd, sizes, group, needed):
    """What the normalization of groups hands back to input, weight and bias."""
    examples, channels, positions = sizes
    planes = (examples * channels, positions)
    grads, values = np.ascontiguousarray(grad).reshape(planes), np.ascontiguousarray(input).reshape(planes)
    products = row_products(grads, values).reshape(examples, group, channels // group)
    totals = row_sums(grads).reshape(examples, group, channels // group)
    means, invstds = mean[..., None], invstd[..., None]
    to_weight = ((products - totals * means) * invstds).sum(0).reshape(-1) if needed[1] else None
    to_bias = totals.sum(0).reshape(-1) if needed[2] else None
    if not needed[0]:
        return None, to_weight, to_bias
    share = grad.dtype.type(1 / (channels // group * positions))
    factor = 1 if weight is None else weight.reshape(1, group, -1)
    product, total = (products * factor).sum(2), (totals * factor).sum(2)
    slope = (total * mean - product) * invstd**3 * share
    shift = -slope * mean - total * invstd * share
    shape = (examples, group, channels // group, positions)
    found = grads.reshape(shape) * (invstds * factor)[..., None]
    found += values.reshape(shape) * slope[..., None, None]
    found += shift[..., None, None]
    return found.reshape(input.shape), to_weight, to_bias
