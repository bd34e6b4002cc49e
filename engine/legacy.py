"""The old tensor classes, such as `torch.FloatTensor`: constructors, and names of types for `isinstance` and `type`.

Source: torch.Tensor, "Tensor class reference".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .base import TensorBase
from .device import Public
from .ops import creation
from .ops.from_data import array_from, finish, warn_once
from .ops.options import check_sizes, place
from .storage import TypedStorage, UntypedStorage
from .tensor import Tensor


def construct(args: tuple[Any, ...], dtype: dtypes.dtype, options: dict[str, Any], keeps: bool = True) -> Any:
    """What `FloatTensor(...)` makes: of sizes, of data, of a storage, or over another tensor of its type.

    `keeps`: whether another tensor must be of this type.
    """
    place(options.get("device"), "new")
    if set(options) - {"device"}:
        raise TypeError(_wrong_arguments(args, options))
    if len(args) == 1 and not isinstance(args[0], int):
        return _from_one(args[0], dtype, keeps)
    if not args:
        return creation.zeros(0, dtype=dtype)
    check_sizes(args, "new")
    return creation.zeros(args, dtype=dtype)


def _from_one(data: Any, dtype: dtypes.dtype, keeps: bool) -> Any:
    if isinstance(data, TensorBase):
        if keeps and data._dtype is not dtype:
            raise TypeError(f"expected {_options(dtype)} (got {_options(data._dtype)})")
        return data.detach()  # type: ignore[attr-defined]
    if type(data).__name__ == "Size":
        return creation.zeros(tuple(data), dtype=dtype)
    if isinstance(data, (TypedStorage, UntypedStorage)):
        return creation.zeros(0, dtype=dtype).set_(data)
    if isinstance(data, (float, complex, np.generic)) or not hasattr(data, "__len__"):
        kind = type(data)
        name = f"numpy.{kind.__name__}" if isinstance(data, np.generic) else kind.__name__
        raise TypeError(f"new(): data must be a sequence (got {name})")
    array = array_from(data, dtype)
    return finish(array, dtype, False)


def _options(dtype: dtypes.dtype) -> str:
    return (
        f"TensorOptions(dtype={dtype.c_name}, device=cpu, layout=Strided, requires_grad=false (default), "
        "pinned_memory=false (default), memory_format=(nullopt))"
    )


def _wrong_arguments(args: tuple[Any, ...], options: dict[str, Any]) -> str:
    given = [type(each).__name__ for each in args]
    given += [f"{name}=torch.{type(each).__name__}" for name, each in options.items()]
    return (
        f"new() received an invalid combination of arguments - got ({', '.join(given)}), but expected one of:\n"
        " * (*, torch.device device = None)\n"
        f"      didn't match because some of the keywords were incorrect: {', '.join(options)}\n"
        " * (torch.Storage storage)\n * (Tensor other)\n * (tuple of ints size, *, torch.device device = None)\n"
        " * (object data, *, torch.device device = None)\n"
    )


class _Legacy(Public):
    """The type of the old classes: they hold no instances of their own, only tensors of their type."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: Any) -> bool:  # noqa: N805 - of a class of classes
        return isinstance(instance, TensorBase) and instance._dtype is cls.dtype

    def __call__(cls, *args: Any, **options: Any) -> Any:  # noqa: N805 - of a class of classes
        return construct(args, cls.dtype, options)

    def __getattr__(cls, name: str) -> Any:  # noqa: N805 - of a class of classes
        """The methods of tensors."""
        return getattr(Tensor, name)


def _legacy(dtype: dtypes.dtype) -> Any:
    name = f"{dtype.legacy_name}Tensor"
    return _Legacy(
        name, (), {"dtype": dtype, "__doc__": f"Tensors of the type {dtype.name}.", "__module__": __name__}
    )


FloatTensor, DoubleTensor = _legacy(dtypes.float32), _legacy(dtypes.float64)
HalfTensor, BFloat16Tensor = _legacy(dtypes.float16), _legacy(dtypes.bfloat16)
ByteTensor, CharTensor, ShortTensor = _legacy(dtypes.uint8), _legacy(dtypes.int8), _legacy(dtypes.int16)
IntTensor, LongTensor, BoolTensor = _legacy(dtypes.int32), _legacy(dtypes.int64), _legacy(dtypes.bool_)
_BY_NAME = {
    f"torch.{each.__name__}": each
    for each in (
        *(
            FloatTensor,
            DoubleTensor,
            HalfTensor,
            BFloat16Tensor,
            ByteTensor,
            CharTensor,
            ShortTensor,
            IntTensor,
        ),
        *(LongTensor, BoolTensor),
    )
}


def dtype_of(name: Any) -> dtypes.dtype:
    """The type that an old class, or its name, stands for; raises PyTorch's error where there is none."""
    if name == "torch.Tensor" or name is Tensor:
        return dtypes.get_default_dtype()
    found = _BY_NAME.get(name) if isinstance(name, str) else name
    if isinstance(found, _Legacy):
        return found.dtype
    shown = name if isinstance(name, str) else getattr(name, "__name__", type(name).__name__)
    raise ValueError(f"invalid type: '{shown}'")


def set_default_tensor_type(t: Any) -> None:
    """The old way to set the default type: by a tensor class or its name."""
    if isinstance(t, str) and t.startswith("torch.cuda."):
        raise TypeError(f"type {t} not available. Torch not compiled with CUDA enabled.")
    if isinstance(t, str) and t not in _BY_NAME:
        raise AttributeError(f"module 'torch' has no attribute '{t.rpartition('.')[2]}'")
    warn_once(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        stacklevel=3,
    )
    if isinstance(t, str):
        t = _BY_NAME[t]
    if not isinstance(t, _Legacy):
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    if not t.dtype.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    dtypes.set_default_dtype(t.dtype)
