"""The names of types, as PyTorch's messages give them."""

from __future__ import annotations

from typing import Any

from .base import TensorBase


def typename(obj: Any) -> str:
    """The full name of an object's type, or of the type itself: `torch.FloatTensor`, `int`."""
    if isinstance(obj, TensorBase):
        return f"torch.{obj._dtype.legacy_name}Tensor"
    named = obj if hasattr(obj, "__qualname__") else type(obj)
    module = named.__module__ or ""
    if module in ("", "builtins"):
        return str(named.__qualname__)
    root = __name__.partition(".")[0]
    if module == f"{root}.tensor":
        return f"torch.{named.__qualname__}"
    if module == root or module.startswith(root + "."):
        module = "torch" + module[len(root) :]
    return f"{module}.{named.__qualname__}"


def class_text(cls: type) -> str:
    """The text of a class, such as `<class 'torch.nn.modules.linear.Linear'>`."""
    return f"<class '{typename(cls)}'>"
