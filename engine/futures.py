"""`torch.futures`: values that come later.

Source: torch.futures.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, NoReturn, TypeVar

__all__ = ["Future", "collect_all", "wait_all"]

T = TypeVar("T")


class Future(Generic[T]):
    """A value, or an error, that another thread or a later line sets; `ValueError` for devices, as there is only the CPU."""

    __module__ = "torch.futures"

    def __init__(self, *, devices: Sequence[Any] | None = None) -> None:
        if devices:
            raise ValueError(f"Expected devices to have indices, got {devices[0]}")
        self._settled = threading.Condition()
        self._done = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Future[T]], Any]] = []

    def done(self) -> bool:
        """Whether there is a value or an error."""
        return self._done

    def wait(self) -> T:
        """The value, once it is there; raises what it failed with."""
        with self._settled:
            self._settled.wait_for(self.done)
        return self.value()

    def value(self) -> T:
        """The value; raises what it failed with, and `RuntimeError` before there is any."""
        if not self._done:
            raise RuntimeError("the value of a Future was asked for before it is there; wait() waits for it")
        if self._error is not None:
            raise self._error
        value: T = self._value
        return value

    def set_result(self, result: T) -> None:
        """Give the value, once; `RuntimeError` if there is one."""
        self._settle(result, None)

    def set_exception(self, result: Exception) -> None:
        """Give an error instead of a value; `AssertionError` for what is none."""
        if not isinstance(result, Exception):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._settle(None, result)

    def then(self, callback: Callable[[Future[T]], Any]) -> Future[Any]:
        """What a function makes of this future, once it is there."""
        after: Future[Any] = Future()

        def call(done: Future[T]) -> None:
            try:
                result = callback(done)
            except Exception as error:
                text = f"Got the following error when running the callback: {type(error).__name__}: {error}"
                after.set_exception(RuntimeError(text))
            else:
                after.set_result(result)

        self._call_when_done(call)
        return after

    def add_done_callback(self, callback: Callable[[Future[T]], Any]) -> None:
        """Call a function once this future is there; what it raises is written to standard error."""

        def call(done: Future[T]) -> None:
            try:
                callback(done)
            except Exception as error:
                text = f"Got the following error when running the callback: {type(error).__name__}: {error}"
                print(text, file=sys.stderr)

        self._call_when_done(call)

    def _settle(self, value: Any, error: BaseException | None) -> None:
        with self._settled:
            if self._done:
                raise RuntimeError(
                    "Attempting to mark a completed Future as complete again. Note that a Future can only be marked "
                    "completed once."
                )
            self._value, self._error, self._done = value, error, True
            self._settled.notify_all()
        for callback in self._callbacks:
            callback(self)

    def _call_when_done(self, callback: Callable[[Future[T]], Any]) -> None:
        with self._settled:
            if not self._done:
                self._callbacks.append(callback)
                return
        callback(self)

    def __reduce__(self) -> NoReturn:
        raise RuntimeError("Can not pickle torch.futures.Future")


def collect_all(futures: list[Future[Any]]) -> Future[list[Future[Any]]]:
    """A future of all of these, which fails with the first that fails."""
    together: Future[list[Future[Any]]] = Future()
    left = [len(futures)]
    lock = threading.Lock()

    def count(_: Future[Any]) -> None:
        with lock:
            left[0] -= 1
            if left[0]:
                return
        errors = [each._error for each in futures if each._error is not None]
        together._settle(None if errors else futures, errors[0] if errors else None)

    for each in futures:
        each._call_when_done(count)
    if not futures:
        together.set_result(futures)
    return together


def wait_all(futures: list[Future[Any]]) -> list[Any]:
    """The values of all of these; raises what the first of them failed with."""
    return [each.wait() for each in collect_all(futures).wait()]
