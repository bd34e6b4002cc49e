"""Reductions over all elements or some dimensions, and running sums."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase, storage
from ..dtypes import INTEGER
from ..grad_mode import mode
from ..op import op, wrap
from .pointwise import div_scalar, mul_scalar


def wrap_dim(dim: int, ndim: int) -> int:
    """A dimension counted from the front; raises `IndexError` when there is none such."""
    bound = ndim or 1
    if not -bound <= dim < bound:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})")
    return dim + bound if dim < 0 else dim


def axes_of(self: Any, dim: Any) -> tuple[int, ...]:
    """The dimensions named by `dim` (a number, several, or none for all), counted from the front."""
    ndim = self._array.ndim
    if dim is None or (not isinstance(dim, int) and len(dim) == 0):
        return tuple(range(ndim))
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    axes = tuple([wrap_dim(each, ndim) for each in dims])
    if len(set(axes)) < len(axes):
        repeated = next(each for index, each in enumerate(axes) if each in axes[:index])
        raise RuntimeError(f"dim {repeated} appears multiple times in the list of dims")
    return axes


def _given(dim: Any) -> Any:
    """`dim` as it was given, as a tuple: what a node shows as `_saved_dim`."""
    return (dim,) if isinstance(dim, int) else tuple(dim)


def _numpy_axes(array: Any, dim: Any) -> Any:
    """The axes for NumPy: a tensor without dimensions has none to name."""
    if array.ndim == 0 or dim is None or dim == ():
        return None
    return dim


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
    self=lambda grad, self_sym_sizes, dim, keepdim: restore(grad, self_sym_sizes, dim, keepdim).expand(self_sym_sizes),
    node="SumBackward1",
)
def _sum_dims(self, dim, keepdim, dtype):
    return _accumulate(np.add, self if dtype is None else self.astype(dtype.numpy), _numpy_axes(self, dim), keepdim)


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
    return _sum_dims(self, () if dim is None else _given(dim), keepdim, dtype)


def _mean_all_backward(grad, self_sym_sizes, self_sym_numel):
    if mode.enabled:
        return div_scalar(grad.expand(self_sym_sizes), self_sym_numel)
    return wrap(np.full(self_sym_sizes, grad._array / self_sym_numel)[()], grad._dtype)  # the same numbers, one division


@op(self=_mean_all_backward, node="MeanBackward0")
def _mean_all(self):
    return _accumulate(np.add, self, None, False) / self.size


def _mean_dims_backward(grad, self_sym_sizes, dim, keepdim, self_sym_numel):
    expanded = restore(grad, self_sym_sizes, dim, keepdim).expand(self_sym_sizes)
    count = math.prod(self_sym_sizes[each] for each in dim) if self_sym_sizes else 1
    return div_scalar(expanded, count if dim else self_sym_numel)


@op(self=_mean_dims_backward, node="MeanBackward1")
def _mean_dims(self, dim, keepdim):
    axes = _numpy_axes(self, dim)
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
    return _mean_dims(self, () if dim is None else _given(dim), keepdim)


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
    from .shapes import cat

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


# ---- extremes ----------------------------------------------------------------------------------------------


def _share_among_ties(grad, self, result):
    """The gradient divided evenly among all the elements that are the extreme one (nan equals nan here)."""
    mask = self.isnan() if result.isnan() else self == result
    share = grad / mask.sum()
    return mask * share if mode.enabled else grad.new_zeros(self._array.shape).masked_fill_(mask, share)


@op(self=_share_among_ties, node="MaxBackward1")
def _max_all(self):
    return np.maximum.reduce(self, axis=None)


@op(self=_share_among_ties, node="MinBackward1")
def _min_all(self):
    return np.minimum.reduce(self, axis=None)


def _to_chosen_index(grads, self_sym_sizes, indices, dim, keepdim):
    """The gradient put back where the extreme was taken from."""
    grad = grads[0]
    if grad is None:
        return None
    if not keepdim and self_sym_sizes:
        grad, indices = grad.unsqueeze(dim), indices.unsqueeze(dim)
    found = grad.new_zeros(self_sym_sizes).scatter(dim, indices, grad)
    if not mode.enabled:
        storage(found).version = 2  # PyTorch fills zeros in place, twice
    return found


def _with_index(choose):
    def forward(self, dim, keepdim):
        if self.ndim == 0:
            return self, np.int64(0)
        indices = np.expand_dims(_first_extreme(self, dim, choose), dim)
        values = np.take_along_axis(self, indices, dim)
        if not keepdim:
            values, indices = values.squeeze(dim), indices.squeeze(dim)
        return values[()], indices[()]

    return forward


def _first_extreme(array, axis, choose):
    """The index of the extreme; a nan is the extreme of everything, as in NumPy."""
    return choose(array, axis=axis)


def _max_forward(self, dim, keepdim):
    return _with_index(np.argmax)(self, dim, keepdim)


def _min_forward(self, dim, keepdim):
    return _with_index(np.argmin)(self, dim, keepdim)


_max_dim = op(self=_to_chosen_index, outputs=("values", "indices"), node="MaxBackward0")(_max_forward)
_min_dim = op(self=_to_chosen_index, outputs=("values", "indices"), node="MinBackward0")(_min_forward)


class _ValuesAndIndices(tuple):
    """The two results of `max` and `min` along a dimension."""

    __slots__ = ()
    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])

    def __repr__(self):
        return f"torch.return_types.{type(self).__name__}(\nvalues={self[0]!r},\nindices={self[1]!r})"


_Max = type("max", (_ValuesAndIndices,), {"__slots__": ()})
_Min = type("min", (_ValuesAndIndices,), {"__slots__": ()})


def _extreme(self, dim, keepdim, name, over_all, along, kind, pairwise):
    if isinstance(dim, TensorBase):
        return pairwise(self, dim)
    if dim is None:
        if not self._array.size:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
                "the 'dim' argument."
            )
        return over_all(self)
    if self._array.ndim and not self._array.shape[wrap_dim(dim, self._array.ndim)]:
        raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
    wrap_dim(dim, self._array.ndim)
    return kind(along(self, dim, keepdim))


def max(self, dim=None, keepdim=False):
    """The largest element; with `dim`, the largest along it and their indices; of two tensors, `maximum`."""
    from .pointwise import maximum

    return _extreme(self, dim, keepdim, "max", _max_all, _max_dim, _Max, maximum)


def min(self, dim=None, keepdim=False):
    """The smallest element; with `dim`, the smallest along it and their indices; of two tensors, `minimum`."""
    from .pointwise import minimum

    return _extreme(self, dim, keepdim, "min", _min_all, _min_dim, _Min, minimum)


def _share_among_ties_along(grad, self, result, dim, keepdim):
    sizes = self._array.shape
    kept = tuple(1 if not dim or axis in {each % len(sizes) for each in dim} else size for axis, size in enumerate(sizes))
    if not keepdim and sizes:
        grad, result = grad.view(kept), result.view(kept)
    mask = result == self
    return (grad / mask.sum(dim or None, keepdim=bool(dim))) * mask


@op(self=_share_among_ties_along, node="AmaxBackward0")
def _amax(self, dim, keepdim):
    return np.maximum.reduce(self, axis=_numpy_axes(self, dim), keepdims=keepdim)


@op(self=_share_among_ties_along, node="AminBackward0")
def _amin(self, dim, keepdim):
    return np.minimum.reduce(self, axis=_numpy_axes(self, dim), keepdims=keepdim)


def _check_not_empty(self, dim, name):
    axes_of(self, dim)
    if not self._array.size and dim == ():
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
            "argument."
        )


def amax(self, dim=(), keepdim=False):
    """The largest elements over `dim`; ties share the gradient."""
    _check_not_empty(self, dim, "amax")
    return _amax(self, _given(dim), keepdim)


def amin(self, dim=(), keepdim=False):
    """The smallest elements over `dim`; ties share the gradient."""
    _check_not_empty(self, dim, "amin")
    return _amin(self, _given(dim), keepdim)


def _index_of_extreme(choose, name):
    def call(self, dim=None, keepdim=False):
        array = self._array
        if not array.size and dim is None:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        if dim is None or array.ndim == 0:
            found = choose(array, axis=None)
            return wrap(found.reshape((1,) * array.ndim) if keepdim and array.ndim else found, dtypes.int64)
        return wrap(choose(array, axis=wrap_dim(dim, array.ndim), keepdims=keepdim), dtypes.int64)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The index found by `{name}`: the first one where several are equal."
    return call


argmax = _index_of_extreme(np.argmax, "argmax")
argmin = _index_of_extreme(np.argmin, "argmin")


# ---- spread and size ---------------------------------------------------------------------------------------


def _count(self, dim):
    sizes = self._array.shape
    return math.prod(sizes) if not dim else math.prod(sizes[each] if sizes else 1 for each in dim)


def _var_backward(grad, self, dim, correction, keepdim):
    """2 / (n - correction) * (self - mean), for each reduced group."""
    correction = 1 if correction is None else correction
    if self._array.ndim == 0 or not dim:
        scale = 2.0 / denominator if (denominator := self._array.size - correction) > 0 else math.nan
        return mul_scalar(grad, scale) * (self - self.mean())
    denominator = _count(self, dim) - correction
    scale = 2.0 / denominator if denominator > 0 else math.nan
    return mul_scalar(restore(grad, self._array.shape, dim, keepdim), scale) * (self - self.mean(dim, True))


def _variance(array, dim, correction, keepdim):
    wide = array.astype(np.float64)
    axes = _numpy_axes(array, dim)
    count = array.size if axes is None else math.prod(array.shape[axis] for axis in axes)
    centred = wide - wide.mean(axis=axes, keepdims=True) if count else wide
    total = np.add.reduce(centred * centred, axis=axes, keepdims=keepdim)
    divisor = count - (1 if correction is None else correction)
    return np.true_divide(total, divisor if divisor > 0 else 0)


@op(self=_var_backward, node="VarBackward0")
def _var(self, dim, correction, keepdim):
    return _variance(self, dim, correction, keepdim).astype(self.dtype)


def _std_backward(grad, self, result, dim, correction, keepdim):
    return _var_backward((grad / mul_scalar(result, 2)).masked_fill_(result == 0, 0), self, dim, correction, keepdim)


@op(self=_std_backward, node="StdBackward0")
def _std(self, dim, correction, keepdim):
    return np.sqrt(_variance(self, dim, correction, keepdim)).astype(self.dtype)


def _spread(name, along):
    def call(self, dim=None, unbiased=None, keepdim=False, *, correction=None):
        if self._dtype.category <= INTEGER:
            raise RuntimeError("std and var only support floating point and complex dtypes")
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if unbiased is not None:
            correction = int(unbiased)
        axes = axes_of(self, dim)
        _warn_of_few(name, math.prod(self._array.shape[axis] for axis in axes if self._array.ndim), correction)
        if dim is None:
            return along(self, None, correction, keepdim)
        return along(self, _given(dim), 1 if correction is None else correction, keepdim)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The {name} over all elements or over `dim`, divided by n - correction (1 unless given)."
    return call


def _warn_of_few(name, count, correction):
    if count - (1 if correction is None else correction) <= 0:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel "
            "divided by output numel).",
            UserWarning,
            stacklevel=3,
        )


var = _spread("var", _var)
std = _spread("std", _std)


def _norm_backward(grad, self, result, ord, dim, keepdim):
    """The derivative of the 2-norm is self / norm; at 0 it is taken as 0."""
    grad, result = (restore(each, self._array.shape, dim, keepdim) for each in (grad, result))
    if ord == 2:
        return grad * (self / result).masked_fill_(result == 0, 0)
    if ord == 1:
        return self.sgn() * grad
    if math.isinf(ord):
        mask = self.abs() == result
        return self.sgn() * ((grad / mask.sum(() if not dim else dim, keepdim=True)) * mask)
    scaled = self.sgn() * self.abs().pow(ord - 1)
    return scaled * (grad / result.pow(ord - 1)).masked_fill_(result == 0, 0)


@op(self=_norm_backward, node="LinalgVectorNormBackward0")
def _vector_norm(self, ord, dim, keepdim):
    axes = _numpy_axes(self, dim)
    wide = np.abs(self.astype(np.float64))
    if ord == 2:
        found = np.sqrt(np.add.reduce(wide * wide, axis=axes, keepdims=keepdim))
    elif math.isinf(ord):
        found = (np.maximum if ord > 0 else np.minimum).reduce(wide, axis=axes, keepdims=keepdim)
    else:
        found = np.add.reduce(wide**ord, axis=axes, keepdims=keepdim) ** (1 / ord)
    return found.astype(self.dtype)


def norm(self, p="fro", dim=None, keepdim=False, dtype=None):
    """The p-norm of all elements, or over `dim`."""
    if dtype is not None:
        self = self.to(dtype)
    if self._dtype.category <= INTEGER:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self._dtype.legacy_name}"
        )
    return _vector_norm(self, 2 if p in ("fro", 2, None) else p, None if dim is None else _given(dim), keepdim)


# ---- running sums, log-sums --------------------------------------------------------------------------------


@op(self=lambda grad, dim: grad if grad._array.ndim == 0 else grad.flip(dim).cumsum(dim).flip(dim), node="CumsumBackward0")
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
    axes = _numpy_axes(self, dim)
    top = np.maximum.reduce(self, axis=axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, self.dtype.type(0))
    total = np.log(np.add.reduce(np.exp(self - top), axis=axes, keepdims=keepdim))
    return total + (top if keepdim else top.reshape(total.shape))


def logsumexp(self, dim, keepdim=False):
    """The logarithm of the sum of exponentials, without overflow."""
    if self._dtype.category <= INTEGER:
        self = self.to(dtypes.get_default_dtype())
    axes_of(self, dim)
    return _logsumexp(self, _given(dim), keepdim)


def all(self, dim=None, keepdim=False):
    """Whether all elements are true, over everything or over `dim`."""
    return wrap(np.all(self._array, axis=None if dim is None else axes_of(self, dim), keepdims=keepdim), dtypes.bool_)


def any(self, dim=None, keepdim=False):
    """Whether any element is true, over everything or over `dim`."""
    return wrap(np.any(self._array, axis=None if dim is None else axes_of(self, dim), keepdims=keepdim), dtypes.bool_)


