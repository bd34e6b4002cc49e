"""What the namespace `torch` has under names that in `torch.nn.functional` take their arguments in another order.

Source: torch.batch_norm, torch.instance_norm.
"""

from .normalization import namespace_batch_norm as batch_norm
from .normalization import namespace_instance_norm as instance_norm

batch_norm.__name__, instance_norm.__name__ = "batch_norm", "instance_norm"

__all__ = ["batch_norm", "instance_norm"]
