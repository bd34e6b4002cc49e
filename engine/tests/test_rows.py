"""Arithmetic along rows gives NumPy's numbers, and leaves its buffers as they were."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.rows import along_rows

SHAPES = [
    ((300, 200), (300, 1)),
    ((300, 1), (300, 200)),
    ((300, 1), (1, 200)),
    ((20, 16, 14, 14), (16, 1, 1)),
    ((20, 16, 14, 14), (20, 1, 14, 1)),
    ((4, 300, 128), (4, 300, 1)),
    ((300, 200), (1, 1)),
    ((300, 200), ()),
    ((200,), (300, 1)),
    ((0, 200), (0, 1)),
]


@pytest.mark.parametrize(("one", "other"), SHAPES, ids=str)
def test_numbers_are_those_of_numpy(one, other):
    numbers = np.random.default_rng(0)
    left = numbers.standard_normal(one).astype(np.float32)
    right = numbers.standard_normal(other).astype(np.float32)
    found = engine.tensor(left) - engine.tensor(right)
    assert np.array_equal(found.numpy(), left - right)


def test_the_length_of_buffers_is_what_it_was_also_after_an_error():
    matrix, column = np.ones((300, 200), np.float32), np.ones((300, 1), np.float32)
    within = []

    def fail(one, other):
        within.append(np.getbufsize())
        raise ValueError("fails")

    usual = np.getbufsize()
    along_rows(np.add, matrix, column)
    assert np.getbufsize() == usual
    with pytest.raises(ValueError, match="fails"):
        along_rows(fail, matrix, column)
    assert np.getbufsize() == usual
    assert within[0] < usual


def test_shapes_that_do_not_fit_are_refused_in_pytorchs_words():
    with pytest.raises(
        RuntimeError, match=r"The size of tensor a \(300\) must match the size of tensor b \(301\)"
    ):
        engine.ones(300, 200) + engine.ones(301, 1)
