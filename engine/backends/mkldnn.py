"""`torch.backends.mkldnn`: NumPy computes, by whatever it was built with; the settings are kept and shown."""

enabled = True
deterministic = False
allow_tf32 = True


def is_available() -> bool:
    """False."""
    return False
