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
from types import FunctionType
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
_METHODS_OF_OPERATORS = (
    "add:add radd:add sub:sub mul:mul rmul:mul truediv:div div:div mod:remainder pow:pow matmul:matmul rand:bitwise_and "
    "ror:bitwise_or rxor:bitwise_xor iadd:add_ isub:sub_ imul:mul_ itruediv:div_ imod:remainder_ ifloordiv:floor_divide_ "
    "ipow:pow_ rtruediv:__rdiv__ neg:neg abs:abs pos:positive ne:ne lt:lt le:le gt:gt ge:ge"
)  # what `__torch_function__` gets for them; other operators go by their own names
_CALLED_BY_OPERATORS = {
    f"__{operator}__": method
    for operator, method in (each.split(":") for each in _METHODS_OF_OPERATORS.split())
}
_OPERATORS = "add sub mul truediv div floordiv mod pow matmul and or xor lshift rshift eq ne lt le gt ge"
_BINARY = {  # where Python asks the other operand if nobody knows an answer
    f"__{side}{operator}__" for operator in _OPERATORS.split() for side in ("", "r", "i")
}
_FUNCTIONAL = "torch.nn.functional."
_FAMILIES = ("linalg", "fft", "special")  # their functions go by the family's name too: `linalg_norm`
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


def is_disabled() -> bool:
    """Whether subclasses are tensors like any other now."""
    return _state.disabled


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
    function = _named(getattr(Tensor, name), _CALLED_BY_OPERATORS.get(name, name))
    if name in vars(Tensor):
        setattr(Tensor, name, function)

    @functools.wraps(function)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _state.disabled:
            return function(self, *args, **kwargs)
        found, types = _dispatch(function, (self, *args), kwargs)
        if found is NotImplemented and name not in _BINARY:
            raise TypeError(_nobody(f"torch.Tensor.{function.__name__}", types))
        return found

    return call


def _named(function: Any, name: str) -> Any:
    """The same function by the name under which PyTorch hands it to `__torch_function__`."""
    if type(function) is not FunctionType or function.__name__ == name:
        return function
    renamed = FunctionType(
        function.__code__, function.__globals__, name, function.__defaults__, function.__closure__
    )
    renamed.__kwdefaults__ = function.__kwdefaults__
    functools.update_wrapper(renamed, function, assigned=("__module__", "__doc__", "__annotations__"))
    return renamed


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


def _dispatch(function: Any, args: Any, kwargs: Any) -> tuple[Any, list[type]]:
    """What the first class that knows an answer gives, and the classes; `NotImplemented` if none does."""
    types = overriding(args, kwargs)
    for kind in types:
        found = kind.__torch_function__(function, tuple(types), args, kwargs)  # type: ignore[attr-defined]
        if found is not NotImplemented:
            return found, types
    return NotImplemented, types


def _nobody(name: str, types: list[type]) -> str:
    if name.startswith(_FUNCTIONAL):
        return f"no implementation found for '{name}' on types that implement __torch_function__: {types}"
    asked = "".join(f"\n  - tensor subclass {kind}" for kind in types)
    return (
        f"Multiple dispatch failed for '{name}'; all __torch_function__ handlers returned NotImplemented:\n{asked}\n\n"
        "For more information, try re-running with TORCH_LOGS=not_implemented"
    )


def _function(function: Any, place: str = "torch.", name: str | None = None) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not _state.disabled and overriding(args, kwargs):
            found, types = _dispatch(call, args, kwargs)
            if found is NotImplemented:
                raise TypeError(_nobody(place + call.__name__, types))
            return found
        return function(*args, **kwargs)

    if name is not None:
        call.__name__ = name
    return call


def _exchange_functions() -> None:
    """Exchange the functions of the namespaces, and what runs the graph, for ones that know of subclasses."""
    root = sys.modules[ROOT]
    from .nn import functional

    for module, place in ((root, "torch."), (functional, _FUNCTIONAL)):
        content = vars(module)
        for name, value in list(content.items()):
            if _is_function(name, value):
                content[name] = _function(value, place)
        content["__getattr__"] = _late_functions(content, content["__getattr__"], place)
    for family in _FAMILIES:
        module = import_module(f"{ROOT}.{family}")
        content, place, prefix = vars(module), f"torch.{family}.", f"{family}_"
        for name in dir(module):
            if name in content and _is_function(name, content[name]):
                content[name] = _function(content[name], place, prefix + name)
        content["__getattr__"] = _late_functions(content, content["__getattr__"], place, prefix)
    for name in _WITH_ANOTHER.split():
        setattr(Tensor, name, _function(getattr(Tensor, name), "torch.Tensor."))
    for table in (functional.FUNCTIONS, _OF_LAYERS):  # layers call them where they are declared
        for name, path in late.by_name(table).items():
            module = import_module(f"{ROOT}.{path}")
            if _is_function(name, getattr(module, name)):
                setattr(module, name, _function(getattr(module, name), _FUNCTIONAL))
    run = graph_engine.run

    @functools.wraps(run)
    def run_plain(*args: Any, **kwargs: Any) -> Any:
        with disabled():
            return run(*args, **kwargs)

    graph_engine.run = run_plain


def _late_functions(
    content: dict[str, Any], find: Callable[[str], Any], place: str, prefix: str | None = None
) -> Callable[[str], Any]:
    def __getattr__(name: str) -> Any:  # noqa: N807 - it is the module's
        found = find(name)
        if _is_function(name, found):
            found = content[name] = _function(found, place, None if prefix is None else prefix + name)
        return found

    return __getattr__


def _is_function(name: str, value: Any) -> bool:
    if name.startswith("_") or name in _NEVER_WRAPPED or isinstance(value, type):
        return False
    return callable(value) and hasattr(value, "__code__")
