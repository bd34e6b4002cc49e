"""What calls of functions that make tensors may say beyond values, sizes and types: `device`, `layout`, `out`, ...

Those functions come here only when there is something to settle, or after they stumbled.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..arguments import refused
from ..base import TensorBase, memory
from ..device import place
from ..dtypes import dtype as dtype_class
from ..grad_mode import no_grad
from ..in_place import store
from ..layouts import layout as layout_class
from ..layouts import memory_format as format_class
from ..layouts import preserve_format, strided
from ..typename import kind_text

PINNED = "pin_memory=True requires a CUDA or other accelerator backend; no pinned memory allocator is available on this system."
_IN_ANY_SHAPE = ("arange", "linspace", "logspace", "range")  # an `out` of as many elements keeps its sizes

__all__ = ["as_dtype", "refusal", "with_options"]


def as_dtype(value: Any, function: str) -> dtype_class | None:
    """A type as callers give it: Python's own types stand for PyTorch's."""
    if value is None or isinstance(value, dtype_class):
        return value
    if isinstance(value, type) and value in dtypes.OF_PYTHON_TYPE:
        return dtypes.OF_PYTHON_TYPE[value]
    raise TypeError(f"{function}(): argument 'dtype' must be torch.dtype, not {type(value).__name__}")


def check_layout(value: Any, function: str) -> None:
    """Raise for a layout that tensors here do not have."""
    if value is None or value is strided:
        return
    if not isinstance(value, layout_class):
        raise TypeError(f"{function}(): argument 'layout' must be torch.layout, not {type(value).__name__}")
    raise NotImplementedError(f"sparse tensors are not there: use layout=torch.strided instead of {value}")


def settle(others: dict[str, Any], function: str) -> bool:
    """Take off and check the options that change nothing here; whether the device is `meta`."""
    is_meta = place(others.pop("device", None), function)
    check_layout(others.pop("layout", None), function)
    if others.pop("pin_memory", False):
        raise RuntimeError(PINNED)
    return is_meta


def with_options(
    make: Callable[..., Any],
    args: tuple[Any, ...],
    dtype: Any,
    requires_grad: bool,
    others: dict[str, Any],
    **kept: Any,
) -> Any:
    """Call a function that makes tensors, after its options were settled; `kept` are options of its own."""
    name = make.__name__
    others = dict(others)
    is_meta = settle(others, name)
    requires_grad = _flag(requires_grad, make, args)
    if "size" in others:
        args = (others.pop("size"), *args)
    out, form = others.pop("out", None), others.pop("memory_format", preserve_format)
    if others:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(others))}'")
    dtype = as_dtype(dtype, name)
    if out is not None:
        return _into(out, make, args, dtype, kept)
    if not args:
        raise TypeError(f'{name}() missing 1 required positional arguments: "size"')
    if is_meta:
        return _without_elements(make, args, dtype, requires_grad, kept)
    made = make(*args, dtype=dtype, requires_grad=requires_grad, **kept)
    return made if form is None or form is preserve_format else _laid_out(made, form)


def _flag(requires_grad: Any, make: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Whether the tensor is to require grad; raises `TypeError` for what is neither a truth value nor None."""
    if isinstance(requires_grad, bool) or requires_grad is None:
        return bool(requires_grad)
    name = make.__name__
    error = TypeError(f"{name}(): argument 'requires_grad' must be bool, not {kind_text(requires_grad)}")
    args = tuple(each for each in args if each is not None)
    raise refused(error, name, args, {"requires_grad": requires_grad}, is_method=False)


def _without_elements(make: Any, args: Any, dtype: Any, requires_grad: bool, kept: dict[str, Any]) -> Any:
    """What is made, without its elements; random numbers are not used up."""
    from ..meta_tensors import without_elements
    from ..random import get_rng_state, set_rng_state

    state = get_rng_state()
    made = make(*args, dtype=dtype, requires_grad=requires_grad, **kept)
    set_rng_state(state)
    return without_elements(made)


def _into(out: Any, make: Callable[..., Any], args: Any, dtype: Any, kept: dict[str, Any]) -> Any:
    from ..shape_changes import resized

    if not isinstance(out, TensorBase):
        raise TypeError(f"{make.__name__}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if dtype is not None and dtype is not out._dtype:
        raise RuntimeError(
            f"dtype {dtype.legacy_name} does not match dtype of out parameter ({out._dtype.legacy_name})"
        )
    with no_grad():
        made = make(*args, dtype=out._dtype, **kept)
    array = made._array
    if make.__name__ in _IN_ANY_SHAPE and array.size == out._array.size:
        array = array.reshape(out._array.shape)
    elif make.__name__ == "arange" and out._array.size:
        warnings.warn(
            f"The number of elements in the out tensor of shape {list(out._array.shape)} is {out._array.size} which does not match "
            f"the computed number of elements {array.size}. Note that this may occur as a result of rounding error. The out tensor "
            f"will be resized to a tensor of shape ({array.size},).",
            UserWarning,
            stacklevel=5,
        )
    if out._array.shape != array.shape:  # without a warning, unlike operations
        out._array = resized(memory(out), array.shape)
    store(out, array)
    return out


def _laid_out(made: Any, form: format_class) -> Any:
    from ..layouts import copied

    tracked = made._requires_grad
    made._array = copied(made._array, form)
    made._requires_grad = tracked
    return made


def refusal(
    make: Callable[..., Any], args: tuple[Any, ...], dtype: Any, requires_grad: bool, error: Any
) -> Any:
    """Try again with Python's types as PyTorch's, or raise PyTorch's error about the sizes or the type."""
    name = make.__name__
    if dtype is not None and not isinstance(dtype, dtype_class):
        return make(*args, dtype=as_dtype(dtype, name), requires_grad=requires_grad)
    check_sizes(args, name)
    raise error


def check_sizes(args: tuple[Any, ...], name: str) -> None:
    """Raise PyTorch's error for what is no size."""
    sizes = args[0] if len(args) == 1 and isinstance(args[0], (tuple, list)) else args
    if len(args) == 1 and sizes is args and not _is_size(args[0]):
        kind = kind_text(args[0])
        raise TypeError(f"{name}(): argument 'size' (position 1) must be tuple of ints, not {kind}")
    if sizes is not args and len(sizes) and not _is_size(sizes[0]):
        kind = kind_text(sizes[0])
        raise TypeError(
            f"{name}(): argument 'size' (position 1) must be tuple of ints, but found element of type {kind} at pos 0"
        )
    for position, each in enumerate(sizes, 1):
        if not _is_size(each):
            raise TypeError(
                f"{name}(): argument 'size' failed to unpack the object at pos {position} with error "
                f'"type must be tuple of ints,but got {type(each).__name__}"'
            )
    for each in sizes:
        if each < 0 and name == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        if each < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {int(each)}: {[int(size) for size in sizes]}"
            )


def _is_size(value: Any) -> bool:
    if isinstance(value, TensorBase):
        return value._array.size == 1 and value._dtype.category == dtypes.INTEGER
    return hasattr(value, "__index__")
