"""`torch.cpu.amp`: the older names of `torch.amp` for the CPU."""

from ..amp.older_names import of_device
from ..dtypes import bfloat16

__all__ = ["GradScaler", "autocast"]

autocast, GradScaler = of_device("cpu", bfloat16)
