"""`autocast` and `GradScaler` as `torch.cpu.amp` and `torch.cuda.amp` have them: of one device, and deprecated."""

from __future__ import annotations

import warnings
from typing import Any

from .autocast_mode import autocast as _autocast
from .grad_scaler import GradScaler as _GradScaler


def of_device(device: str, default_dtype: Any) -> tuple[type[_autocast], type[_GradScaler]]:
    """Both classes for a device; `default_dtype` is what `autocast` lowers to, None for the device's own choice."""

    def warn(name: str) -> None:
        warnings.warn(
            f"`torch.{device}.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('{device}', args...)` "
            "instead.",
            FutureWarning,
            stacklevel=3,
        )

    class autocast(_autocast):  # noqa: N801 - PyTorch's own name
        """`torch.amp.autocast` of the device."""

        def __init__(
            self, enabled: bool = True, dtype: Any = default_dtype, cache_enabled: bool = True
        ) -> None:
            warn("autocast")
            super().__init__(device, enabled=enabled, dtype=dtype, cache_enabled=cache_enabled)

    class GradScaler(_GradScaler):
        """`torch.amp.GradScaler` of the device."""

        def __init__(
            self,
            init_scale: float = 65536.0,
            growth_factor: float = 2.0,
            backoff_factor: float = 0.5,
            growth_interval: int = 2000,
            enabled: bool = True,
        ) -> None:
            warn("GradScaler")
            super().__init__(device, init_scale, growth_factor, backoff_factor, growth_interval, enabled)

    for each, module in ((autocast, "autocast_mode"), (GradScaler, "grad_scaler")):
        each.__module__ = f"{__name__.partition('.')[0]}.{device}.amp.{module}"
        each.__qualname__ = each.__name__
    return autocast, GradScaler
