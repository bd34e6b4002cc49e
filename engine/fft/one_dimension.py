"""Transforms along one dimension."""

from __future__ import annotations

from typing import Any

from ..ops.complex import conj
from ..ops.into import with_out
from .transforms import axis_of, c2c, c2r, check_real, length, normalization, promoted, r2c, resized


def _any_numbers(input: Any, n: Any, dim: int, norm: Any, forward: bool) -> Any:
    axis, scale = axis_of(input, dim), normalization(norm, forward)
    count = length(input, n, axis)
    input = promoted(input)
    if n is not None:
        input = resized(input, (axis,), (count,))
    if input._dtype.is_complex:
        return c2c(input, (axis,), scale, forward)
    found = r2c(input, (axis,), scale, False)
    return found if forward else conj(found)


@with_out()
def fft(input: Any, n: Any = None, dim: int = -1, norm: Any = None) -> Any:
    """The transform along one dimension."""
    return _any_numbers(input, n, dim, norm, True)


@with_out()
def ifft(input: Any, n: Any = None, dim: int = -1, norm: Any = None) -> Any:
    """The inverse transform along one dimension."""
    return _any_numbers(input, n, dim, norm, False)


def _from_real(name: str, input: Any, n: Any, dim: int, norm: Any, forward: bool) -> Any:
    check_real(input, name)
    axis, scale = axis_of(input, dim), normalization(norm, forward)
    count = length(input, n, axis)
    input = promoted(input)
    if n is not None:
        input = resized(input, (axis,), (count,))
    found = r2c(input, (axis,), scale, True)
    return found if forward else conj(found)


@with_out()
def rfft(input: Any, n: Any = None, dim: int = -1, norm: Any = None) -> Any:
    """The transform of real numbers, without the half that mirrors the other."""
    return _from_real("rfft", input, n, dim, norm, True)


@with_out()
def ihfft(input: Any, n: Any = None, dim: int = -1, norm: Any = None) -> Any:
    """The inverse of `hfft`."""
    return _from_real("ihfft", input, n, dim, norm, False)


def _to_real(input: Any, n: Any, dim: int, norm: Any, forward: bool) -> Any:
    axis, scale = axis_of(input, dim), normalization(norm, forward)
    count = length(input, 2 * (input._array.shape[axis] - 1) if n is None else n, axis)
    input = promoted(input, complex_numbers=True)
    if n is not None:
        input = resized(input, (axis,), (count // 2 + 1,))
    return c2r(conj(input) if forward else input, (axis,), scale, count)


@with_out()
def irfft(input: Any, n: Any = None, dim: int = -1, norm: Any = None) -> Any:
    """The inverse of `rfft`."""
    return _to_real(input, n, dim, norm, False)


@with_out()
def hfft(input: Any, n: Any = None, dim: int = -1, norm: Any = None) -> Any:
    """The transform of the half that the other mirrors, to real numbers."""
    return _to_real(input, n, dim, norm, True)
