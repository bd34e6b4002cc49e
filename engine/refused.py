"""Functions and classes that programs import and ask about, and that the engine has nothing behind: using one is refused."""

from __future__ import annotations

from typing import Any, NoReturn


def function(module: str, name: str, instead: str) -> Any:
    """A function that raises `NotImplementedError`, which says what to do instead."""

    def call(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"{module}.{name} is not there: {instead}")

    call.__name__ = call.__qualname__ = name
    call.__module__ = module
    call.__doc__ = f"Refused: {instead}."
    return call


def kind(module: str, name: str, instead: str, *bases: type) -> Any:
    """A class of which nothing is an instance, as making one raises `NotImplementedError`."""
    doc = f"Refused: {instead}."
    return type(
        name, bases, {"__init__": function(module, name, instead), "__module__": module, "__doc__": doc}
    )
