"""Choosing between operands, element by element: the larger, the smaller, by bounds, by a condition or a mask.

At kinks and ties the derivatives are as PyTorch defines them ("Autograd mechanics", "Gradients for
non-differentiable functions").
"""

from __future__ import annotations

import math
import warnings
from functools import reduce
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import FROM_NUMPY, bool_, element, not_implemented, uint8
from ..lazy import plain
from ..op import LINEAR, check_broadcast, op, pointwise, result_type, wrap
from ..promotion import in_layout_of_first
from ..transforms import note_writes
from .arithmetic import div_scalar
from .joining import cat
from .operands import beside, in_order, is_number, known, promoted, refuse_complex, type_beside
from .tangents import of_clamp, of_maximum, of_minimum
from .views import filled_zeros

# ---- the larger and the smaller ----------------------------------------------------------------------------


_HALF = np.dtype(np.float16)


def larger(one, two):
    """The larger; of zeros with two signs the first, where NumPy's loops take the second, but for float16."""
    return np.maximum(one, two) if one.dtype is _HALF else np.maximum(two, one)


def smaller(one, two):
    """The smaller, with zeros as in `larger`."""
    return np.minimum(one, two) if one.dtype is _HALF else np.minimum(two, one)


def _half_of_ties(grad, self, other, loses):
    """The winner's gradient; equal operands get half of it each."""
    return where(self == other, div_scalar(grad, 2), grad).masked_fill_(loses, 0)


@pointwise(
    self=lambda grad, self, other: _half_of_ties(grad, self, other, self < other),
    other=lambda grad, self, other: _half_of_ties(grad, self, other, self > other),
    jvp=of_maximum,
    node="MaximumBackward0",
)
def _maximum(self, other):
    return larger(self, other)


@pointwise(
    self=lambda grad, self, other: _half_of_ties(grad, self, other, self > other),
    other=lambda grad, self, other: _half_of_ties(grad, self, other, self < other),
    jvp=of_minimum,
    node="MinimumBackward0",
)
def _minimum(self, other):
    return smaller(self, other)


def _pairwise(self, other, name, operation):
    if not isinstance(other, TensorBase):
        return NotImplemented
    if self._dtype.is_complex or other._dtype.is_complex:
        raise RuntimeError(f"{name} not implemented for complex tensors.")
    return operation(self, other)


def maximum(self, other):
    """The larger of two elements; both operands are tensors."""
    return _pairwise(self, other, "maximum", _maximum)


def minimum(self, other):
    """The smaller of two elements; both operands are tensors."""
    return _pairwise(self, other, "minimum", _minimum)


# ---- bounds ------------------------------------------------------------------------------------------------


def _inside(self, low, high):
    """Where clamping left the value as it was: the bounds belong to it."""
    if low is None:
        return self <= high
    if high is None:
        return self >= low
    return (self >= low).logical_and_(self <= high)


@pointwise(self=lambda grad, self, min, max: where(_inside(self, min, max), grad, 0.0), node="ClampBackward1")
def _clamp_numbers(self, min, max):
    result = self if min is None else larger(self, self.dtype.type(min))
    return result if max is None else smaller(result, self.dtype.type(max))


@op(
    self=lambda grad, self, min, max: where(_inside(self, min, max), grad, 0.0),
    min=lambda grad, self, min, max: where(
        (self < min).logical_and_(min < max) if max is not None else self < min, grad, 0.0
    ),
    max=lambda grad, self, min, max: where(
        (self > max).logical_or_(max < min) if min is not None else self > max, grad, 0.0
    ),
    jvp=of_clamp,
    node="ClampBackward0",
)
def _clamp_tensors(self, min, max, dtype):
    result = self.astype(dtype, copy=False)
    if min is not None:
        result = larger(result, min.astype(dtype, copy=False))
    if max is not None:
        result = smaller(result, max.astype(dtype, copy=False))
    return in_layout_of_first(result, self)


def clamp(self, min=None, max=None):
    """`self` kept between `min` and `max`, either of which may be missing; `max` wins."""
    low, high = (None if bound is None else known(bound) for bound in (min, max))
    if self._dtype.is_complex:
        raise NotImplementedError("clamp is not supported for complex types")
    if low is None and high is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if NotImplemented in [bound for bound in (low, high) if not isinstance(bound, TensorBase)]:
        raise TypeError("clamp() takes numbers or tensors as bounds")
    if isinstance(low, TensorBase) or isinstance(high, TensorBase):
        _check_bounds_alike(low, high)
        return _clamp_between_tensors(self, low, high)
    for bound in (low, high):
        if bound is not None:
            self = promoted(self, bound)
    if self._dtype is bool_:
        raise not_implemented(
            f"clamp_{'max_' if low is None else 'min_' if high is None else ''}scalar_cpu", bool_
        )
    return _clamp_numbers(
        self, *[None if bound is None else _bound(bound, self._dtype) for bound in (low, high)]
    )


def _check_bounds_alike(low, high):
    for bound in (low, high):
        other = high if bound is low else low
        # a tensor of no dimensions is a number, too
        if is_number(bound) and isinstance(other, TensorBase) and other._array.ndim:
            raise TypeError("clamp() takes two numbers or two tensors as bounds")


def _bound(number, dtype):
    """A bound as the node shows it: as it was given, unless the type cannot hold it."""
    held = element(number, dtype)
    return number if dtype.is_floating_point or held == number else held.item()


def _clamp_between_tensors(self, low, high):
    low, high = (beside(bound, self) if is_number(bound) else bound for bound in (low, high))
    operands = [each for each in (self, low, high) if each is not None]
    for bound in operands[1:]:
        check_broadcast(self._array.shape, bound._array.shape)
    dtype = type_of_all(operands)
    if dtype.is_complex:
        kernel = "clamp" if len(operands) == 3 else "minimum" if low is None else "maximum"
        raise not_implemented(f"{kernel}_cpu", dtype)
    if dtype is bool_ and len(operands) == 3:
        raise not_implemented("clamp_cpu", bool_)
    return _clamp_tensors(self, low, high, dtype.numpy)


def type_of_all(operands):
    """The type of a result of several tensors: those with dimensions together, beside the others together."""
    wide, narrow = (
        [each for each in operands if bool(each._array.ndim) is with_dimensions]
        for with_dimensions in (True, False)
    )
    promoted = [reduce(dtypes.promote, [each._dtype for each in group]) for group in (wide, narrow) if group]
    if len(promoted) == 1 or promoted[1].category <= promoted[0].category:
        return promoted[0]
    return dtypes.complex_of(promoted[0]) if promoted[0].is_floating_point else dtypes.promote(*promoted)


# ---- a condition -------------------------------------------------------------------------------------------


@op(
    self=lambda grad, condition: where(condition, grad, 0),
    other=lambda grad, condition: where(condition, 0, grad),
    jvp=LINEAR,
    node="WhereBackward0",
)
def _where(condition, self, other, dtype):
    found = np.where(condition, self.astype(dtype, copy=False), other.astype(dtype, copy=False))
    return in_layout_of_first(found, condition)


refuse_complex(_where)


_UNSET: Any = object()


def where(condition, input=_UNSET, other=_UNSET):
    """`input` where the condition holds, else `other`; both may be numbers. Alone: the indices of what is true."""
    if input is _UNSET and other is _UNSET and isinstance(condition, TensorBase):
        from .lookup import by_dimension

        return by_dimension(condition)
    operands = [known(input), known(other)]
    if not isinstance(condition, TensorBase) or any(each is NotImplemented for each in operands):
        raise TypeError("where() takes a condition that is a tensor, and two tensors or numbers")
    _check_condition(condition)
    self, other = _where_operands(*operands)
    check_broadcast(condition._array.shape, self._array.shape)
    check_broadcast(self._array.shape, other._array.shape)
    check_broadcast(condition._array.shape, other._array.shape)
    return _where(condition, self, other, result_type(self, other).numpy)


def _check_condition(condition):
    if condition._dtype is uint8:
        warnings.warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be removed in a future version of "
            "PyTorch. Use a boolean condition instead.",
            UserWarning,
            stacklevel=3,
        )
    elif condition._dtype is not bool_:
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition._dtype.legacy_name}"
        )


def _where_operands(self, other):
    if is_number(self) and is_number(other):
        dtype = dtypes.promote(dtypes.of_number(self), dtypes.of_number(other))
        return wrap(element(self, dtype)), wrap(element(other, dtype))
    if is_number(self):
        return _held_beside(self, other), other
    return self, _held_beside(other, self) if is_number(other) else other


def _held_beside(number, tensor):
    """A number as a 0-d tensor of the type that it takes beside `tensor`, which must be able to hold it."""
    dtype = type_beside(number, tensor)
    return wrap(element(number, dtype), dtype)


# ---- a mask ------------------------------------------------------------------------------------------------


@op(
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    jvp=lambda self_t, mask: self_t.masked_fill(mask, 0),
    node="MaskedFillBackward0",
)
def _masked_fill_number(mask, self, value):
    return in_order(np.where(mask, value, self))


@op(
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    value=lambda grad, mask: masked_select_op(grad, mask).sum(),
    jvp=LINEAR,
    node="MaskedFillBackward1",
)
def _masked_fill_tensor(mask, self, value):
    if value.dtype != self.dtype and not value.ndim:
        element(value.item(), FROM_NUMPY[self.dtype])  # refuses what does not fit
    return in_order(np.where(mask, value.astype(self.dtype), self))


def masked_fill(self, mask, value):
    """`self` with `value`, a number or a 0-d tensor, where the mask is set."""
    value = known(value)
    if value is NotImplemented or not isinstance(mask, TensorBase):
        raise TypeError("masked_fill() takes a mask that is a tensor, and a number or a 0-d tensor")
    if mask._dtype is not bool_:
        raise RuntimeError(
            f"masked_fill_ only supports boolean masks, but got mask with dtype {mask._dtype.c_name}"
        )
    check_broadcast(mask._array.shape, self._array.shape)
    if is_number(value):
        return _masked_fill_number(mask, self, element(value, self._dtype))
    if value._array.ndim:
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value._array.ndim} dimension(s)."
        )
    return _masked_fill_tensor(mask, self, value)


@op(
    self=lambda grad, self, mask: _masked_select_backward(grad, self, mask),
    jvp=LINEAR,
    node="MaskedSelectBackward0",
)
def masked_select_op(self, mask):
    """The elements where the mask is set."""
    return self[np.broadcast_to(mask._array, self.shape)]


def _masked_select_backward(grad, self, mask):
    found = masked_scatter_op(filled_zeros(grad, self._array.shape), mask, grad)
    note_writes(found, 1)
    return found


def _masked_scatter_source(grad, mask, source_sym_sizes):
    selected = masked_select_op(grad, mask)
    missing = math.prod(source_sym_sizes) - selected._array.size
    if missing:
        selected = cat([selected, selected.new_zeros(missing)])
    return selected.view(source_sym_sizes)


@op(
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    source=_masked_scatter_source,
    jvp=LINEAR,
    node="MaskedScatterBackward0",
)
def masked_scatter_op(self, mask, source):
    """`self` with the first elements of `source` where the mask is set."""
    result = np.array(plain(self), order="C")
    places = np.broadcast_to(mask, self.shape)
    result[places] = plain(source).ravel()[: np.count_nonzero(places)]
    return result
