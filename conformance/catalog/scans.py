"""What runs along a dimension: products, extremes, log-sums, differences, areas."""

from __future__ import annotations

from conformance import case, raises

OTHER = "torch: Other Operations"
ROWS = [[0.75, -1.5, 2.25, 0.5], [1.25, 3.5, -0.5, 1.5]]
WEIGHTS = [[1.0, -2.0, 0.5, 3.0], [0.25, -1.5, 2.0, 0.75]]


def _first_and_second(torch, function, rows=ROWS):
    x = torch.tensor(rows, requires_grad=True)
    result = function(x)
    weights = torch.tensor(WEIGHTS)
    (gradient,) = torch.autograd.grad(result, x, weights, create_graph=True)
    yield "value", result
    yield "gradient", gradient
    yield "second", torch.autograd.grad((gradient * weights.flip(1)).sum(), x)


@case(OTHER)
def running_products(torch):
    """`cumprod` multiplies along a dimension; integers are summed up in int64 unless a type is given."""
    yield from _first_and_second(torch, lambda x: x.cumprod(1))
    whole = torch.tensor([2, 3, 4], dtype=torch.int8)
    yield "integers", torch.cumprod(whole, 0)
    yield "in their type", torch.cumprod(whole, 0, dtype=torch.int8)
    yield "in double precision", torch.cumprod(torch.tensor([1.1, 1.2]), 0, dtype=torch.float64)


@case(OTHER)
def running_products_with_zeros(torch):
    """The gradient of `cumprod` is right behind one zero and behind several."""
    for name, values in (("one", [1.5, 0.0, 2.5, -0.5]), ("two", [0.0, 1.5, 0.0, 2.5])):
        x = torch.tensor(values, requires_grad=True)
        yield name, torch.autograd.grad(x.cumprod(0), x, torch.tensor([1.0, -2.0, 0.5, 3.0]))


@case(OTHER)
def sums_of_types(torch):
    """`cumsum` of integers is int64 unless a type is given, which it then keeps."""
    whole = torch.tensor([100, 100, 100], dtype=torch.uint8)
    yield "uint8", torch.cumsum(whole, 0)
    yield "in uint8", torch.cumsum(whole, 0, dtype=torch.uint8)
    yield "bools", torch.tensor([True, True, False]).cumsum(0)
    yield (
        "float32 in double precision inside",
        torch.tensor([1e8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]).cumsum(0),
    )


@case(OTHER)
def running_extremes(torch):
    """`cummax` and `cummin` say where the extreme was last reached; nan stays."""
    for name in ("cummax", "cummin"):
        x = torch.tensor([2.5, 1.5, 2.5, 3.5, 1.5], requires_grad=True)
        found = getattr(torch, name)(x, 0)
        yield name, found
        weights = torch.tensor([1.0, -2.0, 0.5, 3.0, 0.25])
        yield f"{name}: gradient", torch.autograd.grad(found.values, x, weights)
        yield f"{name} with nan", getattr(torch.tensor([1.5, float("nan"), 2.5]), name)(0)
    yield "text", str(torch.cummax(torch.tensor([3, 4, 4]), 0))


@case(OTHER)
def running_log_sums(torch):
    """`logcumsumexp` adds exponentials up without overflow."""
    yield from _first_and_second(torch, lambda x: x.logcumsumexp(1))
    yield "large numbers", torch.logcumsumexp(torch.tensor([1000.0, 1001.0, -5.0]), 0)
    yield "integers", raises(lambda: torch.logcumsumexp(torch.tensor([1, 2]), 0))


@case(OTHER)
def differences_of_neighbours(torch):
    """`diff` takes the differences of neighbours, several times, with what is put before and behind."""
    x = torch.tensor(ROWS, requires_grad=True)
    once = x.diff()
    yield "once", once
    yield "gradient", torch.autograd.grad(once, x, torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]]))
    yield "twice", torch.diff(x, n=2)
    yield "along the first dimension", x.diff(dim=0)
    yield (
        "with more",
        torch.diff(x, prepend=torch.tensor([[0.5], [0.25]]), append=torch.tensor([[1.5], [1.25]])),
    )
    yield "not at all", x.diff(n=0)
    yield "of bools", torch.tensor([True, False, False]).diff()
    yield "of a number", raises(lambda: torch.tensor(1.5).diff())
    yield "a negative number of times", raises(lambda: x.diff(n=-1))


@case(OTHER)
def areas_under_lines(torch):
    """`trapezoid` integrates with equal steps or at sample points."""
    y = torch.tensor(ROWS, requires_grad=True)
    x = torch.tensor([0.5, 1.0, 2.5, 3.0], requires_grad=True)
    for name, result in (
        ("unit steps", torch.trapezoid(y)),
        ("steps", torch.trapz(y, dx=0.5)),
        ("sample points", torch.trapezoid(y, x)),
    ):
        yield name, result
        yield f"{name}: gradient", torch.autograd.grad(result, y, torch.tensor([1.0, -2.0]))
    yield "along the first dimension", torch.trapezoid(y, dim=0)
    yield "too few points", raises(lambda: torch.trapezoid(y, torch.tensor([1.0, 2.0])))


@case(OTHER)
def running_areas(torch):
    """`cumulative_trapezoid` is the area up to each point."""
    y = torch.tensor(ROWS, requires_grad=True)
    x = torch.tensor([0.5, 1.0, 2.5, 3.0])
    for name, result in (
        ("steps", torch.cumulative_trapezoid(y, dx=0.5)),
        ("sample points", torch.cumulative_trapezoid(y, x)),
    ):
        yield name, result
        weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]])
        yield f"{name}: gradient", torch.autograd.grad(result, y, weights)


@case(OTHER)
def slopes_of_samples(torch):
    """`gradient` gives the slopes along each dimension, by steps or at points, at the edges of either order."""
    x = torch.tensor([[1.5, 2.5, 4.5, 3.0], [0.5, 1.0, -2.0, 6.0], [2.0, 0.25, 1.0, 5.5]], requires_grad=True)
    yield "both dimensions", torch.gradient(x)
    yield "a step", torch.gradient(x, spacing=2.5, dim=1, edge_order=2)
    yield "points", torch.gradient(x, spacing=(torch.tensor([1.0, 2.5, 3.0, 5.0]),), dim=1)
    (slopes,) = torch.gradient(x, dim=0)
    weights = torch.tensor([[1.0, -2.0, 0.5, 3.0], [0.25, 1.5, -1.0, 2.0], [0.75, -0.5, 1.25, -3.0]])
    yield "derivative", torch.autograd.grad(slopes, x, weights)
    yield "too few", raises(lambda: torch.gradient(torch.tensor([1.5])))
    yield "an order of 3", raises(lambda: torch.gradient(x, edge_order=3))


@case(OTHER)
def running_logarithms_of_complex_sums(torch):
    """Of complex numbers, each logarithm turns on from the larger of two terms, beyond half a turn, too."""
    z = torch.tensor([[1 + 3j, 2 - 3j, 4j, -1 - 2.5j], [0.5, -0.25 + 9j, 0.5 - 6j, 2.0]], requires_grad=True)
    result = z.logcumsumexp(1)
    yield "value", result
    weights = torch.tensor([[1.0, -0.5j, 2.0, 1 + 1j], [0.5, 1j, -1.0, 0.25]])
    yield "gradient", torch.autograd.grad(result, z, weights)
    yield "equal in size", torch.tensor([1 + 3j, 1 - 3j]).logcumsumexp(0)
