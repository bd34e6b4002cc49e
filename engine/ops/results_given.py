"""`out=` for functions of the namespace that are methods as well, and whose method has none."""

from __future__ import annotations

from typing import Any

from ..dtypes import dtype as dtype_class
from . import along, arranging, choosing, linalg, slices
from . import complex as complex_numbers
from .into import with_out
from .outputs import _equal, _expected, _same_in_product

__all__ = [
    "addmm", "complex", "conj_physical", "diag", "gather", "index_select", "masked_select", "outer", "polar", "tril", "triu",
    "vdot", "where",
]  # fmt: skip


def _equal_to_input(name: str) -> Any:
    def check(found: dtype_class, wanted: dtype_class, args: Any) -> None:
        if found is not wanted:
            raise RuntimeError(f"{name}(): self and result must have the same scalar type")

    return check


def _equal_complex(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found is not wanted:
        raise RuntimeError(
            f"Expected object of scalar type {found.legacy_name} but got scalar type {wanted.legacy_name} for argument 'out'"
        )


addmm, gather = with_out(_equal)(linalg.addmm), with_out(_equal)(along.gather)
diag, tril, triu = (
    with_out(_equal)(arranging.diag),
    with_out(_equal)(arranging.tril),
    with_out(_equal)(arranging.triu),
)
outer, vdot = with_out()(linalg.outer), with_out(_same_in_product)(linalg.vdot)
where, conj_physical = with_out(_expected)(choosing.where), with_out()(complex_numbers.conj_physical)
complex, polar = (
    with_out(_equal_complex)(complex_numbers.complex),
    with_out(_equal_complex)(complex_numbers.polar),
)
index_select = with_out(_equal_to_input("index_select"))(slices.index_select)
masked_select = with_out(_equal_to_input("masked_select"))(slices.masked_select)
