"""The error function of arrays, against Python's own of each number."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.ops.elementary import FEW
from engine.ops.erf import BLOCK, erf


@pytest.mark.parametrize(("kind", "tolerance"), [(np.float32, 5e-7), (np.float64, 1e-15)])
def test_relative_error(kind: type, tolerance: float) -> None:
    """Near zero, where it bends, and where it is 1, the relative error stays within some units of the last place."""
    numbers = np.concatenate([np.linspace(-7, 7, 2001), np.logspace(-12, 0, 200)]).astype(kind)
    wanted = np.array([math.erf(float(each)) for each in numbers])
    assert erf(numbers).dtype == kind
    np.testing.assert_allclose(erf(numbers), wanted, rtol=tolerance, atol=0)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_special_numbers(kind: type) -> None:
    """Infinities give ±1, nan stays, zeros keep their sign; an array without elements is one."""
    found = erf(np.array([math.inf, -math.inf, math.nan, -0.0], kind))
    np.testing.assert_array_equal(found, np.array([1, -1, math.nan, -0.0]))
    assert math.copysign(1, float(found[3])) == -1
    assert erf(np.array([], kind)).shape == (0,)


def test_blocks_fit_together() -> None:
    """An array that is computed in blocks is as if it were computed at once."""
    numbers = np.linspace(-3, 3, 2 * BLOCK + 7, dtype=np.float32).reshape(1, -1)
    assert erf(numbers).shape == numbers.shape
    np.testing.assert_array_equal(erf(numbers)[0, -FEW - 1 :], erf(numbers[0, -FEW - 1 :]))
