"""From a forward and its formulas to a class of nodes: what is saved, what shows, what runs.

The parameters of a formula name what it needs: an input, `result`, one of `outputs`, an option, or something about an
input (`self_sym_sizes`). What ends in `_geometry` is needed but not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from . import dtypes
from .base import TensorBase, memory, owner_and_offset
from .dtypes import CATEGORY_OF_NUMBER
from .node import BinaryNode, Node, ReadOnly, UnaryNode
from .packing import raw_saved_property
from .saved import RELEASED, TENSOR_LIKE, SavedList, SavedResult, save, unpack

# something about an input; called with what a saver is called with, which spares each node a call
OF_INPUT: dict[str, Callable[..., Any]] = {
    "sym_sizes": lambda tensor, *_: tensor._array.shape,
    "sym_numel": lambda tensor, *_: tensor._array.size,
    "sym_argsize_0": lambda tensor, *_: tensor._array.shape[0],
    "sym_argsize_minus_1": lambda tensor, *_: tensor._array.shape[-1],
    "sym_argsize_minus_2": lambda tensor, *_: tensor._array.shape[-2],
    "sizes_geometry": lambda tensor, *_: tensor._array.shape,
    "sym_strides": lambda tensor, *_: tensor.stride(),
    "geometry": lambda tensor, *_: geometry(tensor),
}
PLAIN = frozenset(
    (int, float, bool, complex)
)  # types that need no unpacking; the most frequent of them, asked for first
HIDDEN = "_geometry"
SEQUENCES = (tuple, list)
LINEAR, POINTWISE = "linear", "pointwise"  # rules for tangents, see `tangent_rules`
_UNSIGNED = "dim dims dim0 dim1 dim2 index start end diagonal offset ignore_index pad padding padding_idx"
UNSIGNED = frozenset(
    _UNSIGNED.split()
)  # options whose negative numbers PyTorch's nodes show as unsigned ones of 64 bits


def geometry(tensor: Any) -> tuple[Any, Any, int, int]:
    """How a tensor lies in its storage: sizes, strides, offset, and the storage's size, in elements."""
    array = memory(tensor)
    owner, offset = owner_and_offset(array)
    return array.shape, tensor.stride(), offset, owner.nbytes // array.itemsize


class Declaration:
    """A forward with its formulas, by the names of their inputs."""

    def __init__(
        self,
        forward: Callable[..., Any],
        formulas: dict[str, Any],
        node: str | None,
        outputs: Sequence[str] = ("result",),
        jvp: Any = None,
        complex: dict[str, Any] | None = None,
    ) -> None:
        self.forward = forward
        self.parameters = parameters(forward)
        self.outputs = tuple(outputs)
        self.inputs = [name for name in self.parameters if name in formulas]
        self.takes_sequence = self.inputs == ["tensors"]  # the one differentiable input is a sequence of them
        self.formulas = formulas
        self.needs = {name: parameters(formula)[1:] for name, formula in formulas.items()}
        self.saved = list(dict.fromkeys(need for name in self.inputs for need in self.needs[name]))
        self.name = node or _node_name(forward.__name__)
        self.jvp = jvp
        self._complex = complex
        # of a node: the vector-Jacobian products, reduced to the inputs' shapes already, where that saves work
        self.apply_reduced: Callable[[Any, Any, Any], Sequence[Any]] | None = None

    @cached_property
    def for_complex(self) -> Declaration:
        """The same with the formulas that differ for complex numbers; made when these first turn up."""
        if not self._complex:
            return self
        formulas = {**self.formulas, **self._complex}
        other = Declaration(self.forward, formulas, self.name, self.outputs, self.jvp)
        other.apply_reduced = self.apply_reduced
        return other

    def classes(self, make: Callable[[Declaration], Any]) -> Classes:
        """The classes of its nodes."""
        self._classes = Classes(self, make)
        return self._classes

    @property
    def node_class(self) -> Any:
        """The class of its nodes, of real numbers."""
        return self._classes[False]

    def is_plain(self, need: str) -> bool:
        """Whether something needed can never be a tensor."""
        return need not in self.parameters and need not in self.outputs

    def unary_class(self) -> Any:
        """Nodes with one input."""
        members: dict[str, Any] = {"__slots__": (), "vjp": self._unary_vjp()}
        single = len(self.saved) == 1
        for index, need in enumerate(self.saved):
            members[f"_saved_{need}"] = _saved_property(need, None if single else index)
        self._show_raw(
            members, {need: ("_saved", None if single else index) for index, need in enumerate(self.saved)}
        )
        if all(self.is_plain(need) for need in self.saved):
            members["release"] = _release_nothing
        elif single:
            members["release"] = _release_single
        else:
            members["release"] = self._release_of_several()
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
                grad,
                unpack(node._saved[0], node),
                kept if (kept := node._saved[1]).__class__ in PLAIN else unpack(kept, node),
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
        self._show_raw(members, {need: (slots[need], None) for need in self.saved})
        if not self.saved:
            members["release"] = _release_nothing
            members["_saved"] = None
        return self._finished(BinaryNode, members)

    def many_class(self) -> Any:
        """Nodes with any number of inputs; of a sequence of tensors, one formula gives all the gradients."""
        members: dict[str, Any] = {
            "__slots__": (),
            "apply": self._apply_of_many(),
            "release": self._release_of_several(),
        }
        for index, need in enumerate(self.saved):
            members[f"_saved_{need}"] = _saved_property(need, index)
        self._show_raw(members, {need: ("_saved", index) for index, need in enumerate(self.saved)})
        return self._finished(Node, members)

    def _show_raw(self, members: dict[str, Any], slots: dict[str, tuple[str, int | None]]) -> None:
        """Add `_raw_saved_self` and alike for what may be a tensor, and where to find it, in the order of packing."""
        names = sorted(
            [need for need in slots if not self.is_plain(need)],
            key=lambda need: (need in self.outputs, need),
        )
        members["_places"] = tuple([(need, *slots[need]) for need in names])
        for need in names:
            always = need in self.inputs or need in self.outputs
            members[f"_raw_saved_{need}"] = raw_saved_property(need, *slots[need], always)

    def _release_of_several(self) -> Callable[[Node], None]:
        places = [index for index, need in enumerate(self.saved) if not self.is_plain(need)]
        if not places:
            return _release_nothing

        kept = [
            f"RELEASED if isinstance(saved[{index}], TENSOR_LIKE) else saved[{index}]"
            if index in places
            else f"saved[{index}]"
            for index in range(len(self.saved))
        ]
        names = {"RELEASED": RELEASED, "TENSOR_LIKE": TENSOR_LIKE}
        return _compiled("node", ["saved = node._saved", f"node._saved = ({', '.join(kept)},)"], names)

    def _apply_of_many(self) -> Callable[[Node, Any, Any], Sequence[Any]]:
        """The formulas, spelled out, each on what was saved for it: run in the order of their inputs' names, as in PyTorch."""
        names: dict[str, Any] = {"unpack": unpack, "PLAIN": PLAIN}
        calls = []
        for index, name in enumerate(self.inputs):
            names[f"formula{index}"] = self.formulas[name]
            taken = [
                f"saved[{place}]"
                if self.is_plain(need)
                else f"(kept if (kept := saved[{place}]).__class__ in PLAIN else unpack(kept, node))"
                for need, place in [(need, self.saved.index(need)) for need in self.needs[name]]
            ]
            calls.append(f"formula{index}({', '.join(['grad', *taken])})")
        lines = ["saved = node._saved"]
        if self.takes_sequence:
            lines.append(f"return {calls[0]}")
        else:
            lines += [
                f"grad{index} = None if edges[{index}] is None else {calls[index]}"
                for index in sorted(range(len(calls)), key=lambda index: self.inputs[index])
            ]
            lines.append(f"return [{', '.join(f'grad{index}' for index in range(len(calls)))}]")
        return _compiled("node, grad, edges", lines, names)

    def _finished(self, base: type[Node], members: dict[str, Any]) -> type[Node]:
        shown = {name: value for name, value in members.items() if not name.endswith(HIDDEN)}
        shown |= {"__module__": "builtins", "apply_reduced": self.apply_reduced}  # the module is not printed
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
                return lambda self, result, options: self if self._storage is None else save(self)
            return lambda self, result, options: (
                kept if (kept := options[index - 1]).__class__ in PLAIN else keep_value(kept)
            )
        return OF_INPUT[need.partition("_")[2]]

    def saver_of_many(self) -> Callable[[Any, Any, Any], tuple[Any, ...] | None]:
        """What a node of many inputs keeps, given arguments, edges and results: of tensors only those that the formulas
        of its edges need.
        """
        if not self.saved:
            return lambda args, edges, results: None
        plans: dict[Any, Callable[[Any, Any], tuple[Any, ...]]] = {}  # by which inputs have an edge

        def keep(args: Any, edges: Any, results: Any) -> tuple[Any, ...]:
            pattern = (len(args), *([] if self.takes_sequence else [edge is not None for edge in edges]))
            plan = plans.get(pattern)
            if plan is None:
                plan = plans[pattern] = self._plan(len(args), pattern[1:])
            return plan(args, results)

        return keep

    def _plan(self, count: int, with_edge: Sequence[Any]) -> Callable[[Any, Any], tuple[Any, ...]]:
        """What to keep of so many arguments, given which inputs have an edge, spelled out."""
        used = [name for index, name in enumerate(self.inputs) if not with_edge or with_edge[index]]
        needed = {need for name in used for need in self.needs[name]}
        names: dict[str, Any] = {
            "SavedResult": SavedResult,
            "keep_value": keep_value,
            "unless_tensor": _unless_tensor,
            "PLAIN": PLAIN,
        }
        kept = [self._expression(need, need in needed, count, names) for need in self.saved]
        return _compiled("args, results", [f"return ({', '.join(kept)},)"], names)

    def _expression(self, need: str, needed: bool, count: int, names: dict[str, Any]) -> str:
        if need in self.outputs:
            return f"SavedResult(results[{self.outputs.index(need)}])" if needed else "None"
        if need not in self.parameters:
            name, _, about = need.partition("_")
            names[about] = OF_INPUT[about]
            return f"{about}(args[{self.parameters.index(name)}])"
        position = self.parameters.index(need)
        if position >= count:
            return "None"
        keeper = "keep_value" if needed else "unless_tensor"
        return f"(kept if (kept := args[{position}]).__class__ in PLAIN else {keeper}(kept))"


def _compiled(parameters: str, lines: list[str], names: dict[str, Any]) -> Any:
    """A function of these lines, for what every node of an operation runs: loops over its parts would take twice as long."""
    exec(f"def compiled({parameters}):\n    " + "\n    ".join(lines), names)
    return names.pop("compiled")


class Classes(dict[bool, Any]):
    """The classes of an operation's nodes, by whether formulas that conjugate are to be used: made when first needed."""

    def __init__(self, declaration: Declaration, make: Callable[[Declaration], Any]) -> None:
        self._declaration, self._make = declaration, make

    def __missing__(self, conjugating: bool) -> Any:
        declaration = self._declaration
        if conjugating and declaration.for_complex is declaration:
            return self.setdefault(True, self[False])
        return self.setdefault(
            conjugating, self._make(declaration.for_complex if conjugating else declaration)
        )


def parameters(function: Callable[..., Any]) -> list[str]:
    """The names of a function's parameters; `inspect.signature` would take half of the time of importing the engine."""
    code = getattr(function, "_original", function).__code__  # what asks subclasses has the code of what asks
    return list(code.co_varnames[: code.co_argcount])


def _node_name(function: str) -> str:
    return "".join(part.capitalize() for part in function.strip("_").split("_")) + "Backward0"


def _binary_vjp(formula: Callable[..., Any], slots: list[str]) -> Callable[[Any, Any], Any]:
    """The formula, spelled out, on what the node kept: numbers, and tensors of which most were never changed in place."""
    if not slots:
        return staticmethod(formula)
    taken = [
        f"kept if (kept := node.{slot}).__class__ in PLAIN or kept._storage is None else unpack(kept, node)"
        for slot in slots
    ]
    names = {"PLAIN": PLAIN, "unpack": unpack, "formula": formula}
    return _compiled("node, grad", [f"return formula({', '.join(['grad', *taken])})"], names)


def _release_nothing(node: Node) -> None:
    """A node that saved no tensors can run again."""


def _release_single(node: Node) -> None:
    if isinstance(node._saved, TENSOR_LIKE):
        node._saved = RELEASED


def _operand_property(slot: str) -> property:
    return ReadOnly(lambda node: as_operand(unpack(getattr(node, slot), node)))


def _saved_property(name: str, index: int | None) -> property:
    """Reads what was saved; PyTorch shows lists as tuples, and negative dimensions as unsigned numbers."""

    def get(node: Node) -> Any:
        kept = node._saved if index is None else node._saved[index]
        value = unpack(kept, node)
        return unsigned(value) if name in UNSIGNED else tuple(value) if isinstance(value, list) else value

    return ReadOnly(get)


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
    if isinstance(value, SEQUENCES) and any([isinstance(each, TensorBase) for each in value]):
        return SavedList(keep_value(each) for each in value)
    return value


def _unless_tensor(value: Any) -> Any:
    """The same of an argument that no formula needs if it is a tensor."""
    return None if isinstance(value, TensorBase) else keep_value(value)
