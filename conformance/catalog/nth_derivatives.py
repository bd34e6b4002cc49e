"""Third and fourth derivatives, mixed partials, and derivatives of what was computed from gradients."""

from __future__ import annotations

from conformance import case, raises

GRAD = "torch.autograd: torch.autograd.grad"
MODULE = "torch.autograd: torch.autograd.backward"


def _derivatives(torch, function, values, count):
    """The first `count` derivatives of a function applied to each element."""
    x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    y = function(x)
    for number in range(1, count + 1):
        (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        yield number, y


@case(GRAD)
def fourth_derivatives_of_functions(torch):
    """Elementary functions have four derivatives."""
    for name in ("sin", "exp", "log", "tanh", "sigmoid", "sqrt", "reciprocal", "atan", "expm1", "log1p"):
        for number, value in _derivatives(torch, getattr(torch, name), [0.5, 1.25], 4):
            yield f"derivative {number} of {name}", value.detach()


@case(GRAD)
def derivatives_of_compositions(torch):
    """Compositions of functions have four derivatives by the chain rule alone."""
    functions = {
        "x * exp(-x²)": lambda x: x * torch.exp(-(x**2)),
        "sin(x) / x": lambda x: torch.sin(x) / x,
        "log(1 + exp(x))": lambda x: torch.log1p(torch.exp(x)),
        "x ** x": lambda x: x**x,
        "tanh(x²)": lambda x: torch.tanh(x * x),
        "sigmoid(x) ** 3": lambda x: torch.sigmoid(x) ** 3,
    }
    for name, function in functions.items():
        for number, value in _derivatives(torch, function, [0.5, 1.25], 4):
            yield f"derivative {number} of {name}", value.detach()


@case(GRAD)
def graph_of_a_third_derivative(torch):
    """Every derivative has a graph that names the operations of its formula."""
    for name in ("sin", "exp", "tanh"):
        for number, value in _derivatives(torch, getattr(torch, name), [0.5, 1.25], 3):
            yield f"derivative {number} of {name}", value


@case(GRAD)
def derivatives_of_polynomials_end(torch):
    """The derivative after the last of a polynomial is zero, or does not depend on x at all."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x**3 * 2
    for number in range(1, 5):
        (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        yield f"power, derivative {number}", y.detach()
    y = (x * x * x).sum()
    for number in range(1, 4):
        (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        yield f"product, derivative {number}", y.detach()
    yield "after the last", raises(lambda: torch.autograd.grad(y.sum(), x))


@case(GRAD)
def mixed_partials_are_symmetric(torch):
    """The order of two or three differentiations does not matter."""
    x = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([2.5, 0.25], dtype=torch.float64, requires_grad=True)

    def along(*variables):
        value = (torch.sin(x * y) * x.exp()).sum()
        for variable in variables:
            (value,) = torch.autograd.grad(value.sum(), variable, create_graph=True)
        return value.detach()

    yield "x then y", along(x, y)
    yield "y then x", along(y, x)
    yield "x, x, y", along(x, x, y)
    yield "x, y, x", along(x, y, x)
    yield "y, x, x", along(y, x, x)


@case(GRAD)
def third_derivative_tensor(torch):
    """Three nested Jacobians give all third derivatives of a function of two variables."""
    jacobian = torch.autograd.functional.jacobian
    x = torch.tensor([0.5, -1.5], dtype=torch.float64)

    def function(x):
        return x[0] ** 3 * x[1] ** 2 + torch.exp(x[0] * x[1])

    def gradient(x):
        return jacobian(function, x, create_graph=True)

    def hessian(x):
        return jacobian(gradient, x, create_graph=True)

    yield "gradient", gradient(x).detach()
    yield "second", hessian(x).detach()
    yield "third", jacobian(hessian, x)


@case(GRAD)
def penalty_on_the_gradient_of_a_network(torch):
    """A penalty on the norm of the gradient by the inputs has gradients by the weights."""
    first = torch.tensor([[0.5, -0.25], [0.75, 1.0], [-0.5, 0.125]], requires_grad=True)
    second = torch.tensor([[0.25, -1.0, 0.5]], requires_grad=True)
    inputs = torch.tensor([[1.0, 2.0], [-0.5, 0.25]], requires_grad=True)
    scores = torch.tanh(inputs @ first.t()) @ second.t()
    (grad,) = torch.autograd.grad(scores.sum(), inputs, create_graph=True)
    penalty = ((grad.norm(2, 1) - 1) ** 2).mean()
    yield "penalty", penalty.detach()
    penalty.backward()
    yield "first", first.grad
    yield "second", second.grad
    yield "inputs", inputs.grad


@case(GRAD)
def step_of_descent_inside_a_loss(torch):
    """The loss after a step of gradient descent has a derivative by the rate and by the start."""
    start = torch.tensor([0.5, -1.5], requires_grad=True)
    rate = torch.tensor(0.1, requires_grad=True)
    weights = start
    for _ in range(2):
        loss = ((weights - torch.tensor([1.0, 2.0])) ** 4).sum()
        (grad,) = torch.autograd.grad(loss, weights, create_graph=True)
        weights = weights - rate * grad * 0.1
    final = ((weights - torch.tensor([1.0, 2.0])) ** 2).sum()
    final.backward()
    yield "final", final.detach()
    yield "by the rate", rate.grad
    yield "by the start", start.grad


@case(GRAD)
def third_derivatives_of_reductions(torch):
    """Products, norms, softmaxes and log-sums of vectors have third derivatives along a direction."""
    vector = torch.tensor([0.25, 4.0, -1.0], dtype=torch.float64)
    functions = {
        "prod": lambda x: x.prod(),
        "norm": lambda x: x.norm(),
        "softmax": lambda x: (x.softmax(0) * vector).sum(),
        "logsumexp": lambda x: x.logsumexp(0),
        "var": lambda x: x.var() ** 2,
        "matmul": lambda x: (torch.outer(x, x) @ x) @ vector,
    }
    for name, function in functions.items():
        x = torch.tensor([0.5, -1.5, 0.75], dtype=torch.float64, requires_grad=True)
        value = function(x)
        for number in range(1, 4):
            (grad,) = torch.autograd.grad(value, x, create_graph=True)
            yield f"derivative {number} of {name}", grad.detach()
            value = grad @ vector


@case(MODULE)
def backward_of_a_third_derivative(torch):
    """`backward` from a third derivative adds to `.grad` of everything that it was computed of."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    scale = torch.tensor([2.0, 3.0], requires_grad=True)
    y = torch.sin(x * scale)
    for _ in range(3):
        (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    y.backward(torch.tensor([1.0, 0.5]))
    yield "third derivative", y.detach()
    yield "gradient of x", x.grad
    yield "gradient of the scale", scale.grad


@case(GRAD)
def derivatives_at_kinks(torch):
    """At a kink the second derivative is zero or nan as the formulas give it."""
    functions = {"relu": torch.relu, "x * |x|": lambda x: x * x.abs()}
    functions["sqrt of x²"] = lambda x: (x * x).sqrt()
    functions["relu squared"] = lambda x: torch.relu(x) ** 2
    functions["x ** 1.5"] = lambda x: x**1.5
    for name, function in functions.items():
        for number, value in _derivatives(torch, function, [0.0, 1.25], 2):
            yield f"derivative {number} of {name}", value.detach()
