"""Losses that are negative logarithms of probabilities: of classes, of a yes or no, of counts; and their divergence."""

from __future__ import annotations

import math

import numpy as np

from ..dtypes import FLOATING, INTEGER, int64, not_implemented, uint8
from ..op import LINEAR, op, wrap
from . import elementary
from .activations import log_softmax
from .arithmetic import add_scalar, div_scalar, mul_scalar
from .losses import MEAN, NONE, in_steps, reduce_array, reduced, weighted
from .operands import in_single
from .rectifiers import zeros_like
from .refusals import check_constant, check_floating, check_tensor
from .summing import sum_of_losses

# ---- negative log-likelihood of classes --------------------------------------------------------------------


def _places(target, ignore_index, shape):
    """Indices of the target classes in an array of this shape, and where they count; None if they all do.

    Raises `IndexError` for a class that is not there.
    """
    classes = shape[0] if len(shape) == 1 else shape[1]
    target = np.asarray(target).astype(np.int64, copy=False)
    counted = target != ignore_index
    if counted.all():
        counted = None
    else:
        target = np.where(counted, target, 0)
    if target.size and not (target.min() >= 0 and target.max() < classes):
        wrong = target[(target < 0) | (target >= classes)]
        raise IndexError(f"Target {wrong.flat[0]} is out of bounds.")
    if len(shape) == 1:
        return (target.reshape(()),), counted
    if len(shape) == 2:
        return (np.arange(shape[0]), target), counted
    others = np.ogrid[tuple(slice(size) for size in target.shape)]
    return (others[0], target, *others[1:]), counted


def _factors(target, weight, counted):
    """How much each loss counts for: None where all count for 1."""
    factors = None if weight is None else weight._array[target]
    if counted is None:
        return factors
    return counted if factors is None else factors * counted


@op()
def _total_weight(target, weight, reduction, ignore_index, kind):
    """The weight of all targets together, which PyTorch saves, if the losses are summed."""
    if reduction == NONE:
        return kind.type(0)
    counted = target != ignore_index
    if weight is None:
        return kind.type(np.count_nonzero(counted))
    found = np.where(counted, weight[np.where(counted, target, 0)], 0)
    return np.add.reduce(found, axis=None).astype(kind)


def _losses_of_classes(self, target, weight, reduction, ignore_index, total_weight):
    places, counted = _places(target._array, ignore_index, self.shape)
    found = -self[places]
    factors = _factors(places[0 if self.ndim == 1 else 1], weight, counted)
    if factors is not None:
        found = found * factors if weight is not None else np.where(factors, found, 0).astype(self.dtype)
    if reduction == NONE:
        return found[()]
    total = in_single(sum_of_losses, found) if found.ndim == 1 else in_single(np.add.reduce, found, None)
    return total / total_weight._array if reduction == MEAN else total


def _slopes_of_classes(grad_output, self, target, weight, reduction, ignore_index, total_weight):
    found = np.zeros(self.shape, self.dtype)
    places, counted = _places(target, ignore_index, self.shape)
    share = -grad_output / total_weight if reduction == MEAN else -grad_output
    if weight is not None:
        share = share * weight[places[0 if self.ndim == 1 else 1]]
    if counted is not None:
        share = np.where(counted, share, 0)
    found[places] = share
    return found


def _again(grad, target, weight, reduction, ignore_index, forward):
    """The derivative of the slopes by the gradient that came in: the loss of a tensor of gradients."""
    total = _total_weight(target, weight, reduction, ignore_index, grad._dtype.numpy)
    return forward(grad, target, weight, reduction, ignore_index, total)


@op(
    self=lambda grad, self, target, weight, reduction, ignore_index, total_weight: _nll_loss_backward(
        grad, self, target, weight, reduction, ignore_index, total_weight
    ),
    jvp=LINEAR,
    node="NllLossBackward0",
)
def _nll_loss(self, target, weight, reduction, ignore_index, total_weight):
    return _losses_of_classes(self, target, weight, reduction, ignore_index, total_weight)


@op(
    grad_output=lambda grad, target, weight, reduction, ignore_index: _again(
        grad, target, weight, reduction, ignore_index, _nll_loss
    ),
    self=zeros_like,
    node="NllLossBackwardBackward0",
)
def _nll_loss_backward(grad_output, self, target, weight, reduction, ignore_index, total_weight):
    return _slopes_of_classes(grad_output, self, target, weight, reduction, ignore_index, total_weight)


@op(
    self=lambda grad, self, target, weight, reduction, ignore_index, total_weight: _nll_loss2d_backward(
        grad, self, target, weight, reduction, ignore_index, total_weight
    ),
    jvp=LINEAR,
    node="NllLoss2DBackward0",
)
def _nll_loss2d(self, target, weight, reduction, ignore_index, total_weight):
    return _losses_of_classes(self, target, weight, reduction, ignore_index, total_weight)


@op(
    grad_output=lambda grad, target, weight, reduction, ignore_index: _again(
        grad, target, weight, reduction, ignore_index, _nll_loss2d
    ),
    self=zeros_like,
    node="NllLoss2DBackwardBackward0",
)
def _nll_loss2d_backward(grad_output, self, target, weight, reduction, ignore_index, total_weight):
    return _slopes_of_classes(grad_output, self, target, weight, reduction, ignore_index, total_weight)


def _check_classes(input, target, weight, kernel, function):
    if target._dtype is not int64 and target._dtype is not uint8:
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target._dtype.legacy_name}")
    check_floating(input._array, kernel)
    check_constant(weight, function, "weight")
    if weight is not None and weight._dtype is not input._dtype:
        raise RuntimeError(
            f"expected scalar type {input._dtype.legacy_name} but found {weight._dtype.legacy_name}"
        )


def nll_loss(input, target, weight=None, reduction=MEAN, ignore_index=-100):
    """Of one or several rows of log-probabilities."""
    sizes, found = input._array.shape, target._array.shape
    if len(found) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if len(sizes) == 1 and found and found[0] != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {found[0]}")
    if len(sizes) == 2 and sizes[:1] != found:
        raise RuntimeError(f"size mismatch (got input: {list(sizes)}, target: {list(found)})")
    if weight is not None and weight._array.shape != sizes[-1:]:
        raise RuntimeError(
            f"weight tensor should be defined either for all {sizes[-1]} classes or no classes but got weight tensor of shape: "
            f"{list(weight._array.shape)}"
        )
    _check_classes(input, target, weight, "nll_loss_out_frame", "nll_loss_forward")
    total = _total_weight(target, weight, reduction, ignore_index, input._dtype.numpy)
    return _nll_loss(input, target, weight, reduction, ignore_index, total)


def nll_loss2d(input, target, weight=None, reduction=MEAN, ignore_index=-100):
    """Of images of log-probabilities, the channels of which are the classes."""
    sizes, found = input._array.shape, target._array.shape
    if len(found) != 3:
        raise RuntimeError(
            f"only batches of spatial targets supported (3D tensors) but got targets of dimension: {len(found)}"
        )
    if (sizes[0], *sizes[2:]) != found:
        raise RuntimeError(f"size mismatch (got input: {list(sizes)} , target: {list(found)}")
    if weight is not None and weight._array.size != sizes[1]:
        raise RuntimeError("weight tensor should be defined either for all or no classes")
    _check_classes(input, target, weight, "nll_loss2d_forward_out_frame", "nll_loss2d_forward")
    total = _total_weight(target, weight, reduction, ignore_index, input._dtype.numpy)
    return _nll_loss2d(input, target, weight, reduction, ignore_index, total)


def nll_loss_nd(input, target, weight=None, reduction=MEAN, ignore_index=-100):
    """Of log-probabilities whose classes are the second dimension, or the only one."""
    check_tensor(input, "nll_loss_nd")
    check_tensor(target, "nll_loss_nd", "target", 2)
    sizes, found = input._array.shape, target._array.shape
    if not sizes:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(sizes) != 1 and sizes[0] != (found[0] if found else None):
        raise ValueError(
            f"Expected input batch_size ({sizes[0]}) to match target batch_size ({found[0] if found else 0})."
        )
    if len(sizes) < 3:
        return nll_loss(input, target, weight, reduction, ignore_index)
    if len(sizes) == 4:
        return nll_loss2d(input, target, weight, reduction, ignore_index)
    wanted = (sizes[0], *sizes[2:])
    if found[1:] != sizes[2:]:
        raise RuntimeError(f"Expected target size {list(wanted)}, got {list(found)}")
    rest = math.prod(sizes[2:])
    shape = (*sizes[:2], 1, rest) if input._array.size else (*sizes[:2], 0, 0)
    images = input.contiguous().view(shape)
    targets = target.contiguous().view((shape[0], *shape[2:]))
    result = nll_loss2d(images, targets, weight, reduction, ignore_index)
    return result.view(wanted) if reduction == NONE else result


# ---- cross entropy -----------------------------------------------------------------------------------------


def cross_entropy_loss(input, target, weight=None, reduction=MEAN, ignore_index=-100, label_smoothing=0.0):
    """The cross entropy of logits with target classes, or, in a target of their shape, probabilities."""
    check_tensor(input, "cross_entropy_loss")
    check_tensor(target, "cross_entropy_loss", "target", 2)
    axis = 0 if input._array.ndim == 1 else 1
    if input._array.shape == target._array.shape:
        if target._dtype.category != FLOATING:
            raise RuntimeError(
                "Expected floating point type for target with class probabilities, got "
                f"{target._dtype.legacy_name}"
            )
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _of_probabilities(input, target, weight, reduction, label_smoothing, axis)
    if label_smoothing > 0.0:
        _check_smoothing(label_smoothing)
        return _smoothed(input, target, weight, reduction, ignore_index, label_smoothing, axis)
    return nll_loss_nd(log_softmax(input, axis), target, weight, reduction, ignore_index)


def _check_smoothing(label_smoothing):
    if label_smoothing > 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")


def _along_classes(weight, input, axis):
    shape = [1] * input._array.ndim
    shape[axis] = weight._array.shape[0]
    return weight.view(shape)


def _of_probabilities(input, target, weight, reduction, label_smoothing, axis):
    classes = input._array.shape[axis]
    if weight is not None and weight._array.shape != (classes,):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no classes but got weight "
            f"tensor of shape: {list(weight._array.shape)}"
        )
    logarithms = log_softmax(input, axis)
    if label_smoothing > 0.0:
        _check_smoothing(label_smoothing)
        target = add_scalar(mul_scalar(target, 1 - label_smoothing), label_smoothing / classes)
    found = logarithms * target
    if weight is not None:
        found = found * _along_classes(weight, input, axis)
    if reduction == NONE:
        return -found.sum(axis)
    total = found.sum()
    if reduction == MEAN and not logarithms._array.size:
        total.fill_(math.nan)
    total = -total
    if reduction != MEAN or not logarithms._array.size:
        return total
    return div_scalar(total, logarithms._array.size // classes)


def _smoothed(input, target, weight, reduction, ignore_index, label_smoothing, axis):
    logarithms = log_softmax(input, axis)
    of_target = nll_loss_nd(logarithms, target, weight, reduction, ignore_index)
    of_all = logarithms if weight is None else logarithms * _along_classes(weight, input, axis)
    ignored = target == ignore_index
    of_all = (-of_all.sum(axis)).masked_fill_(ignored, 0.0)
    if reduction != NONE:
        of_all = of_all.sum()
    if reduction == MEAN:
        counted = ~ignored
        if weight is None:
            of_all = of_all / counted.sum()
        else:
            of_all = of_all / weight.gather(0, target.masked_select(counted).flatten()).sum()
    share = label_smoothing / input._array.shape[axis]
    return mul_scalar(of_target, 1 - label_smoothing) + mul_scalar(of_all, share)


# ---- binary cross entropy of probabilities -----------------------------------------------------------------

TINY = 1e-12
LOWEST = -100  # a logarithm is not taken to be less


@op(
    self=lambda grad, self, target, weight, reduction: _bce_backward(grad, self, target, weight, reduction),
    target=lambda grad, self, weight, reduction: weighted(
        in_steps(self.logit(), ("neg",), ("mul", grad)), weight, reduction, self._array.size
    ),
    node="BinaryCrossEntropyBackward0",
)
def _bce(self, target, weight, reduction):
    for name, values in (("input", self), ("target", target)):
        if values.size and not (values.min() >= 0 and values.max() <= 1):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")

    def compute(self, target, weight):
        kind = self.dtype.type
        log_of_not = np.maximum(elementary.log1p(-self), kind(LOWEST))
        found = (target - kind(1)) * log_of_not - target * np.maximum(elementary.log(self), kind(LOWEST))
        if weight is not None:
            found = np.multiply(found, weight).astype(found.dtype, copy=False)
        return reduce_array(found, reduction)

    return in_single(compute, self, target, weight)


def _one_less(self):
    return wrap(self._dtype.numpy.type(1), self._dtype) - self


def _bce_twice(grad, grad_output, self, target, weight, reduction):
    low, high = add_scalar(self, TINY), add_scalar(_one_less(self), TINY)
    curve = (self * self - mul_scalar(self, 2) * target + target) / (low.pow(2) * high.pow(2))
    found = weighted(in_steps(curve, ("mul", grad * grad_output)), weight, NONE, None)
    return div_scalar(found, self._array.size) if reduction == MEAN else found


def _bce_for_target(grad, grad_output, self, weight, reduction):
    found = weighted(-grad * grad_output, weight, NONE, None)
    found = in_steps(found, ("div", _one_less(self) * self))
    return weighted(found, None, reduction, self._array.size)


def _bce_for_grad_output(grad, self, target, weight, reduction):
    slope = (self - target) / (add_scalar(self, TINY) * add_scalar(_one_less(self), TINY))
    found = weighted(in_steps(slope, ("mul", grad)), weight, reduction, self._array.size)
    return found if reduction == NONE else found.sum()


@op(
    grad_output=_bce_for_grad_output,
    self=_bce_twice,
    target=_bce_for_target,
    node="BinaryCrossEntropyBackwardBackward0",
)
def _bce_backward(grad_output, self, target, weight, reduction):
    def compute(grad_output, self, target, weight):
        kind = self.dtype.type
        found = grad_output * (self - target) / np.maximum((kind(1) - self) * self, kind(TINY))
        if weight is not None:
            found = np.multiply(found, weight).astype(found.dtype, copy=False)
        return found / kind(self.size) if reduction == MEAN else found

    return in_single(compute, grad_output, self, target, weight)


def binary_cross_entropy(input, target, weight=None, reduction=MEAN):
    """The binary cross entropy of probabilities, the logarithms of which are kept above -100."""
    check_tensor(input, "binary_cross_entropy")
    check_tensor(target, "binary_cross_entropy", "target", 2)
    if target._dtype is not input._dtype:
        raise RuntimeError(f"Found dtype {target._dtype.legacy_name} but expected {input._dtype.legacy_name}")
    if input._dtype.category != FLOATING:
        raise not_implemented("binary_cross_entropy", input._dtype)
    check_constant(weight, "binary_cross_entropy", "weight")
    if weight is not None and weight._array.ndim > input._array.ndim:
        raise RuntimeError(
            f"output with shape {list(input._array.shape)} doesn't match the broadcast shape {list(weight._array.shape)}"
        )
    return _bce(input, target, weight, reduction)


# ---- divergence, counts ------------------------------------------------------------------------------------


def kl_div(input, target, reduction=NONE, *, log_target=False):
    """The Kullback-Leibler divergence; the input are log-probabilities, the target as `log_target` says."""
    check_tensor(input, "kl_div")
    check_tensor(target, "kl_div", "target", 2)
    if input._dtype.is_complex or target._dtype.is_complex:
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if input._dtype.category <= INTEGER or target._dtype.category <= INTEGER:
        raise RuntimeError("kl_div: Integral inputs not supported.")
    if log_target:
        return reduced(target.exp() * (target - input), reduction)
    return reduced(target.xlogy(target) - target * input, reduction)


def poisson_nll_loss(input, target, log_input, full, eps, reduction):
    """The negative log-likelihood of counts under Poisson distributions with these (logarithms of) rates."""
    check_tensor(input, "poisson_nll_loss")
    check_tensor(target, "poisson_nll_loss", "target", 2)
    expected = target * (input if log_input else add_scalar(input, eps).log())
    loss = (input.exp() if log_input else input) - expected
    if full:
        stirling = target * target.log() - target + mul_scalar(mul_scalar(target, 2 * math.pi).log(), 0.5)
        loss = loss.add_(stirling.masked_fill(target <= 1, 0))
    return reduced(loss, reduction)
