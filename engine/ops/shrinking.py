"""Activations between bounds, or with a gap around zero: hardtanh, hardsigmoid, hardswish, softshrink, hardshrink."""

from __future__ import annotations

import numpy as np

from ..arguments import function
from ..dtypes import INTEGER, element, largest_of, uint8
from ..in_place import in_place
from ..op import op, pointwise, wrap
from .arithmetic import div_scalar
from .arrays import over, times, zero_where
from .choosing import larger, smaller, where
from .operands import in_single
from .rectifiers import zeros_like
from .refusals import check_floating, check_number, check_tensor, underivable

# ---- hardtanh ----------------------------------------------------------------------------------------------


@pointwise(
    self=lambda grad, self, min_val, max_val: _hardtanh_backward(grad, self, min_val, max_val),
    node="HardtanhBackward0",
)
def _hardtanh(self, min_val, max_val):
    if self.dtype.char in "fd" and min_val and max_val:  # where no zeros of two signs meet
        return np.clip(self, self.dtype.type(min_val), self.dtype.type(max_val))
    return smaller(larger(self, self.dtype.type(min_val)), self.dtype.type(max_val))


@op(
    grad_output=lambda grad, self, min_val, max_val: _hardtanh_backward(grad, self, min_val, max_val),
    self=zeros_like,
    node="HardtanhBackwardBackward0",
)
def _hardtanh_backward(grad_output, self, min_val, max_val):
    return zero_where(~((self > min_val) & (self < max_val)), grad_output)


_change_hardtanh = in_place(_hardtanh, "hardtanh_")


def hardtanh(input, min_val=-1.0, max_val=1.0):
    """The input, kept between two bounds."""
    return _hardtanh(input, *_bounds(input, min_val, max_val, "hardtanh"))


def hardtanh_(input, min_val=-1.0, max_val=1.0):
    """`hardtanh`, written over the input."""
    return _change_hardtanh(input, *_bounds(input, min_val, max_val, "hardtanh_"))


def relu6(input):
    """The input, kept between 0 and 6."""
    return _hardtanh(input, *_bounds(input, 0, 6, "relu6"))


def relu6_(input):
    """`relu6`, written over the input."""
    return _change_hardtanh(input, *_bounds(input, 0, 6, "relu6_"))


def _bounds(input, low, high, name):
    check_tensor(input, name)
    check_number(low, name, "min_val", 2)
    check_number(high, name, "max_val", 3)
    dtype = input._dtype
    if dtype.is_complex:
        raise NotImplementedError("clamp is not supported for complex types")
    if dtype.category < INTEGER:
        raise RuntimeError("Bool inputs not supported for hardtanh")
    if dtype.category > INTEGER:
        return low, high
    low, high = int(low), int(high)
    if dtype is uint8 and (low < 0 or high < 0):
        raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
    return int(element(low, dtype)), int(element(high, dtype))


# ---- hardsigmoid, hardswish --------------------------------------------------------------------------------

SIXTH = np.float32(1 / 6)  # in which PyTorch multiplies also what is float64


@pointwise(self=lambda grad, self: _hardsigmoid_backward(grad, self), node="HardsigmoidBackward0")
def _hardsigmoid(self):
    check_floating(self, "hardsigmoid_cpu")
    return in_single(lambda wide: _ramp(wide) / wide.dtype.type(6), self)


def _ramp(self):
    """From 0 at -3 to 6 at 3."""
    kind = self.dtype.type
    found = self + kind(3)
    return over(np.clip, found, kind(0), kind(6))


@underivable("hardsigmoid_backward", "grad_output", "self")
def _hardsigmoid_backward(grad_output, self):
    inside = (self > -3) & (self < 3)
    return in_single(lambda grad: zero_where(~inside, grad * grad.dtype.type(SIXTH)), grad_output)


_change_hardsigmoid = in_place(_hardsigmoid, "hardsigmoid_")


def hardsigmoid(input):
    """A line from 0 at -3 to 1 at 3."""
    check_tensor(input, "hardsigmoid")
    return _hardsigmoid(input)


def hardsigmoid_(input):
    """`hardsigmoid`, written over the input."""
    check_tensor(input, "hardsigmoid_")
    return _change_hardsigmoid(input)


def _hardswish_twice(grad, grad_output, self):
    inside = (self > -3.0).logical_and(self < 3.0)
    return where(inside, div_scalar(grad * grad_output, 3.0), wrap(self._dtype.numpy.type(0)))


@pointwise(self=lambda grad, self: _hardswish_backward(grad, self), node="HardswishBackward0")
def _hardswish(self):
    check_floating(self, "hardswish_cpu")
    return in_single(_hardswish_array, self)


def _hardswish_array(self):
    found = _ramp(self)
    found *= self
    found /= self.dtype.type(6)
    return found


@op(
    grad_output=lambda grad, self: _hardswish_backward(grad, self),
    self=_hardswish_twice,
    node="HardswishBackwardBackward0",
)
def _hardswish_backward(grad_output, self):
    return in_single(_times_hardswish_slope, grad_output, self)


def _times_hardswish_slope(grad_output, self):
    kind = self.dtype.type
    above = self >= kind(3)
    slope = self / kind(3)
    slope += kind(0.5)
    slope = zero_where((self <= kind(-3)) | above, slope)
    slope += above
    return times(slope, grad_output)


_change_hardswish = in_place(_hardswish, "hardswish_")


def hardswish(input):
    """The input times its hardsigmoid."""
    check_tensor(input, "hardswish")
    return _hardswish(input)


def hardswish_(input):
    """`hardswish`, written over the input."""
    check_tensor(input, "hardswish_")
    return _change_hardswish(input)


# ---- softshrink, hardshrink --------------------------------------------------------------------------------


@pointwise(self=lambda grad, self, lambd: _softshrink_backward(grad, self, lambd), node="SoftshrinkBackward0")
def _softshrink(self, lambd):
    return in_single(_softshrink_array, self, lambd)


def _softshrink_array(self, lambd):
    bound = self.dtype.type(lambd)
    found = np.abs(self)
    found -= bound
    found = over(np.maximum, found, self.dtype.type(0))
    return over(np.copysign, found, self)


def _in_gap(grad_output, self, lambd):
    bound = self.dtype.type(lambd)
    return zero_where(~((self > bound) | (self < -bound)), grad_output)


@op(
    grad_output=lambda grad, self, lambd: _softshrink_backward(grad, self, lambd),
    self=zeros_like,
    node="SoftshrinkBackwardBackward0",
)
def _softshrink_backward(grad_output, self, lambd):
    return _in_gap(grad_output, self, lambd)


@function
def softshrink(input, lambd=0.5):
    """The input moved towards zero by `lambd`; zero where it is not farther from it."""
    check_tensor(input, "softshrink")
    check_number(lambd, "softshrink", "lambd", 2)
    check_floating(input._array, "softshrink_check")
    largest = largest_of(input._dtype)
    if not 0 <= lambd <= largest:
        raise RuntimeError(
            f"lambda must be in range [0, {largest:g}] for input dtype {input._dtype.legacy_name}, but found {lambd:g}"
        )
    return _softshrink(input, lambd)


@pointwise(self=lambda grad, self, lambd: _hardshrink_backward(grad, self, lambd), node="HardshrinkBackward0")
def _hardshrink(self, lambd):
    check_floating(self, "hardshrink_cpu")
    bound = self.dtype.type(lambd)
    return zero_where((self >= -bound) & (self <= bound), self)


@op(
    grad_out=lambda grad, self, lambd: _hardshrink_backward(grad, self, lambd),
    self=zeros_like,
    node="HardshrinkBackwardBackward0",
)
def _hardshrink_backward(grad_out, self, lambd):
    bound = self.dtype.type(lambd)
    return zero_where((self >= -bound) & (self <= bound), grad_out)


@function
def hardshrink(input, lambd=0.5):
    """The input; zero where it is not farther from zero than `lambd`."""
    check_tensor(input, "hardshrink")
    check_number(lambd, "hardshrink", "lambd", 2)
    return _hardshrink(input, lambd)
