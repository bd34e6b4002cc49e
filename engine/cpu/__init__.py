"""`torch.cpu`: the one device there is."""

from importlib import import_module


def is_available() -> bool:
    """True."""
    return True


def device_count() -> int:
    """1."""
    return 1


def current_device() -> str:
    """Its name."""
    return "cpu"


def synchronize(device: object = None) -> None:
    """Nothing to wait for."""


def __getattr__(name: str) -> object:
    if name == "amp":
        return import_module(f"{__name__}.amp")
    raise AttributeError(f"module 'torch.cpu' has no attribute {name!r}")
