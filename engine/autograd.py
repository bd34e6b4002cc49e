"""`torch.autograd`: running the graph, and the modes."""

from .backward import backward, grad
from .grad_mode import enable_grad, no_grad, set_grad_enabled
from .tensor import Tensor as Variable

__all__ = ["Variable", "backward", "enable_grad", "grad", "no_grad", "set_grad_enabled"]
