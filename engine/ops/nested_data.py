"""Nested data read element by element, as PyTorch reads all of them; `from_data.py` leaves to this what NumPy cannot read alike.

The sizes are those of the first elements; the type is what all elements have together; then each element is stored.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import dtype as dtype_class
from .from_data import warn_once

_LIST_OF_ARRAYS = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single "
    "numpy.ndarray with numpy.array() before converting to a tensor."
)
_DEEPEST = 128


def warn_of_arrays(count: int) -> None:
    """Warn that so many arrays of NumPy stand in a list."""
    if count:
        warn_once(_LIST_OF_ARRAYS, count, stacklevel=5)


def read(data: Any, dtype: dtype_class | None) -> np.ndarray[Any, Any]:
    """The elements of `data` in `dtype`, or in the type they have together; raises PyTorch's error for what is no number."""
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    sizes = sizes_of(data)
    dtype = dtype or common_type(data)
    array = np.empty(sizes, dtype.numpy)
    if array.size:
        array.reshape(-1)[...] = [_stored(each, dtype) for each in _elements(data, sizes, 0)]
    return array


def _is_sequence(data: Any) -> bool:
    return hasattr(type(data), "__getitem__") and not isinstance(data, (dict, TensorBase, np.generic))


def sizes_of(data: Any) -> list[int]:
    """The sizes of nested data, as their first elements have them."""
    sizes = []
    while _is_sequence(data):
        sizes.append(len(data))
        if len(sizes) > _DEEPEST:
            raise ValueError(f"too many dimensions '{type(data).__name__}'")
        if not sizes[-1]:
            break
        data = data[0]
    return sizes


def common_type(data: Any) -> dtype_class:
    """The type that numbers, tensors and NumPy's scalars and arrays have together, by PyTorch's promotion."""
    if isinstance(data, TensorBase):
        return data._dtype
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind not in "SU":
        return dtypes.from_numpy(data.dtype)
    for python_type in dtypes.CATEGORY_OF_NUMBER:
        if isinstance(data, python_type):
            return dtypes.of_number(python_type())
    if isinstance(data, (str, bytes)):
        raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
    if not _is_sequence(data):
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    found = dict.fromkeys(common_type(each) for each in data)
    return reduce(dtypes.promote, found) if found else dtypes.get_default_dtype()


def _elements(data: Any, sizes: list[int], dim: int) -> Iterator[Any]:
    """The elements in order; raises where parts are no sequences, or of other lengths than the first ones."""
    if dim == len(sizes):
        yield data
        return
    try:
        parts = list(data)
    except TypeError:
        raise TypeError("not a sequence") from None
    if len(parts) != sizes[dim]:
        raise ValueError(f"expected sequence of length {sizes[dim]} at dim {dim} (got {len(parts)})")
    for each in parts:
        if isinstance(each, np.ndarray):
            warn_of_arrays(1)
        if dim + 1 == len(sizes):
            yield each
        else:
            yield from _elements(each, sizes, dim + 1)


def _stored(element: Any, dtype: dtype_class) -> Any:
    """The element as this type holds it; raises what Python raises where the type takes no such object."""
    if dtype.is_complex:
        if isinstance(element, (complex, np.complexfloating)):
            return element
        if isinstance(element, TensorBase) and element._dtype.is_complex:
            return complex(element)  # type: ignore[call-overload]
    if dtype.is_complex or dtype.is_floating_point:
        if isinstance(element, np.complexfloating):
            return element.real
        return math.ldexp(element, 0)  # the number that `float` makes, with another text where it makes none
    if dtype is dtypes.uint64:
        return _large(element)
    if isinstance(element, float):
        return bool(element) if dtype is dtypes.bool_ else _whole(element, dtype)
    number = operator.index(element)
    return bool(number) if dtype is dtypes.bool_ else _whole(number, dtype)


def _large(element: Any) -> int:
    if not isinstance(element, int):
        raise TypeError("an integer is required")
    if element < 0:
        raise OverflowError("can't convert negative int to unsigned")
    if element >= 2**64:
        raise OverflowError("int too big to convert")
    return element


def _whole(number: float, dtype: dtype_class) -> Any:
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise ValueError("Overflow when unpacking long long")
    check_held(number, number, number, dtype)
    return dtypes.wrapped(int(number), dtype)


def check_held(lowest: Any, highest: Any, given: Any, dtype: dtype_class) -> None:
    """Raise PyTorch's error where an integer type cannot hold numbers between these; `given` is one of them."""
    limits = np.iinfo(dtype.numpy)
    low = -limits.max if limits.min == 0 and isinstance(given, (int, np.integer)) else limits.min
    if not (lowest >= low and highest <= limits.max):
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
