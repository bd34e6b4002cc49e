"""Splits that PyTorch composes of slices, and those whose parts count as tensors of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arguments import function
from ..base import TensorBase
from ..dtypes import int64
from ..op import LINEAR, op
from .dims import wrap_dim
from .joining import cat, check_split_sizes, chunk_size
from .slicing import index_at, slice_op


def tensor_split(self: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Slices along a dimension, cut at the indices or into so many sections of nearly equal size."""
    if not self._array.ndim:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    if isinstance(indices_or_sections, TensorBase):
        if indices_or_sections._dtype is not int64:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                f"{indices_or_sections._dtype.legacy_name}"
            )
        indices_or_sections = indices_or_sections.tolist()  # type: ignore[attr-defined]
    size = self._array.shape[wrap_dim(dim, self._array.ndim)]
    if isinstance(indices_or_sections, int):
        sections = indices_or_sections
        if sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {sections}")
        shorter, longer = divmod(size, sections)
        cuts = np.cumsum([shorter + 1] * longer + [shorter] * (sections - longer)).tolist()[:-1]
    else:
        cuts = list(indices_or_sections)
    bounds = [0, *cuts]
    ends = [*cuts, size]
    return tuple([slice_op(self, dim, start, end, 1) for start, end in zip(bounds, ends)])


def _split_along(name: str, least: int, dim: int) -> Any:
    def call(self: Any, indices_or_sections: Any) -> tuple[Any, ...]:
        ndim = self._array.ndim
        if ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension"
                f", but got a tensor with {ndim} dimensions!"
            )
        axis = 0 if name == "hsplit" and ndim == 1 else dim
        size = self._array.shape[axis]
        if isinstance(indices_or_sections, int) and (not indices_or_sections or size % indices_or_sections):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {axis}, but the size of the dimension {size} is not divisible "
                f"by the split_size {indices_or_sections}!"
            )
        return tensor_split(self, indices_or_sections, axis)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Slices along dimension {dim}, cut at the indices or into so many sections of equal size."
    return call


hsplit, vsplit, dsplit = (
    _split_along("hsplit", 1, 1),
    _split_along("vsplit", 2, 0),
    _split_along("dsplit", 3, 2),
)


def _unsafe_backward(grads, split_size, dim, self_sym_sizes):
    axis = dim % len(self_sym_sizes)
    like = next(grad for grad in grads if grad is not None)
    sizes = list(self_sym_sizes)
    parts = []
    for number, grad in enumerate(grads):
        sizes[axis] = min(split_size, self_sym_sizes[axis] - number * split_size)
        parts.append(like.new_zeros(sizes) if grad is None else grad)
    return cat(parts, axis)


@op(self=_unsafe_backward, outputs=("first", "others"), jvp=LINEAR, node="UnsafeSplitBackward0")
def _unsafe_split(self, split_size, dim):
    size = self.shape[dim]
    starts = range(0, size, split_size or 1) if size else [0]
    return tuple([self[index_at(self.ndim, dim, slice(start, start + split_size))] for start in starts])


def unsafe_split(self: Any, split_size: int, dim: int = 0) -> tuple[Any, ...]:
    """Parts as `split` gives, which do not count as views: who changes them in place answers for the base."""
    wrap_dim(dim, self._array.ndim)
    return _unsafe_split(self, split_size, dim)


def _unsafe_with_sizes_backward(grads, split_sizes, dim, self_sym_sizes):
    like = next(grad for grad in grads if grad is not None)
    axis, sizes, parts = dim % len(self_sym_sizes), list(self_sym_sizes), []
    for length, grad in zip(split_sizes, grads):
        sizes[axis] = length
        parts.append(like.new_zeros(sizes) if grad is None else grad)
    return cat(parts, axis)


@op(
    self=_unsafe_with_sizes_backward,
    outputs=("first", "others"),
    jvp=LINEAR,
    node="UnsafeSplitWithSizesBackward0",
)
def _unsafe_split_with_sizes(self, split_sizes, dim):
    ends = np.cumsum(split_sizes).tolist()
    return tuple(
        [self[index_at(self.ndim, dim, slice(end - length, end))] for length, end in zip(split_sizes, ends)]
    )


@function
def unsafe_split_with_sizes(self: Any, split_sizes: Any, dim: int = 0) -> tuple[Any, ...]:
    """Parts as `split` with a list of sizes gives, which do not count as views."""
    check_split_sizes(self, split_sizes, dim)
    return _unsafe_split_with_sizes(self, tuple(split_sizes), dim)


def unsafe_chunk(self: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """Parts as `chunk` gives, which do not count as views."""
    return unsafe_split(self, chunk_size(self, chunks, dim), dim)
