"""Storages: the memory that tensors lie in, as objects, by bytes (`UntypedStorage`) or by elements (`TypedStorage`).

Source: torch.Storage. What a tensor and its views share inside the engine is `Storage` of `base.py`; these are made when asked for.
"""

from __future__ import annotations

import mmap
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import dtypes
from .base import memory, owner_and_offset
from .device import CPU, Public, device

_DEPRECATED = (
    "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. This should "
    "only matter to you if you are using storages directly.  To access UntypedStorage directly, use tensor.untyped_storage() "
    "instead of tensor.storage()"
)
_state = {"warned": False}


def _flat(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The whole memory that an array lies in, in order."""
    return owner_and_offset(array)[0].ravel("K")


class UntypedStorage(metaclass=Public):
    """Bytes that tensors lie in."""

    def __init__(self, content: Any = 0, *, device: Any = None) -> None:
        if isinstance(content, np.ndarray):
            self._bytes = content.view(np.uint8)
        elif isinstance(content, int):
            self._bytes = np.zeros(content, np.uint8)
        else:
            self._bytes = np.array(list(content), np.uint8)

    device = CPU
    is_cuda = is_sparse = is_sparse_csr = False

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._bytes.size

    size = __len__ = nbytes

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return self._bytes.__array_interface__["data"][0]

    _cdata = property(data_ptr)

    def element_size(self) -> int:
        """1."""
        return 1

    def tolist(self) -> list[int]:
        """The bytes."""
        return self._bytes.tolist()

    def __iter__(self) -> Iterator[int]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return UntypedStorage(self._bytes[index])
        if not -self.size() <= index < self.size():
            raise IndexError(f"index {index} out of range for storage of size {self.size()}")
        return int(self._bytes[index])

    def __setitem__(self, index: Any, value: int) -> None:
        self._bytes[index] = value

    def fill_(self, value: int) -> UntypedStorage:
        """Set every byte."""
        self._bytes[...] = value
        return self

    def copy_(self, source: UntypedStorage, non_blocking: bool | None = None) -> UntypedStorage:
        """Take over the bytes of another storage."""
        self._bytes[...] = source._bytes
        return self

    def clone(self) -> UntypedStorage:
        """A copy."""
        return UntypedStorage(self._bytes.copy())

    def cpu(self) -> UntypedStorage:
        """Itself."""
        return self

    def is_pinned(self, device: Any = None) -> bool:
        """False."""
        return False

    def is_shared(self) -> bool:
        """Whether other processes see the memory."""
        return isinstance(owner_and_offset(self._bytes)[0].base, mmap.mmap)

    def resize_(self, size: int) -> UntypedStorage:
        """Refused for another size: tensors lie in the memory that is there."""
        if size != self.size():
            raise RuntimeError("Trying to resize storage that is not resizable")
        return self

    def __copy__(self) -> UntypedStorage:
        return self.clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> UntypedStorage:
        if id(self) not in memo:
            memo[id(self)] = self.clone()
        return memo[id(self)]

    def __reduce__(self) -> Any:
        return UntypedStorage, (self._bytes.copy(),)

    def __repr__(self) -> str:
        lines = "".join(f" {each}\n" for each in self.tolist())
        return f"{lines}[torch.storage.UntypedStorage(device=cpu) of size {self.size()}]"


class TypedStorage(metaclass=Public):
    """Elements that tensors lie in; deprecated."""

    def __init__(
        self, *args: Any, wrap_storage: Any = None, dtype: Any = None, _internal: bool = False, **others: Any
    ) -> None:
        if not _internal:
            _warn()
        self.dtype = dtype or dtypes.get_default_dtype()
        if wrap_storage is not None:
            self._untyped_storage = wrap_storage
        elif args and isinstance(args[0], int):
            self._untyped_storage = UntypedStorage(args[0] * self.dtype.itemsize)
        else:
            self._untyped_storage = UntypedStorage(np.array(list(args[0]) if args else [], self.dtype.numpy))

    device: device = CPU
    is_cuda = is_sparse = False

    @property
    def _elements(self) -> np.ndarray[Any, Any]:
        return self._untyped_storage._bytes.view(self.dtype.numpy)

    def untyped(self) -> UntypedStorage:
        """The bytes."""
        return self._untyped_storage

    def size(self) -> int:
        """The number of elements."""
        return self._elements.size

    __len__ = _size = size

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._untyped_storage.nbytes()

    def data_ptr(self) -> int:
        """The address of the first element."""
        return self._untyped_storage.data_ptr()

    def element_size(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    def tolist(self) -> list[Any]:
        """The elements."""
        return self._elements.tolist()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        if not isinstance(index, int):
            raise RuntimeError(f"can't index a {typed_name(self.dtype)} with {type(index)}")
        if not -self.size() <= index < self.size():
            raise IndexError(f"index {index} out of range for storage of size {self.size()}")
        return self._elements[index].item()

    def __setitem__(self, index: Any, value: Any) -> None:
        self._elements[index] = value

    def fill_(self, value: Any) -> TypedStorage:
        """Set every element."""
        self._elements[...] = value
        return self

    def copy_(self, source: Any, non_blocking: bool | None = None) -> TypedStorage:
        """Take over the elements of another storage."""
        self._elements[...] = source._elements
        return self

    def clone(self) -> TypedStorage:
        """A copy."""
        return typed(self._untyped_storage.clone(), self.dtype)

    def cpu(self) -> TypedStorage:
        """Itself."""
        return self

    def is_shared(self) -> bool:
        """Whether other processes see the memory."""
        return self._untyped_storage.is_shared()

    def is_pinned(self, device: Any = None) -> bool:
        """False."""
        return False

    def type(self) -> str:
        """The name of the old class."""
        return f"torch.{self.dtype.legacy_name}Storage"

    def pickle_storage_type(self) -> str:
        """The name of the old class, without its module."""
        return f"{self.dtype.legacy_name}Storage"

    def __repr__(self) -> str:
        lines = "".join(f" {each}\n" for each in self.tolist())
        return f"{lines}[torch.storage.TypedStorage(dtype={self.dtype}, device=cpu) of size {self.size()}]"


def typed_name(dtype: dtypes.dtype) -> str:
    """What messages call a storage of elements of this type."""
    return "torch.storage.TypedStorage"


def _warn() -> None:
    if not _state["warned"]:
        _state["warned"] = True
        warnings.warn(_DEPRECATED, UserWarning, stacklevel=4)


def typed(untyped: UntypedStorage, dtype: dtypes.dtype) -> TypedStorage:
    """A storage of elements over these bytes."""
    return TypedStorage(wrap_storage=untyped, dtype=dtype, _internal=True)


def is_storage(obj: Any) -> bool:
    """Whether this is a storage."""
    return isinstance(obj, (TypedStorage, UntypedStorage))


class _Legacy(Public):
    """The type of the old storage classes, which name the type of elements."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: Any) -> bool:  # noqa: N805 - of a class of classes
        return isinstance(instance, TypedStorage) and instance.dtype is cls.dtype

    def __call__(cls, *args: Any) -> Any:  # noqa: N805 - of a class of classes
        return TypedStorage(*args, dtype=cls.dtype)

    def __repr__(cls) -> str:  # noqa: N805 - of a class of classes
        return f"<class 'torch.{cls.__name__}'>"


LEGACY: dict[str, Any] = {
    f"{dtype.legacy_name}Storage": _Legacy(f"{dtype.legacy_name}Storage", (), {"dtype": dtype})
    for dtype in dtypes.BY_NAME.values()
}
globals().update(LEGACY)


# ---- methods of tensors ------------------------------------------------------------------------------------


def untyped_storage(self: Any) -> UntypedStorage:
    """The bytes that the tensor lies in, with those of its views and of its base."""
    return UntypedStorage(_flat(memory(self)))


def _typed_storage(self: Any) -> TypedStorage:
    return typed(untyped_storage(self), self._dtype)


def storage(self: Any) -> TypedStorage:
    """The elements that the tensor lies in; deprecated."""
    _warn()
    return _typed_storage(self)


def storage_type(self: Any) -> type:
    """The old class of `storage()`."""
    return LEGACY[f"{self._dtype.legacy_name}Storage"]


def is_shared(self: Any) -> bool:
    """Whether other processes see the memory."""
    return untyped_storage(self).is_shared()


def share_memory_(self: Any) -> Any:
    """Move the elements to memory that processes forked from this one see, too."""
    array = memory(self)
    if array.size and not is_shared(self):
        shared = np.ndarray(array.shape, array.dtype, mmap.mmap(-1, array.nbytes))
        shared[...] = array
        self._array = shared
    return self


def viewed(storage: Any, dtype: dtypes.dtype, offset: int, size: Any, stride: Any) -> np.ndarray[Any, Any]:
    """The array that looks at a storage in this way; raises `RuntimeError` where the storage is too small."""
    content = storage._untyped_storage._bytes if isinstance(storage, TypedStorage) else storage._bytes
    itemsize = dtype.itemsize
    if min((offset, *size, *stride), default=0) < 0:
        raise RuntimeError("sizes, strides and offsets of a tensor must not be negative")
    needed = 0
    if 0 not in size:
        needed = offset + 1 + sum((length - 1) * step for length, step in zip(size, stride))
    if needed * itemsize > content.size:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize {itemsize} requiring a "
            f"storage size of {needed * itemsize} are out of bounds for storage of size {content.size}"
        )
    whole = content[: content.size // itemsize * itemsize].view(dtype.numpy)
    if 0 in size:
        return np.ndarray(tuple(size), dtype.numpy, whole[:0])
    return np.ndarray(
        tuple(size), dtype.numpy, whole, offset * itemsize, [step * itemsize for step in stride]
    )
