"""Gradients of operands of another type than the result: cast back, kept as they are, or refused."""

from __future__ import annotations

from conformance import case, raises

DTYPE = "torch.Tensor: grad_dtype"
REDUCTIONS = ("sum", "mean", "prod", "cumsum")


def leaf(torch):
    """A leaf."""
    return torch.tensor([1.5, 2.5, -4.0], requires_grad=True)


def in_type(x, name, dtype):
    """A reduction of `x` done in a type."""
    return x.cumsum(0, dtype=dtype) if name == "cumsum" else getattr(x, name)(dtype=dtype)


@case("torch: Reduction Ops")
def reductions_in_another_type(torch):
    """A reduction in a wider type is one node; its gradient is cast back to the type of the tensor."""
    for name in REDUCTIONS:
        x = leaf(torch)
        y = in_type(x, name, torch.float64)
        yield name, y
        y.backward(torch.tensor([2.0, 0.5, -3.0], dtype=torch.float64) if name == "cumsum" else None)
        yield f"gradient of {name}", x.grad


@case("torch: Reduction Ops")
def reductions_over_a_dimension_in_another_type(torch):
    """The same over one dimension."""
    for name in ("sum", "mean", "prod"):
        x = torch.tensor([[1.5, 2.5], [-4.0, 0.5]], requires_grad=True)
        y = getattr(x, name)(1, dtype=torch.float64)
        yield name, y
        y.backward(torch.tensor([2.0, -0.25], dtype=torch.float64))
        yield f"gradient of {name}", x.grad


@case("Complex Numbers: Autograd")
def reductions_of_real_numbers_in_a_complex_type(torch):
    """`sum`, `mean` and `prod` of a real tensor in a complex type have no gradient: it is refused in backward."""
    for name in ("sum", "mean", "prod"):
        x = leaf(torch)
        y = in_type(x, name, torch.complex64)
        yield name, y
        yield f"gradient of {name}", raises(lambda y=y: y.backward(torch.tensor(1.5 + 2j)))


@case("Complex Numbers: Autograd")
def choice_between_real_and_complex(torch):
    """`where` of a real and a complex tensor gives no gradient to the real one, which is refused."""
    condition = torch.tensor([True, False, True])
    grad = torch.tensor([1 + 2j, 2j, 3 + 1j])
    for real, other in ((True, True), (True, False), (False, True)):
        x = torch.tensor([1.5, 2.5, -4.0], requires_grad=real)
        z = torch.tensor([1j, 2 - 1j, 3j], requires_grad=other)
        y = torch.where(condition, x, z)
        yield f"{real}, {other}", y
        yield f"{real}, {other}: backward", raises(lambda y=y: y.backward(grad))
        yield f"{real}, {other}: gradient", z.grad


@case(DTYPE)
def gradients_of_any_type_are_kept(torch):
    """With `grad_dtype` None, the gradient of an operand that was promoted stays in the promoted type."""
    wide = torch.tensor([1.5, 2.0, 3.0], dtype=torch.float64)
    for name, operation in (
        ("mul", lambda x: x * wide),
        ("add", lambda x: x + wide),
        ("div", lambda x: x / wide),
        ("sum", lambda x: x.sum(dtype=torch.float64)),
        ("where", lambda x: torch.where(wide > 1.75, x, wide)),
        ("maximum", lambda x: torch.maximum(x, wide)),
    ):
        x = leaf(torch)
        x.grad_dtype = None
        y = operation(x)
        y.backward(torch.full_like(y, 2.5))
        yield name, x.grad


@case(DTYPE)
def gradients_of_broadcast_operands_of_any_type(torch):
    """The promoted type is kept also where the gradient is summed over what was broadcast."""
    x = leaf(torch)
    x.grad_dtype = None
    y = x * torch.tensor([[1.5, 2.0, 3.0], [0.5, -1.0, 0.25]], dtype=torch.float64)
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64))
    yield x.grad


@case(DTYPE)
def any_type_is_asked_for_in_backward(torch):
    """What counts is `grad_dtype` as it is when the gradient arrives, not when the operation was recorded."""
    wide = torch.tensor([1.5, 2.0, 3.0], dtype=torch.float64)
    x = leaf(torch)
    y = x * wide
    x.grad_dtype = None
    y.sum().backward()
    yield "None in the end", x.grad
    x = leaf(torch)
    x.grad_dtype = None
    y = x * wide
    x.grad_dtype = torch.float32
    y.sum().backward()
    yield "float32 in the end", x.grad


@case(DTYPE)
def casts_and_complex_factors_give_the_own_type(torch):
    """With `grad_dtype` None, formulas that cast by themselves still do: a cast, and a complex factor."""
    for name, operation in (
        ("double", lambda x: x.double()),
        ("half", lambda x: x.half()),
        ("complex", lambda x: x * torch.tensor([1.5j, 2.0, 3 - 1j])),
    ):
        x = leaf(torch)
        x.grad_dtype = None
        y = operation(x)
        y.backward(torch.full_like(y, 2.5))
        yield name, x.grad


@case(DTYPE)
def grad_of_any_type(torch):
    """`autograd.grad` gives the promoted type, too; what is added to a gradient of that type is promoted."""
    wide = torch.tensor([1.5, 2.0, 3.0], dtype=torch.float64)
    x = leaf(torch)
    x.grad_dtype = None
    yield "grad", torch.autograd.grad((x * wide).sum(), x)
    (x * wide).sum().backward()
    (x * 3).sum().backward()
    yield "added", x.grad
