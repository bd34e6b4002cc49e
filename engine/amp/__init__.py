"""`torch.amp`: operations in a shorter type, and losses scaled so that short gradients do not vanish."""

from ..settings import is_autocast_available
from .autocast_mode import autocast, custom_bwd, custom_fwd
from .grad_scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
