"""Resampling to other sizes, and sampling at the places of a grid."""

from __future__ import annotations

from math import nan, prod

from conformance import case, raises

FUNCTIONS = "torch.nn.functional: Vision functions"
LAYERS = "torch.nn: Vision Layers"


def values(torch, *sizes, step=7):
    """Eighths between -11/8 and 11/8, in an order that repeats late."""
    numbers = [((index * step) % 23 - 11) / 8 for index in range(prod(sizes))]
    return torch.tensor(numbers).reshape(sizes)


def resampled(torch, sizes, *args, **options):
    """The result of `interpolate`, its gradient, and what the gradient hands back once more."""
    x = values(torch, *sizes).requires_grad_()
    y = torch.nn.functional.interpolate(x, *args, **options)
    yield "result", y
    cotangent = values(torch, *y.shape, step=9).requires_grad_()
    (grad,) = torch.autograd.grad(y, x, cotangent, create_graph=True)
    yield "gradient", grad
    yield "second", torch.autograd.grad(grad, cotangent, values(torch, *sizes, step=13))[0]


@case(FUNCTIONS)
def interpolate_to_the_nearest(torch):
    """By default each position takes the nearest element before it."""
    yield from resampled(torch, (1, 2, 3, 4), scale_factor=2)
    yield from resampled(torch, (1, 2, 5, 4), (3, 7))
    yield from resampled(torch, (2, 1, 6), 4)
    yield from resampled(torch, (1, 1, 2, 3, 2), scale_factor=(2, 1, 1.5))


@case(FUNCTIONS)
def interpolate_to_the_nearest_exactly(torch):
    """`nearest-exact` looks from the middle of each position."""
    yield from resampled(torch, (1, 2, 3, 4), scale_factor=1.7, mode="nearest-exact")
    yield from resampled(torch, (1, 1, 6), 4, mode="nearest-exact")


@case(FUNCTIONS)
def interpolate_linearly(torch):
    """Linear modes weigh the elements on both sides, with corners on corners or not."""
    for align_corners in (False, True):
        yield from resampled(torch, (1, 2, 5), 8, mode="linear", align_corners=align_corners)
        yield from resampled(torch, (1, 2, 3, 4), (5, 6), mode="bilinear", align_corners=align_corners)
        yield from resampled(torch, (1, 1, 2, 3, 3), (3, 2, 4), mode="trilinear", align_corners=align_corners)


@case(FUNCTIONS)
def interpolate_with_cubes(torch):
    """`bicubic` weighs four elements in each dimension, and may overshoot."""
    yield from resampled(torch, (1, 1, 4, 5), (6, 3), mode="bicubic")
    yield from resampled(torch, (1, 1, 4, 4), (5, 7), mode="bicubic", align_corners=True)


@case(FUNCTIONS)
def interpolate_by_area_and_against_aliasing(torch):
    """`area` averages as adaptive pooling does; `antialias` weighs all the elements that a position covers."""
    yield from resampled(torch, (1, 2, 5, 6), (2, 4), mode="area")
    yield from resampled(torch, (1, 1, 7, 6), (3, 3), mode="bilinear", antialias=True)
    yield from resampled(torch, (1, 1, 7, 6), (3, 4), mode="bicubic", antialias=True)


@case(FUNCTIONS)
def scales_of_interpolate(torch):
    """A scale is used as given, or computed again from the sizes that follow from it."""
    x = values(torch, 1, 1, 5)
    interpolate = torch.nn.functional.interpolate
    for again in (None, True):
        yield (
            f"recomputed: {again}",
            interpolate(
                x, scale_factor=1.3, mode="linear", recompute_scale_factor=again, align_corners=False
            ),
        )
    image = values(torch, 1, 1, 3, 4).requires_grad_()
    node = interpolate(image, scale_factor=(2.0, 1.5), mode="bilinear").grad_fn
    yield (
        "saved",
        (node._saved_output_size, node._saved_scales_h, node._saved_scales_w, node._saved_align_corners),
    )
    node = interpolate(image, size=(2, 2)).grad_fn
    yield "of a size", (node._saved_output_size, node._saved_scales_h, node._saved_self_sym_sizes)


@case(FUNCTIONS)
def what_interpolate_refuses(torch):
    """Sizes and scales have to fit the input, and options the mode."""
    x = values(torch, 1, 2, 5, 6)
    for options in (
        {},
        {"size": 2, "scale_factor": 2},
        {"size": (1, 2, 3)},
        {"scale_factor": (1, 2, 3)},
        {"size": 2, "mode": "linear"},
        {"size": 2, "mode": "smooth"},
        {"size": 2, "align_corners": True},
        {"size": 2, "antialias": True},
        {"size": 2, "recompute_scale_factor": True},
        {"size": 0},
        {"scale_factor": 0.1},
    ):
        yield str(options), raises(lambda options=options: torch.nn.functional.interpolate(x, **options))


@case(FUNCTIONS)
def older_names_of_interpolate(torch):
    """`upsample` and its forms still work, with a warning."""
    functional, x = torch.nn.functional, values(torch, 1, 1, 2, 3)
    yield functional.upsample(x, scale_factor=2)
    yield functional.upsample_nearest(x, size=(3, 3))
    yield functional.upsample_bilinear(x, scale_factor=2)


@case(FUNCTIONS)
def grid_sample_between_elements(torch):
    """`grid_sample` weighs the elements around each place; gradients reach the input and the grid."""
    grid = values(torch, 1, 3, 3, 2, step=5).requires_grad_()
    for padding in ("zeros", "border", "reflection"):
        for align_corners in (False, True):
            x = values(torch, 1, 2, 4, 5).requires_grad_()
            y = torch.nn.functional.grid_sample(x, grid, "bilinear", padding, align_corners)
            yield f"{padding}, {align_corners}", y
            yield "gradients", torch.autograd.grad(y, (x, grid), values(torch, *y.shape, step=9))


@case(FUNCTIONS)
def grid_sample_nearest_cubic_and_volumes(torch):
    """Other modes take the nearest element or sixteen; volumes have grids of three numbers."""
    grid = (values(torch, 1, 3, 3, 2, step=5) * 0.9).requires_grad_()
    for mode in ("nearest", "bicubic"):
        x = values(torch, 1, 2, 4, 5).requires_grad_()
        y = torch.nn.functional.grid_sample(x, grid, mode, align_corners=False)
        yield mode, y
        yield "gradients", torch.autograd.grad(y, (x, grid), values(torch, *y.shape, step=9))
    x = values(torch, 1, 1, 3, 2, 4).requires_grad_()
    places = (values(torch, 1, 2, 2, 2, 3, step=5) * 0.9).requires_grad_()
    y = torch.nn.functional.grid_sample(x, places, padding_mode="border", align_corners=True)
    yield "volume", y
    yield "gradients", torch.autograd.grad(y, (x, places), values(torch, *y.shape, step=9))


@case(FUNCTIONS)
def grid_sample_at_nan(torch):
    """A place that is nan gives nan, or the first element where places are moved inside."""
    x, grid = values(torch, 1, 1, 2, 2), torch.tensor([[[[nan, nan]]]])
    for padding in ("zeros", "border"):
        yield padding, torch.nn.functional.grid_sample(x, grid, padding_mode=padding, align_corners=False)


@case(FUNCTIONS)
def affine_grids(torch):
    """`affine_grid` maps the places of a grid; its gradient reaches the maps."""
    for sizes in ((2, 1, 3, 4), (2, 1, 2, 3, 2)):
        count = len(sizes) - 2
        for align_corners in (False, True):
            theta = values(torch, 2, count, count + 1).requires_grad_()
            grid = torch.nn.functional.affine_grid(theta, sizes, align_corners=align_corners)
            yield f"{count} dimensions, {align_corners}", grid
            yield "gradient", torch.autograd.grad(grid, theta, values(torch, *grid.shape, step=9))[0]


@case(FUNCTIONS)
def what_grids_refuse(torch):
    """Grids, maps and sizes have to fit; without `align_corners` there is a warning."""
    functional = torch.nn.functional
    x, grid, theta = values(torch, 2, 1, 3, 3), torch.zeros(2, 2, 2, 2), values(torch, 2, 2, 3)
    yield "warning", functional.grid_sample(x, grid)
    yield "mode", raises(lambda: functional.grid_sample(x, grid, "smooth"))
    yield "padding", raises(lambda: functional.grid_sample(x, grid, padding_mode="some"))
    yield "last", raises(lambda: functional.grid_sample(x, grid[..., :1], align_corners=False))
    yield "batch", raises(lambda: functional.grid_sample(x, grid[:1], align_corners=False))
    yield "map", raises(lambda: functional.affine_grid(theta[0], (2, 1, 3, 3), align_corners=False))
    yield "sizes", raises(lambda: functional.affine_grid(theta, (2, 1, 3), align_corners=False))
    yield "empty", raises(lambda: functional.affine_grid(theta, (2, 1, 0, 3), align_corners=False))


@case(LAYERS)
def upsampling_layers(torch):
    """Layers print their size or scale, and do what `interpolate` does."""
    nn, x = torch.nn, values(torch, 1, 1, 2, 3)
    for layer in (
        nn.Upsample(scale_factor=2),
        nn.Upsample(size=3, mode="bilinear"),
        nn.Upsample(scale_factor=(2, 3), mode="bicubic", align_corners=True),
        nn.UpsamplingNearest2d(scale_factor=2),
        nn.UpsamplingBilinear2d(size=(3, 4)),
    ):
        yield repr(layer), layer(x)


@case(FUNCTIONS)
def interpolate_bytes(torch):
    """Images of bytes are weighed with whole numbers and rounded between the dimensions, as image libraries do."""
    image = torch.tensor([(index * 37) % 256 for index in range(60)], dtype=torch.uint8).reshape(1, 2, 5, 6)
    resized = torch.nn.functional.interpolate
    for mode in ("bilinear", "bicubic"):
        yield mode, resized(image, (8, 3), mode=mode)
        yield f"{mode}: corners on corners", resized(image, (3, 4), mode=mode, align_corners=True)
        yield f"{mode}: by factors", resized(image, scale_factor=(0.7, 1.6), mode=mode)
        yield f"{mode}: means", resized(image, (2, 3), mode=mode, antialias=True)
    yield "in one dimension", raises(lambda: resized(image[0], 4, mode="linear"))
    yield "signed", raises(lambda: resized(image.to(torch.int8), 4, mode="bilinear"))
