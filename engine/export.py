"""`torch.export`: programs are not exported here; its names are refused when they are used.

Source: torch.export.
"""

from __future__ import annotations

from . import refused

__all__ = ["Dim", "ExportedProgram", "export", "load", "save"]

_INSTEAD = "save the state_dict, and export from PyTorch, which reads the file"

export, load, save = (refused.function("torch.export", name, _INSTEAD) for name in ("export", "load", "save"))
Dim, ExportedProgram = (refused.kind("torch.export", name, _INSTEAD) for name in ("Dim", "ExportedProgram"))
