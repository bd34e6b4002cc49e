"""Derivatives of derivatives: `create_graph` once and more often."""

from __future__ import annotations

from conformance import case

GRAD = "torch.autograd: torch.autograd.grad"


@case(GRAD)
def three_derivatives_of_a_power(torch):
    """The derivatives of x⁴ are 4x³, 12x², 24x and 24, each with a graph of its own."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**4
    weights = torch.tensor([1.0, 0.5])
    for number in ("first", "second", "third", "fourth"):
        (y,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield number, y


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def three_derivatives_of_functions(torch):
    """sin, exp, tanh, sigmoid, log, sqrt and reciprocal have third derivatives."""
    for name in ("sin", "exp", "tanh", "sigmoid", "log", "sqrt", "reciprocal"):
        x = torch.tensor([0.5, 1.25], dtype=torch.float64, requires_grad=True)
        y = getattr(torch, name)(x)
        for _ in range(3):
            (y,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        yield name, y.detach()


@case("torch.autograd: torch.Tensor.backward")
def backward_with_create_graph(torch):
    """`backward(create_graph=True)` leaves a tracked gradient, and warns of the reference cycle."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    first = x.grad
    yield "gradient", first
    x.grad = None
    first.sum().backward()
    yield "second derivative", x.grad


@case("torch.autograd: torch.Tensor.backward", builds_on=("second_order::backward_with_create_graph",))
def accumulating_tracked_gradients(torch):
    """With `create_graph=True` a second backward makes a new grad, the tracked sum, beside the old one."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x**3).sum()
    y.backward(create_graph=True)
    first = x.grad
    y.backward(create_graph=True)
    yield "sum", x.grad
    yield "same object", x.grad is first
    yield "first", first
    x.grad = None


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def gradient_penalty(torch):
    """The squared norm of a gradient can be differentiated with respect to the parameters."""
    x = torch.tensor([0.5, -1.0], requires_grad=True)
    w = torch.tensor([[1.0, 2.0], [-0.5, 0.25]], requires_grad=True)
    y = torch.tanh(w @ x).sum()
    (gradient,) = torch.autograd.grad(y, x, create_graph=True)
    penalty = (gradient**2).sum()
    yield "penalty", penalty.detach()
    penalty.backward()
    yield "w.grad", w.grad
    yield "x.grad", x.grad


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def hessian_row_by_row(torch):
    """The Hessian of x₀²·x₁ + x₁³·x₂, row by row, is symmetric."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    y = x[0] ** 2 * x[1] + x[1] ** 3 * x[2]
    (gradient,) = torch.autograd.grad(y, x, create_graph=True)
    yield "gradient", gradient.detach()
    rows = [torch.autograd.grad(gradient[number], x, retain_graph=True)[0] for number in range(3)]
    yield "Hessian", torch.stack(rows)


@case(GRAD, builds_on=("second_order::hessian_row_by_row",))
def mixed_derivatives(torch):
    """Mixed derivatives agree in either order."""
    x = torch.tensor(0.75, requires_grad=True)
    y = torch.tensor(-1.25, requires_grad=True)
    z = (x * y).sin() * x.exp()
    (by_x,) = torch.autograd.grad(z, x, create_graph=True)
    (by_y,) = torch.autograd.grad(z, y, create_graph=True)
    yield "by x, then y", torch.autograd.grad(by_x, y, retain_graph=True)
    yield "by y, then x", torch.autograd.grad(by_y, x, retain_graph=True)
    yield "by x twice", torch.autograd.grad(by_x, x, retain_graph=True)
    yield "by y twice", torch.autograd.grad(by_y, y, retain_graph=True)


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def hessian_times_a_vector(torch):
    """The product of a Hessian and a vector is the gradient of the gradient's product with the vector."""
    x = torch.tensor([1.5, -2.0, 0.5], dtype=torch.float64, requires_grad=True)
    v = torch.tensor([0.25, -1.0, 3.0], dtype=torch.float64)
    y = (x[:-1] * x[1:] ** 2).sum() + x.prod()
    (gradient,) = torch.autograd.grad(y, x, create_graph=True)
    yield "gradient", gradient.detach()
    yield "product", torch.autograd.grad(gradient @ v, x)


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def derivative_toward_grad_outputs(torch):
    """A gradient is linear in `grad_outputs`: its derivative toward them is J·u, a forward derivative."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = torch.stack([x[0] * x[1], x[0].sin(), x[1] ** 3])
    v = torch.zeros(3, requires_grad=True)
    (vjp,) = torch.autograd.grad(y, x, v, create_graph=True)
    yield "vᵀ·J at zero", vjp.detach()
    yield "J·u", torch.autograd.grad(vjp, v, torch.tensor([2.0, -1.0]))


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def second_derivative_of_what_is_linear(torch):
    """The gradient of a linear function does not depend on its input, only on the other factor."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 0.5], requires_grad=True)
    (gradient,) = torch.autograd.grad((x * w).sum(), x, create_graph=True)
    yield "gradient", gradient
    yield "toward w", torch.autograd.grad(gradient.sum(), w, retain_graph=True)
    yield "toward x", torch.autograd.grad(gradient.sum(), x, allow_unused=True)


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def graphs_of_gradients_of_arithmetic(torch):
    """The graphs of the gradients of +, −, × and ÷ consist of the same operations."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 0.5], requires_grad=True)
    weights = torch.tensor([1.0, 0.25], requires_grad=True)
    yield "x + w", torch.autograd.grad(x + w, [x, w], weights, create_graph=True)
    yield "x - w", torch.autograd.grad(x - w, [x, w], weights, create_graph=True)
    yield "x * w", torch.autograd.grad(x * w, [x, w], weights, create_graph=True)
    yield "x / w", torch.autograd.grad(x / w, [x, w], weights, create_graph=True)


@case(GRAD, builds_on=("second_order::graphs_of_gradients_of_arithmetic",))
def graphs_of_gradients_of_reductions(torch):
    """The gradient of a sum is an expansion of the weight; that of a mean is divided by the number."""
    x = torch.tensor([[1.5, -2.0, 0.5], [3.0, 1.0, -1.0]], requires_grad=True)
    weight = torch.tensor(2.5, requires_grad=True)
    weights = torch.tensor([1.0, 0.25], requires_grad=True)
    yield "sum", torch.autograd.grad(x.sum(), x, weight, create_graph=True)
    yield "mean", torch.autograd.grad(x.mean(), x, weight, create_graph=True)
    yield "sum over a dimension", torch.autograd.grad(x.sum(1), x, weights, create_graph=True)
    yield "mean over a dimension", torch.autograd.grad(x.mean(1), x, weights, create_graph=True)


@case(GRAD, builds_on=("second_order::graphs_of_gradients_of_arithmetic",))
def graphs_of_gradients_of_broadcast_products(torch):
    """The gradient of a broadcast factor is a sum over what was broadcast."""
    x = torch.tensor([[1.5], [-2.0]], requires_grad=True)
    w = torch.tensor([3.0, 0.5, 1.0], requires_grad=True)
    weights = torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 0.25]])
    by_x, by_w = torch.autograd.grad(x * w, [x, w], weights, create_graph=True)
    yield "toward x", by_x
    yield "toward w", by_w
    yield "second", torch.autograd.grad(by_x.sum() + (by_w * by_w).sum(), [x, w])


@case(GRAD, builds_on=("second_order::graphs_of_gradients_of_arithmetic",))
def graphs_of_gradients_of_products(torch):
    """The gradients of matrix products are matrix products."""
    x = torch.tensor([[1.5, -2.0], [0.5, 3.0]], requires_grad=True)
    v = torch.tensor([3.0, 0.5], requires_grad=True)
    weights = torch.tensor([1.0, -0.5])
    by_x, by_v = torch.autograd.grad(x @ v, [x, v], weights, create_graph=True)
    yield "matrix toward the matrix", by_x
    yield "matrix toward the vector", by_v
    (by_x,) = torch.autograd.grad(x @ x, x, x.detach(), create_graph=True)
    yield "matrix @ matrix", by_x
    yield "second", torch.autograd.grad(by_x.sum(), x)


@case(GRAD, builds_on=("second_order::graphs_of_gradients_of_arithmetic",))
def graphs_of_gradients_of_choices(torch):
    """The gradients of relu, abs, clamp, where and the maxima have graphs of their own."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    w = torch.tensor([3.0, 0.5, -1.0], requires_grad=True)
    for name, y in (
        ("relu", x.relu()),
        ("abs", x.abs()),
        ("clamp", x.clamp(-1, 1)),
        ("where", torch.where(x > 0, x, w)),
        ("maximum", torch.maximum(x, w)),
        ("amax", x.amax(0, keepdim=True)),
    ):
        yield name, torch.autograd.grad(y * w, x, torch.tensor([1.0, 2.0, 3.0]), create_graph=True)


@case(GRAD, builds_on=("second_order::graphs_of_gradients_of_arithmetic",))
def graphs_of_gradients_of_views(torch):
    """The gradients of views and of indexing are placed back by nodes of their own."""
    x = torch.tensor([[1.5, -2.0, 0.5], [3.0, 1.0, -1.0]], requires_grad=True)
    w = torch.tensor([2.0, -0.5], requires_grad=True)
    for name, y in (
        ("select", x[:, 1]),
        ("slice", x[0, 1:]),
        ("index", x[[0, 1], [2, 0]]),
        ("sum of transposed", x.t().sum(0)),
        ("view", x.view(3, 2)[1]),
    ):
        yield name, torch.autograd.grad(y, x, w, create_graph=True)


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def second_derivatives_of_reductions(torch):
    """prod, var, std, norm, softmax and logsumexp have second derivatives."""
    for name, function in (
        ("prod", lambda x: x.prod()),
        ("var", lambda x: x.var()),
        ("std", lambda x: x.std()),
        ("norm", lambda x: x.norm()),
        ("softmax", lambda x: (torch.softmax(x, 0) * torch.tensor([1.0, -2.0, 0.5])).sum()),
        ("log_softmax", lambda x: (torch.log_softmax(x, 0) * torch.tensor([1.0, -2.0, 0.5])).sum()),
        ("logsumexp", lambda x: x.logsumexp(0)),
    ):
        x = torch.tensor([1.5, -0.5, 0.25], requires_grad=True)
        (gradient,) = torch.autograd.grad(function(x), x, create_graph=True)
        (second,) = torch.autograd.grad(gradient, x, torch.tensor([1.0, 0.5, -1.0]))
        yield f"gradient of {name}", gradient.detach()
        yield f"second derivative of {name}", second


@case(GRAD, builds_on=("second_order::three_derivatives_of_a_power",))
def second_derivative_through_a_change_in_place(torch):
    """A result that was changed in place has second derivatives like any other."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * x
    y.mul_(x)
    y[1:] = x[:1] * x[1:]
    (gradient,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    yield "gradient", gradient.detach()
    yield "second", torch.autograd.grad(gradient.sum(), x)


@case(GRAD, builds_on=("second_order::gradient_penalty",))
def unrolled_step_of_descent(torch):
    """The loss after a step of gradient descent can be differentiated with respect to the step's size."""
    w = torch.tensor([1.5, -2.0], requires_grad=True)
    size = torch.tensor(0.1, requires_grad=True)
    loss = (w**4).sum()
    (gradient,) = torch.autograd.grad(loss, w, create_graph=True)
    after = ((w - size * gradient) ** 4).sum()
    after.backward()
    yield "loss after the step", after.detach()
    yield "gradient of the size", size.grad
    yield "gradient of w", w.grad


@case(GRAD, builds_on=("second_order::three_derivatives_of_functions",))
def second_derivatives_of_sampling(torch):
    """`grid_sample` has second derivatives, with respect to the image and to the places."""
    image = torch.tensor([[[[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]]]], dtype=torch.float64, requires_grad=True)
    places = torch.tensor([[[[0.3, -0.4], [-0.6, 0.2]]]], dtype=torch.float64, requires_grad=True)
    weights = torch.tensor([[[[1.0, -2.5]]]], dtype=torch.float64)
    for mode in ("bilinear", "bicubic"):
        found = torch.nn.functional.grid_sample(image, places, mode, align_corners=True)
        first = torch.autograd.grad(found, (image, places), weights, create_graph=True)
        total = (first[0] ** 2).sum() + (first[1] ** 2).sum()
        yield mode, [each.clone() for each in torch.autograd.grad(total, (image, places))]


@case(GRAD, builds_on=("second_order::three_derivatives_of_functions",))
def second_derivative_of_layer_norm_of_everything(torch):
    """`layer_norm` over all the dimensions has second derivatives, with respect to its weight, too."""
    x = torch.tensor([[0.5, -1.25], [2.0, 0.75]], dtype=torch.float64, requires_grad=True)
    weight = torch.tensor([[1.5, 0.5], [-1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    found = torch.nn.functional.layer_norm(x, (2, 2), weight)
    first = torch.autograd.grad((found**3).sum(), (x, weight), create_graph=True)
    total = (first[0] ** 2).sum() + (first[1] ** 2).sum()
    yield "second", [each.clone() for each in torch.autograd.grad(total, (x, weight))]


@case(GRAD)
def results_written_into_views(torch):
    """A formula that reads a result written into a view has further derivatives, through the view's new history."""
    weights = torch.tensor([[1.0, 0.5], [-2.0, 3.0]])
    for name in ("sigmoid_", "tanh_", "exp_", "relu_", "sqrt_", "reciprocal_"):
        x = torch.tensor([1.5, 2.0, 0.5, 3.0], requires_grad=True)
        y = getattr((x * 2).view(2, 2), name)()
        yield f"{name}, node", y.grad_fn.name()
        (first,) = torch.autograd.grad((y.square() * weights).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad((first * first).sum(), x, create_graph=True)
        yield f"{name}, first", first
        yield f"{name}, second", second
        yield f"{name}, third", torch.autograd.grad(second.sum(), x)[0]


@case("torch.nn: Linear Layers")
def penalty_of_gradients_through_an_activation_in_place(torch):
    """A penalty on the gradient of a network with `ReLU(inplace=True)`, whose input is a view, reaches the weights."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(inplace=True), torch.nn.Linear(3, 1))
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters(), 1):
            values = [0.5 * number - 0.75 * place for place in range(parameter.numel())]
            parameter.copy_(torch.tensor(values).view(parameter.shape))
    x = torch.tensor([[[1.5, -0.5], [0.25, 2.0]], [[-1.0, 0.75], [3.0, 0.5]]], requires_grad=True)
    (gradient,) = torch.autograd.grad(model(x).square().sum(), x, create_graph=True)
    penalty = (gradient.flatten(1).norm(dim=1) - 1).square().mean()
    yield "penalty", penalty
    penalty.backward()
    yield from ((name, parameter.grad) for name, parameter in model.named_parameters())
