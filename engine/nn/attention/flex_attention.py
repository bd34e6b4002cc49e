"""Attention whose scores a program changes, or masks, by a function of one score. Source: torch.nn.attention.flex_attention."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from inspect import signature
from typing import Any, NamedTuple, TypedDict

from ... import dtypes
from ...func.vmap import vmap
from ...ops.creation import arange, tensor, zeros
from ...ops.rearranging import repeat_interleave
from ...ops.results_given import where
from .block_masks import _DEFAULT_SPARSE_BLOCK_SIZE, WHOLE, BlockMask, Mask, from_mask, noop_mask, sliced_mask

__all__ = [
    "AuxOutput",
    "AuxRequest",
    "BlockMask",
    "FlexKernelOptions",
    "and_masks",
    "create_block_mask",
    "create_mask",
    "flex_attention",
    "noop_mask",
    "or_masks",
]

_FLEX_ATTENTION_DISABLE_COMPILE_DEBUG = False
_warned: set[str] = set()
UNFUSED = (
    "flex_attention called without torch.compile() - this will use an unfused implementation that materializes the full scores "
    "matrix instead of generating a fused kernel.\n\nSOLUTION: Use torch.compile(flex_attention)(...)\n\nIf you want to debug "
    "your score_mod/mask_mod, you can set:\ntorch.nn.attention.flex_attention._FLEX_ATTENTION_DISABLE_COMPILE_DEBUG = True\n\n"
    "This will allow you to use print statements or breakpoints. Note: This doesn't work with the backwards pass and may produce "
    "incorrect results."
)
OLD_LSE = "return_lse is deprecated and will be removed in v2.10. Please use return_aux=AuxRequest(lse=True) instead."


class AuxRequest(NamedTuple):
    """What is to be returned beside the output."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What is returned beside the output."""

    lse: Any = None
    max_scores: Any = None


class FlexKernelOptions(TypedDict, total=False):
    """How compiled kernels are tuned: nothing here is compiled."""

    BACKEND: str
    BLOCK_M: int
    BLOCK_N: int


def _check_masks(masks: tuple[Any, ...]) -> None:
    if not all(callable(each) for each in masks):
        raise RuntimeError(f"All inputs should be callable mask_mods: {masks}")


def or_masks(*mask_mods: Mask) -> Mask:
    """A mask that lets through what any of these lets through."""
    _check_masks(mask_mods)

    def or_mask(b: Any, h: Any, q_idx: Any, kv_idx: Any) -> Any:
        found = b.new_zeros((), dtype=dtypes.bool_)
        for each in mask_mods:
            found = found | each(b, h, q_idx, kv_idx)
        return found

    return or_mask


def and_masks(*mask_mods: Mask) -> Mask:
    """A mask that lets through what all of these let through."""
    _check_masks(mask_mods)

    def and_mask(b: Any, h: Any, q_idx: Any, kv_idx: Any) -> Any:
        found = b.new_ones((), dtype=dtypes.bool_)
        for each in mask_mods:
            found = found & each(b, h, q_idx, kv_idx)
        return found

    return and_mask


def _of_all(function: Callable[..., Any], first: tuple[Any, ...] = ()) -> Callable[..., Any]:
    """A function of one score (and where it is) as one of all scores; `first` is 0 for an operand of four dimensions."""
    found = function
    for place in (3, 2, 1, 0):
        where_it_is: list[Any] = [None] * 4
        where_it_is[place] = 0
        found = vmap(found, in_dims=(*first, *where_it_is), out_dims=0)
    return found


def create_mask(
    mod_fn: Callable[..., Any],
    B: int | None,  # noqa: N803
    H: int | None,  # noqa: N803
    Q_LEN: int,  # noqa: N803
    KV_LEN: int,  # noqa: N803
    device: Any = None,
) -> Any:
    """The mask of all elements, of shape `(B, H, Q_LEN, KV_LEN)`, that a function of one describes.

    A function of scores, which has five arguments, gets scores of 0, and its results are true unless they are minus infinity.
    """
    sizes = (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN)
    places = [arange(each, device=device) for each in sizes]
    if _count_of_places(mod_fn) == 4:
        return _of_all(mod_fn)(*places)
    return _of_all(mod_fn, (0,))(zeros(sizes, device=device), *places) != -math.inf


def _count_of_places(function: Callable[..., Any]) -> int:
    """How many arguments a function needs by position: 4, or 5 with a score; `AssertionError` for any other number."""
    if hasattr(function, "__code__"):
        count = function.__code__.co_argcount - len(function.__defaults__ or ())
    else:
        count = sum(each.default is each.empty for each in signature(function).parameters.values())
    if count not in (4, 5):
        raise AssertionError(f"Expected 4 or 5 positional args, got {count}")
    return count


def create_block_mask(
    mask_mod: Mask,
    B: int | None,  # noqa: N803
    H: int | None,  # noqa: N803
    Q_LEN: int,  # noqa: N803
    KV_LEN: int,  # noqa: N803
    device: Any = None,
    BLOCK_SIZE: Any = _DEFAULT_SPARSE_BLOCK_SIZE,  # noqa: N803
    _compile: bool = False,
    **others: Any,
) -> BlockMask:
    """The blocks of the mask that a function of one element describes."""
    size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else tuple(BLOCK_SIZE)
    mask = create_mask(mask_mod, B, H, Q_LEN, KV_LEN, device)
    return from_mask(mask._array, mask_mod, (Q_LEN, KV_LEN), size)


def _check_operands(query: Any, key: Any, value: Any, block_mask: Any, enable_gqa: bool) -> None:
    if query.size(-1) != key.size(-1):
        raise ValueError(
            f"Expect query and key/value to have the same embedding dimension but got E={query.size(-1)} and E={key.size(-1)}."
        )
    if query.requires_grad or key.requires_grad or value.requires_grad:
        raise NotImplementedError(
            "FlexAttention does not support backward on CPU. Please set the input requires_grad to False or use another device."
        )
    if query.dim() != 4 or key.dim() != 4 or value.dim() != 4:
        raise NotImplementedError("NYI: query, key, and value must be 4D tensors")
    heads, key_heads = query.size(1), key.size(1)
    if not enable_gqa and heads != key_heads:
        raise ValueError(
            f"Expect query and key/value to have the same number of heads but got Hq={heads} and Hkv={key_heads}. Try setting "
            "enable_gqa=True for GQA."
        )
    if enable_gqa and heads % key_heads:
        raise ValueError(
            f"Expect number of query heads to be a multiple of kv heads for GQA but got Hq={heads} and Hkv={key_heads}."
        )
    if query.size(0) != key.size(0):
        if block_mask is None:
            raise ValueError(
                "Expect query and key/value to have the same batch size, or non-none block_mask, but got block_mask=None, "
                f"Bq={query.size(0)}, and Bkv={key.size(0)}."
            )
        if block_mask.kv_num_blocks.size(0) != query.size(0):
            raise ValueError(
                "Expect query and key/value to have the same batch size, or block_mask and query to have the same batch size, but "
                f"got Bq={query.size(0)}, Bkv={key.size(0)}, B_block_mask={block_mask.kv_num_blocks.size(0)}."
            )


def _check_mask(query: Any, key: Any, mask: BlockMask) -> None:
    if mask.mask_mod is sliced_mask:
        raise RuntimeError("Cannot use mask_mod from a sliced BlockMask")
    if mask.BLOCK_SIZE == (WHOLE, WHOLE):
        return
    rows, columns = mask.shape[-2:]
    found = (
        f"block_mask was created for block_mask.shape={mask.shape} but got q_len={query.size(-2)} and kv_len={key.size(-2)}. As "
        "the block mask was created for a "
    )
    if query.size(-2) > rows or key.size(-2) > columns:
        raise ValueError(
            f"{found}smaller length than you're using it for, you likely need to create a new block mask."
        )
    if query.size(-2) < rows or key.size(-2) < columns:
        raise ValueError(
            f"{found}larger length than you're using it for, you can either 1. create a new block mask with the correct length, "
            "or 2. 'adjust' the existing block mask to the correct length by calling block_mask._adjust(q_len, kv_len). This "
            "essentially 'crops' the block mask to the upper left corner, which does not work for all mask_mods!"
        )


def _warn_once(message: str, category: type[Warning]) -> None:
    if message not in _warned:
        _warned.add(message)
        warnings.warn(message, category, stacklevel=3)


def flex_attention(
    query: Any,
    key: Any,
    value: Any,
    score_mod: Callable[..., Any] | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: FlexKernelOptions | None = None,
    *,
    return_aux: AuxRequest | None = None,
) -> Any:
    """softmax(score_mod(query @ key.T * scale)) @ value, where the mask lets scores through.

    Operands are of shape (batch, heads, length, size). `score_mod(score, b, h, q, kv)` and the mask are called as functions of one
    score. `ValueError` for sizes or a mask that do not fit; `NotImplementedError` for operands that require grad.
    """
    _check_operands(query, key, value, block_mask, enable_gqa)
    if block_mask is not None:
        _check_mask(query, key, block_mask)
    if return_lse and return_aux is not None:
        raise ValueError(
            "Cannot specify both return_lse and return_aux. return_lse is deprecated, please use return_aux=AuxRequest(lse=True) "
            "instead."
        )
    if return_lse:
        _warn_once(OLD_LSE, FutureWarning)
    if return_aux is not None and return_aux.max_scores:
        raise NotImplementedError("Returning max scores is not supported on CPU/MPS.")
    if not _FLEX_ATTENTION_DISABLE_COMPILE_DEBUG:
        _warn_once(UNFUSED, UserWarning)
    factor = 1 / math.sqrt(query.size(-1)) if scale is None else scale
    output, lse = _computed(query, key, value, score_mod, block_mask, factor)
    if return_aux is not None:
        return output, AuxOutput(lse=lse if return_aux.lse else None)
    return (output, lse) if return_lse else output


def _computed(
    query: Any, key: Any, value: Any, score_mod: Any, block_mask: Any, scale: float
) -> tuple[Any, Any]:
    groups = query.size(1) // key.size(1)
    key, value = (
        repeat_interleave(each, groups, 1).expand(query.size(0), -1, -1, -1) for each in (key, value)
    )
    precise = dtypes.float64 if query.dtype is dtypes.float64 else dtypes.float32
    scores = (query.to(precise) @ key.to(precise).transpose(-2, -1)) * scale
    places = [arange(each) for each in scores.shape]
    if score_mod is not None:
        scores = _of_all(score_mod, (0,))(scores, *places).to(scores.dtype)
    if block_mask is not None:
        seen = _of_all(block_mask.mask_mod)(*places)
        scores = where(seen, scores, tensor(-math.inf, dtype=precise))
    lse = scores.logsumexp(-1) / LOG_2 * LOG_2
    nothing = (scores == -math.inf).all(-1, keepdim=True)
    shares = where(nothing, tensor(0.0, dtype=precise), scores.softmax(-1))
    return shares.to(query.dtype) @ value.to(query.dtype), lse


LOG_2 = math.log(2)  # PyTorch's kernels count in powers of two, and what they return is converted twice
