"""Parameters: what a module or an optimizer is to train."""

from __future__ import annotations

from typing import Any

from ..ops import creation
from ..tensor import Tensor


class Parameter(Tensor):
    """A tensor that a module or an optimizer is to train: it requires grad."""

    def __new__(cls, data: Any = None, requires_grad: Any = True) -> Any:
        made = (creation.zeros(0) if data is None else data.detach()).as_subclass(cls)
        made.requires_grad = requires_grad
        return made

    def __repr__(self) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()
