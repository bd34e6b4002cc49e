"""The three transforms that all others are made of: of real numbers, of complex ones, and back to real ones.

Source: ATen's `_fft_r2c`, `_fft_c2c` and `_fft_c2r`, with their derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import INTEGER, bfloat16, float16, get_default_dtype
from ..in_place import in_place
from ..op import LINEAR, op
from ..ops.arithmetic import mul_scalar
from ..ops.complex import real
from ..ops.dims import wrap_dim
from ..ops.padding import constant_pad_nd
from ..ops.slicing import slice_op

NOT, BY_ROOT, BY_COUNT = range(3)  # what a transform is divided by
_FORWARD = ("backward", "ortho", "forward")
_INVERSE = ("forward", "ortho", "backward")


def normalization(norm: str | None, forward: bool) -> int:
    """What a transform is divided by; raises `RuntimeError` for an unknown word."""
    if norm is None or norm == "backward":
        return NOT if forward else BY_COUNT
    if norm == "forward":
        return BY_COUNT if forward else NOT
    if norm == "ortho":
        return BY_ROOT
    if not isinstance(norm, str):
        raise TypeError(f"norm must be str, not {type(norm).__name__}")
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


# ---- the transforms ----------------------------------------------------------------------------------------


def _r2c_backward(grad, dim, normalization, onesided, self_sizes_geometry):
    if onesided:
        last = dim[-1] % grad._array.ndim
        missing = self_sizes_geometry[last] - grad._array.shape[last]
        if missing > 0:
            whole = grad.new_zeros(self_sizes_geometry)
            whole.narrow(last, 0, grad._array.shape[last]).copy_(grad)
            grad = whole
    return real(c2c(grad, dim, normalization, False))


@op(self=_r2c_backward, jvp=LINEAR, node="FftR2CBackward0")
def r2c(self, dim, normalization, onesided):
    """The transform of real numbers; if `onesided`, without the half that mirrors the other along the last dimension."""
    transform = np.fft.rfftn if onesided else np.fft.fftn
    return transform(self, axes=dim, norm=_FORWARD[normalization])


@op(
    self=lambda grad, dim, normalization, forward: c2c(grad, dim, normalization, not forward),
    jvp=LINEAR,
    node="FftC2CBackward0",
)
def c2c(self, dim, normalization, forward):
    """The transform of complex numbers, or the inverse one."""
    if forward:
        return np.fft.fftn(self, axes=dim, norm=_FORWARD[normalization])
    return np.fft.ifftn(self, axes=dim, norm=_INVERSE[normalization])


_multiply = in_place(mul_scalar, "mul_")


def _c2r_backward(grad, dim, normalization):
    found = r2c(grad, dim, normalization, True)
    last = dim[-1]
    doubled = grad._array.shape[last] - found._array.shape[last]
    if doubled > 0:
        _multiply(found.narrow(last, 1, doubled), 2)
    return found


@op(self=_c2r_backward, jvp=LINEAR, node="FftC2RBackward0")
def c2r(self, dim, normalization, last_dim_size):
    """The inverse transform of one half, of which the other is the mirror image, to real numbers."""
    sizes = [self.shape[axis] for axis in dim[:-1]] + [last_dim_size]
    return np.fft.irfftn(self, s=sizes, axes=dim, norm=_INVERSE[normalization])


# ---- what goes into them -----------------------------------------------------------------------------------


def promoted(input: Any, complex_numbers: bool = False) -> Any:
    """The input in a type that can be transformed."""
    kind = input._dtype
    if kind in (float16, bfloat16):
        raise RuntimeError(f"Unsupported dtype {kind.legacy_name}")
    if kind.category <= INTEGER:
        kind = get_default_dtype()
    if complex_numbers:
        kind = kind.to_complex()
    return input if kind is input._dtype else input.to(kind)


def check_real(input: Any, name: str, wanted: str = "real") -> None:
    """Raise `RuntimeError` for complex numbers."""
    if input._dtype.is_complex:
        raise RuntimeError(f"{name} expects a {wanted} input tensor, but got {input._dtype.legacy_name}")


def resized(input: Any, dims: Any, sizes: Any) -> Any:
    """The input cut off or filled up with zeros, so that it has these sizes along these dimensions."""
    ndim = input._array.ndim
    pad, padded = [0] * (2 * ndim), False
    for dim, size in zip(dims, sizes):
        if size == -1:
            continue
        axis = wrap_dim(dim, ndim)
        found = input._array.shape[axis]
        if found < size:
            pad[2 * (ndim - axis) - 1] = size - found
            padded = True
        elif found > size:
            input = slice_op(input, axis, 0, size, 1)
    return constant_pad_nd(input, pad, 0) if padded else input


def length(input: Any, n: Any, dim: int) -> int:
    """How many points are transformed; raises `RuntimeError` for none."""
    count = input._array.shape[dim] if n is None else n
    if count < 1:
        raise RuntimeError(f"Invalid number of data points ({count}) specified")
    return count


def axis_of(input: Any, dim: int) -> int:
    """The dimension counted from the front; raises `IndexError` where there is none such."""
    if not input._array.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, input._array.ndim)
