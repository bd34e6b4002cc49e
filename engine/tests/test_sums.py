"""Sums of many numbers are as exact as PyTorch's, whichever dimension they are taken over."""

import pytest

import engine as torch


@pytest.mark.parametrize(
    ("sizes", "order", "dim"),
    [
        ((100_000, 3), (0, 1), 0),
        ((100_000, 3), (1, 0), 1),
        ((3, 100_000), (1, 0), 0),
        ((20, 2_000, 3), (2, 0, 1), (1, 2)),
        ((2_000, 3, 20), (1, 2, 0), -1),
        ((50, 40, 30), (1, 0, 2), (0, 2)),
    ],
)
@pytest.mark.parametrize("keepdim", [False, True])
def test_sums_of_equal_numbers_are_multiples(sizes, order, dim, keepdim):
    x = torch.full(sizes, 1 / 200).permute(order)
    found = x.sum(dim, keepdim)
    expected = x.double().sum(dim, keepdim)
    assert found.shape == expected.shape
    assert found.is_contiguous()
    assert ((found / expected) - 1).abs().max() < 5e-7


def test_permuted_sums_add_up_the_right_elements():
    x = torch.arange(30 * 40 * 50, dtype=torch.float64).reshape(30, 40, 50)
    for order in ((0, 2, 1), (2, 0, 1), (2, 1, 0)):
        for dim in (0, 1, (0, 1), (0, 2), (-1, 0)):
            permuted = x.permute(order)
            assert torch.equal(permuted.sum(dim), permuted.contiguous().sum(dim))
