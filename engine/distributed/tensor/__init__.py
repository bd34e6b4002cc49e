"""`torch.distributed.tensor`: no tensor is spread over processes; what asks whether one is gets an answer."""

from __future__ import annotations

from ... import refused

__all__ = ["DTensor", "Partial", "Replicate", "Shard"]

DTensor, Partial, Replicate, Shard = (
    refused.kind("torch.distributed.tensor", name, "the engine runs in one process")
    for name in ("DTensor", "Partial", "Replicate", "Shard")
)
