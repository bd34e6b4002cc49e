"""The continuous Bernoulli distribution.

Source: torch.distributions.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from . import constraints
from .exp_family import ExponentialFamily
from .namespace import torch
from .odds import ByProbability
from .utils import binary_entropy, broadcast_all, clamp_probs, lazy_property, logits_to_probs


class ContinuousBernoulli(ByProbability, ExponentialFamily):
    """Numbers between 0 and 1; around `probs` = 1/2 (`lims`), where formulas lose digits, by Taylor series."""

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0
    _parameters = "probs logits"
    _kept = "_given _lims"

    def __init__(
        self, probs: Any = None, logits: Any = None, lims: Any = (0.499, 0.501), validate_args: Any = None
    ) -> None:
        (given,) = broadcast_all(self._choose(probs, logits))
        if probs is not None:
            if validate_args is not None and not self.arg_constraints["probs"].check(given).all():
                raise ValueError("The parameter probs has invalid values")
            given = clamp_probs(given)
        self.__dict__[self._given] = given
        self._lims = lims
        super().__init__(given.size(), validate_args=validate_args)

    @lazy_property
    def probs(self) -> Any:
        """Probabilities."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _outside_unstable_region(self) -> Any:
        return torch.max(torch.le(self.probs, self._lims[0]), torch.gt(self.probs, self._lims[1]))

    def _cut_probs(self) -> Any:
        safe = self._lims[0] * torch.ones_like(self.probs)
        return torch.where(self._outside_unstable_region(), self.probs, safe)

    def _cont_bern_log_norm(self) -> Any:
        cut = self._cut_probs()
        below = torch.where(torch.le(cut, 0.5), cut, torch.zeros_like(cut))
        above = torch.where(torch.ge(cut, 0.5), cut, torch.ones_like(cut))
        log_norm = torch.log(torch.abs(torch.log1p(-cut) - torch.log(cut))) - torch.where(
            torch.le(cut, 0.5), torch.log1p(-2.0 * below), torch.log(2.0 * above - 1.0)
        )
        x = torch.pow(self.probs - 0.5, 2)
        taylor = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x
        return torch.where(self._outside_unstable_region(), log_norm, taylor)

    @property
    def mean(self) -> Any:
        """The mean."""
        cut = self._cut_probs()
        means = cut / (2.0 * cut - 1.0) + 1.0 / (torch.log1p(-cut) - torch.log(cut))
        x = self.probs - 0.5
        taylor = 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * torch.pow(x, 2)) * x
        return torch.where(self._outside_unstable_region(), means, taylor)

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return torch.sqrt(self.variance)

    @property
    def variance(self) -> Any:
        """The variance."""
        cut = self._cut_probs()
        variances = cut * (cut - 1.0) / torch.pow(1.0 - 2.0 * cut, 2) + 1.0 / torch.pow(
            torch.log1p(-cut) - torch.log(cut), 2
        )
        x = torch.pow(self.probs - 0.5, 2)
        taylor = 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x
        return torch.where(self._outside_unstable_region(), variances, taylor)

    def sample(self, sample_shape: Any = ()) -> Any:
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(torch.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_entropy(logits, value) + self._cont_bern_log_norm()

    def cdf(self, value: Any) -> Any:
        """The probability of values up to this one."""
        self._check(value)
        cut = self._cut_probs()
        powers = torch.pow(cut, value) * torch.pow(1.0 - cut, 1.0 - value)
        unbounded = torch.where(
            self._outside_unstable_region(), (powers + cut - 1.0) / (2.0 * cut - 1.0), value
        )
        bounded = torch.where(torch.ge(value, 1.0), torch.ones_like(value), unbounded)
        return torch.where(torch.le(value, 0.0), torch.zeros_like(value), bounded)

    def icdf(self, value: Any) -> Any:
        """The value up to which the probability is this one."""
        cut = self._cut_probs()
        above = torch.log1p(-cut + value * (2.0 * cut - 1.0)) - torch.log1p(-cut)
        found = above / (torch.log(cut) - torch.log1p(-cut))
        return torch.where(self._outside_unstable_region(), found, value)

    def entropy(self) -> Any:
        """The entropy."""
        log_probs0, log_probs1 = torch.log1p(-self.probs), torch.log(self.probs)
        return self.mean * (log_probs0 - log_probs1) - self._cont_bern_log_norm() - log_probs0

    @property
    def _natural_params(self) -> Any:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Any:
        low, high = self._lims[0] - 0.5, self._lims[1] - 0.5
        outside = torch.max(torch.le(x, low), torch.gt(x, high))
        cut = torch.where(outside, x, low * torch.ones_like(x))
        log_norm = torch.log(torch.abs(torch.special.expm1(cut))) - torch.log(torch.abs(cut))
        taylor = 0.5 * x + torch.pow(x, 2) / 24.0 - torch.pow(x, 4) / 2880.0
        return torch.where(outside, log_norm, taylor)
