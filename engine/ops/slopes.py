"""The slopes of sampled functions. Source: torch.gradient."""

from __future__ import annotations

from ..base import TensorBase
from ..dtypes import INTEGER, bool_, get_default_dtype, uint8
from .arithmetic import div_scalar, mul_scalar, no_bools
from .dims import wrap_dims
from .joining import cat
from .operands import is_number


def gradient(input, *, spacing=None, dim=None, edge_order=1):
    """The slopes along each dimension, by differences of both neighbours, at the edges of what is there."""
    dims = _dims(input, spacing, dim)
    if input._dtype is uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    _check_sizes(input, dims, edge_order)
    if input._dtype is bool_:
        raise no_bools(both=True)
    if input._dtype.category <= INTEGER:
        input = input.to(get_default_dtype())
    steps = (
        spacing if isinstance(spacing, (tuple, list)) else (1.0 if spacing is None else spacing,) * len(dims)
    )
    return tuple(
        [
            _along_points(input, axis, step, edge_order)
            if isinstance(step, TensorBase)
            else _along_steps(input, axis, step, edge_order)
            for axis, step in zip(dims, steps)
        ]
    )


def _dims(input, spacing, dim):
    rank = input._array.ndim
    several = isinstance(spacing, (tuple, list))
    if dim is None:
        if several and len(spacing) != rank:
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
                f"{rank}', since dim argument was not given, but got a list of length {len(spacing)}"
            )
        return tuple(range(rank))
    dims = (dim,) if is_number(dim) else tuple(dim)
    if several and len(spacing) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or it's spacing and dim arguments to have the same "
            f"length, but got a spacing argument of length {len(spacing)} and a dim argument of length {len(dims)}."
        )
    return wrap_dims(dims, rank)


def _check_sizes(input, dims, edge_order):
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if any(input._array.shape[axis] < edge_order + 1 for axis in dims):
        raise RuntimeError("torch.gradient expected each dimension size to be at least edge_order+1")


def _along_steps(input, axis, step, edge_order):
    """With points one step apart."""
    count = input._array.shape[axis]

    def part(start, size=1):
        return input.narrow(axis, start, size)

    middle = div_scalar(div_scalar(part(2, count - 2) - part(0, count - 2), step), 2)
    if edge_order == 1:
        first, last = part(1) - part(0), part(count - 1) - part(count - 2)
    else:
        first = mul_scalar(part(0), -1.5) + mul_scalar(part(1), 2) - mul_scalar(part(2), 0.5)
        last = (
            mul_scalar(part(count - 3), 0.5)
            - mul_scalar(part(count - 2), 2)
            + mul_scalar(part(count - 1), 1.5)
        )
    return cat([div_scalar(first, step), middle, div_scalar(last, step)], axis)


def _along_points(input, axis, points, edge_order):
    """With points where they are said to be."""
    count = input._array.shape[axis]
    sizes = [1] * input._array.ndim
    sizes[axis] = -1
    widths = points.diff()

    def part(start, size=1):
        return input.narrow(axis, start, size)

    def weighted(start, size, *factors):
        terms = [each.view(sizes) * part(start + place, size) for place, each in enumerate(factors)]
        return terms[0] + terms[1] + terms[2]

    one, two = widths.narrow(0, 0, count - 2), widths.narrow(0, 1, count - 2)
    middle = weighted(
        0, count - 2, -two / (one * (one + two)), (two - one) / (one * two), one / (two * (one + two))
    )
    if edge_order == 1:
        first = (part(1) - part(0)) / widths[0]
        last = (part(count - 1) - part(count - 2)) / widths[count - 2]
    else:
        one, two = widths[0], widths[1]
        first = weighted(
            0,
            1,
            -(2 * one + two) / (one * (one + two)),
            (one + two) / (one * two),
            -one / (two * (one + two)),
        )
        one, two = widths[count - 3], widths[count - 2]
        last = weighted(
            count - 3,
            1,
            two / (one * (one + two)),
            -(one + two) / (one * two),
            (one + 2 * two) / (two * (one + two)),
        )
    return cat([first, middle, last], axis)
