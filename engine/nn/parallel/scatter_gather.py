"""`torch.nn.parallel.scatter_gather`: tensors are not spread over devices, of which there is one."""

from __future__ import annotations

from ... import refused

__all__ = ["gather", "scatter", "scatter_kwargs"]

gather, scatter, scatter_kwargs = (
    refused.function("torch.nn.parallel.scatter_gather", name, "there is no device but the CPU")
    for name in ("gather", "scatter", "scatter_kwargs")
)
