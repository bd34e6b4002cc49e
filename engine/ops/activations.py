"""Activations; where the derivative is itself an operation with a node of its own, it stands beside."""

from __future__ import annotations

from functools import partial

import numpy as np

from .. import dtypes
from ..op import POINTWISE, op, pointwise, wrap
from ..rows import along_rows
from ..saved import unpack
from . import elementary
from .arithmetic import add_scalar, mul_scalar, sub_scalar
from .choosing import larger
from .dims import wrap_dim
from .operands import in_order, in_single
from .reductions import accumulate
from .summing import is_few, sums_of_lanes
from .tangents import of_logsumexp, of_sigmoid_backward, of_tanh_backward, of_threshold_backward


@pointwise(self=lambda grad, result: tanh_backward(grad, result), floating=True)
def tanh(self):
    return elementary.tanh(self)


@op(
    grad_output=lambda grad, output: tanh_backward(grad, output),
    output=lambda grad, grad_output, output: grad * (mul_scalar(output, -2) * grad_output),
    complex={
        "grad_output": lambda grad, output: tanh_backward(grad, output.conj()),
        "output": lambda grad, grad_output, output: (
            grad.conj() * (mul_scalar(output.conj(), -2) * grad_output)
        ),
    },
    jvp=of_tanh_backward,
    node="TanhBackwardBackward0",
)
def tanh_backward(grad_output, output):
    if output.dtype.kind == "c":
        return grad_output * np.conjugate(1 - output * output)
    return in_single(_tanh_backward_array, grad_output, output)


def _tanh_backward_array(grad_output, output):
    if output.size <= elementary.FEW:
        return grad_output * elementary.add_product(1, -output, output)
    if output.shape != grad_output.shape or not output.flags.c_contiguous:
        return (1 - output * output) * grad_output
    slope = np.empty_like(output)
    for grad, value, found in zip(*map(_pieces, (grad_output, output, slope))):
        np.multiply(value, value, out=found)
        np.subtract(1, found, out=found)
        np.multiply(found, grad, out=found)
    return slope


def _pieces(array):
    """The elements in their order, so many at a time that what lies between the steps stays in the processor's cache."""
    flat = array.reshape(-1)
    return [flat[start : start + _PIECE] for start in range(0, flat.size, _PIECE)]


_PIECE = 1 << 17


@pointwise(self=lambda grad, result: sigmoid_backward(grad, result), floating=True)
def sigmoid(self):
    return _sigmoid(self)


def _sigmoid(array):
    return in_single(_sigmoid_array, array)


def _sigmoid_array(array):
    return 1 / (1 + elementary.exp(-array))


@op(
    grad_output=lambda grad, output: sigmoid_backward(grad, output),
    output=lambda grad, grad_output, output: grad * grad_output * add_scalar(mul_scalar(output, -2), 1),
    complex={
        "grad_output": lambda grad, output: sigmoid_backward(grad, output.conj()),
        "output": lambda grad, grad_output, output: (
            grad.conj() * grad_output * add_scalar(mul_scalar(output.conj(), -2), 1)
        ),
    },
    jvp=of_sigmoid_backward,
    node="SigmoidBackwardBackward0",
)
def sigmoid_backward(grad_output, output):
    if output.dtype.char == "e":  # rounded at each step in PyTorch, too
        return grad_output * (1 - output) * output
    return in_single(_sigmoid_backward_array, grad_output, output)


def _sigmoid_backward_array(grad_output, output):
    if output.dtype.kind == "c":
        return grad_output * np.conjugate((1 - output) * output)
    return times(times(1 - output, grad_output), output)


@pointwise(
    self=lambda grad, self: log_sigmoid_backward(grad, self), floating=True, node="LogSigmoidBackward0"
)
def log_sigmoid(self):
    return in_single(_log_sigmoid_array, in_order(self))


def _log_sigmoid_array(self):
    return np.minimum(self, self.dtype.type(0)) - elementary.log1p(elementary.exp(-np.abs(self)))


def _buffer(node):
    """What PyTorch computes beside the result and saves; here it is computed where somebody looks at it."""
    self = unpack(node._saved, node)
    return wrap(elementary.exp(-np.abs(self._array)), self._dtype)


log_sigmoid.declaration.node_class._saved_buffer = property(_buffer)


@op(
    grad_output=lambda grad, self: log_sigmoid_backward(grad, self),
    self=lambda grad, grad_output, self: _log_sigmoid_twice(grad * grad_output, sigmoid(self)),
    node="LogSigmoidBackwardBackward0",
)
def log_sigmoid_backward(grad_output, self):
    return in_single(_log_sigmoid_backward_array, grad_output, self)


def _log_sigmoid_backward_array(grad_output, self):
    if self.size > elementary.FEW:
        return grad_output * _sigmoid_array(-self)
    kind = self.dtype.type
    grown = elementary.exp(-np.abs(self))
    share = grown / (kind(1) + grown)
    return grad_output * np.where(self < 0, kind(1) - share, share)


def _log_sigmoid_twice(grad, inside):
    return grad * sub_scalar(inside, 1) * inside


@pointwise(self=lambda grad, result: threshold_backward(grad, result, 0))
def relu(self):
    if self.dtype.kind in "bc":
        if self.dtype.kind == "b":
            raise RuntimeError("Boolean inputs not supported for relu")
        raise NotImplementedError("clamp is not supported for complex types")
    several = self.ndim > 1 and self.flags.c_contiguous
    # beside one number NumPy takes thrice the time
    zero = np.zeros(self.shape[1:] if several else (), self.dtype)
    return larger(self, zero)


@op(
    grad_output=lambda grad, self, threshold: threshold_backward(grad, self, threshold),
    self=lambda grad: grad.new_zeros(grad._array.shape),
    jvp=of_threshold_backward,
    node="ThresholdBackwardBackward0",
)
def threshold_backward(grad_output, self, threshold):
    return zero_where(self <= threshold, grad_output)


def zero_where(dropped, array):
    """The array with +0 where `dropped`: by masking bits, ten times quicker than `np.where` with a scalar."""
    if bits := _BITS.get(array.dtype.char):
        kept = np.subtract(dropped.view(np.int8), 1)  # 0 where dropped, else -1: all bits set
        return np.bitwise_and(array.view(bits), kept).view(array.dtype)
    return np.where(dropped, array.dtype.type(0), array)[()]


_BITS = {"e": np.int16, "f": np.int32, "d": np.int64}


def times(slope, grad_output):
    """The product, written over the slope unless there are several gradients for it."""
    if slope.shape != grad_output.shape:
        return slope * grad_output
    return over(np.multiply, slope, grad_output)


def over(ufunc, array, *operands):
    """`ufunc(array, *operands)`, written over the array, which nobody else sees."""
    return ufunc(array, *operands, out=array) if array.__class__ is np.ndarray else ufunc(array, *operands)


@op(
    self=lambda grad, self, beta, threshold: _softplus_backward(grad, self, beta, threshold),
    jvp=POINTWISE,
    node="SoftplusBackward0",
)
def _softplus(self, beta, threshold):
    if self.dtype.kind not in "fV":
        raise dtypes.not_implemented("softplus_cpu", dtypes.FROM_NUMPY[self.dtype])
    return in_single(_softplus_array, self, beta, threshold)


def _softplus_array(self, beta, threshold):
    scaled = self * self.dtype.type(beta)
    above = scaled > threshold
    bent = over(elementary.log1p, over(elementary.exp, scaled))
    if beta != 1:
        bent /= self.dtype.type(beta)
    return zero_where(above, bent) + zero_where(~above, self)


@op(
    grad_output=lambda grad, self, beta, threshold: _softplus_backward(grad, self, beta, threshold),
    self=lambda grad, grad_output, self, beta, threshold: _softplus_twice(
        grad * grad_output, self, beta, threshold
    ),
    node="SoftplusBackwardBackward0",
)
def _softplus_backward(grad_output, self, beta, threshold):
    return in_single(_softplus_backward_array, grad_output, self, beta, threshold)


def _softplus_backward_array(grad_output, self, beta, threshold):
    scaled = self * self.dtype.type(beta)
    above = scaled > threshold
    grown = over(elementary.exp, scaled)
    if grown.size <= elementary.FEW:
        return np.where(above, grad_output, grad_output * grown / (grown + 1))[()]
    slope = zero_where(above, grown / (grown + 1))
    slope += above
    return times(slope, grad_output)


def _softplus_twice(grad, self, beta, threshold):
    scaled = mul_scalar(self, beta)
    bent = sigmoid_backward(grad, sigmoid(scaled)) * (scaled < threshold).to(grad._dtype)
    return mul_scalar(bent, beta)


def softplus(input, beta=1, threshold=20):
    """log(1 + exp(beta * input)) / beta; the input itself above the threshold."""
    return _softplus(input, beta, threshold)


def _softmax_backward(grad, dim, result):
    return _softmax_backward_data(grad, result, dim)


@op(
    grad_output=lambda grad, output, dim: _softmax_backward_data(grad, output, dim),
    output=lambda grad, grad_output, output, dim: _softmax_backward_output(grad, grad_output, output, dim),
    node="SoftmaxBackwardDataBackward0",
)
def _softmax_backward_data(grad_output, output, dim):
    return in_single(_softmax_backward_array, grad_output, output, dim)


def _softmax_backward_array(grad_output, output, dim):
    product = grad_output * output
    if not product.ndim:
        return (grad_output - product) * output
    total = _totals(product, dim)
    along_rows(partial(np.subtract, out=product), grad_output, total)
    product *= output
    return product


def _softmax_backward_output(grad, grad_output, output, dim):
    return (
        grad_output * grad
        - (output * grad_output).sum(dim, True) * grad
        - grad_output * (grad * output).sum(dim, True)
    )


@op(
    self=_softmax_backward,
    jvp=lambda self_p, self_t, dim, result: result * (self_t - of_logsumexp(self_p, self_t, dim, True)),
    node="SoftmaxBackward0",
)
def _softmax(self, dim):
    return in_single(_softmax_array, in_order(self), dim)


def _softmax_array(self, dim):
    if not self.ndim:
        return np.ones_like(self)[()]
    grown = along_rows(np.subtract, self, _top(self, dim))
    grown = elementary.exp(grown, out=grown)
    if is_few(grown) and dim in (-1, grown.ndim - 1):
        grown *= grown.dtype.type(1) / sums_of_lanes(grown)
    else:
        total = accumulate(np.add, grown, dim % self.ndim, True)
        along_rows(partial(np.true_divide, out=grown), grown, total)
    return grown


def _totals(array, dim):
    """The sums along a dimension, which stays."""
    if is_few(array) and dim in (-1, array.ndim - 1):
        return sums_of_lanes(array)
    return accumulate(np.add, array, dim % array.ndim, True)


def _top(self, dim):
    """The largest elements along a dimension; of many that lie close together one for all, as rows cost much more."""
    if self.size >= _MANY and self.dtype.char in "fd":
        top = np.maximum.reduce(self, axis=None)
        if top - np.minimum.reduce(self, axis=None) < _CLOSE:
            return top
    return np.maximum.reduce(self, axis=dim, keepdims=True, initial=-np.inf)


_MANY = 1 << 14
_CLOSE = 60  # whose exponentials are normal numbers of float32


def softmax(self, dim, dtype=None):
    """exp(self), divided by its sum along `dim`."""
    self = _softmax_input(self, "softmax", dtype, dim)
    wrap_dim(dim, self._array.ndim)
    return _softmax(self, dim)


def _softmax_input(self, name, dtype, dim):
    if dtype is not None:
        return self.to(dtype)
    if self._dtype.category != dtypes.FLOATING:
        last = dim in (-1, self._array.ndim - 1)
        raise NotImplementedError(
            f"\"{name}{'_lastdim' * last}_kernel_impl\" not implemented for '{self._dtype.legacy_name}'"
        )
    return self


@op(
    grad_output=lambda grad, output, dim: grad - (grad * output.exp()).sum(dim, True),
    output=lambda grad, grad_output, output, dim: -grad_output.sum(dim, True) * output.exp() * grad,
    node="LogSoftmaxBackwardDataBackward0",
)
def _log_softmax_backward_data(grad_output, output, dim):
    return in_single(_log_softmax_backward_array, grad_output, output, dim)


def _log_softmax_backward_array(grad_output, output, dim):
    if not output.ndim:
        return grad_output - elementary.exp(output) * grad_output
    found, total = elementary.exp(output), _totals(grad_output, dim)
    if output.size <= elementary.FEW:
        return elementary.add_product(grad_output, -found, total)
    along_rows(partial(np.multiply, out=found), found, total)
    return np.subtract(grad_output, found, out=found)


@op(
    self=lambda grad, dim, result: _log_softmax_backward_data(grad, result, dim),
    jvp=lambda self_p, self_t, dim: self_t - of_logsumexp(self_p, self_t, dim, True),
    node="LogSoftmaxBackward0",
)
def _log_softmax(self, dim):
    return in_single(_log_softmax_array, in_order(self), dim)


def _log_softmax_array(self, dim):
    if not self.ndim:
        return np.zeros_like(self)[()]
    top = np.maximum.reduce(self, axis=dim, keepdims=True, initial=-np.inf)
    shifted = along_rows(np.subtract, self, top)
    total = elementary.log(_totals(elementary.exp(shifted), dim))
    return along_rows(partial(np.subtract, out=shifted), shifted, total)


def log_softmax(self, dim, dtype=None):
    """The logarithm of `softmax`."""
    self = _softmax_input(self, "log_softmax", dtype, dim)
    wrap_dim(dim, self._array.ndim)
    return _log_softmax(self, dim)
