"""Gradients that a program changes, shares, hands back in, or keeps while tensors change around them."""

from __future__ import annotations

from conformance import case, raises

GRAD = "torch.Tensor: grad"
BACKWARD = "torch.autograd: torch.autograd.backward"
RETAIN = "torch.Tensor: retain_grad"
COMPLEX = "Autograd mechanics: Autograd for Complex Numbers"


@case(GRAD)
def changed_by_the_program(torch):
    """The gradient is an ordinary tensor: the program may write into it, and `backward` goes on from there."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x * x).sum().backward()
    held = x.grad
    x.grad += 1
    yield "after +=", x.grad
    x.grad[0] = 50.0
    yield "after an assigned element", x.grad
    x.grad.data.mul_(2)
    yield "after a change through data", x.grad
    (x * x).sum().backward()
    yield "after a backward", x.grad
    yield "the same object", x.grad is held


@case(GRAD)
def gradient_that_is_made_to_require_grad(torch):
    """A gradient that is asked to require grad stays the accumulator; it is no part of any graph."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x * x).sum().backward()
    x.grad.requires_grad_()
    (x * x).sum().backward()
    yield "gradient", x.grad
    (x.grad * 3).sum().backward()
    yield "its own gradient", x.grad.grad


@case(GRAD, builds_on=("grad_attribute::first_gradient_with_create_graph",))
def graph_of_a_gradient_taken_away(torch):
    """`detach_` takes the graph of a gradient away, and accumulating goes on."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    held = x.grad
    x.grad.detach_()
    yield "detached", x.grad
    (x * x).sum().backward()
    yield "gradient", x.grad
    yield "the same object", x.grad is held


@case(GRAD, builds_on=("grad_attribute::first_gradient_with_create_graph",))
def gradient_with_a_graph_changed_in_place(torch):
    """A gradient with a graph that is changed in place records the change."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    x.grad *= 2
    changed = x.grad
    yield "changed", changed
    x.grad = None
    yield "its derivative", torch.autograd.grad(changed, x, torch.tensor([1.0, 0.5]))


@case(BACKWARD)
def gradient_handed_back_in(torch):
    """A tensor's own gradient, or the tensor itself, may be given as the gradient of a root."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.grad = torch.tensor([1.0, 2.0])
    (x * 1).backward(x.grad)
    yield "own gradient", x.grad
    x.backward(x.grad)
    yield "own gradient, to the leaf itself", x.grad
    x.grad = None
    (x * x).backward(x)
    yield "itself", x.grad
    (gradient,) = torch.autograd.grad(x * x, x, x, create_graph=True)
    yield "itself with create_graph", gradient
    yield "derivative", torch.autograd.grad(gradient.sum(), x)


@case(BACKWARD)
def one_gradient_for_two_leaves(torch):
    """Leaves that are given one gradient as roots get copies of it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    g = torch.tensor([1.0, 2.0])
    torch.autograd.backward([x, w], [g, g])
    x.grad.add_(10)
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    yield "what was given", g


@case(BACKWARD)
def expanded_gradient_given(torch):
    """An expanded tensor may be given as gradient: what is accumulated has memory of its own."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    given = torch.tensor([2.5]).expand(2)
    for name, root in (("leaf", x), ("product", x * 1), ("sum", x + 1)):
        root.backward(given)
        yield f"gradient after the {name}", x.grad
        yield f"strides after the {name}", x.grad.stride()
    yield "what was given", given


@case("torch.autograd: torch.autograd.grad")
def strides_of_what_grad_returns(torch):
    """`grad` returns gradients as they come: expanded for a sum, transposed for a transposition."""
    x = torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, -3.0]], requires_grad=True)
    weights = torch.tensor([[1.0, 2.0], [3.0, -4.0], [0.5, 0.25]])
    results = {
        "sum": (x.sum(), torch.tensor(3.0)),
        "sum of rows": (x.sum(1), torch.tensor([1.0, 0.5])),
        "transposed": (x.t(), weights),
        "twice transposed": ((x * 2).t().t(), weights.t()),
        "expanded": (x[:, :1].expand(2, 3), weights.t()),
        "squared": (x * x, weights.t()),
    }
    for name, (result, given) in results.items():
        (gradient,) = torch.autograd.grad(result, x, given)
        yield name, gradient
        yield f"{name}, strides", gradient.stride()


@case(RETAIN)
def retained_while_views_change(torch):
    """Retained gradients of a base and of its view follow changes in place of either."""
    weights = torch.tensor([1.0, 0.5])
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y[0].mul_(2)
    (y * weights).sum().backward()
    yield "base whose view was changed", y.grad
    yield "retains_grad", y.retains_grad
    y = x * 3
    view = y[0]
    view.retain_grad()
    y.mul_(2)
    (y * weights).sum().backward()
    yield "view whose base was changed, not used", view.grad
    y = x * 3
    view = y[0]
    view.retain_grad()
    y.mul_(2)
    (view * 7).backward()
    yield "view whose base was changed, used", view.grad
    yield "x.grad", x.grad


@case(RETAIN)
def retained_gradient_of_what_became_a_leaf(torch):
    """A result that `detach_` made a leaf still retains what its former graph brings, besides what is new."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    z = (y * 2).sum()
    y.detach_()
    yield "retains_grad", y.retains_grad
    y.requires_grad_()
    z.backward()
    (y * 5).backward(torch.tensor([0.5, 1.5]))
    yield "y.grad", y.grad
    yield "x.grad", x.grad


@case(GRAD)
def gradient_of_a_constant_that_became_a_result(torch):
    """A gradient assigned to a constant stays with it when a change in place makes it a result."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = torch.tensor([0.25, 0.5])
    y.grad = torch.tensor([100.0, 200.0])
    y.add_(x)
    yield "y.grad", y.grad
    y.retain_grad()
    (y * torch.tensor([1.0, 0.5])).sum().backward()
    yield "y.grad after retaining", y.grad
    yield "x.grad", x.grad


@case(GRAD)
def data_of_another_shape(torch):
    """A leaf whose data got another shape keeps its old gradient, which then no longer fits."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x * 2).sum().backward()
    x.data = torch.tensor([1.0, 2.0, 3.0])
    yield "gradient", x.grad
    yield "backward", raises(lambda: (x * 2).sum().backward())
    x.grad = torch.tensor([7.0, 8.0, 9.0])
    (x * x).sum().backward()
    yield "gradient of the new shape", x.grad


@case("torch.Tensor: is_leaf")
def attributes_that_cannot_be_set(torch):
    """What autograd decides about a tensor can be read, not set or deleted."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    for name in ("is_leaf", "grad_fn", "retains_grad", "output_nr", "_version", "shape", "dtype"):
        yield f"{name} set", raises(lambda name=name: setattr(x, name, None))
        yield f"{name} deleted", raises(lambda name=name: delattr(x, name))
    yield "node", raises(lambda: setattr((x * 2).grad_fn, "next_functions", ()))
    yield "x", x


@case(COMPLEX)
def complex_and_real_gradients(torch):
    """A complex root wants a complex gradient and a real root a real one; neither is cast into the other."""
    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    real, imaginary = torch.tensor([1.0, 0.5]), torch.tensor([1 + 1j, 2j])
    yield "real for complex", raises(lambda: (z * z).backward(real))
    yield "complex for real", raises(lambda: (x * x).backward(imaginary))
    yield (
        "batch",
        raises(lambda: torch.autograd.grad(x * x, x, imaginary.expand(3, 2), is_grads_batched=True)),
    )
    yield "assigned", raises(lambda: setattr(x, "grad", imaginary))
    (z * z).backward(imaginary)
    yield "z.grad", z.grad
    yield "x.grad", x.grad


@case(COMPLEX, builds_on=("grad_in_use::complex_and_real_gradients",))
def complex_scalar_needs_a_gradient(torch):
    """A complex scalar has no gradient of its own to start from."""
    z = torch.tensor(1.5 + 2.5j, requires_grad=True)
    yield "backward", raises(lambda: (z * z).backward())
    yield "grad", raises(lambda: torch.autograd.grad(z * z, z))
    (z * z).backward(torch.tensor(1 - 1j))
    yield "gradient", z.grad
    wide = torch.tensor(0.5 + 0.25j, dtype=torch.complex128)
    (z * 3).backward(wide)
    yield "accumulated", z.grad
