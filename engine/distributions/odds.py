"""The choice between probabilities and their logarithms as the parameter.

Source: torch.distributions.
"""

from __future__ import annotations

from typing import Any

from .distribution import Distribution
from .utils import lazy_property, logits_to_probs, probs_to_logits


class ByProbability(Distribution):
    """A distribution given by `probs` or `logits`, of which the other follows."""

    _kept = "_given"
    _binary = True

    def _choose(self, probs: Any, logits: Any) -> Any:
        """The one that was given."""
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        self._given = "logits" if probs is None else "probs"
        return logits if probs is None else probs

    @property
    def _param(self) -> Any:
        return self.__dict__[self._given]

    def _new(self, *args: Any, **kwargs: Any) -> Any:
        return self._param.new(*args, **kwargs)

    @lazy_property
    def logits(self) -> Any:
        """Log odds, or the logarithms of the probabilities."""
        return probs_to_logits(self.probs, is_binary=self._binary)

    @lazy_property
    def probs(self) -> Any:
        """Probabilities."""
        return logits_to_probs(self.logits, is_binary=self._binary)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.size()
