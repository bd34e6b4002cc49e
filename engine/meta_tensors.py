"""Tensors on the device `meta`: they have sizes, a type and a history, but no elements.

An operation on them runs on zeros that take no memory, and what it gives forgets its elements. What would need the
elements is refused, and what would change them does nothing.
Source: "Meta device".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .device import NO_DATA
from .device import device as device_class
from .nn.parameter import Parameter
from .ops import creation
from .overriding import disabled
from .subclasses import adopt
from .tensor import Tensor

META = device_class("meta")
_NO_ARRAY = "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
_OF_ELEMENTS = "item __bool__ __float__ __int__ __index__ __complex__"  # what a program asks one element for
# the sizes of whose results depend on elements
_BY_ELEMENTS = "nonzero argwhere masked_select unique unique_consecutive equal bincount"
_WRITING = ("batch_norm", "instance_norm")  # the second and third of what they get
_OF_BITS = "__iand__ __ior__ __ixor__ __ilshift__ __irshift__"
_RESHAPING = "squeeze_ swapaxes_ swapdims_ t_ transpose_ unsqueeze_"
_FLAGS = "requires_grad_ detach_ share_memory_"  # what changes a tensor in place, but no elements


def without_elements(tensor: Any) -> Any:
    """The tensor, on `meta` from now on."""
    shape, kind = tensor._array.shape, tensor._dtype.numpy
    tensor._array = np.broadcast_to(np.zeros((), kind), shape)
    if not isinstance(tensor, MetaTensor):
        tensor.__class__ = MetaParameter if isinstance(tensor, Parameter) else MetaTensor
    return tensor


def on_meta(tensor: Any, dtype: Any = None) -> Any:
    """Another tensor of the same sizes, on `meta`."""
    if isinstance(tensor, MetaTensor):
        return tensor if dtype in (None, tensor._dtype) else tensor.to(dtype)
    made = object.__new__(MetaTensor)
    made._dtype = dtype or tensor._dtype
    made._array = np.broadcast_to(np.zeros((), made._dtype.numpy), tensor._array.shape)
    return made


class MetaTensor(Tensor):
    """A tensor without elements; its array has its sizes and repeats one zero."""

    __module__ = "torch"
    __qualname__ = "Tensor"

    is_meta = property(lambda self: True)
    is_cpu = property(lambda self: False)
    device = property(lambda self: META)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, kwargs = func.__name__, kwargs or {}
        if name in _CALLED:
            raise RuntimeError("Tensor.item() cannot be called on meta tensors")
        if name in _BY_ELEMENTS.split():
            raise NotImplementedError(
                f"{name}() needs the elements, which tensors on the device meta do not have"
            )
        if name == "data_ptr":
            return 0
        if name in ("cpu", "tolist") or (name == "to" and _leaves(args[1:], kwargs)):
            raise NotImplementedError(NO_DATA)
        if name in ("numpy", "array"):
            raise TypeError(_NO_ARRAY)
        if name in ("copy_", "__setitem__") and not isinstance(args[0], MetaTensor):
            raise NotImplementedError(NO_DATA)
        if name in _RESHAPING.split():
            args[0]._array = getattr(args[0], name[:-1])(*args[1:], **kwargs)._array
            return args[0]
        if name == "resize_":
            kind = args[0]._dtype
            args[0]._array = creation.empty(*args[1:], **kwargs, dtype=kind, device="meta")._array
            return args[0]
        if name == "__setitem__":
            args[0][args[1]]  # refuses what cannot be looked up
            return None
        if name in _OF_BITS.split() or (
            name.endswith("_") and not name.startswith("__") and name not in _FLAGS.split()
        ):
            return args[0]
        if name != "__getitem__":
            _check_devices(args)
        out = kwargs.pop("out", None)
        if name in _WRITING:
            args = (args[0], *map(_written, args[1:3]), *args[3:])
        with disabled():
            found = func(*args, **kwargs)
        if isinstance(out, MetaTensor):
            out._array = found._array
            found = out
        return found if kwargs.get("device") and _leaves((), kwargs) else _forgotten(found)

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(_NO_ARRAY)

    @property
    def grad(self) -> Any:
        """What was added up, on `meta` as well."""
        found = Tensor.grad.__get__(self, Tensor)
        return None if found is None else without_elements(found)

    @grad.setter
    def grad(self, value: Any) -> None:
        with disabled():
            Tensor.grad.__set__(self, value)

    def stride(self, dim: int | None = None) -> Any:
        """As of a tensor without gaps."""
        strides = _steps(self._array.shape)
        return strides if dim is None else strides[dim]

    def __deepcopy__(self, memo: Any) -> Any:
        if id(self) not in memo:
            memo[id(self)] = _copy(self)
        return memo[id(self)]

    def __repr__(self, **options: Any) -> str:
        parts = ["...", "device='meta'", f"size={tuple(self._array.shape)}"]
        if self._dtype is not dtypes.get_default_dtype():
            parts.append(f"dtype={self._dtype}")
        if self.grad_fn is not None:
            parts.append(f"grad_fn=<{self.grad_fn.name()}>")
        elif self.requires_grad:
            parts.append("requires_grad=True")
        return f"tensor({', '.join(parts)})"


class MetaParameter(MetaTensor, Parameter):
    """A parameter without elements."""

    __module__ = "torch.nn.parameter"
    __qualname__ = "Parameter"

    def __repr__(self, **options: Any) -> str:
        return f"Parameter containing:\n{MetaTensor.__repr__(self)}"


MetaTensor.__name__, MetaParameter.__name__ = "Tensor", "Parameter"


def _copy(tensor: Any) -> Any:
    made = object.__new__(type(tensor))
    made._array, made._dtype, made._requires_grad = tensor._array, tensor._dtype, tensor._requires_grad
    return made


def _steps(shape: tuple[int, ...]) -> tuple[int, ...]:
    steps = [1]
    for size in shape[:0:-1]:
        steps.insert(0, steps[0] * max(size, 1))
    return tuple(steps) if shape else ()


def _written(statistic: Any) -> Any:
    """What a layer may write its statistics to, which are forgotten."""
    return creation.zeros(statistic._array.shape) if isinstance(statistic, MetaTensor) else statistic


def _leaves(args: Any, kwargs: Any) -> bool:
    """Whether the arguments of `to` name another device."""
    for each in (*args, kwargs.get("device"), kwargs.get("other")):
        where = each.device if isinstance(each, Tensor) else each
        if isinstance(where, (str, device_class)) and device_class(where).type != "meta":
            return True
    return False


def _check_devices(args: Any) -> None:
    """Refuse tensors with elements beside ones without, but for numbers; the first one's device is expected."""
    tensors = [
        each
        for arg in args
        for each in (arg if isinstance(arg, (list, tuple)) else (arg,))
        if isinstance(each, Tensor)
    ]
    if any(each._array.ndim and not isinstance(each, MetaTensor) for each in tensors):
        found, expected = ("cpu", "meta") if isinstance(tensors[0], MetaTensor) else ("meta", "cpu")
        raise RuntimeError(f"Tensor on device {found} is not on the expected device {expected}!")


def _forgotten(found: Any) -> Any:
    if isinstance(found, Tensor):
        return without_elements(found)
    if isinstance(found, (list, tuple)) and any(isinstance(each, Tensor) for each in found):
        parts = [_forgotten(each) for each in found]
        return (
            type(found)(*parts)
            if hasattr(found, "_fields") and type(found).__new__ is not tuple.__new__
            else type(found)(parts)
        )
    return found


_CALLED = frozenset(_OF_ELEMENTS.split())
adopt(MetaTensor)
adopt(MetaParameter)
