"""More kinks: ties, powers at zero, infinities in reductions, remainders, and nan where it is not looked at."""

from __future__ import annotations

from conformance import case, raises

KINKS = "Autograd mechanics: Gradients for non-differentiable functions"
NAN, INF = float("nan"), float("inf")
POWERS = "ties::powers_of_zero"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


@case(KINKS)
def sign_of_nan(torch):
    """The sign of nan is 0, and that of a negative zero is a positive one."""
    for dtype in (torch.float32, torch.float64):
        x = torch.tensor([NAN, -0.0, 0.0, -2.5, INF, -INF], dtype=dtype)
        yield f"sign in {dtype}", x.sign()
        yield f"sgn in {dtype}", x.sgn()
    y = torch.tensor([NAN, 3.0], requires_grad=True)
    yield "gradient of abs", gradients(y.abs(), y, torch.tensor([2.5, -1.5]))


@case(KINKS)
def amax_over_several_dimensions(torch):
    """Ties over several dimensions, or over all, share the gradient equally."""
    x = torch.tensor([[[3.0, 1.0], [3.0, 3.0]], [[2.0, 2.0], [0.5, 2.0]]], requires_grad=True)
    yield "amax", gradients(x.amax((1, 2)), x, torch.tensor([1.5, -3.0]))
    yield "amin", gradients(x.amin((0, 1), keepdim=True), x, torch.tensor([[[1.5, -3.0]]]))
    yield "amax of all", gradients(x.amax(), x, torch.tensor(2.5))


@case(KINKS)
def max_chooses_one_of_equals(torch):
    """`max(dim)` and `argmax` choose the first of equal elements, and the gradient goes there."""
    x = torch.tensor([[2.0, 5.0, 5.0], [-1.0, -1.0, -3.0], [INF, 0.5, INF]], requires_grad=True)
    for dim in (0, 1):
        values, indices = x.max(dim)
        yield f"indices of max({dim})", indices
        yield f"gradient of max({dim})", gradients(values, x, torch.tensor([1.5, -2.0, 0.5]))
        values, indices = x.min(dim, keepdim=True)
        yield f"indices of min({dim})", indices
    yield "argmax", [x.argmax().item(), x.argmin().item()]
    yield "argmax over rows", x.argmax(1)
    yield "infinite ties of max", gradients(x.max(), x, torch.tensor(2.5))


@case(KINKS)
def maximum_of_signed_zeros(torch):
    """Zeros of both signs are a tie that the first operand wins; the gradient is shared."""
    x = torch.tensor([0.0, -0.0, 0.0], requires_grad=True)
    y = torch.tensor([-0.0, 0.0, 0.0], requires_grad=True)
    weights = torch.tensor([1.5, -2.0, 0.5])
    yield "maximum", torch.maximum(x, y)
    yield "minimum", torch.minimum(x, y)
    yield "relu", x.relu()
    yield "clamp", x.clamp(0, 1)
    yield "in float16", torch.maximum(x.half(), y.half())
    yield "gradients of maximum", gradients(torch.maximum(x, y), (x, y), weights)
    yield "gradients of minimum", gradients(torch.minimum(x, y), (x, y), weights)
    yield "gradient of relu", gradients(x.relu(), x, weights)


@case(KINKS)
def maximum_broadcast_at_ties(torch):
    """Halves of ties are added up for an operand that was broadcast."""
    x = torch.tensor([[1.0, 2.0], [2.0, 3.0]], requires_grad=True)
    y = torch.tensor(2.0, requires_grad=True)
    weights = torch.tensor([[1.5, -2.0], [0.5, 4.0]])
    yield "maximum", gradients(torch.maximum(x, y), (x, y), weights)
    yield "minimum", gradients(torch.minimum(y, x), (x, y), weights)


@case(KINKS)
def clamp_of_nan_and_infinities(torch):
    """nan passes through clamp and has no gradient; infinities are clamped, and infinite bounds are none."""
    x = torch.tensor([NAN, INF, -INF, 0.5], requires_grad=True)
    weights = torch.tensor([1.5, -2.0, 0.5, 4.0])
    yield "value", x.clamp(-1, 1)
    yield "gradient", gradients(x.clamp(-1, 1), x, weights)
    yield "infinite bounds", gradients(x.clamp(-INF, INF), x, weights)
    yield "nan as a bound", x.clamp(NAN, 1)
    low = torch.tensor([0.5, 0.5, NAN, 0.5], requires_grad=True)
    yield "bounds as tensors", torch.clamp(x, min=low)
    yield "their gradients", gradients(torch.clamp(x, min=low), (x, low), weights)


@case(KINKS)
def powers_of_zero(torch):
    """0**0 is 1; the derivative of x**0 is 0 everywhere, that of x**y by x at 0 follows y * x**(y - 1)."""
    weights = torch.tensor([1.5, -2.0, 0.5, 4.0])
    for exponent in (0, 0.0, 1, 0.5, 2, 3, -1, 1.5):
        x = torch.tensor([0.0, -0.0, 2.5, -1.5], requires_grad=True)
        yield f"x ** {exponent!r}", x**exponent
        yield f"gradient of x ** {exponent!r}", gradients(x**exponent, x, weights)


@case(KINKS, builds_on=(POWERS,))
def powers_with_tensors_at_zero(torch):
    """With a tensor as exponent, 0**0 has gradient 0 by both operands, and 0**-1 an infinite one."""
    x = torch.tensor([0.0, 0.0, 0.0, 0.0, 2.5], requires_grad=True)
    y = torch.tensor([0.0, 1.0, 2.0, -1.0, 0.0], requires_grad=True)
    weights = torch.tensor([1.5, -2.0, 0.5, 4.0, 3.0])
    yield "x ** y", x**y
    yield "gradients", gradients(x**y, (x, y), weights)
    special = torch.tensor([-0.0, 4.0, -INF])
    yield "roots by a 0-d tensor", special ** torch.tensor(0.5)
    yield "roots by a number", special**0.5
    z = torch.tensor([0.0, 1.0, -1.0, 2.5], requires_grad=True)
    yield "0 ** y", gradients(0**z, z, weights[:4])
    yield "0.0 ** y", gradients(0.0**z, z, weights[:4])
    yield "1 ** y", gradients(1**z, z, weights[:4])


@case(KINKS, builds_on=(POWERS,))
def powers_of_negative_numbers(torch):
    """Negative bases have powers for whole exponents only, and the derivative by the exponent is nan."""
    x = torch.tensor([-2.5, -1.5, -0.5], requires_grad=True)
    y = torch.tensor([2.0, 3.0, 0.5], requires_grad=True)
    weights = torch.tensor([1.5, -2.0, 0.5])
    yield "x ** y", x**y
    yield "gradients", gradients(x**y, (x, y), weights)
    yield "x ** 3", gradients(x**3, x, weights)
    yield "x ** -2", gradients(x**-2, x, weights)
    yield "x ** 0.5", gradients(x**0.5, x, weights)
    yield "(-2) ** y", gradients((-2.0) ** y, y, weights)


@case(KINKS, builds_on=(POWERS,))
def powers_of_infinities(torch):
    """Powers of infinities and nan, with their gradients."""
    x = torch.tensor([INF, -INF, NAN, INF, 1.0], requires_grad=True)
    y = torch.tensor([2.0, 3.0, 0.0, -1.0, NAN], requires_grad=True)
    weights = torch.tensor([1.5, -2.0, 0.5, 4.0, 3.0])
    yield "x ** y", x**y
    yield "gradients", gradients(x**y, (x, y), weights)
    yield "x ** 0", gradients(x**0, x, weights)


@case(KINKS)
def second_derivatives_of_powers_at_zero(torch):
    """The second derivative of x**3 at 0 is 0, and of x**1.5 infinite."""
    for exponent in (2, 3, 1.5, 1):
        x = torch.tensor([0.0, 2.5], requires_grad=True)
        (first,) = torch.autograd.grad(x**exponent, x, torch.tensor([1.5, -2.0]), create_graph=True)
        yield f"first of x ** {exponent}", first.detach()
        second = torch.autograd.grad(first, x, torch.tensor([0.5, 3.0]), allow_unused=True)[0]
        yield f"second of x ** {exponent}", second


@case(KINKS)
def untaken_branch_with_nan(torch):
    """`where` keeps a nan of the branch not taken out of the value, but not out of the gradient."""
    x = torch.tensor([0.0, 4.0, -1.0], requires_grad=True)
    weights = torch.tensor([1.5, -2.0, 0.5])
    unsafe = torch.where(x > 0, x.sqrt(), torch.zeros_like(x))
    yield "value", unsafe
    yield "gradient", gradients(unsafe, x, weights)
    safe = torch.where(x > 0, torch.where(x > 0, x, 1.0).sqrt(), 0.0)
    yield "twice where", gradients(safe, x, weights)
    yield "log", gradients(torch.where(x > 0, x.log(), x), x, weights)


@case(KINKS)
def masked_infinities(torch):
    """Scores filled with −inf have softmax 0 and gradient 0; the others stay finite."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -0.5]], requires_grad=True)
    mask = torch.tensor([[False, True, False], [True, True, False]])
    weights = torch.tensor([[1.5, -2.0, 0.5], [4.0, 3.0, -1.0]])

    def scores():
        return x.masked_fill(mask, -INF)

    yield "softmax", scores().softmax(1)
    yield "its gradient", gradients(scores().softmax(1), x, weights)
    yield "log_softmax", gradients(scores().log_softmax(1), x, torch.where(mask, 0.0, weights))
    yield "logsumexp", gradients(scores().logsumexp(1), x, torch.tensor([1.5, -2.0]))


@case(KINKS)
def remainders_and_their_gradients(torch):
    """A remainder has gradient 1 by the dividend, and minus the rounded quotient by the divisor."""
    x = torch.tensor([5.5, -5.5, 6.0, 0.0, INF], requires_grad=True)
    y = torch.tensor([2.5, 2.5, -1.5, 3.0, 2.0], requires_grad=True)
    weights = torch.tensor([1.5, -2.0, 0.5, 4.0, 3.0])
    yield "remainder", x % y
    yield "gradients", gradients(x % y, (x, y), weights)
    yield "by zero", x.detach() % 0.0
    yield "by infinity", x.detach() % INF
    yield "floor division", x.detach() // y.detach()
    yield "floor division by zero", x.detach() // 0.0


@case(KINKS)
def division_by_zero(torch):
    """Division by zero gives infinities and nan, forward and in both gradients."""
    x = torch.tensor([1.5, -2.0, 0.0, 3.0], requires_grad=True)
    y = torch.tensor([0.0, -0.0, 0.0, INF], requires_grad=True)
    weights = torch.tensor([1.5, -2.0, 0.5, 4.0])
    yield "quotient", x / y
    yield "gradients", gradients(x / y, (x, y), weights)
    yield "towards zero", torch.div(x.detach(), y.detach(), rounding_mode="trunc")
    yield "down", torch.div(x.detach(), y.detach(), rounding_mode="floor")


@case(KINKS)
def norms_at_kinks(torch):
    """Norms at 0, and the largest norm at ties, have the gradients that PyTorch chooses."""
    weight = torch.tensor(2.5)
    for order in (1, 2, 3, 1.5, INF, -INF, 0):
        zero = torch.tensor([0.0, -0.0, 0.0], requires_grad=True)
        yield f"{order}-norm at zero", torch.autograd.grad(zero.norm(order), zero, weight, allow_unused=True)
        tied = torch.tensor([3.0, -3.0, 0.0, 1.5], requires_grad=True)
        yield f"{order}-norm", tied.norm(order)
        yield (
            f"gradient of the {order}-norm",
            torch.autograd.grad(tied.norm(order), tied, weight, allow_unused=True),
        )


@case(KINKS)
def deviations_at_kinks(torch):
    """Deviations over rows, one of which is constant or a single element, with their gradients."""
    x = torch.tensor([[2.5, 2.5, 2.5], [1.0, -2.0, 4.0]], requires_grad=True)
    weights = torch.tensor([1.5, -2.0])
    for name in ("std", "var"):
        yield f"{name} over rows", gradients(getattr(x, name)(1), x, weights)
        yield f"{name} of single elements", getattr(x[:1], name)(0)
        yield f"{name} with nan", getattr(torch.tensor([1.0, NAN, 2.0]), name)()


@case(KINKS, builds_on=("ties::deviations_at_kinks",))
def deviations_without_freedom(torch):
    """A correction as large as the count makes variances infinite; their gradients differ with and without `dim`."""
    x = torch.tensor([2.0, 3.5], requires_grad=True)
    weight = torch.tensor(1.5, requires_grad=True)
    for correction in (2, 3):
        for name in ("var", "std"):
            for where, dimensions in (("of all", ()), ("over 0", (0,))):
                result = getattr(x, name)(*dimensions, correction=correction)
                yield f"{name} {where}, {correction}", result
                yield f"gradient of {name} {where}, {correction}", gradients(result, x, weight)
    yield "graph", torch.autograd.grad(x.var(correction=2), x, weight, create_graph=True)
    z = torch.tensor([2.0 - 1j], requires_grad=True)
    yield "complex", gradients(z.var(), z, weight)


@case(KINKS, builds_on=(POWERS,))
def complex_powers_of_zero(torch):
    """Negative powers of a complex zero are infinite in their real part and nan in the other."""
    z = torch.tensor([0j, 2 - 1j])
    for exponent in (-1, -2, -0.5, 0, 0.5, 2):
        yield f"z ** {exponent}", z**exponent


@case(KINKS)
def products_over_dimensions_with_zeros(torch):
    """Second derivatives of products with zeros are those of the other factors."""
    for numbers in ([2.0, 0.0, -3.0], [0.0, 0.0, 4.0]):
        x = torch.tensor(numbers, requires_grad=True)
        (first,) = torch.autograd.grad(x.prod(), x, torch.tensor(2.5), create_graph=True)
        yield f"first for {numbers}", first.detach()
        yield f"second for {numbers}", gradients(first, x, torch.tensor([1.5, -2.0, 0.5]))[0] + 0
    signed = torch.tensor([-0.0, 3.0], requires_grad=True)
    yield "negative zero", gradients(signed.prod(), signed, torch.tensor(2.5))
    yield "infinity and zero", torch.tensor([INF, 0.0]).prod()


@case(KINKS)
def sums_of_infinities(torch):
    """Infinities of both signs add up to nan, and the gradient of a sum does not care."""
    x = torch.tensor([INF, -INF, 1.5], requires_grad=True)
    yield "sum", x.sum()
    yield "mean", x.mean()
    yield "cumsum", x.cumsum(0)
    yield "gradient", gradients(x.sum(), x, torch.tensor(2.5))
    yield "norm", x.norm()
    yield "its gradient", gradients(x.norm(), x, torch.tensor(2.5))


@case(KINKS)
def roundings_of_halves(torch):
    """round goes to the even neighbour, roundings keep the sign of zero, and their gradients are 0."""
    x = torch.tensor([0.5, 1.5, -0.5, 2.5, -1.5, NAN, INF, -0.2], requires_grad=True)
    for name in ("round", "floor", "ceil", "trunc"):
        y = getattr(x, name)()
        yield name, y
        yield f"gradient of {name}", gradients(y, x, torch.arange(1.0, 9.0))


@case(KINKS)
def comparisons_with_nan(torch):
    """nan differs from everything, itself included."""
    x, y = torch.tensor([NAN, NAN, 1.0]), torch.tensor([NAN, 1.0, 1.0])
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        yield name, getattr(x, name)(y)
    yield "equal", [torch.equal(x, x), torch.allclose(x, x), torch.allclose(x, x, equal_nan=True)]
    yield "isclose", torch.isclose(x, y, equal_nan=True)
    yield "truth", [bool(x[0]), x.any().item(), x.isnan().tolist()]


@case("torch: Reduction Ops")
def whole_numbers_at_their_limits(torch):
    """Whole numbers wrap round at the limits of their dtype, also in abs and negation."""
    low = torch.tensor([-128, 127, -1], dtype=torch.int8)
    yield "abs", low.abs()
    yield "negative", -low
    yield "sum in int8", low + low
    yield "square", low * low
    yield "sum", low.sum()
    yield "uint8", torch.tensor([3], dtype=torch.uint8) - torch.tensor([5], dtype=torch.uint8)
    yield "negative uint8", -torch.tensor([3], dtype=torch.uint8)
    yield "division", torch.tensor([-128], dtype=torch.int8) // torch.tensor([3], dtype=torch.int8)
    yield "by zero", raises(lambda: torch.tensor([1]) // torch.tensor([0]))
    yield "remainder by zero", raises(lambda: torch.tensor([1]) % 0)
    yield "negative power", raises(lambda: torch.tensor([2]) ** -1)
    yield "power", torch.tensor([2, -3, 0]) ** torch.tensor([3, 3, 0])
