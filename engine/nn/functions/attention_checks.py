"""What attention refuses: types, numbers of dimensions and sizes that do not fit together, and masks of other types."""

from __future__ import annotations

import warnings
from typing import Any

from ... import dtypes
from ...base import TensorBase
from ...ops import creation
from ...transforms import lowering

_RANKS = "For {} `query`, expected {} but found {}-D {} instead"


def check_attention(query: Any, key: Any, value: Any, mask: Any) -> None:
    """Raise where the operands of scaled dot product attention do not fit together."""
    given = (query, key, value)
    names = [each._dtype.c_name for each in given]
    if (query._dtype is not key._dtype or query._dtype is not value._dtype) and not lowering():
        raise RuntimeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {names[0]} key.dtype: {names[1]} and "
            f"value.dtype: {names[2]} instead."
        )
    ranks = [each._array.ndim for each in given]
    if min(ranks) < 2:
        raise RuntimeError(
            f"Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: {ranks[0]} key.dim: "
            f"{ranks[1]} and value.dim: {ranks[2]} instead."
        )
    if mask is not None and mask._dtype not in (dtypes.bool_, query._dtype, dtypes.float32):
        raise RuntimeError(
            f"Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{mask._dtype.c_name} and  query.dtype: {names[0]} instead."
        )


def check_shapes(query: Any, key: Any, value: Any, padding: Any, mask: Any, num_heads: int) -> bool:
    """Whether there is a batch; raises where the numbers of dimensions do not fit together."""
    ndim = query.dim()
    if ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {ndim}-D query tensor"
        )
    kind = "batched (3-D)" if ndim == 3 else "unbatched (2-D)"
    if key.dim() != ndim or value.dim() != ndim:
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {ndim}-D but found {key.dim()}-D and {value.dim()}-D tensors "
            "respectively"
        )
    if padding is not None and padding.dim() != ndim - 1:
        expected = f"`key_padding_mask` to be `None` or {ndim - 1}-D"
        raise AssertionError(_RANKS.format(kind, expected, padding.dim(), "tensor"))
    if mask is not None:
        if mask.dim() not in (2, 3):
            expected = "`attn_mask` to be `None`, 2-D or 3-D"
            raise AssertionError(_RANKS.format(kind, expected, mask.dim(), "tensor"))
        wanted = (num_heads, query.shape[0], key.shape[0])
        if ndim == 2 and mask.dim() == 3 and mask.shape != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {mask.shape}")
    return bool(ndim == 3)


def check_padding_mask(mask: Any, sources: int, batch: int) -> None:
    """Raise where the mask of padding has other sizes than the keys."""
    for dim, wanted in enumerate((batch, sources)):
        if mask.shape[dim] != wanted:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{dim}] to be {wanted}, but got {mask.shape[dim]}"
            )


def canonical_mask(
    mask: Any, mask_name: str, other_type: Any, other_name: str, target_type: Any, check_other: bool = True
) -> Any:
    """The mask as one to be added: -inf where a bool one masks out."""
    if mask is None:
        return None
    floating = mask.dtype.is_floating_point
    if mask.dtype is not dtypes.bool_ and not floating:
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype is not other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=2,
        )
    if floating:
        return mask
    return creation.zeros_like(mask, dtype=target_type).masked_fill_(mask, float("-inf"))


def dtype_of(input: Any) -> Any:
    """The type of a tensor, None of None."""
    if input is None:
        return None
    if isinstance(input, TensorBase):
        return input.dtype  # type: ignore[attr-defined]
    raise RuntimeError("input to _none_or_dtype() must be None or torch.Tensor")
