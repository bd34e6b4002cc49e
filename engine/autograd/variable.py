"""`torch.autograd.variable`, as old programs import `Variable`."""

from ..tensor import Tensor as Variable

__all__ = ["Variable"]
