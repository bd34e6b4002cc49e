"""`torch.onnx`: programs are not written as ONNX here; what asks whether one is being written is answered.

Source: torch.onnx.
"""

from __future__ import annotations

from . import refused

__all__ = ["export", "is_in_onnx_export"]

export = refused.function(
    "torch.onnx", "export", "save the state_dict, and export from PyTorch, which reads the file"
)


def is_in_onnx_export() -> bool:
    """False."""
    return False
