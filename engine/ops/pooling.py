"""Pooling: the largest element or the average of windows over the last dimensions; and back to where they came from."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from ..layouts import as_suggested
from ..op import LINEAR, op
from .activations import zero_where
from .convolving import last
from .operands import in_single


def pooled_size(size, taps, step, pad, gap, ceil_mode):
    """How many windows there are along a dimension."""
    found = (size + 2 * pad - gap * (taps - 1) - 1 + (step - 1 if ceil_mode else 0)) // step + 1
    return found - 1 if ceil_mode and (found - 1) * step >= size + pad else found


def pooled_sizes(sizes, kernel_size, stride, padding, dilation, ceil_mode):
    """The sizes of a result."""
    return tuple(
        [pooled_size(*each, ceil_mode) for each in zip(sizes, kernel_size, stride, padding, dilation)]
    )


class _Windows:
    """The windows over the last dimensions of an array: what each tap of the kernel meets, as views."""

    def __init__(self, sizes, kernel_size, stride, padding, dilation, ceil_mode):
        stride = stride or kernel_size
        self.inner, self.kernel_size, self.stride = tuple(sizes[-len(kernel_size) :]), kernel_size, stride
        self.padding, self.dilation = padding, dilation
        self.sizes = pooled_sizes(self.inner, kernel_size, stride, padding, dilation, ceil_mode)
        reach = [
            (size - 1) * step + gap * (taps - 1) + 1
            for size, step, gap, taps in zip(self.sizes, stride, dilation, kernel_size)
        ]
        self.around = [max(far, size + pad) for far, size, pad in zip(reach, self.inner, padding)]
        self.within = tuple([slice(pad, pad + size) for pad, size in zip(padding, self.inner)])
        self.apart = all(taps <= step for taps, step in zip(kernel_size, stride)) and set(dilation) == {1}

    def padded(self, array, filling):
        """The array with as much around it as the windows reach."""
        if tuple(self.around) == self.inner:
            return array
        found = np.full((*array.shape[: -len(self.inner)], *self.around), filling, array.dtype)
        found[last(self.within)] = array
        return found

    def taps(self):
        """The index that a tap of all windows has, in turn."""
        for taps in product(*map(range, self.kernel_size)):
            cut = [
                slice(tap * gap, tap * gap + (size - 1) * step + 1, step)
                for tap, gap, size, step in zip(taps, self.dilation, self.sizes, self.stride)
            ]
            yield (..., *cut)

    def places(self, numbers):
        """Where in the flattened last dimensions the tap of this number of each window lies."""
        offsets, first = self.offsets()
        found = offsets.take(numbers, mode="clip")
        found += first
        return found

    def offsets(self):
        """How far each tap lies from the first one in the flattened last dimensions, and where the first ones lie."""
        strides = [math.prod(self.inner[axis + 1 :]) for axis in range(len(self.inner))]
        offsets = [
            sum(tap * gap * step for tap, gap, step in zip(taps, self.dilation, strides))
            for taps in product(*map(range, self.kernel_size))
        ]
        first = np.zeros((1,) * len(self.sizes), np.int64)
        for axis, (size, step, pad, stride) in enumerate(zip(self.sizes, self.stride, self.padding, strides)):
            starts = (np.arange(size) * step - pad) * stride
            first = first + starts.reshape(-1, *(1,) * (len(self.sizes) - axis - 1))
        return np.array(offsets, np.int64), first

    def first_numbers(self):
        """The number of each window's first tap that is not in the padding."""
        found = np.zeros((1,) * len(self.sizes), np.int64)
        for axis, (size, step, pad, gap, taps) in enumerate(
            zip(self.sizes, self.stride, self.padding, self.dilation, self.kernel_size)
        ):
            before = np.maximum(pad - np.arange(size) * step, 0)
            found = found * taps + (-(-before // gap)).reshape(-1, *(1,) * (len(self.sizes) - axis - 1))
        return np.broadcast_to(found, self.sizes)


# ---- the largest -------------------------------------------------------------------------------------------


def lowest(dtype):
    """Less than or equal to every number of a type."""
    return -np.inf if dtype.kind in "fV" else np.iinfo(dtype).min


def _largest(self, kernel_size, stride, padding, dilation, ceil_mode):
    windows = _Windows(self.shape, kernel_size, stride, padding, dilation, ceil_mode)
    around = windows.padded(self, lowest(self.dtype))
    small = np.uint8 if math.prod(kernel_size) <= 256 else np.uint16
    if tuple(windows.stride) == tuple(kernel_size) and windows.apart and not any(padding) and self.size:
        best, numbers = _largest_of_tiles(around, windows, small)
    else:
        best, numbers = _largest_of_windows(around, windows, small)
    if self.dtype.kind in "fV" and np.isnan(best).any():
        _note_nan(around, windows, best, numbers)
    return best, windows.places(numbers)


def _largest_of_tiles(around, windows, small):
    """The largest of windows that lie side by side, and the numbers of their taps: dimension by dimension.

    What taps meet is copied out first: views of several dimensions would be gone through in short rows, again and again.
    """
    covered = [slice(size * taps) for size, taps in zip(windows.sizes, windows.kernel_size)]
    best, numbers, below, inner = np.ascontiguousarray(around[last(covered)]), None, 1, 1
    for size, taps in zip(windows.sizes[::-1], windows.kernel_size[::-1]):
        rows = best.reshape(-1, taps, inner)
        of_rows = None if numbers is None else numbers.reshape(-1, taps, inner)
        best = _copied_out(rows, 0)
        numbers = np.zeros(best.shape, small) if of_rows is None else _copied_out(of_rows, 0)
        for tap in range(1, taps):
            met = _copied_out(rows, tap)
            number = np.greater(met, best).view(np.uint8)
            more = tap * below if of_rows is None else _copied_out(of_rows, tap) + small(tap * below)
            np.maximum(numbers, np.multiply(number, more, dtype=small), out=numbers)
            np.maximum(best, met, out=best)
        below, inner = below * taps, inner * size
    shape = (*around.shape[: -len(windows.sizes)], *windows.sizes)
    return best.reshape(shape), numbers.reshape(shape)


def _copied_out(rows, tap):
    return np.array(rows[:, tap]).reshape(-1)


def _largest_of_windows(around, windows, small):
    """The same for windows of any kind: tap by tap."""
    padding = windows.padding
    shape = (*around.shape[: -len(windows.sizes)], *windows.sizes)
    numbers = np.empty(shape, small)
    numbers[...] = windows.first_numbers() if any(padding) else 0
    best = None
    for number, index in enumerate(windows.taps()):
        met = around[index]
        if best is None:
            best = np.array(met)
            continue
        larger = np.greater(met, best).view(np.uint8)
        np.maximum(best, met, out=best)
        np.maximum(numbers, np.multiply(larger, number, dtype=small), out=numbers)
    return best, numbers


def _note_nan(around, windows, best, numbers):
    """Where windows hold nan, the last one counts."""
    holds = np.isnan(best)
    for number, index in enumerate(windows.taps()):
        numbers[holds & np.isnan(around[index])] = number


def _by_plane(array, count):
    """The last dimensions flattened, and the others."""
    return array.reshape(-1, math.prod(array.shape[-count:]))


def scattered(values, indices, sizes, unique=False):
    """Zeros of the given last sizes, with the values added where the indices say, or put there if each is `unique`."""
    count = len(sizes)
    found = np.zeros((*values.shape[:-count], *sizes), values.dtype)
    if not values.size:
        return found
    flat, places = found.reshape(-1), _by_plane(indices, count)
    starts = np.arange(len(places), dtype=np.int64)[:, None] * math.prod(sizes)
    where = (places + starts).reshape(-1)
    if unique:
        flat[where] = values.reshape(-1)
    else:
        np.add.at(flat, where, values.reshape(-1))
    return found


FEW = 16  # taps that are gone through one after the other


def _scattered_by_taps(grad, indices, sizes, options):
    """The same for windows with few taps: each tap gets the gradients of the windows that chose it."""
    windows = _Windows(sizes, *options)
    if windows.apart:
        return scattered(grad, indices, sizes, unique=True)
    offsets, first = windows.offsets()
    found = np.zeros((*grad.shape[: -len(sizes)], *windows.around), grad.dtype)
    for offset, index in zip(offsets, windows.taps()):
        part = found[index]
        part += zero_where(indices != first + offset, grad)
    return found if tuple(windows.around) == windows.inner else found[last(windows.within)].copy()


def gathered(grad, indices, count):
    """What the indices say of the last dimensions: the second derivative, in PyTorch's operations."""
    planes = grad.shape[:-count]
    flat = grad.contiguous().view(*planes, -1)
    return flat.gather(-1, indices.view(*planes, -1)).view(indices.shape)


def index_backward(node, count, follows_input=True):
    """The operation that puts gradients where the largest elements came from; its node has the given name.

    With `follows_input` they have the channels last in memory where the input has.
    """

    @op(
        grad_output=lambda grad, indices: gathered(grad, indices, count),
        self=lambda grad: grad.new_zeros(grad._array.shape),
        node=node,
        exact=True,
    )
    def backward(grad_output, self, indices, windows):
        sizes = self.shape[-count:]
        if windows is not None and math.prod(windows[0]) <= FEW:
            found = in_single(_scattered_by_taps, grad_output, indices, sizes, windows)
        else:
            found = in_single(scattered, grad_output, indices, sizes)
        return as_suggested(found, self) if follows_input else found

    return backward


def _max_pool(count):
    backward = index_backward(f"MaxPool{count}DWithIndicesBackwardBackward0", count)

    def formula(grads, self, kernel_size, stride, padding, dilation, ceil_mode, result1):
        if grads[0] is None:
            return None
        windows = (kernel_size, stride, padding, dilation, ceil_mode)
        return backward(grads[0], self, result1, windows)

    def forward(self, kernel_size, stride, padding, dilation, ceil_mode):
        return _largest(self, kernel_size, stride, padding, dilation, ceil_mode)

    node = f"MaxPool{count}DWithIndicesBackward0"
    return op(self=formula, outputs=("result0", "result1"), node=node)(forward)


max_pool2d, max_pool3d = _max_pool(2), _max_pool(3)


# ---- averages ----------------------------------------------------------------------------------------------


def _divisors(windows, count_include_pad, divisor_override):
    """What the sums are divided by: a number, or one for each window."""
    if divisor_override is not None:
        return divisor_override
    counts = []
    for size, step, pad, taps, number in zip(
        windows.inner, windows.stride, windows.padding, windows.kernel_size, windows.sizes
    ):
        start = np.arange(number) * step - pad
        end = np.minimum(start + taps, size + pad)
        if not count_include_pad:
            start, end = np.maximum(start, 0), np.minimum(end, size)
        counts.append(end - start)
    if all((each == each[0]).all() for each in counts):
        return math.prod(int(each[0]) for each in counts)
    found = counts[0]
    for each in counts[1:]:
        found = found[..., None] * each
    return found


def _averages(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
    windows = _Windows(self.shape, kernel_size, stride, padding, (1,) * len(kernel_size), ceil_mode)
    around = windows.padded(self, 0)
    total = None
    for index in windows.taps():
        if total is None:
            total = np.array(around[index], order="C")
        else:
            total += around[index]
    divisors = _divisors(windows, count_include_pad, divisor_override)
    if self.dtype.kind == "i":
        return np.trunc(total / divisors).astype(self.dtype)
    if isinstance(divisors, np.ndarray):
        divisors = divisors.astype(self.dtype)
    return np.divide(total, divisors, out=total)


def _shares(grad, sizes, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
    windows = _Windows(sizes, kernel_size, stride, padding, (1,) * len(kernel_size), ceil_mode)
    divisors = _divisors(windows, count_include_pad, divisor_override)
    if isinstance(divisors, np.ndarray):
        divisors = divisors.astype(grad.dtype)
    share = grad / divisors
    found = np.zeros((*sizes[: -len(kernel_size)], *windows.around), grad.dtype)
    for index in windows.taps():
        part = found[index]
        part += share
    return found if tuple(windows.around) == windows.inner else found[last(windows.within)].copy()


def _avg_pool(count):
    def twice(grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
        return pool(grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)

    @op(
        grad_output=twice,
        self=lambda grad: grad.new_zeros(grad._array.shape),
        node=f"AvgPool{count}DBackwardBackward0",
        exact=True,
    )
    def backward(
        grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    ):
        options = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        found = in_single(_shares, grad_output, self.shape, *options)
        return as_suggested(found, self) if count == 2 else found

    def formula(grad, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
        options = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        return backward(grad, self, *options)

    @op(self=formula, jvp=LINEAR, node=f"AvgPool{count}DBackward0")
    def pool(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override):
        options = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        return in_single(_averages, self, *options)

    return pool


avg_pool2d, avg_pool3d = _avg_pool(2), _avg_pool(3)
