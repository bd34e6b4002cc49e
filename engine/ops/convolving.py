"""Convolutions of arrays: windows as columns of a matrix, and products with the weights, a piece of the batch at a time.

Where a sample has many positions it gets a product of its own, with the windows as columns. Where it has few, windows
are rows, channels last, of several samples at a time: pieces of the batch whose rows stay in the processor's cache.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import as_strided

PIECE = 1 << 18  # elements of columns at a time
LONG = 96  # positions of a sample from which a product of its own pays
SPARSE = 1.4  # so many more positions than there are gradients, and adding these up is quicker


def output_sizes(sizes, kernel, stride, padding, dilation):
    """The spatial sizes of a convolution's result."""
    return tuple(
        [
            (size + 2 * pad - gap * (taps - 1) - 1) // step + 1
            for size, taps, step, pad, gap in zip(sizes, kernel, stride, padding, dilation)
        ]
    )


def last(parts):
    """The index that takes these parts of the last dimensions."""
    return (..., *parts)


def padded(array, before, after):
    """Zeros around the spatial dimensions; negative numbers cut off."""
    if not any(before) and not any(after):
        return np.ascontiguousarray(array)
    inner = array.shape[2:]
    if min(*before, *after) < 0:
        cut = [slice(max(-one, 0), size - max(-two, 0)) for one, two, size in zip(before, after, inner)]
        array = array[last(cut)]
        before, after = ([max(each, 0) for each in pads] for pads in (before, after))
        return padded(array, before, after)
    sizes = [one + size + two for one, size, two in zip(before, inner, after)]
    found = np.zeros((*array.shape[:2], *sizes), array.dtype)
    found[last([slice(one, one + size) for one, size in zip(before, inner)])] = array
    return found


# ---- the three products ------------------------------------------------------------------------------------


def convolve(x, w, bias, stride, padding, dilation, groups):
    """The convolution of a batch `x` (N, C, ...) with weights (O, C / groups, ...)."""
    sizes = output_sizes(x.shape[2:], w.shape[2:], stride, padding, dilation)
    if not x.size or not w.size or 0 in sizes:
        found = np.zeros((x.shape[0], w.shape[0], *sizes), x.dtype)
        return found if bias is None else found + _along_channels(bias, found.ndim)
    return _convolve_padded(padded(x, padding, padding), w, bias, stride, dilation, groups, sizes)


def _along_channels(bias, ndim):
    return bias.reshape(1, -1, *(1,) * (ndim - 2))


def _convolve_padded(x, w, bias, stride, dilation, groups, sizes):
    if groups == 1:
        if math.prod(sizes) >= LONG:
            return _by_samples(x, w, bias, stride, dilation, sizes)
        return _by_rows(x, w, bias, stride, dilation, sizes)
    if w.shape[1] == 1:
        return _depthwise(x, w, bias, stride, dilation, groups, sizes)
    return np.concatenate(
        [
            _convolve_padded(one, part, None if bias is None else shift, stride, dilation, 1, sizes)
            for one, part, shift in zip(
                np.split(x, groups, 1),
                np.split(w, groups),
                (None,) * groups if bias is None else np.split(bias, groups),
            )
        ],
        1,
    )


def input_gradient(grad, w, sizes, stride, padding, dilation, groups):
    """What a convolution of inputs with these spatial sizes hands back to them: its transposed convolution."""
    shape = (grad.shape[0], w.shape[1] * groups, *sizes)
    if not grad.size or not w.size or 0 in sizes:
        return np.zeros(shape, grad.dtype)
    depthwise, positions = groups > 1 and w.shape[1] == 1, math.prod(grad.shape[2:])
    if depthwise:
        added_up = w.shape[0] != groups
    else:
        many = positions >= LONG and math.prod(w.shape[2:]) > 1
        added_up = many or math.prod(sizes) > SPARSE * positions
    if added_up or any(step != 1 for step in stride):
        return _transposed(grad, w, sizes, stride, padding, dilation, groups)
    reach = [gap * (taps - 1) for gap, taps in zip(dilation, w.shape[2:])]
    before = [far - pad for far, pad in zip(reach, padding)]
    after = [size + far - one - found for size, far, one, found in zip(sizes, reach, before, grad.shape[2:])]
    turned = np.flip(w, tuple(range(2, w.ndim)))
    around = padded(grad, before, after)
    if depthwise:
        return _convolve_padded(around, turned, None, stride, dilation, groups, tuple(sizes))
    parts = [part.swapaxes(0, 1) for part in np.split(turned, groups)]
    found = [
        _convolve_padded(np.ascontiguousarray(one), part, None, stride, dilation, 1, tuple(sizes))
        for one, part in zip(np.split(around, groups, 1), parts)
    ]
    return found[0] if groups == 1 else np.concatenate(found, 1)


def weight_gradient(grad, x, kernel, stride, padding, dilation, groups):
    """What a convolution hands back to its weights, whose spatial sizes are `kernel`."""
    channels = x.shape[1] // groups
    shape = (grad.shape[1], channels, *kernel)
    if not grad.size or not x.size:
        return np.zeros(shape, grad.dtype)
    around = padded(x, padding, padding)
    if groups > 1 and channels == 1:
        return _depthwise_weights(grad, around, kernel, stride, dilation, groups)
    found = [
        _weights_of_group(one, np.ascontiguousarray(part), kernel, stride, dilation)
        for one, part in zip(np.split(grad, groups, 1), np.split(around, groups, 1))
    ]
    return found[0] if groups == 1 else np.concatenate(found)


def _weights_of_group(grad, x, kernel, stride, dilation):
    if math.prod(grad.shape[2:]) >= LONG:
        return _weights_by_samples(grad, x, kernel, stride, dilation)
    return _weights_by_rows(grad, x, kernel, stride, dilation)


# ---- one sample after the other ----------------------------------------------------------------------------


def _columns(x, kernel, stride, dilation, sizes):
    """The columns of each sample in turn, in the same memory; of kernels of one tap the samples themselves.

    What the taps of all dimensions but the first meet is copied out, so that columns are few pieces of it.
    """
    if math.prod(kernel) == 1 and x.shape[2:] == sizes:
        yield from x.reshape(*x.shape[:2], -1)
        return
    batch, channel, first, *others = x.strides
    apart = as_strided(
        x,
        (*x.shape[:2], *kernel[1:], x.shape[2], *sizes[1:]),
        (batch, channel, *_times(dilation[1:], others), first, *_times(stride[1:], others)),
    )
    copied = np.empty(apart.shape[1:], x.dtype)
    channel, *steps = copied.strides
    taps, row, places = steps[: len(others)], steps[len(others)], steps[len(others) + 1 :]
    windows = as_strided(
        copied,
        (x.shape[1], *kernel, *sizes),
        (channel, dilation[0] * row, *taps, stride[0] * row, *places),
    )
    buffer = np.empty(windows.shape, x.dtype)
    for sample in apart:
        np.copyto(copied, sample)
        np.copyto(buffer, windows)
        yield buffer.reshape(-1, math.prod(sizes))


def _times(numbers, others):
    return [one * two for one, two in zip(numbers, others)]


def _by_samples(x, w, bias, stride, dilation, sizes):
    matrix = w.reshape(w.shape[0], -1)
    found = np.empty((x.shape[0], w.shape[0], math.prod(sizes)), x.dtype)
    for columns, out in zip(_columns(x, w.shape[2:], stride, dilation, sizes), found):
        np.matmul(matrix, columns, out=out)
        if bias is not None:
            out += bias[:, None]
    return found.reshape(*found.shape[:2], *sizes)


def _weights_by_samples(grad, x, kernel, stride, dilation):
    found = 0
    columns = _columns(x, kernel, stride, dilation, grad.shape[2:])
    for of_sample, out in zip(columns, grad.reshape(*grad.shape[:2], -1)):
        found = found + of_sample @ out.T  # quicker than its transpose
    return np.ascontiguousarray(found.T).reshape(grad.shape[1], x.shape[1], *kernel)


# ---- rows --------------------------------------------------------------------------------------------------


def _channels_last(array):
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


class _Rows:
    """Windows as rows of a matrix, channels last; for pieces of the batch."""

    def __init__(self, x, kernel, stride, dilation, sizes):
        x = _channels_last(x)
        self.width = x.shape[-1] * math.prod(kernel)
        self.positions = math.prod(sizes)
        steps = [step * size for step, size in zip(stride, x.strides[1:])]
        gaps = [gap * size for gap, size in zip(dilation, x.strides[1:])]
        self.windows = as_strided(
            x,
            (x.shape[0], *sizes, *kernel, x.shape[-1]),
            (x.strides[0], *steps, *gaps, x.strides[-1]),
        )
        self.piece = max(1, PIECE // (self.positions * self.width))

    def pieces(self):
        """A slice of the batch, and its rows, in turn."""
        for start in range(0, len(self.windows), self.piece):
            part = slice(start, start + self.piece)
            yield part, self.windows[part].reshape(-1, self.width)


def _by_rows(x, w, bias, stride, dilation, sizes):
    rows = _Rows(x, w.shape[2:], stride, dilation, sizes)
    matrix = np.moveaxis(w, 1, -1).reshape(w.shape[0], -1)
    found = np.empty((x.shape[0], w.shape[0], *sizes), x.dtype)
    for part, windows in rows.pieces():
        values = matrix @ windows.T
        if bias is not None:
            values += bias[:, None]
        found[part] = values.reshape(w.shape[0], -1, *sizes).swapaxes(0, 1)
    return found


def _weights_by_rows(grad, x, kernel, stride, dilation):
    rows = _Rows(x, kernel, stride, dilation, grad.shape[2:])
    channels = grad.shape[1]
    found = np.zeros((channels, rows.width), x.dtype)
    for part, windows in rows.pieces():
        found += grad[part].swapaxes(0, 1).reshape(channels, -1) @ windows
    return np.ascontiguousarray(np.moveaxis(found.reshape(channels, *kernel, x.shape[1]), -1, 1))


def _taps(array, start, taps, stride, dilation, sizes):
    """What one tap of the kernel meets, as a view: the spatial dimensions begin at `start`."""
    cut = [
        slice(tap * gap, tap * gap + (size - 1) * step + 1, step)
        for tap, gap, size, step in zip(taps, dilation, sizes, stride)
    ]
    return array[(slice(None),) * start + tuple(cut)]


# ---- back to the input -------------------------------------------------------------------------------------


def _transposed(grad, w, sizes, stride, padding, dilation, groups):
    """The transposed convolution: each window is added where it belongs."""
    kernel, places = w.shape[2:], grad.shape[2:]
    wide = [
        max(size + 2 * pad, (count - 1) * step + gap * (taps - 1) + 1)
        for size, pad, count, step, gap, taps in zip(sizes, padding, places, stride, dilation, kernel)
    ]
    if groups > 1 and w.shape[1] == 1:
        total = _depthwise_scattered(grad, w, wide, stride, dilation, groups)
    else:
        add_up = _by_rows_of_input if all(step == 1 for step in stride[1:]) else _scattered
        parts = [
            add_up(one, part, wide, stride, dilation)
            for one, part in zip(np.split(grad, groups, 1), np.split(w, groups))
        ]
        total = parts[0] if groups == 1 else np.concatenate(parts, 1)
    cut = [slice(pad, pad + size) for pad, size in zip(padding, sizes)]
    return np.ascontiguousarray(total[last(cut)])


def _by_rows_of_input(grad, w, wide, stride, dilation):
    """Sums over the taps of all dimensions but the first by a product, which are then added along the first.

    Gradients stand in rows as wide as the input's, zeros behind them: so what a tap meets is one piece of memory.
    """
    (taps, *others), (count, *places), channels = w.shape[2:], grad.shape[2:], w.shape[1]
    matrix = np.moveaxis(w, 0, -1).reshape(channels * taps, -1)
    pitches = [math.prod(wide[axis + 1 :]) for axis in range(len(wide))]
    steps = _times(dilation[1:], pitches[1:])
    lead, width = sum(_times([each - 1 for each in others], steps)), count * pitches[0]
    around = np.zeros((grad.shape[1], lead + width), grad.dtype)
    inside = around[:, lead:]
    kept = inside.reshape(-1, count, *wide[1:])[last(map(slice, places))]
    windows = as_strided(
        inside,
        (*others, *inside.shape),
        (*[-step * grad.itemsize for step in steps], *inside.strides),
    )
    columns = np.empty((matrix.shape[1], width), grad.dtype)
    shares = np.empty((channels, taps, count, pitches[0]), grad.dtype)
    total = np.zeros((grad.shape[0], channels, *wide), grad.dtype)
    for given, out in zip(grad, total.reshape(*total.shape[:3], -1)):
        np.copyto(kept, given)
        np.copyto(columns.reshape(windows.shape), windows)
        np.matmul(matrix, columns, out=shares.reshape(-1, width))
        for tap in range(taps):
            met = _taps(out, 1, (tap,), stride, dilation, (count,))
            met += shares[:, tap]
    return total


def _scattered(grad, w, wide, stride, dilation):
    """What each tap of each window hands back, added tap by tap."""
    kernel, places, channels = w.shape[2:], grad.shape[2:], w.shape[1]
    positions = math.prod(places)
    matrix = np.moveaxis(w, (0, 1), (-1, -2)).reshape(-1, w.shape[0])
    total = np.zeros((grad.shape[0], channels, *wide), grad.dtype)
    piece = max(1, PIECE // (positions * len(matrix)))
    for start in range(0, len(grad), piece):
        given = grad[start : start + piece].reshape(-1, w.shape[0], positions)
        shares = (matrix @ given).reshape(len(given), *kernel, channels, *places)
        for taps in product(*map(range, kernel)):
            of_tap = (slice(None), *taps)
            met = _taps(total[start : start + piece], 2, taps, stride, dilation, places)
            met += shares[of_tap]
    return total


# ---- one channel a group -----------------------------------------------------------------------------------


def _depthwise(x, w, bias, stride, dilation, groups, sizes):
    several = w.shape[0] // groups
    matrices = w.reshape(groups, several, -1)
    found = np.empty((x.shape[0], groups, several, math.prod(sizes)), x.dtype)
    for columns, out in zip(_columns(x, w.shape[2:], stride, dilation, sizes), found):
        np.matmul(matrices, columns.reshape(groups, -1, out.shape[-1]), out=out)
        if bias is not None:
            out += bias.reshape(groups, several, 1)
    return found.reshape(x.shape[0], w.shape[0], *sizes)


def _depthwise_scattered(grad, w, wide, stride, dilation, groups):
    several, places = w.shape[0] // groups, grad.shape[2:]
    factors = w.reshape(groups, several, *w.shape[2:])
    total = np.zeros((grad.shape[0], groups, *wide), grad.dtype)
    ones = (1,) * len(places)
    for out, of_sample in zip(total, grad.reshape(grad.shape[0], groups, several, *places)):
        for taps in product(*map(range, w.shape[2:])):
            met = _taps(out, 1, taps, stride, dilation, places)
            share = of_sample * factors[last(taps)].reshape(groups, several, *ones)
            met += share[:, 0] if several == 1 else share.sum(1)
    return total


def _depthwise_weights(grad, x, kernel, stride, dilation, groups):
    places = grad.shape[2:]
    total = 0
    for columns, out in zip(
        _columns(x, kernel, stride, dilation, places),
        grad.reshape(grad.shape[0], groups, -1, math.prod(places)),
    ):
        total = total + out @ columns.reshape(groups, -1, out.shape[-1]).swapaxes(1, 2)
    return total.reshape(grad.shape[1], 1, *kernel)
