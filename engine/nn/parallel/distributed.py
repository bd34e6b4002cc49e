"""`torch.nn.parallel.distributed`: a module whose copies in several processes agree; there is one process."""

from __future__ import annotations

from typing import Any

from ...distributed import WITHOUT_GROUP
from ..modules.module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """Refused, as PyTorch does before a group of processes is there: there is one process."""

    __module__ = "torch.nn.parallel.distributed"

    def __init__(self, module: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        raise ValueError(WITHOUT_GROUP)
