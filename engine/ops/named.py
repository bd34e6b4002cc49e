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
from .operands import beside, is_number

_NONE: Any = object()


def method(operator: Callable[..., Any]) -> Callable[..., Any]:
    """The method of this operator: an operand that the operator leaves to others is refused."""
    return _refusing(operator, position=1, takes_numbers=False)


def _refusing(operator: Callable[..., Any], position: int, takes_numbers: bool) -> Callable[..., Any]:
    name = operator.__name__

    def call(self: Any = _NONE, other: Any = _NONE, *older: Any, **options: Any) -> Any:
        if older:
            return as_before(operator, (self, other, *older), position == 1, **options)
        if other is _NONE:
            given: tuple[Any, ...] = () if self is _NONE else (self,)
            return again(call, name, given, options, TypeError(name), is_method=position == 1)
        if not isinstance(self, TensorBase):
            self = _first_operand(name, self, other, takes_numbers)
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


def _first_operand(name: str, value: Any, other: Any, takes_numbers: bool) -> Any:
    """A number as a tensor, where the function takes one as its first operand."""
    if isinstance(value, np.generic):
        value = value.item()
    if not takes_numbers or not is_number(value) or not isinstance(other, TensorBase):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(value).__name__}")
    return beside(value, other)


def _function(operator: Callable[..., Any], takes_numbers: bool = False) -> Callable[..., Any]:
    return _refusing(operator, position=2, takes_numbers=takes_numbers)


add, sub, mul, div = (
    _function(each, takes_numbers=True)
    for each in (arithmetic.add, arithmetic.sub, arithmetic.mul, arithmetic.div)
)
floor_divide = _function(arithmetic.floor_divide, takes_numbers=True)
maximum, minimum = _function(choosing.maximum), _function(choosing.minimum)
matmul = _function(linalg.matmul)
eq, ne = _function(comparison.eq), _function(comparison.ne)
lt, le, gt, ge = (_function(each) for each in (comparison.lt, comparison.le, comparison.gt, comparison.ge))
logical_and, logical_or, logical_xor = (
    _function(each) for each in (comparison.logical_and, comparison.logical_or, comparison.logical_xor)
)
bitwise_and, bitwise_or, bitwise_xor = (
    _function(each) for each in (comparison.bitwise_and, comparison.bitwise_or, comparison.bitwise_xor)
)


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
