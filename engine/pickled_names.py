"""The names that pickled data give to classes and functions: PyTorch's, both in files that it wrote and in ours."""

from __future__ import annotations

from collections import Counter, OrderedDict
from functools import cache
from importlib import import_module
from typing import Any

from . import dtypes, layouts, rebuilding
from .device import device
from .nn.parameter import Buffer, Parameter
from .size import Size
from .storage import TypedStorage, UntypedStorage
from .tensor import Tensor

ROOT = __name__.partition(".")[0]
_LAYOUTS = {str(each): each for each in vars(layouts).values() if isinstance(each, layouts.layout)}


class StorageKind:
    """Stands for one of the old storage classes, such as `FloatStorage`, which name the type of elements."""

    def __init__(self, dtype: dtypes.dtype) -> None:
        self.dtype = dtype
        self.__name__ = self.__qualname__ = f"{dtype.legacy_name}Storage"


KINDS = {kind: StorageKind(kind) for kind in dtypes.BY_NAME.values()}


def _get_layout(name: str) -> layouts.layout:
    return _LAYOUTS[name]


def _known() -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {
        ("torch", "Size"): Size,
        ("torch", "Tensor"): Tensor,
        ("torch", "device"): device,
        ("torch.nn.parameter", "Parameter"): Parameter,
        ("torch.nn.parameter", "Buffer"): Buffer,
        ("torch.storage", "UntypedStorage"): UntypedStorage,
        ("torch.storage", "TypedStorage"): TypedStorage,
        ("torch.serialization", "_get_layout"): _get_layout,
        ("torch._tensor", "_rebuild_from_type_v2"): rebuilding._rebuild_from_type_v2,
    }
    for name, function in vars(rebuilding).items():
        if name.startswith("_rebuild") and name != "_rebuild_from_type_v2":
            found["torch._utils", name] = function
    for name, dtype in dtypes.BY_NAME.items():
        found["torch", name] = dtype
        found["torch", f"{dtype.legacy_name}Storage"] = KINDS[dtype]
    return found


@cache
def by_name() -> dict[tuple[str, str], Any]:
    """What PyTorch's names of the things that tensors are pickled with stand for."""
    return _known()


@cache
def _names() -> dict[int, tuple[str, str]]:
    return {id(value): name for name, value in by_name().items()}


@cache
def safe() -> dict[str, Any]:
    """What a file that is not trusted may name."""
    import _codecs

    found = {".".join(name): value for name, value in by_name().items()}
    plain = {
        "collections.OrderedDict": OrderedDict,
        "collections.Counter": Counter,
        "_codecs.encode": _codecs.encode,
    }
    return {
        **found,
        **plain,
        "builtins.bytearray": bytearray,
        "builtins.set": set,
        "builtins.complex": complex,
    }


def name_of(obj: Any, name: str | None) -> tuple[str, str] | None:
    """PyTorch's module and name of something of ours; None of anything else."""
    found = _names().get(id(obj))
    if found is not None:
        return found
    module = getattr(obj, "__module__", None) or ""
    if is_ours(module):
        return module, name or obj.__qualname__
    if module != ROOT and not module.startswith(ROOT + "."):
        return None
    return f"torch{module[len(ROOT) :]}", name or obj.__qualname__


def find(module: str, name: str) -> Any:
    """What one of PyTorch's names stands for here; raises `AttributeError` where there is no such thing."""
    found = by_name().get((module, name))
    if found is not None:
        return found
    below = module[len("torch") :]
    try:
        value = import_module(ROOT + below)
        for part in name.split("."):
            value = getattr(value, part)
    except (ModuleNotFoundError, AttributeError):
        package = below.rpartition(".")[0]  # which offers it, wherever it stands
        if not package or not hasattr(import_module(ROOT + package), name):
            raise
        return getattr(import_module(ROOT + package), name)
    return value


def is_ours(module: str) -> bool:
    """Whether this is a module of PyTorch's."""
    return module == "torch" or module.startswith("torch.")
