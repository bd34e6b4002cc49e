"""Hooks: functions of the user that run on gradients, on tensors and on nodes.

Source: "Autograd mechanics", "Backward Hooks execution".
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .base import TensorBase, spread
from .shown import Shown

if TYPE_CHECKING:
    from .node import Extras

Hooks = OrderedDict[int, Callable[..., Any]]  # in the order of registration, which is that of the calls


class RemovableHandle(Shown):
    """Takes a hook away again, by `remove()` or at the end of a `with` block.

    It does not keep the hooks alive. What else is noted under the hook's id, in `extra_dict`, goes with it.
    """

    __module__ = "torch.utils.hooks"

    next_id = 0

    def __init__(self, hooks_dict: Any, hook: Any = None, *, extra_dict: Any = None) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1
        others = [] if extra_dict is None else extra_dict if isinstance(extra_dict, list) else [extra_dict]
        self.extra_dict_ref = tuple([weakref.ref(each) for each in others])
        if hook is not None:
            hooks_dict[self.id] = hook

    def __getstate__(self) -> tuple[Any, ...]:
        return (self.hooks_dict_ref(), self.id, *[reference() for reference in self.extra_dict_ref])

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        hooks, self.id, *others = state
        self.hooks_dict_ref = weakref.ref(OrderedDict() if hooks is None else hooks)
        self.extra_dict_ref = tuple([weakref.ref(OrderedDict() if each is None else each) for each in others])
        RemovableHandle.next_id = max(RemovableHandle.next_id, self.id + 1)

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        for reference in (self.hooks_dict_ref, *self.extra_dict_ref):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, type: Any, value: Any, tb: Any) -> None:
        self.remove()


def register(hooks: Any, hook: Any, extra_dict: Any = None) -> RemovableHandle:
    """Add a hook, of whatever kind: what is no function is refused when it is called, not now."""
    handle = RemovableHandle(hooks, extra_dict=extra_dict)
    hooks[handle.id] = hook
    return handle


# ---- tensor hooks ------------------------------------------------------------------------------------------

NEEDS_NO_GRADIENT = "cannot register a hook on a tensor that doesn't require gradient"


def register_hook(self: Any, hook: Callable[[Any], Any]) -> RemovableHandle:
    """Call `hook(grad)` whenever a gradient of this tensor is computed; a result replaces it."""
    if not self.requires_grad:
        raise RuntimeError(NEEDS_NO_GRADIENT)
    if self.grad_fn is None:
        if self._backward_hooks is None:
            self._backward_hooks = OrderedDict()
            attach_leaf_hooks(self)
        return register(self._backward_hooks, hook)
    extras = self._node.extras()
    if extras.tensor_hooks is None:
        extras.tensor_hooks = []
    # Hooks from before a change in place stay with the node that the tensor had then.
    if not any(hooks is self._backward_hooks for _, hooks in extras.tensor_hooks):
        self._backward_hooks = OrderedDict()
        extras.tensor_hooks.append((self._output_nr, self._backward_hooks))
    return register(self._backward_hooks, hook)


def register_post_accumulate_grad_hook(self: Any, hook: Callable[[Any], None]) -> RemovableHandle:
    """Call `hook(tensor)` whenever the tensor's `.grad` has been filled."""
    if not self.requires_grad:
        raise RuntimeError(NEEDS_NO_GRADIENT)
    if self._node is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if self._post_accumulate_grad_hooks is None:
        self._post_accumulate_grad_hooks = OrderedDict()
        attach_leaf_hooks(self)
    return register(self._post_accumulate_grad_hooks, hook)


for _method in (register_hook, register_post_accumulate_grad_hook):
    _method.__qualname__ = f"Tensor.{_method.__name__}"  # which Python's own messages show


def attach_leaf_hooks(leaf: Any) -> None:
    """Have the leaf's AccumulateGrad, if there is one now, run the leaf's hooks."""
    node = leaf._accumulator() if leaf._accumulator is not None else None
    if node is not None:
        extras = node.extras()
        extras.tensor_hooks = None if leaf._backward_hooks is None else [(0, leaf._backward_hooks)]
        extras.post_accumulate = leaf._post_accumulate_grad_hooks


def run_tensor_hooks(hooks: dict[int, Callable[..., Any]], grad: Any) -> Any:
    """Call a tensor's hooks on its gradient, which is None where none arrives; each may replace it."""
    spread(grad)
    for hook in list(hooks.values()):
        replaced = hook(grad)
        if replaced is not None and replaced is not grad:
            _check_replacement(hook, grad, replaced)
            grad = replaced
    return grad


def run_post_accumulate_grad_hooks(hooks: dict[int, Callable[..., Any]], leaf: Any) -> None:
    """Call the hooks that run after a leaf's `.grad` was filled."""
    if run_tensor_hooks(hooks, leaf) is not leaf:
        raise RuntimeError("Tensor post accumulate grad hooks should return None.")


def _name(hook: Any) -> str:
    return getattr(hook, "__name__", "<unknown>")


def _check_replacement(hook: Any, grad: Any, replaced: Any) -> None:
    """Raise unless what a hook returned has the gradient's shape and type."""
    if grad is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(replaced, TensorBase):
        raise TypeError(f"expected Variable, but hook returned '{type(replaced).__name__}'")
    if replaced._dtype is not grad._dtype:
        types = [f"torch.{each._dtype.legacy_name}Tensor" for each in (grad, replaced)]
        raise RuntimeError(
            f"hook '{_name(hook)}' has changed the type of value (was {types[0]} got {types[1]})"
        )
    if replaced._array.shape != grad._array.shape:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the size of value")


# ---- around a node -----------------------------------------------------------------------------------------


def _as_tuple(extras: Extras, grad: Any) -> tuple[Any, ...]:
    """The gradients of a node's outputs, from its buffer: None where nothing arrived."""
    if extras.outputs is None:
        return (grad,)
    return (None,) * len(extras.outputs) if grad is None else tuple(grad)


def _as_buffer(grads: Sequence[Any]) -> list[Any] | None:
    return list(grads) if any(grad is not None for grad in grads) else None


def run_tensor_prehooks(extras: Extras, grad: Any) -> Any:
    """The hooks of the outputs' tensors, in the order in which the tensors got their first; then `retain_grad`."""
    if extras.outputs is None:
        for _, hooks in extras.tensor_hooks or ():
            grad = run_tensor_hooks(hooks, grad)
        grads = [grad]
    else:
        grads = list(_as_tuple(extras, grad))
        for number, hooks in extras.tensor_hooks or ():
            grads[number] = run_tensor_hooks(hooks, grads[number])
        grad = _as_buffer(grads)
    for number, reference in (extras.retained or {}).items():
        tensor = reference()
        if tensor is not None and tensor._retains_grad and grads[number] is not None:
            tensor._accumulate_retained(grads[number])  # type: ignore[attr-defined]
    return grad


def run_prehooks(extras: Extras, grad: Any) -> Any:
    """All that runs before the node: the hooks of its outputs' tensors, `retain_grad`, the node's own prehooks."""
    if extras.tensor_hooks or extras.retained:
        grad = run_tensor_prehooks(extras, grad)
    if extras.prehooks:
        grads = _as_tuple(extras, grad)
        for each in grads:
            spread(each)
        for hook in list(extras.prehooks.values()):
            grads = _replaced(hook, grads, hook(grads))
        grad = grads[0] if extras.outputs is None else _as_buffer(grads)
    return grad


def run_posthooks(extras: Extras, following: Sequence[Any], grad: Any) -> Sequence[Any]:
    """The hooks registered on the node, each given the gradients of the inputs and of the outputs."""
    hooks, grads, following = extras.hooks or {}, _as_tuple(extras, grad), tuple(following)
    for each in (*following, *grads):
        spread(each)
    for hook in list(hooks.values()):
        following = _replaced(hook, following, hook(following, grads))
    return following


def _replaced(hook: Any, grads: tuple[Any, ...], found: Any) -> tuple[Any, ...]:
    """What a node's hook returned, a tuple as long as the gradients were, instead of them; None leaves them."""
    if found is None or found is grads:
        return grads
    if not isinstance(found, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(found).__name__}'")
    if len(found) != len(grads):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values (got {len(found)}, but expected "
            f"{len(grads)})"
        )
    for before, after in zip(grads, found):
        if after is not None and after is not before:
            _check_replacement(hook, before, after)
    return found
