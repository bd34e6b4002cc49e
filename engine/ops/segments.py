"""Segments that lie one behind the other along a dimension, each reduced to one element.

Source: torch.segment_reduce.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arguments import function
from ..dtypes import FLOATING, int32, int64, not_implemented
from ..op import op
from .dims import wrap_dim
from .refusals import no_forward_mode, underivable

_COMBINE: dict[str, Any] = {
    "sum": np.add,
    "mean": np.add,
    "prod": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
}
_OTHER_NAMES = {"amax": "max", "amin": "min"}
_START = {"sum": 0.0, "mean": 0.0, "prod": 1.0, "max": -np.inf, "min": np.inf}


# ---- where segments are ------------------------------------------------------------------------------------


def _bounds(lengths, offsets):
    """The places where segments start and end, a row for each place of the dimensions before theirs."""
    if offsets is None:
        ends = np.cumsum(lengths, -1)
        starts = ends - lengths
    else:
        starts, ends = offsets[..., :-1], offsets[..., 1:]
    shape = math.prod(starts.shape[:-1]), starts.shape[-1]
    return starts.reshape(shape), ends.reshape(shape)


def _rows(array, lengths, offsets):
    """The array as (places before the dimension of the segments, that dimension, elements behind it)."""
    axis = (lengths if offsets is None else offsets).ndim - 1
    sizes = array.shape
    return array.reshape(math.prod(sizes[:axis]), sizes[axis], math.prod(sizes[axis + 1 :]))


# ---- reducing ----------------------------------------------------------------------------------------------


def _reduced(combine, elements, start):
    """One element after the other, each rounded to the type of the elements."""
    first = np.full((1, *elements.shape[1:]), start, elements.dtype)
    return combine.accumulate(np.concatenate([first, elements]), 0)[-1]


def _gradient(grad, data, result, reduce, lengths, offsets, axis, initial):
    starts, ends = _bounds(lengths, offsets)
    values, grads, results = (_rows(each, lengths, offsets) for each in (data, grad, result))
    found = np.zeros_like(values)
    for row, segment in np.ndindex(*starts.shape):
        inside = slice(starts[row, segment], ends[row, segment])
        if inside.start < inside.stop:
            args = grads[row, segment], values[row, inside], results[row, segment]
            found[row, inside] = _spread(*args, reduce, initial)
    return found.reshape(data.shape)


def _spread(grad, values, result, reduce, initial):
    """The gradient of the elements of one segment."""
    if reduce == "sum":
        return np.broadcast_to(grad, values.shape)
    if reduce == "mean":
        return np.broadcast_to(grad / grad.dtype.type(len(values)), values.shape)
    if reduce == "prod":
        return _spread_over_factors(grad, values, result, 1.0 if initial is None else initial)
    chosen = (values == result) | np.isnan(values)
    counts = np.maximum(chosen.sum(0), 1).astype(values.dtype)
    return np.where(chosen, grad / counts, grad.dtype.type(0))


def _spread_over_factors(grad, values, result, start):
    with np.errstate(all="ignore"):
        found = grad * result / values
    for place in zip(*np.nonzero(np.isnan(values) | (values == 0))):
        others = np.delete(values[:, place[1]], place[0])
        found[place] = grad[place[1]] * _reduced(np.multiply, others, start)
    return found


_backward = underivable("_segment_reduce_backward", "grad", "data", "result")(_gradient)


@op(
    data=lambda grad, data, result, reduce, lengths, offsets, axis, initial: _backward(
        grad, data, result, reduce, lengths, offsets, axis, initial
    ),
    jvp=no_forward_mode("segment_reduce"),
    node="SegmentReduceBackward0",
)
def _segment_reduce(data, reduce, lengths, offsets, axis, initial):
    lengths, offsets = [None if each is None else each._array for each in (lengths, offsets)]
    starts, ends = _bounds(lengths, offsets)
    values = _rows(data, lengths, offsets)
    found = np.empty((values.shape[0], starts.shape[1], values.shape[2]), data.dtype)
    start = _START[reduce] if initial is None else initial
    with np.errstate(all="ignore"):
        for row, segment in np.ndindex(*starts.shape):
            inside = values[row, starts[row, segment] : ends[row, segment]]
            result = _reduced(_COMBINE[reduce], inside, start)
            if reduce == "mean" and (len(inside) or initial is None):
                result = result / result.dtype.type(len(inside))
            found[row, segment] = result
    return found.reshape(*data.shape[:axis], starts.shape[1], *data.shape[axis + 1 :])


# ---- checks ------------------------------------------------------------------------------------------------


def _unmet(condition):
    return RuntimeError(
        f"Expected {condition} to be true, but got false.  (Could this error message be improved?  If so, please report an "
        "enhancement request to PyTorch.)"
    )


def _check_places(data, given, name, axis):
    if data._array.ndim < given._array.ndim:
        raise _unmet(f"data.dim() >= {name}_value.dim()")
    if axis != given._array.ndim - 1:
        raise RuntimeError(
            f"segment_reduce(): Expected axis to be the last dimension of {name} but got {axis}."
        )


def _check_lengths(data, lengths, axis):
    if not lengths._array.size:
        raise RuntimeError(
            "min(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
            "argument."
        )
    if lengths._array.min() < 0:
        raise RuntimeError("lengths contains negative value!")
    if (lengths._array.sum(-1) != data._array.shape[axis]).any():
        raise RuntimeError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe."
        )


def _check_types(data, given, name):
    if given._dtype not in (int32, int64):
        raise not_implemented(f"_segment_reduce_{name}_cpu_kernel1", given._dtype)
    if name == "offsets" and not given._array.shape[-1]:
        sizes = [*data._array.shape[: given._array.ndim - 1], -1, *data._array.shape[given._array.ndim :]]
        raise RuntimeError(f"Trying to create tensor with negative dimension -1: {sizes}")
    if data._dtype.category != FLOATING:
        raise not_implemented("_segment_reduce_cpu", data._dtype)
    if name == "offsets" and (np.diff(given._array) < 0).any():
        raise _unmet("segment_length >= 0")


@function
def segment_reduce(
    data: Any,
    reduce: str,
    *,
    lengths: Any = None,
    indices: Any = None,
    offsets: Any = None,
    axis: int = 0,
    unsafe: bool = False,
    initial: Any = None,
) -> Any:
    """Each segment of `data` along a dimension reduced: `reduce` is "mean", "min", "max", "sum" or "prod".

    Segments have these `lengths`, or begin and end at `offsets`, of shape (dimensions of `data` before `axis`, segments)
    and one more; `initial` is what each reduction begins with. The result has as many elements along `axis` as there are
    segments. RuntimeError where lengths do not sum to the size, unless `unsafe`.
    https://docs.pytorch.org/docs/stable/generated/torch.segment_reduce.html
    """
    if not isinstance(reduce, str) or type(axis) is not int or not isinstance(unsafe, bool):
        raise TypeError("reduce, axis and unsafe are of other types")
    place = wrap_dim(axis, data._array.ndim)
    if indices is not None:
        raise RuntimeError("segment_reduce(): indices based reduction is not supported yet.")
    if offsets is None and lengths is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    kind = _OTHER_NAMES.get(reduce, reduce)
    if kind not in _COMBINE:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    given, name = (lengths, "lengths") if offsets is None else (offsets, "offsets")
    _check_places(data, given, name, place)
    if offsets is None and not unsafe:
        _check_lengths(data, lengths, place)
    _check_types(data, given, name)
    if initial is not None:
        float(initial)
    return _segment_reduce(data, kind, lengths, offsets, place, initial)
