"""Comparisons and logic: results are bools, which have no derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import CATEGORY_OF_NUMBER
from ..op import check_broadcast, from_foreign, result_type, wrap


def _operands(self: Any, other: Any) -> tuple[Any, Any]:
    if not isinstance(other, TensorBase):
        return self._array, other
    check_broadcast(self._array.shape, other._array.shape)
    if self._dtype is not other._dtype:
        dtype = result_type(self, other).numpy
        return self._array.astype(dtype), other._array.astype(dtype)
    return self._array, other._array


def _comparison(name: str, compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def call(self: Any, other: Any) -> Any:
        if not isinstance(other, TensorBase) and type(other) not in CATEGORY_OF_NUMBER:
            other = from_foreign(other)
            if other is NotImplemented:
                return other
        return wrap(compare(*_operands(self, other)), dtypes.bool_)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`self` {name} `other`, element by element, as bools."
    return call


eq = _comparison("eq", np.equal)
ne = _comparison("ne", np.not_equal)
lt = _comparison("lt", np.less)
le = _comparison("le", np.less_equal)
gt = _comparison("gt", np.greater)
ge = _comparison("ge", np.greater_equal)
logical_and = _comparison("logical_and", np.logical_and)
logical_or = _comparison("logical_or", np.logical_or)
logical_xor = _comparison("logical_xor", np.logical_xor)


def _test(name: str, test: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call(self: Any) -> Any:
        return wrap(test(self._array), dtypes.bool_)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Which elements are `{name}`."
    return call


logical_not = _test("logical_not", np.logical_not)
isnan = _test("isnan", np.isnan)
isinf = _test("isinf", np.isinf)
isfinite = _test("isfinite", np.isfinite)


def _bitwise(name: str, combine: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def call(self: Any, other: Any) -> Any:
        if self._dtype.category > dtypes.INTEGER:
            raise RuntimeError(f"\"{name}_cpu\" not implemented for '{self._dtype.legacy_name}'")
        return wrap(combine(*_operands(self, other)))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{name} of bools or integers."
    return call


bitwise_and = _bitwise("bitwise_and", np.bitwise_and)
bitwise_or = _bitwise("bitwise_or", np.bitwise_or)
bitwise_xor = _bitwise("bitwise_xor", np.bitwise_xor)


def bitwise_not(self: Any) -> Any:
    """Bits inverted; of bools, their negation."""
    if self._dtype.category > dtypes.INTEGER:
        raise RuntimeError("bitwise_not(): argument 'input' must be a boolean or integral tensor")
    return wrap(np.invert(self._array))


def equal(self: Any, other: Any) -> bool:
    """Whether both have the same shape and elements."""
    return self._array.shape == other._array.shape and bool(np.all(self._array == other._array))


def isclose(self: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Where `abs(self - other) <= atol + rtol * abs(other)`."""
    if self._dtype is not other._dtype:
        names = [f"{each._dtype.legacy_name}" for each in (self, other)]
        raise RuntimeError(f"{names[0]} did not match {names[1]}")
    return wrap(
        np.isclose(self._array, other._array, rtol=rtol, atol=atol, equal_nan=equal_nan), dtypes.bool_
    )


def allclose(
    self: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether `isclose` holds everywhere."""
    return bool(np.all(isclose(self, other, rtol, atol, equal_nan)._array))
