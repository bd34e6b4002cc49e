"""What a program sets about how PyTorch computes. The engine computes the same way always; the settings are kept and shown.

Source: "Reproducibility" and torch, "Utilities" and "Parallelism".
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from .dtypes import bfloat16, float16
from .dtypes import dtype as dtype_class

_PRECISIONS = ("highest", "high", "medium")
_MODES = {"default": 0, "warn": 1, "error": 2}
_settings: dict[str, Any] = {
    "deterministic": 0,
    "fill": True,
    "precision": "highest",
    "threads": None,
    "interop": None,
    "warn": False,
}
autocast_types = {"cpu": bfloat16, "cuda": float16}


# ---- determinism -------------------------------------------------------------------------------------------


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for operations that give the same numbers each time: the engine's always do."""
    if not isinstance(mode, bool):
        raise TypeError(
            f"_set_deterministic_algorithms(): argument 'mode' (position 1) must be bool, not {type(mode).__name__}"
        )
    _settings["deterministic"] = (1 if warn_only else 2) if mode else 0


def are_deterministic_algorithms_enabled() -> bool:
    """Whether `use_deterministic_algorithms` was asked for."""
    return _settings["deterministic"] > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether that only was to warn."""
    return _settings["deterministic"] == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """The same as `use_deterministic_algorithms`, by a name or number: default, warn, error."""
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if isinstance(debug_mode, str):
        if debug_mode not in _MODES:
            raise RuntimeError(
                "invalid value of debug_mode, expected one of `default`, `warn`, `error`, but got "
                f"{debug_mode}"
            )
        debug_mode = _MODES[debug_mode]
    if debug_mode not in (0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected 0, 1, or 2, but got {debug_mode}")
    _settings["deterministic"] = debug_mode


def get_deterministic_debug_mode() -> int:
    """0 as ever, 1 to warn of operations that are not deterministic, 2 to refuse them."""
    return _settings["deterministic"]


# ---- threads and precision ---------------------------------------------------------------------------------


def _set_threads(name: str, count: Any) -> None:
    if not isinstance(count, int) or isinstance(count, bool):
        raise RuntimeError(f"{name} expects an int, but got {type(count).__name__}")
    if count < 1:
        raise RuntimeError(f"{name} expects a positive integer")


def set_num_threads(num: int) -> None:
    """Keep how many threads a program asks for; how many compute is NumPy's own matter."""
    _set_threads("set_num_threads", num)
    _settings["threads"] = num


def get_num_threads() -> int:
    """How many threads were asked for; else what the environment says, or the number of processors."""
    return _settings["threads"] or int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)


def set_num_interop_threads(num: int) -> None:
    """Keep how many threads run operations beside each other: here one does."""
    _set_threads("set_num_interop_threads", num)
    _settings["interop"] = num


def get_num_interop_threads() -> int:
    """How many threads were asked for."""
    return _settings["interop"] or os.cpu_count() or 1


def set_float32_matmul_precision(precision: str) -> None:
    """Allow products of float32 matrices to be less precise: here they never are."""
    if precision not in _PRECISIONS:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the currentsetFloat32MatmulPrecision call has no effect.",
            UserWarning,
            stacklevel=2,
        )
        return
    _settings["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` set."""
    return _settings["precision"]


def set_flush_denormal(mode: bool) -> bool:
    """Whether the processor can take very small numbers for zero: NumPy cannot ask for it."""
    return False


# ---- autocast and warnings ---------------------------------------------------------------------------------


def get_autocast_dtype(device_type: str) -> dtype_class:
    """The type that `autocast` computes in."""
    return autocast_types[device_type]


def set_autocast_dtype(device_type: str, dtype: dtype_class) -> None:
    """Set the type that `autocast` computes in."""
    autocast_types[device_type] = dtype


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether `autocast` is on for devices of this kind."""
    from .amp.autocast_mode import enabled

    return enabled(device_type)


def _older(name: str, device_type: str, current: Any) -> Any:
    shown = current.__name__

    def call() -> Any:
        warnings.warn(
            f"torch.{name}() is deprecated. Please use torch.{shown}('{device_type}') instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return current(device_type)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{shown}` for one kind of device; deprecated."
    return call


is_autocast_cpu_enabled = _older("is_autocast_cpu_enabled", "cpu", is_autocast_enabled)
get_autocast_cpu_dtype = _older("get_autocast_cpu_dtype", "cpu", get_autocast_dtype)
get_autocast_gpu_dtype = _older("get_autocast_gpu_dtype", "cuda", get_autocast_dtype)


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` exists for devices of this kind."""
    return device_type in autocast_types


def set_warn_always(b: bool) -> None:
    """Have warnings that are given once given always: here Python's own filters decide."""
    _settings["warn"] = b


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` set."""
    return _settings["warn"]
