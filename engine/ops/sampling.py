"""Sampling at the places of a grid, between the elements of images or volumes; and grids of affine maps."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from ..dtypes import from_numpy
from ..op import op, wrap
from .creation import linspace
from .elementary import add_product
from .joint import apart, only, together
from .linalg import products_of_stacks
from .refusals import no_forward_mode
from .resizing import CUBIC, cubic_weights

BILINEAR, NEAREST, BICUBIC = range(3)
ZEROS, BORDER, REFLECTION = range(3)


# ---- coordinates -------------------------------------------------------------------------------------------


def _unnormalized(places, size, align_corners, in_plane=False):
    """Coordinates from -1 to 1 as indices, and how fast these change; for images, PyTorch rounds less often."""
    kind = places.dtype.type
    if in_plane:
        speed = kind((size - 1 if align_corners else size) / 2)
        shifted = places + 1
        return (shifted * speed if align_corners else add_product(kind(-0.5), shifted, speed)), speed
    if align_corners:
        return (places + 1) / 2 * kind(size - 1), kind(size - 1) / 2
    return ((places + 1) * kind(size) - 1) / 2, kind(size) / 2


def _padded(places, size, padding, align_corners):
    """Indices moved inside as `padding` says, and how these change with them."""
    slope = np.ones_like(places)
    if padding == ZEROS:
        return places, slope
    if padding == REFLECTION:
        places, slope = _reflected(places, size, align_corners)
    slope = np.where((places > 0) & (places < size - 1), slope, slope.dtype.type(0))
    return np.clip(np.where(np.isnan(places), 0, places), 0, size - 1).astype(places.dtype), slope


def _reflected(places, size, align_corners):
    low, span = (0.0, size - 1) if align_corners else (-0.5, size)
    if not span:
        return np.zeros_like(places), np.zeros_like(places)
    away = np.abs(places - low)
    rest, odd = np.fmod(away, span), np.floor(away / span) % 2 == 1
    slope = np.where(places < low, -1, 1) * np.where(odd, -1, 1)
    return np.where(odd, span - rest + low, rest + low).astype(places.dtype), slope.astype(places.dtype)


class _Sampler:
    """The elements around each place of a grid: where they are, how much they count, and how that changes."""

    def __init__(self, input, grid, mode, padding, align_corners):
        self.inner = input.shape[2:]
        self.flat = input.reshape(*input.shape[:2], math.prod(self.inner))
        flat = grid.reshape(len(grid), math.prod(grid.shape[1:-1]), len(self.inner))
        # for each dimension: (index, weight, slope of weight) of its neighbours
        self.shares, self.slopes = [], []
        for axis, size in enumerate(self.inner):
            along = flat[..., len(self.inner) - 1 - axis]
            places, speed = _unnormalized(along, size, align_corners, len(self.inner) == 2)
            if mode == BICUBIC:
                self._cubic(places, size, padding, align_corners)
                self.slopes.append(speed)
                continue
            places, slope = _padded(places, size, padding, align_corners)
            self.slopes.append(slope * speed)
            if mode == NEAREST:
                self.shares.append([(np.rint(places), 1, None)])
            else:
                first = np.floor(places)
                share = places - first
                self.shares.append([(first, 1 - share, -1), (first + 1, share, 1)])

    def _cubic(self, places, size, padding, align_corners):
        first = np.floor(places)
        share = places - first
        slopes = _cubic_slopes(share)
        self.shares.append(
            [
                (_padded(first + shift, size, padding, align_corners)[0], weight, slope)
                for shift, weight, slope in zip((-1, 0, 1, 2), cubic_weights(share), slopes)
            ]
        )

    def neighbours(self):
        """The flat index of a neighbour of each place, whether it is inside, and its share in each dimension."""
        for chosen in product(*self.shares):
            flat, inside = 0, True
            for axis, (index, _, _) in enumerate(chosen):
                size = self.inner[axis]
                within = (index >= 0) & (index < size)
                inside = within & inside
                whole = np.where(within, index, 0).astype(np.int64)
                flat = flat + whole * math.prod(self.inner[axis + 1 :])
            yield flat, inside, chosen

    def values(self, flat, inside):
        """The elements with these indices, zeros outside."""
        found = np.take_along_axis(self.flat, flat[:, None], 2)
        return np.where(inside[:, None], found, found.dtype.type(0))


def _cubic_slopes(share):
    def near(x):
        return 3 * (CUBIC + 2) * x * x - 2 * (CUBIC + 3) * x

    def far(x):
        return 3 * CUBIC * x * x - 10 * CUBIC * x + 8 * CUBIC

    return [far(share + 1), near(share), -near(1 - share), -far(2 - share)]


def _weight(chosen, without=None):
    found = 1
    for axis, (_, weight, _) in enumerate(chosen):
        if axis != without:
            found = found * weight
    return found


def _sample(input, grid, mode, padding, align_corners):
    sampler = _Sampler(input, grid, mode, padding, align_corners)
    rounding_once = mode == BILINEAR and len(sampler.inner) == 2
    total = 0
    for flat, inside, chosen in sampler.neighbours():
        weight = _weight(chosen)
        part = sampler.values(flat, inside)
        if rounding_once:
            total = add_product(total, part, weight[:, None])
        else:
            total = total + (part if mode == NEAREST else part * weight[:, None])
    return total.reshape(*input.shape[:2], *grid.shape[1:-1]).astype(input.dtype)


def _hand_back(grad, input, grid, mode, padding, align_corners, needed):
    sampler = _Sampler(input, grid, mode, padding, align_corners)
    grads = grad.reshape(*grad.shape[:2], math.prod(grad.shape[2:]))
    count = math.prod(sampler.inner)
    to_input = np.zeros(input.size, input.dtype)
    starts = np.arange(input.shape[0] * input.shape[1]).reshape(*input.shape[:2], 1) * count
    to_places = [np.zeros(grads.shape[::2], input.dtype) for _ in sampler.inner]
    in_plane = mode == BILINEAR and len(sampler.inner) == 2
    if needed[1] and in_plane:
        to_places = _to_places_of_images(sampler, grads)
    for flat, inside, chosen in sampler.neighbours():
        if needed[0]:
            weight = np.broadcast_to(_weight(chosen), inside.shape)
            share = np.where(inside[:, None], grads * weight[:, None], input.dtype.type(0))
            np.add.at(to_input, (starts + flat[:, None]).reshape(-1), share.reshape(-1))
        if needed[1] and mode != NEAREST and not in_plane:
            through = (sampler.values(flat, inside) * grads).sum(1)
            for axis, total in enumerate(to_places):
                total += through * _weight(chosen, axis) * chosen[axis][2]
    to_grid = np.stack([total * slope for total, slope in zip(to_places, sampler.slopes)][::-1], -1)
    return to_input.reshape(input.shape), to_grid.reshape(grid.shape).astype(grid.dtype)


def _to_places_of_images(sampler, grads):
    """The gradients of the places in an image, vertical ones first: channel by channel, products added with one rounding."""
    corners = [sampler.values(flat, inside) for flat, inside, _ in sampler.neighbours()]
    (top, bottom), (left, right) = [[share[1][:, None] for share in shares] for shares in sampler.shares]
    above_left, above_right, below_left, below_right = corners
    down = add_product((below_left - above_left) * left, below_right - above_right, right)
    across = add_product((above_right - above_left) * top, below_right - below_left, bottom)
    found = []
    for change in (down, across):
        total = np.zeros(grads.shape[::2], grads.dtype)
        for channel in range(grads.shape[1]):
            total = add_product(total, change[:, channel], grads[:, channel])
        found.append(total)
    return found


# ---- the operations ----------------------------------------------------------------------------------------


def _sampling(count):
    def twice(grads, needed, grad_output, input, grid, interpolation_mode, padding_mode, align_corners):
        from .sampling_twice import second_gradients

        options = (interpolation_mode, padding_mode, align_corners)
        return second_gradients(grads, needed, grad_output, input, grid, *options)

    formulas = apart(twice, 3)

    @op(
        grad_output=formulas[0],
        input=formulas[1],
        grid=formulas[2],
        outputs=("result0", "result1"),
        node=f"GridSampler{count}DBackwardBackward0",
    )
    def backward(grad_output, input, grid, interpolation_mode, padding_mode, align_corners, output_mask):
        arrays = [
            each.astype(np.float32) if each.dtype.char in "eE" else each
            for each in (grad_output, input, grid)
        ]
        found = _hand_back(*arrays, interpolation_mode, padding_mode, align_corners, output_mask)
        return found[0].astype(input.dtype, copy=False), found[1].astype(grid.dtype, copy=False)

    def gradients(grad, needed, input, grid, interpolation_mode, padding_mode, align_corners):
        options = (interpolation_mode, padding_mode, align_corners)
        return only(needed, backward(grad, input, grid, *options, needed))

    of_input, of_grid = apart(gradients, 2)

    refuse = no_forward_mode(f"grid_sampler_{count}d")

    @op(input=of_input, grid=of_grid, jvp=refuse, node=f"GridSampler{count}DBackward0")
    def sample(input, grid, interpolation_mode, padding_mode, align_corners):
        options = (interpolation_mode, padding_mode, align_corners)
        if input.dtype.char in "eE":
            wide = _sample(input.astype(np.float32), grid.astype(np.float32), *options)
            return wide.astype(input.dtype)
        return _sample(input, grid, *options)

    together(backward, twice)
    return together(sample, gradients)


grid_sampler_2d, grid_sampler_3d = _sampling(2), _sampling(3)


# ---- grids of affine maps ----------------------------------------------------------------------------------


def _base(size, align_corners, dtype):
    """The places of a grid from -1 to 1, the last dimension first, and ones."""
    kind, axes = from_numpy(dtype), []
    for count in size[2:]:
        places = linspace(-1, 1, count, dtype=kind)._array if count > 1 else np.zeros(count, dtype)
        axes.append(places if align_corners else places * dtype.type(count - 1) / dtype.type(count))
    meshes = np.meshgrid(*axes, indexing="ij")
    return np.stack([*meshes[::-1], np.ones(size[2:])], -1).reshape(-1, len(axes) + 1).astype(dtype)


def _affine_backward(grad, size, align_corners):
    base = wrap(_base(size, align_corners, grad._dtype.numpy), grad._dtype)
    places = base.unsqueeze(0).expand(size[0], *base._array.shape)
    flat = grad.reshape(size[0], -1, len(size) - 2)
    return places.transpose(1, 2).bmm(flat).transpose(1, 2)


def _affine(theta, size, align_corners):
    base = _base(size, align_corners, theta.dtype)
    stacked = np.broadcast_to(base, (len(theta), *base.shape))
    return products_of_stacks(stacked, theta.swapaxes(1, 2)).reshape(len(theta), *size[2:], len(size) - 2)


@op(
    theta=_affine_backward,
    node="AffineGridGeneratorBackward0",
)
def affine_grid_generator(theta, size, align_corners):
    return _affine(theta, size, align_corners)
