"""`torch.utils._pytree`: paths to leaves, containers of a program's own, and what counts as a leaf."""

import collections

import pytest

import engine.utils._pytree

torch = pytest.importorskip("torch")
import torch.utils._pytree  # noqa: E402, F811

Two = collections.namedtuple("Two", "a b")
TREE = {"x": [1, (2, 3)], "y": Two(4, None), "z": ()}


class Pair:
    """A container that has to be registered."""

    def __init__(self, one, other):
        self.one, self.other = one, other

    def __repr__(self):
        return f"Pair({self.one}, {self.other})"


def said(pytree):
    yield str(pytree.tree_flatten_with_path(TREE))
    yield [pytree.keystr(path) for path, _ in pytree.tree_leaves_with_path(TREE)]
    yield str(pytree.tree_map_with_path(lambda path, leaf: (len(path), leaf), TREE))
    yield str(pytree.tree_flatten(TREE, is_leaf=lambda each: isinstance(each, tuple)))
    yield list(pytree.tree_iter(TREE)), pytree.tree_all_only(int, lambda each: each > 1, TREE)
    yield pytree.tree_any_only(int, lambda each: each > 3, TREE)
    pytree.register_pytree_node(
        Pair, lambda pair: ([pair.one, pair.other], None), lambda parts, _: Pair(*parts)
    )
    yield (
        str(pytree.tree_map(lambda each: each * 2, [Pair(1, [2])])),
        str(pytree.tree_structure(Pair(1, [2]))),
    )
    try:
        pytree.register_pytree_node(Pair, None, None)
    except ValueError as error:
        yield str(error)


def test_trees_are_taken_apart_as_pytorch_does():
    assert list(said(engine.utils._pytree)) == list(said(torch.utils._pytree))
