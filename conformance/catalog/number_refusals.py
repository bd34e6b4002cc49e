"""What whole numbers and booleans cannot do, and in which words it is refused."""

from __future__ import annotations

from conformance import case, raises

TRACKING = "torch.Tensor: requires_grad"
POINTWISE = "torch: Pointwise Ops"
REDUCTIONS = "torch: Reduction Ops"


@case(TRACKING)
def whole_numbers_cannot_require_grad(torch):
    """Only floating and complex tensors can require gradients; each way of asking has its own words."""
    for dtype in (torch.int64, torch.bool, torch.uint8):
        x = torch.ones(2, dtype=dtype)
        yield (
            f"tensor, {dtype}",
            raises(lambda dtype=dtype: torch.tensor([1, 0], dtype=dtype, requires_grad=True)),
        )
        yield f"zeros, {dtype}", raises(lambda dtype=dtype: torch.zeros(2, dtype=dtype, requires_grad=True))
        yield f"requires_grad_, {dtype}", raises(x.requires_grad_)

        def assign(x=x):
            x.requires_grad = True

        yield f"assigned, {dtype}", raises(assign)
        yield f"parameter, {dtype}", raises(lambda x=x: torch.nn.Parameter(x))
    yield "not asked for", torch.ones(2, dtype=torch.int64).requires_grad_(False)


@case(TRACKING, builds_on=("number_refusals::whole_numbers_cannot_require_grad",))
def results_in_whole_numbers_are_not_tracked(torch):
    """Casts to whole numbers, comparisons and indices end the graph."""
    x = torch.tensor([1.5, -2.5, 0.5], requires_grad=True)
    yield "long", x.long()
    yield "bool", x.bool()
    yield "comparison", x > 0
    yield "argmax", x.argmax()
    yield "indices", x.max(0)[1]
    yield "isnan", x.isnan()
    yield "back again", x.long().float()
    yield "backward", raises(lambda: x.long().float().sum().backward())
    yield "product with them", torch.autograd.grad(x * x.long(), x, torch.tensor([1.5, -2.0, 0.5]))


@case(POINTWISE)
def booleans_without_arithmetic(torch):
    """Booleans can be added and multiplied, but neither subtracted nor negated."""
    a, b = torch.tensor([True, False, True]), torch.tensor([True, True, False])
    yield "a + b", a + b
    yield "a * b", a * b
    yield "a - b", raises(lambda: a - b)
    yield "a - 1", raises(lambda: a - 1)
    yield "1.5 - a", raises(lambda: 1.5 - a)
    yield "a - True", raises(lambda: a - True)
    yield "-a", raises(lambda: -a)
    yield "+a", raises(lambda: +a)
    yield "abs", raises(lambda: a.abs())
    yield "a / b", a / b
    yield "a // b", raises(lambda: a // b)
    yield "a % b", raises(lambda: a % b)
    yield "a ** b", raises(lambda: a**b)
    yield "a ** 2", a**2
    yield "sign", a.sign()
    yield "relu", raises(lambda: a.relu())
    yield "maximum", torch.maximum(a, b)
    yield "clamp", raises(lambda: a.clamp(False, True))
    yield "add with alpha", torch.add(a, b, alpha=True)


@case(POINTWISE, builds_on=("number_refusals::booleans_without_arithmetic",))
def boolean_exponents(torch):
    """A power with booleans as exponents has a value, but no gradient: its formula subtracts."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    yield "value", x ** torch.tensor([True, False])
    weights = torch.tensor([0.5, 3.0])
    yield "gradient", raises(lambda: torch.autograd.grad(x ** torch.tensor([True, False]), x, weights))
    yield "by a bool", torch.autograd.grad(x**True, x, weights)
    yield "by whole numbers", torch.autograd.grad(x ** torch.tensor([3, 0]), x, weights)


@case(POINTWISE)
def functions_refuse_or_convert_whole_numbers(torch):
    """Most functions of whole numbers convert them; some activations and losses refuse them."""
    x = torch.tensor([1, 2, 3])
    functional = torch.nn.functional
    for name in ("relu", "sigmoid", "tanh", "exp", "log", "sqrt", "rsqrt", "sin", "reciprocal", "square"):
        yield name, raises(getattr(x, name))
    yield "softplus", raises(lambda: functional.softplus(x))
    yield "softmax", raises(lambda: x.softmax(0))
    yield "log_softmax", raises(lambda: x.log_softmax(0))
    yield "mse_loss", raises(lambda: functional.mse_loss(x, x + 2))
    yield "floor", x.floor()
    yield "softmax in another dtype", x.softmax(0, dtype=torch.float64)


@case(REDUCTIONS)
def reductions_refuse_or_convert_whole_numbers(torch):
    """Means, deviations and norms refuse whole numbers; sums and extremes take them."""
    for x in (torch.tensor([3, 1, 2]), torch.tensor([True, False])):
        for name in (
            "mean",
            "var",
            "std",
            "norm",
            "logsumexp",
            "sum",
            "prod",
            "max",
            "amin",
            "argmax",
            "cumsum",
        ):
            arguments = (0,) if name in ("logsumexp", "cumsum") else ()
            yield f"{name} of {x.dtype}", raises(lambda: getattr(x, name)(*arguments))  # noqa: B023 - at once
    yield "mean in float", torch.tensor([3, 1]).mean(dtype=torch.float32)


@case("torch: matmul")
def products_of_whole_matrices(torch):
    """Matrix products of whole numbers are whole, and do not promote."""
    a, b = torch.tensor([[1, 2], [3, -4]]), torch.tensor([[5, -6], [7, 8]])
    yield "mm", a @ b
    yield "mv", a @ b[0]
    yield "dot", a[0] @ b[1]
    yield "bmm", torch.stack([a, b]) @ torch.stack([b, a])
    yield "with floats", raises(lambda: a @ b.float())
    yield "vector with floats", raises(lambda: a @ b[0].float())
    yield "dot with floats", raises(lambda: a[0].float() @ b[0])
    yield "stacks with floats", raises(lambda: torch.stack([a]) @ torch.stack([b.float()]))
    yield "outer", torch.outer(a[0], b[0])
    yield "dot of booleans", raises(lambda: torch.tensor([True]) @ torch.tensor([True]))


@case(POINTWISE)
def numbers_beyond_their_dtype(torch):
    """A number that a dtype cannot hold is refused where it is stored, and wraps round where it is added."""
    small = torch.tensor([100, -100], dtype=torch.int8)
    yield "added", small + 300
    yield "compared", small < 300
    yield "filled", raises(lambda: torch.full((2,), 300, dtype=torch.int8))
    yield "masked", raises(lambda: small.masked_fill(torch.tensor([True, False]), 300))
    yield "where", raises(lambda: torch.where(torch.tensor([True, False]), small, 300))
    yield "float16", raises(lambda: torch.tensor([1.5]).half().masked_fill(torch.tensor([True]), 1e6))
    yield "float16 added", torch.tensor([1.5]).half() + 1e6
    yield "float in whole numbers", torch.tensor([1, 2]).masked_fill(torch.tensor([True, False]), 2.9)
    yield "unsigned", torch.tensor([5], dtype=torch.uint8) - 7


@case(POINTWISE)
def bits_of_floats_are_refused(torch):
    """&, |, ^ and ~ are for whole numbers and booleans."""
    x, n = torch.tensor([1.5, 2.5]), torch.tensor([5, 3])
    yield "& of floats", raises(lambda: x & x)
    yield "| with a float", raises(lambda: n | x)
    yield "~ of floats", raises(lambda: ~x)
    yield "bitwise_not", raises(lambda: x.bitwise_not())
    yield "& of whole numbers", n & torch.tensor([6, 6])
    yield "^ of a number", n ^ 6
    yield "~ of whole numbers", ~n
    yield "~ of booleans", ~torch.tensor([True, False])
    yield "& of both", torch.tensor([True, False]) & n


@case("torch: Comparison Ops")
def conditions_of_other_dtypes(torch):
    """Conditions and masks must be boolean; an unsigned condition is taken with a warning."""
    x, whole = torch.tensor([1.5, 2.5]), torch.tensor([1, 0])
    yield "where of whole numbers", raises(lambda: torch.where(whole, x, x))
    yield "where of floats", raises(lambda: torch.where(x, x, x))
    yield "where of bytes", torch.where(whole.to(torch.uint8), x, x * 2)
    yield "mask of whole numbers", raises(lambda: x.masked_fill(whole, 1.5))
    yield "index of floats", raises(lambda: x[x])
    yield "index of int32", x[whole.int()]
    yield "index of booleans", x[whole.bool()]


@case("torch.Tensor: add_")
def changes_that_would_lose_the_kind(torch):
    """In place, whole numbers do not become floats, nor floats complex numbers."""
    n = torch.tensor([1, 2])
    yield "mul_ by a float", raises(lambda: n.mul_(0.5))
    yield "add_ of floats", raises(lambda: n.add_(torch.tensor([0.5, 1.5])))
    yield "div_", raises(lambda: n.div_(2))
    yield "bool", raises(lambda: torch.tensor([True]).add_(1))
    yield "complex", raises(lambda: torch.tensor([0.5]).mul_(2j))
    yield "rounded", torch.tensor([7, -7]).div_(2, rounding_mode="floor")
    yield "integers into floats", torch.tensor([0.5, 1.5]).add_(n)
    yield "unchanged", n
