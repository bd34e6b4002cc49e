"""Further functions of one tensor, element by element: values, derivatives, and what they refuse."""

from __future__ import annotations

from math import inf, nan

from conformance import case, raises

POINTWISE = "torch: Pointwise Ops"


def _derivatives(torch, function, values):
    x = torch.tensor(values, requires_grad=True)
    result = function(x)
    weights = torch.tensor([1.0, -2.0, 0.5, 0.25])
    (gradient,) = torch.autograd.grad(result, x, weights, create_graph=True)
    yield "value", result
    yield "gradient", gradient
    if gradient.requires_grad:
        yield "second", torch.autograd.grad(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0]))


@case(POINTWISE)
def degrees_and_radians(torch):
    """`deg2rad` and `rad2deg` scale; integers become floats."""
    yield from _derivatives(torch, torch.deg2rad, [30.0, -45.0, 200.0, 0.5])
    yield from _derivatives(torch, torch.rad2deg, [0.5, -1.25, 3.0, 0.1])
    yield "integers", torch.deg2rad(torch.tensor([30, 90]))
    yield "complex", raises(lambda: torch.rad2deg(torch.tensor([1j])))


@case(POINTWISE)
def fractions_of_numbers(torch):
    """`frac` is what stands behind the point, with the number's sign."""
    yield from _derivatives(torch, torch.frac, [1.75, -1.75, 3.0, -0.25])
    yield "integers", raises(lambda: torch.frac(torch.tensor([3])))


@case(POINTWISE)
def derivatives_of_sinc(torch):
    """`sinc` is 1 at 0, where its derivative is 0."""
    yield from _derivatives(torch, torch.sinc, [0.0, 0.25, -1.5, 2.75])
    yield "integers", torch.sinc(torch.tensor([0, 3]))


@case(POINTWISE)
def derivatives_of_logit(torch):
    """`logit` is the inverse of the sigmoid: nan outside of 0 and 1, unless `eps` keeps its input inside."""
    yield from _derivatives(torch, torch.logit, [0.25, 0.5, 0.9, 0.1])
    x = torch.tensor([-0.5, 0.0, 0.3, 1.0, 1.5], requires_grad=True)
    for eps in (None, 0.2):
        result = torch.logit(x, eps)
        yield f"eps {eps}", result
        weights = torch.tensor([1.0, -2.0, 0.5, 3.0, -1.5])
        yield f"eps {eps}: gradient", torch.autograd.grad(result, x, weights)


@case(POINTWISE)
def replaced_nans(torch):
    """`nan_to_num` replaces nan by 0 and infinities by the type's limits; the gradient stops there."""
    inf, nan = float("inf"), float("nan")
    x = torch.tensor([nan, inf, -inf, 1.5], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5, 3.0])
    for name, options in (("defaults", {}), ("given", {"nan": 2.5, "posinf": 7.0, "neginf": -8.0})):
        result = torch.nan_to_num(x, **options)
        yield name, result
        yield f"{name}: gradient", torch.autograd.grad(result, x, weights)
    yield "integers", torch.nan_to_num(torch.tensor([3, -4]), nan=1.0)
    yield "in place", x.detach().nan_to_num_(0.5)


@case(POINTWISE)
def signs_and_infinities(torch):
    """`signbit`, `isposinf` and `isneginf` look at each element."""
    inf = float("inf")
    x = torch.tensor([0.0, -0.0, inf, -inf, -1.5, float("nan")])
    yield "signbit", torch.signbit(x)
    yield "isposinf", torch.isposinf(x)
    yield "isneginf", x.isneginf()
    yield "of integers", (torch.signbit(torch.tensor([-3, 0])), torch.isposinf(torch.tensor([3])))
    yield "of complex numbers", raises(lambda: torch.isposinf(torch.tensor([1j])))


@case(POINTWISE)
def mantissas_and_exponents(torch):
    """`frexp` takes numbers apart, into a named tuple; its gradient is that of the mantissa."""
    x = torch.tensor([10.0, -0.375, 0.0], requires_grad=True)
    found = torch.frexp(x)
    yield "found", found
    yield "text", str(found)
    yield "gradient", torch.autograd.grad(found.mantissa, x, torch.tensor([1.0, -2.0, 0.5]))
    yield "of integers", raises(lambda: torch.frexp(torch.tensor([3])))


@case(POINTWISE)
def hard_shrinking(torch):
    """`hardshrink` is 0 near 0 and leaves the rest."""
    yield from _derivatives(torch, torch.hardshrink, [0.25, -0.75, 0.5, 2.0])
    yield "wider", torch.hardshrink(torch.tensor([0.25, -0.75, 1.5]), 1.0)


@case(POINTWISE)
def values_below_a_threshold(torch):
    """`threshold` replaces what is not above it."""
    yield from _derivatives(torch, lambda x: torch.threshold(x, 0.5, -3.0), [0.25, 0.75, 0.5, 2.0])
    x = torch.tensor([0.25, 1.75])
    yield "in place", torch.threshold_(x, 1.0, 9.0)


@case(POINTWISE)
def rounding_to_decimals(torch):
    """`round` takes a number of decimals, also a negative one, and rounds halves to the even one."""
    x = torch.tensor([1234.5678, -0.125, 2.5, 3.5], requires_grad=True)
    for decimals in (2, 0, -2):
        yield f"{decimals} decimals", torch.round(x, decimals=decimals)
    yield "none", x.round()
    yield "gradient", torch.autograd.grad(x.round(decimals=1), x, torch.tensor([1.0, -2.0, 0.5, 3.0]))


@case(POINTWISE)
def further_names_of_functions(torch):
    """Inverse functions have two names each, and `fix` is `trunc`."""
    for name in ("arcsin", "arccos", "arctan", "arctanh"):
        x = torch.tensor([0.25, -0.75], requires_grad=True)
        result = getattr(torch, name)(x)
        yield name, result
        yield f"{name}: gradient", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0]))
    yield "arccosh", torch.tensor([1.5, 2.5], requires_grad=True).arccosh()
    yield "arcsinh", torch.tensor([0.5, 2.5], requires_grad=True).arcsinh()
    yield "fix", torch.fix(torch.tensor([1.75, -1.75], requires_grad=True))


@case(POINTWISE)
def tensors_left_as_they_are(torch):
    """`positive` gives back its operand itself, and refuses bools."""
    x = torch.tensor([1.5], requires_grad=True)
    yield "itself", torch.positive(x) is x
    yield "bools", raises(lambda: torch.positive(torch.tensor([True])))


@case("torch: Comparison Ops")
def comparisons_by_long_names(torch):
    """Comparisons have long names, too."""
    x, y = torch.tensor([1.5, 2.5, 3.5]), torch.tensor([2.0, 2.5, 3.0])
    for name in ("greater", "greater_equal", "less", "less_equal", "not_equal"):
        yield name, getattr(torch, name)(x, y)
        yield f"Tensor.{name}", getattr(x, name)(2.5)


@case("torch: Comparison Ops")
def members_of_a_set(torch):
    """`isin` says which elements are among others; either may be a number."""
    x = torch.tensor([[1, 2], [3, 2]])
    yield "tensors", torch.isin(x, torch.tensor([2, 5]))
    yield "inverted", torch.isin(x, torch.tensor([2, 5]), invert=True)
    yield "a number among tensors", torch.isin(3, x)
    yield "tensors and a number", torch.isin(x, 2)


@case(POINTWISE)
def gamma_functions_at_their_ends(torch):
    """The logarithm of gamma is infinite at both infinities and at each pole, where digamma's derivatives end."""
    ends = torch.tensor([-inf, -3.0, -0.5, 0.0, inf, nan], requires_grad=True)
    result = torch.lgamma(ends)
    yield "lgamma", result
    yield "gradient", torch.autograd.grad(result[2], ends)
    yield "mvlgamma", torch.mvlgamma(ends.detach(), 1)
    for order in range(4):
        yield f"polygamma {order}", torch.polygamma(order, ends.detach())
        yield f"{order}: complex", raises(lambda order=order: torch.polygamma(order, torch.tensor([1j])))
    yield (
        "zeta",
        torch.special.zeta(
            torch.tensor([3.0, 3.0, 3.0, 1.0, 0.5]), torch.tensor([-2.5, inf, -2.0, 2.0, 2.0])
        ),
    )
