"""`torch.nn`: parameters and the functions on them."""

from . import functional
from .parameter import Parameter

__all__ = ["Parameter", "functional"]
