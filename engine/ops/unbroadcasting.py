"""Gradients of broadcast operands without the broadcast gradient in between: many elements are gone through once.

Where nothing is recorded, the product of a gradient and the other factor is summed as it is made, and a difference's
gradient is negated when it is small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base import elements
from ..grad_mode import mode
from ..node import reduce_to_inputs
from ..op import wrap
from ..saved import unpack

_MANY = 1 << 13  # elements of a gradient from which this pays
_LONGEST = 1 << 6  # so many terms may be added one by one; the sums of more are added up in turn
_PIECES = 64


def _is_broadcast(grad: Any, wanted: Any) -> bool:
    """Whether an operand of the wanted shape and type gets the sum of a gradient of many elements."""
    shape, dtype = wanted
    return grad._dtype is dtype and elements(grad).shape != shape and dtype.numpy.char in "fd"


def _expected(node: Any) -> Any:
    """To which shapes and types a node's gradients are to be reduced; None where they arrive as they are wanted."""
    return None if node._extras is None else node._extras.expected


def of_difference(node: Any, grad: Any, edges: Any) -> Sequence[Any]:
    """The gradients of a difference's operands, in their shapes and types."""
    wanted = _expected(node)
    if (
        edges[1] is None
        or mode.recording
        or wanted is None
        or grad._shares is not None
        or grad._array.size < _MANY
        or not _is_broadcast(grad, wanted[1])
    ):
        return reduce_to_inputs(node, node.apply(grad, edges))
    one = None if edges[0] is None else grad
    return [
        *reduce_to_inputs(node, (one, None))[:1],
        -grad._reduce_to(*wanted[1], node, 1),
    ]


def of_product(node: Any, grad: Any, edges: Any) -> Sequence[Any]:
    """The gradients of a product's operands, in their shapes and types."""
    expected = _expected(node)
    if mode.recording or expected is None or node._packed or elements(grad).size < _MANY:
        return reduce_to_inputs(node, node.apply(grad, edges))
    found = [None, None]
    factors, formulas = (node._kept_other, node._kept_self), (node.vjp, node.vjp_of_other)
    for index in (1, 0):  # in the order of the node
        wanted = expected[index]
        if edges[index] is None:
            continue
        if wanted is not None and _is_broadcast(grad, wanted):
            found[index] = _summed_product(grad, unpack(factors[index], node), wanted[0])
        if found[index] is None:
            found[index] = formulas[index](grad)
    return reduce_to_inputs(node, found)


def _shared_product(grad: Any, factor: Any, kept: list[int]) -> Any:
    """The same for a gradient that does not differ along the summed dimensions: the factor's sums, multiplied."""
    sizes = (1,) * (len(grad._sizes) - factor.ndim) + factor.shape
    summed = tuple([size if axis in kept else 1 for axis, size in enumerate(sizes)])
    sums = wrap(factor.reshape(sizes), grad._dtype)._reduce_to(summed, grad._dtype)
    return wrap(sums._array * grad._shares, grad._dtype)


def _summed_product(grad: Any, factor: Any, shape: tuple[int, ...]) -> Any:
    """`grad * factor`, summed to a shape; None where that has to be made in the usual way.

    Leading dimensions of size 1 are left to be taken away, and pieces along the first one to be added up.
    """
    array, other = elements(grad), getattr(factor, "_array", None)
    if other.__class__ is not np.ndarray or other.dtype is not array.dtype:
        return None
    sizes = (1,) * (array.ndim - len(shape)) + shape
    places = [axis for axis, size in enumerate(sizes) if size != 1]
    if any(array.shape[axis] != sizes[axis] for axis in places) or array.ndim > 8:
        return None
    if grad._shares is not None and not any(
        size != 1 and axis not in places for axis, size in enumerate(grad._shares.shape)
    ):
        return _shared_product(grad, other, places)
    terms = array.size // max(1, math.prod(shape))
    longest = _LONGEST if array.ndim - 1 in places else 16 * _LONGEST  # along memory, several at once
    rows = len(array)
    step = rows if 0 in places else max(1, longest * rows // terms)
    if terms * step > longest * rows or rows > _PIECES * step:
        return None
    axes = list(range(array.ndim))
    lead = array.ndim - other.ndim
    wide = [lead + axis for axis, size in enumerate(other.shape) if size != 1]
    squeezed = other.reshape([size for size in other.shape if size != 1])
    found = [
        np.einsum(
            array[start : start + step],
            axes,
            squeezed[start : start + step] if 0 in wide else squeezed,
            wide,
            places,
        )
        for start in range(0, rows, step)
    ]
    return wrap(np.stack(found).reshape(rows if 0 in places else len(found), *sizes[1:]), grad._dtype)
