"""`torch.jit`: there is no compiler of Python source; functions and modules run as they are written."""

from __future__ import annotations

import warnings
from types import FunctionType
from typing import Any, Final  # noqa: F401 - `torch.jit.Final`

from .. import refused
from ..futures import Future
from ..nn.modules.module import Module

_INSTEAD = "the engine runs Python as it is written, so call the function or module itself"


def script(obj: Any, *args: Any, **kwargs: Any) -> Any:
    """A function itself, which computes what it would compiled; all else is refused, for it would be another object."""
    if not isinstance(obj, FunctionType):
        raise NotImplementedError(f"torch.jit.script is not there: {_INSTEAD}")
    warnings.warn(
        "`torch.jit.script` is deprecated. Please switch to `torch.compile` or `torch.export`.",
        DeprecationWarning,
        stacklevel=2,
    )
    return obj


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


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value itself."""
    return the_value


def fork(func: Any, *args: Any, **kwargs: Any) -> Future[Any]:
    """A future of what a function gives; it is called at once."""
    begun: Future[None] = Future()
    later = begun.then(lambda _: func(*args, **kwargs))
    begun.set_result(None)
    return later


def wait(future: Future[Any]) -> Any:
    """What the function gave."""
    return future.wait()


class TracerWarning(Warning):
    """Never given: nothing is traced."""


unused = script_if_tracing = interface = _overload = _overload_method = export
trace, load, save = (refused.function("torch.jit", name, _INSTEAD) for name in ("trace", "load", "save"))
trace_module = refused.function("torch.jit", "trace_module", _INSTEAD)
freeze = refused.function("torch.jit", "freeze", _INSTEAD)
optimize_for_inference = refused.function("torch.jit", "optimize_for_inference", _INSTEAD)
ScriptModule = refused.kind("torch.jit", "ScriptModule", _INSTEAD, Module)
ScriptFunction = refused.kind("torch.jit", "ScriptFunction", _INSTEAD)
