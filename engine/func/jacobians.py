"""`jacrev`, `jacfwd` and `hessian`: all derivatives at once, as `vmap` of `vjp` and `jvp` over unit vectors.

Source: torch.func, "torch.func.jacrev" and the pages beside it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from ..base import TensorBase
from ..ops import joining, views
from .arguments import chosen
from .eager import vjp_by
from .forward import jvp_by
from .pytree import flatten, map_leaves, unflatten
from .vmap import check_randomness, vmap


def _refuse_complex(name: str, values: Any, what: str) -> None:
    for index, each in enumerate(flatten(values)[0]):
        if isinstance(each, TensorBase) and each._dtype.is_complex:
            raise RuntimeError(
                f"{name}: Expected all {what} to be real but received complex tensor at flattened input idx: {index}"
            )


def _unit_vectors(like: Sequence[Any], start: int, stop: int) -> list[Any]:
    """Rows `start` to `stop` of the identity matrix, cut into parts of the sizes of the tensors."""
    parts = []
    offset = 0
    for each in like:
        size = math.prod(each._array.shape)
        part = each.new_zeros(stop - start, size)
        first, last = max(start, offset), min(stop, offset + size)
        if first < last:
            views_of_diagonal = part[first - start : last - start, first - offset : last - offset].diagonal()
            views_of_diagonal.fill_(1)
        parts.append(part.view(stop - start, *each._array.shape))
        offset += size
    return parts


def jacrev(
    func: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """The Jacobian of `func`, row by row: one `vjp` for each element of the output, all at once."""
    if not (chunk_size is None or chunk_size > 0):
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        _refuse_complex("jacrev", args, "inputs")
        output, pull, *aux = vjp_by(func, args, argnums, has_aux)
        _refuse_complex("jacrev", output, "outputs")
        outputs, out_spec = flatten(output)
        inputs, in_spec = flatten(chosen(args, argnums))
        total = sum(each.numel() for each in outputs)
        chunks = []
        for start in range(0, total, chunk_size or total or 1):
            stop = min(total, start + (chunk_size or total))
            basis = _unit_vectors(outputs, start, stop)
            if chunk_size == 1:
                pulled = pull(unflatten([each.squeeze(0) for each in basis], out_spec))
                chunks.append([each.unsqueeze(0) for each in flatten(pulled)[0]])
            else:
                chunks.append(flatten(vmap(pull)(unflatten(basis, out_spec)))[0])
        if not chunks:
            chunks = [[each.new_zeros(0, *each.shape) for each in inputs]]
        columns = [rows[0] if len(rows) == 1 else joining.cat(list(rows)) for rows in zip(*chunks)]
        jacobian = _rows_of(outputs, inputs, columns)
        found = unflatten([unflatten(each, in_spec) for each in jacobian], out_spec)
        return (found, *aux) if has_aux else found

    return wrapper


def _rows_of(outputs: Sequence[Any], inputs: Sequence[Any], columns: Sequence[Any]) -> list[list[Any]]:
    """For each output and input the part of the Jacobian that belongs to them."""
    sizes = [each.numel() for each in outputs]
    cut = [joining.split(column, sizes, 0) for column in columns]
    return [
        [part[index].view(*output._array.shape, *each._array.shape) for part, each in zip(cut, inputs)]
        for index, output in enumerate(outputs)
    ]


def jacfwd(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """The Jacobian of `func`, column by column: one `jvp` for each element of the input, all at once."""

    @functools.wraps(func)
    def wrapper(*args: Any) -> Any:
        _refuse_complex("jacfwd", args, "inputs")
        by = args if argnums is None else chosen(args, argnums)
        inputs, in_spec = flatten(by)
        sizes = [each.numel() for each in inputs]
        basis = unflatten(_unit_vectors(inputs, 0, sum(sizes)), in_spec)

        def push(direction: Any) -> Any:
            output, change, *aux = jvp_by(func, args, direction, argnums, False, has_aux)
            _refuse_complex("jacfwd", output, "outputs")
            return (change, *aux) if has_aux else change

        check_randomness(randomness)
        changes = vmap(push, randomness=randomness)(basis)
        aux = None
        if has_aux:
            changes, aux = changes
            aux = map_leaves(lambda each: each[0], aux)
        outputs, out_spec = flatten(changes)
        jacobian = [unflatten(_columns_of(each, inputs, sizes), in_spec) for each in outputs]
        found = unflatten(jacobian, out_spec)
        return (found, aux) if has_aux else found

    return wrapper


def _columns_of(change: Any, inputs: Sequence[Any], sizes: Sequence[int]) -> list[Any]:
    """For each input the part of an output's changes that belongs to it; the examples become the last dimensions."""
    rank = len(change._array.shape)
    last = views.permute(change, *range(1, rank), 0)
    return [
        views.reshape(part, (*part._array.shape[:-1], *each._array.shape))
        for part, each in zip(joining.split(last, list(sizes), -1), inputs)
    ]


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """The second derivatives: `jacfwd` of `jacrev`."""
    return jacfwd(jacrev(func, argnums), argnums)
