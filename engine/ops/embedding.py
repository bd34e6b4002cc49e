"""Rows of a table by their numbers: embedding, one_hot, and the table's gradient.

Source: torch.nn.functional, "Sparse functions".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import memory, storage
from ..dtypes import int32, int64
from ..grad_mode import mode
from ..histories import refresh_views
from ..op import LINEAR, op, wrap
from .creation import arange
from .refusals import check_plain, check_tensor
from .row_sums import sum_rows


def check_indices(indices: Any, function: str) -> None:
    """Raise PyTorch's `RuntimeError` for indices that are neither int64 nor int32."""
    if indices._dtype not in (int64, int32):
        name = indices._dtype.legacy_name
        shown = f"CPU{name}Type" if name == "Bool" else f"torch.{name}Tensor"
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{shown} instead (while checking arguments for {function})"
        )


# ---- embedding ---------------------------------------------------------------------------------------------


def _embedding_backward(grad, indices, padding_idx, scale_grad_by_freq, sparse, weight_sym_argsize_0):
    if sparse:
        if scale_grad_by_freq:
            raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
        return sparse_rows(grad, indices, padding_idx, weight_sym_argsize_0)
    return _embedding_dense_backward(grad, indices, weight_sym_argsize_0, padding_idx, scale_grad_by_freq)


def sparse_rows(rows: Any, indices: Any, padding_idx: int, count: int) -> Any:
    """The gradient of a table of `count` rows as a sparse tensor: a row for each index."""
    from ..sparse_tensors import SparseTensor

    places = indices._array.reshape(1, -1).astype(np.int64)
    rows = rows.reshape(-1, rows.shape[-1])
    if padding_idx >= 0:
        kept = places[0] != padding_idx
        if not kept.all():
            places, rows = places[:, kept], rows[wrap(kept)]
    return SparseTensor(places, rows, (count, rows.shape[-1]))


@op(weight=_embedding_backward, jvp=LINEAR, node="EmbeddingBackward0")
def _embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse):
    places = indices._array
    if places.size and places.min() < 0:
        raise IndexError("index out of range in self")
    try:
        return np.take(weight, places, axis=0)
    except IndexError:
        if not len(weight):
            raise RuntimeError("index_select(): self indexing axis dim should be positive") from None
        raise IndexError("index out of range in self") from None


def _second_backward(grad, indices, padding_idx):
    sizes = (*indices._array.shape, grad._array.shape[1])
    rows = grad.index_select(0, indices.reshape(-1)).view(sizes)
    if padding_idx < 0:
        return rows
    return rows.masked_fill((indices == padding_idx).unsqueeze(-1), 0)


@op(grad=_second_backward, jvp=LINEAR, node="EmbeddingDenseBackwardBackward0")
def _embedding_dense_backward(grad, indices, num_weights, padding_idx, scale_grad_by_freq):
    places = indices._array.reshape(-1)
    rows = grad.reshape(-1, grad.shape[-1])
    if scale_grad_by_freq:
        rows = rows * (1 / np.bincount(places)[places]).astype(rows.dtype)[:, None]
    if padding_idx >= 0:
        kept = places != padding_idx
        if not kept.all():
            places, rows = places[kept], rows[kept]
    return sum_rows(places, rows, num_weights)


def embedding(
    weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False
) -> Any:
    """The rows of `weight` that `indices` name; the row `padding_idx` gets no gradient."""
    check_tensor(weight, "embedding", "weight")
    check_tensor(indices, "embedding", "indices", 2)
    check_plain(padding_idx, int, "embedding", "padding_idx", 3)
    check_plain(scale_grad_by_freq, bool, "embedding", "scale_grad_by_freq", 4)
    check_plain(sparse, bool, "embedding", "sparse", 5)
    if weight._array.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    check_indices(indices, "embedding")
    return _embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse)


def embedding_renorm_(self: Any, indices: Any, max_norm: float, norm_type: float) -> Any:
    """Scale down, in place, the rows that `indices` name and whose norm is larger than `max_norm`."""
    if self._array.ndim != 2:
        raise RuntimeError(f"self must be a 2-D tensor, got {self._array.ndim}-D")
    check_indices(indices, "embedding_renorm_")
    places = np.unique(indices._array)
    norms = wrap(self._array[places]).norm(norm_type, 1)._array.astype(np.float64)
    over = norms > max_norm
    scales = (max_norm / (norms[over] + 1e-7)).astype(self._array.dtype)
    memory(self)[places[over]] *= scales[:, None]
    storage(self).version += 1
    refresh_views(self)
    return self


# ---- one_hot -----------------------------------------------------------------------------------------------


def one_hot(input: Any, num_classes: int = -1) -> Any:
    """A last dimension that is 1 at the place that `input` names, and 0 elsewhere."""
    check_tensor(input, "one_hot")
    if input._dtype is not int64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if mode.recording > 1:
        return (input.unsqueeze(-1) == arange(num_classes)).long()
    places = np.asarray(input._array)
    if not places.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return wrap(np.zeros((*places.shape, num_classes), np.int64))
    if places.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    largest = int(places.max())
    if num_classes == -1:
        num_classes = largest + 1
    elif largest >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    ones = np.zeros((*places.shape, num_classes), np.int64)
    np.put_along_axis(ones, places[..., None], 1, -1)
    result = wrap(ones)
    storage(result).version = 2  # PyTorch writes zeros and ones in place
    return result
