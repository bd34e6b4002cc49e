"""What the functions say about arguments of the wrong kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def refusal(name: str, overloads: Sequence[str], args: Sequence[Any], options: dict[str, Any]) -> TypeError:
    """PyTorch's error for arguments that fit none of a function's signatures."""
    given = [type(value).__name__ for value in args]
    given += [f"{key}={type(value).__name__}" for key, value in options.items()]
    listed = "".join([f" * {overload}\n" for overload in overloads])
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(given)}), but expected one of:\n{listed}"
    )
