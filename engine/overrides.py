"""`torch.overrides`: what subclasses of tensors need to know about functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base import TensorBase
from .subclasses import disabled, disabled_torch_function, overriding

__all__ = [
    "disabled",
    "disabled_torch_function",
    "handle_torch_function",
    "has_torch_function",
    "is_tensor_like",
    "is_tensor_method_or_property",
]


def has_torch_function(relevant_args: Any) -> bool:
    """Whether one of the operands has a `__torch_function__` of its own."""
    return bool(overriding(tuple(relevant_args)))


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Any, *args: Any, **kwargs: Any
) -> Any:
    """Call the `__torch_function__` of the operands for a function of the program's own."""
    types: tuple[Any, ...] = tuple(overriding(tuple(relevant_args)))
    for kind in types:
        found = kind.__torch_function__(public_api, types, args, kwargs)
        if found is not NotImplemented:
            return found
    raise TypeError(
        f"no implementation found for '{public_api.__module__}.{public_api.__name__}' on types that implement "
        f"__torch_function__: {list(types)}"
    )


def is_tensor_like(inp: Any) -> bool:
    """Whether it is a tensor, or has `__torch_function__`."""
    return isinstance(inp, TensorBase) or hasattr(inp, "__torch_function__")


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether the function is a method of tensors."""
    from .tensor import Tensor

    return any(each is func for each in vars(Tensor).values())
