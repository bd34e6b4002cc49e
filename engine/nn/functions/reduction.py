"""How the losses of the elements become one: `reduction`, and the two arguments that said so before it."""

from __future__ import annotations

import warnings

from ...ops.losses import MEAN, NONE, SUM

__all__ = ["get_enum", "legacy_get_enum", "legacy_get_string"]


def get_enum(reduction: str) -> int:
    """The number of a reduction; raises `ValueError` for what is none."""
    if reduction == "mean":
        return MEAN
    if reduction == "none":
        return NONE
    if reduction == "sum":
        return SUM
    if reduction == "elementwise_mean":
        warnings.warn(
            "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.", stacklevel=3
        )
        return MEAN
    raise ValueError(f"{reduction} is not a valid value for reduction")


def legacy_get_string(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> str:
    """The reduction that the deprecated arguments mean, with a warning."""
    if reduce is not None and not reduce:
        reduction = "none"
    else:
        reduction = "mean" if size_average is None or size_average else "sum"
    if emit_warning:
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=1,
        )
    return reduction


def legacy_get_enum(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> int:
    """The number of the reduction that the deprecated arguments mean, with a warning."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))


def chosen(size_average: bool | None, reduce: bool | None, reduction: str) -> int:
    """The number of the reduction that a loss was asked for."""
    if size_average is None and reduce is None:
        return get_enum(reduction)
    return legacy_get_enum(size_average, reduce)
