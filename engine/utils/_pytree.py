"""`torch.utils._pytree`: nests of containers as their leaves and their structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..func.pytree import TreeSpec, flatten, is_container, map_leaves, unflatten

__all__ = [
    "PyTree",
    "TreeSpec",
    "tree_all",
    "tree_any",
    "tree_flatten",
    "tree_leaves",
    "tree_map",
    "tree_map_",
    "tree_map_only",
    "tree_structure",
    "tree_unflatten",
]

PyTree = Any
Leaf = Callable[[Any], bool]


class _Whole:
    """Stands for a container that counts as a leaf."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _marked(tree: Any, is_leaf: Leaf) -> Any:
    if is_leaf(tree):
        return _Whole(tree)
    if not is_container(tree):
        return tree
    if isinstance(tree, dict):
        return type(tree)((key, _marked(value, is_leaf)) for key, value in tree.items())
    parts = [_marked(part, is_leaf) for part in tree]
    return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)


def tree_flatten(tree: Any, is_leaf: Leaf | None = None) -> tuple[list[Any], TreeSpec]:
    """The leaves in order, and the structure around them."""
    if is_leaf is None:
        return flatten(tree)
    leaves, spec = flatten(_marked(tree, is_leaf))
    return [leaf.value if isinstance(leaf, _Whole) else leaf for leaf in leaves], spec


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


def tree_map_only(kind: Any, func: Any = None, tree: Any = None, is_leaf: Leaf | None = None) -> Any:
    """The same structure with `func` applied to the leaves of a type."""
    if func is None:
        return lambda given: lambda leaf: given(leaf) if isinstance(leaf, kind) else leaf
    if is_leaf is None:
        return map_leaves(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree)
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree, is_leaf=is_leaf)


def tree_all(pred: Leaf, tree: Any, is_leaf: Leaf | None = None) -> bool:
    """Whether all leaves fulfil a condition."""
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred: Leaf, tree: Any, is_leaf: Leaf | None = None) -> bool:
    """Whether any leaf fulfils a condition."""
    return any(map(pred, tree_leaves(tree, is_leaf)))
