"""The in-place forms of operations, `erf_` of `erf`, each made when a program first asks for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import op
from ..arguments import function
from ..base import TensorBase
from ..in_place import in_place

COMPARISONS = {
    **{name: name for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    "not_equal": "ne",
    "less": "lt",
    "less_equal": "le",
    "greater": "gt",
    "greater_equal": "ge",
}
WITHOUT_DERIVATIVE = ("acosh_", "asinh_", "atanh_", "arccosh_", "arcsinh_", "arctanh_")


def __getattr__(name: str) -> Any:
    if name.startswith("_") or not name.endswith("_"):
        raise AttributeError(name)
    operation = getattr(op.Tensor, name[:-1])
    if name[:-1] in COMPARISONS:
        return in_place(_of_zero_slope(COMPARISONS[name[:-1]]), name)
    return in_place(_without_derivative(operation) if name in WITHOUT_DERIVATIVE else operation, name)


@op.pointwise(self=lambda grad: grad.conj_physical(), node="ConjPhysicalBackward1")
def conj_physical(self):
    """The conjugate, as PyTorch has it in place only: real numbers get a node, too."""
    return np.conjugate(self)


conj_physical_ = function(in_place(conj_physical, "conj_physical_"))


def _without_derivative(operation: Any) -> Any:
    """The operation as PyTorch has it in place only: its node says that there is no derivative."""
    name = operation.declaration.forward.__name__  # its own may be that of an alias

    def refuse(grad: Any) -> Any:
        raise NotImplementedError(f"the derivative for 'inplace version of {name}' is not implemented.")

    declare = op.pointwise(self=refuse, floating=True, node=f"{name.capitalize()}Backward1")
    return declare(operation.declaration.forward)


def _of_zero_slope(name: str) -> Any:
    """A comparison as PyTorch has it in place only: of the type of `self`, with zeros as its gradients."""
    compare, title = getattr(op.Tensor, name), name.capitalize()

    def zeros(grad: Any) -> Any:
        return grad.new_zeros(grad._array.shape)

    def of_number(self: Any, found: Any) -> Any:
        return found.astype(self.dtype)

    def of_tensors(self: Any, other: Any, found: Any) -> Any:
        return found.astype(self.dtype)

    with_number = op.op(self=zeros, node=f"{title}Backward0")(of_number)
    with_tensor = op.op(self=zeros, other=zeros, node=f"{title}Backward1")(of_tensors)

    def call(self: Any, other: Any) -> Any:
        found = compare(self, other)
        if found is NotImplemented:
            return found
        if isinstance(other, TensorBase):
            return with_tensor(self, other, found._array)
        return with_number(self, found._array)

    call.__name__ = call.__qualname__ = name
    return call
