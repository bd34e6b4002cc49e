"""Parameters of a module that are converted in the ways of `torch.__future__`: replaced, or exchanged in what they hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import __future__ as settings
from ...grad_mode import no_grad
from ...utils.swapping import swap_tensors
from ..parameter import Parameter


def converted(module: Any, name: str, parameter: Any, fn: Callable[[Any], Any]) -> bool:
    """Convert a parameter and its gradient, if `torch.__future__` asks for another way than `.data =`."""
    if settings.get_swap_module_params_on_conversion():
        _exchanged(module, name, parameter, fn)
        return True
    if settings.get_overwrite_module_params_on_conversion():
        grad = parameter.grad
        with no_grad():
            made = module._parameters[name] = Parameter(fn(parameter), parameter.requires_grad)
            if grad is not None:
                made.grad = fn(grad).requires_grad_(grad.requires_grad)
        return True
    return False


def _exchanged(module: Any, name: str, parameter: Any, fn: Callable[[Any], Any]) -> None:
    grad = parameter.grad
    with no_grad():
        found = fn(parameter)
    parameter.grad = None
    try:
        swap_tensors(parameter, Parameter(found, requires_grad=parameter.requires_grad))
    except Exception as error:
        parameter.grad = grad
        raise RuntimeError(f"_apply(): Couldn't swap {module._get_name()}.{name}") from error
    if grad is not None:
        with no_grad():
            made = fn(grad)
        made.requires_grad_(grad.requires_grad)
        try:
            swap_tensors(grad, made)
        except Exception as error:
            raise RuntimeError(f"_apply(): Couldn't swap {module._get_name()}.{name}.grad") from error
        parameter.grad = grad


def load_by_swapping(target: Any, value: Any, assign: bool) -> None:
    """Give a parameter or buffer what `module_load` makes of a tensor of a state."""
    made = target.module_load(value, assign=assign)
    if made is value or made is target:
        raise RuntimeError(
            "module_load returned one of self or other, please .detach() the result if returning one of the inputs in module_load"
        )
    if isinstance(target, Parameter):
        if isinstance(made, Parameter):
            made.requires_grad_(target.requires_grad)
        else:
            made = Parameter(made, requires_grad=target.requires_grad)
    swap_tensors(target, made)
