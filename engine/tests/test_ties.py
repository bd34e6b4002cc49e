"""Of equal elements, those are chosen that live PyTorch chooses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import engine

CHOICES = {
    "largest": lambda namespace, x, k: namespace.topk(x, k),
    "smallest": lambda namespace, x, k: namespace.topk(x, k, largest=False),
    "largest in any order": lambda namespace, x, k: namespace.topk(x, k, sorted=False),
    "smallest of columns": lambda namespace, x, k: namespace.topk(x.reshape(-1, 1), k, 0, False),
    "k-th": lambda namespace, x, k: namespace.kthvalue(x, k),
    "middle": lambda namespace, x, k: namespace.median(x, 0),
    "middle of numbers": lambda namespace, x, k: namespace.nanmedian(x, 0, True),
    "in order": lambda namespace, x, k: namespace.sort(x),
    "in falling order": lambda namespace, x, k: namespace.sort(x, descending=True, stable=False),
    "in a stable order": lambda namespace, x, k: namespace.sort(x, stable=True),
    "most frequent": lambda namespace, x, k: namespace.mode(x, -1),
}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 16, 17, 40, 300])
@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_the_same_of_equal_elements_are_chosen(choice, count):
    random = np.random.default_rng(count)
    for different in (1, 3, max(2, count // 3)):
        values = random.integers(0, different, count)
        for k in {1, 1 + count // 70, 1 + count // 2, count}:
            ours, theirs = (
                choice(namespace, namespace.from_numpy(values), k) for namespace in (engine, torch)
            )
            assert ours.values.tolist() == theirs.values.tolist()
            assert ours.indices.tolist() == theirs.indices.tolist()


@pytest.mark.parametrize("choice", ["largest", "smallest", "largest in any order", "k-th", "middle"])
def test_nan_is_the_largest_and_all_are_equal(choice):
    random = np.random.default_rng(1)
    for count in (4, 20, 90):
        values = random.integers(0, 4, count).astype(np.float32)
        values[values == 3] = np.nan
        ours, theirs = (
            CHOICES[choice](namespace, namespace.from_numpy(values), count // 2)
            for namespace in (engine, torch)
        )
        np.testing.assert_array_equal(ours.values.numpy(), theirs.values.numpy())
        assert ours.indices.tolist() == theirs.indices.tolist()


def test_groups_without_equal_elements_are_left_as_they_are():
    values = np.array([[3, 1, 2, 0], [1, 1, 1, 1], [0, 5, 5, 4]], np.float32)
    ours, theirs = (namespace.from_numpy(values).topk(2).indices.tolist() for namespace in (engine, torch))
    assert ours == theirs
