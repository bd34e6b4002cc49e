"""The sign of zero: of results and of gradients, of real numbers and of the parts of complex ones."""

from __future__ import annotations

from conformance import case

ZEROS = (0j, complex(0.0, -0.0), complex(-0.0, 0.0), complex(-0.0, -0.0))
ON_THE_CUTS = tuple(complex(real, zero) for real in (1.0, -1.0, 2.0, -2.0, 0.5, -0.5) for zero in (0.0, -0.0))
FLOATING = ("float16", "bfloat16", "float32", "float64")


@case("torch.nn.functional: relu")
def relu_of_minus_zero(torch):
    """`relu` keeps the sign of zero, in every type, in place or not."""
    for name in FLOATING:
        x = torch.tensor([-0.0, 0.0, -1.5, 2.5], dtype=getattr(torch, name))
        for label, found in (
            ("relu", torch.relu(x)),
            ("functional", torch.nn.functional.relu(x)),
            ("relu_", x.clone().relu_()),
            ("clamp", x.clamp(min=0)),
        ):
            yield f"{name} {label}", found
            yield f"{name} {label}, inverted", 1 / found


@case("torch.nn.functional: relu")
def gradient_of_relu_at_minus_zero(torch):
    """The gradient of `relu` is 0 at both zeros, and at them `1 / relu` gets the infinite one of its side."""
    x = torch.tensor([-0.0, 0.0, 2.5], requires_grad=True)
    torch.relu(x).backward(torch.tensor([3.0, 5.0, 7.0]))
    yield "relu", x.grad
    y = torch.tensor([-0.0, 0.0, 2.5], requires_grad=True)
    (1 / torch.relu(y)).backward(torch.tensor([3.0, 5.0, 7.0]))
    yield "quotient", y.grad


def parts_of_zeros(torch, name, dtype):
    """A function of each complex zero and of numbers beside the cuts; each part as a number of its own."""
    for z in (*ZEROS, *ON_THE_CUTS):
        found = getattr(torch, name)(torch.tensor([z], dtype=dtype)).tolist()[0]
        yield f"{name}({z}), {dtype}", torch.tensor([found.real, found.imag], dtype=torch.float64)


@case("Complex Numbers: Autograd")
def complex_zeros_of_neg(torch):
    """The signs of zero that `neg` gives the parts of complex results, at zeros and beside cuts."""
    for dtype in (torch.complex64, torch.complex128):
        yield from parts_of_zeros(torch, "neg", dtype)


@case("Complex Numbers: Autograd")
def complex_zeros_of_cos(torch):
    """The signs of zero that `cos` gives the parts of complex results, at zeros and beside cuts."""
    for dtype in (torch.complex64, torch.complex128):
        yield from parts_of_zeros(torch, "cos", dtype)


@case("Complex Numbers: Autograd")
def complex_zeros_of_acos(torch):
    """The signs of zero that `acos` gives the parts of complex results, at zeros and beside cuts."""
    for dtype in (torch.complex64, torch.complex128):
        yield from parts_of_zeros(torch, "acos", dtype)


@case("Complex Numbers: Autograd")
def complex_zeros_of_log1p(torch):
    """The signs of zero that `log1p` gives the parts of complex results, at zeros and beside cuts."""
    for dtype in (torch.complex64, torch.complex128):
        yield from parts_of_zeros(torch, "log1p", dtype)


@case("Complex Numbers: Autograd")
def complex_zeros_of_acosh(torch):
    """The signs of zero that `acosh` gives the parts of complex results, at zeros and beside cuts."""
    for dtype in (torch.complex64, torch.complex128):
        yield from parts_of_zeros(torch, "acosh", dtype)


@case("torch.Tensor: torch.Tensor.pow")
def roots_by_powers_of_edge_values(torch):
    """`x ** 0.5` is the root where a type has one, but for float16 the power: 0 at -0, and infinity at -inf."""
    for name in FLOATING:
        x = torch.tensor([-0.0, 0.0, float("-inf"), float("inf"), -1.5, 2.25], dtype=getattr(torch, name))
        for exponent in (0.5, -0.5, 0.25):
            yield f"{name} ** {exponent}", x**exponent
