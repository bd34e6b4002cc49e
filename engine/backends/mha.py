"""`torch.backends.mha`: whether attention layers may take a quicker path in evaluation; here there is one path for both."""

_is_fastpath_enabled = True


def get_fastpath_enabled() -> bool:
    """What was set."""
    return _is_fastpath_enabled


def set_fastpath_enabled(value: bool) -> None:
    """Kept and shown."""
    global _is_fastpath_enabled
    _is_fastpath_enabled = value
