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


_OF_C = {
    name: f"torch.{name}" for name in ("Size", "device", "dtype", "finfo", "iinfo", "layout", "memory_format")
} | {
    "Generator": "torch._C.Generator",
    "TypedStorage": "torch.storage.TypedStorage",
    "UntypedStorage": "torch.storage.UntypedStorage",
}


def kind_text(value: object) -> str:
    """The name of a value's type in a sentence about a wrong argument: of types made in C, with their module."""
    kind = type(value)
    if kind.__module__ == "numpy":
        return f"numpy.{kind.__name__}"
    root = __name__.partition(".")[0]
    ours = kind.__module__.partition(".")[0] in (root, "torch")
    return _OF_C.get(kind.__name__, kind.__name__) if ours else kind.__name__
