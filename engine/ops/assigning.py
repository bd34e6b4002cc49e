"""Assignment to what an index names, and values put at the places that index tensors name."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import CATEGORY_OF_NUMBER, FROM_NUMPY, bool_, element, uint8, wrapped
from ..in_place import in_place, overlaps_with_warning
from ..lazy import plain
from ..op import LINEAR, op, wrap
from ..saved import SavedList
from .indexing import (
    MASK_TYPES,
    arranged,
    as_tuple,
    check_not_scalar,
    check_places,
    index_op,
    index_shape,
    is_integer,
    numpy_index,
    selected,
    sliced,
    views_first,
)
from .views import dense_copy, expand, unsqueeze, view


def _index_put_self(grad, indices, accumulate):
    return (
        grad
        if accumulate
        else _index_put(grad, SavedList(indices), wrap(np.zeros((), grad._dtype.numpy)), False)
    )


@op(
    self=_index_put_self,
    values=lambda grad, indices: index_op(grad, SavedList(indices)),
    jvp=LINEAR,
    node="IndexPutBackward0",
)
def _index_put(self, indices, values, accumulate):
    result = dense_copy(np.asarray(plain(self)))
    places = numpy_index(result, indices)
    shape = index_shape(self, places)
    _check_values_shape(arranged(self.shape, shape, places), values)
    if accumulate or values.size != 1 or not _is_one_mask(indices):  # which PyTorch fills, whatever the type
        _check_values_type(self, values)
    check_places(self, places)
    if accumulate:
        np.add.at(result, places, values)
    else:
        result[places] = plain(values)
    return result


def _is_one_mask(indices):
    given = [each for each in indices if each is not None]
    return len(given) == 1 and given[0].dtype in MASK_TYPES


def _check_values_shape(found, values):
    try:
        fits = list(np.broadcast_shapes(found, values.shape)) == found
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing result of shape {found}"
        )


def _check_values_type(array, values):
    if values.dtype != array.dtype:
        destination, source = (FROM_NUMPY[each.dtype].legacy_name for each in (array, values))
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {destination} for the destination and {source} "
            "for the source."
        )


def _check_tuple(indices: Any, name: str, position: int) -> None:
    if not isinstance(indices, (tuple, list)):
        kind = type(indices).__name__
        raise TypeError(
            f"{name}(): argument 'indices' (position {position}) must be tuple of Tensors, not {kind}"
        )


def index_put(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of `self` with `values` at the indices (added there if `accumulate`); both have the same type."""
    _check_tuple(indices, "index_put", 2)
    for position, each in enumerate(indices):
        if not isinstance(each, (TensorBase, type(None))):
            raise TypeError(
                f"expected Tensor as element {position} in argument 0, but got {type(each).__name__}"
            )
    if not isinstance(values, TensorBase):
        raise TypeError(
            f"index_put(): argument 'values' (position 2) must be Tensor, not {type(values).__name__}"
        )
    return _index_put(self, SavedList(indices), values, accumulate)


_put_in_place = in_place(index_put, "index_put_", indexed="indices] = tensor")


def index_put_(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Write `values` at the indices; one value where a mask is set is filled in, as PyTorch's warnings show."""
    _check_tuple(indices, "index_put_", 1)
    found = _put_in_place(self, indices, values, accumulate)
    given = [each for each in indices if each is not None]
    if not accumulate and values._array.size == 1 and len(given) == 1 and given[0]._dtype in (bool_, uint8):
        overlaps_with_warning(self, "masked_fill_", "mask] = scalar")
    return found


# ---- assignment --------------------------------------------------------------------------------------------


def delitem(self: Any, index: Any) -> None:
    """Raises `TypeError`: a tensor has all its elements."""
    raise TypeError("Tensor does not support deleting items")


def setitem(self: Any, index: Any, value: Any) -> None:
    """Change in place the part that `index` names; the value may be a number or a tensor that can be broadcast there."""
    value = _assignable(self, value)
    if index is False:
        return
    tensors: list[Any]
    if index is Ellipsis:
        part, tensors = self, []
    elif is_integer(index):
        check_not_scalar(self, index)
        part, tensors = selected(self, 0, index, 0), []
    elif isinstance(index, slice):
        part, tensors = sliced(self, 0, index), []
    else:
        part, tensors = (unsqueeze(self, 0), []) if index is True else views_first(self, as_tuple(index))
    if tensors:
        part.index_put_(tuple(tensors), _without_leading_ones(value))
    elif value._array.shape == part._array.shape:
        part.copy_(value)
    elif not value._array.ndim:
        part.fill_(value)
    else:
        value = _without_leading_ones(value, always=True)
        part.copy_(value if value._array.shape == part._array.shape else expand(value, part._array.shape))


def _assignable(self: Any, value: Any) -> Any:
    if isinstance(value, TensorBase):
        return value
    if type(value) not in CATEGORY_OF_NUMBER:
        value = _as_number(self, value)
    dtype = self._dtype
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise ValueError("Overflow when unpacking long long")
    return wrap(wrapped(value, dtype) if dtype.reduced else element(value, dtype), dtype)


def _as_number(self: Any, value: Any) -> Any:
    """The number that an object of a subclass of Python's numbers is, or that an integer of NumPy is."""
    kinds: tuple[Any, ...] = (int, float, complex)
    for python_type in kinds:
        if isinstance(value, (python_type, np.integer)):
            return python_type(value)
    kind = type(value)
    name = f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__
    raise TypeError(f"can't assign a {name} to a torch.{self._dtype.legacy_name}Tensor")


def _without_leading_ones(value: Any, always: bool = False) -> Any:
    """The value without its leading dimensions of size 1: more of them may be assigned than there are."""
    sizes = value._array.shape
    kept = next((axis for axis, size in enumerate(sizes) if size != 1), len(sizes))
    return view(value, sizes[kept:]) if kept or always else value
