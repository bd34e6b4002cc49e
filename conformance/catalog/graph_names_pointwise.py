"""The graphs of element-by-element operations and of their gradients."""

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
def sums(torch):
    """Sums and differences, with numbers, factors and broadcasting."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    y = torch.tensor([[1.25], [-2.5]], requires_grad=True)
    operations = [
        ("x + y", lambda: x + y),
        ("x - y", lambda: x - y),
        ("x + 2.5", lambda: x + 2.5),
        ("2.5 - x", lambda: 2.5 - x),
        ("add with alpha", lambda: torch.add(x, y, alpha=3)),
        ("sub with alpha", lambda: torch.sub(y, x, alpha=0.5)),
        ("-x", lambda: -x),
        ("x + x", lambda: x + x),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def products(torch):
    """Products and quotients, with numbers and broadcasting."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    y = torch.tensor([[1.25], [-2.5]], requires_grad=True)
    operations = [
        ("x * y", lambda: x * y),
        ("x * x", lambda: x * x),
        ("x * 2.5", lambda: x * 2.5),
        ("x / y", lambda: x / y),
        ("x / 2.5", lambda: x / 2.5),
        ("2.5 / x", lambda: 2.5 / x),
        ("reciprocal", lambda: y.reciprocal()),
        ("x % y", lambda: x % y),
        ("x % 2.5", lambda: x % 2.5),
        ("truncated", lambda: torch.div(x, y, rounding_mode="trunc")),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def powers(torch):
    """Powers by numbers and tensors, roots and squares."""
    x = torch.tensor([1.5, 0.5, 0.75], requires_grad=True)
    y = torch.tensor([3.0, 0.25, 1.25], requires_grad=True)
    operations = [
        ("x ** 3", lambda: x**3),
        ("x ** 0.5", lambda: x**0.5),
        ("x ** y", lambda: x**y),
        ("3 ** y", lambda: 3**y),
        ("square", lambda: x.square()),
        ("sqrt", lambda: x.sqrt()),
        ("rsqrt", lambda: x.rsqrt()),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def exponentials(torch):
    """Exponentials and logarithms."""
    x = torch.tensor([1.5, 0.5, 0.75], requires_grad=True)
    operations = [
        ("exp", lambda: x.exp()),
        ("exp2", lambda: x.exp2()),
        ("expm1", lambda: x.expm1()),
        ("log", lambda: x.log()),
        ("log2", lambda: x.log2()),
        ("log10", lambda: x.log10()),
        ("log1p", lambda: x.log1p()),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def waves(torch):
    """Trigonometric and hyperbolic functions."""
    x = torch.tensor([0.5, -0.25, 0.75], requires_grad=True)
    operations = [
        ("sin", lambda: x.sin()),
        ("cos", lambda: x.cos()),
        ("tan", lambda: x.tan()),
        ("asin", lambda: x.asin()),
        ("acos", lambda: x.acos()),
        ("atan", lambda: x.atan()),
        ("sinh", lambda: x.sinh()),
        ("cosh", lambda: x.cosh()),
        ("tanh", lambda: x.tanh()),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def steps(torch):
    """Absolute values, signs and roundings."""
    x = torch.tensor([1.5, -0.5, 0.75], requires_grad=True)
    operations = [
        ("abs", lambda: x.abs()),
        ("floor", lambda: x.floor()),
        ("ceil", lambda: x.ceil()),
        ("trunc", lambda: x.trunc()),
        ("round", lambda: x.round()),
        ("sign", lambda: x.sign()),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def activations(torch):
    """Activations, and the functions that normalize."""
    x = torch.tensor([[1.5, -0.5, 0.75], [2.5, 4.0, -3.5]], requires_grad=True)
    operations = [
        ("sigmoid", lambda: x.sigmoid()),
        ("tanh", lambda: x.tanh()),
        ("relu", lambda: x.relu()),
        ("softplus", lambda: torch.nn.functional.softplus(x)),
        ("softplus with beta", lambda: torch.nn.functional.softplus(x, 2.0, 1.0)),
        ("logsigmoid", lambda: torch.nn.functional.logsigmoid(x)),
        ("softmax", lambda: x.softmax(1)),
        ("log_softmax", lambda: x.log_softmax(0)),
    ]
    yield from graphs(torch, [x], operations)
    yield "saved", saved(*[operation() for _, operation in operations])


@case(PAGE)
def choices(torch):
    """Maxima, limits, and choices by a condition."""
    x = torch.tensor([1.5, -0.5, 0.75], requires_grad=True)
    y = torch.tensor([3.0, 0.25, -1.25], requires_grad=True)
    operations = [
        ("maximum", lambda: torch.maximum(x, y)),
        ("minimum", lambda: torch.minimum(x, y)),
        ("clamp by numbers", lambda: x.clamp(-0.25, 1.0)),
        ("clamp from below", lambda: x.clamp(min=0.5)),
        ("clamp by tensors", lambda: x.clamp(y - 3, y + 1)),
        ("where", lambda: torch.where(x > y, x, y)),
        ("where with a number", lambda: torch.where(x > 0, x, 0.25)),
        ("masked_fill", lambda: x.masked_fill(x > 0.6, 2.5)),
        ("masked_fill with a tensor", lambda: x.masked_fill(x > 0.6, y[0])),
    ]
    yield from graphs(torch, [x, y], operations)
    yield "saved", saved(*[operation() for _, operation in operations])
