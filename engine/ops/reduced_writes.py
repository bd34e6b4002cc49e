"""Elements written to places that an index names, where they are combined: scatter_reduce and index_reduce."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes
from ..dtypes import int32, int64
from ..in_place import in_place
from ..lazy import plain
from ..op import op, wrap
from .along import _check_along, _check_source, _places_along
from .choosing import where
from .dims import wrap_dim
from .from_data import warn_once
from .refusals import no_forward_mode
from .slices import _at, index_select

UFUNCS: dict[str, Any] = {
    "sum": np.add,
    "mean": np.add,
    "prod": np.multiply,
    "amax": np.maximum,
    "amin": np.minimum,
}


def _start(dtype: Any, reduce: str) -> Any:
    """What changes nothing when it is combined with anything."""
    if reduce in ("sum", "mean", "prod"):
        return dtype.type(reduce == "prod")
    if dtype.kind in "fcV":
        return dtype.type(-np.inf if reduce == "amax" else np.inf)
    limits = np.iinfo(dtype) if dtype.kind in "iu" else None
    if limits is None:
        return dtype.type(reduce == "amin")
    return dtype.type(limits.min if reduce == "amax" else limits.max)


def _combined(array: Any, places: Any, values: Any, reduce: str, include_self: bool) -> Any:
    found = np.array(plain(array), order="C")
    kind = found.dtype
    wide = found.astype(np.float32) if kind.char in "eE" else found
    if not include_self:
        wide[places] = _start(wide.dtype, reduce)
    UFUNCS[reduce].at(wide, places, plain(values))
    if reduce == "mean":
        counts = np.full(found.shape, int(include_self), np.int64)
        np.add.at(counts, places, 1)
        np.maximum(counts, 1, out=counts)
        wide = wide // counts if kind.kind in "iu" else wide / counts.astype(wide.real.dtype)
    return wide.astype(kind, copy=False)


class _Along:
    """`scatter_reduce`: the index has the shape of the source."""

    @staticmethod
    def read(tensor, dim, index):
        return tensor.gather(dim, index)

    @staticmethod
    def add(tensor, dim, index, source):
        return tensor.scatter_add(dim, index, source)

    @staticmethod
    def fill(tensor, dim, index):
        return tensor.scatter(dim, index, 0)

    @staticmethod
    def again(self, dim, index, source, reduce, include_self):
        return scatter_reduce(self, dim, index, source, reduce, include_self=include_self)


class _Slices:
    """`index_reduce`: the index names whole slices."""

    read = staticmethod(index_select)

    @staticmethod
    def add(tensor, dim, index, source):
        return tensor.index_add(dim, index, source)

    @staticmethod
    def fill(tensor, dim, index):
        return tensor.index_fill(dim, index, 0)

    @staticmethod
    def again(self, dim, index, source, reduce, include_self):
        return index_reduce(self, dim, index, source, reduce, include_self=include_self)


def _of_self(way, grad, self, dim, index, source, reduce, include_self, result):
    if reduce == "sum":
        found = grad
    elif reduce == "mean":
        found = grad / _counts(way, grad, dim, index, source, include_self)
    elif reduce == "prod":
        masked = self.masked_fill(self == 0, 1)
        found = grad * way.again(masked, dim, index, source, reduce, include_self) / masked
    else:
        is_result = (self == result).to(self._dtype)
        found = is_result * _shared(way, grad, is_result, dim, index, source, result)
    return found if include_self else way.fill(found, dim, index)


def _of_source(way, grad, self, dim, index, source, reduce, include_self, result):
    if reduce == "sum":
        return way.read(grad, dim, index)
    if reduce == "mean":
        return way.read(grad / _counts(way, grad, dim, index, source, include_self), dim, index)
    if reduce == "prod":
        return _of_factor(way, grad, self, dim, index, source, include_self, result)
    is_result = (self == result).to(self._dtype)
    chosen = (source == way.read(result, dim, index)).to(source._dtype)
    return chosen * way.read(_shared(way, grad, is_result, dim, index, source, result), dim, index)


def _shared(way, grad, is_result, dim, index, source, result):
    """The gradient of an extreme value, in equal shares for all that are it."""
    chosen = (source == way.read(result, dim, index)).to(source._dtype)
    return grad / way.add(is_result, dim, index, chosen)


def _counts(way, grad, dim, index, source, include_self):
    start = grad.new_ones(grad._array.shape) if include_self else grad.new_zeros(grad._array.shape)
    counts = way.add(start, dim, index, source.detach().new_ones(source._array.shape))
    return counts.masked_fill_(counts == 0, 1)


def _of_factor(way, grad, self, dim, index, source, include_self, result):
    zero = source == 0
    zeros = way.read(
        way.add(self.detach().new_zeros(self._array.shape), dim, index, zero.to(self._dtype)), dim, index
    )
    single = zero & (zeros == 1)
    masked = source.masked_fill(single, 1)
    without = way.again(self, dim, index, masked, "prod", include_self)
    return where(
        single,
        way.read(grad * without, dim, index),
        way.read(grad * result, dim, index) / source.masked_fill(zero, 1),
    )


@op(
    self=lambda grad, self, dim, index, src, reduce, include_self, result: _of_self(
        _Along, grad, self, dim, index, src, reduce, include_self, result
    ),
    src=lambda grad, self, dim, index, src, reduce, include_self, result: _of_source(
        _Along, grad, self, dim, index, src, reduce, include_self, result
    ),
    node="ScatterReduceBackward0",
)
def _scatter_reduce(self, dim, index, src, reduce, include_self):
    if not self.ndim:
        places, values = (np.zeros(index.size, np.int64),), np.ravel(src)[: index.size]
        return _combined(np.reshape(self, 1), places, values, reduce, include_self).reshape(())[()]
    if not index.size:
        return self.copy()
    values = src[tuple(map(slice, index.shape))]
    return _combined(self, _places_along(index, dim), values, reduce, include_self)


def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """A copy of `input` in which elements of `src` are combined at the places that `index` names along `dim`."""
    if reduce not in UFUNCS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    _check_along(input, dim, index, "scatter", "self")
    _check_source(input, dim, index, src)
    kind = input._dtype
    if (kind.is_complex and reduce in ("amax", "amin")) or (kind is dtypes.bool_ and reduce == "mean"):
        raise dtypes.not_implemented(f"scatter_gather_tensor_cpu_reduce_{reduce}", kind)
    return _scatter_reduce(input, dim, index, src, reduce, include_self)


@op(
    self=lambda grad, self, dim, index, source, reduce, include_self, result: _of_self(
        _Slices, grad, self, dim, index, source, reduce, include_self, result
    ),
    source=lambda grad, self, dim, index, source, reduce, include_self, result: _of_source(
        _Slices, grad, self, dim, index, source, reduce, include_self, result
    ),
    jvp=no_forward_mode("index_reduce"),
    node="IndexReduceBackward0",
)
def _index_reduce(self, dim, index, source, reduce, include_self):
    if not self.ndim:
        places, values = (np.zeros(index.size, np.int64),), np.ravel(source)
        return _combined(np.reshape(self, 1), places, values, reduce, include_self).reshape(())[()]
    return _combined(self, _at(self, dim, index), source, reduce, include_self)


def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """A copy of `input` in which slices of `source` are combined at the places that `index` names."""
    name = "index_reduce_()"
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(
            f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}."
        )
    axis, sizes = wrap_dim(dim, input._array.ndim), source._array.shape
    if index._array.ndim > 1:
        described = f"dim: {index._array.ndim} with type: {index._dtype.legacy_name} and size: {list(index._array.shape)}"
        raise IndexError(f"{name}: Index is supposed to be a vector, but got {described}")
    if index._dtype not in (int64, int32):
        raise RuntimeError(
            f"{name}: Expected dtype int32/int64 for index but got: {index._dtype.legacy_name}"
        )
    if source._dtype is not input._dtype:
        types = f"self ({input._dtype.legacy_name}) and source ({source._dtype.legacy_name})"
        raise RuntimeError(f"{name}: {types} must have the same scalar type")
    found = sizes[axis] if sizes else 1
    if index._array.size != found:
        raise RuntimeError(
            f"{name}: Number of indices ({index._array.size}) should be equal to source.size(dim): ({found}), for dim: {axis}"
        )
    warn_once("index_reduce() is in beta and the API may change at any time.", stacklevel=4)
    if input._dtype is dtypes.bool_ or input._dtype.is_complex:
        raise dtypes.not_implemented("index_func_", input._dtype)
    limit = input._array.shape[axis] if input._array.ndim else 1
    if ((index._array < 0) | (index._array >= limit)).any():
        raise IndexError("index out of range in self")
    return _index_reduce(input, dim, index, source, reduce, include_self)


scatter_reduce_ = in_place(scatter_reduce, "scatter_reduce_")
index_reduce_ = in_place(index_reduce, "index_reduce_")


# ---- scatter(reduce=...) -----------------------------------------------------------------------------------


def _not_derived(*args):
    raise RuntimeError("derivative for aten::scatter is not implemented")


@op(self=lambda grad: _not_derived(), src=lambda grad: _not_derived(), node="NotImplemented")
def _scatter_combined(self, dim, index, src, reduce):
    if not self.ndim:
        return UFUNCS[reduce](self, np.ravel(src)[0])
    return _combined(self, _places_along(index, dim), src[tuple(map(slice, index.shape))], reduce, True)


_scatter_combined.declaration.node_class.name = lambda node: "torch::autograd::NotImplemented"


def scatter_with_reduce(self: Any, dim: int, index: Any, src: Any, reduce: str) -> Any:
    """`scatter` with the elements added to what is there, or multiplied with it."""
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    if not hasattr(src, "_array"):
        src = wrap(np.full(index._array.shape, src, self._array.dtype))
    else:
        warnings.warn(
            "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch release. "
            "Use torch.scatter_reduce instead for more reduction options.",
            UserWarning,
            stacklevel=3,
        )
    _check_along(self, dim, index, "scatter", "self")
    _check_source(self, dim, index, src)
    return _scatter_combined(self, dim, index, src, {"add": "sum", "multiply": "prod"}[reduce])
