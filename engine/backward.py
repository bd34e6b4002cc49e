"""`backward` and `grad`: what the user calls to run the graph.

Source: torch.autograd, `torch.autograd.backward` and `torch.autograd.grad`.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import graph_engine
from .base import TensorBase
from .graph import GradientEdge
from .node import Node, accumulator
from .op import wrap
from .ops.from_data import warn_once
from .size import Size

CREATE_GRAPH_WARNING = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can "
    "cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this "
    "function, make sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the leak."
)


def _sequence(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, (TensorBase, GradientEdge)) else tuple(value)


def _gradients(given: Any, count: int) -> tuple[Any, ...]:
    if given is None:
        return (None,) * count
    return (given,) if isinstance(given, TensorBase) else tuple(given)


def _inputs(given: Any, function: str) -> tuple[Any, ...]:
    """The inputs as they were given: one, several, or the values of a dict."""
    if type(given) is dict:
        inputs = tuple(given.values())
    elif isinstance(given, Mapping):
        raise TypeError(
            f"`inputs` argument to `{function}()` must be a dict, not {type(given).__name__}. Other Mapping types are not "
            "supported."
        )
    else:
        inputs = _sequence(given)
    if not inputs:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    return inputs


def _flag(value: Any) -> bool:
    """A flag as PyTorch takes it: any integer."""
    return value if value.__class__ is bool else bool(operator.index(value))


# ---- the gradients of the roots ----------------------------------------------------------------------------


def _described(root: Any) -> tuple[tuple[int, ...], Any]:
    """The shape and the type of a root's gradient."""
    if isinstance(root, TensorBase):
        return root._array.shape, root._dtype
    if not isinstance(root, GradientEdge):
        raise AssertionError("Expected output to be a torch.Tensor")
    metadata = root.node._input_metadata[root.output_nr]
    return tuple(metadata.shape), metadata.dtype


def _ones_for(shape: tuple[int, ...], dtype: Any) -> Any:
    for size in shape:
        if size != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
    if not dtype.is_floating_point:
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {dtype}")
    return wrap(np.ones(shape, dtype.numpy) if shape else dtype.numpy.type(1), dtype)


def _checked_gradient(roots: Sequence[Any], grads: Sequence[Any], index: int, batched: bool = False) -> Any:
    """The gradient of one root, of its shape; ones for a scalar where none is given."""
    root, grad = roots[index], grads[index]
    shape, dtype = _described(root)
    if grad is None:
        return _ones_for(shape, dtype) if isinstance(root, GradientEdge) or root.requires_grad else None
    if not isinstance(grad, TensorBase):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(grad).__name__}")
    one = grad[0] if batched else grad  # type: ignore[index]
    if one._array.shape != shape:
        raise _mismatch(roots, grads, index, one, batched)
    if grad._dtype.is_complex != dtype.is_complex:
        raise RuntimeError(
            f"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[{grads.index(grad)}] has a dtype of {grad._dtype} and output[{roots.index(root)}] has a dtype of "
            f"{dtype}."
        )
    if grad._dtype is dtype or (not isinstance(root, GradientEdge) and root._grad_dtype is not False):
        return grad  # a leaf casts to its `grad_dtype` itself
    return grad.to(dtype)  # type: ignore[attr-defined]


def _mismatch(
    roots: Sequence[Any], grads: Sequence[Any], index: int, one: Any, batched: bool
) -> RuntimeError:
    """The refusal of a gradient of another shape. PyTorch looks its place up with `==`, which may fail itself."""
    if batched and isinstance(roots[index], GradientEdge):
        return RuntimeError("Batched grads are not supported with GradientEdge")
    found = one.shape[1:] if batched else one.shape
    places = (
        f"grad_output[{grads.index(grads[index])}] has a shape of {found!r} and output[{roots.index(roots[index])}] has a "
        f"shape of {Size(_described(roots[index])[0])!r}."
    )
    if not batched:
        return RuntimeError(f"Mismatch in shape: {places}")
    return RuntimeError(
        "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The sizes "
        "of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was detected: "
        f"{places} If you only want some tensors in `grad_output` to be considered batched, consider using vmap."
    )


def _gradient_of_one(root: Any, grad: Any) -> Any:
    """The gradient of a single root, if it is as it should be."""
    if grad is None:
        return _ones_for(root._array.shape, root._dtype)
    if isinstance(grad, TensorBase) and grad._dtype is root._dtype and grad._array.shape == root._array.shape:
        return grad
    return None


def _checked_gradients(roots: Sequence[Any], grads: Sequence[Any], batched: bool = False) -> list[Any]:
    return [_checked_gradient(roots, grads, index, batched) for index in range(min(len(roots), len(grads)))]


# ---- edges -------------------------------------------------------------------------------------------------


def _edge(tensor: Any) -> tuple[Node, int]:
    return (tensor._node, tensor._output_nr) if tensor._node is not None else (accumulator(tensor), 0)


def _root_edges(roots: Sequence[Any], count: int) -> list[tuple[Node, int]]:
    if count < len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {count} gradients")
    edges = []
    for index, root in enumerate(roots):
        if isinstance(root, GradientEdge):
            edges.append((root.node, root.output_nr))
        elif root.requires_grad:
            edges.append(_edge(root))
        else:
            raise RuntimeError(
                f"element {index} of tensors does not require grad and does not have a grad_fn"
            )
    return edges


def _input_edges(inputs: Sequence[Any], accumulate: bool) -> list[tuple[Node, int]]:
    """Where the gradients of the inputs arrive; those that are to `accumulate` retain theirs."""
    edges = []
    for each in inputs:
        if isinstance(each, GradientEdge):
            edges.append((each.node, each.output_nr))
            continue
        if not isinstance(each, TensorBase):
            raise RuntimeError(
                f"all inputs have to be Tensors or GradientEdges, but got {type(each).__name__}"
            )
        if accumulate:
            each.retain_grad()  # type: ignore[attr-defined]
        elif not each.requires_grad:  # type: ignore[attr-defined]
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        edges.append(_edge(each))
    return edges


# ---- what the user calls -----------------------------------------------------------------------------------


def backward_of_tensor(
    self: Any, gradient: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Compute the gradients of the leaves behind this tensor and add them to their `.grad`."""
    node = self._node
    # as in most programs: a scalar loss, and nothing to be checked
    if (
        gradient is inputs is retain_graph is None
        and create_graph is False
        and node is not None
        and not self._array.ndim
        and self._dtype.is_floating_point
    ):
        one = wrap(self._dtype.numpy.type(1), self._dtype)
        graph_engine.run(((node, self._output_nr),), (one,), retain_graph=False, create_graph=False)
    else:
        backward(self, gradient, retain_graph, create_graph, inputs=inputs)


# as messages show it
backward_of_tensor.__name__, backward_of_tensor.__qualname__ = "backward", "Tensor.backward"


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of the roots to the `.grad` of the leaves behind them (or of `inputs`).

    Raises `RuntimeError` for roots without history, for a missing gradient of a root that is no scalar, and for
    a graph whose saved tensors are gone.
    """
    # one root, and nothing to check but its gradient
    if (
        inputs is None
        and create_graph is False
        and (retain_graph is None or retain_graph.__class__ is bool)
        and grad_variables is None
        and isinstance(tensors, TensorBase)
        and tensors.requires_grad  # type: ignore[attr-defined]
    ):
        gradient = _gradient_of_one(tensors, grad_tensors)
        if gradient is not None:
            graph_engine.run(
                [_edge(tensors)], [gradient], retain_graph=retain_graph is True, create_graph=False
            )
            return
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2
        )
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only use "
                "`grad_tensors`."
            )
        grad_tensors = grad_variables
    targets = () if inputs is None else _inputs(inputs, "backward")
    roots = _sequence(tensors)
    grads = _checked_gradients(roots, _gradients(grad_tensors, len(roots)))
    keep, record = _flag(create_graph if retain_graph is None else retain_graph), _flag(create_graph)
    edges = _root_edges(roots, len(grads))
    accumulate = _input_edges(targets, accumulate=True) if targets else None
    if record:
        warn_once(CREATE_GRAPH_WARNING, stacklevel=4)
    graph_engine.run(edges, grads, retain_graph=keep, create_graph=record, accumulate=accumulate)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of the outputs with respect to the inputs, returned and not accumulated.

    A tuple, or a dict where the inputs are one. Raises `RuntimeError` for an input that the outputs do not depend
    on, unless `allow_unused`.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    roots, targets = _sequence(outputs), _inputs(inputs, "grad")
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other "
            "parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    grads = _checked_gradients(roots, _gradients(grad_outputs, len(roots)), is_grads_batched)
    keep, record = _flag(create_graph if retain_graph is None else retain_graph), _flag(create_graph)
    unused = _flag(materialize_grads if allow_unused is None else allow_unused)
    found: Sequence[Any]
    if is_grads_batched:
        found = _run_batch(roots, grads, targets, keep, record)
    else:
        edges = _root_edges(roots, len(grads))
        captures = _input_edges(targets, accumulate=False)
        found = graph_engine.run(edges, grads, retain_graph=keep, create_graph=record, captures=captures)
    if not unused:
        _refuse_unused(found)
    if materialize_grads:
        found = _with_zeros(found, targets, record)
    return dict(zip(inputs, found)) if type(inputs) is dict else tuple(found)


def _refuse_unused(found: Sequence[Any]) -> None:
    for index, value in enumerate(found):
        if value is None:
            raise RuntimeError(
                f"The differentiated Tensor at index {index} appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior."
            )


def _with_zeros(found: Sequence[Any], inputs: Sequence[Any], requires_grad: bool) -> list[Any]:
    """Zeros of an input's shape and layout where no gradient was found."""
    if any(value is None and isinstance(each, GradientEdge) for value, each in zip(found, inputs)):
        raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
    return [_zeros_for(each, requires_grad) if value is None else value for value, each in zip(found, inputs)]


def _zeros_for(tensor: Any, requires_grad: bool) -> Any:
    zeros = wrap(np.zeros_like(tensor._array)[()], tensor._dtype)
    zeros._requires_grad = requires_grad
    return zeros


# ---- a batch of gradients ----------------------------------------------------------------------------------


def _run_batch(
    roots: Sequence[Any], grads: Sequence[Any], inputs: Sequence[Any], retain_graph: bool, create_graph: bool
) -> list[Any]:
    """One run for all examples of a batch, as under `vmap`; None for unused inputs."""
    from .func.batched import BatchLevel
    from .func.levels import entered

    level = BatchLevel(_batch_size(grads), "error")
    edges = _root_edges(roots, len(grads))
    captures = _input_edges(inputs, accumulate=False)
    with entered(level):
        found = graph_engine.run(
            edges,
            [level.tensor(each) for each in grads],
            retain_graph=retain_graph,
            create_graph=create_graph,
            captures=captures,
        )
    return [None if each is None else level.everywhere(each) for each in found]


def _batch_size(grads: Sequence[Any]) -> int:
    for each in grads:
        if not each._array.ndim:
            raise ValueError(
                "vmap(vjp, in_dims=0, ...)(<inputs>): Got in_dim=0 for some input, but that input is a Tensor of "
                "dimensionality 0 so expected in_dim to satisfy 0 <= in_dim < 0."
            )
    sizes = [each._array.shape[0] for each in grads]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the mapped "
            "dimension"
        )
    return sizes[0]
