"""Sliding windows of images as columns of a matrix, and columns added up to images: unfold and fold.

Source: torch.nn.functional.unfold, torch.nn.functional.fold.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from ..dtypes import FROM_NUMPY, INTEGER, not_implemented
from ..op import LINEAR, op
from .refusals import check_tensor


def _windows(sizes, kernel_size, dilation, padding, stride):
    """How many windows there are along each dimension."""
    return [
        (size + 2 * pad - gap * (width - 1) - 1) // step + 1
        for size, width, gap, pad, step in zip(sizes, kernel_size, dilation, padding, stride)
    ]


def _places(counts, kernel_size, dilation, stride) -> Iterator[tuple[int, int, slice, slice]]:
    """For each place in a window, the rows and columns of the padded image that it meets."""
    for row in range(kernel_size[0]):
        for column in range(kernel_size[1]):
            starts = (row * dilation[0], column * dilation[1])
            rows, columns = (
                slice(start, start + (count - 1) * step + 1, step)
                for start, count, step in zip(starts, counts, stride)
            )
            yield row, column, rows, columns


def _padded(array, padding):
    if not any(padding):
        return array
    high, wide = padding
    *others, height, width = array.shape
    found = np.zeros((*others, height + 2 * high, width + 2 * wide), array.dtype)
    found[..., high : high + height, wide : wide + width] = array
    return found


@op(
    self=lambda grad, kernel_size, dilation, padding, stride, self_sym_argsize_minus_2, self_sym_argsize_minus_1: (
        _col2im(
            grad,
            (self_sym_argsize_minus_2, self_sym_argsize_minus_1),
            kernel_size,
            dilation,
            padding,
            stride,
        )
    ),
    jvp=LINEAR,
    node="Im2ColBackward0",
)
def _im2col(self, kernel_size, dilation, padding, stride):
    *batch, channels, height, width = self.shape
    counts = _windows((height, width), kernel_size, dilation, padding, stride)
    image = _padded(self, padding)
    columns = np.empty((*batch, channels, *kernel_size, *counts), self.dtype)
    for row, column, rows, along in _places(counts, kernel_size, dilation, stride):
        columns[..., row, column, :, :] = image[..., rows, along]
    return columns.reshape(*batch, channels * prod(kernel_size), prod(counts))


@op(
    self=lambda grad, kernel_size, dilation, padding, stride: _im2col(
        grad, kernel_size, dilation, padding, stride
    ),
    jvp=LINEAR,
    node="Col2ImBackward0",
)
def _col2im(self, output_size, kernel_size, dilation, padding, stride):
    *batch, rows_of_columns, _ = self.shape
    channels = rows_of_columns // prod(kernel_size)
    counts = _windows(output_size, kernel_size, dilation, padding, stride)
    columns = self.reshape(*batch, channels, *kernel_size, *counts)
    (high, wide), (height, width) = padding, output_size
    image = np.zeros((*batch, channels, height + 2 * high, width + 2 * wide), self.dtype)
    for row, column, rows, along in _places(counts, kernel_size, dilation, stride):
        image[..., rows, along] += columns[..., row, column, :, :]
    return np.ascontiguousarray(image[..., high : high + height, wide : wide + width])


# ---- what programs call ------------------------------------------------------------------------------------


def _pair(value: Any, name: str) -> tuple[int, int]:
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(pair)}")
    return pair


def _options(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[tuple[int, int], ...]:
    kernel, gaps = _pair(kernel_size, "kernel_size"), _pair(dilation, "dilation")
    pads, steps = _pair(padding, "padding"), _pair(stride, "stride")
    for (one, two), what, short in (
        (kernel, "kernel size", "kernel"),
        (steps, "stride", "stride"),
        (gaps, "dilation", "dilation"),
    ):
        if one <= 0 or two <= 0:
            raise RuntimeError(
                f"{what} should be greater than zero, but got {short}_height: {one} {short}_width: {two}"
            )
    if min(pads) < 0:
        raise RuntimeError(
            f"padding should be non-negative, but got pad_height: {pads[0]} pad_width: {pads[1]}"
        )
    return kernel, gaps, pads, steps


def _text(pair: tuple[int, int]) -> str:
    return f"({pair[0]}, {pair[1]})"


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The sliding windows of an image, each a column of a matrix."""
    check_tensor(input, "im2col")
    kernel, gaps, pads, steps = _options(kernel_size, dilation, padding, stride)
    sizes = input._array.shape
    if len(sizes) < 3:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-len(sizes)}, {len(sizes) - 1}], but got 2)"
        )
    if len(sizes) > 4 or 0 in sizes[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: "
            f"{list(sizes)}"
        )
    counts = _windows(sizes[-2:], kernel, gaps, pads, steps)
    if min(counts) < 1:
        raise RuntimeError(
            f"Given input with spatial size {_text(sizes[-2:])}, kernel_size={_text(kernel)}, dilation={_text(gaps)}, "
            f"padding={_text(pads)}, calculated shape of the array of sliding blocks as ({counts[0]}, {counts[1]}), but its "
            "components must be at least one."
        )
    _check_floating(input, "im2col_out_cpu")
    return _im2col(input, kernel, gaps, pads, steps)


def fold(
    input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """Columns, each added up in the window of an image that it stands for."""
    check_tensor(input, "col2im")
    image = _pair(output_size, "output_size")
    kernel, gaps, pads, steps = _options(kernel_size, dilation, padding, stride)
    sizes = input._array.shape
    if len(sizes) not in (2, 3) or 0 in sizes[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: "
            f"{list(sizes)}"
        )
    if sizes[-2] % prod(kernel):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)="
            f"{sizes[-2]} and kernel_size={_text(kernel)}."
        )
    counts = _windows(image, kernel, gaps, pads, steps)
    if prod(counts) != sizes[-1]:
        raise RuntimeError(
            f"Given output_size={_text(image)}, kernel_size={_text(kernel)}, dilation={_text(gaps)}, padding={_text(pads)}, "
            f"stride={_text(steps)}, expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{counts[0]} * {counts[1]} = {prod(counts)}, but got input.size(2)={sizes[-1]}."
        )
    _check_floating(input, "col2im_out_cpu")
    return _col2im(input, image, kernel, gaps, pads, steps)


def _check_floating(input: Any, kernel: str) -> None:
    if input._dtype.category <= INTEGER:
        raise not_implemented(kernel, FROM_NUMPY[input._array.dtype])
