"""`torch.utils.deterministic`: whether memory without values is filled while algorithms are to be deterministic."""

from __future__ import annotations

import sys
import types


class _Deterministic(types.ModuleType):
    __module__ = "torch.utils.deterministic"

    _fills = True

    @property
    def fill_uninitialized_memory(self) -> bool:
        """Whether `torch.empty` and alike fill what they give: here memory never is without values."""
        return self._fills

    @fill_uninitialized_memory.setter
    def fill_uninitialized_memory(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise RuntimeError(f"expected a bool, but got {type(mode).__name__}")
        self._fills = mode


sys.modules[__name__].__class__ = _Deterministic
