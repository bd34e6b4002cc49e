"""Functions that PyTorch keeps for older programs, with a warning."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any


def deprecated(message: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Warn at each call."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            warnings.warn(message, FutureWarning, stacklevel=2)
            return function(*args, **kwargs)

        return call

    return decorate
