"""Losses.

Source: torch.nn, "Loss Functions".
"""

from __future__ import annotations

import warnings
from typing import Any

from .. import functional
from .module import Module

__all__ = ["BCEWithLogitsLoss", "MSELoss"]


class _Loss(Module):
    """A loss that is averaged, summed up, or left as it is."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
            warnings.warn(
                f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
                stacklevel=4,
            )
        self.reduction = reduction


class MSELoss(_Loss):
    """The squared differences."""

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return functional.mse_loss(input, target, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """The binary cross entropy of the sigmoid of the input."""

    def __init__(
        self,
        weight: Any = None,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        pos_weight: Any = None,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Any:
        """The loss."""
        return functional.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )
