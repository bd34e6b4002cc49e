"""How tensors are taken apart for pickling, and put together again. PyTorch's files name these functions.

Source: torch._utils; torch.Tensor, `__reduce_ex__`.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from . import storage
from .base import memory, owner_and_offset
from .base import storage as new_record
from .copying import attributes, warn_if_has_hooks
from .dtypes import dtype as dtype_class
from .nn.parameter import Parameter
from .op import wrap
from .tensor import Tensor


def reduce(self: Any) -> tuple[Any, ...]:
    """What `__reduce_ex__` of a tensor gives: a function that puts it together again, and what it needs."""
    state = dict(attributes(self))
    if isinstance(self, Parameter):
        parts: tuple[Any, ...] = (self.data, self.requires_grad, OrderedDict())
        return (_rebuild_parameter_with_state, (*parts, state)) if state else (_rebuild_parameter, parts)
    warn_if_has_hooks(self, 5)
    if self.is_conj() or self.is_neg():
        plain = self.detach().resolve_conj().resolve_neg()
        plain.requires_grad = self.requires_grad
        return reduce(plain)
    if self.is_meta:
        return _rebuild_meta_tensor_no_storage, (
            self._dtype,
            tuple(self.shape),
            tuple(self.stride()),
            self.requires_grad,
        )
    array = memory(self)
    _, offset = owner_and_offset(array)
    places = (offset, tuple(array.shape), tuple(self.stride()))
    if self._dtype.name.startswith("uint") and self._dtype.name != "uint8":
        args: tuple[Any, ...] = (
            storage.untyped_storage(self),
            *places,
            self.requires_grad,
            OrderedDict(),
            self._dtype,
        )
        function: Any = _rebuild_tensor_v3
    else:
        args = (storage._typed_storage(self), *places, self.requires_grad, OrderedDict())
        function = _rebuild_tensor_v2
    if type(self) is not Tensor or state:
        return _rebuild_from_type_v2, (function, type(self), args, state)
    return function, args


def _tensor(
    storage_: Any, dtype: dtype_class, offset: int, size: Any, stride: Any, requires_grad: bool
) -> Any:
    array = storage.viewed(storage_, dtype, offset, tuple(size), tuple(stride))
    made = wrap(array, dtype)
    if isinstance(storage_, storage.TypedStorage) and storage_._untyped_storage.device.type == "meta":
        from .meta_tensors import without_elements

        made = without_elements(made)
    new_record(made).version = 1  # PyTorch sets the storage of an empty tensor, in place
    if requires_grad:
        made._requires_grad = True
    return made


def _rebuild_tensor(storage: Any, storage_offset: int, size: Any, stride: Any) -> Any:
    return _tensor(storage, storage.dtype, storage_offset, size, stride, False)


def _rebuild_tensor_v2(
    storage: Any,
    storage_offset: int,
    size: Any,
    stride: Any,
    requires_grad: bool,
    backward_hooks: Any,
    metadata: Any = None,
) -> Any:
    made = _tensor(storage, storage.dtype, storage_offset, size, stride, requires_grad)
    made._backward_hooks = backward_hooks or None
    return made


def _rebuild_tensor_v3(
    storage: Any,
    storage_offset: int,
    size: Any,
    stride: Any,
    requires_grad: bool,
    backward_hooks: Any,
    dtype: Any,
    metadata: Any = None,
) -> Any:
    made = _tensor(storage, dtype, storage_offset, size, stride, requires_grad)
    made._backward_hooks = backward_hooks or None
    return made


def _rebuild_meta_tensor_no_storage(dtype: Any, size: Any, stride: Any, requires_grad: bool) -> Any:
    from .ops.making import empty_strided

    return empty_strided(size, stride, dtype=dtype, device="meta", requires_grad=requires_grad)


def _rebuild_parameter(data: Any, requires_grad: bool, backward_hooks: Any) -> Any:
    made = Parameter(data, requires_grad)
    made._backward_hooks = backward_hooks or None
    return made


def _rebuild_parameter_with_state(data: Any, requires_grad: bool, backward_hooks: Any, state: Any) -> Any:
    made = _rebuild_parameter(data, requires_grad, backward_hooks)
    _set_state(made, state)
    return made


def _rebuild_from_type_v2(func: Any, new_type: Any, args: Any, state: Any) -> Any:
    made = func(*args)
    if new_type is not None and type(made) is not new_type:
        made = made._as(new_type)
    _set_state(made, state)
    return made


def _set_state(made: Any, state: Any) -> None:
    for name, value in (state or {}).items():
        if hasattr(Tensor, name):
            raise RuntimeError(f"a file must not set {name!r} of a tensor")
        setattr(made, name, value)
