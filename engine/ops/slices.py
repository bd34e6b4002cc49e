"""Whole slices of a dimension, at the places that an index names: index_select, index_add, index_copy, index_fill.

And the elements at which a mask is set: masked_select, masked_scatter.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import FROM_NUMPY, bool_, element, int32, int64, uint8, wrapped
from ..lazy import plain
from ..op import LINEAR, check_broadcast, op
from ..transforms import note_writes
from .arithmetic import mul_scalar
from .choosing import masked_scatter_op, masked_select_op
from .dims import wrap_dim
from .operands import is_number
from .slicing import index_at
from .views import dense_copy, expand

# ---- reading -----------------------------------------------------------------------------------------------


def _index_select_backward(grad, self_sym_sizes, dim, index):
    found = _index_add(grad.new_zeros(self_sym_sizes), dim, index, grad, 1)
    note_writes(found, 1)
    return found


@op(self=_index_select_backward, jvp=LINEAR, node="IndexSelectBackward0")
def _index_select(self, dim, index):
    if not self.ndim:
        return self.copy()
    return np.take(self, np.ravel(index._array), axis=dim)


def index_select(self: Any, dim: int, index: Any) -> Any:
    """The slices of a dimension that `index` names."""
    axis = wrap_dim(dim, self._array.ndim)
    if index._array.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index._dtype not in (int64, int32):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if not self._array.ndim and index._array.size != 1:
        raise RuntimeError(
            f"index_select(): Index to scalar can have only 1 value, got {index._array.size} value(s)"
        )
    size = self._array.shape[axis] if self._array.ndim else 1
    outside = index._array[(index._array < 0) | (index._array >= size)]
    if outside.size and not axis:
        raise IndexError("index out of range in self")
    if outside.size:
        raise RuntimeError(f"INDICES element is out of DATA bounds, id={outside.flat[0]} axis_dim={size}")
    return _index_select(self, dim, index)


# ---- writing -----------------------------------------------------------------------------------------------


def _of_source(grad, dim, index, source_sym_sizes):
    if not source_sym_sizes:
        return index_select(grad, dim, index).reshape(())
    return expand(index_select(grad, dim, index), source_sym_sizes)


def _scaled_of_source(grad, dim, index, source_sym_sizes, alpha):
    found = _of_source(grad, dim, index, source_sym_sizes)
    return found if alpha == 1 else mul_scalar(found, alpha)


def _at(array, dim, index):
    return index_at(array.ndim, dim, np.ravel(index)) if array.ndim else ()


@op(self=lambda grad: grad, source=_scaled_of_source, jvp=LINEAR, node="IndexAddBackward0")
def _index_add(self, dim, index, source, alpha):
    result = np.array(plain(self), order="C")
    added = source if alpha == 1 else source * wrapped(alpha, FROM_NUMPY[source.dtype])
    np.add.at(result, _at(result, dim, index), added if result.ndim else np.sum(added))
    return result if result.ndim else result[()]


def index_add(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """A copy of `self` with the slices of `source`, times alpha, added at the places that `index` names."""
    name = "index_add_()"
    if not isinstance(source, TensorBase):
        kind = type(source).__name__
        raise TypeError(f"{name}: argument 'source' (position 3) must be Tensor, not {kind}")
    axis = wrap_dim(dim, self._array.ndim)
    sizes = source._array.shape
    if index._array.ndim > 1:
        described = f"dim: {index._array.ndim} with type: {index._dtype.legacy_name} and size: {list(index._array.shape)}"
        raise IndexError(f"{name}: Index is supposed to be a vector, but got {described}")
    if index._dtype not in (int64, int32):
        raise RuntimeError(
            f"{name}: Expected dtype int32/int64 for index but got: {index._dtype.legacy_name}"
        )
    if source._dtype is not self._dtype:
        types = f"self ({self._dtype.legacy_name}) and source ({source._dtype.legacy_name})"
        raise RuntimeError(f"{name}: {types} must have the same scalar type")
    if axis and axis >= len(sizes):
        raise RuntimeError(
            f"{name}: Indexing dim {axis} is out of bounds of the source tensor with dim {len(sizes)}"
        )
    found = sizes[axis] if sizes else 1
    if index._array.size != found:
        raise RuntimeError(
            f"{name}: Number of indices ({index._array.size}) should be equal to source.size(dim): ({found}), for dim: {axis}"
        )
    own = self._array.shape
    if (*own[:axis], *own[axis + 1 :]) != (*sizes[:axis], *sizes[axis + 1 :]) or len(own) != len(sizes):
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(own)} source.shape = {list(sizes)}"
        )
    if len(own) == 1 and np.any((index._array < 0) | (index._array >= own[0])):
        raise IndexError("index out of range in self")
    _check_bounds(self, axis, index, RuntimeError)
    return _index_add(self, dim, index, source, alpha)


def _check_bounds(
    self: Any, axis: int, index: Any, error: type[Exception], name: str = "", low: int = 0
) -> None:
    """Raise PyTorch's error for places out of bounds; `low` is -1 where they may count from the end."""
    size = self._array.shape[axis] if self._array.ndim else 1
    outside = index._array[(index._array < low * size) | (index._array >= size)]
    if outside.size:
        raise error(f"{name}index {outside.flat[0]} is out of bounds for dimension {axis} with size {size}")


@op(
    self=lambda grad, dim, index: _index_fill_number(grad, dim, index, 0),
    source=_of_source,
    jvp=LINEAR,
    node="IndexCopyBackward0",
)
def _index_copy(self, dim, index, source):
    result = np.array(plain(self), order="C")
    source = plain(source)
    result[_at(result, dim, index)] = source if result.ndim else source.reshape(-1)[-1]
    return result if result.ndim else result[()]


def index_copy(self: Any, dim: int, index: Any, source: Any) -> Any:
    """A copy of `self` with the slices of `source` at the places that `index` names."""
    name = "index_copy_()"
    if not isinstance(source, TensorBase):
        kind = type(source).__name__
        raise TypeError(f"{name}: argument 'source' (position 3) must be Tensor, not {kind}")
    axis = wrap_dim(dim, self._array.ndim)
    sizes, own = source._array.shape, self._array.shape
    if index._array.ndim > 1:
        raise IndexError(f"{name}: Index should have dimension 1 or 0 (got {index._array.ndim})")
    if sizes and own and len(sizes) != len(own):
        raise IndexError(
            f"{name}: When source and destination are not scalars, their dimensionality must match. Source dimensionality "
            f"({len(sizes)}), destination dimensionality ({len(own)})"
        )
    if index._dtype is not int64:
        raise RuntimeError(f"{name}: Expected a long tensor for index, but got {index._dtype.legacy_name}")
    if source._dtype is not self._dtype:
        types = f"(self) {self._dtype.legacy_name} and (source) {source._dtype.legacy_name}"
        raise RuntimeError(f"{name}: self and source expected to have the same dtype, but got {types}")
    _check_slices(name, own, sizes, axis)
    if sizes and index._array.size != sizes[axis]:
        raise IndexError(
            f"{name}: Number of indices ({index._array.size}) should be equal to source.size(dim) ({sizes[axis]})"
        )
    _check_bounds(self, axis, index, IndexError, f"{name}: ")
    return _index_copy(self, dim, index, source)


def _check_slices(name: str, own: tuple[int, ...], sizes: tuple[int, ...], axis: int) -> None:
    one, two = ((*each[:axis], *each[axis + 1 :]) for each in (own, sizes))
    if one != two:
        shown = [" ".join(str(size) for size in each) for each in (one, two)]
        raise RuntimeError(
            f"{name}: Source/destination tensor must have same slice shapes. Destination slice shape: {shown[0]} at dimension "
            f"{axis} and source slice shape: {shown[1]} at dimension 0."
        )


@op(
    self=lambda grad, dim, index: _index_fill_number(grad, dim, index, 0),
    jvp=lambda self_t, dim, index: _index_fill_number(self_t, dim, index, 0),
    node="IndexFillBackward0",
)
def _index_fill_number(self, dim, index, value):
    result = dense_copy(np.asarray(plain(self)))
    result[_at(result, dim, index._array)] = value
    return result if result.ndim else result[()]


def _of_value(grad, dim, index):
    unique = index.new_tensor(sorted(set(index.reshape(-1).tolist())))
    return index_select(grad, dim, unique).sum()


@op(
    self=lambda grad, dim, index: _index_fill_number(grad, dim, index, 0),
    value=_of_value,
    jvp=LINEAR,
    node="IndexFillBackward1",
)
def _index_fill_tensor(self, dim, index, value):
    result = dense_copy(np.asarray(plain(self)))
    result[_at(result, dim, index)] = plain(value)
    return result if result.ndim else result[()]


def index_fill(self: Any, dim: int, index: Any, value: Any) -> Any:
    """A copy of `self` with a number, or a 0-d tensor, in the slices that `index` names."""
    axis = wrap_dim(dim, self._array.ndim)
    if isinstance(value, TensorBase) and value._array.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value._array.ndim} dimension(s)."
        )
    if index._dtype is not int64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index._array.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    _check_bounds(self, axis, index, IndexError, low=-1)
    if isinstance(value, TensorBase):
        return _index_fill_tensor(self, dim, index, value)
    if not is_number(value):
        raise TypeError("index_fill() takes a dimension, an index tensor, and a number or a 0-d tensor")
    return _index_fill_number(self, dim, index, element(value, self._dtype))


# ---- a mask ------------------------------------------------------------------------------------------------


def masked_select(self: Any, mask: Any) -> Any:
    """The elements at which a mask, which may be broadcast, is set, in one dimension."""
    if mask._dtype is not bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    check_broadcast(mask._array.shape, self._array.shape)
    whole = np.broadcast_shapes(mask._array.shape, self._array.shape)
    return masked_select_op(self if whole == self._array.shape else expand(self, whole), mask)


def masked_scatter(self: Any, mask: Any, source: Any) -> Any:
    """A copy of `self` with the first elements of `source` where the mask is set."""
    if not isinstance(source, TensorBase):
        kind = type(source).__name__
        raise TypeError(f"masked_scatter_(): argument 'source' (position 2) must be Tensor, not {kind}")
    if mask._array.shape != self._array.shape:
        check_broadcast(mask._array.shape, self._array.shape)
        whole = np.broadcast_shapes(mask._array.shape, self._array.shape)
        self, mask = (each if each._array.shape == whole else expand(each, whole) for each in (self, mask))
    if source._dtype is not self._dtype:
        types = f"{self._dtype.legacy_name} and {source._dtype.legacy_name}"
        raise RuntimeError(f"masked_scatter: expected self and source to have same dtypes but got{types}")
    if mask._dtype is not bool_:
        if mask._dtype is uint8:
            warnings.warn(
                "masked_scatter_ received a mask with dtype torch.uint8, this behavior is now deprecated,please use a mask with "
                "dtype torch.bool instead.",
                UserWarning,
                stacklevel=3,
            )
        raise RuntimeError(
            f"masked_scatter_ only supports boolean masks, but got mask with dtype {mask._dtype.legacy_name}"
        )
    if source._array.size < np.count_nonzero(mask._array):
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return masked_scatter_op(self, mask, source)
