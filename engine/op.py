"""How an operation is declared: its forward on arrays, and one formula for each differentiable input.

    @pointwise(self=lambda grad, other: grad * other, other=lambda grad, self: grad * self)
    def mul(self, other):
        return self * other

A keyword names a differentiable input. The parameters of its formula are what is saved for it, and show as
`_saved_other` on the node: an input's name, `result`, a name given in `outputs`, or `<input>_sym_sizes`,
`<input>_sym_numel`, `<input>_sym_strides`. Formulas work on tensors, so with `create_graph` they are recorded
like anything else. The wrapper and the node's class are made once, when the operation is declared.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes
from .base import TensorBase, memory, owner_and_offset, storage
from .dtypes import CATEGORY_OF_NUMBER, FROM_NUMPY, INTEGER
from .grad_mode import mode
from .node import RELEASED, Node, SavedList, SavedResult, accumulator, gradient_edge, next_sequence_nr, save, unpack

new = object.__new__
Tensor: type = TensorBase


def bind(tensor_class: type) -> None:
    """Hand over the class of results: its body needs the operations, which are declared before it."""
    global Tensor
    Tensor = tensor_class


def wrap(array: Any, dtype: dtypes.dtype | None = None) -> Any:
    """A tensor over this array or NumPy scalar, with no history."""
    tensor = new(Tensor)
    tensor._array = array
    tensor._dtype = FROM_NUMPY[array.dtype] if dtype is None else dtype
    return tensor


# ---- declaring ---------------------------------------------------------------------------------------------


class _Declaration:
    """A forward with its formulas, and what they need to have saved."""

    def __init__(
        self,
        forward: Callable[..., Any],
        formulas: dict[str, Any],
        node: str | None,
        outputs: Sequence[str] = ("result",),
        two_tensors: bool = False,
    ) -> None:
        self.forward = forward
        self.two_tensors = two_tensors
        self.parameters = list(inspect.signature(forward).parameters)
        self.outputs = tuple(outputs)
        self.inputs = [name for name in self.parameters if name in formulas]
        self.formulas = formulas
        self.needs = {name: list(inspect.signature(formula).parameters)[1:] for name, formula in formulas.items()}
        needed = list(dict.fromkeys(need for name in self.inputs for need in self.needs[name]))
        self.saved = [*self.parameters[:2], "result"] if two_tensors and needed else needed
        self.bound = [self._bind(name) for name in self.inputs]
        self.node_class = self._node_class(node or _node_name(forward.__name__), needed)

    def _bind(self, name: str) -> Callable[[Any, Any, Node], Any]:
        formula, indexes = self.formulas[name], [self.saved.index(need) for need in self.needs[name]]
        if not indexes:
            return lambda grad, saved, node: formula(grad)
        if len(indexes) == 1:
            (only,) = indexes
            return lambda grad, saved, node: formula(grad, unpack(saved[only], node))
        return lambda grad, saved, node: formula(grad, *[unpack(saved[index], node) for index in indexes])

    def _node_class(self, name: str, shown: Sequence[str]) -> type[Node]:
        apply = _apply_of(self.bound, sorted(range(len(self.inputs)), key=lambda index: self.inputs[index]))
        members: dict[str, Any] = {"__slots__": (), "apply": apply}
        for need in shown:
            if need.endswith(HIDDEN):
                continue
            members[f"_saved_{need}"] = _saved_property(self.saved.index(need), need, self.two_tensors)
        if not self.saved:
            members["release"] = _release_nothing
        elif self.two_tensors:
            members["release"] = _release_operands
        return type(name, (Node,), members)


def _apply_of(bound: list[Callable[..., Any]], order: list[int]) -> Callable[..., Any]:
    """What runs the formulas whose gradients are wanted, in `order`.

    PyTorch's generated code runs them by the names of the inputs, alphabetically; in a gradient's own graph that
    order shows in the sequence numbers.
    """
    if len(bound) == 1:
        (only,) = bound

        def apply(node: Node, grad: Any, edges: Any) -> Sequence[Any]:
            return (only(grad, node._saved, node),)

    elif len(bound) == 2:
        first, second = bound
        turned = order == [1, 0]

        def apply(node: Node, grad: Any, edges: Any) -> Sequence[Any]:
            one, two = edges
            saved = node._saved
            if turned:
                for_two = None if two is None else second(grad, saved, node)
                return (None if one is None else first(grad, saved, node), for_two)
            return (
                None if one is None else first(grad, saved, node),
                None if two is None else second(grad, saved, node),
            )

    else:

        def apply(node: Node, grad: Any, edges: Any) -> Sequence[Any]:
            results = [None] * len(bound)
            for index in order:
                if edges[index] is not None:
                    results[index] = bound[index](grad, node._saved, node)
            return results

    return apply


def _release_nothing(node: Node) -> None:
    """A node that saved nothing can run again."""


def _release_operands(node: Node) -> None:
    one, two, result = node._saved  # type: ignore[misc]
    node._saved = (
        None if one is None else RELEASED,
        None if two is None else RELEASED,
        None if result is None else RELEASED,
    )


UNSIGNED = {"dim", "dims", "dim0", "dim1", "dim2", "index", "start", "end", "diagonal", "offset"}


def _saved_property(index: int, name: str, as_tensor: bool) -> property:
    """Reads what was saved; PyTorch shows lists as tuples, and negative dimensions as unsigned numbers."""

    def get(node: Node) -> Any:
        value = unpack(node._saved[index], node)  # type: ignore[index]
        if as_tensor:
            return as_operand(value)
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
        dtype = dtypes.OF_PYTHON_TYPE[type(value)]
        return wrap(dtype.numpy.type(value), dtype)
    return value


def _node_name(function: str) -> str:
    return "".join(part.capitalize() for part in function.strip("_").split("_")) + "Backward0"


def op(
    *, node: str | None = None, view: bool = False, outputs: Sequence[str] = ("result",), version: int = 0, **formulas: Any
) -> Any:
    """Declare an operation on arrays in general; called by position, tensors and other values as they come.

    `version`: of the result, where PyTorch makes it by filling zeros in place, which its version shows.
    `view`: the result shares the first input's memory. `outputs`: the names of several results; the formulas'
    first parameter then is the list of their gradients, None where one is undefined.
    """

    def declare(forward: Callable[..., Any]) -> Callable[..., Any]:
        declaration = _Declaration(forward, formulas, node, outputs)
        if view:
            return _view_op(declaration)
        if len(outputs) == 1 and declaration.inputs == declaration.parameters[:1] != ["tensors"]:
            return _one_tensor_op(declaration, version)
        return _many_tensors_op(declaration)

    return declare


def _named(call: Any, declaration: _Declaration) -> Any:
    call.__name__ = call.__qualname__ = declaration.forward.__name__
    call.__doc__ = declaration.forward.__doc__
    call.__module__ = declaration.forward.__module__
    call.node_class = declaration.node_class
    return call


# ---- one tensor, and options -------------------------------------------------------------------------------


def _one_tensor_op(declaration: _Declaration, version: int) -> Any:
    forward, node_class = declaration.forward, declaration.node_class
    keep = _saver_of_one(declaration)

    def call(self: Any, *options: Any) -> Any:
        array = forward(self._array, *options)
        result = new(Tensor)
        result._array = array
        result._dtype = FROM_NUMPY[array.dtype]
        if version:
            storage(result).version = version
        edge = self._node
        if edge is None and self._requires_grad:
            edge = accumulator(self)
        if edge is not None and mode.enabled:
            node = record(result, node_class, self, edge)
            node._saved = keep(self, result, options)
            if result._dtype is not self._dtype:
                note_operands(node, self)
        return result

    return _named(call, declaration)


def record(result: Any, node_class: type[Node], self: Any, edge: Node) -> Node:
    """Make the node of a result with one differentiable input."""
    node = new(node_class)
    node._edges = (edge,)
    node._sequence_nr = next_sequence_nr()
    node._extras = None
    if self._output_nr:
        node.extras().input_numbers = (self._output_nr,)
    result._node = node
    return node


def _saver_of_one(declaration: _Declaration) -> Callable[[Any, Any, Any], tuple[Any, ...] | None]:
    if not declaration.saved:
        return lambda self, result, options: None
    if declaration.saved == [declaration.parameters[0]]:
        return lambda self, result, options: (save(self),)
    if declaration.saved == ["result"]:
        return lambda self, result, options: (SavedResult(result),)
    if declaration.saved == declaration.parameters:  # the tensor and all its options
        return lambda self, result, options: (save(self), *options)
    getters = [_getter_of_one(declaration, name) for name in declaration.saved]
    return lambda self, result, options: tuple([get(self, result, options) for get in getters])


def _getter_of_one(declaration: _Declaration, name: str) -> Callable[[Any, Any, Any], Any]:
    if name == "result":
        return lambda self, result, options: SavedResult(result)
    index = declaration.parameters.index(name) if name in declaration.parameters else -1
    if index == 0:
        return lambda self, result, options: save(self)
    if index > 0:
        return lambda self, result, options: keep_value(options[index - 1])
    about = _OF_INPUT[name.partition("_")[2]]
    return lambda self, result, options: about(self)


def keep_value(value: Any) -> Any:
    """What a node keeps of an argument: tensors with their version, everything else as it is."""
    if isinstance(value, TensorBase):
        return save(value)
    if isinstance(value, (tuple, list)) and any(isinstance(each, TensorBase) for each in value):
        return SavedList(keep_value(each) for each in value)
    return value


_OF_INPUT: dict[str, Callable[[Any], Any]] = {
    "sym_sizes": lambda tensor: tensor._array.shape,
    "sym_numel": lambda tensor: tensor._array.size,
    "sym_strides": lambda tensor: tensor.stride(),
    "geometry": lambda tensor: geometry(tensor),
}
HIDDEN = "_geometry"


def geometry(tensor: Any) -> tuple[Any, Any, int, int]:
    """How a tensor lies in its storage: sizes, strides, offset, and the storage's size, in elements."""
    array = memory(tensor)
    owner, offset = owner_and_offset(array)
    return array.shape, tensor.stride(), offset, owner.size


# ---- element by element ------------------------------------------------------------------------------------


def pointwise(*, node: str | None = None, floating: bool = False, **formulas: Any) -> Any:
    """Declare an operation on one or two tensors, element by element: operands are broadcast and promoted.

    The result has the operands' (promoted) type; `floating`: integers become the default floating type first.
    """

    def declare(forward: Callable[..., Any]) -> Callable[..., Any]:
        two_tensors = len(formulas) == 2
        declaration = _Declaration(forward, formulas, node, two_tensors=two_tensors)
        if two_tensors:
            return _two_tensors_op(declaration, floating)
        return _one_tensor_pointwise_op(declaration, floating)

    return declare


def _one_tensor_pointwise_op(declaration: _Declaration, floating: bool) -> Any:
    forward, node_class = declaration.forward, declaration.node_class
    keep = _saver_of_one(declaration)

    def call(self: Any, *options: Any) -> Any:
        dtype = self._dtype
        array = self._array
        if floating and dtype.category <= INTEGER:
            dtype = dtypes.get_default_dtype()
            array = array.astype(dtype.numpy)
        result = new(Tensor)
        result._array = forward(array, *options)
        result._dtype = dtype
        edge = self._node
        if edge is None and self._requires_grad:
            edge = accumulator(self)
        if edge is not None and mode.enabled:
            record(result, node_class, self, edge)._saved = keep(self, result, options)
        return result

    return _named(call, declaration)


def _two_tensors_op(declaration: _Declaration, floating: bool) -> Any:
    """Both operands may be tensors; the second may be a Python number."""
    forward, node_class = declaration.forward, declaration.node_class
    names = declaration.parameters[:2]
    saves = [[need in declaration.needs[name] for name in names] for need in (*names, "result")]
    (self_for_self, self_for_other), (other_for_self, other_for_other), (result_for_self, result_for_other) = saves
    saves_nothing = not declaration.saved

    def call(self: Any, other: Any) -> Any:
        dtype = self._dtype
        array = self._array
        expected = None
        if isinstance(other, Tensor):
            operand = other._array
            edge_of_other = other._node
            if edge_of_other is None and other._requires_grad:
                edge_of_other = accumulator(other)
            if dtype is not other._dtype:
                dtype = result_type(self, other)
                array, operand = array.astype(dtype.numpy), operand.astype(dtype.numpy)
                expected = True
            elif array.shape != operand.shape:
                expected = True
        else:
            category = CATEGORY_OF_NUMBER.get(type(other))
            if category is None:
                other = from_foreign(other)
                return other if other is NotImplemented else call(self, other)
            operand, edge_of_other = other, None
            if category > dtype.category:
                dtype = dtypes.of_number(other)
                array = array.astype(dtype.numpy)
                expected = True
        if floating and dtype.category <= INTEGER:
            dtype = dtypes.get_default_dtype()
            array = array.astype(dtype.numpy)
            if isinstance(other, Tensor):
                operand = operand.astype(dtype.numpy)
        result = new(Tensor)
        try:
            result._array = forward(array, operand)
        except ValueError:
            check_broadcast(array.shape, operand.shape)
            raise
        if array.__class__ is np.ndarray and array.ndim > 1 and not array.flags.c_contiguous:
            result._array = in_layout_of_first(result._array, array)
        result._dtype = dtype
        edge = self._node
        if edge is None and self._requires_grad:
            edge = accumulator(self)
        if (edge is not None or edge_of_other is not None) and mode.enabled:
            node = new(node_class)
            node._edges = (edge, edge_of_other)
            node._sequence_nr = next_sequence_nr()
            node._extras = None
            if saves_nothing:
                node._saved = None
            else:
                by_self, by_other = edge is not None, edge_of_other is not None
                node._saved = (
                    save(self) if by_self and self_for_self or by_other and self_for_other else None,
                    keep_operand(other) if by_self and other_for_self or by_other and other_for_other else None,
                    SavedResult(result) if by_self and result_for_self or by_other and result_for_other else None,
                )
            if expected is not None or self._output_nr or (edge_of_other is not None and other._output_nr):
                note_operands(node, self, other)
            result._node = node
        return result

    return _named(call, declaration)


def in_layout_of_first(result: Any, first: np.ndarray[Any, Any]) -> Any:
    """The result laid out in memory as the first operand, as PyTorch does where the operands differ in that."""
    if result.shape != first.shape or 0 in first.strides:
        return result
    laid_out = np.empty_like(first, dtype=result.dtype)
    if laid_out.strides == result.strides:
        return result
    laid_out[...] = result
    return laid_out


def from_foreign(other: Any) -> Any:
    """An operand that is neither a tensor nor a Python number: NumPy's are taken, others are not implemented."""
    if isinstance(other, np.generic):
        return other.item()
    return wrap(other) if isinstance(other, np.ndarray) else NotImplemented


def check_broadcast(one: tuple[int, ...], two: tuple[int, ...]) -> None:
    """Raise PyTorch's error for shapes that cannot be broadcast together."""
    for back in range(1, min(len(one), len(two)) + 1):
        if one[-back] != two[-back] and 1 not in (one[-back], two[-back]):
            raise RuntimeError(
                f"The size of tensor a ({one[-back]}) must match the size of tensor b ({two[-back]}) at non-singleton "
                f"dimension {max(len(one), len(two)) - back}"
            )


def keep_operand(other: Any) -> Any:
    """What a node keeps of a second operand: a tensor; of a number, the 0-d tensor that it stands for."""
    return save(other) if isinstance(other, TensorBase) else other


def note_operands(node: Node, *operands: Any) -> None:
    """Note which outputs the operands are, and to which shape and type their gradients are to be reduced."""
    extras = node.extras()
    if any(isinstance(operand, TensorBase) and operand._output_nr for operand in operands):
        extras.input_numbers = tuple(
            [operand._output_nr if isinstance(operand, TensorBase) and operand._node is not None else 0 for operand in operands]
        )
    extras.expected = tuple(
        [(operand._array.shape, operand._dtype) if isinstance(operand, TensorBase) else None for operand in operands]
    )


def result_type(first: Any, second: Any) -> dtypes.dtype:
    """The type of a result of two tensors: a 0-d one changes the other's type only by a higher category."""
    one, two = first._dtype, second._dtype
    if one is two:
        return one
    if bool(first._array.ndim) != bool(second._array.ndim):
        wide, narrow = (one, two) if first._array.ndim else (two, one)
        if narrow.category <= wide.category:
            return wide
    return dtypes.promote(one, two)


# ---- views -------------------------------------------------------------------------------------------------


def _view_op(declaration: _Declaration) -> Any:
    forward, node_class = declaration.forward, declaration.node_class
    keep = _saver_of_one(declaration)

    def call(self: Any, *options: Any) -> Any:
        result = make_view(self, forward(memory(self), *options))
        edge = self._node
        if edge is None and self._requires_grad:
            edge = accumulator(self)
        if edge is not None:
            if mode.enabled:
                record(result, node_class, self, edge)._saved = keep(self, result, options)
            else:
                note_made_in_no_grad(result, self)
        return result

    return _named(call, declaration)


def note_made_in_no_grad(view: Any, self: Any) -> None:
    """A view made while nothing was recorded requires grad, but leads nowhere, and refuses later changes in place."""
    view._view_refusal = "no_grad"
    view._requires_grad = True
    view._view_version = view._storage.version


def make_view(self: Any, array: np.ndarray[Any, Any]) -> Any:
    """A tensor over a part of `self`'s memory that shares its version counter and knows its base."""
    result = new(Tensor)
    result._array = array
    result._dtype = self._dtype
    result._storage = shared = self._storage or storage(self)
    result._base = self if self._base is None else self._base
    result._view_refusal = self._view_refusal
    shared.add_view(result)
    return result


# ---- any number of tensors ---------------------------------------------------------------------------------


def _array_of(value: Any) -> Any:
    if isinstance(value, TensorBase):
        return value._array
    if isinstance(value, (tuple, list)) and value and isinstance(value[0], TensorBase):
        return [each._array for each in value]
    return value


def _many_tensors_op(declaration: _Declaration) -> Any:
    """Inputs as they come; a differentiable input may be a sequence of tensors (`cat`): its formula gives a list."""
    forward, node_class = declaration.forward, declaration.node_class
    positions = [declaration.parameters.index(name) for name in declaration.inputs]
    sequence = declaration.inputs == ["tensors"]
    if sequence:
        node_class.apply = _apply_to_sequence(declaration.bound[0])  # type: ignore[method-assign]

    def call(*args: Any) -> Any:
        arrays = forward(*[_array_of(arg) for arg in args])
        several = isinstance(arrays, tuple)
        results = [wrap(array) for array in arrays] if several else [wrap(arrays)]
        inputs = args[0] if sequence else [args[position] if position < len(args) else None for position in positions]
        if mode.enabled:
            edges = tuple([gradient_edge(each) if isinstance(each, TensorBase) else None for each in inputs])
            if any(edge is not None for edge in edges):
                node = new(node_class)
                node._edges = edges
                node._sequence_nr = next_sequence_nr()
                node._extras = None
                note_operands(node, *inputs)
                connect(node, results, several)
                node._saved = _save_many(declaration, args, edges, results)
        return tuple(results) if several else results[0]

    return _named(call, declaration)


def connect(node: Node, results: Sequence[Any], several: bool) -> None:
    """Make `results` the outputs of `node`; integers stay without history."""
    if several:
        node.extras().outputs = [(result._array.shape, result._dtype) for result in results]
    for number, result in enumerate(results):
        if result._dtype.category > INTEGER:
            result._node = node
            result._output_nr = number


def _apply_to_sequence(formula: Callable[..., Any]) -> Callable[..., Any]:
    def apply(node: Node, grad: Any, edges: Any) -> tuple[Any, ...]:
        return tuple(formula(grad, node._saved, node))

    return apply


def _save_many(declaration: _Declaration, args: Any, edges: Any, results: Any) -> tuple[Any, ...] | None:
    if not declaration.saved:
        return None
    if declaration.inputs == ["tensors"]:
        needed = set(declaration.saved)
    else:
        needed = {
            need for name, edge in zip(declaration.inputs, edges) if edge is not None for need in declaration.needs[name]  # noqa: B905
        }
    return tuple([_value_of(declaration, name, args, results, name in needed) for name in declaration.saved])


def _value_of(declaration: _Declaration, name: str, args: Any, results: Any, needed: bool) -> Any:
    """The thing to save under `name`: an output, an argument, or something about an input."""
    if name in declaration.outputs:
        return SavedResult(results[declaration.outputs.index(name)]) if needed else None
    if name in declaration.parameters:
        position = declaration.parameters.index(name)
        value = args[position] if position < len(args) else None
        return keep_value(value) if needed or not isinstance(value, TensorBase) else None
    name, _, about = name.partition("_")
    return _OF_INPUT[about](args[declaration.parameters.index(name)])
