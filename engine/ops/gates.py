"""Smooth activations that weigh their input by a function of it: gelu, silu, mish; and glu, which weighs one half by the other."""

from __future__ import annotations

import math

import numpy as np

from ..base import read_array
from ..dtypes import FROM_NUMPY, not_implemented
from ..grad_mode import mode
from ..in_place import in_place
from ..op import op, pointwise, wrap
from . import elementary
from .activations import sigmoid
from .arithmetic import add_scalar, mul_scalar
from .arrays import over, times
from .dims import wrap_dim
from .erf import erf
from .joining import cat
from .operands import in_single
from .powers import pow
from .refusals import check_floating, check_tensor


def _one_less(tensor):
    """1 - tensor, as PyTorch records it."""
    return wrap(tensor._dtype.numpy.type(1), tensor._dtype) - tensor


# ---- gelu --------------------------------------------------------------------------------------------------

ROOT_HALF = math.sqrt(0.5)
NORMAL = 1 / math.sqrt(2 * math.pi)  # the normal density at 0
SLOPE, CUBIC = math.sqrt(2 / math.pi), 0.044715


@pointwise(self=lambda grad, self, approximate: _gelu_backward(grad, self, approximate), node="GeluBackward0")
def _gelu(self, approximate):
    check_floating(self, "GeluKernelImpl")
    return in_single(_gelu_array if approximate == "none" else _gelu_by_tanh, self)


def _gelu_array(self):
    kind = self.dtype.type
    found = erf(self * kind(ROOT_HALF))
    found += kind(1)
    found *= self
    found *= kind(0.5)
    return found


def _inner(self):
    kind = self.dtype.type
    if self.size <= elementary.FEW:
        return elementary.add_product(self, kind(CUBIC), self * self * self) * kind(SLOPE)
    found = self * self
    found *= kind(CUBIC * SLOPE)
    found += kind(SLOPE)
    found *= self
    return found


def _gelu_by_tanh(self):
    kind = self.dtype.type
    found = over(elementary.tanh, _inner(self))
    found += kind(1)
    found *= self
    found *= kind(0.5)
    return found


@op(
    grad_output=lambda grad, self, approximate: _gelu_backward(grad, self, approximate),
    self=lambda grad, grad_output, self, approximate: (
        _gelu_twice(grad, grad_output, self)
        if approximate == "none"
        else _gelu_by_tanh_twice(grad, grad_output, self)
    ),
    node="GeluBackwardBackward0",
)
def _gelu_backward(grad_output, self, approximate):
    slopes = _gelu_slopes if approximate == "none" else _gelu_by_tanh_slopes
    return in_single(lambda grad, wide: times(slopes(wide), grad), grad_output, self)


def _gelu_slopes(self):
    kind = self.dtype.type
    found = erf(self * kind(ROOT_HALF))
    found += kind(1)
    found *= kind(0.5)
    density = self * self
    density *= kind(-0.5)
    density = over(elementary.exp, density)
    density *= self
    density *= kind(NORMAL)
    found += density
    return found


def _gelu_by_tanh_slopes(self):
    kind = self.dtype.type
    bent = over(elementary.tanh, _inner(self))
    if self.size <= elementary.FEW:
        inner_slope = (kind(1) + kind(3 * CUBIC) * (self * self)) * kind(SLOPE)
        slope = self * kind(0.5) * elementary.add_product(kind(1), -bent, bent) * inner_slope
        return (bent + kind(1)) * kind(0.5) + slope
    found = self * self
    found *= kind(1.5 * CUBIC * SLOPE)
    found += kind(0.5 * SLOPE)
    found *= self
    found *= kind(1) - bent * bent
    bent += kind(1)
    bent *= kind(0.5)
    found += bent
    return found


def _gelu_twice(grad, grad_output, self):
    density = mul_scalar(mul_scalar(self * self, -0.5).exp(), NORMAL)
    return grad * grad_output * (mul_scalar(density, 2) - self * self * density)


def _gelu_by_tanh_twice(grad, grad_output, self):
    inner = mul_scalar(self + mul_scalar(pow(self, 3), CUBIC), SLOPE)
    bent, reach = inner.tanh(), inner.cosh()
    one = wrap(self._dtype.numpy.type(1), self._dtype)
    inner_slope = mul_scalar(add_scalar(mul_scalar(self, 3 * CUBIC) * self, 1), SLOPE)
    slope_of_bent = one - bent * bent
    first = mul_scalar(mul_scalar(slope_of_bent, 0.5) * inner_slope, 2)
    inverse = one / reach
    second_of_bent = mul_scalar(inverse, 2) * (-inverse * bent) * inner_slope
    second = mul_scalar(self, 0.5) * inner_slope * second_of_bent
    third = mul_scalar(self, 0.5) * slope_of_bent * mul_scalar(mul_scalar(self, 6 * CUBIC), SLOPE)
    return grad * grad_output * (first + second + third)


def gelu(input, *, approximate="none"):
    """The input times the normal distribution's probability of less; `tanh` approximates that."""
    check_tensor(input, "gelu")
    if approximate not in ("none", "tanh"):
        if not isinstance(approximate, str):
            raise TypeError(f"gelu(): argument 'approximate' must be str, not {type(approximate).__name__}")
        raise RuntimeError("approximate argument must be either none or tanh.")
    return _gelu(input, approximate)


# ---- silu --------------------------------------------------------------------------------------------------


def _silu_formula(grad, self):
    if not mode.recording:
        return _silu_backward(grad, self)
    weight = sigmoid(self)
    change = add_scalar(self * _one_less(weight), 1)
    return grad * weight * change


@pointwise(
    self=_silu_formula,
    complex={"self": lambda grad, self: _silu_formula(grad, self.conj())},
    node="SiluBackward0",
)
def _silu(self):
    if self.dtype.kind in "biu":
        raise not_implemented("silu_cpu", FROM_NUMPY[self.dtype])
    return in_single(_silu_array, self)


def _silu_array(self):
    found = over(elementary.exp, -self)
    found += self.dtype.type(1)
    return np.divide(self, found, out=found) if found.ndim else self / found


def _silu_backward(grad, self):
    return wrap(in_single(_times_silu_slope, grad._array, self._array), grad._dtype)


def _times_silu_slope(grad, self):
    kind = self.dtype.type
    weight = over(elementary.exp, -self)
    weight += kind(1)
    weight = over(np.reciprocal, weight)
    if self.size <= elementary.FEW:
        return grad * weight * elementary.add_product(kind(1), kind(1) - weight, self)
    slope = kind(1) - weight
    slope *= self
    slope += kind(1)
    slope *= weight
    return times(slope, grad)


silu_ = in_place(_silu, "silu_")


def silu(input):
    """The input times its sigmoid."""
    check_tensor(input, "silu")
    return _silu(input)


# ---- mish --------------------------------------------------------------------------------------------------


def _mish_formula(grad, self):
    if not mode.recording:
        return wrap(in_single(_times_mish_slope, read_array(grad), read_array(self))[()], grad._dtype)
    weight = sigmoid(self)
    bent = self.exp().log1p().tanh()
    return grad * (bent + self * weight * _one_less(bent * bent))


@pointwise(self=_mish_formula, node="MishBackward0")
def _mish(self):
    check_floating(self, "mish_cpu")
    return in_single(_mish_array, self)


def _bent(self):
    """tanh(softplus); of many elements by one exponential, from 20 on it is 1."""
    if self.size <= elementary.FEW:
        return elementary.tanh(elementary.log1p(elementary.exp(self)))
    grown = over(elementary.exp, np.minimum(self, self.dtype.type(20)))
    product = grown + self.dtype.type(2)
    product *= grown
    product /= product + self.dtype.type(2)
    return product


def _mish_array(self):
    found = _bent(self)
    found *= self
    return found


def _times_mish_slope(grad, self):
    kind = self.dtype.type
    weight = over(elementary.exp, -self)
    weight += kind(1)
    bent = _bent(self)
    slope = kind(1) - bent * bent
    slope *= self
    slope /= weight
    slope += bent
    return times(slope, grad)


mish_ = in_place(_mish, "mish_")


def mish(input):
    """The input times tanh(softplus(input))."""
    check_tensor(input, "mish")
    return _mish(input)


# ---- glu ---------------------------------------------------------------------------------------------------


@op(self=lambda grad, self, dim: _glu_backward(grad, self, dim), node="GluBackward0")
def _glu(self, dim):
    check_floating(self, "glu_cpu")
    return in_single(_glu_array, self, dim)


def _glu_array(self, dim):
    first, second = np.split(self, 2, dim)
    return first / (elementary.exp(-second) + second.dtype.type(1))


def _halves(tensor, dim):
    half = tensor._array.shape[dim] // 2
    return tensor.narrow(dim, 0, half), tensor.narrow(dim, half, half)


def _glu_backward_for_grad_output(grad, self, dim):
    """PyTorch's own formula: each half of the gradient goes through the slope of its half."""
    first, second = _halves(self, dim)
    weight = second.sigmoid()
    of_first, of_second = _halves(grad, dim)
    return of_first * weight + of_second * (weight * _one_less(weight) * first)


def _glu_twice(grad, grad_output, self, dim):
    first, second = _halves(self, dim)
    weight = second.sigmoid()
    slope = weight * _one_less(weight)
    of_first, of_second = _halves(grad, dim)
    second_slope = slope * _one_less(weight) - weight * slope
    return cat(
        [
            of_second * grad_output * slope,
            of_second * first * grad_output * second_slope + of_first * grad_output * slope,
        ],
        dim,
    )


@op(
    grad_output=_glu_backward_for_grad_output,
    self=_glu_twice,
    node="GluBackwardBackward0",
)
def _glu_backward(grad_output, self, dim):
    return in_single(_glu_backward_array, grad_output, self, dim)


def _glu_backward_array(grad_output, self, dim):
    first, second = np.split(self, 2, dim)
    weight = 1 / (elementary.exp(-second) + second.dtype.type(1))
    of_first = grad_output * weight
    return np.concatenate([of_first, of_first * (1 - weight) * first], dim)


def glu(input, dim=-1):
    """The first half along a dimension, times the sigmoid of the second."""
    check_tensor(input, "glu")
    axis = wrap_dim(dim, input._array.ndim)
    size = input._array.shape[axis]
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {axis} is size {size}")
    return _glu(input, dim)
