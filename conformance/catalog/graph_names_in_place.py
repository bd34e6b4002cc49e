"""The graphs that changes in place leave, and those of their gradients."""

from __future__ import annotations

from conformance import case

PAGE = "torch.autograd.graph: Node.next_functions"


def graphs(torch, inputs, operations):
    """The graph of each result, and those of its gradients, the incoming gradient being part of them."""
    for name, operation in operations:
        result = operation()
        yield name, result
        numbers = torch.arange(result.numel()) * 0.75 - 1.25
        incoming = numbers.view(result.shape).to(result.dtype).requires_grad_()
        gradients = torch.autograd.grad(result, inputs, incoming, create_graph=True, allow_unused=True)
        yield f"{name}: gradients", gradients


def saved(*results):
    """The names under which the node of each result shows what it saved."""
    return [
        [each.grad_fn.name()] + [name for name in dir(each.grad_fn) if name.startswith("_saved_")]
        for each in results
    ]


def changed(whole, *changes):
    """The tensor after these changes of it."""
    for change in changes:
        change(whole)
    return whole


@case(PAGE)
def arithmetic_in_place(torch):
    """Arithmetic in place on a fresh result."""
    x = torch.tensor([[1.5, 0.5, 0.75], [2.5, 4.0, 3.5]], requires_grad=True)
    y = torch.tensor([[1.25], [-2.5]], requires_grad=True)
    operations = [
        ("add_", lambda: x.clone().add_(y)),
        ("add_ with alpha", lambda: x.clone().add_(y, alpha=3)),
        ("sub_", lambda: x.clone().sub_(y)),
        ("mul_", lambda: x.clone().mul_(y)),
        ("mul_ by a number", lambda: x.clone().mul_(2.5)),
        ("div_", lambda: x.clone().div_(y)),
        ("pow_", lambda: x.clone().pow_(3)),
        ("neg_", lambda: x.clone().neg_()),
        ("reciprocal_", lambda: x.clone().reciprocal_()),
        ("square_", lambda: x.clone().square_()),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def functions_in_place(torch):
    """Functions in place on a fresh result."""
    x = torch.tensor([[1.5, 0.5, 0.75], [2.5, 4.0, 3.5]], requires_grad=True)
    operations = [
        ("exp_", lambda: x.clone().exp_()),
        ("log_", lambda: x.clone().log_()),
        ("sqrt_", lambda: x.clone().sqrt_()),
        ("rsqrt_", lambda: x.clone().rsqrt_()),
        ("sin_", lambda: x.clone().sin_()),
        ("cos_", lambda: x.clone().cos_()),
        ("tanh_", lambda: x.clone().tanh_()),
        ("sigmoid_", lambda: x.clone().sigmoid_()),
        ("relu_", lambda: x.clone().relu_()),
        ("abs_", lambda: x.clone().abs_()),
        ("clamp_", lambda: x.clone().clamp_(0.6, 3.0)),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def overwriting_in_place(torch):
    """What is filled, copied over or masked."""
    x = torch.tensor([[1.5, 0.5, 0.75], [2.5, 4.0, 3.5]], requires_grad=True)
    y = torch.tensor([[3.0, 0.25, -1.25], [0.5, -6.0, 7.5]], requires_grad=True)
    operations = [
        ("masked_fill_", lambda: x.clone().masked_fill_(x > 1.0, 0.25)),
        ("copy_", lambda: x.clone().copy_(y)),
        ("add after fill_", lambda: x.clone().fill_(2.5).add_(y)),
        ("fill_ by a tensor", lambda: x.clone().fill_(y[0, 1])),
        ("add after zero_", lambda: x.clone().zero_().add_(y)),
        ("index_put_", lambda: x.clone().index_put_((torch.tensor([1, 0]),), y)),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def views_in_place(torch):
    """Changes of a view of a result: the whole has a CopySlices."""
    x = torch.tensor([[1.5, 0.5, 0.75], [2.5, 4.0, 3.5]], requires_grad=True)
    y = torch.tensor([[3.0, 0.25, -1.25], [0.5, -6.0, 7.5]], requires_grad=True)
    operations = [
        ("row", lambda: changed(x.clone(), lambda whole: whole[0].mul_(y[1]))),
        ("column", lambda: changed(x.clone(), lambda whole: whole[:, 1].exp_())),
        (
            "two views",
            lambda: changed(x.clone(), lambda whole: whole[0].mul_(y[1]), lambda whole: whole[:, 2].sin_()),
        ),
        ("view of a view", lambda: changed(x.clone(), lambda whole: whole[1][1:].mul_(y[0, 1:]))),
        ("transposed", lambda: changed(x.clone(), lambda whole: whole.t().mul_(y.t()))),
        ("the view itself", lambda: x.clone()[0].mul_(y[1])),
        ("assigned", lambda: changed(x.clone(), lambda whole: whole.__setitem__(0, y[1]))),
        (
            "assigned column",
            lambda: changed(x.clone(), lambda whole: whole.__setitem__((slice(None), 1), y[:, 2])),
        ),
        ("assigned number", lambda: changed(x.clone(), lambda whole: whole.__setitem__((0, 1), 2.5))),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])
