"""Padding layers.

Source: torch.nn, "Padding Layers".
"""

from __future__ import annotations

from typing import Any

from ...naming import name_after
from ..functions.padding import pad
from .module import Module
from .utils import _ntuple

__all__ = [
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
]


class _PadNd(Module):
    """Borders of one kind; one number stands for all of them."""

    _count: int  # of dimensions that are padded
    _mode: str

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = _ntuple(2 * self._count)(padding)

    def forward(self, input: Any) -> Any:
        """The input with its borders."""
        return pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        """The sizes of the borders."""
        return f"{self.padding}"


class _CircularPadNd(_PadNd):
    _mode = "circular"

    def _check_input_dim(self, input: Any) -> None:
        low = self._count + 1
        if input.dim() not in (low, low + 1):
            raise ValueError(f"expected {low}D or {low + 1}D input (got {input.dim()}D input)")

    def forward(self, input: Any) -> Any:
        """The input with its borders."""
        self._check_input_dim(input)
        return super().forward(input)


class CircularPad1d(_CircularPadNd):
    """Borders that come from the other end of a sequence."""

    _count = 1


class CircularPad2d(_CircularPadNd):
    """Borders that come from the other end of an image."""

    _count = 2


class CircularPad3d(_CircularPadNd):
    """Borders that come from the other end of a volume."""

    _count = 3


class _ConstantPadNd(_PadNd):
    _mode = "constant"

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        """The input with its borders."""
        return pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The sizes of the borders and their value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPadNd):
    """Borders of one value around sequences."""

    _count = 1


class ConstantPad2d(_ConstantPadNd):
    """Borders of one value around images."""

    _count = 2


class ConstantPad3d(_ConstantPadNd):
    """Borders of one value around volumes."""

    _count = 3


class _ZeroPadNd(_ConstantPadNd):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The sizes of the borders."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPadNd, ConstantPad1d):
    """Borders of zeros around sequences."""


class ZeroPad2d(_ZeroPadNd, ConstantPad2d):
    """Borders of zeros around images."""


class ZeroPad3d(_ZeroPadNd, ConstantPad3d):
    """Borders of zeros around volumes."""


class _ReflectionPadNd(_PadNd):
    _mode = "reflect"


class ReflectionPad1d(_ReflectionPadNd):
    """Borders that mirror a sequence."""

    _count = 1


class ReflectionPad2d(_ReflectionPadNd):
    """Borders that mirror an image."""

    _count = 2


class ReflectionPad3d(_ReflectionPadNd):
    """Borders that mirror a volume."""

    _count = 3


class _ReplicationPadNd(_PadNd):
    _mode = "replicate"


class ReplicationPad1d(_ReplicationPadNd):
    """Borders that repeat the ends of a sequence."""

    _count = 1


class ReplicationPad2d(_ReplicationPadNd):
    """Borders that repeat the edges of an image."""

    _count = 2


class ReplicationPad3d(_ReplicationPadNd):
    """Borders that repeat the sides of a volume."""

    _count = 3


name_after("__init__", CircularPad1d, CircularPad2d, CircularPad3d, ZeroPad1d, ZeroPad2d, ZeroPad3d)
name_after("__init__", ConstantPad1d, ConstantPad2d, ConstantPad3d)
name_after("__init__", ReflectionPad1d, ReflectionPad2d, ReflectionPad3d)
name_after("__init__", ReplicationPad1d, ReplicationPad2d, ReplicationPad3d)
name_after("forward", _ReflectionPadNd, _ReplicationPadNd)
