"""Parameters: what a module or an optimizer is to train."""

from __future__ import annotations

from typing import Any

from ..copying import shallow
from ..dtypes import INTEGER
from ..ops import creation
from ..tensor import Tensor


class Parameter(Tensor):
    """A tensor that a module or an optimizer is to train: it requires grad."""

    def __new__(cls, data: Any = None, requires_grad: Any = True) -> Any:
        made = (creation.zeros(0) if data is None else data.detach()).as_subclass(cls)
        if requires_grad and made._dtype.category <= INTEGER:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        made.requires_grad = requires_grad
        return made

    def __repr__(self) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()

    def __copy__(self) -> Any:  # type: ignore[override]
        return shallow(self, version=0)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self._requires_grad)
        found: Parameter = memo[id(self)]
        return found


class _BufferMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and getattr(instance, "_is_buffer", False)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that is part of a module's state and not trained: a plain tensor that a module takes for one."""

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        made = creation.zeros(0) if data is None else data.detach().requires_grad_(data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made
