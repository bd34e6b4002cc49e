"""`torch.distributed.nn.functional`: each is refused as PyTorch does before a group of processes is there."""

from __future__ import annotations

from ... import distributed

all_gather, all_reduce, all_to_all, all_to_all_single, broadcast, gather, reduce, reduce_scatter, scatter = (
    distributed._without_group(name)
    for name in (
        "all_gather", "all_reduce", "all_to_all", "all_to_all_single", "broadcast", "gather", "reduce", "reduce_scatter",
        "scatter",
    )
)  # fmt: skip
