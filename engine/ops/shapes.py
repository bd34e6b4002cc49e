"""Views of a tensor's memory, and operations that join, repeat or reorder."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base import memory, owner_and_offset
from ..grad_mode import mode
from ..node import Node, gradient_edge, next_sequence_nr
from ..op import connect, make_view, note_made_in_no_grad, op, unsigned, wrap
from .reductions import axes_of, sum_array, wrap_dim

# ---- sizes -------------------------------------------------------------------------------------------------


def sizes_of(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Sizes given one by one or as one sequence."""
    if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)):
        sizes = tuple(sizes[0])
    return tuple([int(size) for size in sizes])


def infer_size(sizes: tuple[int, ...], numel: int) -> tuple[int, ...]:
    """`sizes` with a -1 filled in; raises `RuntimeError` if they do not hold `numel` elements."""
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if -1 in sizes:
        if known == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(sizes)} because the unspecified dimension size -1 can "
                "be any value and is ambiguous"
            )
        if numel % known == 0:
            return tuple([numel // known if size == -1 else size for size in sizes])
    elif known == numel:
        return sizes
    raise RuntimeError(f"shape '{list(sizes)}' is invalid for input of size {numel}")


def reduce_to(grad, shape, dtype):
    """Undo broadcasting and promotion: sum to `shape`, cast to `dtype`."""
    found = grad._array.shape
    if found != shape and not shape:
        grad = grad.sum()
    elif found != shape:
        lead = len(found) - len(shape)
        dims = tuple(range(lead)) + tuple(
            [lead + index for index, size in enumerate(shape) if size == 1 and found[lead + index] != 1]
        )
        if mode.enabled and grad.requires_grad:
            grad = grad.sum(dims, True)
        else:
            grad = wrap(sum_array(grad._array, dims), grad._dtype)
        if lead:  # a view, which keeps its base alive: no gradient is added to it in place
            grad = grad.view(shape)
    return grad if grad._dtype is dtype else grad.to(dtype)


# ---- views -------------------------------------------------------------------------------------------------


@op(view=True, self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), node="ViewBackward0")
def _view(self, sizes):
    result = self.view()
    result.shape = sizes
    return result


def _shares_memory_as(array, sizes):
    """The array reshaped without a copy, or None where that is impossible."""
    try:
        result = array.view()
        result.shape = sizes
    except AttributeError:
        return None
    return result


def view(self, *sizes):
    """The same memory in another shape; raises `RuntimeError` where the strides do not allow it."""
    if len(sizes) == 1 and not isinstance(sizes[0], (int, tuple, list)):
        raise TypeError("view() to another dtype is not supported")
    wanted = infer_size(sizes_of(sizes), self._array.size)
    if _shares_memory_as(memory(self), wanted) is None:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return _view(self, wanted)


@op(view=True, self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), node="ReshapeAliasBackward0")
def _reshape_alias(self, sizes):
    return _shares_memory_as(self, sizes)


@op(self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), node="UnsafeViewBackward0")
def _unsafe_view(self, sizes):
    return self.reshape(sizes)


def reshape(self, *sizes):
    """The elements in another shape: a view where possible, else a copy."""
    wanted = infer_size(sizes_of(sizes), self._array.size)
    array = memory(self)
    if array.flags.c_contiguous:
        return _view(self, wanted)
    if _shares_memory_as(array, wanted) is not None:
        return _reshape_alias(self, wanted)
    return _unsafe_view(self.clone(), wanted)


def view_as(self, other):
    """`self` viewed in the shape of `other`."""
    return view(self, other._array.shape)


def flatten(self, start_dim=0, end_dim=-1):
    """Dimensions `start_dim` to `end_dim` joined into one."""
    sizes = self._array.shape
    start, end = wrap_dim(start_dim, len(sizes)), wrap_dim(end_dim, len(sizes))
    if not sizes:
        return reshape(self, 1)
    if start == end:
        return self
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return reshape(self, *sizes[:start], math.prod(sizes[start : end + 1]), *sizes[end + 1 :])


def ravel(self):
    """All elements in one dimension."""
    return reshape(self, -1)


def contiguous(self, memory_format=None):
    """`self` if its elements lie in order, else a copy in which they do."""
    array = self._array
    return self if not isinstance(array, np.ndarray) or array.flags.c_contiguous else self.clone().contiguous()


@op(view=True, self=lambda grad, self_sym_sizes: reduce_to(grad, self_sym_sizes, grad._dtype), node="ExpandBackward0")
def _expand(self, sizes):
    if not self.ndim:
        return np.ndarray(sizes, self.dtype, self, strides=(0,) * len(sizes))
    strides = (0,) * (len(sizes) - self.ndim) + tuple(
        [0 if size == 1 else stride for size, stride in zip(self.shape, self.strides)]  # noqa: B905 - equal lengths
    )
    return np.lib.stride_tricks.as_strided(self, sizes, strides)


def expand(self, *sizes, implicit=False):
    """A view in which dimensions of size 1 are repeated; -1 leaves a size as it is."""
    wanted, found = sizes_of(sizes), self._array.shape
    if not found and -1 not in wanted:
        return _expand(self, wanted)
    if len(wanted) < len(found):
        raise RuntimeError(
            f"expand(torch.{self._dtype.legacy_name}Tensor{{{list(found)}}}, size={list(wanted)}): the number of sizes provided "
            f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor ({len(found)})"
        )
    lead = len(wanted) - len(found)
    final = []
    for index, size in enumerate(wanted):
        old = found[index - lead] if index >= lead else 1
        if size == -1:
            if index < lead:
                raise RuntimeError(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {index}"
                )
            size = old
        elif old not in (1, size):
            raise RuntimeError(
                f"The expanded size of the tensor ({size}) must match the existing size ({old}) at non-singleton dimension "
                f"{index}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(found)}"
            )
        final.append(size)
    return _expand(self, tuple(final))


def expand_as(self, other):
    """`self` expanded to the shape of `other`."""
    return expand(self, other._array.shape)


def broadcast_to(self, size):
    """`self` expanded to `size`."""
    return expand(self, size)


@op(view=True, self=lambda grad: grad.t(), node="TBackward0")
def _t(self):
    return self.T


def t(self):
    """A matrix with its two dimensions exchanged; vectors and scalars stay as they are."""
    if self._array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self._array.ndim}D")
    return _t(self)


@op(view=True, self=lambda grad, dim0, dim1: transpose(grad, dim0, dim1), node="TransposeBackward0")
def _transpose(self, dim0, dim1):
    return np.swapaxes(self, dim0, dim1) if self.ndim else self.view()


def transpose(self, dim0, dim1):
    """Two dimensions exchanged."""
    ndim = self._array.ndim
    wrap_dim(dim0, ndim), wrap_dim(dim1, ndim)
    return _transpose(self, dim0, dim1)


def _permute_backward(grad, dims):
    ndim = len(dims)
    inverse = [0] * ndim
    for position, dim in enumerate(dims):
        inverse[dim % ndim] = position
    return grad.permute(inverse)


@op(view=True, self=_permute_backward, node="PermuteBackward0")
def _permute(self, dims):
    return self.transpose(dims)


def permute(self, *dims):
    """The dimensions in another order."""
    dims = sizes_of(dims)
    ndim = self._array.ndim
    if len(dims) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering "
            f"of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(dims)}"
        )
    if len({wrap_dim(dim, ndim) for dim in dims}) < ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permute(self, dims)


def _unsqueeze_sizes(grad, sizes, dims):
    for dim in sorted(dims):
        if sizes[dim] == 1:
            grad = grad.unsqueeze(dim)
    return grad


@op(
    view=True,
    self=lambda grad, self_sym_sizes: _unsqueeze_sizes(grad, self_sym_sizes, range(len(self_sym_sizes))),
    node="SqueezeBackward0",
)
def _squeeze_all(self):
    return self.reshape([size for size in self.shape if size != 1])


def _squeeze_dim_backward(grad, self_sym_sizes, dim):
    if not self_sym_sizes:
        return grad
    return _unsqueeze_sizes(grad, self_sym_sizes, [dim % len(self_sym_sizes)])


def _squeeze_axis(self, dim):
    return self.reshape(self.shape) if not self.ndim or self.shape[dim] != 1 else self.squeeze(dim)


_squeeze_dim = op(view=True, self=_squeeze_dim_backward, node="SqueezeBackward1")(lambda self, dim: _squeeze_axis(self, dim))
# matmul's own, done in place on its result
_squeeze_inside = op(self=_squeeze_dim_backward, node="SqueezeBackward4", version=1)(lambda self, dim: _squeeze_axis(self, dim))


def _squeeze_dims_backward(grad, self_sym_sizes, dim):
    return _unsqueeze_sizes(grad, self_sym_sizes, [each % len(self_sym_sizes) for each in dim] if self_sym_sizes else [])


@op(view=True, self=_squeeze_dims_backward, node="SqueezeBackward2")
def _squeeze_dims(self, dim, axes):
    return self.reshape([size for axis, size in enumerate(self.shape) if size != 1 or axis not in axes])


def squeeze(self, dim=None):
    """Dimensions of size 1 taken away: all of them, or only those in `dim`."""
    if dim is None:
        return _squeeze_all(self)
    if isinstance(dim, (tuple, list)):
        return _squeeze_dims(self, tuple(dim), tuple(axes_of(self, dim)))
    wrap_dim(dim, self._array.ndim)
    return _squeeze_dim(self, dim)


@op(view=True, self=lambda grad, dim: grad.squeeze(dim), node="UnsqueezeBackward0")
def _unsqueeze(self, dim):
    return np.expand_dims(self, dim)


def unsqueeze(self, dim):
    """A dimension of size 1 put in."""
    wrap_dim(dim, self._array.ndim + 1)
    return _unsqueeze(self, dim)


def _at(ndim, dim, part):
    """NumPy's index of a part of one dimension."""
    return (slice(None),) * (dim % ndim) + (part, ...)


@op(view=True, self=lambda grad, self_sym_sizes, dim, index: _select_backward(grad, self_sym_sizes, dim, index), node="SelectBackward0")
def _select(self, dim, index):
    return self[_at(self.ndim, dim, index)]


@op(grad_output=lambda grad, dim, index: _select(grad, dim, index), node="SelectBackwardBackward0")
def _select_backward(grad_output, self_sym_sizes, dim, index):
    zeros = np.zeros(self_sym_sizes, grad_output.dtype)
    zeros[_at(zeros.ndim, dim, index)] = grad_output
    return zeros


def select(self, dim, index):
    """The part at `index` of one dimension, which goes away."""
    ndim = self._array.ndim
    if not ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis = wrap_dim(dim, ndim)
    size = self._array.shape[axis]
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(self._array.shape)} at dimension {axis}"
        )
    return _select(self, dim, index)


@op(
    view=True,
    self=lambda grad, self_sym_sizes, dim, start, end, step: _slice_backward(grad, self_sym_sizes, dim, start, end, step),
    node="SliceBackward0",
)
def _slice(self, dim, start, end, step):
    return self[_at(self.ndim, dim, slice(start, end, step))]


@op(grad_output=lambda grad, dim, start, end, step: _slice(grad, dim, start, end, step), node="SliceBackwardBackward0")
def _slice_backward(grad_output, self_sym_sizes, dim, start, end, step):
    zeros = np.zeros(self_sym_sizes, grad_output.dtype)
    zeros[_at(zeros.ndim, dim, slice(start, end, step))] = grad_output
    return zeros


def narrow(self, dim, start, length):
    """The `length` elements from `start` on of one dimension."""
    size = self._array.shape[wrap_dim(dim, self._array.ndim)]
    if not -size <= start <= size:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start = start + size if start < 0 else start
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return _slice(self, dim, start, start + length, 1)


@op(view=True, self=lambda grad: grad, node="AliasBackward0")
def alias(self):
    """A view of the whole."""
    return self.view()


@op(
    view=True,
    self=lambda grad, self_sym_sizes, offset, dim1, dim2: _diagonal_backward(grad, self_sym_sizes, offset, dim1, dim2),
    node="DiagonalBackward0",
)
def _diagonal(self, offset, dim1, dim2):
    found = np.diagonal(self, offset, dim1, dim2)
    found.flags.writeable = True  # NumPy's diagonals are read-only for now
    return found


@op(
    grad_output=lambda grad, offset, dim1, dim2: _diagonal(grad, offset, dim1, dim2),
    node="DiagonalBackwardBackward0",
)
def _diagonal_backward(grad_output, self_sym_sizes, offset, dim1, dim2):
    zeros = np.zeros(self_sym_sizes, grad_output.dtype)
    found = np.diagonal(zeros, offset, dim1, dim2)
    found.flags.writeable = True
    found[...] = grad_output
    return zeros


def diagonal(self, offset=0, dim1=0, dim2=1):
    """A view of a diagonal."""
    ndim = self._array.ndim
    wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    return _diagonal(self, offset, dim1, dim2)


def _as_strided_backward(grad, self_geometry, size, stride, storage_offset):
    """Each element's gradients added up, wherever the strides lead to it."""
    from .linalg import index_add_flat

    own_size, own_stride, own_offset, elements = self_geometry
    start = own_offset if storage_offset is None else storage_offset
    flat = index_add_flat(grad, _offsets(size, stride, start), elements)
    return as_strided(flat, own_size, own_stride, own_offset)


def _offsets(size, stride, offset):
    total = np.full(size, offset, np.int64)
    for axis, (count, step) in enumerate(zip(size, stride)):  # noqa: B905 - equal lengths
        total += (np.arange(count) * step).reshape((-1,) + (1,) * (len(size) - axis - 1))
    return total


@op(view=True, self=_as_strided_backward, node="AsStridedBackward0")
def _as_strided(self, size, stride, storage_offset):
    owner, offset = owner_and_offset(self)
    flat = owner.reshape(-1)
    start = offset if storage_offset is None else storage_offset
    return np.lib.stride_tricks.as_strided(flat[start:], size, [each * self.itemsize for each in stride])


def as_strided(self, size, stride, storage_offset=None):
    """A view of the same memory with these sizes, strides and offset, in elements."""
    return _as_strided(self, tuple(size), tuple(stride), storage_offset)


def detach(self):
    """The same memory and version counter, without history."""
    result = make_view(self, memory(self) if self._array.ndim else memory(self).view())
    result._base = None
    return result


# ---- several views at once ---------------------------------------------------------------------------------


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
        arrays.append(array[_at(array.ndim, dim, slice(start, start + length))])
        start += length
    return _views(self, arrays, node_class, (dim, step, array.shape))


def chunk(self, chunks, dim=0):
    """Views of at most `chunks` parts of equal size; the last may be smaller."""
    size = self._array.shape[wrap_dim(dim, self._array.ndim)]
    return split(self, max(-(-size // chunks), 1), dim)


# ---- joining, repeating, reordering ------------------------------------------------------------------------


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


@op(self=lambda grad, dims: grad.flip(dims), node="FlipBackward0")
def _flip(self, dims):
    return np.flip(self, dims).copy() if dims else self.copy()


def flip(self, *dims):
    """The order of elements turned round along `dims`."""
    dims = sizes_of(dims)
    axes_of(self, dims or None)
    return _flip(self, dims)


def _repeat_backward(grad, repeats, self_sym_sizes):
    """Each copy's gradient added: split every dimension into (copies, size) and sum the copies."""
    lead = len(repeats) - len(self_sym_sizes)
    sizes = (1,) * lead + tuple(self_sym_sizes)
    if 0 in repeats:
        return grad.new_zeros(self_sym_sizes)
    split_sizes = [part for pair in zip(repeats, sizes) for part in pair]  # noqa: B905 - equal lengths
    dims = tuple(range(0, len(split_sizes), 2))
    if not dims:
        return grad
    return grad.reshape(split_sizes).sum(dims).reshape(self_sym_sizes)


@op(self=_repeat_backward, node="RepeatBackward0")
def _repeat(self, repeats):
    return np.tile(self, repeats)


def repeat(self, *repeats):
    """Copies side by side, so many along each dimension."""
    repeats = sizes_of(repeats)
    if len(repeats) < self._array.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    return _repeat(self, repeats)


@op(self=lambda grad, diagonal: grad.tril(diagonal), node="TrilBackward0")
def _tril(self, diagonal):
    return np.tril(self, diagonal)


def tril(self, diagonal=0):
    """The lower triangle; zeros above."""
    return _tril(self, diagonal)


@op(self=lambda grad, diagonal: grad.triu(diagonal), node="TriuBackward0")
def _triu(self, diagonal):
    return np.triu(self, diagonal)


def triu(self, diagonal=0):
    """The upper triangle; zeros below."""
    return _triu(self, diagonal)


@op(self=lambda grad, offset: grad.diagonal(offset, -2, -1), node="DiagEmbedBackward0")
def _diag_embed(self, offset, dim1, dim2):
    return np.diag(self, offset)


_diag_embed.node_class._saved_dim1 = 2**64 - 2  # PyTorch shows -2 and -1 as unsigned numbers
_diag_embed.node_class._saved_dim2 = 2**64 - 1


@op(
    self=lambda grad, self_sym_sizes, offset, dim1, dim2: _diagonal_backward(grad, self_sym_sizes, offset, dim1, dim2),
    node="DiagonalBackward0_copy",
)
def _diagonal_copy(self, offset, dim1, dim2):
    return np.diagonal(self, offset, dim1, dim2).copy()


def diag(self, diagonal=0):
    """A vector as a diagonal matrix, or a matrix's diagonal as a vector."""
    if self._array.ndim == 1:
        return _diag_embed(self, diagonal, -2, -1)
    if self._array.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {self._array.ndim}D")
    return _diagonal_copy(self, diagonal, 0, 1)


