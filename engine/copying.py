"""Copies of tensors by `copy.copy` and `copy.deepcopy`, and tensors as instances of other classes.

Source: torch.Tensor, `__deepcopy__`, `__reduce_ex__` and `as_subclass`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .base import TensorBase, memory, owner_and_offset, storage
from .late import is_foreign
from .lazy import plain
from .op import wrap
from .ops import views
from .overriding import adopted

OTHER_TYPE = (
    "The default implementation of __deepcopy__() for non-wrapper subclasses only works for subclass types that implement "
    "new_empty() and for which that function returns another instance of the same subclass. You should either properly implement "
    "new_empty() for your subclass or override __deepcopy__() if it is intended behavior for new_empty() to return an instance of "
    "a different type."
)


def deepcopy(self: Any, memo: dict[Any, Any]) -> Any:
    """A leaf of its own: memory, `.grad` and attributes are copied, hooks are not."""
    if self.grad_fn is not None:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you were "
            "attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
            "https://github.com/pytorch/pytorch/pull/103001"
        )
    if id(self) in memo:
        return memo[id(self)]
    if type(self) in adopted and is_foreign(type(self)) and type(self.new_empty([])) is not type(self):
        raise RuntimeError(OTHER_TYPE)
    if self.is_conj() or self.is_neg():
        copied = wrap(plain(self._array).copy(), self._dtype)
    else:
        copied = wrap(_copied_memory(memory(self), memo), self._dtype)
        storage(copied).version = 1  # PyTorch sets the storage of an empty tensor, in place
    if type(self) is not type(copied):
        copied = copied._as(type(self))
    copied._requires_grad = self._requires_grad
    if self._grad is not None:
        copied._grad = deepcopy(self._grad, memo)
    if named := attributes(self):
        import copy

        for name, value in named:
            setattr(copied, name, copy.deepcopy(value, memo))
    memo[id(self)] = copied
    return copied


def _copied_memory(array: np.ndarray[Any, Any], memo: dict[Any, Any]) -> np.ndarray[Any, Any]:
    """The same view of a copy of the whole memory, which other tensors of one `deepcopy` share if they shared it."""
    owner, _ = owner_and_offset(array)
    key = ("memory", id(owner))
    if key not in memo:
        memo[key] = owner, owner.ravel("K").copy()  # with the owner, so that its id stays its own
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return np.ndarray(array.shape, array.dtype, memo[key][1], start, array.strides)


def warn_if_has_hooks(tensor: Any, stacklevel: int = 2) -> None:
    """Warn of each hook that a copy of the tensor loses, but for those that were marked with `unserializable_hook`."""
    for hook in (tensor._backward_hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the function "
                "with @torch.utils.hooks.unserializable_hook to suppress this warning",
                UserWarning,
                stacklevel,
            )


def shallow(self: Any, version: int = 1) -> Any:
    """A leaf over the same memory, with a version counter of its own, without `.grad` and hooks."""
    warn_if_has_hooks(self, 3)
    copied = wrap(memory(self), self._dtype)
    if type(self) is not type(copied):
        copied = copied._as(type(self))
    copied._requires_grad = self._requires_grad or self._node is not None
    storage(copied).version = version
    for name, value in attributes(self):
        setattr(copied, name, value)
    return copied


def attributes(self: Any) -> list[tuple[str, Any]]:
    """What a program has set on the tensor."""
    own = ("_array", "_dtype")
    return [each for each in vars(self).items() if each[0] not in own and not hasattr(TensorBase, each[0])]


def reduce(self: Any, protocol: Any) -> Any:
    """What `pickle` asks for."""
    from . import rebuilding

    function, args = rebuilding.reduce(self)
    if function is rebuilding._rebuild_from_type_v2 and type(self).__module__ == "torch":
        args = (args[0], None, *args[2:])  # the class is found under that name only where PyTorch is
    return function, args


# ---- as instances of subclasses ----------------------------------------------------------------------------


def reclassed(self: Any, cls: type) -> Any:
    """The same memory and history as an instance of another class."""
    other: Any = object.__new__(cls)
    other.__dict__.update(self.__dict__)
    return other


def as_subclass(self: Any, cls: type) -> Any:
    """A view of the whole as an instance of a subclass; raises `TypeError` for another class."""
    if not isinstance(cls, type):
        raise TypeError(f"cls must be a type (got {type(cls).__name__})")
    if not issubclass(cls, TensorBase):
        raise TypeError(
            "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. Make sure your class inherits "
            "from Tensor."
        )
    if not is_foreign(cls):
        return self._as(cls)
    other = views.alias(self)._as(cls)
    other._storage.add_view(other)
    return other


def make_subclass(cls: Any, data: Any, require_grad: bool = False) -> Any:
    """A leaf over the memory of `data` as an instance of a subclass."""
    made = data.detach()._as(cls)
    made._base = None
    if require_grad:
        type(data).requires_grad_(made)
    return made
