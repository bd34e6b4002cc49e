"""Elements, or whole channels, set to zero by chance.

Source: torch.nn.functional, "Dropout functions". They are compositions, as in PyTorch, so that the graphs are the same.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import function
from ..dtypes import INTEGER, bool_
from ..op import LINEAR, op, wrap
from ..transforms import Drawing, computing, draws_by_example, made
from . import creation, random
from .refusals import check_plain, check_tensor

_SELU = 1.7580993408473766  # minus the value that selu's negative inputs go to


def _noise(input: Any, p: float, by_channel: bool) -> Any:
    """Ones that stay and zeros, drawn in the order in which the input lies in memory, or one for each channel."""
    sizes, kind = input._array.shape, input._array.dtype
    if by_channel:
        if len(sizes) < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        sizes = sizes[:2] + (1,) * (len(sizes) - 2)
    elif len(sizes) > 1 and not input._array.flags.c_contiguous and not computing():
        noise = np.empty_like(input._array)
        order = sorted(range(len(sizes)), key=lambda axis: -noise.strides[axis])
        random.bernoulli_(wrap(noise.transpose(order), input._dtype), 1 - p)
        return made(wrap(noise, input._dtype))

    def draw(sizes: Any) -> Any:
        return random.bernoulli_(wrap(np.empty(sizes, kind), input._dtype), 1 - p)

    return Drawing(draw)(sizes) if draws_by_example() else made(draw(sizes))


def _times(input: Any, factor: Any, inplace: bool) -> Any:
    return input.mul_(factor) if inplace else input * factor


def _declare(name: str, by_channel: bool, alpha: bool) -> tuple[Any, Any]:
    """The operation and its in-place form."""

    def drop(input: Any, p: float, train: bool, inplace: bool) -> Any:
        check_tensor(input, name)
        if not 0 <= p <= 1:
            raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {p:g}")
        if p == 0 or not train or not input._array.size:
            return input
        if p == 1:
            return _times(input, creation.zeros((), dtype=input._dtype), inplace)
        noise = _noise(input, p, by_channel)
        if not alpha:
            return _times(input, noise.div_(1 - p), inplace)
        scale = 1.0 / math.sqrt((_SELU * _SELU * p + 1) * (1 - p))
        shift = noise.add(-1).mul_(_SELU * scale).add_(_SELU * scale * p)
        return _times(input, noise.mul_(scale), inplace).add_(shift)

    def call(input: Any, p: float, train: bool) -> Any:
        return drop(input, p, train, False)

    def call_in_place(input: Any, p: float, train: bool) -> Any:
        return drop(input, p, train, True)

    call.__name__ = call.__qualname__ = name
    call_in_place.__name__ = call_in_place.__qualname__ = f"{name}_"
    what = "whole channels" if by_channel else "elements"
    how = "to selu's negative limit; then all is scaled to keep mean 0 and variance 1" if alpha else "to zero"
    call.__doc__ = f"Set {what} {how}, with probability `p`."
    call_in_place.__doc__ = f"`{name}`, written over the input."
    return call, call_in_place


dropout, dropout_ = _declare("dropout", by_channel=False, alpha=False)
feature_dropout, feature_dropout_ = _declare("feature_dropout", by_channel=True, alpha=False)
alpha_dropout, alpha_dropout_ = _declare("alpha_dropout", by_channel=False, alpha=True)
feature_alpha_dropout, feature_alpha_dropout_ = _declare("feature_alpha_dropout", by_channel=True, alpha=True)


def _native_dropout_backward(grad, result1, p, scale_geometry):
    return grad * (result1 * scale_geometry)


@op(input=_native_dropout_backward, jvp=LINEAR, node="NativeDropoutBackward0")
def _native_dropout(input, result1, p, scale_geometry, factor):
    return input.copy("K") if factor is None else input * result1._array * factor


@function
def native_dropout(input: Any, p: float, train: Any) -> tuple[Any, Any]:
    """What `dropout` gives, and which elements stay; `train=None` drops, but scales no gradients.

    Raises: `RuntimeError` for a probability outside of [0, 1] and for types that are not floating.
    """
    check_tensor(input, "native_dropout")
    check_plain(p, float, "native_dropout", "p", 2)
    if train is not None:
        check_plain(train, bool, "native_dropout", "train", 3)
    if not input._array.size:
        return input, creation.empty_like(input)
    if p == 0 or train is False:
        mask = creation.ones_like(input, dtype=bool_)
        return _native_dropout(input, mask, p, 1.0, None), mask
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={1 - p:g}")
    if input._dtype.category <= INTEGER:
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {input._dtype.legacy_name}"
        )
    mask = _noise(input, p, by_channel=False).to(bool_)
    scale = 0.0 if p == 1 else 1 / (1 - p)
    return _native_dropout(input, mask, p, scale if train else 1.0, input._array.dtype.type(scale)), mask
