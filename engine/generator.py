"""PyTorch's random numbers on the CPU: the same seed gives the same stream and the same bits.

The stream is MT19937, whose words every kind of draw takes in its own way; how many it takes is part
of the stream too, because it decides what the next call draws.
"""

from __future__ import annotations

import math
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from .device import CPU, Public, place

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

DEFAULT_SEED = 67280421310721

# Draws of more words than this go through their arithmetic in pieces that stay in the processor's cache.
_PIECE = 1 << 15

# Beyond this, PyTorch's randperm is another algorithm, on 64-bit words.
_RANDPERM_LIMIT = (2**32 - 1) // 20

# What PyTorch calls a dtype in the messages of missing kernels, of randint's bounds and of randperm's length.
_SCALAR_TYPES = {
    "bool": "Bool",
    "uint8": "Byte",
    "int8": "Char",
    "int16": "Short",
    "int32": "Int",
    "int64": "Long",
    "uint16": "UInt16",
    "uint32": "UInt32",
    "uint64": "UInt64",
    "complex64": "ComplexFloat",
    "complex128": "ComplexDouble",
}
_CPP_TYPES = {
    "bool": "bool",
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short int",
    "int32": "int",
    "int64": "long int",
    "uint16": "short unsigned int",
    "uint32": "unsigned int",
    "uint64": "long unsigned int",
    "float16": "c10::Half",
    "float32": "float",
    "float64": "double",
}
_FIXED_WIDTH_TYPES = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int"}


def _of_state(state: Any) -> Generator:
    return Generator().set_state(state)


class Generator(metaclass=Public):
    """A stream of random numbers, as `torch.Generator` on the CPU."""

    __slots__ = ("_bits", "_cached_normal", "_seed")

    device = CPU

    def __init__(self, device: Any = None) -> None:
        """Start the stream of PyTorch's fixed default seed."""
        place(device, "Generator")
        self._start(DEFAULT_SEED)

    def get_state(self) -> Any:
        """The state of the stream, as a tensor of bytes."""
        from .random import state_of

        return state_of(self)

    def set_state(self, new_state: Any) -> Generator:
        """Go back to a state that `get_state` gave."""
        from .random import restore

        restore(self, new_state)
        return self

    def clone_state(self) -> Generator:
        """Another generator whose stream goes on as this one's does."""
        return Generator().set_state(self.get_state())

    def __reduce__(self) -> Any:
        return _of_state, (self.get_state(),)

    def __repr__(self) -> str:
        return f"<torch._C.Generator object at {id(self):#x}>"

    def _start(self, seed: int) -> None:
        self._seed = seed
        # made by the first draw: importing numpy.random takes long
        self._bits: np.random.MT19937 | None = None
        self._cached_normal: float | None = None

    def _begin(self) -> np.random.MT19937:
        self._bits = bits = np.random.MT19937(0)
        # RandomState's seeding from an integer is the one of MT19937's authors, which PyTorch uses too.
        np.random.RandomState(bits).seed(self._seed & 0xFFFFFFFF)
        return bits

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream of `seed` (64 bits, of which the low 32 count) and return the generator."""
        if not isinstance(seed, int) or isinstance(seed, bool):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._start(seed % 2**64)
        return self

    def seed(self) -> int:
        """Start the stream of a seed that the operating system gives, and return that seed."""
        self._start(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """Return the seed of the present stream."""
        return self._seed

    def random_raw(self, count: int) -> NDArray[np.uint64]:
        """Return the next `count` 32-bit words of the stream, each in 64 bits."""
        return (self._bits or self._begin()).random_raw(count)

    def random_raw64(self, count: int) -> NDArray[np.uint64]:
        """Return numbers of 64 bits, each of two words of the stream."""
        words = self.random_raw(2 * count)
        return (words[0::2] << np.uint64(32)) | words[1::2]

    def uniform(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return numbers drawn uniformly from [0, 1)."""
        dtype = np.dtype(dtype)
        if dtype.kind == "c":
            return _as_complex(self.uniform((*shape, 2), _part_dtype(dtype)), dtype)
        if not _is_floating(dtype):
            raise _not_implemented("check_uniform_bounds", dtype)
        numbers = np.empty(math.prod(shape), _compute_dtype(dtype))
        self._fill_uniform(numbers)
        if dtype.itemsize == 2:
            numbers = numbers.astype(dtype)
            # The greatest floats become 1 as a half, which is outside; PyTorch makes them 0.
            numbers[numbers == 1] = 0
        return numbers.reshape(shape)

    def _fill_uniform(self, out: NDArray[Any]) -> None:
        fill = self._fill_uniform32 if out.dtype == np.float32 else self._fill_uniform64
        for start in range(0, out.size, _PIECE):
            fill(out[start : start + _PIECE])

    def _fill_uniform32(self, out: NDArray[np.float32]) -> None:
        words = self.random_raw(out.size).astype(np.int32)
        words &= 0xFFFFFF
        out[...] = words
        out *= np.float32(2.0**-24)

    def _fill_uniform64(self, out: NDArray[np.float64]) -> None:
        words = self.random_raw64(out.size)
        words &= np.uint64(2**53 - 1)
        np.multiply(words.view(np.int64), 2.0**-53, out=out)

    def normal(
        self,
        shape: tuple[int, ...],
        dtype: DTypeLike,
        mean: float = 0.0,
        std: float = 1.0,
        one_by_one: bool = False,
    ) -> NDArray[Any]:
        """Return numbers drawn from a normal distribution; `std` is that of a complex number as a whole.

        PyTorch draws fewer than 16, and those for memory with gaps or in another order, in another way: `one_by_one`.
        """
        dtype = np.dtype(dtype)
        if not std >= 0:
            raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
        count = math.prod(shape)
        if count == 0:
            return np.empty(shape, dtype)
        if dtype.kind == "c":
            return _as_complex(
                self.normal((*shape, 2), _part_dtype(dtype), mean, std / math.sqrt(2), one_by_one), dtype
            )
        if not _is_floating(dtype):
            raise _not_implemented("normal_kernel_cpu", dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            draw = self._normal_few if count < 16 or one_by_one else self._normal_many
            return draw(count, dtype, mean, std).reshape(shape)

    def _normal_few(self, count: int, dtype: np.dtype[Any], mean: float, std: float) -> NDArray[Any]:
        normals64 = self.normals_in_pairs(count, mean, std)
        return normals64.astype(_compute_dtype(dtype)).astype(dtype, copy=False)

    def normals_in_pairs(self, count: int, mean: float, std: float) -> NDArray[np.float64]:
        """Draw in pairs, with the second of a pair kept for the next call, whatever its dtype."""
        if count == 0:
            return np.empty(0)
        normals = [] if self._cached_normal is None else [self._cached_normal]
        self._cached_normal = None
        words = iter(self.random_raw((count - len(normals) + 1) // 2 * 4).tolist())
        for high, low, next_high, next_low in zip(words, words, words, words, strict=True):
            radius = math.sqrt(-2.0 * math.log1p(-_to_uniform64(next_high, next_low)))
            angle = 2.0 * math.pi * _to_uniform64(high, low)
            normals += [radius * math.cos(angle), radius * math.sin(angle)]
        if len(normals) > count:
            self._cached_normal = normals.pop()
        return multiply_add(np.array(normals), std, mean)

    def _normal_many(self, count: int, dtype: np.dtype[Any], mean: float, std: float) -> NDArray[Any]:
        """Transform blocks of 16 uniforms; the last 16 are drawn anew if `count` is no multiple of 16."""
        whole = count // 16 * 16
        extra = 16 if count % 16 else 0
        # Halves draw no uniforms for the incomplete block, which is replaced anyway; others do.
        drawn = whole if dtype.itemsize == 2 else count
        numbers = np.empty(count, _compute_dtype(dtype))
        self._fill_uniform(numbers[:drawn])
        for start in range(0, whole, _PIECE):
            _transform_blocks(numbers[start : min(start + _PIECE, whole)], mean, std)
        if extra:
            last = np.empty(extra, numbers.dtype)
            self._fill_uniform(last)
            _transform_blocks(last, mean, std)
            numbers[count - extra :] = last
        return numbers.astype(dtype, copy=False)

    def randint(
        self, low: int, high: int, shape: tuple[int, ...], dtype: DTypeLike = np.int64
    ) -> NDArray[Any]:
        """Return whole numbers drawn from [low, high)."""
        dtype = np.dtype(dtype)
        if dtype.name == "bfloat16":
            return self.randint(low, high, shape, np.float32).astype(dtype)
        low, high = _randint_bounds(low, high, dtype)
        count = math.prod(shape)
        span = high - low
        if span < 2**28:
            offsets = self.random_raw(count).astype(np.uint32) % np.uint32(span)
        else:
            offsets = self.random_raw64(count) % np.uint64(span)
        numbers = offsets.astype(np.int64)
        numbers += low
        return numbers.astype(dtype, copy=False).reshape(shape)

    def randperm(self, n: int, dtype: DTypeLike = np.int64) -> NDArray[Any]:
        """Return the whole numbers below `n` in random order."""
        dtype = np.dtype(dtype)
        _check_randperm(n, dtype)
        order = list(range(n))
        for start in range(0, n - 1, _PIECE):
            here = np.arange(start, min(start + _PIECE, n - 1))
            there = here + self.random_raw(here.size).astype(np.int64) % (n - here)
            for i, j in enumerate(there.tolist(), start):
                order[i], order[j] = order[j], order[i]
        return np.array(order, dtype)


def _to_uniform64(high: int, low: int) -> float:
    return ((high & 0x1FFFFF) << 32 | low) * 2.0**-53


def _compute_dtype(dtype: np.dtype[Any]) -> type[np.floating[Any]]:
    return np.float64 if dtype == np.float64 else np.float32


def _part_dtype(dtype: np.dtype[Any]) -> type[np.floating[Any]]:
    return np.float64 if dtype == np.complex128 else np.float32


def _is_floating(dtype: np.dtype[Any]) -> bool:
    return dtype.kind == "f" or dtype.name == "bfloat16"


def _as_complex(parts: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    return parts.view(dtype)[..., 0]


def _not_implemented(kernel: str, dtype: np.dtype[Any]) -> NotImplementedError:
    return NotImplementedError(f"\"{kernel}\" not implemented for '{_SCALAR_TYPES[dtype.name]}'")


# Normal numbers --------------------------------------------------------------------------------------------
#
# PyTorch turns the uniforms u and v of a block's two halves into sqrt(-2 log(1 - u)) times the cosine and
# the sine of 2 pi v. In float64 these are the C library's functions, which `math` calls too; NumPy's differ
# in the last bit now and then. In float32 they are Cephes' polynomials, evaluated on processors with AVX2
# with fused multiply-adds. Each of these is here a product and a sum in float64, rounded to float32: the
# product is exact, and the sum's own rounding changes the result only about once in 2**29 times.


def _transform_blocks(numbers: NDArray[Any], mean: float, std: float) -> None:
    """Turn uniforms into normals in place, in blocks of 16."""
    blocks = numbers.reshape(-1, 16)
    first, second = blocks[:, :8], blocks[:, 8:]
    if numbers.dtype == np.float32:
        radius = np.sqrt(np.float32(-2) * _log(1 - first))
        sine, cosine = _sine_and_cosine(second * np.float32(2 * math.pi))
        mean, std = float(np.float32(mean)), float(np.float32(std))
        first[...] = multiply_add(radius * cosine, std, mean)
        second[...] = multiply_add(radius * sine, std, mean)
    else:
        import cmath

        count = first.size
        logarithms = np.fromiter(map(math.log, (1 - first).ravel().tolist()), np.float64, count)
        radius, angle = np.sqrt(-2 * logarithms), 2 * math.pi * second
        points = np.fromiter(map(cmath.rect, radius.tolist(), angle.ravel().tolist()), np.complex128, count)
        normals = multiply_add(points.view(np.float64), std, mean).reshape(-1, 8, 2)
        first[...], second[...] = normals[..., 0], normals[..., 1]


def multiply_add(numbers: NDArray[Any], factor: float, addend: float) -> NDArray[Any]:
    """Return numbers * factor + addend, rounded once."""
    if factor == 1 or addend == 0:
        return numbers * factor + addend
    if numbers.dtype == np.float32:
        return _fused(numbers, factor, addend)
    product = numbers * factor
    total = product + addend
    # Both rounding errors are computed exactly (after Dekker and Knuth) and added back.
    high, low = _halves(numbers)
    factor_high, factor_low = _halves(np.float64(factor))
    product_error = low * factor_low - (
        ((product - high * factor_high) - low * factor_high) - high * factor_low
    )
    part = total - product
    error = product_error + ((product - (total - part)) + (addend - part))
    return np.where(np.isfinite(error), total + error, total)


def _halves(number: Any) -> tuple[Any, Any]:
    """Split the 53 bits of a float64 into two numbers of at most 26 bits each."""
    shifted = number * 134217729.0
    high = shifted - (shifted - number)
    return high, number - high


def _fused(left: NDArray[np.float32], right: Any, addend: Any) -> NDArray[np.float32]:
    """Return left * right + addend, rounded once to float32."""
    total = left.astype(np.float64)
    total *= right
    total += addend
    return total.astype(np.float32)


def _float32s(*numbers: float) -> list[float]:
    return [float(np.float32(number)) for number in numbers]


_LOG = _float32s(
    *(7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1),
    *(-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1),
)
_COSINE = _float32s(2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)
_SINE = _float32s(-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)
_LOG_2 = _float32s(-2.12194440e-4, 0.693359375)
_EIGHTH_TURN = _float32s(-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8)


def _polynomial(coefficients: list[float], x: NDArray[np.float32]) -> NDArray[np.float32]:
    result = _fused(x, coefficients[0], coefficients[1])
    x64 = x.astype(np.float64)
    for coefficient in coefficients[2:]:
        result = _fused(result, x64, coefficient)
    return result


def _log(x: NDArray[np.float32]) -> NDArray[np.float32]:
    fraction, exponent = np.frexp(x)
    small = fraction < np.float32(math.sqrt(0.5))
    power = (exponent - small).astype(np.float32)
    x = fraction - 1 + fraction * small
    square = x * x
    result = _polynomial(_LOG, x) * x
    result = _fused(result, square, power * np.float32(_LOG_2[0]))
    result -= square * np.float32(0.5)
    return _fused(power, _LOG_2[1], x + result)


def _sine_and_cosine(angle: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return both for angles from 0 to 2 pi."""
    quarter = ((angle * np.float32(4 / math.pi)).astype(np.int32) + 1) >> 1
    eighth = (2 * quarter).astype(np.float32)
    x = angle
    for part in _EIGHTH_TURN:
        x = _fused(eighth, part, x)
    square = x * x
    even = _fused(_polynomial(_COSINE, square) * square, square, square * np.float32(-0.5)) + 1
    odd = _fused(_polynomial(_SINE, square) * square, x, x)
    # In odd quarters the two change places; then the signs are those of the quarter.
    even_bits, odd_bits = even.view(np.int32), odd.view(np.int32)
    exchange = (even_bits ^ odd_bits) & -(quarter & 1)
    sine = odd_bits ^ exchange ^ ((quarter & 2) << 30)
    cosine = even_bits ^ exchange ^ (((quarter + 1) & 2) << 30)
    return sine.view(np.float32), cosine.view(np.float32)


# Checks ----------------------------------------------------------------------------------------------------


def _randint_bounds(low: int, high: int, dtype: np.dtype[Any]) -> tuple[int, int]:
    """Return the bounds that are drawn from, after PyTorch's checks of them."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype.kind == "c":
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    if dtype.kind == "f":
        low, high = _representable_bounds(low, high, dtype)
        if low >= high:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, "
                f"but got from={low} >= to={high}"
            )
    least, greatest = _limits(dtype)
    name = _CPP_TYPES[dtype.name]
    for bound, value in (("from", low), ("to - 1", high - 1)):
        if not least <= value <= greatest:
            raise RuntimeError(f"{bound} is out of bounds for {name}")
    if dtype.kind == "f":
        digits = np.finfo(dtype).nmant + 1
        for bound, value in (("from", low), ("to - 1", high - 1)):
            if abs(value) > 2**digits:
                warnings.warn(
                    f"{bound} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision limitations "
                    f"{name} can support discrete uniform distribution only within this range. This warning "
                    "will become an error in version 1.7 release, please fix the code in advance",
                    stacklevel=3,
                )
    return low, high


def _limits(dtype: np.dtype[Any]) -> tuple[float, float]:
    if dtype.kind == "b":
        return 0, 1
    if dtype.kind == "f":
        return float(np.finfo(dtype).min), float(np.finfo(dtype).max)
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)


def _representable_bounds(low: int, high: int, dtype: np.dtype[Any]) -> tuple[int, int]:
    """Move the bounds inwards, so that no whole number between them leaves them when it becomes a float."""
    digits = np.finfo(dtype).nmant + 1
    next_low = _through_float(low + 1, dtype)
    if next_low < low:
        low = next_low + (1 << max(abs(low + 1).bit_length() - digits, 0))
    last_high = _through_float(high - 1, dtype)
    if last_high >= high:
        high = last_high - (1 << max(abs(high - 1).bit_length() - digits, 0))
    return low, high


def _through_float(number: int, dtype: np.dtype[Any]) -> int:
    with np.errstate(over="ignore"):
        value = float(np.float64(number) if dtype == np.float64 else np.float32(number).astype(dtype))
    # What does not fit 64 bits becomes the least of them, as the processor's conversion has it.
    return int(value) if -(2.0**63) <= value < 2.0**63 else -(2**63)


def _check_randperm(n: int, dtype: np.dtype[Any]) -> None:
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    if dtype == np.float16 and n > 2**11 + 1:
        raise RuntimeError("n cannot be greater than 2049 for Half type.")
    if dtype == np.float32 and n > 2**24 + 1:
        raise RuntimeError("n cannot be greater than 2^24+1 for Float type.")
    if dtype.kind in "bc":
        raise _not_implemented("randperm", dtype)
    if dtype.kind != "f" and n - 1 > np.iinfo(dtype).max:
        name = _FIXED_WIDTH_TYPES[dtype.name]
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")
    if n >= _RANDPERM_LIMIT:
        raise NotImplementedError(f"randperm of {n} numbers; choose fewer than {_RANDPERM_LIMIT}")
