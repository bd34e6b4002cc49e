"""Hooks on saved tensors: what a node keeps instead of a tensor, and how it gets the tensor back.

Source: "Hooks for autograd saved tensors". Hooks are registered for one saved tensor (`SavedTensor.register_hooks`) or
for whatever is saved inside a `with` block (`graph.saved_tensors_hooks`), which is a transform: it sees every operation
and packs what its node has saved.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any

from .base import TensorBase, memory, storage
from .grad_mode import mode, no_grad
from .node import Node, ReadOnly, next_sequence_nr
from .saved import DETACHED_MESSAGE, RELEASED, TENSOR_LIKE, Saved, SavedList, SavedResult, save, unpack
from .transforms import Transform

Hooks = tuple[Callable[[Any], Any], Callable[[Any], Any]]

CHANGED = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be modified by "
    "in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to perform in-place "
    "operations on the input to a pack hook."
)
FREED = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are freed when "
    "you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second "
    "time or if you need to access saved variables after calling backward."
)
ALREADY_SET = (
    "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed at "
    "a time."
)
NOT_CALLABLE = (
    "{name}(): incompatible function arguments. The following argument types are supported:\n    1. ({receiver}arg0: "
    "collections.abc.Callable, arg1: collections.abc.Callable) -> None\n\nInvoked with: {given}"
)

UNPACK_TAKES_NOTHING = (
    "unpack(): incompatible function arguments. The following argument types are supported:\n    1. (self: "
    "torch._C._autograd.SavedTensor) -> torch.Tensor\n\nInvoked with: {given}"
)


class Packed(Saved):
    """What a pack hook made of a saved tensor, and what the tensor was in the graph."""

    __slots__ = (
        "accumulator",
        "data",
        "grad_fn",
        "hook",
        "of_result",
        "output_nr",
        "requires_grad",
        "tangents",
    )

    def __init__(self, kept: Any, node: Node, hooks: Hooks, given: Any = None) -> None:
        """`given`: what the pack hook gets instead of the saved tensor."""
        tensor = _tensor_of(kept, node)
        pack, self.hook = hooks
        self.of_result = isinstance(kept, SavedResult)
        self.grad_fn = None if self.of_result else tensor.grad_fn  # its own node would make a cycle
        self.output_nr = tensor._output_nr
        self.requires_grad = tensor._requires_grad
        self.accumulator = tensor._accumulator
        self.tangents = tensor._tangents  # of a result they come later, see `forward_ad`
        given = tensor if given is None else given
        version = storage(given).version
        with no_grad():
            self.data = pack(given)
        if storage(given).version != version:
            raise RuntimeError(CHANGED)

    def unpack(self, node: Node) -> TensorBase:
        """What the unpack hook gives, in the place in the graph that the saved tensor had."""
        value = self.hook(self.data)
        if not isinstance(value, TensorBase):
            kind = type(value).__name__
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {kind}"
            )
        grad_fn = node if self.of_result else self.grad_fn
        plain = value._node is None and not value._requires_grad and self.tangents is None
        if plain and grad_fn is None and not self.requires_grad:
            return value
        result = without_history(value)
        result._node = grad_fn
        result._output_nr = self.output_nr
        result._requires_grad = self.requires_grad
        result._accumulator = self.accumulator
        result._tangents = self.tangents
        return result


def _tensor_of(kept: Any, node: Node) -> Any:
    """The saved tensor itself, without the check of its version."""
    if isinstance(kept, SavedResult):
        result = without_history(kept.shadow)
        result._node, result._output_nr = node, kept.shadow._output_nr
        return result
    if isinstance(kept, Saved):
        return kept.tensor
    if isinstance(kept, TensorBase):
        return kept
    from .declaration import as_operand

    return as_operand(kept)


def without_history(tensor: Any) -> Any:
    """A tensor over the same memory, with the same version counter, that is not part of the graph."""
    storage(tensor)
    other = object.__new__(type(tensor))
    other._array = memory(tensor) if tensor._array.ndim else tensor._array
    other._dtype = tensor._dtype
    other._storage = tensor._storage
    return other


# ---- nodes with packed tensors -----------------------------------------------------------------------------


def pack_saved(node: Node, hooks: Hooks, results: tuple[Any, ...]) -> None:
    """Pack what the new node of these results has saved, in PyTorch's order: inputs by name, then results."""
    found = False
    for _, slot, index in node._places:
        kept = _read(node, slot, index)
        if isinstance(kept, SavedList):
            _write(node, slot, index, SavedList(pack_all(kept, node, hooks)))
            found = True
        elif isinstance(kept, TENSOR_LIKE):
            own = _among(results, kept) if isinstance(kept, SavedResult) else None
            _write(node, slot, index, Packed(kept, node, hooks, own))
            found = True
    if found:
        node.__class__ = _packed_class(type(node))  # type: ignore[arg-type]


def _among(results: tuple[Any, ...], kept: SavedResult) -> Any:
    """The result itself of which the node keeps a shadow."""
    return next((each for each in results if each._array is kept.shadow._array), None)


def pack_all(kept: Any, node: Node, hooks: Hooks) -> list[Any]:
    """Several saved tensors, each packed."""
    return [Packed(each, node, hooks) if isinstance(each, TENSOR_LIKE) else each for each in kept]


def _read(node: Node, slot: str, index: int | None) -> Any:
    held = getattr(node, slot)
    return held if index is None or held is None else held[index]


def _write(node: Node, slot: str, index: int | None, value: Any) -> None:
    if index is not None:
        held = list(getattr(node, slot))
        held[index] = value
        value = tuple(held)
    setattr(node, slot, value)


@cache
def _packed_class(node_class: Any) -> Any:
    """Nodes that take each saved tensor out once before their formulas run, as PyTorch's do, and not when it is used."""
    if node_class._packed:
        return node_class

    def apply(self: Any, grad: Any, edges: Any) -> Any:
        slots = {slot: getattr(self, slot) for _, slot, _ in self._places}
        try:
            for _, slot, index in self._places:
                kept = _read(self, slot, index)
                if isinstance(kept, SavedList):
                    _write(self, slot, index, SavedList(save_again(each) for each in unpack(kept, self)))
                elif isinstance(kept, TENSOR_LIKE) or kept is RELEASED:
                    _write(self, slot, index, save(unpack(kept, self)))
            return node_class.apply(self, grad, edges)
        finally:
            for slot, held in slots.items():
                setattr(self, slot, held)

    members = {"__slots__": (), "_packed": True, "_inputs": 0, "apply": apply}
    return type(node_class.__name__, (node_class,), members)


def save_again(value: Any) -> Any:
    """An unpacked tensor, kept with the version it has now; anything else as it is."""
    return save(value) if isinstance(value, TensorBase) else value


# ---- one saved tensor --------------------------------------------------------------------------------------


class SavedTensor:
    """A node's hold on one saved tensor (`_raw_saved_self`)."""

    __module__ = "torch._C._autograd"

    def __new__(cls) -> SavedTensor:
        raise RuntimeError("Trying to create a SavedTensor object from Python is forbidden.")

    _node: Node
    _place: tuple[str, int | None]
    _item: int | None  # in a list of tensors that are saved under one name

    @property
    def _kept(self) -> Any:
        kept = _read(self._node, *self._place)
        return kept if self._item is None or kept is RELEASED else kept[self._item]

    @property
    def data(self) -> Any:
        """What is kept: the tensor, or what the pack hook made of it; None after it was freed."""
        kept = self._kept
        if kept is RELEASED:
            return None
        if isinstance(kept, SavedResult):
            return without_history(kept.shadow)
        return kept.data if isinstance(kept, Packed) else unpack(kept, self._node)

    @property
    def unpack_hook(self) -> Any:
        """The function that makes a tensor of it again, if there is one."""
        kept = self._kept
        return kept.hook if isinstance(kept, Packed) else None

    def unpack(self, *arguments: Any) -> Any:
        """The tensor, by the hook if there is one; of a result PyTorch knows no more whether it was detached."""
        if arguments:
            given = ", ".join(repr(each) for each in (self, *arguments))
            raise TypeError(UNPACK_TAKES_NOTHING.format(given=given))
        kept = self._kept
        if isinstance(kept, SavedResult) or (isinstance(kept, Packed) and kept.of_result):
            raise RuntimeError(DETACHED_MESSAGE)
        return unpack(kept, self._node)

    def register_hooks(self, *hooks: Callable[[Any], Any]) -> None:
        """Keep `pack_hook(tensor)` instead of the tensor; `unpack_hook` makes the tensor of it when it is needed."""
        if len(hooks) != 2 or not all(map(callable, hooks)):
            given = ", ".join(repr(each) for each in (self, *hooks))
            receiver = "self: torch._C._autograd.SavedTensor, "
            raise TypeError(NOT_CALLABLE.format(name="register_hooks", receiver=receiver, given=given))
        kept, node = self._kept, self._node
        if isinstance(kept, Packed):
            raise RuntimeError(ALREADY_SET)
        if kept is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        if kept is RELEASED:
            raise RuntimeError(FREED)
        given = without_history(_tensor_of(kept, node))
        packed: Any = Packed(kept, node, (hooks[0], hooks[1]), given)
        if self._item is not None:
            several = list(_read(node, *self._place))
            several[self._item] = packed
            packed = SavedList(several)
        _write(node, *self._place, packed)
        if node._places:
            node.__class__ = _packed_class(type(node))  # type: ignore[arg-type]

    def __dir__(self) -> list[str]:
        return [name for name in object.__dir__(self) if name not in ("_item", "_kept", "_node", "_place")]

    def __repr__(self) -> str:
        return f"<torch._C._autograd.SavedTensor object at {id(self):#x}>"


def raw_saved_property(name: str, slot: str, index: int | None, always: bool) -> ReadOnly:
    """`_raw_saved_self` of a node; `always` a tensor or None, as inputs and results are, but not every option."""

    def get(node: Node) -> Any:
        kept = _read(node, slot, index)
        if isinstance(kept, SavedList):
            return tuple([raw_saved_tensor(node, slot, index, item) for item in range(len(kept))])
        if always or isinstance(kept, TENSOR_LIKE) or kept is RELEASED:
            return raw_saved_tensor(node, slot, index)
        raise AttributeError(f"'{type(node).__name__}' object has no attribute '_raw_saved_{name}'")

    return ReadOnly(get)


def raw_saved_tensor(node: Node, slot: str, index: int | None, item: int | None = None) -> SavedTensor:
    """The saved tensor in this place of a node."""
    saved = object.__new__(SavedTensor)
    saved._node, saved._place, saved._item = node, (slot, index), item
    return saved


# ---- whatever is saved meanwhile ---------------------------------------------------------------------------


class Packing(Transform):
    """Packs what operations save, by the last pair of hooks."""

    computes = False

    def __init__(self) -> None:
        self.hooks: list[Hooks] = []

    def run(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do the operation, and pack what its node saved."""
        start = next_sequence_nr()
        results = operation(*args)
        several = results if type(results) is tuple else (results,)
        for node in _nodes_of(several):
            if node._number > start and not node._packed:
                self._pack(node, several)
        return results

    def _pack(self, node: Node, results: tuple[Any, ...]) -> None:
        below = mode.transforms
        mode.set_transforms((*below, self))  # where a hook turns grad mode on, what it saves is packed, too
        try:
            pack_saved(node, self.hooks[-1], results)
        finally:
            mode.set_transforms(below)


def _nodes_of(results: tuple[Any, ...]) -> Iterator[Any]:
    """The nodes of these results; after a change of a view also the base's, and the one inside that."""
    for result in results:
        if isinstance(result, TensorBase):
            yield from [result._node] if result._node is not None else ()
            node = None if result._base is None else result._base._node
            if node is not None:
                yield getattr(node, "inner", node)


class _Thread(threading.local):
    """A thread's hooks, and why there must be none, if so."""

    def __init__(self) -> None:
        self.packing = Packing()
        self.disabled: str | None = None


_thread = _Thread()


def push_hooks(pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
    """Have this thread pack what is saved from now on; raises `RuntimeError` where that is disabled."""
    if not callable(pack_hook) or not callable(unpack_hook):
        given = f"{pack_hook!r}, {unpack_hook!r}"
        raise TypeError(
            NOT_CALLABLE.format(name="_push_saved_tensors_default_hooks", receiver="", given=given)
        )
    if _thread.disabled is not None:
        raise RuntimeError(_thread.disabled)
    packing = _thread.packing
    packing.hooks.append((pack_hook, unpack_hook))
    if packing not in mode.transforms:
        # below all others, which compute by operations that save
        mode.set_transforms((packing, *mode.transforms))


def pop_hooks() -> None:
    """Take the last pair of hooks away."""
    packing = _thread.packing
    packing.hooks.pop()
    if not packing.hooks:
        mode.set_transforms(tuple([each for each in mode.transforms if each is not packing]))


@contextmanager
def adding_anew() -> Iterator[None]:
    """Inside, with hooks, gradients are not added up in place."""
    packing = _thread.packing
    packing.computes = True
    try:
        yield
    finally:
        packing.computes = False


def active_hooks() -> Hooks | None:
    """The pair of hooks that packs what is saved now, if there is one."""
    hooks = _thread.packing.hooks
    return hooks[-1] if hooks else None


def disable_hooks(message: str | None) -> str | None:
    """Refuse hooks with this message (None: allow them again), and return what it was before."""
    if message is not None and _thread.packing.hooks:
        raise RuntimeError(message)
    before, _thread.disabled = _thread.disabled, message
    return before


def refusing_hooks(message: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of functions in which there must be no hooks on saved tensors."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            before = disable_hooks(message)
            try:
                return function(*args, **kwargs)
            finally:
                disable_hooks(before)

        return call

    return decorate
