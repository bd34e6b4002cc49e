"""Tensors made from data: numbers, nested lists, NumPy's arrays and scalars."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase, read_array
from ..dtypes import dtype as dtype_class
from ..grad_mode import mode
from ..op import wrap
from ..transforms import made

COPY_WARNING = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)
_NEGATIVE_STRIDE = (
    "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. "
    "(You can probably work around this by making a copy of your array  with array.copy().) "
)
_NOT_WRITABLE = (
    "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to this tensor "
    "will result in undefined behavior. You may want to copy the array to protect its data or make it writable before converting "
    "it to a tensor. This type of warning will be suppressed for the rest of this program."
)
NUMBERS = frozenset((bool, int, float, complex))
NESTED = frozenset((list, tuple))
_warned: set[str] = set()


def warn_once(sentence: str, times: int = 1, *, stacklevel: int = 4) -> None:
    """Warn, the first time only; always, and as often as PyTorch comes by, after `set_warn_always(True)`.

    What stands behind the first line of a sentence may differ: it is the same warning.
    """
    from ..settings import is_warn_always_enabled

    head = sentence.partition("\n")[0]
    if is_warn_always_enabled() or head not in _warned:
        for _ in range(times if is_warn_always_enabled() else 1):
            warnings.warn(sentence, UserWarning, stacklevel=stacklevel)
    _warned.add(head)


def finish(array: Any, dtype: dtype_class | None, requires_grad: bool) -> Any:
    """A leaf over this array, in `dtype` if one is given."""
    if dtype is not None and array.dtype != dtype.numpy:
        if array.dtype.kind == "c" and not dtype.is_complex:
            _refuse_complex(dtype)
        array = array.astype(dtype.numpy)
    result = wrap(array[()] if array.ndim == 0 else array)
    if mode.recording > 1:
        result = made(result)
    if requires_grad:
        if result._dtype.category <= dtypes.INTEGER:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        result._requires_grad = True
    return result


def _refuse_complex(dtype: dtype_class) -> None:
    if dtype.is_floating_point:
        raise TypeError("must be real number, not complex")
    if dtype.category == dtypes.INTEGER:
        raise TypeError("'complex' object cannot be interpreted as an integer")


def array_from(data: Any, dtype: dtype_class | None, function: str = "torch.tensor") -> np.ndarray[Any, Any]:
    """The data as a new array, in the type that PyTorch gives them; in `dtype` only where that needs a check."""
    if isinstance(data, TensorBase):
        warnings.warn(COPY_WARNING.format(function), UserWarning, stacklevel=3)
        return read_array(data).copy()
    if isinstance(data, (np.ndarray, np.generic)) and not isinstance(data, np.uint64):
        check_array(data, True)
        return np.array(data)
    types = _types(data)
    array = _read_alike(data, types) if types <= NUMBERS or _are_numpy(types) else None
    if array is None or (dtype is dtypes.uint64 and array.size):
        from .nested_data import read

        return read(data, dtype)
    if not types <= NUMBERS:
        from .nested_data import common_type, sizes_of, warn_of_arrays

        sizes_of(data)  # refuses arrays without dimensions
        warn_of_arrays(sum(isinstance(each, np.ndarray) for each in data))
        return array.astype((dtype or common_type(data)).numpy)
    if dtype is not None:
        _check_held(array, dtype)
    elif array.dtype.kind in "fc":
        default = dtypes.get_default_dtype() if array.dtype.kind == "f" else dtypes.default_complex()
        return array.astype(default.numpy)
    return array


def _types(data: Any) -> set[type]:
    """The types of the elements of nested lists."""
    if type(data) not in NESTED:
        return {type(data)}
    found = set(map(type, data))
    if not found.isdisjoint(NESTED):
        found = found.difference(NESTED).union(*[_types(each) for each in data])
    return found


def _are_numpy(types: set[type]) -> bool:
    """Whether there are NumPy's arrays and scalars among the types, and numbers beside them at most."""
    return all(each in NUMBERS or issubclass(each, (np.ndarray, np.number, np.bool_)) for each in types)


def _read_alike(data: Any, types: set[type]) -> np.ndarray[Any, Any] | None:
    """The array that NumPy makes of the data, unless PyTorch reads them otherwise."""
    try:
        array = np.array(data)
    except ValueError:  # of unequal lengths
        return None
    kind = array.dtype.kind
    if kind not in "bifc" or (kind == "f" and types == {int}):  # too large for an `int64`
        return None
    return array


def _check_held(array: np.ndarray[Any, Any], dtype: dtype_class) -> None:
    """Raise PyTorch's error for a number that an integer type cannot hold."""
    if dtype.category == dtypes.INTEGER and array.dtype.kind in "if" and array.size:
        from .nested_data import check_held

        check_held(array.min(), array.max(), array.flat[0], dtype)


def check_array(array: Any, copied: bool = False) -> dtype_class:
    """The type of an array that is to be a tensor; raises PyTorch's refusal of arrays that cannot be."""
    kind = dtypes.from_numpy(array.dtype)
    for stride in array.strides:
        if stride < 0:
            raise ValueError(_NEGATIVE_STRIDE)
        if stride % array.itemsize:
            raise ValueError(
                "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the memory."
            )
    if not copied and not array.flags.writeable:
        warn_once(_NOT_WRITABLE)
    return kind


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
    """A new leaf that holds a copy of `data` (numbers, nested lists, a NumPy array)."""
    if (
        others
        or requires_grad.__class__ is not bool
        or (dtype is not None and not isinstance(dtype, dtype_class))
    ):
        from .options import with_options

        if "layout" in others:
            raise TypeError("tensor() got an unexpected keyword argument 'layout'")
        return with_options(tensor, (data,), dtype, requires_grad, others)
    return finish(array_from(data, dtype), dtype, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of `data`: itself, or sharing its memory, where that is possible."""
    if device is not None or (dtype is not None and not isinstance(dtype, dtype_class)):
        from .options import as_dtype, place

        place(device, "as_tensor")
        made = as_tensor(data, as_dtype(dtype, "as_tensor"))
        return made if device is None else made.to(device)
    if isinstance(data, TensorBase):
        return data if dtype is None or data._dtype is dtype else data.to(dtype)  # type: ignore[attr-defined]
    if isinstance(data, np.ndarray):
        shared = from_numpy(data)
        return shared if dtype is None else shared.to(dtype)
    return tensor(data, dtype=dtype)


def from_numpy(array: np.ndarray[Any, Any]) -> Any:
    """A tensor that shares the array's memory."""
    if not isinstance(array, np.ndarray):
        kind = type(array)
        name = f"numpy.{kind.__name__}" if isinstance(array, np.generic) else kind.__name__
        raise TypeError(f"expected np.ndarray (got {name})")
    shared = wrap(array, check_array(array))
    return made(shared) if mode.recording > 1 else shared
