"""How a tensor's elements lie in memory: `torch.strided`, and the orders that `memory_format` names.

Source: "Tensor Attributes", "torch.layout" and "torch.memory_format".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .device import Public


class layout(metaclass=Public):  # noqa: N801 - PyTorch's own name
    """How a tensor keeps its elements: here always strided."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class memory_format(metaclass=Public):  # noqa: N801 - PyTorch's own name
    """How a copy is to lie in memory."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


strided = layout("strided")
sparse_coo, sparse_csr, sparse_csc = layout("sparse_coo"), layout("sparse_csr"), layout("sparse_csc")
sparse_bsr, sparse_bsc, jagged = layout("sparse_bsr"), layout("sparse_bsc"), layout("jagged")
_mkldnn = layout("_mkldnn")

contiguous_format = legacy_contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")

_ORDERS = {channels_last: (0, 2, 3, 1), channels_last_3d: (0, 2, 3, 4, 1)}  # outermost dimension first


def _order(form: memory_format, ndim: int) -> tuple[int, ...]:
    order = _ORDERS.get(form, tuple(range(ndim)))
    if len(order) != ndim:
        raise RuntimeError(f"required rank {len(order)} tensor to use {form.name} format")
    return order


def copied(array: Any, form: memory_format) -> Any:
    """A copy of the elements that lies in memory as `form` says."""
    order = _order(form, array.ndim)
    inverse = [order.index(axis) for axis in range(len(order))]
    return np.asarray(array).transpose(order).copy("C").transpose(inverse)


def is_laid_out(array: Any, form: memory_format) -> bool:
    """Whether the elements lie in memory as `form` says."""
    if form in _ORDERS and len(_ORDERS[form]) != array.ndim:
        return False
    return array.transpose(_order(form, array.ndim)).flags.c_contiguous


def suggested(array: Any) -> memory_format | None:
    """The order with the channels last that an array's strides show, if they do."""
    form = {4: channels_last, 5: channels_last_3d}.get(array.ndim)
    if form is None:
        return None
    order, least = _ORDERS[form], 0
    for axis in (1, *order[:0:-1][1:], 0):
        size, stride = array.shape[axis], array.strides[axis]
        if (
            not size
            or stride < least
            or (axis == 1 and not stride)
            or (axis == 0 and least == array.strides[1])
        ):
            return None
        least = stride * size if size > 1 else stride
    return form


def _first_suggested(arrays: Any) -> memory_format | None:
    return next((form for each in arrays if not each.flags.c_contiguous and (form := suggested(each))), None)


def as_suggested(result: Any, *sources: Any) -> Any:
    """An array with the channels last in memory, if one of the arrays behind it has them there."""
    form = _first_suggested(sources)
    return result if form is None else copied(result, form)


def keep_channels_last(result: Any, *sources: Any) -> Any:
    """Have a result lie in memory with the channels last, as the first of the tensors behind it that does.

    Of several examples, it stays as it is: no program inside of `vmap` sees it.
    """
    if result._of_examples:
        return result
    form = _first_suggested([each._array for each in sources])
    if form is not None:
        result._array = copied(result._array, form)
    return result
