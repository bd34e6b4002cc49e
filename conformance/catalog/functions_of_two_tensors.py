"""Functions of two or three tensors, element by element: values, both derivatives, and what they refuse."""

from __future__ import annotations

from conformance import case, raises

POINTWISE = "torch: Pointwise Ops"
ONE = [0.75, -1.5, 2.25]
TWO = [1.25, 0.5, -0.625]


def _derivatives(torch, function, *values):
    """The result of a function of some leaves, their gradients, and the gradients of one of these."""
    leaves = [torch.tensor(each, requires_grad=True) for each in values]
    result = function(*leaves)
    weights = torch.tensor([1.0, -2.0, 0.5])
    gradients = torch.autograd.grad(result, leaves, weights, create_graph=True)
    yield "value", result
    yield "gradients", gradients
    mixed = sum(each * torch.tensor([0.25, 1.5, -0.75]) for each in gradients)
    if mixed.requires_grad:
        found = torch.autograd.grad(mixed.sum(), leaves, allow_unused=True)
        yield "second derivatives", [each if each is None else each * 1.5 for each in found]


@case(POINTWISE)
def derivatives_of_atan2(torch):
    """`atan2` is the angle of a point in all four quadrants."""
    yield from _derivatives(torch, torch.atan2, ONE, TWO)
    yield (
        "quadrants",
        torch.arctan2(torch.tensor([1.5, 1.5, -1.5, -1.5]), torch.tensor([2.5, -2.5, 2.5, -2.5])),
    )
    yield "integers", torch.atan2(torch.tensor([3, -4]), torch.tensor([2, 5]))


@case(POINTWISE)
def derivatives_of_hypot(torch):
    """`hypot` is the length of the hypotenuse, without overflow."""
    yield from _derivatives(torch, torch.hypot, ONE, TWO)
    yield "large numbers", torch.hypot(torch.tensor([3e30]), torch.tensor([4e30]))
    yield "of integers", raises(lambda: torch.hypot(torch.tensor([3]), torch.tensor([4])))


@case(POINTWISE)
def derivatives_of_logaddexp(torch):
    """`logaddexp` is the logarithm of the sum of two exponentials, without overflow."""
    yield from _derivatives(torch, torch.logaddexp, ONE, TWO)
    yield "large numbers", torch.logaddexp(torch.tensor([1000.0, -1000.0]), torch.tensor([1001.0, -1002.0]))


@case(POINTWISE)
def derivatives_of_logaddexp2(torch):
    """`logaddexp2` is the logarithm of the sum of two powers of 2."""
    yield from _derivatives(torch, torch.logaddexp2, ONE, TWO)


@case(POINTWISE)
def derivatives_of_xlogy(torch):
    """`xlogy` is x log y, but 0 where x is 0, whatever y is, unless that is nan."""
    yield from _derivatives(torch, torch.xlogy, ONE, [1.25, 0.5, 3.5])
    x = torch.tensor([0.0, 0.0, 0.0, 1.5], requires_grad=True)
    y = torch.tensor([0.0, -2.5, float("nan"), 0.75], requires_grad=True)
    result = torch.xlogy(x, y)
    yield "at 0", result
    yield "gradients there", torch.autograd.grad(result, (x, y), torch.tensor([1.0, -2.0, 0.5, 3.0]))


@case(POINTWISE)
def xlogy_with_numbers(torch):
    """Either operand of `xlogy` may be a number, which has a node of its own."""
    x = torch.tensor([0.5, 1.75], requires_grad=True)
    for name, result in (("number first", torch.xlogy(2.5, x)), ("number last", torch.xlogy(x, 2.5))):
        yield name, result
        yield f"{name}: gradient", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0]))


@case(POINTWISE)
def derivatives_of_fmod(torch):
    """`fmod` is what remains of the division towards zero; it has the sign of the dividend."""
    yield from _derivatives(torch, torch.fmod, [5.75, -5.75, 7.5], [2.5, 1.75, -2.25])
    x = torch.tensor([5.75, -5.75], requires_grad=True)
    yield "by a number", x.fmod(2.5)
    yield "of integers", torch.fmod(torch.tensor([7, -7]), torch.tensor([3, 4]))
    yield "by 0", raises(lambda: torch.fmod(torch.tensor([7]), 0))
    yield "of bools", raises(lambda: torch.fmod(torch.tensor([True]), torch.tensor([True])))


@case(POINTWISE)
def derivatives_of_copysign(torch):
    """`copysign` takes the size of one operand and the sign of the other; its gradient is 0 at 0."""
    yield from _derivatives(torch, torch.copysign, ONE, TWO)
    x = torch.tensor([0.0, -1.5], requires_grad=True)
    result = torch.copysign(x, -0.0)
    yield "with a number", result
    yield "its gradient", torch.autograd.grad(result, x, torch.tensor([3.0, -2.0]))


@case(POINTWISE)
def derivatives_of_ldexp(torch):
    """`ldexp` multiplies by a power of 2."""
    yield from _derivatives(torch, torch.ldexp, ONE, TWO)
    yield "integers", torch.ldexp(torch.tensor([3, 5]), torch.tensor([2, -1]))
    yield "by a number", raises(lambda: torch.ldexp(torch.tensor([1.5]), 2))


@case(POINTWISE)
def larger_and_smaller_beside_nan(torch):
    """`fmax` and `fmin` prefer a number to nan, and give the whole gradient to one operand."""
    nan = float("nan")
    for name in ("fmax", "fmin"):
        x = torch.tensor([0.5, nan, 2.5, nan, 1.75], requires_grad=True)
        y = torch.tensor([1.5, 0.75, nan, nan, 1.75], requires_grad=True)
        result = getattr(torch, name)(x, y)
        yield name, result
        weights = torch.tensor([1.0, -2.0, 0.5, 3.0, -1.5])
        yield f"{name}: gradients", torch.autograd.grad(result, (x, y), weights)


@case(POINTWISE)
def steps_of_heaviside(torch):
    """`heaviside` takes its values at 0 from the second operand; backward says that there is no derivative."""
    x = torch.tensor([-1.5, 0.0, 2.5], requires_grad=True)
    result = torch.heaviside(x, torch.tensor([0.25, 0.75, 0.5]))
    yield "value", result
    yield "backward", raises(lambda: result.backward(torch.tensor([1.0, 2.0, 3.0])))
    yield "types differ", raises(lambda: torch.heaviside(torch.tensor([1.5]), torch.tensor([1])))


@case(POINTWISE)
def neighbours_of_numbers(torch):
    """`nextafter` is the neighbour of a number towards another one."""
    x = torch.tensor([1.5, -1.5, 0.0], requires_grad=True)
    result = torch.nextafter(x, torch.tensor([2.5, -2.5, -1.0]))
    yield "differences", (result - x).detach()
    yield "gradient", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0, 0.5]))


@case(POINTWISE)
def powers_in_double_precision(torch):
    """`float_power` computes in double precision, and its in-place form refuses other types."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    result = torch.float_power(x, 3)
    yield "value", result
    yield "gradient", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0], dtype=torch.float64))
    yield "of integers", torch.float_power(torch.tensor([3, 4]), torch.tensor([-1, 2]))
    yield "of a number", torch.float_power(2, torch.tensor([1.5, -0.5]))
    yield "in place", raises(lambda: torch.tensor([1.5]).float_power_(2))


@case(POINTWISE)
def divisors_and_multiples(torch):
    """`gcd` and `lcm` are of integers only."""
    x, y = torch.tensor([12, -18, 0, 35]), torch.tensor([18, 24, 5, 49])
    yield "gcd", torch.gcd(x, y)
    yield "lcm", torch.lcm(x, y)
    yield "promoted", torch.gcd(x, torch.tensor([8], dtype=torch.int8))
    yield "of floats", raises(lambda: torch.gcd(torch.tensor([1.5]), torch.tensor([2.5])))


@case(POINTWISE)
def shifted_bits(torch):
    """Shifts by more than a type has bits leave 0, or the sign; floats are refused."""
    x = torch.tensor([1, -5, 96], dtype=torch.int8)
    yield "left", torch.bitwise_left_shift(x, 1)
    yield "right", x >> 2
    yield "too far", (x << 9, x >> 9)
    yield "by a negative number", (x << -1, x >> -1)
    yield "by a tensor", torch.bitwise_right_shift(torch.tensor([64, 65]), torch.tensor([2, 3]))
    yield "of floats", raises(lambda: torch.tensor([1.5]) << 1)


@case(POINTWISE)
def scaled_products_added(torch):
    """`addcmul` adds a scaled product; operands broadcast, and the node keeps the factor."""
    x = torch.tensor([0.75, -1.5], requires_grad=True)
    y = torch.tensor([[1.25], [0.5]], requires_grad=True)
    z = torch.tensor([2.5, -0.75], requires_grad=True)
    result = torch.addcmul(x, y, z, value=0.5)
    yield "value", result
    yield "gradients", torch.autograd.grad(result, (x, y, z), torch.tensor([[1.0, -2.0], [0.5, 3.0]]))
    yield "saved", result.grad_fn._saved_value
    yield "a number", raises(lambda: torch.addcmul(x, 2.0, z))


@case(POINTWISE)
def scaled_quotients_added(torch):
    """`addcdiv` adds a scaled quotient of floating types."""
    x = torch.tensor([0.75, -1.5], requires_grad=True)
    y = torch.tensor([1.25, 0.5], requires_grad=True)
    z = torch.tensor([2.5, -0.75], requires_grad=True)
    result = x.addcdiv(y, z, value=-2)
    gradients = torch.autograd.grad(result, (x, y, z), torch.tensor([1.0, -2.0]), create_graph=True)
    yield "value", result
    yield "gradients", gradients
    yield "second", torch.autograd.grad(gradients[2], (y, z), torch.tensor([0.5, 3.0]))
    yield "integers", raises(lambda: torch.addcdiv(torch.tensor([1]), torch.tensor([4]), torch.tensor([2])))


@case(POINTWISE)
def between_two_tensors(torch):
    """`lerp` lies between two tensors, by a number or a tensor of weights, and meets both ends exactly."""
    x = torch.tensor([0.1, -1.5, 1e8], requires_grad=True)
    y = torch.tensor([0.7, 2.5, 3.0], requires_grad=True)
    weight = torch.tensor([0.25, 0.75, 0.5], requires_grad=True)
    yield "by a number", torch.lerp(x, y, 0.3)
    yield "both ends", (torch.lerp(x, y, 0.0), torch.lerp(x, y, 1.0))
    result = x.lerp(y, weight)
    yield "by a tensor", result
    yield "gradients", torch.autograd.grad(result, (x, y, weight), torch.tensor([1.0, -2.0, 0.5]))
    yield "types differ", raises(lambda: torch.lerp(x, y.double(), 0.5))


@case(POINTWISE)
def reversed_differences(torch):
    """`rsub` subtracts from its second operand, times `alpha`."""
    x = torch.tensor([0.75, -1.5], requires_grad=True)
    y = torch.tensor([1.25, 0.5], requires_grad=True)
    for name, result in (("tensors", torch.rsub(x, y, alpha=3)), ("a number", torch.rsub(x, 2.5, alpha=2))):
        yield name, result
        yield f"{name}: gradient", torch.autograd.grad(result, x, torch.tensor([1.0, -2.0]))
    yield "bools", raises(lambda: torch.rsub(torch.tensor([True]), 1))


@case(POINTWISE)
def numbers_where_tensors_are_wanted(torch):
    """Functions of two tensors refuse a number, and say where it stands."""
    x = torch.tensor([1.5])
    for name in ("atan2", "hypot", "logaddexp", "fmax", "nextafter"):
        yield f"torch.{name}", raises(lambda: getattr(torch, name)(x, 2.5))  # noqa: B023 - called at once
        yield f"Tensor.{name}", raises(lambda: getattr(x, name)(2.5))  # noqa: B023
    yield "first", raises(lambda: torch.atan2(2.5, x))


@case(POINTWISE)
def clamps_from_one_side(torch):
    """`clamp_min` and `clamp_max` pass the gradient on where they change nothing, also at the bound."""
    x = torch.tensor([0.5, 1.5, 2.5], requires_grad=True)
    bound = torch.tensor([1.0, 1.5, 3.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    for name in ("clamp_min", "clamp_max"):
        by_number = getattr(torch, name)(x, 1.5)
        yield name, by_number
        yield f"{name}: gradient", torch.autograd.grad(by_number, x, weights)
        by_tensor = getattr(x, name)(bound)
        yield f"{name} by a tensor", by_tensor
        yield f"{name} by a tensor: gradients", torch.autograd.grad(by_tensor, (x, bound), weights)
    yield "an integer tensor, a float", torch.clamp_min(torch.tensor([1, 3]), 1.5)


@case(POINTWISE)
def functions_of_two_numbers(torch):
    """The four operations take two numbers, and give a tensor of the type that the numbers have together."""
    for name in ("add", "sub", "mul", "div", "true_divide", "floor_divide"):
        function = getattr(torch, name)
        yield name, [function(7, 2), function(-2.5, 2), function(7, 0.5)]
    yield "with a factor", torch.add(5, 6, alpha=-2)
    yield "bits of a number and of a tensor", torch.bitwise_xor(12, torch.tensor([10, 5]))
    yield "bits beyond the type", torch.bitwise_or(300, torch.tensor([1], dtype=torch.uint8))
    yield "bits of two numbers", raises(lambda: torch.bitwise_and(5, 6))
    yield "a text", raises(lambda: torch.add("5", 6))
