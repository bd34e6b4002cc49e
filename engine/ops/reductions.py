"""Sums, means, products and truth, over all elements or some dimensions; running sums and log-sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import dtypes
from ..arguments import refused
from ..dtypes import INTEGER
from ..grad_mode import mode
from ..op import LINEAR, make_view, op, wrap
from ..transforms import no_tangent, through_transforms
from .arithmetic import div_scalar
from .complex import real
from .dims import axes_of, given, numpy_axes, wrap_dim
from .joining import cat
from .operands import check_takes_complex, in_order, in_single, reduced, refuse_complex
from .summing import is_few, sum_of_few
from .tangents import of_logsumexp


def restore(reduced: Any, sizes: tuple[int, ...], dim: Any, keepdim: bool) -> Any:
    """A reduced result (or its gradient) with the reduced dimensions back, as size 1."""
    if keepdim or not sizes or dim is None or dim == ():
        return reduced
    for axis in sorted(wrap_dim(each, len(sizes)) for each in ((dim,) if isinstance(dim, int) else dim)):
        reduced = reduced.unsqueeze(axis)
    return reduced


# ---- sums and means ----------------------------------------------------------------------------------------


@op(self=lambda grad, self_sym_sizes: grad.expand(self_sym_sizes), jvp=LINEAR, node="SumBackward0")
def _sum_all(self, dtype):
    if dtype is not None:
        return _in_type(dtype, np.add, self, None, False)
    return accumulate(np.add, self, None, False)


@op(
    self=lambda grad, self_sym_sizes, dim, keepdim: restore(grad, self_sym_sizes, dim, keepdim).expand(
        self_sym_sizes
    ),
    jvp=LINEAR,
    node="SumBackward1",
)
def _sum_dims(self, dim, keepdim, dtype):
    if dtype is not None:
        return _in_type(dtype, np.add, self, numpy_axes(self, dim), keepdim)
    return reduced(accumulate(np.add, self, numpy_axes(self, dim), keepdim), self)


def _in_type(dtype, ufunc, array, axis, keepdim):
    """Reduce to a result of this type; a narrow integer type overflows as in PyTorch."""
    return reduced(accumulate(ufunc, array.astype(dtype.numpy), axis, keepdim).astype(dtype.numpy), array)


def accumulate(ufunc, array, axis, keepdim):
    """Reduce in a type wide enough: integers and bools in int64, float16 and bfloat16 in float32."""
    if array.dtype.char in "fd":
        if ufunc is np.add and array.size > 4 and is_few(array):
            return sum_of_few(array, axis, keepdim)
        if ufunc is np.add and array.ndim > 1 and axis is not None:
            if array.flags.c_contiguous:
                many_rows = array.size >= _MANY and _are_rows(array, axis)
                return row_sums(array, keepdim) if many_rows else _sum_outer(array, axis, keepdim)
            if array.size >= _MANY:
                return _sum_permuted(array, axis, keepdim)
        return ufunc.reduce(array, axis, None, None, keepdim)
    if array.dtype.kind in "biu":
        return ufunc.reduce(array, axis=axis, keepdims=keepdim, dtype=np.int64)
    if array.dtype.char in "eE":
        return ufunc.reduce(array, axis=axis, keepdims=keepdim, dtype=np.float32).astype(array.dtype)
    return ufunc.reduce(array, axis=axis, keepdims=keepdim)


_MANY = 1 << 14  # elements from which a product costs less than NumPy's sum
_LONGEST = 1 << 10  # rows of equal elements that a product adds up to within a float32's tolerance


def _are_rows(array, axis):
    """Whether a sum over these axes is one of contiguous rows, not so long that a product's would be less exact."""
    return axis in (array.ndim - 1, (array.ndim - 1,)) and 1 < array.shape[-1] <= _LONGEST


def row_sums(array, keepdim):
    """The sums of the rows of a contiguous array, as a product with ones: in a third of the time."""
    found = array.reshape(-1, array.shape[-1]) @ np.ones(array.shape[-1], array.dtype)
    return found.reshape(*array.shape[:-1], 1) if keepdim else found.reshape(array.shape[:-1])


def _sum_permuted(array, axis, keepdim):
    """The sum of an array whose dimensions do not lie in memory in their order: as they lie, if they do so densely."""
    order = sorted(range(array.ndim), key=lambda each: -array.strides[each])
    turned = array.transpose(order)
    if not turned.flags.c_contiguous:
        return np.add.reduce(array, axis, None, None, keepdim)
    axes = [each % array.ndim for each in ((axis,) if isinstance(axis, int) else axis)]
    found = accumulate(np.add, turned, tuple([order.index(each) for each in axes]), True)
    back = np.ascontiguousarray(found.transpose(np.argsort(order)))
    return back if keepdim else back.reshape([s for i, s in enumerate(back.shape) if i not in axes])


def _sum_outer(array, axis, keepdim):
    """The sum of a contiguous array. NumPy adds in pairs along the last axis only, and one by one along others.

    So many terms of those are added in groups, which is as exact as PyTorch, and much quicker where rows are short.
    """
    axes = sorted([each % array.ndim for each in ((axis,) if isinstance(axis, int) else axis)])
    first, end = (axes[0], axes[-1] + 1) if axes else (0, 0)
    terms = math.prod(array.shape[first:end])
    if terms <= _FEW or end == array.ndim or end - first != len(axes) or not array.size:
        return np.add.reduce(array, axis, None, None, keepdim)
    parts = array.reshape(math.prod(array.shape[:first]), terms, math.prod(array.shape[end:]))
    row = parts.shape[2]
    size = _GROUPS if row < _LONG else _FEW
    while (count := parts.shape[1]) > 2 * size:
        whole = count - count % size
        if row < _LONG:  # the first terms of all groups, which lie together, then the second ones
            sums = np.add.reduce(parts[:, :whole].reshape(len(parts), size, -1, row), 1)
        else:  # neighbours, whose sum stays in the processor's cache
            sums = np.add.reduce(parts[:, :whole].reshape(len(parts), -1, size, row), 2)
        if whole < count:
            sums = np.concatenate((sums, np.add.reduce(parts[:, whole:], 1, keepdims=True)), 1)
        parts = sums
    kept = (1,) * len(axes) if keepdim else ()
    return np.add.reduce(parts, 1).reshape(array.shape[:first] + kept + array.shape[end:])


_FEW = 1 << 7  # terms that may be added one by one
_GROUPS = 16
_LONG = 1 << 8  # elements of a row that is added as a whole


def sum_array(array, axes):
    """The sum over some axes, which stay as size 1."""
    return accumulate(np.add, array, axes, True)


def sum(self, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=False):
    """The sum over all elements, or over the dimensions `dim`."""
    if dim is axis is None and not keepdim and not keepdims:
        return _sum_all(self, dtype)
    if axis is not None or keepdims:
        return sum(self, axis if dim is None else dim, keepdim or keepdims, dtype=dtype)
    try:
        axes_of(self, dim)
    except TypeError as error:
        raise refused(error, "sum", (dim, keepdim) if keepdim else (dim,)) from None
    return _sum_dims(self, () if dim is None else given(dim), keepdim, dtype)


def reduce_to(grad, shape, dtype, node=None, index=0):
    """Undo broadcasting and promotion: sum to `shape`, cast to `dtype`; a real operand's gradient is the real part.

    The gradient is that of an input of `node`, if one is given, which may not take it in that type.
    """
    if grad._dtype.is_complex and not dtype.is_complex:
        check_takes_complex(node)
        grad = real(grad)
    if grad._dtype is not dtype and node is not None and _takes_any_type(node._edges[index]):
        dtype = grad._dtype
    found = grad._array.shape
    if found != shape and not shape:
        grad = grad.sum()
    elif found != shape:
        lead = len(found) - len(shape)
        dims = tuple(range(lead))
        if found[lead:] != shape:
            dims += tuple(
                [lead + index for index, size in enumerate(shape) if size == 1 and found[lead + index] != 1]
            )
        if mode.recording > 1 or (mode.recording and grad.requires_grad):
            grad = grad.sum(dims, True)
        else:
            grad = wrap(sum_array(grad._array, dims), grad._dtype)
        if lead:  # a view, which keeps its base alive: no gradient is added to it in place
            grad = grad.view(shape) if mode.recording else make_view(grad, grad._array.reshape(shape))
    return grad if grad._dtype is dtype else grad.to(dtype)


def _takes_any_type(node):
    """Whether this is the node of a leaf whose `grad_dtype` is None."""
    variable = getattr(node, "_variable", None)
    return variable is not None and variable._grad_dtype is None


def _mean_all_backward(grad, self_sym_sizes, self_sym_numel):
    if mode.recording:
        return div_scalar(grad.expand(self_sym_sizes), self_sym_numel)
    share = grad._array / self_sym_numel  # the same numbers, with one division
    if not self_sym_sizes:
        return wrap(share, grad._dtype)
    return _spread(share, self_sym_sizes, self_sym_numel, grad._dtype)


def _spread(share, sizes, numel, dtype):
    """A mean's gradient: what each element gets, in all places; of many elements, only when somebody reads them."""
    if numel >= _MANY and share.dtype.char in "fd":
        from ..unspread import unspread

        return unspread(share.reshape(share.shape or (1,) * len(sizes)), sizes, dtype)
    shares = np.empty(sizes, share.dtype)
    shares[...] = share
    return wrap(shares, dtype)


@op(self=_mean_all_backward, jvp=LINEAR, node="MeanBackward0")
def _mean_all(self, dtype=None):
    if dtype is not None:
        self = self.astype(dtype.numpy)
    if self.size <= 4 and self.dtype.char in "fd":
        return np.add.reduce(self, None) / self.size
    return in_single(lambda wide: accumulate(np.add, wide, None, False) / wide.size, self)


def _mean_dims_backward(grad, self_sym_sizes, dim, keepdim, self_sym_numel):
    restored = restore(grad, self_sym_sizes, dim, keepdim)
    if not mode.recording and self_sym_sizes and grad._array.flags.c_contiguous:  # the same, dividing less
        share = in_single(np.true_divide, restored._array, _count(self_sym_sizes, dim))
        return _spread(share, self_sym_sizes, self_sym_numel, grad._dtype)
    return div_by_count(restored.expand(self_sym_sizes), self_sym_sizes, dim)


def div_by_count(tensor, sizes, dim):
    """Divided by the number of elements that a reduction over `dim` (none for all) reduces to one."""
    return div_scalar(tensor, _count(sizes, dim) if sizes else 1)


def _count(sizes, dim):
    return math.prod(sizes[each] for each in dim) if dim else math.prod(sizes)


@op(self=_mean_dims_backward, jvp=LINEAR, node="MeanBackward1")
def _mean_dims(self, dim, keepdim, dtype=None):
    if dtype is not None:
        self = self.astype(dtype.numpy)
    axes = numpy_axes(self, dim)
    count = self.size if axes is None else math.prod(self.shape[axis] for axis in axes)

    def average(wide):
        return np.true_divide(accumulate(np.add, wide, axes, keepdim), count).astype(wide.dtype)

    return reduced(in_single(average, self), self)


def mean(self, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=False):
    """The mean over all elements, or over the dimensions `dim`; of floating types only."""
    if dtype is dim is axis is None and not keepdim and not keepdims and self._dtype.category > INTEGER:
        return _mean_all(self)  # as in most programs
    if axis is not None or keepdims:
        return mean(self, axis if dim is None else dim, keepdim or keepdims, dtype=dtype)
    if (dtype or self._dtype).category <= INTEGER:
        raise RuntimeError(
            f"mean(): could not infer output dtype. {'Input' if dtype is None else 'Optional'} dtype must be either a "
            "floating point or complex dtype. Got: "
            f"{(dtype or self._dtype).legacy_name}"
        )
    self, options = as_computed(self, dtype)
    if dim is None and not keepdim:
        return _mean_all(self, *options)
    try:
        axes_of(self, dim)
    except TypeError as error:
        raise refused(error, "mean", (dim, keepdim) if keepdim else (dim,)) from None
    return _mean_dims(self, () if dim is None else given(dim), keepdim, *options)


def as_computed(self, dtype):
    """What to reduce, and the type to do it in if that is another: PyTorch records no cast of its own."""
    if dtype is None or dtype is self._dtype:
        return self, ()
    if mode.recording > 1 or self._dtype.is_complex or self._dtype.category <= INTEGER:
        return self.to(dtype), ()
    return self, (dtype,)


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
    zeros = 1 if self._of_examples else np.count_nonzero(self._array == 0)
    if not zeros:
        return grad * (result / self).conj()
    if zeros > 1 and not mode.recording:
        return self.new_zeros(self._array.shape)
    flat = self.reshape(-1)
    return (grad * _products_of_the_others(flat, 0).conj()).reshape(self._array.shape)


@op(
    self=_prod_all_backward,
    jvp=lambda self_t, self_p, result: (
        (_prod_all_backward(result.new_ones(()), self_p, result) * self_t.conj()).sum().conj()
    ),
    node="ProdBackward0",
)
def _prod_all(self, dtype=None):
    if dtype is not None:
        return _in_type(dtype, np.multiply, self, None, False)
    return accumulate(np.multiply, self, None, False)


def _prod_dim_backward(grad, self, result, dim, keepdim):
    if self._array.ndim == 0:
        return grad
    if not keepdim:
        grad, result = grad.unsqueeze(dim), result.unsqueeze(dim)
    if not self._of_examples and not np.any(self._array == 0):
        return grad * (result / self).conj()
    return grad * _products_of_the_others(self, wrap_dim(dim, self._array.ndim)).conj()


@op(
    self=_prod_dim_backward,
    jvp=lambda self_t, self_p, result, dim, keepdim: (
        (
            _prod_dim_backward(result.new_ones(result._array.shape), self_p, result, dim, keepdim)
            * self_t.conj()
        )
        .sum(dim, keepdim)
        .conj()
    ),
    node="ProdBackward1",
)
def _prod_dim(self, dim, keepdim, dtype=None):
    axis = None if self.ndim == 0 else dim
    if dtype is not None:
        return _in_type(dtype, np.multiply, self, axis, keepdim)
    return reduced(accumulate(np.multiply, self, axis, keepdim), self)


def prod(self, dim=None, keepdim=False, *, dtype=None):
    """The product of all elements, or along one dimension."""
    self, options = as_computed(self, dtype)
    if dtype is not None and dtype.category <= INTEGER:
        options = (dtype,)
    if dim is None:
        return _prod_all(self, *options)
    wrap_dim(dim, self._array.ndim)
    return _prod_dim(self, dim, keepdim, *options)


refuse_complex(_sum_all, _sum_dims, _mean_all, _mean_dims, _prod_all, _prod_dim)


# ---- running sums, log-sums --------------------------------------------------------------------------------


@op(
    self=lambda grad, dim: grad if grad._array.ndim == 0 else grad.flip(dim).cumsum(dim).flip(dim),
    jvp=LINEAR,
    node="CumsumBackward0",
)
def _cumsum(self, dim, dtype=None):
    if dtype is not None:
        self = self.astype(dtype.numpy)
    elif self.dtype.kind in "biu":
        self = self.astype(np.int64)
    if self.ndim == 0:
        return self.copy()
    self = in_order(self)
    if self.dtype.char in "eE":
        return in_single(lambda wide: np.add.accumulate(wide, axis=dim), self)
    if self.dtype.char == "f":  # in double precision, as PyTorch does
        return np.add.accumulate(self, axis=dim, dtype=np.float64).astype(np.float32)
    return np.add.accumulate(self, axis=dim, dtype=self.dtype)


def in_given_type(self, dim, dtype):
    """The arguments of a running sum or product: whole numbers keep their type only where it is given."""
    self, options = as_computed(self, dtype)
    if dtype is not None and dtype.category <= INTEGER:
        options = (dtype,)
    return (self, dim, *options)


def cumsum(self, dim, *, dtype=None):
    """Running sums along a dimension."""
    wrap_dim(dim, self._array.ndim)
    return _cumsum(*in_given_type(self, dim, dtype))


def _logsumexp_backward(grad, self, result, dim, keepdim):
    grad, result = (restore(each, self._array.shape, dim, keepdim) for each in (grad, result))
    return grad * (self - result).exp().conj()


@op(
    self=_logsumexp_backward,
    jvp=of_logsumexp,
    node="LogsumexpBackward0",
)
def _logsumexp(self, dim, keepdim):
    axes = numpy_axes(self, dim)
    top = np.maximum.reduce(self.real, axis=axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, top.dtype.type(0))
    total = np.log(accumulate(np.add, np.exp(self - top), axes, keepdim))
    return reduced(total + (top if keepdim else top.reshape(total.shape)), self)


def logsumexp(self, dim, keepdim=False):
    """The logarithm of the sum of exponentials, without overflow."""
    if self._dtype.category <= INTEGER:
        self = self.to(dtypes.get_default_dtype())
    axes_of(self, dim)
    return _logsumexp(self, given(dim), keepdim)


# ---- truth -------------------------------------------------------------------------------------------------


def _truth(reduce, self, dim, keepdim):
    axes = None if dim is None else numpy_axes(self._array, axes_of(self, dim))
    found = reduced(reduce(self._array, axis=axes, keepdims=keepdim), self._array)
    kind = dtypes.uint8 if self._dtype is dtypes.uint8 else dtypes.bool_
    return wrap(found.astype(kind.numpy, copy=False), kind)


def all(self, dim=None, keepdim=False):
    """Whether all elements are true, over everything or over `dim`."""
    if mode.recording > 1:
        return through_transforms(all, (self, dim, keepdim))
    return _truth(np.all, self, dim, keepdim)


def any(self, dim=None, keepdim=False):
    """Whether any element is true, over everything or over `dim`."""
    if mode.recording > 1:
        return through_transforms(any, (self, dim, keepdim))
    return _truth(np.any, self, dim, keepdim)


all.tangent_rule = any.tangent_rule = no_tangent  # type: ignore[attr-defined]
