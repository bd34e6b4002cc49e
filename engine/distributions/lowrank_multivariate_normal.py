"""The normal distribution of vectors whose covariance is of low rank beside its diagonal.

Source: torch.distributions.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from . import constraints
from .distribution import Distribution
from .multivariate_normal import batch_mahalanobis, batch_mv
from .namespace import torch
from .utils import _standard_normal, lazy_property


def _raised_by_one(matrix: Any) -> Any:
    """The matrix plus the identity."""
    size = matrix.size(-1)
    matrix = matrix.contiguous()
    matrix.view(-1, size * size)[:, :: size + 1] += 1
    return matrix


def _capacitance_tril(factor: Any, diag: Any) -> Any:
    scaled = factor.mT / diag.unsqueeze(-2)
    return torch.linalg.cholesky(_raised_by_one(torch.matmul(scaled, factor)))


def lowrank_logdet(distribution: Any) -> Any:
    """The logarithm of the covariance's determinant, by the matrix determinant lemma."""
    capacitance = distribution._capacitance_tril.diagonal(dim1=-2, dim2=-1)
    return 2 * capacitance.log().sum(-1) + distribution._unbroadcasted_cov_diag.log().sum(-1)


def lowrank_mahalanobis(distribution: Any, x: Any) -> Any:
    """The squares of vectors' lengths, measured by the covariance, by the Woodbury identity."""
    factor, diag = distribution._parts
    scaled = batch_mv(factor.mT / diag.unsqueeze(-2), x)
    return (x.pow(2) / diag).sum(-1) - batch_mahalanobis(distribution._capacitance_tril, scaled)


class LowRankMultivariateNormal(Distribution):
    """Normally distributed vectors of covariance `cov_factor @ cov_factor.T + diag(cov_diag)`."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True
    _parameters = "loc cov_diag cov_factor"
    _kept = "_unbroadcasted_cov_factor _unbroadcasted_cov_diag _capacitance_tril"

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: Any = None) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        event_shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ValueError(
                "cov_factor must be at least two-dimensional, with optional leading batch dimensions"
            )
        if cov_factor.shape[-2:-1] != event_shape:
            raise ValueError(f"cov_factor must be a batch of matrices with shape {event_shape[0]} x m")
        if cov_diag.shape[-1:] != event_shape:
            raise ValueError(f"cov_diag must be a batch of vectors with shape {event_shape}")
        columns = loc.unsqueeze(-1), cov_factor, cov_diag.unsqueeze(-1)
        try:
            loc_column, self.cov_factor, diag_column = torch.broadcast_tensors(*columns)
        except RuntimeError as error:
            raise ValueError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from error
        self.loc, self.cov_diag = loc_column[..., 0], diag_column[..., 0]
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        self._capacitance_tril = _capacitance_tril(cov_factor, cov_diag)
        super().__init__(self.loc.shape[:-1], event_shape, validate_args=validate_args)

    @property
    def _parts(self) -> Any:
        return self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag

    def _whole(self, matrix: Any) -> Any:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.loc

    mode = mean

    @lazy_property
    def variance(self) -> Any:
        """The variance."""
        factor, diag = self._parts
        return (factor.pow(2).sum(-1) + diag).expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower triangular factor of the covariance."""
        factor, diag = self._parts
        roots = diag.sqrt().unsqueeze(-1)
        scaled = factor / roots
        raised = _raised_by_one(torch.matmul(scaled, scaled.mT))
        return self._whole(roots * torch.linalg.cholesky(raised))

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        factor, diag = self._parts
        return self._whole(torch.matmul(factor, factor.mT) + torch.diag_embed(diag))

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance, by the Woodbury identity."""
        factor, diag = self._parts
        scaled = factor.mT / diag.unsqueeze(-2)
        solved = torch.linalg.solve_triangular(self._capacitance_tril, scaled, upper=False)
        return self._whole(torch.diag_embed(diag.reciprocal()) - solved.mT @ solved)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        eps_factor = _standard_normal(shape[:-1] + self.cov_factor.shape[-1:], self.loc.dtype)
        eps_diag = _standard_normal(shape, self.loc.dtype)
        factor, diag = self._parts
        return self.loc + batch_mv(factor, eps_factor) + diag.sqrt() * eps_diag

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        distance = lowrank_mahalanobis(self, value - self.loc)
        log_det = lowrank_logdet(self)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + log_det + distance)

    def entropy(self) -> Any:
        """The entropy."""
        log_det = lowrank_logdet(self)
        entropy = 0.5 * (self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + log_det)
        return entropy.expand(self._batch_shape) if self._batch_shape else entropy
