"""`torch.fx`: nothing traces programs here. What marks a function for that is taken, the rest is refused when it is used.

Source: torch.fx.
"""

from __future__ import annotations

import inspect
from typing import Any

from .. import refused
from ..nn.modules.module import Module

__all__ = [
    "Graph",
    "GraphModule",
    "Interpreter",
    "Node",
    "Proxy",
    "Tracer",
    "Transformer",
    "symbolic_trace",
    "wrap",
]

_INSTEAD = "the engine runs Python as it is written, so call the function or module itself"


def wrap(fn_or_name: Any) -> Any:
    """The function or name itself; `NotImplementedError` inside of a function, `RuntimeError` for anything else."""
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError("Unsupported type for global function! Must be either a callable or string name")
    frame = inspect.currentframe()
    if frame is not None and frame.f_back is not None and frame.f_back.f_code.co_name != "<module>":
        raise NotImplementedError("wrap must be called at the top level of a module")
    return fn_or_name


symbolic_trace = refused.function("torch.fx", "symbolic_trace", _INSTEAD)
Graph, Node, Proxy, Tracer, Interpreter, Transformer = (
    refused.kind("torch.fx", name, _INSTEAD)
    for name in ("Graph", "Node", "Proxy", "Tracer", "Interpreter", "Transformer")
)
GraphModule = refused.kind("torch.fx", "GraphModule", _INSTEAD, Module)
