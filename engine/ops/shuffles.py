"""Channels exchanged with places, or among each other: pixel_shuffle, pixel_unshuffle, channel_shuffle.

Source: torch.nn.functional, "Vision functions".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layouts import as_suggested
from ..op import LINEAR, op
from .refusals import check_tensor, underivable


@op(
    self=lambda grad, upscale_factor: _pixel_unshuffle(grad, upscale_factor),
    jvp=LINEAR,
    node="PixelShuffleBackward0",
)
def _pixel_shuffle(self, upscale_factor):
    *batch, channels, height, width = self.shape
    r = upscale_factor
    parts = self.reshape(*batch, channels // (r * r), r, r, height, width)
    last = len(batch)
    order = (*range(last + 1), last + 3, last + 1, last + 4, last + 2)
    found = np.ascontiguousarray(parts.transpose(order))
    return as_suggested(found.reshape(*batch, channels // (r * r), height * r, width * r), self)


@op(
    self=lambda grad, downscale_factor: _pixel_shuffle(grad, downscale_factor),
    jvp=LINEAR,
    node="PixelUnshuffleBackward0",
)
def _pixel_unshuffle(self, downscale_factor):
    *batch, channels, height, width = self.shape
    r = downscale_factor
    parts = self.reshape(*batch, channels, height // r, r, width // r, r)
    last = len(batch)
    order = (*range(last + 1), last + 2, last + 4, last + 1, last + 3)
    found = np.ascontiguousarray(parts.transpose(order))
    return as_suggested(found.reshape(*batch, channels * r * r, height // r, width // r), self)


@op(
    self=lambda grad, groups, self_sizes_geometry: _channel_shuffle(grad, self_sizes_geometry[1] // groups),
    jvp=LINEAR,
    node="ChannelShuffleBackward0",
)
def _channel_shuffle(self, groups):
    return _shuffled(self, groups)


@underivable("native_channel_shuffle", "self")
def _native_channel_shuffle(self, groups):
    return _shuffled(self, groups)


def _shuffled(self, groups):
    count, channels, *places = self.shape
    parts = self.reshape(count, groups, channels // groups, *places)
    return as_suggested(np.ascontiguousarray(parts.swapaxes(1, 2)).reshape(self.shape), self)


def _check_factor(input: Any, factor: int, name: str, described: str) -> None:
    check_tensor(input, name)
    ndim = input._array.ndim
    if ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {ndim} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {described}, but got {factor}")


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """Square groups of channels, laid out as squares of places: (C * r * r, H, W) becomes (C, H * r, W * r)."""
    _check_factor(input, upscale_factor, "pixel_shuffle", "upscale_factor")
    channels, square = input._array.shape[-3], upscale_factor * upscale_factor
    if channels % square:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={channels} is not divisible by {square}"
        )
    return _pixel_shuffle(input, upscale_factor)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """The inverse of `pixel_shuffle`."""
    _check_factor(input, downscale_factor, "pixel_unshuffle", "downscale_factor")
    for axis, described in ((-2, "height"), (-1, "width")):
        size = input._array.shape[axis]
        if size % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {described} to be divisible by downscale_factor, but input.size({axis})={size} is not "
                f"divisible by {downscale_factor}"
            )
    return _pixel_unshuffle(input, downscale_factor)


def channel_shuffle(input: Any, groups: int) -> Any:
    """The channels of groups, taken in turn from each of them."""
    check_tensor(input, "channel_shuffle")
    sizes = input._array.shape
    if len(sizes) < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(sizes)}"
        )
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    if sizes[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {sizes[1]} channels and {groups} groups."
        )
    return _channel_shuffle(input, groups)


def native_channel_shuffle(input: Any, groups: int) -> Any:
    """`channel_shuffle` without a derivative."""
    return _native_channel_shuffle(input, groups)
