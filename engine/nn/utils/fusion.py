"""A batch normalization in evaluation mode, computed by the layer before it.

Source: torch.nn.utils.fusion.
"""

from __future__ import annotations

import copy
from typing import Any

from ...ops import creation
from ...ops.powers import rsqrt
from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]


def _check_eval(layer: Any, bn: Any) -> None:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")


def _check_statistics(bn: Any) -> None:
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A convolution that does what `conv` and then `bn` do."""
    _check_eval(conv, bn)
    fused = copy.deepcopy(conv)
    _check_statistics(bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Any,
    conv_b: Any,
    bn_rm: Any,
    bn_rv: Any,
    bn_eps: float,
    bn_w: Any,
    bn_b: Any,
    transpose: bool = False,
) -> tuple[Any, Any]:
    """The weight and bias of the convolution that does both."""
    bias = creation.zeros_like(bn_rm) if conv_b is None else conv_b
    scale = rsqrt(bn_rv + bn_eps)
    factor = creation.ones_like(bn_rm) if bn_w is None else bn_w
    shift = creation.zeros_like(bn_rm) if bn_b is None else bn_b
    ones = [1] * (len(conv_w.shape) - 2)
    sizes = [1, -1, *ones] if transpose else [-1, 1, *ones]
    weight = (conv_w * (factor * scale).reshape(sizes)).to(dtype=conv_w.dtype)
    fused = ((bias - bn_rm) * scale * factor + shift).to(
        dtype=bias.dtype if conv_b is not None else conv_w.dtype
    )
    return Parameter(weight, conv_w.requires_grad), Parameter(fused, bias.requires_grad)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A linear layer that does what `linear` and then `bn` do."""
    _check_eval(linear, bn)
    fused = copy.deepcopy(linear)
    if linear.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    _check_statistics(bn)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def fuse_linear_bn_weights(
    linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any
) -> tuple[Any, Any]:
    """The weight and bias of the linear layer that does both."""
    bias = creation.zeros_like(bn_rm) if linear_b is None else linear_b
    scale = bn_w * rsqrt(bn_rv + bn_eps)
    weight = linear_w * scale.unsqueeze(-1).to(dtype=linear_w.dtype)
    fused = ((bias - bn_rm) * scale + bn_b).to(dtype=bias.dtype if linear_b is not None else linear_w.dtype)
    return Parameter(weight, linear_w.requires_grad), Parameter(fused, bias.requires_grad)
