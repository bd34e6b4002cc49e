"""Tensors joined into one, and one split into several views."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import memory
from ..grad_mode import mode
from ..node import Node, gradient_edge, next_sequence_nr
from ..op import connect, make_view, note_made_in_no_grad, op, unsigned
from .dims import wrap_dim
from .slicing import index_at, select


# ---- joining -----------------------------------------------------------------------------------------------


def _cat_backward(grad, dim, tensors_geometry):
    parts, start = [], 0
    for sizes, dtype in tensors_geometry:
        if sizes == (0,):
            parts.append(grad.new_zeros((0,)))
            continue
        length = sizes[dim]
        part = grad.narrow(dim, start, length)
        parts.append(part if part._dtype is dtype else part.to(dtype))
        start += length
    return parts


@op(tensors=_cat_backward, node="CatBackward0")
def _cat(tensors, dim, tensors_geometry):
    return np.concatenate([each for each in tensors if each.shape != (0,)] or tensors, axis=dim)


def cat(tensors, dim=0):
    """The tensors one after the other along a dimension."""
    tensors = tuple(tensors)
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for index, each in enumerate(tensors):
        if not each._array.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {index}) cannot be concatenated")
    first = next((each for each in tensors if each._array.shape != (0,)), tensors[0])
    for index, each in enumerate(tensors):
        _check_joinable(first, each, index, wrap_dim(dim, first._array.ndim))
    return _cat(tensors, dim, [(each._array.shape, each._dtype) for each in tensors])


def _check_joinable(first, each, index, dim):
    sizes, wanted = each._array.shape, first._array.shape
    if sizes == (0,):
        return
    if len(sizes) != len(wanted):
        raise RuntimeError(f"Tensors must have same number of dimensions: got {len(wanted)} and {len(sizes)}")
    for axis, (found, expected) in enumerate(zip(sizes, wanted)):  # noqa: B905 - equal lengths
        if axis != dim and found != expected:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected size {expected} but got size {found} for tensor "
                f"number {index} in the list."
            )


def _stack_backward(grad, dim):
    return [select(grad, dim, index) for index in range(grad._array.shape[dim])]


@op(tensors=_stack_backward, node="StackBackward0")
def _stack(tensors, dim):
    return np.stack(tensors, axis=dim)


def stack(tensors, dim=0):
    """The tensors side by side along a new dimension."""
    tensors = tuple(tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0]._array.shape
    for index, each in enumerate(tensors):
        if each._array.shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(each._array.shape)} at "
                f"entry {index}"
            )
    wrap_dim(dim, len(first) + 1)
    return _stack(tensors, dim)


# ---- splitting ---------------------------------------------------------------------------------------------


def _views(self, arrays, node_class, saved):
    """Views that are outputs of one node: they must not be changed in place."""
    results = [make_view(self, array) for array in arrays]
    edge = gradient_edge(self)
    if edge is None:
        return tuple(results)
    if not mode.enabled:
        for result in results:
            note_made_in_no_grad(result, self)
        return tuple(results)
    node = object.__new__(node_class)
    node._edges = (edge,)
    node._sequence_nr = next_sequence_nr()
    node._extras = None
    node._saved = saved
    if self._output_nr:
        node.extras().input_numbers = (self._output_nr,)
    connect(node, results, several=True)
    for result in results:
        result._view_refusal = "multiple"
    return tuple(results)


def _zeros_for_missing(grads, node):
    outputs = node._extras.outputs
    like = next(grad for grad in grads if grad is not None)
    return [like.new_zeros(outputs[index][0]) if grad is None else grad for index, grad in enumerate(grads)]


class UnbindBackward0(Node):
    """The node of `unbind`."""

    __slots__ = ()

    def apply(self, grads: Any, edges: Any) -> tuple[Any, ...]:
        grads = grads if isinstance(grads, list) else [grads]
        return (stack(_zeros_for_missing(grads, self), self._saved[0]),)

    _saved_dim = property(lambda self: unsigned(self._saved[0]))


class SplitBackward0(Node):
    """The node of `split` and `chunk`."""

    __slots__ = ()

    def apply(self, grads: Any, edges: Any) -> tuple[Any, ...]:
        grads = grads if isinstance(grads, list) else [grads]
        return (cat(_zeros_for_missing(grads, self), self._saved[0]),)

    _saved_dim = property(lambda self: unsigned(self._saved[0]))
    _saved_split_size = property(lambda self: self._saved[1])
    _saved_self_sym_sizes = property(lambda self: self._saved[2])


class SplitWithSizesBackward0(SplitBackward0):
    """The node of `split` with a list of sizes."""

    __slots__ = ()

    _saved_split_sizes = property(lambda self: self._saved[1])


def unbind(self, dim=0):
    """The parts along one dimension, each without it."""
    moved = np.moveaxis(memory(self), wrap_dim(dim, self._array.ndim), 0)
    return _views(self, [moved[index, ...] for index in range(len(moved))], UnbindBackward0, (dim,))


def split(self, split_size_or_sections, dim=0):
    """Views of consecutive parts along one dimension, of one size or of the sizes listed."""
    size = self._array.shape[wrap_dim(dim, self._array.ndim)]
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        lengths = [min(step, size - start) for start in range(0, size, step)] or [0]
        node_class: type[Node] = SplitBackward0
    else:
        lengths = list(split_size_or_sections)
        step = tuple(lengths)
        node_class = SplitWithSizesBackward0
        if sum(lengths) != size:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension {dim}), but got "
                f"split_sizes={lengths}"
            )
    array, arrays, start = memory(self), [], 0
    for length in lengths:
        arrays.append(array[index_at(array.ndim, dim, slice(start, start + length))])
        start += length
    return _views(self, arrays, node_class, (dim, step, array.shape))


def chunk(self, chunks, dim=0):
    """Views of at most `chunks` parts of equal size; the last may be smaller."""
    size = self._array.shape[wrap_dim(dim, self._array.ndim)]
    return split(self, max(-(-size // chunks), 1), dim)
