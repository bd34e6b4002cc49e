"""Dropout: elements, or whole channels, set to zero by chance.

Source: torch.nn.functional, "Dropout functions".
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...op import wrap
from ...ops import creation, random

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]

_SELU = 1.7580993408473766  # minus the value that selu's negative inputs go to


def _check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _times(input: Any, factor: Any, inplace: bool) -> Any:
    return input.mul_(factor) if inplace else input * factor


def _noise(input: Any, p: float, by_channel: bool) -> Any:
    """Ones that stay and zeros, of the input's shape, or one for each channel of each example."""
    sizes = input._array.shape
    if by_channel:
        if len(sizes) < 2:
            raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
        sizes = sizes[:2] + (1,) * (len(sizes) - 2)
    return random.bernoulli_(wrap(np.empty(sizes, input._dtype.numpy), input._dtype), 1 - p)


def _dropped(input: Any, p: float, training: bool, inplace: bool, by_channel: bool = False) -> Any:
    """What stays is scaled up, so that the sum is kept on the average."""
    if p == 0 or not training or not input._array.size:
        return input
    if p == 1:
        return _times(input, creation.zeros((), dtype=input._dtype), inplace)
    return _times(input, _noise(input, p, by_channel).div_(1 - p), inplace)


def _alpha_dropped(input: Any, p: float, training: bool, inplace: bool, by_channel: bool = False) -> Any:
    """What is dropped becomes selu's negative limit; then all is scaled, so that mean and variance are kept."""
    if p == 0 or not training or not input._array.size:
        return input
    if p == 1:
        return _times(input, creation.zeros((), dtype=input._dtype), inplace)
    noise = _noise(input, p, by_channel)
    scale = 1.0 / math.sqrt((_SELU * _SELU * p + 1) * (1 - p))
    shift = noise.add(-1).mul_(_SELU * scale).add_(_SELU * scale * p)
    product = _times(input, noise.mul_(scale), inplace)
    return product.add_(shift)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set elements to zero with probability `p`."""
    _check_probability(p)
    return _dropped(input, p, training, inplace)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout for inputs of mean 0 and variance 1, which it keeps."""
    _check_probability(p)
    return _alpha_dropped(input, p, training, inplace)


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """`alpha_dropout` of whole channels."""
    _check_probability(p)
    return _alpha_dropped(input, p, training, inplace, by_channel=True)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels of sequences to zero."""
    _check_probability(p)
    ndim = input._array.ndim
    if ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {ndim}D input. Note that dropout1d exists to provide channel-wise "
            "dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D "
            "inputs)."
        )
    return _channels_dropped(input, p, training, inplace, is_batched=ndim == 3)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels of images to zero."""
    _check_probability(p)
    ndim = input._array.ndim
    if ndim not in (3, 4):
        warnings.warn(_deprecated(2, ndim), stacklevel=2)
    if ndim == 3:
        warnings.warn(
            "dropout2d: Received a 3D input to dropout2d and assuming that channel-wise 1D dropout behavior is desired - input is "
            "interpreted as shape (N, C, L), where C is the channel dim. This behavior will change in a future release to interpret "
            "the input as one without a batch dimension, i.e. shape (C, H, W). To maintain the 1D channel-wise dropout behavior, "
            "please switch to using dropout1d instead.",
            stacklevel=2,
        )
    return _dropped(input, p, training, inplace, by_channel=True)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set whole channels of volumes to zero."""
    _check_probability(p)
    ndim = input._array.ndim
    if ndim not in (4, 5):
        warnings.warn(_deprecated(3, ndim), stacklevel=2)
    return _channels_dropped(input, p, training, inplace, is_batched=ndim == 5)


def _channels_dropped(input: Any, p: float, training: bool, inplace: bool, is_batched: bool) -> Any:
    if not is_batched:
        input = input.unsqueeze_(0) if inplace else input.unsqueeze(0)
    result = _dropped(input, p, training, inplace, by_channel=True)
    if is_batched:
        return result
    return result.squeeze_(0) if inplace else result.squeeze(0)


def _deprecated(spatial: int, ndim: int) -> str:
    name = f"dropout{spatial}d"
    return (
        f"{name}: Received a {ndim}-D input to {name}, which is deprecated and will result in an error in a future release. To "
        f"retain the behavior and silence this warning, please use dropout instead. Note that {name} exists to provide "
        f"channel-wise dropout on inputs with {spatial} spatial dimensions, a channel dimension, and an optional batch dimension "
        f"(i.e. {spatial + 1}D or {spatial + 2}D inputs)."
    )
