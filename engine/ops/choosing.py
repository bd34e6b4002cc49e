"""Choosing between operands, element by element: the larger, the smaller, by bounds, by a condition or a mask.

At kinks and ties the derivatives are as PyTorch defines them ("Autograd mechanics", "Gradients for
non-differentiable functions").
"""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import CATEGORY_OF_NUMBER
from ..op import check_broadcast, op, pointwise, result_type, wrap
from .arithmetic import div_scalar, promoted


def _half_of_ties(grad, self, other, loses):
    """The winner's gradient; equal operands get half of it each."""
    return where(self == other, div_scalar(grad, 2), grad).masked_fill_(loses, 0)


@pointwise(
    self=lambda grad, self, other: _half_of_ties(grad, self, other, self < other),
    other=lambda grad, self, other: _half_of_ties(grad, self, other, self > other),
)
def maximum(self, other):
    return np.maximum(self, other)


@pointwise(
    self=lambda grad, self, other: _half_of_ties(grad, self, other, self > other),
    other=lambda grad, self, other: _half_of_ties(grad, self, other, self < other),
)
def minimum(self, other):
    return np.minimum(self, other)


def _inside(self, low, high):
    """Where clamping left the value as it was: the bounds belong to it."""
    if low is None:
        return self <= high
    if high is None:
        return self >= low
    return (self >= low).logical_and_(self <= high)


@pointwise(self=lambda grad, self, min, max: where(_inside(self, min, max), grad, 0.0), node="ClampBackward1")
def _clamp_numbers(self, min, max):
    result = self if min is None else np.maximum(self, self.dtype.type(min))
    return result if max is None else np.minimum(result, self.dtype.type(max))


@op(
    self=lambda grad, self, min, max: where(_inside(self, min, max), grad, 0.0),
    min=lambda grad, self, min, max: where(
        (self < min).logical_and_(min < max) if max is not None else self < min, grad, 0.0
    ),
    max=lambda grad, self, min, max: where(
        (self > max).logical_or_(max < min) if min is not None else self > max, grad, 0.0
    ),
    node="ClampBackward0",
)
def _clamp_tensors(self, min, max):
    result = self if min is None else np.maximum(self, min)
    return result if max is None else np.minimum(result, max)


def clamp(self, min=None, max=None):
    """`self` kept between `min` and `max`, either of which may be missing."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, TensorBase) or isinstance(max, TensorBase):
        return _clamp_tensors(self, min, max)
    for bound in (min, max):
        if bound is not None:
            self = promoted(self, bound)
    return _clamp_numbers(self, min, max)


@op(
    self=lambda grad, condition: where(condition, grad, 0),
    other=lambda grad, condition: where(condition, 0, grad),
    node="WhereBackward0",
)
def _where(condition, self, other):
    return np.where(condition, self, other)


def where(condition, self, other):
    """`self` where the condition holds, else `other`; both may be numbers."""
    if not isinstance(condition, TensorBase):
        raise TypeError(
            f"where(): argument 'condition' (position 1) must be Tensor, not {type(condition).__name__}"
        )
    if not isinstance(self, TensorBase) and not isinstance(other, TensorBase):
        dtype = dtypes.promote(dtypes.of_number(self), dtypes.of_number(other))
        self, other = wrap(dtype.numpy.type(self)), wrap(dtype.numpy.type(other))
    elif not isinstance(self, TensorBase):
        self = _number_like(self, other)
    elif not isinstance(other, TensorBase):
        other = _number_like(other, self)
    if self._dtype is not other._dtype:
        dtype = result_type(self, other)
        self, other = self.to(dtype), other.to(dtype)
    check_broadcast(condition._array.shape, self._array.shape)
    check_broadcast(self._array.shape, other._array.shape)
    check_broadcast(condition._array.shape, other._array.shape)
    return _where(condition, self, other)


def _number_like(number, tensor):
    """A number as a 0-d tensor of the type that it takes beside `tensor`."""
    dtype = tensor._dtype
    if CATEGORY_OF_NUMBER[type(number)] > dtype.category:
        dtype = dtypes.of_number(number)
    return wrap(dtype.numpy.type(number), dtype)


@op(self=lambda grad, mask: grad.masked_fill(mask, 0), node="MaskedFillBackward0")
def _masked_fill_number(self, mask, value):
    return np.where(mask, self.dtype.type(value), self)


@op(
    self=lambda grad, mask: grad.masked_fill(mask, 0),
    value=lambda grad, mask: where(mask, grad, 0).sum(),
    node="MaskedFillBackward1",
)
def _masked_fill_tensor(self, mask, value):
    return np.where(mask, value.astype(self.dtype), self)


def masked_fill(self, mask, value):
    """`self` with `value` where the mask is set."""
    if isinstance(value, TensorBase):
        return _masked_fill_tensor(self, mask, value)
    return _masked_fill_number(self, mask, value)
