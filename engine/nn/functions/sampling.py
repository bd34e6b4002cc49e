"""Sampling at the places of a grid: what PyTorch checks.

Source: torch.nn.functional, "Vision functions".
"""

from __future__ import annotations

import warnings
from typing import Any

from ...dtypes import FLOATING, not_implemented
from ...ops import sampling
from ...size import Size
from ...transforms import operands

__all__ = [
    "affine_grid",
    "affine_grid_generator",
    "grid_sample",
    "grid_sampler",
    "grid_sampler_2d",
    "grid_sampler_3d",
]

_MODES = {"bilinear": 0, "nearest": 1, "bicubic": 2}
_PADDINGS = {"zeros": 0, "border": 1, "reflection": 2}


def _warn_of_corners() -> None:
    warnings.warn(
        "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
        "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details.",
        stacklevel=3,
    )


def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """The input at the places of the grid, from -1 to 1 in each dimension."""
    if mode not in _MODES:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in _PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if align_corners is None:
        _warn_of_corners()
    input, grid = operands("grid_sampler", input, grid)
    return grid_sampler(input, grid, _MODES[mode], _PADDINGS[padding_mode], bool(align_corners))


def grid_sampler(
    input: Any, grid: Any, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Any:
    """The same, with numbers for the modes."""
    sizes, places = input._array.shape, grid._array.shape
    _check_grid(sizes, places, interpolation_mode)
    if input._dtype.category != FLOATING:
        kernel = "grid_sampler_2d_cpu_kernel_impl" if len(sizes) == 4 else "grid_sampler3d_cpu"
        raise not_implemented(kernel, input._dtype)
    if input._dtype is not grid._dtype:
        raise RuntimeError(
            f"expected scalar type {input._dtype.legacy_name} but found {grid._dtype.legacy_name}"
        )
    operation = sampling.grid_sampler_2d if len(sizes) == 4 else sampling.grid_sampler_3d
    return operation(input, grid, interpolation_mode, padding_mode, align_corners)


grid_sampler_2d = grid_sampler_3d = grid_sampler


def _check_grid(sizes: Any, places: Any, interpolation_mode: int) -> None:
    shown = f"but got input with sizes {list(sizes)} and grid with sizes {list(places)}"
    if sizes[0] != places[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {shown}")
    if places[-1] != len(sizes) - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {len(sizes) - 2} in last dimension, but got grid with sizes "
            f"{list(places)}"
        )
    for dim in range(2, len(sizes)):
        if not sizes[dim]:
            raise RuntimeError(
                f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {list(sizes)} with "
                f"dimension {dim} being empty"
            )
    if len(sizes) not in (4, 5) or len(sizes) != len(places):
        raise RuntimeError(
            f"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, {shown}"
        )
    if len(sizes) == 5 and interpolation_mode == _MODES["bicubic"]:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The places of a grid after affine maps, as `grid_sample` takes them."""
    if align_corners is None:
        _warn_of_corners()
        align_corners = False
    if not theta._dtype.is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    count = len(size) - 2
    if count not in (2, 3):
        raise NotImplementedError(
            f"affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size {size}."
        )
    if theta._array.ndim != 3 or theta._array.shape[1:] != (count, count + 1):
        raise ValueError(
            f"Expected a batch of {count}D affine matrices of shape Nx{count}x{count + 1} for size {size}. Got "
            f"{Size(theta._array.shape)}."
        )
    inner = size[-count:]
    if align_corners and min(inner) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This is not an "
            "intended use case of affine_grid. See the documentation of affine_grid for details.",
            stacklevel=2,
        )
    elif min(inner) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    return affine_grid_generator(theta, size, align_corners)


def affine_grid_generator(theta: Any, size: Any, align_corners: bool) -> Any:
    """The same without checks of the arguments' types."""
    if theta._array.shape[0] != size[0]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {len(size) - 1}] but got: "
            f"[{theta._array.shape[0]}, {len(size) - 1}]."
        )
    return sampling.affine_grid_generator(theta, tuple(size), bool(align_corners))
