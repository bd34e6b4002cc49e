"""`torch.autograd`: running the graph, and the modes."""

from typing import TYPE_CHECKING

from . import anomaly as anomaly_mode
from . import forward_ad, function, grad_mode, graph
from .anomaly import detect_anomaly, set_detect_anomaly
from .backward import backward, grad
from .function import Function
from .grad_mode import (
    _unsafe_preserve_version_counter as _unsafe_preserve_version_counter,
)
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_multithreading_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from .tensor import Tensor as Variable

if TYPE_CHECKING:
    from . import functional
    from .gradcheck import gradcheck, gradgradcheck

__all__ = [
    "Function",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
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


def __getattr__(name: str) -> object:
    """What few programs use, when it is first asked for."""
    if name in ("functional", "gradcheck", "gradgradcheck"):
        from importlib import import_module

        if name == "functional":
            return import_module(".functional", __package__)
        return getattr(import_module(".gradcheck", __package__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
