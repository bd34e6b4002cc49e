"""Nodes of the backward graph: what they know and compute, and the node at each leaf.

Source: "Autograd mechanics", sections "How autograd encodes the history" and "Saved tensors".
"""

from __future__ import annotations

import abc
import itertools
import operator
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from .base import TensorBase, spread
from .device import CPU
from .dtypes import float32
from .hooks import RemovableHandle, attach_leaf_hooks, register
from .saved import RELEASED, TENSOR_LIKE

next_sequence_nr = itertools.count().__next__


class Extras:
    """What only few nodes have; kept apart so that the others stay small."""

    input_numbers: tuple[int, ...] | None = None  # which output of each next node an edge leads to
    # (shape, dtype) of each input, where a gradient must be reduced to it
    expected: tuple[Any, ...] | None = None
    # (shape, dtype) of each output, None for what is no tensor; of nodes with several
    outputs: list[Any] | None = None
    # (shape, dtype) of the one output, where somebody asked for it
    only_output: tuple[Any, Any] | None = None
    metadata: dict[Any, Any] | None = None
    prehooks: dict[int, Callable[..., Any]] | None = None
    hooks: dict[int, Callable[..., Any]] | None = None
    tensor_hooks: list[tuple[int, dict[int, Callable[..., Any]]]] | None = None  # with the output's number
    post_accumulate: dict[int, Callable[..., Any]] | None = None  # of a leaf's node
    retained: dict[int, weakref.ref[TensorBase]] | None = None  # tensors whose .grad to fill, by output
    # of a leaf's node: what arriving gradients are cast to, where it is not the leaf's own
    grad_dtype: Any = None


class ReadOnly(property):
    """An attribute that cannot be set; the refusal is PyTorch's."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name

    def __set__(self, instance: Any, value: Any) -> None:
        kind = "torch._C.TensorBase" if isinstance(instance, TensorBase) else type(instance).__name__
        raise AttributeError(f"attribute '{self.attribute}' of '{kind}' objects is not writable")

    def __delete__(self, instance: Any) -> None:
        self.__set__(instance, None)


class OutputMetadata:
    """What a node knows of one of its outputs."""

    __module__ = "torch._C._autograd"

    device = CPU
    is_nested_tensor = is_cpp_nested_tensor = False

    def __init__(self, shape: tuple[int, ...] = (), dtype: Any = float32) -> None:
        self.shape = list(shape)
        self.dtype = dtype


OutputMetadata.__name__ = OutputMetadata.__qualname__ = "_InputMetadata"  # as it prints

# what PyTorch's `Node`, an abstract class, leaves to the classes of nodes
_ABSTRACT = (
    "_input_metadata _register_hook_dict _sequence_nr metadata name next_functions register_hook "
    "register_prehook"
)

# what the engine keeps in a node, and has it do
_OWN = (
    "__annotations__ __module__ __slots__ __weakref__ _edge _edge_of_other _edges _extras _has _input_metadata_count _inputs "
    "_kept_other _kept_result _kept_self _number _packed _places _runs_on_nothing _saved _variable apply apply_reduced "
    "describe_output extras other_first release vjp vjp_of_other"
)
OWN = frozenset(_OWN.split())


class Node:
    """One recorded operation. `_edges` are the nodes of its differentiable inputs, None for constants.

    `apply(grad, edges)` gives the vector-Jacobian product for each input whose edge is not None; of a node with
    several outputs, `grad` is the list of their gradients.
    """

    __module__ = "torch.autograd.graph"

    __slots__ = ("__weakref__", "_edges", "_extras", "_number", "_saved")

    _places: tuple[tuple[str, str, int | None], ...] = ()  # of tensors that it saves: name, slot, index in it
    _packed = False  # whether hooks turned what it saved into something else, see `packing`
    _inputs = 0  # 1 and 2: the graph engine knows these nodes' shapes, see below
    _runs_on_nothing = False  # whether it runs also where no gradient arrives
    apply: Callable[..., Sequence[Any]]
    # the same, with gradients reduced to their inputs already, where that saves work
    apply_reduced: Callable[..., Sequence[Any]] | None = None
    _edges: tuple[Node | None, ...]
    _extras: Extras | None
    _saved: Any
    _number: int

    def name(self) -> str:
        """The name, such as `MulBackward0`."""
        return type(self).__name__

    def __dir__(self) -> list[str]:
        """What PyTorch's node has, for programs that list what is saved (`_saved_self`)."""
        return [name for name in super().__dir__() if name not in OWN and self._has(name)]

    def _has(self, name: str) -> bool:
        """Whether this is there of one node as of its class, where not all that is saved are tensors."""
        try:
            return not name.startswith("_raw_saved_") or hasattr(self, name)
        except RuntimeError:  # it was freed
            return True

    def __init__(self) -> None:
        if type(self) is Node:  # refused in the words that this Python has for abstract classes
            abc.ABCMeta("Node", (), {each: abc.abstractmethod(Node.name) for each in _ABSTRACT.split()})()
        raise TypeError(f"cannot create '{type(self).__name__}' instances")

    requires_grad = ReadOnly(lambda self: True)

    @ReadOnly
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """The nodes of the inputs, each with the number of its output that was used."""
        numbers = self._extras.input_numbers if self._extras is not None else None
        edges = [None if isinstance(edge, Nowhere) else edge for edge in self._edges]
        return tuple(zip(edges, numbers or (0,) * len(edges)))

    @ReadOnly
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes; in anomaly mode it has the traceback of the forward call."""
        extras = self.extras()
        if extras.metadata is None:
            extras.metadata = getattr(self._number, "notes", {})
        return extras.metadata

    def extras(self) -> Extras:
        """The node's extras, made when first needed."""
        if self._extras is None:
            self._extras = Extras()
        return self._extras

    def _sequence_nr(self) -> int:
        return self._number

    def _set_sequence_nr(self, number: int) -> None:
        """Among the nodes that are ready, the one of the highest number runs first."""
        self._number = operator.index(number)

    def _input_metadata_count(self) -> int:
        outputs = self._extras.outputs if self._extras is not None else None
        return 1 if outputs is None else len(outputs)

    def describe_output(self, tensor: TensorBase) -> None:
        """Note an output's shape and type, which `_input_metadata` shows."""
        extras = self.extras()
        if extras.outputs is None:
            extras.only_output = (tensor._array.shape, tensor._dtype)

    @ReadOnly
    def _input_metadata(self) -> tuple[Any, ...]:
        extras = self.extras()
        outputs: Any = extras.outputs or (extras.only_output,)
        if outputs == (None,):
            raise NotImplementedError(f"{self.name()}._input_metadata: take the edge of its tensor first")
        return tuple([OutputMetadata(*(each or ())) for each in outputs])

    def __call__(self, *grads: Any, **named: Any) -> Any:
        """Compute the vector-Jacobian product by hand, recorded if grad mode is on."""
        if named:
            raise TypeError("keyword arguments are not supported")
        expected = self._input_metadata_count()
        if len(grads) != expected:
            raise TypeError(f"expected {expected} arguments, got {len(grads)} instead")
        for index, grad in enumerate(grads):
            if grad is not None and not isinstance(grad, TensorBase):
                raise TypeError(f"argument {index} is not a Variable")
        if all(grad is None for grad in grads):
            results: Sequence[Any] = (None,) * len(self._edges)
        else:
            results = self.apply(grads[0] if expected == 1 else list(grads), self._edges)
            for result in results:
                spread(result)
        return results[0] if len(results) == 1 else tuple(results)

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after the node has run; a result replaces the grad_inputs."""
        extras = self.extras()
        if extras.hooks is None:
            extras.hooks = OrderedDict()
        return register(extras.hooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(grad_outputs)` before the node runs; a result replaces the grad_outputs."""
        extras = self.extras()
        if extras.prehooks is None:
            extras.prehooks = OrderedDict()
        return register(extras.prehooks, hook)

    def _register_hook_dict(self, tensor: Any) -> None:
        """Have the hooks that a tensor has by now run on the gradient of this node's output, too."""
        if not isinstance(tensor, TensorBase):
            raise TypeError("_register_hook_dict expected a variable")
        if tensor._backward_hooks is not None:
            extras = self.extras()
            extras.tensor_hooks = [
                *(extras.tensor_hooks or ()),
                (tensor._output_nr, tensor._backward_hooks),
            ]

    def release(self) -> None:
        """Forget the saved tensors; what is no tensor stays, as in PyTorch."""
        if self._saved is not None:
            self._saved = tuple(
                [RELEASED if isinstance(value, TENSOR_LIKE) else value for value in self._saved]
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


# The nodes of most operations have one or two inputs. They keep edges and saved values in slots of their own: a
# tuple for each would double what the cyclic garbage collector has to look at, which cost a third of a long chain.


class UnaryNode(Node):
    """A node with one input. `_saved` is a tuple, or the one thing saved itself where there is only one."""

    __slots__ = ("_edge",)

    _inputs = 1
    vjp: Callable[..., Any]
    _edge: Node | None
    _edges = property(lambda self: (self._edge,))

    def apply(self, grad: Any, edges: Any) -> Sequence[Any]:
        """The vector-Jacobian product, by the formula."""
        return (self.vjp(grad),)


class BinaryNode(Node):
    """A node with two inputs, `self` and `other`, of which it keeps what its formulas need."""

    __slots__ = ("_edge", "_edge_of_other", "_kept_other", "_kept_result", "_kept_self")

    _inputs = 2
    other_first = False  # which formula runs first
    vjp: Callable[..., Any]
    vjp_of_other: Callable[..., Any]
    _edge: Node | None
    _edge_of_other: Node | None
    _kept_self: Any
    _kept_other: Any
    _kept_result: Any
    _edges = property(lambda self: (self._edge, self._edge_of_other))
    _saved = property(lambda self: (self._kept_self, self._kept_other, self._kept_result))

    def apply(self, grad: Any, edges: Any) -> Sequence[Any]:
        """The vector-Jacobian products, in the order in which PyTorch's generated code computes them."""
        one, two = edges
        if self.other_first:
            for_other = None if two is None else self.vjp_of_other(grad)
            return (None if one is None else self.vjp(grad), for_other)
        return (None if one is None else self.vjp(grad), None if two is None else self.vjp_of_other(grad))

    def release(self) -> None:
        """Forget the saved tensors."""
        self._kept_self = None if self._kept_self is None else RELEASED
        self._kept_other = None if self._kept_other is None else RELEASED
        self._kept_result = None if self._kept_result is None else RELEASED


def reduce_to_inputs(node: Node, grads: Sequence[Any]) -> Sequence[Any]:
    """Sum broadcast dimensions away and cast, so that each gradient has its input's shape and type."""
    expected = node._extras.expected if node._extras is not None else None
    if expected is None:
        return grads
    edges = node._edges  # what goes nowhere may have any shape
    return [
        grad
        if grad is None or wanted is None or edges[index] is None
        else grad._reduce_to(*wanted, node, index)
        for index, (grad, wanted) in enumerate(zip(grads, expected))
    ]


class AccumulateGrad(Node):
    """The node of a leaf: adds what arrives to the leaf's `.grad`."""

    __module__ = "builtins"  # which is not printed

    __slots__ = ("_variable",)

    variable = ReadOnly(lambda self: self._variable)
    _input_metadata = ReadOnly(
        lambda self: (OutputMetadata(self._variable._array.shape, self._variable._dtype),)
    )

    def __init__(self, variable: TensorBase) -> None:
        self._variable = variable
        self._edges = ()
        self._extras = None
        self._saved = None
        self._number = 2**64 - 1  # before everything else that is ready

    def name(self) -> str:
        """Its qualified name, which only this node shows."""
        return "torch::autograd::AccumulateGrad"

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        """Add `grad` to the variable's `.grad`."""
        self._variable._accumulate(grad)  # type: ignore[attr-defined]
        return ()

    def __call__(self, *grads: Any, **named: Any) -> tuple[Any, ...]:
        """Add to the variable's `.grad` by hand."""
        super().__call__(*grads, **named)
        return ()


class Nowhere(Node):
    """Where gradients of a view that was made under `no_grad` go: the edge shows as None."""

    __slots__ = ()

    def __init__(self) -> None:
        self._edges = ()
        self._extras = None
        self._saved = None
        self._number = 0

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        """Drop the gradient."""
        return ()


NOWHERE = Nowhere()


def follow_base(view: TensorBase) -> Node:
    """Stands for the history of a view that requires grad as its base does, but was not recorded."""
    return NOWHERE


def accumulator(leaf: TensorBase) -> Node:
    """The leaf's AccumulateGrad: one as long as any graph holds it."""
    if leaf._unsettled is not None:
        return leaf._unsettled(leaf)
    reference = leaf._accumulator
    found = reference() if reference is not None else None
    if found is None:
        found = AccumulateGrad(leaf)
        leaf._accumulator = weakref.ref(found)
        if leaf._backward_hooks is not None or leaf._post_accumulate_grad_hooks is not None:
            attach_leaf_hooks(leaf)
        if leaf._grad_dtype:
            found.extras().grad_dtype = leaf._grad_dtype
    return found


def attach_grad_dtype(leaf: TensorBase) -> None:
    """Have the leaf's AccumulateGrad, if there is one now, receive gradients in the leaf's `grad_dtype`."""
    node = leaf._accumulator() if leaf._accumulator is not None else None
    if node is not None:
        node.extras().grad_dtype = leaf._grad_dtype


def gradient_edge(tensor: TensorBase) -> Node | None:
    """The node that a gradient of `tensor` goes to; None if it needs none."""
    if tensor._node is not None:
        return tensor._node
    return accumulator(tensor) if tensor._requires_grad else None
