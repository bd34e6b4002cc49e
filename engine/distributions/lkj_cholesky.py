"""Distributions of correlation matrices.

Source: torch.distributions.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from . import constraints
from .beta import Beta
from .distribution import Distribution
from .namespace import torch
from .utils import broadcast_all


class LKJCholesky(Distribution):
    """Lower triangular factors of correlation matrices of `dim` variables."""

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive}
    support = constraints.corr_cholesky
    _parameters = "concentration _beta"
    _kept = "dim"

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: Any = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        marginal = self.concentration + 0.5 * (dim - 2)
        offset = torch.arange(dim - 1, dtype=self.concentration.dtype)
        offset = torch.cat([offset.new_zeros((1,)), offset])
        self._beta = Beta(offset + 0.5, marginal.unsqueeze(-1) - 0.5 * offset)
        super().__init__(self.concentration.size(), torch.Size((dim, dim)), validate_args)

    def sample(self, sample_shape: Any = ()) -> Any:
        y = self._beta.sample(sample_shape).unsqueeze(-1)
        normal = torch.randn(self._extended_shape(sample_shape), dtype=y.dtype).tril(-1)
        directions = normal / normal.norm(dim=-1, keepdim=True)
        directions[..., 0, :].fill_(0.0)
        w = torch.sqrt(y) * directions
        left = 1 - torch.sum(w**2, dim=-1)
        w += torch.diag_embed(torch.clamp(left, min=torch.finfo(w.dtype).tiny).sqrt())
        return w

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        order = torch.arange(2, self.dim + 1)
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - order
        unnormalized = torch.sum(order * diagonal.log(), dim=-1)
        rest = self.dim - 1
        alpha = self.concentration + 0.5 * rest
        numerator = torch.mvlgamma(alpha - 0.5, rest)
        constant = 0.5 * rest * math.log(math.pi)
        return unnormalized - (constant + numerator - torch.lgamma(alpha) * rest)
