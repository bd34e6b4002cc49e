"""Broadcasting: the shapes of results, and gradients that are summed back to the shapes of the operands."""

from __future__ import annotations

from conformance import case, raises

BROADCASTING = "Broadcasting semantics: General semantics"


def numbers(torch, shape, start):
    """A leaf of that shape with numbers that are exact in binary, do not repeat and are not zero."""
    count = 1
    for size in shape:
        count *= size
    values = [((7 * (position + start)) % 23 - 11.5) / 4 for position in range(count)]
    return torch.tensor(values).reshape(shape).requires_grad_()


@case(BROADCASTING)
def vector_against_matrix(torch):
    """A vector is added to each row of a matrix, and gets the sum of the gradients over the rows."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    b = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    y = x + b
    yield "x + b", y
    y.backward(torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0]]))
    yield "gradient of x", x.grad
    yield "gradient of b", b.grad


@case(BROADCASTING, builds_on=("broadcasting::vector_against_matrix",))
def column_against_row(torch):
    """A column and a row give a matrix; each gets the sum along the other."""
    column = torch.tensor([[1.5], [-2.0]], requires_grad=True)
    row = torch.tensor([[4.0, 0.5, -1.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0]])
    yield "column * row", column * row
    yield "gradients", torch.autograd.grad(column * row, (column, row), weights)
    yield "column - vector", torch.autograd.grad(column - row[0], (column, row), weights)


@case(BROADCASTING, builds_on=("broadcasting::vector_against_matrix",))
def scalar_tensor_against_anything(torch):
    """A 0-d tensor gets the sum over everything."""
    s = torch.tensor(1.5, requires_grad=True)
    for shape in ((), (3,), (2, 3), (2, 1, 2)):
        x = numbers(torch, shape, 1)
        y = s * x
        yield f"against {shape}", torch.autograd.grad(y, (s, x), numbers(torch, shape, 5).detach())


@case(BROADCASTING, builds_on=("broadcasting::column_against_row",))
def sums_in_many_shapes(torch):
    """Shapes are aligned at their last dimensions; missing ones and those of size 1 are summed over."""
    for first, second in (
        ((3,), (1,)),
        ((2, 3), (1, 3)),
        ((2, 3), (2, 1)),
        ((2, 3), (1, 1)),
        ((2, 1, 3), (4, 1)),
        ((1,), ()),
    ):
        x, y = numbers(torch, first, 1), numbers(torch, second, 3)
        total = x + y
        weights = numbers(torch, total.shape, 5).detach()
        yield f"{first} + {second}", torch.autograd.grad(total, (x, y), weights)


@case(BROADCASTING, builds_on=("broadcasting::sums_in_many_shapes",))
def products_in_many_shapes(torch):
    """Products sum their gradients to the shapes of their factors."""
    for first, second in (
        ((2, 1, 3), (4, 1)),
        ((2, 3, 1), (3, 2)),
        ((1, 2), (3, 1, 1)),
        ((2, 2), (2,)),
        ((1, 1, 1), (2, 3)),
    ):
        x, y = numbers(torch, first, 1), numbers(torch, second, 3)
        product = x * y
        weights = numbers(torch, product.shape, 5).detach()
        yield f"{first} * {second}", torch.autograd.grad(product, (x, y), weights)


@case(BROADCASTING, builds_on=("broadcasting::sums_in_many_shapes",))
def operations_that_broadcast(torch):
    """Quotients, powers, maxima and where broadcast as sums do."""
    column, row = numbers(torch, (2, 1), 2), numbers(torch, (3,), 4)
    weights = numbers(torch, (2, 3), 5).detach()
    positive = column.detach().abs().requires_grad_()
    yield "quotient", torch.autograd.grad(column / row, (column, row), weights)
    yield "power", torch.autograd.grad(positive**row, (positive, row), weights)
    yield "maximum", torch.autograd.grad(torch.maximum(column, row), (column, row), weights)
    yield "where", torch.autograd.grad(torch.where(row > 0, column, row), (column, row), weights)
    yield "rest", torch.autograd.grad(column % row, (column, row), weights)


@case(BROADCASTING)
def shapes_of_results(torch):
    """The shape of a result takes the larger size in every dimension, from the last one backward."""
    for first, second in (
        ((2, 3), (3,)),
        ((2, 1), (1, 4)),
        ((5, 1, 1), (2, 1)),
        ((), (2,)),
        ((1,), (0,)),
        ((0, 3), (3,)),
    ):
        x, y = torch.ones(first), torch.full(second, 2.0)
        yield f"{first} and {second}", x + y


@case(BROADCASTING)
def shapes_that_do_not_fit(torch):
    """Sizes that differ, neither being 1, are refused; the message names sizes and dimension."""
    x = torch.ones(2, 3)
    yield "at the last dimension", raises(lambda: x + torch.ones(2))
    yield "at the first dimension", raises(lambda: x * torch.ones(3, 3))
    yield "in where", raises(lambda: torch.where(x > 0, torch.ones(2, 2), x))
    yield "in maximum", raises(lambda: torch.maximum(x, torch.ones(4, 1, 2)))
    yield "in place", raises(lambda: torch.ones(3).add_(x))
    yield "empty", raises(lambda: x + torch.ones(0))


@case(BROADCASTING, builds_on=("broadcasting::vector_against_matrix",))
def in_place_broadcasts_only_the_other(torch):
    """An in-place operation broadcasts its operand to the tensor, never the tensor itself."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    b = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    c = torch.tensor([[2.0], [-3.0]], requires_grad=True)
    y = x * 1
    y += b
    y *= c
    yield "y", y
    y.backward(torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0]]))
    yield "gradient of x", x.grad
    yield "gradient of b", b.grad
    yield "gradient of c", c.grad


@case(BROADCASTING, builds_on=("broadcasting::column_against_row",))
def one_leaf_broadcast_twice(torch):
    """A leaf that stands as column and as row gets both gradients, each summed its own way."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = x[:, None] * x - x[None, :]
    yield "y", y
    y.backward(torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0], [0.1, 0.2, 0.3]]))
    yield "gradient", x.grad


@case(BROADCASTING, builds_on=("broadcasting::column_against_row",))
def distances_between_points(torch):
    """The distances of all pairs of points, by broadcasting, have the gradient of each pair's direction."""
    points = torch.tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    centres = torch.tensor([[1.0, 1.0], [-1.0, 2.0], [0.5, 0.5]], requires_grad=True)
    squares = ((points[:, None] - centres[None]) ** 2).sum(2)
    yield "squares of distances", squares
    squares.backward(torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0]]))
    yield "gradient of points", points.grad
    yield "gradient of centres", centres.grad


@case(BROADCASTING, builds_on=("broadcasting::vector_against_matrix",))
def second_derivatives_of_broadcast_operations(torch):
    """Second derivatives are summed to the operands' shapes as first ones are."""
    column = torch.tensor([[1.5], [-2.0]], requires_grad=True)
    row = torch.tensor([4.0, 0.5, -1.0], requires_grad=True)
    y = (column * row).sin()
    weights = torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0]])
    by_column, by_row = torch.autograd.grad(y, (column, row), weights, create_graph=True)
    yield "first", (by_column.detach(), by_row.detach())
    yield "second", torch.autograd.grad((by_column**2).sum() + by_row.prod(), (column, row))
