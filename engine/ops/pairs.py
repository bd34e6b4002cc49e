"""Distances between the rows of a matrix.

Source: torch.nn.functional.pdist.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import INTEGER
from ..op import op
from .dims import given
from .refusals import check_tensor
from .spread import _norm_backward, _vector_norm
from .tangents import of_norm

# ---- distances of the vectors of two tensors ---------------------------------------------------------------


@op(
    self=lambda grad, self, result, p, dim, keepdim: _norm_backward(grad, self, result, p, dim, keepdim),
    jvp=lambda self_t, self_p, result, p, dim, keepdim: of_norm(self_t, self_p, result, p, dim, keepdim),
    node="NormBackward1",
)
def _norm(self, p, dim, keepdim):
    return _vector_norm.declaration.forward(self, p, dim, keepdim)


def norm_along(self: Any, p: float, dim: int, keepdim: bool) -> Any:
    """The p-norm along a dimension, as PyTorch's C++ functions call it: under another name than programs do."""
    if self._dtype.category <= INTEGER:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self._dtype.legacy_name}"
        )
    return _norm(self, float(p), given(dim), keepdim)


# ---- distances of all pairs of rows ------------------------------------------------------------------------


def _differences(rows):
    """The differences of all pairs, and which two rows each is of."""
    first, second = np.triu_indices(len(rows), 1)
    return rows[first] - rows[second], first, second


def _refuse(grad):
    raise RuntimeError("derivative for aten::_pdist_backward is not implemented")


@op(grad=_refuse, self=_refuse, pdist=_refuse, node="PdistBackwardBackward0")
def _pdist_backward(grad, self, p, pdist):
    differences, first, second = _differences(self)
    if p == 0:
        return np.zeros_like(self)
    sizes, grad, distances = np.abs(differences), grad[:, None], pdist[:, None]
    if p == 1:
        parts = grad * np.sign(differences)
    elif math.isinf(p):
        parts = grad * np.sign(differences) * (sizes == distances)
    else:
        with np.errstate(all="ignore"):
            parts = grad * np.sign(differences) * (sizes / distances) ** (p - 1)
        parts[(distances == 0).reshape(-1)] = 0
    found = np.zeros_like(self)
    np.add.at(found, first, parts)
    np.add.at(found, second, -parts)
    return found


@op(self=lambda grad, self, p, result: _pdist_backward(grad, self, p, result), node="PdistBackward0")
def _pdist(self, p):
    sizes = np.abs(_differences(self)[0])
    if p == 0:
        found = np.add.reduce(sizes != 0, axis=1)
    elif math.isinf(p):
        found = sizes.max(axis=1, initial=0)
    elif p == 2:
        found = np.sqrt(np.add.reduce(sizes * sizes, axis=1))
    else:
        found = np.add.reduce(sizes**p, axis=1) ** (1 / p)
    return found.astype(self.dtype)


def pdist(input: Any, p: float = 2) -> Any:
    """The p-norms of the differences of all pairs of rows."""
    check_tensor(input, "pdist")
    if input._array.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input._array.ndim}D")
    if not input._dtype.is_floating_point:
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return _pdist(input.contiguous(), float(p))
