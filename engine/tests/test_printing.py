from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine import printing

DTYPES = (
    *("bool", "uint8", "int8", "int16", "int32", "int64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)
NAN, INF = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def _default_options() -> Iterator[None]:
    yield
    set_options(profile="default")
    torch.set_default_dtype(torch.float32)


def set_options(**options: Any) -> None:
    torch.set_printoptions(**options)
    printing.set_printoptions(**options)


def text_of(array: np.ndarray, tensor: torch.Tensor) -> str:
    """Return the engine's text for an array with the tensor's dtype and gradient state."""
    node = tensor.grad_fn
    suffixes = printing.suffixes(
        str(tensor.dtype),
        str(torch.get_default_dtype()),
        array.shape,
        tensor.requires_grad,
        None if node is None else type(node).__name__,
    )
    return printing.tensor_text(array, suffixes=suffixes)


def assert_prints_alike(array: np.ndarray) -> None:
    tensor = torch.from_numpy(array)
    assert text_of(array, tensor) == repr(tensor)


def numbers(dtype: str, shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    if kind == "b":
        return np.asarray(generator.random(shape) < 0.5)
    if kind in "iu":
        return np.asarray(generator.integers(0 if kind == "u" else -100, 100, shape)).astype(dtype)
    values = generator.standard_normal(shape)
    if kind == "c":
        return np.asarray(values + 1j * generator.standard_normal(shape)).astype(dtype)
    return np.asarray(values).astype(dtype)


LITERALS = [
    *(0.0, -0.0, 1.0, 1.5, -3.0, 1e8, 1.1e8, 1e-4, 0.9e-4, 1e-45, 3.4e38, NAN, INF, -INF, 12345.678, 1e5),
    [],
    [NAN],
    [NAN, INF, -INF],
    [0.0] * 40,
    [NAN] * 40,
    [0.0, -0.0],
    [0.0, -0.0, 1.0],
    [1.0, 2.0, 3.0],
    [1.0, NAN],
    [1.0, INF, -INF],
    [1.5, NAN, -INF],
    [1e-5, NAN, -INF, 0.0],
    [1.0, 1000.0],
    [1.0, 1001.0],
    [1.5, 1500.0],
    [1.5, 1501.0],
    [1e8, 1e7],
    [1e8 + 8, 1e7],
    [1e-4, 1e-3],
    [0.99e-4, 1e-3],
    [-1e-3, 5.0],
    [-0.00001, 0.5],
    [123456.0, -1.0],
    [99999.99999, 1234.5],
    [[1.0, 2.0], [3.0, 4.5]],
    [[[1.0]]],
    [[], []],
]


@pytest.mark.parametrize("literal", LITERALS, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_literals(literal, dtype):
    with np.errstate(over="ignore"):
        assert_prints_alike(np.array(literal, dtype))


@pytest.mark.parametrize(
    "literal",
    [
        *(0, -1, 2**62, True, False),
        [True, False],
        [1, 20, 300],
        [-1, 10],
        [[1, -2], [3, 4]],
        [[]],
        [2**63 - 1, 0],
    ],
    ids=str,
)
def test_integers_and_bools(literal):
    assert_prints_alike(np.array(literal, np.int64 if literal == [[]] else None))


@pytest.mark.parametrize(
    "parts",
    [(1.5, -0.0), (0.0, 0.0), (-1.0, NAN), (INF, -INF), (1e-9, 1e9), (NAN, 1e-9), (2.0, -3.0)],
    ids=str,
)
def test_complex_numbers(parts):
    number = complex(*parts)
    for literal in (number, [number], [number, 1 - 2.5j], [number, 100j, -1e5 + 0j]):
        assert_prints_alike(np.array(literal, np.complex128))


SHAPES = [
    *((), (1,), (5,), (40,), (1000,), (1001,), (5000,)),
    *((0,), (0, 3), (3, 0), (2, 0, 4)),
    *((3, 4), (1, 30), (30, 1), (100, 100), (7, 200), (200, 7), (2, 3, 4), (20, 10, 30), (1, 1, 2000)),
    *((2, 2, 2, 3), (2, 8, 8, 9), (1, 1, 1, 1, 1)),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes(dtype, shape):
    assert_prints_alike(numbers(dtype, shape))


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 100.0, 1e4, 1e7, 1e9, 1e30])
@pytest.mark.parametrize("whole", [False, True])
def test_magnitudes(scale, whole):
    for seed in range(10):
        values = numbers("float64", (4, 5), seed) * scale
        values = np.round(values) if whole else values
        assert_prints_alike(values)
        assert_prints_alike(values.astype(np.float32))


@pytest.mark.parametrize("width", range(1, 30, 3))
def test_rows_are_broken_at_the_line_width(width):
    for length in range(1, 60, 7):
        assert_prints_alike(np.arange(length) + 10 ** (width % 10))
        assert_prints_alike((numbers("float32", (2, length)) + 10 ** (width % 10)).astype(np.float32))


@pytest.mark.parametrize(
    "options",
    [
        {"precision": 0},
        {"precision": 2},
        {"precision": 10},
        {"threshold": 0},
        {"threshold": 5},
        {"threshold": 5, "edgeitems": 1},
        {"threshold": 5, "edgeitems": 0},
        {"edgeitems": 0},
        {"edgeitems": 10, "threshold": 20},
        {"linewidth": 1},
        {"linewidth": 20},
        {"linewidth": 200},
        {"sci_mode": True},
        {"sci_mode": False},
        {"sci_mode": True, "precision": 1},
        {"profile": "short"},
        {"profile": "full"},
        {"profile": "short", "precision": 6},
        {"profile": "no such profile"},
    ],
    ids=str,
)
def test_options(options):
    set_options(**options)
    for dtype in DTYPES:
        for shape in ((), (0, 2), (4,), (30,), (2000,), (3, 4), (30, 2, 8), (8, 60)):
            assert_prints_alike(numbers(dtype, shape))
    for literal in LITERALS:
        assert_prints_alike(np.array(literal, np.float64))


def test_options_are_kept_until_they_are_set_again():
    for options in (
        {"precision": 2},
        {"threshold": 5},
        {"sci_mode": True},
        {"edgeitems": 1},
        {"profile": "default"},
    ):
        set_options(**options)
        for values in (numbers("float32", (10,)), numbers("float32", (3, 3)) * 1e9):
            assert_prints_alike(values)


@pytest.mark.parametrize("default", [torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_dtype_is_shown_where_it_is_not_the_default(default, dtype):
    torch.set_default_dtype(default)
    for shape in ((), (3,), (0,), (0, 3), (2, 2)):
        assert_prints_alike(numbers(dtype, shape))


@pytest.mark.parametrize("length", range(1, 13))
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_the_gradient_is_shown_last(length, dtype):
    for shape in ((length,), (2, length), (0, length)):
        array = numbers(dtype, shape)
        leaf = torch.from_numpy(array).requires_grad_()
        results = [leaf, leaf.clone(), torch.nn.functional.hardswish(leaf), leaf.detach()]
        for tensor in results:
            assert text_of(tensor.detach().numpy(), tensor) == repr(tensor)


def test_parameters():
    parameter = torch.nn.Parameter(torch.ones(3))
    assert printing.PARAMETER_PREFIX + text_of(np.ones(3, np.float32), parameter) == repr(parameter)


class Longer(torch.Tensor):
    """A subclass, whose name is the prefix."""


def test_prefixes():
    array = numbers("float32", (3, 30))
    tensor = torch.from_numpy(array).as_subclass(Longer)
    assert printing.tensor_text(array, suffixes=[], prefix="Longer(") == repr(tensor)


def test_views_and_scalars():
    array = numbers("float32", (40, 50))
    for view in (array.T, array[::2, 3:5], array[:, ::-1], np.broadcast_to(array[0], (40, 50))):
        assert printing.tensor_text(view, suffixes=[]) == repr(torch.from_numpy(view.copy()))
    assert printing.tensor_text(np.float32(1.5), suffixes=[]) == "tensor(1.5000)"


def test_only_the_shown_elements_are_looked_at():
    untouched = np.broadcast_to(np.float32(0.5), (10**6, 10**6))
    rows = ["[0.5000, 0.5000, 0.5000,  ..., 0.5000, 0.5000, 0.5000]"] * 3
    expected = "tensor([" + ",\n        ".join([*rows, "...", *rows]) + "])"
    assert printing.tensor_text(untouched, suffixes=[]) == expected


@st.composite
def arrays_of_floats(draw: st.DrawFn) -> np.ndarray:
    dtype = draw(st.sampled_from([np.float16, np.float32, np.float64]))
    shape = draw(arrays.array_shapes(min_dims=0, max_dims=3, max_side=4))
    width = np.dtype(dtype).itemsize * 8
    whole = st.integers(-2000, 2000).map(float)
    elements = st.one_of(st.floats(width=width), st.floats(-10, 10, width=width), whole)
    return draw(arrays.arrays(dtype, shape, elements=elements))


@given(arrays_of_floats())
@settings(max_examples=200)
def test_floats_of_all_magnitudes(array):
    assert_prints_alike(array)


@given(st.lists(st.text("ab<>=", min_size=1, max_size=70), max_size=4), st.integers(1, 20))
@settings(max_examples=100)
def test_suffixes_are_broken_at_the_line_width(suffixes, length):
    array = np.arange(length)
    expected = torch._tensor_str._add_suffixes(
        repr(torch.arange(length))[:-1], suffixes, 7, force_newline=False
    )
    got = printing.tensor_text(array, suffixes=suffixes)
    assert got == expected


@pytest.mark.parametrize("function", ["slogdet", "linalg.slogdet", "Tensor.slogdet"])
def test_results_have_the_name_of_the_function_that_was_called(function):
    import engine

    shown = [repr(attrgetter(function)(each)(each.eye(2) * 3)) for each in (engine, torch)]
    assert shown[0] == shown[1]
