"""How functions come to ask modes and types: each gets other code, and stays the object that programs know.

Nothing of this is there at first, so that it costs nothing. The functions of the namespaces ask from the first subclass on
that a program defines; tensors' own methods and attributes from the first mode on, or from the first operand that is no
tensor but has `__torch_function__`, over which a function stumbles.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from types import FunctionType
from typing import Any

from . import graph_engine, late
from .naming import renamed
from .overriding import (
    all_disabled,
    answer,
    asks,
    nobody,
    nobody_in_python,
    overriding,
    overriding_in_python,
    state,
)
from .tensor import Tensor
from .watched_names import (
    ATTRIBUTES,
    CALLED_BY_OPERATORS,
    FAMILIES,
    FUNCTIONAL,
    IN_PYTHON,
    KEPT,
    MAKING,
    METHODS_IN_PYTHON,
    NEVER,
    NEVER_BEGIN,
    NOT_HANDED_OVER,
    NOT_IN_PYTHON,
    OF_LAYERS,
    OPERATORS,
    OTHER_NAMES,
    WITH_OUT,
)

ROOT = late.ROOT
namespace = sys.modules[ROOT]
_watched: set[str] = set()  # what asks by now: "functions", "tensors"


# ---- one function ------------------------------------------------------------------------------------------


def _shell(*args: Any, _asked: Any, **kwargs: Any) -> Any:
    return _asked(args, kwargs)


def _copy(function: Any) -> Any:
    return renamed(function, function.__name__)


def _exchange(function: Any, asked: Callable[[Any, dict[str, Any]], Any]) -> None:
    """Have calls of the function go to `asked`, which gets the positional and the named arguments.

    The function stays the same object, because programs have put it into tables by then.
    """
    function.__kwdefaults__ = {"_asked": asked}
    function.__code__ = _shell.__code__.replace(
        co_freevars=function.__code__.co_freevars, co_name=function.__name__
    )


def _original(function: Any) -> Any:
    """What the function did before its code was exchanged; that is done once, whatever comes later."""
    if not hasattr(function, "_original"):
        function._original = _copy(function)
        function.__dict__.setdefault("__wrapped__", function._original)
    return function._original


def watch(function: Any, place: str, in_python: bool, handed: Any = None, is_operator: bool = False) -> None:
    """Have a function ask; `handed` is what those who are asked are handed, if not the function itself.

    Where nobody knows an answer, an operator leaves it to Python, which asks the other operand; a function raises `TypeError`.
    """
    if getattr(function, "_asks", False):
        return
    original, handed = _original(function), handed or function
    function._asks = True
    if place in MAKING:
        find: Any = _nobody
    elif place == "torch.Tensor.new_tensor":
        find = _first
    else:
        find = overriding_in_python if in_python else overriding

    def asked(args: Any, kwargs: dict[str, Any]) -> Any:
        if state.disabled and not state.modes:
            return original(*args, **kwargs)
        operands = [] if state.disabled else find(args, kwargs)
        if not operands and not state.modes:
            return original(*args, **kwargs)
        if in_python:
            positional, named = _handed_over(original, args, kwargs)
            if place in WITH_OUT:
                named.setdefault("out", None)
        else:
            positional, named = args, kwargs or None  # type: ignore[assignment]
        try:
            found = answer(handed, positional, named, operands)
        except TypeError:  # which PyTorch takes for a refusal of the operand
            if not is_operator:
                raise
            return NotImplemented
        if found is NotImplemented and not is_operator:
            raise (nobody_in_python if in_python else nobody)(place, operands)
        return found

    _exchange(function, asked)


def _nobody(args: Any, kwargs: Any) -> list[Any]:
    return []


def _first(args: Any, kwargs: Any) -> list[Any]:
    return overriding(args[:1])


_signature = functools.lru_cache(None)(inspect.signature)


def _handed_over(function: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The arguments as PyTorch's Python functions hand them over: by name where there is a default value."""
    try:
        bound = _signature(function).bind(*args, **kwargs)
    except TypeError:
        return args, kwargs
    bound.apply_defaults()
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for name, parameter in bound.signature.parameters.items():
        value = bound.arguments[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            named.update(value)
        elif parameter.default is parameter.empty and parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(value)
        elif name not in NOT_HANDED_OVER:
            named[name] = value
    return tuple(positional), named


def is_function(name: str, value: Any, place: str) -> bool:
    """Whether this is a function of a namespace that asks."""
    if name.startswith(NEVER_BEGIN) or name in NEVER.get(place, ()):
        return False
    return type(value) is FunctionType and value.__module__ != late.__name__


# ---- the functions of the namespaces -----------------------------------------------------------------------


def watch_functions() -> None:
    """Have the functions of the namespaces ask from now on, and what runs the graph not."""
    if "functions" in _watched:
        return
    _watched.add("functions")
    for package, place in _packages():
        content = late.held(import_module(package))
        for name, value in list(content.items()):
            _watch_member(name, value, place)
    from .nn import functional

    # layers call them where they are declared
    for name, path in late.by_name(functional.FUNCTIONS).items():
        _watch_member(name, getattr(import_module(f"{ROOT}.{path}"), name), FUNCTIONAL)
    for name, path in late.by_name(OF_LAYERS).items():
        function = getattr(namespace, name)
        _watch_member(name, function, "torch.")
        declared = getattr(import_module(f"{ROOT}.{path}"), name)
        if vars(Tensor).get(name) is declared:
            setattr(Tensor, name, _copy(declared))  # the method, which does not ask yet
        watch(declared, f"torch.{name}", False, function)
    for name in ("backward", "grad"):
        watch(getattr(namespace.autograd, name), f"torch.autograd.{name}", True)
    late.on_found.append(_found)
    run = graph_engine.run

    @functools.wraps(run)
    def run_plain(*args: Any, **kwargs: Any) -> Any:
        with all_disabled():
            return run(*args, **kwargs)

    graph_engine.run = run_plain


def _packages() -> list[tuple[str, str]]:
    families = [(f"{ROOT}.{family}", f"torch.{family}.") for family in FAMILIES]
    return [(ROOT, "torch."), (f"{ROOT}.nn.functional", FUNCTIONAL), *families]


def _watch_member(name: str, value: Any, place: str) -> None:
    if not is_function(name, value, place):
        return
    shown, text, in_python = OTHER_NAMES.get(place, {}).get(name, name), f"{place}{name}", False
    if place == FUNCTIONAL:
        in_python = name not in NOT_IN_PYTHON
        text = text if in_python else f"torch.nn.{name}"
    elif place == "torch.":
        in_python = name in IN_PYTHON
        text = f"torch.functional.{name}" if in_python else text
    else:
        shown = f"{place.split('.')[1]}_{name}"
        text = f"{place}{shown}"
    if _is_shared(name, value, shown, place):
        value = _copy(_original(value))
        package = next(each for each, shown_place in _packages() if shown_place == place)
        setattr(import_module(package), name, value)
    value.__name__ = shown
    watch(value, text, in_python)


def _is_shared(name: str, value: Any, shown: str, place: str) -> bool:
    """Whether a namespace has the function of another one, or one function by two names."""
    if place == FUNCTIONAL:
        return False
    if place == "torch.":
        from .nn.functional import FUNCTIONS

        return value.__name__ != shown or (name in late.by_name(FUNCTIONS) and name not in NOT_IN_PYTHON)
    return value.__name__ != shown and not value.__module__.startswith(f"{ROOT}.{place.split('.')[1]}")


def _found(package: str, name: str, value: Any) -> None:
    """A function that a namespace imports late."""
    place = dict(_packages()).get(package)
    if place is not None:
        _watch_member(name, value, place)


# ---- tensors' own methods and attributes -------------------------------------------------------------------


def watch_tensors() -> None:
    """Have the methods and attributes of all tensors ask from now on, and the functions of the namespaces."""
    watch_functions()
    if "tensors" in _watched:
        return
    _watched.add("tensors")
    for name, value in list(vars(Tensor).items()):
        if name in ATTRIBUTES:
            getattr(Tensor, name)  # some are imported late
            setattr(Tensor, name, Attribute(name, vars(Tensor)[name]))
        elif name not in KEPT and type(value) is FunctionType:
            watch_method(name, value)
    late.on_found_method.append(watch_method)
    Tensor.__iter__ = iterate  # type: ignore[method-assign]


_methods: dict[str, Any] = {}
_REFLECTED = {name for name in OPERATORS if name.startswith("__r") and f"__{name[3:]}" in OPERATORS}


def method_named(name: str) -> Any:
    """The method of that name, or the one that an operator is handed over as; each name has a function of its own."""
    own = CALLED_BY_OPERATORS.get(name, name)
    if own not in _methods:
        value: Any = getattr(Tensor, own)
        if type(value) is FunctionType and (value.__name__ != own or hasattr(value, "_original")):
            value = renamed(getattr(value, "_original", value), own)
            setattr(Tensor, own, value)
        _methods[own] = value
    return _methods[own]


def watch_method(name: str, value: Any) -> None:
    """Have a method of all tensors ask."""
    if name in CALLED_BY_OPERATORS:  # a function of its own: what the method does is not what is handed over
        setattr(Tensor, name, asking_method(name))
    else:
        _watch_as_method(method_named(name), name)


def asking_method(name: str) -> Any:
    """A method that asks, for a class of its own."""
    value: Any = getattr(Tensor, name)  # which finds it, where it is found late
    method = _copy(getattr(value, "_original", value))
    _watch_as_method(method, name)
    return _reflected(name, method) if name in _REFLECTED else method


def _reflected(name: str, method: Any) -> Any:
    """Python asks a subclass on the right first; beside a tensor, PyTorch has the operands in their order all the same."""
    forward: Any = asking_method(f"__{name[3:]}")

    def call(self: Any, other: Any) -> Any:
        return forward(other, self) if isinstance(other, Tensor) else method(self, other)

    return call


def _watch_as_method(function: Any, name: str) -> None:
    handed, in_python = method_named(name), name in METHODS_IN_PYTHON
    place = f"torch._tensor.{name}" if in_python else f"torch.Tensor.{handed.__name__}"
    watch(function, place, in_python, handed, is_operator=name in OPERATORS)


def iterate(self: Any) -> Any:
    """Python's iteration over a tensor asks twice."""
    if not self.dim():
        raise TypeError("iteration over a 0-d tensor")
    return iter(self.unbind(0))


class Attribute:
    """An attribute whose getter and setter ask."""

    def __init__(self, name: str, inherited: Any) -> None:
        self.__name__, self._inherited = name, inherited

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        return self._asked("__get__", instance)

    def __set__(self, instance: Any, value: Any) -> None:
        self._asked("__set__", instance, value)

    def __delete__(self, instance: Any) -> None:
        self._asked("__delete__", instance)

    def _asked(self, kind: str, *args: Any) -> Any:
        operands = [args[0]] if not state.disabled and asks(type(args[0])) else []
        if not operands and not state.modes:
            return getattr(self._inherited, kind)(*args)
        found = answer(getattr(vars(Tensor)[self.__name__], kind), args, None, operands)
        if found is NotImplemented:
            raise nobody(f"torch.Tensor.{self.__name__}.{kind}", operands)
        return found


# ---- what there is -----------------------------------------------------------------------------------------


def overridable() -> dict[Any, list[Callable[..., Any]]]:
    """The functions that ask, by the namespace or class that has them."""
    found: dict[Any, list[Callable[..., Any]]] = {}
    for package, place in _packages():
        module = import_module(package)
        members = [(name, getattr(module, name)) for name in dir(module)]
        found[module] = [value for name, value in members if is_function(name, value, place)]
    methods = [getattr(Tensor, name, None) for name in vars(Tensor) if name not in KEPT]
    found[Tensor] = [value for value in methods if type(value) is FunctionType]
    return found


def ignored() -> set[Callable[..., Any]]:
    """The functions of the namespace that never ask."""
    public = [(name, getattr(namespace, name)) for name in dir(namespace) if not name.startswith("_")]
    return {
        value
        for name, value in public
        if type(value) is FunctionType and not is_function(name, value, "torch.")
    }


def names() -> list[tuple[Any, str]]:
    """All that may be handed to `__torch_function__`, with the name that it has in PyTorch."""
    found: list[tuple[Any, str]] = []
    for package, place in _packages():
        module = import_module(package)
        found += [
            (
                value,
                f"torch.functional.{name}" if place == "torch." and name in IN_PYTHON else f"{place}{name}",
            )
            for name, value in late.held(module).items()
            if is_function(name, value, place)
        ]
    for name in list(vars(Tensor)):
        value = vars(Tensor)[name]
        if name in ATTRIBUTES:
            getattr(Tensor, name)
            value = vars(Tensor)[name]
            found += [
                (getattr(value, kind), f"torch.Tensor.{name}.{kind}") for kind in ("__get__", "__set__")
            ]
        elif type(value) is FunctionType:
            found.append((value, f"torch.Tensor.{name}"))
    return found
