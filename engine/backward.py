"""`backward` and `grad`: what the user calls to run the graph.

Source: torch.autograd, `torch.autograd.backward` and `torch.autograd.grad`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import graph_engine
from .base import TensorBase
from .node import Node, accumulator
from .op import wrap

CREATE_GRAPH_WARNING = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can "
    "cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this "
    "function, make sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the leak."
)


def _sequence(value: Any) -> list[Any]:
    return [value] if isinstance(value, TensorBase) else list(value)


def _requires_grad(tensor: Any) -> bool:
    return tensor.requires_grad


def _ones_for(root: Any) -> Any:
    if root._array.size != 1:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    if not root._dtype.is_floating_point and not root._dtype.is_complex:
        raise RuntimeError(
            f"grad can be implicitly created only for real scalar outputs but got {root._dtype}"
        )
    if not root._array.ndim:
        return wrap(root._dtype.numpy.type(1), root._dtype)
    return wrap(np.ones(root._array.shape, root._dtype.numpy), root._dtype)


def _checked_gradient(root: Any, grad: Any, index: int) -> Any:
    """The gradient of one root, of its shape and type; ones for a scalar where none is given."""
    if grad is None:
        return _ones_for(root) if root.requires_grad else None
    if not isinstance(grad, TensorBase):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(grad).__name__}")
    if grad._array.shape != root._array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {grad.shape} and output[{index}] has a shape of "  # type: ignore[attr-defined]
            f"{root.shape}."
        )
    if grad._dtype.is_complex != root._dtype.is_complex:
        raise RuntimeError(
            f"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[{index}] has a dtype of {grad._dtype} and output[{index}] has a dtype of {root._dtype}."
        )
    return grad if grad._dtype is root._dtype else grad.to(root._dtype)  # type: ignore[attr-defined]


def _edge(tensor: Any) -> tuple[Node, int]:
    return (tensor._node, tensor._output_nr) if tensor._node is not None else (accumulator(tensor), 0)


def _roots(tensors: Sequence[Any], grads: Sequence[Any]) -> tuple[list[tuple[Node, int]], list[Any]]:
    if len(grads) < len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(grads)} gradients")
    checked = [_checked_gradient(root, grad, index) for index, (root, grad) in enumerate(zip(tensors, grads))]
    for index, root in enumerate(tensors):
        if not root.requires_grad:
            raise RuntimeError(
                f"element {index} of tensors does not require grad and does not have a grad_fn"
            )
    return [_edge(root) for root in tensors], checked


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    *,
    inputs: Any = None,
) -> None:
    """Add the gradients of the roots to the `.grad` of the leaves behind them (or of `inputs`).

    Raises `RuntimeError` for roots without history, for a missing gradient of a root that is no scalar, and for
    a graph whose saved tensors are gone.
    """
    if retain_graph is None:
        retain_graph = create_graph
    if (
        grad_tensors is None
        and inputs is None
        and not create_graph
        and isinstance(tensors, TensorBase)
        and _requires_grad(tensors)
    ):
        graph_engine.run(
            [_edge(tensors)], [_ones_for(tensors)], retain_graph=retain_graph, create_graph=False
        )
        return
    tensors = _sequence(tensors)
    grads = [None] * len(tensors) if grad_tensors is None else _sequence(grad_tensors)
    if inputs is not None:
        inputs = _sequence(inputs)
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    roots, checked = _roots(tensors, grads)
    if create_graph:
        warnings.warn(CREATE_GRAPH_WARNING, UserWarning, stacklevel=3)
    accumulate = None
    if inputs is not None:
        accumulate = [_edge(each) for each in inputs]
        for each in inputs:
            if each._node is not None:
                each.retain_grad()
    graph_engine.run(
        roots, checked, retain_graph=retain_graph, create_graph=create_graph, accumulate=accumulate
    )


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
) -> tuple[Any, ...]:
    """The gradients of the outputs with respect to the inputs, returned and not accumulated.

    Raises `RuntimeError` for an input that the outputs do not depend on, unless `allow_unused`.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    outputs, inputs = _sequence(outputs), _sequence(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    grads = [None] * len(outputs) if grad_outputs is None else _sequence(grad_outputs)
    roots, checked = _roots(outputs, grads)
    for each in inputs:
        if not isinstance(each, TensorBase):
            raise RuntimeError(
                f"all inputs have to be Tensors or GradientEdges, but got {type(each).__name__}"
            )
        if not _requires_grad(each):
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    keep = create_graph if retain_graph is None else retain_graph
    found = graph_engine.run(
        roots,
        checked,
        retain_graph=keep,
        create_graph=create_graph,
        captures=[_edge(each) for each in inputs],
    )
    if materialize_grads:
        found = [
            each.new_zeros(each._array.shape) if value is None else value
            for each, value in zip(inputs, found)
        ]
    elif not allow_unused:
        for index, value in enumerate(found):
            if value is None:
                raise RuntimeError(
                    f"The differentiated Tensor at index {index} appears to not have been used in the graph. Set "
                    "allow_unused=True if this is the desired behavior."
                )
    return tuple(found)
