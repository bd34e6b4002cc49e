"""What `import engine` leaves until a program asks for it, so that importing stays quick.

A table names the module that holds each name; the module is imported when the first of its names is used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

_NAMES = """
    aminmax argsort count_nonzero cross cummax cummin cumprod diff dist inner isclose kron kthvalue logcumsumexp
    median mode nanmean nanmedian nanquantile nansum quantile renorm repeat_interleave scatter_reduce
    select_scatter slice_scatter sort split_with_sizes take_along_dim topk index_reduce roll tile unfold
    index_reduce_ scatter_reduce_ copysign atan2 arctan2 fmax fmin fmod gcd lcm hypot igamma igammac ldexp
    logaddexp logaddexp2 nextafter xlogy less greater less_equal greater_equal not_equal bitwise_and bitwise_or
    bitwise_xor bitwise_left_shift bitwise_right_shift heaviside float_power
"""
NUMPY_NAMED = frozenset(_NAMES.split())
"""The methods imported late that have a parameter which NumPy calls otherwise."""

ROOT = __name__.partition(".")[0]

on_found: list[
    Callable[[str, str, Any], None]
] = []  # called with package, name and value of what was imported late
on_found_method: list[Callable[[str, Any], None]] = []  # the same of tensors' methods, with name and value


def is_foreign(cls: type) -> bool:
    """Whether a program has defined the class; one made by `type()` may belong to no module."""
    return getattr(cls, "__module__", "").partition(".")[0] not in (ROOT, "torch")


def by_name(table: dict[str, str]) -> dict[str, str]:
    """The module of each name; a table lists the names of each module, separated by spaces."""
    return {name: module for module, names in table.items() for name in names.split()}


class _Package(ModuleType):
    """A package whose `__dict__` holds all of its names once a program reads it, as in `torch.optim.__dict__["Adam"]`."""

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        for name in self.__dir__():
            # What is no part of the engine, or in a module that is still being imported, is left out.
            with suppress(ImportError, AttributeError):
                getattr(self, name)
        return held(self)


def held(package: ModuleType) -> dict[str, Any]:
    """What a package has found up to now."""
    found: dict[str, Any] = vars(ModuleType)["__dict__"].__get__(package)
    return found


def attributes(
    package: str, table: dict[str, str], submodules: str = "", made: Callable[[str, Any], Any] | None = None
) -> tuple[Any, Any]:
    """`__getattr__` and `__dir__` of a package whose other names stand in the modules of a table.

    A module is named as it stands below `engine`; `submodules` are the package's own modules, and `made` makes of a name
    and its value what the package has. What is in neither raises
    `AttributeError` in PyTorch's words; of what PyTorch has, it names the nearest thing there is.
    """
    where, modules = by_name(table), frozenset(submodules.split())
    sys.modules[package].__class__ = _Package

    def __getattr__(name: str) -> Any:  # noqa: N807 - it is the package's
        if name in modules:
            return import_module(f"{package}.{name}")
        if name == "__all__":  # what `from torch.optim import *` gives
            present = held(sys.modules[package]).items()
            other = (ModuleType, type(annotations))
            own = [
                each for each, value in present if not isinstance(value, other) and value is not attributes
            ]
            return sorted({each for each in (*own, *where) if not each.startswith("_")})
        if name not in where:
            raise not_in_module(package, name, __dir__())
        value = getattr(import_module(f"{ROOT}.{where[name]}"), name)
        return keep(package, name, value if made is None else made(name, value))

    def __dir__() -> list[str]:  # noqa: N807 - it is the package's
        return sorted({*held(sys.modules[package]), *where, *modules})

    return __getattr__, __dir__


def keep(package: str, name: str, value: Any) -> Any:
    """Note what a package has found under a name."""
    setattr(sys.modules[package], name, value)
    for note in on_found:
        note(package, name, value)
    return getattr(sys.modules[package], name)


def shown(package: str) -> str:
    """What PyTorch calls a package of the engine."""
    return f"torch{package[len(ROOT) :]}"


def not_in_module(package: str, name: str, present: list[str]) -> AttributeError:
    """The error about a name that a module lacks: PyTorch's own if PyTorch's module lacks it, too."""
    from .absent import ABSENT

    owner, module = f"module {shown(package)!r}", sys.modules[package]
    if name in ABSENT.get(shown(package), "").split():
        return _lacked(owner, name, present, module)
    return AttributeError(f"{owner} has no attribute {name!r}", name=name, obj=module)


def _lacked(owner: str, name: str, present: list[str], obj: Any) -> AttributeError:
    """PyTorch's error about a name that is not there, and the nearest one that is."""
    from difflib import get_close_matches

    near = get_close_matches(name, [each for each in present if not each.startswith("_")], 1)
    nearest = f"; the nearest name that is there is {near[0]!r}" if near else ""
    text = f"{owner} has no attribute {name!r}{nearest} (this engine lacks it)"
    return AttributeError(text, name=name, obj=obj)


class _Method:
    """A method that becomes the function of its module when it is first looked up."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, instance: Any, owner: type) -> Any:
        value = getattr(import_module(f"{ROOT}.{self._module}"), self._name)
        if self._name in NUMPY_NAMED:
            from .arguments import method

            value = method(value, self._name)
        setattr(self._owner, self._name, value)
        for note in on_found_method:
            note(self._name, value)
        return getattr(owner if instance is None else instance, self._name)


class _Absent:
    """What PyTorch's class has and this one lacks: looking it up says so, and names the nearest that there is."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        holder = f"type object {owner.__name__!r}" if instance is None else f"{owner.__name__!r} object"
        present = [each for each, value in vars(owner).items() if not isinstance(value, _Absent)]
        raise _lacked(holder, self._name, present, instance)


def add_absent(owner: type, names: str) -> None:
    """Note what a class lacks; `__getattr__`, which could say it of any name, would slow down every lookup."""
    for name in names.split():
        missing = _Absent()
        missing.__set_name__(owner, name)
        setattr(owner, name, missing)


def add_methods(owner: type, table: dict[str, str]) -> None:
    """Give a class the methods of a table; the function of a method has the method's name."""
    for name, module in by_name(table).items():
        method = _Method(module)
        method.__set_name__(owner, name)
        setattr(owner, name, method)
