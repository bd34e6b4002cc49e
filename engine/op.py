"""How an operation is declared: its forward on arrays, and one formula for each differentiable input.

    @pointwise(self=lambda grad, other: grad * other, other=lambda grad, self: grad * self)
    def mul(self, other):
        return self * other

A keyword names a differentiable input; the parameters of its formula are what is saved for it, and show as
`_saved_other` on the node (see `declaration`). Formulas work on tensors, so with `create_graph` they are recorded like
anything else. The wrapper is made when the operation is declared, its nodes' class when it is first recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes
from .base import TensorBase, memory, storage
from .declaration import LINEAR, POINTWISE, SEQUENCES, Declaration, geometry, unsigned
from .dtypes import CATEGORY_OF_NUMBER, FROM_NUMPY, INTEGER
from .grad_mode import mode
from .lazy import Lazy, plain
from .node import Node, accumulator, follow_base, gradient_edge, next_sequence_nr
from .promotion import check_broadcast, in_float32, in_layout_of_first, in_type, note_operands, result_type
from .rows import along_rows
from .saved import SavedResult, save
from .transforms import through_transforms

__all__ = [
    "bind",
    "check_broadcast",
    "connect",
    "from_foreign",
    "geometry",
    "make_view",
    "note_made_unrecorded",
    "op",
    "pointwise",
    "result_type",
    "unsigned",
    "wrap",
]

new: Any = object.__new__
ndarray = np.ndarray
EXACT = 2**53  # integers up to here are what they are as Python floats
Tensor: Any = TensorBase


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


def op(
    *,
    node: str | None = None,
    view: bool = False,
    outputs: Sequence[str] = ("result",),
    version: int = 0,
    exact: bool = False,
    complex: dict[str, Any] | None = None,
    jvp: Any = None,
    **formulas: Any,
) -> Any:
    """Declare an operation on arrays in general; called by position, tensors and other values as they come.

    `version`: of the result, where PyTorch makes it by filling zeros in place, which its version shows.
    `view`: the result shares the first input's memory. `outputs`: the names of several results; the formulas'
    first parameter then is the list of their gradients, None where one is undefined. `exact`: the formulas give
    gradients of their inputs' shapes and types, without broadcasting or promotion to undo. `complex`: the formulas that
    differ for complex numbers, which conjugate; so real ones do not have to ask. `jvp`: the rule for tangents, see
    `tangent_rules`.
    """

    def declare(forward: Callable[..., Any]) -> Callable[..., Any]:
        rule = LINEAR if view and jvp is None else jvp
        declaration = Declaration(forward, formulas, node, outputs, rule, complex)
        if view:
            return _view_op(declaration)
        if (
            len(outputs) == 1
            and declaration.inputs == declaration.parameters[:1]
            and not declaration.takes_sequence
        ):
            return _one_tensor_op(declaration, version)
        return _many_tensors_op(declaration, exact)

    return declare


def pointwise(
    *,
    node: str | None = None,
    floating: bool = False,
    widened: bool = False,
    complex: dict[str, Any] | None = None,
    jvp: Any = None,
    **formulas: Any,
) -> Any:
    """Declare an operation on one or two tensors, element by element: operands are broadcast and promoted.

    The result has the operands' (promoted) type; `floating`: integers become the default floating type first;
    `widened`: a number beside float16 or bfloat16 is not rounded to that type first.
    """

    def declare(forward: Callable[..., Any]) -> Callable[..., Any]:
        rule = POINTWISE if jvp is None and len(formulas) == 1 else jvp
        declaration = Declaration(forward, formulas, node, jvp=rule, complex=complex)
        if len(formulas) == 2:
            return _two_tensors_op(declaration, floating, in_float32 if widened else in_type)
        return _one_tensor_pointwise_op(declaration, floating)

    return declare


def _named(call: Any, declaration: Declaration) -> Any:
    call.__name__ = call.__qualname__ = declaration.forward.__name__
    call.__doc__ = declaration.forward.__doc__
    call.__module__ = declaration.forward.__module__
    call.declaration = declaration
    return call


# ---- one tensor, and options -------------------------------------------------------------------------------


def _one_tensor_op(declaration: Declaration, version: int) -> Any:
    forward = declaration.forward
    classes = declaration.classes(Declaration.unary_class)
    keep = declaration.saver_of_one()

    def call(self: Any, *options: Any) -> Any:
        recording = mode.recording
        if recording > 1:
            return through_transforms(call, (self, *options))
        given = self._array
        if given.__class__ is not ndarray:
            given = plain(given)
        result = new(Tensor)
        result._array = array = forward(given, *options)
        result._dtype = dtype = FROM_NUMPY[array.dtype]
        if version:
            storage(result).version = version
        if recording:
            edge = self._node
            if edge is None and self._requires_grad:
                edge = accumulator(self)
            if edge is not None:
                node = record(result, classes[self._dtype.is_complex], self, edge)
                node._saved = keep(self, result, options)
                if dtype is not self._dtype:
                    note_operands(node, self)
        return result

    return _named(call, declaration)


def record(result: Any, node_class: type[Node], self: Any, edge: Node) -> Any:
    """Make the node of a result with one differentiable input."""
    result._node = node = new(node_class)
    node._edge = edge
    node._number = next_sequence_nr()
    node._extras = None
    if self._output_nr:
        node.extras().input_numbers = (self._output_nr,)
    return node


def _one_tensor_pointwise_op(declaration: Declaration, floating: bool) -> Any:
    forward = declaration.forward
    classes = declaration.classes(Declaration.unary_class)
    keep = declaration.saver_of_one()

    def call(self: Any, *options: Any) -> Any:
        recording = mode.recording
        if recording > 1:
            return through_transforms(call, (self, *options))
        dtype = self._dtype
        array = self._array
        if array.__class__ is not ndarray and isinstance(array, Lazy):
            array = array.plain()
        if floating and dtype.category <= INTEGER:
            dtype = dtypes.get_default_dtype()
            array = array.astype(dtype.numpy)
        result = new(Tensor)
        result._array = forward(array, *options)
        result._dtype = dtype
        if recording:
            edge = self._node
            if edge is None and self._requires_grad:
                edge = accumulator(self)
            if edge is not None:
                record(result, classes[dtype.is_complex], self, edge)._saved = keep(self, result, options)
        return result

    return _named(call, declaration)


# ---- two tensors, element by element -----------------------------------------------------------------------


def _two_tensors_op(declaration: Declaration, floating: bool, reduced: Callable[..., Any]) -> Any:
    """Both operands may be tensors; the second may be a Python number.

    All in one function: whatever it called, each operation would pay for.
    """
    forward = declaration.forward
    classes = declaration.classes(Declaration.binary_class)
    keep = _keeper_of_two(declaration)

    def call(self: Any, other: Any) -> Any:
        recording = mode.recording
        if recording > 1:
            return through_transforms(call, (self, other))
        dtype = self._dtype
        array = self._array
        compute = forward
        is_tensor = isinstance(other, Tensor)
        if is_tensor:
            operand = other._array
            if dtype is not other._dtype:
                dtype = result_type(self, other)
                if dtype.reduced and not operand.ndim:
                    compute = reduced(forward, dtype)
                else:
                    array, operand = array.astype(dtype.numpy), operand.astype(dtype.numpy)
        else:
            category = CATEGORY_OF_NUMBER.get(type(other))
            if category is None:
                other = from_foreign(other)
                return other if other is NotImplemented else call(self, other)
            operand = other
            if category >= dtype.heeds:
                dtype = dtypes.beside(other, dtype)
                if dtype.reduced:
                    compute = reduced(forward, dtype)
                else:
                    array = array.astype(dtype.numpy)
            elif category == INTEGER and dtype.is_floating_point and -EXACT <= other <= EXACT:
                operand = float(other)  # which NumPy takes in half of the time
        if floating and dtype.category <= INTEGER:
            dtype = dtypes.get_default_dtype()
            array = self._array.astype(dtype.numpy)
            if is_tensor:
                operand = other._array.astype(dtype.numpy)
        result = new(Tensor)
        result._dtype = dtype
        is_matrix = array.__class__ is ndarray and array.ndim > 1
        try:
            if is_matrix and is_tensor and array.shape != operand.shape:
                result._array = values = along_rows(compute, array, operand)
            else:
                result._array = values = compute(array, operand)
        except ValueError:
            check_broadcast(array.shape, operand.shape)
            raise
        except OverflowError:  # a Python number beyond an integer type's limits: PyTorch lets it wrap round
            result._array = values = forward(array, dtypes.wrapped(operand, dtype))
        if is_matrix and not array.flags.c_contiguous:
            result._array = in_layout_of_first(values, array)
        if recording:
            edge = self._node
            if edge is None and self._requires_grad:
                edge = accumulator(self)
            edge_of_other = None
            if is_tensor:
                edge_of_other = other._node
                if edge_of_other is None and other._requires_grad:
                    edge_of_other = accumulator(other)
            if edge is not None or edge_of_other is not None:
                result._node = node = new(classes[dtype.is_complex])
                node._edge = edge
                node._edge_of_other = edge_of_other
                node._number = next_sequence_nr()
                node._extras = None
                if keep is not None:
                    keep(node, self, other, result)
                if not is_tensor:
                    if dtype is not self._dtype or self._output_nr:
                        note_operands(node, self, None)
                elif (
                    self._dtype is not other._dtype
                    or (values.__class__ is ndarray and array.shape != operand.shape)
                    or dtype is not self._dtype
                    or self._output_nr
                    or other._output_nr
                ):
                    note_operands(node, self, other)
        return result

    return _named(call, declaration)


def _keeper_of_two(declaration: Declaration) -> Callable[[Any, Any, Any, Any], None] | None:
    """Puts on a node what the formulas of its edges need: the operands, the result."""
    if not declaration.saved:
        return None
    one, two = declaration.parameters[:2]
    saves = [[need in declaration.needs[name] for name in (one, two)] for need in (one, two, "result")]
    (self_for_self, self_for_other), (other_for_self, other_for_other), for_result = saves
    result_for_self, result_for_other = for_result

    def keep_the_other(node: Any, self: Any, other: Any, result: Any) -> None:
        # most tensors have no storage record, and so no version to be checked: `save` would give them back
        if node._edge_of_other is None:
            node._kept_self = None
        else:
            node._kept_self = self if self._storage is None else save(self)
        if node._edge is None:
            node._kept_other = None
        elif isinstance(other, Tensor):
            node._kept_other = other if other._storage is None else save(other)
        else:
            node._kept_other = other
        node._kept_result = None

    if saves == [[False, True], [True, False], [False, False]]:
        # as `mul` does: each formula needs the other operand
        return keep_the_other

    def keep(node: Any, self: Any, other: Any, result: Any) -> None:
        by_self, by_other = node._edge is not None, node._edge_of_other is not None
        node._kept_self = save(self) if (by_self and self_for_self) or (by_other and self_for_other) else None
        if (by_self and other_for_self) or (by_other and other_for_other):
            node._kept_other = save(other) if isinstance(other, Tensor) else other
        else:
            node._kept_other = None
        node._kept_result = (
            SavedResult(result) if (by_self and result_for_self) or (by_other and result_for_other) else None
        )

    return keep


def from_foreign(other: Any) -> Any:
    """An operand that is neither a tensor nor a Python number: NumPy's numbers are taken, others are not implemented.

    An array is not: NumPy computes with it then, as it does beside PyTorch's tensors.
    """
    if isinstance(other, np.generic):
        return other.item()
    if hasattr(other, "__torch_function__"):
        from .arguments import stumbled

        stumbled((other,))
    return NotImplemented


# ---- views -------------------------------------------------------------------------------------------------


def _view_op(declaration: Declaration) -> Any:
    forward, classes = declaration.forward, declaration.classes(Declaration.unary_class)
    keep = declaration.saver_of_one()

    def call(self: Any, *options: Any) -> Any:
        recording = mode.recording
        if recording > 1:
            return through_transforms(call, (self, *options))
        result = make_view(self, forward(memory(self), *options))
        if not recording:
            note_made_unrecorded(result, self)
            return result
        edge = self._node
        if edge is None and self._requires_grad:
            edge = accumulator(self)
        if edge is not None:
            record(result, classes[False], self, edge)._saved = keep(self, result, options)
        return result

    return _named(call, declaration)


def note_made_unrecorded(view: Any, self: Any) -> None:
    """A view made while nothing was recorded refuses later changes in place; it requires grad, but leads nowhere."""
    if view._base is None:
        return
    view._view_refusal = "inference" if mode.inference else "no_grad"
    if self._node is not None or self._requires_grad:
        view._requires_grad = True
        view._unsettled = follow_base


def make_view(self: Any, array: np.ndarray[Any, Any]) -> Any:
    """A tensor over a part of `self`'s memory that shares its version counter and knows its base."""
    result = new(Tensor)
    result._array = array
    result._dtype = self._dtype
    result._storage = shared = self._storage or storage(self)
    result._base = self if self._base is None else self._base
    if self._view_refusal is not None:
        result._view_refusal = self._view_refusal
    shared.add_view(result)
    return result


# ---- any number of tensors ---------------------------------------------------------------------------------


def _array_of(value: Any) -> Any:
    if isinstance(value, TensorBase):
        return plain(value._array)
    if isinstance(value, SEQUENCES) and any([isinstance(each, TensorBase) for each in value]):
        return [_array_of(each) for each in value]
    return value


_HOLDERS = (TensorBase, *SEQUENCES)


def _many_tensors_op(declaration: Declaration, exact: bool) -> Any:
    """Inputs as they come; a differentiable input may be a sequence of tensors (`cat`): its formula gives a list."""
    forward = declaration.forward
    classes = declaration.classes(Declaration.many_class)
    positions = [declaration.parameters.index(name) for name in declaration.inputs]
    takes_sequence = declaration.takes_sequence
    keep = declaration.saver_of_many()

    def call(*args: Any) -> Any:
        recording = mode.recording
        if recording > 1:
            return through_transforms(call, args)
        arrays = forward(
            *[
                arg._array
                if arg.__class__ is Tensor and arg._array.__class__ is ndarray
                else _array_of(arg)
                if isinstance(arg, _HOLDERS)
                else arg
                for arg in args
            ]
        )
        several = isinstance(arrays, tuple)
        results = [wrap(array) for array in arrays] if several else (wrap(arrays),)
        if recording:
            inputs = args[0] if takes_sequence else [args[position] for position in positions]
            edges = tuple([gradient_edge(each) if isinstance(each, TensorBase) else None for each in inputs])
            if edges.count(None) != len(edges):
                node = new(classes[results[0]._dtype.is_complex])
                node._edges = edges
                node._number = next_sequence_nr()
                node._extras = None
                if not exact or any([each._output_nr for each in inputs]):
                    note_operands(node, *inputs)
                if several:
                    connect(node, results)
                elif results[0]._dtype.category > INTEGER:
                    results[0]._node = node
                node._saved = keep(args, edges, results)
        return tuple(results) if several else results[0]

    return _named(call, declaration)


def connect(node: Node, results: Sequence[Any]) -> None:
    """Make `results` the outputs of `node`; integers stay without history."""
    node.extras().outputs = [(result._array.shape, result._dtype) for result in results]
    for number, result in enumerate(results):
        if result._dtype.category > INTEGER:
            result._node = node
            result._output_nr = number
