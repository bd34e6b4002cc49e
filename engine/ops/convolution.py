"""Convolution as an operation: forward, transposed, and both gradients, of any number of spatial dimensions."""

from __future__ import annotations

import math

import numpy as np

from ..dtypes import FROM_NUMPY, not_implemented
from ..layouts import as_suggested
from ..op import op
from . import convolving, joining, slicing, views
from .arithmetic import mul_scalar
from .complex import resolve_conj, view_as_real
from .joint import apart, only, together

NOTHING = np.empty(0, np.float32)


def _widened(compute, arrays, *options):
    """float16 and bfloat16 in float32, rounded once."""
    dtype = arrays[0].dtype
    if dtype.char not in "eE":
        return compute(*arrays, *options)
    found = compute(*[None if each is None else each.astype(np.float32) for each in arrays], *options)
    return found.astype(dtype)


def _forward(input, weight, bias, stride, padding, dilation, groups):
    return convolving.convolve(input, weight, bias, stride, padding, dilation, groups)


def _transposed(input, weight, bias, stride, padding, dilation, output_padding, groups):
    sizes = transposed_sizes(input.shape[2:], weight.shape[2:], stride, padding, output_padding, dilation)
    found = convolving.input_gradient(input, weight, sizes, stride, padding, dilation, groups)
    if bias is not None:
        found += bias.reshape(1, -1, *(1,) * len(sizes))
    return found


def transposed_sizes(sizes, kernel, stride, padding, output_padding, dilation):
    """The spatial sizes of a transposed convolution's result."""
    return tuple(
        [
            (size - 1) * step - 2 * pad + gap * (taps - 1) + more + 1
            for size, taps, step, pad, more, gap in zip(
                sizes, kernel, stride, padding, output_padding, dilation
            )
        ]
    )


def _backward_arrays(grad, input, weight, options, needed):
    stride, padding, dilation, transposed, _, groups = options
    if not (transposed or input.shape[1]):
        return np.zeros_like(input), np.zeros_like(weight), np.zeros(weight.shape[0], grad.dtype)
    if transposed:
        to_input = NOTHING
        if needed[0]:
            found = convolving.convolve(grad, weight, None, stride, padding, dilation, groups)
            to_input = found[convolving.last(map(slice, input.shape[2:]))]
        pair = (input, grad)
    else:
        to_input = NOTHING
        if needed[0]:
            to_input = convolving.input_gradient(
                grad, weight, input.shape[2:], stride, padding, dilation, groups
            )
        pair = (grad, input)
    to_weight = NOTHING
    if needed[1]:
        to_weight = convolving.weight_gradient(*pair, weight.shape[2:], stride, padding, dilation, groups)
    to_input, to_weight = (
        found if found is NOTHING else as_suggested(found, input, weight) for found in (to_input, to_weight)
    )
    return to_input, to_weight, _bias_gradient(grad) if needed[2] else NOTHING


def _bias_gradient(grad):
    """The sum over everything but the channels; row sums as a product with ones are the quickest."""
    if grad.dtype.char not in "fd":
        return grad.sum((0, *range(2, grad.ndim)))
    flat = grad.reshape(grad.shape[0] * grad.shape[1], math.prod(grad.shape[2:]))
    return (flat @ np.ones(flat.shape[1], grad.dtype)).reshape(grad.shape[:2]).sum(0)


# ---- the second derivatives --------------------------------------------------------------------------------


def _twice(
    grads, needed, grad_output, input, weight, stride, padding, dilation, transposed, output_padding, groups
):
    """What the gradients' gradients hand back to grad_output, input and weight: convolutions again."""
    of_input, of_weight, of_bias = grads
    options = (stride, padding, dilation, transposed, output_padding, groups)
    found = [None, None, None]
    if needed[0]:
        terms = []
        if of_input is not None:
            terms.append(convolution(of_input, weight, None, *options))
        if of_weight is not None:
            terms.append(convolution(input, of_weight, None, *options))
        if of_bias is not None:
            terms.append(of_bias.view(1, -1, *(1,) * len(stride)).expand(grad_output._array.shape))
        found[0] = terms[0]
        for term in terms[1:]:
            found[0] = found[0] + term
    if needed[1] and of_weight is not None:
        found[1] = _twice_for_input(grad_output, input, of_weight, options)
    if needed[2] and of_input is not None:
        found[2] = _twice_for_weight(grad_output, of_input, weight, options)
    return found


def _twice_for_input(grad_output, input, of_weight, options):
    stride, padding, dilation, transposed, output_padding, groups = options
    sizes = input._array.shape[2:]
    if transposed:
        found = convolution(
            grad_output, of_weight, None, stride, padding, dilation, False, output_padding, groups
        )
        return _cut(found, sizes)
    least = transposed_sizes(
        grad_output._array.shape[2:], of_weight._array.shape[2:], stride, padding, (0,) * len(sizes), dilation
    )
    more = tuple([size - one for size, one in zip(sizes, least)])
    return convolution(grad_output, of_weight, None, stride, padding, dilation, True, more, groups)


def _twice_for_weight(grad_output, of_input, weight, options):
    stride, padding, dilation, transposed, _, groups = options
    one, two = views.transpose(of_input, 0, 1), views.transpose(grad_output, 0, 1)
    if transposed:
        one, two = two, one
    rest = (dilation, padding, stride, False, (0,) * len(stride), 1)
    if groups == 1:
        found = convolution(one, two, None, *rest)
    else:
        widths = [each._array.shape[0] // groups for each in (one, two)]
        parts = []
        for group in range(groups):
            pair = [slicing.narrow(each, 0, group * width, width) for each, width in zip((one, two), widths)]
            parts.append(convolution(*pair, None, *rest))
        found = joining.cat(parts, 1)
    return views.transpose(_cut(found, weight._array.shape[2:]), 0, 1)


def _cut(tensor, sizes):
    """The first elements of the spatial dimensions, where a stride left more than there were."""
    for axis, size in enumerate(sizes, 2):
        if tensor._array.shape[axis] > size:
            tensor = slicing.narrow(tensor, axis, 0, size)
    return tensor


_TO_GRAD, _TO_INPUT, _TO_WEIGHT = apart(_twice, 3)


@op(
    grad_output=_TO_GRAD,
    input=_TO_INPUT,
    weight=_TO_WEIGHT,
    outputs=("result0", "result1", "result2"),
    node="ConvolutionBackwardBackward0",
    exact=True,
)
def _convolution_backward(
    grad_output, input, weight, stride, padding, dilation, transposed, output_padding, groups, output_mask
):
    options = (stride, padding, dilation, transposed, output_padding, groups)
    dtype = grad_output.dtype
    arrays = (grad_output, input, weight)
    if dtype.kind == "c":
        arrays = (grad_output, np.conj(input), np.conj(weight))
    elif dtype.char in "eE":
        arrays = tuple([each.astype(np.float32) for each in arrays])
    return tuple([each.astype(dtype, copy=False) for each in _backward_arrays(*arrays, options, output_mask)])


together(_convolution_backward, _twice)


def _gradients(
    grad,
    needed,
    input,
    weight,
    stride,
    padding,
    dilation,
    transposed,
    output_padding,
    groups,
    bias_sym_sizes_opt,
):
    options = (stride, padding, dilation, transposed, output_padding, groups)
    return only(needed, _convolution_backward(grad, input, weight, *options, needed))


_OF_INPUT, _OF_WEIGHT, _OF_BIAS = apart(_gradients, 3)


def _tangent(
    input_t,
    input_p,
    weight_t,
    weight_p,
    bias_t,
    stride,
    padding,
    dilation,
    transposed,
    output_padding,
    groups,
):
    options = (stride, padding, dilation, transposed, output_padding, groups)
    return convolution(input_p, weight_t, bias_t, *options) + convolution(input_t, weight_p, None, *options)


@op(
    input=_OF_INPUT,
    weight=_OF_WEIGHT,
    bias=_OF_BIAS,
    jvp=_tangent,
    node="ConvolutionBackward0",
)
def _convolution(
    input,
    weight,
    bias,
    stride,
    padding,
    dilation,
    transposed,
    output_padding,
    groups,
    bias_sym_sizes_opt,
):
    if input.dtype.kind == "b" or (transposed and input.dtype.kind in "iu" and input.dtype != np.int64):
        kernel = f"slow_conv_transpose{max(len(stride), 2)}d_out_cpu" if transposed else "slow_conv{}d_cpu"
        raise not_implemented(kernel.format(max(len(stride), 2)), FROM_NUMPY[input.dtype])
    if input.dtype.kind in "iu" and input.dtype != np.int64 and any(step > 1 for step in dilation):
        raise not_implemented("slow_conv_dilated<>", FROM_NUMPY[input.dtype])
    if transposed:
        return _widened(_transposed, (input, weight, bias), stride, padding, dilation, output_padding, groups)
    found = _widened(_forward, (input, weight, bias), stride, padding, dilation, groups)
    return found if input.shape[1] else found[:, :0].copy()  # PyTorch has no channels out where none went in


together(_convolution, _gradients)


def convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups):
    """The convolution, or the transposed one, of a batch; sizes are right, options are tuples."""
    if input._dtype.is_complex:
        return _of_complex(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)
    sizes = (0,) if bias is None else bias._array.shape
    return _convolution(
        input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, sizes
    )


def _of_complex(input, weight, bias, *options):
    """Three convolutions of real numbers, as PyTorch does it: of the parts, and of their sums."""
    real, imaginary = _parts(input)
    real_weight, imaginary_weight = _parts(weight)
    real_bias, imaginary_bias = (None, None) if bias is None else _parts(bias)
    of_real = convolution(real, real_weight, real_bias, *options)
    of_imaginary = convolution(imaginary, imaginary_weight, None, *options)
    sum_of_biases = None if bias is None else real_bias + imaginary_bias
    of_sums = convolution(real + imaginary, real_weight + imaginary_weight, sum_of_biases, *options)
    return of_real - of_imaginary + _times_number(of_sums - of_real - of_imaginary, 1j)


@op(self=lambda grad, other: mul_scalar(grad, other.conjugate()), node="MulBackward1")
def _times_number(self, other):
    return self * other


def _parts(tensor):
    pairs = view_as_real(resolve_conj(tensor))
    return slicing.select(pairs, -1, 0), slicing.select(pairs, -1, 1)
