"""`out=` for the functions that are imported on demand: one result, or several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..grad_mode import no_grad
from .outputs import CHECKS, Check, _castable, _equal, _into, _same


def with_out(check: Check | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function so that it writes its result into the tensor given as `out`.

    `check` decides which types of `out` the result may be written to; by default the one that is noted for the name.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        wanted = check or CHECKS.get(function.__name__, _castable)

        def call(*args: Any, out: Any = None, **options: Any) -> Any:
            if out is None:
                return function(*args, **options)
            return _into(out, function, wanted, args, options)

        call.__name__ = call.__qualname__ = function.__name__
        call.__doc__, call.__module__ = function.__doc__, function.__module__
        call.__wrapped__ = function  # type: ignore[attr-defined]
        return call

    return decorate


def with_outs(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function with several results so that it writes them into the tensors given as `out`."""
    wanted = _castable if function.__name__ in ("eig", "geqrf") else _equal

    def call(*args: Any, out: Any = None, **options: Any) -> Any:
        if out is None:
            return function(*args, **options)
        with no_grad():
            results = function(*args, **options)
        for each, result in zip(out, results):
            _into(each, _giving(result, function.__name__), wanted, args, {})
        return type(results)(out)

    call.__name__ = call.__qualname__ = function.__name__
    call.__doc__, call.__module__ = function.__doc__, function.__module__
    return call


def _giving(result: Any, name: str) -> Callable[..., Any]:
    def give(*args: Any) -> Any:
        return result

    give.__name__ = name
    return give


same_type = _same
