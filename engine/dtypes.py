"""Data types: PyTorch's names on NumPy's types, and how operands of different types combine."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .device import Public


class dtype(metaclass=Public):  # noqa: N801 - PyTorch's own name
    """A data type, such as `float32`; prints as PyTorch's does.

    Messages show a type under further names: `legacy_name` is that of the old tensor classes, `c_name` that of the
    C++ type, and `c_alias` that under which C++ code refers to it. `reduced`: a floating type that PyTorch computes with
    in float32, rounding each result. `heeds`: the lowest category of Python numbers that are more than an operand to it.
    `unordered`: complex, or a large unsigned integer, whose order PyTorch's kernels do not know either.
    """

    __slots__ = (
        *(
            "c_alias",
            "c_name",
            "category",
            "heeds",
            "is_complex",
            "is_floating_point",
            "itemsize",
            "legacy_name",
            "name",
            "numpy",
            "reduced",
            "unordered",
        ),
    )

    def __init__(self, name: str, legacy_name: str, c_name: str, c_alias: str | None = None) -> None:
        self.name = name
        self.legacy_name = legacy_name
        self.c_name = c_name
        self.c_alias = c_alias or c_name
        self._describe(np.dtype(name))

    def _describe(self, numpy: np.dtype[Any]) -> None:
        self.numpy = numpy
        self.itemsize = numpy.itemsize
        self.is_floating_point = numpy.kind == "f"
        self.is_complex = numpy.kind == "c"
        self.category = "bifc".index(numpy.kind.replace("u", "i"))
        self.reduced = numpy.char == "e"
        self.heeds = INTEGER if self.reduced else self.category + 1
        self.unordered = self.is_complex or (numpy.kind == "u" and numpy.itemsize > 1)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return named, (self.name,)

    def __copy__(self) -> dtype:
        return self

    def __deepcopy__(self, memo: Any) -> dtype:
        return self

    @property
    def class_name(self) -> str:
        """What C++ calls the class of tensors of this type: the newer types never had one in Python."""
        if self.is_complex or self is bfloat16 or self is bool_:
            return f"CPU{self.legacy_name}Type"
        return f"torch.{self.legacy_name}Tensor"

    @property
    def is_signed(self) -> bool:
        """Whether it holds negative numbers."""
        return self.name != "bool" and not self.name.startswith("uint")

    def to_complex(self) -> dtype:
        """The complex type whose parts are of this type."""
        if self.category < FLOATING:
            raise RuntimeError(f"Unknown Complex ScalarType for {self.legacy_name}")
        return self if self.is_complex else complex_of(self)

    def to_real(self) -> dtype:
        """The type of a complex type's parts."""
        return {complex32: float16, complex64: float32, complex128: float64}.get(self, self)


class _UnknownToNumPy(dtype):
    """complex32 and floating types of a few bits: they have names, and nothing can be computed in them."""

    __slots__ = ()

    def __init__(self, like: dtype, itemsize: int, *names: str) -> None:
        self.name, self.legacy_name, self.c_name = names
        self.c_alias = self.c_name
        self.itemsize = itemsize
        for attribute in ("category", "heeds", "is_complex", "is_floating_point", "reduced", "unordered"):
            setattr(self, attribute, getattr(like, attribute))

    @property
    def numpy(self) -> np.dtype[Any]:  # type: ignore[override]
        """Nothing."""
        raise NotImplementedError(
            f"torch.{self.name} is not there, because NumPy has no such type: use "
            + ("complex64" if self.is_complex else "float32")
        )


class _NotYetKnownToNumPy(_UnknownToNumPy):
    """bfloat16 before it is first used: NumPy gets it from the package ml_dtypes, which is imported then."""

    __slots__ = ()

    @property
    def numpy(self) -> np.dtype[Any]:  # type: ignore[override]
        """NumPy's type; from now on a plain attribute."""
        try:
            import ml_dtypes
        except ImportError:
            raise ImportError(
                f"torch.{self.name} needs the package ml_dtypes, install it with: pip install ml_dtypes"
            ) from None
        found = np.dtype(ml_dtypes.bfloat16)
        self.__class__ = dtype  # type: ignore[assignment]
        self.numpy = found  # type: ignore[misc]
        FROM_NUMPY[found] = self
        return found


# Categories, in the order of promotion: a Python number changes the other operand's type only by a higher one.
BOOL, INTEGER, FLOATING, COMPLEX = range(4)
CATEGORY_OF_NUMBER = {bool: BOOL, int: INTEGER, float: FLOATING, complex: COMPLEX}

bool_ = dtype("bool", "Bool", "bool")
uint8 = dtype("uint8", "Byte", "unsigned char", "uint8_t")
uint16 = dtype("uint16", "UInt16", "short unsigned int", "uint16_t")
uint32 = dtype("uint32", "UInt32", "unsigned int", "uint32_t")
uint64 = dtype("uint64", "UInt64", "long unsigned int", "uint64_t")
int8 = dtype("int8", "Char", "signed char", "int8_t")
int16 = short = dtype("int16", "Short", "short int", "int16_t")
int32 = int_ = dtype("int32", "Int", "int")
int64 = long = dtype("int64", "Long", "long int", "int64_t")
float16 = half = dtype("float16", "Half", "c10::Half")
bfloat16 = _NotYetKnownToNumPy(float16, 2, "bfloat16", "BFloat16", "c10::BFloat16")
float32 = float_ = dtype("float32", "Float", "float")
float64 = double = dtype("float64", "Double", "double")
complex64 = cfloat = dtype("complex64", "ComplexFloat", "c10::complex<float>")
complex128 = cdouble = dtype("complex128", "ComplexDouble", "c10::complex<double>")
complex32 = chalf = _UnknownToNumPy(complex64, 4, "complex32", "ComplexHalf", "c10::complex<c10::Half>")

OF_FEW_BITS = {
    name: _UnknownToNumPy(float16, 1, name, name.capitalize(), f"c10::{name.capitalize()}")
    for name in (
        "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2",
    )
}  # fmt: skip
globals().update(OF_FEW_BITS)

LARGE_UNSIGNED = (uint16, uint32, uint64)  # which PyTorch promotes with no other integer type
ALL = (bool_, uint8, *LARGE_UNSIGNED, int8, int16, int32, int64, float16, float32, float64, complex64, complex128)  # fmt: skip
FROM_NUMPY = {each.numpy: each for each in ALL}
OF_PYTHON_TYPE = {bool: bool_, int: int64, float: float64, complex: complex128}

BY_NAME = {each.name: each for each in (*ALL, bfloat16, complex32)}
_default = float32


def named(name: str) -> dtype:
    """The type of this name, as pickled data give it."""
    return BY_NAME.get(name) or OF_FEW_BITS[name]


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


def complex_of(real: dtype) -> dtype:
    """The complex type beside this one: of a floating type the one with such parts, else the default one."""
    if real is float16:
        return complex32
    if real.category < FLOATING:
        return default_complex()
    return complex128 if real is float64 else complex64


def of_number(number: Any) -> dtype:
    """The type that a tensor made from this Python number takes."""
    category = CATEGORY_OF_NUMBER[type(number)]
    return (bool_, int64, _default, default_complex())[category]


def beside(number: Any, other: dtype) -> dtype:
    """The type of a result of this Python number and a tensor of the type `other`."""
    category = CATEGORY_OF_NUMBER[type(number)]
    if category <= other.category:
        return other
    return complex_of(other) if category == COMPLEX else of_number(number)


def from_numpy(numpy_dtype: Any) -> dtype:
    """PyTorch's name of a NumPy type; raises `TypeError` where PyTorch has none."""
    found = FROM_NUMPY.get(numpy_dtype)
    if found is None or found is bfloat16:
        given = np.dtype(numpy_dtype)
        if given.newbyteorder("=") in FROM_NUMPY:
            raise ValueError(
                "given numpy array has byte order different from the native byte order. Conversion between byte orders is currently "
                "not supported."
            )
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{given.type.__name__}. The only supported types are: float64, "
            "float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
        )
    return found


def promote(first: dtype, second: dtype) -> dtype:
    """The smallest type that holds both, by PyTorch's lattice (not NumPy's: int64 with float16 gives float16)."""
    if first is second:
        return first
    if first.category != second.category:
        low, high = sorted((first, second), key=lambda each: each.category)
        if high.is_complex and low.is_floating_point:
            return promote(high, complex_of(low))
        return high
    if first.is_floating_point or first.is_complex:
        if first.itemsize == second.itemsize:  # float16 and bfloat16: neither holds the other
            return float32
        return first if first.itemsize > second.itemsize else second
    if first in LARGE_UNSIGNED or second in LARGE_UNSIGNED:
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{first.legacy_name} and {second.legacy_name}"
        )
    return FROM_NUMPY[np.promote_types(first.numpy, second.numpy)]


def wrapped(number: Any, kind: dtype) -> Any:
    """A Python number as an element of this type; beyond the limits of an integer type it wraps round."""
    if kind.category == INTEGER:
        if not -(2**63) <= number < 2**64:
            raise OverflowError("int too big to convert")
        return np.array(int(number) % 2 ** (8 * kind.itemsize), np.uint64).astype(kind.numpy)[()]
    return kind.numpy.type(number if kind.is_complex or not isinstance(number, complex) else number.real)


def element(number: Any, kind: dtype) -> Any:
    """A Python number as an element of this type; raises `RuntimeError` where the type cannot hold it.

    A negative number wraps round in an unsigned type, and infinities are kept, as in PyTorch.
    """
    if kind.category != BOOL and not _holds(number, kind):
        raise RuntimeError(f"value cannot be converted to type {kind.c_alias} without overflow")
    return wrapped(number, kind)


def _holds(number: Any, kind: dtype) -> bool:
    if isinstance(number, complex) and not kind.is_complex:
        return not number.imag and _holds(number.real, kind)
    if kind.category == INTEGER:
        limits = np.iinfo(kind.numpy)
        low = -limits.max if limits.min == 0 and isinstance(number, int) else limits.min
        return low <= number <= limits.max
    largest = largest_of(kind)
    parts = (number.real, number.imag) if isinstance(number, complex) else (number,)
    return all(not math.isfinite(part) or abs(part) <= largest for part in parts)


def largest_of(kind: dtype) -> float:
    """The largest finite number of a floating type, or of a complex type's parts."""
    if kind is bfloat16:
        return (2 - 2**-7) * 2.0**127
    return float(np.finfo(kind.numpy).max)


def not_implemented(kernel: str, kind: dtype) -> NotImplementedError:
    """PyTorch's error of a computation that is not there for a type."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{kind.legacy_name}'")
