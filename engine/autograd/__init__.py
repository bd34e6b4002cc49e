"""`torch.autograd`: running the graph, and the modes.

The files beside this one are there so that `import torch.autograd.function` and alike find the modules that hold it.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from .. import grad_mode, graph
from ..backward import backward, grad
from ..grad_mode import (
    _unsafe_preserve_version_counter as _unsafe_preserve_version_counter,
)
from ..grad_mode import (
    enable_grad,
    enforce_grad_layout_policy,
    inference_mode,
    is_multithreading_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from ..late import by_name

if TYPE_CHECKING:
    from .. import anomaly as anomaly_mode
    from .. import forward_ad, function
    from ..anomaly import detect_anomaly, set_detect_anomaly
    from ..function import Function
    from ..gradcheck import gradcheck, gradgradcheck
    from . import functional
    from .variable import Variable

__all__ = [
    "Function",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "enforce_grad_layout_policy",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "grad_mode",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_multithreading_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
]

_MODULES = {name: name for name in ("forward_ad", "function")} | {
    "functional": "autograd.functional",
    "anomaly_mode": "anomaly",
    "profiler": "autograd.profiler",
    "variable": "autograd.variable",
}
_NAMES = by_name(
    {
        "autograd.variable": "Variable",
        "anomaly": "detect_anomaly set_detect_anomaly",
        "function": "Function",
        "gradcheck": "gradcheck gradgradcheck",
    }
)


class _Package(ModuleType):
    def __setattr__(self, name: str, value: object) -> None:
        """Keep `gradcheck` the function, where importing the module of this name would put the module."""
        if name == "gradcheck" and isinstance(value, ModuleType):
            value = value.gradcheck
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> object:
    """What not every program uses, when it is first asked for."""
    from importlib import import_module

    if name in _MODULES:
        value = import_module(f"..{_MODULES[name]}", __package__)
    elif name in _NAMES:
        value = getattr(import_module(f"..{_NAMES[name]}", __package__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_NAMES})
