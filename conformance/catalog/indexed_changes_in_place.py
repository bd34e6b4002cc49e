"""Changes in place by index: index_put_, scatter_, scatter_add_, index_add_, index_fill_, index_copy_, masked_scatter_."""

from __future__ import annotations

from conformance import case, raises

IN_PLACE = "Autograd mechanics: In-place operations with autograd"
TENSOR = "torch.Tensor"
WEIGHTS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def _leaf(torch):
    return torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, 3.0]], requires_grad=True)


def _changed(torch, name, change, source=None):
    """The tensor after a change, and the gradients of its former value and of the source."""
    x = _leaf(torch)
    y = x * 1
    yield f"{name}: returns", change(y) is y
    yield name, y
    y.backward(torch.tensor(WEIGHTS))
    yield f"{name}: gradient", x.grad
    if source is not None:
        yield f"{name}: gradient of the source", source.grad
        source.grad = None


@case(IN_PLACE)
def index_put_in_place(torch):
    """`index_put_` writes, or with accumulate adds, the values at the indices."""
    values = torch.tensor([7.5, 8.5], requires_grad=True)
    rows, columns = torch.tensor([0, 1]), torch.tensor([2, 0])
    yield from _changed(torch, "written", lambda y: y.index_put_((rows, columns), values), values)
    yield from _changed(
        torch, "added", lambda y: y.index_put_((rows, columns), values, accumulate=True), values
    )
    same = torch.tensor([1, 1])
    yield from _changed(
        torch, "added twice", lambda y: y.index_put_((same, same), values, accumulate=True), values
    )


@case(IN_PLACE)
def masked_fill_in_place(torch):
    """`masked_fill_` fills with a number, or with a 0-d tensor that receives the sum of the gradients."""
    mask = torch.tensor([[True, False, True], [False, False, True]])
    value = torch.tensor(7.5, requires_grad=True)
    yield from _changed(torch, "a number", lambda y: y.masked_fill_(mask, 9.5))
    yield from _changed(torch, "a tensor", lambda y: y.masked_fill_(mask, value), value)
    yield from _changed(torch, "a broadcast mask", lambda y: y.masked_fill_(mask[0], value), value)
    y = torch.zeros(2, 3)
    yield "mask of numbers", raises(lambda: y.masked_fill_(torch.tensor([1, 0, 1]), 1.0))
    yield "value with dimensions", raises(lambda: y.masked_fill_(mask, torch.tensor([1.0, 2.0])))
    yield "mask of another shape", raises(lambda: y.masked_fill_(torch.tensor([True, False]), 1.0))


@case(IN_PLACE)
def scatter_in_place(torch):
    """`scatter_` writes the source's elements, or a number, where the index says."""
    index = torch.tensor([[2, 0], [1, 1]])
    source = torch.tensor([[7.5, 8.5], [9.5, 10.5]], requires_grad=True)
    yield from _changed(
        torch, "source", lambda y: y.scatter_(1, torch.tensor([[2, 0], [1, 2]]), source), source
    )
    yield from _changed(torch, "a number", lambda y: y.scatter_(1, index, 7.5))
    y = torch.zeros(2, 3)
    yield "out of bounds", raises(lambda: y.scatter_(1, torch.tensor([[3]]), 1.0))
    yield "other type", raises(lambda: y.scatter_(1, index, torch.zeros(2, 2, dtype=torch.float64)))
    yield "index of other dimensions", raises(lambda: y.scatter_(1, torch.tensor([0]), 1.0))
    yield "index of floats", raises(lambda: y.scatter_(1, torch.tensor([[0.0]]), 1.0))
    yield "y", y


@case(IN_PLACE)
def scatter_add_in_place(torch):
    """`scatter_add_` adds the source's elements, repeated places as often as they are named."""
    index = torch.tensor([[2, 0, 2], [1, 1, 1]])
    source = torch.tensor([[7.5, 8.5, 9.5], [10.5, 11.5, 12.5]], requires_grad=True)
    yield from _changed(torch, "along columns", lambda y: y.scatter_add_(1, index, source), source)
    rows, row = torch.tensor([[1, 0, 1]]), torch.tensor([[7.5, 8.5, 9.5]], requires_grad=True)
    yield from _changed(torch, "along rows", lambda y: y.scatter_add_(0, rows, row), row)
    y = torch.zeros(2, 3)
    yield "out of bounds", raises(lambda: y.scatter_add_(1, torch.tensor([[3]]), torch.zeros(1, 1)))
    yield "other type", raises(lambda: y.scatter_add_(1, index, torch.zeros(2, 3, dtype=torch.float64)))


@case(IN_PLACE)
def index_add_in_place(torch):
    """`index_add_` adds slices of the source, times alpha, at the places named."""
    index = torch.tensor([2, 0, 2])
    source = torch.tensor([[7.5, 8.5, 9.5], [10.5, 11.5, 12.5]], requires_grad=True)
    yield from _changed(torch, "plain", lambda y: y.index_add_(1, index, source), source)
    yield from _changed(torch, "alpha", lambda y: y.index_add_(1, index, source, alpha=-2), source)
    row = torch.tensor([[7.5, 8.5, 9.5]], requires_grad=True)
    yield from _changed(torch, "rows", lambda y: y.index_add_(0, torch.tensor([1]), row), row)
    y = torch.zeros(2, 3)
    yield "out of bounds", raises(lambda: y.index_add_(1, torch.tensor([3, 0, 0]), source.detach()))
    yield "other type", raises(lambda: y.index_add_(1, index, torch.zeros(2, 3, dtype=torch.float64)))
    yield "other length", raises(lambda: y.index_add_(1, torch.tensor([0]), source.detach()))


@case(IN_PLACE)
def index_fill_in_place(torch):
    """`index_fill_` fills slices with a number or with a 0-d tensor."""
    index = torch.tensor([2, 0])
    value = torch.tensor(7.5, requires_grad=True)
    yield from _changed(torch, "a number", lambda y: y.index_fill_(1, index, 9.5))
    yield from _changed(torch, "a tensor", lambda y: y.index_fill_(1, index, value), value)
    yield from _changed(torch, "a row", lambda y: y.index_fill_(0, torch.tensor([1]), -1.0))
    y = torch.zeros(2, 3)
    yield "value with dimensions", raises(lambda: y.index_fill_(1, index, torch.tensor([1.0, 2.0])))
    yield "out of bounds", raises(lambda: y.index_fill_(1, torch.tensor([3]), 1.0))


@case(IN_PLACE)
def index_copy_in_place(torch):
    """`index_copy_` writes slices of the source at the places named."""
    index = torch.tensor([2, 0])
    source = torch.tensor([[7.5, 8.5], [10.5, 11.5]], requires_grad=True)
    yield from _changed(torch, "columns", lambda y: y.index_copy_(1, index, source), source)
    row = torch.tensor([[7.5, 8.5, 9.5]], requires_grad=True)
    yield from _changed(torch, "a row", lambda y: y.index_copy_(0, torch.tensor([1]), row), row)
    y = torch.zeros(2, 3)
    yield "other type", raises(lambda: y.index_copy_(1, index, torch.zeros(2, 2, dtype=torch.float64)))
    yield "out of bounds", raises(lambda: y.index_copy_(1, torch.tensor([3, 0]), torch.zeros(2, 2)))


@case(IN_PLACE)
def masked_scatter_in_place(torch):
    """`masked_scatter_` writes the source's elements in order where the mask is set."""
    mask = torch.tensor([[True, False, True], [False, False, True]])
    source = torch.tensor([7.5, 8.5, 9.5, 10.5], requires_grad=True)
    yield from _changed(torch, "whole mask", lambda y: y.masked_scatter_(mask, source), source)
    yield from _changed(torch, "broadcast mask", lambda y: y.masked_scatter_(mask[0], source), source)
    y = torch.zeros(2, 3)
    yield "too few", raises(lambda: y.masked_scatter_(mask, torch.tensor([1.0])))
    yield "other type", raises(lambda: y.masked_scatter_(mask, torch.zeros(4, dtype=torch.float64)))
    yield "mask of numbers", raises(lambda: y.masked_scatter_(mask.long(), source.detach()))


@case(IN_PLACE, builds_on=("indexed_changes_in_place::scatter_in_place",))
def out_of_place_forms(torch):
    """The forms without underscore leave the tensor as it is, and have the same node."""
    x = _leaf(torch)
    index, mask = torch.tensor([2, 0]), torch.tensor([[True, False, True], [False, False, True]])
    source = torch.tensor([[7.5, 8.5], [10.5, 11.5]], requires_grad=True)
    results = {
        "index_add": x.index_add(1, index, source),
        "index_copy": x.index_copy(1, index, source),
        "index_fill": x.index_fill(1, index, 9.5),
        "scatter_add": x.scatter_add(1, torch.tensor([[2, 0], [1, 1]]), source),
        "masked_scatter": x.masked_scatter(mask, source),
        "functions": torch.index_add(x, 1, index, source, alpha=3),
        "torch.scatter_add": torch.scatter_add(x, 1, torch.tensor([[2, 0], [1, 1]]), source),
        "torch.index_select": torch.index_select(x, 1, index),
        "torch.masked_select": torch.masked_select(x, mask),
    }
    yield from results.items()
    yield "x", x
    total = sum((result * (number + 1)).sum() for number, result in enumerate(results.values()))
    total.backward()
    yield "gradient", x.grad
    yield "gradient of the source", source.grad


@case(IN_PLACE, builds_on=("indexed_changes_in_place::scatter_in_place",))
def into_constants(torch):
    """A constant that a tracked source is scattered into becomes tracked; its number of versions shows each change."""
    source = torch.tensor([7.5, 8.5], requires_grad=True)
    index = torch.tensor([2, 0])
    y = torch.tensor([1.5, -2.0, 0.5])
    y.scatter_(0, index, 4.0)
    y.index_fill_(0, index, 3.0)
    yield "constant", y
    y.scatter_add_(0, index, source)
    yield "scatter_add_", y
    y.index_add_(0, index, source)
    y.index_copy_(0, torch.tensor([1]), source[:1])
    yield "index_copy_", y
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient", source.grad


@case(IN_PLACE, builds_on=("indexed_changes_in_place::scatter_in_place",))
def on_views(torch):
    """On a view, each of them is a CopySlices of the base."""
    x = _leaf(torch)
    y = x * 1
    y[0].index_fill_(0, torch.tensor([1]), 9.5)
    y[1].scatter_(0, torch.tensor([2]), 8.5)
    y.t()[0].masked_fill_(torch.tensor([False, True]), 7.5)
    y[:, 1].index_add_(0, torch.tensor([1]), torch.tensor([100.0]))
    yield "base", y
    y.backward(torch.tensor(WEIGHTS))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("indexed_changes_in_place::scatter_in_place",))
def indices_are_saved(torch):
    """An index or mask that is changed afterwards makes `backward` refuse."""
    x = _leaf(torch)
    source = torch.tensor([[7.5, 8.5], [10.5, 11.5]], requires_grad=True)
    changes = {
        "index_add_": lambda y, index: y.index_add_(1, index, source),
        "index_copy_": lambda y, index: y.index_copy_(1, index, source),
        "index_fill_": lambda y, index: y.index_fill_(1, index, 1.0),
        "scatter_": lambda y, index: y.scatter_(1, index.expand(2, 2), source),
    }
    for name, change in changes.items():
        y, index = x * 1, torch.tensor([2, 0])
        change(y, index)
        index.fill_(1)
        yield name, raises(lambda y=y: y.sum().backward())
