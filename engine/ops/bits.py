"""Functions of integers, element by element: common divisors and multiples, shifted bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import INTEGER, not_implemented
from ..grad_mode import mode
from ..in_place import in_place
from ..op import wrap
from ..transforms import no_tangent, through_transforms
from .named import method
from .operands import as_tensors, beside, is_number, known


def _of_integers(name: str, compute: Any, title: Any = None, numbers: bool = False) -> Any:
    def call(self: Any, other: Any) -> Any:
        other = known(other)
        if other is NotImplemented or not (numbers or isinstance(other, TensorBase)):
            return NotImplemented
        if mode.recording > 1:
            return through_transforms(call, (self, other))
        self, other, dtype = as_tensors(self, other)
        if dtype.category != INTEGER:
            raise not_implemented(f"{title or name}_cpu", dtype)
        array, operand = (each._array.astype(dtype.numpy, copy=False) for each in (self, other))
        return wrap(compute(array, operand), dtype)

    call.__name__ = call.__qualname__ = name
    call.tangent_rule = no_tangent  # type: ignore[attr-defined]
    return call


def _shifted_left(array, by):
    bits = 8 * array.dtype.itemsize
    outside = (by < 0) | (by >= bits)
    return np.where(outside, array.dtype.type(0), np.left_shift(array, np.where(outside, 0, by)))[()]


def _shifted_right(array, by):
    """What is shifted by too much leaves only its sign."""
    most = 8 * array.dtype.itemsize - 1
    return np.right_shift(array, np.where((by < 0) | (by > most), most, by).astype(array.dtype))


gcd, lcm = (method(_of_integers(name, compute)) for name, compute in (("gcd", np.gcd), ("lcm", np.lcm)))
left_shift = _of_integers("bitwise_left_shift", _shifted_left, "lshift", numbers=True)
right_shift = _of_integers("bitwise_right_shift", _shifted_right, "rshift", numbers=True)


def _shift(operator):
    refusing = method(operator)

    def call(self, other):
        if not isinstance(self, TensorBase) and isinstance(other, TensorBase) and is_number(self):
            self = beside(self, other)
        return refusing(self, other)

    call.__name__ = call.__qualname__ = operator.__name__
    return call


bitwise_left_shift, bitwise_right_shift = _shift(left_shift), _shift(right_shift)
__lshift__, __rshift__ = left_shift, right_shift
__ilshift__ = in_place(left_shift, "bitwise_left_shift_", operator=True)
__irshift__ = in_place(right_shift, "bitwise_right_shift_", operator=True)


def __rlshift__(self, other):  # noqa: N807 - it is the method
    """`other << self`."""
    return left_shift(beside(other, self), self) if is_number(other) else NotImplemented


def __rrshift__(self, other):  # noqa: N807 - it is the method
    """`other >> self`."""
    return right_shift(beside(other, self), self) if is_number(other) else NotImplemented
