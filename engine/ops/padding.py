"""Borders around tensors: constant, reflected and repeated ones.

Source: torch.nn.functional.pad. Padding lists the last dimension first, two numbers each; negative ones cut off.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import FROM_NUMPY, bool_, not_implemented
from ..layouts import as_suggested
from ..op import LINEAR, op
from .creation import full

# ---- constants ---------------------------------------------------------------------------------------------


def _by_axis(ndim, padding):
    """The two numbers of each dimension, the first one first."""
    pairs = list(zip(padding[::2], padding[1::2]))[::-1]
    return [(0, 0)] * (ndim - len(pairs)) + pairs


@op(
    self=lambda grad, pad: _constant_pad(grad, [-size for size in pad], 0),
    jvp=lambda self_t, pad: _constant_pad(self_t, pad, 0),
    node="ConstantPadNdBackward0",
)
def _constant_pad(self, pad, value):
    pairs = _by_axis(self.ndim, pad)
    inner = self[
        tuple([slice(max(-low, 0), size - max(-high, 0)) for size, (low, high) in zip(self.shape, pairs)])
    ]
    if max(pad, default=0) <= 0:
        return as_suggested(inner.copy(), self)
    sizes = [size + low + high for size, (low, high) in zip(self.shape, pairs)]
    padded = np.full(sizes, value, self.dtype) if value else np.zeros(sizes, self.dtype)
    padded[tuple([slice(max(low, 0), size - max(high, 0)) for size, (low, high) in zip(sizes, pairs)])] = (
        inner
    )
    return as_suggested(padded, self)


def constant_pad_nd(input: Any, pad: Any, value: Any = 0) -> Any:
    """The tensor with a border of one value."""
    pad, sizes = tuple(pad), input._array.shape
    if len(pad) % 2:
        raise RuntimeError(f"Length of pad must be even but instead it equals {len(pad)}")
    if len(pad) > 2 * len(sizes):
        raise RuntimeError(
            "Length of pad should be no more than twice the number of dimensions of the input. Pad length is "
            f"{len(pad)}while the input has {len(sizes)}dimensions."
        )
    for size, (low, high) in zip(sizes, _by_axis(len(sizes), pad)):
        if size + min(low, 0) < 0 or size + min(low, 0) + min(high, 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    held = full((), value, dtype=input._dtype)._array.item() if value else 0
    return _constant_pad(input, pad, held)


# ---- reflections and repetitions ---------------------------------------------------------------------------


def _reflected(size, low, high):
    """Where in a dimension each element of the padded one is found."""
    places = np.abs(np.arange(-low, size + high))
    return np.where(places < size, places, 2 * (size - 1) - places)


def _repeated(size, low, high):
    return np.arange(-low, size + high).clip(0, size - 1)


def _axes(ndim, padding):
    """The dimensions that are padded, the last one first, with their two numbers."""
    return [(ndim - 1 - number, *padding[2 * number : 2 * number + 2]) for number in range(len(padding) // 2)]


def _along(ndim, axis, part):
    return (slice(None),) * axis + (part,) + (slice(None),) * (ndim - axis - 1)


def _edges(places, low, high):
    """The two borders of a dimension: which part they are, and where in the padded dimension their elements come from."""
    size = len(places) - high
    return [(slice(0, low), places[:low] + low), (slice(size, None), places[size:] + low)]


def _padded(array, padding, source):
    """The borders of a dimension are taken from what is padded already, so that few elements are looked up."""
    axes = _axes(array.ndim, padding)
    if min(padding) < 0:
        for axis, low, high in axes:
            array = array.take(source(array.shape[axis], low, high), axis)
        return array
    sizes, inner = list(array.shape), [slice(None)] * array.ndim
    for axis, low, high in axes:
        sizes[axis] += low + high
        inner[axis] = slice(low, low + array.shape[axis])
    padded = np.empty(sizes, array.dtype)
    padded[tuple(inner)] = array
    for axis, low, high in axes:
        inner[axis] = slice(None)
        part = padded[tuple(inner)]
        for edge, places in _edges(source(array.shape[axis], low, high), low, high):
            part[_along(array.ndim, axis, edge)] = part.take(places, axis)
    return padded


def _folded_back(grad, padding, sizes, source):
    """The gradient of `_padded`: what came from one element is added up there."""
    for axis, low, high in reversed(_axes(grad.ndim, padding)):
        size = sizes[axis]
        places = source(size, low, high)
        moved = np.moveaxis(grad, axis, 0)
        inner = np.zeros((size, *moved.shape[1:]), grad.dtype)
        start, end = max(low, 0), size + low + min(high, 0)
        if start < end:
            inner[start - low : end - low] = moved[start:end]
        for place, row in [*zip(places[:start], moved[:start]), *zip(places[end:], moved[end:])]:
            inner[place] += row
        grad = np.moveaxis(inner, 0, axis)
    return np.ascontiguousarray(grad)


def _declare(kind, ndim, source):
    """An operation for this many padded dimensions, with the backward that PyTorch has for it."""
    name, camel = f"{kind}_pad{ndim}d", f"{kind.capitalize()}Pad{ndim}D"

    @op(
        grad_output=lambda grad, padding: forward(grad, padding),
        self=lambda grad: grad.new_zeros(grad._array.shape),
        node=f"{camel}BackwardBackward0",
    )
    def backward(grad_output, self, padding):
        return as_suggested(_folded_back(grad_output, padding, self.shape, source), self)

    @op(
        self=lambda grad, self, padding: backward(grad, self, padding),
        jvp=LINEAR,
        node=f"{camel}Backward0",
    )
    def forward(self, padding):
        return as_suggested(_padded(self, padding, source), self)

    def call(self: Any, padding: Any) -> Any:
        padding = tuple(padding)
        _check(self._array, padding, ndim, kind == "reflection")
        if self._dtype is bool_:
            raise not_implemented(name, FROM_NUMPY[self._array.dtype])
        return forward(self, padding)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = (
        f"The last {ndim} dimensions with {'reflected' if kind == 'reflection' else 'repeated'} borders."
    )
    return call


def _check(array, padding, ndim, reflects):
    sizes = list(array.shape)
    if (
        0 in sizes[-ndim:]
        or (len(sizes) == ndim + 1 and not sizes[0])
        or (len(sizes) > ndim + 1 and not sizes[1])
    ):
        raise RuntimeError(
            f"Expected {ndim + 1}D or {ndim + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
            f"input, but got: {sizes}"
        )
    for number, (axis, low, high) in enumerate(_axes(len(sizes), padding)):
        if reflects and max(low, high) >= sizes[axis]:
            raise RuntimeError(
                f"Argument #{4 + 2 * number}: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({low}, {high}) at dimension {axis} of input {sizes}"
            )
    wanted = list(sizes)
    for axis, low, high in _axes(len(sizes), padding):
        wanted[axis] += low + high
        if ndim == 1 and wanted[axis] < 1:
            raise RuntimeError(f"input (W: {sizes[axis]}) is too small. Calculated output W: {wanted[axis]}")
    if min(wanted) < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(wanted)}: {wanted}")


reflection_pad1d, reflection_pad2d, reflection_pad3d = (
    _declare("reflection", n, _reflected) for n in (1, 2, 3)
)
replication_pad1d, replication_pad2d, replication_pad3d = (
    _declare("replication", n, _repeated) for n in (1, 2, 3)
)
