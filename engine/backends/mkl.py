"""`torch.backends.mkl`: NumPy computes, by whatever it was built with."""


def is_available() -> bool:
    """False."""
    return False
