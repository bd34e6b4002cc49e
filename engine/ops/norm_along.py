"""The norm under the names that it has where PyTorch's own C++ functions call it.

Source: torch.nn.functional.pairwise_distance, torch.nn.utils.weight_norm.
"""

from __future__ import annotations

from typing import Any

from ..dtypes import INTEGER
from ..op import op
from .dims import given
from .spread import norm_array, norm_backward
from .tangents import of_norm


@op(
    self=lambda grad, self, result, p, dim, keepdim: norm_backward(grad, self, result, p, dim, keepdim),
    jvp=lambda self_t, self_p, result, p, dim, keepdim: of_norm(self_t, self_p, result, p, dim, keepdim),
    node="NormBackward1",
)
def _norm(self, p, dim, keepdim):
    return norm_array(self, p, dim, keepdim)


@op(
    self=lambda grad, self, result, p: norm_backward(grad, self, result, p, None, False),
    jvp=lambda self_t, self_p, result, p: of_norm(self_t, self_p, result, p, None, False),
    node="NormBackward0",
)
def _norm_of_all(self, p):
    return norm_array(self, p, None, False)


def _check(tensor: Any) -> None:
    if tensor._dtype.category <= INTEGER:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {tensor._dtype.legacy_name}"
        )


def norm_along(self: Any, p: float, dim: int, keepdim: bool) -> Any:
    """The p-norm along a dimension."""
    _check(self)
    return _norm(self, p, given(dim), keepdim)


def norm_of_all(self: Any, p: float) -> Any:
    """The p-norm of all elements."""
    _check(self)
    return _norm_of_all(self, p)
