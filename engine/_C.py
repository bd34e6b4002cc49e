# ruff: noqa: N999 - PyTorch's own name
"""The names of PyTorch's core that its documentation and its own tests use: switches, classes, and what runs at present.

What it tells of the running graph, runs know from the first time on that a program has asked for this module.
Sources: "Extending torch Python API"; PyTorch's test_autograd.py.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from . import packing, refused, tasks
from .base import storage
from .device import device as device_class
from .func.levels import Level
from .grad_mode import is_multithreading_enabled, mode
from .node import Node
from .op import op
from .ops.conversion import target
from .overriding import all_disabled as DisableTorchFunction  # noqa: N812 - PyTorch's own names
from .overriding import disabled as DisableTorchFunctionSubclass  # noqa: N812
from .overriding import disabled_torch_function, is_disabled
from .tensor import Tensor

__all__ = ["DisableTorchFunction", "DisableTorchFunctionSubclass"]

_disabled_torch_function_impl: Any = classmethod(disabled_torch_function)
_is_multithreading_enabled = is_multithreading_enabled
tasks.note_nodes()


# ---- the running graph -------------------------------------------------------------------------------------


def _current_graph_task_id() -> int:
    """The number of the run that this thread is in; -1 outside of any."""
    task = tasks.current()
    return -1 if task is None else task.number


def _current_autograd_node() -> Node | None:
    """The node that this thread runs, or None."""
    return tasks.current_node()


def _will_engine_execute_node(node: Any) -> bool:
    """Whether the run that this thread is in reaches a node; RuntimeError outside of any, and for what is no node."""
    if not isinstance(node, Node):
        raise RuntimeError(f"_will_engine_execute_node expects an grad_fn, but got {type(node).__name__}")
    task = tasks.current()
    if task is None:
        raise RuntimeError("_get_should_execute_nodes should only be called during the backward pass")
    return task.will_run(node)


def _current_graph_task_execution_order() -> list[Node]:
    """The nodes of the run that this thread is in, in the order in which they run."""
    task = tasks.current()
    if task is None:
        raise RuntimeError(
            "_current_graph_task_execution_order should only be called during the backward pass"
        )
    if is_multithreading_enabled():
        raise RuntimeError(
            "get_current_graph_task_execution_order expects the current backward to be executed with multithreading disabled, "
            "e.g. by running:\n\n>>> with torch.autograd.set_multithreading_enabled(False):\n...     torch.autograd.grad(...)\n"
        )
    return task.order()


# ---- switches ----------------------------------------------------------------------------------------------


def _set_grad_enabled(enabled: bool) -> None:
    mode.set(enabled)


def _set_multithreading_enabled(enabled: bool) -> None:
    mode.multithreading = enabled


def _is_grad_layout_enforcement_enabled() -> bool:
    """Whether a leaf's gradient must lie in memory as the leaf does."""
    return mode.enforces_grad_layout


def _set_grad_layout_enforcement_enabled(enabled: bool) -> None:
    mode.enforces_grad_layout = enabled


def _unsafe_set_version_counter(tensors: Any, versions: Any) -> None:
    """Have tensors count their changes from these numbers."""
    if len(tensors) != len(versions):
        raise RuntimeError(f"tensors_len={len(tensors)}, versions_len={len(versions)}")
    for tensor, version in zip(tensors, versions):
        if version < 0:
            raise RuntimeError(f"Cannot set a version_counter to a value below 0: {version}")
        storage(tensor).version = version


# ---- what libraries ask ------------------------------------------------------------------------------------


def _are_functorch_transforms_active() -> bool:
    """Whether a transform of `torch.func` computes what is done now."""
    return any(isinstance(each, Level) for each in mode.transforms)


def _is_alias_of(tensor: Any, other: Any) -> bool:
    """Whether two tensors share their memory."""
    return storage(tensor) is storage(other)


def _is_torch_function_enabled() -> bool:
    """Whether subclasses of tensors are asked now."""
    return not is_disabled()


def _get_tracing_state() -> None:
    """None: nothing is traced."""


def _log_api_usage_once(event: str) -> None:
    """Does nothing: nothing is logged."""


def _parse_to(*args: Any, **kwargs: Any) -> tuple[Any, Any, bool, Any]:
    """Device, type, `non_blocking` and memory format that the arguments of `to` name."""
    dtype, device, _, form = target(args, kwargs)
    waits = kwargs.get("non_blocking", next((each for each in args if isinstance(each, bool)), False))
    return None if device is None else device_class(device), dtype, waits, form


_TensorMeta = type(Tensor)
PyTorchFileReader, PyTorchFileWriter = (
    refused.kind("torch", name, "torch.load and torch.save read and write PyTorch's files")
    for name in ("PyTorchFileReader", "PyTorchFileWriter")
)
_nn = SimpleNamespace(_parse_to=_parse_to)
_functorch = SimpleNamespace(is_legacy_batchedtensor=lambda tensor: False)
_autograd = SimpleNamespace(
    _pop_saved_tensors_default_hooks=packing.pop_hooks,
    _push_saved_tensors_default_hooks=packing.push_hooks,
    _unsafe_set_version_counter=_unsafe_set_version_counter,
)


# ---- nodes that PyTorch's tests make -----------------------------------------------------------------------


@op(self=lambda grad: None, node="UndefinedGradBackward")
def _undefined(self):
    return self.copy()


def _raise(grad, message):
    raise RuntimeError(message)


@op(self=_raise, node="Error")
def _delayed(self, message):
    return self.copy()


class UndefinedGrad:
    """A call gives the tensor again, which hands no gradient back."""

    def __call__(self, tensor: Any) -> Any:
        return _undefined(tensor)


class DelayedError:
    """A call gives the tensor again; backward through it raises RuntimeError with this message."""

    def __init__(self, msg: str, num_inputs: int) -> None:
        self._message = msg

    def __call__(self, tensor: Any) -> Any:
        return _delayed(tensor, self._message)


_functions = SimpleNamespace(DelayedError=DelayedError, UndefinedGrad=UndefinedGrad)
