"""What a program sets about how PyTorch computes. The engine computes the same way always; the settings are kept and shown.

Source: "Reproducibility" and torch, "Utilities" and "Parallelism".
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from .arguments import function
from .device import as_device
from .dtypes import bfloat16, float16
from .dtypes import dtype as dtype_class
from .typename import kind_text

_PRECISIONS = ("highest", "high", "medium")
_MODES = {"default": 0, "warn": 1, "error": 2}
_settings: dict[str, Any] = {
    "deterministic": 0,
    "fill": True,
    "precision": "highest",
    "threads": None,
    "interop": None,
    "warn": False,
    "cache": True,
    "nesting": 0,
}
autocast_types = {
    **dict.fromkeys(("cuda", "xpu", "mps", "mtia", "ipu", "privateuseone"), float16),
    **dict.fromkeys(("cpu", "xla", "hpu", "maia"), bfloat16),
}


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


def init_num_threads() -> None:
    """Nothing: how many threads compute is NumPy's own matter."""


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


def _autocast_device(function: str, device_type: Any) -> str:
    if not isinstance(device_type, str):
        kind = kind_text(device_type)
        raise TypeError(f"{function}(): argument 'device_type' (position 1) must be str, not {kind}")
    return as_device(device_type).type


@function
def get_autocast_dtype(device_type: str) -> dtype_class:
    """The type that `autocast` computes in."""
    device = _autocast_device("get_autocast_dtype", device_type)
    if device not in autocast_types:
        raise RuntimeError("unsupported scalarType")
    return autocast_types[device]


@function
def set_autocast_dtype(device_type: str, dtype: dtype_class) -> None:
    """Set the type that `autocast` computes in."""
    device = _autocast_device("set_autocast_dtype", device_type)
    if not isinstance(dtype, dtype_class):
        kind = kind_text(dtype)
        raise TypeError(
            f"set_autocast_dtype(): argument 'dtype' (position 2) must be torch.dtype, not {kind}"
        )
    autocast_types[device] = dtype


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether `autocast` is on for devices of this kind."""
    from .amp.autocast_mode import enabled

    device = _autocast_device("is_autocast_enabled", device_type)
    if device not in autocast_types:
        raise RuntimeError("unknown device type for autocast in get_autocast_dispatch_key_from_device_type")
    return enabled(device)


@function
def set_autocast_enabled(*given: Any) -> None:
    """Turn `autocast` on or off for devices of this kind, or with one argument for GPUs, until it is set again."""
    from .amp.autocast_mode import set_enabled

    if len(given) not in (1, 2):
        raise TypeError("set_autocast_enabled")
    if not isinstance(given[-1], bool):
        raise TypeError(
            f"set_autocast_enabled(): argument 'enabled' (position {len(given)}) must be bool, not {kind_text(given[-1])}"
        )
    set_enabled(_autocast_device("set_autocast_enabled", given[0] if len(given) == 2 else "cuda"), given[-1])


def _older(current: Any, device_type: str, short: str = "") -> Any:
    """What `current` does for one kind of device, as PyTorch called it before: `set_autocast_cpu_dtype`."""
    shown = current.__name__
    verb, _, what = shown.partition("_autocast_")
    name = f"{verb}_autocast_{short or device_type}_{what}"
    parameter = what if verb == "set" else ""
    kind, wanted = (dtype_class, "torch.dtype") if what == "dtype" else (bool, "bool")

    def call(*given: Any) -> Any:
        if len(given) != bool(parameter):
            takes = "exactly one argument" if parameter else "no arguments"
            raise TypeError(f"torch.{name}() takes {takes} ({len(given)} given)")
        if parameter and not isinstance(given[0], kind):
            raise TypeError(f"{parameter} must be a {wanted} (got {kind_text(given[0])})")
        warnings.warn(
            f"torch.{name}({parameter}) is deprecated. Please use torch.{shown}('{device_type}'{', ' * bool(parameter)}{parameter}) "
            "instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return current(device_type, *given)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{shown}` for one kind of device; deprecated."
    return call


is_autocast_cpu_enabled = _older(is_autocast_enabled, "cpu")
is_autocast_ipu_enabled = _older(is_autocast_enabled, "ipu")
is_autocast_xla_enabled = _older(is_autocast_enabled, "xla")
set_autocast_cpu_enabled = _older(set_autocast_enabled, "cpu")
set_autocast_ipu_enabled = _older(set_autocast_enabled, "ipu")
set_autocast_xla_enabled = _older(set_autocast_enabled, "xla")
get_autocast_cpu_dtype = _older(get_autocast_dtype, "cpu")
get_autocast_gpu_dtype = _older(get_autocast_dtype, "cuda", "gpu")
get_autocast_ipu_dtype = _older(get_autocast_dtype, "ipu")
get_autocast_xla_dtype = _older(get_autocast_dtype, "xla")
set_autocast_cpu_dtype = _older(set_autocast_dtype, "cpu")
set_autocast_gpu_dtype = _older(set_autocast_dtype, "cuda", "gpu")
set_autocast_ipu_dtype = _older(set_autocast_dtype, "ipu")
set_autocast_xla_dtype = _older(set_autocast_dtype, "xla")


def is_autocast_available(device_type: str) -> bool:
    """Whether `autocast` exists for devices of this kind."""
    return device_type in ("cpu", "cuda")


def is_autocast_cache_enabled() -> bool:
    """Whether `autocast` keeps what it has made of parameters."""
    return _settings["cache"]


def set_autocast_cache_enabled(*given: Any) -> None:
    """Set whether `autocast` keeps what it has made of parameters."""
    if len(given) != 1:
        raise TypeError(f"torch.set_autocast_cache_enabled() takes exactly one argument ({len(given)} given)")
    if not isinstance(given[0], bool):
        raise TypeError(f"enabled must be a bool (got {kind_text(given[0])})")
    _settings["cache"] = given[0]


def clear_autocast_cache(*given: Any) -> None:
    """Forget what `autocast` has made of parameters."""
    from .amp.autocast_mode import clear_caches

    if given:
        raise TypeError(f"torch.clear_autocast_cache() takes no arguments ({len(given)} given)")
    clear_caches()


def autocast_increment_nesting(*given: Any) -> int:
    """Count that an `autocast` begins; the result is how many have begun and not ended."""
    if given:
        raise TypeError(f"torch.autocast_increment_nesting() takes no arguments ({len(given)} given)")
    _settings["nesting"] += 1
    return _settings["nesting"]


def autocast_decrement_nesting(*given: Any) -> int:
    """Count that an `autocast` ends."""
    if given:
        raise TypeError(f"torch.autocast_decrement_nesting() takes no arguments ({len(given)} given)")
    _settings["nesting"] -= 1
    return _settings["nesting"]


def set_warn_always(b: bool) -> None:
    """Have warnings that are given once given always: here Python's own filters decide."""
    _settings["warn"] = b


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` set."""
    return _settings["warn"]
