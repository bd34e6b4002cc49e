"""What sees every operation while it is active: forward mode, `vmap`, and whatever else a program turns on.

A thread's active transforms are a stack, `mode.transforms`. As long as it is empty, operations take their short path.
Otherwise the last transform gets the operation and its arguments, and whatever it calls meanwhile reaches those below
it; so transforms nest as in `torch.func`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .grad_mode import mode


class Transform:
    """Something that sees every operation of its thread while it is active."""

    def run(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do what `operation(*args)` should do; calls of operations go to the transforms below this one.

        `operation` is the function that `op` or `pointwise` made: `operation.declaration` knows its forward, its
        formulas and the names of its inputs, `operation.node_class` the class of its nodes.
        """
        raise NotImplementedError


def through_transforms(operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Let the last transform do the operation."""
    transforms = mode.transforms
    mode.set_transforms(transforms[:-1])
    try:
        return transforms[-1].run(operation, args)
    finally:
        mode.set_transforms(transforms)


@contextmanager
def active(transform: Transform) -> Iterator[None]:
    """Have `transform` see every operation inside."""
    before = mode.transforms
    mode.set_transforms((*before, transform))
    try:
        yield
    finally:
        mode.set_transforms(before)
