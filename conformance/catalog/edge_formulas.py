"""Formulas at the edge of what an operation takes: no dimensions to reduce, a source larger than the index, two names."""

from __future__ import annotations

from conformance import case, raises


@case("torch: torch.var")
def spread_over_no_dimensions(torch):
    """No dimensions mean all of them to the values, but none to the formula, whose gradient is infinite."""
    for name in ("var", "std"):
        for correction in (1, 0):
            x = torch.tensor([[1.5, 2.5], [4.0, -3.0]], requires_grad=True)
            y = getattr(torch, name)(x, dim=(), correction=correction)
            yield f"{name}, {correction}", y
            y.backward(torch.tensor(3.0))
            yield f"gradient of {name}, {correction}", x.grad


@case("torch: torch.var")
def spread_over_no_dimensions_that_stay(torch):
    """With `keepdim`, the result of an empty tuple of dimensions keeps all of them."""
    for name in ("var", "std"):
        x = torch.tensor([1.5, 2.5, 4.0], requires_grad=True)
        y = getattr(x, name)((), keepdim=True)
        yield name, y
        y.backward(torch.tensor([-0.5]))
        yield f"gradient of {name}", x.grad


def scattered(torch, name, sizes, index, dim):
    """A tensor and a source of these sizes, and what `scatter` or `scatter_add` makes of them."""
    x = torch.tensor([[0.5, 1.5, 2.5], [3.5, 4.5, 5.5], [6.5, 7.5, 8.5]], requires_grad=True)
    count = sizes[0] * sizes[1]
    source = torch.tensor([0.25 * each - 1.0 for each in range(count)]).reshape(sizes).requires_grad_()
    return x, source, getattr(x, name)(dim, torch.tensor(index), source)


def source_larger_than_index(torch, name):
    """Values and backward for sources of several sizes."""
    grad = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    for label, sizes, index, dim in (
        ("as large", (1, 3), [[2, 0, 1]], 0),
        ("more rows", (2, 3), [[2, 0, 1]], 0),
        ("more columns", (2, 3), [[2, 0], [1, 1]], 0),
        ("along columns", (2, 3), [[0, 2, 1]], 1),
    ):
        _, source, y = scattered(torch, name, sizes, index, dim)
        yield f"{label}: values", y
        yield f"{label}: backward", raises(lambda y=y: y.backward(grad))
        yield f"{label}: gradient of the source", source.grad


@case("torch.Tensor: torch.Tensor.scatter_")
def scatter_of_a_larger_source(torch):
    """`scatter` takes a source larger than its index, but has no gradient for it: backward refuses."""
    yield from source_larger_than_index(torch, "scatter")


@case("torch.Tensor: torch.Tensor.scatter_add_")
def scatter_add_of_a_larger_source(torch):
    """`scatter_add` takes a source larger than its index, but has no gradient for it: backward refuses."""
    yield from source_larger_than_index(torch, "scatter_add")


@case("torch: torch.gather")
def gather_by_a_smaller_index(torch):
    """`gather` by an index smaller than the tensor has a gradient: zero where the index does not reach."""
    x = torch.tensor([[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]], requires_grad=True)
    x.gather(0, torch.tensor([[1, 0]])).backward(torch.tensor([[3.0, -2.0]]))
    yield x.grad


@case("torch: torch.vdot")
def vdot_of_real_vectors(torch):
    """`vdot` of real vectors has the values of `dot` and a node of its own."""
    x = torch.tensor([1.5, 2.5, -4.0], requires_grad=True)
    y = torch.tensor([0.5, -3.0, 2.0], requires_grad=True)
    for name in ("vdot", "dot"):
        found = getattr(torch, name)(x, y)
        yield name, found
        yield f"gradients of {name}", torch.autograd.grad(found, (x, y), torch.tensor(0.5))


@case("torch: torch.vdot")
def vdot_of_complex_vectors(torch):
    """`vdot` conjugates the first vector, in its value and in its gradients."""
    x = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    y = torch.tensor([2 - 1j, 0.5j], requires_grad=True)
    found = torch.vdot(x, y)
    yield "vdot", found
    yield "gradients", torch.autograd.grad(found, (x, y), torch.tensor(0.5 + 1j))


@case("torch: torch.vdot")
def refusals_of_vdot(torch):
    """`vdot` refuses what is no pair of vectors of one length and type, in the words of `dot`."""
    x = torch.tensor([1.5, 2.5])
    yield "lengths", raises(lambda: torch.vdot(x, torch.tensor([1.0, 2.0, 3.0])))
    yield "types", raises(lambda: torch.vdot(x, x.double()))
    yield "matrix", raises(lambda: torch.vdot(x.reshape(1, 2), x))
