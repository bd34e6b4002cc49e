"""Gradients of operands of every combination of shapes: each is summed back to the shape of its operand."""

from __future__ import annotations

import itertools
import math

from conformance import case, raises

PAGE = "Broadcasting semantics: General semantics"
SHAPES = [(), (1,), (3,), (2, 1), (1, 3), (2, 3), (4, 1, 3), (4, 2, 1), (1, 2, 3), (1, 1, 1)]
ADDITION = "broadcast_gradients::sums_of_all_shapes"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


def numbers(torch, shape, start, step=0.5):
    """A leaf of this shape whose elements all differ."""
    count = math.prod(shape)
    values = [start + step * index for index in range(count)]
    return torch.tensor(values).reshape(shape).requires_grad_()


def weights(torch, shape):
    """An incoming gradient of this shape whose elements all differ in size and sign."""
    values = [(-1.0) ** index * (1.5 + 0.25 * index) for index in range(math.prod(shape))]
    return torch.tensor(values).reshape(shape)


def pairs(torch, operation, start=0.5, other=1.5):
    """The result's shape and both gradients for every pair of shapes."""
    for one, two in itertools.product(SHAPES, SHAPES):
        x, y = numbers(torch, one, start), numbers(torch, two, other, 0.375)
        result = operation(x, y)
        by_x, by_y = gradients(result, (x, y), weights(torch, tuple(result.shape)))
        yield f"{one} and {two}", [list(result.shape), result.detach().sum().item()]
        yield f"by x, {one} beside {two}", by_x
        yield f"by y, {two} beside {one}", by_y


@case(PAGE)
def sums_of_all_shapes(torch):
    """The gradients of x + y, for every pair of shapes of up to three dimensions."""
    yield from pairs(torch, lambda x, y: x + y)


@case(PAGE, builds_on=(ADDITION,))
def differences_of_all_shapes(torch):
    """The gradients of x - y, for every pair of shapes of up to three dimensions."""
    yield from pairs(torch, lambda x, y: x - y)


@case(PAGE, builds_on=(ADDITION,))
def products_of_all_shapes(torch):
    """The gradients of x * y, for every pair of shapes of up to three dimensions."""
    yield from pairs(torch, lambda x, y: x * y)


@case(PAGE, builds_on=(ADDITION,))
def quotients_of_all_shapes(torch):
    """The gradients of x / y, for every pair of shapes of up to three dimensions."""
    yield from pairs(torch, lambda x, y: x / y)


@case(PAGE, builds_on=(ADDITION,))
def powers_of_all_shapes(torch):
    """The gradients of x ** y, for every pair of shapes of up to three dimensions."""
    yield from pairs(torch, lambda x, y: x**y, 0.75, -0.5)


@case(PAGE, builds_on=(ADDITION,))
def maxima_of_all_shapes(torch):
    """The gradients of the larger of x and y, for every pair of shapes of up to three dimensions."""
    yield from pairs(torch, torch.maximum, 0.125, 1.0)


@case(PAGE, builds_on=(ADDITION,))
def choices_of_all_shapes(torch):
    """The gradients of `where`, with a condition of a third shape, for every pair of shapes."""
    condition = torch.tensor([[True], [False]])
    yield from pairs(torch, lambda x, y: torch.where(condition, x, y))


@case(PAGE, builds_on=(ADDITION,))
def clamps_of_all_shapes(torch):
    """The gradients of `clamp` with a tensor as its lower bound, for every pair of shapes."""
    yield from pairs(torch, lambda x, y: torch.clamp(x.expand_as(x + y), min=y), 0.125, 1.0)


@case(PAGE, builds_on=(ADDITION,))
def operands_of_one_leaf(torch):
    """A leaf that is both operands, in two shapes, gets both gradients."""
    for shape in ((3,), (2, 3), (2, 1, 3)):
        x = numbers(torch, shape, 0.5)
        result = x.unsqueeze(0) * x.unsqueeze(1) + x
        yield f"{shape}", gradients(result, x, weights(torch, tuple(result.shape)))


@case(PAGE, builds_on=(ADDITION,))
def batches_of_matrices(torch):
    """The gradients of matrix products whose batch dimensions are broadcast."""
    shapes = [
        ((2, 3), (3, 2)),
        ((4, 2, 3), (3, 2)),
        ((2, 3), (4, 3, 2)),
        ((4, 2, 3), (1, 3, 2)),
        ((1, 2, 3), (4, 3, 2)),
        ((5, 1, 2, 3), (4, 3, 2)),
        ((4, 2, 3), (3,)),
        ((3,), (4, 3, 2)),
        ((5, 4, 2, 3), (4, 3, 2)),
    ]
    for one, two in shapes:
        x, y = numbers(torch, one, 0.5, 0.125), numbers(torch, two, -1.5, 0.25)
        result = x @ y
        yield f"{one} @ {two}", [list(result.shape), result.grad_fn.name()]
        yield (
            f"gradients of {one} @ {two}",
            gradients(result, (x, y), weights(torch, tuple(result.shape))),
        )


@case(PAGE, builds_on=(ADDITION,))
def three_operands_of_three_shapes(torch):
    """A chain of broadcasts undoes each of them."""
    for one, two, three in itertools.permutations([(3,), (2, 1), (4, 1, 1)]):
        x, y, z = numbers(torch, one, 0.5), numbers(torch, two, -1.5), numbers(torch, three, 2.5)
        result = x * y + z * x / y
        yield f"{one}, {two}, {three}", gradients(result, (x, y, z), weights(torch, (4, 2, 3)))


@case(PAGE, builds_on=(ADDITION,))
def graphs_of_reduced_gradients(torch):
    """With `create_graph`, the sums that undo broadcasting are nodes of the graph."""
    for one, two in (
        ((3,), (2, 3)),
        ((2, 1), (2, 3)),
        ((), (2, 3)),
        ((1, 3), (2, 1)),
        ((1,), (2, 3)),
        ((1, 1), (3,)),
    ):
        x, y = numbers(torch, one, 0.5), numbers(torch, two, -1.5)
        incoming = weights(torch, tuple((x * y).shape)).requires_grad_()
        by_x, by_y = torch.autograd.grad(x * y, (x, y), incoming, create_graph=True)
        yield f"by x, {one} beside {two}", by_x
        yield f"by y, {two} beside {one}", by_y
        again = torch.autograd.grad(by_x.sum() * 2.5 + by_y.sum(), (x, y, incoming), allow_unused=True)
        yield f"second for {one} and {two}", again


@case(PAGE, builds_on=(ADDITION,))
def empty_dimensions_broadcast(torch):
    """A dimension of size 0 broadcasts against 1 and 0 only; the gradient of what was repeated never is zero."""
    for one, two in (((0,), (1,)), ((2, 0), ()), ((1, 0), (3, 1)), ((0, 3), (3,))):
        x, y = numbers(torch, one, 0.5), numbers(torch, two, 1.5)
        result = x * y
        yield f"{one} * {two}", result
        yield (
            f"gradients of {one} * {two}",
            gradients(result, (x, y), weights(torch, tuple(result.shape))),
        )
    yield "0 and 2", raises(lambda: torch.ones(0) + torch.ones(2))


@case(PAGE, builds_on=(ADDITION,))
def shapes_that_do_not_fit(torch):
    """The refusal names the sizes and the dimension, counted in the result."""
    operations = {
        "+": lambda x, y: x + y,
        "/": lambda x, y: x / y,
        "**": lambda x, y: x**y,
        "maximum": torch.maximum,
        "where": lambda x, y: torch.where(torch.tensor(True), x, y),
        "==": lambda x, y: x == y,
        "clamp": lambda x, y: torch.clamp(x, min=y),
    }
    for one, two in (((2, 3), (2,)), ((4, 2, 3), (3, 3)), ((3,), (4, 2))):
        for name, operation in operations.items():
            yield (
                f"{one} {name} {two}",
                raises(
                    lambda operation=operation, one=one, two=two: operation(torch.ones(one), torch.ones(two))
                ),
            )
    yield "in place", raises(lambda: torch.ones(3).add_(torch.ones(2, 3)))
    yield "batches", raises(lambda: torch.ones(4, 2, 3) @ torch.ones(5, 3, 2))
