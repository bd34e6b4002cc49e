"""The weights of convolutions laid out with the channels last.

Source: torch.nn.utils.convert_conv2d_weight_memory_format.
"""

from __future__ import annotations

from typing import Any

from ..modules.conv import Conv2d, Conv3d, ConvTranspose2d, ConvTranspose3d


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Lay out the weights of all the two-dimensional convolutions in a module."""
    return _convert(module, (Conv2d, ConvTranspose2d), memory_format)


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """Lay out the weights of all the three-dimensional convolutions in a module."""
    return _convert(module, (Conv3d, ConvTranspose3d), memory_format)


def _convert(module: Any, kinds: tuple[type[Any], ...], memory_format: Any) -> Any:
    for each in module.modules():
        if isinstance(each, kinds):
            each.weight.data = each.weight.detach().clone(memory_format=memory_format)
    return module
