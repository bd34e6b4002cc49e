"""`out=`: where a result is written, what is resized with a warning, and what is refused."""

from __future__ import annotations

from conformance import case, raises

OUT = "Autograd mechanics: In-place operations with autograd"
RESIZE = "torch: Tensors"


@case(OUT)
def result_is_written_and_returned(torch):
    """With `out`, the result is written into a tensor, which is returned and counts the change."""
    x, y = torch.tensor([1.5, -2.0]), torch.tensor([0.5, 3.0])
    out = torch.zeros(2)
    functions = {
        "add": lambda: torch.add(x, y, out=out),
        "add with alpha": lambda: torch.add(x, y, alpha=3, out=out),
        "sub": lambda: torch.sub(x, y, out=out),
        "mul": lambda: torch.mul(x, y, out=out),
        "div": lambda: torch.div(x, y, out=out),
        "pow": lambda: torch.pow(x, 2, out=out),
        "neg": lambda: torch.neg(x, out=out),
        "abs": lambda: torch.abs(x, out=out),
        "exp": lambda: torch.exp(x, out=out),
        "sin": lambda: torch.sin(x, out=out),
        "sqrt": lambda: torch.sqrt(y, out=out),
        "tanh": lambda: torch.tanh(x, out=out),
        "sigmoid": lambda: torch.sigmoid(x, out=out),
        "clamp": lambda: torch.clamp(x, -1.0, 1.0, out=out),
        "maximum": lambda: torch.maximum(x, y, out=out),
    }
    for name, function in functions.items():
        yield name, function() is out
        yield f"out of {name}", out


@case(OUT, builds_on=("out_arguments::result_is_written_and_returned",))
def reductions_and_products(torch):
    """Sums, means, products of matrices, cat and stack write into `out`, too."""
    x = torch.tensor([[1.5, -2.0], [0.5, 3.0]])
    functions = {
        "sum": ((2,), lambda out: torch.sum(x, 0, out=out)),
        "mean": ((2,), lambda out: torch.mean(x, 1, out=out)),
        "prod": ((2,), lambda out: torch.prod(x, 1, out=out)),
        "cumsum": ((2, 2), lambda out: torch.cumsum(x, 0, out=out)),
        "matmul": ((2, 2), lambda out: torch.matmul(x, x, out=out)),
        "mm": ((2, 2), lambda out: torch.mm(x, x, out=out)),
        "mv": ((2,), lambda out: torch.mv(x, x[0], out=out)),
        "cat": ((4, 2), lambda out: torch.cat([x, x], out=out)),
        "stack": ((2, 2, 2), lambda out: torch.stack([x, x], 1, out=out)),
    }
    for name, (shape, function) in functions.items():
        out = torch.zeros(shape)
        yield name, function(out) is out
        yield f"out of {name}", out


@case(OUT, builds_on=("out_arguments::result_is_written_and_returned",))
def arguments_must_not_require_grad(torch):
    """A function with `out` refuses arguments that require grad, and an `out` that does; the message names it."""
    x, y = torch.tensor([1.5, 2.0], requires_grad=True), torch.tensor([0.5, 3.0])
    constant = torch.tensor([1.0, 7.0])
    yield "operand", raises(lambda: torch.add(x, y, out=torch.zeros(2)))
    yield "second operand", raises(lambda: torch.mul(y, x, out=torch.zeros(2)))
    yield "out is a leaf", raises(lambda: torch.add(constant, y, out=x))
    yield "out is a result", raises(lambda: torch.add(constant, y, out=x * 2))
    yield "exp", raises(lambda: torch.exp(x, out=torch.zeros(2)))
    yield "sum", raises(lambda: torch.sum(x, 0, out=torch.tensor(0.0)))
    yield "matmul", raises(lambda: torch.matmul(x, y, out=torch.tensor(0.0)))
    yield "cat", raises(lambda: torch.cat([x, y], out=torch.zeros(4)))
    yield "stack", raises(lambda: torch.stack([x, y], out=torch.zeros(2, 2)))
    yield "x", x


@case(OUT, builds_on=("out_arguments::arguments_must_not_require_grad",))
def allowed_under_no_grad(torch):
    """Under `no_grad` functions with `out` take whatever requires grad; a leaf stays one."""
    x, y = torch.tensor([1.5, 2.0], requires_grad=True), torch.tensor([0.5, 3.0])
    with torch.no_grad():
        yield "operand", torch.add(x, y, out=torch.zeros(2))
        yield "out", torch.mul(x, y, out=x) is x
    yield "x", x


@case(OUT, builds_on=("out_arguments::result_is_written_and_returned",))
def out_is_an_operand(torch):
    """`out` may be an operand itself, but may not share a part of its memory."""
    x = torch.tensor([1.5, -2.0, 0.5])
    yield "itself", torch.mul(x, x, out=x)
    yield "a shifted part", raises(lambda: torch.add(x[:2], 1, out=x[1:]))
    yield (
        "overlapping itself",
        raises(lambda: torch.add(torch.ones(2, 2), 1, out=torch.zeros(2, 1).expand(2, 2))),
    )
    yield "x", x


@case(OUT, builds_on=("out_arguments::result_is_written_and_returned",))
def out_of_another_shape(torch):
    """`out` of another shape is resized, with a warning unless it was empty."""
    x, y = torch.tensor([1.5, -2.0]), torch.tensor([0.5, 3.0])
    yield "empty", torch.add(x, y, out=torch.empty(0))
    yield "longer", torch.add(x, y, out=torch.zeros(3))
    yield "shorter", torch.mul(x, y, out=torch.zeros(1))
    yield "more dimensions", torch.exp(x, out=torch.zeros(2, 2))
    yield "sum", torch.sum(x, 0, out=torch.zeros(2))


@case(OUT, builds_on=("out_arguments::result_is_written_and_returned",))
def out_of_another_type(torch):
    """The result is cast to the type of `out`, unless that cannot hold its kind of number."""
    x, y = torch.tensor([1.5, -2.0]), torch.tensor([0.25, 3.0])
    yield "float64", torch.add(x, y, out=torch.zeros(2, dtype=torch.float64))
    yield "float16", torch.mul(x, y, out=torch.zeros(2, dtype=torch.float16))
    yield "integers", raises(lambda: torch.add(x, y, out=torch.zeros(2, dtype=torch.int64)))
    yield "integers added into floats", torch.add(torch.tensor([3, 4]), 5, out=torch.zeros(2))
    yield (
        "exp of integers",
        raises(lambda: torch.exp(torch.tensor([1, 2]), out=torch.zeros(2, dtype=torch.int64))),
    )
    yield "sum", raises(lambda: torch.sum(x, 0, out=torch.tensor(0)))
    yield "matmul", raises(lambda: torch.matmul(x, y, out=torch.zeros((), dtype=torch.float64)))
    yield "cat", raises(lambda: torch.cat([x, y], out=torch.zeros(4, dtype=torch.int64)))


@case(OUT, builds_on=("out_arguments::result_is_written_and_returned",))
def out_is_no_tensor(torch):
    """What is no tensor is refused as `out`; None means none."""
    x = torch.tensor([1.5, -2.0])
    yield "a list", raises(lambda: torch.add(x, 1, out=[0.0, 0.0]))
    yield "None", torch.add(x, 1, out=None)
    yield "exp", raises(lambda: torch.exp(x, out=1.0))


@case(OUT, builds_on=("out_arguments::result_is_written_and_returned",))
def out_is_saved_elsewhere(torch):
    """Writing by `out` into a saved tensor makes `backward` refuse."""
    x, w = torch.tensor([1.5, -2.0], requires_grad=True), torch.tensor([0.5, 3.0])
    y = x * w
    torch.add(torch.ones(2), 4.0, out=w)
    yield "w", w
    yield "backward", raises(lambda: y.sum().backward())


@case(OUT, builds_on=("out_arguments::result_is_written_and_returned",))
def out_is_a_view(torch):
    """A view as `out` has its part of the base written."""
    x = torch.zeros(2, 3)
    torch.add(torch.tensor([1.5, -2.0]), 1, out=x[:, 1])
    torch.mul(torch.tensor([1.0, 2.0, 3.0]), 10, out=x[0])
    yield "base", x
