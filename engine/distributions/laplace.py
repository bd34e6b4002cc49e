"""The Laplace distribution.

Source: torch.distributions.
"""

from __future__ import annotations

from typing import Any, ClassVar

from . import constraints
from .distribution import Distribution
from .namespace import torch
from .utils import broadcast_all


class Laplace(Distribution):
    """Numbers whose distance from `loc` is exponentially distributed."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True
    _parameters = "loc scale"

    def __init__(self, loc: Any, scale: Any, validate_args: Any = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.size(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.loc

    mode = mean

    @property
    def variance(self) -> Any:
        """The variance."""
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return (2**0.5) * self.scale

    def rsample(self, sample_shape: Any = ()) -> Any:
        lowest = torch.finfo(self.loc.dtype).eps - 1
        drawn = self.loc.new(self._extended_shape(sample_shape)).uniform_(lowest, 1)
        return self.loc - self.scale * drawn.sign() * torch.log1p(-drawn.abs())

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        return -torch.log(2 * self.scale) - torch.abs(value - self.loc) / self.scale

    def cdf(self, value: Any) -> Any:
        """The probability of values up to this one."""
        self._check(value)
        side = 0.5 * (value - self.loc).sign()
        return 0.5 - side * torch.expm1(-(value - self.loc).abs() / self.scale)

    def icdf(self, value: Any) -> Any:
        """The value up to which the probability is this one."""
        term = value - 0.5
        return self.loc - self.scale * term.sign() * torch.log1p(-2 * term.abs())

    def entropy(self) -> Any:
        """The entropy."""
        return 1 + torch.log(2 * self.scale)
