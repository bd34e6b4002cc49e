"""Attention by several heads.

Source: torch.nn.MultiheadAttention; Vaswani et al., "Attention is all you need" (2017).
"""

from __future__ import annotations

from typing import Any

from ...grad_mode import mode
from ...ops import creation
from .. import init
from ..functions.attention import multi_head_attention_forward
from ..functions.attention_checks import canonical_mask, dtype_of
from ..parameter import Parameter
from .linear import Linear
from .module import Module

__all__ = ["MultiheadAttention", "NonDynamicallyQuantizableLinear"]


class NonDynamicallyQuantizableLinear(Linear):
    """`Linear` under the name that `MultiheadAttention` shows for its last map."""

    __module__ = "torch.nn.modules.linear"


class MultiheadAttention(Module):
    """Each head looks for its own part of what the keys offer, and the parts are mapped together."""

    bias_k: Any
    bias_v: Any

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        factory = {"device": device, "dtype": dtype}
        self._add_projections(bias, factory)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **factory)
        for name in ("bias_k", "bias_v"):
            made = Parameter(creation.empty((1, 1, embed_dim), **factory)) if add_bias_kv else None
            setattr(self, name, made)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _add_projections(self, bias: bool, factory: dict[str, Any]) -> None:
        size = self.embed_dim
        separate = {"q_proj_weight": size, "k_proj_weight": self.kdim, "v_proj_weight": self.vdim}
        if self._qkv_same_embed_dim:
            self.in_proj_weight = Parameter(creation.empty((3 * size, size), **factory))
            for name in separate:
                self.register_parameter(name, None)
        else:
            for name, inner in separate.items():
                setattr(self, name, Parameter(creation.empty((size, inner), **factory)))
            self.register_parameter("in_proj_weight", None)
        self.register_parameter(
            "in_proj_bias", Parameter(creation.empty(3 * size, **factory)) if bias else None
        )

    def _reset_parameters(self) -> None:
        weights = (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        for weight in weights:
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        """What the queries find, and the weights by which they looked, if they are needed."""
        padding = canonical_mask(
            key_padding_mask, "key_padding_mask", dtype_of(attn_mask), "attn_mask", query.dtype
        )
        attn_mask = canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, check_other=False)
        if self._ignores_causal(query, key, value):
            is_causal = False
        batch_first = self.batch_first and query.dim() == 3
        if batch_first:
            query, key, value = _turned(query, key, value)
        output, weights = multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=padding,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return (output.transpose(1, 0) if batch_first else output), weights

    def _ignores_causal(self, query: Any, key: Any, value: Any) -> bool:
        """Whether PyTorch takes its quick way for inference, which takes masks as they are."""
        if self.training or query is not key or key is not value or query.dim() != 3:
            return False
        if not (self.batch_first and self._qkv_same_embed_dim and self.num_heads % 2 == 0):
            return False
        if self.bias_k is not None or self.bias_v is not None or self.add_zero_attn:
            return False
        return self.in_proj_bias is not None and not (
            mode.enabled and (query.requires_grad or any(each.requires_grad for each in self.parameters()))
        )

    def merge_masks(self, attn_mask: Any, key_padding_mask: Any, query: Any) -> tuple[Any, int | None]:
        """Both masks as one, and its kind: 1 of padding alone, 2 with one of positions."""
        if attn_mask is None:
            return key_padding_mask, None if key_padding_mask is None else 1
        batch, length, _ = query.shape
        if attn_mask.dim() == 3:
            merged = attn_mask.view(batch, -1, length, length)
        else:
            merged = attn_mask.view(1, 1, length, length).expand(batch, self.num_heads, -1, -1)
        if key_padding_mask is not None:
            merged = merged + key_padding_mask.view(batch, 1, 1, length).expand(-1, self.num_heads, -1, -1)
        return merged, 2


def _turned(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
    """All with the batch second; what was one tensor stays one."""
    if key is not value:
        return query.transpose(1, 0), key.transpose(1, 0), value.transpose(1, 0)
    if query is key:
        turned = query.transpose(1, 0)
        return turned, turned, turned
    query, key = query.transpose(1, 0), key.transpose(1, 0)
    return query, key, key
