"""`torch.autograd.graph`: looking at the graph, hooks on what it saves, hooks on several gradients.

Source: torch.autograd.graph.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from . import tasks
from .base import TensorBase, storage
from .hooks import RemovableHandle
from .node import Node, gradient_edge
from .packing import adding_anew, disable_hooks, pop_hooks, push_hooks

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
    "set_warn_on_accumulate_grad_stream_mismatch",
]


class GradientEdge(NamedTuple):
    """Where a tensor's gradient arrives: a node, and which of its outputs the tensor is."""

    node: Node
    output_nr: int
    ownership_token: Any = None


GradientEdge.__module__ = "torch.autograd.graph"  # as it prints


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The edge of a tensor that requires grad; it stands for the tensor in `backward` and `grad`."""
    if not tensor.requires_grad:
        raise RuntimeError(
            "It is not possible to get the gradient edge for a Tensor that does not require gradients"
        )
    node = tensor.grad_fn or _node_of(tensor)
    return GradientEdge(node, tensor._output_nr)


def _node_of(tensor: Any) -> Node:
    """The node of a result, or a leaf's AccumulateGrad."""
    node = gradient_edge(tensor)
    if node is None:
        raise AssertionError("Expected gradient function to be set")
    return node


def increment_version(tensor: Any) -> None:
    """Count a tensor's version up, as if it had been changed in place; or those of several tensors."""
    tensors = (tensor,) if isinstance(tensor, TensorBase) else tensor
    if not isinstance(tensors, Iterable):
        raise RuntimeError("increment_version expect a Iterable[Tensor] as input")
    from .inference import is_inference

    for each in tensors:
        if not isinstance(each, TensorBase):
            raise RuntimeError("increment_version expects each element of the iterable to be a tensor")
        if not is_inference(each):  # which has no version, and is not refused here
            storage(each).version += 1


def set_warn_on_accumulate_grad_stream_mismatch(enabled: bool) -> None:
    """Does nothing: there is one device, and it has no streams."""
    if not isinstance(enabled, bool):
        raise RuntimeError(f"enabled must be a bool, but got {type(enabled).__name__}")


# ---- hooks on saved tensors --------------------------------------------------------------------------------


class saved_tensors_hooks:  # noqa: N801 - PyTorch's own name
    """Inside, `pack_hook(tensor)` is kept of each saved tensor; `unpack_hook` makes the tensor of it again."""

    __module__ = "torch.autograd.graph"

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        push_hooks(self.pack_hook, self.unpack_hook)

    def __exit__(self, *exception: object) -> None:
        pop_hooks()


class save_on_cpu(saved_tensors_hooks):  # noqa: N801 - PyTorch's own name
    """Inside, saved tensors are kept in the CPU's memory, where they already are."""

    __module__ = "torch.autograd.graph"

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        def pack(tensor: Any) -> tuple[Any, Any]:
            return (tensor.device, tensor.clone() if pin_memory else tensor.cpu())

        def unpack(packed: tuple[Any, Any]) -> Any:
            device, tensor = packed
            return tensor.to(device)

        super().__init__(pack, unpack)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Inside, hooks on saved tensors are refused with this message."""
    before = disable_hooks(error_message)
    try:
        yield
    finally:
        disable_hooks(before)


class _Handle:
    """Stands in a node for a tensor that a context keeps."""


class _AllowMutationOnSavedContext:
    """The copies of the tensors that were saved inside `allow_mutation_on_saved_tensors`."""

    __module__ = "torch.autograd.graph"

    def __init__(self) -> None:
        self.kept: dict[_Handle, Any] = {}

    def clear(self) -> None:
        """Forget the copies; the graph cannot be gone through any more."""
        self.kept.clear()


_allowing_mutation = threading.Lock()


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_AllowMutationOnSavedContext]:
    """Inside, saved tensors may be changed in place: the graph computes with what they were.

    PyTorch copies a tensor when it is about to be changed; here each is copied when it is saved.
    """
    context = _AllowMutationOnSavedContext()

    def pack(tensor: Any) -> _Handle:
        handle = _Handle()
        context.kept[handle] = tensor.clone()
        return handle

    def unpack(handle: _Handle) -> Any:
        if handle not in context.kept:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context"
                "in which the graph was originally recorded."
            )
        return context.kept[handle]

    if not _allowing_mutation.acquire(blocking=False):
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    try:
        # PyTorch's mode, which sees the changes coming, holds gradients while they are added up.
        with saved_tensors_hooks(pack, unpack), adding_anew():
            yield context
    finally:
        context.clear()
        _allowing_mutation.release()


# ---- hooks on several gradients ----------------------------------------------------------------------------


class _MultiHandle(RemovableHandle):
    """Takes the hooks on all the tensors away."""

    __module__ = "torch.autograd.graph"

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        """Take the hooks away."""
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(
    tensors: Sequence[Any], fn: Callable[[Any], None], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn` once in each backward: with all gradients when the last one is there, or with the first one ("any").

    Tensors that a backward does not reach are not waited for; None stands for them.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tasks.track()
    if mode == "any":
        hook = _call_with_first(fn)
        return _MultiHandle([each.register_hook(hook) for each in tensors if each.requires_grad])
    nodes = [_node_of(each) for each in tensors]
    arrive = _call_with_all(fn, nodes)
    return _MultiHandle(
        [each.register_hook(functools.partial(arrive, index)) for index, each in enumerate(tensors)]
    )


def _call_with_first(fn: Callable[[Any], None]) -> Callable[[Any], None]:
    last: list[Any] = [None]

    @functools.wraps(fn)
    def hook(grad: Any) -> None:
        task = tasks.current_task()
        if last[0] is not task.token:
            last[0] = task.token
            fn(grad)

    return hook


def _call_with_all(fn: Callable[[Any], None], nodes: Sequence[Node]) -> Callable[[int, Any], None]:
    running: dict[Any, tuple[list[Any], list[int]]] = {}

    def arrive(index: int, grad: Any) -> None:
        task = tasks.current_task()
        if task.token not in running:
            running[task.token] = [None] * len(nodes), [sum(task.will_run(node) for node in nodes)]
        grads, missing = running[task.token]
        grads[index] = grad
        missing[0] -= 1
        if not missing[0]:
            del running[task.token]
            fn(grads)

    return arrive
