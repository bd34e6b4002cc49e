"""Leaves beside a chain of operations own what PyTorch's do: each `_version` says whether a gradient was copied or kept."""

from __future__ import annotations

import pytest

import engine


def leaves(count):
    return [engine.full((3,), 0.5 + 0.3 * number, requires_grad=True) for number in range(count)]


def versions(tensors):
    return [each.grad._version for each in tensors]


def test_a_gradient_that_another_leaf_is_still_to_get_is_copied():
    a, b, c = leaves(3)
    ((b + (c - (a * 2 - b))) * a).neg().sin().backward(engine.full((3,), 1.25))
    assert versions([a, b, c]) == [1, 1, 1]


def test_a_gradient_that_goes_on_is_copied():
    a, b = leaves(2)
    (a * 2 + b).sin().backward(engine.ones(3))
    assert versions([a, b]) == [0, 1]
    assert a.grad.data_ptr() != b.grad.data_ptr()


def test_leaves_that_have_got_all_before_an_error_keep_it():
    a, b, c = leaves(3)
    result = (a * b).exp()
    total = (result * 2).sin() * c
    with engine.no_grad():
        result.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        total.backward(engine.ones(3))
    assert [each.grad is None for each in (a, b, c)] == [True, True, False]


@pytest.mark.parametrize("leaf_first", [True, False])
def test_a_leaf_used_along_a_long_chain(leaf_first):
    start, factor, term = (engine.tensor(each, requires_grad=True) for each in (1.0, 0.5, 0.25))
    value = start
    for _ in range(3):
        value = factor * value if leaf_first else value * factor
        value = term + value if leaf_first else value + term
    value.backward()
    assert [each.grad.item() for each in (start, factor, term)] == [0.125, 1.25, 1.75]
