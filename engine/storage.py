"""Storages: the memory that tensors lie in, as objects, by bytes (`UntypedStorage`) or by elements (`TypedStorage`).

Source: torch.Storage. What a tensor and its views share inside the engine is `Storage` of `base.py`; these are made when asked for.
"""

from __future__ import annotations

import mmap
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import dtypes
from .base import memory, owner_and_offset
from .device import CPU, Public

_DEPRECATED = (
    "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only storage class. This should "
    "only matter to you if you are using storages directly.  To access UntypedStorage directly, use tensor.untyped_storage() "
    "instead of tensor.storage()"
)
_CONSTRUCTORS = (
    "TypedStorage.__init__ received an invalid combination of arguments. Expected one of:\n"
    " * (*, torch.device device, torch.dtype dtype)\n"
    " * (int size, *, torch.device device, torch.dtype dtype)\n"
    " * (Sequence data, *, torch.device device, torch.dtype dtype)\n"
    " * (*, UntypedStorage wrap_storage, torch.dtype dtype)"
)
_state = {"warned": False}


def _flat(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The whole memory that an array lies in, in order."""
    return owner_and_offset(array)[0].ravel("K")


class _Storage(metaclass=Public):
    """What both kinds have: copies of another type (`float()`, `long()`, ...), and places where they are not."""

    device = CPU
    filename: str | None = None
    is_cuda = is_hpu = is_sparse = is_sparse_csr = False

    def get_device(self) -> None:
        """None."""

    def pin_memory(self, device: Any = None) -> Any:
        """Raises `RuntimeError`: no device needs pinned memory."""
        raise RuntimeError("Cannot access accelerator device when none is available.")

    def hpu(self, device: Any = None, non_blocking: bool = False) -> Any:
        """Raises `AssertionError`: there is no such device."""
        raise AssertionError("HPU device module is not loaded")


class UntypedStorage(_Storage):
    """Bytes that tensors lie in."""

    def __init__(self, content: Any = 0, *, device: Any = None) -> None:
        if isinstance(content, np.ndarray):
            self._bytes = content.view(np.uint8)
        elif isinstance(content, int) and not isinstance(content, bool):
            self._bytes = np.zeros(content, np.uint8)
        else:
            self._bytes = np.array([each % 256 for each in _whole_numbers(content)], np.uint8)

    @staticmethod
    def from_buffer(
        buffer: Any, byte_order: Any = None, count: int = -1, offset: int = 0, *, dtype: Any = None
    ) -> UntypedStorage:
        """A copy of a buffer's bytes; those of each element of `dtype` are turned where `byte_order` is not this machine's."""
        return UntypedStorage(_from_buffer(buffer, byte_order, count, offset, dtype))

    @staticmethod
    def from_file(filename: str, shared: bool = False, nbytes: int = 0) -> UntypedStorage:
        """The first bytes of a file; with `shared`, what is written goes into it. See `torch.from_file` for what is refused."""
        from .ops.making import from_file

        if not isinstance(filename, str):
            raise TypeError(f"argument 1 must be str, not {type(filename).__name__}")
        if not nbytes and not shared:
            return UntypedStorage(0)
        made = UntypedStorage(from_file(filename, shared, nbytes, dtype=dtypes.uint8)._array)
        if shared:
            made.filename = filename
        return made

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
        self._bytes[...] = value % 256
        return self

    def copy_(self, source: Any, non_blocking: bool | None = None) -> UntypedStorage:
        """Take over the bytes of another storage; raises `RuntimeError` if it has more or fewer."""
        if source.nbytes() != self.nbytes():
            raise RuntimeError(
                f"size does not match, self was {self.nbytes()} bytes but src was {source.nbytes()} bytes"
            )
        self._bytes[...] = source.untyped()._bytes
        return self

    def byteswap(self, dtype: dtypes.dtype) -> None:
        """Turn the bytes of each element of this type."""
        parts = (dtype.to_real() if dtype.is_complex else dtype).numpy
        self._bytes.view(parts).byteswap(inplace=True)

    def untyped(self) -> UntypedStorage:
        """Itself."""
        return self

    def new(self) -> UntypedStorage:
        """An empty one."""
        return UntypedStorage()

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the class, or the bytes as numbers of an old class of storages."""
        if dtype is None:
            return "torch.storage.UntypedStorage"
        if dtype is UntypedStorage:
            return self
        legacy = LEGACY[dtype.removeprefix("torch.")] if isinstance(dtype, str) else dtype
        return legacy(self.size()).copy_(self)

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

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, UntypedStorage) and (
            self is other or (self.data_ptr() == other.data_ptr() and self.nbytes() == other.nbytes() > 0)
        )

    def __hash__(self) -> int:
        return hash((UntypedStorage, self.data_ptr()))

    def __repr__(self) -> str:
        return f"{_lines(self)}[torch.storage.UntypedStorage(device=cpu) of size {self.size()}]"


def _lines(storage: Any) -> str:
    return " " + "\n ".join(str(each) for each in storage) + "\n"


def _whole_numbers(content: Any) -> list[int]:
    """The numbers of a sequence; raises `RuntimeError` for what is none, or holds others."""
    kind = type(content).__name__
    if not hasattr(content, "__getitem__"):
        raise RuntimeError(f"torch.UntypedStorage(): Expected a sequence type, but got {kind}")
    for each in content:
        if not isinstance(each, int):
            raise RuntimeError(
                f"torch.UntypedStorage(): tried to construct a storage from a sequence ({kind}), but one of the items was of type "
                f"{type(each).__name__} instead of int"
            )
    return list(content)


def _from_buffer(buffer: Any, byte_order: Any, count: int, offset: int, dtype: Any) -> np.ndarray[Any, Any]:
    if dtype is None:
        raise RuntimeError("argument 'dtype' cannot be None")
    if byte_order is None and dtype.itemsize > 1:
        raise RuntimeError("function missing required argument 'byte_order' (pos 2)")
    if byte_order not in (None, "big", "little", "native"):
        raise ValueError(f"invalid byte_order '{byte_order}' (expected 'big', 'little', or 'native')")
    size = memoryview(buffer).nbytes
    if size % dtype.itemsize and count < 0:
        raise ValueError(f"buffer size ({size}) must be a multiple of element size ({dtype.itemsize})")
    if count >= 0 and size - offset < count:
        raise ValueError(
            f"buffer has only {size - offset} elements after offset {offset}, but specified a size of {count}"
        )
    found = np.frombuffer(buffer, np.uint8, -1 if count < 0 else count * dtype.itemsize, offset).copy()
    if byte_order not in (None, "native", sys.byteorder):
        UntypedStorage(found).byteswap(dtype)
    return found


class TypedStorage(_Storage):
    """Elements that tensors lie in; deprecated."""

    def __init__(
        self, *args: Any, wrap_storage: Any = None, dtype: Any = None, _internal: bool = False, **others: Any
    ) -> None:
        if not _internal:
            _warn()
        if wrap_storage is not None and dtype is None:
            raise RuntimeError(_CONSTRUCTORS + "\nArgument 'dtype' must be specified")
        self.dtype = dtype or dtypes.get_default_dtype()
        if wrap_storage is not None:
            self._untyped_storage = wrap_storage
        elif args and isinstance(args[0], int):
            self._untyped_storage = UntypedStorage(args[0] * self.dtype.itemsize)
        else:
            self._untyped_storage = UntypedStorage(np.array(list(args[0]) if args else [], self.dtype.numpy))

    @classmethod
    def from_buffer(cls, *args: Any, **options: Any) -> TypedStorage:
        """A copy of a buffer's elements, of the default type: see `UntypedStorage.from_buffer`."""
        dtype = dtypes.get_default_dtype()
        return typed(UntypedStorage.from_buffer(*args, dtype=dtype, **options), dtype)

    @classmethod
    def from_file(cls, filename: str, shared: bool = False, size: int = 0) -> TypedStorage:
        """The first elements of a file, of the default type: see `UntypedStorage.from_file`."""
        _warn()
        dtype = dtypes.get_default_dtype()
        return typed(UntypedStorage.from_file(filename, shared, size * dtype.itemsize), dtype)

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
        """Take over the bytes of another storage, of whatever type: see `UntypedStorage.copy_`."""
        self._untyped_storage.copy_(source)
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

    def type(self, dtype: Any = None, non_blocking: bool = False) -> Any:
        """The name of the old class, or the bytes as elements of another old class."""
        return (
            f"torch.{self.dtype.legacy_name}Storage" if dtype is None else self._untyped_storage.type(dtype)
        )

    def pickle_storage_type(self) -> str:
        """The name of the old class, without its module."""
        return f"{self.dtype.legacy_name}Storage"

    def __repr__(self) -> str:
        return f"{_lines(self)}[torch.storage.TypedStorage(dtype={self.dtype}, device=cpu) of size {self.size()}]"


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


def _cast_to(dtype: dtypes.dtype) -> Any:
    def cast(self: Any) -> TypedStorage:
        elements = self._elements if isinstance(self, TypedStorage) else self._bytes
        return typed(UntypedStorage(elements.astype(dtype.numpy)), dtype)

    cast.__doc__ = f"A copy whose elements (bytes count as such) are of the type `{dtype.name}`."
    return cast


CASTS = {
    "half": dtypes.float16, "float": dtypes.float32, "double": dtypes.float64, "bfloat16": dtypes.bfloat16,
    "char": dtypes.int8, "short": dtypes.int16, "int": dtypes.int32, "long": dtypes.int64, "byte": dtypes.uint8,
    "bool": dtypes.bool_, "complex_float": dtypes.complex64, "complex_double": dtypes.complex128,
}  # fmt: skip
for _name, _dtype in CASTS.items():
    setattr(_Storage, _name, _cast_to(_dtype))


class _Legacy(Public):
    """The type of the old storage classes, which name the type of elements."""

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: Any) -> bool:  # noqa: N805 - of a class of classes
        return isinstance(instance, TypedStorage) and instance.dtype is cls.dtype

    def __call__(cls, *args: Any) -> Any:  # noqa: N805 - of a class of classes
        return TypedStorage(*args, dtype=cls.dtype)

    def from_buffer(cls, *args: Any, **options: Any) -> TypedStorage:  # noqa: N805 - of a class of classes
        """A copy of a buffer's elements: see `UntypedStorage.from_buffer`."""
        return typed(UntypedStorage.from_buffer(*args, dtype=cls.dtype, **options), cls.dtype)

    def from_file(cls, filename: str, shared: bool = False, size: int = 0) -> TypedStorage:  # noqa: N805 - of a class of classes
        """The first elements of a file: see `UntypedStorage.from_file`."""
        _warn()
        return typed(UntypedStorage.from_file(filename, shared, size * cls.dtype.itemsize), cls.dtype)

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
