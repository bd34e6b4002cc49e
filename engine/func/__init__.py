"""`torch.func`: transforms of functions, which nest. Source: torch.func."""

from .eager import grad, grad_and_value, vjp
from .forward import jvp
from .functional_call import functional_call, stack_module_state
from .jacobians import hessian, jacfwd, jacrev
from .vmap import vmap

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "stack_module_state",
    "vjp",
    "vmap",
]
