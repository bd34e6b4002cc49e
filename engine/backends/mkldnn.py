"""`torch.backends.mkldnn`: NumPy computes, by whatever it was built with; the settings are kept and shown."""

from collections.abc import Iterator
from contextlib import contextmanager

enabled = True
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """True, as in every build of PyTorch for the CPU that its users install."""
    return True


def is_acl_available() -> bool:
    """False."""
    return False


@contextmanager
def flags(
    enabled: bool = False, deterministic: bool = False, allow_tf32: bool = True, fp32_precision: str = "none"
) -> Iterator[None]:
    """These settings inside."""
    settings = globals()
    before = {name: settings[name] for name in ("enabled", "deterministic", "allow_tf32")}
    settings.update(enabled=enabled, deterministic=deterministic, allow_tf32=allow_tf32)
    try:
        yield
    finally:
        settings.update(before)
