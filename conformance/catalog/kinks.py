"""Derivatives where there is none: at kinks, ties and singular points."""

from __future__ import annotations

from conformance import case

KINKS = "Autograd mechanics: Gradients for non-differentiable functions"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


@case(KINKS)
def abs_and_sign_at_zero(torch):
    """At zero the derivative of abs is 0, and so is that of sign everywhere."""
    x = torch.tensor([0.0, -0.0, 3.0, -2.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5, 4.0])
    yield "abs", x.abs()
    yield "gradient of abs", gradients(x.abs(), x, weights)
    yield "sign", x.sign()
    yield "gradient of sign", gradients(x.sign(), x, weights)


@case(KINKS)
def relu_at_zero(torch):
    """At zero the derivative of relu is 0; nan stays nan forward."""
    x = torch.tensor([0.0, 1e-30, -1e-30, float("nan"), float("inf")], requires_grad=True)
    weights = torch.tensor([1.0, 0.5, 4.0, 8.0, 16.0])
    yield "relu", x.relu()
    yield "gradient", gradients(x.relu(), x, weights)


@case(KINKS)
def clamp_at_its_bounds(torch):
    """At its bounds, `clamp` passes the gradient on."""
    x = torch.tensor([-1.0, 0.5, 1.0, 1.0001, -1.0001], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5, 4.0, 8.0])
    yield "by numbers", gradients(x.clamp(-1, 1), x, weights)
    yield "by a minimum", gradients(x.clamp(min=-1), x, weights)
    yield "by a maximum", gradients(x.clamp(max=1), x, weights)
    low, high = torch.tensor(-1.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)
    yield "by tensors", gradients(torch.clamp(x, low, high), (x, low, high), weights)


@case(KINKS)
def clamp_with_crossed_bounds(torch):
    """Where the minimum exceeds the maximum, the result is the maximum, with no gradient for the input."""
    x = torch.tensor([-2.0, 0.0, 2.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "value", x.clamp(1, -1)
    yield "gradient", gradients(x.clamp(1, -1), x, weights)
    low, high = torch.tensor(1.0, requires_grad=True), torch.tensor(-1.0, requires_grad=True)
    yield "by tensors", gradients(torch.clamp(x, low, high), (x, low, high), weights)


@case(KINKS)
def maximum_and_minimum_at_ties(torch):
    """At a tie, maximum and minimum give each side half of the gradient."""
    x = torch.tensor([1.0, 2.0, -3.0, 0.0], requires_grad=True)
    y = torch.tensor([1.0, 5.0, -3.0, -0.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 3.0, 4.0])
    yield "maximum", gradients(torch.maximum(x, y), (x, y), weights)
    yield "minimum", gradients(torch.minimum(x, y), (x, y), weights)
    yield "of x and itself", gradients(torch.maximum(x, x), x, weights)


@case(KINKS)
def maximum_with_nan(torch):
    """nan wins in maximum and minimum, and both sides get the whole gradient there."""
    nan = float("nan")
    x = torch.tensor([nan, 1.0, nan], requires_grad=True)
    y = torch.tensor([2.0, nan, nan], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 3.0])
    yield "maximum", torch.maximum(x, y)
    yield "gradients of maximum", gradients(torch.maximum(x, y), (x, y), weights)
    yield "gradients of minimum", gradients(torch.minimum(x, y), (x, y), weights)


@case(KINKS)
def max_of_all_at_ties(torch):
    """`max()` and `min()` of everything share the gradient equally among ties."""
    x = torch.tensor([[3.0, 1.0, 3.0], [1.0, 3.0, 2.0]], requires_grad=True)
    weight = torch.tensor(2.5)
    yield "max", gradients(x.max(), x, weight)
    yield "min", gradients(x.min(), x, weight)
    yield "amax", gradients(x.amax(), x, weight)
    yield "amin", gradients(x.amin(), x, weight)


@case(KINKS, builds_on=("kinks::max_of_all_at_ties",))
def max_over_a_dimension_at_ties(torch):
    """`max(dim)` gives the gradient to one index only, `amax(dim)` shares it equally."""
    x = torch.tensor([[3.0, 1.0, 3.0], [1.0, 1.0, 0.0], [2.0, 2.0, 2.0]], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 3.0])
    yield "max", x.max(1)[0]
    yield "indices of max", x.max(1)[1]
    yield "gradient of max", gradients(x.max(1)[0], x, weights)
    yield "indices of min", x.min(1)[1]
    yield "gradient of min", gradients(x.min(1)[0], x, weights)
    yield "gradient of amax", gradients(x.amax(1), x, weights)
    yield "gradient of amin", gradients(x.amin(1), x, weights)


@case(KINKS)
def roots_and_logarithms_at_zero(torch):
    """At zero, sqrt, rsqrt, log and reciprocal have infinite derivatives, and a zero gradient gives nan."""
    weights = torch.tensor([1.0, -2.0, 0.0])
    for name in ("sqrt", "rsqrt", "log", "reciprocal", "log1p"):
        x = torch.tensor([0.0, 4.0, 0.0], requires_grad=True)
        y = getattr(torch, name)(x)
        y.backward(weights)
        yield name, y
        yield f"gradient of {name}", x.grad


@case(KINKS)
def outside_of_the_domain(torch):
    """sqrt and log of negative numbers are nan; the derivative of log there is 1 / x all the same."""
    weights = torch.tensor([1.0, -2.0])
    for name in ("sqrt", "rsqrt", "log", "log1p"):
        x = torch.tensor([-4.0, -1.0], requires_grad=True)
        y = getattr(torch, name)(x)
        y.backward(weights)
        yield name, y
        yield f"gradient of {name}", x.grad


@case(KINKS)
def functions_at_infinity(torch):
    """exp, tanh, sigmoid and softplus saturate at infinity with derivatives of zero, one or infinity."""
    weights = torch.tensor([1.0, -2.0, 0.5, -0.25])
    for name in ("exp", "tanh", "sigmoid", "softplus"):
        x = torch.tensor([float("inf"), float("-inf"), 200.0, -200.0], requires_grad=True)
        function = torch.nn.functional.softplus if name == "softplus" else getattr(torch, name)
        y = function(x)
        y.backward(weights)
        yield name, y
        yield f"gradient of {name}", x.grad


@case(KINKS)
def norm_at_zero(torch):
    """At zero the derivative of the norm is 0, not nan."""
    x = torch.tensor([0.0, 0.0, 0.0], requires_grad=True)
    yield "norm", x.norm()
    yield "gradient", gradients(x.norm(), x, torch.tensor(2.5))
    rows = torch.tensor([[0.0, 0.0], [3.0, -4.0]], requires_grad=True)
    yield "over rows", gradients(rows.norm(dim=1), rows, torch.tensor([1.0, 2.0]))


@case(KINKS)
def product_with_zeros(torch):
    """The derivative of a product with zeros is the product of the others: no division by zero."""
    for name, numbers in (("no", [2.0, 3.0, -4.0]), ("one", [2.0, 0.0, -4.0]), ("two", [0.0, 3.0, 0.0])):
        x = torch.tensor(numbers, requires_grad=True)
        yield f"{name} zeros", gradients(x.prod(), x, torch.tensor(2.5))
    x = torch.tensor([[2.0, 0.0, 3.0], [0.0, 0.0, 5.0], [1.0, -2.0, 4.0]], requires_grad=True)
    yield "over rows", gradients(x.prod(1), x, torch.tensor([1.0, -2.0, 0.5]))
    yield "over columns", gradients(x.prod(0, keepdim=True), x, torch.tensor([[1.0, -2.0, 0.5]]))


@case(KINKS)
def deviation_of_equal_numbers(torch):
    """Where all numbers are equal, the derivative of std is 0 and that of var is 0."""
    x = torch.tensor([2.5, 2.5, 2.5], requires_grad=True)
    weight = torch.tensor(2.5)
    yield "std", x.std()
    yield "gradient of std", gradients(x.std(), x, weight)
    yield "gradient of var", gradients(x.var(), x, weight)


@case(KINKS)
def deviation_of_one_element(torch):
    """The variance of one element is nan with a warning, as is its gradient; without correction it is 0."""
    x = torch.tensor([2.5], requires_grad=True)
    weight = torch.tensor(2.5)
    yield "var", x.var()
    yield "gradient of var", gradients(x.var(), x, weight)
    yield "std", x.std()
    yield "gradient of std", gradients(x.std(), x, weight)
    yield "var without correction", gradients(x.var(correction=0), x, weight)
    yield "std without correction", gradients(x.std(correction=0), x, weight)


@case(KINKS)
def logsumexp_of_infinities(torch):
    """logsumexp of −inf alone is −inf, with +inf it is inf; the gradients there are nan."""
    inf = float("inf")
    for name, numbers in (
        ("-inf and numbers", [-inf, 1.0, 2.0]),
        ("-inf alone", [-inf, -inf, -inf]),
        ("+inf", [inf, 1.0, 2.0]),
        ("large", [1000.0, 1000.5, -1000.0]),
    ):
        x = torch.tensor(numbers, requires_grad=True)
        y = x.logsumexp(0)
        y.backward(torch.tensor(2.5))
        yield name, y
        yield f"gradient, {name}", x.grad


@case(KINKS)
def softmax_of_extreme_numbers(torch):
    """softmax and log_softmax neither overflow nor underflow into nan, unless everything is −inf."""
    inf = float("inf")
    weights = torch.tensor([1.0, -2.0, 0.5])
    inputs = {"large": [1000.0, 999.0, -1000.0], "-inf": [-inf, 1.0, 2.0], "all -inf": [-inf, -inf, -inf]}
    for name, numbers in inputs.items():
        x = torch.tensor(numbers, requires_grad=True)
        y, z = torch.softmax(x, 0), torch.log_softmax(x, 0)
        yield f"softmax, {name}", y
        yield f"gradient of softmax, {name}", gradients(y, x, weights)
        yield f"log_softmax, {name}", z
        yield f"gradient of log_softmax, {name}", gradients(z, x, weights)


@case(KINKS)
def max_with_nan(torch):
    """nan is the extremum of what it is in; `max` gives it the gradient, amin's gradient is all nan."""
    x = torch.tensor([[1.0, float("nan"), 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    yield "max over rows", x.max(1)[0]
    yield "its indices", x.max(1)[1]
    yield "its gradient", gradients(x.max(1)[0], x, torch.tensor([1.0, -2.0]))
    yield "amin over rows", gradients(x.amin(1), x, torch.tensor([1.0, -2.0]))
    yield "max of all", gradients(x.max(), x, torch.tensor(2.5))


@case(KINKS)
def softplus_at_its_threshold(torch):
    """At its threshold of 20, softplus is still the logarithm; beyond, it is the identity."""
    x = torch.tensor([20.0, 20.00001, 19.99999, 0.0], requires_grad=True)
    y = torch.nn.functional.softplus(x)
    y.backward(torch.tensor([1.0, -2.0, 0.5, 4.0]))
    yield "softplus", y
    yield "gradient", x.grad


@case(KINKS)
def second_derivatives_at_kinks(torch):
    """The second derivatives of abs and relu are zero at kinks as elsewhere, and clamp has none."""
    x = torch.tensor([0.0, 1.0, -1.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
    for name, y in (("abs", x.abs()), ("relu", x.relu()), ("clamp", x.clamp(-1, 1)), ("square", x.square())):
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield name, gradient.detach()
        by_x, by_weights = torch.autograd.grad(
            gradient, (x, weights), torch.tensor([3.0, 5.0, 7.0]), allow_unused=True
        )
        yield f"second of {name}", None if by_x is None else by_x + 0
        yield f"derivative of {name} toward the weights", by_weights
