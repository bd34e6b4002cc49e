"""Tensors made like another one: `new_zeros` and the other methods of its name.

Source: torch.Tensor, "Tensor class reference", `Tensor.new_*`.
"""

from __future__ import annotations

from typing import Any

from ..grad_mode import mode
from ..transforms import Making
from . import creation, from_data
from .dims import sizes_of


def _new(make: Any) -> Any:
    def call(self: Any, *size: Any, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
        dtype = dtype or self._dtype
        if mode.recording > 1 and not others:
            options = {"dtype": dtype, "requires_grad": requires_grad}
            return Making(make, options)(self, sizes_of(size))
        return make(*size, dtype=dtype, requires_grad=requires_grad, **others)

    call.__name__ = call.__qualname__ = f"new_{make.__name__}"
    call.__doc__ = f"`{make.__name__}` of this size, of `self`'s type."
    return call


new_zeros, new_ones, new_empty = _new(creation.zeros), _new(creation.ones), _new(creation.empty)


def new_full(
    self: Any, size: Any, fill_value: Any, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """A filled tensor of this size, of `self`'s type."""
    options = {"fill_value": fill_value, "dtype": dtype or self._dtype, "requires_grad": requires_grad}
    if others:
        return creation.full(size, **options, **others)
    return Making(creation.full, options)(self, sizes_of((size,)))


def new_empty_strided(self: Any, size: Any, stride: Any, dtype: Any = None, **others: Any) -> Any:
    """`empty_strided` of this size, of `self`'s type."""
    from .making import empty_strided

    return empty_strided(size, stride, dtype=dtype or self._dtype, **others)


def new_tensor(self: Any, data: Any, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
    """A copy of `data`, of `self`'s type."""
    if others:
        from .options import settle

        if settle(others, "new_tensor"):
            return new_tensor(self, data, dtype).to("meta").requires_grad_(requires_grad)
    dtype = dtype or self._dtype
    array = from_data.array_from(data, dtype, "tensor.new_tensor")
    return from_data.finish(array, dtype, requires_grad)


def new(self: Any, *args: Any, **others: Any) -> Any:
    """The old constructor: a tensor of `self`'s type from data or sizes."""
    from ..legacy import construct

    return construct(args, self._dtype, others)
