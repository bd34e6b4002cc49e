"""The histories of bases and views: who may be changed in place, and what a change makes of base and views.

Source: "Autograd mechanics", "In-place correctness checks"; "Tensor Views".
"""

from __future__ import annotations

from typing import Any
from weakref import ref

import numpy as np

from .base import TensorBase
from .grad_mode import enable_grad, mode
from .node import Node, follow_base, gradient_edge, next_sequence_nr
from .op import geometry, record, wrap
from .ops.complex import part_of
from .ops.slicing import as_strided, strided_op
from .ops.views import contiguous_format
from .saved import FREED_MESSAGE, SavedResult, operation_of, saved_values
from .transforms import Making

_keep_strides = strided_op.declaration.saver_of_one()
_CLARIFY = (
    "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view "
    "and the inplace either both inside the {mode} block (if you don't want the inplace to be tracked) or both outside (if you "
    "want the inplace to be tracked)."
)
_REASONS = {
    "no_grad": _CLARIFY.format(mode="no_grad"),
    "inference": _CLARIFY.format(mode="inference_mode"),
    "multiple": (
        "This view is the output of a function that returns multiple views. Such functions do not allow the output views to be "
        "modified inplace. You should replace the inplace operation by an out-of-place one."
    ),
    "function": (
        "This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to "
        "handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect "
        "gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function."
    ),
}


# ---- who may be changed ------------------------------------------------------------------------------------


def is_tracked(value: Any) -> bool:
    """Whether this is a tensor that requires grad."""
    return isinstance(value, TensorBase) and (value._node is not None or value._requires_grad)


def refusal(view: Any, changed: str = "is being") -> RuntimeError:
    """Why a view must not be changed in place, nor its base (`changed`: "its base or ... has been")."""
    kind = view._view_refusal
    node, output_nr = view._node, view._output_nr
    if isinstance(view._unsettled, Lost):
        node, output_nr = view._unsettled.node, view._unsettled.output_nr
    place = f"Output {output_nr} of {operation_of(node)} is a view" if node is not None else "A view"
    if kind == "inference":
        head = f"{place} of a view which" if node is not None else place
        head = f"{head} was created in inference mode and {changed} modified inplace in normal mode."
    elif kind == "no_grad" or node is None:
        head = f"{place} of a view which" if node is not None else place
        head = f"{head} was created in no_grad mode and {changed} modified inplace with grad mode enabled."
    else:
        head = f"{place} and {changed} modified inplace."
    return RuntimeError(f"{head} {_REASONS[kind]}")


def check(self: Any, tracked: bool | None = None) -> None:
    """Raise `RuntimeError` if `self` must not be changed in place by what is `tracked` (by default: if it is itself)."""
    if not (mode.enabled and is_tracked(self) if tracked is None else tracked):
        return
    base = self._base
    own = self._node is not None or self._requires_grad
    if base is not None:
        if self._view_refusal is not None:
            raise refusal(self)
        if self._unsettled is not None:
            self._unsettled(self)
        if own and base._node is None:
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place operation."
            )
    if own and self._node is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


# ---- what becomes of base and views ------------------------------------------------------------------------


def rebase_history(self: Any, node: Node, output_nr: int = 0) -> None:
    """Make `node` the origin of `self`; where `self` is a view, its base becomes the result of `CopySlices`."""
    base = self._base
    if base is None:
        set_history(self, node, output_nr)
        refresh_views(self)
    else:
        set_history(base, CopySlices.over(base, self, node))
        refresh_views(self)
        _note_origin(self, node)


def _note_origin(view: Any, node: Node) -> None:
    """Have results that the node saved come from the view's new history, through which second derivatives flow."""
    results = [kept for kept in saved_values(node) if isinstance(kept, SavedResult)]
    origin = view.grad_fn if results else None
    for kept in results if origin is not None else ():
        kept.origin = ref(origin)


def set_history(self: Any, node: Node, output_nr: int = 0) -> None:
    """Make `node` the origin of `self`; where its gradient is retained, that of the latest history is."""
    retained = self._retains_grad
    if retained:
        self._node.extras().retained.pop(self._output_nr)
        self._retains_grad = False
    self._node, self._output_nr, self._requires_grad = node, output_nr, False
    if retained:
        self.retain_grad()


def refresh_views(self: Any, but: Any = None) -> None:
    """After a change of the memory: views get their histories from their base, or are lost where that is refused."""
    shared = self._storage
    if shared is None or not shared.views:
        return
    for view in shared.live_views():
        base = view._base
        if base is None or view is but:
            continue
        if view._node is not None or base._node is not None or base._requires_grad:
            _refresh(view, base)
        else:
            view._outdated = True


def _refresh(view: Any, base: Any) -> None:
    if isinstance(view._unsettled, Lost):
        return
    if view._view_refusal is not None:
        view._unsettled = Lost(view._node, view._output_nr)
        view._node, view._output_nr, view._requires_grad = None, 0, True
        return
    if view._retains_grad and view._node is not None:
        view._node.extras().retained.pop(view._output_nr, None)
    view._unsettled, view._node, view._output_nr, view._requires_grad = settle, None, 0, True


def settle(view: Any) -> Node:
    """Give a view whose memory was changed its history, as the strided part of its base: when it is first asked for."""
    base = view._base
    edge = gradient_edge(base)
    view._unsettled, view._requires_grad = None, False
    if edge is not None:
        take = part_of(base, view)
        if take is None:
            shape, steps, offset, _ = geometry(view)
            node = record(view, strided_op.declaration.node_class, base, edge)
            node._saved = _keep_strides(base, view, (shape, steps, offset))
        else:
            with enable_grad():
                view._node = take(base)._node
    if view._retains_grad:
        view._retains_grad = False
        view.retain_grad()
    return view._node


class Lost:
    """Stands for the history of a view that must not be used any more: asking for its node is refused."""

    def __init__(self, node: Node | None, output_nr: int) -> None:
        self.node = node
        self.output_nr = output_nr

    def __call__(self, view: Any) -> Node | None:
        if self.node is None and not is_tracked(view._base):  # it was detached since
            view._unsettled, view._requires_grad = None, False
            return None
        raise refusal(view, "its base or another view of its base has been")


def note_base_requires_grad(base: Any, requires_grad: bool) -> None:
    """Views of a leaf without a history of their own require grad as it does."""
    if base._storage is None:
        return
    for view in base._storage.live_views():
        if view._base is base and view._node is None:
            if not requires_grad and view._unsettled is follow_base:
                view._requires_grad, view._unsettled = False, None
            elif requires_grad and not view._requires_grad:
                view._requires_grad, view._unsettled = True, follow_base
                if view._outdated:
                    _refresh(view, base)


def is_settled(view: Any) -> bool:
    """Whether a view may be asked for its node; one that follows its base becomes a leaf of its own."""
    if view._unsettled is follow_base:
        view._unsettled = None
    return not isinstance(view._unsettled, Lost)


class CopySlices(Node):
    """A base after one of its views was written: the view's part goes through the write's own node.

    Its inputs are the base as it was and whatever else the write's node has as inputs.
    """

    __module__ = "builtins"

    __slots__ = ("base", "geometry", "inner", "take")

    base: tuple[Any, Any]
    geometry: tuple[Any, Any, int]
    inner: Any
    take: Any

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    @classmethod
    def over(cls, base: Any, view: Any, inner: Node) -> CopySlices:
        node = object.__new__(cls)
        node._edges = (gradient_edge(base), *inner._edges[1:])
        node._number = next_sequence_nr()
        node._extras = None
        node._saved = None
        shape, steps, offset, _ = geometry(view)
        whole = geometry(base)
        node.base = whole[:2]
        node.geometry = (shape, steps, offset - whole[2])
        node.inner = inner
        node.take = part_of(base, view)
        numbers = inner._extras.input_numbers if inner._extras is not None else None
        expected = inner._extras.expected if inner._extras is not None else None
        if numbers is not None or base._output_nr:
            node.extras().input_numbers = (base._output_nr, *(numbers or (0,) * len(inner._edges))[1:])
        if expected is not None:
            node.extras().expected = (None, *expected[1:])
        return node

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        if self.inner is None:
            raise RuntimeError(FREED_MESSAGE)
        shape, steps, offset = self.geometry
        sizes, strides = self.base
        make = Making(_empty_strided, {"strides": strides, "dtype": grad._dtype})
        result = make(grad, sizes).copy_(grad)
        part = as_strided(result, shape, steps, offset) if self.take is None else self.take(result)
        first, *others = self.inner.apply(
            part.clone(memory_format=contiguous_format), (self.inner._edges[0], *edges[1:])
        )
        if first is None:
            part.zero_()
        else:
            if first._of_examples and not result._of_examples:
                result = make(first, sizes).copy_(grad)
                part = as_strided(result, shape, steps, offset) if self.take is None else self.take(result)
            part.copy_(first._reduce_to(shape, part._dtype))
        return (None if edges[0] is None else result, *others)

    def release(self) -> None:
        self.inner.release()
        self.inner = None


def _empty_strided(shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any) -> Any:
    """Memory in which a tensor of these sizes and strides lies, seen with them."""
    elements = 0 if 0 in shape else 1 + sum((size - 1) * step for size, step in zip(shape, strides))
    owner = np.empty(elements, dtype.numpy)
    return wrap(np.ndarray(shape, dtype.numpy, owner, 0, [step * owner.itemsize for step in strides]), dtype)
