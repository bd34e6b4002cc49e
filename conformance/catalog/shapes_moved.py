"""Elements and dimensions moved, repeated and cut into windows: roll, rot90, movedim, tile, unfold and alike."""

from __future__ import annotations

from conformance import case, raises

SHAPES = "torch: Indexing, Slicing, Joining, Mutating Ops"
OTHER = "torch: Other Operations"
VIEWS = "Tensor Views: View operations"


def _numbers(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    return (torch.arange(float(count)) * 0.75 - 2).reshape(sizes).requires_grad_()


def _gradient(torch, out, x):
    weights = (torch.arange(float(out.numel())) * 0.5 - 1.25).reshape(out.shape).to(out.dtype)
    return torch.autograd.grad(out, x, weights)


@case(OTHER)
def roll(torch):
    """roll moves elements along dimensions, or through all of them; its gradient is rolled back."""
    x = _numbers(torch, 2, 3)
    for shifts, dims in ((1, None), (-2, 1), ((1, 2), (0, 1)), ((1, 1), (1, 1)), (7, -1)):
        y = torch.roll(x, shifts, dims)
        yield f"by {shifts} along {dims}", y
        yield f"gradient by {shifts} along {dims}", _gradient(torch, y, x)
    yield "the method", x.roll(1)
    yield "saved", x.roll((1, 2), (0, 1)).grad_fn._saved_shifts


@case(OTHER)
def roll_refuses(torch):
    """roll needs as many shifts as dimensions, and at least one."""
    x = _numbers(torch, 2, 3)
    yield "two shifts, no dimension", raises(lambda: x.roll((1, 2)))
    yield "one shift, two dimensions", raises(lambda: x.roll(1, (0, 1)))
    yield "no shift", raises(lambda: x.roll(()))
    yield "a dimension that is not there", raises(lambda: x.roll(1, 2))


@case(OTHER)
def rot90(torch):
    """rot90 turns a plane by quarters; its gradient is turned back."""
    x = _numbers(torch, 2, 3)
    for k in (-1, 0, 1, 2, 5):
        y = torch.rot90(x, k)
        yield f"by {k}", y
        yield f"gradient by {k}", _gradient(torch, y, x)
    yield "another plane", _numbers(torch, 2, 2, 2).rot90(1, (2, 0))
    yield "one dimension", raises(lambda: x[0].rot90())
    yield "the same dimension twice", raises(lambda: x.rot90(1, (1, -1)))
    yield "three dimensions named", raises(lambda: x.rot90(1, (0, 1, 1)))


@case(OTHER)
def flips(torch):
    """fliplr turns the second dimension round, flipud the first."""
    x = _numbers(torch, 2, 3)
    yield "fliplr", torch.fliplr(x)
    yield "flipud", x.flipud()
    yield "gradients", _gradient(torch, x.fliplr() * 2 + x.flipud(), x)
    yield "fliplr of a vector", raises(lambda: torch.fliplr(x[0]))
    yield "flipud of a number", raises(lambda: torch.flipud(x[0, 0]))


@case(SHAPES)
def movedim(torch):
    """movedim puts dimensions where they are asked for, and keeps the order of the others."""
    x = _numbers(torch, 2, 3, 2)
    yield "one", torch.movedim(x, 0, -1)
    yield "several", x.movedim((0, 2), (1, 0))
    yield "moveaxis", torch.moveaxis(x, 1, 0).shape
    yield "gradient", _gradient(torch, x.movedim((0, 2), (2, 1)), x)
    yield "named twice", raises(lambda: x.movedim((0, -3), (0, 1)))
    yield "to one place", raises(lambda: x.movedim((0, 1), (1, 1)))
    yield "of different lengths", raises(lambda: x.movedim((0, 1), (1,)))


@case(SHAPES)
def tile(torch):
    """tile repeats like repeat, but fills up the numbers of copies from the front."""
    x = _numbers(torch, 2, 2)
    yield "last dimension", x.tile(2)
    yield "with a new dimension", torch.tile(x, (2, 1, 2))
    yield "gradient", _gradient(torch, x.tile(3, 2), x)


@case(OTHER)
def repeat_interleave_by_a_number(torch):
    """repeat_interleave repeats each element, or each slice of a dimension, so often in a row."""
    x = _numbers(torch, 2, 2)
    yield "all elements", x.repeat_interleave(3)
    yield "rows", torch.repeat_interleave(x, 2, dim=0)
    yield "gradient", _gradient(torch, x.repeat_interleave(2, dim=-1), x)
    yield "negative", raises(lambda: x.repeat_interleave(-1))
    yield "a float", raises(lambda: x.repeat_interleave(2.0))


@case(OTHER)
def repeat_interleave_by_a_tensor(torch):
    """Numbers of repetitions may differ, and may be 0."""
    x = _numbers(torch, 3, 2)
    times = torch.tensor([2, 0, 1])
    yield "rows", x.repeat_interleave(times, dim=0)
    yield "gradient", _gradient(torch, x.repeat_interleave(times, dim=0), x)
    yield "one number for all", x.repeat_interleave(torch.tensor([2]), dim=1)
    yield "of the numbers alone", torch.repeat_interleave(times)
    yield "output_size", x.repeat_interleave(times, dim=0, output_size=3).shape
    yield "too few", raises(lambda: x.repeat_interleave(times, dim=1))
    yield "a matrix of numbers", raises(lambda: x.repeat_interleave(times.view(1, 3), dim=0))
    yield "negative numbers", raises(lambda: torch.repeat_interleave(times - 1))
    yield "floats", raises(lambda: torch.repeat_interleave(times.float()))


@case(VIEWS)
def unfold_is_a_view_of_windows(torch):
    """unfold shows all windows along a dimension; the gradient of an element is summed over them."""
    x = _numbers(torch, 2, 5)
    y = x.unfold(1, 3, 1)
    yield "windows", y
    yield "strides", y.stride()
    yield "gradient", _gradient(torch, y, x)
    yield "gradient with steps", _gradient(torch, x.unfold(-1, 2, 2), x)
    yield "of a number", x[0, 0].unfold(0, 1, 1)
    z = (x * 1).detach()
    z.unfold(0, 2, 1)[0, 0, 1] = 50.0
    yield "written through the view", z
    yield "too large", raises(lambda: x.unfold(0, 3, 1))
    yield "without a step", raises(lambda: x.unfold(0, 1, 0))
    yield "negative size", raises(lambda: x.unfold(0, -1, 1))


@case(VIEWS)
def second_derivative_through_unfold(torch):
    """The gradient of unfold is itself recorded."""
    x = _numbers(torch, 5)
    (first,) = torch.autograd.grad(
        x.unfold(0, 2, 2).pow(3), x, torch.tensor([[1.0, 2.0], [3.0, -1.0]]), create_graph=True
    )
    yield "first", first
    yield "second", torch.autograd.grad(first, x, torch.tensor([1.0, -2.0, 0.5, 3.0, 4.0]))


@case(SHAPES)
def unflatten(torch):
    """unflatten splits a dimension into several, of which one may be left to be found."""
    x = _numbers(torch, 2, 6)
    yield "two", x.unflatten(1, (2, 3))
    yield "one to be found", torch.unflatten(x, -1, (3, -1)).shape
    yield "gradient", _gradient(torch, x.unflatten(1, (3, 2)), x)
    yield "too few", raises(lambda: x.unflatten(1, (2, 2)))
    yield "cannot be found", raises(lambda: x.unflatten(1, (4, -1)))
    yield "none", raises(lambda: x.unflatten(1, ()))
    yield "no such dimension", raises(lambda: x.unflatten(2, (2, 3)))


@case(VIEWS)
def view_as_another_type(torch):
    """view with a type reads the same memory anew, and is not differentiable."""
    x = torch.tensor([[1.0, -2.5], [0.5, 3.0]])
    yield "as integers", x.view(torch.int32)
    yield "as a smaller type", x.view(torch.int16).shape
    yield "as a larger type", x.view(torch.float64).shape
    yield "as complex numbers", x.view(torch.complex64)
    y = x.view(torch.int32)
    y[0, 0] = 0
    yield "written through", x
    yield "requires no grad", x.requires_grad_().view(torch.float64).requires_grad
    odd = torch.arange(6.0).view(2, 3)
    yield "odd size", raises(lambda: odd.view(torch.float64))
    yield "odd stride", raises(lambda: odd[:, :2].view(torch.float64))
    yield "not dense", raises(lambda: x.t().view(torch.float64))
    yield "a number", raises(lambda: torch.tensor(1.5).view(torch.uint8))


@case(SHAPES)
def squeeze_of_several(torch):
    """squeeze takes several dimensions away at once, if they have size 1."""
    x = _numbers(torch, 1, 2, 1, 3, 1)
    yield "two of them", x.squeeze((0, -1))
    yield "one that has another size", x.squeeze((1, 2)).shape
    yield "gradient", _gradient(torch, torch.squeeze(x, (0, 2, 4)), x)
    yield "named twice", raises(lambda: x.squeeze((0, 0)))


@case(OTHER)
def diag_embed(torch):
    """diag_embed makes diagonals of the last dimension, in any plane and beside the main one."""
    x = _numbers(torch, 2, 2)
    yield "plain", torch.diag_embed(x)
    yield "above", x.diag_embed(offset=1)
    yield "below, in another plane", x.diag_embed(-1, 0, 2)
    yield "gradient", _gradient(torch, x.diag_embed(1, 0, -1), x)
    yield "one plane twice", raises(lambda: x.diag_embed(0, 1, 1))


@case(OTHER)
def diagflat(torch):
    """diagflat makes a diagonal of all elements."""
    x = _numbers(torch, 2, 2)
    yield "plain", torch.diagflat(x)
    yield "below", x.diagflat(-1)
    yield "gradient", _gradient(torch, x.diagflat(1), x)


@case("torch.Tensor: fill_diagonal_")
def fill_diagonal(torch):
    """fill_diagonal_ writes one number along the diagonal, again below it if it may wrap."""
    yield "wide", torch.zeros(2, 3).fill_diagonal_(5)
    yield "tall", torch.zeros(5, 2).fill_diagonal_(1.5)
    yield "tall, wrapped", torch.zeros(7, 2).fill_diagonal_(1.5, wrap=True)
    yield "a cube", torch.zeros(2, 2, 2).fill_diagonal_(-1)
    x = _numbers(torch, 2, 2)
    y = x * 2
    y.fill_diagonal_(7)
    yield "gradient", _gradient(torch, y, x)
    yield "a vector", raises(lambda: torch.zeros(3).fill_diagonal_(1))
    yield "no cube", raises(lambda: torch.zeros(2, 2, 3).fill_diagonal_(1))


@case(SHAPES)
def sizes_by_name(torch):
    """Sizes and dimensions may be given by their names."""
    x = _numbers(torch, 2, 3)
    yield "permute", x.permute(dims=(1, 0))
    yield "torch.permute", torch.permute(x, dims=(1, 0))
    yield "flip", torch.flip(x, dims=(0,))
    yield "reshape", torch.reshape(x, shape=(3, 2))
    yield "view", x.view(size=(6,))
    yield "expand", x[:1].expand(size=(2, 3))
    yield "repeat", x.repeat(repeats=(1, 2))
    yield "tile", torch.tile(x, dims=(2,))


@case(SHAPES)
def other_names_of_shapes(torch):
    """split_with_sizes, swapdims and sum_to_size; triangles written in place."""
    x = _numbers(torch, 2, 3)
    yield "split_with_sizes", x.split_with_sizes((1, 2), 1)
    yield "swapdims", torch.swapdims(x, 0, 1)
    yield "sum_to_size", x.sum_to_size(1, 3)
    yield "tril_", (x * 2).tril_()
    y = (x * 2).triu_(1)
    yield "triu_", y
    yield "gradient", _gradient(torch, y, x)
