"""From a forward and its formulas to a class of nodes: what is saved, what shows, what runs.

The parameters of a formula name what it needs: an input, `result`, one of `outputs`, an option, or something about an
input (`self_sym_sizes`). What ends in `_geometry` is needed but not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import dtypes
from .base import TensorBase, memory, owner_and_offset
from .dtypes import CATEGORY_OF_NUMBER
from .node import BinaryNode, Node, UnaryNode
from .saved import RELEASED, TENSOR_LIKE, SavedList, SavedResult, save, unpack

OF_INPUT: dict[str, Callable[[Any], Any]] = {
    "sym_sizes": lambda tensor: tensor._array.shape,
    "sym_numel": lambda tensor: tensor._array.size,
    "sym_strides": lambda tensor: tensor.stride(),
    "geometry": lambda tensor: geometry(tensor),
}
HIDDEN = "_geometry"
UNSIGNED = {"dim", "dims", "dim0", "dim1", "dim2", "index", "start", "end", "diagonal", "offset"}


def geometry(tensor: Any) -> tuple[Any, Any, int, int]:
    """How a tensor lies in its storage: sizes, strides, offset, and the storage's size, in elements."""
    array = memory(tensor)
    owner, offset = owner_and_offset(array)
    return array.shape, tensor.stride(), offset, owner.size


class Declaration:
    """A forward with its formulas, by the names of their inputs."""

    def __init__(
        self,
        forward: Callable[..., Any],
        formulas: dict[str, Any],
        node: str | None,
        outputs: Sequence[str] = ("result",),
    ) -> None:
        self.forward = forward
        self.parameters = _parameters(forward)
        self.outputs = tuple(outputs)
        self.inputs = [name for name in self.parameters if name in formulas]
        self.formulas = formulas
        self.needs = {name: _parameters(formula)[1:] for name, formula in formulas.items()}
        self.saved = list(dict.fromkeys(need for name in self.inputs for need in self.needs[name]))
        self.name = node or _node_name(forward.__name__)

    def is_plain(self, need: str) -> bool:
        """Whether something needed can never be a tensor."""
        return need not in self.parameters and need not in self.outputs

    def unary_class(self) -> Any:
        """Nodes with one input."""
        members: dict[str, Any] = {"__slots__": (), "vjp": self._unary_vjp()}
        single = len(self.saved) == 1
        for index, need in enumerate(self.saved):
            members[f"_saved_{need}"] = _saved_property(need, None if single else index)
        if all(self.is_plain(need) for need in self.saved):
            members["release"] = _release_nothing
        elif single:
            members["release"] = _release_single
        return self._finished(UnaryNode, members)

    def _unary_vjp(self) -> Callable[[Any, Any], Any]:
        (name,) = self.inputs
        formula, needs = self.formulas[name], self.needs[name]
        if not needs:
            return staticmethod(formula)
        if len(needs) == 1:
            if self.is_plain(needs[0]):
                return lambda node, grad: formula(grad, node._saved)
            return lambda node, grad: formula(grad, unpack(node._saved, node))
        if all(self.is_plain(need) for need in needs):
            return lambda node, grad: formula(grad, *node._saved)
        if len(needs) == 2:
            return lambda node, grad: formula(
                grad, unpack(node._saved[0], node), unpack(node._saved[1], node)
            )
        return lambda node, grad: formula(grad, *[unpack(kept, node) for kept in node._saved])

    def binary_class(self) -> Any:
        """Nodes with two inputs of one element-by-element operation."""
        one, two = self.parameters[:2]
        slots = {one: "_kept_self", two: "_kept_other", "result": "_kept_result"}
        members: dict[str, Any] = {
            "__slots__": (),
            "vjp": _binary_vjp(self.formulas[one], [slots[need] for need in self.needs[one]]),
            "vjp_of_other": _binary_vjp(self.formulas[two], [slots[need] for need in self.needs[two]]),
            "other_first": two < one,
        }
        for need in self.saved:
            members[f"_saved_{need}"] = _operand_property(slots[need])
        if not self.saved:
            members["release"] = _release_nothing
            members["_saved"] = None
        return self._finished(BinaryNode, members)

    def many_class(self) -> Any:
        """Nodes with any number of inputs; of a sequence of tensors, one formula gives all the gradients."""
        bound = [self._bind(name) for name in self.inputs]
        order = sorted(range(len(bound)), key=lambda index: self.inputs[index])

        def apply(node: Node, grad: Any, edges: Any) -> Sequence[Any]:
            results = [None] * len(bound)
            for index in order:
                if edges[index] is not None:
                    results[index] = bound[index](grad, node)
            return results

        def apply_to_sequence(node: Node, grad: Any, edges: Any) -> Sequence[Any]:
            return bound[0](grad, node)

        members: dict[str, Any] = {
            "__slots__": (),
            "apply": apply_to_sequence if self.takes_sequence else apply,
        }
        for index, need in enumerate(self.saved):
            members[f"_saved_{need}"] = _saved_property(need, index)
        return self._finished(Node, members)

    @property
    def takes_sequence(self) -> bool:
        """Whether the one differentiable input is a sequence of tensors."""
        return self.inputs == ["tensors"]

    def _bind(self, name: str) -> Callable[[Any, Node], Any]:
        formula, indexes = self.formulas[name], [self.saved.index(need) for need in self.needs[name]]
        return lambda grad, node: formula(grad, *[unpack(node._saved[index], node) for index in indexes])

    def _finished(self, base: type[Node], members: dict[str, Any]) -> type[Node]:
        shown = {name: value for name, value in members.items() if not name.endswith(HIDDEN)}
        return type(self.name, (base,), shown)

    def saver_of_one(self) -> Callable[[Any, Any, Any], Any]:
        """What a node of one input keeps, given the input, the result and the options."""
        getters = [self._getter(need) for need in self.saved]
        if not getters:
            return lambda self, result, options: None
        if len(getters) == 1:
            return getters[0]
        if len(getters) == 2:
            one, two = getters
            return lambda self, result, options: (one(self, result, options), two(self, result, options))
        return lambda self, result, options: tuple([get(self, result, options) for get in getters])

    def _getter(self, need: str) -> Callable[[Any, Any, Any], Any]:
        if need == "result":
            return lambda self, result, options: SavedResult(result)
        if need in self.parameters:
            index = self.parameters.index(need)
            if index == 0:
                return lambda self, result, options: save(self)
            return lambda self, result, options: keep_value(options[index - 1])
        about = OF_INPUT[need.partition("_")[2]]
        return lambda self, result, options: about(self)

    def save_many(self, args: Any, edges: Any, results: Any) -> tuple[Any, ...] | None:
        """What a node of many inputs keeps: of tensors only those that the formulas of its edges need."""
        if not self.saved:
            return None
        needed = {
            need
            for name, edge in zip(self.inputs, edges)
            if edge is not None or self.takes_sequence
            for need in self.needs[name]
        }
        return tuple([self._value(need, args, results, need in needed) for need in self.saved])

    def _value(self, need: str, args: Any, results: Any, needed: bool) -> Any:
        if need in self.outputs:
            return SavedResult(results[self.outputs.index(need)]) if needed else None
        if need in self.parameters:
            position = self.parameters.index(need)
            value = args[position] if position < len(args) else None
            return keep_value(value) if needed or not isinstance(value, TensorBase) else None
        name, _, about = need.partition("_")
        return OF_INPUT[about](args[self.parameters.index(name)])


def _parameters(function: Callable[..., Any]) -> list[str]:
    """The names of a function's parameters; `inspect.signature` would take half of the time of importing the engine."""
    return list(function.__code__.co_varnames[: function.__code__.co_argcount])


def _node_name(function: str) -> str:
    return "".join(part.capitalize() for part in function.strip("_").split("_")) + "Backward0"


def _binary_vjp(formula: Callable[..., Any], slots: list[str]) -> Callable[[Any, Any], Any]:
    """The formula on what the node kept; spelled out for the slots that most operations use."""
    if not slots:
        return staticmethod(formula)
    if slots == ["_kept_self"]:
        return lambda node, grad: formula(grad, unpack(node._kept_self, node))
    if slots == ["_kept_other"]:
        return lambda node, grad: formula(grad, unpack(node._kept_other, node))
    return lambda node, grad: formula(grad, *[unpack(getattr(node, slot), node) for slot in slots])


def _release_nothing(node: Node) -> None:
    """A node that saved no tensors can run again."""


def _release_single(node: Node) -> None:
    if isinstance(node._saved, TENSOR_LIKE):
        node._saved = RELEASED


def _operand_property(slot: str) -> property:
    return property(lambda node: as_operand(unpack(getattr(node, slot), node)))


def _saved_property(name: str, index: int | None) -> property:
    """Reads what was saved; PyTorch shows lists as tuples, and negative dimensions as unsigned numbers."""

    def get(node: Node) -> Any:
        kept = node._saved if index is None else node._saved[index]
        value = unpack(kept, node)
        return unsigned(value) if name in UNSIGNED else tuple(value) if isinstance(value, list) else value

    return property(get)


def unsigned(value: Any) -> Any:
    """A number, or several, as unsigned 64-bit ones."""
    if isinstance(value, (list, tuple)):
        return tuple([unsigned(each) for each in value])
    return value % 2**64 if type(value) is int else value


def as_operand(value: Any) -> Any:
    """A Python number as the 0-d tensor that PyTorch makes of it; anything else as it is."""
    if type(value) in CATEGORY_OF_NUMBER:
        from .op import wrap

        dtype = dtypes.OF_PYTHON_TYPE[type(value)]
        return wrap(dtype.numpy.type(value), dtype)
    return value


def keep_value(value: Any) -> Any:
    """What a node keeps of an argument: tensors with their version, everything else as it is."""
    if isinstance(value, TensorBase):
        return save(value)
    if isinstance(value, (tuple, list)) and any(isinstance(each, TensorBase) for each in value):
        return SavedList(keep_value(each) for each in value)
    return value
