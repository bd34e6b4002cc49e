"""The half-Cauchy distribution.

Source: torch.distributions.
"""

from __future__ import annotations

import math
from typing import Any

from .cauchy import Cauchy
from .half_normal import Halved
from .namespace import torch
from .transforms import AbsTransform


class HalfCauchy(Halved):
    """The absolute values of numbers of a Cauchy distribution."""

    def __init__(self, scale: Any, validate_args: Any = None) -> None:
        base = Cauchy(0, scale, validate_args=False)
        super().__init__(base, AbsTransform(), validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """The mean."""
        return torch.full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Any:
        """The variance."""
        return self.base_dist.variance

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        return super().log_prob(torch.as_tensor(value, dtype=self.scale.dtype))
