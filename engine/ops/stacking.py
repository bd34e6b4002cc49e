"""Tensors put side by side, and made to have the same shape: hstack, block_diag, meshgrid, broadcast_tensors and alike."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ..base import TensorBase
from ..op import LINEAR, check_broadcast, op, wrap
from ..size import Size
from .choosing import type_of_all
from .from_data import warn_once
from .into import with_out
from .joining import _checked, cat, stack
from .slices import masked_select
from .views import expand, reshape, unsqueeze, view

# ---- at least so many dimensions ---------------------------------------------------------------------------


def _each(one: Any) -> Any:
    """The function for one tensor, or for several, given one by one or as a sequence."""
    name = one.__name__

    def call(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], TensorBase):
            return one(tensors[0])
        given = tensors[0] if len(tensors) == 1 else tensors
        if not isinstance(given, (tuple, list)):
            kind = type(given).__name__
            raise TypeError(
                f"{name}() received an invalid combination of arguments - got ({kind}), but expected one of:\n"
                " * (Tensor input)\n      didn't match because some of the arguments have invalid types: "
                f"(!{kind}!)\n * (tuple of Tensors tensors)\n      didn't match because some of the arguments have invalid types: "
                f"(!{kind}!)\n"
            )
        return tuple([one(each) for each in given])

    call.__name__ = call.__qualname__ = name
    call.__doc__ = one.__doc__
    return call


@_each
def atleast_1d(tensor):
    """A tensor without dimensions with one of size 1; others as they are."""
    return tensor if tensor._array.ndim else reshape(tensor, 1)


@_each
def atleast_2d(tensor):
    """With dimensions of size 1 in front, so that there are two."""
    ndim = tensor._array.ndim
    return tensor if ndim > 1 else unsqueeze(tensor, 0) if ndim else reshape(tensor, 1, 1)


@_each
def atleast_3d(tensor):
    """With dimensions of size 1 in front and behind, so that there are three."""
    ndim = tensor._array.ndim
    if ndim == 2:
        return unsqueeze(tensor, -1)
    if ndim > 2:
        return tensor
    return unsqueeze(unsqueeze(tensor, 0), -1) if ndim else reshape(tensor, 1, 1, 1)


# ---- side by side ------------------------------------------------------------------------------------------


def _given(tensors, name):
    tensors = _checked(tensors, name)
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


@with_out()
def hstack(tensors):
    """The tensors one after the other along the second dimension; vectors along their only one."""
    tensors = atleast_1d(_given(tensors, "hstack"))
    return cat(tensors, 0 if tensors[0]._array.ndim == 1 else 1)


@with_out()
def vstack(tensors):
    """The tensors below each other; vectors are rows."""
    return cat(atleast_2d(_given(tensors, "vstack")), 0)


@with_out()
def row_stack(tensors):
    """`vstack` under another name."""
    return vstack(tensors)


@with_out()
def dstack(tensors):
    """The tensors one after the other along the third dimension."""
    return cat(atleast_3d(_given(tensors, "dstack")), 2)


@with_out()
def column_stack(tensors):
    """The tensors one after the other along the second dimension; vectors are columns."""
    given = _given(tensors, "column_stack")
    return hstack([reshape(each, each._array.size, 1) if each._array.ndim < 2 else each for each in given])


def concatenate(tensors: Any, dim: int = 0, *, out: Any = None, axis: Any = None) -> Any:
    """`cat` under NumPy's name."""
    from .outputs import cat as joined

    return joined(tensors, dim if axis is None else axis, out=out)


def _block_diag_backward(grad, tensors_geometry):
    parts, row, column = [], 0, 0
    for sizes in tensors_geometry:
        rows, columns = ((1,) * (2 - len(sizes)) + sizes)[:2]
        part = grad.narrow(0, row, rows).narrow(1, column, columns)
        for _ in range(2 - len(sizes)):
            part = part.squeeze(0)
        parts.append(part)
        row, column = row + rows, column + columns
    return parts


@op(tensors=_block_diag_backward, jvp=LINEAR, node="BlockDiagBackward0")
def _block_diag(tensors, tensors_geometry, dtype):
    blocks = [np.atleast_2d(each) for each in tensors]
    rows, columns = (sum([each.shape[axis] for each in blocks]) for axis in (0, 1))
    found, row, column = np.zeros((rows, columns), dtype), 0, 0
    for each in blocks:
        found[row : row + each.shape[0], column : column + each.shape[1]] = each
        row, column = row + each.shape[0], column + each.shape[1]
    return found


def block_diag(*tensors: Any) -> Any:
    """A matrix with the tensors along its diagonal and zeros beside them."""
    if not tensors:
        return wrap(np.zeros((1, 0), np.float32))
    for index, each in enumerate(tensors):
        if each._array.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {index} has {each._array.ndim} "
                "dimensions"
            )
    dtype = type_of_all(list(tensors)).numpy
    return _block_diag(tensors, [each._array.shape for each in tensors], dtype)


# ---- the same shape ----------------------------------------------------------------------------------------


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape of a result of tensors of these shapes; raises `RuntimeError` where there is none."""
    given = [
        (each,) if isinstance(each, int) else each if isinstance(each, tuple) else tuple(each)
        for each in shapes
    ]
    found: list[int] = [1] * max([len(each) for each in given], default=0)
    for number, shape in enumerate(given):
        for back in range(1, len(shape) + 1):
            size = shape[-back]
            if size in (1, found[-back]):
                continue
            if found[-back] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {size} at {-back}! Mismatching argument at index {number} had "
                    f"{shape}; but expected shape should be broadcastable to {found}"
                )
            if size < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            found[-back] = size
    return Size(found)


def broadcast_tensors(*tensors: Any) -> Any:
    """The tensors expanded to their common shape."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    common: tuple[int, ...] = ()
    for each in tensors:
        check_broadcast(common, each._array.shape)
        common = np.broadcast_shapes(common, each._array.shape)
    return tuple([each if each._array.shape == common else expand(each, common) for each in tensors])


def meshgrid(*tensors: Any, indexing: str | None = None) -> Any:
    """Grids of the coordinates that vectors give, one for each vector."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for each in tensors:
        if each._array.ndim > 1:
            raise RuntimeError(
                "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: " + _printed(each)
            )
        if each._dtype is not tensors[0]._dtype:
            raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    if indexing is None:
        warn_once(
            "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.",
            stacklevel=3,
        )
    elif indexing not in ("xy", "ij"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    exchanged = indexing == "xy" and len(tensors) >= 2
    given = [tensors[1], tensors[0], *tensors[2:]] if exchanged else list(tensors)
    shape = [each._array.size for each in given]
    grids = []
    for index, each in enumerate(given):
        sizes = [1] * len(given)
        sizes[index] = each._array.size
        grids.append(expand(view(each, sizes), shape))
    if exchanged:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def _printed(tensor: Any) -> str:
    """A tensor as PyTorch's C++ prints it, of numbers that need no decimals."""
    rows = "\n".join(
        [
            " ".join([f"{value:2g}" for value in row])
            for row in tensor._array.reshape(-1, tensor._array.shape[-1])
        ]
    )
    sizes = ",".join(map(str, tensor._array.shape))
    return f"{rows}\n[ {tensor._dtype.class_name.replace('torch.', 'torch.')}{{{sizes}}} ]"


# ---- combinations ------------------------------------------------------------------------------------------


def _vectors(tensors):
    for each in tensors:
        if each._array.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(each._array.shape)}")


def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of an element of each vector, as rows."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        tensors = tuple(tensors[0])
    _vectors(tensors)
    if len(tensors) == 1:
        return tensors[0]
    grids = meshgrid(*tensors, indexing="ij")
    return stack([each.flatten() for each in grids], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of `r` elements of a vector, as rows."""
    _vectors([input])
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if not r:
        return wrap(np.empty(0, input._array.dtype), input._dtype)
    count = input._array.size
    places = np.indices((count,) * r, sparse=True)
    mask = np.ones((count,) * r, bool)
    for one, two in itertools.pairwise(places):
        mask &= one <= two if with_replacement else one < two
    grids = meshgrid(*[input] * r, indexing="ij")
    return stack([masked_select(each, wrap(mask)) for each in grids], 1)
