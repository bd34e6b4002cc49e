"""Histograms of points: what falls into each cell of a grid over several coordinates.

Source: torch.histogramdd.
"""

from __future__ import annotations

import math
from operator import index
from typing import Any

import numpy as np

from ..arguments import function
from ..base import TensorBase, read_array
from ..dtypes import FLOATING, not_implemented
from ..return_types import named
from .creation import linspace
from .refusals import underivable

_Histogramdd = named("histogramdd", "hist", "bin_edges")

# ---- checks ------------------------------------------------------------------------------------------------


def _check_points(input):
    if input._array.ndim < 2:
        raise RuntimeError("torch.histogramdd: input tensor should have at least 2 dimensions")


def _check_edges(input, edges):
    _check_points(input)
    dimensions = input._array.shape[-1]
    if len(edges) != dimensions:
        raise RuntimeError(
            f"torch.histogramdd: expected {dimensions} sequences of bin edges for a {dimensions}-dimensional histogram but got "
            f"{len(edges)}"
        )
    for place, each in enumerate(edges):
        if each._dtype is not input._dtype:
            raise RuntimeError(
                "torch.histogramdd: input tensor and bins tensors should have the same dtype, but got input with dtype "
                f"{input._dtype.c_name} and bins for dimension {place} with dtype {each._dtype.c_name}"
            )
        if each._array.ndim != 1:
            raise RuntimeError(
                f"torch.histogramdd: bins tensor should have one dimension, but got {each._array.ndim} dimensions in the bins "
                f"tensor for dimension {place}"
            )
        if not each._array.size:
            raise RuntimeError(
                "torch.histogramdd: bins tensor should have at least 1 element, but got 0 elements in the bins tensor for "
                f"dimension {place}"
            )
        if each._array.size == 1:
            raise RuntimeError(f"torch.histogram(): bins must be > 0, but got 0 for dimension {place}")


def _check_weight(input, weight):
    if weight._dtype is not input._dtype:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but "
            f"got input({input._dtype.c_name}), and weight({weight._dtype.c_name})"
        )
    if weight._array.shape != input._array.shape[:-1]:
        raise RuntimeError(
            "torch.histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its "
            f"innermost dimension, but got input with shape {list(input._array.shape)} and weight with shape "
            f"{list(weight._array.shape)}"
        )


def _check_floating(input, between_given_edges=False):
    if input._dtype.category != FLOATING or (input._dtype.reduced and not between_given_edges):
        raise not_implemented("histogram_cpu" if between_given_edges else "histogramdd", input._dtype)


# ---- edges -------------------------------------------------------------------------------------------------


def _limits(input, range):
    """The lowest and the highest edge of each coordinate: of `range`, or of the points."""
    dimensions = input._array.shape[-1]
    if range is not None and len(range) != 2 * dimensions:
        raise RuntimeError(
            f"torch.histogramdd: for a {dimensions}-dimensional histogram range should have {2 * dimensions} elements, but got "
            f"{len(range)}"
        )
    _check_floating(input)
    points = read_array(input).reshape(math.prod(input._array.shape[:-1]), dimensions)
    if range is not None:
        pairs = [(float(low), float(high)) for low, high in zip(range[::2], range[1::2])]
    elif len(points):
        pairs = [(float(low), float(high)) for low, high in zip(points.min(0), points.max(0))]
    else:
        pairs = [(0.0, 1.0)] * dimensions
    for place, (low, high) in enumerate(pairs):
        if not (math.isfinite(low) and math.isfinite(high)):
            raise RuntimeError(
                f"torch.histogramdd: dimension {place}'s range [{low:g}, {high:g}] is not finite"
            )
        if low > high:
            raise RuntimeError(
                f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension {place}"
            )
    return [(low - 0.5, high + 0.5) if low == high else (low, high) for low, high in pairs]


@underivable("_histogramdd_bin_edges", "self", "weight")
def _edges_between(self, limits, bins, dtype, weight):
    return tuple(
        [linspace(low, high, count + 1, dtype=dtype)._array for (low, high), count in zip(limits, bins)]
    )


# ---- counting ----------------------------------------------------------------------------------------------


def _counted(self, edges, weight, density):
    points = self.reshape(math.prod(self.shape[:-1]), self.shape[-1])
    weights = np.ones(len(points), self.dtype) if weight is None else weight.reshape(-1)
    sizes = [each.size - 1 for each in edges]
    found = np.zeros(sizes, self.dtype)
    if not sizes:
        return found
    inside = np.ones(len(points), np.bool_)
    cells = []
    for values, each in zip(points.T, edges):
        inside &= (values >= each[0]) & (values <= each[-1])
        cells.append(np.minimum(np.searchsorted(each, values, "right") - 1, each.size - 2))
    np.add.at(found, tuple([each[inside] for each in cells]), weights[inside])
    if density:
        with np.errstate(all="ignore"):
            found /= found.sum()
            for place, each in enumerate(edges):
                found /= np.diff(each).reshape([-1 if place == k else 1 for k in range(len(edges))])
    return found


_of_counts = underivable("_histogramdd_from_bin_cts", "self", "weight")(
    lambda self, edges, weight, density: _counted(self, edges, weight, density)
)
_of_tensors = underivable("_histogramdd_from_bin_tensors", "self", "weight")(
    lambda self, edges, weight, density: _counted(self, edges, weight, density)
)


@function
def histogramdd(input: Any, bins: Any, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """The weights of the points (..., N) that fall into each cell of a grid of N coordinates, and the grid's edges.

    `bins` is a number, N numbers, or N tensors of edges; `range` the lowest and highest edge of each coordinate in turn,
    by default those of the points; `weight` has a number for each point. With `density`, the integral over the grid is 1.
    The result has `hist`, and `bin_edges`, a tuple of N tensors. RuntimeError where shapes, types or limits do not fit.
    https://docs.pytorch.org/docs/stable/generated/torch.histogramdd.html
    """
    bins = bins if isinstance(bins, (int, list, tuple)) else index(bins)
    if isinstance(bins, bool) or not isinstance(density, bool):
        raise TypeError("bins and density are of other types")
    if isinstance(bins, (list, tuple)) and any(isinstance(each, TensorBase) for each in bins):
        edges = tuple(bins)
        _check_edges(input, edges)
        compute = _of_tensors
    else:
        _check_points(input)
        limits = _limits(input, range)
        counts = [bins] * len(limits) if isinstance(bins, int) else bins
        if len(counts) != len(limits):
            raise RuntimeError(
                "histogramdd: The size of bins must be equal to the innermost dimension of the input."
            )
        edges = _edges_between(input, limits, counts, input._dtype, weight)
        _check_edges(input, edges)
        compute = _of_counts
    if weight is not None:
        _check_weight(input, weight)
    _check_floating(input, compute is _of_tensors)
    found = compute(input, [each._array for each in edges], weight, density)
    return _Histogramdd((found, edges))


def of_numbers(input: Any, bins: Any, range: Any, weight: Any, density: bool) -> tuple[Any, Any]:
    """The histogram of single numbers, and its edges: as of points of one coordinate."""
    if isinstance(bins, TensorBase) and range is not None:
        raise TypeError("edges have their own range")
    points = input.detach().reshape(-1, 1)
    bins = (bins,) if isinstance(bins, TensorBase) else index(bins)
    if weight is not None and weight._array.shape == input._array.shape:
        weight = weight.reshape(-1)
    found, edges = histogramdd(points, bins, range, weight, density)
    return found, edges[0]
