"""Normalization as operations: by the batch, by layers and by groups, with their joint gradients."""

from __future__ import annotations

import math

import numpy as np

from ..base import read_array
from ..grad_mode import mode
from ..layouts import channels_last, channels_last_3d, copied, is_laid_out
from ..op import op, wrap
from . import normalizing, normalizing_few
from .arithmetic import add_scalar, mul_scalar
from .elementary import add_product
from .joint import apart, only, together

NOTHING = np.empty(0, np.float32)
OUTPUTS = ("result0", "result1", "result2")


def _wide(*arrays):
    """float16 and bfloat16 as float32, in which PyTorch computes."""
    return [
        each.astype(np.float32) if each is not None and each.dtype.char in "eE" else each for each in arrays
    ]


def _filled(found, dtypes):
    return tuple(
        [NOTHING if each is None else each.astype(dtype, copy=False) for each, dtype in zip(found, dtypes)]
    )


# ---- second derivatives, in any number of dimensions -------------------------------------------------------


def _twice(grads, grad_out, input, weight, dims, others, eps):
    """What the gradients' gradients hand back to grad_out, input and weight; statistics are over `dims`.

    `others` are the dimensions that weight and bias have not.
    """
    of_input, of_weight, of_bias = grads
    shape = [1 if dim in others else size for dim, size in enumerate(input._array.shape)]
    centered = input - input.mean(dims, True)
    invstd = add_scalar((centered * centered).mean(dims, True), eps).rsqrt()
    hat = centered * invstd

    def projected(values):
        return values - values.mean(dims, True) - hat * (values * hat).mean(dims, True)

    spread = None if weight is None else weight.reshape(shape)
    by_weight = grad_out if spread is None else grad_out * spread
    to_grad, to_input, to_weight, slopes = [], [], None, []
    if of_input is not None:
        inner = projected(of_input)
        to_grad.append(invstd * inner if spread is None else invstd * inner * spread)
        means = (by_weight * hat).mean(dims, True), (of_input * hat).mean(dims, True)
        slopes.append(-invstd * (of_input * means[0] + by_weight * means[1]))
        to_input.append(-((by_weight * inner).mean(dims, True) * invstd * invstd) * hat)
        if spread is not None:
            product = grad_out * invstd * inner
            to_weight = (product.sum(others) if others else product).reshape(weight._array.shape)
    if of_weight is not None:
        to_grad.append(hat * of_weight.reshape(shape))
        slopes.append(grad_out * of_weight.reshape(shape))
    if of_bias is not None:
        to_grad.append(of_bias.reshape(shape).expand(grad_out._array.shape))
    if slopes:
        to_input.append(invstd * projected(_total(slopes)))
    return _total(to_grad), _total(to_input), to_weight


def _total(terms):
    found = None
    for term in terms:
        found = term if found is None else found + term
    return found


# ---- by the batch ------------------------------------------------------------------------------------------


def _batch_twice(
    grads,
    needed,
    grad_out,
    input,
    weight,
    running_mean,
    running_var,
    save_mean,
    save_invstd,
    train,
    eps,
):
    ndim = input._array.ndim
    others = (0, *range(2, ndim))
    if train:
        return [*_twice(grads, grad_out, input, weight, others, others, eps), None, None]
    of_input, of_weight, of_bias = grads
    shape = (1, -1, *(1,) * (ndim - 2))
    invstd = (running_var + eps).rsqrt().view(shape)
    factor = invstd if weight is None else invstd * weight.view(shape)
    to_grad, to_input, to_weight = [], None, None
    if of_input is not None:
        to_grad.append(of_input * factor)
        if weight is not None:
            to_weight = (of_input * grad_out * invstd).sum(others)
    if of_weight is not None:
        to_grad.append((input - running_mean.view(shape)) * invstd * of_weight.view(shape))
        to_input = grad_out * invstd * of_weight.view(shape)
    if of_bias is not None:
        to_grad.append(of_bias.view(shape).expand(grad_out._array.shape))
    return [_total(to_grad), to_input, to_weight, None, None]


_OF_BATCH = apart(_batch_twice, 5)


@op(
    grad_out=_OF_BATCH[0],
    input=_OF_BATCH[1],
    weight=_OF_BATCH[2],
    save_mean=_OF_BATCH[3],
    save_invstd=_OF_BATCH[4],
    outputs=OUTPUTS,
    node="NativeBatchNormBackwardBackward0",
)
def _batch_norm_backward(
    grad_out, input, weight, running_mean, running_var, save_mean, save_invstd, train, eps, output_mask
):
    dtypes = (grad_out.dtype, *[(grad_out if weight is None else weight).dtype] * 2)
    grads, values, factor, mean, variance = _wide(grad_out, input, weight, running_mean, running_var)
    if train and values.ndim == 2 and normalizing_few.is_few(values) and grads.flags.c_contiguous:
        found = normalizing_few.rows_gradient(grads, values, factor, save_mean, save_invstd)
    elif train:
        found = normalizing.batch_gradient(grads, values, factor, save_mean, save_invstd, output_mask)
    else:
        invstd = 1 / np.sqrt(variance + variance.dtype.type(eps))
        found = normalizing.fixed_gradient(grads, values, factor, mean, invstd, output_mask)
    if output_mask[0]:
        found = (_in_order(found[0], input), *found[1:])
    return _filled(found, dtypes)


together(_batch_norm_backward, _batch_twice)


def _unrecorded(result):
    """A result without its history: of many examples a result of all of them."""
    return result.detach() if result._of_examples else wrap(result._array, result._dtype)


def _batch_gradients(
    grads, needed, input, weight, running_mean, running_var, training, eps, result1, result2
):
    if grads[0] is None:
        return [None] * 3
    statistics = [_unrecorded(each) for each in (result1, result2)]
    found = _batch_norm_backward(
        grads[0], input, weight, running_mean, running_var, *statistics, training, eps, needed
    )
    return only(needed, found)


_BATCH = apart(_batch_gradients, 3)


@op(input=_BATCH[0], weight=_BATCH[1], bias=_BATCH[2], outputs=OUTPUTS, node="NativeBatchNormBackward0")
def batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps):
    values, factor, shift, mean, variance = _wide(input, weight, bias, running_mean, running_var)
    if not training:
        invstd = 1 / np.sqrt(variance + variance.dtype.type(eps))
        if normalizing_few.is_few(values):
            found = normalizing_few.normalized(values, mean, invstd, factor, shift)
            return _in_order(found, input).astype(input.dtype, copy=False), NOTHING, NOTHING
        scale = invstd if factor is None else invstd * factor
        offset = -mean * scale if shift is None else shift - mean * scale
        found = values * scale.reshape(1, -1, *(1,) * (values.ndim - 2))
        found += offset.reshape(1, -1, *(1,) * (values.ndim - 2))
        return _in_order(found, input).astype(input.dtype, copy=False), NOTHING, NOTHING
    few, count = normalizing_few.is_few(values), values.size // values.shape[1]
    if few:
        mean, squares, invstd = normalizing_few.batch_statistics(values, eps)
    else:
        centered, mean, variance, invstd = normalizing.batch_statistics(values, eps)
        squares = variance * variance.dtype.type(count)
    if running_mean is not None:
        _move(running_mean, mean, momentum)
    if running_var is not None:
        _move(running_var, squares / squares.dtype.type(max(count - 1, 1)), momentum, True)
    if few:
        found = normalizing_few.normalized(values, mean, invstd, factor, shift)
    else:
        found = normalizing.scaled(centered, invstd if factor is None else invstd * factor, shift)
    return _in_order(found, input).astype(input.dtype, copy=False), mean, invstd


def _in_order(found, input):
    """The result in the order in memory that PyTorch gives it: that of channels last if the input has it."""
    if input.flags.c_contiguous:
        return found
    if input.ndim in (4, 5):
        form = channels_last if input.ndim == 4 else channels_last_3d
        if is_laid_out(input, form):
            return copied(found, form)
    return np.ascontiguousarray(found)


def _move(running, found, momentum, in_one_rounding=False):
    """Move what is remembered towards what was found; PyTorch does not count this as a change in place."""
    rate = running.dtype.type(momentum)
    kept = (running.dtype.type(1) - rate) * running
    found = found.astype(running.dtype, copy=False)
    running[...] = add_product(kept, found, rate) if in_one_rounding else rate * found + kept


together(batch_norm, _batch_gradients)


# ---- by layers ---------------------------------------------------------------------------------------------


def _layer_twice(grads, needed, grad_out, input, mean, rstd, weight, normalized_shape, eps_geometry):
    ndim = input._array.ndim
    lead = ndim - len(normalized_shape)
    dims, others = tuple(range(lead, ndim)), tuple(range(lead))
    to_grad, to_input, to_weight = _twice(grads, grad_out, input, weight, dims, others, eps_geometry)
    return [to_grad, to_input, None, None, to_weight, None]


_OF_LAYER = apart(_layer_twice, 6)


@op(
    grad_out=_OF_LAYER[0],
    input=_OF_LAYER[1],
    mean=_OF_LAYER[2],
    rstd=_OF_LAYER[3],
    weight=_OF_LAYER[4],
    bias=_OF_LAYER[5],
    outputs=OUTPUTS,
    node="NativeLayerNormBackwardBackward0",
)
def _layer_norm_backward(
    grad_out, input, normalized_shape, mean, rstd, weight, bias, eps_geometry, output_mask
):
    dtypes = (grad_out.dtype, *[(grad_out if weight is None else weight).dtype] * 2)
    grads, values, factor = _wide(grad_out, input, weight)
    width = math.prod(normalized_shape)
    flat = None if factor is None else factor.reshape(-1)
    found = normalizing.rows_gradient(
        grads.reshape(mean.size, width),
        values.reshape(mean.size, width),
        flat,
        mean.reshape(-1),
        rstd.reshape(-1),
        output_mask,
    )
    shapes = (input.shape, normalized_shape, normalized_shape)
    found = [None if each is None else each.reshape(shape) for each, shape in zip(found, shapes)]
    return _filled(found, dtypes)


together(_layer_norm_backward, _layer_twice)


def _layer_gradients(grads, needed, input, normalized_shape, weight, bias, eps_geometry, result1, result2):
    if grads[0] is None:
        return [None] * 3
    statistics = [_unrecorded(each) for each in (result1, result2)]
    found = _layer_norm_backward(
        grads[0], input, normalized_shape, *statistics, weight, bias, eps_geometry, needed
    )
    return only(needed, found)


_LAYER = apart(_layer_gradients, 3)


@op(input=_LAYER[0], weight=_LAYER[1], bias=_LAYER[2], outputs=OUTPUTS, node="NativeLayerNormBackward0")
def layer_norm(input, normalized_shape, weight, bias, eps_geometry):
    values, factor, shift = _wide(input, weight, bias)
    width, lead = math.prod(normalized_shape), input.shape[: input.ndim - len(normalized_shape)]
    found, mean, rstd = normalizing.normalized_rows(
        np.ascontiguousarray(values).reshape(math.prod(lead), width), eps_geometry
    )
    if factor is not None:
        found *= factor.reshape(-1)
    if shift is not None:
        found += shift.reshape(-1)
    shape = (*lead, *(1,) * len(normalized_shape))
    return (
        found.reshape(input.shape).astype(input.dtype, copy=False),
        mean.reshape(shape),
        rstd.reshape(shape),
    )


together(layer_norm, _layer_gradients)


# ---- by groups ---------------------------------------------------------------------------------------------


def _group_gradients(grads, needed, input, weight, N, C, HxW, group, eps, result1, result2):  # noqa: N803
    grad = grads[0]
    if not mode.recording and grads[1] is None and grads[2] is None:
        arrays = [
            None if each is None else read_array(each) for each in (grad, input, weight, result1, result2)
        ]
        found = normalizing.groups_gradient(*_wide(*arrays), (N, C, HxW), group, needed)
        dtypes = (grad._dtype, *[(input if weight is None else weight)._dtype] * 2)
        return [
            None if each is None else wrap(each.astype(dtype.numpy, copy=False), dtype)
            for each, dtype in zip(only(needed, found), dtypes)
        ]
    return _group_composed(grads, needed, input, weight, (N, group, C // group, HxW), result1, result2)


def _group_composed(grads, needed, input, weight, shape, result1, result2):
    """The same in operations, as PyTorch does where the gradient is to be differentiated again."""
    examples, group, width, positions = shape
    grad, of_mean, of_rstd = grads
    values = input.reshape(shape)
    mean, rstd = (each.reshape(examples, group, 1, 1) for each in (result1, result2))
    share = 1.0 / (width * positions)
    terms, to_weight, to_bias = [], None, None
    if grad is not None:
        grad = grad.reshape(shape)
        products, totals = (grad * values).sum(3).unsqueeze_(-1), grad.sum(3).unsqueeze_(-1)
        factor = None if weight is None else weight.reshape(1, group, width, 1)
        scale = rstd if factor is None else rstd * factor
        slope, shift = (
            (each if factor is None else each * factor).sum(2).unsqueeze_(-2) for each in (products, totals)
        )
        slope = mul_scalar((shift * mean - slope) * (rstd * rstd * rstd), share)
        shift = -slope * mean - mul_scalar(shift * rstd, share)
        terms.append(scale * grad + slope * values + shift)
        if needed[1]:
            to_weight = ((products - totals * mean) * rstd).sum(0).reshape(weight._array.shape)
        if needed[2]:
            to_bias = totals.sum(0).reshape(group * width)
    if of_mean is not None:
        terms.append((of_mean.reshape(examples, group, 1, 1) * share).expand(shape))
    if of_rstd is not None:
        of_variance = of_rstd.reshape(examples, group, 1, 1) * (rstd * rstd * rstd) * -0.5
        terms.append((values - mean) * (of_variance * (2 * share)))
    return [_total(terms).reshape(input._array.shape) if needed[0] else None, to_weight, to_bias]


_GROUP = apart(_group_gradients, 3)


@op(input=_GROUP[0], weight=_GROUP[1], bias=_GROUP[2], outputs=OUTPUTS, node="NativeGroupNormBackward0")
def group_norm(input, weight, bias, N, C, HxW, group, eps):  # noqa: N803 - as the node shows them
    values, factor, shift = _wide(input, weight, bias)
    found, mean, rstd = normalizing.normalized_groups(
        np.ascontiguousarray(values), factor, shift, (N, C, HxW), group, eps
    )
    return found.astype(input.dtype, copy=False), mean, rstd


together(group_norm, _group_gradients)
