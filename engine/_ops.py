"""`torch.ops`: operators by namespace, name and overload. Programs define them by `torch.library`."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

from .library.schemas import FunctionSchema

__all__ = ["OpOverload", "OpOverloadPacket", "ops"]


class OpOverload:
    """One overload of an operator: its schema, and what was registered for it."""

    __module__ = "torch._ops"

    def __init__(self, packet: OpOverloadPacket, schema: FunctionSchema, tags: list[Any]) -> None:
        self._overloadpacket = packet
        self._overloadname = schema.overload_name or "default"
        self._namespace, self._opname = schema.name.split("::")
        self.__name__ = f"{packet.__name__}.{self._overloadname}"
        self.__module__ = packet.__module__
        self.__qualname__ = str(self)
        self._name = f"{schema.name}.{schema.overload_name}" if schema.overload_name else schema.name
        self.define(schema, tags)

    def define(self, schema: FunctionSchema, tags: list[Any]) -> None:
        """Begin with this schema, and nothing registered."""
        self._schema, self._tags = schema, tags
        self._own: Callable[..., Any] | None = (
            None  # the engine's function, of an operator that PyTorch defines
        )
        self._kernels: dict[str, Callable[..., Any]] = {}  # by dispatch key
        self._formula: Any = None  # what has `_backward_fn` and `_setup_context_fn`
        self._recorded: Any = None  # the custom function made of that
        self._vmap_rule: Callable[..., Any] | None = None
        self._autocast: dict[str, Any] = {}
        self._rules_of_classes: dict[type, Callable[..., Any]] = {}

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        from .library.dispatching import call

        return call(self, args, kwargs)

    def __str__(self) -> str:
        return f"{self._namespace}.{self._opname}.{self._overloadname}"

    def __repr__(self) -> str:
        return f"<OpOverload(op='{self._namespace}.{self._opname}', overload='{self._overloadname}')>"

    def __hash__(self) -> int:
        return hash(self._name)

    def __copy__(self) -> OpOverload:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> OpOverload:
        return self

    @property
    def namespace(self) -> str:
        """The first part of the name."""
        return self._namespace

    @property
    def overloadpacket(self) -> OpOverloadPacket:
        """The operator that this is an overload of."""
        return self._overloadpacket

    @property
    def tags(self) -> list[Any]:
        """What is known of the operator's behaviour."""
        return self._tags

    @property
    def is_view(self) -> bool:
        """Whether results share memory with arguments, without writing to it."""
        return self._schema._is_view_op()

    def name(self) -> str:
        """The qualified name, `namespace::name.overload`."""
        return self._name


class OpOverloadPacket:
    """An operator: all overloads of one name."""

    __module__ = "torch._ops"
    __file__ = "torch.ops"

    def __init__(self, namespace: str, name: str) -> None:
        self._qualified_op_name = f"{namespace}::{name}"
        self.__name__ = name
        self.__module__ = f"torch._ops.{namespace}"
        self._dir: list[str] = []
        self._found: dict[str, OpOverload] = {}

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__") or key == "_found":
            raise AttributeError(
                f"'{self!s}' can't have an overload name beginning with '__' and the underlying op {self!s} has no "
                f"attribute {key} either."
            )
        if key not in self._found:
            raise AttributeError(f"The underlying op of '{self}' has no overload name '{key}'")
        return self._found[key]

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        from .library.dispatching import call

        overloads = list(self._found.values())
        if len(overloads) == 1:
            return call(overloads[0], args, kwargs, self)
        refusals = []
        for each in overloads:
            refusal = _refusal(each, args, kwargs)
            if refusal is None:
                return call(each, args, kwargs, self)
            refusals.append(refusal)
        listed = "".join(f"{each}\n\n" for each in refusals)
        raise RuntimeError(
            f"Overloaded torch operator invoked from Python failed to match any schema:\n{listed}"
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._dir)

    def __str__(self) -> str:
        return self._qualified_op_name.replace("::", ".")

    def __repr__(self) -> str:
        return f"<OpOverloadPacket(op='{self}')>"

    def __hash__(self) -> int:
        return hash(self._qualified_op_name)

    @property
    def op(self) -> Any:
        """What is called."""
        return self.__call__

    @property
    def schemas(self) -> dict[str, FunctionSchema]:
        """The schema of each overload."""
        return {"" if name == "default" else name: each._schema for name, each in self._found.items()}

    def overloads(self) -> list[str]:
        """The names of the overloads."""
        return list(self._found)


def _refusal(op: OpOverload, args: Any, kwargs: Any) -> str | None:
    """Why an overload does not take these arguments."""
    from .library.binding import bound

    try:
        bound(op._schema, args, kwargs)
    except RuntimeError as refused:
        return str(refused)
    return None


class _OpNamespace(types.ModuleType):
    """The operators of one namespace."""

    __module__ = "torch._ops"
    __file__ = "torch.ops"

    def __init__(self, name: str) -> None:
        super().__init__(f"torch.ops.{name}")
        self.name = name
        self._dir: list[str] = []

    def __getattr__(self, op_name: str) -> Any:
        if self.name == "aten":
            from .library.aten import define

            define(op_name)
            if op_name in vars(self):
                return vars(self)[op_name]
        raise AttributeError(f"'_OpNamespace' '{self.name}' object has no attribute '{op_name}'")

    def __iter__(self) -> Iterator[str]:
        return iter(self._dir)


class _Ops(types.ModuleType):
    """All namespaces."""

    __module__ = "torch._ops"
    __file__ = "_ops.py"

    def __init__(self) -> None:
        super().__init__("torch.ops")
        self._dir: list[str] = []
        self.loaded_libraries: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        namespace = _OpNamespace(name)
        setattr(self, name, namespace)
        self._dir.append(name)
        return namespace

    def __iter__(self) -> Iterator[str]:
        return iter(self._dir)

    def load_library(self, path: Any) -> None:
        """Load a library of compiled operators, which cannot add any to this engine; `OSError` where there is none."""
        import ctypes

        ctypes.CDLL(str(path))
        self.loaded_libraries.add(str(path))


ops = _Ops()


def add(namespace: str, schema: FunctionSchema, tags: list[Any]) -> OpOverload:
    """Define an overload; `schema.name` is qualified."""
    within = getattr(ops, namespace)
    name = schema.name.split("::")[1]
    packet = vars(within).get(name)
    if packet is None:
        packet = OpOverloadPacket(namespace, name)
        setattr(within, name, packet)
        within._dir.append(name)
    overload = schema.overload_name or "default"
    made = _defined.get((schema.name, overload))
    if made is None:
        made = _defined[schema.name, overload] = OpOverload(packet, schema, tags)
    else:  # whoever holds the operator that had this name calls the new one
        made._overloadpacket = packet
        made.define(schema, tags)
    packet._found[overload] = made
    packet._dir.append(overload)
    setattr(packet, overload, made)
    return made


_defined: dict[tuple[str, str], OpOverload] = {}


def remove(op: OpOverload) -> None:
    """Forget an overload, and the operator with its last one."""
    packet = op._overloadpacket
    if packet._found.get(op._overloadname) is not op:
        return
    del packet._found[op._overloadname]
    packet._dir.remove(op._overloadname)
    delattr(packet, op._overloadname)
    within = getattr(ops, op._namespace)
    if not packet._found and vars(within).get(op._opname) is packet:
        delattr(within, op._opname)
        within._dir.remove(op._opname)
    op.define(op._schema, op._tags)


def find(qualname: str) -> OpOverload:
    """The overload of this name; `AttributeError` where there is none."""
    from .library.names import split_name

    namespace, name = split_name(qualname)
    name, _, overload = name.partition(".")
    found: OpOverload = getattr(getattr(getattr(ops, namespace), name), overload or "default")
    return found
