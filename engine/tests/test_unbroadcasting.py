"""Shortcuts for gradients of many elements give what the long way gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import engine
from engine.ops import unbroadcasting

SHAPES = [
    ((120, 90), (90,)),
    ((120, 90), (120, 1)),
    ((120, 90), (1, 1)),
    ((120, 1), (90,)),
    ((6, 40, 50), (40, 1)),
    ((6, 40, 50), ()),
]


def leaves(*shapes):
    generator = np.random.default_rng(0)
    return [
        engine.tensor(generator.standard_normal(shape, dtype=np.float32), requires_grad=True)
        for shape in shapes
    ]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("operation", ["mul", "sub"])
def test_broadcast_operands_get_the_same_gradients_by_either_way(shapes, operation, monkeypatch):
    one, two = leaves(*shapes)
    result = getattr(one, operation)(two)
    grad = leaves(result.shape)[0].detach()
    found = engine.autograd.grad(result, [one, two], grad, retain_graph=True)
    monkeypatch.setattr(unbroadcasting, "_MANY", 1 << 30)
    expected = engine.autograd.grad(result, [one, two], grad)
    for short, long, leaf in zip(found, expected, (one, two), strict=True):
        assert short.shape == leaf.shape
        np.testing.assert_allclose(short.numpy(), long.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("sizes", [(8, 28, 28), (8, 27, 29)])
def test_largest_of_tiles_are_those_of_windows(sizes):
    from engine.ops import pooling

    array = np.random.default_rng(0).integers(0, 3, sizes).astype(np.float32)  # many ties
    windows = pooling._Windows(sizes, (2, 3), (), (0, 0), (1, 1), False)
    for found, expected in zip(
        pooling._largest_of_tiles(array, windows, np.uint8),
        pooling._largest_of_windows(array, windows, np.uint8),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


def test_an_expanded_gradient_gives_the_same_products():
    x, y = leaves((80, 70), (70, 90))
    (x @ y).sum().backward()
    ones = np.ones((80, 90), np.float32)
    np.testing.assert_allclose(x.grad.numpy(), ones @ y.detach().numpy().T, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(y.grad.numpy(), x.detach().numpy().T @ ones, rtol=1e-4, atol=1e-4)


def test_softmax_of_many_elements_with_one_maximum_for_all():
    (x,) = leaves((300, 64))
    wide = x.detach().numpy().astype(np.float64)
    exponentials = np.exp(wide - wide.max(1, keepdims=True))
    expected = exponentials / exponentials.sum(1, keepdims=True)
    np.testing.assert_allclose(engine.softmax(x, 1).detach().numpy(), expected, rtol=1e-5)
    far = engine.softmax(engine.cat([x.detach(), x.detach() - 200]), 1).numpy()
    np.testing.assert_allclose(far, np.concatenate([expected, expected]), rtol=1e-4)


def test_the_node_of_addmm_called_by_hand_gives_the_gradient_as_it_is():
    for namespace in (engine, torch):
        summand = namespace.ones(4, requires_grad=True)
        node = namespace.addmm(summand, namespace.ones(3, 8), namespace.ones(8, 4), beta=2).grad_fn
        first, *others = node(namespace.ones(3, 4))
        assert first.tolist() == [[2.0] * 4] * 3
        assert others == [None, None]


@pytest.mark.parametrize("rows", [1, 8, 20, 64, 65])
def test_a_layer_of_few_rows_and_many_features_lies_in_memory_row_by_row(rows):
    found, expected = (
        namespace.nn.functional.linear(namespace.arange(rows * 512.0).view(rows, 512) / 1e5, weight, bias)
        for namespace, weight, bias in (
            (each, each.linspace(0.5, 1, 512 * 160).view(160, 512), each.arange(160.0))
            for each in (engine, torch)
        )
    )
    assert found.stride() == expected.stride()
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-4)
