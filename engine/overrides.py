"""`torch.overrides`: what programs need that have functions of their own ask, and modes. Source: torch.overrides."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from .base import TensorBase
from .overriding import answer, nobody_in_python, overriding, overriding_in_python, state

__all__ = [
    "get_ignored_functions",
    "get_overridable_functions",
    "handle_torch_function",
    "has_torch_function",
    "has_torch_function_unary",
    "has_torch_function_variadic",
    "is_tensor_like",
    "is_tensor_method_or_property",
    "resolve_name",
    "wrap_torch_function",
]


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether a mode is on, or one of the operands has a `__torch_function__` of its own."""
    return bool(state.modes) or (not state.disabled and bool(overriding(tuple(relevant_args))))


def has_torch_function_unary(relevant_arg: Any) -> bool:
    """The same of one operand."""
    return has_torch_function((relevant_arg,))


def has_torch_function_variadic(*relevant_args: Any) -> bool:
    """The same of operands that are given one by one."""
    return has_torch_function(relevant_args)


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """What the mode, or the first of the operands that knows an answer, gives for a function of the program's own.

    Raises `TypeError` where none does.
    """
    operands = overriding_in_python(tuple(relevant_args))
    found = answer(public_api, args, kwargs, operands)
    if found is NotImplemented:
        raise nobody_in_python(f"{public_api.__module__}.{public_api.__name__}", operands)
    return found


def wrap_torch_function(dispatcher: Callable[..., Iterable[Any]]) -> Callable[..., Any]:
    """Decorate a function so that it asks the operands that `dispatcher` picks of its arguments."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = tuple(dispatcher(*args, **kwargs))
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return function(*args, **kwargs)

        return wrapped

    return decorate


def is_tensor_like(inp: Any) -> bool:
    """Whether it is a tensor, or has `__torch_function__`."""
    return isinstance(inp, TensorBase) or hasattr(inp, "__torch_function__")


def is_tensor_method_or_property(func: Callable[..., Any]) -> bool:
    """Whether the function is a method of tensors, or the getter of an attribute."""
    from .tensor import Tensor

    if getattr(func, "__name__", None) == "__get__":
        return True
    return any(each is func for each in vars(Tensor).values())


def get_overridable_functions() -> dict[Any, list[Callable[..., Any]]]:
    """The functions that ask modes and operands, by the namespace that has them."""
    from .watching import overridable

    return overridable()


def get_ignored_functions() -> set[Callable[..., Any]]:
    """The functions of the namespace that never ask."""
    from .watching import ignored

    return ignored()


def resolve_name(f: Callable[..., Any]) -> str | None:
    """The name that a function, a method or the getter of an attribute has in PyTorch; None for others."""
    from .watching import names

    if isinstance(f, str):
        return f
    for known, name in names():
        if known == f:
            return name
    return None


class TorchFunctionMode:
    """While it is on, as a context manager, its `__torch_function__` is asked before any function of tensors runs.

    It is off within its own `__torch_function__`; of several, the innermost is asked first.
    """

    inner: TorchFunctionMode

    def __init__(self) -> None:
        pass

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError

    def __enter__(self) -> TorchFunctionMode:
        _push_mode(self)
        return self

    def __exit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        _pop_mode()

    @classmethod
    def push(cls, *args: Any, **kwargs: Any) -> TorchFunctionMode:
        """Make a mode: what `with` once asked for."""
        warnings.warn(
            "`Mode.push()` is no longer necessary and can be replaced with just `with Mode()`", stacklevel=2
        )
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """A mode that calls what it is asked about."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return func(*args, **(kwargs or {}))


def _push_mode(mode: TorchFunctionMode) -> None:
    from .watching import watch_tensors

    watch_tensors()
    state.modes = [*state.modes, mode]


def _pop_mode() -> TorchFunctionMode:
    *state.modes, popped = state.modes
    return popped


def _get_current_function_mode() -> TorchFunctionMode | None:
    return state.modes[-1] if state.modes else None


def _get_current_function_mode_stack() -> list[TorchFunctionMode]:
    return [*state.modes]
