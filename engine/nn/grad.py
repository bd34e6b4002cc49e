"""The gradients of convolutions with respect to their input and weight, as functions.

Source: torch.nn.grad.
"""

from __future__ import annotations

from typing import Any

from ..ops.convolution import _convolution_backward
from .modules.utils import _ntuple

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _gradients(count: int) -> tuple[Any, Any]:
    """Both functions of so many spatial dimensions."""
    each = _ntuple(count)

    def of_input(
        input_size: Any,
        weight: Any,
        grad_output: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        """The gradient with respect to the input."""
        input = grad_output.new_empty(1).expand(input_size)
        options = (each(stride), each(padding), each(dilation), False, (0,) * count, groups)
        return _convolution_backward(grad_output, input, weight, *options, (True, False, False))[0]

    def of_weight(
        input: Any,
        weight_size: Any,
        grad_output: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        """The gradient with respect to the weight."""
        weight = grad_output.new_empty(1).expand(weight_size)
        options = (each(stride), each(padding), each(dilation), False, (0,) * count, groups)
        return _convolution_backward(grad_output, input, weight, *options, (False, True, False))[1]

    of_input.__name__, of_weight.__name__ = f"conv{count}d_input", f"conv{count}d_weight"
    return of_input, of_weight


conv1d_input, conv1d_weight = _gradients(1)
conv2d_input, conv2d_weight = _gradients(2)
conv3d_input, conv3d_weight = _gradients(3)
