"""`torch.func.grad` together with the ordinary tape, with grad modes, hooks and changes in place."""

from __future__ import annotations

from conformance import case, raises

GRAD = "torch.func: torch.func.grad"
LIMITS = "torch.func: UX Limitations"


@case(GRAD)
def history_of_the_gradient_outside(torch):
    """Of an input that requires grad, the gradient has the history that the ordinary tape recorded meanwhile."""
    x = torch.tensor([0.5, -1.5, 3.0], requires_grad=True)
    found = torch.func.grad(lambda x: (x**2).sum())(x)
    yield "gradient", found
    found.backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "x.grad", x.grad


@case(GRAD)
def history_of_a_gradient_by_a_formula_with_the_result(torch):
    """A formula that uses the operation's result leaves that result in the history outside."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    found = torch.func.grad(lambda x: (x.exp() * 3).sum())(x)
    yield "gradient", found
    found.sum().backward()
    yield "x.grad", x.grad


@case(GRAD)
def gradient_through_a_tensor_of_the_closure(torch):
    """A tensor that the function finds outside gets its gradient through the result of `grad`."""
    x = torch.tensor([0.5, -1.5, 3.0])
    weight = torch.tensor([2.0, 3.0, 4.0], requires_grad=True)
    found = torch.func.grad(lambda x: (x * x * weight).sum())(x)
    yield "gradient", found
    (found * torch.tensor([1.0, 0.5, -0.25])).sum().backward()
    yield "weight.grad", weight.grad


@case(GRAD)
def second_derivative_with_the_ordinary_tape(torch):
    """`torch.autograd.grad` differentiates what `torch.func.grad` gave."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    found = torch.func.grad(lambda x: (x**3).sum())(x)
    yield torch.autograd.grad(found, x, torch.tensor([1.0, -2.0]), create_graph=True)


@case(GRAD)
def no_grad_inside_makes_constants(torch):
    """What is computed under `no_grad` inside the function counts as constant."""
    x = torch.tensor([0.5, -1.5, 3.0])

    def f(x):
        with torch.no_grad():
            constant = x**2
        print(constant.requires_grad)
        return (x**3 - constant).sum()

    yield torch.func.grad(f)(x)


@case(GRAD)
def no_grad_outside_has_no_effect_inside(torch):
    """Under `no_grad`, `grad` still differentiates; its result then has no history."""
    x = torch.tensor([0.5, -1.5, 3.0], requires_grad=True)

    def f(x):
        print(torch.is_grad_enabled())
        return (x**3).sum()

    with torch.no_grad():
        found = torch.func.grad(f)(x)
        print(torch.is_grad_enabled())
    yield "gradient", found


@case(GRAD)
def no_grad_between_two_levels(torch):
    """`no_grad` around the inner `grad` makes the inner gradient a constant of the outer one."""
    x = torch.tensor(1.5)

    def outer(x):
        with torch.no_grad():
            inner = torch.func.grad(lambda y: y**3)(x)
        return inner * x

    yield torch.func.grad(outer)(x)


@case(GRAD)
def detach_inside(torch):
    """`detach` inside the function cuts the gradient off."""
    x = torch.tensor([0.5, -1.5])
    yield torch.func.grad(lambda x: (x.detach() * x**2).sum())(x)


@case(GRAD)
def mode_is_restored_after_a_failure(torch):
    """If the function raises, the level is left: what follows is an ordinary computation."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "failure", raises(lambda: torch.func.grad(lambda x: x * 2)(x))
    y = x * 2
    yield "afterwards", y
    print(torch.func.grad(lambda x: (print(x), x.sum())[1])(x))


# ---- changes in place --------------------------------------------------------------------------------------


@case(LIMITS)
def change_of_an_intermediate_result(torch):
    """Inside the function, an intermediate result may be changed in place, and the gradient follows."""
    x = torch.tensor([0.5, -1.5, 3.0])
    yield torch.func.grad(lambda x: (x * x).mul_(x).sum())(x)


@case(LIMITS)
def assignment_to_a_tensor_made_inside(torch):
    """Values computed from the argument may be assigned to a part of a tensor that was made inside."""
    x = torch.tensor([0.5, -1.5, 3.0])

    def f(x):
        y = torch.zeros(3)
        y[0] = x[0] * x[1]
        y[1:] = x[1:] ** 2
        print(y)
        return (y * torch.tensor([1.0, 2.0, -0.5])).sum()

    yield torch.func.grad(f)(x)


@case(LIMITS)
def change_of_the_argument_is_refused(torch):
    """The differentiated argument is a leaf inside; to change it in place is refused as for any leaf."""
    x = torch.tensor([0.5, -1.5])
    yield raises(lambda: torch.func.grad(lambda x: (x.add_(1), (x * x).sum())[1])(x))
    yield "unchanged", x


@case(LIMITS)
def change_of_an_argument_that_is_not_differentiated(torch):
    """An argument that is not differentiated may be changed in place: the caller's tensor changes."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0])
    yield torch.func.grad(lambda x, y: (y.mul_(2) * x).sum())(x, y)
    yield "the argument", y


@case(LIMITS)
def change_of_a_captured_tensor_is_refused(torch):
    """A tensor from outside that is no argument must not be changed in place; the message names the operation."""
    x, held = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0])
    for name, change in (
        ("add_ a number", lambda x: held.add_(1)),
        ("mul_", lambda x: held.mul_(x)),
        ("copy_", lambda x: held.copy_(x)),
        ("zero_", lambda x: held.zero_()),
        ("fill_", lambda x: held.fill_(7.5)),
        ("sin_", lambda x: held.sin_()),
        ("assignment", lambda x: held.__setitem__(0, x[0])),
    ):
        call = torch.func.grad(lambda x, change=change: (change(x), (x * x).sum())[1])
        yield name, raises(lambda call=call: call(x))
    yield "unchanged", held


@case(LIMITS)
def saved_value_that_was_changed_is_noticed(torch):
    """A value that the gradient needs and that was changed in place afterwards is refused, as on the ordinary tape."""
    x = torch.tensor([0.5, -1.5])

    def f(x):
        y = x.exp()
        z = y.sum()
        y.mul_(2)
        return z

    yield raises(lambda: torch.func.grad(f)(x))


# ---- what belongs to the other way of differentiating ------------------------------------------------------


@case(LIMITS)
def backward_inside_is_refused(torch):
    """`backward()` cannot be called inside the function."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield raises(lambda: torch.func.grad(lambda x: ((x * x).sum().backward(), x.sum())[1])(x))
    yield "x.grad", x.grad


@case(LIMITS)
def requires_grad_inside_is_refused(torch):
    """`requires_grad_()` and `retain_grad()` cannot be called inside the function."""
    x = torch.tensor([0.5, -1.5])
    yield "argument", raises(lambda: torch.func.grad(lambda x: (x.requires_grad_(), x.sum())[1])(x))
    yield (
        "new tensor",
        raises(lambda: torch.func.grad(lambda x: (torch.ones(2).requires_grad_(), x.sum())[1])(x)),
    )
    yield "retain_grad", raises(lambda: torch.func.grad(lambda x: ((x * 2).retain_grad(), x.sum())[1])(x))


@case(LIMITS)
def autograd_grad_inside(torch):
    """`torch.autograd.grad` works inside the function; with `create_graph=True` its result is differentiated on."""
    x = torch.tensor([0.5, -1.5])

    def f(x):
        (found,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
        print(found)
        return found.sum()

    yield torch.func.grad(f)(x)


@case(LIMITS)
def hook_inside(torch):
    """A hook registered inside runs when `grad` goes back through the function, and may replace the gradient."""
    x = torch.tensor([0.5, -1.5])

    def f(x):
        y = x * x
        y.register_hook(lambda grad: (print(grad), grad * 3)[1])
        return (y * torch.tensor([1.0, 2.0])).sum()

    yield torch.func.grad(f)(x)


@case(GRAD)
def reductions_indexing_and_views_inside(torch):
    """Views, indexing, joining and reductions inside have their usual derivatives."""
    x = torch.tensor([[0.5, -1.5, 3.0], [2.0, 0.25, -1.0]])

    def f(x):
        parts = x.t().reshape(2, 3).unbind(0)
        joined = torch.cat([parts[0], x[1, 1:], x[torch.tensor([0, 0, 1]), torch.tensor([1, 1, 2])]])
        return joined.pow(2).mean() + x.max() * x.prod(1).sum() + x.softmax(0)[0].square().sum()

    yield torch.func.grad(f)(x)
    yield "second", torch.func.grad(lambda x: torch.func.grad(f)(x).sin().sum())(x)


@case(GRAD)
def matrix_products_inside(torch):
    """Gradients by both factors of a matrix product, and of the norm of a gradient."""
    a = torch.tensor([[0.5, -1.5], [3.0, 2.0]], dtype=torch.float64)
    b = torch.tensor([[1.25], [-0.75]], dtype=torch.float64)
    f = lambda a, b: ((a @ b).tanh() ** 2).sum()  # noqa: E731
    yield "gradients", torch.func.grad(f, argnums=(0, 1))(a, b)
    yield "of the norm", torch.func.grad(lambda b: torch.func.grad(f)(a, b).norm())(b)


@case(LIMITS)
def tensor_that_escaped(torch):
    """A tensor that the function left outside prints with level -2, and counts as its value from then on."""
    escaped = []
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    torch.func.grad(lambda x: (escaped.append(x * 2), x.sum())[1])(x)
    print(escaped[0])
    yield "used", escaped[0] * 3
    (escaped[0] * torch.tensor([1.0, 0.5])).sum().backward()
    yield "x.grad", x.grad
    yield "used in another", torch.func.grad(lambda y: (escaped[0] * y * y).sum())(torch.tensor([3.0, 4.0]))
