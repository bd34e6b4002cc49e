"""Indexing with integers, slices, None, ellipsis, masks and index tensors; assignment to what is indexed."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase, storage
from ..op import op, wrap
from ..saved import SavedList
from .slicing import select_op, slice_op
from .views import alias, unsqueeze


def _parts(index: Any) -> list[Any]:
    return list(index) if isinstance(index, tuple) else [index]


def _consumes(part: Any) -> int:
    """How many dimensions this part of an index takes."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    if isinstance(part, TensorBase) and part._dtype in (dtypes.bool_, dtypes.uint8):
        return part._array.ndim
    return 1


def _normalised(self: Any, index: Any) -> list[Any]:
    """The parts of an index with the ellipsis spelled out, and lists and arrays made tensors."""
    parts = []
    for part in _parts(index):
        if isinstance(part, (list, range, np.ndarray)):
            part = wrap(np.asarray(part if not isinstance(part, list) else _plain(part)))
        elif isinstance(part, np.integer):
            part = int(part)
        parts.append(part)
    taken = sum(_consumes(part) for part in parts)
    if not self._array.ndim and any(isinstance(part, int) and not isinstance(part, bool) for part in parts):
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
            "tensor to a number"
        )
    if taken > self._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {self._array.ndim}")
    if Ellipsis in [part for part in parts if not isinstance(part, TensorBase)]:
        at = next(position for position, part in enumerate(parts) if part is Ellipsis)
        parts[at : at + 1] = [slice(None)] * (self._array.ndim - taken)
    return parts


def _plain(values: Any) -> Any:
    if isinstance(values, list):
        return [_plain(value) for value in values]
    return values._array[()] if isinstance(values, TensorBase) else values


def getitem(self: Any, index: Any) -> Any:
    """The part that `index` names: a view where it is made of integers, slices and None only."""
    if index is Ellipsis or (isinstance(index, tuple) and not index):
        return alias(self)
    if isinstance(index, slice):
        _normalised(self, index)
        return _sliced(self, 0, index, always=True)
    view, tensors = _views_first(self, _normalised(self, index))
    if all(tensor is None for tensor in tensors):
        return alias(self) if view is self else view
    return _index(view, tuple(tensors))


def _views_first(self: Any, parts: list[Any]) -> tuple[Any, list[Any]]:
    """Apply what gives a view; what is left are the index tensors, by dimension of that view."""
    result, dim, position = self, 0, 0
    tensors: list[Any] = []
    for part in parts:
        if isinstance(part, bool):
            result = unsqueeze(result, dim)
            tensors.append(wrap(np.asarray([0] if part else [], np.int64)))
            dim += 1
        elif isinstance(part, int):
            result = _selected(result, dim, part, position)
            position += 1
        elif isinstance(part, slice):
            result = _sliced(result, dim, part)
            tensors.append(None)
            dim += 1
            position += 1
        elif part is None:
            result = unsqueeze(result, dim)
            tensors.append(None)
            dim += 1
        elif isinstance(part, TensorBase):
            if not part._array.ndim and part._dtype.category == dtypes.INTEGER and part._dtype is not dtypes.uint8:
                result = _selected(result, dim, int(part._array), position)
                position += 1
                continue
            if part._dtype.category > dtypes.INTEGER:
                raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
            tensors.append(part)
            dim += _consumes(part)
            position += _consumes(part)
        else:
            raise TypeError(f"tensor indices must be integers, slices, None, ellipsis or tensors, not {type(part).__name__}")
    return result, tensors


def _selected(self: Any, dim: int, index: int, position: int) -> Any:
    """`position` is that of the dimension in the tensor that is indexed, which the message names."""
    size = self._array.shape[dim]
    if not -size <= index < size:
        raise IndexError(f"index {index} is out of bounds for dimension {position} with size {size}")
    return select_op(self, dim, index)


def _sliced(self: Any, dim: int, part: slice, always: bool = False) -> Any:
    size = self._array.shape[dim]
    if part.step is not None and int(part.step) <= 0:
        raise ValueError("step must be greater than zero")
    start = 0 if part.start is None else int(part.start)
    end = _UNBOUNDED if part.stop is None else int(part.stop)
    step = 1 if part.step is None else int(part.step)
    if not always and slice(start, end, step).indices(size) == (0, size, 1):
        return self
    return slice_op(self, dim, start, end, step)


_UNBOUNDED = 2**63 - 1  # what PyTorch notes for a slice without an end


def _numpy_index(indices: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    for each in indices:
        found.append(slice(None) if each is None else each)
    return tuple(found)


def _check_bounds(array: Any, indices: Any) -> None:
    dim = 0
    for each in indices:
        if each is None:
            dim += 1
        elif each.dtype == np.bool_:
            for offset, size in enumerate(each.shape):
                if array.shape[dim + offset] != size:
                    raise IndexError(
                        f"The shape of the mask {list(each.shape)} at index {offset} does not match the shape of the indexed tensor "
                        f"{list(array.shape)} at index {dim + offset}"
                    )
            dim += each.ndim
        else:
            size = array.shape[dim]
            bad = each[(each < -size) | (each >= size)]
            if bad.size:
                raise IndexError(f"index {bad.flat[0]} is out of bounds for dimension {dim} with size {size}")
            dim += 1


def _arrays(indices: Any) -> list[Any]:
    return [each._array if isinstance(each, TensorBase) else each for each in indices]


def _index_backward(grad, self_sym_sizes, indices):
    found = _index_put_into(grad.new_zeros(self_sym_sizes), grad, tuple(indices))
    storage(found).version = 1
    return found


@op(self=_index_backward, node="IndexBackward0")
def _index(self, indices):
    arrays = _arrays(indices)
    _check_bounds(self, arrays)
    return self[_numpy_index(arrays)]


@op(
    self=lambda grad: grad,
    values=lambda grad, indices: _index(grad, tuple(indices)),
    node="IndexPutImplBackward0",
)
def _index_put_into(self, values, indices):
    """`self`, which is zeros of our own, with `values` added at the indices, as often as they are repeated."""
    arrays = _arrays(indices)
    if all(each is None or each.dtype == np.bool_ for each in arrays):
        self[_numpy_index(arrays)] = values
    else:
        np.add.at(self, _numpy_index(arrays), values)
    return self


def _index_put_self(grad, indices, accumulate):
    return grad if accumulate else grad.index_put(tuple(indices), wrap(np.zeros((), grad._dtype.numpy)))


@op(
    self=_index_put_self,
    values=lambda grad, indices: grad[tuple([slice(None) if each is None else each for each in indices])],
    node="IndexPutBackward0",
)
def _index_put(self, indices, values, accumulate):
    result = self.copy()
    arrays = _arrays(indices)
    _check_bounds(result, arrays)
    if accumulate:
        np.add.at(result, _numpy_index(arrays), values)
    else:
        result[_numpy_index(arrays)] = values
    return result


def index_put(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy of `self` with `values` at the indices (added there if `accumulate`)."""
    return _index_put(self, SavedList(indices), values, accumulate)


def setitem(self: Any, index: Any, value: Any) -> None:
    """Change in place the part that `index` names."""
    if not isinstance(value, TensorBase):
        value = wrap(np.asarray(value).astype(self._dtype.numpy)[()], self._dtype)
    view, tensors = (self, []) if index is Ellipsis else _views_first(self, _normalised(self, index))
    if all(tensor is None for tensor in tensors):
        view.copy_(_fitted(value, view._array.shape))
    else:
        view.index_put_(tuple(tensors), value)


def _fitted(value: Any, sizes: tuple[int, ...]) -> Any:
    """The value in the shape assigned to; it may have leading dimensions of size 1 too many."""
    found = value._array.shape
    if found == sizes or not found:
        return value
    kept = next((axis for axis, size in enumerate(found) if size != 1), len(found) - 1)
    value = value.view(found[kept:])
    return value if value._array.shape == sizes else value.expand(sizes)


@op(
    self=lambda grad, dim, index: grad.scatter(dim, index, 0),
    src=lambda grad, dim, index: grad.gather(dim, index),
    node="ScatterBackward0",
)
def _scatter(self, dim, index, src):
    if not self.ndim:
        return src
    result = self.copy()
    np.put_along_axis(result, index, src, dim)
    return result


def scatter(self: Any, dim: int, index: Any, src: Any) -> Any:
    """A copy of `self` with the elements of `src` where `index` says, along `dim`."""
    if not isinstance(src, TensorBase):
        src = wrap(np.full(index._array.shape, src, self._dtype.numpy))
    return _scatter(self, dim, index, src)


def _gather_backward(grad, self, dim, index):
    flat = np.indices(index._array.shape)
    places = tuple(wrap(index._array if axis == dim else flat[axis]) for axis in range(index._array.ndim))
    return _index_backward(grad, self._array.shape, places)


@op(self=_gather_backward, node="GatherBackward0")
def _gather(self, dim, index):
    return np.take_along_axis(self, index._array, dim)


def gather(self: Any, dim: int, index: Any) -> Any:
    """The elements of `self` that `index` names along `dim`."""
    return _gather(self, dim, index)
