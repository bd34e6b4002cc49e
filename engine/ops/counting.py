"""Counts and shares: quantiles, histograms, how often each number occurs."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..base import TensorBase, read_array
from ..dtypes import INTEGER, not_implemented
from ..op import wrap
from ..return_types import named
from ..transforms import computing, operands
from .arithmetic import mul_scalar, sub_scalar
from .dims import wrap_dim
from .functions import ceil, floor, round
from .sorting import sort
from .untracked import without_derivative

_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")

# ---- quantiles ---------------------------------------------------------------------------------------------


def _check_quantile(self, q, interpolation, name):
    if self._dtype not in (dtypes.float32, dtypes.float64):
        raise RuntimeError("quantile() input tensor must be either float or double dtype")
    if not self._array.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if q._array.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if q._dtype is not self._dtype:
        raise RuntimeError(f"{name}() q tensor must be same dtype as the input tensor")
    if interpolation not in _INTERPOLATIONS:
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {interpolation}"
        )
    if not np.all((q._array >= 0) & (q._array <= 1)):
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")


def _quantile(self, q, dim, keepdim, interpolation, ignores_nan, name):
    if not isinstance(q, TensorBase):
        if not 0 <= q <= 1:
            raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q:g}")
        q = wrap(self._dtype.numpy.type(q), self._dtype)
    _check_quantile(self, q, interpolation, name)
    ordered = _ordered(self, dim, keepdim)
    ranks = _ranks(ordered, q if q._array.ndim else q.unsqueeze(0), ignores_nan)
    if interpolation in ("lower", "higher", "nearest"):
        ranks = {"lower": floor, "higher": ceil, "nearest": round}[interpolation](ranks)
    below = ranks.to(dtypes.int64)
    found = ordered.gather(-1, below)
    if interpolation in ("linear", "midpoint"):
        weights = ranks.detach() * 0 + 0.5 if interpolation == "midpoint" else ranks - below
        above = ordered.gather(-1, ceil(ranks).to(dtypes.int64))
        found = found.lerp(above, weights) if computing() else found.lerp_(above, weights)
    if computing():
        return (found.unsqueeze(0).transpose(0, -1) if q._array.ndim else found).squeeze(-1)
    if q._array.ndim:  # the quantiles come first
        found.unsqueeze_(0).transpose_(0, -1)
    return found.squeeze_(-1)


def _ordered(self, dim, keepdim):
    """The elements in order along the last dimension, the others as they stand in a result of one quantile."""
    sizes = self._array.shape
    if dim is None:
        ordered = sort(self.flatten() if len(sizes) != 1 else self)[0]
        sizes = (1,) * len(sizes) if keepdim else ()
    else:
        axis = wrap_dim(dim, len(sizes))
        if axis == len(sizes) - 1 or not sizes:
            ordered = sort(self)[0]
        else:
            ordered = sort(self.unsqueeze(-1).transpose(axis, -1))[0]
        if keepdim:
            sizes = tuple([1 if place == axis else size for place, size in enumerate(sizes)])
        else:
            sizes = tuple([size for place, size in enumerate(sizes) if place != axis])
    if ordered._array.ndim == 0:
        ordered = ordered.unsqueeze(-1)
    return ordered.view((*sizes, ordered._array.shape[-1]))


def _ranks(ordered, q, ignores_nan):
    """Where the quantiles lie among the ordered elements, in the elements' type; nan, at the end, draws all to it."""
    missing = ordered.isnan()
    if ignores_nan:
        ranks = q * sub_scalar(missing.logical_not().sum(-1, True), 1)
        return ranks.masked_fill(ranks < 0, 0)
    last = ordered._array.shape[-1] - 1
    return mul_scalar(q, last).masked_fill(missing.any(-1, True), last)


def quantile(self, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The elements below which the share `q` of them lies."""
    self, q = operands("quantile", self, q)
    return _quantile(self, q, dim, keepdim, interpolation, False, "quantile")


def nanquantile(self, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The same of the elements that are not nan."""
    self, q = operands("nanquantile", self, q)
    return _quantile(self, q, dim, keepdim, interpolation, True, "nanquantile")


# ---- histograms --------------------------------------------------------------------------------------------


def _no_bins(bins):
    return RuntimeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension 0")


def _limits(values, low, high, name):
    low, high = float(low), float(high)
    if low == high and values.size:
        low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{name}: range of [{low:g}, {high:g}] is not finite")
    if low == high:
        low, high = low - 1, high + 1
    return low, high


@without_derivative
def histc(self, bins=100, min=0, max=0):
    """How many elements fall into each of `bins` equal intervals; what lies outside is not counted."""
    if self._dtype.is_complex or (self._dtype.unordered and min == max):
        raise not_implemented("aminmax_cpu", self._dtype)
    if self._dtype is dtypes.bool_ or self._dtype.unordered:
        raise not_implemented("linspace_cpu", self._dtype)
    if self._dtype.category != dtypes.FLOATING:
        raise not_implemented("histogram_cpu", self._dtype)
    if bins <= 0:
        raise _no_bins(bins)
    if min > max:
        raise RuntimeError("torch.histc: max must be larger than min")
    low, high = _limits(read_array(self), min, max, "torch.histc")
    values = read_array(self).reshape(-1)
    counts = _counted(values, np.ones(values.shape, self._dtype.numpy), bins, low, high)
    return wrap(counts.astype(self._dtype.numpy))


def _counted(values, weights, bins, low, high):
    inside = (values >= low) & (values <= high)
    values, weights = values[inside], weights[inside]
    low, high = (values.dtype.type(each) for each in (low, high))
    places = ((values - low) * values.dtype.type(bins) / (high - low)).astype(np.int64)
    return np.bincount(np.minimum(places, bins - 1), weights, bins)


_Histogram = named("histogram", "hist", "bin_edges")


@without_derivative
def histogram(self, bins=100, *, range=None, weight=None, density=False):
    """The weights of what falls into each bin (of a number, or with these edges), and the edges."""
    from .histograms import of_numbers

    return _Histogram(of_numbers(self, bins, range, weight, density))


@without_derivative
def bincount(self, weights=None, minlength=0):
    """How often each of the numbers 0, 1, 2, ... occurs, or the sum of its weights."""
    if self._dtype.category > INTEGER or self._dtype is dtypes.bool_ or self._dtype.unordered:
        raise not_implemented("bincount_cpu", self._dtype)
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if self._array.ndim != 1 or (self._array.size and self._array.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return wrap(np.bincount(self._array, minlength=minlength).astype(np.int64))
    if weights._array.shape != self._array.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    kind = dtypes.float32 if weights._dtype is dtypes.float32 else dtypes.float64
    return wrap(np.bincount(self._array, weights._array, minlength).astype(kind.numpy))
