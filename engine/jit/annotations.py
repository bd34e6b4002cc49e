"""`torch.jit.annotations`: names of types for a compiler that is not there."""

from typing import Any, Dict, List, Optional, Tuple, Union  # noqa: UP035 - what PyTorch's module has

__all__ = ["Any", "Dict", "List", "Optional", "Tuple", "Union"]
