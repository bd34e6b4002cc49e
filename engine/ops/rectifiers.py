"""Activations that treat numbers below a bound otherwise: leaky_relu, prelu, rrelu, elu and its kin, threshold.

A changed input is gone in the in-place forms, whose nodes keep the result instead.
"""

from __future__ import annotations

import numpy as np

from ..dtypes import FROM_NUMPY, not_implemented
from ..grad_mode import mode
from ..in_place import in_place
from ..op import op, pointwise, wrap
from ..transforms import lowering
from . import elementary
from .activations import threshold_backward
from .arithmetic import mul_scalar
from .arrays import one_or, over, pick, times, value_or_zero, zero_where
from .choosing import larger, where
from .creation import default_generator
from .operands import in_single
from .refusals import check_floating, check_number, check_tensor


def zeros_like(grad):
    """The gradient of what has no slope."""
    return grad.new_zeros(grad._array.shape)


def _refuse_negative(name, reason, value):
    if value < 0:
        raise RuntimeError(
            f"In-place {name} backward calculation is triggered with a negative slope which is not supported. This is caused "
            f"by calling in-place forward function with a negative slope, please call out-of-place version instead.{reason}"
        )


# ---- leaky_relu --------------------------------------------------------------------------------------------


@pointwise(
    self=lambda grad, self, negative_slope: _leaky_relu_backward(grad, self, negative_slope, False),
    node="LeakyReluBackward0",
)
def _leaky_relu(self, negative_slope):
    check_floating(self, "leaky_relu_cpu")
    return in_single(_leaky_relu_array, self, negative_slope)


def _leaky_relu_array(self, negative_slope):
    if 0 < negative_slope <= 1:
        return over(np.maximum, self * self.dtype.type(negative_slope), self)
    return np.where(self > 0, self, self * self.dtype.type(negative_slope))[()]


@op(
    grad_output=lambda grad, self, negative_slope: _leaky_relu_backward(grad, self, negative_slope, False),
    self=zeros_like,
    node="LeakyReluBackwardBackward0",
)
def _leaky_relu_backward(grad_output, self, negative_slope, self_is_result):
    if self_is_result:
        _refuse_negative(
            "leakyReLu",
            " File an issue at https://github.com/pytorch/pytorch if you do require supporting in-place leakRelu backward "
            "calculation with negative slope",
            negative_slope,
        )
    return in_single(_times_leak, grad_output, self, negative_slope)


def _times_leak(grad_output, self, negative_slope):
    slope = one_or(self > 0, negative_slope, grad_output.dtype)
    return times(slope, grad_output)


@pointwise(
    self=lambda grad, result, negative_slope: _leaky_relu_backward(grad, result, negative_slope, True),
    node="LeakyReluBackward1",
)
def _leaky_relu_over(self, negative_slope):
    return _leaky_relu.declaration.forward(self, negative_slope)


_change_leaky_relu = in_place(_leaky_relu_over, "leaky_relu_")


def leaky_relu(input, negative_slope=0.01):
    """The input; below zero, times the slope."""
    check_tensor(input, "leaky_relu")
    check_number(negative_slope, "leaky_relu", "negative_slope", 2)
    return _leaky_relu(input, negative_slope)


def leaky_relu_(input, negative_slope=0.01):
    """`leaky_relu`, written over the input."""
    check_tensor(input, "leaky_relu_")
    check_number(negative_slope, "leaky_relu_", "negative_slope", 2)
    return _change_leaky_relu(input, negative_slope)


# ---- rrelu -------------------------------------------------------------------------------------------------


@op(
    self=lambda grad, self, noise, lower, upper, training: _rrelu_backward(
        grad, self, noise, lower, upper, training, False
    ),
    node="RreluWithNoiseBackward0",
)
def _rrelu_with_noise(self, noise, lower, upper, training):
    if training:
        return in_single(np.multiply, self, noise._array)
    return _leaky_relu.declaration.forward(self, (lower + upper) / 2)


@op(
    grad_output=lambda grad, self, noise, lower, upper, training: _rrelu_backward(
        grad, self, noise, lower, upper, training, False
    ),
    self=zeros_like,
    node="RreluWithNoiseBackwardBackward0",
)
def _rrelu_backward(grad_output, self, noise, lower, upper, training, self_is_result):
    if training and upper - lower > 1e-6:
        return in_single(np.multiply, grad_output, noise)
    slope = (lower + upper) / 2
    return _leaky_relu_backward.declaration.forward(grad_output, self, slope, self_is_result)


@op(
    self=lambda grad, noise, lower, upper, training, result: _rrelu_backward(
        grad, result, noise, lower, upper, training, True
    ),
    node="RreluWithNoiseBackward1",
)
def _rrelu_over(self, noise, lower, upper, training):
    return _rrelu_with_noise.declaration.forward(self, noise, lower, upper, training)


_change_rrelu = in_place(_rrelu_over, "rrelu_")


def _slopes(input, lower, upper, training, generator):
    """1 where the input is positive, elsewhere a random slope, where training; which draws for these only."""
    if not lower <= upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return wrap(np.zeros_like(input._array), input._dtype)
    array = input._array
    if array.dtype.char not in "fdE":
        raise not_implemented("rrelu_with_noise_out_cpu", FROM_NUMPY[array.dtype])
    below = np.asarray(array <= 0)
    drawn = (generator or default_generator).uniform((int(np.count_nonzero(below)),), np.float64)
    slopes = np.ones(array.shape, array.dtype)
    slopes[below] = drawn * (upper - lower) + lower
    return wrap(slopes, input._dtype)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, generator=None):
    """The input; below zero, times a slope: a random one while training, else the middle of the bounds."""
    check_tensor(input, "rrelu")
    check_number(lower, "rrelu", "lower", 2)
    check_number(upper, "rrelu", "upper", 3)
    noise = _slopes(input, lower, upper, training, generator)
    return _rrelu_with_noise(input, noise, lower, upper, training)


def rrelu_(input, lower=1.0 / 8, upper=1.0 / 3, training=False, generator=None):
    """`rrelu`, written over the input."""
    check_tensor(input, "rrelu_")
    return _change_rrelu(input, _slopes(input, lower, upper, training, generator), lower, upper, training)


# ---- prelu -------------------------------------------------------------------------------------------------


@op(
    self=lambda grad, self, weight: (
        _prelu_backward(grad, self, weight)[0]
        if mode.recording
        else wrap(in_single(_prelu_slopes, grad._array, self._array, weight._array), grad._dtype)
    ),
    weight=lambda grad, self, weight: (
        _prelu_backward(grad, self, weight)[1]
        if mode.recording
        else wrap(in_single(_below_zero, grad._array, self._array), grad._dtype)
    ),
    jvp=lambda self_t, weight_t, self_p, weight_p: where(
        self_p >= 0, self_t, weight_p * self_t + weight_t * self_p
    ),
    node="PreluKernelBackward0",
)
def _prelu_kernel(self, weight):
    check_floating(self, "prelu_cpu")
    return in_single(_prelu_array, self, weight)


def _prelu_array(self, weight):
    found = larger(self, self.dtype.type(-0.0))  # as in `elu`, for the sign of zero
    found += np.minimum(self, self.dtype.type(-0.0)) * weight
    return found


def _prelu_slopes(grad_output, self, weight):
    above = self > 0
    return grad_output * (np.multiply(~above, weight, dtype=weight.dtype) + above)


def _below_zero(grad_output, self):
    return grad_output * np.minimum(self, self.dtype.type(0))


def _prelu_for_grad_output(grads, self, weight):
    of_self, of_weight = grads
    zero = wrap(self._dtype.numpy.type(0))
    if of_weight is None:
        return where(self >= 0, of_self, of_self * weight)
    if of_self is None:
        return where(self >= 0, zero, of_weight * self)
    return where(self >= 0, of_self, of_self * weight + of_weight * self)


def _prelu_for_operand(grad_of_other, grad_output, self):
    if grad_of_other is None:
        return zeros_like(self)
    return where(self >= 0, wrap(self._dtype.numpy.type(0)), grad_output * grad_of_other)


@op(
    grad_output=_prelu_for_grad_output,
    self=lambda grads, grad_output, self: _prelu_for_operand(grads[1], grad_output, self),
    weight=lambda grads, grad_output, self: _prelu_for_operand(grads[0], grad_output, self),
    outputs=("result0", "result1"),
    node="PreluKernelBackwardBackward0",
)
def _prelu_backward(grad_output, self, weight):
    return in_single(_prelu_slopes, grad_output, self, weight), in_single(_below_zero, grad_output, self)


def prelu(input, weight):
    """The input; below zero, times a weight: one for all, or one for each channel."""
    check_tensor(input, "prelu")
    check_tensor(weight, "prelu", "weight", 2)
    sizes, count = input._array.shape, weight._array.size
    if input._dtype is not weight._dtype and not lowering():
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {input._dtype.legacy_name} and {weight._dtype.legacy_name}"
        )
    if count != 1:
        if not sizes:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = sizes[1] if len(sizes) > 1 else 1
        if channels != count:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{count} and channel size = {channels}."
            )
    if weight._array.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight._array.ndim}"
        )
    if weight._array.ndim != len(sizes):
        shape = [1] * len(sizes)
        if len(sizes) > 1:
            shape[1] = count
        weight = weight.reshape(shape)
    return _prelu_kernel(input, weight)


# ---- elu, celu, selu ---------------------------------------------------------------------------------------


@pointwise(
    self=lambda grad, self, alpha, scale, input_scale: _elu_backward(
        grad, alpha, scale, input_scale, False, self
    ),
    node="EluBackward0",
)
def _elu(self, alpha, scale, input_scale):
    check_floating(self, "elu_cpu")
    return in_single(_elu_array, self, alpha, scale, input_scale)


def _elu_array(self, alpha, scale, input_scale):
    kind = self.dtype.type
    above = larger(self, kind(-0.0))  # so that a sum with what is 0 below has the input's sign of zero
    below = np.minimum(self, kind(-0.0))
    if input_scale != 1:
        below *= kind(input_scale)
    below = over(elementary.expm1, below)
    if alpha * scale != 1:
        below *= kind(alpha * scale)
    if scale != 1:
        above *= kind(scale)
    above += below
    return above


@op(
    grad_output=lambda grad, alpha, scale, input_scale, is_result, self_or_result: _elu_backward(
        grad, alpha, scale, input_scale, is_result, self_or_result
    ),
    self_or_result=lambda grad, grad_output, alpha, scale, input_scale, is_result, self_or_result: _elu_twice(
        grad, grad_output, alpha, scale, input_scale, is_result, self_or_result
    ),
    node="EluBackwardBackward0",
)
def _elu_backward(grad_output, alpha, scale, input_scale, is_result, self_or_result):
    if is_result:
        _refuse_negative("elu", "", alpha)
    return in_single(_elu_slopes, self_or_result, alpha, scale, input_scale, is_result, grad_output)


def _elu_slopes(held, alpha, scale, input_scale, is_result, grad_output):
    kind = held.dtype.type
    if is_result:
        slope = (held + kind(alpha * scale)) * kind(input_scale)
    else:
        slope = np.minimum(held, kind(0))
        if input_scale != 1:
            slope *= kind(input_scale)
        slope = over(elementary.exp, slope)
        if scale == alpha == input_scale == 1:
            return times(slope, grad_output)
        slope *= kind(input_scale * alpha * scale)
    above = held > 0
    slope = zero_where(above, slope)
    slope += value_or_zero(above, scale, held.dtype)
    return times(slope, grad_output)


def _elu_twice(grad, grad_output, alpha, scale, input_scale, is_result, held):
    below = (held < 0).to(held._dtype)
    change = mul_scalar(grad * grad_output, input_scale)
    if is_result:
        return change * below
    return _elu_backward(change, alpha, scale, input_scale, False, held) * below


@pointwise(
    self=lambda grad, alpha, scale, input_scale, result: _elu_backward(
        grad, alpha, scale, input_scale, True, result
    ),
    node="EluBackward1",
)
def _elu_over(self, alpha, scale, input_scale):
    return _elu.declaration.forward(self, alpha, scale, input_scale)


_change_elu = in_place(_elu_over, "elu_")


def elu(input, alpha=1.0, scale=1, input_scale=1):
    """The input; below zero alpha * (exp(input) - 1)."""
    check_tensor(input, "elu")
    check_number(alpha, "elu", "alpha", 2)
    return _elu(input, alpha, scale, input_scale)


def elu_(input, alpha=1.0, scale=1, input_scale=1):
    """`elu`, written over the input."""
    check_tensor(input, "elu_")
    check_number(alpha, "elu_", "alpha", 2)
    return _change_elu(input, alpha, scale, input_scale)


@pointwise(
    self=lambda grad, self, alpha: _elu_backward(grad, alpha, 1, 1.0 / alpha, False, self),
    node="CeluBackward0",
)
def _celu(self, alpha):
    return _elu.declaration.forward(self, alpha, 1, 1.0 / alpha)


@pointwise(
    self=lambda grad, alpha, result: _elu_backward(grad, alpha, 1, 1.0 / alpha, True, result),
    node="CeluBackward1",
)
def _celu_over(self, alpha):
    return _elu.declaration.forward(self, alpha, 1, 1.0 / alpha)


_change_celu = in_place(_celu_over, "celu_")


def celu(input, alpha=1.0):
    """The input; below zero alpha * (exp(input / alpha) - 1)."""
    check_tensor(input, "celu")
    check_number(alpha, "celu", "alpha", 2)
    _check_alpha(alpha)
    return _celu(input, alpha)


def celu_(input, alpha=1.0):
    """`celu`, written over the input."""
    check_tensor(input, "celu_")
    check_number(alpha, "celu_", "alpha", 2)
    _check_alpha(alpha)
    return _change_celu(input, alpha)


def _check_alpha(alpha):
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")


SELU = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
"""alpha and scale, with which activations keep their mean and variance from layer to layer."""


def selu(input):
    """`elu` with a scale and an alpha that keep mean and variance."""
    check_tensor(input, "selu")
    return _elu(input, *SELU, 1)


def selu_(input):
    """`selu`, written over the input."""
    check_tensor(input, "selu_")
    return _change_elu(input, *SELU, 1)


# ---- threshold ---------------------------------------------------------------------------------------------


@pointwise(
    self=lambda grad, self, threshold: threshold_backward(grad, self, threshold), node="ThresholdBackward0"
)
def _threshold(self, threshold, value):
    if self.dtype.kind in "bc":
        raise not_implemented("threshold_cpu", FROM_NUMPY[self.dtype])
    below = self <= threshold
    return pick(below, np.array(value).astype(self.dtype)[()], self) if value else zero_where(below, self)


@pointwise(
    self=lambda grad, self, threshold: threshold_backward(grad, self, threshold), node="ThresholdBackward1"
)
def _threshold_over(self, threshold, value):
    return _threshold.declaration.forward(self, threshold, value)


_change_threshold = in_place(_threshold_over, "threshold_")


def threshold(input, threshold, value):
    """The input where it is above the threshold, else the value."""
    check_tensor(input, "threshold")
    check_number(threshold, "threshold", "threshold", 2)
    check_number(value, "threshold", "value", 3)
    return _threshold(input, threshold, value)


def threshold_(input, threshold, value):
    """`threshold`, written over the input."""
    check_tensor(input, "threshold_")
    check_number(threshold, "threshold_", "threshold", 2)
    check_number(value, "threshold_", "value", 3)
    return _change_threshold(input, threshold, value)
