"""`torch.nn`: parameters and the functions on them."""

from ..tensor import Parameter
from . import functional

__all__ = ["Parameter", "functional"]
