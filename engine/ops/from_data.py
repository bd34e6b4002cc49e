"""Tensors made from data: numbers, nested lists, NumPy's arrays and scalars."""

from __future__ import annotations

import warnings
from functools import reduce
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
_LIST_OF_ARRAYS = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single "
    "numpy.ndarray with numpy.array() before converting to a tensor."
)
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
    if isinstance(data, (np.ndarray, np.generic)):
        check_array(data, True)
        return np.array(data)
    kinds: list[dtype_class] = []
    if isinstance(data, bytearray):
        data = list(data)
    if isinstance(data, (list, tuple)):
        _check_nesting(data, 0)
        data = _with_scalars(data, kinds)
    if type(data) is int and not -(2**63) <= data < 2**63 and (dtype is None or data >= 2**64):
        raise ValueError("Overflow when unpacking long long")
    try:
        array = np.array(data)
    except (ValueError, TypeError):
        raise _not_numbers(data) from None
    return _typed(array, data, dtype, kinds)


def _typed(
    array: np.ndarray[Any, Any], data: Any, dtype: dtype_class | None, kinds: list[dtype_class]
) -> np.ndarray[Any, Any]:
    kind = array.dtype.kind
    if kind in "OUS":
        if kind == "O" and array.size and all(isinstance(each, int) for each in array.flat):
            raise ValueError("Overflow when unpacking long long")
        raise _not_numbers(data)
    if dtype is not None:
        _check_held(array, dtype)
    elif kinds:  # tensors within lists keep their types
        others = [] if len(kinds) == array.size else [dtypes.of_number(array.flat[0].item())]
        return array.astype(reduce(dtypes.promote, [*kinds, *others]).numpy)
    elif kind in "fc" and (not array.size or not _holds_numpy(data)):
        default = dtypes.get_default_dtype() if kind == "f" else dtypes.default_complex()
        return array.astype(default.numpy)
    elif kind == "u" and not _holds_numpy(data):
        raise ValueError("Overflow when unpacking long long")
    elif kind in "fc" and isinstance(data, (list, tuple)):
        return array.astype(_common_kind(data).numpy)
    return array


def _common_kind(data: Any) -> dtype_class:
    """The type that numbers and NumPy's scalars and arrays have together, by PyTorch's promotion and not by NumPy's."""
    if isinstance(data, (np.ndarray, np.generic)):
        return dtypes.from_numpy(data.dtype)
    if isinstance(data, (list, tuple)):
        return reduce(dtypes.promote, {_common_kind(each) for each in data})
    return dtypes.of_number(data)


def _check_held(array: np.ndarray[Any, Any], dtype: dtype_class) -> None:
    """Raise PyTorch's error for a number that an integer type cannot hold."""
    if dtype.category != dtypes.INTEGER or array.dtype.kind not in "iuf" or not array.size:
        return
    limits = np.iinfo(dtype.numpy)
    low = -limits.max if limits.min == 0 and array.dtype.kind != "f" else limits.min
    if not (array.min() >= low and array.max() <= limits.max):
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")


def _holds_numpy(data: Any) -> bool:
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic))


def _with_scalars(data: Any, kinds: list[dtype_class]) -> Any:
    """Lists with the numbers of the tensors in them, whose types are noted in `kinds`."""
    if isinstance(data, (list, tuple)):
        if data and isinstance(data[0], np.ndarray) and data[0].ndim:
            warn_once(_LIST_OF_ARRAYS, 2)
        return [_with_scalars(each, kinds) for each in data]
    if not isinstance(data, TensorBase):
        return data
    tensor: Any = data
    kinds.append(tensor._dtype)
    if tensor._array.size != 1 and tensor._dtype.category <= dtypes.INTEGER:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    if tensor._array.size != 1 or (tensor.requires_grad and not tensor._dtype.is_complex):
        return float(tensor)  # with its refusal or warning
    return tensor.item()


def _check_nesting(data: Any, dim: int) -> None:
    """Raise PyTorch's error for lists of unequal lengths."""
    lengths = [len(each) if isinstance(each, (list, tuple)) else None for each in data]
    if not lengths or all(length is None for length in lengths):
        return
    if lengths[0] is None:
        index = next(position for position, length in enumerate(lengths) if length is not None)
        kind = type(data[index]).__name__
        if all(isinstance(each, int) for each in data[:index]):
            raise TypeError(f"'{kind}' object cannot be interpreted as an integer")
        raise TypeError(f"must be real number, not {kind}")
    for length in lengths:
        if length is None:
            raise TypeError("not a sequence")
        if length != lengths[0]:
            raise ValueError(f"expected sequence of length {lengths[0]} at dim {dim + 1} (got {length})")
    for each in data:
        _check_nesting(each, dim + 1)


def _not_numbers(data: Any) -> Exception:
    if isinstance(data, (str, bytes)):
        return TypeError(f"new(): invalid data type '{type(data).__name__}'")
    leaves = _leaves(data)
    if isinstance(leaves[0], str):
        return ValueError(f"too many dimensions '{type(leaves[0]).__name__}'")
    wrong = next(
        (each for each in leaves if not isinstance(each, (int, float, complex, np.generic))), leaves[0]
    )
    if isinstance(wrong, str):
        return TypeError(f"new(): invalid data type '{type(wrong).__name__}'")
    return RuntimeError(f"Could not infer dtype of {type(wrong).__name__}")


def _leaves(data: Any) -> list[Any]:
    if not isinstance(data, (list, tuple)) or not data:
        return [data]
    return [leaf for each in data for leaf in _leaves(each)]


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
    if others or (dtype is not None and not isinstance(dtype, dtype_class)):
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
        dtype = as_dtype(dtype, "as_tensor")
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
