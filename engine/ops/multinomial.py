"""Draws of indices by weights.

Source: torch.multinomial.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import TensorBase
from ..op import op
from ..transforms import no_tangent
from .creation import default_generator
from .random import as_it_lies


def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None, out: Any = None
) -> Any:
    """Indices drawn with the probabilities that the weights of each row give."""
    _check(input, num_samples, replacement)
    result = _multinomial(input, num_samples, replacement, generator or default_generator)
    if out is None:
        return result
    out.resize_(result.shape)
    return out.copy_(result)


@op()
def _multinomial(self, count, replacement, source):
    weights = self.reshape(-1, self.shape[-1])  # rows of several examples, inside `vmap`
    _check_weights(weights, count, replacement)
    draw = _with_replacement if replacement and count > 1 else _without_replacement
    return draw(weights, count, source).reshape(*self.shape[:-1], count)


_multinomial.tangent_rule = no_tangent


def _check(input: Any, count: int, replacement: bool) -> None:
    if not isinstance(input, TensorBase):
        raise TypeError(
            f"multinomial(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    sizes = input._array.shape
    if not 0 < len(sizes) <= 2:
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if not input._dtype.is_floating_point:
        raise RuntimeError(
            f"multinomial only supports floating-point dtypes for input, got: {input._dtype.legacy_name}"
        )
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > sizes[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if sizes[-1] > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")


def _check_weights(weights: Any, count: int, replacement: bool) -> None:
    if not weights.size:
        return
    least, greatest = weights.min(), weights.max()
    if not (least >= 0 and greatest < np.inf):
        if replacement and count > 1:
            first = weights[~((weights >= 0) & (weights < np.inf))].flat[0]
            found = "= infinity or NaN" if first > 0 else "< 0"
            raise RuntimeError(f"invalid multinomial distribution (encountering probability entry {found})")
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(-1) == 0).any():
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def _without_replacement(weights: Any, count: int, source: Any) -> Any:
    """The greatest of the weights, each divided by a number of the exponential distribution."""
    uniform = as_it_lies(source.uniform(weights.shape, np.float64), weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        race = weights / (-np.log1p(-uniform)).astype(weights.dtype)
    if count == 1:
        return race.argmax(-1, keepdims=True)
    return np.argsort(-race, axis=-1, kind="stable")[..., :count]


def _with_replacement(weights: Any, count: int, source: Any) -> Any:
    """The first index at which the sum of the weights reaches a uniform number."""
    sums = np.cumsum(weights, axis=-1, dtype=weights.dtype)
    sums /= sums[..., -1:]
    sums[..., -1] = 1
    uniform = source.uniform((len(weights), count), np.float64)
    rows = [np.searchsorted(row.astype(np.float64), each, side="left") for row, each in zip(sums, uniform)]
    return np.array(rows, np.int64).reshape(len(weights), count)
