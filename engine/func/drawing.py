"""Random numbers under `vmap`: refused, different for each example, or the same for all.

Source: torch.func, "UX limitations: Randomness".
"""

from __future__ import annotations

from typing import Any

from ..base import TensorBase
from ..ops.creation import empty
from ..transforms import DrawingInto
from .batched import RANDOM, BatchLevel
from .batching import aligned

_SAME_FOR_ALL = (
    "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same randomness. If this is "
    "necessary for your usage, please file an issue with functorch."
)
_SAME_BY_EXAMPLE = "Vmap does not currently support same randomness with a batched tensor input. Please file an issue with functorch"


def draw_into(level: BatchLevel, drawing: DrawingInto, args: tuple[Any, ...]) -> Any:
    """Fill a tensor in place; raises `RuntimeError` where examples that share it are to be different."""
    filled, *others = args
    if level.randomness == "error":
        raise RuntimeError(RANDOM)
    if level.randomness == "same":
        if level.is_batched(others):
            raise RuntimeError(_SAME_BY_EXAMPLE)
        if not level.holds(filled):
            drawing(*args)
        else:
            one = empty(filled._array.shape, dtype=filled._dtype)
            drawing(one, *others)
            level.front(filled).copy_(one)
        return filled
    if not level.holds(filled):
        raise RuntimeError(_SAME_FOR_ALL)
    drawing(*aligned(level, args, filled._array.ndim))
    return filled


def draw_by(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """Draw by what tensors say, for all examples at once; the random numbers of tensors of no example differ, too."""
    if level.randomness == "error":
        raise RuntimeError(RANDOM)
    if level.randomness == "same":
        if level.is_batched(args):
            raise RuntimeError(_SAME_BY_EXAMPLE)
        return operation(*args)
    if not level.is_batched(args):
        args = (level.tensor(level.everywhere(args[0])), *args[1:])
    rank = max(each._array.ndim for each in args if isinstance(each, TensorBase))
    return level.tensors(operation(*aligned(level, args, rank)))
