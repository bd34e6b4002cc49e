"""Scaled dot product attention: as one operation, and composed of others.

Source: torch.nn.functional.scaled_dot_product_attention; Vaswani et al., "Attention is all you need" (2017); Dao, "FlashAttention-2"
(2023).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from .. import dtypes
from ..op import op, wrap
from .activations import _softmax_array, _softmax_backward_data
from .arithmetic import mul_scalar
from .arranging import tril
from .creation import ones
from .linalg import matmul
from .lstm import show_inputs
from .operands import in_single
from .refusals import no_forward_mode
from .views import transpose

# ---- composed ----------------------------------------------------------------------------------------------


@op(
    self=lambda grad, dim, result: _softmax_backward_data(grad, result, dim),
    jvp=lambda self_p, self_t, dim, result: result * (self_t - (result * self_t).sum(dim, True)),
    node="SafeSoftmaxBackward0",
)
def safe_softmax(self, dim):
    """`softmax` that gives zeros where everything is masked out."""
    found = in_single(_softmax_array, self, dim)
    masked = np.maximum.reduce(self, axis=dim, keepdims=True, initial=-np.inf) == -np.inf
    if masked.any():
        found = np.where(masked, found.dtype.type(0), found)
    return found


def composed_attention(
    query: Any,
    key: Any,
    value: Any,
    mask: Any,
    dropout_p: float,
    is_causal: bool,
    scale: Any,
    enable_gqa: bool,
) -> Any:
    """Attention by products and a softmax; in float32 for smaller types."""
    dtype = query._dtype
    if dtype in (dtypes.float16, dtypes.bfloat16):
        query, key, value = query.float(), key.float(), value.float()
        if mask is not None and mask._dtype.category == dtypes.FLOATING:
            mask = mask.float()
    if is_causal:
        if mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        mask = as_added(tril(ones(query._array.shape[-2], key._array.shape[-2], dtype=dtypes.bool_)), query)
    if enable_gqa:
        key, value = _repeated(key, query), _repeated(value, query)
    if dtype.category <= dtypes.INTEGER:  # as a number makes it; what is wrong about `value` is said below
        query, key = query.float(), key.float()
    factor = _scale_of(query, scale)
    root = math.sqrt(abs(factor))
    query = mul_scalar(query, math.copysign(root, factor))
    scores = matmul(query, mul_scalar(transpose(key, -2, -1), root))
    if mask is not None:
        scores = scores.add_(mask)
    weights = safe_softmax(scores, -1)
    if dropout_p > 0:
        from .dropout import dropout

        weights = dropout(weights, dropout_p, True)
    return matmul(weights, value).to(dtype)


def _scale_of(query: Any, scale: Any) -> float:
    return 1 / math.sqrt(query._array.shape[-1]) if scale is None else scale


def as_added(mask: Any, query: Any) -> Any:
    """A mask of what takes part as one to be added to the scores: -inf where something does not."""
    if mask._dtype is not dtypes.bool_:
        return mask
    kind = query._dtype.numpy.type
    return wrap(np.where(mask._array, kind(0), kind(-np.inf)), query._dtype)


def _repeated(tensor: Any, query: Any) -> Any:
    """Heads of keys or values once for each head of the queries."""
    count, wanted = tensor._array.shape[-3], query._array.shape[-3]
    if wanted % count:  # PyTorch's sentence ends there
        raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
    if count == wanted:
        return tensor
    return tensor.repeat_interleave(wanted // count, -3)


# ---- as one operation --------------------------------------------------------------------------------------


def _not_differentiable(grads):
    raise RuntimeError(
        "derivative for aten::_scaled_dot_product_flash_attention_for_cpu_backward is not implemented"
    )


@op(tensors=_not_differentiable, outputs=("query", "key", "value"), exact=True, node="NotImplemented")
def _flash_attention_backward(tensors, weights, sums, scale):
    """The gradients of query, key and value."""
    return _gradients(*tensors, weights, sums, scale)


_flash_attention_backward.declaration.node_class.name = lambda node: "torch::autograd::NotImplemented"


def _gradients(grad, query, key, value, output, weights, sums, scale):
    kind = query.dtype
    if weights.dtype != kind:
        grad, query, key, value, output = (
            each.astype(weights.dtype) for each in (grad, query, key, value, output)
        )
    groups = query.shape[1] // key.shape[1]
    keys, values = _for_queries(key, groups), _for_queries(value, groups)
    grad = grad / sums  # instead of the weights, which are more
    of_values = np.matmul(weights.swapaxes(-1, -2), grad)
    of_scores = np.matmul(grad, values.swapaxes(-1, -2))
    of_scores -= np.einsum("...i,...i->...", grad, output)[..., None]
    of_scores *= weights
    of_queries = np.matmul(of_scores, keys)
    of_queries *= of_queries.dtype.type(scale)
    of_keys = np.matmul(of_scores.swapaxes(-1, -2), query)
    of_keys *= of_keys.dtype.type(scale)
    found = of_queries, _by_group(of_keys, groups), _by_group(of_values, groups)
    return tuple([each if each.dtype == kind else each.astype(kind) for each in found])


def _for_queries(array, groups):
    return array if groups == 1 else np.repeat(array, groups, axis=1)


def _by_group(array, groups):
    if groups == 1:
        return array
    batch, heads, *sizes = array.shape
    return array.reshape(batch, heads // groups, groups, *sizes).sum(2)


def _flash_backward(
    grads, tensors, output, logsumexp, weights, sums, dropout_p, is_causal, attn_mask, scale, scale_geometry
):
    found = _flash_attention_backward([grads[0], *tensors, output], weights, sums, scale_geometry)
    if (node := found[0]._node) is not None:
        node._edges = tuple([edge for edge in node._edges if edge is not None])  # PyTorch's has no others
    return list(found)


@op(
    tensors=_flash_backward,
    outputs=("output", "logsumexp", "weights", "sums"),
    exact=True,
    jvp=no_forward_mode("_scaled_dot_product_flash_attention_for_cpu"),
    node="ScaledDotProductFlashAttentionForCpuBackward0",
)
def flash_attention(tensors, dropout_p, is_causal, attn_mask, scale, scale_geometry):
    """The attention, the logarithms of the sums in its softmax, and for backward the weights and what they are divided by."""
    query, key, value = tensors
    kind = query.dtype
    if kind.char not in "fd":
        query, key, value = (each.astype(np.float32) for each in tensors)
    groups = query.shape[1] // key.shape[1]
    keys, values = _for_queries(key, groups), _for_queries(value, groups)
    weights = np.matmul(query * query.dtype.type(scale_geometry), keys.swapaxes(-1, -2))
    if attn_mask is not None:
        weights += attn_mask
    if is_causal:
        weights += _causal(*weights.shape[-2:], weights.dtype.char)
    highest = np.maximum.reduce(weights, axis=-1, keepdims=True)
    if attn_mask is not None:
        highest[highest == -np.inf] = 0
    weights -= highest
    np.exp(weights, out=weights)
    sums = np.add.reduce(weights, axis=-1, keepdims=True)
    logsumexp = (np.log(sums) + highest)[..., 0]
    if attn_mask is not None:
        sums[sums == 0] = 1
    output = np.empty_like(tensors[0])  # in its layout
    if output.dtype == weights.dtype:
        np.matmul(weights, values, out=output)
        output /= sums
    else:
        output[...] = np.matmul(weights, values) / sums
    return output, logsumexp, weights, sums


@lru_cache(maxsize=16)
def _causal(rows: int, columns: int, kind: str) -> Any:
    """-inf above the diagonal."""
    return np.triu(np.full((rows, columns), -np.inf, kind), 1)


show_inputs(flash_attention.declaration.node_class, ("query", "key", "value"))
_OWN = ("weights", "sums")  # which PyTorch computes again: neither programs nor hooks see them
_node_class = flash_attention.declaration.node_class
for _name in _OWN:
    delattr(_node_class, f"_saved_{_name}")
    delattr(_node_class, f"_raw_saved_{_name}")
_node_class._places = tuple([each for each in _node_class._places if each[0] not in _OWN])
