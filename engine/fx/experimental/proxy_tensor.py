"""`torch.fx.experimental.proxy_tensor`: nothing traces operations."""


def get_proxy_mode() -> None:
    """None: nothing is traced."""
