"""The in-place forms of operations, `erf_` of `erf`, each made when a program first asks for it."""

from __future__ import annotations

from typing import Any

from .. import op
from ..in_place import in_place

NODES = {"acosh_": "AcoshBackward1", "asinh_": "AsinhBackward1", "atanh_": "AtanhBackward1"}


def __getattr__(name: str) -> Any:
    if name.startswith("_") or not name.endswith("_"):
        raise AttributeError(name)
    operation = getattr(op.Tensor, name[:-1])
    if name in NODES:
        operation = _under_another_name(operation.declaration, NODES[name])
    return in_place(operation, name)


def _under_another_name(declaration: Any, node: str) -> Any:
    """The operation with nodes of a name of their own, as PyTorch has them for a few changes in place."""
    declare = op.pointwise(
        node=node, floating=True, complex=declaration.for_complex.formulas, **declaration.formulas
    )
    return declare(declaration.forward)
