"""A large mean's gradient is spread late, but before anybody sees it."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.unspread import Unspread, unspread

SIZES = (150, 200)


def leaf(*sizes):
    values = np.random.default_rng(0).standard_normal(sizes, dtype=np.float32)
    return engine.tensor(values, requires_grad=True)


def check(grad, version=0):
    """It is what PyTorch gives for the mean over the first dimension and a gradient of ones."""
    assert type(grad) is engine.Tensor
    assert grad.stride() == (200, 1)
    assert grad._version == version
    np.testing.assert_allclose(grad.numpy(), np.full(SIZES, 1 / 150, np.float32), rtol=1e-6)


def test_a_leaf_gets_a_gradient_of_its_own():
    x = leaf(*SIZES)
    x.mean(0).backward(engine.ones(200))
    check(x.grad)
    x.grad[0] = 0
    assert x.grad[1, 0].item() != 0


def test_what_is_added_up_is_changed_in_place():
    x = leaf(*SIZES)
    (x.mean(0) / 2 + x.mean(0) / 2).backward(engine.ones(200))
    check(x.grad, version=1)
    x.grad.zero_()
    x.mean(0).backward(engine.ones(200))
    check(x.grad, version=3)


def test_captured_retained_and_called_by_hand():
    x = leaf(*SIZES)
    (found,) = engine.autograd.grad(x.mean(0), x, engine.ones(200))
    check(found)
    y = x * 1
    y.retain_grad()
    y.mean(0).backward(engine.ones(200))
    check(y.grad)
    node = x.mean(0).grad_fn
    with engine.no_grad():
        check(node(engine.ones(200)))


def test_hooks_see_it_spread():
    x, seen = leaf(*SIZES), []
    y = x * 1
    y.register_hook(lambda grad: check(grad) or seen.append("tensor"))
    y.grad_fn.register_prehook(lambda grads: check(grads[0]) or seen.append("before"))
    mean = y.mean(0)
    mean.grad_fn.register_hook(lambda grads, outer: check(grads[0]) or seen.append("after"))
    mean.backward(engine.ones(200))
    assert seen == ["after", "tensor", "before"]


def test_custom_functions_see_it_spread():
    class Twice(engine.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            check(grad)
            return grad * 2

    x = leaf(*SIZES)
    Twice.apply(x).mean(0).backward(engine.ones(200))
    check(x.grad / 2)


@pytest.mark.parametrize("shares", [(1, 1, 1), (1, 5, 1), (4, 1, 6)])
@pytest.mark.parametrize("sizes", [(), (6,), (5, 1), (1, 5, 6), (4, 5, 1), (4, 5, 6)])
def test_sums_are_those_of_the_spread_gradient(shares, sizes):
    values = np.random.default_rng(0).standard_normal(shares, dtype=np.float32)
    found = unspread(values, (4, 5, 6), engine.float32)._reduce_to(sizes, engine.float32)
    spread = engine.tensor(np.array(np.broadcast_to(values, (4, 5, 6))))
    expected = spread._reduce_to(sizes, engine.float32)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-5)


@pytest.mark.parametrize("sizes", [(), (6,), (5, 1), (4, 5, 6)])
def test_products_are_those_of_the_spread_gradient(sizes):
    values = np.random.default_rng(0).standard_normal((4, 1, 6), dtype=np.float32)
    grad, factor = unspread(values, (4, 5, 6), engine.float32), leaf(*sizes).detach()
    with engine.no_grad():
        found = grad * factor
        assert isinstance(found, Unspread) is (sizes in ((), (6,)))
        negative = -found
    np.testing.assert_array_equal(negative.numpy(), -values * factor.numpy() * np.ones((4, 5, 6), np.float32))
    assert type(negative) is engine.Tensor


def test_a_product_is_laid_out_as_the_spread_gradient():
    x, factor = leaf(*SIZES), leaf(*SIZES[::-1]).detach().t()
    y = x * 1
    strides = []
    y.register_hook(lambda grad: strides.append(grad.stride()))
    (y * factor).mean(0).backward(engine.ones(200))
    assert strides == [(200, 1)]


@pytest.mark.parametrize(
    ("sizes", "dims"),
    [((100_000, 3), 0), ((1000, 40), 0), ((3, 20_000, 2), 1), ((300, 200, 3), (0, 1)), ((40, 4096), 1)],
)
@pytest.mark.parametrize("keepdim", [False, True])
def test_sums_of_many_equal_terms_are_exact(sizes, dims, keepdim):
    ones = np.full(sizes, 0.005, np.float32)
    expected = ones.sum(dims, np.float64, keepdims=keepdim)
    found = engine.tensor(ones).sum(dims, keepdim).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_a_broadcast_factor_gets_an_exact_sum():
    x, row = engine.full((4000, 8), 0.1), engine.full((8,), 0.3, requires_grad=True)
    (x * row).sum().backward()
    np.testing.assert_allclose(row.grad.numpy(), 400, rtol=1e-6)
    assert row.grad._version == 0
