"""Losses of differences that grow linearly, and of margins that decay: l1, smooth l1, Huber, soft margin."""

from __future__ import annotations

import numpy as np

from ..dtypes import FROM_NUMPY, not_implemented
from ..op import check_broadcast, op, result_type
from ..promotion import in_layout_of_first
from . import elementary
from .arithmetic import add_scalar, div_scalar
from .arrays import over
from .losses import MEAN, NONE, reduce_array, reduced, weighted
from .operands import in_single
from .refusals import check_constant, check_tensor


def l1_loss(input, target, reduction=MEAN):
    """The absolute differences."""
    check_tensor(input, "l1_loss")
    check_tensor(target, "l1_loss", "target", 2)
    return reduced((input - target).abs(), reduction)


def _mean_factor(array, reduction):
    """What one element's loss counts for."""
    return 1 / array.size if reduction == MEAN and array.size else 1


def _ones_like(tensor):
    return tensor.new_ones(tensor._array.shape)


def _of_grad_output(backward, grad, grad_output, self, target, reduction, *options):
    """The derivative of a backward formula by the gradient that came in."""
    if reduction == NONE:
        return backward(grad, self, target, reduction, *options)
    return (backward(_ones_like(grad_output), self, target, reduction, *options) * grad).sum()


# ---- smooth l1 ---------------------------------------------------------------------------------------------


@op(
    self=lambda grad, self, target, reduction, beta: _smooth_l1_backward(grad, self, target, reduction, beta),
    target=lambda grad, self, target, reduction, beta: _smooth_l1_backward(
        grad, target, self, reduction, beta
    ),
    node="SmoothL1LossBackward0",
)
def _smooth_l1(self, target, reduction, beta):
    return in_single(_smooth_l1_array, self, target, reduction, beta)


def _smooth_l1_array(self, target, reduction, beta):
    kind = self.dtype.type
    distance = over(np.abs, in_layout_of_first(self - target, self))
    inside = np.minimum(distance, kind(beta))
    distance -= kind(0.5) * inside
    distance *= inside
    if beta != 1:
        distance /= kind(beta)
    return reduce_array(distance, reduction)


def _smooth_l1_twice(grad, self, target, reduction, beta):
    near = ((self - target).abs() < beta).to(grad._dtype)
    return weighted(div_scalar(grad * near, beta), None, reduction, self._array.size)


@op(
    grad_output=lambda grad, self, target, reduction, beta: _smooth_l1_backward(
        grad, self, target, reduction, beta
    ),
    self=lambda grad, grad_output, self, target, reduction, beta: _smooth_l1_twice(
        grad * grad_output, self, target, reduction, beta
    ),
    target=lambda grad, grad_output, self, target, reduction, beta: (
        -_smooth_l1_twice(grad * grad_output, self, target, reduction, beta)
    ),
    node="SmoothL1LossBackwardBackward0",
)
def _smooth_l1_backward(grad_output, self, target, reduction, beta):
    def compute(self, target, grad_output):
        kind = self.dtype.type
        slope = over(np.clip, self - target, kind(-beta), kind(beta))
        return slope * (kind(_mean_factor(self, reduction) / beta) * grad_output)

    return in_single(compute, self, target, grad_output)


def smooth_l1_loss(input, target, reduction=MEAN, beta=1.0):
    """The absolute differences, less half of `beta`; below `beta` squared, so that they join."""
    check_tensor(input, "smooth_l1_loss")
    check_tensor(target, "smooth_l1_loss", "target", 2)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    dtype = result_type(input, target)
    if not dtype.is_floating_point:
        raise not_implemented("smooth_l1_cpu", dtype)
    return _smooth_l1(input.to(dtype), target.to(dtype), reduction, beta)


# ---- Huber -------------------------------------------------------------------------------------------------


@op(
    self=lambda grad, self, target, reduction, delta: _huber_backward(grad, self, target, reduction, delta),
    target=lambda grad, self, target, reduction, delta: _huber_backward(grad, target, self, reduction, delta),
    node="HuberLossBackward0",
)
def _huber(self, target, reduction, delta):
    return in_single(_huber_array, self, target, reduction, delta)


def _huber_array(self, target, reduction, delta):
    kind = self.dtype.type
    distance = over(np.abs, self - target)
    inside = np.minimum(distance, kind(delta))
    distance -= kind(0.5) * inside
    distance *= inside
    return reduce_array(distance, reduction)


def _huber_twice(grad, self, target, reduction, delta):
    near = ((self - target).abs() < delta).to(grad._dtype)
    return weighted(grad * near, None, reduction, self._array.size)


@op(
    grad_output=lambda grad, grad_output, self, target, reduction, delta: _of_grad_output(
        _huber_backward, grad, grad_output, self, target, reduction, delta
    ),
    self=lambda grad, grad_output, self, target, reduction, delta: _huber_twice(
        grad * grad_output, self, target, reduction, delta
    ),
    target=lambda grad, grad_output, self, target, reduction, delta: (
        -_huber_twice(grad * grad_output, self, target, reduction, delta)
    ),
    node="HuberLossBackwardBackward0",
)
def _huber_backward(grad_output, self, target, reduction, delta):
    def compute(self, target, grad_output):
        kind = self.dtype.type
        slope = over(np.clip, self - target, kind(-delta), kind(delta))
        return slope * (kind(_mean_factor(self, reduction)) * grad_output)

    return in_single(compute, self, target, grad_output)


def huber_loss(input, target, reduction=MEAN, delta=1.0):
    """Half of the squared differences; above `delta` linear, so that they join."""
    check_tensor(input, "huber_loss")
    check_tensor(target, "huber_loss", "target", 2)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    dtype = result_type(input, target)
    if not dtype.is_floating_point:
        raise not_implemented("huber_cpu", dtype)
    if dtype.category > input._dtype.category:
        raise RuntimeError(
            f"result type {dtype.legacy_name} can't be cast to the desired output type {input._dtype.legacy_name}"
        )
    return _huber(input, target.to(input._dtype), reduction, delta)


# ---- soft margin -------------------------------------------------------------------------------------------


@op(
    self=lambda grad, self, target, reduction: _soft_margin_backward(grad, self, target, reduction),
    node="SoftMarginLossBackward0",
)
def _soft_margin(self, target, reduction):
    # rounded at each step in PyTorch, too
    return reduce_array(elementary.log1p(elementary.exp(-target._array * self)), reduction)


def _soft_margin_twice(grad, self, target, reduction):
    grown = (self * -target).exp()
    more = add_scalar(grown, 1)
    return weighted(grad * (target * target) * grown / (more * more), None, reduction, self._array.size)


@op(
    grad_output=lambda grad, grad_output, self, target, reduction: _of_grad_output(
        _soft_margin_backward, grad, grad_output, self, target, reduction
    ),
    self=lambda grad, grad_output, self, target, reduction: _soft_margin_twice(
        grad * grad_output, self, target, reduction
    ),
    node="SoftMarginLossBackwardBackward0",
)
def _soft_margin_backward(grad_output, self, target, reduction):
    grown = elementary.exp(-target * self)
    slope = -target * grown / (grown + self.dtype.type(1))
    return slope * self.dtype.type(_mean_factor(self, reduction)) * grad_output


def soft_margin_loss(input, target, reduction=MEAN):
    """log(1 + exp(-target * input)), of targets that are 1 or -1."""
    check_tensor(input, "soft_margin_loss")
    check_tensor(target, "soft_margin_loss", "target", 2)
    dtype = result_type(input, target)
    if not dtype.is_floating_point:
        dtype = FROM_NUMPY[np.dtype(np.float32)]
    if dtype.category > input._dtype.category:
        raise RuntimeError(
            f"result type {dtype.legacy_name} can't be cast to the desired output type {input._dtype.legacy_name}"
        )
    check_constant(target, "soft_margin_loss", "target")
    check_broadcast(input._array.shape, target._array.shape)
    sizes = np.broadcast_shapes(input._array.shape, target._array.shape)
    if sizes != input._array.shape:
        raise RuntimeError(
            f"output with shape {list(input._array.shape)} doesn't match the broadcast shape {list(sizes)}"
        )
    return _soft_margin(input, target.to(input._dtype), reduction)
