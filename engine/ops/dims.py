"""Dimensions and sizes as callers give them, checked and counted from the front."""

from __future__ import annotations

import math
from typing import Any


def wrap_dim(dim: int, ndim: int) -> int:
    """A dimension counted from the front; raises `IndexError` when there is none such."""
    bound = ndim or 1
    if not -bound <= dim < bound:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-bound}, {bound - 1}], but got {dim})")
    return dim + bound if dim < 0 else dim


def axes_of(self: Any, dim: Any) -> tuple[int, ...]:
    """The dimensions named by `dim` (a number, several, or none for all), counted from the front."""
    ndim = self._array.ndim
    if dim is None or (not isinstance(dim, int) and len(dim) == 0):
        return tuple(range(ndim))
    dims = (dim,) if isinstance(dim, int) else tuple(dim)
    axes = tuple([wrap_dim(each, ndim) for each in dims])
    if len(set(axes)) < len(axes):
        repeated = next(each for index, each in enumerate(axes) if each in axes[:index])
        raise RuntimeError(f"dim {repeated} appears multiple times in the list of dims")
    return axes


def given(dim: Any) -> Any:
    """`dim` as it was given, as a tuple: what a node shows as `_saved_dim`."""
    return (dim,) if isinstance(dim, int) else tuple(dim)


def numpy_axes(array: Any, dim: Any) -> Any:
    """The axes for NumPy: a tensor without dimensions has none to name."""
    if array.ndim == 0 or dim is None or dim == ():
        return None
    return dim


def sizes_of(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    return tuple([int(size) for size in sizes])


def infer_size(sizes: tuple[int, ...], numel: int) -> tuple[int, ...]:
    """`sizes` with a -1 filled in; raises `RuntimeError` if they do not hold `numel` elements."""
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if -1 in sizes:
        if known == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(sizes)} because the unspecified dimension size -1 can "
                "be any value and is ambiguous"
            )
        if numel % known == 0:
            return tuple([numel // known if size == -1 else size for size in sizes])
    elif known == numel:
        return sizes
    raise RuntimeError(f"shape '{list(sizes)}' is invalid for input of size {numel}")
