"""Losses that want a margin: between classes, between labels, between pairs and triples of vectors or scores."""

from __future__ import annotations

import numpy as np

from ..dtypes import int64
from ..op import op, wrap
from .arithmetic import add_scalar, sub_scalar
from .choosing import minimum, where
from .losses import MEAN, NONE, reduce_array, reduced
from .operands import promoted
from .refusals import check_constant, check_tensor, no_forward_mode, underivable

# ---- one class ---------------------------------------------------------------------------------------------


def _rows(array):
    """An array of one or several examples as rows."""
    return array.reshape(1, -1) if array.ndim < 2 else array


def _shortfalls(self, target, margin):
    """How far each class comes closer to the right one than the margin, and the index of the right ones."""
    rows = _rows(self)
    right = (np.arange(len(rows)), np.asarray(target).reshape(-1))
    found = np.maximum(rows + (rows.dtype.type(margin) - rows[right])[:, None], 0)
    found[right] = 0
    return found, right


@op(
    self=lambda grad, self, target, p, margin, weight, reduction: _multi_margin_backward(
        grad, self, target, p, margin, weight, reduction
    ),
    jvp=no_forward_mode("multi_margin_loss"),
    node="MultiMarginLossBackward0",
)
def _multi_margin(self, target, p, margin, weight, reduction):
    found, right = _shortfalls(self, target._array, margin)
    if p == 2:
        found = found * found
    if weight is not None:
        found = found * weight._array[right[1]][:, None]
    losses = np.add.reduce(found, axis=1) / found.dtype.type(found.shape[1])
    return reduce_array(losses.reshape(target._array.shape), reduction)


@underivable("multi_margin_loss_backward", "grad_output", "self")
def _multi_margin_backward(grad_output, self, target, p, margin, weight, reduction):
    found, right = _shortfalls(self, target, margin)
    kind = found.dtype.type
    slopes = 2 * found if p == 2 else (found > 0).astype(found.dtype)
    if weight is not None:
        slopes = slopes * weight[right[1]][:, None]
    slopes /= kind(found.shape[1] * (len(found) if reduction == MEAN else 1))
    slopes[right] = 0 - np.add.reduce(slopes, axis=1)
    return (slopes * np.asarray(grad_output).reshape(-1, 1)).reshape(self.shape)


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, reduction=MEAN):
    """The sum over the other classes of max(0, margin - right + other)^p, over the number of classes."""
    check_tensor(input, "multi_margin_loss")
    check_tensor(target, "multi_margin_loss", "target", 2)
    sizes = input._array.shape
    _check_rows(sizes)
    count, classes = (sizes[0] if len(sizes) > 1 else 1), (sizes[-1] if sizes else 1)
    if target._array.ndim > 1 or target._array.size != count:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). "
            f"Expected target size [{count}], but got {list(target._array.shape)}. Input has shape {list(sizes)}."
        )
    if weight is not None and weight._array.shape != (classes,):
        raise RuntimeError(
            f"inconsistent weight size, expected {classes} but got {list(weight._array.shape)}"
        )
    check_constant(weight, "multi_margin_loss", "weight")
    _check_kind(input, target, "multi_margin_loss_cpu_kernel")
    if target._array.size and not (np.min(target._array) >= 0 and np.max(target._array) < classes):
        raise RuntimeError("target out of range")
    return _multi_margin(input, target, p, margin, weight, reduction)


def _check_rows(sizes):
    if len(sizes) > 2 or 0 in sizes[1:] or sizes == (0,):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(sizes)}"
        )


def _check_kind(input, target, kernel):
    if input._dtype.numpy.char not in "fd":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{input._dtype.legacy_name}'")
    if target._dtype is not int64:
        raise RuntimeError(f"expected scalar type Long but found {target._dtype.legacy_name}")


# ---- several labels ----------------------------------------------------------------------------------------


def _labels(target):
    """Which labels count: those before the first -1."""
    rows = _rows(target)
    return rows, np.logical_and.accumulate(rows >= 0, axis=1)


@op()
def _is_target(target, kind):
    """1 for each class that is one of the labels, else 0."""
    rows, counted = _labels(target)
    found = np.zeros(rows.shape, kind)
    row, place = np.nonzero(counted)
    found[row, rows[row, place]] = 1
    return found.reshape(target.shape)


def _label_shortfalls(self, target, is_target):
    """By example, label and class: how far a class that is no label comes closer to the label than 1."""
    rows, (labels, counted) = _rows(self), _labels(target)
    right = np.take_along_axis(rows, np.where(counted, labels, 0), 1)
    found = np.maximum(1 - right[:, :, None] + rows[:, None, :], 0)
    return found * counted[:, :, None] * (1 - _rows(is_target))[:, None, :]


@op(
    self=lambda grad, self, target, reduction, is_target: _multilabel_backward(
        grad, self, target, reduction, is_target
    ),
    jvp=no_forward_mode("multilabel_margin_loss_forward"),
    node="MultilabelMarginLossBackward0",
)
def _multilabel(self, target, reduction, is_target):
    found = _label_shortfalls(self, target._array, is_target._array)
    losses = np.add.reduce(found, axis=(1, 2)) / found.dtype.type(found.shape[2])
    return reduce_array(losses.reshape(self.shape[:1] if self.ndim > 1 else ()), reduction)


@underivable("multilabel_margin_loss_backward", "grad_output", "self")
def _multilabel_backward(grad_output, self, target, reduction, is_target):
    found = _label_shortfalls(self, target, is_target)
    count, _, classes = found.shape
    short = (found > 0).astype(self.dtype) / self.dtype.type(classes * (count if reduction == MEAN else 1))
    slopes = np.add.reduce(short, axis=1)
    labels, counted = _labels(target)
    row, place = np.nonzero(counted)
    np.subtract.at(slopes, (row, labels[row, place]), np.add.reduce(short, axis=2)[row, place])
    return (slopes * np.asarray(grad_output).reshape(-1, 1)).reshape(self.shape)


def multilabel_margin_loss(input, target, reduction=MEAN):
    """The sum over labels and other classes of max(0, 1 - label + other), over the number of classes."""
    check_tensor(input, "multilabel_margin_loss")
    check_tensor(target, "multilabel_margin_loss", "target", 2)
    sizes = input._array.shape
    _check_rows(sizes)
    if target._array.shape != sizes:
        raise RuntimeError(
            f"inconsistent target size: {list(target._array.shape)} for input of size: {list(sizes)}"
        )
    _check_kind(input, target, "multilabel_margin_loss_forward_out_frame")
    classes = sizes[-1] if sizes else 1
    if target._array.size and not (np.min(target._array) >= -1 and np.max(target._array) < classes):
        raise RuntimeError("argument #2 'target' is out of range")
    return _multilabel(input, target, reduction, _is_target(target, input._dtype.numpy))


# ---- scores ------------------------------------------------------------------------------------------------


def _zero(tensor):
    return wrap(tensor._dtype.numpy.type(0), tensor._dtype)


def _number_less(number, tensor):
    """number - tensor, as PyTorch records it."""
    return wrap(tensor._dtype.numpy.type(number), tensor._dtype) - tensor


def _more(tensor, number):
    """tensor + number; integers become floating."""
    return add_scalar(promoted(tensor, float(number)), number)


def hinge_embedding_loss(input, target, margin=1.0, reduction=NONE):
    """The input where the target is 1, and max(0, margin - input) where it is -1."""
    check_tensor(input, "hinge_embedding_loss")
    check_tensor(target, "hinge_embedding_loss", "target", 2)
    zeros = input.new_zeros(input._array.shape)
    short = _number_less(margin, input).clamp_min(0)
    apart = where(target != 1, short, zeros)
    return reduced(apart + where(target != -1, input, zeros), reduction)


def margin_ranking_loss(input1, input2, target, margin=0.0, reduction=NONE):
    """max(0, -target * (input1 - input2) + margin): the first is to rank higher where the target is 1."""
    for position, (name, value) in enumerate((("input1", input1), ("input2", input2), ("target", target)), 1):
        check_tensor(value, "margin_ranking_loss", name, position)
    difference = input1 - input2
    return reduced(_more(-target * difference, margin).clamp_min_(0), reduction)


# ---- vectors -----------------------------------------------------------------------------------------------


def cosine_embedding_loss(input1, input2, target, margin=0.0, reduction=NONE):
    """1 - cos where the target is 1, and max(0, cos - margin) where it is -1."""
    ndim = target.dim()
    if ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if not input1.dim() == input2.dim() == ndim + 1:
        raise RuntimeError(
            f"{ndim}D target tensor expects {ndim + 1}D input tensors, but found inputs with sizes {list(input1.shape)} and "
            f"{list(input2.shape)}."
        )
    length2 = _more((input2 * input2).sum(ndim), 1e-12)
    length1 = _more((input1 * input1).sum(ndim), 1e-12)
    cosine = (input1 * input2).sum(ndim) / (length1 * length2).sqrt()
    zeros = cosine.new_zeros(cosine._array.shape)
    alike = where(target == 1, _number_less(1, cosine), zeros)
    apart = where(target == -1, sub_scalar(cosine, margin).clamp_min(0), zeros)
    return reduced(alike + apart, reduction)


def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2.0, eps=1e-6, swap=False, reduction=NONE):
    """max(0, margin + distance to the positive - distance to the negative)."""
    from ..nn.functions.distance import pairwise_distance

    check_dimensions(anchor, positive, negative)
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced((_more(near, margin) - far).clamp_min(0), reduction)


def check_dimensions(anchor, positive, negative):
    """Raise `RuntimeError` unless the three have as many dimensions."""
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {anchor.dim()}D, positive {positive.dim()}D, and negative {negative.dim()}D inputs"
        )
