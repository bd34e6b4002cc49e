"""Arrays whose elements are conjugated or negated when they are read, as PyTorch's `conj()` and `imag` of it are.

They share the memory that they look at: what is written there shows, and what is written to them goes there. Every
computation takes their elements out first and gives plain arrays; views of them are lazy, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_VIEWS = {np.expand_dims, np.swapaxes, np.moveaxis, np.diagonal, np.may_share_memory}


class Lazy(np.ndarray):
    """What both kinds have in common; `turn` is its own inverse."""

    turn: Any

    def plain(self) -> Any:
        """The elements as they are to be read, as an array or scalar of their own."""
        return self.turn(self.view(np.ndarray))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        found = getattr(ufunc, method)(*_plain(inputs), **options)
        if out is None:
            return found
        out[0][...] = found
        return out[0]

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in _VIEWS:
            return super().__array_function__(function, types, args, kwargs)
        return function(*_plain(args), **{name: _plain(value) for name, value in kwargs.items()})

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        if isinstance(found, Lazy):
            return found if np.may_share_memory(found, self) else found.plain()
        return self.turn(found)

    def __setitem__(self, index: Any, value: Any) -> None:
        self.view(np.ndarray)[index] = self.turn(np.asarray(plain(value), self.dtype))


def _through_plain(name: str) -> Any:
    def call(self: Lazy, *args: Any, **options: Any) -> Any:
        return getattr(np.asarray(self.plain()), name)(*_plain(args), **options)

    call.__name__ = call.__qualname__ = name
    return call


for _name in [
    "all",
    "any",
    "argmax",
    "argmin",
    "astype",
    "copy",
    "cumsum",
    "flatten",
    "item",
    "max",
    "mean",
    "min",
    "nonzero",
    "prod",
    "repeat",
    "round",
    "std",
    "sum",
    "take",
    "tobytes",
    "tolist",
    "trace",
    "var",
]:
    setattr(Lazy, _name, _through_plain(_name))


class LazyConjugate(Lazy):
    """Conjugated when read."""

    turn = np.conjugate


class LazyNegative(Lazy):
    """Negated when read."""

    turn = np.negative


def plain(value: Any) -> Any:
    """An array as it is to be read; anything else as it is."""
    return value.plain() if isinstance(value, Lazy) else value


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return type(value)(_plain(each) for each in value)
    return plain(value)
