"""A call of a module that has hooks, or while there are hooks on all modules.

Source: torch.nn.Module, `register_forward_hook` and alike.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any

from ...base import TensorBase
from ...hooks import Hooks
from ...utils.hooks import BackwardHook
from .bound_hook import BoundHook

backward_pre_hooks: Hooks = OrderedDict()
backward_hooks: Hooks = OrderedDict()
forward_pre_hooks: Hooks = OrderedDict()
forward_hooks: Hooks = OrderedDict()
forward_hooks_with_kwargs: Hooks = OrderedDict()
forward_hooks_always_called: Hooks = OrderedDict()

_SILENCED = (
    "``always_call=True`` raised an exception that was silenced as another error was raised in forward: {}"
)
_DEPRECATED = "is deprecated and will be removed in future versions. This hook will be missing some {}."
_DOCUMENTED = " Please use register_full_backward_hook to get the documented behavior."


class Call:
    """One call: the arguments and the result as the hooks leave them."""

    def __init__(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.module = module
        self.args = args
        self.kwargs = kwargs
        self.result: Any = None
        self.done: set[int] = set()  # the hooks to call always that were called

    def run(self) -> Any:
        """The result of the module, after all hooks."""
        try:
            return self._run()
        except Exception:
            self._always_call()
            raise

    def _run(self) -> Any:
        module = self.module
        pre_hooks = [*backward_pre_hooks.values(), *module._backward_pre_hooks.values()]
        full, partial = module._get_backward_hooks()
        self._before()
        around = BackwardHook(module, full, pre_hooks) if full or pre_hooks else None
        if around is not None:
            self.args = around.setup_input_hook(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        self._after()
        if around is not None:
            if not isinstance(self.result, (TensorBase, tuple)):
                warnings.warn(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                    f"{type(self.result)}",
                    stacklevel=3,
                )
            self.result = around.setup_output_hook(self.result)
        if partial:
            _register_partial(module, partial, self.args, self.result)
        return self.result

    def _before(self) -> None:
        module = self.module
        for number, hook in (*forward_pre_hooks.items(), *module._forward_pre_hooks.items()):
            if number in module._forward_pre_hooks_with_kwargs:
                found = hook(module, self.args, self.kwargs)
                if found is None:
                    continue
                if not (isinstance(found, tuple) and len(found) == 2):
                    raise RuntimeError(
                        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {found}."
                    )
                self.args, self.kwargs = found
            else:
                found = hook(module, self.args)
                if found is not None:
                    self.args = found if isinstance(found, tuple) else (found,)

    def _after(self) -> None:
        module = self.module
        for number, hook in (*forward_hooks.items(), *module._forward_hooks.items()):
            if number in module._forward_hooks_always_called or number in forward_hooks_always_called:
                self.done.add(number)
            with_kwargs = number in module._forward_hooks_with_kwargs or number in forward_hooks_with_kwargs
            self._call(hook, with_kwargs)

    def _call(self, hook: Any, with_kwargs: bool) -> None:
        options = (self.kwargs,) if with_kwargs else ()
        found = hook(self.module, self.args, *options, self.result)
        if found is not None:
            self.result = found

    def _always_call(self) -> None:
        """After an error: call the forward hooks that are always called and were not; their own errors only warn."""
        module = self.module
        own = module._forward_hooks_always_called
        for number, hook in forward_hooks.items():
            if number in forward_hooks_always_called and number not in self.done:
                self._call_silenced(hook, False, "global module")
        for number, hook in module._forward_hooks.items():
            if number in own and number not in self.done:
                self._call_silenced(hook, number in module._forward_hooks_with_kwargs, "module")

    def _call_silenced(self, hook: Any, with_kwargs: bool, kind: str) -> None:
        try:
            self._call(hook, with_kwargs)
        except Exception as error:
            warnings.warn(f"{kind} forward hook with {_SILENCED.format(error)}", stacklevel=5)


# ---- the deprecated backward hooks -------------------------------------------------------------------------


def _register_partial(module: Any, hooks: list[Any], args: Any, result: Any) -> None:
    """Register hooks on the node of the first tensor of the result, and say what they will miss."""
    first = result
    while not isinstance(first, TensorBase):
        if isinstance(first, dict):
            first = next(each for each in first.values() if isinstance(each, TensorBase))
        else:
            first = first[0]
    node: Any = first.grad_fn  # type: ignore[attr-defined]
    if node is None:
        return
    for hook in hooks:
        node.register_hook(BoundHook(hook, module))
    problem = _problem(args, result, node)
    if problem is not None:
        warnings.warn(f"Using {problem}", FutureWarning, stacklevel=4)


def _problem(args: Any, result: Any, node: Any) -> str | None:
    """Why hooks on the node will not see all gradients of the inputs and outputs, if so."""
    outputs = result if isinstance(result, tuple) else (result,)
    if not all(isinstance(each, TensorBase) for each in outputs):
        return (
            "non-full backward hooks on a Module that does not return a single Tensor or a tuple of Tensors "
            + _DEPRECATED.format("of the grad_output")
            + _DOCUMENTED
        )
    if not all(isinstance(each, TensorBase) for each in args):
        return (
            "non-full backward hooks on a Module that does not take as input a single Tensor or a tuple of Tensors "
            + _DEPRECATED.format("of the grad_input")
            + _DOCUMENTED
        )
    nodes = {each.grad_fn for each in outputs if each.grad_fn is not None}
    if not nodes or (len(nodes) == 1 and node not in nodes):
        return (
            "a non-full backward hook when outputs are nested in python data structure "
            + _DEPRECATED.format("grad_output")
        )
    if len(nodes) > 1:
        return (
            "a non-full backward hook when outputs are generated by different autograd Nodes "
            + _DEPRECATED.format("grad_output")
            + _DOCUMENTED
        )
    if {each.grad_fn for each in args if each.grad_fn is not None} != {
        each for each, _ in node.next_functions
    }:
        return (
            "a non-full backward hook when the forward contains multiple autograd Nodes "
            + _DEPRECATED.format("grad_input")
            + _DOCUMENTED
        )
    return None
