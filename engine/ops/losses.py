"""Losses: how far results are from their targets."""

from __future__ import annotations

import numpy as np

from ..dtypes import FROM_NUMPY, INTEGER, bool_, not_implemented
from ..grad_mode import mode
from ..in_place import in_place
from ..op import check_broadcast, op, result_type
from ..promotion import in_layout_of_first
from ..transforms import computing
from . import elementary
from .activations import log_sigmoid
from .arithmetic import add_scalar, div_scalar
from .operands import in_single
from .reductions import accumulate
from .refusals import check_constant, check_floating, check_tensor

NONE, MEAN, SUM = range(3)


def reduce_array(losses, reduction):
    """The losses of the elements, their mean or their sum."""
    if reduction == NONE:
        return losses
    return in_single(_total, losses, reduction)


def _total(losses, reduction):
    total = accumulate(np.add, losses, None, False)
    return total / losses.dtype.type(losses.size) if reduction == MEAN else total


def _reduced_in_place(tangent, reduction):
    """The same, copied into the memory of the result, as PyTorch does."""
    found = reduced(tangent, reduction)
    return found if reduction == NONE else found.new_zeros(()).copy_(found)


def reduced(tangent, reduction):
    """A tensor of losses, its mean or its sum."""
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
    return reduce_array(in_layout_of_first(difference * difference, self), reduction)


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
    return weighted(doubled, None, reduction, count)


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


def mse_loss(input, target, reduction=MEAN):
    """The squared differences of tensors of one shape."""
    if input._dtype is bool_ is target._dtype:
        raise not_implemented("mse_cpu", bool_)
    if input._dtype is not target._dtype:
        return _mse_of_two_types(input, target, reduction, result_type(input, target))
    return _mse(input, target, reduction)


# ---- binary cross entropy from logits ----------------------------------------------------------------------


div_scalar_ = in_place(div_scalar, "div_")


def in_steps(found, *steps):
    """Apply further operations to an intermediate result: in place, as PyTorch does, unless a graph is being made.

    A step is a method and its operands; a gradient's version shows how often it was written to.
    """
    apart = mode.enabled or computing()
    for name, *operands in steps:
        found = getattr(found, name if apart else f"{name}_")(*operands)
    return found


def _bce_self(grad, self, target, weight, pos_weight, reduction):
    """(sigmoid(x) - y), weighted: positive targets by `pos_weight`."""
    if pos_weight is None:
        found = in_steps(self.sigmoid(), ("sub", target), ("mul", grad))
    else:
        positive = pos_weight * target
        steps = ("sub", target), ("mul", self.sigmoid()), ("sub", positive), ("mul", grad)
        found = in_steps(add_scalar(positive, 1), *steps)
    return weighted(found, weight, reduction, self._array.size)


def _bce_target(grad, self, target, weight, pos_weight, reduction):
    if pos_weight is None:
        found = -self * grad
    else:
        found = in_steps(log_sigmoid(-self), ("sub", pos_weight * log_sigmoid(self)), ("mul", grad))
    return weighted(found, weight, reduction, self._array.size)


def weighted(found, weight, reduction, count):
    """A gradient with the weight of each element, divided by their number if the loss is a mean."""
    if weight is not None:
        found = in_steps(found, ("mul", weight))
    if reduction == MEAN:
        found = div_scalar(found, count) if computing() else div_scalar_(found, count)
    return found


@op(
    self=_bce_self,
    target=_bce_target,
    jvp=lambda self_t, target_t, self_p, target_p, weight, pos_weight, reduction: reduced(
        _bce_self(self_t, self_p, target_p, weight, pos_weight, NONE)
        + _bce_target(target_t, self_p, target_p, weight, pos_weight, NONE),
        reduction,
    ),
    node="BinaryCrossEntropyWithLogitsBackward0",
)
def _bce_with_logits(self, target, weight, pos_weight, reduction):
    zero = self.dtype.type(0)
    log_sigmoid = np.minimum(self, zero) - elementary.log1p(elementary.exp(-np.abs(self)))
    if pos_weight is None:
        losses = (1 - target) * self - log_sigmoid
    else:
        losses = (1 - target) * self - ((pos_weight - 1) * target + 1) * log_sigmoid
    losses = losses if weight is None else losses * weight
    # computed in place from the targets on
    return reduce_array(losses.astype(target.dtype, copy=False), reduction)


def binary_cross_entropy_with_logits(input, target, weight=None, pos_weight=None, reduction=NONE):
    """The binary cross entropy of sigmoid(input) and target, safe at extreme logits."""
    check_tensor(input, "binary_cross_entropy_with_logits")
    check_tensor(target, "binary_cross_entropy_with_logits", "target", 2)
    check_constant(weight, "binary_cross_entropy_with_logits", "weight")
    check_constant(pos_weight, "binary_cross_entropy_with_logits", "pos_weight")
    check_floating(input._array, "log_sigmoid_cpu")
    if target._dtype.category <= INTEGER:
        _refuse_counts(input, target)
    if pos_weight is not None:
        check_broadcast(pos_weight._array.shape, target._array.shape)
    if weight is not None:
        check_broadcast(input._array.shape, weight._array.shape)
    return _bce_with_logits(input, target, weight, pos_weight, reduction)


def _refuse_counts(input, target):
    """PyTorch computes in place from 1 - target on, and so cannot take integers."""
    if target._dtype is bool_:
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
            "instead."
        )
    raise RuntimeError(
        f"result type {input._dtype.legacy_name} can't be cast to the desired output type {target._dtype.legacy_name}"
    )
