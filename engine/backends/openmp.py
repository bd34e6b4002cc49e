"""`torch.backends.openmp`: NumPy computes, by whatever it was built with."""


def is_available() -> bool:
    """True, as in every build of PyTorch for the CPU that its users install."""
    return True
