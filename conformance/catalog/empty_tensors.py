"""Tensors without elements and without dimensions, through every family of operations."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch.Tensor: size"
REDUCTIONS = "torch: Reduction Ops"
EMPTY = "empty_tensors::empty_pointwise"


@case(PAGE)
def empty_pointwise(torch):
    """Functions and arithmetic of empty tensors are empty, with empty gradients."""
    for shape in ((0,), (2, 0), (0, 3)):
        x = torch.zeros(shape, requires_grad=True)
        results = {
            "product": x * 2.5,
            "sum": x + x,
            "quotient": x / x,
            "exp": x.exp(),
            "relu": x.relu(),
            "square": x**2,
            "negative": -x,
            "clamp": x.clamp(0.5),
            "maximum": torch.maximum(x, x),
        }
        for name, result in results.items():
            yield f"{name} of {shape}", result
            yield f"gradient of {name} of {shape}", torch.autograd.grad(result, x, torch.ones(shape))
    yield "comparison", torch.zeros(0) == torch.zeros(0)
    yield "where", torch.where(torch.zeros(0) > 1, torch.zeros(0), 2.5)


@case(REDUCTIONS, builds_on=(EMPTY,))
def empty_reductions(torch):
    """The sum of nothing is 0, its product 1, its mean nan; over other dimensions nothing is lost."""
    x = torch.zeros(2, 0, requires_grad=True)
    for name in ("sum", "prod", "mean", "norm"):
        yield name, getattr(x, name)()
        yield f"gradient of {name}", torch.autograd.grad(getattr(x, name)(), x)
        yield f"{name} over rows", getattr(x, name)(dim=1)
        yield f"{name} over columns", getattr(x, name)(dim=0)
    yield "logsumexp", x.logsumexp(1)
    yield "cumsum", x.cumsum(1)
    yield "truth", [x.any().item(), x.all().item()]
    yield "any over rows", x.any(1)
    yield "all over rows", x.all(1)
    yield "softmax", x.softmax(1)
    yield "gradient of a sum over rows", torch.autograd.grad(x.sum(1), x, torch.tensor([1.5, -2.0]))


@case(REDUCTIONS, builds_on=("empty_tensors::empty_reductions",))
def empty_spread(torch):
    """Variances of nothing are nan, with a warning."""
    x = torch.zeros(0)
    yield "var", x.var()
    yield "std", x.std()
    yield "var of rows", torch.zeros(2, 0).var(1)
    yield "std of columns", torch.zeros(2, 0).std(0)


@case(REDUCTIONS, builds_on=(EMPTY,))
def extremes_of_nothing(torch):
    """The largest of nothing is refused, except over a dimension that is not empty."""
    x = torch.zeros(2, 0)
    for name in ("max", "min", "amax", "amin", "argmax", "argmin"):
        yield name, raises(lambda name=name: getattr(x, name)())
        yield f"{name} over the empty dimension", raises(lambda name=name: getattr(x, name)(1))
        yield f"{name} over the other", raises(lambda name=name: getattr(x, name)(0))


@case("torch: Indexing, Slicing, Joining, Mutating Ops", builds_on=(EMPTY,))
def empty_shapes(torch):
    """Empty tensors can be reshaped, transposed, joined, split and sliced."""
    x = torch.zeros(2, 0, 3, requires_grad=True)
    results = {
        "reshape": lambda: x.reshape(0, 5),
        "reshape with -1": lambda: x.reshape(2, -1, 3),
        "transpose": lambda: x.transpose(0, 2),
        "flatten": lambda: x.flatten(),
        "unsqueeze": lambda: x.unsqueeze(1),
        "expand": lambda: x[:1].expand(4, 0, 3),
        "row": lambda: x[1],
        "slice": lambda: x[:, :, 1:],
        "narrow": lambda: x.narrow(2, 0, 2),
        "cat": lambda: torch.cat([x, x], 2),
        "stack": lambda: torch.stack([x, x]),
        "clone": lambda: x.clone(),
        "flip": lambda: x.flip(0),
        "repeat": lambda: x.repeat(1, 2, 1),
        "mask": lambda: x[x > 1],
        "double": lambda: x.double(),
    }
    for name, make in results.items():
        result = make()
        yield name, result
        yield f"gradient of {name}", torch.autograd.grad(result, x, torch.ones_like(result))
    yield "reshape with -1 alone", raises(lambda: x.reshape(0, -1))
    yield "no such row", raises(lambda: x[2])
    yield "nothing to take", raises(lambda: x[0, 0])


@case("torch: cat", builds_on=("empty_tensors::empty_shapes",))
def empty_parts_of_a_whole(torch):
    """Joining with an empty part, and slicing to nothing, still lead to the leaf."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    joined = torch.cat([x, torch.zeros(0), x[:0], x * 2])
    yield "joined", joined
    yield "gradient", torch.autograd.grad(joined, x, torch.tensor([1.0, 2.0, 4.0, 0.5, 0.25, 3.0]))
    nothing = x[3:]
    yield "nothing", nothing
    yield "gradient of nothing", torch.autograd.grad(nothing, x, torch.zeros(0))
    yield "its sum", torch.autograd.grad(x[1:1].sum() + x[0] * 2.5, x)
    yield "by no index", torch.autograd.grad(x[torch.zeros(0, dtype=torch.int64)].sum() * 2.5, x)


@case("torch: matmul", builds_on=(EMPTY,))
def empty_products(torch):
    """A product over an empty dimension is 0; with an empty outer dimension it is empty."""
    for one, two in (
        ((2, 0), (0, 3)),
        ((0, 2), (2, 3)),
        ((2, 3), (3, 0)),
        ((4, 2, 0), (4, 0, 3)),
        ((0,), (0,)),
    ):
        x, y = torch.zeros(one, requires_grad=True), torch.zeros(two, requires_grad=True)
        yield f"{one} @ {two}", x @ y
        yield f"gradients of {one} @ {two}", torch.autograd.grad((x @ y).sum() * 2.5, (x, y))
    x, y = torch.zeros(2, 0, requires_grad=True), torch.zeros(0, requires_grad=True)
    yield "mv", x @ y
    yield "outer", torch.outer(y, torch.tensor([1.5, 2.5]))
    bias = torch.tensor([1.5, 2.5, 0.5], requires_grad=True)
    yield "linear", torch.nn.functional.linear(torch.zeros(2, 0), torch.zeros(3, 0), bias)


@case("torch.Tensor: backward", builds_on=(EMPTY,))
def backward_of_nothing(torch):
    """`backward` of an empty tensor wants an empty gradient; its sum is an ordinary root."""
    x = torch.zeros(0, 2, requires_grad=True)
    yield "vector root", raises(lambda: (x * 2).backward())
    (x * 2).backward(torch.zeros(0, 2))
    yield "gradient", x.grad
    x.sum().backward()
    yield "added", x.grad
    yield "other shape", raises(lambda: (x * 2).backward(torch.zeros(2, 0)))


@case("torch.nn.functional: mse_loss", builds_on=(EMPTY,))
def losses_of_nothing(torch):
    """The mean loss of nothing is nan, its sum 0."""
    functional = torch.nn.functional
    for name in ("mse_loss", "binary_cross_entropy_with_logits"):
        loss = getattr(functional, name)
        x = torch.zeros(0, requires_grad=True)
        for reduction in ("mean", "sum", "none"):
            value = loss(x, torch.zeros(0), reduction=reduction)
            yield f"{name}, {reduction}", value
            yield f"gradient of {name}, {reduction}", torch.autograd.grad(value.sum() * 2.5, x)


@case("torch.Tensor: item")
def empty_tensors_in_python(torch):
    """An empty tensor has a length and a list, but neither a number nor a truth."""
    x = torch.zeros(0, 2)
    yield "length", len(x)
    yield "list", [x.tolist(), torch.zeros(2, 0).tolist()]
    yield "elements", list(x)
    yield "item", raises(lambda: x.item())
    yield "truth", raises(lambda: bool(x))
    yield "float", raises(lambda: float(x))
    yield "numel", [x.numel(), torch.zeros(2, 0).numel(), x.is_contiguous()]
    yield "equal", [torch.equal(x, torch.zeros(0, 2)), torch.equal(x, torch.zeros(0, 3))]
    yield "strides", [x.stride(), torch.zeros(2, 0).stride()]


@case("torch.Tensor: add_", builds_on=(EMPTY,))
def empty_changes_in_place(torch):
    """In-place operations on empty tensors count as changes."""
    x = torch.zeros(2, 0)
    x.add_(1.5).mul_(2.5)
    yield "changed", x
    x.zero_()
    x.fill_(2.5)
    x[:] = 1.5
    yield "version", x._version
    y = torch.tensor([1.5, 2.5])
    y[2:] = 7.0
    y[torch.tensor([False, False])] = 7.0
    yield "nothing written", y
    yield "empty by number", torch.zeros(0).sum() * 2.5


@case(PAGE)
def zero_dimensional_reductions(torch):
    """Reductions of a 0-d tensor take no dimension, or 0 or -1, and change nothing."""
    x = torch.tensor(-2.5, requires_grad=True)
    for name in ("sum", "mean", "prod", "amax", "amin", "norm", "logsumexp"):
        for dim in (0, -1):
            yield f"{name}({dim})", torch.autograd.grad(getattr(x, name)(dim=dim), x, torch.tensor(1.5))
        yield f"{name}(1)", raises(lambda name=name: getattr(x, name)(dim=1))
    yield "max", torch.autograd.grad(x.max(0)[0], x, torch.tensor(1.5))
    yield "argmax", [x.argmax().item(), x.argmax(0).item()]
    yield "cumsum", torch.autograd.grad(x.cumsum(0), x, torch.tensor(1.5))
    yield "softmax", x.softmax(0)
    yield "log_softmax", torch.autograd.grad(x.log_softmax(0), x, torch.tensor(1.5))


@case(PAGE)
def zero_dimensional_shapes(torch):
    """A 0-d tensor can be reshaped to single elements, expanded and joined by `stack` only."""
    x = torch.tensor(-2.5, requires_grad=True)
    for name, result in (
        ("reshape", x.reshape(1, 1)),
        ("view", x.view(1)),
        ("flatten", x.flatten()),
        ("unsqueeze", x.unsqueeze(0)),
        ("squeeze", x.squeeze()),
        ("expand", x.expand(2, 3)),
        ("t", x.t()),
        ("permute", x.permute(())),
        ("stack", torch.stack([x, x * 3])),
        ("ellipsis", x[...]),
        ("None", x[None]),
        ("mask", x[torch.tensor(True)]),
        ("repeat", x.repeat(3)),
        ("flip", x.flip(())),
        ("tril", x.reshape(1, 1).tril()),
    ):
        yield name, result
        incoming = torch.ones_like(result) * 1.5
        yield f"gradient of {name}", torch.autograd.grad(result, x, incoming)
    yield "cat", raises(lambda: torch.cat([x, x]))
    yield "index", raises(lambda: x[0])
    yield "split", raises(lambda: x.split(1))
    yield "unbind", raises(lambda: x.unbind())
    yield "transpose", x.transpose(0, -1)
    yield "narrow", raises(lambda: x.narrow(0, 0, 1))
    yield "length", raises(lambda: len(x))
    yield "matmul", raises(lambda: x @ x)


@case(PAGE, builds_on=("empty_tensors::zero_dimensional_shapes",))
def zero_dimensional_in_place(torch):
    """A 0-d result can be changed in place; larger results do not fit into it."""
    x = torch.tensor(-2.5, requires_grad=True)
    y = x * 1.5
    y.mul_(x).add_(0.5)
    yield "changed", y
    yield "gradient", torch.autograd.grad(y, x)
    yield "too large", raises(lambda: torch.tensor(1.5).add_(torch.ones(2)))
    z = torch.tensor(1.5)
    z[...] = 4.0
    yield "assigned", z
    z.copy_(torch.tensor(2.75, dtype=torch.float64))
    yield "copied", z
