"""Tensors joined into one, and one split into several views."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from ..base import TensorBase, memory
from ..dtypes import promote
from ..grad_mode import mode
from ..layouts import keep_channels_last, suggested
from ..node import Node, gradient_edge, next_sequence_nr
from ..op import LINEAR, connect, make_view, note_made_unrecorded, op, unsigned
from ..transforms import through_transforms
from .dims import wrap_dim
from .slicing import index_at, select_op
from .views import filled_zeros

# ---- joining -----------------------------------------------------------------------------------------------


def _checked(tensors, name):
    """The tensors to join as a tuple; raises `TypeError` where one is none."""
    if not isinstance(tensors, (tuple, list)):
        kind = type(tensors).__name__
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not {kind}")
    for index, each in enumerate(tensors):
        if not isinstance(each, TensorBase):
            raise TypeError(
                f"expected Tensor as element {index} in argument 0, but got {type(each).__name__}"
            )
    return tuple(tensors)


def _joined_type(tensors):
    return reduce(promote, (each._dtype for each in tensors)).numpy


def _is_skipped(sizes):
    """Whether `cat` leaves a tensor out: an empty vector joins anything."""
    return sizes == (0,)


def _cat_backward(grad, dim, tensors_geometry):
    parts, start = [], 0
    for sizes in tensors_geometry:
        if _is_skipped(sizes):
            parts.append(filled_zeros(grad, sizes))
        else:
            parts.append(grad.narrow(dim % len(sizes), start, sizes[dim]))
            start += sizes[dim]
    return parts


@op(tensors=_cat_backward, jvp=LINEAR, node="CatBackward0")
def _cat(tensors, dim, tensors_geometry, dtype):
    parts = [each for each in tensors if not _is_skipped(each.shape)]
    return np.ascontiguousarray(np.concatenate(parts, dim, dtype=dtype)) if parts else np.empty(0, dtype)


def cat(tensors, dim=0):
    """The tensors one after the other along a dimension, in the type that holds them all."""
    tensors = _checked(tensors, "cat")
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    sizes = [each._array.shape for each in tensors]
    if () in sizes:
        raise RuntimeError(f"zero-dimensional tensor (at position {sizes.index(())}) cannot be concatenated")
    first = next((each for each in sizes if not _is_skipped(each)), None)
    if first is not None:
        axis = wrap_dim(dim, len(first))
        for index, each in enumerate(sizes):
            if not _is_skipped(each):
                _check_joinable(first, each, index, axis)
    result = _cat(tensors, dim, sizes, _joined_type(tensors))
    if tensors[0]._array.flags.c_contiguous:
        return result
    forms = {suggested(each._array) for each in tensors}
    return keep_channels_last(result, tensors[0]) if len(forms) == 1 else result


def _check_joinable(wanted, sizes, index, dim):
    if len(sizes) != len(wanted):
        raise RuntimeError(f"Tensors must have same number of dimensions: got {len(wanted)} and {len(sizes)}")
    for axis, (found, expected) in enumerate(zip(sizes, wanted)):
        if axis != dim and found != expected:
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected size {expected} but got size {found} for "
                f"tensor number {index} in the list."
            )


def _stack_backward(grad, dim):
    return [select_op(grad, dim, index) for index in range(grad._array.shape[dim])]


@op(tensors=_stack_backward, jvp=LINEAR, node="StackBackward0")
def _stack(tensors, dim, dtype):
    return np.ascontiguousarray(np.stack(tensors, dim, dtype=dtype))


def stack(tensors, dim=0):
    """The tensors side by side along a new dimension, in the type that holds them all."""
    tensors = _checked(tensors, "stack")
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0]._array.shape
    wrap_dim(dim, len(first) + 1)
    for index, each in enumerate(tensors):
        if each._array.shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(each._array.shape)} at entry {index}"
            )
    return _stack(tensors, dim, _joined_type(tensors))


# ---- splitting ---------------------------------------------------------------------------------------------


def _views(self, cut, node_class, saved):
    """Views that are outputs of one node: they must not be changed in place. `cut(array)` gives their arrays."""
    if mode.recording > 1:
        return through_transforms(_views, (self, cut, node_class, saved))
    results = tuple([make_view(self, array) for array in cut(memory(self))])
    if not mode.enabled:
        for result in results:
            note_made_unrecorded(result, self)
        return results
    for result in results:
        result._view_refusal = "multiple"
    edge = gradient_edge(self)
    if edge is None:
        return results
    node = object.__new__(node_class)
    node._edges = (edge,)
    node._number = next_sequence_nr()
    node._extras = None
    node._saved = saved
    if self._output_nr:
        node.extras().input_numbers = (self._output_nr,)
    connect(node, results)
    return results


_views.jvp = LINEAR  # type: ignore[attr-defined]


class _Split(Node):
    """A node with the parts of a tensor as its outputs; `_saved` begins with the dimension."""

    __slots__ = ()

    _saved_dim = property(lambda self: unsigned(self._saved[0]))

    def _parts(self, grads: Any) -> list[Any]:
        """The gradients of all parts: zeros for those that have none."""
        grads = grads if isinstance(grads, list) else [grads]
        like = next(grad for grad in grads if grad is not None)
        sizes = [size for size, _ in self.extras().outputs or ()]
        return [like.new_zeros(size) if grad is None else grad for grad, size in zip(grads, sizes)]


class UnbindBackward0(_Split):
    """The node of `unbind`."""

    __slots__ = ()

    def apply(self, grads: Any, edges: Any) -> tuple[Any, ...]:
        return (stack(self._parts(grads), self._saved[0]),)


class SplitBackward0(_Split):
    """The node of `split` and `chunk`."""

    __slots__ = ()

    _saved_split_size = property(lambda self: self._saved[1])
    _saved_self_sym_sizes = property(lambda self: self._saved[2])

    def apply(self, grads: Any, edges: Any) -> tuple[Any, ...]:
        dim, _, sizes = self._saved
        return (cat(self._parts(grads), dim % len(sizes)),)


class SplitWithSizesBackward0(_Split):
    """The node of `split` with a list of sizes."""

    __slots__ = ()

    _saved_split_sizes = property(lambda self: self._saved[1])
    _saved_self_sym_sizes = property(lambda self: self._saved[2])
    apply = SplitBackward0.apply


def unbind(self, dim=0):
    """The parts along one dimension, each without it."""
    axis = wrap_dim(dim, self._array.ndim)
    if not self._array.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return _views(self, lambda array: _along(array, axis), UnbindBackward0, (dim,))


def _along(array, axis):
    moved = np.moveaxis(array, axis, 0)
    return [moved[index, ...] for index in range(len(moved))]


def split(self, split_size, dim=0):
    """Views of consecutive parts along one dimension, of one size or of the sizes listed."""
    if isinstance(split_size, (tuple, list)):
        return _split_with_sizes(self, tuple(split_size), dim)
    size, step = _length_of(self, dim, "split"), split_size
    if step < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
    if not step and size:
        raise RuntimeError(
            f"split_size can only be 0 if dimension size is 0, but got dimension size of {size}"
        )
    lengths = [min(step, size - start) for start in range(0, size, step or 1)] or [0]
    return _views(self, _consecutive(lengths, dim), SplitBackward0, (dim, step, self._array.shape))


split.__qualname__ = "Tensor.split"  # a function of Python in PyTorch, by whose name Python refuses arguments


def _length_of(self, dim, name):
    if not self._array.ndim:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")
    return self._array.shape[wrap_dim(dim, self._array.ndim)]


def check_split_sizes(self, lengths, dim):
    """Raise `RuntimeError` for lengths that do not add up to the size of the dimension."""
    size = _length_of(self, dim, "split")
    if any(length < 0 for length in lengths):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={list(lengths)}"
        )
    if sum(lengths) != size:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension {dim}), but "
            f"got split_sizes={list(lengths)}"
        )


def _split_with_sizes(self, lengths, dim):
    check_split_sizes(self, lengths, dim)
    return _views(
        self, _consecutive(lengths, dim), SplitWithSizesBackward0, (dim, lengths, self._array.shape)
    )


def _consecutive(lengths, dim):
    def cut(array):
        arrays, start = [], 0
        for length in lengths:
            arrays.append(array[index_at(array.ndim, dim, slice(start, start + length))])
            start += length
        return arrays

    return cut


def chunk(self, chunks, dim=0):
    """Views of at most `chunks` parts of equal size; the last may be smaller."""
    step = chunk_size(self, chunks, dim)
    return split(self, step, dim) if step else _split_with_sizes(self, (0,) * chunks, dim)


def chunk_size(self, chunks, dim):
    """The size of each of at most `chunks` parts."""
    size = _length_of(self, dim, "chunk")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    return -(-size // chunks)
