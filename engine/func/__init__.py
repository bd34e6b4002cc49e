"""`torch.func`: transforms of functions, which nest. Source: torch.func."""

from .batch_norm import replace_all_batch_norm_modules_
from .eager import grad, grad_and_value, vjp
from .forward import jvp, linearize
from .functional_call import functional_call, stack_module_state
from .functionalizing import functionalize
from .jacobians import hessian, jacfwd, jacrev
from .vmap import vmap

__all__ = [
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]
