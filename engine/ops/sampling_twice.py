"""The second derivatives of `grid_sample`: sampling as a composition of operations, which are differentiated twice."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from ..backward import grad
from ..grad_mode import enable_grad
from ..op import wrap
from .resizing import cubic_weights
from .sampling import BICUBIC, NEAREST, _padded, _unnormalized


def second_gradients(
    grads, needed, grad_output, input, grid, interpolation_mode, padding_mode, align_corners
):
    """What the gradients of the gradients of input and grid hand back to grad_output, input and grid."""
    with enable_grad():
        leaves = [each.detach().requires_grad_() for each in (grad_output, input, grid)]
        sampled = _composed(*leaves[1:], interpolation_mode, padding_mode, align_corners)
        first = grad([sampled], leaves[1:], [leaves[0]], create_graph=True, materialize_grads=True)
        pairs = [
            (one, given) for one, given in zip(first, grads) if given is not None and one._node is not None
        ]
        if not pairs:
            return [None] * 3
        ones, given = zip(*pairs)
        found = list(grad(ones, leaves, given, allow_unused=True))
    if found[2] is None:  # to the nearest element: the places count for nothing
        found[2] = grid.new_zeros(grid._array.shape)
    return [each if wanted else None for each, wanted in zip(found, needed)]


def _composed(input, grid, mode, padding, align_corners):
    inner = input._array.shape[2:]
    count = len(inner)
    flat = input.reshape(*input._array.shape[:2], math.prod(inner))
    places = grid.reshape(grid._array.shape[0], -1, count)
    shares = [
        _shares(places.select(2, count - 1 - axis), size, mode, padding, align_corners)
        for axis, size in enumerate(inner)
    ]
    total = 0
    for chosen in product(*shares):
        where, inside, weight = 0, True, 1
        for size, (index, share) in zip(inner, chosen):
            within = (index >= 0) & (index < size)
            where = where * size + np.where(within, index, 0).astype(np.int64)
            inside, weight = within & inside, weight * share
        channels = flat._array.shape[1]
        indices = wrap(np.repeat(where[:, None], channels, 1))
        mask = wrap(inside[:, None].astype(input._dtype.numpy))
        total = total + flat.gather(2, indices) * (
            mask * (weight if mode == NEAREST else weight.unsqueeze(1))
        )
    return total.reshape(*input._array.shape[:2], *grid._array.shape[1:-1])


def _shares(places, size, mode, padding, align_corners):
    """The indices of a dimension's neighbours, as arrays, and their shares, as tensors that depend on the places."""
    values, speed = _unnormalized(places._array, size, align_corners)
    slope = np.ones_like(values)
    if mode != BICUBIC:
        values, slope = _padded(values, size, padding, align_corners)
    first = np.rint(values) if mode == NEAREST else np.floor(values)
    if mode == NEAREST:
        return [(first, 1)]
    moved = (places - places.detach()) * wrap((slope * speed).astype(values.dtype))
    share = moved + wrap(values - first)
    if mode != BICUBIC:
        return [(first, 1 - share), (first + 1, share)]
    return [
        (_padded(first + shift, size, padding, align_corners)[0], weight)
        for shift, weight in zip((-1, 0, 1, 2), cubic_weights(share))
    ]
