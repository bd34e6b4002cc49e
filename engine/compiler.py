"""`torch.compiler` and `torch.compile`: nothing is compiled; functions and modules run as they are written."""

from __future__ import annotations

from typing import Any


def compile(model: Any = None, **options: Any) -> Any:
    """The function or module itself: it runs eagerly, operation by operation, which gives the same numbers."""
    return (lambda function: function) if model is None else model


def is_compiling() -> bool:
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
