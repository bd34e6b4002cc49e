"""DLPack: memory exchanged with other libraries without a copy. Source: torch.utils.dlpack.

NumPy makes and reads the capsules.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .base import memory
from .op import wrap


def __dlpack__(  # noqa: N807 - the protocol's name
    self: Any, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
) -> Any:
    """A capsule over the tensor's memory, for another library."""
    if stream is not None:
        raise AssertionError("stream should be None on cpu.")
    if self.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    if self.is_conj():
        raise BufferError("Can't export tensors with the conjugate bit set")
    array = memory(self)
    return array.__dlpack__(copy=copy) if copy else array.__dlpack__()


def __dlpack_device__(self: Any) -> tuple[int, int]:  # noqa: N807 - the protocol's name
    """The CPU."""
    return (1, 0)


def to_dlpack(tensor: Any) -> Any:
    """A capsule over the tensor's memory."""
    return __dlpack__(tensor)


class _Capsule:
    """What NumPy asks for a capsule that was made already."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **options: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor over the memory of another library's array, or of a capsule."""
    source = ext_tensor if hasattr(ext_tensor, "__dlpack__") else _Capsule(ext_tensor)
    array = np.from_dlpack(source)
    if copy:
        array = array.copy()
    elif not array.flags.writeable:
        array = np.asarray(_Memory(array))
    return wrap(array, dtypes.from_numpy(array.dtype))


class _Memory:
    """The memory of an array that NumPy takes for read-only, as it was lent, writable."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.__array_interface__ = {
            **array.__array_interface__,
            "data": (array.__array_interface__["data"][0], False),
        }
        self._array = array
