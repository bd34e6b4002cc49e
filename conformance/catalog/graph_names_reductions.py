"""The graphs of reductions and scans and of their gradients."""

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


@case(PAGE)
def sums_and_means(torch):
    """Sums and means, of everything and along dimensions."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    operations = [
        ("sum", lambda: x.sum()),
        ("sum of rows", lambda: x.sum(1)),
        ("sum keeping", lambda: x.sum((0, 1), keepdim=True)),
        ("mean", lambda: x.mean()),
        ("mean of columns", lambda: x.mean(0)),
        ("mean keeping", lambda: x.mean(1, keepdim=True)),
        ("cumsum", lambda: x.cumsum(1)),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def products_of_elements(torch):
    """Products of everything and along a dimension."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    operations = [
        ("prod", lambda: x.prod()),
        ("prod of rows", lambda: x.prod(1)),
        ("prod keeping", lambda: x.prod(0, keepdim=True)),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def extrema(torch):
    """Extrema of everything, with indices, and along dimensions."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    operations = [
        ("max", lambda: x.max()),
        ("min", lambda: x.min()),
        ("max of rows", lambda: x.max(1)[0]),
        ("min keeping", lambda: x.min(0, keepdim=True)[0]),
        ("amax", lambda: x.amax(1)),
        ("amin", lambda: x.amin((0, 1))),
        ("amax keeping", lambda: x.amax(0, keepdim=True)),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def spreads(torch):
    """Variances, deviations, norms."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    operations = [
        ("var", lambda: x.var()),
        ("var of rows", lambda: x.var(1)),
        ("var, biased", lambda: x.var(0, unbiased=False)),
        ("std", lambda: x.std()),
        ("std keeping", lambda: x.std(1, keepdim=True)),
        ("norm", lambda: x.norm()),
        ("norm of rows", lambda: x.norm(dim=1)),
        ("logsumexp", lambda: x.logsumexp(1)),
        ("logsumexp keeping", lambda: x.logsumexp(0, keepdim=True)),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def losses(torch):
    """Losses, by their reductions."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    y = torch.tensor([[3.0, 0.25, -1.25], [0.5, -6.0, 7.5]], requires_grad=True)
    operations = [
        ("mse", lambda: torch.nn.functional.mse_loss(x, y)),
        ("mse, summed", lambda: torch.nn.functional.mse_loss(x, y, reduction="sum")),
        ("mse, unreduced", lambda: torch.nn.functional.mse_loss(x, y, reduction="none")),
        ("bce", lambda: torch.nn.functional.binary_cross_entropy_with_logits(x, y)),
        (
            "bce, unreduced",
            lambda: torch.nn.functional.binary_cross_entropy_with_logits(x, y, reduction="none"),
        ),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])
