"""The graphs of views, copies and joins and of their gradients."""

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
def reshapes(torch):
    """Views of all elements in another shape."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    operations = [
        ("view", lambda: x.view(3, 2)),
        ("reshape", lambda: x.reshape(-1)),
        ("reshape that copies", lambda: x.t().reshape(6)),
        ("flatten", lambda: x.flatten()),
        ("unsqueeze", lambda: x.unsqueeze(1)),
        ("squeeze", lambda: x.unsqueeze(1).squeeze()),
        ("squeeze of one", lambda: x.unsqueeze(1).squeeze(1)),
        ("squeeze of several", lambda: x.unsqueeze(1).squeeze((1,))),
        ("t", lambda: x.t()),
        ("T", lambda: x.T),
        ("mT", lambda: x.mT),
        ("transpose", lambda: x.transpose(0, 1)),
        ("permute", lambda: x.permute(1, 0)),
        ("expand", lambda: x.unsqueeze(0).expand(2, 2, 3)),
        ("broadcast_to", lambda: x[:, :1].broadcast_to((2, 3))),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def parts(torch):
    """Views of some of the elements."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    operations = [
        ("select", lambda: x.select(1, 2)),
        ("x[1]", lambda: x[1]),
        ("x[:, 1:]", lambda: x[:, 1:]),
        ("x[0, 2]", lambda: x[0, 2]),
        ("x[:, ::2]", lambda: x[:, ::2]),
        ("x[None]", lambda: x[None]),
        ("x[...]", lambda: x[...]),
        ("narrow", lambda: x.narrow(1, 1, 2)),
        ("diagonal", lambda: x.diagonal()),
        ("as_strided", lambda: x.as_strided((2, 2), (3, 1), 1)),
        ("unbind", lambda: x.unbind(1)[2]),
        ("split", lambda: x.split(2, 1)[1]),
        ("split by sizes", lambda: x.split([1, 2], 1)[1]),
        ("chunk", lambda: x.chunk(2)[1]),
        ("detached part", lambda: x[0] + x[1].detach()),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def copies(torch):
    """Copies: whole, repeated, turned, in another type."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    operations = [
        ("clone", lambda: x.clone()),
        ("contiguous", lambda: x.t().contiguous()),
        ("repeat", lambda: x.repeat(2, 1)),
        ("flip", lambda: x.flip(1)),
        ("tril", lambda: x.tril()),
        ("triu", lambda: x.triu(1)),
        ("diag", lambda: x.diag()),
        ("diag of a vector", lambda: x[0].diag()),
        ("double", lambda: x.double()),
        ("to and back", lambda: x.double().float()),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def joins(torch):
    """Tensors joined to one."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    y = torch.tensor([[3.0, 0.25, -1.25], [0.5, -6.0, 7.5]], requires_grad=True)
    operations = [
        ("cat", lambda: torch.cat([x, y])),
        ("cat of columns", lambda: torch.cat([x, y], 1)),
        ("stack", lambda: torch.stack([x, y])),
        ("stack inside", lambda: torch.stack([x, y, x], 1)),
        ("with a constant", lambda: torch.cat([x, torch.zeros(1, 3)])),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def indices(torch):
    """Elements picked and put by indices and masks."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    y = torch.tensor([[3.0, 0.25, -1.25], [0.5, -6.0, 7.5]], requires_grad=True)
    operations = [
        ("rows", lambda: x[torch.tensor([1, 0, 1])]),
        ("elements", lambda: x[torch.tensor([0, 1, 1]), torch.tensor([2, 0, 0])]),
        ("columns", lambda: x[:, torch.tensor([2, 0])]),
        ("mask", lambda: x[torch.tensor([[True, False, True], [False, True, False]])]),
        ("gather", lambda: x.gather(1, torch.tensor([[2, 0], [1, 1]]))),
        ("scatter", lambda: x.scatter(1, torch.tensor([[2, 0, 1], [1, 0, 2]]), y)),
        ("index_put", lambda: x.index_put((torch.tensor([1, 0]),), y)),
        ("index_put, added", lambda: x.index_put((torch.tensor([1, 1]),), y, accumulate=True)),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])
