"""What is conjugated or negated only when it is read is read so by every operation, as by live PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import engine

COMPLEX = {
    "convolution": lambda t, z: t.nn.functional.conv1d(z.view(1, 2, 4), z.view(4, 2, 1)),
    "cumsum": lambda t, z: z.view(2, 4).t().cumsum(0),
    "flip": lambda t, z: z.view(2, 4).flip(0),
    "fourier transform": lambda t, z: t.fft.fft(z),
    "index_add": lambda t, z: t.zeros_like(z).index_add(0, t.arange(8), z),
    "lu": lambda t, z: t.linalg.lu(z[:4].view(2, 2)).U,
    "pad": lambda t, z: t.nn.functional.pad(z, (1, 2)),
    "roll": lambda t, z: z.roll(3),
    "short time": lambda t, z: t.stft(z, 4, window=t.ones(4), return_complex=True, onesided=False),
    "sum of broadcast": lambda t, z: (z + z[:1]) * z[2],
    "tensor": lambda t, z: t.tensor(z.detach().tolist()),
}
REAL = {
    "bucketize": lambda t, x: t.bucketize(x.detach(), t.tensor([-1.0, 0.0, 1.0])),
    "elementwise": lambda t, x: (x.exp() + x.cos() - x.abs().log()) * x.sigmoid(),
    "group_norm": lambda t, x: t.nn.functional.group_norm(x.view(1, 4, 2), 2),
    "histc": lambda t, x: t.histc(x.detach(), 4, -2, 2),
    "max_pool1d": lambda t, x: t.nn.functional.max_pool1d(x.view(1, 1, 8), 3),
    "mish": lambda t, x: t.nn.functional.mish(x),
    "scatter": lambda t, x: t.zeros(8).scatter(0, t.arange(8).flip(0), x),
    "softmax": lambda t, x: x.softmax(0).cumprod(0),
    "threshold": lambda t, x: t.nn.functional.threshold(x, 0.1, -3.0),
    "to_sparse": lambda t, x: x.detach().to_sparse().to_dense(),
    "xlogy": lambda t, x: t.xlogy(x, x.abs()),
}


def values_and_gradient(namespace, function, lazy):
    array = np.random.default_rng(0).uniform(-2, 2, 16).astype(np.float32).view(np.complex64)
    leaf = namespace.from_numpy(array).requires_grad_()
    found = function(namespace, lazy(leaf))
    if not found.requires_grad:
        return [found.resolve_conj().resolve_neg().numpy()]
    weights = np.random.default_rng(1).uniform(0.5, 1.5, tuple(found.shape)).astype(np.float32)
    (grad,) = namespace.autograd.grad(found, leaf, namespace.from_numpy(weights).to(found.dtype))
    return [each.detach().resolve_conj().resolve_neg().numpy() for each in (found, grad)]


def check(function, lazy):
    ours, theirs = (values_and_gradient(namespace, function, lazy) for namespace in (engine, torch))
    for found, expected in zip(ours, theirs, strict=True):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("function", COMPLEX.values(), ids=COMPLEX)
def test_conjugates(function):
    check(function, lambda leaf: leaf.conj())


@pytest.mark.parametrize("function", REAL.values(), ids=REAL)
def test_negatives(function):
    check(function, lambda leaf: leaf.conj().imag)
