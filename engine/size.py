"""The sizes of a tensor."""

from __future__ import annotations

from operator import index as as_index
from typing import Any

import numpy as np

from .device import Public

new = tuple.__new__


class Size(tuple, metaclass=Public):
    """The sizes of a tensor's dimensions."""

    __slots__ = ()

    def __new__(cls, sizes: Any = ()) -> Any:
        """Sizes of an iterable of integers."""
        if type(sizes) is tuple:
            made = new(cls, sizes)
            for each in made:
                if type(each) is not int:
                    break
            else:
                return made
        return new(cls, _integers(sizes))

    def numel(self) -> int:
        """The number of elements that these sizes hold."""
        return int(np.prod(self, dtype=np.int64))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __add__(self, other: Any) -> Any:
        if not isinstance(other, tuple):
            raise TypeError(f"can only concatenate tuple (not {type(other).__name__}) to torch.Size")
        return Size(tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Any:
        return Size((*other, *self))

    def __mul__(self, times: Any) -> Any:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __reduce__(self) -> Any:
        return Size, (tuple(self),)


def _integers(sizes: Any) -> list[int]:
    found = []
    for position, each in enumerate(sizes):
        if not hasattr(each, "__index__"):
            raise TypeError(
                f"torch.Size() takes an iterable of 'int' (item {position} is '{type(each).__name__}')"
            )
        found.append(as_index(each))
    return found
