"""Dropout layers.

Source: torch.nn, "Dropout Layers".
"""

from __future__ import annotations

from typing import Any

from ..functions import dropout
from .module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _DropoutNd(Module):
    p: float
    inplace: bool

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if p < 0 or p > 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        """The options."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Sets elements to zero by chance while training."""

    def forward(self, input: Any) -> Any:
        """What stays of the input, scaled up."""
        return dropout.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_DropoutNd):
    """Sets whole channels of sequences to zero by chance while training."""

    def forward(self, input: Any) -> Any:
        """What stays of the input, scaled up."""
        return dropout.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_DropoutNd):
    """Sets whole channels of images to zero by chance while training."""

    def forward(self, input: Any) -> Any:
        """What stays of the input, scaled up."""
        return dropout.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_DropoutNd):
    """Sets whole channels of volumes to zero by chance while training."""

    def forward(self, input: Any) -> Any:
        """What stays of the input, scaled up."""
        return dropout.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean 0 and variance 1."""

    def forward(self, input: Any) -> Any:
        """The input, with what is dropped at selu's negative limit."""
        return dropout.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_DropoutNd):
    """Dropout of whole channels that keeps mean 0 and variance 1."""

    def forward(self, input: Any) -> Any:
        """The input, with what is dropped at selu's negative limit."""
        return dropout.feature_alpha_dropout(input, self.p, self.training)
