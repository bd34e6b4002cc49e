"""A subject: a torch-shaped namespace, found by its name; and which API it lacks when a case fails."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any

from .adapters import BUNDLED
from .observe import MissingError, clean, describe, is_node, is_tensor

SHORT = {
    "torch": "reference:torch_subject",
    **{name: f"conformance.adapters.{name}:subject" for name in BUNDLED},
}
"""Subjects that are known by a shorter name than where they are found."""

LOOKUPS = ("__getattr__", "__getattribute__")
NO_ATTRIBUTE = re.compile(r"(module |type object )?'([^']+)'(?: object)? has no attribute '([^']+)'")
NO_NAME = re.compile(r"cannot import name '([^']+)' from '([^']+)'")
NO_OPERATOR = re.compile(r"(?:unsupported operand type\(s\)|bad operand type) for (unary .|[^\s=:]+)")
OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "**": "pow",
    "@": "matmul",
    "&": "and",
    "|": "or",
    "^": "xor",
    "<<": "lshift",
    ">>": "rshift",
    "unary +": "pos",
    "unary -": "neg",
    "unary ~": "invert",
}
NODE_TYPE = re.compile(r"Backward\d*$|^AccumulateGrad$|^Node$")


class SubjectError(Exception):
    """A subject that cannot be run; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Subject:
    """A namespace that cases use as `torch`, and what it is called.

    `spec` is what it was asked for by, and `build` tells builds of one version apart. Where `fork` is False,
    as for CUDA, which cannot be used after a fork, all cases run in one process. `begin` is called before each of
    them, for what an earlier one may have changed; if it raises, the case is run by a new process.
    """

    namespace: Any
    spec: str
    name: str
    version: str = "unknown"
    device: str = "cpu"
    build: dict[str, str] = field(default_factory=dict)
    fork: bool = True
    begin: Callable[[], object] = lambda: None

    def described(self) -> dict[str, Any]:
        """What the header of a recording says about the subject."""
        return {
            "spec": clean(str(self.spec)),
            "name": clean(str(self.name)),
            "version": clean(str(self.version)),
            "device": clean(str(self.device)),
            "build": {clean(str(key)): clean(str(value)) for key, value in self.build.items()},
        }


def load(spec: str, device: str = "cpu") -> Subject:
    """The subject that `module` or `module:attribute` names; raises `SubjectError` where there is none.

    The attribute is a `Subject`, a namespace, or a callable that returns one of them; it may take `device`.
    """
    module_name, _, attribute = SHORT.get(spec, spec).partition(":")
    found: Any = _imported(spec, module_name)
    try:
        if attribute:
            found = reduce(getattr, attribute.split("."), found)
    except AttributeError:
        raise SubjectError(
            f"the subject {spec!r} is not there: the module {module_name!r} has no {attribute!r}; "
            "give module:attribute as it stands in the module"
        ) from None
    if attribute and callable(found) and not _is_namespace(found):
        found = _called(spec, found, device)
    elif device != "cpu":
        raise SubjectError(f"the subject {spec!r} only knows the device 'cpu', not {device!r}; choose 'cpu'")
    if not isinstance(found, Subject):
        found = Subject(found, spec, *_named(found, attribute or module_name))
    if not _is_namespace(found.namespace):
        raise SubjectError(
            f"the subject {spec!r} is not shaped like torch: it has no `tensor` and `Tensor`; name a module that has "
            f"both, or write an adapter, which begins with: python -m conformance new-subject {module_name}"
        )
    return dataclasses.replace(found, spec=spec)


def missing_api(error: BaseException, namespace: Any, folder: str) -> str | None:
    """The API that a subject lacks, if that is what an exception says; `folder` holds the case's code.

    That is a module that cannot be found, a `NotImplementedError`, or an attribute that the case itself
    looked up on the namespace, a module below it, a tensor, a node or another object of the subject. What
    the subject's own code did not find is a fault, and no missing API.
    """
    try:
        if isinstance(error, MissingError):  # an adapter says so
            return clean(str(error))
        frames = _frames(error)
        own = [number for number, frame in enumerate(frames) if _folder(frame) == folder]
        if not own:
            return None
        below = frames[own[-1] + 1 :]
        if isinstance(error, AttributeError):
            return _missing_attribute(error, below, namespace)
        if isinstance(error, ModuleNotFoundError):
            return clean(_below_torch(str(error.name), namespace) or str(error.name))
        if isinstance(error, ImportError) and not below:
            return _missing_import(str(error), namespace)
        if isinstance(error, TypeError) and not below:
            return _missing_operator(str(error), namespace)
        if isinstance(error, NotImplementedError):
            return clean(_called_name(below, namespace) or describe(error)[1] or "NotImplementedError", 200)
    except BaseException:  # the exception and the objects that it names are the subject's
        return None
    return None


def _imported(spec: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except SubjectError:
        raise
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise SubjectError(
                f"the subject {spec!r} is not there: no module {error.name!r} can be imported; "
                "install it, or run where it can be found"
            ) from None
        raise SubjectError(f"the subject {spec!r} cannot be imported: {_sentence(error)}") from error
    except BaseException as error:  # importing runs the subject's code
        raise SubjectError(f"the subject {spec!r} cannot be imported: {_sentence(error)}") from error


def _called(spec: str, make: Any, device: str) -> Any:
    try:
        takes_device = "device" in inspect.signature(make).parameters
    except (TypeError, ValueError):
        takes_device = False
    if device != "cpu" and not takes_device:
        raise SubjectError(f"the subject {spec!r} only knows the device 'cpu', not {device!r}; choose 'cpu'")
    try:
        return make(device=device) if takes_device else make()
    except SubjectError:
        raise
    except BaseException as error:  # an adapter runs the subject's code
        raise SubjectError(f"the subject {spec!r} cannot be set up: {_sentence(error)}") from error


def _sentence(error: BaseException) -> str:
    kind, message = describe(error)
    return f"{kind}: {' '.join(message.split())}" if message else kind


def _is_namespace(found: Any) -> bool:
    try:
        return hasattr(found, "tensor") and hasattr(found, "Tensor")
    except BaseException:  # the namespace is the subject's
        return False


def _named(namespace: Any, name: str) -> tuple[str, str]:
    try:
        return name, str(getattr(namespace, "__version__", "unknown"))
    except BaseException:  # the namespace is the subject's
        return name, "unknown"


def _frames(error: BaseException) -> list[FrameType]:
    frames, step = [], error.__traceback__
    while step is not None:
        frames.append(step.tb_frame)
        step = step.tb_next
    return frames


def _folder(frame: FrameType) -> str:
    return os.path.dirname(frame.f_code.co_filename)


def _missing_attribute(error: AttributeError, below: list[FrameType], namespace: Any) -> str | None:
    if not all(frame.f_code.co_name in LOOKUPS for frame in below):
        return None
    if below:  # the arguments of `__getattr__` are what was looked up, of a module it has the name alone
        code, values = below[0].f_code, below[0].f_locals
        arguments = [values[name] for name in code.co_varnames[: code.co_argcount]]
        module = getattr(error, "obj", None) or sys.modules[below[0].f_globals["__name__"]]
        holder = arguments[0] if len(arguments) > 1 else module
        name = arguments[-1]
    else:
        holder, name = getattr(error, "obj", None), getattr(error, "name", None)
    if name is None:  # before Python 3.10, and where C code raises
        return _missing_by_message(str(error), namespace)
    if any(name in vars(kind) for kind in type(holder).__mro__):  # it is there, and its own code failed
        return None
    owner = _owner(holder, namespace)
    return owner and clean(f"{owner}.{name}")


def _missing_import(message: str, namespace: Any) -> str | None:
    """What `from torch import name` did not find; the namespace's own name says what `torch` was."""
    found = NO_NAME.match(message)
    return clean(f"{_below_torch(found.group(2), namespace) or 'torch'}.{found.group(1)}") if found else None


def _missing_operator(message: str, namespace: Any) -> str | None:
    """The operator that the subject's tensors have not: the reflected one where a tensor stands on the right only."""
    found = NO_OPERATOR.match(message)
    kinds = [kind.rpartition(".")[2] for kind in re.findall(r"'([^']+)'", message)]
    if found is None or namespace.Tensor.__name__ not in kinds:
        return None
    side = "" if kinds[0] == namespace.Tensor.__name__ else "r"
    name = f"__{side}{OPERATORS[found.group(1)]}__"
    return None if hasattr(namespace.Tensor, name) else f"Tensor.{name}"


def _missing_by_message(message: str, namespace: Any) -> str | None:
    found = NO_ATTRIBUTE.match(message)
    if found is None:
        return None
    kind, owner, name = found.groups()
    if kind == "module ":
        path = _owner(sys.modules.get(owner), namespace)
        return path and clean(f"{path}.{name}")
    if owner == type(namespace).__name__:
        return clean(f"torch.{name}")
    if owner.rpartition(".")[2] in (namespace.Tensor.__name__, "Parameter"):
        return clean(f"Tensor.{name}")
    return clean(f"Node.{name}") if NODE_TYPE.search(owner) else None


def _owner(holder: Any, namespace: Any) -> str | None:
    """What PyTorch calls an object of the subject; None if it is none of the subject's."""
    if holder is namespace:
        return "torch"
    if isinstance(holder, (ModuleType, SimpleNamespace)):
        named = isinstance(holder, ModuleType) and _below_torch(holder.__name__, namespace)
        return named or _path(holder, namespace)
    if is_tensor(holder, namespace) or holder is namespace.Tensor:
        return "Tensor"
    if is_node(holder):
        return "Node"
    kind = holder if isinstance(holder, type) else type(holder)
    return kind.__name__ if _package(kind.__module__) in _packages(namespace) else None


def _below_torch(module: str, namespace: Any) -> str | None:
    root = getattr(namespace, "__name__", None)
    return f"torch{module[len(root) :]}" if root and f"{module}.".startswith(f"{root}.") else None


def _path(wanted: Any, namespace: Any) -> str | None:
    """Where a module or simple namespace stands in the namespace, as an adapter may put it anywhere."""
    packages = _packages(namespace)
    places, seen = [("torch", namespace)], {id(namespace)}
    for path, holder in places:  # which grows on the way: breadth first
        if holder is wanted:
            return path
        for name, value in vars(holder).items():
            inside = isinstance(value, ModuleType) and _package(value.__name__) in packages
            if (inside or isinstance(value, SimpleNamespace)) and id(value) not in seen:
                seen.add(id(value))
                places.append((f"{path}.{name}", value))
    return None


def _packages(namespace: Any) -> set[str]:
    """The top-level packages that the subject's objects come from."""
    return {_package(getattr(namespace, "__name__", "")), _package(namespace.Tensor.__module__)} - {""}


def _package(module: str) -> str:
    return module.partition(".")[0]


def _called_name(below: list[FrameType], namespace: Any) -> str | None:
    """The name of the function that the case called."""
    if not below:
        return None
    code = below[0].f_code
    first = below[0].f_locals.get(code.co_varnames[0]) if code.co_argcount else None
    return f"Tensor.{code.co_name}" if is_tensor(first, namespace) else code.co_name
