"""Pooling into a given number of windows: adaptive, fractional; and unpooling, which puts elements back."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from ..dtypes import FROM_NUMPY, not_implemented
from ..layouts import as_suggested
from ..op import LINEAR, op
from .convolving import last
from .operands import in_single
from .pooling import _largest, gathered, index_backward, lowest, scattered


def _bins(size, count):
    """Where each of `count` windows over `size` elements starts and ends."""
    return [(index * size // count, -(-(index + 1) * size // count)) for index in range(count)]


def _along(array, axis, part):
    return array[last((part, *(slice(None),) * (-axis - 1)))]


# ---- averages ----------------------------------------------------------------------------------------------


def _averages(self, output_size):
    if self.shape[-len(output_size) :] == tuple(output_size):
        return self.copy()
    for axis, count in zip(range(-len(output_size), 0), output_size):
        size = self.shape[axis]
        if size == count:
            continue
        shape = list(self.shape)
        shape[axis] = count
        found = np.empty(shape, self.dtype)
        for index, (start, end) in enumerate(_bins(size, count)):
            total = np.add.reduce(_along(self, axis, slice(start, end)), axis)
            _along(found, axis, index)[...] = total / (end - start)
        self = found
    return self


def _shares(grad, sizes):
    if grad.shape[-len(sizes) :] == tuple(sizes):
        return grad.copy()
    for axis in range(-len(sizes), 0):
        count = grad.shape[axis]
        if sizes[axis] == count:
            continue
        shape = list(grad.shape)
        shape[axis] = sizes[axis]
        found = np.zeros(shape, grad.dtype)
        for index, (start, end) in enumerate(_bins(sizes[axis], count)):
            part = _along(found, axis, slice(start, end))
            part += _along(grad, axis, slice(index, index + 1)) / (end - start)
        grad = found
    return grad


def _adaptive_average(count):
    names = [f"grad_output_sym_argsize_minus_{number}" for number in range(1, count + 1)]

    @op(
        grad_output=lambda grad, sizes_geometry: pool(grad, sizes_geometry),
        self=lambda grad: grad.new_zeros(grad._array.shape),
        node=f"AdaptiveAvgPool{count}DBackwardBackward0",
        exact=True,
    )
    def backward(grad_output, self, sizes_geometry):
        found = in_single(_shares, grad_output, self.shape[-count:])
        return as_suggested(found, self) if count == 2 else found

    for number, name in enumerate(names, 1):
        place = backward.declaration.saved.index("sizes_geometry")
        shown = property(lambda node, number=number, place=place: node._saved[place][-number])
        setattr(backward.declaration.node_class, f"_saved_{name}", shown)

    @op(
        self=lambda grad, self: backward(grad, self, grad._array.shape[-count:]),
        jvp=LINEAR,
        node=f"AdaptiveAvgPool{count}DBackward0",
    )
    def pool(self, output_size):
        return in_single(_averages, self, output_size)

    return pool


adaptive_avg_pool2d, adaptive_avg_pool3d = _adaptive_average(2), _adaptive_average(3)


# ---- the largest -------------------------------------------------------------------------------------------


def _largest_of_bins(self, output_size):
    inner = self.shape[-len(output_size) :]
    if all(output_size) and not any(size % count for size, count in zip(inner, output_size)):
        kernel_size = tuple([size // count for size, count in zip(inner, output_size)])
        ones = (1,) * len(inner)
        return _largest(self, kernel_size, kernel_size, (0,) * len(inner), ones, False)
    outer = self.shape[: -len(output_size)]
    values = np.empty((*outer, *output_size), self.dtype)
    indices = np.empty((*outer, *output_size), np.int64)
    bins = [_bins(size, count) for size, count in zip(inner, output_size)]
    places = np.arange(math.prod(inner)).reshape(inner)
    for numbers in product(*map(range, output_size)):
        cut = (..., *[slice(*bins[axis][number]) for axis, number in enumerate(numbers)])
        window = self[cut].reshape(*outer, -1)
        chosen = _last_nan_or_first_largest(window)
        values[last(numbers)] = np.take_along_axis(window, chosen[..., None], -1)[..., 0]
        indices[last(numbers)] = places[cut].reshape(-1)[chosen]
    return values, indices


def _last_nan_or_first_largest(window):
    chosen = window.argmax(-1)
    missing = np.isnan(window)
    if missing.any():
        last = window.shape[-1] - 1 - missing[..., ::-1].argmax(-1)
        chosen = np.where(missing.any(-1), last, chosen)
    return chosen


def _adaptive_max(count):
    backward = index_backward(f"AdaptiveMaxPool{count}DBackwardBackward0", count, count == 2)

    def formula(grads, self, result1):
        return None if grads[0] is None else backward(grads[0], self, result1, None)

    @op(self=formula, outputs=("result0", "result1"), node=f"AdaptiveMaxPool{count}DBackward0")
    def pool(self, output_size):
        return _largest_of_bins(self, output_size)

    return pool


adaptive_max_pool2d, adaptive_max_pool3d = _adaptive_max(2), _adaptive_max(3)


# ---- windows at random places ------------------------------------------------------------------------------


def _starts(samples, size, taps, count):
    """Where windows start along a dimension, by the random number of each plane."""
    kind = samples.dtype.type
    found = np.full((*samples.shape, count), size - taps, np.int64)
    if count > 1:
        alpha = kind(size - taps) / kind(count - 1)
        steps = np.arange(count - 1).astype(samples.dtype)
        shifted = ((steps + samples[..., None]) * alpha).astype(np.int64)
        found[..., :-1] = shifted - (samples[..., None] * alpha).astype(np.int64)
    return found


def _largest_at_random(self, kernel_size, output_size, samples):
    count = len(kernel_size)
    inner, outer = self.shape[-count:], self.shape[:-count]
    order = range(count - 1, -1, -1) if count == 2 else range(count)
    starts = [
        _starts(samples[..., place], size, taps, wanted).reshape(*outer, wanted)
        for place, size, taps, wanted in zip(order, inner, kernel_size, output_size)
    ]
    if self.dtype.kind == "c":
        raise not_implemented(f"fractional_max_pool{count}d_out_frame", FROM_NUMPY[self.dtype])
    flat = self.reshape(*outer, math.prod(inner))
    best = indices = None
    for taps in product(*map(range, kernel_size)):
        where = 0
        for axis, (tap, start) in enumerate(zip(taps, starts)):
            shape = (*outer, *(1,) * axis, start.shape[-1], *(1,) * (count - axis - 1))
            where = where + (start + tap).reshape(shape) * math.prod(inner[axis + 1 :])
        met = np.take_along_axis(flat, where.reshape(*outer, math.prod(output_size)), -1).reshape(where.shape)
        if best is None:
            least = met.dtype.type(lowest(met.dtype))
            best, indices = np.where(np.isnan(met), met, np.maximum(met, least)), where
            continue
        larger = (met > best) | np.isnan(met)
        best, indices = np.where(larger, met, best), np.where(larger, where, indices)
    return best, indices


def _fractional(count):
    backward = index_backward(f"FractionalMaxPool{count}DBackwardBackward0", count, False)

    def formula(grads, self, kernel_size, output_size, result1):
        return None if grads[0] is None else backward(grads[0], self, result1, None)

    @op(self=formula, outputs=("result0", "result1"), node=f"FractionalMaxPool{count}DBackward0")
    def pool(self, kernel_size, output_size, samples):
        return _largest_at_random(self, kernel_size, output_size, samples)

    return pool


fractional_max_pool2d, fractional_max_pool3d = _fractional(2), _fractional(3)


# ---- back --------------------------------------------------------------------------------------------------


def _unpool(count):
    @op(
        self=lambda grad, indices: gathered(grad, indices, count),
        jvp=LINEAR,
        node=f"MaxUnpool{count}DBackward0",
    )
    def unpool(self, indices, output_size):
        return as_suggested(scattered(self, indices._array, output_size, True), self)

    return unpool


max_unpool2d, max_unpool3d = _unpool(2), _unpool(3)
