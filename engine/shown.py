"""Classes that print, and are pickled, under PyTorch's names: `<class 'torch.nn.modules.linear.Linear'>`."""

from __future__ import annotations

import sys
from copyreg import __newobj__  # type: ignore[attr-defined]
from functools import cache
from typing import Any

from .late import ROOT, held, shown

ELSEWHERE = {
    "distributions.shaped_transforms": "distributions.transforms",
    "nn.modules.multihead": "nn.modules.activation",
    "nn.modules.registration": "nn.modules.module",
    "nn.modules.rnn_cells": "nn.modules.rnn",
    "nn.parallel": "nn.parallel.data_parallel",
    "nn.utils.parametrization_list": "nn.utils.parametrize",
    "nn.utils.pruning_methods": "nn.utils.prune",
    "optim.adafactor": "optim",
    "optim.muon": "optim",
}
"""Modules whose classes PyTorch has in others; those of schedulers are all in one."""


class Shown:
    """Base of families of classes: each of the engine's own says that it stands where PyTorch has it.

    What pickles an instance cannot find its class under that name without PyTorch, so it is told how to find it.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__module__.partition(".")[0] == ROOT:
            written = cls.__annotations__
            if written:  # whose names would be looked for where the class is said to stand
                names = held(sys.modules[cls.__module__])
                cls.__annotations__ = {name: _evaluated(text, names) for name, text in written.items()}
            cls.__module__ = _place(cls.__module__)

    def __reduce_ex__(self, protocol: Any) -> Any:
        made = super().__reduce_ex__(protocol)
        cls = type(self)
        if made[0] is __newobj__ and cls.__module__.partition(".")[0] == "torch":
            return _new, (cls.__module__, cls.__qualname__, *made[1][1:]), *made[2:]
        return made


def _evaluated(annotation: Any, names: dict[str, Any]) -> Any:
    """What an annotation means; Any where that is known to type checkers only."""
    try:
        return eval(annotation, names) if isinstance(annotation, str) else annotation
    except (NameError, TypeError):
        return Any


def _place(module: str) -> str:
    below = module[len(ROOT) + 1 :]
    if below.startswith("optim.lr_scheduler."):
        below = "optim.lr_scheduler"
    return shown(f"{ROOT}.{ELSEWHERE.get(below, below)}")


@cache
def _class(module: str, name: str) -> Any:
    from .pickled_names import find

    return find(module, name)


def _new(module: str, name: str, *args: Any) -> Any:
    cls = _class(module, name)
    return cls.__new__(cls, *args)
