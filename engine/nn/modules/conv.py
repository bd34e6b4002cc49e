"""Convolutional layers.

Source: torch.nn, "Convolution Layers".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from ...naming import name_after
from ...ops import creation
from .. import functional, init
from ..parameter import Parameter, UninitializedParameter
from .lazy import LazyModuleMixin
from .module import Module

__all__ = [
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "LazyConv1d",
    "LazyConv2d",
    "LazyConv3d",
    "LazyConvTranspose1d",
    "LazyConvTranspose2d",
    "LazyConvTranspose3d",
]

_PADDINGS = {"same", "valid"}
_MODES = {"zeros", "reflect", "replicate", "circular"}


def several(value: Any, count: int) -> tuple[Any, ...]:
    """A value for each dimension: the same one where only one is given."""
    return tuple(value) if isinstance(value, Iterable) else (value,) * count


class _ConvNd(Module):
    """What all the convolutions hold: weights, and how the kernel moves."""

    _count: int  # of spatial dimensions
    weight: Any
    bias: Any
    padding: Any

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        padding: str | tuple[int, ...],
        dilation: tuple[int, ...],
        transposed: bool,
        output_padding: tuple[int, ...],
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        _check(in_channels, out_channels, groups, padding, stride, padding_mode)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.transposed = transposed
        self.output_padding = output_padding
        self.groups = groups
        self.padding_mode = padding_mode
        self._reversed_padding_repeated_twice = _around(padding, kernel_size, dilation)
        channels = (
            (in_channels, out_channels // groups) if transposed else (out_channels, in_channels // groups)
        )
        self.weight = Parameter(creation.empty((*channels, *kernel_size), dtype=dtype, device=device))
        if bias:
            self.bias = Parameter(creation.empty(out_channels, dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw both anew, uniformly from ±1/sqrt(what goes into one output)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in, _ = init._calculate_fan_in_and_fan_out(self.weight)
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        """Channels, kernel, and the options that are not the defaults."""
        shown = (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        )
        if self.padding != (0,) * len(self.padding):
            shown += f", padding={self.padding}"
        if self.dilation != (1,) * len(self.dilation):
            shown += f", dilation={self.dilation}"
        if self.output_padding != (0,) * len(self.output_padding):
            shown += f", output_padding={self.output_padding}"
        if self.groups != 1:
            shown += f", groups={self.groups}"
        if self.bias is None:
            shown += ", bias=False"
        if self.padding_mode != "zeros":
            shown += f", padding_mode={self.padding_mode}"
        return shown

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        if not hasattr(self, "padding_mode"):
            self.padding_mode = "zeros"


def _check(
    in_channels: int, out_channels: int, groups: int, padding: Any, stride: Any, padding_mode: str
) -> None:
    if groups <= 0:
        raise ValueError("groups must be a positive integer")
    if in_channels % groups:
        raise ValueError("in_channels must be divisible by groups")
    if out_channels % groups:
        raise ValueError("out_channels must be divisible by groups")
    if isinstance(padding, str):
        if padding not in _PADDINGS:
            raise ValueError(f"Invalid padding string {padding!r}, should be one of {_PADDINGS}")
        if padding == "same" and any(step != 1 for step in stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
    if padding_mode not in _MODES:
        raise ValueError(f"padding_mode must be one of {_MODES}, but got padding_mode='{padding_mode}'")


def _around(padding: Any, kernel_size: Any, dilation: Any) -> Any:
    """The padding as `functional.pad` takes it: both sides of the last dimension first."""
    if not isinstance(padding, str):
        return tuple([each for pad in reversed(padding) for each in (pad, pad)])
    totals = [gap * (taps - 1) if padding == "same" else 0 for gap, taps in zip(dilation, kernel_size)]
    return [each for total in reversed(totals) for each in (total // 2, total - total // 2)]


class _Convolution(_ConvNd):
    """A convolution."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        count = self._count
        super().__init__(
            in_channels,
            out_channels,
            several(kernel_size, count),
            several(stride, count),
            padding if isinstance(padding, str) else several(padding, count),
            several(dilation, count),
            False,
            (0,) * count,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        convolve = getattr(functional, f"conv{self._count}d")
        padding = self.padding
        if self.padding_mode != "zeros":
            input = functional.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = (0,) * self._count
        return convolve(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Any) -> Any:
        """The convolution of the input."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_Convolution):
    """A convolution over one dimension."""

    _count = 1


class Conv2d(_Convolution):
    """A convolution over two dimensions."""

    _count = 2


class Conv3d(_Convolution):
    """A convolution over three dimensions."""

    _count = 3


class _ConvTransposeNd(_ConvNd):
    """A transposed convolution: what a convolution hands back to its input."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        kernel, steps, pads, gaps, more = (
            several(each, self._count) for each in (kernel_size, stride, padding, dilation, output_padding)
        )
        super().__init__(
            in_channels,
            out_channels,
            kernel,
            steps,
            pads,
            gaps,
            True,
            more,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _output_padding(
        self,
        input: Any,
        output_size: Any,
        stride: Sequence[int],
        padding: Sequence[int],
        kernel_size: Sequence[int],
        num_spatial_dims: int,
        dilation: Sequence[int] | None = None,
    ) -> Any:
        """What has to be added for the result to have the size that was asked for."""
        if output_size is None:
            return several(self.output_padding, 1)
        count, ndim = num_spatial_dims, input.dim()
        others = 2 if ndim == count + 2 else 1
        if len(output_size) == others + count:
            output_size = output_size[others:]
        if len(output_size) != count:
            raise ValueError(
                f"ConvTranspose{count}D: for {ndim}D input, output_size must have {count} or {others + count} elements (got "
                f"{len(output_size)})"
            )
        least = [
            (size - 1) * step - 2 * pad + gap * (taps - 1) + 1
            for size, step, pad, gap, taps in zip(
                input.shape[others:], stride, padding, dilation or (1,) * count, kernel_size
            )
        ]
        most = [size + step - 1 for size, step in zip(least, stride)]
        if any(size < low or size > high for low, size, high in zip(least, output_size, most)):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {least} to {most} (for an input of "
                f"{input.size()[2:]})"
            )
        return [size - low for size, low in zip(output_size, least)]

    def forward(self, input: Any, output_size: Any = None) -> Any:
        """The transposed convolution, of `output_size` where the stride leaves several."""
        convolve = getattr(functional, f"conv_transpose{self._count}d")
        kernel = (self.stride, self.padding, self.kernel_size, self._count, self.dilation)
        more = self._output_padding(input, output_size, *kernel)
        return convolve(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )


class ConvTranspose1d(_ConvTransposeNd):
    """A transposed convolution over one dimension."""

    _count = 1


class ConvTranspose2d(_ConvTransposeNd):
    """A transposed convolution over two dimensions."""

    _count = 2


class ConvTranspose3d(_ConvTransposeNd):
    """A transposed convolution over three dimensions."""

    _count = 3


class _LazyConvXdMixin(LazyModuleMixin):
    """A convolution that takes the number of its input's channels from the first input."""

    _count: int

    def __init__(self: Any, out_channels: int, *args: Any, **options: Any) -> None:
        given = dict(zip(self._options, args))
        given.update(options)
        bias = given.pop("bias", True)
        super().__init__(0, 0, bias=False, **given)
        where = {name: given.get(name) for name in ("device", "dtype")}
        self.weight = UninitializedParameter(**where)
        self.out_channels = out_channels
        if bias:
            self.bias = UninitializedParameter(**where)

    def reset_parameters(self: Any) -> None:
        """Draw both anew, once there are any."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self: Any, input: Any, *args: Any, **kwargs: Any) -> None:
        """Make weights and bias for the input's channels."""
        if not self.has_uninitialized_params():
            return
        self.in_channels = self._get_in_channels(input)
        if self.in_channels % self.groups:
            raise ValueError("in_channels must be divisible by groups")
        channels = (self.in_channels, self.out_channels // self.groups)
        if not self.transposed:
            channels = (self.out_channels, self.in_channels // self.groups)
        self.weight.materialize((*channels, *self.kernel_size))
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()

    def _get_in_channels(self, input: Any) -> int:
        sizes, least = input._array.shape, self._count + 1
        if len(sizes) not in (least, least + 1):
            raise RuntimeError(
                f"Expected {least}D (unbatched) or {least + 1}D (batched) input to {type(self).__name__}, but got input of "
                f"size: {input.shape}"
            )
        return int(sizes[-least])

    def _get_num_spatial_dims(self) -> int:
        return self._count


class _LazyConvolution(_LazyConvXdMixin):
    _options = (
        "kernel_size", "stride", "padding", "dilation", "groups", "bias", "padding_mode", "device", "dtype",
    )  # fmt: skip


class _LazyTransposed(_LazyConvXdMixin):
    _options = (
        "kernel_size", "stride", "padding", "output_padding", "groups", "bias", "dilation", "padding_mode", "device",
        "dtype",
    )  # fmt: skip


class LazyConv1d(_LazyConvolution, Conv1d):
    """`Conv1d` for as many channels as the first input has."""

    cls_to_become = Conv1d


class LazyConv2d(_LazyConvolution, Conv2d):
    """`Conv2d` for as many channels as the first input has."""

    cls_to_become = Conv2d


class LazyConv3d(_LazyConvolution, Conv3d):
    """`Conv3d` for as many channels as the first input has."""

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyTransposed, ConvTranspose1d):
    """`ConvTranspose1d` for as many channels as the first input has."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyTransposed, ConvTranspose2d):
    """`ConvTranspose2d` for as many channels as the first input has."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyTransposed, ConvTranspose3d):
    """`ConvTranspose3d` for as many channels as the first input has."""

    cls_to_become = ConvTranspose3d


name_after("__init__ forward _conv_forward", Conv1d, Conv2d, Conv3d)
name_after("__init__ forward", ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)
name_after("__init__", LazyConv1d, LazyConv2d, LazyConv3d)
name_after("__init__", LazyConvTranspose1d, LazyConvTranspose2d, LazyConvTranspose3d)
