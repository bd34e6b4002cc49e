"""`torch._dynamo`: what `torch.compile` makes of a module, and the switches of a compiler that is not there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ..compiler import allow_in_graph, disable, is_compiling, reset
from .eval_frame import OptimizedModule

__all__ = [
    "OptimizedModule",
    "allow_in_graph",
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


def mark_dynamic(t: Any, index: Any, **bounds: Any) -> None:
    """Does nothing: nothing is compiled."""
