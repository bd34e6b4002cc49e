"""Elements moved along dimensions, dimensions moved, and elements repeated."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import INTEGER, int32, int64, not_implemented
from ..layouts import as_suggested
from ..op import LINEAR, op, wrap
from .arranging import flip, repeat
from .dims import sizes_of, wrap_dim
from .joining import _split_with_sizes
from .operands import in_order
from .slices import index_select
from .views import alias, clone, contiguous_format, empty_like, expand, permute, reshape, transpose, unsqueeze

# ---- moved along dimensions --------------------------------------------------------------------------------


@op(
    self=lambda grad, shifts, dims: grad.roll(tuple([-each for each in shifts]), dims),
    jvp=LINEAR,
    node="RollBackward0",
)
def _roll(self, shifts, dims):
    return as_suggested(in_order(np.roll(self, shifts, dims) if dims else np.roll(self, shifts[0])), self)


def roll(input: Any, shifts: Any, dims: Any = ()) -> Any:
    """The elements moved along dimensions, those that leave at one end coming back at the other."""
    shifts, dims = sizes_of((shifts,)), sizes_of((dims,)) if dims is not None else ()
    if not shifts:
        raise RuntimeError("`shifts` required")
    if len(dims) != len(shifts) and (dims or len(shifts) != 1):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    for dim in dims:
        if not input._array.ndim:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        wrap_dim(dim, input._array.ndim)
    return _roll(input, shifts, dims)


@op(self=lambda grad, k, dims: grad.rot90(-k, dims), jvp=LINEAR, node="Rot90Backward0")
def _rot90(self, k, dims):
    if k % 4 == 0:
        return self.copy()
    turned = [dims, dims[1:], dims, dims[:1]][k % 4]  # and then transposed after an odd number of turns
    result = empty_like(self, self.dtype)
    result[...] = np.flip(self, turned)
    return np.swapaxes(result, *dims) if k % 2 else result


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """The plane of two dimensions turned `k` times, from the first towards the second."""
    dims, ndim = sizes_of((dims,)), input._array.ndim
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {ndim}")
    if wrap_dim(dims[0], ndim) == wrap_dim(dims[1], ndim):
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    return _rot90(input, k, dims)


def fliplr(input: Any) -> Any:
    """The second dimension turned round."""
    if input._array.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """The first dimension turned round."""
    if input._array.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Dimensions at other positions; the others keep their order."""
    sources, destinations = sizes_of((source,)), sizes_of((destination,))
    ndim = input._array.ndim
    if len(sources) != len(destinations):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(sources)} dims) should contain the same number of dims "
            f"as destination ({list(destinations)} dims)"
        )
    sources = tuple([wrap_dim(each, ndim) for each in sources])
    destinations = tuple([wrap_dim(each, ndim) for each in destinations])
    for name, given in (("source", sources), ("destination", destinations)):
        if len(set(given)) < len(given):
            shown = list(sizes_of((source if name == "source" else destination,)))
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({shown})")
    if not ndim:
        return alias(input)
    others = iter([dim for dim in range(ndim) if dim not in sources])
    moved = dict(zip(destinations, sources))
    return permute(input, [moved[dim] if dim in moved else next(others) for dim in range(ndim)])


def moveaxis(input: Any, source: Any, destination: Any) -> Any:
    """`movedim` under NumPy's name."""
    return movedim(input, source, destination)


def swapdims(input: Any, dim0: int, dim1: int) -> Any:
    """`transpose` under another name."""
    return transpose(input, dim0, dim1)


def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> Any:
    """Views of consecutive parts along one dimension, of the sizes listed."""
    return _split_with_sizes(input, tuple(split_sizes), dim)


def sum_to_size(input: Any, *sizes: Any, size: Any = None) -> Any:
    """The sum over all dimensions in which these sizes would have to be broadcast."""
    if not sizes and size is None:
        raise TypeError('sum_to_size() missing 1 required positional arguments: "size"')
    sizes, own = sizes_of(sizes if size is None else (size,)), input._array.shape
    behind = own[len(own) - len(sizes) :]
    if len(sizes) > len(own) or any(wanted not in (1, found) for wanted, found in zip(sizes, behind)):
        raise RuntimeError(f"size {{{list(sizes)}}} is not expandable to size {{{list(own)}}}.")
    if not sizes:
        return input.sum()
    if sizes != tuple(own) and input._dtype.category <= INTEGER:
        input = input.to(int64)
    return input._reduce_to(sizes, input._dtype)


# ---- repeated ----------------------------------------------------------------------------------------------


def tile(input: Any, *copies: Any, dims: Any = None) -> Any:
    """Copies side by side; dimensions that are not named are not repeated."""
    repeats = sizes_of(copies if dims is None else (dims,))
    return repeat(input, (1,) * (input._array.ndim - len(repeats)) + repeats)


def repeat_interleave(input: Any, repeats: Any = None, dim: Any = None, *, output_size: Any = None) -> Any:
    """Each element, or each slice of a dimension, so many times in a row; of one tensor of numbers, its places."""
    if repeats is None:
        return _places_of(input, output_size)
    if isinstance(repeats, bool) or not isinstance(repeats, (int, np.integer, TensorBase)):
        kinds = type(repeats).__name__ + ("" if dim is None else ", dim=int")
        raise TypeError(
            f"repeat_interleave() received an invalid combination of arguments - got ({kinds}), but expected one of:\n"
            " * (Tensor repeats, int dim = None, *, int output_size = None)\n"
            " * (int repeats, int dim = None, *, int output_size = None)\n"
        )
    if dim is None:
        input, dim = reshape(input, -1), 0
    axis = wrap_dim(dim, input._array.ndim)
    if not isinstance(repeats, TensorBase):
        return _evenly(input, int(repeats), axis)
    sizes = input._array.shape or (1,)
    if repeats._array.ndim > 1:
        raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
    if repeats._array.ndim == 0 or repeats._array.size == 1:
        repeats = expand(reshape(repeats, 1), sizes[axis])
    elif repeats._array.size != sizes[axis]:
        raise RuntimeError(
            "repeats must have the same size as input along dim, but got repeats.size(0) = "
            f"{repeats._array.size} and input.size({axis}) = {sizes[axis]}"
        )
    return index_select(input, axis, _places_of(repeats, output_size))


def _evenly(input: Any, repeats: int, axis: int) -> Any:
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    sizes = list(input._array.shape) or [1]
    if not input._array.ndim:
        input = reshape(input, 1)
    wider = [*sizes[: axis + 1], repeats, *sizes[axis + 1 :]]
    copied = clone(expand(unsqueeze(input, axis + 1), wider), memory_format=contiguous_format)
    sizes[axis] *= repeats
    return copied.view(sizes)


def _places_of(repeats: Any, output_size: Any) -> Any:
    array = repeats._array
    if array.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats._dtype not in (int32, int64):
        raise not_implemented("repeat_interleave_cpu", repeats._dtype)
    if (array < 0).any():
        raise RuntimeError("repeats can not be negative")
    if output_size is not None and int(array.sum()) != output_size:
        raise RuntimeError("allocated size does not match required size")
    return wrap(np.repeat(np.arange(array.size, dtype=array.dtype), array))
