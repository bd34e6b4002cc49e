"""The in-place forms of operations, `erf_` of `erf`, each made when a program first asks for it."""

from __future__ import annotations

from typing import Any

from .. import op
from ..in_place import in_place

WITHOUT_DERIVATIVE = ("acosh_", "asinh_", "atanh_", "arccosh_", "arcsinh_", "arctanh_")


def __getattr__(name: str) -> Any:
    if name.startswith("_") or not name.endswith("_"):
        raise AttributeError(name)
    operation = getattr(op.Tensor, name[:-1])
    return in_place(_without_derivative(operation) if name in WITHOUT_DERIVATIVE else operation, name)


def _without_derivative(operation: Any) -> Any:
    """The operation as PyTorch has it in place only: its node says that there is no derivative."""
    name = operation.__name__

    def refuse(grad: Any) -> Any:
        raise NotImplementedError(f"the derivative for 'inplace version of {name}' is not implemented.")

    declare = op.pointwise(self=refuse, floating=True, node=f"{name.capitalize()}Backward1")
    return declare(operation.declaration.forward)
