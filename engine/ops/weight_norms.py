"""Weights split into lengths and directions.

Source: torch.nn.utils.weight_norm.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import op
from .norm_along import norm_along, norm_of_all
from .refusals import no_forward_mode


def _others(ndim, dim):
    return tuple([axis for axis in range(ndim) if axis != dim])


def _products(grads, v, dim):
    """The sums of gradient times direction, one for each slice."""
    product, ndim = grads[0] * v, v._array.ndim
    sizes = [1] * ndim
    sizes[dim] = v._array.shape[dim]
    if not dim:
        return product.view(sizes[0], -1).sum(1).view(sizes)
    return product.view(-1, sizes[dim]).sum(0).view(sizes)


def _of_direction(grads, v, g, result1, dim):
    norms = result1.detach()
    sums = _products(grads, v, dim)
    return (g / norms) * (grads[0] - v * (sums / (norms * norms)))


@op(
    v=_of_direction,
    g=lambda grads, v, result1, dim: _products(grads, v, dim) / result1.detach(),
    outputs=("result0", "result1"),
    jvp=no_forward_mode("_weight_norm_interface"),
    node="WeightNormInterfaceBackward0",
)
def _weight_norm_interface(v, g, dim):
    norms = np.sqrt(np.add.reduce(v * v, axis=_others(v.ndim, dim), keepdims=True))
    return v * (g / norms), norms


def _weight_norm(v: Any, g: Any, dim: int = 0) -> Any:
    """The directions `v`, each slice along `dim` of the length that `g` says."""
    if dim in (0, v._array.ndim - 1):
        return _weight_norm_interface(v.contiguous(), g.contiguous(), dim)[0]
    return v * (g / norm_except_dim(v, 2, dim))


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """The p-norm of each slice along `dim`, or of all where it is -1."""
    sizes = v._array.shape
    if dim == -1:
        return norm_of_all(v, pow)
    ones = [1] * (len(sizes) - 1)
    if dim == 0:
        return norm_along(v.contiguous().view(sizes[0], -1), pow, 1, False).view(sizes[0], *ones)
    if dim == len(sizes) - 1:
        return norm_along(v.contiguous().view(-1, sizes[-1]), pow, 0, False).view(*ones, sizes[-1])
    return norm_except_dim(v.transpose(0, dim), pow, 0).transpose(0, dim)
