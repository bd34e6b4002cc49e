"""Tensors side by side and of one shape: hstack, block_diag, meshgrid, broadcast_tensors, and parts replaced."""

from __future__ import annotations

from conformance import case, raises

SHAPES = "torch: Indexing, Slicing, Joining, Mutating Ops"
OTHER = "torch: Other Operations"


def _numbers(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    return (torch.arange(float(count)) * 0.75 - 2).reshape(sizes).requires_grad_()


def _gradient(torch, out, x):
    weights = (torch.arange(float(out.numel())) * 0.5 - 1.25).reshape(out.shape).to(out.dtype)
    return torch.autograd.grad(out, x, weights)


@case(SHAPES)
def stacks(torch):
    """hstack, vstack, dstack and column_stack join along a dimension that they make where it is missing."""
    v, w = _numbers(torch, 3), _numbers(torch, 3)
    x = _numbers(torch, 2, 3)
    for name in ("hstack", "vstack", "dstack", "column_stack", "row_stack"):
        yield f"{name} of vectors", getattr(torch, name)((v, w * 2))
    yield "hstack of matrices", torch.hstack([x, x * 2])
    yield "column_stack of a matrix and a vector", torch.column_stack((x, v[:2]))
    yield "dstack of matrices", torch.dstack((x, x * 2))
    yield "gradient", _gradient(torch, torch.vstack((x, v)), (x, v))
    yield "concatenate", torch.concatenate((x, x), axis=1)


@case(SHAPES)
def stacks_refuse(torch):
    """Stacks need tensors that fit, and at least one."""
    x, v = _numbers(torch, 2, 3), _numbers(torch, 2)
    for name in ("hstack", "vstack", "dstack", "column_stack"):
        function = getattr(torch, name)
        yield f"{name} of nothing", raises(lambda function=function: function([]))
    yield "vstack of other widths", raises(lambda: torch.vstack((x, v)))
    yield "hstack of a number", raises(lambda: torch.hstack(3))


@case(OTHER)
def atleast(torch):
    """atleast_1d, 2d and 3d add dimensions of size 1, and give a tensor back that has enough."""
    number, vector, cube = torch.tensor(1.5, requires_grad=True), _numbers(torch, 2), _numbers(torch, 1, 2, 1)
    for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
        function = getattr(torch, name)
        yield f"{name} of a number", function(number)
        yield f"{name} of a vector", function(vector)
        yield f"{name} of a cube", function(cube) is cube
    yield "of several", torch.atleast_2d(number, vector)
    yield "of a list", torch.atleast_1d([number, vector])
    yield "of no tensor", raises(lambda: torch.atleast_1d(3))


@case(OTHER)
def block_diag(torch):
    """block_diag puts matrices along a diagonal; vectors count as rows."""
    x, v, n = _numbers(torch, 2, 2), _numbers(torch, 3), torch.tensor(4.5, requires_grad=True)
    y = torch.block_diag(x, v, n)
    yield "of three", y
    yield "gradient", _gradient(torch, y, (x, v, n))
    yield "of nothing", torch.block_diag()
    yield "of a cube", raises(lambda: torch.block_diag(x, torch.ones(1, 1, 1)))


@case(OTHER)
def broadcast_tensors(torch):
    """broadcast_tensors expands tensors to their common shape."""
    x, v = _numbers(torch, 2, 3), _numbers(torch, 3)
    a, b, c = torch.broadcast_tensors(x, v, torch.tensor(2.5))
    yield "the vector", b
    yield "the number", c
    yield "what fits already", a is x
    yield "gradient", _gradient(torch, b, v)
    yield "what does not fit", raises(lambda: torch.broadcast_tensors(x, torch.ones(2)))


@case(OTHER)
def broadcast_shapes(torch):
    """broadcast_shapes works on shapes alone."""
    yield "three", torch.broadcast_shapes((2, 1), (3,), (5, 1, 1))
    yield "a number", torch.broadcast_shapes((2, 3), 1)
    yield "none", torch.broadcast_shapes()
    yield "refused", raises(lambda: torch.broadcast_shapes((2, 3), (2,)))
    yield "negative", raises(lambda: torch.broadcast_shapes((2, -3)))


@case(OTHER)
def meshgrid(torch):
    """meshgrid gives grids of coordinates, by rows first or, with "xy", by columns first."""
    a, b = _numbers(torch, 3), _numbers(torch, 2)
    for indexing in ("ij", "xy"):
        one, two = torch.meshgrid(a, b, indexing=indexing)
        yield f"{indexing}, first", one
        yield f"{indexing}, second", two
    yield "gradient", _gradient(torch, torch.meshgrid(a, b, indexing="xy")[0], a)
    yield "of three", [each.shape for each in torch.meshgrid(a, b, torch.tensor(1.5), indexing="ij")]
    yield "of a list", torch.meshgrid([a], indexing="ij")


@case(OTHER)
def meshgrid_warns_and_refuses(torch):
    """meshgrid warns where indexing is not given, and takes vectors of one type only."""
    a = torch.tensor([1.5, 2.5])
    yield "without indexing", torch.meshgrid(a, a)[0]
    yield "unknown indexing", raises(lambda: torch.meshgrid(a, indexing="ba"))
    yield "other types", raises(lambda: torch.meshgrid(a, a.double(), indexing="ij"))
    yield "nothing", raises(lambda: torch.meshgrid(indexing="ij"))


@case(OTHER)
def cartesian_prod(torch):
    """cartesian_prod lists all combinations of elements of vectors."""
    a, b = _numbers(torch, 2), _numbers(torch, 3)
    y = torch.cartesian_prod(a, b)
    yield "of two", y
    yield "gradient", _gradient(torch, y, (a, b))
    yield "of one", torch.cartesian_prod(a) is a
    yield "of a matrix", raises(lambda: torch.cartesian_prod(a, torch.ones(2, 2)))


@case(OTHER)
def combinations(torch):
    """combinations lists the choices of so many elements of a vector, with repetition if asked."""
    a = _numbers(torch, 4)
    yield "pairs", torch.combinations(a)
    yield "triples", torch.combinations(a, 3)
    yield "with replacement", torch.combinations(a, with_replacement=True)
    yield "gradient", _gradient(torch, torch.combinations(a), a)
    yield "none", torch.combinations(a, 0)
    yield "negative", raises(lambda: torch.combinations(a, -1))
    yield "of a matrix", raises(lambda: torch.combinations(torch.ones(2, 2)))


@case(SHAPES)
def parts_replaced(torch):
    """diagonal_scatter, select_scatter and slice_scatter copy a tensor with a part replaced."""
    x = _numbers(torch, 3, 3)
    v = torch.tensor([10.0, -20.0, 30.0], requires_grad=True)
    results = {
        "diagonal_scatter": torch.diagonal_scatter(x, v),
        "diagonal_scatter above": x.diagonal_scatter(v[:2], 1),
        "select_scatter": torch.select_scatter(x, v, 1, -1),
        "slice_scatter": x.slice_scatter(v.view(1, 3), 0, 1, 2),
        "slice_scatter with a step": torch.slice_scatter(x, v.view(3, 1).expand(3, 2), 1, step=2),
    }
    for name, y in results.items():
        yield name, y
        yield f"gradient of {name}", _gradient(torch, y, (x, v))
    yield "another shape", raises(lambda: torch.diagonal_scatter(x, v, 1))
    yield "another size", raises(lambda: torch.select_scatter(x, v[:2], 0, 0))


@case(SHAPES)
def as_strided_scatter(torch):
    """as_strided_scatter writes where as_strided would look; PyTorch's gradient of the input is that of the part."""
    x = _numbers(torch, 3, 3)
    v = torch.tensor([[10.0, -20.0], [5.0, 30.0]], requires_grad=True)
    y = torch.as_strided_scatter(x, v, (2, 2), (3, 2), 1)
    yield "written", y
    yield "gradient", _gradient(torch, y, (x, v))
