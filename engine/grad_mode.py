"""Whether operations are recorded: `no_grad`, `enable_grad`, `set_grad_enabled`, `inference_mode`.

Source: torch.autograd, "Locally disabling gradient computation".
"""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .shown import Shown


class _Mode(threading.local):
    """One for each thread. A thread that first comes here computes inf and nan without a word, as PyTorch does.

    Operations therefore ask for the mode before they compute: they read `recording`, which is 1 or 0 as `enabled` is
    true or false, or GENERAL where `transforms` see every operation (see `transforms`).
    """

    inference = False
    multithreading = True
    enforces_grad_layout = True

    def __init__(self) -> None:
        self.enabled = True
        self.recording = 1
        self.transforms: tuple[Any, ...] = ()
        self.depth = 0  # how many backwards this thread is in
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


def is_inference_mode_enabled() -> bool:
    """Whether this thread is in inference mode."""
    return mode.inference


def is_multithreading_enabled() -> bool:
    """Whether `backward` may use several threads, which this engine never does for one call."""
    return mode.multithreading


class ScopedMode(Shown):
    """A context manager, and a decorator of functions and generators, that sets a mode while they run."""

    __module__ = "torch.utils._contextlib"

    def __enter__(self) -> None:
        raise NotImplementedError

    def __exit__(self, *exception: object) -> None:
        raise NotImplementedError

    def clone(self) -> Any:
        """Another one like this."""
        return type(self)()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isclass(function):
            warnings.warn(CLASS_WARNING, FutureWarning, stacklevel=2)
            function = functools.partial(function)
            function.__name__ = "<lambda>"  # type: ignore[attr-defined]
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


CLASS_WARNING = (
    "Decorating classes is deprecated and will be disabled in future versions. You should only decorate functions or methods. "
    "To preserve the current behavior of class decoration, you can directly decorate the `__init__` method and nothing else."
)


ScopedMode.__name__ = ScopedMode.__qualname__ = "_DecoratorContextManager"  # as it prints


class _NoParamDecoratorContextManager(ScopedMode):
    """A mode that needs no arguments: it may also decorate without being called."""

    __module__ = "torch.utils._contextlib"

    enabled: bool

    def __new__(cls, orig_func: Callable[..., Any] | None = None) -> Any:
        return object.__new__(cls) if orig_func is None else cls()(orig_func)

    def __init__(self) -> None:
        self.prev = False

    def __enter__(self) -> None:
        self.prev = mode.enabled
        mode.set(self.enabled)

    def __exit__(self, *exception: object) -> None:
        mode.set(self.prev)


class no_grad(_NoParamDecoratorContextManager):  # noqa: N801 - PyTorch's own name
    """Nothing is recorded inside; results do not require grad."""

    __module__ = "torch.autograd.grad_mode"

    enabled = False


class enable_grad(_NoParamDecoratorContextManager):  # noqa: N801 - PyTorch's own name
    """Operations are recorded inside, also within `no_grad`."""

    __module__ = "torch.autograd.grad_mode"

    enabled = True


class set_grad_enabled(ScopedMode):  # noqa: N801 - PyTorch's own name
    """Sets the mode at once when called; as a context manager it restores the mode at the end."""

    __module__ = "torch.autograd.grad_mode"

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            kind = type(mode).__name__
            raise TypeError(f"set_grad_enabled(): argument 'enabled' (position 1) must be bool, not {kind}")
        self.prev = is_grad_enabled()
        self.mode = mode
        self.__enter__()

    def __enter__(self) -> None:
        mode.set(self.mode)

    def __exit__(self, *exception: object) -> None:
        mode.set(self.prev)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        mode.set(self.prev)
        return super().__call__(function)

    def __str__(self) -> str:
        return f"torch.autograd.grad_mode.set_grad_enabled(mode={self.mode})"

    __repr__ = __str__

    def clone(self) -> Any:
        """Another one like this."""
        return type(self)(self.mode)


class inference_mode(ScopedMode):  # noqa: N801 - PyTorch's own name
    """Nothing is recorded inside, and results can never be; with False, the inference mode around it does not hold."""

    __module__ = "torch.autograd.grad_mode"

    def __new__(cls, mode: Any = True) -> Any:
        return object.__new__(cls) if isinstance(mode, bool) else cls()(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        from .inference import INFERENCE

        self._before = mode.enabled, mode.inference, mode.transforms
        others = tuple([each for each in mode.transforms if each is not INFERENCE])
        mode.inference, mode.enabled = self.mode, not self.mode
        mode.set_transforms((*others, INFERENCE) if self.mode else others)

    def __exit__(self, *exception: object) -> None:
        mode.enabled, mode.inference, transforms = self._before
        mode.set_transforms(transforms)

    def clone(self) -> Any:
        """Another one like this."""
        return type(self)(self.mode)


class set_multithreading_enabled(ScopedMode):  # noqa: N801 - PyTorch's own name
    """Sets a flag at once when called, and restores it at the end of a `with` block."""

    __module__ = "torch.autograd.grad_mode"

    def __init__(self, mode: bool) -> None:
        self.prev = is_multithreading_enabled()
        self.mode = mode
        self._set(mode)

    def _set(self, enabled: bool) -> None:
        mode.multithreading = enabled

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        self._set(self.prev)

    def clone(self) -> Any:
        """Another one like this."""
        return type(self)(self.mode)


class enforce_grad_layout_policy(ScopedMode):  # noqa: N801 - PyTorch's own name
    """Whether a leaf's gradient must lie in memory as the leaf does; without, one is kept as it arrives, if it can be.

    Sets the flag at once when called, and restores it at the end of a `with` block.
    """

    __module__ = "torch.autograd.grad_mode"

    def __init__(self, enable: bool = True) -> None:
        self.prev = mode.enforces_grad_layout
        self.mode = enable
        mode.enforces_grad_layout = enable

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        mode.enforces_grad_layout = self.prev

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        mode.enforces_grad_layout = self.prev
        return super().__call__(function)

    def clone(self) -> Any:
        """Another one like this."""
        return type(self)(self.mode)


class _unsafe_preserve_version_counter(ScopedMode):  # noqa: N801 - PyTorch's own name
    """Changes inside do not count: the tensors get their versions back at the end."""

    __module__ = "torch.autograd.grad_mode"

    def __init__(self, tensors: Any) -> None:
        self.tensors = tensors if isinstance(tensors, tuple) else (tensors,)
        self.prev_versions = tuple([each._version for each in self.tensors])

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        for tensor, version in zip(self.tensors, self.prev_versions):
            tensor._storage.version = version
