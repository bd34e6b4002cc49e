from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from engine.generator import Generator

SIZES = (0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 1000)
SEEDS = (*range(6), 2**32 - 1, 2**32 + 1, 2**64 - 1, -(2**63))
FLOATS = ("float16", "float32", "float64", "complex64", "complex128")
RANDINT_DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")

# PyTorch has its own logarithms and sines of float32 on processors with AVX2, the C library's elsewhere.
HAS_VECTORISED_NORMALS = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")


# Made once: asking the system for entropy takes longer than most draws.
ENGINE_GENERATOR, TORCH_GENERATOR = Generator(), torch.Generator()


class Reference:
    """PyTorch's generator, with the methods of the engine's."""

    def __init__(self, seed: int) -> None:
        self.generator = TORCH_GENERATOR.manual_seed(seed)

    def uniform(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        return torch.rand(shape, dtype=getattr(torch, dtype), generator=self.generator).numpy()

    def normal(self, shape: tuple[int, ...], dtype: str, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
        empty = torch.empty(shape, dtype=getattr(torch, dtype))
        return empty.normal_(mean, std, generator=self.generator).numpy()

    def randint(self, low: int, high: int, shape: tuple[int, ...], dtype: str = "int64") -> np.ndarray:
        dtype = getattr(torch, dtype)
        return torch.randint(low, high, shape, dtype=dtype, generator=self.generator).numpy()

    def randperm(self, n: int, dtype: str = "int64") -> np.ndarray:
        return torch.randperm(n, dtype=getattr(torch, dtype), generator=self.generator).numpy()


def assert_identical(got: np.ndarray, expected: np.ndarray) -> None:
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    np.testing.assert_array_equal(got, expected)
    parts = (got.real, expected.real), (got.imag, expected.imag)
    for got_part, expected_part in parts if got.dtype.kind in "fc" else ():
        numbers = ~np.isnan(expected_part)
        np.testing.assert_array_equal(np.signbit(got_part[numbers]), np.signbit(expected_part[numbers]))


def assert_same_normals(got: np.ndarray, expected: np.ndarray) -> None:
    if HAS_VECTORISED_NORMALS or expected.size < 8 or expected.dtype in (np.float64, np.complex128):
        assert_identical(got, expected)
    else:
        assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(got, expected, rtol=1e-3 if got.dtype == np.float16 else 1e-5, atol=1e-6)


def both(seed: int) -> tuple[Generator, Reference]:
    return ENGINE_GENERATOR.manual_seed(seed), Reference(seed)


def shapes_of(size: int) -> list[tuple[int, ...]]:
    return [(size,), (size, 2), (2, size, 1), *([()] if size == 1 else [])]


@pytest.mark.parametrize("dtype", FLOATS)
def test_uniforms_are_identical(dtype):
    for seed in SEEDS:
        for size in SIZES:
            for shape in shapes_of(size):
                engine, reference = both(seed)
                assert_identical(engine.uniform(shape, dtype), reference.uniform(shape, dtype))


def test_a_half_that_rounds_to_one_is_zero():
    engine, reference = both(0)
    got, expected = engine.uniform((100_000,), "float16"), reference.uniform((100_000,), "float16")
    assert_identical(got, expected)
    assert (expected == 0).sum() > 10 * 100_000 * 2**-24


@pytest.mark.parametrize("dtype", FLOATS)
def test_normals_are_identical(dtype):
    for seed in SEEDS:
        for size in SIZES:
            for shape in shapes_of(size):
                engine, reference = both(seed)
                assert_same_normals(engine.normal(shape, dtype), reference.normal(shape, dtype))


def test_a_few_halves_are_rounded_to_floats_first():
    engine, reference = both(1997)
    doubles = engine.normal((15,), "float64")
    got = engine.manual_seed(1997).normal((15,), "float16")
    assert (got != doubles.astype("float16")).any()
    assert_identical(got, reference.normal((15,), "float16"))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    ("mean", "std"), [(0, 0.02), (1.0, 1.0), (0.3, 1.7), (-5.0, 1e-3), (1.5, 0.0), (0.1, 1e30), (0.0, np.inf)]
)
def test_normals_with_mean_and_std_are_identical(dtype, mean, std):
    for seed in range(5):
        for size in (5, 8, 100, 1003):
            engine, reference = both(seed)
            got, expected = (
                engine.normal((size,), dtype, mean, std),
                reference.normal((size,), dtype, mean, std),
            )
            assert_same_normals(got, expected)


@pytest.mark.parametrize(
    "draw",
    [
        lambda generator: generator.uniform((200_003,), "float32"),
        lambda generator: generator.uniform((100_003,), "float64"),
        lambda generator: generator.randint(0, 1000, (200_003,)),
        lambda generator: generator.randperm(100_003),
    ],
)
def test_large_draws_are_identical(draw):
    engine, reference = both(7)
    assert_identical(draw(engine), draw(reference))
    assert_identical(engine.uniform((1,), "float32"), reference.uniform((1,), "float32"))


@pytest.mark.parametrize("dtype", FLOATS)
def test_large_normals_are_identical(dtype):
    for count in (32 * 1024, 32 * 1024 + 3, 200_003):
        engine, reference = both(7)
        assert_same_normals(engine.normal((count,), dtype), reference.normal((count,), dtype))
        assert_identical(engine.uniform((1,), "float32"), reference.uniform((1,), "float32"))


@pytest.mark.parametrize("dtype", RANDINT_DTYPES)
def test_randint_is_identical(dtype):
    bounds = {
        "bool": [(0, 1), (0, 2)],
        "uint8": [(0, 256), (3, 10)],
        "int8": [(-128, 128), (-3, 10)],
        "int16": [(-(2**15), 2**15)],
        "int32": [(-(2**31), 2**31), (0, 2**28 - 1), (0, 2**28), (5, 6)],
        "int64": [(-(2**63), 2**63 - 1), (-7, 2**28 - 8), (-7, 2**28 - 7), (-7, 2**28 - 6), (0, 2**63 - 1)],
        "float16": [(0, 2049), (-2048, 7)],
        "float32": [(0, 2**24 + 1), (-(2**24), 5)],
        "float64": [(0, 2**53 + 1), (-(2**53), 5), (0, 10)],
    }[dtype]
    for low, high in bounds:
        for seed in SEEDS:
            for size in SIZES:
                engine, reference = both(seed)
                got = engine.randint(low, high, (size, 1), dtype)
                assert_identical(got, reference.randint(low, high, (size, 1), dtype))


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
)
def test_randperm_is_identical(dtype):
    for seed in SEEDS:
        for n in (*SIZES[:-1], 128, 1000 if dtype not in ("uint8", "int8") else 127):
            engine, reference = both(seed)
            assert_identical(engine.randperm(n, dtype), reference.randperm(n, dtype))


def random_call(choices: random.Random) -> tuple[bool, Callable[[Any], np.ndarray]]:
    """Choose a call, and say whether it draws normals."""
    size, few = choices.choice(SIZES), choices.randrange(1, 8)
    dtype, integer = choices.choice(FLOATS), choices.choice(RANDINT_DTYPES[1:])
    high = choices.choice((1, 5, 2**28, 2**40)) if integer in ("int64", "float64") else 100
    return choices.choice(
        [
            (False, lambda generator: generator.uniform((size,), dtype)),
            (True, lambda generator: generator.normal((size,), dtype)),
            (True, lambda generator: generator.normal((few,), dtype, 0.5, 2.0)),
            (False, lambda generator: generator.randint(0, high, (size,), integer)),
            (False, lambda generator: generator.randperm(size)),
        ]
    )


def test_every_call_leaves_the_stream_where_pytorch_leaves_it():
    for seed in range(200):
        engine, reference = both(seed)
        choices = random.Random(seed)
        for _ in range(8):
            is_normal, call = random_call(choices)
            (assert_same_normals if is_normal else assert_identical)(call(engine), call(reference))


def test_the_second_of_a_pair_of_normals_waits_for_the_next_call():
    engine, reference = both(3)
    for dtype in ("float64", "float32", "float16", "float64"):
        assert_identical(engine.normal((), dtype), reference.normal((), dtype))
        assert_identical(engine.uniform((1,), "float32"), reference.uniform((1,), "float32"))
    engine.normal((1,), "float32")
    assert_identical(engine.manual_seed(3).normal((1,), "float32"), Reference(3).normal((1,), "float32"))


def outcome(call: Callable[[], np.ndarray]) -> tuple[Any, list[str]]:
    """Return what a call raises, or returns, and what it warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result: Any = call()
        except (RuntimeError, NotImplementedError) as error:
            result = type(error).__name__, str(error)
        else:
            result = str(result.dtype), result.shape, result.tolist()
    return result, [str(each.message).split(" (Triggered internally")[0] for each in caught]


NEAR_LIMITS = [limit + step for limit in (0, 255, 2048, 65504, 2**24, 2**53, 2**62) for step in (-2, 0, 1, 3)]


@pytest.mark.parametrize("dtype", [*RANDINT_DTYPES, "complex64"])
def test_randint_checks_its_bounds(dtype):
    choices = random.Random(0)
    bounds = [(choices.choice(NEAR_LIMITS), choices.choice(NEAR_LIMITS)) for _ in range(60)]
    bounds += [(-low, -high) for low, high in bounds] + [(-low, high) for low, high in bounds]
    cases = [(low, high, choices.choice([(4,), (0,)])) for low, high in bounds]
    cases += [(low, high, (4,)) for low, high in ((0, 2**63 - 1), (-(2**63), 0), (-(2**63), 2**63 - 1))]
    for low, high, shape in cases:
        engine, reference = both(0)
        got = outcome(lambda: engine.randint(low, high, shape, dtype))  # noqa: B023 - called at once
        assert got == outcome(lambda: reference.randint(low, high, shape, dtype)), (low, high)  # noqa: B023


@pytest.mark.parametrize("dtype", [*RANDINT_DTYPES, "complex64", "complex128"])
def test_randperm_checks_its_length(dtype):
    lengths = [-1, 3, 128, 129, 256, 257, 2049, 2050, 2**15, 2**15 + 1]
    lengths += {"float32": [2**24 + 2], "int32": [2**31 + 1]}.get(dtype, [])
    for n in lengths:
        engine, reference = both(0)
        got = outcome(lambda: engine.randperm(n, dtype))  # noqa: B023 - called at once
        assert got == outcome(lambda: reference.randperm(n, dtype)), n  # noqa: B023


def test_randperm_refuses_what_it_cannot_draw():
    with pytest.raises(NotImplementedError, match="choose fewer than 214748364"):
        Generator().randperm(2**28)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int16", "int32", "int64"])
@pytest.mark.parametrize("shape", [(0,), (3,)])
def test_floats_are_not_drawn_as_integers(dtype, shape):
    engine, reference = both(0)
    assert outcome(lambda: engine.uniform(shape, dtype)) == outcome(lambda: reference.uniform(shape, dtype))
    assert outcome(lambda: engine.normal(shape, dtype)) == outcome(lambda: reference.normal(shape, dtype))


@pytest.mark.parametrize("std", [-1.0, -1e-7, float("nan"), -np.inf, -123456789.0])
def test_a_negative_std_is_refused(std):
    engine, reference = both(0)
    expected = outcome(lambda: reference.normal((3,), "float32", 0.0, std))
    assert outcome(lambda: engine.normal((3,), "float32", 0.0, std)) == expected


def test_seeds():
    assert Generator().initial_seed() == torch.Generator().initial_seed()
    for seed in SEEDS:
        engine, reference = both(seed)
        assert engine.initial_seed() == reference.generator.initial_seed()
    engine = Generator()
    first, second = engine.seed(), engine.seed()
    assert first != second
    assert engine.initial_seed() == second
    assert_identical(engine.uniform((3,), "float32"), Reference(second).uniform((3,), "float32"))


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1, 1.5, "a", True, None])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises((RuntimeError, ValueError)) as expected:
        torch.Generator().manual_seed(seed)
    with pytest.raises(type(expected.value)) as got:
        Generator().manual_seed(seed)
    assert str(got.value) == str(expected.value)


def test_words_are_those_of_the_stream():
    engine = Generator().manual_seed(5)
    words = np.random.RandomState(5).randint(0, 2**32, 10, dtype=np.uint32)
    assert engine.random_raw(4).tolist() + engine.random_raw(6).tolist() == words.tolist()


@pytest.mark.parametrize("count", [5, 17, 18, 32, 100])
def test_normals_lie_in_as_much_memory_as_they_need(count: int) -> None:
    import engine

    stored = [each.randn(count).untyped_storage().nbytes() for each in (engine, torch)]
    assert stored == [4 * count, 4 * count]
