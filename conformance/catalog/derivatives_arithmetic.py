"""Derivatives of operations of two tensors: sums, products, quotients, powers, remainders and choices."""

from __future__ import annotations

from conformance import case, raises

POINTWISE = "torch: Pointwise Ops"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


@case(POINTWISE)
def sum_and_difference(torch):
    """x + y and x − y pass the gradient to both, negated for what is subtracted, also with alpha."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = torch.tensor([0.5, 4.0, -3.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "x + y", gradients(x + y, (x, y), weights)
    yield "x - y", gradients(x - y, (x, y), weights)
    yield "x + 3 y", gradients(torch.add(x, y, alpha=3), (x, y), weights)
    yield "x - 0.5 y", gradients(torch.sub(x, y, alpha=0.5), (x, y), weights)
    yield "1 - x", gradients(1 - x, x, weights)
    yield "x + x - y", gradients(x + x - y, (x, y), weights)


@case(POINTWISE)
def product(torch):
    """The derivative of a product toward one factor is the other factor."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = torch.tensor([0.5, 4.0, -3.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "x * y", x * y
    yield "gradients of x * y", gradients(x * y, (x, y), weights)
    yield "x * x", gradients(x * x, x, weights)
    yield "x * -1.5", gradients(x * -1.5, x, weights)
    yield "x * y * x", gradients(x * y * x, (x, y), weights)
    yield "x times its detached self", gradients(x * x.detach(), x, weights)


@case(POINTWISE)
def quotient(torch):
    """x / y has the derivatives 1 / y and −x / y²."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = torch.tensor([0.5, 4.0, -3.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "x / y", x / y
    yield "gradients of x / y", gradients(x / y, (x, y), weights)
    yield "x / 3", gradients(x / 3, x, weights)
    yield "3 / x", gradients(3 / x, x, weights)
    yield "x / x", gradients(x / x, x, weights)


@case(POINTWISE, builds_on=("derivatives_arithmetic::quotient",))
def division_by_zero(torch):
    """Dividing by zero gives infinities and nan, forward and backward, without an error."""
    x = torch.tensor([1.0, -2.0, 0.0, 3.0], requires_grad=True)
    y = torch.tensor([0.0, 0.0, 0.0, -0.0], requires_grad=True)
    yield "x / y", x / y
    yield "gradients", gradients(x / y, (x, y), torch.tensor([1.0, -2.0, 0.5, 0.0]))
    yield "2 / y", gradients(2 / y, y, torch.tensor([1.0, -2.0, 0.5, 0.0]))


@case(POINTWISE)
def power_by_a_number(torch):
    """x ** n has the derivative n · x ** (n − 1), for whole, broken and negative n."""
    x = torch.tensor([1.5, 2.0, 0.25], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    for exponent in (2, 3, 1, 0.5, -1, -2.5):
        yield f"x ** {exponent}", x**exponent
        yield f"gradient of x ** {exponent}", gradients(x**exponent, x, weights)


@case(POINTWISE, builds_on=("derivatives_arithmetic::power_by_a_number",))
def power_by_zero(torch):
    """x ** 0 is 1 with the derivative zero everywhere, at zero and infinity too."""
    x = torch.tensor([0.0, -0.0, 2.0, float("inf"), float("nan")], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5, 3.0, 4.0])
    yield "x ** 0", x**0
    yield "gradient of x ** 0", gradients(x**0, x, weights)
    yield "gradient of x ** 0.0", gradients(x**0.0, x, weights)


@case(POINTWISE, builds_on=("derivatives_arithmetic::power_by_a_number",))
def power_of_zero_and_negative_bases(torch):
    """At base zero the derivative is that of the formula: 0, 1 or infinite; roots of negatives are nan."""
    x = torch.tensor([0.0, -0.0, -2.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    for exponent in (1, 2, 3, 0.5, 1.5, -1):
        yield f"x ** {exponent}", gradients(x**exponent, x, weights)


@case(POINTWISE, builds_on=("derivatives_arithmetic::power_by_a_number",))
def power_of_two_tensors(torch):
    """x ** y has the derivatives y · x ** (y − 1) and result · log x."""
    x = torch.tensor([1.5, 2.0, 0.25], requires_grad=True)
    y = torch.tensor([2.0, -1.0, 0.5], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "x ** y", x**y
    yield "gradients", gradients(x**y, (x, y), weights)
    yield "2 ** y", gradients(2**y, y, weights)
    yield "x ** x", gradients(x**x, x, weights)


@case(POINTWISE, builds_on=("derivatives_arithmetic::power_of_two_tensors",))
def power_toward_the_exponent_at_base_zero(torch):
    """At base zero the derivative toward an exponent is zero, but −inf if the exponent is negative."""
    x = torch.tensor([0.0, 0.0, 0.0, 0.0], requires_grad=True)
    y = torch.tensor([2.0, 0.5, 0.0, -1.0], requires_grad=True)
    weights = torch.tensor([1.0, 2.0, -3.0, 4.0])
    yield "x ** y", x**y
    yield "gradients", gradients(x**y, (x, y), weights)
    yield "0 ** y", gradients(0**y, y, weights)


@case(POINTWISE, builds_on=("derivatives_arithmetic::power_of_two_tensors",))
def power_toward_the_exponent_at_negative_bases(torch):
    """At a negative base the derivative toward the exponent is nan, and that toward the base is not."""
    x = torch.tensor([-2.0, -1.5], requires_grad=True)
    y = torch.tensor([2.0, -3.0], requires_grad=True)
    yield "x ** y", x**y
    yield "gradients", gradients(x**y, (x, y), torch.tensor([1.0, -2.0]))


@case(POINTWISE, builds_on=("derivatives_arithmetic::power_of_two_tensors",))
def power_with_an_exponent_tensor_of_zeros(torch):
    """Where the exponent tensor is zero, the derivative toward the base is zero, even at base zero."""
    x = torch.tensor([0.0, 3.0, -2.0], requires_grad=True)
    y = torch.tensor([0.0, 0.0, 0.0])
    yield "gradient", gradients(x**y, x, torch.tensor([1.0, -2.0, 0.5]))
    yield "of a number zero", gradients(x**0, x, torch.tensor([1.0, -2.0, 0.5]))


@case(POINTWISE)
def remainder(torch):
    """x % y takes the sign of y, and has the derivatives 1 and −floor(x / y)."""
    x = torch.tensor([5.5, -5.5, 5.5, -5.5], requires_grad=True)
    y = torch.tensor([2.0, 2.0, -2.0, -2.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5, 3.0])
    yield "x % y", x % y
    yield "gradients", gradients(x % y, (x, y), weights)
    yield "x % 3", x % 3
    yield "gradient of x % 3", gradients(x % 3, x, weights)


@case(POINTWISE)
def floor_division(torch):
    """x // y has a value and a node, but no derivative: going backward through it raises."""
    x = torch.tensor([5.5, -5.5], requires_grad=True)
    yield "x // 2", x // 2
    yield "backward", raises(lambda: (x // 2).sum().backward())
    yield "gradient", x.grad


@case(POINTWISE)
def maximum_and_minimum(torch):
    """maximum and minimum pass the gradient to the chosen operand."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = torch.tensor([0.5, 4.0, -3.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "maximum", torch.maximum(x, y)
    yield "gradients of maximum", gradients(torch.maximum(x, y), (x, y), weights)
    yield "minimum", torch.minimum(x, y)
    yield "gradients of minimum", gradients(torch.minimum(x, y), (x, y), weights)


@case(POINTWISE)
def where(torch):
    """`where` passes the gradient to the side that was taken, summed to the shape of each."""
    condition = torch.tensor([[True, False, True], [False, False, True]])
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    z = torch.tensor(7.0, requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, -4.0, 5.0]])
    yield "where", torch.where(condition, x, y)
    yield "gradients", gradients(torch.where(condition, x, y), (x, y), weights)
    yield "toward a 0-d tensor", gradients(torch.where(condition, z, x), (z, x), weights)
    yield "with a number", gradients(torch.where(condition, x, 0.0), x, weights)


@case(POINTWISE, builds_on=("derivatives_arithmetic::where",))
def where_with_nan_in_the_branch_not_taken(torch):
    """The branch not taken gets the gradient zero, which an infinite derivative behind it makes nan."""
    x = torch.tensor([0.0, 4.0, -1.0], requires_grad=True)
    y = torch.where(x > 0, x.sqrt(), 0.0)
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "value", y
    yield "gradient", x.grad
    x.grad = None
    safe = torch.where(x > 0, x, 1.0)
    torch.where(x > 0, safe.sqrt(), 0.0).backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient with a safe input", x.grad


@case(POINTWISE)
def masked_fill(torch):
    """`masked_fill` cuts the gradient where it filled; a filling tensor gets the sum there."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    value = torch.tensor(-1.0, requires_grad=True)
    mask = torch.tensor([True, False, True])
    weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, -4.0, 5.0]])
    yield "by a number", x.masked_fill(mask, -7.0)
    yield "gradient", gradients(x.masked_fill(mask, -7.0), x, weights)
    yield "by a tensor", gradients(x.masked_fill(mask, value), (x, value), weights)


@case(POINTWISE)
def clamp_by_tensors(torch):
    """`clamp` by tensors passes the gradient to whichever of input, minimum and maximum was taken."""
    x = torch.tensor([-3.0, 0.5, 2.5], requires_grad=True)
    low = torch.tensor([-1.0, 0.0, 0.0], requires_grad=True)
    high = torch.tensor([1.0, 1.0, 2.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "clamp", torch.clamp(x, low, high)
    yield "gradients", gradients(torch.clamp(x, low, high), (x, low, high), weights)


@case(POINTWISE, builds_on=("derivatives_arithmetic::product",))
def chain_of_operations(torch):
    """A long expression has the gradient of the chain rule, in float32 and float64."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([0.75, -1.25], dtype=dtype, requires_grad=True)
        y = torch.tensor([1.5, 0.5], dtype=dtype, requires_grad=True)
        z = ((x * y + x.exp()) / (1 + x**2)).tanh() - y.log() * x.sin().square() + (x - y).abs().sqrt()
        z.backward(torch.tensor([1.0, -0.5], dtype=dtype))
        yield f"value in {name}", z.detach()
        yield f"gradient of x in {name}", x.grad
        yield f"gradient of y in {name}", y.grad


@case(POINTWISE, builds_on=("derivatives_arithmetic::product",))
def leaf_used_many_times(torch):
    """The gradients of all uses of a leaf add up, however many there are."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    total = x * 0
    for number in range(1, 8):
        total = total + x * number * x
    total.backward(torch.tensor([1.0, -2.0]))
    yield "value", total.detach()
    yield "gradient", x.grad
