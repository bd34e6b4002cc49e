"""Means beside variances, sums without nan, both extremes at once, counts, covariances."""

from __future__ import annotations

import warnings

import numpy as np

from .. import dtypes
from ..dtypes import FLOATING, INTEGER
from ..grad_mode import mode
from ..op import op, wrap
from ..return_types import named
from ..transforms import computing, no_tangent, through_transforms
from .arithmetic import mul_scalar
from .complex import complex as complex_of
from .dims import axes_of, given, numpy_axes
from .extremes import check_not_empty, share_among_ties_along
from .operands import reduced
from .reductions import accumulate, div_by_count, restore
from .reductions import sum as total_of
from .spread import correction_of, std_array, type_of_parts, var_array, var_backward, warn_of_few

# ---- a mean beside a variance ------------------------------------------------------------------------------


def _mean_part(grad, self, dim, keepdim):
    sizes = self._array.shape
    return div_by_count(restore(grad, sizes, dim, keepdim).expand(sizes), sizes, dim)


def _var_mean_backward(grads, self, dim, correction, keepdim):
    of_var, of_mean = grads
    parts = []
    if of_var is not None:
        parts.append(var_backward(of_var, self, dim, correction, keepdim))
    if of_mean is not None:
        parts.append(_mean_part(of_mean, self, dim, keepdim))
    return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def _std_mean_backward(grads, self, result0, dim, correction, keepdim):
    of_std, of_mean = grads
    if of_std is not None:
        of_std = (of_std / mul_scalar(result0, 2)).masked_fill_(result0 == 0, 0)
    return _var_mean_backward((of_std, of_mean), self, dim, correction, keepdim)


def _mean(self, dim, keepdim):
    axes = numpy_axes(self, dim)
    wide = self.astype(np.complex128 if self.dtype.kind == "c" else np.float64)
    return reduced(wide.mean(axis=axes, keepdims=keepdim), self).astype(self.dtype)


@op(self=_var_mean_backward, outputs=("result0", "result1"), node="VarMeanBackward0")
def _var_mean(self, dim, correction, keepdim):
    variance = var_array(self, dim, correction, keepdim).astype(type_of_parts(self))
    return variance, _mean(self, dim, keepdim)


@op(self=_std_mean_backward, outputs=("result0", "result1"), node="StdMeanBackward0")
def _std_mean(self, dim, correction, keepdim):
    return std_array(self, dim, correction, keepdim), _mean(self, dim, keepdim)


def _both(name, operation):
    def call(self, dim=None, unbiased=None, keepdim=False, *, correction=None):
        if self._dtype.category <= INTEGER:
            raise RuntimeError(f"{name} only support floating point and complex dtypes")
        dim, correction = correction_of(dim, unbiased, correction)
        warn_of_few(self, name, dim, correction)
        if dim is None:
            return operation(self, None, correction, keepdim)
        axes_of(self, dim)
        return operation(self, given(dim), 1 if correction is None else correction, keepdim)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The {name[:3]} and the mean, over all elements or over `dim`."
    return call


var_mean, std_mean = _both("var_mean", _var_mean), _both("std_mean", _std_mean)

# ---- sums and means without nan ----------------------------------------------------------------------------


def _nansum_backward(grad, self, dim, keepdim):
    sizes = self._array.shape
    return restore(grad.to(self._dtype), sizes, dim, keepdim).expand(sizes) * self.isnan().logical_not()


@op(self=_nansum_backward, node="NansumBackward0")
def _nansum(self, dim, keepdim, dtype):
    if dtype is not None:
        self = self.astype(dtype.numpy)
    self = np.where(np.isnan(self), self.dtype.type(0), self)
    return reduced(accumulate(np.add, self, numpy_axes(self, dim), keepdim), self)


def nansum(self, dim=None, keepdim=False, *, dtype=None):
    """The sum of what is not nan."""
    if self._dtype.is_complex:
        raise RuntimeError("nansum on CPU does not support complex inputs")
    if self._dtype.category <= INTEGER:
        return total_of(self, dim, keepdim, dtype=dtype)
    axes_of(self, dim)
    return _nansum(self, None if dim is None else given(dim), keepdim, dtype)


def nanmean(self, dim=None, keepdim=False, *, dtype=None):
    """The mean of what is not nan."""
    if self._dtype.category < FLOATING:
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {self._dtype.legacy_name}"
        )
    count = self.detach().isnan().logical_not_().sum(dim, keepdim)
    return nansum(self, dim, keepdim, dtype=dtype).div(count)


# ---- both extremes -----------------------------------------------------------------------------------------


def _aminmax_backward(grads, self, min, max, dim, keepdim):
    dims = () if dim is None else (dim,)
    parts = [
        share_among_ties_along(grad, self, extreme, dims, keepdim)
        for grad, extreme in zip(grads, (min, max))
        if grad is not None
    ]
    if len(parts) == 1:
        return parts[0]
    return parts[0] + parts[1] if computing() else parts[0].add_(parts[1])


@op(self=_aminmax_backward, outputs=("min", "max"), node="AminmaxBackward0")
def _aminmax(self, dim, keepdim):
    axes = numpy_axes(self, dim)
    ends = [each.reduce(self, axis=axes, keepdims=keepdim) for each in (np.minimum, np.maximum)]
    return tuple([reduced(each, self) for each in ends])


_Aminmax = named("aminmax", "min", "max")


def aminmax(self, *, dim=None, keepdim=False):
    """The smallest and the largest element."""
    if self._dtype.unordered:
        raise dtypes.not_implemented("aminmax_cpu", self._dtype)
    if dim is not None:
        check_not_empty(self, dim, "aminmax", "")
    elif not self._array.size:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    return _Aminmax(_aminmax(self, dim, keepdim))


def count_nonzero(self, dim=None):
    """How many elements are not 0."""
    if mode.recording > 1:
        return through_transforms(count_nonzero, (self, dim))
    axes = numpy_axes(self._array, axes_of(self, dim) if dim is not None else None)
    return wrap(np.asarray(np.count_nonzero(self._array, axis=axes), np.int64)[()])


count_nonzero.tangent_rule = no_tangent  # type: ignore[attr-defined]

# ---- covariances -------------------------------------------------------------------------------------------


def cov(self, *, correction=1, fweights=None, aweights=None):
    """The covariance of the rows, each of which is a variable."""
    if self._array.ndim > 2:
        raise RuntimeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {self._array.ndim} dimensions"
        )
    if self._dtype is dtypes.bool_:
        raise RuntimeError("cov(): bool dtype is not supported for input")
    rows = self.view(1, -1) if self._array.ndim < 2 else self
    count = rows._array.shape[1]
    weights = _weights(fweights, aweights, count)
    if weights is None:
        average, norm = rows.sum(1) / count, count - correction
    else:
        total = weights.sum()
        if count and float(total) == 0:
            raise RuntimeError("cov(): weights sum to zero, can't be normalized")
        average = (rows * weights).sum(1) / total
        norm = _norm_factor(weights, aweights, total, correction)
    if float(norm) <= 0:
        warnings.warn(
            "cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.",
            UserWarning,
            stacklevel=2,
        )
        norm = 0 if weights is None else norm.clamp(min=0)
    centred = rows - average.unsqueeze(1)
    other = centred if weights is None else centred * weights
    return (centred.mm(other.t().conj()) / norm).squeeze()


def _norm_factor(weights, aweights, total, correction):
    if correction == 0:
        return total
    if aweights is None:
        return total - correction
    return total - correction * (weights * aweights).sum() / total


def _weights(fweights, aweights, count):
    """The frequencies times the weights of the observations; None where there are neither."""
    found = None
    for name, given_weights in (("fweights", fweights), ("aweights", aweights)):
        if given_weights is None:
            continue
        _check_weights(name, given_weights, count)
        found = given_weights if found is None else found * given_weights
    return found


def _check_weights(name, weights, count):
    if weights._array.ndim > 1:
        raise RuntimeError(
            f"cov(): expected {name} to have one or fewer dimensions but got {name} with {weights._array.ndim} dimensions"
        )
    if (name == "fweights") is not (weights._dtype.category == INTEGER):
        kind = "integral" if name == "fweights" else "floating point"
        raise RuntimeError(
            f"cov(): expected {name} to have {kind} dtype but got {name} with {weights._dtype.legacy_name} dtype"
        )
    if weights._array.size != count:
        raise RuntimeError(
            f"cov(): expected {name} to have the same numel as there are observations in the input but got "
            f"{weights._array.size} != {count}"
        )
    if np.any(weights._array < 0):
        raise RuntimeError(f"cov(): {name} cannot be negative")


def corrcoef(self):
    """The correlation of the rows, each of which is a variable."""
    if self._array.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {self._array.ndim} dimensions"
        )
    found = cov(self)
    if not found._array.ndim:
        return found / found
    spread = found.diagonal()
    deviation = (spread.real if spread._dtype.is_complex else spread).sqrt()
    scaled = found / deviation.view(-1, 1) / deviation.view(1, -1)
    if scaled._dtype.is_complex:
        return complex_of(scaled.real.clip(-1, 1), scaled.imag.clip(-1, 1))
    return scaled.clip(-1, 1)
