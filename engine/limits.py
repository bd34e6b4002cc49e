"""What types can hold and how they combine: `finfo`, `iinfo`, `promote_types`, `can_cast`, `result_type`.

Source: "Type Info" and `torch.result_type`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .base import TensorBase
from .dtypes import dtype as dtype_class
from .op import result_type as of_two_tensors

_OF_FEW_BITS = {
    "float8_e4m3fn": (-448.0, 448.0, 0.125, 2.0**-6),
    "float8_e4m3fnuz": (-240.0, 240.0, 0.125, 2.0**-7),
    "float8_e5m2": (-57344.0, 57344.0, 0.25, 2.0**-14),
    "float8_e5m2fnuz": (-57344.0, 57344.0, 0.125, 2.0**-15),
    "float8_e8m0fnu": (2.0**-127, 2.0**127, 1.0, 2.0**-127),
}
"""The least and the greatest number, the gap at 1, and the least normal number of types that NumPy has not."""


class finfo:  # noqa: N801 - PyTorch's own name
    """The limits of a floating type, or of a complex type's parts."""

    __module__ = "torch"

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: dtype_class | None = None) -> None:
        if not (type is None or isinstance(type, dtype_class)):
            kind_given = type.__class__.__name__
            raise TypeError(f"finfo(): argument 'type' (position 1) must be torch.dtype, not {kind_given}")
        kind = (type or dtypes.get_default_dtype()).to_real()
        if not kind.is_floating_point:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        self.dtype = kind.name
        self.bits = 8 * kind.itemsize
        if kind.name in _OF_FEW_BITS:
            self.min, self.max, self.eps, self.smallest_normal = _OF_FEW_BITS[kind.name]
            self.resolution, self.tiny = 1.0, self.smallest_normal
            return
        self.max = dtypes.largest_of(kind)
        self.min = -self.max
        if kind is dtypes.bfloat16:
            self.eps, self.smallest_normal, self.resolution = 2.0**-7, 2.0**-126, 0.01
        else:
            found = np.finfo(kind.numpy)
            self.eps, self.smallest_normal = float(found.eps), float(found.smallest_normal)
            self.resolution = 10.0**-found.precision
        self.tiny = self.smallest_normal

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:  # noqa: N801 - PyTorch's own name
    """The limits of an integer type."""

    __module__ = "torch"

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: dtype_class) -> None:
        if not isinstance(type, dtype_class):
            kind_given = type.__class__.__name__
            raise TypeError(f"iinfo(): argument 'type' (position 1) must be torch.dtype, not {kind_given}")
        if type is dtypes.bool_:
            raise TypeError("torch.bool is not supported by torch.iinfo")
        if type.category != dtypes.INTEGER:
            raise TypeError(
                "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'"
            )
        limits = np.iinfo(type.numpy)
        self.dtype = type.name
        self.bits = limits.bits
        self.max, self.min = int(limits.max), int(limits.min)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def _check_types(function: str, **types: Any) -> None:
    for position, (name, value) in enumerate(types.items(), 1):
        if not isinstance(value, dtype_class):
            raise TypeError(
                f"{function}(): argument '{name}' (position {position}) must be torch.dtype, not {type(value).__name__}"
            )


def promote_types(type1: dtype_class, type2: dtype_class) -> dtype_class:
    """The smallest type that holds both."""
    _check_types("promote_types", type1=type1, type2=type2)
    return dtypes.promote(type1, type2)


def can_cast(from_: dtype_class, to: dtype_class) -> bool:
    """Whether a cast loses no more than precision: never from a category to a lower one."""
    _check_types("can_cast", from_=from_, to=to)
    return from_.category <= to.category


def result_type(tensor1: Any, tensor2: Any) -> dtype_class:
    """The type of an operation's result on these tensors or numbers."""
    one, two = isinstance(tensor1, TensorBase), isinstance(tensor2, TensorBase)
    if one and two:
        return of_two_tensors(tensor1, tensor2)
    if one:
        return dtypes.beside(tensor2, tensor1._dtype)
    if two:
        return dtypes.beside(tensor1, tensor2._dtype)
    return dtypes.promote(dtypes.of_number(tensor1), dtypes.of_number(tensor2))
