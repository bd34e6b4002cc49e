"""Whether operations are recorded: `no_grad`, `enable_grad`, `set_grad_enabled`.

Source: torch.autograd, "Locally disabling gradient computation".
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any

import numpy as np


class _Mode(threading.local):
    """One for each thread. A thread that first comes here computes inf and nan without a word, as PyTorch does.

    Operations therefore ask for the mode before they compute: they read `recording`, which is 1 or 0 as `enabled` is
    true or false, or GENERAL where `transforms` see every operation (see `transforms`).
    """

    def __init__(self) -> None:
        self.enabled = True
        self.recording = 1
        self.transforms: tuple[Any, ...] = ()
        np.seterr(all="ignore")

    def set(self, enabled: bool) -> None:
        """Turn recording on or off."""
        self.enabled = enabled
        self.recording = GENERAL if self.transforms else int(enabled)

    def set_transforms(self, transforms: tuple[Any, ...]) -> None:
        """Have these see every operation, the last one first."""
        self.transforms = transforms
        self.recording = GENERAL if transforms else int(self.enabled)


GENERAL = 2


mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether this thread records operations."""
    return mode.enabled


class _GradMode:
    """A context manager, and a decorator of functions and generators, that sets the mode while it runs."""

    enabled: bool

    def __enter__(self) -> None:
        self.previous = mode.enabled
        mode.set(self.enabled)

    def __exit__(self, *exception: object) -> None:
        mode.set(self.previous)

    def clone(self) -> _GradMode:
        return type(self)()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isgeneratorfunction(function):
            return self._wrap_generator(function)

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)

        return decorated

    def _wrap_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The mode holds inside the generator only: it is left at each `yield`."""

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            resume, argument = generator.send, None
            while True:
                try:
                    with self.clone():
                        produced = resume(argument)
                except StopIteration as stop:
                    return stop.value
                try:
                    argument = yield produced
                    resume = generator.send
                except GeneratorExit:
                    with self.clone():
                        generator.close()
                    raise
                except BaseException as error:  # handed to the generator, as `yield` would
                    argument, resume = error, generator.throw

        return decorated


class no_grad(_GradMode):  # noqa: N801 - PyTorch's own name
    """Nothing is recorded inside; results do not require grad."""

    enabled = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        return object.__new__(cls) if function is None else object.__new__(cls)(function)


class enable_grad(_GradMode):  # noqa: N801 - PyTorch's own name
    """Operations are recorded inside, also within `no_grad`."""

    enabled = True

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        return object.__new__(cls) if function is None else object.__new__(cls)(function)


class set_grad_enabled(_GradMode):  # noqa: N801 - PyTorch's own name
    """Sets the mode at once when called; as a context manager it restores the mode at the end."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            kind = type(mode).__name__
            raise TypeError(f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {kind}")
        self.previous = globals()["mode"].enabled
        self.enabled = mode
        globals()["mode"].set(mode)

    def __enter__(self) -> None:
        mode.set(self.enabled)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        mode.set(self.previous)
        return super().__call__(function)

    def clone(self) -> _GradMode:
        return type(self)(self.enabled)
