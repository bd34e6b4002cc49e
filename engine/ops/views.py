"""The same elements in another shape or order: views of the memory, and copies where a view is not possible."""

from __future__ import annotations

import math
from itertools import accumulate
from operator import mul

import numpy as np

from ..arguments import refused
from ..base import memory, owner_and_offset, storage
from ..dtypes import OF_PYTHON_TYPE
from ..dtypes import dtype as dtype_class
from ..grad_mode import mode
from ..layouts import contiguous_format, copied, is_laid_out, preserve_format
from ..op import LINEAR, make_view, op
from ..transforms import no_tangent, through_transforms
from .dims import infer_size, sizes_of, wrap_dim, wrap_dims


@op(view=True, self=lambda grad: grad, node="AliasBackward0")
def alias(self):
    """A view of the whole."""
    return self.view()


@op(view=True, self=lambda grad: grad, node="Identity")
def fw_primal(self):
    """A view of the whole that forward mode shows to its formulas."""
    return self.view()


fw_primal.declaration.node_class.name = lambda node: "torch::autograd::Identity"


def detach(self):
    """The same memory and version counter, without history."""
    if mode.recording > 1:
        return through_transforms(detach, (self,))
    result = make_view(self, memory(self) if self._array.ndim else memory(self).view())
    result._base = None
    result._storage.mark_detached(result)
    return result


detach.tangent_rule = no_tangent  # type: ignore[attr-defined]


# ---- copies ------------------------------------------------------------------------------------------------


def dense_copy(array):
    """A copy without gaps that keeps the order of the strides.

    For repeated dimensions (strides of 0) PyTorch's order is that of NumPy's ufuncs, not of `ndarray.copy`.
    """
    return np.multiply(array, True) if 0 in array.strides else array.copy("K")


def empty_like(array, dtype):
    """Memory for another tensor of the same sizes, laid out as `dense_copy` does."""
    return np.empty_like(np.multiply(array, True) if 0 in array.strides else array, dtype)


def filled_zeros(grad, sizes):
    """Zeros of these sizes, of the type of `grad`, that PyTorch makes by filling memory in place: the version shows it."""
    zeros = grad.new_zeros(sizes)
    storage(zeros).version = 1
    return zeros


@op(self=lambda grad: grad, jvp=LINEAR, node="CloneBackward0")
def _clone(self, form):
    if form is preserve_format:
        return dense_copy(self)
    return self.copy("C") if form is contiguous_format else copied(self, form)


CloneBackward0 = _clone.declaration.node_class


def clone(self, *, memory_format=preserve_format):
    """A copy, which gradients flow through; it lies in memory as `self` does, but without gaps."""
    return _clone(self, memory_format or preserve_format)


def contiguous(self, memory_format=contiguous_format):
    """`self` if its elements lie in order, else a copy in which they do."""
    if memory_format is preserve_format:
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    array = self._array
    if memory_format is not contiguous_format:
        return self if is_laid_out(memory(self), memory_format) else _clone(self, memory_format)
    return (
        self
        if not isinstance(array, np.ndarray) or array.flags.c_contiguous
        else _clone(self, contiguous_format)
    )


# ---- other sizes -------------------------------------------------------------------------------------------


@op(view=True, self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), node="ViewBackward0")
def _view(self, sizes):
    return _in_sizes(self, sizes)


def _in_sizes(array, sizes):
    """The memory in other sizes; dimensions of size 1 get PyTorch's strides, which are not always NumPy's."""
    found = array.reshape(sizes)
    if 1 not in sizes or not array.size or not array.ndim:
        return found
    if array.flags.c_contiguous and array.strides[-1] == array.itemsize and array.shape != found.shape:
        return found
    strides = _strides_in_sizes(array.shape, array.strides, sizes)
    return found if strides == found.strides else by_strides(array, sizes, strides)


def _strides_in_sizes(shape, steps, sizes):
    """The strides of a view; sizes of 1 belong to the part of memory, between jumps, that is next behind them."""
    strides: list[int] = []
    last, place, count = len(shape) - 1, len(sizes) - 1, 1
    begin = steps[last]
    for dim in range(last, -1, -1):
        count *= shape[dim]
        if dim and (shape[dim - 1] == 1 or steps[dim - 1] == count * begin):
            continue
        seen = 1
        while place >= 0 and (seen < count or sizes[place] == 1):
            strides.append(seen * begin)
            seen *= sizes[place]
            place -= 1
        begin, count = steps[dim - 1], 1
    return tuple(reversed(strides))


def _can_be_viewed(array, sizes):
    """Whether the strides allow these sizes without a copy: where memory is jumped over, a dimension must begin."""
    if array.flags.c_contiguous or not array.size:
        return True
    begins = set(accumulate(reversed(sizes), mul))
    count, expected = 1, None
    for size, step in zip(reversed(array.shape), reversed(array.strides)):
        if size != 1:
            if expected is not None and step != expected and count not in begins:
                return False
            count, expected = count * size, step * size
    return True


def _batch_sizes(tensor):
    """How many examples `vmap` holds in a tensor, those of the outermost one first: PyTorch's kernels see these sizes."""
    found = []
    while tensor._of_examples:
        if hasattr(tensor, "_dim"):
            found.insert(0, tensor._level.size)
        tensor = tensor._value
    return tuple(found)


def _of_all_examples(self, sizes, error):
    """The refusal of sizes, as PyTorch says it of all examples together; `error` where there are none."""
    lead = _batch_sizes(self)
    try:
        infer_size((*lead, *sizes_of(sizes)), math.prod(lead) * self._array.size)
    except RuntimeError as found:
        return found
    return error


def view(self, *sizes, size=None, dtype=None):
    """The same memory in another shape; raises `RuntimeError` where the strides do not allow it."""
    if dtype is not None:
        sizes = (dtype,)
    try:
        wanted = infer_size(sizes_of(sizes if size is None else (size,)), self._array.size)
    except TypeError as error:
        kind = sizes[0] if len(sizes) == 1 else None
        kind = OF_PYTHON_TYPE.get(kind, kind) if isinstance(kind, type) else kind
        if not isinstance(kind, dtype_class):
            raise refused(error, "view", sizes) from None
        from .parts import view_as_dtype

        return view_as_dtype(self, kind)
    except RuntimeError as error:
        raise _of_all_examples(self, sizes if size is None else (size,), error) from None
    check_viewed(memory(self), wanted)
    return _view(self, wanted)


def check_viewed(array, sizes):
    """Raise `RuntimeError` where the strides do not allow these sizes."""
    if not _can_be_viewed(array, sizes):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )


@op(view=True, self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), node="ReshapeAliasBackward0")
def _reshape_alias(self, sizes):
    return _in_sizes(self, sizes)


@op(self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), jvp=LINEAR, node="UnsafeViewBackward0")
def unsafe_view(self, sizes):
    """A result of our own in other sizes; it does not count as a view."""
    return self.reshape(sizes)


def reshape(self, *sizes, shape=None):
    """The elements in another shape: a view where possible, else a copy."""
    try:
        wanted = infer_size(sizes_of(sizes if shape is None else (shape,)), self._array.size)
    except TypeError as error:
        raise refused(error, "reshape", sizes) from None
    except RuntimeError as error:
        raise _of_all_examples(self, sizes if shape is None else (shape,), error) from None
    array = memory(self)
    if array.flags.c_contiguous:
        return _view(self, wanted)
    return (
        _reshape_alias(self, wanted)
        if _can_be_viewed(array, wanted)
        else unsafe_view(_clone(self, contiguous_format), wanted)
    )


def view_as(self, other):
    """`self` viewed in the shape of `other`."""
    return view(self, other._array.shape)


def flatten(self, start_dim=0, end_dim=-1):
    """Dimensions `start_dim` to `end_dim` joined into one."""
    sizes = self._array.shape
    start, end = wrap_dim(start_dim, len(sizes)), wrap_dim(end_dim, len(sizes))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not sizes:
        return reshape(self, 1)
    if start == end:
        return self
    return reshape(self, *sizes[:start], math.prod(sizes[start : end + 1]), *sizes[end + 1 :])


def ravel(self):
    """All elements in one dimension, lying in order."""
    return view(contiguous(self), -1)


def _expand_backward(grad, self_sym_sizes):
    return grad._reduce_to(self_sym_sizes, grad._dtype) if self_sym_sizes else grad.sum()


@op(view=True, self=_expand_backward, node="ExpandBackward0")
def _expand(self, sizes):
    if not self.ndim:
        if self.__class__ is np.ndarray:
            return np.ndarray(sizes, self.dtype, self, strides=(0,) * len(sizes))
        return by_strides(self, sizes, (0,) * len(sizes))
    lead = len(sizes) - self.ndim
    strides = [0] * lead
    strides += [step if size == old else 0 for size, old, step in zip(sizes[lead:], self.shape, self.strides)]
    for axis in range(lead - 1, -1, -1):
        if sizes[axis] == 1:
            strides[axis] = sizes[axis + 1] * strides[axis + 1]
    return by_strides(self, sizes, strides)


def by_strides(array, sizes, strides, start=None):
    """The memory that `array` lies in, with these sizes and strides (in bytes) from the element `start` on, or its own."""
    owner, offset = owner_and_offset(array)
    if 0 in sizes:
        return np.ndarray(sizes, array.dtype, owner.ravel("K"), 0, strides)
    found: np.ndarray = np.ndarray(
        sizes, array.dtype, owner.ravel("K"), (offset if start is None else start) * array.itemsize, strides
    )
    return found if array.__class__ is np.ndarray else found.view(array.__class__)


def expand(self, *sizes, size=None, implicit=False):
    """A view in which dimensions of size 1 are repeated; -1 leaves a size as it is."""
    try:
        wanted, found = sizes_of(sizes if size is None else (size,)), self._array.shape
    except TypeError as error:
        raise refused(error, "expand", sizes) from None
    if len(wanted) < len(found):
        raise RuntimeError(
            f"expand(torch.{self._dtype.legacy_name}Tensor{{{list(found)}}}, size={list(wanted)}): the number of sizes "
            f"provided ({len(wanted)}) must be greater or equal to the number of dimensions in the tensor ({len(found)})"
        )
    try:
        final = _expanded_sizes(found, wanted) if found else wanted
    except RuntimeError:
        lead = _batch_sizes(self)
        if not lead:
            raise
        padded = (*lead, *(1,) * (len(wanted) - len(found)), *found)
        final = _expanded_sizes(padded, (*lead, *wanted))[len(lead) :]
    if any(size < 0 for size in final):
        raise RuntimeError("numel: integer multiplication overflow")
    return _expand(self, final)


def _expanded_sizes(found, wanted):
    lead = len(wanted) - len(found)
    final = list(wanted)
    for index in range(len(wanted) - 1, -1, -1):
        # from the back: PyTorch complains of the last one that is wrong
        size, old = wanted[index], found[index - lead] if index >= lead else 1
        if size == -1:
            if index < lead:
                raise RuntimeError(
                    f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {index}"
                )
            final[index] = old
        elif old not in (1, size):
            raise RuntimeError(
                f"The expanded size of the tensor ({size}) must match the existing size ({old}) at non-singleton "
                f"dimension {index}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(found)}"
            )
    return tuple(final)


def expand_as(self, other):
    """`self` expanded to the shape of `other`."""
    return expand(self, other._array.shape)


def broadcast_to(self, size):
    """`self` expanded to `size`."""
    return expand(self, size)


# ---- sizes of 1 --------------------------------------------------------------------------------------------


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
    return self.squeeze()


def _squeeze_dim_backward(grad, self_sym_sizes, dim):
    if not self_sym_sizes:
        return grad
    return _unsqueeze_sizes(grad, self_sym_sizes, [dim % len(self_sym_sizes)])


def _squeeze_forward(self, dim):
    return self.squeeze(dim) if self.ndim and self.shape[dim] == 1 else self.view()


_squeeze_dim = op(view=True, self=_squeeze_dim_backward, node="SqueezeBackward1")(_squeeze_forward)
# matmul's own, done in place on its result
squeeze_inside = op(self=_squeeze_dim_backward, jvp=LINEAR, node="SqueezeBackward4", version=1)(
    _squeeze_forward
)


def _squeeze_dims_backward(grad, self_sym_sizes, dim):
    return _unsqueeze_sizes(
        grad, self_sym_sizes, [each % len(self_sym_sizes) for each in dim] if self_sym_sizes else []
    )


@op(view=True, self=_squeeze_dims_backward, node="SqueezeBackward2")
def _squeeze_dims(self, dim, axes):
    return (
        self.squeeze(tuple([axis for axis in axes if self.shape[axis] == 1]))
        if axes and self.ndim
        else self.view()
    )


# what `vmap` makes of matmul's
squeeze_dims_inside = op(self=_squeeze_dims_backward, jvp=LINEAR, node="SqueezeBackward5", version=1)(
    _squeeze_dims.declaration.forward
)


def squeeze(self, dim=None, *more, axis=None):
    """Dimensions of size 1 taken away: all of them, or only those in `dim`."""
    if more:
        dim = (dim, *more)
    if dim is None:
        return _squeeze_all(self) if axis is None else squeeze(self, axis)
    if isinstance(dim, (tuple, list)):
        return _squeeze_dims(self, tuple(dim), wrap_dims(dim, self._array.ndim))
    try:
        wrap_dim(dim, self._array.ndim)
    except TypeError as error:
        raise refused(error, "squeeze", (dim,)) from None
    return _squeeze_dim(self, dim)


@op(view=True, self=lambda grad, dim: grad.squeeze(dim), node="UnsqueezeBackward0")
def _unsqueeze(self, dim):
    # NumPy repeats the last stride for a dimension at the end, and gives those of size 1 strides anew
    if self.size and self.ndim and (1 in self.shape or self.strides[-1] != self.itemsize):
        shape, strides = self.shape, self.strides
        place = dim if dim >= 0 else dim + len(shape) + 1
        step = self.itemsize if place == len(shape) else shape[place] * strides[place]
        return by_strides(
            self, (*shape[:place], 1, *shape[place:]), (*strides[:place], step, *strides[place:])
        )
    return np.expand_dims(self, dim)


def unsqueeze(self, dim=None, *, axis=None):
    """A dimension of size 1 put in."""
    try:
        wrap_dim(dim, self._array.ndim + 1)
        return _unsqueeze(self, dim)
    except TypeError as error:
        if axis is not None:
            return unsqueeze(self, axis)
        raise refused(error, "unsqueeze", () if dim is None else (dim,)) from None


# ---- dimensions exchanged ----------------------------------------------------------------------------------


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
    try:
        wrap_dim(dim0, ndim), wrap_dim(dim1, ndim)
        return _transpose(self, dim0, dim1)
    except TypeError as error:
        raise refused(error, "transpose", (dim0, dim1)) from None


def _permute_backward(grad, dims):
    ndim = len(dims)
    inverse = [0] * ndim
    for position, dim in enumerate(dims):
        inverse[dim % ndim] = position
    return grad.permute(inverse)


@op(view=True, self=_permute_backward, node="PermuteBackward0")
def _permute(self, dims):
    return self.transpose(dims)


def permute(self, *order, dims=None):
    """The dimensions in another order."""
    try:
        dims = sizes_of(order if dims is None else (dims,))
    except TypeError as error:
        raise refused(error, "permute", order) from None
    ndim = self._array.ndim
    if len(dims) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering "
            f"of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(dims)}"
        )
    if len({wrap_dim(dim, ndim) for dim in dims}) < ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permute(self, dims)
