"""Complex functions element by element, and their derivatives."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Autograd mechanics: Autograd for Complex Numbers"
REFUSALS = "torch: Pointwise Ops"
PARTS = "complex_functions::absolute_values"


def derivatives(torch, names, parts=(0.5 + 0.25j, -0.75 - 1.25j, 1.5 + 0.5j)):
    """Each function of three complex numbers, with its gradient."""
    for name in names:
        z = torch.tensor(parts, requires_grad=True)
        result = getattr(torch, name)(z)
        (gradient,) = torch.autograd.grad(result, z, torch.tensor([0.5 - 1j, 2 + 0.25j, -1.5 + 3j]))
        yield name, result
        yield f"gradient of {name}", gradient


def real_valued(torch, name, parts):
    """A real function of complex numbers, with its gradient."""
    z = torch.tensor(parts, requires_grad=True)
    result = getattr(torch, name)(z)
    weights = torch.tensor([0.5, -2.0, 1.5, 3.0][: len(parts)])
    yield name, result
    yield f"gradient of {name}", torch.autograd.grad(result, z, weights)


@case(PAGE)
def exponentials_of_complex_numbers(torch):
    """exp, exp2 and expm1 of complex numbers; the gradient holds the conjugate of the derivative."""
    yield from derivatives(torch, ("exp", "exp2", "expm1"))


@case(PAGE)
def logarithms_of_complex_numbers(torch):
    """log, log2, log10 and log1p take the branch whose imaginary part is between −π and π."""
    yield from derivatives(torch, ("log", "log2", "log10", "log1p"))


@case(PAGE)
def trigonometric_functions_of_complex_numbers(torch):
    """sin, cos and tan of complex numbers, with their gradients."""
    yield from derivatives(torch, ("sin", "cos", "tan"))


@case(PAGE)
def inverse_trigonometric_functions_of_complex_numbers(torch):
    """asin, acos and atan of complex numbers, with their gradients."""
    yield from derivatives(torch, ("asin", "acos", "atan"))


@case(PAGE)
def hyperbolic_functions_of_complex_numbers(torch):
    """sinh, cosh, tanh and sigmoid of complex numbers, with their gradients."""
    yield from derivatives(torch, ("sinh", "cosh", "tanh", "sigmoid"))


@case(PAGE)
def inverse_hyperbolic_functions(torch):
    """asinh, acosh and atanh of complex and of real numbers, with their gradients and graphs."""
    names = ("asinh", "acosh", "atanh")
    yield from derivatives(torch, names)
    weights = torch.tensor([0.5, -2.0, 1.5], requires_grad=True)
    for name in names:
        x = torch.tensor([1.5, 0.25, -0.75], requires_grad=True)
        yield f"real {name}", getattr(torch, name)(x)
        yield f"its gradient, {name}", torch.autograd.grad(getattr(x, name)(), x, weights, create_graph=True)


@case(PAGE)
def roots_of_complex_numbers(torch):
    """sqrt, rsqrt, square and reciprocal of complex numbers, with their gradients."""
    yield from derivatives(torch, ("sqrt", "rsqrt", "square", "reciprocal"))


@case(PAGE, builds_on=("complex_functions::roots_of_complex_numbers",))
def negative_numbers_as_complex_ones(torch):
    """sqrt and log of negative numbers exist among complex ones."""
    yield from derivatives(torch, ("sqrt", "log", "rsqrt"), (-4.0 + 0j, -1 + 0j, -0.25 + 0j))


@case(PAGE)
def absolute_values(torch):
    """The absolute value is real, and its gradient the sign of the number; at zero it is zero."""
    yield from real_valued(torch, "abs", [3 - 4j, 0j, -2.0 + 0j, 1.5j])


@case(PAGE, builds_on=(PARTS,))
def angles(torch):
    """The angle runs from −π to π; its gradient turns by a right angle, and is 0 at zero."""
    yield from real_valued(torch, "angle", [3 - 4j, 0j, -2.0 + 0j, 1.5j])


@case(PAGE, builds_on=("complex_functions::angles",))
def angles_of_real_numbers(torch):
    """The angle of a negative number is π, of others 0, and nan stays nan; the gradient is 0."""
    x = torch.tensor([-1.5, 0.0, 2.5, float("nan"), -0.0], requires_grad=True)
    yield "angle", x.angle()
    yield "gradient", torch.autograd.grad(x.angle(), x, torch.tensor([0.5, -2.0, 1.5, 3.0, 4.0]))
    yield "of integers", torch.tensor([-3, 4]).angle()


@case(PAGE, builds_on=(PARTS,))
def signs_of_complex_numbers(torch):
    """sgn divides by the absolute value; the gradient has only what turns; at zero both are zero."""
    z = torch.tensor([3 - 4j, 0j, -2.0 + 0.5j, 1.5j], requires_grad=True)
    weights = torch.tensor([0.5 - 1j, 2 + 0.25j, -1.5 + 3j, 1 + 1j])
    yield "sgn", z.sgn()
    yield "gradient", torch.autograd.grad(z.sgn(), z, weights)
    yield "sign", raises(lambda: z.sign())


@case(PAGE, builds_on=(PARTS,))
def parts_of_complex_numbers(torch):
    """Real and imaginary parts send their gradients to their places."""
    z = torch.tensor([3 - 4j, -2.0 + 0.5j], requires_grad=True)
    weights = torch.tensor([0.5, -2.0])
    yield "real", z.real
    yield "gradient of real", torch.autograd.grad(z.real, z, weights)
    yield "imag", z.imag
    yield "gradient of imag", torch.autograd.grad(z.imag, z, weights)
    (z.real * z.imag).backward(weights)
    yield "gradient of their product", z.grad


@case(PAGE)
def conjugates(torch):
    """The gradient of a conjugate is the conjugate of the gradient."""
    z = torch.tensor([3 - 4j, -2.0 + 0.5j], requires_grad=True)
    weights = torch.tensor([0.5 - 1j, 2 + 0.25j])
    for name, result in (
        ("conj", z.conj()),
        ("conj_physical", torch.conj_physical(z)),
        ("product with the conjugate", z * z.conj()),
        ("resolve_conj", z.conj().resolve_conj()),
    ):
        yield name, result
        yield f"gradient of {name}", torch.autograd.grad(result, z, weights)


@case("torch: complex")
def complex_numbers_of_parts(torch):
    """`complex` joins two real tensors, which get the real and the imaginary part of the gradient."""
    real = torch.tensor([1.5, -2.0], requires_grad=True)
    imag = torch.tensor([0.25, 3.0], requires_grad=True)
    z = torch.complex(real, imag)
    yield "complex", z
    yield "gradients", torch.autograd.grad(z, (real, imag), torch.tensor([0.5 - 1j, 2 + 0.25j]))
    yield "double", torch.complex(real.detach().double(), imag.detach().double())
    yield "broadcast", torch.complex(real[:1], imag)


@case("torch: complex", builds_on=("complex_functions::complex_numbers_of_parts",))
def parts_that_do_not_fit(torch):
    """`complex` and `polar` want two floating tensors of one dtype."""
    x = torch.tensor([1.5, -2.0])
    yield "integers", raises(lambda: torch.complex(x, torch.tensor([1, 2])))
    yield "two precisions", raises(lambda: torch.complex(x, x.double()))
    yield "shapes", raises(lambda: torch.complex(x, torch.tensor([1.0, 2.0, 3.0])))
    yield "numbers", raises(lambda: torch.complex(1.0, x))
    yield "integers of polar", raises(lambda: torch.polar(torch.tensor([1, 2]), x))


@case("torch: polar")
def complex_numbers_of_angles(torch):
    """`polar` makes complex numbers of absolute values and angles; both get a real gradient."""
    size = torch.tensor([1.5, 2.0], requires_grad=True)
    angle = torch.tensor([0.25, 3.0], requires_grad=True)
    z = torch.polar(size, angle)
    yield "polar", z
    yield "gradients", torch.autograd.grad(z, (size, angle), torch.tensor([0.5 - 1j, 2 + 0.25j]))
    incoming = torch.tensor([0.5 - 1j, 2 + 0.25j], requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.polar(size, angle), angle, incoming, create_graph=True)
    yield "graph", gradient


@case(PAGE, builds_on=("complex_functions::exponentials_of_complex_numbers",))
def graphs_of_complex_derivatives(torch):
    """Where a derivative is conjugated shows in the graph of each gradient."""
    weights = torch.tensor([0.5 - 1j, 2 + 0.25j], requires_grad=True)
    names = "exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh sigmoid sqrt rsqrt reciprocal sgn"
    for name in names.split():
        z = torch.tensor([0.5 + 0.25j, -0.75 - 1.25j], requires_grad=True)
        (gradient,) = torch.autograd.grad(getattr(torch, name)(z), z, weights, create_graph=True)
        yield name, gradient


@case(PAGE, builds_on=(PARTS,))
def graphs_of_real_valued_derivatives(torch):
    """The graphs of the gradients of abs, angle, norm and std."""
    weights = torch.tensor([0.5, -2.0], requires_grad=True)
    z = torch.tensor([3 - 4j, -2.0 + 0.5j], requires_grad=True)
    for name in ("abs", "angle"):
        yield name, torch.autograd.grad(getattr(z, name)(), z, weights, create_graph=True)
    for name in ("norm", "std"):
        yield name, torch.autograd.grad(getattr(z, name)(), z, weights[0], create_graph=True)


@case(REFUSALS)
def functions_without_complex_numbers(torch):
    """What has no meaning for complex numbers is refused, each in words of its own."""
    z = torch.tensor([1 + 2j, 0.75 - 0.5j])
    for name in [
        "relu",
        "floor",
        "ceil",
        "round",
        "trunc",
        "sign",
        "max",
        "min",
        "amax",
        "amin",
        "argmax",
        "argmin",
    ]:
        yield name, raises(lambda name=name: getattr(z, name)())
    yield "softmax", raises(lambda: z.softmax(0))
    yield "log_softmax", raises(lambda: z.log_softmax(0))
    yield "max over a dimension", raises(lambda: z.max(0))
    yield "clamp", raises(lambda: z.clamp(0, 1))
    yield "maximum", raises(lambda: torch.maximum(z, z))
    yield "minimum", raises(lambda: torch.minimum(z, torch.tensor(1.0)))
    yield "softplus", raises(lambda: torch.nn.functional.softplus(z))
    yield "mse_loss", raises(lambda: torch.nn.functional.mse_loss(z, z * 2))


@case(REFUSALS, builds_on=("complex_functions::functions_without_complex_numbers",))
def operators_without_complex_numbers(torch):
    """Complex numbers are not ordered, and have neither remainders nor bits."""
    z = torch.tensor([1 + 2j, 0.75 - 0.5j])
    yield "<", raises(lambda: z < 1)
    yield ">=", raises(lambda: z >= z)
    yield "> of a complex number", raises(lambda: torch.tensor([1.5]) > 1j)
    yield "//", raises(lambda: z // 2)
    yield "%", raises(lambda: z % 2)
    yield "~", raises(lambda: ~z)
    yield "&", raises(lambda: z & z)
    yield "rounded down", raises(lambda: z.div(2, rounding_mode="floor"))
    yield "rounded towards zero", raises(lambda: z.div(2, rounding_mode="trunc"))


@case("torch.Tensor: item")
def complex_numbers_in_python(torch):
    """Complex tensors become Python's complex numbers, and neither floats nor whole numbers."""
    z = torch.tensor([1 + 2j, 0j])
    yield "item", z[0].item()
    yield "complex", complex(z[0])
    yield "tolist", z.tolist()
    yield "truth", [bool(z[0]), bool(z[1])]
    yield "float", raises(lambda: float(z[0]))
    yield "int", raises(lambda: int(z[0]))
    yield "as data of a real tensor", raises(lambda: torch.tensor([1j], dtype=torch.float32))
    yield "as data of whole numbers", raises(lambda: torch.tensor(1j, dtype=torch.int64))
    yield "filled into a real tensor", raises(lambda: torch.full((2,), 1j, dtype=torch.float32))
    yield (
        "masked into a real tensor",
        raises(lambda: torch.tensor([1.5, 2.5]).masked_fill(torch.tensor([True, False]), 1j)),
    )
    yield "equal", [torch.equal(z, z * 1), torch.allclose(z, z + 1e-9), torch.equal(z, z.conj())]
    yield "isreal", torch.tensor([1 + 2j, 3 + 0j]).isreal()
    yield "isnan", torch.tensor([complex("nan"), complex(0, float("inf")), 1j]).isnan()
    yield "isfinite", torch.tensor([complex("nan"), complex(0, float("inf")), 1j]).isfinite()


@case("torch.Tensor: to", builds_on=("complex_functions::parts_of_complex_numbers",))
def casts_of_complex_tensors(torch):
    """A cast to a real type drops the imaginary part with a warning; the gradient then is real."""
    z = torch.tensor([1.5 + 2j, 0.75 - 0.5j], requires_grad=True)
    yield "float", z.float()
    yield "gradient", torch.autograd.grad(z.double(), z, torch.tensor([0.5, -2.0], dtype=torch.float64))
    yield "whole numbers", z.long()
    yield (
        "double",
        torch.autograd.grad(
            z.to(torch.complex128), z, torch.tensor([0.5 - 1j, 2 + 0.25j], dtype=torch.complex128)
        ),
    )
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "real made complex", x.to(torch.complex64)
    yield "its gradient", torch.autograd.grad(x.cfloat(), x, torch.tensor([0.5 - 1j, 2 + 0.25j]))
    yield "complex of bool", torch.tensor([1j, 0j]).bool()
