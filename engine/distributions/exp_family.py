"""Exponential families, whose entropies and divergences follow from the gradient of one function.

Source: torch.distributions.ExponentialFamily.
"""

from __future__ import annotations

from typing import Any

from .distribution import Distribution
from .namespace import torch


class ExponentialFamily(Distribution):
    """A distribution that is given by natural parameters and the logarithm of its normalizer."""

    @property
    def _natural_params(self) -> Any:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Any:
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> Any:
        raise NotImplementedError

    def entropy(self) -> Any:
        """The entropy, as the Bregman divergence of the log normalizer gives it."""
        result = -self._mean_carrier_measure
        parameters = [each.detach().requires_grad_() for each in self._natural_params]
        normalizer = self._log_normalizer(*parameters)
        gradients = torch.autograd.grad(normalizer.sum(), parameters, create_graph=True)
        result += normalizer
        for parameter, gradient in zip(parameters, gradients):
            result -= (parameter * gradient).reshape((*self._batch_shape, -1)).sum(-1)
        return result
