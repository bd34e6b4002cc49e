"""Whole programs of a few lines that descend along gradients, by hand or with an optimizer."""

from __future__ import annotations

from conformance import case

DESCENT = "Automatic differentation and gradient descend"
PAGE = "Learning PyTorch with Examples: Tensors and autograd"
CHANGED = "grad_modes::leaf_changed_in_place_under_no_grad"
STEPS = "gradient_descent::neuron_trained_by_hand"


@case(DESCENT, "A11", builds_on=("first_gradients::one_neuron", CHANGED))
def neuron_trained_by_hand(torch):
    """One neuron descends towards the weight that turns 2 into 10, in steps taken under `no_grad`."""
    data, target = torch.tensor(2.0), torch.tensor(10.0)
    weight = torch.tensor(1.0, requires_grad=True)
    for step in range(5):
        loss = (weight * data - target) ** 2
        loss.backward()
        yield f"loss {step}", loss.item()
        yield f"gradient {step}", weight.grad
        with torch.no_grad():
            weight -= 0.05 * weight.grad
        weight.grad.zero_()
    yield "weight", weight


@case(PAGE, builds_on=(STEPS,))
def line_fitted_by_hand(torch):
    """A line fitted to four points by mean squared error moves its slope and its offset at every step."""
    x = torch.tensor([-1.0, 0.5, 1.5, 3.0])
    y = torch.tensor([-2.9, 0.2, 1.8, 5.1])
    slope = torch.tensor(0.3, requires_grad=True)
    offset = torch.tensor(-0.1, requires_grad=True)
    for step in range(4):
        loss = ((slope * x + offset - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            slope -= 0.1 * slope.grad
            offset -= 0.1 * offset.grad
            slope.grad = None
            offset.grad = None
        yield f"loss {step}", loss
        yield f"slope {step}", slope
        yield f"offset {step}", offset


@case(PAGE, builds_on=(STEPS,))
def weight_replaced_instead_of_changed(torch):
    """`weight = weight - 0.1 * weight.grad` outside `no_grad` makes a result, which gets no gradient."""
    weight = torch.tensor([0.5, -1.5], requires_grad=True)
    (weight * torch.tensor([0.3, -1.2])).sum().backward()
    weight = weight - 0.1 * weight.grad
    yield "weight", weight
    (weight * weight).sum().backward()
    yield "gradient", weight.grad


@case(PAGE, builds_on=(STEPS, "detaching::data_shares_memory"))
def weight_changed_through_data(torch):
    """`weight.data -= 0.1 * weight.grad` moves the leaf, which stays a leaf at version 0."""
    weight = torch.tensor([0.5, -1.5], requires_grad=True)
    for step in range(3):
        (weight**3).sum().backward()
        weight.data -= 0.1 * weight.grad
        weight.grad.zero_()
        yield f"weight {step}", weight


@case(PAGE, builds_on=(STEPS, "optimizers::one_step"))
def two_layers_with_an_optimizer(torch):
    """A network of two layers with a tanh between is trained by SGD with momentum for three steps."""
    data = torch.tensor([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]], dtype=torch.float64)
    target = torch.tensor([[0.3], [-0.2], [0.9]], dtype=torch.float64)
    first = torch.tensor([[0.1, -0.4, 0.7], [0.6, 0.2, -0.3]], dtype=torch.float64, requires_grad=True)
    second = torch.tensor([[0.5], [-0.8], [0.2]], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([first, second], lr=0.2, momentum=0.9)
    for step in range(3):
        optimizer.zero_grad()
        loss = ((torch.tanh(data @ first) @ second - target) ** 2).mean()
        loss.backward()
        optimizer.step()
        yield f"loss {step}", loss
        yield f"first layer {step}", first
        yield f"second layer {step}", second


@case(PAGE, builds_on=(STEPS,))
def logistic_regression_by_hand(torch):
    """Logistic regression written with sigmoid and log descends on its cross-entropy."""
    data = torch.tensor([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
    labels = torch.tensor([1.0, 0.0, 1.0])
    weight = torch.tensor([0.2, -0.4], requires_grad=True)
    for step in range(3):
        p = torch.sigmoid(data @ weight)
        loss = -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()
        loss.backward()
        yield f"loss {step}", loss
        yield f"gradient {step}", weight.grad
        with torch.no_grad():
            weight -= 0.5 * weight.grad
        weight.grad = None


@case(PAGE, builds_on=(STEPS,))
def forgotten_zeroing(torch):
    """Without zeroing, each step of a descent also takes the earlier gradients, and overshoots."""
    weight = torch.tensor(1.5, requires_grad=True)
    for step in range(4):
        ((weight * 2 - 10) ** 2).backward()
        with torch.no_grad():
            weight -= 0.05 * weight.grad
        yield f"weight {step}", weight
        yield f"gradient {step}", weight.grad


@case(PAGE, builds_on=(STEPS,))
def frozen_layer(torch):
    """A frozen weight stays while the other is trained through it."""
    frozen = torch.tensor([[0.5, -1.5], [2.0, 3.0]])
    weight = torch.tensor([0.1, -0.2], requires_grad=True)
    for step in range(2):
        loss = ((frozen @ weight - torch.tensor([1.0, -2.0])) ** 2).sum()
        loss.backward()
        with torch.no_grad():
            weight -= 0.02 * weight.grad
        weight.grad.zero_()
        yield f"weight {step}", weight
    yield "frozen", frozen
    yield "gradient of the frozen weight", frozen.grad


@case(PAGE, builds_on=("first_gradients::leaf_used_many_times",))
def newton_iteration_is_differentiated(torch):
    """The gradient flows through every step of Newton's iteration for a square root."""
    x = torch.tensor([2.0, 9.5, 0.3], dtype=torch.float64, requires_grad=True)
    root = torch.ones_like(x)
    for _ in range(6):
        root = (root + x / root) / 2
    root.backward(torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64))
    yield "root", root.detach()
    yield "gradient", x.grad


@case(PAGE, builds_on=("first_gradients::leaf_used_many_times",))
def recurrence_over_time(torch):
    """A recurrent state collects the gradients of its weight over all steps of time."""
    weight = torch.tensor(0.8, requires_grad=True)
    state = torch.tensor([0.1, -0.3], requires_grad=True)
    first = state
    for value in ([0.5, 1.5], [-1.0, 0.25], [2.0, -0.75]):
        state = torch.tanh(weight * state + torch.tensor(value))
    state.backward(torch.tensor([0.3, -1.2]))
    yield "state", state
    yield "gradient of the weight", weight.grad
    yield "gradient of the first state", first.grad
