"""Hooks: functions of the user that run on gradients, on tensors and on nodes.

Source: "Autograd mechanics", "Backward Hooks execution".
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .base import TensorBase

if TYPE_CHECKING:
    from .node import Extras


class RemovableHandle:
    """Takes a hook away again, by `remove()` or at the end of a `with` block."""

    _ids = itertools.count()

    def __init__(self, hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        self.id = next(self._ids)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


def run_tensor_hooks(hooks: dict[int, Callable[..., Any]], grad: Any) -> Any:
    """Call a tensor's hooks on its gradient; each may replace it, by one of the same shape and type."""
    for hook in list(hooks.values()):
        replaced = hook(grad)
        if replaced is not None:
            grad = _checked_replacement(hook, grad, replaced)
    return grad


def _checked_replacement(hook: Any, grad: Any, replaced: Any) -> Any:
    name = getattr(hook, "__name__", type(hook).__name__)
    if not isinstance(replaced, TensorBase):
        raise TypeError(f"expected Variable, but hook returned '{type(replaced).__name__}'")
    if replaced._dtype is not grad._dtype:
        types = [f"torch.{each._dtype.legacy_name}Tensor" for each in (grad, replaced)]
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {types[0]} got {types[1]})")
    if replaced._array.shape != grad._array.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    return replaced


def run_prehooks(extras: Extras, grad: Any) -> Any:
    """The hooks of the outputs' tensors, then `retain_grad`, then the node's own prehooks."""
    if extras.tensor_hooks:
        for number, hooks in extras.tensor_hooks.items():
            if not isinstance(grad, list):
                grad = run_tensor_hooks(hooks, grad)
            elif grad[number] is not None:
                grad[number] = run_tensor_hooks(hooks, grad[number])
    if extras.retained:
        for number, reference in extras.retained.items():
            tensor = reference()
            value = grad[number] if isinstance(grad, list) else grad
            if tensor is not None and tensor._retains_grad and value is not None:
                tensor._accumulate_retained(value)  # type: ignore[attr-defined]
    if extras.prehooks:
        grads = tuple(grad) if isinstance(grad, list) else (grad,)
        for hook in list(extras.prehooks.values()):
            replaced = hook(grads)
            if replaced is not None:
                grads = replaced if isinstance(replaced, tuple) else (replaced,)
        grad = list(grads) if isinstance(grad, list) else grads[0]
    return grad


def run_posthooks(hooks: dict[int, Callable[..., Any]], following: Sequence[Any], grad: Any) -> Sequence[Any]:
    """The hooks registered on the node, each given the gradients of the inputs and of the outputs."""
    grads = tuple(grad) if isinstance(grad, list) else (grad,)
    for hook in list(hooks.values()):
        replaced = hook(tuple(following), grads)
        if replaced is not None:
            following = replaced if isinstance(replaced, tuple) else (replaced,)
    return following
