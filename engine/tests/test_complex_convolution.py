"""A convolution of complex numbers is three of real ones, as live PyTorch's graph shows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import engine


def nodes(node):
    """The names of the graph's nodes, depth first."""
    return (
        []
        if node is None
        else [node.name(), *[each for one, _ in node.next_functions for each in nodes(one)]]
    )


def convolved(namespace, function, with_bias):
    random = np.random.default_rng(0)

    def leaf(*sizes):
        array = random.uniform(-1, 1, (*sizes, 2)).astype(np.float32).view(np.complex64)[..., 0]
        return namespace.from_numpy(array).requires_grad_()

    leaves = [leaf(2, 3, 5, 5), leaf(3, 3, 2, 2), *([leaf(3)] if with_bias else [])]
    result = getattr(namespace.nn.functional, function)(*leaves, stride=2, padding=1)
    graph = nodes(result.grad_fn)
    (result.real.square() + result.imag.pow(3)).sum().backward()
    return graph, [each.detach().numpy() for each in (result, *[each.grad for each in leaves])]


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize("function", ["conv2d", "conv_transpose2d"])
def test_graph_values_and_gradients(function, with_bias):
    (graph, ours), (expected, theirs) = (
        convolved(namespace, function, with_bias) for namespace in (engine, torch)
    )
    assert graph == expected
    for found, value in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(found, value, rtol=1e-4, atol=1e-5)
