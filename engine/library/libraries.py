"""Libraries: what defines operators of a namespace and registers kernels for them. Source: torch.library.Library."""

from __future__ import annotations

import re
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .. import _ops
from .formulas import Formula
from .names import KEYS, as_tags, key_of_device, split_name
from .schemas import FunctionSchema, parse_schema

RESERVED = ("prim",)
_blocks: dict[str, str] = {}  # where the one library that owns a namespace was made
_places: dict[str, str] = {}  # where an operator was defined


def _forget(ops: list[Any], kernels: list[tuple[Any, str, Any]], owned: list[str]) -> None:
    for op, key, function in kernels:
        if op._kernels.get(key) is function:
            del op._kernels[key]
    for op in ops:
        _places.pop(op._name, None)
        _ops.remove(op)
    for namespace in owned:
        _blocks.pop(namespace, None)


class Library:
    """Defines operators of a namespace (`kind` "DEF", or "FRAGMENT" beside others) or registers kernels ("IMPL").

    What it defined and registered is forgotten with it. Source: torch.library.Library.
    """

    __module__ = "torch.library"

    def __init__(self, ns: str, kind: str, dispatch_key: str = "") -> None:
        if kind not in ("IMPL", "DEF", "FRAGMENT"):
            raise ValueError(f"Unsupported kind: {kind}")
        if ns in RESERVED and kind != "IMPL":
            raise ValueError(
                f"{ns} is a reserved namespace. Please try creating a library with another name."
            )
        frame = sys._getframe(1)
        self._place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        owned: list[str] = []
        if kind == "DEF":
            if ns in _blocks:
                raise RuntimeError(
                    f"Only a single TORCH_LIBRARY can be used to register the namespace {ns}; please put all of your definitions "
                    "in a single TORCH_LIBRARY block.  If you were trying to specify implementations, consider using "
                    "TORCH_LIBRARY_IMPL (which can be duplicated).  If you really intended to define operators for a single "
                    "namespace in a distributed way, you can use TORCH_LIBRARY_FRAGMENT to explicitly indicate this.  Previous "
                    f"registration of TORCH_LIBRARY was registered at {_blocks[ns]}; latest registration was registered at "
                    f"{self._place}"
                )
            _blocks[ns] = self._place
            owned.append(ns)
        self.ns, self.kind, self.dispatch_key = ns, kind, dispatch_key
        self._alive = True
        self._ops: list[Any] = []
        self._kernels: list[tuple[Any, str, Any]] = []
        self._finalizer = weakref.finalize(self, _forget, self._ops, self._kernels, owned)

    def __repr__(self) -> str:
        return f"Library(kind={self.kind}, ns={self.ns}, dispatch_key={self.dispatch_key})>"

    def _check_alive(self) -> None:
        if not self._alive:
            raise AssertionError("Library object has been destroyed")

    def _destroy(self) -> None:
        self._alive = False
        self._finalizer()

    def define(self, schema: str, alias_analysis: str = "", *, tags: Any = ()) -> str:
        """Define an operator by its schema, and give its name; `RuntimeError` for a schema that is none."""
        if alias_analysis not in ("", "FROM_SCHEMA", "CONSERVATIVE"):
            raise RuntimeError(f"Invalid alias_analysis type {alias_analysis}")
        self._check_alive()
        return self._define(schema, tags)[0]

    def _define(self, text: str, tags: Any) -> tuple[str, Any]:
        schema = parse_schema(text)
        name = schema.name if not schema.overload_name else f"{schema.name}.{schema.overload_name}"
        namespace, _, short = schema.name.rpartition("::")
        if namespace not in ("", self.ns):
            raise RuntimeError(
                f"Explicitly provided namespace ({namespace}) in schema string does not match namespace of enclosing "
                f"TORCH_LIBRARY block ({self.ns}).  Move this definition to the (unique) TORCH_LIBRARY block corresponding to "
                "this namespace (and consider deleting the namespace from your schema string.)  (Error occurred while processing "
                f"TORCH_LIBRARY block at {self._place})"
            )
        schema.name = f"{self.ns}::{short}"
        qualname = f"{schema.name}.{schema.overload_name}" if schema.overload_name else schema.name
        if qualname in _places:
            raise RuntimeError(
                f"Tried to register an operator ({schema}) with the same name and overload name multiple times. Each overload's "
                f"schema should only be registered with a single call to def(). Duplicate registration: registered at "
                f"{self._place}. Original registration: registered at {_places[qualname]}"
            )
        _places[qualname] = self._place
        op = _ops.add(self.ns, schema, as_tags(tags))
        self._ops.append(op)
        return name, op

    def impl(
        self,
        op_name: Any,
        fn: Callable[..., Any],
        dispatch_key: str = "",
        *,
        with_keyset: bool = False,
        allow_override: bool = False,
    ) -> None:
        """Register a kernel of an operator for a dispatch key.

        Raises `TypeError` for what cannot be called, `RuntimeError` for what is no name, operator or key.
        """
        if not callable(fn):
            raise TypeError(f"Input function is required to be a callable but found type {type(fn)}")
        key = dispatch_key or self.dispatch_key or "CompositeImplicitAutograd"
        if isinstance(op_name, str):
            name = op_name
        elif isinstance(op_name, _ops.OpOverload):
            name = op_name._name
        else:
            raise RuntimeError(
                f"impl should be passed either a name or an OpOverload object as the first argument, got {type(op_name)}"
            )
        if key not in KEYS:
            raise RuntimeError(f"could not parse dispatch key: {key}")
        self._check_alive()
        qualname = name if "::" in name else f"{self.ns}::{name}"
        try:
            op = _ops.find(qualname)
        except AttributeError:  # PyTorch keeps it for an operator that may be defined later
            return
        if fn is not fallthrough_kernel:
            op._kernels[key] = fn
            self._kernels.append((op, key, fn))


def fallthrough_kernel() -> None:
    """Stands for a kernel that is passed over."""
    raise NotImplementedError("fallthrough_kernel() should never be called.")


@contextmanager
def _scoped_library(*args: Any, **kwargs: Any) -> Iterator[Library]:
    library = Library(*args, **kwargs)
    try:
        yield library
    finally:
        library._destroy()


_kept: list[Library] = []  # what functions of `torch.library` registered without a library of the program's


def define(qualname: Any, schema: Any = None, *, lib: Library | None = None, tags: Any = ()) -> Any:
    """Define the operator `namespace::name` by the rest of its schema, such as "(Tensor x) -> Tensor".

    `ValueError` for a name or schema that does not look like one. Source: torch.library.define.
    """
    if isinstance(
        qualname, Library
    ):  # how PyTorch once took it: a library and a whole schema, as a decorator
        library = qualname
        name = library.define(schema, tags=tags)

        def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
            library.impl(name, function)
            return function

        return decorated
    if not isinstance(qualname, str):
        raise ValueError(
            f"define(qualname, schema): expected qualname to be instance of str, got {type(qualname)}"
        )
    namespace, name = split_name(qualname)
    library = lib or _keeping(Library(namespace, "FRAGMENT"))
    if not re.fullmatch(r"\(.*\) -> .*", schema):
        raise ValueError(
            'define(qualname, schema, ...): expected schema to look like e.g. "(Tensor x) -> Tensor" but got '
            f'"{schema}"'
        )
    library.define(name + schema, alias_analysis="", tags=tags)
    return None


def _keeping(library: Library) -> Library:
    _kept.append(library)
    return library


def impl(qualname: Any, types: Any, func: Any = None, *, lib: Library | None = None) -> Any:
    """Register a kernel for types of devices (or dispatch keys); without `func`, a decorator, which gives None.

    Source: torch.library.impl.
    """
    if isinstance(qualname, Library):  # how PyTorch once took it: a library, a name and a dispatch key
        library, name, key = qualname, types, func or ""

        def registered(function: Callable[..., Any]) -> Callable[..., Any]:
            library.impl(name, function, key)
            return function

        return registered
    keys = [
        "CompositeExplicitAutograd" if each == "default" else each if each in KEYS else key_of_device(each)
        for each in ((types,) if isinstance(types, str) else types)
    ]

    def register(function: Callable[..., Any]) -> None:
        library = lib or _keeping(Library(split_name(qualname)[0], "FRAGMENT"))
        for key in set(keys):
            library.impl(qualname, function, key)

    return register if func is None else register(func)


def register_formula(
    op: Any, backward: Callable[..., Any], setup: Callable[..., Any] | None, shown: Any = None
) -> None:
    """Give an operator a formula for backward, if it only computes results; `shown` is what a refusal calls it."""
    schema: FunctionSchema = op._schema
    if not is_functional(schema):
        raise RuntimeError(
            f"Cannot register autograd formula for non-functional operator {shown or op} with schema {schema}. Please create a functional "
            "operator and register an autograd formula for that."
        )
    if any(each.kwarg_only and each.type.named == "Tensor" for each in schema.arguments):
        raise NotImplementedError(
            f"register_autograd with kwarg-only Tensor args. In the original definition of the op, please make your tensors not "
            f"kwarg-only. Got: {schema}"
        )
    op._formula = Formula(backward, setup)


def is_functional(schema: FunctionSchema) -> bool:
    """Whether an operator writes to nothing, and returns what shares no memory with its arguments."""
    return (
        bool(schema.returns)
        and not schema.is_mutable
        and all(each.alias_info is None for each in schema.returns)
    )
