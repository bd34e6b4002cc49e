"""How far one recorded value is from another: tolerances, and distances in units in the last place."""

from __future__ import annotations

import base64
import binascii
import math
from dataclasses import dataclass
from typing import Any

try:
    import numpy as np
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "recordings are compared with NumPy, which is not installed: pip install -e . in the folder of the suite",
        name="numpy",
    ) from error

TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex32": (1e-3, 1e-5),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
"""(rtol, atol) of `torch.testing.assert_close`, by dtype; what is not listed is compared exactly."""

COMPONENT = {"complex32": "float16", "complex64": "float32", "complex128": "float64"}
NUMBERS = frozenset({"int", "float", "complex", "tensor"})
CONTAINERS = frozenset({"list", "tuple", "dict"})


class DataError(ValueError):
    """Recorded data that is not what the format promises."""


@dataclass(frozen=True)
class Distance:
    """A verdict on two values, with the distance in units in the last place where they are close."""

    verdict: str
    ulp: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Numbers:
    """Recorded numbers as an array, and their dtype: the array of a `bfloat16` is float32."""

    dtype: str
    array: np.ndarray


def kind(data: Any) -> str:
    """What recorded data is: "None", "bool", "int", "str", or the one key of the object that encodes it."""
    if data is None:
        return "None"
    if isinstance(data, (bool, int, str)):
        return type(data).__name__
    if isinstance(data, dict) and len(data) == 1:
        return str(next(iter(data)))
    raise DataError(f"a value is recorded as {str(data)[:60]!r}, which no recording should hold")


def holds_number(data: Any) -> bool:
    """Whether a number stands anywhere in recorded data; tensors that are listed apart count."""
    what = kind(data)
    if what not in CONTAINERS:
        return what in NUMBERS
    items = data[what]
    if isinstance(items, int):
        return items > 0
    return any(holds_number(item[1] if what == "dict" else item) for item in items)


def numbers(data: Any) -> Numbers:
    """Recorded numbers as an array: a tensor, or a Python number as a tensor without dimensions."""
    what = kind(data)
    try:
        if what == "tensor":
            tensor = data["tensor"]
            return Numbers(tensor["dtype"], _unpacked(tensor["dtype"], tensor["shape"], tensor["data"]))
        if what == "float":
            return Numbers("float64", np.array(float(data["float"])))
        if what == "complex":
            return Numbers("complex128", np.array(complex(*map(float, data["complex"]))))
        return Numbers("int64", np.array(data if abs(data) < 1 << 63 else float(data)))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise DataError(f"recorded numbers cannot be read: {error}") from error


def plain(data: Any) -> Any:
    """Recorded data as the Python value that it stands for; a tensor becomes what its `tolist()` gives."""
    what = kind(data)
    if what in NUMBERS - {"int"}:
        return numbers(data).array.tolist()
    if what not in CONTAINERS:
        return data
    items = data[what]
    if isinstance(items, int):
        return f"a {what} of {items}"
    if what == "dict":
        return {_hashable(plain(key)): plain(value) for key, value in items}
    return tuple(map(plain, items)) if what == "tuple" else [plain(item) for item in items]


def number_distance(reference: Any, subject: Any, tolerance: tuple[float, float] | None) -> Distance:
    """Compare recorded numbers by element; unless given, the tolerance is that of the reference's dtype."""
    expected, actual = numbers(reference), numbers(subject)
    if kind(reference) == kind(subject) == "float":
        expected, actual = _as_single(expected, actual)
    if expected.array.shape != actual.array.shape:
        shapes = list(actual.array.shape), list(expected.array.shape)
        return Distance("silent", note=f"of shape {shapes[0]} instead of {shapes[1]}")
    theirs, ours = _components(expected.array, actual.array)
    strayed = _incomparable(theirs, ours)
    if strayed.any():
        return Distance("silent", note=_first_difference(expected.array, actual.array, strayed))
    theirs, ours = _finite(theirs), _finite(ours)
    if np.array_equal(theirs, ours):
        return Distance("identical")
    far = _far(theirs, ours, expected.dtype, tolerance)
    if far.any():
        return Distance("silent", note=_first_difference(expected.array, actual.array, far))
    ulp = int(ulps(theirs, ours, expected.dtype).max())
    return Distance("close", ulp, f"up to {ulp} ULP apart" if ulp else "less than 1 ULP apart")


def ulps(reference: np.ndarray, subject: np.ndarray, dtype: str) -> np.ndarray:
    """The distance of each two finite numbers in units in the last place of a floating-point dtype."""
    left, right = (_bits(array, COMPONENT.get(dtype, dtype)) for array in (reference, subject))
    top = left.dtype.type(1 << (8 * left.dtype.itemsize - 1))
    left_size, right_size = left & ~top, right & ~top
    apart = np.maximum(left_size, right_size) - np.minimum(left_size, right_size)
    return np.where((left ^ right) & top != 0, left_size + right_size, apart)


def _far(
    reference: np.ndarray, subject: np.ndarray, dtype: str, own: tuple[float, float] | None
) -> np.ndarray:
    """Where finite numbers are further apart than tolerance; a case's own is not for what is counted."""
    if dtype not in TOLERANCES:
        return reference != subject
    relative, absolute = own or TOLERANCES[dtype]
    theirs, ours = reference.astype(np.float64), subject.astype(np.float64)
    with np.errstate(over="ignore"):
        far = _length(ours - theirs) > absolute + relative * _length(theirs)
    return far[..., None]


def _unpacked(dtype: str, shape: list[int], data: str) -> np.ndarray:
    raw = base64.b64decode(data, validate=True)
    if dtype == "bfloat16":
        flat = (np.frombuffer(raw, "<u2").astype(np.uint32) << 16).view(np.float32)
    elif dtype == "complex32":
        flat = np.frombuffer(raw, "<f2").astype(np.float32).view(np.complex64)
    else:
        flat = np.frombuffer(raw, np.dtype(dtype).newbyteorder("<"))
    return flat.astype(flat.dtype.newbyteorder("=")).reshape(shape)


def _as_single(expected: Numbers, actual: Numbers) -> tuple[Numbers, Numbers]:
    """Python floats that both fit float32 come from `item()` of such tensors, and are judged as float32."""
    with np.errstate(over="ignore"):
        single = [Numbers("float32", side.array.astype(np.float32)) for side in (expected, actual)]
    fits = all(
        math.isnan(side.array) or narrow.array == side.array
        for side, narrow in zip((expected, actual), single, strict=True)
    )
    return (single[0], single[1]) if fits else (expected, actual)


def _components(*arrays: np.ndarray) -> list[np.ndarray]:
    """Real and imaginary parts along a last dimension, which has one entry if no array is complex."""
    if any(array.dtype.kind == "c" for array in arrays):
        return [np.stack([array.real, array.imag], axis=-1) for array in arrays]
    return [array[..., None] for array in arrays]


def _incomparable(reference: np.ndarray, subject: np.ndarray) -> np.ndarray:
    """Where no tolerance applies: nan or inf on one side only, or zeros of different sign."""
    if "f" not in (reference.dtype.kind, subject.dtype.kind):
        return np.zeros(reference.shape, bool)
    if reference.dtype.kind != subject.dtype.kind:
        signs = np.zeros(reference.shape, bool)
    else:
        signs = (reference == 0) & (subject == 0) & (np.signbit(reference) != np.signbit(subject))
    infinite = (np.isinf(reference) | np.isinf(subject)) & (reference != subject)
    return (np.isnan(reference) != np.isnan(subject)) | infinite | signs


def _finite(array: np.ndarray) -> np.ndarray:
    """What is left to compare once nan and inf are known to stand at the same places on both sides."""
    if array.dtype.kind != "f":
        return array
    return np.where(np.isfinite(array), array, array.dtype.type(0))


def _length(components: np.ndarray) -> np.ndarray:
    """The absolute value of a number given by its components, as tolerances take it."""
    if components.shape[-1] == 1:
        return np.abs(components[..., 0])
    return np.hypot(components[..., 0], components[..., 1])


def _bits(array: np.ndarray, dtype: str) -> np.ndarray:
    if dtype == "bfloat16":
        wide = array.astype(np.float32).view(np.uint32)
        return ((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16).astype(np.uint16)
    width = np.dtype(dtype).itemsize
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, np.dtype(dtype)).view(f"u{width}")


def _first_difference(reference: np.ndarray, subject: np.ndarray, where: np.ndarray) -> str:
    index = tuple(int(place) for place in np.argwhere(where.any(axis=-1))[0])
    place = f" at {list(index)}" if index else ""
    return f"{subject[index].item()!r} instead of {reference[index].item()!r}{place}"


def _hashable(key: Any) -> Any:
    return tuple(key) if isinstance(key, list) else key
