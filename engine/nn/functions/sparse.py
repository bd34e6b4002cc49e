"""Embeddings.

Source: torch.nn.functional, "Sparse functions".
"""

from __future__ import annotations

import warnings
from typing import Any

from ...dtypes import FLOATING, int64
from ...ops import creation
from ...ops import embedding as table
from ...ops import embedding_bag as bags
from ...typename import class_text

__all__ = ["embedding", "embedding_bag"]

_MODES = {"sum": bags.SUM, "mean": bags.MEAN, "max": bags.MAX}


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of `weight` that `input` names."""
    if padding_idx is None:
        padding_idx = -1
    else:
        count = weight._array.shape[0]
        if not -count <= padding_idx < max(count, 1):
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= max(count, 1)
    if max_norm is not None:
        table.embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    return table.embedding(weight, input, padding_idx, scale_grad_by_freq, sparse)


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Sums, means or maxima of the rows of `weight` that each bag of `input` names."""
    if weight._dtype is int64 and input.is_floating_point():
        warnings.warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is deprecated, "
            "and should now be `embedding_bag(input, weight, ...)`.",
            stacklevel=2,
        )
        weight, input = input, weight
    _check_shapes(input, weight, offsets, per_sample_weights)
    if input._array.ndim == 2:
        step = input._array.shape[1]
        offsets = creation.arange(0, input._array.size, step, dtype=input._dtype)
        include_last_offset = False
        input = input.reshape(-1)
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights.reshape(-1)
    _check_mode(mode, scale_grad_by_freq, sparse)
    if weight._dtype.category != FLOATING:
        name = weight._dtype.legacy_name
        kind = f"CPU{name}Type" if weight._dtype.is_complex else f"torch.{name}Tensor"
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, Float, Double; but "
            f"got {kind} instead (while checking arguments for embedding_bag)"
        )
    if max_norm is not None:
        table.embedding_renorm_(weight.detach(), input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )
    options = (sparse, per_sample_weights, include_last_offset, padding_idx)
    return bags.embedding_bag(weight, input, offsets, scale_grad_by_freq, _MODES[mode], *options)[0]


def _check_shapes(input: Any, weight: Any, offsets: Any, per_sample_weights: Any) -> None:
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the same shape as "
            f"the input ({input.shape})"
        )
    if weight._array.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight._array.ndim}")
    ndim = input._array.ndim
    if ndim not in (1, 2):
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {ndim}")
    if ndim == 2 and offsets is not None:
        raise ValueError(
            "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, "
            f"found offsets of type {class_text(type(offsets))}"
        )
    if ndim == 1 and offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if ndim == 1 and offsets._array.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")


def _check_mode(mode: str, scale_grad_by_freq: bool, sparse: bool) -> None:
    if mode not in _MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
