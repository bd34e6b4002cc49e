"""Comparisons and logic: results are bools, which have no derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase, storage
from ..dtypes import INTEGER, not_implemented
from ..grad_mode import mode
from ..op import check_broadcast, result_type, wrap
from ..promotion import in_layout_of_first
from ..transforms import no_tangent, through_transforms
from .from_data import from_numpy
from .operands import is_number, known, type_beside


def _arrays(self: Any, other: Any) -> tuple[Any, Any, dtypes.dtype]:
    """The values of a tensor and an operand in their common type, and that type."""
    if is_number(other):
        dtype = type_beside(other, self)
        if dtype.category == INTEGER and not 0 <= other < 128:  # it may be beyond the type's limits
            other = dtypes.wrapped(other, dtype)
        return self._array if dtype is self._dtype else self._array.astype(dtype.numpy), other, dtype
    check_broadcast(self._array.shape, other._array.shape)
    if self._dtype is other._dtype:
        return self._array, other._array, self._dtype
    dtype = result_type(self, other)
    return self._array.astype(dtype.numpy), other._array.astype(dtype.numpy), dtype


def _comparison(
    name: str, compare: Callable[[Any, Any], Any], ordered: bool = False
) -> Callable[[Any, Any], Any]:
    def call(self: Any, other: Any) -> Any:
        if name == "eq" and isinstance(other, np.ndarray):
            other = from_numpy(other)
        other = known(other)
        if other is NotImplemented:
            return other
        if mode.recording > 1:
            return through_transforms(call, (self, other))
        array, operand, dtype = _arrays(self, other)
        if ordered and dtype.unordered:
            raise not_implemented(f"{name}_cpu", dtype)
        found = compare(array, operand)
        if array.__class__ is np.ndarray and array.ndim > 1 and not array.flags.c_contiguous:
            found = in_layout_of_first(found, array)
        return wrap(found, dtypes.bool_)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`self` {name} `other`, element by element, as bools."
    call.tangent_rule = no_tangent  # type: ignore[attr-defined]
    return call


eq = _comparison("eq", np.equal)
ne = _comparison("ne", np.not_equal)
lt = _comparison("lt", np.less, ordered=True)
le = _comparison("le", np.less_equal, ordered=True)
gt = _comparison("gt", np.greater, ordered=True)
ge = _comparison("ge", np.greater_equal, ordered=True)


def _logical(name: str, combine: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    compare = _comparison(name, combine)

    def call(self: Any, other: Any) -> Any:
        return compare(self, other) if isinstance(other, TensorBase) else NotImplemented

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{name}` of the truth of two tensors' elements."
    return call


logical_and = _logical("logical_and", np.logical_and)
logical_or = _logical("logical_or", np.logical_or)
logical_xor = _logical("logical_xor", np.logical_xor)


def test(name: str, test: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def call(self: Any) -> Any:
        if mode.recording > 1:
            return through_transforms(call, (self,))
        return wrap(test(self._array), dtypes.bool_)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Which elements are `{name}`."
    call.tangent_rule = no_tangent  # type: ignore[attr-defined]
    return call


logical_not = test("logical_not", np.logical_not)
isnan = test("isnan", np.isnan)
isinf = test("isinf", np.isinf)
_isfinite = test("isfinite", np.isfinite)


def isfinite(self: Any) -> Any:
    """Which elements are neither infinite nor nan."""
    result = _isfinite(self)
    if self._dtype.is_complex:
        storage(result).version = 1  # PyTorch combines those of the parts in place
    return result


def _bitwise(name: str, combine: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def call(self: Any, other: Any) -> Any:
        other = known(other)
        if other is NotImplemented:
            return other
        if mode.recording > 1:
            return through_transforms(call, (self, other))
        array, operand, dtype = _arrays(self, other)
        if dtype.category > INTEGER:
            raise not_implemented(f"{name}_cpu", dtype)
        return wrap(combine(array, operand), dtype)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{name} of bools or integers."
    call.tangent_rule = no_tangent  # type: ignore[attr-defined]
    return call


bitwise_and = _bitwise("bitwise_and", np.bitwise_and)
bitwise_or = _bitwise("bitwise_or", np.bitwise_or)
bitwise_xor = _bitwise("bitwise_xor", np.bitwise_xor)


def bitwise_not(self: Any) -> Any:
    """Bits inverted; of bools, their negation."""
    if self._dtype.category > INTEGER or self._dtype.unordered:
        raise not_implemented("bitwise_not_cpu", self._dtype)
    if mode.recording > 1:
        return through_transforms(bitwise_not, (self,))
    return wrap(np.invert(self._array))


bitwise_not.tangent_rule = no_tangent  # type: ignore[attr-defined]


def invert(self: Any) -> Any:
    """What `~` gives: `bitwise_not`, with a refusal of its own."""
    if self._dtype.category > INTEGER:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(self)


def equal(self: Any, other: Any) -> bool:
    """Whether both have the same shape and elements."""
    if mode.recording > 1:
        return through_transforms(equal, (self, other))
    if not isinstance(other, TensorBase):
        raise TypeError(f"equal(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}")
    return self._array.shape == other._array.shape and bool(np.all(self._array == other._array))


def isclose(self: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Where `abs(self - other) <= atol + rtol * abs(other)`; both have the same type."""
    if mode.recording > 1:
        return through_transforms(isclose, (self, other, rtol, atol, equal_nan))
    if not isinstance(other, TensorBase):
        raise TypeError(
            f"isclose(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}"
        )
    if self._dtype is not other._dtype:
        raise RuntimeError(f"{self._dtype.legacy_name} did not match {other._dtype.legacy_name}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    close = eq(self, other)
    one, two = self._array, other._array
    if equal_nan and self._dtype.category > INTEGER:
        close._array = close._array | (np.isnan(one) & np.isnan(two))
        storage(close).version += 1  # PyTorch combines the conditions in place
    if rtol or atol:
        close._array = close._array | _are_near(one, two, rtol, atol)
        storage(close).version += 1
    return close


isclose.tangent_rule = no_tangent  # type: ignore[attr-defined]


def _are_near(one: Any, two: Any, rtol: float, atol: float) -> Any:
    if one.dtype.kind in "biu":
        one, two = (each.astype(dtypes.get_default_dtype().numpy) for each in (one, two))
    distance = np.abs(one - two)
    return np.isfinite(distance) & (distance <= atol + np.abs(rtol * two))


def allclose(
    self: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """Whether `isclose` holds everywhere."""
    if mode.recording > 1:
        return through_transforms(allclose, (self, other, rtol, atol, equal_nan))
    return bool(np.all(isclose(self, other, rtol, atol, equal_nan)._array))
