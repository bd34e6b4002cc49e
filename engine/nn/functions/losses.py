"""Losses.

Source: torch.nn.functional, "Loss functions".
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...grad_mode import no_grad
from ...op import check_broadcast
from ...ops import creation, likelihoods, losses, regression_losses
from ...ops.refusals import check_plain, check_tensor
from ...ops.views import expand
from ...transforms import operands
from ...typename import kind_text
from .reduction import chosen, get_enum, legacy_get_enum, legacy_get_string

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "cross_entropy", "gaussian_nll_loss", "huber_loss",
    "kl_div", "l1_loss", "linear_cross_entropy", "mse_loss", "nll_loss", "poisson_nll_loss", "smooth_l1_loss",
]  # fmt: skip

# ---- distances ---------------------------------------------------------------------------------------------


def _paired(input: Any, target: Any) -> tuple[Any, Any]:
    """Input and target in one shape; with a warning if they have two."""
    if target.size() == input.size():
        return input, target
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). This will likely lead "
        "to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=3,
    )
    check_broadcast(input._array.shape, target._array.shape)
    shape = np.broadcast_shapes(input._array.shape, target._array.shape)
    one, two = (each if each._array.shape == shape else expand(each, shape) for each in (input, target))
    return one, two


def _check_weight(input: Any, weight: Any) -> None:
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")


def _reduced(found: Any, weight: Any, reduction: str) -> Any:
    """Weighted losses, their sum or, if there is a weight to divide by, their mean."""
    if reduction == "none":
        return found
    if reduction == "sum":
        return found.sum()
    if reduction == "mean":
        return found.mean() if weight is None else found.sum() / weight.sum()
    raise ValueError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")


def l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """The absolute differences, averaged unless `reduction` says otherwise."""
    one, two = operands("l1_loss", *_paired(input, target))
    if size_average is not None or reduce is not None:
        reduction = legacy_get_string(size_average, reduce)
    if weight is None:
        return regression_losses.l1_loss(one, two, get_enum(reduction))
    _check_weight(input, weight)
    return _reduced((one - two).abs() * weight, weight, reduction)


def mse_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """The squared differences, averaged unless `reduction` says otherwise."""
    one, two = operands("mse_loss", *_paired(input, target))
    if size_average is not None or reduce is not None:
        reduction = legacy_get_string(size_average, reduce)
    if weight is None:
        return losses.mse_loss(one, two, get_enum(reduction))
    _check_weight(input, weight)
    return _reduced((one - two).pow(2) * weight, weight, reduction)


def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """The absolute differences, less half of `beta`; below `beta` squared, so that they join."""
    one, two = operands("smooth_l1_loss", *_paired(input, target))
    if size_average is not None or reduce is not None:
        reduction = legacy_get_string(size_average, reduce)
    if beta == 0.0:
        return regression_losses.l1_loss(one, two, get_enum(reduction))
    number = get_enum(reduction)
    check_plain(beta, float, "smooth_l1_loss", "beta", 4)
    return regression_losses.smooth_l1_loss(one, two, number, beta)


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """Half of the squared differences; above `delta` linear, so that they join."""
    one, two = operands("huber_loss", *_paired(input, target))
    number = get_enum(reduction) if weight is None else losses.NONE
    check_plain(delta, float, "huber_loss", "delta", 4)
    if weight is None:
        return regression_losses.huber_loss(one, two, number, delta)
    _check_weight(input, weight)
    return _reduced(regression_losses.huber_loss(one, two, number, delta) * weight, None, reduction)


# ---- classes -----------------------------------------------------------------------------------------------


def _checked_index(function: str, weight: Any, ignore_index: Any) -> int:
    """The class to ignore, as an int; raises `TypeError` if it is no integer, or the weight no tensor."""
    if weight is not None:
        check_tensor(weight, function, "weight", 3)
    check_plain(ignore_index, int, function, "ignore_index", 5)
    return int(ignore_index)


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The negative log-likelihood of the target classes; the input are log-probabilities."""
    number = chosen(size_average, reduce, reduction)
    ignore_index = _checked_index("nll_loss_nd", weight, ignore_index)
    return likelihoods.nll_loss_nd(input, target, weight, number, ignore_index)


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross entropy of logits with target classes, or with probabilities of all classes."""
    input, target, weight = operands("cross_entropy", input, target, weight)
    number = chosen(size_average, reduce, reduction)
    ignore_index = _checked_index("cross_entropy_loss", weight, ignore_index)
    check_plain(label_smoothing, float, "cross_entropy_loss", "label_smoothing", 6)
    return likelihoods.cross_entropy_loss(input, target, weight, number, ignore_index, label_smoothing)


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """The cross entropy of a linear map's results; `options` say how PyTorch saves memory, and change no numbers."""
    from .linear import linear

    _check_linear(input, linear_weight, linear_bias)
    classes, features = linear_weight.shape[0], linear_weight.shape[-1]
    logits_shape = (*input.shape[:-1], classes, *linear_weight.shape[1:-1])
    if target.shape == logits_shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if len(linear_weight.shape) > 2:
        linear_weight = linear_weight.reshape(-1, features)
        linear_bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = linear(input, linear_weight, linear_bias).reshape(logits_shape)
    return cross_entropy(
        logits,
        target,
        weight=weight,
        reduction=reduction,
        ignore_index=-100 if ignore_index is None else ignore_index,
        label_smoothing=label_smoothing,
    )


def _check_linear(input: Any, weight: Any, bias: Any) -> None:
    if not 1 <= input.dim() <= 2:
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {weight.dim()}")
    if input.shape[-1] != weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{input.shape[-1]} and {weight.shape[-1]}, respectively"
        )
    if bias is not None and bias.shape != weight.shape[:-1]:
        raise RuntimeError(f"expected linear_bias shape {tuple(weight.shape[:-1])}, got {tuple(bias.shape)}")
    if weight.dim() > 2 and input.dim() < 2:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(weight.shape)} requires batched input, "
            f"(N, {input.shape[-1]}), got unbatched input with shape {tuple(input.shape)}"
        )


# ---- probabilities -----------------------------------------------------------------------------------------


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The binary cross entropy of probabilities, the logarithms of which are kept above -100."""
    number = chosen(size_average, reduce, reduction)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is deprecated. "
            "Please ensure they have the same size."
        )
    if weight is not None:
        weight = _expanded(weight, target)
    input, target, weight = operands("binary_cross_entropy", input, target, weight)
    return likelihoods.binary_cross_entropy(input, target, weight, number)


def _expanded(weight: Any, target: Any) -> Any:
    from ...ops.stacking import broadcast_shapes

    shape = broadcast_shapes(target.size(), weight.size())
    return weight if weight._array.shape == tuple(shape) else expand(weight, shape)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """The binary cross entropy of sigmoid(input) and target, safe at extreme logits."""
    number = chosen(size_average, reduce, reduction)
    if target.size() != input.size():
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return losses.binary_cross_entropy_with_logits(input, target, weight, pos_weight, number)


def kl_div(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """The Kullback-Leibler divergence; the input are log-probabilities, the target as `log_target` says."""
    if size_average is not None or reduce is not None:
        number = legacy_get_enum(size_average, reduce)
    else:
        if reduction == "mean":
            warnings.warn(
                "reduction: 'mean' divides the total loss by both the batch size and the support size."
                "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
                "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
                stacklevel=2,
            )
        number = losses.SUM if reduction == "batchmean" else get_enum(reduction)
    input, target = operands("kl_div", input, target)
    if not isinstance(log_target, bool):
        raise TypeError(f"kl_div(): argument 'log_target' must be bool, not {kind_text(log_target)}")
    found = likelihoods.kl_div(input, target, number, log_target=log_target)
    if reduction == "batchmean" and input.dim() != 0:
        found = found / input.size()[0]
    return found


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """The negative log-likelihood of counts under Poisson distributions with these (logarithms of) rates."""
    if size_average is not None or reduce is not None:
        reduction = legacy_get_string(size_average, reduce)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not a valid value for reduction")
    input, target = operands("poisson_nll_loss", input, target)
    check_plain(eps, float, "poisson_nll_loss", "eps", 5)
    return likelihoods.poisson_nll_loss(input, target, log_input, full, eps, get_enum(reduction))


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """The negative log-likelihood under normal distributions of these means and variances."""
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * creation.ones_like(input)
    elif (var < 0).any():
        raise ValueError("var has negative entry/entries")
    var = _fitted(var, input)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    var = var.clone()
    with no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss += 0.5 * math.log(2 * math.pi)
    return _reduced(loss, None, reduction)


def _fitted(var: Any, input: Any) -> Any:
    """One variance for each element, or one for each along a dimension; else raises `ValueError`."""
    sizes, found = input.size(), var.size()
    if found == sizes:
        return var
    if found == sizes[:-1]:
        return var.unsqueeze(-1)
    if var.ndim == input.ndim and sum(own for size, own in zip(sizes, found) if size != own) == 1:
        return var
    raise ValueError("var is of incorrect size")
