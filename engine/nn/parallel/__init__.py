"""Modules on several devices: where there is none but the CPU, they are called as they are.

Source: torch.nn.parallel.
"""

from __future__ import annotations

from typing import Any

from ...late import attributes as _attributes
from ..modules.module import Module
from .distributed import DistributedDataParallel

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel"]


class DataParallel(Module):
    """Calls its module; there are no devices to spread the input over."""

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Any,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """What the module gives for the inputs."""
    given = inputs if isinstance(inputs, tuple) else (inputs,) if inputs is not None else ()
    return module(*given, **(module_kwargs or {}))


__getattr__, __dir__ = _attributes(__name__, {}, "distributed scatter_gather")
