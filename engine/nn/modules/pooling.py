"""Pooling layers.

Source: torch.nn, "Pooling layers".
"""

from __future__ import annotations

from typing import Any

from ...naming import name_after
from .. import functional
from .conv import several
from .module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "FractionalMaxPool2d",
    "FractionalMaxPool3d",
    "LPPool1d",
    "LPPool2d",
    "LPPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "MaxUnpool1d",
    "MaxUnpool2d",
    "MaxUnpool3d",
]


class _MaxPoolNd(Module):
    """The largest elements of windows."""

    _count: int

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )

    def forward(self, input: Any) -> Any:
        """The largest elements, and where they are if `return_indices`."""
        pool = getattr(functional, f"max_pool{self._count}d")
        options = (self.kernel_size, self.stride, self.padding, self.dilation)
        return pool(input, *options, ceil_mode=self.ceil_mode, return_indices=self.return_indices)


class MaxPool1d(_MaxPoolNd):
    """The largest elements of windows over one dimension."""

    _count = 1


class MaxPool2d(_MaxPoolNd):
    """The largest elements of windows over two dimensions."""

    _count = 2


class MaxPool3d(_MaxPoolNd):
    """The largest elements of windows over three dimensions."""

    _count = 3


class _MaxUnpoolNd(Module):
    """Puts elements back where pooling found them."""

    _count: int

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size = several(kernel_size, self._count)
        self.stride = several(stride if stride is not None else kernel_size, self._count)
        self.padding = several(padding, self._count)

    def extra_repr(self) -> str:
        """The options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        """The elements where the indices say, zeros elsewhere."""
        unpool = getattr(functional, f"max_unpool{self._count}d")
        return unpool(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool1d(_MaxUnpoolNd):
    """Puts elements back where `MaxPool1d` found them."""

    _count = 1


class MaxUnpool2d(_MaxUnpoolNd):
    """Puts elements back where `MaxPool2d` found them."""

    _count = 2


class MaxUnpool3d(_MaxUnpoolNd):
    """Puts elements back where `MaxPool3d` found them."""

    _count = 3


class _AvgPoolNd(Module):
    """The averages of windows."""

    kernel_size: Any
    stride: Any
    padding: Any

    def extra_repr(self) -> str:
        """The options."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """The averages of windows over one dimension."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = several(kernel_size, 1)
        self.stride = several(stride if stride is not None else kernel_size, 1)
        self.padding = several(padding, 1)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Any) -> Any:
        """The averages."""
        options = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return functional.avg_pool1d(input, *options)


class _AvgPoolOfWindows(_AvgPoolNd):
    """The averages of windows over two or three dimensions."""

    _count: int

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Any) -> Any:
        """The averages."""
        pool = getattr(functional, f"avg_pool{self._count}d")
        options = (self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)
        return pool(input, *options, self.divisor_override)


class AvgPool2d(_AvgPoolOfWindows):
    """The averages of windows over two dimensions."""

    _count = 2


class AvgPool3d(_AvgPoolOfWindows):
    """The averages of windows over three dimensions."""

    _count = 3


class _FractionalMaxPoolNd(Module):
    """The largest elements of windows at random places."""

    _count: int

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        name, count = type(self).__name__, self._count
        self.kernel_size = several(kernel_size, count)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = several(output_size, count) if output_size is not None else None
        self.output_ratio = several(output_ratio, count) if output_ratio is not None else None
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and len(self.output_ratio) < count:
            raise IndexError("tuple index out of range")
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")

    def forward(self, input: Any) -> Any:
        """The largest elements, and where they are if `return_indices`."""
        pool = getattr(functional, f"fractional_max_pool{self._count}d")
        sizes = (self.kernel_size, self.output_size, self.output_ratio)
        return pool(input, *sizes, self.return_indices, _random_samples=self._random_samples)


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """The largest elements of windows at random places of two dimensions."""

    _count = 2


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """The largest elements of windows at random places of three dimensions."""

    _count = 3


class _LPPoolNd(Module):
    """The power averages of windows."""

    _count: int

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """The options."""
        return f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, ceil_mode={self.ceil_mode}"

    def forward(self, input: Any) -> Any:
        """The power averages."""
        pool = getattr(functional, f"lp_pool{self._count}d")
        return pool(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPoolNd):
    """The power averages of windows over one dimension."""

    _count = 1


class LPPool2d(_LPPoolNd):
    """The power averages of windows over two dimensions."""

    _count = 2


class LPPool3d(_LPPoolNd):
    """The power averages of windows over three dimensions."""

    _count = 3


class _AdaptivePoolNd(Module):
    """Pools into as many windows as asked for."""

    _pool: str

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        """The sizes of the result."""
        return f"output_size={self.output_size}"

    def forward(self, input: Any) -> Any:
        """The averages."""
        return getattr(functional, self._pool)(input, self.output_size)


class _AdaptiveAvgPoolNd(_AdaptivePoolNd):
    """The averages of so many windows."""


class _AdaptiveMaxPoolNd(_AdaptivePoolNd):
    """The largest elements of so many windows."""

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        """The largest elements, and where they are if `return_indices`."""
        return getattr(functional, self._pool)(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """The largest elements of so many windows over one dimension."""

    _pool = "adaptive_max_pool1d"


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """The largest elements of so many windows over two dimensions."""

    _pool = "adaptive_max_pool2d"


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """The largest elements of so many windows over three dimensions."""

    _pool = "adaptive_max_pool3d"


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """The averages of so many windows over one dimension."""

    _pool = "adaptive_avg_pool1d"


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """The averages of so many windows over two dimensions."""

    _pool = "adaptive_avg_pool2d"


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """The averages of so many windows over three dimensions."""

    _pool = "adaptive_avg_pool3d"


name_after("forward", MaxPool1d, MaxPool2d, MaxPool3d, LPPool1d, LPPool2d, LPPool3d)
name_after("forward", AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d)
name_after("forward", AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d)
name_after("__init__", _AdaptiveAvgPoolNd)
name_after("__init__ forward", AvgPool2d, AvgPool3d, MaxUnpool1d, MaxUnpool2d, MaxUnpool3d)
name_after("__init__ forward", FractionalMaxPool2d, FractionalMaxPool3d)
