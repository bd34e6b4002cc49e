"""Indexing with integers, slices, None, ellipsis, masks and index tensors.

Integers, slices and None are applied one after the other and give a view; what then remains are index tensors,
which give a copy.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index as integer
from typing import Any

import numpy as np

from ..base import TensorBase, storage
from ..dtypes import INTEGER, bool_, uint8
from ..op import LINEAR, op, wrap
from ..saved import SavedList
from ..transforms import note_writes
from .from_data import array_from
from .row_sums import sum_rows
from .slicing import select_op, slice_op
from .views import alias, empty_like, unsqueeze

AS_TUPLE_WARNING = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], which "
    "will result either in an error or a different result"
)
BYTE_WARNING = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."
UNBOUNDED = 2**63 - 1  # what PyTorch notes for a slice without an end


# ---- from an index to views and index tensors --------------------------------------------------------------


def is_integer(part: Any) -> bool:
    """Whether a part of an index is a whole number."""
    return (isinstance(part, int) and not isinstance(part, bool)) or isinstance(part, np.integer)


def _is_mask(part: Any) -> bool:
    return isinstance(part, TensorBase) and part._dtype in (bool_, uint8)


def as_tuple(index: Any) -> tuple[Any, ...]:
    """The parts of an index; a short list that holds more than numbers counts as a tuple, as it did in NumPy."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, Sequence) and len(index) < 32:
        for part in index:
            if part is None or part is Ellipsis or isinstance(part, (TensorBase, Sequence, slice)):
                warnings.warn(AS_TUPLE_WARNING, UserWarning, stacklevel=4)
                return tuple(index)
    return (index,)


def _dimensions_of(part: Any) -> int:
    """How many dimensions this part of an index takes."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return part._array.ndim if _is_mask(part) else 1


def _parsed(part: Any) -> Any:
    """A part of an index with sequences made tensors; raises `IndexError` for what is no index."""
    if part is None or part is Ellipsis or isinstance(part, (bool, slice, TensorBase)):
        return part
    if isinstance(part, (Sequence, np.ndarray)):
        array = array_from(part, None)
        return wrap(array if array.dtype in (np.bool_, np.uint8) else array.astype(np.int64))
    try:
        return integer(part)
    except TypeError:
        kind = type(part)
        name = f"numpy.{kind.__name__}" if kind.__module__ == "numpy" else kind.__name__
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{name})"
        ) from None


def views_first(self: Any, parts: tuple[Any, ...]) -> tuple[Any, list[Any]]:
    """Apply what gives a view; what is left are the index tensors, by dimension of that view (None for none)."""
    taken = sum(_dimensions_of(part) for part in parts)
    if taken > self._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {self._array.ndim}")
    result, dim = self, 0
    tensors: list[Any] = []
    for position, unparsed in enumerate(parts):
        part = _parsed(unparsed)
        if (
            isinstance(part, TensorBase)
            and not part._array.ndim
            and part._dtype.category <= INTEGER
            and not part._of_examples
        ):
            part = bool(part._array) if _is_mask(part) else int(part._array)
        if part is Ellipsis:
            dim += self._array.ndim - taken
            tensors += [None] * (self._array.ndim - taken)
        elif is_integer(part):
            result = selected(result, dim, part, position)
        else:
            result, found = _part_kept(result, dim, part)
            dim += _dimensions_of(part) if isinstance(part, TensorBase) else 1
            tensors.append(found)
    while tensors and tensors[-1] is None:
        tensors.pop()
    return result, tensors


def _part_kept(self: Any, dim: int, part: Any) -> tuple[Any, Any]:
    """Apply a part that leaves a dimension where it stands; what remains to be done there is an index tensor."""
    if isinstance(part, slice):
        return sliced(self, dim, part), None
    if isinstance(part, TensorBase):
        return self, part
    result = unsqueeze(self, dim)
    if part is None:
        return result, None
    chosen = wrap(np.zeros(1 if part else 0, np.int64))
    storage(chosen).version = int(part)  # PyTorch fills the zero in place
    return result, chosen


def selected(self: Any, dim: int, index: int, position: int) -> Any:
    """`position` is that in the index, which the message shows as the dimension."""
    if not -(2**63) <= index <= UNBOUNDED:
        raise ValueError("Overflow when unpacking long long")
    size = self._array.shape[dim] if dim < self._array.ndim else 0
    if not -size <= index < size:
        raise IndexError(f"index {index} is out of bounds for dimension {position} with size {size}")
    return select_op(self, dim, int(index))


def sliced(self: Any, dim: int, part: slice, always: bool = False) -> Any:
    """The slice of a dimension; what is whole is a view only if that is so `always`."""
    start, stop, step = (
        None if bound is None else _bound(bound) for bound in (part.start, part.stop, part.step)
    )
    if step is not None and step <= 0:
        raise ValueError("step must be greater than zero" if step else "slice step cannot be zero")
    if not self._array.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    end = UNBOUNDED if stop is None else stop
    if not always and not start and end >= self._array.shape[dim] and step in (None, 1):
        return self
    return slice_op(self, dim, start or 0, end, step or 1)


def _bound(value: Any) -> int:
    try:
        return max(-UNBOUNDED, min(integer(value), UNBOUNDED))
    except TypeError:
        if isinstance(value, TensorBase):
            raise TypeError("only integer tensors of a single element can be converted to an index") from None
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None


def getitem(self: Any, index: Any) -> Any:
    """The part that `index` names: a view where it is made of integers, slices and None only.

    Raises `IndexError` for an index out of bounds, for too many, and for what is no index.
    """
    if is_integer(index):
        check_not_scalar(self, index)
        return selected(self, 0, index, 0)
    if isinstance(index, slice):
        return sliced(self, 0, index, always=True)
    part, tensors = views_first(self, as_tuple(index))
    if tensors:
        return index_op(part, SavedList(tensors))
    return alias(self) if part is self else part


def check_not_scalar(self: Any, index: int) -> None:
    """Raise `IndexError` for a tensor without dimensions."""
    if not self._array.ndim and not index:
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
            "tensor to a number"
        )


# ---- index tensors -----------------------------------------------------------------------------------------


def numpy_index(array: Any, tensors: Any) -> tuple[Any, ...]:
    """The index tensors as NumPy takes them, masks as the places where they are set; raises `IndexError`."""
    indices = [each._array if isinstance(each, TensorBase) else each for each in tensors]
    if any(each is not None and each.dtype not in _INDEX_TYPES for each in indices):
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if len(indices) > array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {array.ndim} (got {len(indices)})")
    found: list[Any] = []
    for each in indices:
        if each is None:
            found.append(slice(None))
        elif each.dtype in MASK_TYPES:
            _check_mask(array, each, len(found))
            found += np.nonzero(each)
        else:
            found.append(each)
    return tuple(found)


MASK_TYPES = (np.bool_, np.uint8)
_INDEX_TYPES = (np.int64, np.int32, *MASK_TYPES)


def _check_mask(array: Any, mask: Any, dim: int) -> None:
    if mask.dtype == np.uint8:
        warnings.warn(BYTE_WARNING, UserWarning, stacklevel=5)
    for offset, size in enumerate(mask.shape):
        if array.shape[dim + offset] != size:
            raise IndexError(
                f"The shape of the mask {list(mask.shape)} at index {offset} does not match the shape of the indexed tensor "
                f"{list(array.shape)} at index {dim + offset}"
            )


def index_shape(array: Any, places: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape of the index arrays together; raises `IndexError` where they do not fit, or nothing can be found."""
    indexed = [
        (size, place.shape) for size, place in zip(array.shape, places) if not isinstance(place, slice)
    ]
    try:
        shape = np.broadcast_shapes(*[shape for _, shape in indexed])
    except ValueError:
        shapes = ", ".join(str(list(shape)) for _, shape in indexed)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    if 0 not in shape and any(not size for size, _ in indexed):
        raise IndexError("index is out of bounds for dimension with size 0")
    return shape


def arranged(of_dimensions: Sequence[Any], of_index: Sequence[Any], places: tuple[Any, ...]) -> list[Any]:
    """What belongs to the dimensions of a result: the index's stand where they are adjacent in the source, else first."""
    indexed = [dim for dim, place in enumerate(places) if not isinstance(place, slice)]
    at = indexed[0] if indexed[-1] - indexed[0] < len(indexed) else 0
    arranged = [each for dim, each in enumerate(of_dimensions) if dim not in indexed]
    arranged[at:at] = of_index
    return arranged


def check_places(array: Any, places: tuple[Any, ...]) -> None:
    """Raise `IndexError` for what is out of bounds; the message counts the indexed dimensions only."""
    indexed = [(size, place) for size, place in zip(array.shape, places) if not isinstance(place, slice)]
    for number, (size, place) in enumerate(indexed):
        outside = place[(place < -size) | (place >= size)]
        if outside.size:
            raise IndexError(
                f"index {outside.flat[0]} is out of bounds for dimension {number} with size {size}"
            )


def _in_layout_of_source(result: Any, array: Any, places: tuple[Any, ...], index_ndim: int) -> Any:
    """The result laid out as PyTorch's: in order, but for a source that is not, by the strides of the source."""
    if not isinstance(result, np.ndarray) or (array.flags.c_contiguous and result.flags.c_contiguous):
        return result
    if array.flags.c_contiguous:
        return np.ascontiguousarray(result)
    strides = arranged(array.strides, (0,) * index_ndim, places)
    laid_out = empty_like(np.lib.stride_tricks.as_strided(array, result.shape, strides), array.dtype)
    laid_out[...] = result
    return laid_out


@op(
    self=lambda grad, self_sym_sizes, indices: _index_backward(grad, self_sym_sizes, indices),
    jvp=LINEAR,
    node="IndexBackward0",
)
def index_op(self, indices):
    """The elements at the indices, masks or places, with nothing to parse."""
    places = numpy_index(self, indices)
    shape = index_shape(self, places)
    check_places(self, places)
    return _in_layout_of_source(self[places], self, places, len(shape))


def _index_backward(grad, self_sym_sizes, indices):
    found = _index_put_into(grad.new_zeros(self_sym_sizes), grad, SavedList(indices))
    note_writes(found, 1)
    return found


@op(
    self=lambda grad: grad,
    values=lambda grad, indices: index_op(grad, SavedList(indices)),
    jvp=LINEAR,
    node="IndexPutImplBackward0",
)
def _index_put_into(self, values, indices):
    """`self`, which is zeros of our own, with `values` added at the indices, as often as they are repeated."""
    places = numpy_index(self, indices)
    first = places[0]
    if len(places) == 1 and self.ndim > 1 and values.size and self.dtype.char in "fd":
        # rows, as an embedding's
        count = len(self)
        index = np.where(first < 0, first + count, first).reshape(-1)
        return sum_rows(index, values.reshape(len(index), -1), count).reshape(self.shape)
    np.add.at(self, places, values)
    return self


_index_put_into.declaration.node_class._saved_accumulate = True
