"""Binary cross entropy with logits and mean squared error: values, gradients and extreme inputs."""

from __future__ import annotations

from conformance import case, raises

DIFFERENTIATION = "Automatic differentiation with torch.autograd"
LOSSES = "torch.nn.functional: Loss functions"


@case("AutoGrad in PyTorch", "C6")
def logistic_regression_of_ones(torch):
    """Ones @ w + b against zeros: each row of `w.grad` is `b.grad`, sigmoid(z) over the number of outputs."""
    x = torch.ones(3)
    y = torch.zeros(2)
    w = torch.tensor([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], requires_grad=True)
    b = torch.tensor([0.1, -0.2], requires_grad=True)
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    yield "z", z
    yield "loss", loss
    loss.backward()
    yield "w.grad", w.grad
    yield "b.grad", b.grad
    yield "sigmoid(z) / 2", torch.sigmoid(z.detach()) / 2


@case("AutoGrad in PyTorch", "C6", builds_on=("losses::logistic_regression_of_ones",))
def logistic_regression_of_a_batch(torch):
    """The same of a batch of varied inputs and targets: the rows of `w.grad` differ."""
    x = torch.tensor([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
    y = torch.tensor([[1.0, 0.0], [0.25, 1.0]])
    w = torch.tensor([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], requires_grad=True)
    b = torch.tensor([0.1, -0.2], requires_grad=True)
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    yield "loss", loss
    loss.backward()
    yield "w.grad", w.grad
    yield "b.grad", b.grad


@case(DIFFERENTIATION, "E1")
def grad_fn_of_prediction_and_loss(torch):
    """`z.grad_fn` prints as AddBackward0 and `loss.grad_fn` as BinaryCrossEntropyWithLogitsBackward0."""
    x = torch.ones(5)
    y = torch.zeros(3)
    w = torch.linspace(-1, 1, 15).reshape(5, 3).requires_grad_()
    b = torch.tensor([0.5, -0.25, 2.0], requires_grad=True)
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    print(f"Gradient function for z = {z.grad_fn}")
    print(f"Gradient function for loss = {loss.grad_fn}")
    yield "z.grad_fn", z.grad_fn
    yield "loss.grad_fn", loss.grad_fn
    yield "loss", loss


@case(DIFFERENTIATION, "E2", builds_on=("losses::grad_fn_of_prediction_and_loss",))
def gradients_of_weights_and_bias(torch):
    """`loss.backward()` leaves a 5 × 3 gradient of equal rows in w, and the same row in b."""
    x = torch.ones(5)
    y = torch.zeros(3)
    w = torch.linspace(-1, 1, 15).reshape(5, 3).requires_grad_()
    b = torch.tensor([0.5, -0.25, 2.0], requires_grad=True)
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    print(w.grad)
    print(b.grad)
    yield "w.grad", w.grad
    yield "b.grad", b.grad
    yield "z has no grad", z.is_leaf


@case(LOSSES, builds_on=("losses::logistic_regression_of_ones",))
def bce_by_reduction(torch):
    """`reduction` is mean by default, sum, or none; its gradient is scaled accordingly."""
    z = torch.tensor([[0.5, -1.5, 2.0], [3.0, 0.0, -0.25]], requires_grad=True)
    target = torch.tensor([[1.0, 0.0, 0.25], [0.0, 0.5, 1.0]])
    weights = torch.tensor([[1.0, -2.0, 0.5], [0.1, 3.0, -1.0]])
    for reduction in ("mean", "sum", "none"):
        z.grad = None
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target, reduction=reduction)
        yield reduction, loss
        (loss * weights).sum().backward()
        yield f"gradient of {reduction}", z.grad


@case(LOSSES, builds_on=("losses::bce_by_reduction",))
def bce_with_weight(torch):
    """`weight` multiplies each element's loss, and is broadcast."""
    z = torch.tensor([[0.5, -1.5, 2.0], [3.0, 0.0, -0.25]], requires_grad=True)
    target = torch.tensor([[1.0, 0.0, 0.25], [0.0, 0.5, 1.0]])
    weight = torch.tensor([0.5, 2.0, -1.0])
    for reduction in ("mean", "sum", "none"):
        z.grad = None
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target, weight, reduction=reduction)
        yield reduction, loss
        loss.sum().backward()
        yield f"gradient of {reduction}", z.grad


@case(LOSSES, builds_on=("losses::bce_by_reduction",))
def bce_with_pos_weight(torch):
    """`pos_weight` multiplies the part of the loss that belongs to positive targets."""
    z = torch.tensor([[0.5, -1.5, 2.0], [3.0, 0.0, -0.25]], requires_grad=True)
    target = torch.tensor([[1.0, 0.0, 0.25], [0.0, 0.5, 1.0]])
    pos_weight = torch.tensor([3.0, 0.5, 10.0])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target, pos_weight=pos_weight)
    loss.backward()
    yield "loss", loss
    yield "gradient", z.grad
    z.grad = None
    weight = torch.tensor([[2.0], [0.25]])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(
        z, target, weight=weight, pos_weight=pos_weight, reduction="sum"
    )
    loss.backward()
    yield "loss with weight", loss
    yield "gradient with weight", z.grad


@case(LOSSES, builds_on=("losses::logistic_regression_of_ones",))
def bce_of_extreme_logits(torch):
    """Logits of ±200 neither overflow nor become nan: the loss is 200 where wrong and 0 where right."""
    for number, wanted in ((200.0, 0.0), (-200.0, 1.0), (200.0, 1.0), (-200.0, 0.0)):
        z = torch.tensor([number], requires_grad=True)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor([wanted]))
        yield f"loss of {number:g} for {wanted:g}", loss
        loss.backward()
        yield f"gradient of {number:g} for {wanted:g}", z.grad
    z = torch.tensor([200.0, -200.0, 200.0, -200.0, 88.8, -104.0], requires_grad=True)
    target = torch.tensor([0.0, 1.0, 1.0, 0.0, 0.5, 0.25])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target, reduction="none")
    loss.backward(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    yield "loss", loss
    yield "gradient", z.grad


@case(LOSSES, builds_on=("losses::bce_of_extreme_logits",))
def bce_of_infinite_logits(torch):
    """Infinite logits give nan, but for +inf against 0; their gradients are finite."""
    inf = float("inf")
    z = torch.tensor([inf, -inf, inf, -inf], requires_grad=True)
    target = torch.tensor([0.0, 1.0, 1.0, 0.0])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target, reduction="none")
    loss.backward(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    yield "loss", loss
    yield "gradient", z.grad


@case(LOSSES, builds_on=("losses::logistic_regression_of_ones",))
def bce_at_zero_logits(torch):
    """At logit 0 the loss is log 2 and the gradient one half minus the target."""
    z = torch.tensor([0.0, -0.0, 0.0], dtype=torch.float64, requires_grad=True)
    target = torch.tensor([0.0, 1.0, 0.25], dtype=torch.float64)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target, reduction="none")
    loss.backward(torch.tensor([1.0, 2.0, -3.0], dtype=torch.float64))
    yield "loss", loss
    yield "gradient", z.grad


@case(LOSSES, builds_on=("losses::logistic_regression_of_ones",))
def bce_gradient_to_the_target(torch):
    """A target that requires grad gets the gradient −z."""
    z = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    target = torch.tensor([1.0, 0.0, 0.25], requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target, reduction="none")
    loss.backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "loss", loss
    yield "gradient of z", z.grad
    yield "gradient of the target", target.grad


@case(LOSSES, builds_on=("losses::logistic_regression_of_ones",))
def bce_second_derivative(torch):
    """The second derivative of the loss is σ(z)·(1 − σ(z)), whatever the target."""
    z = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    target = torch.tensor([1.0, 0.0, 0.25])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, target, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, z, create_graph=True)
    yield "gradient", gradient
    gradient.backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "second derivative", z.grad


@case(LOSSES)
def bce_refuses_other_shapes(torch):
    """Input and target must be of the same size; the error names both."""
    z = torch.tensor([[0.5, -1.5]], requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    yield "a vector", raises(lambda: loss(z, torch.tensor([1.0, 0.0])))
    yield "a column", raises(lambda: loss(z, torch.tensor([[1.0], [0.0]])))
    yield "a reduction of another name", raises(lambda: loss(z, torch.tensor([[1.0, 0.0]]), reduction="max"))


@case(LOSSES)
def mse_by_reduction(torch):
    """The mean squared error's gradient is 2 (x − target), over the number of elements for the mean."""
    x = torch.tensor([[0.5, -1.5, 2.0], [3.0, 0.0, -0.25]], requires_grad=True)
    target = torch.tensor([[1.0, 0.0, 0.25], [0.0, 0.5, 1.0]])
    weights = torch.tensor([[1.0, -2.0, 0.5], [0.1, 3.0, -1.0]])
    for reduction in ("mean", "sum", "none"):
        x.grad = None
        loss = torch.nn.functional.mse_loss(x, target, reduction=reduction)
        yield reduction, loss
        (loss * weights).sum().backward()
        yield f"gradient of {reduction}", x.grad


@case(LOSSES, builds_on=("losses::mse_by_reduction",))
def mse_gradient_to_both_sides(torch):
    """If both sides require grad, their gradients are each other's negative."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    target = torch.tensor([1.0, 0.0, 0.25], requires_grad=True)
    loss = torch.nn.functional.mse_loss(x, target)
    loss.backward(torch.tensor(3.0))
    yield "loss", loss
    yield "gradient of x", x.grad
    yield "gradient of the target", target.grad


@case(LOSSES, builds_on=("losses::mse_by_reduction",))
def mse_of_other_shapes(torch):
    """Input and target of different sizes are broadcast, with a warning."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    target = torch.tensor([1.0, 0.25])
    loss = torch.nn.functional.mse_loss(x, target)
    loss.backward()
    yield "loss", loss
    yield "gradient", x.grad
    three = torch.tensor([1.0, 2.0, 3.0])
    yield "sizes that do not broadcast", raises(lambda: torch.nn.functional.mse_loss(x, three))


@case(LOSSES, builds_on=("losses::mse_by_reduction",))
def mse_second_derivative(torch):
    """The second derivative of the mean squared error is 2 over the number of elements."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    loss = torch.nn.functional.mse_loss(x, torch.tensor([1.0, 0.0, 0.25]))
    (gradient,) = torch.autograd.grad(loss, x, create_graph=True)
    yield "gradient", gradient
    gradient.backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "second derivative", x.grad
