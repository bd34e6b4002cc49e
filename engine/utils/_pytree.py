"""`torch.utils._pytree`: nests of containers as their leaves and their structure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any

from ..func.pytree import REGISTERED, TreeSpec, flatten, is_container, map_leaves, unflatten

__all__ = [
    "GetAttrKey",
    "MappingKey",
    "PyTree",
    "SequenceKey",
    "TreeSpec",
    "keystr",
    "register_pytree_node",
    "tree_all",
    "tree_all_only",
    "tree_any",
    "tree_any_only",
    "tree_flatten",
    "tree_flatten_with_path",
    "tree_iter",
    "tree_leaves",
    "tree_leaves_with_path",
    "tree_map",
    "tree_map_",
    "tree_map_only",
    "tree_map_only_",
    "tree_map_with_path",
    "tree_structure",
    "tree_unflatten",
]

PyTree = Any
Leaf = Callable[[Any], bool]


def tree_flatten(tree: Any, is_leaf: Leaf | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves in order, and the structure around them."""
    return flatten(tree, is_leaf)


def tree_unflatten(leaves: Any, treespec: TreeSpec) -> Any:
    """Leaves in this structure."""
    return unflatten(list(leaves), treespec)


def tree_leaves(tree: Any, is_leaf: Leaf | None = None) -> list[Any]:
    """The leaves in order."""
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Leaf | None = None) -> TreeSpec:
    """The structure around the leaves."""
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Leaf | None = None) -> Any:
    """The same structure with `func` applied to each leaf, and to those at its place in other trees."""
    leaves, spec = tree_flatten(tree, is_leaf)
    return unflatten(
        [func(*each) for each in zip(leaves, *[tree_leaves(rest, is_leaf) for rest in rests])], spec
    )


def tree_map_(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Leaf | None = None) -> Any:
    """Call `func` for each leaf, and leave the tree as it is."""
    tree_map(func, tree, *rests, is_leaf=is_leaf)
    return tree


def _asker(type_or_types_or_pred: Any) -> Leaf:
    """Whether a leaf is of a type, of one of these types, or as a function wants it."""
    kinds = type_or_types_or_pred
    if isinstance(kinds, (type, tuple, UnionType)):
        return lambda leaf: isinstance(leaf, kinds)
    if callable(kinds):
        found: Leaf = kinds
        return found
    raise TypeError("Argument must be a type, a tuple of types, or a callable.")


def tree_map_only(
    type_or_types_or_pred: Any, func: Any = None, tree: Any = None, is_leaf: Leaf | None = None
) -> Any:
    """The same structure with `func` applied to the leaves of a type, or to those that a function chooses."""
    chosen = _asker(type_or_types_or_pred)
    if func is None:
        return lambda given: lambda leaf: given(leaf) if chosen(leaf) else leaf
    if is_leaf is None:
        return map_leaves(lambda leaf: func(leaf) if chosen(leaf) else leaf, tree)
    return tree_map(lambda leaf: func(leaf) if chosen(leaf) else leaf, tree, is_leaf=is_leaf)


def tree_all(pred: Leaf, tree: Any, is_leaf: Leaf | None = None) -> bool:
    """Whether all leaves fulfil a condition."""
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred: Leaf, tree: Any, is_leaf: Leaf | None = None) -> bool:
    """Whether any leaf fulfils a condition."""
    return any(map(pred, tree_leaves(tree, is_leaf)))


def tree_all_only(kind: Any, /, pred: Leaf, tree: Any, is_leaf: Leaf | None = None) -> bool:
    """Whether all leaves of a type fulfil a condition."""
    return all(pred(each) for each in tree_leaves(tree, is_leaf) if isinstance(each, kind))


def tree_any_only(kind: Any, /, pred: Leaf, tree: Any, is_leaf: Leaf | None = None) -> bool:
    """Whether any leaf of a type fulfils a condition."""
    return any(pred(each) for each in tree_leaves(tree, is_leaf) if isinstance(each, kind))


def tree_iter(tree: Any, is_leaf: Leaf | None = None) -> Iterator[Any]:
    """The leaves in order, one after the other."""
    yield from tree_leaves(tree, is_leaf)


def tree_map_only_(type_or_types_or_pred: Any, func: Any, tree: Any, is_leaf: Leaf | None = None) -> Any:
    """Call `func` for each leaf of a type, and leave the tree as it is."""
    tree_map_only(type_or_types_or_pred, func, tree, is_leaf)
    return tree


def register_pytree_node(
    cls: type, flatten_fn: Callable[..., Any], unflatten_fn: Callable[..., Any], **others: Any
) -> None:
    """Make a class a container: `flatten_fn(value)` gives its parts and a context, `unflatten_fn(parts, context)` the value.

    `ValueError` for a class that is one already.
    """
    if cls in REGISTERED:
        raise ValueError(f"{cls} is already registered as pytree node.")
    REGISTERED[cls] = (flatten_fn, unflatten_fn)


# ---- how containers are taken apart, for classes of one's own that are made likewise -----------------------

Context = Any


def tree_is_leaf(tree: Any, is_leaf: Leaf | None = None) -> bool:
    """Whether a value is no container, or one that counts as a leaf."""
    return not is_container(tree) or (is_leaf is not None and is_leaf(tree))


def _dict_flatten(d: dict[Any, Any]) -> tuple[list[Any], Any]:
    return list(d.values()), list(d)


def _dict_flatten_with_keys(d: dict[Any, Any]) -> tuple[list[Any], Any]:
    return [(MappingKey(key), value) for key, value in d.items()], list(d)


def _dict_unflatten(values: Iterable[Any], context: Any) -> dict[Any, Any]:
    return dict(zip(context, values, strict=True))


def _list_flatten(d: list[Any]) -> tuple[list[Any], Any]:
    return d, None


def _list_flatten_with_keys(d: list[Any]) -> tuple[list[Any], Any]:
    return [(SequenceKey(place), value) for place, value in enumerate(d)], None


def _list_unflatten(values: Iterable[Any], context: Any) -> list[Any]:
    return list(values)


# ---- paths -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SequenceKey:
    """A place in a tuple or list."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"


@dataclass(frozen=True)
class MappingKey:
    """A place in a dictionary."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"


@dataclass(frozen=True)
class GetAttrKey:
    """A place in a named tuple."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


def keystr(kp: tuple[Any, ...]) -> str:
    """A path as Python writes it."""
    return "".join([str(each) for each in kp])


def _with_paths(tree: Any, path: tuple[Any, ...], is_leaf: Leaf | None) -> Iterator[tuple[Any, Any]]:
    if not is_container(tree) or (is_leaf is not None and is_leaf(tree)):
        yield path, tree
        return
    if isinstance(tree, dict):
        parts: Any = [(MappingKey(key), value) for key, value in tree.items()]
    elif hasattr(type(tree), "_fields"):
        parts = [(GetAttrKey(name), getattr(tree, name)) for name in type(tree)._fields]
    else:
        values = REGISTERED[type(tree)][0](tree)[0] if type(tree) in REGISTERED else tree
        parts = [(SequenceKey(number), value) for number, value in enumerate(values)]
    for key, value in parts:
        yield from _with_paths(value, (*path, key), is_leaf)


def tree_leaves_with_path(tree: Any, is_leaf: Leaf | None = None) -> list[tuple[Any, Any]]:
    """The leaves in order, each with the path to it."""
    return list(_with_paths(tree, (), is_leaf))


def tree_flatten_with_path(tree: Any, is_leaf: Leaf | None = None) -> tuple[list[tuple[Any, Any]], TreeSpec]:
    """The leaves in order, each with the path to it, and the structure around them."""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Leaf | None = None) -> Any:
    """The same structure with `func` applied to the path of each leaf and the leaf."""
    leaves, spec = tree_flatten_with_path(tree, is_leaf)
    others = [tree_leaves(rest, is_leaf) for rest in rests]
    return unflatten([func(path, leaf, *more) for (path, leaf), *more in zip(leaves, *others)], spec)
