"""Causal masks that attention knows by their kind instead of their elements. Source: torch.nn.attention.bias."""

from __future__ import annotations

import warnings
from enum import IntEnum
from typing import Any

from ...dtypes import bool_
from ...ops.creation import empty, ones
from ...ops.parts import tril_
from ...overriding import disabled
from ...subclasses import adopt
from ...tensor import Tensor

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(IntEnum):
    """Where the diagonal of a mask that is not square begins."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(Tensor):
    """A causal mask, to be given to `scaled_dot_product_attention` as `attn_mask`.

    `AssertionError` for a variant that is none; a warning where whole rows are masked.
    """

    __module__ = "torch.nn.attention.bias"

    def __new__(cls, *args: Any) -> CausalBias:
        made: CausalBias = empty(1, args[1], args[2])._as(cls)
        return made

    def __init__(self, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> None:
        if not isinstance(variant, CausalVariant):
            raise AssertionError(f"variant must be a CausalVariant, got {type(variant).__name__}")
        self.variant, self.seq_len_q, self.seq_len_kv = variant, seq_len_q, seq_len_kv
        if seq_len_q > seq_len_kv and variant is CausalVariant.LOWER_RIGHT:
            warnings.warn(
                "Lower right causal bias will produce NaNs in the output when seq_len_q > seq_len_kv!",
                stacklevel=3,
            )

    def _materialize(self, device: Any = None) -> Any:
        shift = 0 if self.variant is CausalVariant.UPPER_LEFT else self.seq_len_kv - self.seq_len_q
        mask = ones(self.seq_len_q, self.seq_len_kv, dtype=bool_)
        return tril_(mask, shift)

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        return repr(self._materialize())

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") != "scaled_dot_product_attention":
            return super().__torch_function__(func, types, args, kwargs or {})
        with disabled():
            return _attended(*args, **(kwargs or {}))


adopt(CausalBias)


def _attended(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: CausalBias,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    from ..functional import scaled_dot_product_attention

    if is_causal:
        raise ValueError("CausalBias should not be used with causal=True")
    square = attn_mask.seq_len_q == attn_mask.seq_len_kv
    plain = square or attn_mask.variant is CausalVariant.UPPER_LEFT
    return scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=None if plain else attn_mask._materialize(),
        dropout_p=dropout_p,
        is_causal=plain,
        scale=scale,
        enable_gqa=enable_gqa,
    )


def causal_upper_left(*size: int) -> CausalBias:
    """A mask under the diagonal that begins in the upper left corner; `size` is two numbers."""
    if len(size) != 2:
        raise AssertionError("causal_upper_left only supports 2D tensors")
    return CausalBias(CausalVariant.UPPER_LEFT, *size)


def causal_lower_right(*size: int) -> CausalBias:
    """A mask under the diagonal that ends in the lower right corner; `size` is two numbers."""
    if len(size) != 2:
        raise AssertionError("causal_lower_right only supports 2D tensors")
    return CausalBias(CausalVariant.LOWER_RIGHT, *size)
