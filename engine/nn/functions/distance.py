"""Distances and similarities of vectors.

Source: torch.nn.functional, "Distance functions"; torch.nn.functional.normalize.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arguments import function
from ...grad_mode import no_grad
from ...op import check_broadcast, result_type
from ...ops.arithmetic import add_scalar
from ...ops.norm_along import norm_along
from ...ops.outputs import div
from ...ops.refusals import check_plain, check_tensor
from ...ops.views import expand

__all__ = ["cosine_similarity", "normalize", "pairwise_distance"]


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """Each vector along `dim`, divided by its p-norm, or by `eps` where that is larger."""
    norms = input.norm(p, dim, keepdim=True)
    if out is None:
        return input / norms.clamp_min(eps).expand_as(input)
    return div(input, norms.clamp_min_(eps).expand_as(input), out=out)


@function
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors along `dim`."""
    check_tensor(x1, "cosine_similarity", "x1")
    check_tensor(x2, "cosine_similarity", "x2", 2)
    check_plain(dim, int, "cosine_similarity", "dim", 3)
    check_plain(eps, float, "cosine_similarity", "eps", 4)
    check_broadcast(x1._array.shape, x2._array.shape)
    dtype = result_type(x1, x2)
    if not dtype.is_floating_point:
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {dtype.legacy_name}"
        )
    if not eps >= 0:
        raise RuntimeError(f"eps must be non-negative, got: {eps:g}")
    if x1._array.shape != x2._array.shape:
        sizes = np.broadcast_shapes(x1._array.shape, x2._array.shape)
        x1, x2 = expand(x1, sizes), expand(x2, sizes)
    x1, x2 = (each if each.is_floating_point() else each.to(dtype) for each in (x1, x2))
    lengths = [_length(each, dim, eps) for each in (x1, x2)]
    return ((x1 / lengths[0]) * (x2 / lengths[1])).sum(dim)


def _length(vectors: Any, dim: int, eps: float) -> Any:
    """The norm, kept away from 0 in a copy without a history, so that the gradient is the norm's own."""
    length = vectors.norm(2, dim, keepdim=True).clone()
    with no_grad():
        return length.clamp_min_(eps)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norms of the differences of the vectors of two tensors, along the last dimension."""
    check_tensor(x1, "pairwise_distance", "x1")
    check_tensor(x2, "pairwise_distance", "x2", 2)
    difference = x1 - x2
    moved = add_scalar(difference, eps) if difference.is_floating_point() else difference + eps
    return norm_along(moved, float(p), -1, keepdim)
