"""`torch.types`: names for annotations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from .device import device
from .dtypes import dtype
from .layouts import layout
from .size import Size
from .storage import TypedStorage, UntypedStorage
from .tensor import Tensor

__all__ = ["Device", "FileLike", "Number", "Storage"]

Number = int | float | bool
Device = device | str | int | None
FileLike = str | os.PathLike[str] | Any
Storage = UntypedStorage | TypedStorage
_dtype, _device, _layout = dtype, device, layout
_int, _float, _bool, _complex = int, float, bool, complex
_size = Size | list[int] | tuple[int, ...]
_TensorOrTensors = Tensor | Sequence[Tensor]
"""What arguments may be that PyTorch annotates with these names."""
