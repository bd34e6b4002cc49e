"""`torch.testing._internal.common_utils`: what PyTorch's own tests are written with, so that parts of them run here.

Source: PyTorch's test suite, its `TestCase`, decorators and helpers.
"""

# ruff: noqa: PT009, PT027 - this is a TestCase of unittest

from __future__ import annotations

import inspect
import random
import re
import sys
import unittest
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from itertools import product
from typing import Any

import numpy as np

from ... import dtypes
from ...base import TensorBase
from ...gradcheck import gradcheck as _gradcheck
from ...gradcheck import gradgradcheck as _gradgradcheck
from ...ops.creation import as_tensor
from ...random import fork_rng, manual_seed
from ..closeness import assert_close
from ..making import make_tensor

__all__ = [
    "IS_MACOS",
    "IS_WINDOWS",
    "TEST_NUMPY",
    "TEST_WITH_ROCM",
    "TestCase",
    "dtype_name",
    "freeze_rng_state",
    "gradcheck",
    "gradgradcheck",
    "instantiate_parametrized_tests",
    "make_tensor",
    "parametrize",
    "run_tests",
    "set_default_dtype",
    "set_rng_seed",
    "skipIfNoLapack",
    "skipIfTorchDynamo",
    "slowTest",
    "subtest",
]

SEED = 1234
IS_WINDOWS, IS_MACOS = sys.platform == "win32", sys.platform == "darwin"
TEST_NUMPY, TEST_WITH_ROCM = True, False
NUMBERS = (bool, int, float, complex)


def set_rng_seed(seed: int = SEED) -> None:
    """Seed every source of random numbers."""
    manual_seed(seed)
    random.seed(seed)
    np.random.seed(seed)


def freeze_rng_state() -> Any:
    """Inside, random numbers are drawn without effect on those drawn later."""
    return fork_rng(devices=())


def dtype_name(dtype: Any) -> str:
    """`float32` of `torch.float32`."""
    return str(dtype).split(".")[1]


@contextmanager
def set_default_dtype(dtype: Any) -> Iterator[None]:
    """Inside, this is the floating type of new tensors."""
    before = dtypes.get_default_dtype()
    dtypes.set_default_dtype(dtype)
    try:
        yield
    finally:
        dtypes.set_default_dtype(before)


class TestCase(unittest.TestCase):
    """A test case whose `assertEqual` compares tensors, and what holds them, by value."""

    __test__ = False  # itself it has no tests

    def setUp(self) -> None:
        """The same random numbers for each test."""
        set_rng_seed()

    def assertEqual(  # type: ignore[override]  # noqa: N802 - PyTorch's own name
        self,
        x: Any,
        y: Any,
        msg: Any = None,
        *,
        atol: float | None = None,
        rtol: float | None = None,
        equal_nan: bool = True,
        exact_dtype: bool = True,
        **other: bool,
    ) -> None:
        """Tensors, numbers and nests of them are close; all else is equal."""
        if x is None or y is None or isinstance(x, str) or isinstance(y, str):
            super().assertEqual(x, y, msg)
        elif isinstance(x, TensorBase) or isinstance(y, TensorBase) or isinstance(x, np.ndarray):
            given = {"atol": atol, "rtol": rtol, "equal_nan": equal_nan, "check_dtype": exact_dtype}
            x, y, same = _alike(x, y)
            assert_close(x, y, msg=msg, **{**given, **same}, check_stride=other.get("exact_stride", False))
        elif isinstance(x, NUMBERS) and isinstance(y, NUMBERS):
            assert_close(x, y, msg=msg, atol=atol, rtol=rtol, equal_nan=equal_nan, check_dtype=False)
        elif isinstance(x, dict) and isinstance(y, dict):
            super().assertEqual(list(x), list(y), msg)
            for key in x:
                self.assertEqual(x[key], y[key], msg, atol=atol, rtol=rtol, exact_dtype=exact_dtype, **other)
        elif _is_sequence(x) and _is_sequence(y):
            super().assertEqual(len(x), len(y), msg)
            for one, two in zip(x, y):
                self.assertEqual(one, two, msg, atol=atol, rtol=rtol, exact_dtype=exact_dtype, **other)
        else:
            super().assertEqual(x, y, msg)

    def assertNotEqual(  # type: ignore[override]  # noqa: N802
        self, x: Any, y: Any, msg: Any = None, **options: Any
    ) -> None:
        """What `assertEqual` refuses."""
        with self.assertRaises(AssertionError, msg=msg):
            self.assertEqual(x, y, msg, **options)

    def assertEqualIgnoreType(self, *args: Any, **options: Any) -> None:  # noqa: N802
        """Equal but for the types of tensors."""
        self.assertEqual(*args, exact_dtype=False, **options)

    def assertEqualTypeString(self, x: Any, y: Any) -> None:  # noqa: N802
        """Two tensors have one type."""
        self.assertEqual((x.device, x.dtype), (y.device, y.dtype))

    def assertObjectIn(self, obj: Any, iterable: Iterable[Any]) -> None:  # noqa: N802
        """The object itself is among others."""
        self.assertTrue(any(obj is each for each in iterable), "object not found in iterable")

    def assertNotWarn(self, callable: Callable[..., Any], msg: str = "") -> None:  # noqa: N802
        """A call warns of nothing."""
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            callable()
        self.assertTrue(not warned, msg)

    @contextmanager
    def assertWarnsOnceRegex(self, category: type[Warning], regex: str = "") -> Iterator[None]:  # noqa: N802
        """Inside, there is such a warning."""
        with self.assertWarnsRegex(category, regex):
            yield


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _alike(x: Any, y: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Two tensors, where one is, or stands for, a number or a sequence of numbers; their types are not compared then."""
    if isinstance(x, TensorBase) and isinstance(y, TensorBase):
        return x, y, {}
    model = x if isinstance(x, TensorBase) else y
    if isinstance(model, TensorBase):
        dtype = None if isinstance(x, np.ndarray) or isinstance(y, np.ndarray) else model._dtype
        x, y = (each if each is model else as_tensor(each, dtype=dtype) for each in (x, y))
        return (x.reshape(y.shape), y, {"check_dtype": False}) if x.numel() == y.numel() == 1 else (x, y, {})
    return as_tensor(x), as_tensor(y), {}


# ---- decorators and helpers --------------------------------------------------------------------------------


def _unchanged(test: Callable[..., Any]) -> Callable[..., Any]:
    return test


slowTest = skipIfNoLapack = _unchanged  # noqa: N816 - PyTorch's own names


def skipIfTorchDynamo(msg: Any = "") -> Any:  # noqa: N802 - PyTorch's own name
    """Never skipped: nothing is compiled here."""
    return msg if callable(msg) else _unchanged


def gradcheck(fn: Any, inputs: Any, **options: Any) -> Any:
    """`torch.autograd.gradcheck`, with batched gradients checked as well."""
    return _gradcheck(fn, inputs, **{"check_batched_grad": True, **options})


def gradgradcheck(fn: Any, inputs: Any, grad_outputs: Any = None, **options: Any) -> Any:
    """`torch.autograd.gradgradcheck`, with batched gradients checked as well."""
    return _gradgradcheck(fn, inputs, grad_outputs, **{"check_batched_grad": True, **options})


class subtest:  # noqa: N801 - PyTorch's own name
    """Values of the parameters of a test, with a name."""

    def __init__(self, arg_values: Any, name: str | None = None, decorators: Any = ()) -> None:
        self.arg_values, self.name, self.decorators = arg_values, name, decorators


def parametrize(
    arg_str: str, arg_values: Iterable[Any], name_fn: Callable[..., str] | None = None
) -> Callable[..., Any]:
    """Have `instantiate_parametrized_tests` make a test for each of the values."""
    names = [name.strip() for name in arg_str.split(",") if name.strip()]

    def decorated(test: Any) -> Any:
        given: list[Any] = []
        for values in arg_values:
            each = values if isinstance(values, subtest) else subtest(values)
            found = list(each.arg_values) if len(names) > 1 else [each.arg_values]
            text = each.name or (
                name_fn(*found) if name_fn else "_".join(map(_label, names, found, [len(given)] * len(names)))
            )
            given.append((text, dict(zip(names, found)), each.decorators))
        test.parametrize_with = [given, *getattr(test, "parametrize_with", [])]
        return test

    return decorated


def _label(name: str, value: Any, number: int) -> str:
    if isinstance(value, dtypes.dtype):
        return dtype_name(value)
    plain = isinstance(value, (bool, int, float, str)) or value is None
    return re.sub(r"\W", "_", f"{name}_{value}") if plain else f"{name}{number}"


def instantiate_parametrized_tests(generic_cls: type) -> type:
    """Put the tests of each value in the place of the parametrized ones."""
    for name, test in [*vars(generic_cls).items()]:
        if not inspect.isfunction(test) or not hasattr(test, "parametrize_with"):
            continue
        delattr(generic_cls, name)
        for combination in product(*test.parametrize_with):
            options = {key: value for _, values, _ in combination for key, value in values.items()}
            made = _with(test, options)
            for _, _, decorators in combination:
                for decorate in decorators:
                    made = decorate(made)
            setattr(generic_cls, "_".join([name, *[text for text, _, _ in combination]]), made)
    return generic_cls


def _with(test: Any, options: dict[str, Any]) -> Any:
    @wraps(test)
    def made(self: Any) -> Any:
        return test(self, **options)

    return made


def run_tests(argv: Sequence[str] | None = None) -> None:
    """Run the tests of the program."""
    unittest.main(argv=list(argv or sys.argv))
