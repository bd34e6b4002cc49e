"""Dimensions and sizes as callers give them: checked, counted from the front, filled in."""

from __future__ import annotations

import math
from operator import index
from typing import Any


def wrap_dim(dim: int, ndim: int) -> int:
    """A dimension counted from the front; raises `IndexError` when there is none such."""
    bound = ndim or 1
    if not -bound <= dim < bound:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [-{bound}, {bound - 1}], but got {dim})"
        )
    return dim + bound if dim < 0 else dim


def wrap_dims(dims: Any, ndim: int) -> tuple[int, ...]:
    """Several dimensions counted from the front; raises `RuntimeError` where one is named twice."""
    axes = tuple([wrap_dim(each, ndim) for each in dims])
    if len(set(axes)) < len(axes):
        repeated = next(each for position, each in enumerate(axes) if each in axes[:position])
        raise RuntimeError(f"dim {repeated} appears multiple times in the list of dims")
    return axes


def axes_of(self: Any, dim: Any) -> tuple[int, ...]:
    """The dimensions that a reduction over `dim` (a number, several, or none for all) reduces."""
    dims = given(dim)
    return wrap_dims(dims, self._array.ndim) if dims else tuple(range(self._array.ndim))


def given(dim: Any) -> tuple[int, ...]:
    """`dim` as it was given, as a tuple: what a node shows as `_saved_dim`."""
    if dim is None:
        return ()
    return tuple([index(each) for each in dim]) if isinstance(dim, (tuple, list)) else (index(dim),)


def numpy_axes(array: Any, dim: Any) -> Any:
    """The axes for NumPy: a tensor without dimensions has none to name."""
    if array.ndim == 0 or dim is None or dim == ():
        return None
    return dim


def sizes_of(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    return tuple([index(size) for size in sizes])


def check_sizes(sizes: tuple[int, ...]) -> None:
    """Raise `RuntimeError` for a tensor that cannot be made because a size is negative."""
    for size in sizes:
        if size < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {size}: {list(sizes)}")


def infer_size(sizes: tuple[int, ...], numel: int) -> tuple[int, ...]:
    """`sizes` with a -1 filled in; raises `RuntimeError` if they do not hold `numel` elements."""
    for position, size in enumerate(sizes):
        if size < -1:
            raise RuntimeError(f"invalid shape dimension {size} at index {position} of shape {list(sizes)}")
    if sizes.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    known = math.prod(size for size in sizes if size != -1)
    if -1 in sizes and known and numel % known == 0:
        return tuple([numel // known if size == -1 else size for size in sizes])
    if known != numel:
        raise RuntimeError(f"shape '{list(sizes)}' is invalid for input of size {numel}")
    if -1 in sizes:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(sizes)} because the unspecified dimension size -1 can "
            "be any value and is ambiguous"
        )
    return sizes


def contiguous_steps(sizes):
    """The strides, in elements, of a tensor that lies in memory in order; sizes of 0 count as 1."""
    steps = [1]
    for size in reversed(sizes[1:]):
        steps.append(steps[-1] * max(size, 1))
    return tuple(reversed(steps)) if sizes else ()
