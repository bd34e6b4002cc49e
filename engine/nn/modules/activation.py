"""Activations.

Source: torch.nn, "Non-linear Activations".
"""

from __future__ import annotations

import warnings
from typing import Any

from ...late import attributes
from ...ops import activations, creation, gates, rectifiers, shrinking
from .. import init
from ..functions import activations as functional
from ..parameter import Parameter
from .module import Module

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU",
    "LogSigmoid", "LogSoftmax", "Mish", "PReLU", "RReLU", "ReLU", "ReLU6", "SiLU", "Sigmoid", "Softmax", "Softmax2d",
    "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold",
]  # fmt: skip

__getattr__, __dir__ = attributes(__name__, {"nn.modules.multihead": "MultiheadAttention"})


def _and_inplace(inplace: bool) -> str:
    return ", inplace=True" if inplace else ""


class _Changing(Module):
    """An activation without options of its own, that may change its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Whether it changes its input."""
        return "inplace=True" if self.inplace else ""


class ReLU(_Changing):
    """max(0, input)."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace)

    def forward(self, input: Any) -> Any:
        """The positive part."""
        return functional.relu(input, self.inplace)


class SELU(_Changing):
    """`ELU` with a scale and an alpha that keep mean and variance."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace)

    def forward(self, input: Any) -> Any:
        """The selu of each element."""
        return functional.selu(input, self.inplace)


class SiLU(_Changing):
    """The input times its sigmoid."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace)

    def forward(self, input: Any) -> Any:
        """The silu of each element."""
        return functional.silu(input, self.inplace)


class Mish(_Changing):
    """The input times tanh(softplus(input))."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(inplace)

    def forward(self, input: Any) -> Any:
        """The mish of each element."""
        return functional.mish(input, self.inplace)


class Hardsigmoid(Module):
    """A line from 0 at -3 to 1 at 3."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The hardsigmoid of each element."""
        return functional.hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """The input times its hardsigmoid."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The hardswish of each element."""
        return functional.hardswish(input, self.inplace)


class Threshold(Module):
    """The input where it is above the threshold, else a value."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The input, or the value."""
        return functional.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """The options."""
        return f"threshold={self.threshold}, value={self.value}{_and_inplace(self.inplace)}"


class Hardtanh(Module):
    """The input, kept between two bounds."""

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        self.min_val = self._renamed("min", min_val, min_value)
        self.max_val = self._renamed("max", max_val, max_value)
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise AssertionError(f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    @staticmethod
    def _renamed(bound: str, value: float, old: float | None) -> float:
        if old is None:
            return value
        warnings.warn(
            f"keyword argument `{bound}_value` is deprecated and renamed to `{bound}_val`",
            FutureWarning,
            stacklevel=3,
        )
        return old

    def forward(self, input: Any) -> Any:
        """The input between the bounds."""
        return functional.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """The bounds."""
        return f"min_val={self.min_val}, max_val={self.max_val}{_and_inplace(self.inplace)}"


class ReLU6(Hardtanh):
    """The input, kept between 0 and 6."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        """Whether it changes its input."""
        return "inplace=True" if self.inplace else ""


class RReLU(Module):
    """The input; below zero, times a slope: a random one while training, else the middle of the bounds."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The rrelu of each element."""
        return functional.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The bounds."""
        return f"lower={self.lower}, upper={self.upper}{_and_inplace(self.inplace)}"


class ELU(Module):
    """The input; below zero alpha * (exp(input) - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The elu of each element."""
        return functional.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """The options."""
        return f"alpha={self.alpha}{_and_inplace(self.inplace)}"


class CELU(Module):
    """The input; below zero alpha * (exp(input / alpha) - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The celu of each element."""
        return functional.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """The options."""
        return f"alpha={self.alpha}{_and_inplace(self.inplace)}"


class LeakyReLU(Module):
    """The input; below zero, times the slope."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """The leaky_relu of each element."""
        return functional.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """The options."""
        return f"negative_slope={self.negative_slope}{_and_inplace(self.inplace)}"


class PReLU(Module):
    """The input; below zero, times a weight that is learned: one for all, or one for each channel."""

    weight: Parameter

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(creation.empty(num_parameters, dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weights to what they are at first."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Any) -> Any:
        """The prelu of each element."""
        return rectifiers.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """The number of weights."""
        return f"num_parameters={self.num_parameters}"


class GELU(Module):
    """The input times the normal distribution's probability of less."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """The gelu of each element."""
        return gates.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """How it is computed."""
        return f"approximate={self.approximate!r}"


class Hardshrink(Module):
    """The input; zero where it is not farther from zero than `lambd`."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """The hardshrink of each element."""
        return shrinking.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """The bound."""
        return f"{self.lambd}"


class Softshrink(Module):
    """The input moved towards zero by `lambd`."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """The softshrink of each element."""
        return shrinking.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """The bound."""
        return str(self.lambd)


class Softplus(Module):
    """log(1 + exp(beta * input)) / beta."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        """A smooth positive part."""
        return functional.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """The options."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Sigmoid(Module):
    """1 / (1 + exp(-input))."""

    def forward(self, input: Any) -> Any:
        """The sigmoid of each element."""
        return activations.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Any) -> Any:
        """The hyperbolic tangent of each element."""
        return activations.tanh(input)


class LogSigmoid(Module):
    """log(sigmoid(input))."""

    def forward(self, input: Any) -> Any:
        """The logarithm of the sigmoid of each element."""
        return functional.logsigmoid(input)


class Softsign(Module):
    """input / (1 + |input|)."""

    def forward(self, input: Any) -> Any:
        """The softsign of each element."""
        return functional.softsign(input)


class Tanhshrink(Module):
    """The input less its hyperbolic tangent."""

    def forward(self, input: Any) -> Any:
        """The tanhshrink of each element."""
        return functional.tanhshrink(input)


class GLU(Module):
    """The first half along a dimension, times the sigmoid of the second."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """The gated half."""
        return functional.glu(input, self.dim)

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"


class _AlongDimension(Module):
    """What is done along one dimension."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        """The dimension."""
        return f"dim={self.dim}"


class Softmax(_AlongDimension):
    """exp(input), divided by its sum along a dimension."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim)

    def forward(self, input: Any) -> Any:
        """The softmax."""
        return functional.softmax(input, self.dim, _stacklevel=5)


class Softmin(_AlongDimension):
    """The softmax of -input."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim)

    def forward(self, input: Any) -> Any:
        """The softmin."""
        return functional.softmin(input, self.dim, _stacklevel=5)


class LogSoftmax(_AlongDimension):
    """The logarithm of the softmax."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim)

    def forward(self, input: Any) -> Any:
        """The logarithm of the softmax."""
        return functional.log_softmax(input, self.dim, _stacklevel=5)


class Softmax2d(Module):
    """The softmax over the channels at each place of an image."""

    def forward(self, input: Any) -> Any:
        """The softmax over the channels."""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.dim()}D instead")
        return functional.softmax(input, -3, _stacklevel=5)
