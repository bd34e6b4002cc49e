"""Gradients that are the same along some dimensions, as those of means are, and are spread when they are first read.

PyTorch spreads them at once. So must the engine before a program can see one, but where a gradient is only passed on,
multiplied, added or summed, no array of its size is ever made. Reading `_array` spreads: no operation has to know of them.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from .base import TensorBase
from .grad_mode import mode
from .op import wrap
from .ops.reductions import sum_array
from .rows import along_rows
from .tensor import Tensor


class Unspread(Tensor):
    """Such a gradient, with `_shares` that broadcast to its `_sizes`; an ordinary tensor as soon as it was read."""

    def __getattr__(self, name: str) -> Any:
        if name != "_array":
            raise AttributeError(f"'Tensor' object has no attribute '{name}'")
        self._array = np.empty(self._sizes, self._shares.dtype)
        self._array[...] = self._shares
        self._shares = None
        self.__class__ = Tensor  # type: ignore[assignment]
        return self._array

    def __neg__(self) -> Any:
        return unspread(-self._shares, self._sizes, self._dtype)

    def __mul__(self, other: Any) -> Any:
        if mode.recording or not isinstance(other, TensorBase) or other._dtype is not self._dtype:
            return super().__mul__(other)
        product = np.multiply(self._shares, other._array, order="C")  # laid out as this would be
        if product.shape == self._sizes:
            return wrap(product, self._dtype)
        if np.broadcast_shapes(product.shape, self._sizes) != self._sizes:
            return super().__mul__(other)
        return unspread(product, self._sizes, self._dtype)

    def accumulate(self, more: Any) -> None:
        """Add another gradient in place: what is not the same in all places is spread as it is added."""
        shares = more._array if more._shares is None else more._shares
        add = partial(np.add, dtype=self._shares.dtype, order="C")
        self._shares = along_rows(add, self._shares, shares)
        if self._shares.shape == self._sizes:
            self._array, self._shares = self._shares, None
            self.__class__ = Tensor  # type: ignore[assignment]

    def _reduce_to(self, sizes: Any, dtype: Any, node: Any = None, index: int = 0) -> Any:
        """The sum over broadcast dimensions: along those where the shares are the same, a product."""
        if sizes == self._sizes and dtype is self._dtype:
            return self
        shares = self._shares
        kept = (1,) * (shares.ndim - len(sizes)) + sizes
        summed = tuple([axis for axis, size in enumerate(kept) if size < shares.shape[axis]])
        count = math.prod(
            size for size, share, left in zip(self._sizes, shares.shape, kept) if share == left == 1
        )
        sums = np.empty(kept, shares.dtype)
        sums[...] = sum_array(shares, summed) * count
        return wrap(sums, self._dtype)._reduce_to(sizes, dtype, node, index)


def unspread(shares: Any, sizes: tuple[int, ...], dtype: Any) -> Any:
    """A gradient of these sizes whose elements are the shares, an array of as many dimensions, over and over."""
    grad = object.__new__(Unspread)
    grad._shares, grad._sizes, grad._dtype = shares, sizes, dtype
    return grad
