"""Transforms along several dimensions, by default all, or the last two."""

from __future__ import annotations

from typing import Any

from ..ops.complex import conj, conj_physical
from ..ops.dims import wrap_dim
from ..ops.into import with_out
from .transforms import c2c, c2r, check_real, normalization, promoted, r2c, resized


def _dims_and_sizes(input: Any, s: Any, dim: Any) -> tuple[list[int], list[int]]:
    """Along which dimensions, and to how many points each."""
    ndim, shape = input._array.ndim, input._array.shape
    sizes = None if s is None else list(s) if isinstance(s, (tuple, list)) else [s]
    if dim is not None:
        if not ndim:
            first = dim[0] if isinstance(dim, (tuple, list)) else dim
            raise IndexError(f"Dimension specified as {first} but tensor has no dimensions")
        dims = [wrap_dim(each, ndim) for each in (dim if isinstance(dim, (tuple, list)) else [dim])]
        if len(set(dims)) < len(dims):
            raise RuntimeError("FFT dims must be unique")
        if sizes is not None and len(sizes) != len(dims):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
    else:
        if sizes is not None and len(sizes) > ndim:
            raise RuntimeError(
                f"Got shape with {len(sizes)} values but input tensor only has {ndim} dimensions."
            )
        dims = list(range(ndim - len(sizes), ndim)) if sizes is not None else list(range(ndim))
    found = [
        shape[axis] if sizes is None or sizes[place] == -1 else sizes[place]
        for place, axis in enumerate(dims)
    ]
    for count in found:
        if count < 1:
            raise RuntimeError(f"Invalid number of data points ({count}) specified")
    return dims, found


def _complex_numbers(input: Any, s: Any, dim: Any, norm: Any, forward: bool) -> Any:
    dims, sizes = _dims_and_sizes(input, s, dim)
    scale = normalization(norm, forward)
    input = resized(promoted(input, complex_numbers=True), dims, sizes)
    return c2c(input, tuple(dims), scale, forward) if dims else input.clone()


@with_out()
def fftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None) -> Any:
    """The transform along several dimensions."""
    return _complex_numbers(input, s, dim, norm, True)


@with_out()
def ifftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None) -> Any:
    """The inverse transform along several dimensions."""
    return _complex_numbers(input, s, dim, norm, False)


@with_out()
def rfftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None) -> Any:
    """The transform of real numbers, without the half that mirrors the other along the last dimension."""
    check_real(input, "rfftn", "real-valued")
    dims, sizes = _dims_and_sizes(input, s, dim)
    if not dims:
        raise RuntimeError("rfftn must transform at least one axis")
    return r2c(resized(promoted(input), dims, sizes), tuple(dims), normalization(norm, True), True)


@with_out()
def ihfftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None) -> Any:
    """The inverse of `hfftn`."""
    if input._dtype.is_complex:
        raise RuntimeError(f"Only supports floating-point dtypes, but found: {input._dtype.legacy_name}")
    dims, sizes = _dims_and_sizes(input, s, dim)
    if not dims:
        raise RuntimeError("ihfftn must transform at least one axis")
    scale = normalization(norm, False)
    found = r2c(resized(promoted(input), dims, sizes), (dims[-1],), scale, True)
    if len(dims) == 1:
        return conj(found)
    return c2c(conj_physical(found), tuple(dims[:-1]), scale, False)


def _to_real(name: str, input: Any, s: Any, dim: Any) -> tuple[Any, list[int], int]:
    dims, sizes = _dims_and_sizes(input, s, dim)
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")
    given = None if s is None else (s[-1] if isinstance(s, (tuple, list)) else s)
    count = 2 * (sizes[-1] - 1) if given in (None, -1) else sizes[-1]
    if count < 1:
        raise RuntimeError(f"Invalid number of data points ({count}) specified")
    sizes[-1] = count // 2 + 1
    return resized(promoted(input, complex_numbers=True), dims, sizes), dims, count


@with_out()
def irfftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None) -> Any:
    """The inverse of `rfftn`."""
    input, dims, count = _to_real("irfftn", input, s, dim)
    return c2r(input, tuple(dims), normalization(norm, False), count)


@with_out()
def hfftn(input: Any, s: Any = None, dim: Any = None, norm: Any = None) -> Any:
    """The transform of the half that the other mirrors along the last dimension, to real numbers."""
    input, dims, count = _to_real("hfftn", input, s, dim)
    scale = normalization(norm, True)
    if len(dims) > 1:
        input = c2c(input, tuple(dims[:-1]), scale, True)
    return c2r(conj(input), (dims[-1],), scale, count)


def _of_two(transform: Any, name: str) -> Any:
    def call(input: Any, s: Any = None, dim: Any = (-2, -1), norm: Any = None, *, out: Any = None) -> Any:
        return transform(input, s, dim, norm, out=out)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{transform.__name__}` along the last two dimensions."
    return call


fft2, ifft2 = _of_two(fftn, "fft2"), _of_two(ifftn, "ifft2")
rfft2, irfft2 = _of_two(rfftn, "rfft2"), _of_two(irfftn, "irfft2")
hfft2, ihfft2 = _of_two(hfftn, "hfft2"), _of_two(ihfftn, "ihfft2")
