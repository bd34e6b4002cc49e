"""Data types: PyTorch's names on NumPy's types, and how operands of different types combine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class dtype:  # noqa: N801 - PyTorch's own name
    """A data type, such as `float32`; prints as PyTorch's does.

    Messages show a type under further names: `legacy_name` is that of the old tensor classes, `c_name` that of the
    C++ type, and `c_alias` that under which C++ code refers to it.
    """

    __slots__ = (
        *(
            "c_alias",
            "c_name",
            "category",
            "is_complex",
            "is_floating_point",
            "itemsize",
            "legacy_name",
            "name",
            "numpy",
        ),
    )

    def __init__(self, name: str, legacy_name: str, c_name: str, c_alias: str | None = None) -> None:
        self.name = name
        self.legacy_name = legacy_name
        self.c_name = c_name
        self.c_alias = c_alias or c_name
        self.numpy = np.dtype(name)
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = self.numpy.kind == "f"
        self.is_complex = self.numpy.kind == "c"
        self.category = "bifc".index(self.numpy.kind.replace("u", "i"))

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


bool_ = dtype("bool", "Bool", "bool")
uint8 = dtype("uint8", "Byte", "unsigned char", "uint8_t")
int8 = dtype("int8", "Char", "signed char", "int8_t")
int16 = short = dtype("int16", "Short", "short int", "int16_t")
int32 = int_ = dtype("int32", "Int", "int")
int64 = long = dtype("int64", "Long", "long int", "int64_t")
float16 = half = dtype("float16", "Half", "c10::Half")
float32 = float_ = dtype("float32", "Float", "float")
float64 = double = dtype("float64", "Double", "double")
complex64 = cfloat = dtype("complex64", "ComplexFloat", "c10::complex<float>")
complex128 = cdouble = dtype("complex128", "ComplexDouble", "c10::complex<double>")

ALL = (bool_, uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128)
FROM_NUMPY = {each.numpy: each for each in ALL}
OF_PYTHON_TYPE = {bool: bool_, int: int64, float: float64, complex: complex128}

# Categories, in the order of promotion: a Python number changes the other operand's type only by a higher one.
BOOL, INTEGER, FLOATING, COMPLEX = range(4)
CATEGORY_OF_NUMBER = {bool: BOOL, int: INTEGER, float: FLOATING, complex: COMPLEX}

_default = float32


def get_default_dtype() -> dtype:
    """The floating type that Python floats become; `float32` unless it was set."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the floating type that Python floats become."""
    global _default
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d


def default_complex() -> dtype:
    """The complex type whose parts are of the default type."""
    return complex128 if _default is float64 else complex64


def of_number(number: Any) -> dtype:
    """The type that a tensor made from this Python number takes."""
    category = CATEGORY_OF_NUMBER[type(number)]
    return (bool_, int64, _default, default_complex())[category]


def from_numpy(numpy_dtype: Any) -> dtype:
    """PyTorch's name of a NumPy type; raises `TypeError` where PyTorch has none."""
    found = FROM_NUMPY.get(numpy_dtype)
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {np.dtype(numpy_dtype).type}. The only supported types are: float64, "
            "float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
        )
    return found


def promote(first: dtype, second: dtype) -> dtype:
    """The smallest type that holds both, by PyTorch's lattice (not NumPy's: int64 with float16 gives float16)."""
    if first is second:
        return first
    if first.category != second.category:
        low, high = sorted((first, second), key=lambda each: each.category)
        if high is complex64 and low is float64:
            return complex128
        return high
    return FROM_NUMPY[np.promote_types(first.numpy, second.numpy)]


def wrapped(number: Any, kind: dtype) -> Any:
    """A Python number as an element of this type; beyond the limits of an integer type it wraps round."""
    if kind.category == INTEGER:
        return np.array(int(number) % 2 ** (8 * kind.itemsize), np.uint64).astype(kind.numpy)[()]
    return kind.numpy.type(number)


def element(number: Any, kind: dtype) -> Any:
    """A Python number as an element of this type; raises `RuntimeError` where the type cannot hold it.

    A negative number wraps round in an unsigned type, and infinities are kept, as in PyTorch.
    """
    if kind.category != BOOL and not _holds(number, kind):
        raise RuntimeError(f"value cannot be converted to type {kind.c_alias} without overflow")
    return wrapped(number, kind)


def _holds(number: Any, kind: dtype) -> bool:
    if kind.category == INTEGER:
        limits = np.iinfo(kind.numpy)
        low = -limits.max if limits.min == 0 and isinstance(number, int) else limits.min
        return low <= number <= limits.max
    largest = np.finfo(kind.numpy).max
    parts = (number.real, number.imag) if isinstance(number, complex) else (number,)
    return all(not math.isfinite(part) or abs(part) <= largest for part in parts)


def not_implemented(kernel: str, kind: dtype) -> NotImplementedError:
    """PyTorch's error of a computation that is not there for a type."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{kind.legacy_name}'")
