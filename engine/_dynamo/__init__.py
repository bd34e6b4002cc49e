"""`torch._dynamo`: what `torch.compile` makes of a module, and the switches of a compiler that is not there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..compiler import allow_in_graph, disable, is_compiling, reset
from .eval_frame import OptimizedModule

__all__ = [
    "OptimizedModule",
    "allow_in_graph",
    "assume_constant_result",
    "config",
    "disable",
    "graph_break",
    "is_compiling",
    "mark_dynamic",
    "reset",
]

config = SimpleNamespace()  # takes every switch; none has an effect


def graph_break(msg: str = "") -> None:
    """Does nothing: nothing is compiled."""


def assume_constant_result(fn: Any) -> Any:
    """The function itself."""
    return fn


def mark_dynamic(t: Any, index: Any, **bounds: Any) -> None:
    """Does nothing: nothing is compiled."""


def mark_static(t: Any, index: Any = None) -> None:
    """Does nothing: nothing is compiled."""


def mark_static_address(t: Any, guard: bool = False) -> None:
    """Does nothing: nothing is compiled."""
