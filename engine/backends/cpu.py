"""`torch.backends.cpu`."""


def get_cpu_capability() -> str:
    """Which instructions PyTorch was built for; here NumPy chooses its own."""
    return "DEFAULT"
