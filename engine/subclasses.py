"""Subclasses of `Tensor` that programs define: their methods and attributes go through their `__torch_function__`.

Source: "Extending torch Python API". The first such class has the functions of the namespaces ask, too (`watching.py`).
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from . import late
from .late import is_foreign
from .overriding import adopted
from .tensor import Tensor
from .watched_names import ATTRIBUTES, KEPT
from .watching import Attribute, asking_method, iterate, watch_functions, watch_method

_VIEWED = ("T", "mT", "H", "mH", "real", "imag", "data")  # attributes that are tensors themselves
_WITH_ANOTHER = (
    "add add_ sub sub_ mul mul_ div div_ pow matmul mm bmm mv dot addmm addmv maximum minimum where lerp lerp_ addcmul "
    "addcmul_ addcdiv addcdiv_ eq ne lt le gt ge atan2 fmod remainder masked_fill masked_fill_ "
    "__getitem__ __iadd__ __isub__ __imul__ __itruediv__ __setitem__ copy_"
)  # methods of a plain tensor that may be given an instance of a subclass


def adopt(cls: type) -> None:
    """Have the operations on instances of a new subclass go through its `__torch_function__`.

    Raises `NotImplementedError` for a class with `__torch_dispatch__`: the engine does not have PyTorch's operators below it.
    """
    if "__torch_dispatch__" in vars(cls):
        raise NotImplementedError(
            f"{cls.__name__} defines __torch_dispatch__, which this engine never calls: define __torch_function__ instead"
        )
    if any(base in adopted for base in cls.__mro__[1:]):
        adopted.add(cls)
        return
    if not adopted:
        watch_functions()
        for name in _WITH_ANOTHER.split():
            watch_method(name, getattr(Tensor, name))
    adopted.add(cls)
    own = {name for base in cls.__mro__[: cls.__mro__.index(Tensor)] for name in vars(base)}
    attributes = (
        ATTRIBUTES if is_foreign(cls) else _VIEWED
    )  # the engine's own classes answer the others themselves
    for name in set(vars(Tensor)) - own - KEPT:
        value = vars(Tensor)[name]
        if isinstance(value, late._Method):
            setattr(cls, name, _Late(cls, name))
        elif name in attributes:
            setattr(cls, name, Attribute(name, value))
        elif type(value) is FunctionType:
            setattr(cls, name, asking_method(name))
    if "__iter__" not in own:
        cls.__iter__ = iterate  # type: ignore[attr-defined]


class _Late:
    """A method, or an attribute, that is imported when it is first looked up."""

    def __init__(self, cls: type, name: str) -> None:
        self._cls, self._name = cls, name

    def __get__(self, instance: Any, owner: type) -> Any:
        getattr(Tensor, self._name)
        found = vars(Tensor)[self._name]
        if type(found) is FunctionType:
            setattr(self._cls, self._name, asking_method(self._name))
        elif self._name in ATTRIBUTES:
            setattr(self._cls, self._name, Attribute(self._name, found))
        else:
            delattr(self._cls, self._name)
        return getattr(owner if instance is None else instance, self._name)
