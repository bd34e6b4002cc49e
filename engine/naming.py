"""Functions by another name, which Python's own messages show, and `__torch_function__` is handed."""

from __future__ import annotations

from types import FunctionType
from typing import Any


def renamed(function: Any, name: str) -> Any:
    """A function that does the same under this name."""
    own = FunctionType(
        function.__code__, function.__globals__, name, function.__defaults__, function.__closure__
    )
    own.__kwdefaults__, own.__doc__ = function.__kwdefaults__, function.__doc__
    own.__annotations__, own.__module__ = function.__annotations__, function.__module__
    own.__qualname__ = function.__qualname__ if name == function.__name__ else name
    own.__dict__.update(function.__dict__)
    return own


def name_after(names: str, *classes: Any) -> None:
    """Give each class functions of its own for the methods named, called after it as PyTorch's are.

    A layer called with too few arguments is refused by Python, which says "Conv2d.forward() missing 1 required positional
    argument" by the function's own name.
    """
    for cls in classes:
        for name in names.split():
            own = renamed(getattr(cls, name), name)
            own.__qualname__ = f"{cls.__name__}.{name}"
            setattr(cls, name, own)
