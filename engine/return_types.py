"""The named tuples that functions of several results return, as `torch.return_types` has them."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from . import late


def _text(self: Any) -> str:
    parts = ",\n".join([f"{name}={value!r}" for name, value in zip(self._fields, self)])
    return f"torch.return_types.{type(self).__name__}(\n{parts})"


def reduced(self: Any) -> Any:
    """What pickles a named tuple: the name of its class, which no module has for PyTorch's linear algebra."""
    return _again, (type(self).__name__, self._fields, tuple(self))


def _again(kind: str, fields: tuple[str, ...], parts: tuple[Any, ...]) -> Any:
    return (__getattr__(kind) if kind in _modules else named(kind, *fields))(parts)


def named(kind: str, *fields: str) -> Any:
    """A class of tuples whose parts have names."""
    members: dict[str, Any] = {
        "__slots__": (),
        "__module__": "torch.return_types",
        "__reduce__": reduced,
        "__repr__": _text,
        "_fields": fields,
        "_make": classmethod(lambda cls, parts: cls(parts)),
        "n_fields": len(fields),
        "n_sequence_fields": len(fields),
        "n_unnamed_fields": 0,
    }
    members.update({name: property(itemgetter(index)) for index, name in enumerate(fields)})
    return type(kind, (tuple,), members)


_CLASSES = {
    "ops.unary": "frexp",
    "ops.extremes": "max min",
    "ops.sorting": "kthvalue median mode nanmedian sort topk",
    "ops.scans": "cummax cummin",
    "ops.moments": "aminmax",
    "ops.counting": "histogram",
    "ops.histograms": "histogramdd",
    "linalg.factoring": "linalg_cholesky_ex linalg_eig linalg_eigh linalg_qr linalg_svd",
    "linalg.least_squares": "linalg_lstsq",
    "linalg.older": "geqrf qr slogdet svd triangular_solve",
    "linalg.solving": "linalg_inv_ex linalg_slogdet linalg_solve_ex",
    "linalg.symmetric": "linalg_ldl_factor linalg_ldl_factor_ex",
    "linalg.triangles": "linalg_lu linalg_lu_factor linalg_lu_factor_ex lu_unpack",
}
_modules = late.by_name(_CLASSES)


def __getattr__(name: str) -> Any:
    if name not in _modules:
        raise AttributeError(f"module 'torch.return_types' has no attribute {name!r}", name=name)
    from importlib import import_module

    return getattr(import_module(f"{late.ROOT}.{_modules[name]}"), f"_{name.capitalize()}")
