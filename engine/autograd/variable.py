"""`torch.autograd.variable`: `Variable`, which old programs wrap tensors in, and the engine it names.

Calling it gives a tensor; a tensor is an instance of it.
"""

from __future__ import annotations

import warnings
from typing import Any

from ..graph_engine import queue_callback
from ..node import Node
from ..ops.views import detach
from ..tensor import Tensor

__all__ = ["Variable", "VariableMeta"]


class _EngineBase:
    """What runs backward, as an object."""

    __module__ = "torch._C"

    queue_callback = staticmethod(queue_callback)


class VariableMeta(type):
    """Takes every tensor for a `Variable`."""

    def __instancecheck__(cls, other: Any) -> bool:
        return isinstance(other, Tensor)


class Variable(metaclass=VariableMeta):
    """A tensor with the memory of `data`, and without its history."""

    __module__ = "torch.autograd.variable"
    _execution_engine = _EngineBase()

    def __new__(
        cls,
        data: Any = None,
        requires_grad: bool = False,
        volatile: bool = False,
        _grad_fn: Any = None,
        name: Any = None,
        **options: Any,
    ) -> Any:
        for each in options:
            raise TypeError(f"{each!r} is an invalid keyword argument for this function")
        if volatile:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
                stacklevel=2,
            )
        if not (_grad_fn is None or isinstance(_grad_fn, Node)):
            raise TypeError(
                f"_grad_fn has to be a Function object or None, but got {type(_grad_fn).__name__}"
            )
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        result = detach(data)
        return result.requires_grad_() if requires_grad else result
