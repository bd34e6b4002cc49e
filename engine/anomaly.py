"""Anomaly mode: backward says which forward call an error came from, and refuses nan.

While it is on, nodes get sequence numbers that carry a traceback, and runs of the graph go one node at a time; what
does both is swapped in when the mode is turned on, so that it costs nothing while it is off.
Source: torch.autograd, "Anomaly detection".
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import node as nodes
from . import saved, tasks
from .node import AccumulateGrad, Node

HINT = (
    "the backtrace further above shows the operation that failed to compute its gradient. The variable in question was "
    "changed in there or anywhere later. Good luck!"
)
NO_FORWARD = (
    "No forward pass information available. Enable detect anomaly during forward pass for more information."
)
ENABLED = "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging."


class _Anomaly:
    """The mode of the whole process, and what it stands in for while it is on."""

    enabled = False
    check_nan = True
    plain_number = staticmethod(nodes.next_sequence_nr)
    plain_accumulator = AccumulateGrad.__init__
    plain_hint = saved.hint


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return _Anomaly.enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode, where it is on, refuses nan."""
    return _Anomaly.check_nan


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Turn anomaly mode on or off."""
    for position, (name, value) in enumerate((("enabled", enabled), ("check_nan", check_nan)), 1):
        if not isinstance(value, bool):
            kind = type(value).__name__
            raise TypeError(
                f"set_anomaly_enabled(): argument '{name}' (position {position}) must be bool, not {kind}"
            )
    if enabled and not _Anomaly.enabled:
        _stand_in(_numbered_with_notes, _accumulator_with_notes, Watched, HINT)
    elif not enabled and _Anomaly.enabled:
        _stand_in(_Anomaly.plain_number, _Anomaly.plain_accumulator, None, _Anomaly.plain_hint)
    _Anomaly.enabled, _Anomaly.check_nan = enabled, check_nan


def _stand_in(number: Any, accumulator: Any, task: Any, hint: str) -> None:
    """Put these in their places; each module that makes nodes has its own name for what numbers them."""
    prefix = f"{__package__}."
    for name, module in list(sys.modules.items()):
        if (
            name.startswith(prefix)
            and module is not sys.modules[__name__]
            and hasattr(module, "next_sequence_nr")
        ):
            module.next_sequence_nr = number  # type: ignore[attr-defined]
    AccumulateGrad.__init__ = accumulator  # type: ignore[method-assign]
    tasks.run_by(task)
    saved.hint = hint


class detect_anomaly:  # noqa: N801 - PyTorch's own name
    """Anomaly mode inside, announced by a warning."""

    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, check_nan: bool = True) -> None:
        self.previous = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        self.check_nan = check_nan
        warnings.warn(ENABLED, UserWarning, stacklevel=2)

    def __enter__(self) -> None:
        set_anomaly_enabled(True, self.check_nan)

    def __exit__(self, *exception: object) -> None:
        set_anomaly_enabled(*self.previous)


class set_detect_anomaly:  # noqa: N801 - PyTorch's own name
    """Turns anomaly mode on or off at once; as a context manager it restores what was at the end."""

    __module__ = "torch.autograd.anomaly_mode"

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.previous = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None: ...

    def __exit__(self, *exception: object) -> None:
        set_anomaly_enabled(*self.previous)


# ---- in the forward ----------------------------------------------------------------------------------------


class _Number(int):
    """A sequence number with the first entries of its node's `metadata`."""

    notes: dict[Any, Any]


def _with_notes(number: int) -> _Number:
    noted = _Number(number)
    noted.notes = {"traceback_": _stack()}
    parent = tasks.current_node()
    if parent is not None:
        noted.notes["parent_"] = parent
    return noted


def _numbered_with_notes() -> _Number:
    return _with_notes(_Anomaly.plain_number())


def _accumulator_with_notes(self: Any, variable: Any) -> None:
    _Anomaly.plain_accumulator(self, variable)
    self._number = _with_notes(self._number)


def _stack() -> list[str]:
    """The lines of the traceback from the program to its call of the engine."""
    import traceback

    frame: Any = sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith(f"{__package__}."):
        frame = frame.f_back
    return traceback.format_stack(frame)


# ---- in the backward ---------------------------------------------------------------------------------------


class Watched(tasks.OneByOne):
    """A run that explains what fails."""

    def failed(self, node: Node) -> None:
        """Warn, with the traceback of the forward call, and of the calls that brought that one about."""
        text, notes = _explained(node)
        warnings.warn(
            f"Error detected in {node.name()}. {text.format('caused the error')}", UserWarning, stacklevel=3
        )
        while notes.get("parent_") is not None:
            parent = notes["parent_"]
            text, notes = _explained(parent)
            text = text.format("induced the previous calculation")
            warnings.warn(
                f"\n\nPrevious calculation was induced by {parent.name()}. {text}", UserWarning, stacklevel=3
            )

    def computed(self, node: Node, grads: Sequence[Any]) -> None:
        """Refuse nan."""
        if not _Anomaly.check_nan:
            return
        for index, grad in enumerate(grads):
            if grad is not None and grad._dtype.is_floating_point and np.isnan(grad._array).any():
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {index}th output.")


def _explained(node: Node) -> tuple[str, dict[Any, Any]]:
    notes = node.metadata
    stack = notes.get("traceback_")
    if stack is None:
        return NO_FORWARD, notes
    lines = "".join(stack).replace("{", "{{").replace("}", "}}")
    return f"Traceback of forward call that {{}}:\n{lines}", notes
