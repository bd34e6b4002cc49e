"""Second operands: Python numbers beside tensors, and NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import CATEGORY_OF_NUMBER
from ..op import check_broadcast, from_foreign, result_type, wrap


def is_number(value: Any) -> bool:
    """Whether this is a Python number."""
    return type(value) in CATEGORY_OF_NUMBER


def known(value: Any) -> Any:
    """An operand, NumPy's numbers made Python's; `NotImplemented` for what is none."""
    return value if isinstance(value, TensorBase) or is_number(value) else from_foreign(value)


def type_beside(number: Any, tensor: Any) -> dtypes.dtype:
    """The type of a result of a tensor and a Python number."""
    return dtypes.beside(number, tensor._dtype)


def in_single(compute: Callable[..., Any], array: Any, *others: Any) -> Any:
    """`compute(array, *others)`; float16 and bfloat16 in float32, rounded once, as PyTorch's kernels do."""
    if array.dtype.char not in "eE":
        return compute(array, *others)
    wide = [
        each.astype(np.float32) if getattr(each, "dtype", None) == array.dtype else each for each in others
    ]
    return compute(array.astype(np.float32), *wide).astype(array.dtype)


def in_order(array: Any) -> Any:
    """The elements in order in memory: PyTorch's kernels of some operations copy what does not lie so."""
    return array if array.flags.c_contiguous else array.copy()


def reduced(found: Any, array: Any) -> Any:
    """What was found of an array along some dimensions, in order in memory; NumPy lays it out as the array lies."""
    return found if found.ndim < 2 or array.flags.c_contiguous else found.copy()


def conj(value: Any) -> Any:
    """The conjugate of what was saved of an operand, a tensor or a number."""
    return value.conjugate() if is_number(value) else value.conj()


def promoted(self: Any, number: Any) -> Any:
    """`self` in the type that a result with this Python number has."""
    dtype = type_beside(number, self)
    return self if dtype is self._dtype else self.to(dtype)


def beside(number: Any, tensor: Any) -> Any:
    """A Python number as a 0-d tensor of the type that it takes beside `tensor`; beyond its limits it wraps round."""
    dtype = type_beside(number, tensor)
    return wrap(dtypes.wrapped(number, dtype), dtype)


def alone(number: Any) -> Any:
    """A Python number as a 0-d tensor of the type that PyTorch gives it."""
    dtype = dtypes.of_number(number)
    return wrap(dtype.numpy.type(number), dtype)


def as_tensors(self: Any, other: Any) -> tuple[Any, Any, dtypes.dtype]:
    """Two operands, one of which may be a number, as tensors, and the type of a result of them.

    Raises `RuntimeError` where they cannot be broadcast together.
    """
    if not isinstance(other, TensorBase):
        other = beside(other, self)
    elif not isinstance(self, TensorBase):
        self = beside(self, other)
    check_broadcast(self._array.shape, other._array.shape)
    return self, other, result_type(self, other)


_REFUSE_COMPLEX: set[Any] = set()  # nodes whose real inputs get no real part of a complex gradient


def refuse_complex(*operations: Any) -> None:
    """Have PyTorch's refusal raised where a complex gradient of these operations arrives for a real input."""
    _REFUSE_COMPLEX.update([each.declaration.node_class for each in operations])


def check_takes_complex(node: Any) -> None:
    """Raise `RuntimeError` for a node that does not take the real part of a complex gradient."""
    if type(node) in _REFUSE_COMPLEX:
        raise RuntimeError(
            "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, but got false.  "
            "(Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
        )
