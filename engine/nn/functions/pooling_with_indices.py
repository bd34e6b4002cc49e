"""What the namespace `torch` has under a name that in `torch.nn.functional` gives the values only.

Source: torch.adaptive_max_pool1d.
"""

from .adaptive_pooling import adaptive_max_pool1d_with_indices as adaptive_max_pool1d

__all__ = ["adaptive_max_pool1d"]
