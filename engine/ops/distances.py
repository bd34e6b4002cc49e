"""How far points are from each other, and rows kept within a length."""

from __future__ import annotations

import math

import numpy as np

from ..base import TensorBase
from ..dtypes import FLOATING, INTEGER, bool_, not_implemented, promote
from ..op import check_broadcast, op
from ..transforms import lowering
from .arithmetic import mul_scalar
from .choosing import where
from .dims import wrap_dim
from .linalg import check_types
from .refusals import no_forward_mode
from .spread import norm, norm_array, norm_backward
from .tangents import of_norm


@op(
    self=lambda grad, self, other, p, result: norm_backward(grad, self - other, result, p, None, False),
    other=lambda grad, self, other, p, result: -norm_backward(grad, self - other, result, p, None, False),
    jvp=lambda self_t, other_t, self_p, other_p, result, p: of_norm(
        self_t - other_t, self_p - other_p, result, p, None, False
    ),
    node="DistBackward0",
)
def _dist(self, other, p):
    return norm_array(self - other, p, None, False)


def dist(self, other, p=2):
    """The p-norm of the difference."""
    if not isinstance(other, TensorBase):
        raise TypeError(f"dist(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    check_broadcast(self._array.shape, other._array.shape)
    dtype = promote(self._dtype, other._dtype)
    if dtype is bool_:
        self - other  # which is refused
    if dtype.category <= INTEGER:
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {dtype.legacy_name} instead."
        )
    return _dist(self, other, p)


# ---- all pairs ---------------------------------------------------------------------------------------------


def _norms(differences, p):
    size = np.abs(differences)
    if p == 0:
        return np.add.reduce(size != 0, axis=-1).astype(size.dtype)
    if p == 1:
        return np.add.reduce(size, axis=-1)
    if p == 2:
        return np.sqrt(np.add.reduce(size * size, axis=-1))
    if math.isinf(p):
        return np.maximum.reduce(size, axis=-1, initial=0)
    return np.add.reduce(size**p, axis=-1) ** (1 / p)


def _slopes(differences, p, distance):
    """The derivative of each pair's distance; at 0 it is taken as 0."""
    sign, size = np.sign(differences), np.abs(differences)
    with np.errstate(all="ignore"):
        if p == 0:
            return np.zeros_like(differences)
        if p == 1:
            return sign
        if math.isinf(p):
            return sign * (size == distance)
        if p == 2:
            found = differences / distance
        elif p < 2:
            found = sign * size ** (p - 1) / distance ** (p - 1)
            found = np.where(differences == 0, 0, found)
        else:
            found = differences * size ** (p - 2) / distance ** (p - 1)
    return np.where(distance == 0, 0, found).astype(differences.dtype)


def _refuse(grad):
    raise NotImplementedError("the derivative for '_cdist_backward' is not implemented.")


@op(grad=_refuse, x1=_refuse, x2=_refuse, node="CdistBackwardBackward0")
def _cdist_backward(grad, x1, x2, p, result):
    differences = x1[..., :, None, :] - x2[..., None, :, :]
    slopes = _slopes(differences, p, np.asarray(result)[..., None])
    return np.add.reduce(slopes * grad[..., None], axis=-2)


@op(
    x1=lambda grad, x1, x2, p, result: _cdist_backward(grad.contiguous(), x1, x2, p, result),
    x2=lambda grad, x1, x2, p, result: _cdist_backward(
        grad.mT.contiguous(), x2, x1, p, result.mT.contiguous()
    ),
    jvp=no_forward_mode("_cdist_forward"),
    node="CdistBackward0",
)
def _cdist(x1, x2, p):
    return np.ascontiguousarray(_norms(x1[..., :, None, :] - x2[..., None, :, :], p))


def _ratio(grad, result):
    return (grad / result).masked_fill(result == 0, 0)


def _euclidean_x1(grad, x1, x2, result):
    ratio = _ratio(grad, result)
    return x1 * ratio.sum(-1, True) - ratio.matmul(x2)


def _euclidean_x2(grad, x1, x2, result):
    ratio = _ratio(grad, result)
    return x2 * ratio.sum(-2, False).unsqueeze(-1) - ratio.mT.matmul(x1)


@op(x1=_euclidean_x1, x2=_euclidean_x2, jvp=no_forward_mode("_euclidean_dist"), node="EuclideanDistBackward0")
def _euclidean(x1, x2):
    """By a matrix product, as PyTorch does for many points."""
    squares = (x1 * x1).sum(-1)[..., :, None] + (x2 * x2).sum(-1)[..., None, :]
    found = np.sqrt(np.maximum(squares - 2 * np.matmul(x1, np.swapaxes(x2, -1, -2)), 0))
    return found.astype(x1.dtype, copy=False)


def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    """The distances between the rows of two matrices, or of two stacks of them."""
    _check_points(x1, x2, p, compute_mode)
    lead = np.broadcast_shapes(x1._array.shape[:-2], x2._array.shape[:-2])
    one, two = (
        each if each._array.shape[:-2] == lead else each.expand(*lead, *each._array.shape[-2:])
        for each in (x1, x2)
    )
    rows = max(x1._array.shape[-2], x2._array.shape[-2])
    by_product = compute_mode.startswith("use_mm") if rows <= 25 else not compute_mode.startswith("donot")
    by_product = by_product and (rows > 25 or compute_mode == "use_mm_for_euclid_dist")
    if p == 2 and by_product and x1._array.size and x2._array.size:
        check_types(one, two)
        found = _euclidean(one, two)
        return found.view(found._array.shape)
    if x1._array.size and x2._array.size and not lowering():
        _check_pairs(x1, x2)
    return _cdist(one, two, float(p))


def _check_points(x1, x2, p, compute_mode):
    modes = (
        "use_mm_for_euclid_dist_if_necessary",
        "use_mm_for_euclid_dist",
        "donot_use_mm_for_euclid_dist",
    )
    if compute_mode not in modes:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for name, each in (("X1", x1), ("X2", x2)):
        if each._array.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {each._array.ndim}D")
    if x1._array.shape[-1] != x2._array.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1._array.shape[-1]} X2: {x2._array.shape[-1]}"
        )
    for name, each in (("X1", x1), ("X2", x2)):
        if each._dtype.category != FLOATING:
            raise RuntimeError(
                f"cdist only supports floating-point dtypes, {name} got: {each._dtype.legacy_name}"
            )
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")


def _check_pairs(x1, x2):
    if x1._dtype.reduced:
        raise not_implemented("cdist", x1._dtype)
    if x1._dtype is not x2._dtype:
        names = x1._dtype.legacy_name, x2._dtype.legacy_name
        raise RuntimeError(f"expected scalar type {names[0]} but found {names[1]}")


# ---- the pairs of one set ----------------------------------------------------------------------------------


def _pairs(array):
    return np.triu_indices(array.shape[0], 1)


def _refuse_pairs(grad):
    raise NotImplementedError("the derivative for '_pdist_backward' is not implemented.")


@op(grad=_refuse_pairs, self=_refuse_pairs, node="PdistBackwardBackward0")
def _pdist_backward(grad, self, p, result):
    one, two = _pairs(self)
    parts = _slopes(self[one] - self[two], p, np.asarray(result)[:, None]) * grad[:, None]
    found = np.zeros_like(self)
    np.add.at(found, one, parts)
    np.subtract.at(found, two, parts)
    return found


@op(
    self=lambda grad, self, p, result: _pdist_backward(grad, self, p, result),
    jvp=no_forward_mode("_pdist_forward"),
    node="PdistBackward0",
)
def _pdist(self, p):
    one, two = _pairs(self)
    return _norms(self[one] - self[two], p)


def pdist(input, p=2.0):
    """The distances between the rows of a matrix, each pair once."""
    if input._array.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input._array.ndim}D")
    if input._dtype.category != FLOATING:
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    if input._dtype.reduced and input._array.shape[0] > 1:
        raise not_implemented("pdist", input._dtype)
    return _pdist(input.contiguous(), float(p))


# ---- rows kept within a length -----------------------------------------------------------------------------


def _lengths(self, p, dim):
    axes = tuple([axis for axis in range(self._array.ndim) if axis != dim])
    return norm(self, p, axes, True)


def _renorm_backward(grad, self, p, dim, maxnorm):
    axes = tuple([axis for axis in range(self._array.ndim) if axis != dim])
    lengths = _lengths(self, p, dim)
    along = self.conj() * grad
    along = (along.real if along._dtype.is_complex else along).sum(axes, True)
    of_lengths = norm_backward(along, self, lengths, p, axes, True)
    inverse = (lengths + 1e-7).reciprocal()
    shrunk = mul_scalar(inverse * (grad - inverse * of_lengths), maxnorm)
    return where(lengths > maxnorm, shrunk, grad)


@op(self=_renorm_backward, node="RenormBackward0")
def _renorm(self, p, dim, maxnorm):
    axes = tuple([axis for axis in range(self.ndim) if axis != dim])
    lengths = norm_array(self, p, axes, True)
    one = lengths.dtype.type(1)
    factor = np.where(lengths > maxnorm, maxnorm / (lengths + lengths.dtype.type(1e-7)), one)
    return np.multiply(self, factor, order="C").astype(self.dtype)


def renorm(self, p, dim, maxnorm):
    """The parts along `dim`, each shortened to the length `maxnorm` where it is longer."""
    if self._array.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {self._array.ndim} dimensions")
    if not p > 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if self._dtype.category <= INTEGER:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self._dtype.legacy_name}"
        )
    return _renorm(self, p, wrap_dim(dim, self._array.ndim), float(maxnorm))
