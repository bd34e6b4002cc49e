"""Resampling to other sizes: what PyTorch checks, and how sizes and scales follow from each other.

Source: torch.nn.functional, "Vision functions".
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...base import TensorBase
from ...dtypes import FLOATING, not_implemented, uint8
from ...layouts import keep_channels_last
from ...matching import invalid
from ...ops import resampling
from ...typename import kind_text
from .adaptive_pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

_SMOOTH = ("linear", "bilinear", "bicubic", "trilinear")
_MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"
_NEEDED = {"linear": 3, "bilinear": 4, "bicubic": 4, "lanczos": 4, "trilinear": 5}


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """The input in other sizes: `size`, or `scale_factor` times its own."""
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
            )
    elif align_corners is None:
        align_corners = False
    inner = input._array.shape[2:]
    output_size, scales = _wanted(inner, size, scale_factor)
    if mode in _NAMES.get(len(inner), ()):
        _check_numbers(input, size, scale_factor, mode, align_corners, antialias)
    scales = None if scales is None else [float(each) for each in scales]
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if mode == "area" and output_size is None:
        recompute_scale_factor = True
    if recompute_scale_factor and scales is not None:
        output_size = [math.floor(float(one * scale)) for one, scale in zip(inner, scales)]
        scales = None
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and input._array.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    if output_size is None:
        output_size = [int(float(one) * scale) for one, scale in zip(inner, scales)]
    result = _resampled(input, tuple(output_size), scales, mode, align_corners, antialias)
    return result if input._array.flags.c_contiguous else keep_channels_last(result, input)


def _wanted(inner: Any, size: Any, scale_factor: Any) -> tuple[Any, Any]:
    """The sizes asked for, or the scales, one for each dimension."""
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    for value, letter, shown in ((size, "o", "output size of"), (scale_factor, "s", "scale_factor of shape")):
        if not isinstance(value, (tuple, list)) or len(value) == len(inner):
            continue
        form = "output size" if letter == "o" else "scale_factor"
        subject = "output" if letter == "o" else "scale_factor"
        raise ValueError(
            f"Input and {subject} must have the same number of spatial dimensions, but got input with spatial dimensions of "
            f"{list(inner)} and {shown} {value}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and {form} in "
            f"({letter}1, {letter}2, ...,{letter}K) format."
        )
    if isinstance(size, (tuple, list)) and not all(map(_is_integer, size)):
        raise TypeError(
            "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size with types "
            f"{[type(each) for each in size]}"
        )
    if size is not None:
        return (list(size) if isinstance(size, (tuple, list)) else [size] * len(inner)), None
    if scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    scales = scale_factor if isinstance(scale_factor, (tuple, list)) else [scale_factor] * len(inner)
    return None, scales


def _check_numbers(
    input: Any, size: Any, scale_factor: Any, mode: str, align_corners: Any, antialias: bool
) -> None:
    """Raise PyTorch's `TypeError` for sizes that are no integers, and for scales that are no numbers."""
    count, given = input._array.ndim - 2, scale_factor if size is None else size
    fits = _is_number if size is None else _is_size
    name = f"{'_' * antialias}{_NAMES[count][mode]}{count}d{'_aa' * antialias}"
    listed = given if isinstance(given, (tuple, list)) else [given] * count
    if fits(listed[0]):  # PyTorch looks at the others later, and takes True for a size
        if size is None:
            _check_scales(listed, name)
        return
    smooth = mode in _SMOOTH or mode == "lanczos"
    flag = ", bool align_corners" if smooth else ""
    scales = ["scales"] if count == 1 else [f"scales_{each}" for each in "dhw"[-count:]]
    first = f"(Tensor input, tuple of ints output_size{flag}"
    single = ", ".join(f"float {each} = None" for each in scales)
    lines = (f"{first}, tuple of floats scale_factors)", f"{first}, {single}, *, Tensor out = None)")
    sizes, factors = (None, listed) if size is None else (listed, None)
    args = (input, sizes, *([bool(align_corners)] if smooth else []), factors)
    raise TypeError(invalid(name, lines, args, {}))


def _check_scales(scales: Any, name: str) -> None:
    for index, each in enumerate(scales):
        if not _is_number(each):
            raise TypeError(
                f"{name}(): argument 'scale_factors' must be tuple of floats, but found element of type {kind_text(each)} "
                f"at pos {index + 1}"
            )


_NEAREST = {"nearest": "upsample_nearest", "nearest-exact": "_upsample_nearest_exact"}
_NAMES = {
    1: {**_NEAREST, "linear": "upsample_linear"},
    2: {**_NEAREST, **{each: f"upsample_{each}" for each in ("bilinear", "bicubic", "lanczos")}},
    3: {**_NEAREST, "trilinear": "upsample_trilinear"},
}


def _is_integer(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) or (
        isinstance(value, TensorBase) and value._dtype.category != FLOATING
    )


def _is_size(value: Any) -> bool:
    return _is_integer(value) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number))


def _resampled(
    input: Any, output_size: tuple[int, ...], scales: Any, mode: str, align_corners: Any, antialias: bool
) -> Any:
    ndim = input._array.ndim
    count = ndim - 2
    if mode == "area" and count in (1, 2, 3):
        pool = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[count - 1]
        return pool(input, output_size)
    given = scales if scales is not None else [None] * count
    if mode in ("nearest", "nearest-exact") and count in (1, 2, 3):
        _check(input, output_size, count, "upsample_nearest")
        operations = resampling.NEAREST if mode == "nearest" else resampling.NEAREST_EXACT
        return operations[count](input, output_size, *given)
    needed = _NEEDED.get(mode)
    if needed is None or count not in (1, 2, 3) or (ndim != 4 and mode in ("bicubic", "lanczos")):
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: {_MODES} (got {mode})"
        )
    if ndim != needed:
        raise NotImplementedError(f"Got {ndim}D input, but {mode} mode needs {needed}D input")
    if mode == "lanczos" and not antialias:
        raise ValueError("Lanczos mode requires antialias=True")
    _check(input, output_size, count, f"upsample_{mode}")
    operation = resampling.BY_MEANS[mode] if antialias or mode == "lanczos" else resampling.SMOOTH[mode]
    return operation(input, output_size, bool(align_corners), *given)


def _check(input: Any, output_size: tuple[int, ...], count: int, name: str) -> None:
    sizes = input._array.shape
    if min(*sizes[2:], *output_size) <= 0:
        labels = "DHW"[-count:]
        before, after = (
            ", ".join(f"{label}: {size}" for label, size in zip(labels, each))
            for each in (sizes[2:], output_size)
        )
        link = " and" if count == 1 else ""
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input ({before}){link} output ({after})"
        )
    if 0 in sizes[1:]:
        raise RuntimeError(
            f"Non-empty {count + 2}D data tensor expected but got a tensor with sizes {list(sizes)}"
        )
    if input._dtype.category != FLOATING and (input._dtype is not uint8 or name in _FLOATING_ONLY):
        if name in ("upsample_nearest", "upsample_bilinear") and count == 2:
            kernel = f"{name}2d_channels_last"
        else:
            kernel = f"compute_indices_weights_{_KERNELS.get(name, 'linear')}"
        raise not_implemented(kernel, input._dtype)


_KERNELS = {"upsample_nearest": "nearest", "upsample_bicubic": "cubic"}
_FLOATING_ONLY = ("upsample_linear", "upsample_trilinear")


def _warn(name: str) -> None:
    warnings.warn(
        f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=3
    )


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: Any = None
) -> Any:
    """The older name of `interpolate`."""
    _warn("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` to the nearest elements."""
    _warn("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` between elements of images, corners on corners."""
    _warn("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
