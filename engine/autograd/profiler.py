"""`torch.autograd.profiler`: labels of parts of a program. There is no profiler that would show them."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

__all__ = ["record_function"]


class record_function(ContextDecorator):  # noqa: N801 - PyTorch's own name
    """Names what runs inside, or what it decorates."""

    __module__ = "torch.autograd.profiler"

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args

    def __enter__(self) -> record_function:
        return self

    def __exit__(self, *exc: Any) -> None:
        """Nothing was begun."""
