"""Subclasses of `Tensor` that programs define: what operations on them give, and their `__torch_function__`.

Source: "Extending torch Python API". Nothing of this is there before the first such class: only then are its methods, and
the functions of the namespace, exchanged for ones that look at the classes of their operands.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from . import graph_engine, late
from .tensor import Tensor

ROOT = __name__.partition(".")[0]
_KEPT = (
    "__new__ __init__ __init_subclass__ __class__ __getattribute__ __setattr__ __delattr__ __dict__ __doc__ __module__ __hash__ "
    "__reduce_ex__ __reduce__ __deepcopy__ __copy__ __torch_function__ __repr__ __format__ __iter__ __weakref__ __sizeof__ "
    "__dir__ __array_priority__ as_subclass _make_subclass _reduce_to _accumulate _accumulate_retained __array__ __array_wrap__ "
    "__orig_bases__ __slots__"
)
_VIEWED = ("T", "mT", "H", "mH", "real", "imag", "data")  # attributes that are tensors themselves
_OF_LAYERS = {
    "ops.activations": "sigmoid tanh",
    "ops.recurrent": "gru gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell",
}  # what layers call that is not in `nn.functional`, or there by another way
_WITH_ANOTHER = (
    "add add_ sub sub_ mul mul_ div div_ pow matmul mm bmm mv dot addmm addmv maximum minimum where lerp lerp_ addcmul "
    "addcmul_ addcdiv addcdiv_ eq ne lt le gt ge atan2 fmod remainder masked_fill masked_fill_"
)  # methods of a plain tensor that may be given an instance of a subclass
_NEVER_WRAPPED = frozenset(("is_tensor", "is_storage", "save", "load", "compile"))


class _State(threading.local):
    disabled = False


_state = _State()
_adopted: list[type] = []


@contextmanager
def disabled() -> Iterator[None]:
    """Inside, subclasses are tensors like any other."""
    before, _state.disabled = _state.disabled, True
    try:
        yield
    finally:
        _state.disabled = before


def default_torch_function(cls: type, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """`Tensor.__torch_function__`: what `func` gives, as instances of the class."""
    if not all(issubclass(cls, each) for each in types):
        return NotImplemented
    with disabled():
        return _converted(func(*args, **(kwargs or {})), cls)


def disabled_torch_function(cls: type, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    """What a class gives as `__torch_function__` whose operations give plain tensors."""
    with disabled():
        return func(*args, **(kwargs or {}))


def _converted(found: Any, cls: type) -> Any:
    if isinstance(found, Tensor):
        return found if cls is Tensor or isinstance(found, cls) else found.as_subclass(cls)
    if isinstance(found, (list, tuple)) and any(isinstance(each, Tensor) for each in found):
        return type(found)([_converted(each, cls) for each in found])
    return found


def adopt(cls: type) -> None:
    """Have the operations on instances of a new subclass go through its `__torch_function__`."""
    if any(base in _adopted for base in cls.__mro__[1:]):
        _adopted.append(cls)
        return
    if not _adopted:
        _exchange_functions()
    _adopted.append(cls)
    own = {name for base in cls.__mro__[: cls.__mro__.index(Tensor)] for name in vars(base)}
    for name in set(vars(Tensor)) - own - set(_KEPT.split()):
        value = vars(Tensor)[name]
        if isinstance(value, late._Method):
            setattr(cls, name, _Late(cls, name))
        elif callable(value) and not isinstance(value, type):
            setattr(cls, name, _method(name))
        elif name in _VIEWED:
            setattr(cls, name, _attribute(name))


class _Late:
    """A method, or an attribute, that is imported when it is first looked up."""

    def __init__(self, cls: type, name: str) -> None:
        self._cls, self._name = cls, name

    def __get__(self, instance: Any, owner: type) -> Any:
        found = getattr(Tensor, self._name)
        if callable(found):
            setattr(self._cls, self._name, _method(self._name))
        else:
            delattr(self._cls, self._name)
        return getattr(owner if instance is None else instance, self._name)


def _method(name: str) -> Callable[..., Any]:
    function = getattr(Tensor, name)

    @functools.wraps(function)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _state.disabled:
            return function(self, *args, **kwargs)
        return _dispatch(function, (self, *args), kwargs)

    return call


def _attribute(name: str) -> property:
    inherited: Any = vars(Tensor)[name]

    def get(self: Any) -> Any:
        found = inherited.__get__(self, Tensor)
        return found if _state.disabled else _converted(found, type(self))

    def put(self: Any, value: Any) -> None:
        inherited.__set__(self, value)

    return property(get, put)


def overriding(args: Any, kwargs: Any = None) -> list[type]:
    """The adopted classes among those of the operands, subclasses first."""
    found: list[type] = []
    for each in (*args, *(kwargs or {}).values()):
        several = each if type(each) in (list, tuple) else (each,)
        for value in several:
            kind = type(value)
            if kind in _adopted and kind not in found:
                place = next((i for i, other in enumerate(found) if issubclass(kind, other)), len(found))
                found.insert(place, kind)
    return found


def _dispatch(function: Any, args: Any, kwargs: Any) -> Any:
    types = overriding(args, kwargs)
    for kind in types:
        found = kind.__torch_function__(function, tuple(types), args, kwargs)  # type: ignore[attr-defined]
        if found is not NotImplemented:
            return found
    if function.__name__.startswith("__"):
        return NotImplemented
    raise TypeError(
        f"no implementation found for 'torch.{function.__name__}' on types that implement __torch_function__: {types}"
    )


def _function(function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not _state.disabled and overriding(args, kwargs):
            return _dispatch(call, args, kwargs)
        return function(*args, **kwargs)

    return call


def _exchange_functions() -> None:
    """Exchange the functions of the namespaces, and what runs the graph, for ones that know of subclasses."""
    root = sys.modules[ROOT]
    from .nn import functional

    for module in (root, functional):
        content = vars(module)
        for name, value in list(content.items()):
            if _is_function(name, value):
                content[name] = _function(value)
        content["__getattr__"] = _late_functions(content, content["__getattr__"])
    for name in _WITH_ANOTHER.split():
        setattr(Tensor, name, _function(getattr(Tensor, name)))
    for table in (functional.FUNCTIONS, _OF_LAYERS):  # layers call them where they are declared
        for name, path in late.by_name(table).items():
            module = import_module(f"{ROOT}.{path}")
            if _is_function(name, getattr(module, name)):
                setattr(module, name, _function(getattr(module, name)))
    run = graph_engine.run

    @functools.wraps(run)
    def run_plain(*args: Any, **kwargs: Any) -> Any:
        with disabled():
            return run(*args, **kwargs)

    graph_engine.run = run_plain


def _late_functions(content: dict[str, Any], find: Callable[[str], Any]) -> Callable[[str], Any]:
    def __getattr__(name: str) -> Any:  # noqa: N807 - it is the module's
        found = find(name)
        if _is_function(name, found):
            found = content[name] = _function(found)
        return found

    return __getattr__


def _is_function(name: str, value: Any) -> bool:
    if name.startswith("_") or name in _NEVER_WRAPPED or isinstance(value, type):
        return False
    return callable(value) and hasattr(value, "__code__")
