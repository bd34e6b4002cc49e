"""How far one distribution is from another: the Kullback-Leibler divergence, by pairs of classes.

Source: torch.distributions.kl. Pairs of different classes stand in `kl_pairs`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from .bernoulli import Bernoulli
from .beta import Beta
from .binomial import Binomial
from .categorical import Categorical
from .cauchy import Cauchy
from .continuous_bernoulli import ContinuousBernoulli
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .exponential import Exponential
from .gamma import Gamma
from .geometric import Geometric
from .gumbel import Gumbel
from .half_normal import HalfNormal
from .independent import Independent
from .laplace import Laplace
from .lowrank_multivariate_normal import (
    LowRankMultivariateNormal,
    lowrank_logdet,
    lowrank_mahalanobis,
)
from .multivariate_normal import MultivariateNormal, batch_mahalanobis
from .namespace import torch
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .pareto import Pareto
from .poisson import Poisson
from .transformed_distribution import TransformedDistribution
from .uniform import Uniform
from .utils import _sum_rightmost, euler_constant

Pair = tuple[type, type]

_REGISTRY: dict[Pair, Callable[[Any, Any], Any]] = {}
_FOUND: dict[Pair, Any] = {}


def register_kl(type_p: type, type_q: type) -> Any:
    """A decorator: the function computes the divergence for these classes and those below them."""
    for name, given in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(given, type) and issubclass(given, Distribution):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {given}")

    def register(function: Any) -> Any:
        _REGISTRY[type_p, type_q] = function
        _FOUND.clear()  # a pair that was looked up before may have a nearer function now
        return function

    return register


def _nearer(one: Pair, other: Pair) -> int:
    """Below 0 where the first pair is more specific, by its first class, then by its second."""
    if one == other:
        return 0
    for mine, theirs in zip(one, other):
        if not issubclass(mine, theirs):
            return 1
        if mine is not theirs:
            break
    return -1


def _find(type_p: type, type_q: type) -> Any:
    matches = [pair for pair in _REGISTRY if issubclass(type_p, pair[0]) and issubclass(type_q, pair[1])]
    if not matches:
        return NotImplemented
    left_p, left_q = min(matches, key=cmp_to_key(_nearer))
    right_q, right_p = min(((q, p) for p, q in matches), key=cmp_to_key(_nearer))
    left, right = _REGISTRY[left_p, left_q], _REGISTRY[right_p, right_q]
    if left is not right:
        warnings.warn(
            f"Ambiguous kl_divergence({type_p.__name__}, {type_q.__name__}). "
            f"Please register_kl({left_p.__name__}, {right_q.__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return left


def kl_divergence(p: Any, q: Any) -> Any:
    """The divergence of `q` from `p`, over their batch."""
    from . import kl_pairs  # noqa: F401 - it registers its pairs

    pair = type(p), type(q)
    if pair not in _FOUND:
        _FOUND[pair] = _find(*pair)
    function = _FOUND[pair]
    if function is NotImplemented:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
        )
    return function(p, q)


# ---- whole families --------------------------------------------------------------------------------------

# The sentence has the indentation of PyTorch's source in it.
_INDENTED = " " * 28


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_families(p: Any, q: Any) -> Any:
    if type(p) is not type(q):
        raise NotImplementedError(
            f"The cross KL-divergence between different exponential families cannot {_INDENTED}"
            "be computed using Bregman divergences"
        )
    mine = [each.detach().requires_grad_() for each in p._natural_params]
    normalizer = p._log_normalizer(*mine)
    gradients = torch.autograd.grad(normalizer.sum(), mine, create_graph=True)
    result = q._log_normalizer(*q._natural_params) - normalizer
    for one, other, gradient in zip(mine, q._natural_params, gradients):
        result -= _sum_rightmost((other - one) * gradient, len(q.event_shape))
    return result


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return _sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


# ---- discrete distributions ------------------------------------------------------------------------------


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    softplus = torch.nn.functional.softplus
    t1 = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    t1[q.probs == 0] = math.inf
    t1[p.probs == 0] = 0
    t2 = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    t2[q.probs == 1] = math.inf
    t2[p.probs == 1] = 0
    return t1 + t2


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError(
            "KL between Binomials where q.total_count > p.total_count is not implemented"
        )
    one = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    result = p.total_count * one
    more = p.total_count > q.total_count
    result[more] = torch.full_like(result[more], math.inf)
    return result


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    t = p.probs * (p.logits - q.logits)
    t[(q.probs == 0).expand_as(t)] = math.inf
    t[(p.probs == 0).expand_as(t)] = 0
    return t.sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot_categorical(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


# ---- continuous distributions ----------------------------------------------------------------------------


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    distance = ((p.loc - q.loc) / q.scale).pow(2)
    return 0.5 * (ratio + distance - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    of_p, of_q = p.concentration1 + p.concentration0, q.concentration1 + q.concentration0
    t1 = q.concentration1.lgamma() + q.concentration0.lgamma() + of_p.lgamma()
    t2 = p.concentration1.lgamma() + p.concentration0.lgamma() + of_q.lgamma()
    t3 = (p.concentration1 - q.concentration1) * torch.digamma(p.concentration1)
    t4 = (p.concentration0 - q.concentration0) * torch.digamma(p.concentration0)
    return t1 - t2 + t3 + t4 + (of_q - of_p) * torch.digamma(of_p)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    t1 = p.mean * (p.logits - q.logits)
    t2 = p._cont_bern_log_norm() + torch.log1p(-p.probs)
    return t1 + t2 + (-q._cont_bern_log_norm() - torch.log1p(-q.probs))


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    of_p, of_q = p.concentration.sum(-1), q.concentration.sum(-1)
    t1 = of_p.lgamma() - of_q.lgamma()
    t2 = (p.concentration.lgamma() - q.concentration.lgamma()).sum(-1)
    slope = p.concentration.digamma() - of_p.digamma().unsqueeze(-1)
    return t1 - t2 + ((p.concentration - q.concentration) * slope).sum(-1)


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    t1 = q.concentration * (p.rate / q.rate).log()
    t2 = torch.lgamma(q.concentration) - torch.lgamma(p.concentration)
    t3 = (p.concentration - q.concentration) * torch.digamma(p.concentration)
    return t1 + t2 + t3 + (q.rate - p.rate) * (p.concentration / p.rate)


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio, of_q, of_p = p.scale / q.scale, q.loc / q.scale, p.loc / q.scale
    t1 = -ratio.log() - of_q + of_p
    t3 = torch.exp(of_q + (1 + ratio).lgamma() - of_p)
    return t1 + ratio * euler_constant + t3 - (1 + euler_constant)


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    t2 = distance / q.scale
    return -ratio.log() + t2 + ratio * torch.exp(-distance / p.scale) - 1


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Any:
    scale_ratio, alpha_ratio = p.scale / q.scale, q.alpha / p.alpha
    result = q.alpha * scale_ratio.log() + -alpha_ratio.log() + alpha_ratio - 1
    result[p.support.lower_bound < q.support.lower_bound] = math.inf
    return result


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    result = ((q.high - q.low) / (p.high - p.low)).log()
    result[(q.low > p.low) | (q.high < p.high)] = math.inf
    return result


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    t1 = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
    return t1 - (4 * p.scale * q.scale).log()


# ---- normal vectors --------------------------------------------------------------------------------------


def _check_events(p: Any, q: Any, kinds: str) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"KL-divergence between two {kinds} with {' ' * 25}different event shapes cannot be computed"
        )


def _square_sum(matrix: Any) -> Any:
    flat = matrix.reshape(-1, matrix.size(-2) * matrix.size(-1)).pow(2).sum(-1)
    return flat.reshape(matrix.shape[:-2])


def _log_diagonal(matrix: Any) -> Any:
    return matrix.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _solved(factor: Any, right: Any) -> Any:
    return torch.linalg.solve_triangular(factor, right, upper=False)


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Any:
    _check_events(p, q, "Multivariate Normals")
    factor_p, factor_q = p._unbroadcasted_scale_tril, q._unbroadcasted_scale_tril
    half_term = _log_diagonal(factor_q) - _log_diagonal(factor_p)
    n = p.event_shape[0]
    sizes = (*torch.broadcast_shapes(factor_q.shape[:-2], factor_p.shape[:-2]), n, n)
    term2 = _square_sum(_solved(factor_q.expand(sizes), factor_p.expand(sizes)))
    term3 = batch_mahalanobis(factor_q, q.loc - p.loc)
    return half_term + 0.5 * (term2 + term3 - n)


def _lowrank(q: Any) -> Any:
    """The parts of a covariance of low rank, and its factor solved by the capacitance."""
    factor, diag = q._parts
    return factor, diag, _solved(q._capacitance_tril, factor.mT / diag.unsqueeze(-2))


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _lowrank_lowrank(p: Any, q: Any) -> Any:
    _check_events(p, q, "Low Rank Multivariate Normals")
    term1 = lowrank_logdet(q) - lowrank_logdet(p)
    term3 = lowrank_mahalanobis(q, q.loc - p.loc)
    _, diag_q, solved = _lowrank(q)
    factor_p, diag_p = p._parts
    trace = (diag_p / diag_q).sum(-1) + _square_sum(factor_p * diag_q.rsqrt().unsqueeze(-1))
    trace = trace - _square_sum(solved * diag_p.sqrt().unsqueeze(-2)) - _square_sum(solved.matmul(factor_p))
    return 0.5 * (term1 + trace + term3 - p.event_shape[0])


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _multivariate_lowrank(p: Any, q: Any) -> Any:
    _check_events(p, q, "(Low Rank) Multivariate Normals")
    factor_p = p._unbroadcasted_scale_tril
    term1 = lowrank_logdet(q) - 2 * _log_diagonal(factor_p)
    term3 = lowrank_mahalanobis(q, q.loc - p.loc)
    _, diag_q, solved = _lowrank(q)
    trace = _square_sum(factor_p * diag_q.rsqrt().unsqueeze(-1)) - _square_sum(solved.matmul(factor_p))
    return 0.5 * (term1 + trace + term3 - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _lowrank_multivariate(p: Any, q: Any) -> Any:
    _check_events(p, q, "(Low Rank) Multivariate Normals")
    factor_q, (factor_p, diag_p) = q._unbroadcasted_scale_tril, p._parts
    term1 = 2 * _log_diagonal(factor_q) - lowrank_logdet(p)
    term3 = batch_mahalanobis(factor_q, q.loc - p.loc)
    n = p.event_shape[0]
    batch = torch.broadcast_shapes(factor_q.shape[:-2], factor_p.shape[:-2])
    whole_q = factor_q.expand((*batch, n, n))
    whole_p = factor_p.expand((*batch, n, p.cov_factor.size(-1)))
    roots = torch.diag_embed(diag_p.sqrt()).expand((*batch, n, n))
    trace = _square_sum(_solved(whole_q, whole_p)) + _square_sum(_solved(whole_q, roots))
    return 0.5 * (term1 + trace + term3 - p.event_shape[0])
