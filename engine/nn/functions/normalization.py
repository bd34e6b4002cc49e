"""Normalization: what PyTorch checks before it computes, and the forms made of other operations.

Source: torch.nn.functional, "Normalization functions", and torch.batch_norm and alike.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base import TensorBase
from ...dtypes import FLOATING, INTEGER, not_implemented
from ...grad_mode import no_grad
from ...layouts import contiguous_format, keep_channels_last, suggested
from ...ops import normalization as operations
from ...ops import views
from ...ops.arithmetic import add_scalar
from ...ops.refusals import check_plain, check_tensor
from ...size import Size
from .pooling import avg_pool2d, avg_pool3d

__all__ = [
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "rms_norm",
]


def _check_batch_size(sizes: Any) -> None:
    if sizes[0] * math.prod(sizes[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {_shown(sizes)}"
        )


def _shown(sizes: Any) -> str:
    return str(sizes if isinstance(sizes, list) else Size(sizes))


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """The values of each channel less their mean and over their deviation, in the batch or as remembered."""
    if training:
        _check_batch_size(input._array.shape)
    if training and eps <= 0.0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if eps < 0.0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    check_plain(training, bool, "batch_norm", "training", 6)
    check_plain(momentum, float, "batch_norm", "momentum", 7)
    return namespace_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)


def namespace_batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Any:
    """`torch.batch_norm`."""
    if isinstance(input, TensorBase) and not input._array.size:
        found: Any = views.clone(input)
        found = found if weight is None else found * weight[0]
        return found if bias is None else found + bias[0]
    return native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


def native_batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> Any:
    """The normalized values, and the statistics of the batch."""
    check_tensor(input, "batch_norm")
    sizes = input._array.shape
    channels = sizes[1] if len(sizes) > 1 else 0
    named = {"running_mean": running_mean, "running_var": running_var}
    if not training:
        for name, value in named.items():
            if value is None:
                raise RuntimeError(f"{name} must be defined in evaluation mode")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    for name, value in {**named, "weight": weight, "bias": bias}.items():
        if value is not None and value._array.size != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {value._array.size}")
    if input._dtype.category != FLOATING:
        raise not_implemented("batch_norm", input._dtype)
    _check_types(input, weight, bias, running_mean, running_var)
    options = (bool(training), momentum, eps)
    found = operations.batch_norm(input, weight, bias, running_mean, running_var, *options)
    return _alone(found, input, weight)


def _alone(found: Any, input: Any, weight: Any) -> Any:
    """The results, of which only the first one is differentiable; statistics have the type of the parameters."""
    dtype = input._dtype if weight is None else weight._dtype
    return found[0], *[each.detach().to(dtype) for each in found[1:]]


def _check_types(input: Any, *parameters: Any) -> None:
    """Raise `RuntimeError` for parameters of another type than the input's, unless all are float32 beside a smaller one."""
    kinds = [each._dtype for each in parameters if each is not None]
    own = input._dtype
    if all(kind is own for kind in kinds):
        return
    if kinds[0] is own:
        other = next(kind for kind in kinds if kind is not own)
        raise RuntimeError(f"expected scalar type {own.legacy_name} but found {other.legacy_name}")
    if any(kind.name != "float32" for kind in kinds):
        raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")
    if not own.reduced:
        raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


# ---- by instances ------------------------------------------------------------------------------------------


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """The values of each channel of each example less their mean and over their deviation."""
    if use_input_stats and math.prod(input._array.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {_shown(input._array.shape)}"
        )
    return namespace_instance_norm(
        input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps
    )


def namespace_instance_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = True,
) -> Any:
    """`torch.instance_norm`: `batch_norm` with each example's channels as channels of one."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError(
            "Expected running_mean and running_var to be defined when use_input_stats is false"
        )
    examples, channels, *inner = input._array.shape
    factor, shift, mean, variance = (
        None if each is None else each.repeat(examples) for each in (weight, bias, running_mean, running_var)
    )
    joined = input.contiguous().view(1, examples * channels, *inner)
    found = namespace_batch_norm(joined, factor, shift, mean, variance, use_input_stats, momentum, eps)
    with no_grad():
        for running, moved in ((running_mean, mean), (running_var, variance)):
            if moved is not None:
                running.copy_(moved.view(examples, channels).mean(0))
    return found.view(examples, channels, *inner)


# ---- by layers and groups ----------------------------------------------------------------------------------


def _check_normalized_shape(input: Any, normalized_shape: Any, weight: Any, bias: Any, star: str) -> None:
    shape, sizes = list(normalized_shape), input._array.shape
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and list(value._array.shape) != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(value._array.shape)} "
                f"and normalized_shape = {shape}"
            )
    if list(sizes[-len(shape) :]) != shape:
        wanted = ", ".join(map(str, shape))
        raise RuntimeError(
            f"Given normalized_shape={shape}, expected input with shape [*{star}{wanted}], but got input of size{list(sizes)}"
        )


def _as_sizes(value: Any, function: str) -> tuple[int, ...]:
    if not isinstance(value, (tuple, list)):
        kind = type(value).__name__
        raise TypeError(
            f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints, not {kind}"
        )
    if value and isinstance(value[0], (float, str)):
        raise TypeError(
            f"{function}(): argument 'normalized_shape' (position 2) must be tuple of ints, but found element of type "
            f"{type(value[0]).__name__} at pos 0"
        )
    return tuple(value)


def layer_norm(
    input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Any:  # fmt: skip
    """The values less their mean and over their deviation, over the last dimensions."""
    check_plain(eps, float, "layer_norm", "eps", 5)
    return native_layer_norm(input, normalized_shape, weight, bias, eps)[0]


def native_layer_norm(input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    """The normalized values, the means, and one over the deviations."""
    check_tensor(input, "layer_norm")
    shape = _as_sizes(normalized_shape, "layer_norm")
    _check_normalized_shape(input, shape, weight, bias, ", ")
    _check_types(input, weight, bias)
    if input._dtype.category != FLOATING:
        raise not_implemented("LayerNormKernelImpl", input._dtype)
    return _alone(operations.layer_norm(input, shape, weight, bias, eps), input, weight)


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """The values over the root of the mean of their squares, over the last dimensions."""
    check_tensor(input, "rms_norm")
    shape = _as_sizes(normalized_shape, "rms_norm")
    if eps is not None:
        check_plain(eps, float, "rms_norm", "eps", 4)
    _check_normalized_shape(input, shape, weight, None, "")
    if input._dtype.category <= INTEGER:
        raise not_implemented("rms_norm", input._dtype)
    ndim = input._array.ndim
    wide = input.float() if input._dtype.reduced else input
    if eps is None:
        eps = float(np.finfo(wide._dtype.numpy).eps)
    dims = tuple(range(ndim - len(shape), ndim))
    found = wide * add_scalar(wide.pow(2).mean(dims, True), eps).rsqrt()
    if weight is not None:
        found = found * weight
    found = found.contiguous(memory_format=suggested(input._array) or contiguous_format)
    return found if found._dtype is input._dtype else found.to(input._dtype)


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5,
    cudnn_enabled: bool = True,
) -> Any:  # fmt: skip
    """The values of groups of channels less their mean and over their deviation."""
    check_tensor(input, "group_norm")
    check_plain(num_groups, int, "group_norm", "num_groups", 2)
    check_plain(eps, float, "group_norm", "eps", 5)
    sizes = input._array.shape
    if len(sizes) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(sizes)}")
    checked = [sizes[0] * sizes[1] // num_groups, num_groups, *sizes[2:]]
    if checked[0] * math.prod(sizes[2:]) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {checked}")
    if num_groups <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if sizes[1] % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(sizes)} and "
            f"num_groups={num_groups}"
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and value._array.shape != sizes[1:2]:
            shown = value if weight is None else weight  # as PyTorch's message does
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of shape "
                f"{list(shown._array.shape)} and input of shape {list(sizes)}"
            )
    _check_types(input, weight, bias)
    if input._dtype.category != FLOATING:
        raise not_implemented("GroupNormKernelImpl", input._dtype)
    options = (sizes[0], sizes[1], math.prod(sizes[2:]), num_groups, eps)
    result = operations.group_norm(input, weight, bias, *options)[0]
    return result if input._array.flags.c_contiguous else keep_channels_last(result, input)


def native_group_norm(
    input: Any,
    weight: Any,
    bias: Any,
    N: int,  # noqa: N803 - PyTorch's own names
    C: int,  # noqa: N803
    HxW: int,  # noqa: N803
    group: int,
    eps: float,
) -> Any:
    """The normalized values, the means, and one over the deviations."""
    if input._dtype.category != FLOATING:
        raise not_implemented("GroupNormKernelImpl", input._dtype)
    return _alone(operations.group_norm(input, weight, bias, N, C, HxW, group, eps), input, weight)


# ---- by neighbours -----------------------------------------------------------------------------------------


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """The values over a power of the mean of the squares in the channels around."""
    from ..functional import pad

    sizes = input._array.shape
    if len(sizes) < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {len(sizes)} dimensions)"
        )
    if not input._array.size:
        return input
    squares = input.mul(input)
    if len(sizes) == 3:
        around = pad(squares.unsqueeze(1), (0, 0, size // 2, (size - 1) // 2))
        means = avg_pool2d(around, (size, 1), stride=1).squeeze(1)
    else:
        squares = squares.view(sizes[0], 1, sizes[1], sizes[2], -1)
        around = pad(squares, (0, 0, 0, 0, size // 2, (size - 1) // 2))
        means = avg_pool3d(around, (size, 1, 1), stride=1).squeeze(1).view(sizes)
    return input / means.mul(alpha).add(k).pow(beta)
