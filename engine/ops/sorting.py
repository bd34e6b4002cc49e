"""Elements in order: sorted along a dimension, the largest ones, the k-th, the middle one, the most frequent."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..dtypes import not_implemented
from ..op import op
from ..return_types import named
from .dims import wrap_dim
from .extremes import check_not_empty, share_among_ties, to_chosen_index
from .selection import are_equal, exchanged, first_of, in_order, last_of_most_frequent, quickselect
from .tangents import of_max, of_max_dim

_BOTH = ("values", "indices")


def order_of(array, axis, descending=False):
    """The indices that sort an array; equal elements stay in their order, and nan is the largest."""
    if not descending:
        return np.argsort(array, axis=axis, kind="stable")
    reverse = np.flip(np.argsort(np.flip(array, axis), axis=axis, kind="stable"), axis)
    return array.shape[axis] - 1 - reverse


def _chosen(array, indices, dim):
    return np.take_along_axis(array, indices, dim)[()], indices[()]


def _back_in_place(grads, self_sym_sizes, indices, dim):
    return to_chosen_index(grads, self_sym_sizes, indices, dim, True)


def _sort_forward(self, dim, descending, stable):
    if self.ndim == 0:
        return self.copy(), np.int64(0)
    order = order_of(self, dim, descending)
    if not stable and _FEWEST <= self.shape[dim] <= self.size <= _MOST:
        values = np.moveaxis(np.take_along_axis(self, order, dim), dim, -1)
        competing = are_equal(values[..., 1:], values[..., :-1]).any(-1)
        order = exchanged(order, self, dim, competing, lambda pairs: in_order(pairs, descending))
    return tuple([_in_order_of(self, each) for each in _chosen(self, order, dim)])


_FEWEST = 17  # elements of a group in which sorting exchanges equal ones
_MOST = 1 << 14  # elements of which it matters which of equal ones comes first, for the time that this takes


def _in_order_of(array, found):
    """What was found, with its elements in memory in the order of the array's, as PyTorch's sort leaves them."""
    if array.flags.c_contiguous or 0 in array.strides:
        return found
    result = np.empty_like(array, dtype=found.dtype, subok=False)
    result[...] = found
    return result


def _of_sort(self_t, dim, indices):
    return self_t.gather(dim, indices), None


_sort = op(self=_back_in_place, outputs=_BOTH, jvp=_of_sort, node="SortBackward0")(_sort_forward)
_sort_stable = op(self=_back_in_place, outputs=_BOTH, jvp=_of_sort, node="SortBackward1")(_sort_forward)
_Sort = named("sort", *_BOTH)


def sort(self, *places, dim=-1, descending=False, stable=None):
    """The elements in order along a dimension, and where they were.

    Of equal elements, which come in their order only if it is to be `stable`, those of many are in any order. `dim` and
    `descending` are also taken by position, but not beside `stable`.
    """
    if places:
        if stable is not None or len(places) > 2:
            raise TypeError("stable stands beside names only")
        dim, descending = (*places, descending)[:2]
    if isinstance(dim, bool):
        raise TypeError("dim must be an integer")
    wrap_dim(dim, self._array.ndim)
    if self._dtype.is_complex:
        raise RuntimeError(" Sort does not support complex dtypes on CPU")
    operation = _sort if stable is None else _sort_stable
    return _Sort(operation(self, dim, descending, bool(stable)))


def argsort(self, *places, dim=-1, descending=False, stable=None):
    """The indices that sort the elements along a dimension."""
    return sort(self, *places, dim=dim, descending=descending, stable=stable)[1]


def msort(self):
    """The elements in order along the first dimension."""
    return sort(self, 0)[0]


_WORTHWHILE = 4  # from how many times as many elements on it is quicker not to sort them all


def _extreme_indices(array, k, dim, largest):
    """Where the `k` largest or smallest elements are, in the order in which they stand."""
    count = array.shape[dim]
    order = np.argpartition(array, count - k if largest else k - 1, axis=dim)
    places = np.arange(count - k, count) if largest else np.arange(k)
    return np.sort(np.take(order, places, axis=dim), axis=dim)


@op(self=_back_in_place, outputs=_BOTH, jvp=_of_sort, node="TopkBackward0")
def _topk(self, k, dim, largest, sorted):
    if self.ndim == 0:
        return (self.copy(), np.int64(0)) if k else (self.reshape(1)[:0], np.zeros(0, np.int64))
    count = self.shape[dim]
    more = min(k + 1, count)  # one more shows whether others are as large as the last one
    if k and more < count // _WORTHWHILE:
        indices = _extreme_indices(self, more, dim, largest)
        inner = order_of(np.take_along_axis(self, indices, dim), dim, largest)
        order = np.take_along_axis(indices, inner, dim)
    else:
        order = np.take(order_of(self, dim, largest), np.arange(more), axis=dim)
    indices = np.take(order, np.arange(k), axis=dim)
    if k:
        values = np.moveaxis(np.take_along_axis(self, order, dim), dim, -1)
        competing = are_equal(values[..., 1:], values[..., :-1]).any(-1) | (not sorted)
        indices = exchanged(
            indices,
            self,
            dim,
            competing,
            lambda pairs: first_of(pairs, k, largest, sorted),
        )
    return _chosen(self, indices, dim)


_Topk = named("topk", *_BOTH)


def topk(self, k, dim=-1, largest=True, sorted=True):
    """The `k` largest (or smallest) elements along a dimension, the extreme one first, and where they are."""
    size = self._array.shape[wrap_dim(dim, self._array.ndim)] if self._array.ndim else 1
    if isinstance(k, bool):
        raise TypeError("k must be an integer")
    if not 0 <= k <= size:
        raise RuntimeError("selected index k out of range")
    if self._dtype.is_complex:
        raise RuntimeError(" topk does not support complex dtypes on CPU")
    if self._dtype is dtypes.bool_:
        raise RuntimeError("topk does not support bool dtypes on CPU")
    if self._dtype.unordered:
        raise not_implemented("topk_cpu", self._dtype)
    return _Topk(_topk(self, k, dim, largest, sorted))


# ---- one of each group -------------------------------------------------------------------------------------


def _take_one(array, indices, dim, keepdim):
    values = np.take_along_axis(array, indices, dim)
    if keepdim:
        return values, indices
    return values.squeeze(dim)[()], indices.squeeze(dim)[()]


def _standing_at(array, place, dim):
    """The index of what stands at a place (a number, or one for each group) in the stable order."""
    sizes = [1 if axis == dim % array.ndim else size for axis, size in enumerate(array.shape)]
    return np.take_along_axis(order_of(array, dim), np.broadcast_to(np.asarray(place), sizes), dim)


def _selecting(name, node, find):
    """An operation that takes one element of each group: `find` gives its index."""

    def forward(self, k, dim, keepdim):
        if self.ndim == 0:
            return self.copy(), np.int64(0)
        return _take_one(self, find(self, k, dim), dim, keepdim)

    return op(self=to_chosen_index, outputs=_BOTH, jvp=of_max_dim, node=node)(forward), named(name, *_BOTH)


def _kth(array, k, dim):
    indices = np.take(np.argpartition(array, k - 1, axis=dim), [k - 1], axis=dim)
    same = are_equal(array, np.take_along_axis(array, indices, dim)).sum(dim)
    return exchanged(indices, array, dim, same > 1, lambda pairs: quickselect(pairs, k - 1))


def _missing(array, dim):
    """How many elements of each group are nan."""
    return np.sum(np.isnan(array), axis=dim, keepdims=True)


def _middle(array, dim):
    """The lower one of the two in the middle; the first nan if there is one."""
    count = array.shape[dim]
    if array.dtype.kind not in "fV":
        return (count - 1) // 2
    missing = _missing(array, dim)
    return np.where(missing > 0, count - missing, (count - 1) // 2) if np.any(missing) else (count - 1) // 2


def _middle_of_numbers(array, dim):
    count = array.shape[dim]
    if array.dtype.kind not in "fV":
        return (count - 1) // 2
    return np.maximum(count - _missing(array, dim) - 1, 0) // 2


_kthvalue, _Kthvalue = _selecting("kthvalue", "KthvalueBackward0", _kth)
_median_dim, _Median = _selecting(
    "median", "MedianBackward1", lambda array, _, dim: _standing_at(array, _middle(array, dim), dim)
)
_nanmedian_dim, _Nanmedian = _selecting(
    "nanmedian",
    "NanmedianBackward1",
    lambda array, _, dim: _standing_at(array, _middle_of_numbers(array, dim), dim),
)


def kthvalue(self, k, dim=-1, keepdim=False):
    """The k-th smallest element along a dimension, and where it is."""
    axis = wrap_dim(dim, self._array.ndim)
    check_not_empty(self, dim, "kthvalue")
    if not 1 <= k <= (self._array.shape[axis] if self._array.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    _check_real(self, "kthvalue_cpu")
    return _Kthvalue(_kthvalue(self, k, dim, keepdim))


def _check_real(self, kernel):
    if self._dtype.unordered or (self._dtype is dtypes.bool_ and kernel != "mode_cpu"):
        raise not_implemented(kernel, self._dtype)


def _of_all(name, node, place):
    def forward(self):
        flat = self.reshape(-1)
        if not flat.size:
            return self.dtype.type(np.nan if self.dtype.kind in "fV" else np.iinfo(self.dtype).min)
        return np.sort(flat)[int(np.asarray(place(flat, 0)).reshape(-1)[0])]

    return op(self=share_among_ties, jvp=of_max, node=node)(forward)


_median_all = _of_all("median", "MedianBackward0", _middle)
_nanmedian_all = _of_all("nanmedian", "NanmedianBackward0", _middle_of_numbers)


def _median_of(self, dim, keepdim, name, of_all, along, kind):
    _check_real(self, "median_cpu" if dim is None else "median_out")
    if dim is None:
        return of_all(self)
    check_not_empty(self, dim, "median")
    return kind(along(self, None, dim, keepdim))


def median(self, dim=None, keepdim=False):
    """The middle element, the lower one of two; along a dimension, and where it is. nan if there is one."""
    return _median_of(self, dim, keepdim, "median", _median_all, _median_dim, _Median)


def nanmedian(self, dim=None, keepdim=False):
    """The middle one of the elements that are not nan."""
    return _median_of(self, dim, keepdim, "nanmedian", _nanmedian_all, _nanmedian_dim, _Nanmedian)


@op(self=to_chosen_index, outputs=_BOTH, jvp=of_max_dim, node="ModeBackward0")
def _mode(self, dim, keepdim):
    if self.ndim == 0:
        return self.copy(), np.int64(0)
    order = order_of(self, dim)
    ordered = np.moveaxis(np.take_along_axis(self, order, dim), dim, -1)
    count = ordered.shape[-1]
    starts = np.ones(ordered.shape, bool)
    starts[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first = np.maximum.accumulate(np.where(starts, np.arange(count), 0), axis=-1)
    length = np.arange(count) - first + 1
    last = np.argmax(length, axis=-1)  # where the first of the longest runs ends
    indices = np.take_along_axis(order, np.expand_dims(last, dim), dim)
    indices = exchanged(indices, self, dim, length.max(-1) > 1, last_of_most_frequent)
    return _take_one(self, indices, dim, keepdim)


_Mode = named("mode", *_BOTH)


def mode(self, dim=-1, keepdim=False):
    """The most frequent element along a dimension, the smallest of several, and the last place where it is."""
    check_not_empty(self, dim, "mode")
    _check_real(self, "mode_cpu")
    return _Mode(_mode(self, dim, keepdim))
