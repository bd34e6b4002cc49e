"""Ones and zeros.

Source: torch.distributions.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from . import constraints
from .exp_family import ExponentialFamily
from .namespace import torch
from .odds import ByProbability
from .utils import binary_entropy, broadcast_all


class Bernoulli(ByProbability, ExponentialFamily):
    """Ones with the probability `probs`, zeros otherwise."""

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0
    _parameters = "probs logits"

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        given = self._choose(probs, logits)
        (self.__dict__[self._given],) = broadcast_all(given)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.probs

    @property
    def mode(self) -> Any:
        """The most probable value."""
        mode = (self.probs >= 0.5).to(self.probs)
        mode[self.probs == 0.5] = math.nan
        return mode

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            return torch.bernoulli(self.probs.expand(shape))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_entropy(logits, value)

    def entropy(self) -> Any:
        """The entropy."""
        return binary_entropy(self.logits, self.probs)

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values, along a new first dimension."""
        return self._enumerated(torch.arange(2, dtype=self._param.dtype), expand)

    @property
    def _natural_params(self) -> Any:
        return (torch.logit(self.probs),)

    def _log_normalizer(self, x: Any) -> Any:
        return torch.log1p(torch.exp(x))
