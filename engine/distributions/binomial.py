"""The binomial distribution.

Source: torch.distributions.
"""

from __future__ import annotations

from typing import Any, ClassVar

from . import constraints
from .namespace import torch
from .odds import ByProbability
from .utils import broadcast_all


def _above_zero(x: Any) -> Any:
    """The positive part, whose gradient at zero is a half."""
    return (x.clamp(min=0) + x - x.clamp(max=0)) / 2


class Counted(ByProbability):
    """Trials of one probability, and their number."""

    _parameters = "total_count probs logits"

    def __init__(self, total_count: Any, probs: Any, logits: Any, validate_args: Any) -> None:
        given = self._choose(probs, logits)
        total_count, self.__dict__[self._given] = broadcast_all(total_count, given)
        self.total_count = total_count.type_as(self._param)
        super().__init__(self._param.size(), validate_args=validate_args)


class Binomial(Counted):
    """How many of `total_count` trials succeed."""

    arg_constraints: ClassVar[Any] = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: Any = None
    ) -> None:
        super().__init__(total_count, probs, logits, validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """The constraint that samples satisfy."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        """The most probable value."""
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            return torch.binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        of_all = torch.lgamma(self.total_count + 1)
        of_successes = torch.lgamma(value + 1)
        of_failures = torch.lgamma(self.total_count - value + 1)
        normalizer = (
            self.total_count * _above_zero(self.logits)
            + self.total_count * torch.log1p(torch.exp(-torch.abs(self.logits)))
            - of_all
        )
        return value * self.logits - of_successes - of_failures - normalizer

    def _one_count(self, method: str) -> int:
        total_count = int(self.total_count.max())
        if not self.total_count.min() == total_count:
            raise NotImplementedError(f"Inhomogeneous total count not supported by `{method}`.")
        return total_count

    def entropy(self) -> Any:
        """The entropy."""
        self._one_count("entropy")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(torch.exp(log_prob) * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values, along a new first dimension."""
        total_count = self._one_count("enumerate_support")
        return self._enumerated(torch.arange(1 + total_count, dtype=self._param.dtype), expand)
