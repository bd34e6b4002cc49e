"""Resampling to other sizes as operations: nearest, linear, cubic, and with means against aliasing."""

from __future__ import annotations

import numpy as np

from ..layouts import as_suggested
from ..op import LINEAR, op
from . import resizing
from .operands import in_single

_EXACT = np.dtype(np.float64)
_SCALES = {1: "scales", 2: "scales_h, scales_w", 3: "scales_d, scales_h, scales_w"}


# whose gradients lie in memory as those that arrive
_FOLLOW_THE_GRADIENT = (
    "UpsampleNearest2D",
    "UpsampleNearestExact2D",
    "UpsampleBilinear2D",
    "UpsampleTrilinear3D",
)


def _nearest(exact):
    def weigh(size, count, align_corners, scale, dtype):
        return [resizing.nearest(size, count, scale, exact)], [np.ones(count, dtype)]

    return weigh


def _linear(size, count, align_corners, scale, dtype):
    return resizing.linear(size, count, scale, align_corners, dtype)


def _cubic(size, count, align_corners, scale, dtype):
    return resizing.cubic(size, count, scale, align_corners, dtype)


def _forward(weigh, array, output_size, align_corners, scales):
    if array.dtype == np.uint8 and weigh in (_linear, _cubic):
        matrices = [
            resizing.as_matrix(size, *weigh(size, count, align_corners, scale, _EXACT), _EXACT)
            for size, count, scale in zip(array.shape[-2:], output_size, scales)
        ]
        return resizing.of_bytes(array, matrices)
    if weigh is _linear and len(scales) == 2 and sum(output_size) <= _SMALL:
        found = [
            weigh(size, count, align_corners, scale, array.dtype)
            for size, count, scale in zip(array.shape[-2:], output_size, scales)
        ]
        return resizing.between_four(array, *found)
    for axis, count, scale in reversed(list(zip(range(-len(scales), 0), output_size, scales))):
        indices, weights = weigh(array.shape[axis], count, align_corners, scale, array.dtype)
        if len(indices) == 1:
            array = array.take(indices[0], axis)
        else:
            array = resizing.apply(array, axis, indices, weights)
    return array


_SMALL = 128  # height and width up to which PyTorch adds the four neighbours of a point at once


def _backward(weigh, grad, sizes, align_corners, scales):
    for axis, scale in zip(range(-len(scales), 0), scales):
        size, count = sizes[axis], grad.shape[axis]
        found = weigh(size, count, align_corners, scale, grad.dtype)
        grad = resizing.multiply(grad, axis, resizing.as_matrix(size, *found, grad.dtype).T)
    return np.ascontiguousarray(grad)


def _forward_by_means(mode, array, output_size, align_corners, scales):
    if array.dtype == np.uint8:
        matrices = [
            resizing.means_matrix(size, count, scale, align_corners, _EXACT, mode)
            for size, count, scale in zip(array.shape[-2:], output_size, scales)
        ]
        return resizing.of_bytes(array, matrices)
    for axis, count, scale in reversed(list(zip(range(-len(scales), 0), output_size, scales))):
        matrix = resizing.means_matrix(array.shape[axis], count, scale, align_corners, array.dtype, mode)
        array = resizing.multiply(array, axis, matrix)
    return np.ascontiguousarray(array)


def _backward_by_means(mode, grad, sizes, align_corners, scales):
    for axis, scale in zip(range(-len(scales), 0), scales):
        size, count = sizes[axis], grad.shape[axis]
        matrix = resizing.means_matrix(size, count, scale, align_corners, grad.dtype, mode)
        grad = resizing.multiply(grad, axis, matrix.T)
    return np.ascontiguousarray(grad)


def _resampling(name, count, kind, forward, backward, aligned=True):
    """The operation for so many dimensions; its nodes show the options under PyTorch's names."""
    options = f"output_size, {'align_corners, ' if aligned else ''}{_SCALES[count]}"
    gathered = f"({'align_corners' if aligned else False}), ({_SCALES[count]},)"

    def resize(array, output_size, align_corners, scales):
        return in_single(lambda wide: forward(kind, wide, output_size, align_corners, scales), array)

    def hand_back(array, sizes, align_corners, scales):
        found = in_single(lambda wide: backward(kind, wide, sizes, align_corners, scales), array)
        return as_suggested(found, array) if name in _FOLLOW_THE_GRADIENT else found

    def made(source, **known):
        return eval(source, {"resize": resize, "hand_back": hand_back, **known})

    again = made(f"lambda grad, {options}: operation()(grad, {options})", operation=lambda: operation)
    returning = op(grad_output=again, jvp=LINEAR, node=f"{name}BackwardBackward0")(
        made(f"lambda grad_output, sizes, {options}: hand_back(grad_output, sizes, {gathered})")
    )
    formula = made(
        f"lambda grad, self_sym_sizes, {options}: returning(grad, self_sym_sizes, {options})",
        returning=returning,
    )
    operation = op(self=formula, jvp=LINEAR, node=f"{name}Backward0")(
        made(f"lambda self, {options}: resize(self, output_size, {gathered})")
    )
    return operation


NEAREST = {
    count: _resampling(f"UpsampleNearest{count}D", count, _nearest(False), _forward, _backward, False)
    for count in (1, 2, 3)
}
NEAREST_EXACT = {
    count: _resampling(f"UpsampleNearestExact{count}D", count, _nearest(True), _forward, _backward, False)
    for count in (1, 2, 3)
}
SMOOTH = {
    "linear": _resampling("UpsampleLinear1D", 1, _linear, _forward, _backward),
    "bilinear": _resampling("UpsampleBilinear2D", 2, _linear, _forward, _backward),
    "trilinear": _resampling("UpsampleTrilinear3D", 3, _linear, _forward, _backward),
    "bicubic": _resampling("UpsampleBicubic2D", 2, _cubic, _forward, _backward),
}
BY_MEANS = {
    mode: _resampling(f"Upsample{mode.capitalize()}2DAa", 2, mode, _forward_by_means, _backward_by_means)
    for mode in ("bilinear", "bicubic", "lanczos")
}
