"""Elements read, written and found by their places: take, put, nonzero, scatter_reduce, index_reduce."""

from __future__ import annotations

from conformance import case, raises

SHAPES = "torch: Indexing, Slicing, Joining, Mutating Ops"


def _numbers(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    return (torch.arange(float(count)) * 0.75 - 2).reshape(sizes).requires_grad_()


def _gradient(torch, out, x):
    weights = (torch.arange(float(out.numel())) * 0.5 - 1.25).reshape(out.shape).to(out.dtype)
    return torch.autograd.grad(out, x, weights)


@case(SHAPES)
def take(torch):
    """take counts places through the whole tensor; places named twice get both gradients."""
    x = _numbers(torch, 2, 3)
    index = torch.tensor([[0, 4], [4, -1]])
    y = torch.take(x, index)
    yield "elements", y
    yield "saved", y.grad_fn._saved_index
    yield "gradient", _gradient(torch, y, x)
    yield "out", torch.take(x.detach(), index, out=torch.empty(0))
    yield "beyond", raises(lambda: x.take(torch.tensor([6])))
    yield "another type", raises(lambda: x.take(torch.tensor([1], dtype=torch.int32)))
    yield "a list", raises(lambda: x.take([1]))


@case(SHAPES)
def second_derivative_through_take(torch):
    """The gradient of take is put into zeros, and recorded."""
    x = _numbers(torch, 4)
    (first,) = torch.autograd.grad(
        x.take(torch.tensor([1, 1, 3])).pow(3), x, torch.tensor([1.0, 2.0, -3.0]), create_graph=True
    )
    yield "first", first
    yield "second", torch.autograd.grad(first, x, torch.tensor([1.0, -2.0, 0.5, 3.0]))


@case(SHAPES)
def put(torch):
    """put writes at places counted through the whole tensor, or adds there."""
    x = _numbers(torch, 2, 3)
    source = torch.tensor([10.0, 20.0], requires_grad=True)
    index = torch.tensor([4, 0])
    yield "written", torch.put(x, index, source)
    yield "gradients", _gradient(torch, x.put(index, source), (x, source))
    added = x.put(torch.tensor([1, 1]), source, accumulate=True)
    yield "added", added
    yield "gradients where it is added", _gradient(torch, added, (x, source))
    y = torch.zeros(2, 2)
    yield "in place", y.put_(torch.tensor([3, 1]), torch.tensor([1.5, 2.5]))
    yield "version", y._version
    yield "too few", raises(lambda: x.put(index, source[:1]))
    yield "another type", raises(lambda: x.put(index, source.double()))


@case(SHAPES)
def take_along_dim(torch):
    """take_along_dim broadcasts the indices, and without a dimension counts through all elements."""
    x = _numbers(torch, 2, 3)
    index = torch.tensor([[2, 0]])
    yield "along 1", torch.take_along_dim(x, index, 1)
    yield "through all", x.take_along_dim(torch.tensor([5, 0, 0]))
    yield "gradient", _gradient(torch, x.take_along_dim(index, 1), x)
    yield "negative places", x.take_along_dim(torch.tensor([[-1], [-3]]), dim=1)
    yield "another number of dimensions", raises(lambda: x.take_along_dim(index[0], 1))
    yield "another type", raises(lambda: x.take_along_dim(index.int(), 1))


@case(SHAPES)
def nonzero(torch):
    """nonzero gives the places of what is not zero, as rows or by dimension."""
    x = torch.tensor([[0.0, 1.5, 0.0], [-2.0, 0.0, 3.0]])
    found = torch.nonzero(x)
    yield "rows", found
    yield "strides", found.stride()
    yield "by dimension", torch.nonzero(x, as_tuple=True)
    yield "argwhere", torch.argwhere(x > 0)
    yield "where of a condition", torch.where(x < 0)
    yield "of a number", torch.nonzero(torch.tensor(2.5))
    yield "of a number, by dimension", torch.nonzero(torch.tensor(2.5), as_tuple=True)
    yield "of zeros", torch.nonzero(torch.zeros(2, 2))
    yield "of a fixed length", torch.nonzero_static(x, size=4, fill_value=-2)
    yield "unravel_index", torch.unravel_index(torch.tensor([1, 5]), (2, 3))


REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


@case(SHAPES)
def scatter_reduce(torch):
    """scatter_reduce combines what is written with what is there, or only what is written."""
    x = torch.tensor([[1.5, -2.0, 3.0], [0.5, 4.0, -1.0]], requires_grad=True)
    src = torch.tensor([[2.5, -3.0, 1.0], [4.0, 0.25, 7.0]], requires_grad=True)
    index = torch.tensor([[0, 0, 2], [1, 2, 2]])
    for reduce in REDUCTIONS:
        for include_self in (True, False):
            y = x.scatter_reduce(1, index, src, reduce, include_self=include_self)
            label = f"{reduce}, include_self={include_self}"
            yield label, y
            yield f"gradients of {label}", _gradient(torch, y, (x, src))


@case(SHAPES)
def scatter_reduce_at_ties_and_zeros(torch):
    """Equal extremes share the gradient; a product with one zero has a gradient for that one only."""
    x = torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    src = torch.tensor([2.0, 2.0, 0.0, 4.0], requires_grad=True)
    index = torch.tensor([0, 0, 1, 1])
    for reduce in ("amax", "prod"):
        y = torch.scatter_reduce(x, 0, index, src, reduce)
        yield reduce, y
        yield f"gradients of {reduce}", _gradient(torch, y, (x, src))


@case(SHAPES)
def scatter_reduce_refuses(torch):
    """scatter_reduce knows five reductions, and needs indices and a source that fit."""
    x, src = torch.zeros(3), torch.ones(2)
    yield "unknown", raises(lambda: x.scatter_reduce(0, torch.tensor([0, 1]), src, "median"))
    yield "beyond", raises(lambda: x.scatter_reduce(0, torch.tensor([0, 3]), src, "sum"))
    yield "floats as index", raises(lambda: x.scatter_reduce(0, torch.tensor([0.0, 1.0]), src, "sum"))
    yield "another type", raises(lambda: x.scatter_reduce(0, torch.tensor([0, 1]), src.double(), "sum"))
    yield "in place", x.scatter_reduce_(0, torch.tensor([2, 2]), src * 3, "mean")


@case(SHAPES)
def index_reduce(torch):
    """index_reduce combines whole slices, and warns that it is in beta."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0], [3.0, 5.0]], requires_grad=True)
    source = torch.tensor([[2.5, -3.0], [4.0, 0.25]], requires_grad=True)
    index = torch.tensor([2, 2])
    for reduce in ("prod", "mean", "amax", "amin"):
        y = x.index_reduce(0, index, source, reduce)
        yield reduce, y
        yield f"gradients of {reduce}", _gradient(torch, y, (x, source))
    yield "without what is there", x.index_reduce(0, index, source, "amin", include_self=False)
    yield "unknown", raises(lambda: x.index_reduce(0, index, source, "sum"))
    yield "beyond", raises(lambda: x.index_reduce(0, index + 1, source, "prod"))


@case(SHAPES)
def scatter_with_reduce(torch):
    """scatter may add or multiply, which is deprecated for tensors and has no derivative."""
    x = torch.tensor([1.5, -2.0, 3.0])
    index = torch.tensor([0, 0, 2])
    src = torch.tensor([2.5, 3.0, 1.25])
    yield "add", x.scatter(0, index, src, reduce="add")
    yield "multiply by a number", torch.scatter(x, 0, index, 2.5, reduce="multiply")
    yield "in place", x.clone().scatter_(0, index, src, reduce="multiply")
    yield "value by its name", x.scatter(0, index, value=-1.5)
    yield "unknown", raises(lambda: x.scatter(0, index, 2.5, reduce="mean"))
    y = x.requires_grad_().scatter(0, index, 2.5, reduce="add")
    yield "node", y.grad_fn.name()
    yield "backward", raises(lambda: y.sum().backward())


@case("torch.Tensor: index_select")
def index_select_of_a_number(torch):
    """index_select of a tensor without dimensions gives one without dimensions."""
    x = torch.tensor(2.5, requires_grad=True)
    y = x.index_select(0, torch.tensor([0]))
    yield "selected", y
    yield "gradient", torch.autograd.grad(y, x, torch.tensor(3.0))


@case(SHAPES)
def small_integers_written(torch):
    """Sums at places keep a small type; places in a shape are counted in 64 bits whatever type they came in."""
    bytes_ = torch.tensor([250, 3, 7], dtype=torch.uint8)
    index = torch.tensor([1, 1, 2])
    yield "index_add", bytes_.index_add(0, index, torch.tensor([1, 4, 9], dtype=torch.uint8), alpha=-1)
    number, place = torch.tensor(5, dtype=torch.int16), torch.tensor(0)
    yield "scatter_add without dimensions", number.scatter_add(0, place, torch.tensor(-7, dtype=torch.int16))
    yield "unravel_index", torch.unravel_index(torch.tensor([7, 11], dtype=torch.int8), (4, 300))
    rows = torch.tensor([[100, 27, 3], [50, -1, 2]], dtype=torch.int8)
    for sizes in ((1, 3), (2, 1), (2, 3), (3,)):
        yield f"sum_to_size {sizes}", rows.sum_to_size(sizes)
    one = torch.tensor([[3], [-2]], dtype=torch.int16)
    yield (
        "tensordot of one",
        torch.tensordot(one, torch.tensor([[5, 7]], dtype=torch.int16).T, dims=([1], [0])),
    )
    yield "no dimensions moved", [number.movedim((), ()), rows.movedim((), ())]
