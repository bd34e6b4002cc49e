"""`torch._dynamo`: what `torch.compile` makes of a module, and the switches of a compiler that is not there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from .compiler import allow_in_graph, disable, is_compiling, reset
from .nn import Module

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


class OptimizedModule(Module):
    """Calls the module that it holds as `_orig_mod`, and has its attributes."""

    __module__ = "torch._dynamo.eval_frame"

    def __init__(self, mod: Any) -> None:
        super().__init__()
        self._orig_mod = mod
        self.training = mod.training

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self._orig_mod(*args, **kwargs)

    def train(self, mode: bool = True) -> Any:
        """Set both to training."""
        self._orig_mod.train(mode)
        return super().train(mode)

    def __getattr__(self, name: str) -> Any:
        if name == "_orig_mod":
            return self._modules["_orig_mod"]
        return getattr(self._orig_mod, name)

    def __delattr__(self, name: str) -> None:
        delattr(self._orig_mod, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if (
            name in ("_orig_mod", "training")
            or name in vars(self)
            or "_orig_mod" not in vars(self).get("_modules", ())
        ):
            super().__setattr__(name, value)
        else:
            setattr(self._orig_mod, name, value)
