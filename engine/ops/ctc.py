"""The loss of connectionist temporal classification: sequences whose alignment with their labels is not known.

Source: Graves et al., "Connectionist temporal classification" (2006): `log_alpha` and `log_beta` are its forward and
backward variables, of all sequences at once, in logarithms. States are labels with blanks before, between and after.
"""

from __future__ import annotations

import numpy as np

from ..base import TensorBase
from ..dtypes import INTEGER, int32, int64
from ..op import op, wrap
from . import elementary
from .choosing import where
from .creation import tensor as make_tensor
from .losses import MEAN, NONE, SUM
from .refusals import check_tensor, no_forward_mode, underivable

IMPOSSIBLE = -np.inf


def _total(*logarithms):
    """The logarithm of a sum, by the logarithms of what is summed."""
    top = np.maximum.reduce(logarithms)
    safe = np.where(top == IMPOSSIBLE, top.dtype.type(0), top)
    return elementary.log(np.add.reduce([elementary.exp(each - safe) for each in logarithms])) + safe


def _states(targets, target_lengths, blank):
    """By sequence and state its class, and whether the state two before leads to it, too."""
    lengths = np.asarray(target_lengths)
    longest = int(lengths.max(initial=0))
    labels = np.full((len(lengths), longest), blank, np.int64)
    if targets.ndim == 2:
        labels[:] = targets[:, :longest]
    else:
        starts = np.cumsum(lengths) - lengths
        for row, (start, length) in enumerate(zip(starts, lengths)):
            labels[row, :length] = targets[start : start + length]
    classes = np.full((len(lengths), 2 * longest + 1), blank, np.int64)
    classes[:, 1::2] = labels
    skips = np.zeros(classes.shape, bool)
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    return classes, skips


def _shifted(values, by):
    """The values of earlier states (by > 0) or later ones, where there are any."""
    found = np.full_like(values, IMPOSSIBLE)
    if by > 0:
        found[:, by:] = values[:, :-by]
    else:
        found[:, :by] = values[:, -by:]
    return found


def _emissions(log_probs, classes):
    """By time, sequence and state, the logarithm of the probability of the state's class."""
    times, count = log_probs.shape[:2]
    return np.take_along_axis(log_probs, np.broadcast_to(classes, (times, count, classes.shape[1])), 2)


@op(
    log_probs=lambda grads, log_probs, targets, input_lengths, target_lengths, result0, result1, blank, zero_infinity: (
        _ctc_loss_backward(
            grads[0],
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            result0,
            result1,
            blank,
            zero_infinity,
        )
    ),
    outputs=("result0", "result1"),
    jvp=no_forward_mode("_ctc_loss"),
    node="CtcLossBackward0",
)
def _ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity):
    classes, skips = _states(targets, target_lengths, blank)
    times, count = log_probs.shape[:2]
    emitted = _emissions(log_probs, classes)
    alpha = np.full((count, times, classes.shape[1]), IMPOSSIBLE, log_probs.dtype)
    if times:
        alpha[:, 0, :2] = emitted[0, :, :2]
    for time in range(1, times):
        before = alpha[:, time - 1]
        two_before = np.where(skips, _shifted(before, 2), IMPOSSIBLE)
        alpha[:, time] = _total(before, _shifted(before, 1), two_before) + emitted[time]
    return -_likelihoods(alpha, input_lengths, target_lengths), alpha


def _likelihoods(alpha, input_lengths, target_lengths):
    """The logarithms of the probabilities of ending in the last blank or the last label."""
    found = np.empty(len(alpha), alpha.dtype)
    for row, (time, length) in enumerate(zip(input_lengths, target_lengths)):
        if not time:
            found[row] = IMPOSSIBLE if length else 0
            continue
        last = alpha[row, time - 1, 2 * length]
        found[row] = _total(last, alpha[row, time - 1, 2 * length - 1]) if length else last
    return found


@underivable("_ctc_loss_backward", "grad", "log_probs", "neg_log_likelihood")
def _ctc_loss_backward(
    grad,
    log_probs,
    targets,
    input_lengths,
    target_lengths,
    neg_log_likelihood,
    log_alpha,
    blank,
    zero_infinity,
):
    classes, skips = _states(targets, target_lengths, blank)
    times, count = log_probs.shape[:2]
    emitted = _emissions(log_probs, classes)
    lasts, lengths = np.asarray(input_lengths) - 1, np.asarray(target_lengths)
    rows = np.arange(count)
    into_skips = np.zeros_like(skips)
    into_skips[:, :-2] = skips[:, 2:]
    found = np.zeros_like(log_probs)
    beta = np.full(classes.shape, IMPOSSIBLE, log_probs.dtype)
    for time in range(times - 1, -1, -1):
        two_after = np.where(into_skips, _shifted(beta, -2), IMPOSSIBLE)
        beta = _total(beta, _shifted(beta, -1), two_after) + emitted[time]
        ends = rows[lasts == time]
        beta[ends] = IMPOSSIBLE
        for state in (2 * lengths, np.maximum(2 * lengths - 1, 0)):
            beta[ends, state[ends]] = emitted[time, ends, state[ends]]
        passing = elementary.exp(log_alpha[:, time] + beta + (neg_log_likelihood[:, None] - emitted[time]))
        weights = np.zeros(log_probs.shape[1:], log_probs.dtype)
        np.add.at(weights, (rows[:, None], classes), np.nan_to_num(passing, nan=0.0, posinf=np.inf))
        slopes = elementary.exp(log_probs[time]) - weights
        slopes[np.isinf(neg_log_likelihood)] = np.nan
        found[time] = np.where((time <= lasts)[:, None], slopes * grad[:, None], 0)
    if zero_infinity:
        found[:, np.isinf(neg_log_likelihood)] = 0
    return found


def _numbers(lengths):
    return lengths.tolist() if isinstance(lengths, TensorBase) else list(lengths)


def _check_lengths(name, lengths, count, most):
    if len(lengths) != count:
        raise RuntimeError(f"{name} must be of size batch_size")
    for length in lengths:
        bound = "least 0" if length < 0 else f"most {most}"
        if length < 0 or (most is not None and length > most):
            raise RuntimeError(f"Expected {name} to have value at {bound}, but got value {length} {CHECKING}")


CHECKING = "(while checking arguments for ctc_loss_allocate_outputs)"


def _check(log_probs, targets, input_lengths, target_lengths, blank):
    sizes, found = log_probs._array.shape, targets._array.shape
    if not log_probs._array.size:
        raise RuntimeError("log_probs tensor must not be empty")
    if log_probs._dtype.numpy.char not in "fd":
        raise NotImplementedError(f"\"ctc_loss_cpu\" not implemented for '{log_probs._dtype.legacy_name}'")
    if not 0 <= blank < sizes[2]:
        raise RuntimeError("blank must be in label range")
    _check_lengths("input_lengths", input_lengths, sizes[1], None)
    _check_lengths("target_lengths", target_lengths, sizes[1], None)
    longest = max(target_lengths, default=0)
    if len(found) == 2 and found[1] < longest:
        raise RuntimeError(
            f"Expected tensor to have size at least {longest} at dimension 1, but got size {found[1]} for argument #2 'targets' "
            f"{CHECKING}"
        )
    if len(found) == 1 and found[0] != sum(target_lengths):
        raise RuntimeError(
            f"Expected tensor to have size {sum(target_lengths)} at dimension 0, but got size {found[0]} for argument #2 "
            f"'targets' {CHECKING}"
        )
    _check_lengths("input_lengths", input_lengths, sizes[1], sizes[0])


def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction=NONE, zero_infinity=False):
    """The negative logarithms of the probabilities of the targets, whatever the alignment."""
    check_tensor(log_probs, "ctc_loss", "log_probs")
    check_tensor(targets, "ctc_loss", "targets", 2)
    for name, given in (("input_lengths", input_lengths), ("target_lengths", target_lengths)):
        if isinstance(given, TensorBase) and given._dtype.category > INTEGER:
            raise RuntimeError(f"{name} must be integral")
    batched = log_probs.dim() == 3
    if not batched:
        log_probs = log_probs.unsqueeze(1)
    if log_probs.dim() != 3:
        raise RuntimeError(
            f"Expected 3-dimensional tensor, but got {log_probs.dim()}-dimensional tensor for argument #1 'log_probs' {CHECKING}"
        )
    inputs, lengths = (
        [each] if isinstance(each, int) else each
        for each in (_numbers(input_lengths), _numbers(target_lengths))
    )
    _check(log_probs, targets, inputs, lengths, blank)
    integral = targets if targets._dtype in (int32, int64) else targets.to(int64)
    found, _ = _ctc_loss(log_probs, integral, tuple(inputs), tuple(lengths), blank, zero_infinity)
    if zero_infinity:
        found = where(found == np.inf, wrap(found._dtype.numpy.type(0), found._dtype), found)
    if reduction == MEAN:
        return (found / make_tensor([max(each, 1) for each in lengths], dtype=found._dtype)).mean()
    if reduction == SUM:
        return found.sum()
    return found if batched else found.squeeze(0)
