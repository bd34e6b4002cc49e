"""Sequences of several lengths in one tensor: packed, or padded.

Source: torch.nn.utils.rnn.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..base import TensorBase, storage
from ..dtypes import int64
from ..op import LINEAR, op, wrap
from . import creation
from .refusals import check_tensor
from .slicing import narrow, select, slice_op
from .views import transpose

_NOT_SORTED = (
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to "
    "pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability."
)


def sorted_descending(lengths: Any) -> tuple[Any, Any]:
    """The lengths from the longest, and where each was; equal ones as PyTorch's sort leaves them: in their order."""
    order = np.argsort(-lengths._array, kind="stable")
    return wrap(lengths._array[order], int64), wrap(order, int64)


def _runs(sizes: Any) -> list[tuple[int, int, int]]:
    """Steps with equally many sequences: first step, end, and how many sequences."""
    cuts = [0, *(np.flatnonzero(np.diff(sizes)) + 1).tolist(), len(sizes)]
    return [(start, end, int(sizes[start])) for start, end in pairwise(cuts)]


def _pack_backward(grad, result1, input_sym_sizes, batch_first):
    steps, batch, *sizes = input_sym_sizes if not batch_first else _exchanged(input_sym_sizes)
    found = np.zeros((steps, batch, *sizes), grad._array.dtype)
    offset = 0
    for start, end, size in _runs(result1._array):
        stop = min(end, steps)
        rows = grad._array[offset : offset + (stop - start) * size]
        found[start:stop, :size] = rows.reshape(stop - start, size, *sizes)
        offset += len(rows)
    result = wrap(found.swapaxes(0, 1) if batch_first else found)
    storage(result).version = len(result1._array) + 1  # filled step by step in PyTorch
    return result


def _exchanged(sizes):
    return sizes[1], sizes[0], *sizes[2:]


@op(
    input=lambda grads, result1, input_sym_sizes, batch_first: _pack_backward(
        grads[0], result1, input_sym_sizes, batch_first
    ),
    outputs=("result0", "result1"),
    jvp=LINEAR,
    node="PackPaddedSequenceBackward0",
)
def _pack(input, batch_first, sizes):
    steps = input.swapaxes(0, 1) if batch_first else input
    parts = [steps[start:end, :size].reshape(-1, *steps.shape[2:]) for start, end, size in _runs(sizes)]
    return np.concatenate(parts), sizes


def pack_padded_sequence(input: Any, lengths: Any, batch_first: bool) -> tuple[Any, Any]:
    """The sequences time step after time step, and how many reach each."""
    found = lengths._array
    if found.ndim != 1 or lengths._dtype is not int64:
        raise RuntimeError(
            f"'lengths' argument should be a 1D CPU int64 tensor, but got {found.ndim}D cpu {lengths._dtype.legacy_name} tensor"
        )
    check_tensor(input, "_pack_padded_sequence")
    if not input._array.size:
        raise RuntimeError("Cannot pack empty tensors.")
    if not batch_first and input._array.ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input._array.ndim}, {input._array.ndim - 1}], but got 1)"
        )
    batch = input._array.shape[0 if batch_first else 1]
    if len(found) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(found)} (batch_size={batch})"
        )
    if found[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if (np.diff(found) > 0).any():
        raise RuntimeError(_NOT_SORTED)
    sizes = (found[None, :] > np.arange(found[0])[:, None]).sum(1)
    data, batch_sizes = _pack(input, batch_first, sizes)
    return data, batch_sizes


def pad_packed_sequence(
    data: Any, batch_sizes: Any, batch_first: bool, padding_value: float, length: int
) -> tuple[Any, Any]:
    """The sequences side by side, filled up to this length, and their own lengths."""
    sizes = batch_sizes._array
    count = int(sizes[0])
    output = creation.full((length, count, *data._array.shape[1:]), padding_value, dtype=data._dtype)
    storage(output).version = 1  # filled in place in PyTorch, which the version shows
    offset = 0
    for start, end, size in _runs(sizes):
        rows = size * (end - start)
        part = slice_op(data, 0, offset, offset + rows, 1)
        target = slice_op(slice_op(output, 0, start, end, 1), 1, 0, size, 1)
        target.copy_(part.view(end - start, size, *data._array.shape[1:]))
        offset += rows
    lengths = (sizes[:, None] > np.arange(count)[None, :]).sum(0)
    return (transpose(output, 0, 1) if batch_first else output), wrap(lengths, int64)


def pad_sequence(
    sequences: tuple[Any, ...], batch_first: bool, padding_value: float, padding_side: str
) -> Any:
    """Sequences side by side, the shorter ones filled up."""
    for index, each in enumerate(sequences):
        if not isinstance(each, TensorBase):
            raise TypeError(
                f"expected Tensor as element {index} in argument 0, but got {type(each).__name__}"
            )
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    first: Any = sequences[0]
    if not first._array.ndim:
        raise RuntimeError("ArrayRef: invalid slice, N = 1; size = 0")
    lengths = [each._array.shape[0] for each in sequences]
    longest, count = max(lengths), len(sequences)
    sizes = (count, longest) if batch_first else (longest, count)
    output = creation.full((*sizes, *first._array.shape[1:]), padding_value, dtype=first._dtype)
    storage(output).version = 1
    for index, (each, length) in enumerate(zip(sequences, lengths)):
        start = 0 if padding_side == "right" else longest - length
        if batch_first:
            target = narrow(select(output, 0, index), 0, start, length)
        else:
            target = select(narrow(output, 0, start, length), 1, index)
        target.copy_(each)
    return output
