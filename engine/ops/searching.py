"""Where values belong among sorted ones, and which values there are."""

from __future__ import annotations

import math

import numpy as np

from .. import dtypes
from ..base import TensorBase, read_array
from ..dtypes import not_implemented
from ..op import op, wrap
from .dims import wrap_dim
from .operands import is_number
from .refusals import no_forward_mode
from .untracked import without_derivative

# ---- places among sorted values ----------------------------------------------------------------------------


def _side(right, side, name):
    if side is not None and side not in ("left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    return "right" if right or side == "right" else "left"


def _places(boundaries, values, side, out_int32):
    """The places in rows of boundaries, one for each row of values."""
    kind = np.int32 if out_int32 else np.int64
    if boundaries.ndim == 1:
        return np.searchsorted(boundaries, values, side).astype(kind)
    found = np.empty(values.shape, kind)
    for row in np.ndindex(boundaries.shape[:-1]):
        found[row] = np.searchsorted(boundaries[row], values[row], side)
    return found


def _common(boundaries, values):
    dtype = np.result_type(boundaries.dtype, values.dtype)
    return boundaries.astype(dtype, copy=False), values.astype(dtype, copy=False)


@without_derivative
def searchsorted(sorted_sequence, input, *, out_int32=False, right=False, side=None, sorter=None):
    """Where each value belongs in a sorted sequence, or in the rows of several: before equals, or after with `right`."""
    side = _side(right, side, "searchsorted")
    scalar = is_number(input)
    values = np.asarray(input) if scalar else read_array(input)
    boundaries = read_array(sorted_sequence)
    _check_search(boundaries, values, scalar)
    if sorter is not None:
        _check_sorter(boundaries, sorter)
        boundaries = np.take_along_axis(boundaries, sorter._array, -1)
    _check_kind(sorted_sequence, input)
    if not scalar:
        boundaries, values = _common(boundaries, values)
    return wrap(_places(boundaries, values, side, out_int32)[()])


def _check_kind(boundaries, input):
    for each in (boundaries, input):
        if isinstance(each, TensorBase) and (each._dtype.unordered or each._dtype is dtypes.bool_):
            raise not_implemented("searchsorted_out_cpu", each._dtype)


def _check_sorter(boundaries, sorter):
    places, size = sorter._array, boundaries.shape[-1]
    if places.shape != boundaries.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(boundaries.shape)}and got sorter tensor {list(places.shape)}"
        )
    if sorter._dtype is not dtypes.int64:
        raise RuntimeError(
            f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {sorter._dtype.legacy_name}"
        )
    if ((places < 0) | (places >= size)).any():
        raise RuntimeError("torch.searchsorted(): sorter index out of range")


def _check_search(boundaries, values, scalar):
    if not boundaries.ndim and values.ndim:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension"
        )
    if values.ndim == 0 and boundaries.ndim != 1:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries "
            f"tensor dim({boundaries.ndim}) and input value's dim(0) numel(1)"
        )
    if boundaries.ndim > 1 and boundaries.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and "
            f"input value tensor must match, but we got boundaries tensor {list(boundaries.shape)} and input value tensor "
            f"{list(values.shape)}"
        )


@without_derivative
def bucketize(input, boundaries, *, out_int32=False, right=False):
    """The number of the interval between boundaries that each value falls into."""
    if boundaries._array.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries._array.ndim})")
    _check_kind(boundaries, input)
    values = np.asarray(input) if is_number(input) else read_array(input)
    sequence, values = _common(read_array(boundaries), values)
    return wrap(_places(sequence, values, "right" if right else "left", out_int32)[()])


# ---- which values there are --------------------------------------------------------------------------------


def _refusing(name):
    def refuse(grads):
        raise NotImplementedError(f"the derivative for '{name}' is not implemented.")

    return refuse


_PARTS = ("output", "inverse_indices", "counts")


@op(self=_refusing("_unique2"), outputs=_PARTS, jvp=no_forward_mode("_unique2"), node="Unique2Backward0")
def _unique(self):
    values, inverse, counts = np.unique(self, return_inverse=True, return_counts=True, equal_nan=False)
    return values, inverse.reshape(self.shape), counts


@op(
    self=_refusing("unique_dim"), outputs=_PARTS, jvp=no_forward_mode("unique_dim"), node="UniqueDimBackward0"
)
def _unique_dim(self, dim):
    values, inverse, counts = np.unique(
        self, return_inverse=True, return_counts=True, axis=dim, equal_nan=False
    )
    return values, inverse.reshape(-1), counts


def _runs(changes):
    """The starts of the runs, the number of each element's run, and the lengths of the runs."""
    starts = np.flatnonzero(changes)
    return starts, np.cumsum(changes) - 1, np.diff(np.append(starts, changes.size))


@op(
    self=_refusing("unique_consecutive"),
    outputs=_PARTS,
    jvp=no_forward_mode("unique_consecutive"),
    node="UniqueConsecutiveBackward0",
)
def _unique_consecutive(self):
    flat = self.reshape(-1)
    changes = np.ones(flat.shape, bool)
    changes[1:] = flat[1:] != flat[:-1]
    starts, inverse, counts = _runs(changes)
    return flat[starts], inverse.reshape(self.shape), counts


@op(
    self=_refusing("unique_dim_consecutive"),
    outputs=_PARTS,
    jvp=no_forward_mode("unique_dim_consecutive"),
    node="UniqueDimConsecutiveBackward0",
)
def _unique_dim_consecutive(self, dim):
    rows = np.moveaxis(self, dim, 0)
    rows = rows.reshape(rows.shape[0], math.prod(rows.shape[1:]))
    changes = np.ones(self.shape[dim], bool)
    changes[1:] = np.any(rows[1:] != rows[:-1], axis=1)
    starts, inverse, counts = _runs(changes)
    # PyTorch brings the dimension to the front, and back in the result
    return np.moveaxis(np.take(np.moveaxis(self, dim, 0), starts, axis=0), 0, dim), inverse, counts


def _asked(found, return_inverse, return_counts):
    values, inverse, counts = found
    parts = (values, *((inverse,) if return_inverse else ()), *((counts,) if return_counts else ()))
    return parts if len(parts) > 1 else values


def _ordered(self, name):
    if self._dtype.is_complex:
        raise not_implemented(name, self._dtype)


def _dimension(self, dim):
    """The dimension to look along; raises PyTorch's error where another one is empty."""
    axis, sizes = wrap_dim(dim, self._array.ndim), self._array.shape
    if sizes.count(0) > 1:
        raise RuntimeError("Number of zero sized dimensions is more than one, so unique cannot be applied ")
    if 0 in sizes and sizes[axis]:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
        )
    return axis


def unique(self, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different values, in order; with where each element stands among them, and how often each occurs."""
    _ordered(self, "unique")
    found = _unique(self) if dim is None else _unique_dim(self, _dimension(self, dim))
    return _asked(found, return_inverse, return_counts)


def unique_consecutive(self, return_inverse=False, return_counts=False, dim=None):
    """The first element of each run of equal ones."""
    _ordered(self, "unique")
    if dim is None:
        return _asked(_unique_consecutive(self), return_inverse, return_counts)
    found = _unique_dim_consecutive(self, _dimension(self, dim))
    return _asked(found, return_inverse, return_counts)


@without_derivative
def isin(elements, test_elements, *, assume_unique=False, invert=False):
    """Which elements are among the test elements; one of the two may be a number."""
    operands = (elements, test_elements)
    if not any(isinstance(each, TensorBase) for each in operands):
        raise TypeError("isin() needs a tensor as one of its operands")
    for each in operands:
        dtype = dtypes.of_number(each) if is_number(each) else each._dtype
        if dtype.is_complex or dtype is dtypes.bool_:
            name = "ComplexDouble" if is_number(each) and dtype.is_complex else dtype.legacy_name
            raise RuntimeError(f"Unsupported input type encountered for isin(): {name}")
    one, two = (np.asarray(each) if is_number(each) else each._array for each in operands)
    return wrap(np.isin(one, two, invert=invert)[()], dtypes.bool_)
