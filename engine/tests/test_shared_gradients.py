"""Gradients of broadcast factors under a mean, whose gradient is the same along its dimensions, beside live PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import engine

FACTORS = [
    ((300, 400), (400,), 0),
    ((300, 400), (300, 1), 1),
    ((300, 400), (1, 1), 0),
    ((20, 30, 40), (30, 1), (0, 2)),
    ((20, 30, 40), (40,), (0, 1)),
    ((20, 30, 40), (20, 1, 1), (1, 2)),
    ((20, 30, 40), (1, 30, 40), 0),
    ((20, 30, 40), (30, 40), 1),
    ((1, 300, 40), (8, 1, 40), 1),
    ((300, 40), (8, 300, 40), (0, 1)),
]


def gradients(namespace, sizes, factor_sizes, dim):
    values = np.random.default_rng(0)
    x = namespace.tensor(values.uniform(0.5, 1.5, sizes).astype(np.float32), requires_grad=True)
    factor = namespace.tensor(values.uniform(0.5, 1.5, factor_sizes).astype(np.float32), requires_grad=True)
    product = (x + x.mean(0, keepdim=True)) * factor
    mean = product.mean(dim)
    mean.backward(namespace.tensor(values.uniform(0.5, 1.5, tuple(mean.shape)).astype(np.float32)))
    return [x.grad, factor.grad]


@pytest.mark.parametrize(("sizes", "factor_sizes", "dim"), FACTORS, ids=str)
def test_a_factor_gets_the_sum_of_a_product_that_is_never_made(sizes, factor_sizes, dim):
    ours = gradients(engine, sizes, factor_sizes, dim)
    for found, expected in zip(ours, gradients(torch, sizes, factor_sizes, dim), strict=True):
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=2e-5)
        assert found.stride() == expected.stride()
        assert found._version == expected._version
