"""Attention.

Source: torch.nn.functional, "Attention Mechanisms"; torch.nn.MultiheadAttention.
"""

from __future__ import annotations

import math
from typing import Any

from ... import dtypes
from ...ops import creation
from ...ops.activations import softmax
from ...ops.attention import as_added, composed_attention, flash_attention
from ...ops.joining import cat, chunk, split
from ...ops.linalg import bmm
from ...transforms import draws_by_example, operands
from .attention_checks import canonical_mask, check_attention, check_padding_mask, check_shapes, dtype_of
from .dropout import dropout
from .linear import linear

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


# ---- scaled dot products -----------------------------------------------------------------------------------


class Kernels:
    """Which ways of computing attention are allowed; see `nn.attention.sdpa_kernel`."""

    def __init__(self) -> None:
        self.enabled = {"cudnn", "flash", "mem_efficient", "math", "overrideable"}


kernels = Kernels()


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(query @ key.T * scale + mask) @ value."""
    query, key, value, attn_mask = operands("scaled_dot_product_attention", query, key, value, attn_mask)
    check_attention(query, key, value, attn_mask)
    mask = None if attn_mask is None else as_added(attn_mask, query)
    if "flash" in kernels.enabled and _fits_flash(query, key, value, attn_mask, dropout_p, enable_gqa):
        factor = 1 / math.sqrt(query._array.shape[-1]) if scale is None else scale
        inputs = [query, key, value]
        output, *_ = flash_attention(inputs, dropout_p, is_causal, mask, scale, factor)
        return output
    if "math" not in kernels.enabled:
        if "flash" in kernels.enabled:
            raise RuntimeError("No available kernel.  Aborting execution.")
        raise RuntimeError(
            "No viable backend for scaled_dot_product_attention was found. This is likely due to turning off both the math "
            "kernel and the fused kernels."
        )
    return composed_attention(query, key, value, mask, dropout_p, is_causal, scale, enable_gqa)


def _fits_flash(query: Any, key: Any, value: Any, mask: Any, dropout_p: float, enable_gqa: bool) -> bool:
    """Whether PyTorch computes this attention as one operation on the CPU."""
    sizes = [each._array.shape for each in (query, key, value)]
    if dropout_p > 0 or draws_by_example() or query._dtype.category != dtypes.FLOATING:
        return False
    if any(
        len(each) != 4 or not each[2] or each[3] != sizes[0][3] or each[0] != sizes[0][0] for each in sizes
    ):
        return False
    heads, heads_of_keys, heads_of_values = (each[1] for each in sizes)
    if heads_of_keys != heads_of_values or sizes[1][2] != sizes[2][2]:
        return False
    if heads != heads_of_keys and not (enable_gqa and heads_of_keys and heads % heads_of_keys == 0):
        return False
    return mask is None or _mask_fits_flash(mask, sizes[0], sizes[1][2])


def _mask_fits_flash(mask: Any, sizes: tuple[int, ...], keys: int) -> bool:
    batch, heads, queries, _ = sizes
    found = mask._array.shape
    if mask.requires_grad or len(found) not in (2, 4):
        return False
    wanted = (batch, heads, queries, keys)[-len(found) :]
    return all(size in (1, expected) for size, expected in zip(found, wanted))


# ---- several heads -----------------------------------------------------------------------------------------


def _in_projection_packed(q: Any, k: Any, v: Any, w: Any, b: Any = None) -> tuple[Any, Any, Any]:
    """Queries, keys and values by one weight, whose three parts stand below each other."""
    size = q.size(-1)
    if k is not v:
        weights = chunk(w, 3)
        biases = (None,) * 3 if b is None else chunk(b, 3)
        q, k, v = (linear(*parts) for parts in zip((q, k, v), weights, biases))
        return q, k, v
    if q is k:
        parts = _parts(linear(q, w, b), 3, size)
        return parts[0], parts[1], parts[2]
    w_q, w_kv = split(w, [size, size * 2])
    b_q, b_kv = (None, None) if b is None else split(b, [size, size * 2])
    queries = linear(q, w_q, b_q)
    parts = _parts(linear(k, w_kv, b_kv), 2, size)
    return queries, parts[0], parts[1]


def _parts(projected: Any, count: int, size: int) -> Any:
    folded = projected.unflatten(-1, (count, size))
    return folded.unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()


def _in_projection(
    q: Any, k: Any, v: Any, w_q: Any, w_k: Any, w_v: Any, b_q: Any = None, b_k: Any = None, b_v: Any = None
) -> tuple[Any, Any, Any]:
    """Queries, keys and values, each by its own weight."""
    size = q.size(-1)
    named = (("query", q, w_q, b_q), ("key", k, w_k, b_k), ("value", v, w_v, b_v))
    for name, given, weight, _ in named:
        wanted = (size, given.size(-1))
        if weight.shape != wanted:
            raise AssertionError(f"expecting {name} weights shape of {wanted}, but got {weight.shape}")
    for name, _, _, bias in named:
        if bias is not None and bias.shape != (size,):
            raise AssertionError(f"expecting {name} bias shape of {(size,)}, but got {bias.shape}")
    queries, keys, values = (linear(given, weight, bias) for _, given, weight, bias in named)
    return queries, keys, values


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """Attention by several heads: the output, and the weights if they are needed."""
    batched = check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    attn_mask, padding, is_causal = _canonical_masks(
        query, attn_mask, key_padding_mask, need_weights, is_causal
    )
    weights = (in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight)
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    q, k, v = _projected(query, key, value, weights, in_proj_bias, use_separate_proj_weight)
    heads = _Heads(query, num_heads, padding, _mask_of_heads(attn_mask, query, key, num_heads))
    k, v = heads.with_biases(k, v, bias_k, bias_v, static_k, static_v)
    q, k, v = heads.apart(q), heads.apart(k, static_k, "k"), heads.apart(v, static_v, "v")
    if add_zero_attn:
        k, v = heads.with_zeros(k, v)
    output, found = heads.attend(q, k, v, dropout_p if training else 0.0, is_causal, need_weights)
    output = linear(output, out_proj_weight, out_proj_bias)
    output = output.view(heads.targets, heads.batch, output.size(1))
    found = heads.shown(found, average_attn_weights)
    return (output, found) if batched else (output.squeeze(1), found if found is None else found.squeeze(0))


def _canonical_masks(
    query: Any, attn_mask: Any, padding: Any, need_weights: bool, is_causal: bool
) -> tuple[Any, Any, bool]:
    """Both masks as masks to be added, and whether attention is causal without one."""
    padding = canonical_mask(padding, "key_padding_mask", dtype_of(attn_mask), "attn_mask", query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        return None, padding, is_causal
    attn_mask = canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, check_other=False)
    return attn_mask, padding, is_causal and padding is None


def _check_sizes(query: Any, key: Any, value: Any, expected: int, num_heads: int, separate: bool) -> None:
    size = query.shape[2]
    if size != expected:
        raise AssertionError(f"was expecting embedding dimension of {expected}, but got {size}")
    if size % num_heads:
        raise AssertionError(f"embed_dim {size} not divisible by num_heads {num_heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _projected(
    query: Any, key: Any, value: Any, weights: tuple[Any, ...], bias: Any, separate: bool
) -> tuple[Any, Any, Any]:
    packed, *each = weights
    if not separate:
        if packed is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        return _in_projection_packed(query, key, value, packed, bias)
    for name, weight in zip(("q", "k", "v"), each):
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name}_proj_weight is None")
    biases = () if bias is None else chunk(bias, 3)
    return _in_projection(query, key, value, *each, *biases)


def _mask_of_heads(mask: Any, query: Any, key: Any, num_heads: int) -> Any:
    """A mask for each head of each example, or one for all."""
    if mask is None:
        return None
    targets, batch, _ = query.shape
    if mask.dim() == 2:
        wanted: tuple[int, ...] = (targets, key.shape[0])
        if mask.shape != wanted:
            raise RuntimeError(f"The shape of the 2D attn_mask is {mask.shape}, but should be {wanted}.")
        return mask.unsqueeze(0)
    wanted = (batch * num_heads, targets, key.shape[0])
    if mask.shape != wanted:
        raise RuntimeError(f"The shape of the 3D attn_mask is {mask.shape}, but should be {wanted}.")
    return mask


class _Heads:
    """The sizes, and the masks as they grow with the keys."""

    def __init__(self, query: Any, count: int, padding: Any, mask: Any) -> None:
        self.targets, self.batch, self.size = query.shape
        self.count = count
        self.padding = padding
        self.mask = mask

    def widen_masks(self) -> None:
        """Let one more key take part."""
        from .padding import pad

        self.mask = None if self.mask is None else pad(self.mask, (0, 1))
        self.padding = None if self.padding is None else pad(self.padding, (0, 1))

    def with_biases(
        self, k: Any, v: Any, bias_k: Any, bias_v: Any, static_k: Any, static_v: Any
    ) -> tuple[Any, Any]:
        """Keys and values with one more, which is learnt."""
        if bias_k is None or bias_v is None:
            for name, other, bias in (("k", "v", bias_k), ("v", "k", bias_v)):
                if bias is not None:
                    raise AssertionError(f"bias_{name} is set but bias_{other} is None")
            return k, v
        for name, static in (("key", static_k), ("value", static_v)):
            if static is not None:
                raise AssertionError(f"bias cannot be added to static {name}.")
        self.widen_masks()
        return cat([k, bias_k.repeat(1, self.batch, 1)]), cat([v, bias_v.repeat(1, self.batch, 1)])

    def apart(self, projected: Any, static: Any = None, name: str = "") -> Any:
        """(heads of all examples, length, size of a head); `static` is that already."""
        each = self.size // self.count
        if static is None:
            return projected.view(projected.shape[0], self.batch * self.count, each).transpose(0, 1)
        for dim, wanted in ((0, self.batch * self.count), (2, each)):
            if static.size(dim) != wanted:
                raise AssertionError(
                    f"expecting static_{name}.size({dim}) of {wanted}, but got {static.size(dim)}"
                )
        return static

    def with_zeros(self, k: Any, v: Any) -> tuple[Any, Any]:
        """One more key and value, of zeros."""
        self.widen_masks()
        sizes = (self.batch * self.count, 1, self.size // self.count)
        k, v = (cat([each, creation.zeros(sizes, dtype=each.dtype)], dim=1) for each in (k, v))
        return k, v

    def merged_mask(self, k: Any) -> Any:
        """The mask of padding and the other one as one."""
        if self.padding is None:
            return self.mask
        sources = k.size(1)
        check_padding_mask(self.padding, sources, self.batch)
        padding = self.padding.view(self.batch, 1, 1, sources).expand(-1, self.count, -1, -1)
        padding = padding.reshape(self.batch * self.count, 1, sources)
        return padding if self.mask is None else self.mask + padding

    def attend(
        self, q: Any, k: Any, v: Any, dropout_p: float, is_causal: bool, need_weights: bool
    ) -> tuple[Any, Any]:
        """What the heads find, side by side, and the weights by which they look, if they are needed."""
        mask = self.merged_mask(k)
        if need_weights:
            return self.with_weights(q, k, v, mask, dropout_p, is_causal)
        return self.without_weights(q, k, v, mask, dropout_p, is_causal), None

    def shown(self, weights: Any, average: bool) -> Any:
        """The weights of each head of each example, or of all heads on the average; None of None."""
        if weights is None:
            return None
        weights = weights.view(self.batch, self.count, self.targets, weights.size(2))
        return weights.mean(dim=1) if average else weights

    def with_weights(
        self, q: Any, k: Any, v: Any, mask: Any, dropout_p: float, is_causal: bool
    ) -> tuple[Any, Any]:
        """What the heads find, side by side, and the weights by which they look."""
        from ...ops.products import baddbmm

        scaled = q * math.sqrt(1.0 / float(q.shape[2]))
        if is_causal and mask is None:
            raise AssertionError("FIXME: is_causal not implemented for need_weights")
        turned = k.transpose(-2, -1)
        weights = softmax(bmm(scaled, turned) if mask is None else baddbmm(mask, scaled, turned), -1)
        if dropout_p > 0.0:
            weights = dropout(weights, p=dropout_p)
        found = bmm(weights, v)
        return found.transpose(0, 1).reshape(self.targets * self.batch, self.size), weights

    def without_weights(self, q: Any, k: Any, v: Any, mask: Any, dropout_p: float, is_causal: bool) -> Any:
        """What the heads find, side by side."""
        sources = k.size(1)
        if mask is not None:
            if mask.size(0) == 1 and mask.dim() == 3:
                mask = mask.unsqueeze(0)
            else:
                mask = mask.view(self.batch, self.count, -1, sources)
        each = self.size // self.count
        q = q.view(self.batch, self.count, self.targets, each)
        k, v = (part.view(self.batch, self.count, sources, each) for part in (k, v))
        found = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal)
        return found.permute(2, 0, 1, 3).reshape(self.batch * self.targets, self.size)
