"""Copying and filling in place.

Source: torch.Tensor, `copy_`, `fill_` and `zero_`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .arguments import refused
from .base import TensorBase
from .device import NO_DATA
from .dtypes import FLOATING, INTEGER, bool_, element
from .grad_mode import mode
from .histories import check, is_tracked, rebase_history
from .in_place import as_it_was, check_overlap, overlaps_with_warning, store, write
from .lazy import plain
from .node import Node, gradient_edge, next_sequence_nr
from .op import check_broadcast, wrap
from .ops.choosing import masked_fill
from .transforms import Change, through_transforms


class CopyBackwards(Node):
    """`copy_`: nothing flows to what was overwritten, everything to the source."""

    __module__ = "builtins"

    __slots__ = ()

    def name(self) -> str:
        return "torch::autograd::CopyBackwards"

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        return (
            None if edges[0] is None else grad.new_zeros(grad._array.shape),
            None if edges[1] is None else grad,
        )


class FillBackward2(Node):
    """`fill_` with a number."""

    __module__ = "builtins"

    __slots__ = ()

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        return (grad.new_zeros(grad._array.shape),)


class FillBackward3(Node):
    """`fill_` with a 0-d tensor, which receives the sum."""

    __module__ = "builtins"

    __slots__ = ()

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        return (
            None if edges[0] is None else grad.new_zeros(grad._array.shape),
            None if edges[1] is None else grad.sum(),
        )


class ZeroBackward0(FillBackward2):
    """`zero_`."""

    __slots__ = ()


def record(self: Any, node_class: type[Node], *sources: Any) -> None:
    """Make a node of this class the origin of `self`; its inputs are `self` as it was, and the sources."""
    node = object.__new__(node_class)
    node._edges = tuple([gradient_edge(each) for each in (self, *sources)])
    node._number = next_sequence_nr()
    node._extras = None
    node._saved = None
    if self._output_nr:
        node.extras().input_numbers = (self._output_nr, *[0] * len(sources))
    for each in sources:
        extras = node.extras()
        extras.expected = (None, (each._array.shape, each._dtype))
        extras.input_numbers = (self._output_nr, each._output_nr)
    rebase_history(self, node)


def copy_(self: Any, other: Any, non_blocking: bool = False) -> Any:
    """Overwrite with the values of `other`, broadcast and cast."""
    if not isinstance(other, TensorBase):
        if not isinstance(other, (bool, int, float, complex)):
            kind = type(other).__name__
            raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {kind}")
        other = wrap(np.asarray(other)[()])
    if other.is_meta and not self.is_meta:
        raise NotImplementedError(NO_DATA)
    if mode.recording > 1:
        return through_transforms(Change(copy_, _copied, {}), (self, other))
    tracked = mode.enabled and (is_tracked(self) or is_tracked(other))
    check(self, tracked)
    check_overlap(self, other)
    if other._array.shape != self._array.shape:
        _check_expands(other, self)
    values = plain(other._array)
    if values.shape != self._array.shape:
        values = np.broadcast_to(values, self._array.shape)
    if other._dtype is not self._dtype:
        if other._dtype.is_complex and self._dtype.category in (INTEGER, FLOATING):
            values = _real_part(values)
        values = values.astype(self._dtype.numpy)
    store(self, values, refresh=not tracked, overlapping=other is self)
    if tracked:
        record(self, CopyBackwards, other)
    return self


def _real_part(values: Any) -> Any:
    from .ops.from_data import warn_once

    warn_once("Casting complex values to real discards the imaginary part", stacklevel=5)
    return values.real


def _check_expands(src: Any, self: Any) -> None:
    """Raise `RuntimeError` where the source cannot be broadcast to `self`."""
    check_broadcast(self._array.shape, src._array.shape)
    found = np.broadcast_shapes(src._array.shape, self._array.shape)
    if found != self._array.shape:
        raise RuntimeError(
            f"output with shape {list(self._array.shape)} doesn't match the broadcast shape {list(found)}"
        )


def _copied(self: Any, src: Any) -> Any:
    return src if src.shape == self.shape else src.expand(self.shape)


def fill_(self: Any, value: Any) -> Any:
    """Overwrite every element with one value."""
    if mode.recording > 1:
        return through_transforms(Change(fill_, _filled, {}), (self, value))
    if isinstance(value, TensorBase) and value._array.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value._array.ndim} dimensions."
        )
    tracked = mode.enabled and (is_tracked(self) or is_tracked(value))
    check(self, tracked)
    filling = value._array if isinstance(value, TensorBase) else np.asarray(fitting(value, self._dtype))
    by_tensor = isinstance(value, TensorBase)
    if by_tensor and value._dtype.is_complex and self._dtype.category in (INTEGER, FLOATING):
        filling = _real_part(filling)
    store(self, filling.astype(self._dtype.numpy), refresh=not tracked, overlapping=not by_tensor)
    if tracked:
        record(self, *((FillBackward3, value) if by_tensor else (FillBackward2,)))
    return self


def fitting(value: Any, dtype: Any) -> Any:
    """The number, without an imaginary part of 0 where the type is real.

    Raises `RuntimeError` where the type cannot hold it, and `TypeError` for what is no number.
    """
    if isinstance(value, (int, float)):
        return value if -128 < value < 128 else _large(value, dtype)  # what every type holds needs no look
    if isinstance(value, complex):
        return value if dtype.is_complex else element(value if value.imag else value.real, dtype)
    if not isinstance(value, (np.number, np.bool_)):
        raise refused(TypeError("fill_"), "fill_", (value,))
    return value


def _large(value: Any, dtype: Any) -> Any:
    if isinstance(value, int) and value >= 2**64:
        raise OverflowError("int too big to convert")
    if isinstance(value, int) and value < -(2**63):
        raise OverflowError("can't convert negative int to unsigned")
    return element(value, dtype)


def _filled(self: Any, value: Any) -> Any:
    return _copied(self, value) if isinstance(value, TensorBase) else self.new_full(self._array.shape, value)


def zero_(self: Any) -> Any:
    """Overwrite every element with zero."""
    if mode.recording > 1:
        return through_transforms(Change(zero_, _zeroed, {}), (self,))
    tracked = mode.enabled and is_tracked(self)
    check(self, tracked)
    store(self, 0, refresh=not tracked, overlapping=True)
    if tracked:
        record(self, ZeroBackward0)
    return self


def _zeroed(self: Any) -> Any:
    return self.new_zeros(self._array.shape)


def masked_fill_(self: Any, mask: Any, value: Any) -> Any:
    """Fill with `value` where the mask is set; where elements share memory, with a warning."""
    if mode.recording > 1:
        return through_transforms(Change(masked_fill_, masked_fill, {}), (self, mask, value))
    tracked = mode.enabled and (is_tracked(self) or is_tracked(value))
    check(self, tracked)
    if isinstance(mask, TensorBase) and mask._dtype is bool_:
        check_broadcast(self._array.shape, mask._array.shape)
    overlapping = overlaps_with_warning(self, "masked_fill_", "mask] = scalar")
    operand = as_it_was(self) if tracked else self
    return write(self, masked_fill(operand, mask, value), operand, overlapping)
