"""Numbers that come near to ones and zeros.

Source: torch.distributions.
"""

from __future__ import annotations

from typing import Any, ClassVar

from . import constraints
from .namespace import torch
from .odds import ByProbability
from .transformed_distribution import TransformedDistribution
from .transforms import SigmoidTransform
from .utils import broadcast_all, clamp_probs


class LogitRelaxedBernoulli(ByProbability):
    """The log odds of a relaxed Bernoulli distribution."""

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    _parameters = "probs logits"
    _kept = "_given temperature"

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: Any = None
    ) -> None:
        self.temperature = temperature
        given = self._choose(probs, logits)
        (self.__dict__[self._given],) = broadcast_all(given)
        super().__init__(self._param.size(), validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        drawn = clamp_probs(torch.rand(shape, dtype=probs.dtype))
        odds = drawn.log() - (-drawn).log1p() + probs.log() - (-probs).log1p()
        return odds / self.temperature

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        diff = logits - value.mul(self.temperature)
        return self.temperature.log() + diff - 2 * diff.exp().log1p()


class Relaxed(TransformedDistribution):
    """A relaxed distribution, of which the base computes logarithms."""

    has_rsample = True

    @property
    def temperature(self) -> Any:
        """How far samples are from zeros and ones."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """Log odds, or the logarithms of the probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """Probabilities."""
        return self.base_dist.probs


class RelaxedBernoulli(Relaxed):
    """Numbers between 0 and 1, the nearer to them the lower the temperature."""

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: Any = None
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args=validate_args)
