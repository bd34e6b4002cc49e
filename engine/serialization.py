"""`torch.save` and `torch.load`: objects with tensors in PyTorch's own files, so that each reads what the other wrote.

Source: torch.save, torch.load, torch.serialization.
"""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from . import archives, copying, pickled_names, rebuilding, weights_only
from .base import TensorBase
from .device import device as device_class
from .dtypes import dtype as dtype_class
from .dtypes import uint8
from .layouts import layout as layout_class
from .shown import Shown
from .storage import TypedStorage, UntypedStorage, typed
from .weights_only import Error, explained

DEFAULT_PROTOCOL = 2
MAP_LOCATION = Callable[[Any, str], Any] | device_class | str | dict[str, str] | None
_NO_CUDA = (
    "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False. If you are running on a CPU-only "
    "machine, please use torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
)


# ---- writing -----------------------------------------------------------------------------------------------


_Base: Any = pickle._Pickler  # the one in Python: what it writes for a class can be exchanged


class _Pickler(_Base):
    """Writes our classes and functions by PyTorch's names, and storages apart."""

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.storages: dict[str, np.ndarray[Any, Any]] = {}
        self._keys: dict[int, str] = {}
        self._types: dict[int, dtype_class] = {}

    def persistent_id(self, obj: Any) -> Any:
        """Of a storage: under which key its bytes stand in the archive."""
        if isinstance(obj, TypedStorage):
            untyped, dtype, kind = obj._untyped_storage, obj.dtype, pickled_names.KINDS[obj.dtype]
        elif isinstance(obj, UntypedStorage):
            untyped, dtype, kind = obj, uint8, UntypedStorage  # type: ignore[assignment]
        else:
            return None
        place = untyped.data_ptr()
        if self._types.setdefault(place, dtype) is not dtype:
            raise RuntimeError(
                "Cannot save multiple tensors or storages that view the same data as different types"
            )
        key = self._keys.setdefault(place, str(len(self._keys)))
        self.storages[key] = np.zeros_like(untyped._bytes) if skip_data.entered else untyped._bytes
        return ("storage", kind, key, "cpu", untyped.nbytes() // dtype.itemsize)

    def reducer_override(self, obj: Any) -> Any:
        """Tensors as PyTorch takes them apart; types by their names."""
        if isinstance(obj, TensorBase) and type(obj).__reduce_ex__ is copying.reduce:
            return rebuilding.reduce(obj)
        if isinstance(obj, dtype_class):
            return obj.name
        if isinstance(obj, pickled_names.StorageKind):
            return obj.__name__
        if isinstance(obj, layout_class):
            return pickled_names._get_layout, (str(obj),)
        if isinstance(obj, Shown) and type(obj).__reduce_ex__ is Shown.__reduce_ex__:
            return object.__reduce_ex__(obj, self.proto)
        return NotImplemented

    def save_global(self, obj: Any, name: str | None = None) -> None:
        """A class or a function by its module and name."""
        found = pickled_names.name_of(obj, name)
        if found is None:
            try:
                super().save_global(obj, name)
            except (pickle.PicklingError, AttributeError):
                pickle.dumps(obj, self.proto)  # which raises the error that PyTorch's pickler does
                raise
            return
        if self.proto >= 4:
            self.save(found[0])
            self.save(found[1])
            self.write(pickle.STACK_GLOBAL)
        else:
            self.write(pickle.GLOBAL + "{}\n{}\n".format(*found).encode())
        self.memoize(obj)

    dispatch: ClassVar[dict[type, Any]] = dict(_Base.dispatch)
    dispatch[type(lambda: 0)] = save_global

    def _save_class(self, obj: type) -> None:
        if pickled_names.name_of(obj, None) is None:
            self.save_type(obj)
        else:
            self.save_global(obj)

    dispatch[type] = _save_class


def save(
    obj: Any,
    f: Any,
    pickle_module: Any = pickle,
    pickle_protocol: int = DEFAULT_PROTOCOL,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write an object to a file, or to a file object, in PyTorch's format."""
    if not _is_path(f) and not hasattr(f, "write"):
        raise AttributeError(
            "expected 'f' to be string, path, or a file-like object with a 'write' attribute"
        )
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("the format of PyTorch before 1.6 is not written: leave the argument out")
    content = io.BytesIO()
    pickler = _Pickler(content, pickle_protocol)
    pickler.dump(obj)
    if not _is_path(f):
        archives.write(f, "archive", content.getvalue(), pickler.storages)
        return
    path = os.fspath(f)
    folder, name = os.path.split(path)
    if folder and not os.path.isdir(folder):
        raise RuntimeError(f"Parent directory {folder} does not exist.")
    stem = os.path.splitext(name if isinstance(name, str) else os.fsdecode(name))[0]
    with open(path, "wb") as file:
        archives.write(file, stem or "archive", content.getvalue(), pickler.storages)


class skip_data:  # noqa: N801 - PyTorch's own name
    """Inside, `save` leaves room for the elements of tensors, but does not write them. Source: torch.serialization."""

    __module__ = "torch.serialization"

    entered = 0  # how often

    def __init__(self, materialize_fake_tensors: bool = False) -> None:
        self.materialize_fake_tensors = materialize_fake_tensors

    def __enter__(self) -> None:
        skip_data.entered += 1

    def __exit__(self, *error: object) -> None:
        skip_data.entered -= 1


def _is_path(f: Any) -> bool:
    return isinstance(f, (str, bytes, os.PathLike))


# ---- reading -----------------------------------------------------------------------------------------------


class _Unpickler(pickle.Unpickler):
    """Reads what a trusted file holds."""

    def __init__(self, file: Any, storage: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(file, **options)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        """A class or function by PyTorch's name of it, or its own."""
        if pickled_names.is_ours(module):
            return pickled_names.find(module, name)
        return super().find_class(module, name)

    def persistent_load(self, saved_id: Any) -> Any:
        """The storage of a key."""
        return self._storage(saved_id)


class _WeightsUnpickler(weights_only.Unpickler):
    """Reads what any file holds."""

    def __init__(self, file: Any, storage: Callable[[Any], Any], **options: Any) -> None:
        super().__init__(file, **options)
        self._storage = storage

    def persistent_load(self, saved_id: Any) -> Any:
        """The storage of a key."""
        if type(saved_id) is not tuple or not saved_id or saved_id[0] != "storage":
            raise Error(f"Only persistent_load of storage is allowed, but got {type(saved_id)}")
        return self._storage(saved_id)


def load(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what `save` wrote, here or in PyTorch; unless `weights_only=False`, only plain data and tensors."""
    if weights_only and pickle_module is not None:
        raise RuntimeError("Can not safely load weights when explicit pickle_module is specified")
    safely = weights_only if weights_only is not None else pickle_module is None
    if _is_path(f):
        with open(f, "rb") as file:
            return _load(file, map_location, safely, pickle_load_args)
    missing = [name for name in ("seek", "read") if not hasattr(f, name)]
    if missing:
        raise AttributeError(
            f"'{type(f).__name__}' object has no attribute '{missing[0]}'. You can only torch.load "
            "from a file that is seekable. Please pre-load the data into a buffer like io.BytesIO and try to load from it "
            "instead."
        )
    return _load(f, map_location, safely, pickle_load_args)


def _load(file: Any, map_location: Any, safely: bool, options: dict[str, Any]) -> Any:
    unpickler = _WeightsUnpickler if safely else _Unpickler
    options = {"encoding": "utf-8", **options}
    try:
        if not archives.is_archive(file):
            return _load_without_archive(file, unpickler, options)
        reader = archives.Reader(file)
        if reader.has("constants.pkl"):
            raise NotImplementedError(
                "the file holds a compiled program of TorchScript, which is not run here"
            )
        found = unpickler(io.BytesIO(reader.read("data.pkl")), _storages(reader, map_location), **options)
        return found.load()
    except pickle.UnpicklingError as error:
        if not safely:
            raise
        raise Error(explained(str(error))) from None


def _load_without_archive(file: Any, unpickler: Any, options: dict[str, Any]) -> Any:
    found = unpickler(file, lambda saved_id: None, **options).load()
    if found == 0x1950A86A20F9469CFC6C:
        raise NotImplementedError(
            "the file is in the format of PyTorch before 1.6: load and save it once more with PyTorch"
        )
    raise RuntimeError("Invalid magic number; corrupt file?")


def _storages(reader: archives.Reader, map_location: Any) -> Callable[[Any], Any]:
    restore = _restorer(map_location)
    known: dict[str, Any] = {}

    def storage_of(saved_id: Any) -> Any:
        _, kind, key, location, _ = saved_id
        if key not in known:
            known[key] = restore(UntypedStorage(reader.storage(key)), location)
        return typed(known[key], kind.dtype if isinstance(kind, pickled_names.StorageKind) else uint8)

    return storage_of


def _restorer(map_location: Any) -> Callable[[Any, str], Any]:
    """What places a storage, given where it was when it was saved."""
    if map_location is None:
        return _place
    if isinstance(map_location, dict):
        return lambda storage, location: _place(storage, map_location.get(location, location))
    if isinstance(map_location, (str, bytes)):
        text = map_location if isinstance(map_location, str) else map_location.decode()
        return lambda storage, location: _place(storage, text)
    if isinstance(map_location, device_class):
        return lambda storage, location: _place(storage, str(map_location))

    def chosen(storage: Any, location: str) -> Any:
        found = map_location(storage, location)
        return _place(storage, location) if found is None else found

    return chosen


def _place(storage: Any, location: str) -> Any:
    kind = str(location).partition(":")[0]
    if kind == "cpu":
        return storage
    if kind == "meta":
        storage.device = device_class("meta")
        return storage
    if kind == "cuda":
        raise RuntimeError(_NO_CUDA)
    raise RuntimeError(
        f"don't know how to restore data location of {UntypedStorage!r} (tagged with {location})".replace(
            "<class '", ""
        ).replace("'>", "")
    )


# ---- what a file may name ----------------------------------------------------------------------------------


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Allow classes and functions to be named by files that are loaded with `weights_only=True`."""
    weights_only._user_allowed.extend(each for each in safe_globals if each not in weights_only._user_allowed)


def get_safe_globals() -> list[Any]:
    """What `add_safe_globals` added."""
    return list(weights_only._user_allowed)


def clear_safe_globals() -> None:
    """Allow nothing more than at first."""
    weights_only._user_allowed.clear()


class safe_globals:  # noqa: N801 - PyTorch's own name
    """`add_safe_globals` for the time of a `with`."""

    def __init__(self, safe_globals: list[Any]) -> None:
        self._added = safe_globals

    def __enter__(self) -> None:
        self._before = get_safe_globals()
        add_safe_globals(self._added)

    def __exit__(self, *error: object) -> None:
        weights_only._user_allowed[:] = self._before


def get_unsafe_globals_in_checkpoint(f: Any) -> list[str]:
    """The names in a file that `weights_only=True` would refuse."""
    import pickletools

    pickled = archives.Reader(f).read("data.pkl")
    allowed = {**pickled_names.safe(), **weights_only.user_allowed()}
    names = {
        str(argument).replace(" ", ".")
        for operation, argument, _ in pickletools.genops(pickled)
        if operation.name == "GLOBAL"
    }
    return sorted(names - set(allowed))


def set_default_mmap_options(flags: int) -> None:
    """Keeps nothing: files are read, not mapped."""


def get_default_load_endianness() -> None:
    """None: files say it themselves."""
