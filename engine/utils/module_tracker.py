"""Which modules are running, in forward and in backward. Source: torch.utils.module_tracker."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from typing import Any

from ..autograd import graph
from ..base import TensorBase
from ..nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from ._pytree import tree_flatten

__all__ = ["ModuleTracker"]
log = logging.getLogger(__name__)


class ModuleTracker:
    """While it is entered, `parents` names the modules that are running, "Global" among them, and `is_bw` tells backward."""

    __module__ = "torch.utils.module_tracker"

    def __init__(self) -> None:
        self.parents = {"Global"}
        self._names: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()
        self._handles: list[Any] = []
        self._backward = False

    @property
    def is_bw(self) -> bool:
        """Whether a backward is running."""
        from ..grad_mode import mode

        return mode.depth > 0

    def _name(self, module: Any) -> str:
        if module not in self._names:
            self._names[module] = type(module).__name__
        name = self._names[module]
        if module not in self._seen:
            for child_name, child in module.named_children():
                self._names[child] = f"{name}.{child_name}"
                self._name(child)
            self._seen.add(module)
        return name

    def _pushing(self, name: str, backward: bool) -> Callable[..., None]:
        def push(*args: Any) -> None:
            if backward:
                self.parents = self.parents if self._backward else {"Global"}
                self._backward = True
            if name in self.parents:
                log.info(
                    "The module hierarchy tracking seems to be broken as this Module was already entered."
                )
            self.parents.add(name)

        return push

    def _popping(self, name: str) -> Callable[..., None]:
        def pop(*args: Any) -> None:
            self.parents.discard(name)

        return pop

    def _before(self, module: Any, inputs: Any) -> None:
        name = self._name(module)
        self._pushing(name, False)()
        tensors = _differentiable(inputs)
        if tensors:
            self._handles.append(graph.register_multi_grad_hook(tensors, self._popping(name)))

    def _after(self, module: Any, inputs: Any, outputs: Any) -> None:
        name = self._name(module)
        self._popping(name)()
        tensors = _differentiable(outputs)
        if tensors:
            self._handles.append(
                graph.register_multi_grad_hook(tensors, self._pushing(name, True), mode="any")
            )

    def __enter__(self) -> ModuleTracker:
        self._hooks = [
            register_module_forward_pre_hook(self._before),
            register_module_forward_hook(self._after),
        ]
        return self

    def __exit__(self, *error: object) -> None:
        for each in (*self._hooks, *self._handles):
            each.remove()
        self._handles.clear()
        self.parents, self._backward = {"Global"}, False


def _differentiable(values: Any) -> list[Any]:
    return [each for each in tree_flatten(values)[0] if isinstance(each, TensorBase) and each.requires_grad]  # type: ignore[attr-defined]
