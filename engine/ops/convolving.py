"""Convolutions of arrays: windows as columns of a matrix, and products with the weights, a piece of the batch at a time.

Two layouts, by what is quick. *Flat*: with a stride of 1, the windows' first elements are taken over whole rows of the
input, also where a window would reach into the next row: then a column is one piece of memory, and what was computed
in excess is dropped. *Rows*: channels last, so that a window is few pieces. Pieces of the batch are chosen so that
their columns stay in the processor's cache. One channel a group (depthwise) is done tap by tap.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import as_strided

PIECE = 1 << 18  # elements of columns at a time
LONG = 64  # positions of a sample from which flat columns pay
EXCESS = 1.55  # of positions computed in excess, the most that flat columns may have
SPARSE = 1.4  # so many more positions than there are gradients, and scattering these is quicker
FEW = 2  # so many times fewer input channels than output channels, and it is, too


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
        if _is_flat(x, w, stride, sizes):
            return _flat(x, w, bias, dilation, sizes)
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


def _is_flat(x, w, stride, sizes):
    """Whether flat columns are quicker."""
    positions = math.prod(sizes)
    if any(step != 1 for step in stride):
        return False
    excess = math.prod(x.shape[3:]) * sizes[0] / positions
    return excess <= EXCESS and positions >= LONG


def input_gradient(grad, w, sizes, stride, padding, dilation, groups):
    """What a convolution of inputs with these spatial sizes hands back to them: its transposed convolution."""
    shape = (grad.shape[0], w.shape[1] * groups, *sizes)
    if not grad.size or not w.size or 0 in sizes:
        return np.zeros(shape, grad.dtype)
    depthwise = groups > 1 and w.shape[1] == 1
    if any(step != 1 for step in stride) or (depthwise and w.shape[0] != groups):
        return _scattered(grad, w, sizes, stride, padding, dilation, groups)
    reach = [gap * (taps - 1) for gap, taps in zip(dilation, w.shape[2:])]
    before = [far - pad for far, pad in zip(reach, padding)]
    after = [size + far - one - found for size, far, one, found in zip(sizes, reach, before, grad.shape[2:])]
    turned = np.flip(w, tuple(range(2, w.ndim)))
    if depthwise:
        around = padded(grad, before, after)
        return _convolve_padded(around, turned, None, stride, dilation, groups, tuple(sizes))
    few = FEW * w.shape[1] < w.shape[0] // groups  # then these columns are the longer ones
    if few or math.prod(sizes) > SPARSE * math.prod(grad.shape[2:]):
        return _scattered(grad, w, sizes, stride, padding, dilation, groups)
    parts = [part.swapaxes(0, 1) for part in np.split(turned, groups)]
    around = padded(grad, before, after)
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
    shape = (grad.shape[1], x.shape[1], *kernel)
    if _is_flat(x, np.empty(shape[:2]), stride, grad.shape[2:]):
        return _flat_weights(grad, x, kernel, dilation)
    return _weights_by_rows(grad, x, kernel, stride, dilation)


# ---- flat --------------------------------------------------------------------------------------------------


class _Flat:
    """Samples whose rows are taken whole: what each tap meets is one piece of memory a channel."""

    def __init__(self, x, kernel, dilation, sizes):
        strides = [math.prod(x.shape[3 + axis :]) for axis in range(len(kernel))]
        self.steps = [gap * step for gap, step in zip(dilation, strides)]
        self.kernel = kernel
        self.length = 1 + sum((size - 1) * step for size, step in zip(sizes, strides))
        self.sizes, self.inner = sizes, x.shape[3:]
        self.samples = x.reshape(*x.shape[:2], -1)

    def columns(self):
        """The columns of each sample, in the same memory; of kernels of one tap the samples themselves."""
        item = self.samples.itemsize
        windows = as_strided(
            self.samples,
            (*self.samples.shape[:2], *self.kernel, self.length),
            (*self.samples.strides[:2], *[step * item for step in self.steps], item),
        )
        if math.prod(self.kernel) == 1:
            yield from self.samples[..., : self.length]
            return
        buffer = np.empty(windows.shape[1:], self.samples.dtype)
        for sample in windows:
            np.copyto(buffer, sample)
            yield buffer.reshape(-1, self.length)

    def whole(self, *channels):
        """Zeros for a result with what is computed in excess: what is computed, and what of it is kept."""
        found = np.zeros((*channels, self.sizes[0] * math.prod(self.inner)), self.samples.dtype)
        kept = found.reshape(*channels, self.sizes[0], *self.inner)
        return found[..., : self.length], kept[last(map(slice, self.sizes))]

    def met(self):
        """The taps of the kernel in turn, and what each meets of all samples."""
        for taps in product(*map(range, self.kernel)):
            offset = sum(tap * step for tap, step in zip(taps, self.steps))
            yield taps, self.samples[..., offset : offset + self.length]


def _flat(x, w, bias, dilation, sizes):
    flat = _Flat(x, w.shape[2:], dilation, sizes)
    matrix = w.reshape(w.shape[0], -1)
    found = np.empty((x.shape[0], w.shape[0], *sizes), x.dtype)
    computed, kept = flat.whole(w.shape[0])
    shift = None if bias is None else bias.reshape(-1, *(1,) * len(sizes))
    for columns, out in zip(flat.columns(), found):
        np.matmul(matrix, columns, out=computed)
        if bias is None:
            np.copyto(out, kept)
        else:
            np.add(kept, shift, out=out)
    return found


def _flat_weights(grad, x, kernel, dilation):
    flat = _Flat(x, kernel, dilation, grad.shape[2:])
    computed, kept = flat.whole(grad.shape[1])
    found = 0
    for columns, out in zip(flat.columns(), grad):
        np.copyto(kept, out)
        found = found + columns @ computed.T  # quicker than its transpose
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


def _scattered(grad, w, sizes, stride, padding, dilation, groups):
    """The transposed convolution: each window is added where it belongs."""
    kernel, places = w.shape[2:], grad.shape[2:]
    wide = [
        max(size + 2 * pad, (count - 1) * step + gap * (taps - 1) + 1)
        for size, pad, count, step, gap, taps in zip(sizes, padding, places, stride, dilation, kernel)
    ]
    if groups > 1 and w.shape[1] == 1:
        total = _depthwise_scattered(grad, w, wide, stride, dilation, groups)
    else:
        parts = [
            _scattered_group(one, part, wide, stride, dilation)
            for one, part in zip(np.split(grad, groups, 1), np.split(w, groups))
        ]
        total = parts[0] if groups == 1 else np.concatenate(parts, 1)
    cut = [slice(pad, pad + size) for pad, size in zip(padding, sizes)]
    return np.ascontiguousarray(total[last(cut)])


def _scattered_group(grad, w, wide, stride, dilation):
    """What each tap of each window hands back, added tap by tap; with a stride of 1 in whole rows."""
    kernel, places, channels = w.shape[2:], grad.shape[2:], w.shape[1]
    matrix = np.ascontiguousarray(np.moveaxis(w.reshape(w.shape[0], channels, -1), 0, 2).swapaxes(0, 1))
    matrix = matrix.reshape(-1, w.shape[0])
    total = np.zeros((grad.shape[0], channels, *wide), grad.dtype)
    in_rows = all(step == 1 for step in stride)
    if in_rows:
        flat = _Flat(total, kernel, dilation, places)
        width = flat.length
        met = [part for _, part in flat.met()]
    else:
        width = math.prod(places)
        met = [_taps(total, 2, taps, stride, dilation, places) for taps in product(*map(range, kernel))]
    piece = max(1, PIECE // (width * len(matrix)))
    for start in range(0, len(grad), piece):
        part = slice(start, start + piece)
        given = grad[part].reshape(-1, w.shape[0], math.prod(places))
        if in_rows:
            given, kept = flat.whole(len(given), w.shape[0])
            kept[...] = grad[part]
        shares = (matrix @ given).reshape(len(given), len(met), channels, width)
        for number, place in enumerate(met):
            target = place[part]
            target += shares[:, number].reshape(target.shape)
    return total


# ---- one channel a group -----------------------------------------------------------------------------------


def _depthwise(x, w, bias, stride, dilation, groups, sizes):
    several = w.shape[0] // groups
    found = np.empty((x.shape[0], w.shape[0], *sizes), x.dtype)
    shift = 0 if bias is None else bias.reshape(-1, *(1,) * len(sizes))
    if all(step == 1 for step in stride):
        flat = _Flat(x, w.shape[2:], dilation, sizes)
        computed, kept = flat.whole(groups, several)
        matrices = w.reshape(groups, several, -1)
        for columns, out in zip(flat.columns(), found):
            np.matmul(matrices, columns.reshape(groups, -1, flat.length), out=computed)
            np.add(kept.reshape(out.shape), shift, out=out)
        return found
    factors = w.reshape(groups, several, *w.shape[2:], *(1,) * len(sizes))
    for sample, out in zip(x[:, :, None], found.reshape(len(x), groups, several, *sizes)):
        out[...] = 0 if bias is None else shift.reshape(groups, several, *shift.shape[1:])
        for taps in product(*map(range, w.shape[2:])):
            out += _taps(sample, 2, taps, stride, dilation, sizes) * factors[(slice(None),) * 2 + taps]
    return found


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
    places, several = grad.shape[2:], grad.shape[1] // groups
    grads = grad.reshape(grad.shape[0], groups, several, *places)
    if all(step == 1 for step in stride):
        flat = _Flat(x, kernel, dilation, places)
        computed, kept = flat.whole(groups, several)
        total = 0
        for columns, of_sample in zip(flat.columns(), grads):
            np.copyto(kept, of_sample)
            total = total + computed @ columns.reshape(groups, -1, flat.length).swapaxes(1, 2)
        return total.reshape(grad.shape[1], 1, *kernel)
    found = np.zeros((groups, several, *kernel), grad.dtype)
    for sample, of_sample in zip(x, grads.reshape(*grads.shape[:3], -1)):
        for taps in product(*map(range, kernel)):
            met = _taps(sample, 1, taps, stride, dilation, places).reshape(groups, -1, 1)
            found[last(taps)] += (of_sample @ met)[..., 0]
    return found.reshape(grad.shape[1], 1, *kernel)
