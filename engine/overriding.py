"""Who is asked before a function runs: modes, and operands whose type has `__torch_function__`.

Source: "Extending torch Python API"; torch.overrides. That functions ask at all is arranged in `watching.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .base import TensorBase


class _State(threading.local):
    def __init__(self) -> None:
        self.disabled = False
        self.answering: Any = None  # the function that `default_torch_function` calls
        self.modes: list[Any] = []


state = _State()
adopted: set[type] = set()  # the subclasses of tensors that are asked

_NUMBERS = frozenset((int, float, bool, complex))
# of operands that are never asked, found quickly
_SILENT = frozenset((*_NUMBERS, str, type(None), dict, slice, type(Ellipsis)))
_PLAIN_METHOD = (
    "Defining your `__torch_function__` as a plain method is deprecated and will be an error in future, please define it as a "
    "classmethod."
)


@contextmanager
def disabled() -> Iterator[None]:
    """Inside, subclasses are tensors like any other."""
    before, state.disabled = state.disabled, True
    try:
        yield
    finally:
        state.disabled = before


@contextmanager
def all_disabled() -> Iterator[None]:
    """Inside, neither modes nor classes are asked."""
    before, state.modes = state.modes, []
    try:
        with disabled():
            yield
    finally:
        state.modes = before


def is_disabled() -> bool:
    """Whether subclasses are tensors like any other now."""
    return state.disabled


def asks(kind: type) -> bool:
    """Whether operands of this type are asked."""
    if kind in _SILENT:
        return False
    if issubclass(kind, TensorBase):
        return kind in adopted
    return hasattr(kind, "__torch_function__") and not _is_of_pytorch(kind)


def _is_of_pytorch(kind: type) -> bool:
    """Whether these are tensors of PyTorch itself, which would call the function again."""
    return any(base.__module__.partition(".")[0] == "torch" for base in kind.__mro__)


def _asks_in_python(kind: type) -> bool:
    """What functions that are written in Python take for such a type: plain tensors, too, which know no answer."""
    return asks(kind) or (kind.__name__ == "Tensor" and issubclass(kind, TensorBase))


def overriding(args: Any, kwargs: Any = None, among: Callable[[type], bool] = asks) -> list[Any]:
    """The first operand of each type that is asked, those of subclasses before those of the classes they derive from."""
    found: list[Any] = []
    for each in (*args, *kwargs.values()) if kwargs else args:
        kind = type(each)
        if kind is list or kind is tuple:
            # a list of numbers may be long, and holds nobody to ask
            several = each if each and type(each[0]) not in _NUMBERS else ()
        else:
            several = (each,)
        for value in several:
            kind = type(value)
            if kind not in _SILENT and among(kind) and all(type(other) is not kind for other in found):
                place = next(
                    (i for i, other in enumerate(found) if issubclass(kind, type(other))), len(found)
                )
                found.insert(place, value)
    return found


def overriding_in_python(args: Any, kwargs: Any = None) -> list[Any]:
    """The same for a function that PyTorch has in Python: nobody, unless more than plain tensors are there."""
    return overriding(args, kwargs, _asks_in_python) if state.modes or overriding(args, kwargs) else []


def answer(function: Any, args: Any, kwargs: Any, operands: list[Any]) -> Any:
    """What the first of the mode and the operands gives that knows an answer; `NotImplemented` if none does.

    `kwargs` of None are not handed over, as PyTorch's functions in C++ do where there are none.
    """
    types = tuple(type(each) for each in operands)
    given = (function, types, args) if kwargs is None else (function, types, args, kwargs)
    if state.modes:
        mode = state.modes[-1]
        state.modes = state.modes[:-1]
        try:
            found = mode.__torch_function__(*given)
        finally:
            state.modes = [*state.modes, mode]
        if found is not NotImplemented:
            return found
    for each in operands:
        asked = each.__torch_function__
        if getattr(asked, "__self__", None) is each:
            _warn_of_plain_method()
        found = asked(*given)
        if found is not NotImplemented:
            return found
    return NotImplemented


def _warn_of_plain_method() -> None:
    from .ops.from_data import warn_once

    warn_once(_PLAIN_METHOD, stacklevel=6)


def nobody(place: str, operands: list[Any]) -> TypeError:
    """The refusal of a function of C++ for which all returned NotImplemented."""
    asked = [f"\n  - mode object {state.modes[-1]!r}"] if state.modes else []
    asked += [f"\n  - tensor subclass {type(each)}" for each in operands]
    return TypeError(
        f"Multiple dispatch failed for '{place}'; all __torch_function__ handlers returned NotImplemented:\n{''.join(asked)}\n\n"
        "For more information, try re-running with TORCH_LOGS=not_implemented"
    )


def nobody_in_python(place: str, operands: list[Any]) -> TypeError:
    """The refusal of a function of Python for which all returned NotImplemented."""
    text = f"no implementation found for '{place}' on types that implement __torch_function__: {[type(each) for each in operands]}"
    return TypeError(f"{text} nor in mode {state.modes[-1]!r}" if state.modes else text)


def default_torch_function(cls: type, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """`Tensor.__torch_function__`: what `func` gives, as instances of the class."""
    if not all(issubclass(cls, each) for each in types):
        return NotImplemented
    if state.answering is func:  # a function of another library, which asks again
        return NotImplemented
    before, state.answering = state.answering, func
    try:
        with disabled():
            found = func(*args, **(kwargs or {}))
    finally:
        state.answering = before
    return found if _gives_what_it_holds(func) else converted(found, cls)


def _gives_what_it_holds(function: Any) -> bool:
    from .tensor import Tensor

    return getattr(function, "__self__", None) is vars(Tensor)["grad"]


def disabled_torch_function(cls: type, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """What a class gives as `__torch_function__` whose operations give plain tensors."""
    with disabled():
        return func(*args, **(kwargs or {}))


def converted(found: Any, cls: type) -> Any:
    """Tensors as instances of the class, also those in lists."""
    from .tensor import Tensor

    if isinstance(found, TensorBase):
        return found if cls is Tensor or isinstance(found, cls) else found.as_subclass(cls)  # type: ignore[attr-defined]
    if isinstance(found, (list, tuple)) and any(isinstance(each, TensorBase) for each in found):
        parts = [converted(each, cls) for each in found]
        return found._make(parts) if hasattr(found, "_make") else type(found)(parts)
    return found
