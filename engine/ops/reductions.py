"""Sums, means, products and truth, over all elements or some dimensions; running sums and log-sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from ..dtypes import INTEGER
from ..grad_mode import mode
from ..op import op, wrap
from .arithmetic import div_scalar
from .dims import axes_of, given, numpy_axes, wrap_dim
from .joining import cat


def restore(reduced: Any, sizes: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """A reduced result (or its gradient) with the reduced dimensions back, as size 1."""
    if keepdim or not sizes or dim is None or dim == ():
        return reduced
    for axis in sorted(wrap_dim(each, len(sizes)) for each in ((dim,) if isinstance(dim, int) else dim)):
        reduced = reduced.unsqueeze(axis)
    return reduced


# ---- sums and means ----------------------------------------------------------------------------------------


@op(self=lambda grad, self_sym_sizes: grad.expand(self_sym_sizes), node="SumBackward0")
def _sum_all(self, dtype):
    return _accumulate(np.add, self if dtype is None else self.astype(dtype.numpy), None, False)


@op(
    self=lambda grad, self_sym_sizes, dim, keepdim: restore(grad, self_sym_sizes, dim, keepdim).expand(
        self_sym_sizes
    ),
    node="SumBackward1",
)
def _sum_dims(self, dim, keepdim, dtype):
    return _accumulate(
        np.add, self if dtype is None else self.astype(dtype.numpy), numpy_axes(self, dim), keepdim
    )


def _accumulate(ufunc, array, axis, keepdim):
    """Reduce in a type wide enough: integers and bools in int64, float16 in float32."""
    if array.dtype.char in "fd":
        return ufunc.reduce(array, axis, None, None, keepdim)
    if array.dtype.kind in "biu":
        return ufunc.reduce(array, axis=axis, keepdims=keepdim, dtype=np.int64)
    if array.dtype == np.float16:
        return ufunc.reduce(array, axis=axis, keepdims=keepdim, dtype=np.float32).astype(np.float16)
    return ufunc.reduce(array, axis=axis, keepdims=keepdim)


def sum_array(array, axes):
    """The sum over some axes, which stay as size 1."""
    return _accumulate(np.add, array, axes, True)


def sum(self, dim=None, keepdim=False, *, dtype=None):
    """The sum over all elements, or over the dimensions `dim`."""
    if dim is None and not keepdim:
        return _sum_all(self, dtype)
    axes_of(self, dim)
    return _sum_dims(self, () if dim is None else given(dim), keepdim, dtype)


def reduce_to(grad, shape, dtype):
    """Undo broadcasting and promotion: sum to `shape`, cast to `dtype`."""
    found = grad._array.shape
    if found != shape and not shape:
        grad = grad.sum()
    elif found != shape:
        lead = len(found) - len(shape)
        dims = tuple(range(lead)) + tuple(
            [lead + index for index, size in enumerate(shape) if size == 1 and found[lead + index] != 1]
        )
        if mode.enabled and grad.requires_grad:
            grad = grad.sum(dims, True)
        else:
            grad = wrap(sum_array(grad._array, dims), grad._dtype)
        if lead:  # a view, which keeps its base alive: no gradient is added to it in place
            grad = grad.view(shape)
    return grad if grad._dtype is dtype else grad.to(dtype)


def _mean_all_backward(grad, self_sym_sizes, self_sym_numel):
    if mode.enabled:
        return div_scalar(grad.expand(self_sym_sizes), self_sym_numel)
    share = grad._array / self_sym_numel  # the same numbers, with one division
    shares = np.empty(self_sym_sizes, share.dtype)
    shares.fill(share)
    return wrap(shares if shares.ndim else share, grad._dtype)


@op(self=_mean_all_backward, node="MeanBackward0")
def _mean_all(self):
    if self.dtype.char in "fd":
        return np.add.reduce(self, None) / self.size
    return _accumulate(np.add, self, None, False) / self.size


def _mean_dims_backward(grad, self_sym_sizes, dim, keepdim, self_sym_numel):
    expanded = restore(grad, self_sym_sizes, dim, keepdim).expand(self_sym_sizes)
    count = math.prod(self_sym_sizes[each] for each in dim) if self_sym_sizes else 1
    return div_scalar(expanded, count if dim else self_sym_numel)


@op(self=_mean_dims_backward, node="MeanBackward1")
def _mean_dims(self, dim, keepdim):
    axes = numpy_axes(self, dim)
    count = self.size if axes is None else math.prod(self.shape[axis] for axis in axes)
    total = _accumulate(np.add, self, axes, keepdim)
    return (np.true_divide(total, count)).astype(self.dtype)


def mean(self, dim=None, keepdim=False, *, dtype=None):
    """The mean over all elements, or over the dimensions `dim`; of floating types only."""
    if dtype is not None:
        self = self.to(dtype)
    if self._dtype.category <= INTEGER:
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "
            f"{self._dtype.legacy_name}"
        )
    if dim is None and not keepdim:
        return _mean_all(self)
    axes_of(self, dim)
    return _mean_dims(self, () if dim is None else given(dim), keepdim)


# ---- products ----------------------------------------------------------------------------------------------


def _products_of_the_others(self, dim):
    """For each element along `dim`, the product of all the others: right also where some are zero."""
    ones = self.narrow(dim, 0, 1) * 0 + 1
    count = self._array.shape[dim]
    before = [ones]
    after = [ones]
    for index in range(count - 1):
        before.append(before[-1] * self.narrow(dim, index, 1))
        after.append(after[-1] * self.narrow(dim, count - 1 - index, 1))
    return cat(before, dim) * cat(after[::-1], dim)


def _prod_all_backward(grad, self, result):
    if self._array.ndim == 0:
        return grad
    if not np.any(self._array == 0):
        return grad * (result / self)
    flat = self.reshape(-1)
    return (grad * _products_of_the_others(flat, 0)).reshape(self._array.shape)


@op(self=_prod_all_backward, node="ProdBackward0")
def _prod_all(self):
    return _accumulate(np.multiply, self, None, False)


def _prod_dim_backward(grad, self, result, dim, keepdim):
    if self._array.ndim == 0:
        return grad
    if not keepdim:
        grad, result = grad.unsqueeze(dim), result.unsqueeze(dim)
    if not np.any(self._array == 0):
        return grad * (result / self)
    return grad * _products_of_the_others(self, wrap_dim(dim, self._array.ndim))


@op(self=_prod_dim_backward, node="ProdBackward1")
def _prod_dim(self, dim, keepdim):
    return _accumulate(np.multiply, self, None if self.ndim == 0 else dim, keepdim)


def prod(self, dim=None, keepdim=False, *, dtype=None):
    """The product of all elements, or along one dimension."""
    if dtype is not None:
        self = self.to(dtype)
    if dim is None:
        return _prod_all(self)
    wrap_dim(dim, self._array.ndim)
    return _prod_dim(self, dim, keepdim)


# ---- running sums, log-sums --------------------------------------------------------------------------------


@op(
    self=lambda grad, dim: grad if grad._array.ndim == 0 else grad.flip(dim).cumsum(dim).flip(dim),
    node="CumsumBackward0",
)
def _cumsum(self, dim):
    if self.ndim == 0:
        return self.astype(np.int64) if self.dtype.kind in "biu" else self
    return np.add.accumulate(self, axis=dim, dtype=np.int64 if self.dtype.kind in "biu" else None)


def cumsum(self, dim, *, dtype=None):
    """Running sums along a dimension."""
    if dtype is not None:
        self = self.to(dtype)
    wrap_dim(dim, self._array.ndim)
    return _cumsum(self, dim)


def _logsumexp_backward(grad, self, result, dim, keepdim):
    grad, result = (restore(each, self._array.shape, dim, keepdim) for each in (grad, result))
    return grad * (self - result).exp()


@op(self=_logsumexp_backward, node="LogsumexpBackward0")
def _logsumexp(self, dim, keepdim):
    axes = numpy_axes(self, dim)
    top = np.maximum.reduce(self, axis=axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, self.dtype.type(0))
    total = np.log(np.add.reduce(np.exp(self - top), axis=axes, keepdims=keepdim))
    return total + (top if keepdim else top.reshape(total.shape))


def logsumexp(self, dim, keepdim=False):
    """The logarithm of the sum of exponentials, without overflow."""
    if self._dtype.category <= INTEGER:
        self = self.to(dtypes.get_default_dtype())
    axes_of(self, dim)
    return _logsumexp(self, given(dim), keepdim)


# ---- truth -------------------------------------------------------------------------------------------------


def all(self, dim=None, keepdim=False):
    """Whether all elements are true, over everything or over `dim`."""
    return wrap(
        np.all(self._array, axis=None if dim is None else axes_of(self, dim), keepdims=keepdim), dtypes.bool_
    )


def any(self, dim=None, keepdim=False):
    """Whether any element is true, over everything or over `dim`."""
    return wrap(
        np.any(self._array, axis=None if dim is None else axes_of(self, dim), keepdims=keepdim), dtypes.bool_
    )
