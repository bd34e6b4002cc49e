"""`functionalize`: results do not differ, as nothing here has to be free of changes in place. Source: torch.func."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """The same function: PyTorch takes changes in place out of what it records, which no result shows."""
    if remove not in ("mutations", "mutations_and_views"):
        raise RuntimeError(
            f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}. Valid options are:\n"
            "     remove='mutations': all inplace and out= operators will be removed from the program, and replaced with their "
            "out-of-place equivalents.\n"
            "     remove='mutations_and_views': In addition to the above, all aliasing operators {view} will be replaced with "
            "their non-aliasing counterparts, {view}_copy.\n"
        )
    return wraps(func)(lambda *args, **kwargs: func(*args, **kwargs))
