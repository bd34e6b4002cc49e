"""Activations.

Source: torch.nn.functional, "Non-linear activation functions".
"""

from __future__ import annotations

import warnings
from typing import Any

from ...layouts import contiguous_format
from ...ops import activations, creation, gates, rectifiers, shrinking
from ...ops.activations import log_sigmoid
from ...ops.refusals import check_floating, check_number, check_plain, check_tensor

__all__ = [
    "celu", "elu", "glu", "gumbel_softmax", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log_softmax",
    "logsigmoid", "mish", "relu", "relu6", "rrelu", "selu", "sigmoid", "silu", "softmax", "softmin", "softplus",
    "softsign", "tanh", "tanhshrink", "threshold",
]  # fmt: skip

# ---- element by element ------------------------------------------------------------------------------------


def relu(input: Any, inplace: bool = False) -> Any:
    """max(0, input)."""
    check_tensor(input, "relu_" if inplace else "relu")
    return input.relu_() if inplace else activations.relu(input)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """The input where it is above the threshold, else the value."""
    return (rectifiers.threshold_ if inplace else rectifiers.threshold)(input, threshold, value)


threshold.__name__ = threshold.__qualname__ = "_threshold"  # as in PyTorch, whose refusals say so


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """The input, kept between two bounds."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return (shrinking.hardtanh_ if inplace else shrinking.hardtanh)(input, min_val, max_val)


def relu6(input: Any, inplace: bool = False) -> Any:
    """The input, kept between 0 and 6."""
    return (shrinking.relu6_ if inplace else shrinking.relu6)(input)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """The input; below zero alpha * (exp(input) - 1)."""
    return (rectifiers.elu_ if inplace else rectifiers.elu)(input, alpha)


def selu(input: Any, inplace: bool = False) -> Any:
    """`elu` with a scale and an alpha that keep mean and variance."""
    return (rectifiers.selu_ if inplace else rectifiers.selu)(input)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """The input; below zero alpha * (exp(input / alpha) - 1)."""
    return (rectifiers.celu_ if inplace else rectifiers.celu)(input, alpha)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """The input; below zero, times the slope."""
    return (rectifiers.leaky_relu_ if inplace else rectifiers.leaky_relu)(input, negative_slope)


def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """The input; below zero, times a slope: a random one while training, else the middle of the bounds."""
    return (rectifiers.rrelu_ if inplace else rectifiers.rrelu)(input, lower, upper, training)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """A line from 0 at -3 to 1 at 3."""
    return (shrinking.hardsigmoid_ if inplace else shrinking.hardsigmoid)(input)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """The input times its hardsigmoid."""
    return (shrinking.hardswish_ if inplace else shrinking.hardswish)(input)


def silu(input: Any, inplace: bool = False) -> Any:
    """The input times its sigmoid."""
    return (gates.silu_ if inplace else gates.silu)(input)


def mish(input: Any, inplace: bool = False) -> Any:
    """The input times tanh(softplus(input))."""
    return (gates.mish_ if inplace else gates.mish)(input)


def sigmoid(input: Any) -> Any:
    """1 / (1 + exp(-input))."""
    return input.sigmoid()


def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return input.tanh()


def softsign(input: Any) -> Any:
    """input / (1 + |input|)."""
    return input / (input.abs() + 1)


def tanhshrink(input: Any) -> Any:
    """The input less its hyperbolic tangent."""
    return input - input.tanh()


def softplus(input: Any, beta: float = 1, threshold: float = 20) -> Any:
    """log(1 + exp(beta * input)) / beta; the input itself above the threshold."""
    check_tensor(input, "softplus")
    check_number(beta, "softplus", "beta", 2)
    check_number(threshold, "softplus", "threshold", 3)
    return activations.softplus(input, beta, threshold)


def logsigmoid(input: Any) -> Any:
    """log(sigmoid(input))."""
    check_tensor(input, "log_sigmoid")
    check_floating(input._array, "log_sigmoid_cpu")
    return log_sigmoid(input)


# ---- along a dimension -------------------------------------------------------------------------------------


def glu(input: Any, dim: int = -1) -> Any:
    """The first half along a dimension, times the sigmoid of the second."""
    if input.dim() == 0:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    check_plain(dim, int, "glu", "dim", 2)
    return gates.glu(input, dim)


def _dim(name: str, ndim: int, stacklevel: int) -> int:
    """The dimension of a softmax where none is given."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """exp(input), divided by its sum along a dimension."""
    if dim is None:
        dim = _dim("softmax", input.dim(), _stacklevel)
    return input.softmax(dim, dtype)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The softmax of -input."""
    if dim is None:
        dim = _dim("softmin", input.dim(), _stacklevel)
    return (-input).softmax(dim, dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """log(softmax(input))."""
    if dim is None:
        dim = _dim("log_softmax", input.dim(), _stacklevel)
    return input.log_softmax(dim, dtype)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """A sample of the Gumbel-softmax distribution; `hard`: one-hot forward, as if it were soft backward."""
    if eps != 1e-10:
        warnings.warn("`eps` parameter is deprecated and has no effect.", stacklevel=2)
    noise = -creation.empty_like(logits, memory_format=contiguous_format).exponential_().log()
    soft = ((logits + noise) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = creation.zeros_like(logits).scatter_(dim, index, 1.0)
    return one_hot - soft.detach() + soft
