"""Batches made of samples.

Source: torch.utils.data, "Working with collate_fn".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from ... import dtypes
from ...base import TensorBase
from ...ops.creation import as_tensor, tensor
from ...ops.outputs import stack
from ...typename import class_text

default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)
_TEXT_OR_OBJECTS = "SaUO"


def default_convert(data: Any) -> Any:
    """NumPy's arrays and numbers in what a sample is made of, as tensors."""
    kind = type(data)
    if isinstance(data, TensorBase):
        return data
    if isinstance(data, (np.ndarray, np.generic)):
        if isinstance(data, np.str_) or (
            isinstance(data, np.ndarray) and data.dtype.kind in _TEXT_OR_OBJECTS
        ):
            return data
        return as_tensor(data)
    if isinstance(data, Mapping):
        return _filled(data, kind, {key: default_convert(data[key]) for key in data})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return kind(*(default_convert(each) for each in data))
    if isinstance(data, tuple):
        return [default_convert(each) for each in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _filled(data, kind, [default_convert(each) for each in data])
    return data


def _filled(like: Any, kind: Any, content: Any) -> Any:
    """The content in a container of the same kind, if it can be made; otherwise in a dict or list."""
    try:
        if isinstance(like, MutableMapping):
            clone: Any = copy.copy(like)
            clone.update(content)
            return clone
        if isinstance(like, MutableSequence):
            clone = copy.copy(like)
            for index, each in enumerate(content):
                clone[index] = each
            return clone
        return kind(content)
    except TypeError:
        return content


def collate(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """A batch of samples, by the function of their type, or part by part."""
    first = batch[0]
    kind = type(first)
    functions = collate_fn_map or {}
    found = functions.get(kind) or next(
        (function for each, function in functions.items() if isinstance(first, each)), None
    )
    if found is not None:
        return found(batch, collate_fn_map=collate_fn_map)
    if isinstance(first, Mapping):
        content = {
            key: collate([each[key] for each in batch], collate_fn_map=collate_fn_map) for key in first
        }
        return _filled(first, kind, content)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return kind(*(collate(each, collate_fn_map=collate_fn_map) for each in zip(*batch)))
    if not isinstance(first, Sequence):
        raise TypeError(default_collate_err_msg_format.format(class_text(kind)))
    if any(len(each) != len(first) for each in batch):
        raise RuntimeError("each element in list of batch should be of equal size")
    parts = [collate(each, collate_fn_map=collate_fn_map) for each in zip(*batch)]
    return parts if isinstance(first, tuple) else _filled(first, kind, parts)


def collate_tensor_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Tensors stacked."""
    return stack(batch, 0)


def collate_numpy_array_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """NumPy arrays stacked into a tensor."""
    if batch[0].dtype.kind in _TEXT_OR_OBJECTS:
        raise TypeError(default_collate_err_msg_format.format(batch[0].dtype))
    return collate([as_tensor(each) for each in batch], collate_fn_map=collate_fn_map)


def collate_numpy_scalar_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """NumPy's numbers as a tensor."""
    return as_tensor(batch)


def collate_float_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Python floats as a tensor of float64."""
    return tensor(batch, dtype=dtypes.float64)


def collate_int_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Python integers as a tensor."""
    return tensor(batch)


def collate_str_fn(batch: Any, *, collate_fn_map: Any = None) -> Any:
    """Texts as they are."""
    return batch


default_collate_fn_map: dict[Any, Callable[..., Any]] = {
    TensorBase: collate_tensor_fn,
    np.ndarray: collate_numpy_array_fn,
    (np.bool_, np.number, np.object_): collate_numpy_scalar_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}


def default_collate(batch: Any) -> Any:
    """A batch of samples: numbers and arrays become tensors with a dimension more, containers stay what they are."""
    return collate(batch, collate_fn_map=default_collate_fn_map)
