"""Sizes that a compiler knows by name only: there is none, so what would be one is a Python number.

Source: torch, "Symbolic Numbers".
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .typename import kind_text

_NUMBERS = (np.integer, np.floating, int, float)
_MOST = 2**63 - 1


class SymInt:
    """An integer known by name; nothing is one."""

    __module__ = "torch"


class SymFloat:
    """A floating number known by name; nothing is one."""

    __module__ = "torch"


class SymBool:
    """A truth value known by name; nothing is one."""

    __module__ = "torch"


def sym_int(a: Any) -> int:
    """The integer that is nearest on the way to zero."""
    return int(a)


def sym_float(a: Any) -> float:
    """The floating number."""
    return float(a)


def _check_number(value: Any) -> None:
    if not isinstance(value, _NUMBERS):
        raise AssertionError(f"expected {_NUMBERS}, got {type(value)}")


def _chosen(choose: Any, a: Any, b: Any) -> Any:
    _check_number(a)
    _check_number(b)
    found = choose(a, b)
    # of an integer and a floating number the result is floating, whichever it is
    return float(found) if isinstance(a, float) or isinstance(b, float) else found


def sym_max(a: Any, b: Any) -> Any:
    """The greater number; raises `AssertionError` for what is none."""
    return _chosen(max, a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller number; raises `AssertionError` for what is none."""
    return _chosen(min, a, b)


def sym_not(a: Any) -> bool:
    """The opposite."""
    return not a


def sym_ite(b: Any, t: Any, f: Any) -> Any:
    """`t` if `b` else `f`; raises `AssertionError` unless `b` is a truth value and the others are of one type."""
    if not isinstance(b, bool):
        raise AssertionError(f"expected SymBool or bool, got {type(b)}")
    if type(t) is not type(f):
        raise AssertionError(f"type mismatch: {type(t)} vs {type(f)}")
    return t if b else f


def sym_sum(*args: Any) -> Any:
    """The sum of the numbers, or of those of a list."""
    return sum(args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args)


def _sym_sqrt(a: Any) -> float:
    return math.sqrt(a)


sym_sqrt = _sym_sqrt


def sym_fresh_size(expr: Any) -> Any:
    """The size itself."""
    return expr


def _constrain(name: str, size: Any, least: int, most: int) -> None:
    if not isinstance(size, (int, float)):
        raise TypeError(f"{name}(): argument 'size' (position 1) must be Number, not {kind_text(size)}")
    if least > most:
        raise RuntimeError(f"Max must be greater than or equal to min. Got min={least} max={most}")
    if not least <= size <= most:
        raise RuntimeError(f"Invalid value range for {size} between [{least}, {most}].")


def sym_constrain_range(size: Any, *, min: int | None = None, max: int | None = None) -> None:
    """Raise `RuntimeError` for a number outside of the range."""
    _constrain("sym_constrain_range", size, -_MOST - 1 if min is None else min, _MOST if max is None else max)


def sym_constrain_range_for_size(size: Any, *, min: int | None = None, max: int | None = None) -> None:
    """Raise `RuntimeError` for a size outside of the range, which must reach beyond 2."""
    if max is not None and max <= 2:
        raise RuntimeError(f"Max value to constrain_range_for_size must be greater than 2. got: {max}")
    _constrain("sym_constrain_range_for_size", size, 0 if min is None else min, _MOST if max is None else max)
