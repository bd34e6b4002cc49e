"""The generalized Pareto distribution.

Source: torch.distributions.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from . import constraints
from .distribution import Distribution
from .namespace import torch
from .utils import broadcast_all


class GeneralizedPareto(Distribution):
    """Numbers above a threshold `loc`."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True
    _parameters = "loc scale concentration"

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: Any = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.size(), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """The constraint that samples satisfy."""
        end = self.loc - self.scale / self.concentration
        return constraints.interval(self.loc, torch.where(self.concentration < 0, end, math.inf))

    def _exponent(self) -> Any:
        """Where the exponent is zero, and exponents that can be divided by."""
        zero = torch.isclose(self.concentration, torch.zeros_like(self.concentration))
        return zero, torch.where(zero, torch.ones_like(self.concentration), self.concentration)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        z = (value - self.loc) / self.scale
        zero, safe = self._exponent()
        y = 1 / safe + torch.ones_like(z)
        elsewhere = torch.where(y == 0, y, y * torch.log1p(safe * z))
        return -self.scale.log() - torch.where(zero, z, elsewhere)

    def log_survival_function(self, value: Any) -> Any:
        """The logarithm of the probability of values beyond this one."""
        self._check(value)
        z = (value - self.loc) / self.scale
        zero, safe = self._exponent()
        return torch.where(zero, -z, -torch.log1p(safe * z) / safe)

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of the probability of values up to this one."""
        return torch.log1p(-torch.exp(self.log_survival_function(value)))

    def cdf(self, value: Any) -> Any:
        """The probability of values up to this one."""
        return torch.exp(self.log_cdf(value))

    def icdf(self, value: Any) -> Any:
        """The value up to which the probability is this one."""
        zero, safe = self._exponent()
        logarithm = torch.log1p(-value)
        elsewhere = self.loc + self.scale / safe * torch.expm1(-safe * logarithm)
        return torch.where(zero, self.loc - self.scale * logarithm, elsewhere)

    @property
    def mean(self) -> Any:
        """The mean."""
        valid = self.concentration < 1
        safe = torch.where(valid, self.concentration, 0.5)
        return torch.where(valid, self.loc + self.scale / (1 - safe), math.nan)

    @property
    def variance(self) -> Any:
        """The variance."""
        valid = self.concentration < 0.5
        safe = torch.where(valid, self.concentration, 0.25)
        found = self.scale**2 / ((1 - safe) ** 2 * (1 - 2 * safe))
        return torch.where(valid, found, math.nan)

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return self.loc

    def entropy(self) -> Any:
        """The entropy."""
        entropy = torch.log(self.scale) + self.concentration + 1
        return torch.broadcast_to(entropy, self._batch_shape)
