"""Methods that classes share, under the name of each: Python's own messages show it."""

from __future__ import annotations

from types import FunctionType
from typing import Any


def name_after(names: str, *classes: Any) -> None:
    """Give each class functions of its own for the methods named, called after it as PyTorch's are.

    A layer called with too few arguments is refused by Python, which says "Conv2d.forward() missing 1 required positional
    argument" by the function's own name.
    """
    for cls in classes:
        for name in names.split():
            shared = getattr(cls, name)
            own = FunctionType(
                shared.__code__, shared.__globals__, name, shared.__defaults__, shared.__closure__
            )
            own.__kwdefaults__, own.__doc__ = shared.__kwdefaults__, shared.__doc__
            own.__annotations__, own.__module__ = shared.__annotations__, shared.__module__
            own.__qualname__ = f"{cls.__name__}.{name}"
            setattr(cls, name, own)
