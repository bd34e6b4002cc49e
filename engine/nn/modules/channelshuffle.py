"""Channels taken in turn from groups.

Source: torch.nn, "Shuffle Layers".
"""

from __future__ import annotations

from typing import Any

from ...ops import shuffles
from .module import Module

__all__ = ["ChannelShuffle"]


class ChannelShuffle(Module):
    """The channels of groups, taken in turn from each of them."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Any) -> Any:
        """The channels in another order."""
        return shuffles.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        """The number of groups."""
        return f"groups={self.groups}"
