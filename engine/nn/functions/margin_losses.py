"""Losses that want a margin, and the loss of sequences without an alignment.

Source: torch.nn.functional, "Loss functions".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...base import TensorBase
from ...matching import invalid
from ...ops import ctc, margins, regression_losses
from ...ops.refusals import check_number, check_plain
from ...transforms import operands
from .distance import pairwise_distance
from .reduction import chosen, get_enum, legacy_get_string

__all__ = [
    "cosine_embedding_loss", "ctc_loss", "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss",
    "multilabel_margin_loss", "multilabel_soft_margin_loss", "soft_margin_loss", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]  # fmt: skip


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """max(0, -target * (input1 - input2) + margin): the first is to rank higher where the target is 1."""
    number = chosen(size_average, reduce, reduction)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    input1, input2, target = operands("margin_ranking_loss", input1, input2, target)
    check_plain(margin, float, "margin_ranking_loss", "margin", 4)
    return margins.margin_ranking_loss(input1, input2, target, margin, number)


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The input where the target is 1, and max(0, margin - input) where it is -1."""
    input, target = operands("hinge_embedding_loss", input, target)
    number = chosen(size_average, reduce, reduction)
    check_plain(margin, float, "hinge_embedding_loss", "margin", 3)
    return margins.hinge_embedding_loss(input, target, margin, number)


def multilabel_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The sum over labels and other classes of max(0, 1 - label + other), over the number of classes."""
    input, target = operands("multilabel_margin_loss", input, target)
    return margins.multilabel_margin_loss(input, target, chosen(size_average, reduce, reduction))


def soft_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """log(1 + exp(-target * input)), of targets that are 1 or -1."""
    return regression_losses.soft_margin_loss(input, target, chosen(size_average, reduce, reduction))


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The binary cross entropy of sigmoid(input), averaged over the classes."""
    from .activations import logsigmoid

    if size_average is not None or reduce is not None:
        reduction = legacy_get_string(size_average, reduce)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    last = input.dim() - 1
    loss = loss.sum(dim=last) / input.size(last)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """1 - cos where the target is 1, and max(0, cos - margin) where it is -1."""
    number = chosen(size_average, reduce, reduction)
    input1, input2, target = operands("cosine_embedding_loss", input1, input2, target)
    check_plain(margin, float, "cosine_embedding_loss", "margin", 4)
    return margins.cosine_embedding_loss(input1, input2, target, margin, number)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The sum over the other classes of max(0, margin - right + other)^p, over the number of classes."""
    number = chosen(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    input, target, weight = operands("multi_margin_loss", input, target, weight)
    check_number(margin, "multi_margin_loss", "margin", 4)
    return margins.multi_margin_loss(input, target, p, margin, weight, number)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """max(0, margin + distance to the positive - distance to the negative)."""
    number = chosen(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    anchor, positive, negative = operands("triplet_margin_loss", anchor, positive, negative)
    check_plain(p, float, "triplet_margin_loss", "p", 5)
    return margins.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, number)


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """The same with any distance."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    margins.check_dimensions(anchor, positive, negative)
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    loss = (margin + near - far).clamp_min(0)
    return loss.sum() if reduction == "sum" else loss.mean() if reduction == "mean" else loss


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """The negative logarithm of the probability that the sequence says the target, whatever the alignment."""
    (log_probs,) = operands("ctc_loss", log_probs)
    given = (log_probs, targets, input_lengths, target_lengths, blank, get_enum(reduction), zero_infinity)
    by_tensors = isinstance(input_lengths, TensorBase) and isinstance(target_lengths, TensorBase)
    if not (
        (by_tensors or (_are_lengths(input_lengths) and _are_lengths(target_lengths)))
        and isinstance(log_probs, TensorBase)
        and isinstance(targets, TensorBase)
        and type(blank) is int
        and type(zero_infinity) is bool
    ):
        raise TypeError(invalid("ctc_loss", _CTC_SIGNATURES, given, {}))
    return ctc.ctc_loss(*given)


_CTC_SIGNATURES = tuple(
    f"(Tensor log_probs, Tensor targets, {kind} input_lengths, {kind} target_lengths, int blank = 0, "
    "int reduction = at::Reduction::Mean, bool zero_infinity = False)"
    for kind in ("tuple of ints", "Tensor")
)


def _are_lengths(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and all(isinstance(each, (int, np.integer)) for each in value)
