"""`torch.functional`: the functions of the namespace that PyTorch has in Python, under its other name."""

from __future__ import annotations

import sys
from typing import Any

from .late import ROOT, not_in_module

_NAMES = (
    "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors cartesian_prod cdist chain_matmul einsum istft "
    "lu meshgrid norm pca_lowrank split stft svd_lowrank tensordot unique unique_consecutive unravel_index"
)
__all__ = _NAMES.split()


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise not_in_module(__name__, name, __dir__())
    return getattr(sys.modules[ROOT], name)


def __dir__() -> list[str]:
    return [*__all__]
