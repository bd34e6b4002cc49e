"""The level of `grad` and `vjp`: a tape of its own.

What is recorded there is what the ordinary tape would record, so the ordinary operation does it: it is called on the
level's own tensors with nothing else watching. The values come from the levels below, which record what is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .. import copying, filling
from ..base import TensorBase, storage
from ..grad_mode import mode
from ..histories import check, is_tracked, rebase_history
from ..node import BinaryNode
from ..ops.views import clone
from ..saved import SavedResult
from ..tensor import Tensor
from ..transforms import Change
from .levels import Level, LevelTensor, aten_name, mapped, name_of, without_transforms

# Operations on zeros that nobody else sees, which they write into instead of copying them.
WRITES_INTO_FIRST = {"_index_put_into", "_scatter_add", "_index_add"}


LEFT = -2  # the number of a level that was left


def _until_left(field: str) -> Any:
    """A field that a tensor of the level has of its own; after that, it is that of its value."""
    default = getattr(TensorBase, field)

    def get(self: Any) -> Any:
        if self._level.is_left():
            return getattr(self._value, field)
        return self.__dict__.get(field, default)

    def change(self: Any, content: Any) -> None:
        self.__dict__[field] = content

    return property(get, change)


class GradTracking(LevelTensor):
    """A tensor on the tape of a `grad`, `vjp` or `jvp`."""

    _captured = False
    _node, _output_nr = _until_left("_node"), _until_left("_output_nr")
    _requires_grad, _accumulator = _until_left("_requires_grad"), _until_left("_accumulator")

    @property
    def grad_fn(self) -> Any:
        """Its node on this tape, also after the level was left."""
        return self.__dict__.get("_node")

    @property
    def requires_grad(self) -> bool:
        """Whether this tape records what is done with it, or did."""
        return self.grad_fn is not None or self.__dict__.get("_requires_grad", False)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        Tensor.requires_grad.__set__(self, value)  # type: ignore[attr-defined]

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Refused while the level runs."""
        return self if self._level.is_left() else super().requires_grad_(requires_grad)

    def __deepcopy__(self, memo: Any) -> Any:
        return copying.deepcopy(self, memo) if self.grad_fn is not None else self.__copy__()

    def __copy__(self) -> Any:  # type: ignore[override]
        raise NotImplementedError("Cannot access storage of TensorWrapper")

    def _heading(self) -> str:
        return f"GradTrackingTensor(lvl={LEFT if self._level.is_left() else self._level.number}"


class SavedOfLevel(SavedResult):
    """A node's own output, saved with its value at the levels below."""

    __slots__ = ("level", "value")

    def __init__(self, saved: SavedResult, level: GradLevel, value: Any) -> None:
        self.origin = saved.origin
        self.version = saved.version
        self.shadow = saved.shadow
        self.level = level
        self.value = value

    def unpack(self, node: Any) -> Any:
        plain: Any = super().unpack(node)
        result = self.level.tensor(self.value)
        result._node, result._output_nr = plain._node, plain._output_nr
        return result


class GradLevel(Level):
    """One running `grad` or `vjp`."""

    def __init__(self) -> None:
        super().__init__()
        self.enabled_outside = mode.enabled

    def tensor(self, value: Any) -> Any:
        """A tensor of this level, without history, that holds this one."""
        made: Any = object.__new__(GradTracking)
        made._level = self
        made._value = value
        made._shown = value._array  # so that nobody takes the memory for his own: see `ownership`
        return made

    def lift(self, value: Any) -> Any:
        """A tensor as one of this level; anything else as it is."""
        if isinstance(value, TensorBase):
            return value if self.holds(value) else self.tensor(value)
        return mapped(self.lift, value) if type(value) in (tuple, list) else value

    def capture(self, value: Any) -> Any:
        """A tensor that an operation gets as one of this level; one from outside, and its views, must not be changed."""
        if isinstance(value, TensorBase) and not self.holds(value):
            made = self.tensor(value)
            made._captured = True
            return made
        return mapped(self.capture, value) if type(value) in (tuple, list) else value

    def run(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        if isinstance(operation, Change) and not self.over:
            return self.change(operation, args)
        if self.over:  # what is left of the level are its values
            return operation(*self.value_of(args))
        values = self.value_of(args)
        if name_of(operation) in WRITES_INTO_FIRST:
            values = (clone(values[0]), *values[1:])
        below = self.below(operation, values)
        if not self.records(args, below):
            return self.lift(below)
        with without_transforms():
            recorded = operation(*self.capture(args))
        return self.joined(recorded, below)

    def records(self, args: tuple[Any, ...], result: Any) -> bool:
        """Whether this tape has anything to note: a history, or which tensor a view is of."""
        first = result[0] if isinstance(result, (tuple, list)) and result else result
        if isinstance(first, TensorBase) and _is_view(first):
            return True
        return mode.enabled and any(is_tracked(each) for each in self.own(args))

    def own(self, args: Any) -> Iterator[Any]:
        """The tensors of this level among the arguments."""
        for each in args:
            if self.holds(each):
                yield each
            elif type(each) in (tuple, list):
                yield from self.own(each)

    def below(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do the operation on the levels below, where nothing is recorded if `grad` was called under `no_grad`."""
        if self.enabled_outside:
            return operation(*args)
        enabled = mode.enabled
        mode.set(False)
        try:
            return operation(*args)
        finally:
            mode.set(enabled)

    def joined(self, recorded: Any, value: Any) -> Any:
        """A result: the history of the one that this tape recorded, the value of the one from below."""
        if isinstance(recorded, (tuple, list)):
            pairs = list(zip(recorded, value))
            nodes = [
                each._node for each in recorded if isinstance(each, TensorBase) and each._node is not None
            ]
            for each, below in pairs if nodes else ():
                if isinstance(each, TensorBase) and each._node is None:
                    # indices, which the node may have saved
                    _keep_value(nodes[0], each, self, below)
            return type(recorded)([self.joined(*pair) for pair in pairs])
        if not isinstance(recorded, TensorBase):
            return value
        result = self.tensor(value)
        for field, content in vars(recorded).items():
            if field not in ("_array", "_dtype", "_storage"):
                setattr(result, field, content)
        if recorded._node is not None:
            _keep_value(recorded._node, recorded, self, value)
        if hasattr(recorded._base, "_captured"):  # else it is a view of what no level holds, such as indices
            result._captured = recorded._base._captured
            result._storage.add_view(result)
        return result

    def made(self, value: Any) -> Any:
        """A tensor that was just made inside."""
        return value if self.over else self.tensor(value)

    # ---- changes in place ----------------------------------------------------------------------------------

    def change(self, change: Change, args: tuple[Any, ...]) -> Any:
        """Do a change in place: on the values below, and in the history of this level."""
        changed, *others = args
        if not self.holds(changed) or changed._captured:
            raise RuntimeError(
                "During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call in-place operation "
                f"({aten_name(change, args)}) that would mutate a captured Tensor. This is not supported; please rewrite the "
                "function being transformed to explicitly accept the mutated Tensor(s) as inputs."
            )
        lifted = [self.lift(each) for each in others]
        tracked = mode.enabled and any(is_tracked(each) for each in (changed, *lifted))
        with without_transforms():
            check(changed, tracked)
        before = self.as_it_was(changed) if change.in_place.__name__ not in _FILLS else None
        self.below(change, self.value_of(args))
        if not tracked:
            return changed
        if before is None:
            node_class, sources = _FILLS[change.in_place.__name__](lifted)
            filling.record(changed, node_class, *sources)
            return changed
        with without_transforms():
            recorded = change.out_of_place(before, *lifted, **change.options)
        self.joined(recorded, changed._value)
        rebase_history(changed, recorded._node, recorded._output_nr)
        return changed

    def as_it_was(self, changed: Any) -> Any:
        """A copy of the values with the same history, at this level and those below."""
        copy = self.tensor(clone(changed._value))
        for field in ("_node", "_output_nr", "_requires_grad", "_accumulator", "_unsettled"):
            setattr(copy, field, getattr(changed, field))
        return copy


def _is_view(tensor: Any) -> bool:
    """Whether a tensor, or what it holds, is a view."""
    return tensor._base is not None or (isinstance(tensor, LevelTensor) and _is_view(tensor._value))


def _fill_node(args: list[Any]) -> tuple[Any, tuple[Any, ...]]:
    if isinstance(args[0], TensorBase):
        return filling.FillBackward3, (args[0],)
    return filling.FillBackward2, ()


_FILLS: dict[str, Callable[[list[Any]], Any]] = {
    "copy_": lambda args: (filling.CopyBackwards, (args[0],)),
    "fill_": _fill_node,
    "zero_": lambda args: (filling.ZeroBackward0, ()),
}


def _keep_value(node: Any, recorded: Any, level: GradLevel, value: Any) -> None:
    """Let what a node saved of this result be the level's own tensor."""

    def own(saved: Any) -> Any:
        if type(saved) is SavedResult and saved.shadow._array is recorded._array:
            saved.shadow._storage = storage(value)
            saved.version = value._version
            return SavedOfLevel(saved, level, value)
        return saved

    if isinstance(node, BinaryNode):
        node._kept_result = own(getattr(node, "_kept_result", None))
    elif type(node._saved) is tuple:
        node._saved = tuple([own(each) for each in node._saved])
    elif node._saved is not None:
        node._saved = own(node._saved)
