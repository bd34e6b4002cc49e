"""The graphs of operations on complex numbers and of their gradients."""

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
def complex_arithmetic(torch):
    """Arithmetic, whose gradients conjugate the other operand."""
    z = torch.tensor([1.5 - 0.5j, -0.75 + 2j, 3j], requires_grad=True)
    u = torch.tensor([0.5 + 1j, 2 - 0.25j, 1 + 1.5j], requires_grad=True)
    operations = [
        ("z + u", lambda: z + u),
        ("z - u", lambda: z - u),
        ("z * u", lambda: z * u),
        ("z * 2j", lambda: z * 2j),
        ("z / u", lambda: z / u),
        ("reciprocal", lambda: z.reciprocal()),
        ("z ** 2", lambda: z**2),
        ("sum", lambda: z.sum()),
        ("mean", lambda: z.mean()),
        ("dot", lambda: z.dot(u)),
        ("mm", lambda: z.view(3, 1).mm(u.view(1, 3))),
    ]
    yield from graphs(torch, [z, u], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def complex_functions(torch):
    """Functions of complex numbers."""
    z = torch.tensor([1.5 - 0.5j, -0.75 + 2j, 3j], requires_grad=True)
    operations = [
        ("exp", lambda: z.exp()),
        ("log", lambda: z.log()),
        ("sqrt", lambda: z.sqrt()),
        ("sin", lambda: z.sin()),
        ("cos", lambda: z.cos()),
        ("tanh", lambda: z.tanh()),
        ("sigmoid", lambda: z.sigmoid()),
    ]
    yield from graphs(torch, [z], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def complex_parts(torch):
    """Parts of complex numbers."""
    z = torch.tensor([1.5 - 0.5j, -0.75 + 2j, 3j], requires_grad=True)
    operations = [
        ("real", lambda: z.real),
        ("imag", lambda: z.imag),
        ("abs", lambda: z.abs()),
        ("angle", lambda: z.angle()),
        ("conj", lambda: z.conj()),
        ("view_as_real", lambda: torch.view_as_real(z)),
    ]
    yield from graphs(torch, [z], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def complex_from_parts(torch):
    """Complex numbers made of real ones."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = torch.tensor([3.0, 0.25], requires_grad=True)
    operations = [
        ("complex", lambda: torch.complex(x, y)),
        ("view_as_complex", lambda: torch.view_as_complex(torch.stack([x, y], 1))),
        ("real times complex", lambda: x * 2j),
        ("of a product", lambda: (torch.complex(x, y) ** 2).abs()),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])
