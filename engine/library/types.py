"""The types of a schema: what they are called there and in errors, what they take, and what kernels are given.

Source: "PyTorch Custom Operators Manual", "Writing schemas".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import dtypes
from ..base import TensorBase
from ..device import device
from ..layouts import layout, memory_format

NUMBERED_TYPES = [
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex32",
    "complex64",
    "complex128",
    "bool",
    "qint8",
    "quint8",
    "qint32",
    "bfloat16",
]
NUMBERED_LAYOUTS = ["strided", "sparse_coo", "sparse_csr", "_mkldnn"]
NUMBERED_FORMATS = ["contiguous_format", "preserve_format", "channels_last", "channels_last_3d"]
SHORT_NAMES = {
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "long": "int64",
    "short": "int16",
    "cfloat": "complex64",
    "cdouble": "complex128",
}
_IN_PYTHON = dict.fromkeys(["SymInt", "ScalarType", "Layout", "MemoryFormat"], "int") | {"Scalar": "number"}


class CastError(Exception):
    """What a type does not take, and why."""


def _not_cast(value: Any) -> CastError:
    kind = type(value)
    name = "torch.Tensor" if isinstance(value, TensorBase) else _public_name(kind)
    return CastError(
        f"Unable to cast Python instance of type <class '{name}'> to C++ type '?' (#define PYBIND11_DETAILED_ERROR_MESSAGES or "
        "compile in debug mode for details)"
    )


def _public_name(kind: type) -> str:
    return repr(kind).removeprefix("<class '").removesuffix("'>")


# ---- single values -----------------------------------------------------------------------------------------


def _tensor(value: Any) -> Any:
    if value is None or isinstance(value, TensorBase):  # PyTorch hands None on as an undefined tensor
        return value
    raise CastError(f"Unable to cast {value} to Tensor")


def _is_one_element(value: Any) -> bool:
    return isinstance(value, TensorBase) and not value._array.shape


def _symbolic_integer(value: Any) -> int:
    if _is_one_element(value) and not value.is_complex():
        return int(value)
    if isinstance(value, (float, str, TensorBase)) or not hasattr(type(value), "__index__"):
        raise _not_cast(value)
    return int(value)


def _integer(value: Any) -> int:
    if isinstance(value, dtypes.dtype):
        return NUMBERED_TYPES.index(str(value).removeprefix("torch."))
    if isinstance(value, layout):
        return NUMBERED_LAYOUTS.index(str(value).removeprefix("torch."))
    return _symbolic_integer(value)


def _floating(value: Any) -> float:
    takes = hasattr(type(value), "__float__") and not isinstance(value, (complex, str))
    if not takes or (isinstance(value, TensorBase) and not _is_one_element(value)):
        raise _not_cast(value)
    return float(value)


def _boolean(value: Any) -> bool:
    if value is None or _is_one_element(value):
        return bool(value)
    if isinstance(value, TensorBase) or not hasattr(type(value), "__bool__"):
        raise _not_cast(value)
    return bool(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _not_cast(value)


def _number(value: Any) -> Any:
    if isinstance(value, (bool, complex)):
        return value
    if isinstance(value, (int, float)):
        return float(value) if isinstance(value, float) else int(value)
    if isinstance(value, (dtypes.dtype, layout)):
        return _integer(value)
    raise CastError(f"Cannot cast {value} to number")


def _element_type(value: Any) -> Any:
    return value if isinstance(value, dtypes.dtype) else named_type(NUMBERED_TYPES[_symbolic_integer(value)])


def _layout(value: Any) -> Any:
    from .. import layouts

    return (
        value if isinstance(value, layout) else getattr(layouts, NUMBERED_LAYOUTS[_symbolic_integer(value)])
    )


def _format(value: Any) -> Any:
    if isinstance(value, memory_format):
        return value
    raise _not_cast(value)


def _device(value: Any) -> Any:
    if isinstance(value, device):
        return value
    if isinstance(value, str):
        try:
            return device(value)
        except RuntimeError:
            pass
    raise _not_cast(value)


def _anything(value: Any) -> Any:
    return value


def named_type(name: str) -> Any:
    """The element type of this name."""
    return getattr(dtypes, {"bool": "bool_"}.get(name, name))


KINDS: dict[str, Callable[[Any], Any]] = {
    "Tensor": _tensor,
    "int": _integer,
    "SymInt": _symbolic_integer,
    "float": _floating,
    "bool": _boolean,
    "SymBool": _boolean,
    "str": _text,
    "Scalar": _number,
    "complex": _number,
    "ScalarType": _element_type,
    "Layout": _layout,
    "MemoryFormat": _format,
    "Device": _device,
    "Generator": _anything,
    "Dimname": _anything,
    "Any": _anything,
    "Storage": _anything,
    "Stream": _anything,
    "QScheme": _anything,
    "t": _anything,
}
"""What each name of a type makes of a value; it raises `CastError`."""


class Type:
    """A type of a schema: a named one, an optional, a list, or a tuple of one, of another."""

    def __init__(self, kind: str, inner: Type | None = None, size: int | None = None) -> None:
        self.kind = kind  # a name of KINDS, "optional", "list" or "tuple"
        self.inner = inner
        self.size = size

    def text(self, alias: str = "") -> str:
        """As a schema writes it; `alias` stands behind the innermost name."""
        if self.inner is None:
            return f"{self.kind}{alias}"
        if self.kind == "optional":
            return f"{self.inner.text(alias)}?"
        if self.kind == "tuple":
            return f"({self.inner.text(alias)})"
        return f"{self.inner.text(alias)}[{'' if self.size is None else self.size}]"

    def __str__(self) -> str:
        if self.inner is None:
            return _IN_PYTHON.get(self.kind, self.kind)
        return f"{'Optional' if self.kind == 'optional' else 'List'}[{self.inner}]"

    def __repr__(self) -> str:
        return str(self)

    @property
    def named(self) -> str:
        """The innermost name."""
        return self.kind if self.inner is None else self.inner.named

    def is_list_of_tensors(self) -> bool:
        """Whether values are lists whose elements are tensors, or may be."""
        return self.kind == "list" and self.named == "Tensor"

    def cast(self, value: Any) -> Any:
        """The value as a kernel gets it; `CastError` for what the type does not take."""
        if self.inner is None:
            return KINDS[self.kind](value)
        if self.kind == "optional":
            return None if value is None else self.inner.cast(value)
        if self.kind == "tuple":
            if not isinstance(value, tuple):
                raise CastError(f"Object of type {type(value)} cannot be cast to a tuple")
            return (self.inner.cast(value[0]),)
        return self._list(value)

    def _list(self, value: Any) -> Any:
        inner: Any = self.inner
        if self.size is not None and isinstance(value, (int, float)):
            return [inner.cast(value)] * self.size
        if inner.kind == "optional" and isinstance(value, TensorBase):
            value = list(value)  # type: ignore[call-overload]
        if not isinstance(value, (list, tuple)):
            raise _not_cast(value)
        try:
            found = [inner.cast(each) for each in value]
        except CastError:
            if inner.kind in ("optional", "Scalar"):
                raise
            raise _not_cast(value) from None
        if inner.kind == "Tensor" and None in [None if each is None else 0 for each in found]:
            raise _not_cast(value)
        return found
