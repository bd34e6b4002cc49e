"""`torch.jit`: there is no compiler of Python source; functions and modules run as they are written."""

from __future__ import annotations

import warnings
from types import FunctionType
from typing import Any

_REFUSAL = "torch.jit.{} is not there: the engine runs Python as it is written, so call the function or module itself"


def script(obj: Any, *args: Any, **kwargs: Any) -> Any:
    """A function itself, which computes what it would compiled; all else is refused, for it would be another object."""
    if not isinstance(obj, FunctionType):
        raise NotImplementedError(_REFUSAL.format("script"))
    warnings.warn(
        "`torch.jit.script` is deprecated. Please switch to `torch.compile` or `torch.export`.",
        DeprecationWarning,
        stacklevel=2,
    )
    return obj


def trace(func: Any, *args: Any, **kwargs: Any) -> Any:
    """Refused: nothing is compiled."""
    raise NotImplementedError(_REFUSAL.format("trace"))


def load(f: Any, *args: Any, **kwargs: Any) -> Any:
    """Refused: nothing is compiled."""
    raise NotImplementedError(_REFUSAL.format("load"))


def save(m: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
    """Refused: nothing is compiled."""
    raise NotImplementedError(_REFUSAL.format("save"))


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function itself: marks for a compiler that is not there mean nothing."""
    return drop if callable(drop) else lambda function: function


def export(fn: Any) -> Any:
    """The function itself."""
    return fn


unused = script_if_tracing = export
Final = Any
