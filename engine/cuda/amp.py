"""`torch.cuda.amp`: the older names of `torch.amp`, for a GPU that is not there."""

from ..amp import custom_bwd, custom_fwd
from ..amp.older_names import of_device

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]

autocast, GradScaler = of_device("cuda", None)
