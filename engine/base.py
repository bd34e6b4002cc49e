"""What a tensor is made of, below its methods: the fields of `TensorBase` and the `Storage` it may share."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .lazy import plain

if TYPE_CHECKING:
    from .dtypes import dtype
    from .node import Node


class Storage:
    """What a tensor and its views share: the version counter, and who looks at the same memory.

    A tensor that was neither viewed nor changed in place has none: its version is 0.
    """

    __slots__ = ("_prune_at", "version", "views")

    save: Callable[[TensorBase, int], Any]  # what a node keeps of a tensor whose version is not 0

    def __init__(self) -> None:
        self.version = 0
        self.views: list[weakref.ref[TensorBase]] = []
        self._prune_at = 8

    def add_view(self, view: TensorBase) -> None:
        """Remember a view for as long as it lives (dead ones are dropped now and then)."""
        if len(self.views) >= self._prune_at:
            self.views = [reference for reference in self.views if reference() is not None]
            self._prune_at = 2 * len(self.views) + 8
        self.views.append(weakref.ref(view))

    def shown_version(self) -> int:
        """How often the memory was changed in place."""
        return self.version

    def mark_detached(self, tensor: TensorBase) -> None:
        """Note on a detached tensor what else it shares with this one than memory and counter."""

    def mark_apart(self, tensor: TensorBase) -> None:
        """Note on a tensor over the same memory, but with a counter of its own, what else it shares with this one."""

    def live_views(self) -> list[TensorBase]:
        """The views that still exist, oldest first; the others are forgotten."""
        alive, self.views = self.views, []
        views = []
        for reference in alive:
            view = reference()
            if view is not None:
                views.append(view)
                self.views.append(reference)
        return views


class TensorBase:
    """The fields of a tensor; the defaults stand on the class, so that making a result sets two or three only.

    An instance has a `__dict__`, not slots: PyTorch's tensors take any attribute, and class defaults are
    what keeps making one cheap.

    `_array` is an ndarray, or a NumPy scalar where the tensor has no dimensions: arithmetic on scalars is
    several times quicker than on 0-d arrays. Whatever shares memory asks `memory(tensor)` first.
    """

    _array: Any
    _dtype: dtype
    _node: Node | None = None  # the gradient function; None for leaves
    _output_nr = 0  # which of the node's outputs this is
    _requires_grad = False  # asked for by the user, on leaves
    _grad: Any = None
    _storage: Storage | None = None
    _base: Any = None  # the tensor that this one is a differentiable view of
    _view_refusal: str | None = None  # why a view must not be changed in place, if it must not
    _outdated = False  # whether a view's memory was changed while neither it nor its base required grad
    # of a view without a history of its own: what gives its node, or refuses, see `histories`
    _unsettled: Any = None
    _backward_hooks: Any = None  # an ordered dict, which the node that runs them knows, too
    _post_accumulate_grad_hooks: Any = None  # of leaves
    _accumulator: Any = None  # weak reference to a leaf's AccumulateGrad
    _retains_grad = False
    # whether `vmap` lets it stand for many examples, so that its elements cannot be read
    _of_examples = False
    _grad_dtype: Any = False  # of leaves: the type of gradients; None allows any, False is their own
    _layout_differs = False  # whether a gradient was assigned whose strides are not those of the leaf
    _tangents: Any = None  # by level of forward mode
    _is_zero = False  # a tangent that stands for none
    _is_sparse = False
    _shares: Any = None  # the elements of a gradient that is still to be spread, see `unspread`
    _sizes: tuple[int, ...]  # of such a gradient

    def __bool__(self) -> bool:
        raise NotImplementedError


def memory(tensor: TensorBase) -> np.ndarray[Any, Any]:
    """The tensor's ndarray, made from its scalar where needed, for views and in-place changes to share."""
    array = tensor._array
    if not isinstance(array, np.ndarray):
        array = tensor._array = np.array(array)
    return array


def read_array(tensor: TensorBase) -> np.ndarray[Any, Any]:
    """The tensor's elements as an array to be read only: those that are conjugated or negated when they are read are."""
    if tensor._of_examples:
        np.positive(tensor._array)  # raises: it is no example's own
    return np.asarray(plain(tensor._array))


def read_all(tensor: Any) -> np.ndarray[Any, Any]:
    """The same, but of a tensor that stands for many examples the elements of all, which lie along the first dimension."""
    inner, dim = getattr(tensor, "_value", None), getattr(tensor, "_dim", None)
    if inner is None:
        return read_array(tensor)
    return read_all(inner) if dim is None else np.moveaxis(read_all(inner), dim, 0)


def elements(tensor: TensorBase) -> Any:
    """The tensor's elements, to be read only: those of a gradient that is still to be spread are repeated in place."""
    return tensor._array if tensor._shares is None else np.broadcast_to(tensor._shares, tensor._sizes)


def spread(grad: TensorBase | None) -> None:
    """Have a gradient spread that somebody is about to see: reading its elements does it, see `unspread`."""
    if grad is not None:
        grad._array  # noqa: B018


def owner_and_offset(array: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], int]:
    """The array that owns the memory, and where in it this one starts, in elements."""
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    return owner, start // array.itemsize


def storage(tensor: TensorBase) -> Storage:
    """The tensor's storage record, made when it is first needed."""
    if tensor._storage is None:
        tensor._storage = Storage()
    return tensor._storage
