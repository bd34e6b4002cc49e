"""A convolution of sequences that lie in memory as (time, batch, channels): conv_tbc.

Source: torch.conv_tbc.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..arguments import function
from ..dtypes import FROM_NUMPY, not_implemented
from ..grad_mode import mode
from ..op import op
from .creation import zeros_like
from .dims import check_sizes, index
from .joint import apart, only, together
from .linalg import product
from .refusals import no_forward_mode
from .views import check_viewed


def _spans(taps: int, length: int, made: int, pad: int) -> Iterator[tuple[int, int, int, int]]:
    """For each tap of the kernel, where it meets the input and the result first, and for how many steps."""
    for tap in range(taps):
        into, out = max(0, tap - pad), max(0, pad - tap)
        steps = min(length + pad - tap, made) - out
        if steps > 0:
            yield tap, into, out, steps


def _gradients(grad, needed, self, weight, bias, pad):
    """PyTorch's own steps: each writes one tap's product into zeros, which graph and versions show."""
    (length, batch, channels), (taps, _, produced) = self._array.shape, weight._array.shape
    spans = list(_spans(taps, length, grad._array.shape[0], pad))
    to_input, to_weight, to_bias = (
        zeros_like(each) if wanted else None for each, wanted in zip((self, weight, bias), needed)
    )

    def rows(tensor, start, steps, width):
        return tensor.narrow(0, start, steps).view(steps * batch, width)

    if needed[0]:
        for tap, into, out, steps in spans:
            arriving = rows(grad, out, steps, produced)
            rows(to_input, into, steps, channels).addmm_(arriving, weight[tap].t())
    if needed[1]:
        for tap, into, out, steps in spans:
            arriving = rows(grad, out, steps, produced)
            to_weight[tap].addmm_(rows(self, into, steps, channels).t(), arriving)
    if needed[2]:
        to_bias.copy_(grad.sum(0).sum(0))
    return only(needed, (to_input, to_weight, to_bias))


_OF_INPUT, _OF_WEIGHT, _OF_BIAS = apart(_gradients, 3)


@op(self=_OF_INPUT, weight=_OF_WEIGHT, bias=_OF_BIAS, jvp=no_forward_mode("conv_tbc"), exact=True)
def _conv_tbc(self, weight, bias, pad):
    (length, batch, channels), (taps, _, produced) = self.shape, weight.shape
    sizes = (length - taps + 1 + 2 * pad, batch, produced)
    check_sizes(sizes)
    found = np.empty(sizes, self.dtype)
    found[...] = bias
    for tap, into, out, steps in _spans(taps, length, sizes[0], pad):
        met = self[into : into + steps]
        check_viewed(met, (steps * batch, channels))
        _check_types(self.dtype, weight.dtype)
        part = product(met.reshape(steps * batch, channels), weight[tap])
        found[out : out + steps] += part.reshape(steps, batch, produced)
    return found


together(_conv_tbc, _gradients)


def _check_types(one: Any, two: Any) -> None:
    if one != two:
        names = [FROM_NUMPY[each].legacy_name for each in (one, two)]
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {names[0]} and {names[1]}")
    if one.kind == "b":
        raise not_implemented("addmm_impl_cpu_", FROM_NUMPY[one])


def _check_shapes(sizes: Any, kernel: Any, bias: Any) -> None:
    if len(sizes) != 3:
        raise RuntimeError("Input must have 3 dims: time, batch, in_channel")
    if len(kernel) != 3:
        raise RuntimeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if len(bias) != 1:
        raise RuntimeError("Bias must be 1-D")
    if sizes[2] != kernel[1]:
        raise RuntimeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if kernel[2] != bias[0]:
        raise RuntimeError("Bias size must equal dim 2 in the weight tensor (output channels).")


@function
def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """A convolution over time of sequences (time, batch, channels) with a kernel (time, channels, channels)."""
    if pad is None or isinstance(pad, bool):
        raise TypeError(f"conv_tbc(): argument 'pad' (position 4) must be int, not {type(pad).__name__}")
    _check_shapes(input._array.shape, weight._array.shape, bias._array.shape)
    found = _conv_tbc(input, weight, bias, index(pad))
    if found._dtype.is_complex and mode.enabled and any(each.requires_grad for each in (input, weight, bias)):
        raise RuntimeError(
            "conv_tbc does not support automatic differentiation for outputs with complex dtype."
        )
    return found
