"""Operations under `vmap`, per-example gradients and tangents, beside live PyTorch."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch

import engine

EXAMPLES = {
    "bucketize": lambda t, x: t.bucketize(x, t.tensor([0.25, 0.5, 0.75])),
    "searchsorted": lambda t, x: t.searchsorted(t.tensor([0.25, 0.5, 0.75]), x, right=True),
    "histc": lambda t, x: t.histc(x, 4, 0, 1),
    "isin": lambda t, x: t.isin(x.round(), t.tensor([1.0])),
    "binary_cross_entropy": lambda t, x: t.nn.functional.binary_cross_entropy(x, 1 - x),
}
GRADIENTS = {
    "layer_norm": lambda t, x: t.nn.functional.layer_norm(x, (5,)).pow(3).sum(),
    "batch_norm": lambda t, x: t.nn.functional.batch_norm(x, None, None, training=True).pow(3).sum(),
    "group_norm": lambda t, x: t.nn.functional.group_norm(x[None], 2).pow(3).sum(),
    "binary_cross_entropy": lambda t, x: t.nn.functional.binary_cross_entropy(x, x.detach() / 2),
    "det": lambda t, x: t.linalg.det(x[:, :4]),
}
TANGENTS = {
    "constant border": lambda t, x: t.nn.functional.pad(x, (1, 2), value=3.0) * 2,
    "unpooling, one place twice": lambda t, x: t.nn.functional.max_unpool1d(
        x[:, :2], t.tensor([[1, 1], [0, 2], [0, 1], [2, 2]]), 2
    ),
}


def examples(namespace, *sizes):
    return namespace.from_numpy(np.random.default_rng(3).uniform(0.1, 0.9, sizes).astype(np.float32))


def check(compute):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, of what is slow
        ours, theirs = (compute(namespace).numpy() for namespace in (engine, torch))
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("function", EXAMPLES.values(), ids=EXAMPLES)
def test_each_example_has_a_result_of_its_own(function):
    check(lambda t: t.func.vmap(lambda x: function(t, x))(examples(t, 3, 5)))


@pytest.mark.parametrize("function", GRADIENTS.values(), ids=GRADIENTS)
def test_each_example_has_a_gradient_of_its_own(function):
    check(lambda t: t.func.vmap(t.func.grad(lambda x: function(t, x)))(examples(t, 3, 4, 5)))


@pytest.mark.parametrize("function", TANGENTS.values(), ids=TANGENTS)
def test_tangents(function):
    check(lambda t: t.func.jvp(lambda x: function(t, x), (examples(t, 4, 5),), (t.ones(4, 5),))[1])


def test_probabilities_out_of_bounds_are_refused_of_any_example():
    for namespace in (engine, torch):
        loss = namespace.nn.functional.binary_cross_entropy
        beyond = namespace.tensor([[0.5, 0.5], [0.5, 1.5]])
        with pytest.raises(RuntimeError, match="all elements of input should be between 0 and 1"):
            namespace.func.vmap(loss)(beyond, beyond * 0)


@pytest.mark.parametrize("function", ["cholesky", "inv", "lu_factor", "eigvals"])
def test_a_matrix_that_cannot_be_factorized_is_refused_of_any_example(function):
    texts = []
    for namespace in (engine, torch):
        last = float("nan") if function == "eigvals" else 0.0
        matrices = namespace.stack([namespace.eye(2), namespace.eye(2) * last])
        with pytest.raises(RuntimeError) as refusal:
            namespace.func.vmap(getattr(namespace.linalg, function))(matrices)
        texts.append(f"{refusal.type.__name__}: {refusal.value}")
    assert texts[0] == texts[1]
