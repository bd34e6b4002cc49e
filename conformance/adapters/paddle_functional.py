"""`torch.nn.functional` of paddlepaddle: what has other defaults, another order of arguments, or the opposite sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import paddle.compat.nn.functional as compatible
import paddle.nn.functional as functional

from ..observe import MissingError
from .base import below

RANDOM = """dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout gumbel_softmax
fractional_max_pool2d fractional_max_pool3d""".split()
COMPATIBLE = "linear pad scaled_dot_product_attention unfold".split()


def _average(function: Callable[..., Any]) -> Any:
    """An average, that counts what is padded unless it is `exclusive`."""

    def call(
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        **options: Any,
    ) -> Any:
        exclusive = not count_include_pad
        return function(x, kernel_size, stride, padding, ceil_mode=ceil_mode, exclusive=exclusive, **options)

    return call


def _largest(function: Callable[..., Any]) -> Any:
    """A maximum, that has no dilation."""

    def call(
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        if any(size != 1 for size in (dilation if isinstance(dilation, (list, tuple)) else [dilation])):
            raise MissingError("torch.nn.functional.max_pool(dilation=...)")
        return function(x, kernel_size, stride, padding, ceil_mode=ceil_mode, return_mask=return_indices)

    return call


def _cross_entropy(
    x: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Classes are the second dimension, and probabilities are told by their type."""
    return functional.cross_entropy(
        x,
        target,
        weight,
        ignore_index,
        reduction,
        soft_label=target.is_floating_point(),
        axis=min(1, x.ndim - 1),
        label_smoothing=label_smoothing,
    )


def _norm(function: Callable[..., Any], epsilon: str) -> Any:
    """A normalization, whose momentum is the share of what was there."""

    def call(
        x: Any,
        running_mean: Any = None,
        running_var: Any = None,
        weight: Any = None,
        bias: Any = None,
        own: bool = function is functional.instance_norm,
        momentum: float = 0.1,
        eps: float = 1e-5,
        **options: Any,
    ) -> Any:
        own = options.pop("training", options.pop("use_input_stats", own))
        kept = {"momentum": 1 - momentum, epsilon: eps}
        return function(x, running_mean, running_var, weight, bias, own, **kept, **options)

    return call


def _rrelu(x: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Any:
    if training:
        raise MissingError("torch.nn.functional.rrelu(training=True)")
    return functional.rrelu(x, lower, upper, training=False)


def _interpolate(
    x: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", **options: Any
) -> Any:
    """Sizes are lists."""
    sizes = [size] * (x.ndim - 2) if isinstance(size, int) else size
    given = {name: value for name, value in options.items() if value is not None}
    return functional.interpolate(x, sizes, scale_factor, mode, **given)


def _bilinear(x1: Any, x2: Any, weight: Any, bias: Any = None) -> Any:
    return functional.bilinear(x1, x2, weight, bias if bias is None else bias.reshape([1, -1]))


OWN = {
    **{f"avg_pool{count}d": _average(getattr(functional, f"avg_pool{count}d")) for count in (1, 2, 3)},
    **{f"max_pool{count}d": _largest(getattr(functional, f"max_pool{count}d")) for count in (1, 2, 3)},
    **{name: getattr(compatible, name) for name in COMPATIBLE},
    **dict.fromkeys(RANDOM),
    "batch_norm": _norm(functional.batch_norm, "epsilon"),
    "bilinear": _bilinear,
    "cross_entropy": _cross_entropy,
    "fold": lambda x, output_size, kernel_size, dilation=1, padding=0, stride=1: functional.fold(
        x, output_size, kernel_size, stride, padding, dilation
    ),
    "grid_sample": lambda x, grid, mode="bilinear", padding_mode="zeros", align_corners=None: (
        functional.grid_sample(x, grid, mode, padding_mode, bool(align_corners))
    ),
    "affine_grid": lambda theta, size, align_corners=None: functional.affine_grid(
        theta, size, bool(align_corners)
    ),
    "group_norm": lambda x, num_groups, weight=None, bias=None, eps=1e-5: functional.group_norm(
        x, num_groups, eps, weight, bias
    ),
    "huber_loss": lambda x, y, reduction="mean", delta=1.0: functional.smooth_l1_loss(x, y, reduction, delta),
    "instance_norm": _norm(functional.instance_norm, "eps"),
    "interpolate": _interpolate,
    "log_softmax": lambda x, dim, dtype=None: functional.log_softmax(x, dim, dtype),
    "rrelu": _rrelu,
    "smooth_l1_loss": lambda x, y, reduction="mean", beta=1.0: functional.smooth_l1_loss(
        x, y, reduction, beta, is_huber=False
    ),
    "softmax": lambda x, dim, dtype=None: functional.softmax(x, dim, dtype),
}
FUNCTIONS = {
    **below("nn.functional", functional),
    **{f"nn.functional.{name}": function for name, function in OWN.items()},
}
"""By PyTorch's names."""
