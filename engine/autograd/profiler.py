"""`torch.autograd.profiler`: labels of parts of a program, and the older profiler.

Source: "Automatic differentiation package", "Profiler".
"""

from __future__ import annotations

import time
from contextlib import ContextDecorator
from typing import Any

__all__ = ["emit_nvtx", "profile", "record_function"]

watching: list[Any] = []  # the profilers that want to know of labels


class record_function(ContextDecorator):  # noqa: N801 - PyTorch's own name
    """Names what runs inside, or what it decorates."""

    __module__ = "torch.autograd.profiler"

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name, self.args = name, args
        self._begun: list[tuple[float, list[Any]]] = []

    def __enter__(self) -> record_function:
        for each in watching:
            each.begin()
        self._begun.append((time.perf_counter(), list(watching)))
        return self

    def __exit__(self, *exc: Any) -> None:
        begun, watched = self._begun.pop()
        for each in watched:
            each.end(self.name, begun)


class emit_nvtx:  # noqa: N801 - PyTorch's own name
    """Marks operations for a profiler of NVIDIA's; there is none, so that it may only be switched off."""

    __module__ = "torch.autograd.profiler"

    def __init__(self, enabled: bool = True, record_shapes: bool = False) -> None:
        self.enabled, self.record_shapes = enabled, record_shapes

    def __enter__(self) -> emit_nvtx | None:
        if self.enabled:
            raise RuntimeError("torch.cuda is not available: there is no NVTX to mark operations for")
        return None

    def __exit__(self, *error: object) -> None:
        pass


def profile(enabled: bool = True, **options: Any) -> Any:
    """The profiler of `torch.profiler`, with its options of before."""
    from contextlib import nullcontext

    from ..profiler import OlderProfile

    return OlderProfile() if enabled else nullcontext()
