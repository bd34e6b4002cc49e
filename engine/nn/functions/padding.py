"""Padding.

Source: torch.nn.functional.pad.
"""

from __future__ import annotations

from typing import Any

from ...ops import padding
from ...ops.refusals import check_tensor
from ...ops.slicing import slice_op

__all__ = ["pad"]

_OPERATIONS = {
    "reflect": (padding.reflection_pad1d, padding.reflection_pad2d, padding.reflection_pad3d),
    "replicate": (padding.replication_pad1d, padding.replication_pad2d, padding.replication_pad3d),
}

_SUPPORTED = """Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """The tensor with borders, the last dimension's first: of one value, reflected, repeated or wrapped round."""
    sizes = _checked(input, pad, mode, value)
    ndim = input._array.ndim
    if len(sizes) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    if len(sizes) > 2 * ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(sizes)} and input of dimension {ndim}"
        )
    if mode == "constant":
        return padding.constant_pad_nd(input, sizes, 0 if value is None else value)
    if value:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    count = len(sizes) // 2
    if not count or ndim not in (count + 1, count + 2):
        raise NotImplementedError(
            f"Padding size {len(sizes)} is not supported for {ndim}D input tensor.\n{_SUPPORTED}"
        )
    if mode == "circular":
        return _circular(input, sizes)
    return _OPERATIONS[mode][count - 1](input, sizes)


def _checked(input: Any, pad: Any, mode: Any, value: Any) -> tuple[int, ...]:
    """The padding as a tuple; raises PyTorch's errors for arguments of the wrong kind."""
    check_tensor(input, "pad")
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}")
    for position, size in enumerate(pad):
        if not hasattr(size, "__index__"):
            kind = type(size).__name__
            if not position:
                raise TypeError(
                    f"pad(): argument 'pad' (position 2) must be tuple of ints, but found element of type {kind} at pos 0"
                )
            raise TypeError(
                f"pad(): argument 'pad' failed to unpack the object at pos {position + 1} with error \"type must be tuple of ints,but "
                f'got {kind}"'
            )
    if not isinstance(mode, str):
        raise TypeError(f"pad(): argument 'mode' (position 3) must be str, not {type(mode).__name__}")
    if mode not in ("constant", "circular", *_OPERATIONS):
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if value is not None and not hasattr(value, "__float__"):
        raise TypeError(f"pad(): argument 'value' (position 4) must be float, not {type(value).__name__}")
    return tuple([size.__index__() for size in pad])


def _circular(input: Any, sizes: tuple[int, ...]) -> Any:
    """Written into an empty tensor part by part, as PyTorch does it, so that the graph is the same."""
    found = input._array.shape
    axes = [
        (len(found) - 1 - number, *sizes[2 * number : 2 * number + 2]) for number in range(len(sizes) // 2)
    ]
    wanted = list(found)
    for axis, low, high in axes:
        if max(low, high) > found[axis]:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        wanted[axis] += low + high
        if wanted[axis] < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")
    padded = input.new_zeros(wanted)
    part, source = padded, input
    for axis, low, high in axes:
        part = slice_op(part, axis, max(low, 0), wanted[axis] - max(high, 0), 1)
        source = slice_op(source, axis, max(-low, 0), found[axis] - max(-high, 0), 1)
    part.copy_(source)
    for axis, low, high in axes:
        start, end = max(low, 0), wanted[axis] - max(high, 0)
        if low > 0:
            slice_op(padded, axis, 0, low, 1).copy_(slice_op(padded, axis, end - low, end, 1))
        if high > 0:
            slice_op(padded, axis, end, wanted[axis], 1).copy_(slice_op(padded, axis, start, start + high, 1))
    return padded
