"""Losses: how far results are from their targets."""

from __future__ import annotations

import warnings

import numpy as np

from ..base import TensorBase
from ..dtypes import FROM_NUMPY, not_implemented
from ..grad_mode import mode
from ..in_place import in_place
from ..op import check_broadcast, op, result_type
from ..transforms import computing
from .activations import log_sigmoid
from .arithmetic import add_scalar, div_scalar
from .operands import in_single
from .views import expand

NONE, MEAN, SUM = range(3)
REDUCTIONS = {"none": NONE, "mean": MEAN, "sum": SUM}


def _reduction(name):
    if name not in REDUCTIONS:
        raise ValueError(f"{name} is not a valid value for reduction")
    return REDUCTIONS[name]


def _reduce(losses, reduction):
    if reduction == NONE:
        return losses
    return in_single(_total, losses, reduction)


def _total(losses, reduction):
    total = np.add.reduce(losses, axis=None)
    return total / losses.dtype.type(losses.size) if reduction == MEAN else total


def _reduced_in_place(tangent, reduction):
    """The same, copied into the memory of the result, as PyTorch does."""
    found = _reduced(tangent, reduction)
    return found if reduction == NONE else found.new_zeros(()).copy_(found)


def _reduced(tangent, reduction):
    if reduction == NONE:
        return tangent
    return tangent.mean() if reduction == MEAN else tangent.sum()


# ---- mean squared error ------------------------------------------------------------------------------------


@op(
    self=lambda grad, self, target, reduction: _mse_backward(grad, self, target, reduction),
    target=lambda grad, self, target, reduction: _mse_backward(grad, target, self, reduction),
    jvp=lambda self_t, target_t, self_p, target_p, reduction: _reduced_in_place(
        _mse_backward(self_t, self_p, target_p, NONE) + _mse_backward(target_t, target_p, self_p, NONE),
        reduction,
    ),
    node="MseLossBackward0",
    exact=True,
)
def _mse(self, target, reduction):
    difference = self - target
    if difference.dtype.kind not in "fV":
        raise not_implemented("mse_cpu", FROM_NUMPY[difference.dtype])
    return _reduce(difference * difference, reduction)


@op(
    self=lambda grad, self, target, reduction, dtype: _mse_backward(
        grad, self.to(dtype), target.to(dtype), reduction
    ),
    target=lambda grad, self, target, reduction, dtype: _mse_backward(
        grad, target.to(dtype), self.to(dtype), reduction
    ),
    node="MseLossBackward0",
)
def _mse_of_two_types(self, target, reduction, dtype):
    return _mse.declaration.forward(self.astype(dtype.numpy), target.astype(dtype.numpy), reduction)


def _double_mse(grad, grad_output, reduction, count):
    doubled = 2 * grad * grad_output
    return _weighted(doubled, None, reduction, count)


@op(
    grad_output=lambda grad, self, target, reduction: _mse_for_grad_output(grad, self, target, reduction),
    self=lambda grad, grad_output, reduction, self_sym_numel: _double_mse(
        grad, grad_output, reduction, self_sym_numel
    ),
    target=lambda grad, grad_output, reduction, self_sym_numel: (
        -_double_mse(grad, grad_output, reduction, self_sym_numel)
    ),
    node="MseLossBackwardBackward0",
    exact=True,
)
def _mse_backward(grad_output, self, target, reduction):
    factor = self.dtype.type(2.0 / self.size if reduction == MEAN and self.size else 2.0)
    return factor * (self - target) * grad_output


def _mse_for_grad_output(grad, self, target, reduction):
    found = 2 * (self - target) * grad
    if reduction == NONE:
        return found
    return found.mean() if reduction == MEAN else found.sum()


def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """The squared differences, averaged unless `reduction` says otherwise."""
    if input._array.shape != target._array.shape:
        warnings.warn(
            f"Using a target size ({input.size().__class__(target._array.shape)}) that is different to the input size "
            f"({input.size()}). This will likely lead to incorrect results due to broadcasting. Please ensure they have the "
            "same size.",
            stacklevel=2,
        )
        check_broadcast(input._array.shape, target._array.shape)
        shape = np.broadcast_shapes(input._array.shape, target._array.shape)
        input, target = (
            each if each._array.shape == shape else expand(each, shape) for each in (input, target)
        )
    if input._dtype is not target._dtype:
        return _mse_of_two_types(input, target, _reduction(reduction), result_type(input, target))
    return _mse(input, target, _reduction(reduction))


# ---- binary cross entropy from logits ----------------------------------------------------------------------


div_scalar_ = in_place(div_scalar, "div_")


def _in_steps(found, *steps):
    """Apply further operations to an intermediate result: in place, as PyTorch does, unless a graph is being made.

    A step is a pair of method and operand; a gradient's version shows how often it was written to.
    """
    apart = mode.enabled or computing()
    for name, operand in steps:
        found = getattr(found, name if apart else f"{name}_")(operand)
    return found


def _bce_self(grad, self, target, weight, pos_weight, reduction):
    """(sigmoid(x) - y), weighted: positive targets by `pos_weight`."""
    if pos_weight is None:
        found = _in_steps(self.sigmoid(), ("sub", target), ("mul", grad))
    else:
        positive = pos_weight * target
        steps = ("sub", target), ("mul", self.sigmoid()), ("sub", positive), ("mul", grad)
        found = _in_steps(add_scalar(positive, 1), *steps)
    return _weighted(found, weight, reduction, self._array.size)


def _bce_target(grad, self, target, weight, pos_weight, reduction):
    if pos_weight is None:
        found = -self * grad
    else:
        found = _in_steps(log_sigmoid(-self), ("sub", pos_weight * log_sigmoid(self)), ("mul", grad))
    return _weighted(found, weight, reduction, self._array.size)


def _weighted(found, weight, reduction, count):
    if weight is not None:
        found = _in_steps(found, ("mul", weight))
    if reduction == MEAN:
        found = div_scalar(found, count) if computing() else div_scalar_(found, count)
    return found


@op(
    self=_bce_self,
    target=_bce_target,
    jvp=lambda self_t, target_t, self_p, target_p, weight, pos_weight, reduction: _reduced(
        _bce_self(self_t, self_p, target_p, weight, pos_weight, NONE)
        + _bce_target(target_t, self_p, target_p, weight, pos_weight, NONE),
        reduction,
    ),
    node="BinaryCrossEntropyWithLogitsBackward0",
)
def _bce_with_logits(self, target, weight, pos_weight, reduction):
    zero = self.dtype.type(0)
    log_sigmoid = np.minimum(self, zero) - np.log1p(np.exp(-np.abs(self)))
    if pos_weight is None:
        losses = (1 - target) * self - log_sigmoid
    else:
        losses = (1 - target) * self - ((pos_weight - 1) * target + 1) * log_sigmoid
    return _reduce(losses if weight is None else losses * weight, reduction)


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """The binary cross entropy of sigmoid(input) and target, safe at extreme logits."""
    if not isinstance(target, TensorBase) or target._array.shape != input._array.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    return _bce_with_logits(input, target, weight, pos_weight, _reduction(reduction))
