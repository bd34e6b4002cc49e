"""Dropout: elements, or whole channels, set to zero by chance.

Source: torch.nn.functional, "Dropout functions".
"""

from __future__ import annotations

import warnings
from typing import Any

from ...ops import dropout as operations

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]


def _check_probability(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Set elements to zero with probability `p`."""
    _check_probability(p)
    return operations.dropout_(input, p, training) if inplace else operations.dropout(input, p, training)


def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout for inputs of mean 0 and variance 1, which it keeps."""
    _check_probability(p)
    return (
        operations.alpha_dropout_(input, p, training)
        if inplace
        else operations.alpha_dropout(input, p, training)
    )


def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """`alpha_dropout` of whole channels."""
    _check_probability(p)
    return (
        operations.feature_alpha_dropout_(input, p, training)
        if inplace
        else operations.feature_alpha_dropout(input, p, training)
    )


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
    return (
        operations.feature_dropout_(input, p, training)
        if inplace
        else operations.feature_dropout(input, p, training)
    )


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
    drop = operations.feature_dropout_ if inplace else operations.feature_dropout
    result = drop(input, p, training)
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
