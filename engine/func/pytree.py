"""Nested containers of tensors: taken apart into their leaves, and put together again.

Tuples, lists, dictionaries and named tuples are containers; everything else, None too, is a leaf.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

CONTAINERS = (tuple, list, dict, OrderedDict)
REGISTERED: dict[type, tuple[Callable[..., Any], Callable[..., Any]]] = {}
"""Classes that programs made containers: how one is taken apart, into parts and a context, and put together."""


class TreeSpec:
    """The structure of a nest of containers, without its leaves."""

    __slots__ = ("children", "context", "kind")

    def __init__(self, kind: type | None, context: Any, children: tuple[TreeSpec, ...]) -> None:
        self.kind = kind
        self.context = context
        self.children = children

    @property
    def num_leaves(self) -> int:
        """How many leaves the structure has."""
        return 1 if self.kind is None else sum(child.num_leaves for child in self.children)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TreeSpec)
            and self.kind is other.kind
            and self.context == other.context
            and self.children == other.children
        )

    __hash__ = object.__hash__

    def __repr__(self, indent: int = 0) -> str:
        if self.kind is None:
            return "*"
        separator = ",\n" + " " * (indent + 2)
        texts = [child.__repr__(indent + 2) for child in self.children]
        name = "namedtuple" if hasattr(self.kind, "_fields") else self.kind.__name__
        return f"TreeSpec({name}, {self.context}, [{separator.join(texts)}])"


LEAF = TreeSpec(None, None, ())


def is_container(value: Any) -> bool:
    """Whether a value is taken apart."""
    return type(value) in CONTAINERS or _is_named_tuple(value) or type(value) in REGISTERED


def _is_named_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(type(value), "_fields")


def _parts(value: Any) -> tuple[Any, Sequence[Any]]:
    if type(value) in REGISTERED:
        parts, context = REGISTERED[type(value)][0](value)
        return context, list(parts)
    if isinstance(value, dict):
        return list(value), list(value.values())
    return (type(value) if _is_named_tuple(value) else None), value


def flatten(value: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves in order, and the structure around them; `is_leaf` says which containers count as leaves."""
    if not is_container(value) or (is_leaf is not None and is_leaf(value)):
        return [value], LEAF
    context, parts = _parts(value)
    leaves: list[Any] = []
    children = []
    for part in parts:
        found, child = flatten(part, is_leaf)
        leaves += found
        children.append(child)
    return leaves, TreeSpec(type(value), context, tuple(children))


def unflatten(leaves: Sequence[Any], spec: TreeSpec) -> Any:
    """Leaves in this structure."""
    return _built(iter(leaves), spec)


def _built(leaves: Any, spec: TreeSpec) -> Any:
    if spec.kind is None:
        return next(leaves)
    parts = [_built(leaves, child) for child in spec.children]
    if spec.kind in REGISTERED:
        return REGISTERED[spec.kind][1](parts, spec.context)
    if issubclass(spec.kind, dict):
        return spec.kind(zip(spec.context, parts))
    if spec.kind is list:
        return parts
    return tuple(parts) if spec.context is None else spec.context._make(parts)


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """The same structure with `function` applied to each leaf."""
    leaves, spec = flatten(value)
    return unflatten([function(leaf) for leaf in leaves], spec)


def broadcast_to(prefix: Any, spec: TreeSpec, is_leaf: Callable[[Any], bool] = lambda value: False) -> Any:
    """The leaves of `prefix`, each repeated for all the leaves below its place in `spec`; None if it does not fit."""
    if is_leaf(prefix) or not is_container(prefix):
        return [prefix] * spec.num_leaves
    context, parts = _parts(prefix)
    if type(prefix) is not spec.kind or len(parts) != len(spec.children) or context != spec.context:
        return None
    found = []
    for part, child in zip(parts, spec.children):
        leaves = broadcast_to(part, child, is_leaf)
        if leaves is None:
            return None
        found += leaves
    return found
