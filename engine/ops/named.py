"""The operators under their names, as functions of the namespace and as methods.

An operator hands what is no operand back to Python, which may find another way; a function refuses it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..arguments import again, asks, refused, stumbled
from ..base import TensorBase
from ..older_arguments import as_before
from . import arithmetic, choosing, comparison, linalg, powers
from .operands import alone, beside, is_number

_NONE: Any = object()


def method(operator: Callable[..., Any], numbers: int = 0) -> Callable[..., Any]:
    """The method of this operator: an operand that the operator leaves to others is refused.

    With `numbers`, the function made of it takes one as its first operand, and `method` does so, too.
    """
    return _refusing(operator, position=1, numbers=numbers)


def _refusing(operator: Callable[..., Any], position: int, numbers: int) -> Callable[..., Any]:
    """An operator by name; so many of its operands may be numbers, the first one among them."""
    name = operator.__name__

    def call(self: Any = _NONE, other: Any = _NONE, *older: Any, **options: Any) -> Any:
        if older:
            return as_before(operator, (self, other, *older), position == 1, **options)
        if other is _NONE:
            given: tuple[Any, ...] = () if self is _NONE else (self,)
            return again(call, name, given, options, TypeError(name), is_method=position == 1)
        if not isinstance(self, TensorBase):
            self = _first_operand(name, self, other, numbers)
        result = operator(self, other, **options)
        if result is NotImplemented:
            kind = type(other).__name__
            error = TypeError(f"{name}(): argument 'other' (position {position}) must be Tensor, not {kind}")
            given = (other,) if position == 1 else (self, other)
            if position == 1 and stumbled(given) and asks(getattr(self, name)):
                return getattr(self, name)(other, **options)
            raise refused(error, name, given, options, is_method=position == 1)
        return result

    call.__name__ = call.__qualname__ = name
    call.__doc__ = operator.__doc__
    return call


def _first_operand(name: str, value: Any, other: Any, numbers: int) -> Any:
    """A number as a tensor, where the function takes one as its first operand."""
    if isinstance(value, np.generic):
        value = value.item()
    if numbers and is_number(value):
        if isinstance(other, TensorBase):
            return beside(value, other)
        if numbers == 2 and is_number(other):
            return alone(value)
    raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(value).__name__}")


def _function(operator: Callable[..., Any], numbers: int = 0) -> Callable[..., Any]:
    return _refusing(operator, position=2, numbers=numbers)


add, sub, mul, div = (
    _function(each, numbers=2) for each in (arithmetic.add, arithmetic.sub, arithmetic.mul, arithmetic.div)
)
floor_divide = _function(arithmetic.floor_divide, numbers=2)
maximum, minimum = _function(choosing.maximum), _function(choosing.minimum)
matmul = _function(linalg.matmul)
eq, ne = _function(comparison.eq), _function(comparison.ne)
lt, le, gt, ge = (_function(each) for each in (comparison.lt, comparison.le, comparison.gt, comparison.ge))


def pow(input: Any, exponent: Any) -> Any:
    """`input` to the power of `exponent`; one of the two may be a number."""
    if isinstance(input, TensorBase):
        result = powers.pow(input, exponent)
    else:
        result = powers.rpow(exponent, input) if isinstance(exponent, TensorBase) else NotImplemented
    return _not_refused(result, "pow", "exponent", exponent)


def remainder(input: Any, other: Any) -> Any:
    """The remainder with the divisor's sign; one of the two may be a number."""
    if isinstance(input, TensorBase):
        result = arithmetic.remainder(input, other)
    else:
        result = arithmetic.rremainder(other, input) if isinstance(other, TensorBase) else NotImplemented
    return _not_refused(result, "remainder", "other", other)


def _not_refused(result: Any, name: str, argument: str, value: Any) -> Any:
    if result is NotImplemented:
        kind = type(value).__name__
        raise TypeError(f"{name}(): argument '{argument}' (position 2) must be Tensor, not {kind}")
    return result
