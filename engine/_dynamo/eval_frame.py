"""`torch._dynamo.eval_frame`: what `torch.compile` makes of a module."""

from __future__ import annotations

from typing import Any

from ..nn import Module

__all__ = ["OptimizedModule"]


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
