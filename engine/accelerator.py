"""`torch.accelerator`: there is none.

Source: torch.accelerator.
"""

from __future__ import annotations

import warnings
from typing import Any

from .device import as_device
from .streams import NO_ACCELERATOR


def _refused(name: str) -> Any:
    def call(*args: Any, **options: Any) -> Any:
        raise RuntimeError(NO_ACCELERATOR)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Refused: there is none."
    return call


def _older(name: str, current: Any) -> Any:
    def call(*args: Any) -> Any:
        warnings.warn(f"Use `{current.__name__}` instead.", FutureWarning, stacklevel=2)
        return current(*args)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The older name of `{current.__name__}`."
    return call


current_device_index, set_device_index = _refused("current_device_index"), _refused("set_device_index")
current_device_idx, set_device_idx = (
    _older("current_device_idx", current_device_index),
    _older("set_device_idx", set_device_index),
)
current_stream, set_stream = _refused("current_stream"), _refused("set_stream")
empty_cache, empty_host_cache = _refused("empty_cache"), _refused("empty_host_cache")
get_memory_info, get_device_capability = _refused("get_memory_info"), _refused("get_device_capability")
memory_allocated, max_memory_allocated = _refused("memory_allocated"), _refused("max_memory_allocated")
memory_reserved, max_memory_reserved = _refused("memory_reserved"), _refused("max_memory_reserved")
memory_stats = _refused("memory_stats")
reset_accumulated_memory_stats = _refused("reset_accumulated_memory_stats")
reset_peak_memory_stats = _refused("reset_peak_memory_stats")


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """None."""


def synchronize(device: object = None) -> None:
    """Refused, as there is nothing to wait for."""
    if isinstance(device, str) and as_device(device):
        raise RuntimeError("Accelerator expected")
    raise RuntimeError(NO_ACCELERATOR)


class device_index:  # noqa: N801 - PyTorch's own name
    """With `with`: another device is the current one. None leaves it as it is; others are refused."""

    def __init__(self, device: int | None, /) -> None:
        self.idx = device

    def __enter__(self) -> None:
        if self.idx is not None:
            raise RuntimeError(NO_ACCELERATOR)

    def __exit__(self, *error: object) -> None:
        pass
