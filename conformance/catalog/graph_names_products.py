"""The graphs of products of vectors and matrices and of their gradients."""

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
def matrices(torch):
    """Products of two matrices."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    w = torch.tensor([[0.5, 1.25], [-2.0, 3.0], [1.5, -0.25]], requires_grad=True)
    operations = [
        ("mm", lambda: x.mm(w)),
        ("x @ w", lambda: x @ w),
        ("transposed", lambda: w.t() @ x.t()),
        ("square", lambda: (x @ w) @ (x @ w)),
    ]
    yield from graphs(torch, [x, w], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def matrices_and_vectors(torch):
    """Products with vectors."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    v = torch.tensor([2.0, -0.75, 0.5], requires_grad=True)
    operations = [
        ("mv", lambda: x.mv(v)),
        ("x @ v", lambda: x @ v),
        ("v @ xT", lambda: v @ x.t()),
        ("dot", lambda: v.dot(x[0])),
        ("v @ v", lambda: v @ v),
        ("outer", lambda: torch.outer(v, x[1])),
    ]
    yield from graphs(torch, [x, v], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def batches(torch):
    """Products of batches of matrices."""
    b = torch.tensor([[[1.5, -0.5], [2.0, 0.25]], [[3.0, 4.5], [-1.0, 0.75]]], requires_grad=True)
    c = torch.tensor([[[0.5, 2.5], [1.0, -3.0]], [[-0.25, 1.75], [2.0, 5.0]]], requires_grad=True)
    d = torch.tensor([0.5, -4.0], requires_grad=True)
    operations = [
        ("bmm", lambda: b.bmm(c)),
        ("b @ c", lambda: b @ c),
        ("b @ one matrix", lambda: b @ c[0]),
        ("one matrix @ c", lambda: b[0] @ c),
        ("b @ d", lambda: b @ d),
        ("d @ c", lambda: d @ c),
    ]
    yield from graphs(torch, [b, c, d], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def maps(torch):
    """Linear maps with and without bias."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    w = torch.tensor([[0.5, 1.25], [-2.0, 3.0], [1.5, -0.25]], requires_grad=True)
    d = torch.tensor([0.5, -4.0], requires_grad=True)
    operations = [
        ("addmm", lambda: torch.addmm(d, x, w)),
        ("addmm with factors", lambda: torch.addmm(d, x, w, beta=0.5, alpha=3)),
        ("linear", lambda: torch.nn.functional.linear(x, w.t(), d)),
        ("linear without bias", lambda: torch.nn.functional.linear(x, w.t())),
        ("linear of a vector", lambda: torch.nn.functional.linear(x[0], w.t(), d)),
        ("linear of a batch", lambda: torch.nn.functional.linear(x.unsqueeze(0), w.t(), d)),
    ]
    yield from graphs(torch, [x, w, d], operations)
    yield "saved", saved(*[operation() for _, operation in operations])
