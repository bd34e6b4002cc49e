"""Sums, means or maxima of bags of an embedding's rows.

Source: torch.nn.functional.embedding_bag.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import op, wrap
from .embedding import check_indices, sparse_rows
from .operands import in_single
from .refusals import no_forward_mode, underivable
from .row_sums import sum_rows

SUM, MEAN, MAX = range(3)


def _bag_backward(
    grads,
    indices,
    result1,
    result2,
    result3,
    per_sample_weights,
    weight_sym_argsize_0,
    scale_grad_by_freq,
    mode,
    sparse,
    padding_idx,
):
    if sparse:
        return _sparse_rows(
            grads[0], indices, result1, result2, per_sample_weights, weight_sym_argsize_0, mode, padding_idx
        )
    numbers = [indices, result1, result2, result3]
    if per_sample_weights is None:
        plan = (*numbers, weight_sym_argsize_0, scale_grad_by_freq, mode, padding_idx)
        return _embedding_bag_backward(grads[0], *plan)
    plan = (*numbers, weight_sym_argsize_0, scale_grad_by_freq, mode, padding_idx)
    return _weighted_bag_backward(grads[0], per_sample_weights, *plan)


def _sparse_rows(grad, indices, bags, sizes, weights, count, mode, padding_idx):
    """The gradient of the table as a sparse tensor: that of each bag, at all of its rows."""
    rows = grad.index_select(0, bags)
    if mode == MEAN:
        rows = rows / sizes.clamp(min=1).to(rows._dtype).index_select(0, bags).unsqueeze(1)
    if weights is not None:
        rows = rows * weights.unsqueeze(1)
    return sparse_rows(rows, indices, padding_idx, count)


def _spread(grad, indices, bags, sizes, largest, count, scale_grad_by_freq, mode, padding_idx, weights=None):
    """The gradient of the table: that of each bag, at all of its rows."""
    width = grad.shape[1]
    if mode == MAX:
        filled = sizes > 0
        places = (largest[filled] * width + np.arange(width)).reshape(-1)
        return sum_rows(places, grad[filled].reshape(-1, 1), count * width).reshape(count, width)
    rows = grad[bags]
    if mode == MEAN:
        rows /= np.maximum(sizes, 1).astype(rows.dtype)[bags][:, None]
    if weights is not None:
        rows *= weights[:, None]
    if scale_grad_by_freq:
        rows *= _by_frequency(indices, rows.dtype)[:, None]
    kept = indices != padding_idx
    return sum_rows(indices[kept], rows[kept], count)


def _by_frequency(indices, dtype):
    """What PyTorch divides by: for the n-th of the different indices, how often the n-th of all of them in order occurs."""
    _, number, counts = np.unique(indices, return_inverse=True, return_counts=True)
    in_order = np.sort(number)[: counts.size]
    return (1 / counts[in_order][number]).astype(dtype)


@underivable("_embedding_bag_backward", "grad")
def _embedding_bag_backward(
    grad,
    indices,
    offset2bag,
    bag_size,
    maximum_indices,
    num_weights,
    scale_grad_by_freq,
    mode,
    padding_idx,
):
    arrays = [each._array for each in (indices, offset2bag, bag_size, maximum_indices)]
    return _spread(grad, *arrays, num_weights, scale_grad_by_freq, mode, padding_idx)


@underivable("_embedding_bag_backward", "grad", "per_sample_weights")
def _weighted_bag_backward(
    grad,
    per_sample_weights,
    indices,
    offset2bag,
    bag_size,
    maximum_indices,
    num_weights,
    scale_grad_by_freq,
    mode,
    padding_idx,
):
    arrays = (indices, offset2bag, bag_size, maximum_indices)
    return _spread(
        grad, *arrays, num_weights, scale_grad_by_freq, mode, padding_idx, weights=per_sample_weights
    )


for _operation in (_embedding_bag_backward, _weighted_bag_backward):
    _operation.declaration.node_class.__name__ = "EmbeddingBagBackwardBackward0"
    _operation.declaration.node_class.name = lambda node: "EmbeddingBagBackwardBackward0"


@underivable("_embedding_bag_per_sample_weights_backward", "grad", "weight")
def _per_sample_weights_backward(grad, weight, indices, offset2bag, padding_idx):
    found = in_single(lambda *rows: np.einsum("ij,ij->i", *rows), grad[offset2bag], weight[indices])
    found[indices == padding_idx] = 0
    return found


@op(
    weight=_bag_backward,
    per_sample_weights=lambda grads, weight, indices, result1, padding_idx: _per_sample_weights_backward(
        grads[0], weight, indices, result1, padding_idx
    ),
    outputs=("result0", "result1", "result2", "result3"),
    jvp=no_forward_mode("_embedding_bag"),
    node="EmbeddingBagBackward0",
)
def _embedding_bag(
    weight,
    indices,
    offsets,
    scale_grad_by_freq,
    mode,
    sparse,
    per_sample_weights,
    include_last_offset,
    padding_idx,
):
    starts = offsets[:-1] if include_last_offset else offsets
    ends = np.append(starts[1:], indices.size)  # the last bag is as large as if there were no last offset
    lengths = (ends[: starts.size] - starts).astype(indices.dtype)
    bags = np.repeat(np.arange(starts.size, dtype=indices.dtype), lengths)
    indices = indices[: bags.size]
    kept = indices != padding_idx
    sizes = np.bincount(bags[kept], minlength=starts.size).astype(indices.dtype)
    if mode == MAX:
        largest, rows = _largest(weight, indices, bags, kept, starts.size)
        return rows, bags, sizes, largest
    if include_last_offset:  # only the sums heed the last offset
        kept = kept & (np.arange(indices.size) < offsets[-1])
    rows = weight[indices[kept]]
    if per_sample_weights is not None:
        rows *= per_sample_weights[: bags.size][kept][:, None]
    found = _sums(rows, bags[kept], starts.size)
    if mode == MEAN:
        found /= np.maximum(sizes, 1).astype(found.dtype)[:, None]
    return found, bags, sizes, sizes.copy()


def _sums(rows, bags, count):
    length = len(rows) // count if count else 0
    if length and len(rows) == length * count:
        number = np.arange(count)
        if (bags[::length] == number).all() and (bags[length - 1 :: length] == number).all():
            return np.add.reduce(rows.reshape(count, length, -1), axis=1)
    return sum_rows(bags, rows, count)


def _largest(weight, indices, bags, kept, count):
    """Where in the table the largest element of each bag stands, the first of equal ones, and these elements."""
    indices, bags = indices[kept], bags[kept]
    starts = np.searchsorted(bags, np.arange(count))
    lengths = np.searchsorted(bags, np.arange(count), "right") - starts
    width = int(lengths.max(initial=0))
    largest = np.zeros((count, weight.shape[1]), indices.dtype)
    if not width:
        return largest, largest.astype(weight.dtype)
    at = starts[:, None] + np.arange(width)
    beyond = np.arange(width) >= lengths[:, None]
    at[beyond] = 0
    numbers = indices[at]
    rows = weight[numbers]
    rows[beyond] = -np.inf
    first = rows.argmax(axis=1)
    values = np.take_along_axis(rows, first[:, None], 1)[:, 0]
    largest[...] = np.take_along_axis(numbers, first, 1)
    empty = lengths == 0
    largest[empty], values[empty] = 0, 0
    return largest, values


def embedding_bag(
    weight: Any,
    indices: Any,
    offsets: Any,
    scale_grad_by_freq: bool = False,
    mode: int = SUM,
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Any, Any, Any, Any]:
    """The bags, to which bag each index belongs, how large each bag is, and where its maxima stand."""
    _check(weight, indices, offsets, per_sample_weights)
    if include_last_offset and not offsets._array.size:
        raise RuntimeError("include_last_offset: number of offset should be at least 1")
    padding = -1 if padding_idx is None else padding_idx
    count = weight._array.shape[0]
    if padding_idx is not None and not -count <= padding_idx < count:
        raise RuntimeError(
            f"padding_idx must be within the number of embeddings, {-count} through {count - 1}, but got {padding_idx}"
        )
    if padding < 0 and padding_idx is not None:
        padding += weight._array.shape[0]
    options = (scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, padding)
    found = _embedding_bag(weight, indices, offsets, *options)
    if mode == SUM and not weight.requires_grad:  # then PyTorch does not fill the others
        zeros = np.zeros_like(found[2]._array)
        empty = wrap(np.empty(0, zeros.dtype))
        return found[0], empty, wrap(zeros), wrap(zeros.copy())
    return found


def _check(weight: Any, indices: Any, offsets: Any, per_sample_weights: Any) -> None:
    check_indices(indices, "embedding_bag")
    check_indices(offsets, "embedding_bag")
    places, starts = indices._array, offsets._array
    if starts.size and starts[0]:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got "
            f"{starts[0]}\n[ {_tensor_type(offsets)}{{}} ]"
        )
    if starts.size and starts[-1] > places.size:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {places.size} but got offsets[-1] of {starts[-1]}"
        )
    if per_sample_weights is not None and per_sample_weights._dtype is not weight._dtype:
        raise RuntimeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 'per_sample_weights'; but type "
            f"{_tensor_type(weight)} does not equal {_tensor_type(per_sample_weights)} (while checking arguments for embedding_bag)"
        )
    if (starts[1:] < starts[:-1]).any():
        raise RuntimeError(
            "Expected i < index_size to be true, but got false.  (Could this error message be improved?  If so, please report an "
            "enhancement request to PyTorch.)"
        )
    outside = np.flatnonzero((places < 0) | (places >= weight._array.shape[0]))
    if outside.size:
        raise RuntimeError(
            f"Index {outside[0]} of input takes value {places[outside[0]]} which is not in the valid range [0, "
            f"{weight._array.shape[0]})"
        )


def _tensor_type(tensor: Any) -> str:
    return f"torch.{tensor._dtype.legacy_name}Tensor"
