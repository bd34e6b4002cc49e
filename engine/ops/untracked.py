"""What has no derivative and is no declared operation, but is seen by active transforms all the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ..grad_mode import mode
from ..transforms import no_tangent, through_transforms


def without_derivative(compute: Callable[..., Any]) -> Callable[..., Any]:
    """The function, done through the transforms while there are any."""

    @wraps(compute)
    def call(*args: Any, **options: Any) -> Any:
        if mode.recording < 2:
            return compute(*args, **options)

        def with_options(*operands: Any) -> Any:
            return call(*operands, **options)

        with_options.__name__ = compute.__name__
        with_options.tangent_rule = no_tangent  # type: ignore[attr-defined]
        return through_transforms(with_options, args)

    del call.__wrapped__  # which would stand for the function that checks no arguments
    return call
