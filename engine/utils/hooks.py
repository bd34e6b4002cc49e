"""Hooks on modules' gradients, and the handle that takes a hook away.

Source: torch.utils.hooks; torch.nn.Module, `register_full_backward_hook`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from ..base import TensorBase
from ..copying import warn_if_has_hooks
from ..function import Function
from ..grad_mode import mode
from ..hooks import RemovableHandle

__all__ = ["BackwardHook", "RemovableHandle", "unserializable_hook", "warn_if_has_hooks"]

NO_INPUT_REQUIRES_GRAD = (
    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require "
    "gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module.register_full_backward_hook "
    "for more details."
)


def unserializable_hook(f: Any) -> Any:
    """Mark a hook that need not be kept with its tensor."""
    f.__torch_unserializable__ = True
    return f


class BackwardHookFunction(Function):
    """Hands everything on: its node is where the hooks of a module's inputs, or outputs, run."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """Return the arguments as they are."""
        ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        """Return the gradients as they are."""
        return args


def _packed(indices: Sequence[int], values: Sequence[Any], size: int) -> tuple[Any, ...]:
    """As many values as there were arguments: None for those that are no tensors."""
    packed = [None] * size
    for index, value in zip(indices, values):
        packed[index] = value
    return tuple(packed)


class BackwardHook:
    """One call of a module that has full backward hooks.

    The module's inputs and its outputs each go through a node that keeps their gradients; when both are there,
    the hooks are called.
    """

    def __init__(self, module: Any, user_hooks: list[Any], user_pre_hooks: list[Any]) -> None:
        self.module = module
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.grad_outputs: Any = None
        self.n_outputs = self.n_inputs = -1
        self.output_tensors_index: list[int] | None = None
        self.input_tensors_index: list[int] | None = None

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with a node behind those that are tensors."""

        def hook(grad_input: tuple[Any, ...], _: Any) -> Any:
            return self._at_inputs(grad_input)

        args, self.input_tensors_index = _through_node(args, hook)
        self.n_inputs = len(args)
        return args

    def setup_output_hook(self, result: Any) -> Any:
        """The result, with a node behind its tensors."""

        def hook(_: Any, grad_output: tuple[Any, ...]) -> Any:
            return self._at_outputs(grad_output)

        outputs = result if isinstance(result, tuple) else (result,)
        outputs, self.output_tensors_index = _through_node(outputs, hook)
        self.n_outputs = len(outputs)
        return outputs if isinstance(result, tuple) else outputs[0]

    def _at_outputs(self, grad_output: tuple[Any, ...]) -> tuple[Any, ...]:
        assert self.output_tensors_index is not None
        self.grad_outputs = _packed(self.output_tensors_index, grad_output, self.n_outputs)
        expected = len(self.grad_outputs)
        for hook in self.user_pre_hooks:
            replaced = hook(self.module, self.grad_outputs)
            if replaced is None:
                continue
            if len(replaced) != expected:
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(replaced)}, but expected {expected}"
                )
            self.grad_outputs = replaced
        onwards = self.grad_outputs
        if self.input_tensors_index is None:
            self._call_without_inputs()
        return tuple([onwards[index] for index in self.output_tensors_index])

    def _call_without_inputs(self) -> None:
        """No input requires grad: the hooks are called as soon as the gradients of the outputs are there."""
        warnings.warn(NO_INPUT_REQUIRES_GRAD, stacklevel=9)
        for hook in self.user_hooks:
            found = hook(self.module, (None,) * self.n_inputs, self.grad_outputs)
            if found is not None and not (isinstance(found, tuple) and all(each is None for each in found)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
                )
        self.grad_outputs = None

    def _at_inputs(self, grad_input: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if self.grad_outputs is None:
            return None  # the gradient reached the inputs past the outputs, as in a second derivative
        assert self.input_tensors_index is not None
        grads: Any = _packed(self.input_tensors_index, grad_input, self.n_inputs)
        for hook in self.user_hooks:
            replaced = hook(self.module, grads, self.grad_outputs)
            if replaced is None:
                continue
            if len(replaced) != len(grads):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(replaced)}, but expected {len(grads)}"
                )
            grads = replaced
        self.grad_outputs = None
        return tuple([grads[index] for index in self.input_tensors_index])


def _through_node(args: Any, hook: Callable[..., Any]) -> tuple[Any, list[int] | None]:
    """Pass the tensors among `args` through one node with this hook, if anything is recorded at all."""
    indices = [index for index, arg in enumerate(args) if isinstance(arg, TensorBase)]
    if not mode.enabled or not any(args[index].requires_grad for index in indices):
        return args, None
    passed = BackwardHookFunction.apply(*[args[index] for index in indices])
    nodes = [each.grad_fn for each in passed if each.grad_fn is not None]
    nodes[0].register_hook(hook)
    replaced = list(args)
    for index, value in zip(indices, passed):
        replaced[index] = value
    return (tuple(replaced) if type(args) is tuple else type(args)(*replaced)), indices
