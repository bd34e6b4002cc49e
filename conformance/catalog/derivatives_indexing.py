"""Derivatives of indexing, and of joining and splitting."""

from __future__ import annotations

from conformance import case, raises

INDEXING = "Tensor Indexing API: Getter"
JOINING = "torch: Indexing, Slicing, Joining, Mutating Ops"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


@case(INDEXING)
def by_integers(torch):
    """An int picks a row or an element; the gradient is zero elsewhere."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "x[1]", gradients(x[1], x, torch.tensor([1.0, -2.0, 0.5]))
    yield "x[-1, -2]", x[-1, -2]
    yield "gradient of x[-1, -2]", gradients(x[-1, -2], x, torch.tensor(2.5))
    yield "x[:, 2]", gradients(x[:, 2], x, torch.tensor([1.0, -2.0]))
    yield "x[..., 0]", gradients(x[..., 0], x, torch.tensor([1.0, -2.0]))
    yield "select", gradients(x.select(1, -1), x, torch.tensor([1.0, -2.0]))
    yield "out of range", raises(lambda: x[2])
    yield "too many", raises(lambda: x[0, 0, 0])


@case(INDEXING)
def by_slices(torch):
    """A slice with start, stop and step; the gradient is zero for what was left out."""
    x = torch.arange(10.0).reshape(2, 5).requires_grad_()
    yield "x[:, 1:4]", gradients(x[:, 1:4], x, torch.arange(6.0).view(2, 3) - 1.5)
    yield "x[:, ::2]", gradients(x[:, ::2], x, torch.arange(6.0).view(2, 3) - 1.5)
    yield "x[:, -2:]", gradients(x[:, -2:], x, torch.arange(4.0).view(2, 2) - 1.5)
    yield "x[1:, 3:]", gradients(x[1:, 3:], x, torch.tensor([[1.0, -2.0]]))
    yield "x[:, 4:2]", x[:, 4:2]
    yield "narrow", gradients(x.narrow(1, 2, 2), x, torch.arange(4.0).view(2, 2) - 1.5)
    yield "a negative step", raises(lambda: x[:, ::-1])


@case(INDEXING)
def by_none_and_ellipsis(torch):
    """None makes a dimension, the ellipsis stands for those not named."""
    x = torch.arange(12.0).reshape(2, 3, 2).requires_grad_()
    weights = torch.arange(12.0) * 0.5 - 2
    yield "x[None]", torch.autograd.grad(x[None], x, weights.view(1, 2, 3, 2))
    yield "x[:, None, 1]", torch.autograd.grad(x[:, None, 1], x, weights[:4].view(2, 1, 2))
    yield "x[..., 1]", torch.autograd.grad(x[..., 1], x, weights[:6].view(2, 3))
    yield "x[1, ..., None]", torch.autograd.grad(x[1, ..., None], x, weights[:6].view(3, 2, 1))
    scalar = torch.tensor(3.0, requires_grad=True)
    yield "0-d[None]", torch.autograd.grad(scalar[None], scalar, torch.tensor([2.5]))
    yield "0-d[0]", raises(lambda: scalar[0])


@case(INDEXING)
def by_masks(torch):
    """A mask of the whole shape gives a vector, one of the first dimension gives rows."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    mask = torch.tensor([[True, False, True], [False, False, True]])
    yield "x[mask]", x[mask]
    yield "gradient", gradients(x[mask], x, torch.tensor([1.0, -2.0, 0.5]))
    rows = torch.tensor([False, True])
    yield "rows", gradients(x[rows], x, torch.tensor([[1.0, -2.0, 0.5]]))
    yield "columns", gradients(x[:, mask[0]], x, torch.tensor([[1.0, -2.0], [3.0, 4.0]]))
    yield "nothing", x[x > 100]
    yield "a mask of another size", raises(lambda: x[torch.tensor([True, False, True])])


@case(INDEXING)
def by_integer_tensors(torch):
    """An integer tensor picks rows, in any order; what is picked repeatedly gets the sum of the gradients."""
    x = torch.tensor([[1.5, -2.0], [3.0, 0.5], [4.0, -0.25]], requires_grad=True)
    indices = torch.tensor([2, 0, 2, 2])
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0], [10.0, 20.0], [-100.0, 0.25]])
    yield "x[indices]", x[indices]
    yield "gradient", gradients(x[indices], x, weights)
    yield "a list", gradients(x[[2, 0, 2, 2]], x, weights)
    yield "negatives", gradients(x[torch.tensor([-1, -3])], x, weights[:2])
    yield "out of range", raises(lambda: x[torch.tensor([3])])
    yield "floats", raises(lambda: x[torch.tensor([1.0])])


@case(INDEXING, builds_on=("derivatives_indexing::by_integer_tensors",))
def by_several_integer_tensors(torch):
    """Integer tensors for several dimensions are broadcast against each other."""
    x = torch.arange(12.0).reshape(3, 4).requires_grad_()
    rows, columns = torch.tensor([0, 2, 0]), torch.tensor([1, 3, 1])
    yield "x[rows, columns]", x[rows, columns]
    yield "gradient", gradients(x[rows, columns], x, torch.tensor([1.0, -2.0, 0.5]))
    grid = x[rows[:, None], columns[:2]]
    yield "grid", grid
    weights = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    yield "gradient of the grid", gradients(grid, x, weights)
    picked = x[:, torch.tensor([[0, 0]])]
    yield "x[:, matrix]", picked
    yield "gradient of x[:, matrix]", gradients(picked, x, weights[:, None])


@case(INDEXING, builds_on=("derivatives_indexing::by_integer_tensors",))
def by_a_mixture(torch):
    """Ints, slices and integer tensors may be mixed."""
    x = torch.arange(12.0).reshape(2, 3, 2).requires_grad_()
    y = x[:, torch.tensor([2, 0]), 1:]
    yield "x[:, integers, 1:]", y
    yield "its gradient", gradients(y, x, torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]]))
    y = x[1, torch.tensor([1, 1, 2])]
    yield "x[1, integers]", y
    yield "its gradient, too", gradients(y, x, torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    y = x[torch.tensor([0, 1]), :, torch.tensor([1, 0])]
    yield "x[integers, :, integers]", y


@case(JOINING)
def cat(torch):
    """The gradient of cat is cut into the pieces; a tensor that stands in it twice gets the sum."""
    x = torch.tensor([[1.5, -2.0]], requires_grad=True)
    y = torch.tensor([[3.0, 0.5], [4.0, -0.25]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0], [10.0, 20.0], [-100.0, 0.25]])
    yield "along dim 0", torch.cat([x, y, x])
    yield "gradients", torch.autograd.grad(torch.cat([x, y, x]), (x, y), weights)
    beside = torch.tensor([[1.0, -2.0, 0.25], [0.5, 3.0, -4.0]])
    yield "along dim 1", torch.autograd.grad(torch.cat([x.t(), y], dim=1), (x, y), beside)
    yield "along dim -1", torch.cat([y, y * 2], dim=-1)
    constant = torch.tensor([[7.0, 8.0]])
    yield "with a constant", torch.autograd.grad(torch.cat([constant, x]), x, weights[:2])


@case(JOINING, builds_on=("derivatives_indexing::cat",))
def cat_of_other_kinds(torch):
    """cat promotes dtypes, skips the legacy empty vector, and refuses other shapes."""
    x = torch.tensor([[1.5, -2.0]], requires_grad=True)
    double = torch.tensor([[3.0, 0.5]], dtype=torch.float64)
    joined = torch.cat([x, double])
    yield "promoted", joined
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64)
    yield "gradient", gradients(joined, x, weights)
    yield "an empty vector", torch.cat([x, torch.tensor([])])
    yield "other columns", raises(lambda: torch.cat([x, torch.ones(1, 3)]))
    yield "other ranks", raises(lambda: torch.cat([x, torch.ones(2)]))
    yield "0-d", raises(lambda: torch.cat([torch.tensor(1.0), torch.tensor(2.0)]))
    yield "nothing", raises(lambda: torch.cat([]))


@case(JOINING)
def stack(torch):
    """stack makes a new dimension, along which the gradient is taken apart."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = torch.tensor([3.0, 0.5], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    for dim in (0, 1, -1):
        yield f"dim {dim}", torch.stack([x, y], dim)
        yield f"gradients, dim {dim}", torch.autograd.grad(torch.stack([x, y], dim), (x, y), weights)
    yield "other shapes", raises(lambda: torch.stack([x, torch.ones(3)]))


@case(JOINING)
def split_and_chunk(torch):
    """split and chunk cut a tensor; the gradients of the pieces used are put together, zero elsewhere."""
    x = torch.arange(10.0).reshape(2, 5).requires_grad_()
    pieces = x.split(2, dim=1)
    yield "pieces of 2", pieces
    yield "first and last", torch.autograd.grad((pieces[0] * 3).sum() + (pieces[2] * pieces[2]).sum(), x)
    pieces = x.split([1, 4], dim=1)
    yield "pieces of 1 and 4", gradients(pieces[1], x, torch.arange(8.0).view(2, 4) - 1.5)
    pieces = x.chunk(2, dim=1)
    yield "chunks", pieces
    yield "of the chunks", torch.autograd.grad(pieces[0].prod() + pieces[1].sum(), x)
    yield "sizes that do not add up", raises(lambda: x.split([1, 3], dim=1))


@case(JOINING)
def unbind_and_iteration(torch):
    """unbind and iteration give the rows; rows not used get a gradient of zero."""
    x = torch.tensor([[1.5, -2.0], [3.0, 0.5], [4.0, -0.25]], requires_grad=True)
    rows = x.unbind(0)
    yield "rows", rows
    yield "two of three", gradients(rows[2] * rows[0], x, torch.tensor([1.0, -3.0]))
    first, _ = x.unbind(1)
    yield "a column", gradients(first, x, torch.tensor([1.0, -2.0, 0.5]))
    total = sum(row * (number + 1) for number, row in enumerate(x))
    yield "by iteration", gradients(total, x, torch.tensor([1.0, -2.0]))


@case(JOINING, builds_on=("derivatives_indexing::split_and_chunk",))
def pieces_joined_again(torch):
    """A tensor that is taken apart and put together in another order has its gradient reordered."""
    x = torch.tensor([[1.5, -2.0], [3.0, 0.5], [4.0, -0.25]], requires_grad=True)
    first, second, third = x.unbind(0)
    joined = torch.stack([third, first * second, second])
    yield "joined", joined
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0], [10.0, 20.0]])
    yield "gradient", gradients(joined, x, weights)


@case(INDEXING, builds_on=("derivatives_indexing::by_integers",))
def elements_used_one_by_one(torch):
    """Gradients of elements that were picked one by one add up in the leaf."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = x[0] * x[1] + x[1] * x[2] * x[2] - x[0]
    y.backward()
    yield "value", y.detach()
    yield "gradient", x.grad
