"""Batch normalization without running statistics, which no transform could write to."""

from __future__ import annotations

from typing import Any

from ..nn.modules.batchnorm import BatchNorm1d, BatchNorm2d, BatchNorm3d, SyncBatchNorm


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Let every layer of batch normalization below `root` forget its running statistics; `root` itself is given back."""
    for module in root.modules():
        if isinstance(module, (BatchNorm1d, BatchNorm2d, BatchNorm3d, SyncBatchNorm)):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
