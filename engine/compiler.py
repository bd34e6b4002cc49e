"""`torch.compiler` and `torch.compile`: nothing is compiled; functions and modules run as they are written."""

from __future__ import annotations

import sys
from typing import Any

from .late import ROOT


def compile(model: Any = None, **options: Any) -> Any:
    """The function itself, a module wrapped as PyTorch does: both run eagerly, which gives the same numbers."""
    if model is None:
        return lambda model: compile(model, **options)
    module = sys.modules.get(f"{ROOT}.nn.modules.module")  # absent as long as no program made one
    if module is None or not isinstance(model, module.Module):
        return model
    from ._dynamo import OptimizedModule

    return OptimizedModule(model)


def is_compiling() -> bool:
    """False."""
    return False


def is_exporting() -> bool:
    """False."""
    return False


def is_dynamo_compiling() -> bool:
    """False."""
    return False


def disable(fn: Any = None, recursive: bool = True, **options: Any) -> Any:
    """The function itself."""
    return (lambda function: function) if fn is None else fn


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


assume_constant_result = allow_in_graph


def reset() -> None:
    """Nothing to forget."""


def list_backends(exclude_tags: Any = ()) -> list[str]:
    """None."""
    return []


def cudagraph_mark_step_begin() -> None:
    """Does nothing: there is no GPU."""
