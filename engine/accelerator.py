"""`torch.accelerator`: there is none."""

from __future__ import annotations


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
    raise RuntimeError("Cannot access accelerator device when none is available.")
