"""The normal distribution of vectors.

Source: torch.distributions.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from . import constraints
from .distribution import Distribution
from .namespace import torch
from .utils import _standard_normal, lazy_property


def batch_mv(matrix: Any, vector: Any) -> Any:
    """The products of batches of matrices and vectors."""
    return torch.matmul(matrix, vector.unsqueeze(-1)).squeeze(-1)


def batch_mahalanobis(factor: Any, x: Any) -> Any:
    """The squares of vectors' lengths, measured by lower triangular factors; `x` may have more of a batch.

    The additional dimensions of the batch become columns that one factor solves for.
    """
    n, batch_shape, own = x.size(-1), x.shape[:-1], factor.dim() - 2
    outer = len(batch_shape) - own
    pairs: list[int] = []
    for size, total in zip(factor.shape[:-2], x.shape[outer:-1]):
        pairs += (total // size, size)
    x = x.reshape((*x.shape[:outer], *pairs, n))
    last = outer + 2 * own
    x = x.permute([*range(outer), *range(outer, last, 2), *range(outer + 1, last, 2), last])
    flat_factor = factor.reshape(-1, n, n)
    columns = x.reshape(-1, flat_factor.size(0), n).permute(1, 2, 0)
    solved = torch.linalg.solve_triangular(flat_factor, columns, upper=False).pow(2).sum(-2)
    squares = solved.t().reshape(x.shape[:-1])
    back = [*range(outer)]
    for i in range(own):
        back += [outer + i, len(batch_shape) + i]
    return squares.permute(back).reshape(batch_shape)


def precision_to_scale_tril(precision: Any) -> Any:
    """The lower triangular factor of a precision matrix' inverse."""
    turned = torch.linalg.cholesky(torch.flip(precision, (-2, -1)))
    inverse = torch.transpose(torch.flip(turned, (-2, -1)), -2, -1)
    identity = torch.eye(precision.shape[-1], dtype=precision.dtype)
    return torch.linalg.solve_triangular(inverse, identity, upper=False)


ONE_MATRIX = "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified."


def given_matrices(covariance_matrix: Any, precision_matrix: Any, scale_tril: Any) -> dict[str, Any]:
    """The matrices that were given, by their names; the shape of a distribution takes just one."""
    choices = {
        "scale_tril": scale_tril,
        "covariance_matrix": covariance_matrix,
        "precision_matrix": precision_matrix,
    }
    return {name: matrix for name, matrix in choices.items() if matrix is not None}


def covariance_factor(name: str, matrix: Any) -> Any:
    """The lower triangular factor of the covariance that a matrix of this name stands for."""
    if name == "covariance_matrix":
        return torch.linalg.cholesky(matrix)
    return precision_to_scale_tril(matrix) if name == "precision_matrix" else matrix


class MultivariateNormal(Distribution):
    """Normally distributed vectors, by their covariance, its inverse or its lower triangular factor."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True
    _parameters = "loc covariance_matrix scale_tril precision_matrix"
    _kept = "_unbroadcasted_scale_tril"

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: Any = None,
    ) -> None:
        if loc.dim() < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = given_matrices(covariance_matrix, precision_matrix, scale_tril)
        if len(given) != 1:
            raise ValueError(ONE_MATRIX)
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            shown = "scale_tril matrix" if name == "scale_tril" else name
            raise ValueError(
                f"{shown} must be at least two-dimensional, with optional leading batch dimensions"
            )
        batch_shape = torch.broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        setattr(self, name, matrix.expand((*batch_shape, -1, -1)))
        self.loc = loc.expand((*batch_shape, -1))
        super().__init__(batch_shape, self.loc.shape[-1:], validate_args=validate_args)
        self._unbroadcasted_scale_tril = covariance_factor(name, matrix)

    def _whole(self, matrix: Any) -> Any:
        return matrix.expand(self._batch_shape + self._event_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Any:
        """The lower triangular factor of the covariance."""
        return self._whole(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        factor = self._unbroadcasted_scale_tril
        return self._whole(torch.matmul(factor, factor.mT))

    @lazy_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        return self._whole(torch.cholesky_inverse(self._unbroadcasted_scale_tril))

    @property
    def mean(self) -> Any:
        """The mean."""
        return self.loc

    mode = mean

    @property
    def variance(self) -> Any:
        """The variance."""
        squares = self._unbroadcasted_scale_tril.pow(2).sum(-1)
        return squares.expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        eps = _standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + batch_mv(self._unbroadcasted_scale_tril, eps)

    def _half_log_det(self) -> Any:
        return self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability at a value."""
        self._check(value)
        distance = batch_mahalanobis(self._unbroadcasted_scale_tril, value - self.loc)
        constant = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (constant + distance) - self._half_log_det()

    def entropy(self) -> Any:
        """The entropy."""
        entropy = 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()
        return entropy.expand(self._batch_shape) if self._batch_shape else entropy
