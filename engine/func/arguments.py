"""Which arguments a transform differentiates by: `argnums`."""

from __future__ import annotations

from typing import Any


def _position(argnum: Any, count: int) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"argnum must be int, got: {type(argnum)}")
    if not -count <= argnum < count:
        raise RuntimeError(f"Got argnum={argnum}, but only {count} positional inputs")
    return argnum % count


def positions(argnums: Any, count: int) -> Any:
    """The arguments' positions, counted from the front; raises `RuntimeError` for what is none."""
    if isinstance(argnums, int):
        return _position(argnums, count)
    if not isinstance(argnums, tuple):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    found = tuple(_position(argnum, count) for argnum in argnums)
    if not found:
        raise RuntimeError("argnums must be non-empty")
    if len(set(found)) != len(found):
        raise RuntimeError(f"argnums elements must be unique, got {found}")
    return found


def chosen(args: tuple[Any, ...], argnums: Any) -> Any:
    """The arguments at these positions, one or a tuple of several."""
    found = positions(argnums, len(args))
    return args[found] if isinstance(found, int) else tuple(args[position] for position in found)


def replaced(args: tuple[Any, ...], argnums: Any, new: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with new ones at these positions."""
    found = positions(argnums, len(args))
    result = list(args)
    for position, value in zip((found,) if isinstance(found, int) else found, new):
        result[position] = value
    return tuple(result)
