"""`torch.backends.opt_einsum`: products of several tensors are formed from left to right."""

enabled = False
strategy = None


def is_available() -> bool:
    """False."""
    return False
