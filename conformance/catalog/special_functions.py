"""`torch.special`: values, derivatives where there are any, names, refusals."""

from __future__ import annotations

from conformance import case, raises

SPECIAL = "torch.special: Functions"


def _derivatives(torch, name, values, *options):
    x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    result = getattr(torch.special, name)(x, *options)
    weights = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    (gradient,) = torch.autograd.grad(result, x, weights, create_graph=True)
    yield f"{name}", result
    yield f"{name}: gradient", gradient
    second = torch.tensor([0.5, 1.0, -1.5], dtype=torch.float64)
    yield f"{name}: second", torch.autograd.grad(gradient, x, second)
    yield f"{name} in float32", getattr(torch.special, name)(x.detach().float(), *options)


@case(SPECIAL)
def error_functions(torch):
    """`erf`, `erfc`, `erfcx` and `erfinv` have the bell curve as derivative."""
    for name in ("erf", "erfc", "erfcx", "erfinv"):
        yield from _derivatives(torch, name, [0.25, -0.75, 0.5])
    yield "of integers", torch.special.erf(torch.tensor([1, -2]))
    yield "of the ends", torch.erfinv(torch.tensor([1.0, -1.0, 1.5]))
    yield "of complex numbers", raises(lambda: torch.special.erf(torch.tensor([1j])))


@case(SPECIAL)
def normal_distribution(torch):
    """`ndtr`, `log_ndtr` and `ndtri` are the normal distribution's share below, its logarithm and its inverse."""
    yield from _derivatives(torch, "ndtr", [0.25, -0.75, 1.5])
    yield from _derivatives(torch, "log_ndtr", [0.25, -0.75, 1.5])
    yield from _derivatives(torch, "ndtri", [0.25, 0.75, 0.9])
    yield "far below", torch.special.log_ndtr(torch.tensor([-30.0]))


@case(SPECIAL)
def entropy_of_numbers(torch):
    """`entr` is -x log x, 0 at 0 and -inf below."""
    yield from _derivatives(torch, "entr", [0.25, 0.75, 1.5])
    yield "at 0 and below", torch.special.entr(torch.tensor([0.0, -0.5, float("nan")]))


@case(SPECIAL)
def gamma_functions(torch):
    """`gammaln`, `digamma` and `polygamma` are the derivatives of each other."""
    yield from _derivatives(torch, "gammaln", [0.25, 1.75, 5.5])
    yield from _derivatives(torch, "digamma", [0.25, 1.75, 5.5])
    yield from _derivatives(torch, "psi", [0.25, 1.75, -1.5])
    x = torch.tensor([0.25, 1.75, 5.5], requires_grad=True)
    for order in (0, 1, 3):
        result = torch.polygamma(order, x)
        yield f"polygamma {order}", result
        yield f"polygamma {order}: gradient", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0, 0.5]))
    yield "as a method", x.detach().polygamma(2)
    yield "a negative order", raises(lambda: torch.polygamma(-1, x))
    yield "at the poles", (torch.digamma(torch.tensor([0.0, -1.0])), torch.lgamma(torch.tensor([0.0, -2.0])))


@case(SPECIAL)
def multivariate_gamma_functions(torch):
    """`multigammaln` sums log-gamma functions."""
    yield from _derivatives(torch, "multigammaln", [2.25, 1.75, 5.5], 2)
    yield "of dimension 0", raises(lambda: torch.mvlgamma(torch.tensor([1.5]), 0))


@case(SPECIAL)
def incomplete_gamma_functions(torch):
    """The incomplete gamma functions have no derivative with respect to their first operand."""
    order = torch.tensor([0.5, 1.75, 3.5], requires_grad=True)
    for name in ("gammainc", "gammaincc"):
        x = torch.tensor([0.25, 2.5, 1.5], requires_grad=True)
        result = getattr(torch.special, name)(order.detach(), x)
        yield name, result
        yield f"{name}: gradient", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0, 0.5]))
    both = torch.igamma(order, x)
    yield "of the order", raises(lambda: both.backward(torch.tensor([1.0, -2.0, 0.5])))


@case(SPECIAL)
def zeta_function(torch):
    """`zeta` has a derivative with respect to its second operand only; each may be a number."""
    x = torch.tensor([1.25, 2.5, 0.75], requires_grad=True)
    result = torch.special.zeta(2.5, x)
    yield "a number first", result
    yield "gradient", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0, 0.5]))
    order = torch.tensor([1.5, 3.0, 2.5], requires_grad=True)
    yield "tensors", torch.special.zeta(order.detach(), x)
    other = torch.special.zeta(order, 1.5)
    yield "a number last", other
    yield "of the order", raises(lambda: other.backward(torch.tensor([1.0, -2.0, 0.5])))


@case(SPECIAL)
def products_with_log1p(torch):
    """`xlog1py` is x log(1 + y), but 0 where x is 0."""
    x = torch.tensor([0.0, 0.5, -1.5], requires_grad=True)
    y = torch.tensor([-1.0, 0.25, 2.5], requires_grad=True)
    result = torch.special.xlog1py(x, y)
    yield "value", result
    yield "gradient of x", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0, 0.5]), retain_graph=True)
    yield "a number first", torch.special.xlog1py(2.5, y.detach().requires_grad_())
    yield "a number last", torch.special.xlog1py(x, 1.5)


@case(SPECIAL)
def modified_bessel_functions(torch):
    """`i0`, `i0e`, `i1` and `i1e` have derivatives."""
    for name in ("i0", "i0e", "i1", "i1e"):
        yield from _derivatives(torch, name, [0.25, -1.75, 2.5])
    x = torch.tensor([0.0], requires_grad=True)
    yield "gradient of i1 at 0", torch.autograd.grad(torch.special.i1(x), x, torch.tensor([3.0]))


@case(SPECIAL)
def bessel_functions_without_derivatives(torch):
    """The other Bessel functions have no derivative: their results do not require grad."""
    x = torch.tensor([0.25, 1.75, 2.5], requires_grad=True)
    for name in (
        *("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "airy_ai", "spherical_bessel_j0"),
        *("modified_bessel_i0", "modified_bessel_i1", "modified_bessel_k0", "modified_bessel_k1"),
        *("scaled_modified_bessel_k0", "scaled_modified_bessel_k1"),
    ):
        yield name, getattr(torch.special, name)(x)


@case(SPECIAL)
def orthogonal_polynomials(torch):
    """Polynomials of each degree; the degree may be a number or a tensor."""
    x = torch.tensor([0.25, -0.75, 0.5])
    degrees = torch.tensor([0, 2, 5])
    for name in (
        *("chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v"),
        *("chebyshev_polynomial_w", "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u"),
        *("hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p"),
    ):
        yield f"{name} of degree 3", getattr(torch.special, name)(x, 3)
        yield f"{name} of several degrees", getattr(torch.special, name)(x, degrees)


@case(SPECIAL)
def functions_under_special_names(torch):
    """`torch.special` has other functions under its own names."""
    x = torch.tensor([[0.25, -0.75, 0.5]], requires_grad=True)
    for name in ("expit", "exp2", "expm1", "log1p", "sinc", "round"):
        yield name, getattr(torch.special, name)(x)
    yield "logit", torch.special.logit(x.sigmoid())
    yield "softmax", torch.special.softmax(x, dim=1)
    yield "log_softmax", torch.special.log_softmax(x, 1)
    yield "logsumexp", torch.special.logsumexp(x, dim=-1)
    yield "xlogy", torch.special.xlogy(2.5, x.exp())
