"""`torch.__version__`: a string that compares as a version, with strings and with tuples of numbers.

Source: torch.torch_version.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .shown import Shown

_STAGES = {"dev": -4, "a": -3, "alpha": -3, "b": -2, "beta": -2, "c": -1, "rc": -1, "post": 1}


class TorchVersion(Shown, str):
    """A version such as "2.13.0+cpu"."""

    __slots__ = ()
    __module__ = "torch.torch_version"
    __hash__ = str.__hash__

    def __lt__(self, other: Any) -> bool:
        return self._compared("__lt__", other)

    def __le__(self, other: Any) -> bool:
        return self._compared("__le__", other)

    def __gt__(self, other: Any) -> bool:
        return self._compared("__gt__", other)

    def __ge__(self, other: Any) -> bool:
        return self._compared("__ge__", other)

    def __eq__(self, other: object) -> bool:
        return self._compared("__eq__", other)

    def __ne__(self, other: object) -> bool:
        return self._compared("__ne__", other)

    def _compared(self, how: str, other: Any) -> Any:
        if not isinstance(other, str):
            if not isinstance(other, Iterable):
                is_version = hasattr(other, "release") and hasattr(other, "local")
                return getattr(str if not is_version else type(self), how)(
                    self, str(other) if is_version else other
                )
            other = ".".join(map(str, other))
        keys = _key(self), _key(other)
        if None in keys:  # no version: as strings
            return getattr(str, how)(self, other)
        return getattr(tuple, how)(*keys)


def _key(version: str) -> Any:
    """What versions are compared by: numbers, then the stage before or after the release, then what stands after "+"."""
    import re

    found = re.fullmatch(
        r"v?(\d+(?:\.\d+)*)[._-]?(?:([a-z]+)[._-]?(\d*))?(?:\+([a-z0-9.]+))?", version.strip(), re.I
    )
    if not found or (found[2] and found[2].lower() not in _STAGES):
        return None
    numbers = [int(each) for each in found[1].split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    stage = (_STAGES[found[2].lower()], int(found[3] or 0)) if found[2] else (0, 0)
    local = [
        (1, int(each), "") if each.isdigit() else (0, 0, each) for each in (found[4] or "").split(".") if each
    ]
    return tuple(numbers), stage, tuple(local)
