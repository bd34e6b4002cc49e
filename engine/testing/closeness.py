"""Assertions that two values, or two nested containers of them, are close. Source: torch.testing.assert_close."""

from __future__ import annotations

import cmath
import contextlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..op import wrap
from ..ops.comparison import isclose
from ..ops.conversion import item
from ..ops.creation import as_tensor

TOLERANCES = {
    "float16": (0.001, 1e-5),
    "bfloat16": (0.016, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex32": (0.001, 1e-5),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
NUMBERS = (int, float, complex)


class _MismatchError(Exception):
    """What is to be raised: the kind of error, its sentences, and where in the containers it was found."""

    def __init__(self, kind: type[Exception], text: str, place: tuple[Any, ...]) -> None:
        self.kind, self.text, self.place = kind, text, place

    def error(self, message: str | Callable[[str], str] | None) -> Exception:
        """The error for the caller, whose `message` replaces or changes the sentences."""
        if isinstance(message, str):
            return self.kind(message)
        text = self.text
        if self.place:
            text += f"\n\nThe failure occurred for item {''.join(str([each]) for each in self.place)}"
        return self.kind(message(text) if message else text)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise `AssertionError` unless `actual` is `expected`, up to tolerances that follow from the types."""
    __tracebackhide__ = True
    options = {
        "allow_subclasses": allow_subclasses,
        "rtol": rtol,
        "atol": atol,
        "equal_nan": equal_nan,
        "check_dtype": check_dtype,
        "check_stride": check_stride,
    }
    try:
        for compare in _comparisons(actual, expected, options, ()):
            compare()
    except _MismatchError as mismatch:
        error = mismatch.error(msg)
    else:
        return
    raise error


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """The older form of `assert_close`."""
    warnings.warn(
        "`torch.testing.assert_allclose()` is deprecated since 1.12 and will be removed in a future release. Please use "
        "`torch.testing.assert_close()` instead. You can find detailed upgrade instructions in "
        "https://github.com/pytorch/pytorch/issues/61844.",
        FutureWarning,
        stacklevel=2,
    )
    actual, expected = (
        each if isinstance(each, TensorBase) else as_tensor(each) for each in (actual, expected)
    )
    if rtol is None and atol is None:
        rtol, atol = (
            max(pair)
            for pair in zip(*[_OLDER.get(each._dtype.name, (0.0, 0.0)) for each in (actual, expected)])
        )
    assert_close(
        actual,
        expected,
        rtol=rtol,
        atol=atol,
        equal_nan=equal_nan,
        check_device=True,
        check_dtype=False,
        check_stride=False,
        msg=msg or None,
    )


_OLDER = {"float16": (1e-3, 1e-3), "float32": (1e-4, 1e-5), "float64": (1e-5, 1e-8)}

# ---- what is to be compared --------------------------------------------------------------------------------


def _comparisons(actual: Any, expected: Any, options: Any, place: tuple[Any, ...]) -> list[Any]:
    """The comparisons of two values, one for each pair inside of containers; types are checked at once."""
    if all(isinstance(each, Sequence) and not isinstance(each, str) for each in (actual, expected)):
        if len(actual) != len(expected):
            text = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
            raise _MismatchError(AssertionError, text, place)
        keys: Any = range(len(actual))
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        keys = _common_keys(actual, expected, place)
    else:
        return [_comparison(actual, expected, options, place)]
    found = [_comparisons(actual[key], expected[key], options, (*place, key)) for key in keys]
    return [each for several in found for each in several]


def _common_keys(actual: Any, expected: Any, place: tuple[Any, ...]) -> Any:
    if actual.keys() != expected.keys():
        missing, additional = expected.keys() - actual.keys(), actual.keys() - expected.keys()
        raise _MismatchError(
            AssertionError,
            f"The keys of the mappings do not match:\nMissing keys in the actual mapping: {sorted(missing)}\n"
            f"Additional keys in the actual mapping: {sorted(additional)}",
            place,
        )
    keys = set(actual)
    with contextlib.suppress(TypeError):
        return sorted(keys)
    return keys


def _comparison(actual: Any, expected: Any, options: Any, place: tuple[Any, ...]) -> Callable[[], None]:
    pair = (actual, expected)
    if any(each is None for each in pair):
        return lambda: _compare_none(actual, expected, place)
    if all(isinstance(each, (bool, np.bool_)) for each in pair):
        return lambda: _compare_bools(bool(actual), bool(expected), place)
    if all(isinstance(each, (*NUMBERS, np.number)) for each in pair):
        number, wanted = [each.item() if isinstance(each, np.number) else each for each in pair]
        kinds = [dtypes.OF_PYTHON_TYPE[type(each)] for each in (number, wanted)]
        tolerances = _tolerances(kinds, options, place)
        return lambda: _compare_numbers(number, wanted, *tolerances, options, place)
    one, two = (_as_tensor(each, pair, options, place) for each in pair)
    tolerances = _tolerances([one._dtype, two._dtype], options, place)
    return lambda: _compare_tensors(one, two, *tolerances, options, place)


def _as_tensor(value: Any, pair: Any, options: Any, place: tuple[Any, ...]) -> Any:
    actual, expected = pair
    related = isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if related and (options["allow_subclasses"] or type(actual) is type(expected)):
        if isinstance(value, TensorBase):
            return value
        with contextlib.suppress(Exception):
            return as_tensor(value)
    raise _MismatchError(
        TypeError,
        f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.",
        place,
    )


def _tolerances(kinds: Any, options: Any, place: tuple[Any, ...]) -> tuple[float, float]:
    rtol, atol = options["rtol"], options["atol"]
    if (rtol is None) != (atol is None):
        missing = "rtol" if rtol is None else "atol"
        text = f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}."
        raise _MismatchError(ValueError, text, place)
    if rtol is not None:
        return rtol, atol
    found = [TOLERANCES.get(each.name, (0.0, 0.0)) for each in kinds]
    return max(each[0] for each in found), max(each[1] for each in found)


# ---- comparing ---------------------------------------------------------------------------------------------


def _compare_none(actual: Any, expected: Any, place: tuple[Any, ...]) -> None:
    if not (actual is None and expected is None):
        raise _MismatchError(AssertionError, f"None mismatch: {actual} is not {expected}", place)


def _compare_bools(actual: bool, expected: bool, place: tuple[Any, ...]) -> None:
    if actual is not expected:
        raise _MismatchError(AssertionError, f"Booleans mismatch: {actual} is not {expected}", place)


def _compare_numbers(
    actual: Any, expected: Any, rtol: float, atol: float, options: Any, place: tuple[Any, ...]
) -> None:
    if options["check_dtype"] and type(actual) is not type(expected):
        text = f"The (d)types do not match: {type(actual)} != {type(expected)}."
        raise _MismatchError(AssertionError, text, place)
    if actual == expected or (options["equal_nan"] and cmath.isnan(actual) and cmath.isnan(expected)):
        return
    distance = abs(actual - expected)
    if not (cmath.isfinite(distance) and distance <= atol + rtol * abs(expected)):
        raise _MismatchError(AssertionError, _of_numbers(actual, expected, rtol, atol), place)


def _compare_tensors(
    actual: Any, expected: Any, rtol: float, atol: float, options: Any, place: tuple[Any, ...]
) -> None:
    attributes = [
        ("shape", actual.shape, expected.shape),
        ("device", actual.device, expected.device),
        ("layout", actual.layout, expected.layout),
    ]
    if options["check_stride"]:
        attributes.append(("stride()", actual.stride(), expected.stride()))
    if options["check_dtype"]:
        attributes.append(("dtype", actual._dtype, expected._dtype))
    for name, one, two in attributes:
        if one != two:
            text = f"The values for attribute '{name}' do not match: {one} != {two}."
            raise _MismatchError(AssertionError, text, place)
    if actual._dtype is not expected._dtype:
        dtype = dtypes.promote(actual._dtype, expected._dtype)
        actual, expected = actual.to(dtype), expected.to(dtype)
    matches = isclose(actual.detach(), expected.detach(), rtol, atol, options["equal_nan"])._array
    if np.all(matches):
        return
    if not actual._array.ndim:
        text = _of_numbers(item(actual), item(expected), rtol, atol)
    else:
        text = _of_tensors(actual._array, expected._array, matches, rtol, atol)
    raise _MismatchError(AssertionError, text, place)


# ---- sentences ---------------------------------------------------------------------------------------------


def _of_numbers(actual: Any, expected: Any, rtol: float, atol: float) -> str:
    distance = abs(actual - expected)
    relative = float("inf") if expected == 0 else distance / abs(expected)
    exact = rtol == 0 and atol == 0
    lines = [
        f"Expected {expected} but got {actual}.",
        f"Absolute difference: {distance}{_allowed(atol, exact)}",
        f"Relative difference: {relative}{_allowed(rtol, exact)}",
    ]
    return _headed("Scalars", exact, lines)


def _of_tensors(actual: Any, expected: Any, matches: Any, rtol: float, atol: float) -> str:
    exact = rtol == 0 and atol == 0
    wrong = int(matches.size - np.count_nonzero(matches))
    if actual.dtype.kind in "biu":
        actual, expected = actual.astype(np.int64), expected.astype(np.int64)
    distance = np.where(matches, 0, np.abs(actual - expected))
    size = np.abs(expected)
    if distance.dtype.kind in "biu":
        kind = dtypes.get_default_dtype().numpy
        relative = np.where(matches, 0, distance.astype(kind) / size.astype(kind))
    else:
        relative = np.where(matches, 0, distance / size)
    lines = [f"Mismatched elements: {wrong} / {matches.size} ({wrong / matches.size:.1%})"]
    for name, differences, tolerance in (("absolute", distance, atol), ("relative", relative, rtol)):
        place = np.unravel_index(int(np.argmax(differences)), differences.shape)
        greatest = item(wrap(differences[place]))
        index = tuple([int(each) for each in place])
        lines.append(f"Greatest {name} difference: {greatest} at index {index}{_allowed(tolerance, exact)}")
    return _headed("Tensor-likes", exact, lines)


def _allowed(tolerance: float, exact: bool) -> str:
    return "" if exact else f" (up to {tolerance} allowed)"


def _headed(what: str, exact: bool, lines: list[str]) -> str:
    return "\n".join([f"{what} are not {'equal' if exact else 'close'}!", "", *lines])
