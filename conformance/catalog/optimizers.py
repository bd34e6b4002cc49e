"""`torch.optim.SGD`: its steps under each option, `zero_grad`, groups, state and refusals."""

from __future__ import annotations

from conformance import case, raises

FIRST_STEPS = "Gradients and autograd, first steps"
SGD_PAGE = "torch.optim: SGD"
GROUPS = "torch.optim: Per-parameter options"
STEP = "optimizers::one_step"
MOMENTUM = "optimizers::momentum"
ZERO = "optimizers::zero_grad_sets_to_none"


@case(FIRST_STEPS, "B10", builds_on=("accumulation::one_two_and_three_rounds",))
def step_and_zero_grad(torch):
    """`SGD([weights], lr=0.01)` takes 0.01 of the gradient off in `step()`, and `zero_grad()` leaves None."""
    weights = torch.ones(4, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.01)
    for round_number in ("first", "second"):
        (weights * 3).sum().backward()
        yield f"gradient, {round_number} round", weights.grad
        optimizer.step()
        yield f"weights, {round_number} round", weights
        optimizer.zero_grad()
        yield f"gradient after zero_grad, {round_number} round", weights.grad


@case(SGD_PAGE, builds_on=("first_gradients::leaf_gets_its_gradient",))
def one_step(torch):
    """A step takes lr times the gradient off the parameter, in place and untracked."""
    for dtype in (torch.float32, torch.float64):
        weights = torch.tensor([0.5, -1.5, 2.0], dtype=dtype, requires_grad=True)
        optimizer = torch.optim.SGD([weights], lr=0.3)
        (weights * weights * torch.tensor([0.3, -1.2, 2.0], dtype=dtype)).sum().backward()
        yield f"step returns, {dtype}", optimizer.step()
        yield f"weights, {dtype}", weights
        yield f"gradient, {dtype}", weights.grad


@case(SGD_PAGE, builds_on=(STEP,))
def default_learning_rate(torch):
    """Without `lr` a step takes 0.001 of the gradient off."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights])
    weights.grad = torch.tensor([30.0, -120.0])
    optimizer.step()
    yield weights


@case(SGD_PAGE, builds_on=(STEP,))
def zero_learning_rate(torch):
    """A learning rate of zero is allowed and leaves the parameter's values."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    weights.grad = torch.tensor([30.0, -120.0])
    torch.optim.SGD([weights], lr=0).step()
    yield weights


@case(SGD_PAGE, builds_on=(STEP,))
def steps_without_zero_grad(torch):
    """Steps without `zero_grad` between use the accumulated gradients."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1)
    for number in range(3):
        (weights * torch.tensor([0.3, -1.2])).sum().backward()
        optimizer.step()
        yield f"weights after step {number + 1}", weights
        yield f"gradient after step {number + 1}", weights.grad


@case(SGD_PAGE, builds_on=(STEP,))
def two_steps_on_one_gradient(torch):
    """A step leaves the gradient as it is: a second step takes it off once more."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1)
    weights.grad = torch.tensor([0.3, -1.2])
    optimizer.step()
    optimizer.step()
    yield "weights", weights
    yield "gradient", weights.grad


@case(SGD_PAGE, builds_on=(STEP,))
def parameters_without_gradient_stay(torch):
    """A step leaves parameters whose gradient is None untouched, version included."""
    used = torch.tensor([0.5, -1.5], requires_grad=True)
    unused = torch.tensor([2.0, 3.0], requires_grad=True)
    frozen = torch.tensor([4.0, 5.0])
    optimizer = torch.optim.SGD([used, unused, frozen], lr=0.1, momentum=0.9, weight_decay=0.5)
    (used * used).sum().backward()
    optimizer.step()
    yield "used", used
    yield "unused", unused
    yield "frozen", frozen


@case(FIRST_STEPS, "B10", builds_on=(STEP,))
def zero_grad_sets_to_none(torch):
    """`zero_grad()` makes every parameter's gradient None."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    optimizer = torch.optim.SGD([a, b], lr=0.1)
    (a * b).sum().backward()
    yield "returns", optimizer.zero_grad()
    yield "a", a.grad
    yield "b", b.grad


@case("torch.optim: zero_grad", builds_on=(ZERO,))
def zero_grad_to_zeros(torch):
    """`zero_grad(set_to_none=False)` fills the gradients with zeros in place, and leaves None as None."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    unused = torch.tensor(2.0, requires_grad=True)
    optimizer = torch.optim.SGD([a, unused], lr=0.1)
    (a * a).sum().backward()
    kept = a.grad
    optimizer.zero_grad(set_to_none=False)
    yield "gradient", a.grad
    yield "same object", a.grad is kept
    yield "unused", unused.grad


@case("torch.optim: zero_grad", builds_on=("optimizers::zero_grad_to_zeros", "optimizers::momentum"))
def zeros_and_none_differ_under_momentum(torch):
    """After `zero_grad`, momentum moves a parameter whose gradient is zeros, not one that has None."""
    for set_to_none in (True, False):
        weights = torch.tensor([0.5, -1.5], requires_grad=True)
        optimizer = torch.optim.SGD([weights], lr=0.1, momentum=0.9)
        weights.grad = torch.tensor([0.3, -1.2])
        optimizer.step()
        optimizer.zero_grad(set_to_none=set_to_none)
        optimizer.step()
        yield f"set_to_none={set_to_none}", weights


@case("torch.optim: zero_grad", builds_on=(ZERO,))
def zero_grad_of_a_gradient_with_a_graph(torch):
    """`zero_grad(set_to_none=False)` cuts a gradient that has a graph of its own off that graph."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.1)
    (x * x * x).sum().backward(create_graph=True)
    optimizer.zero_grad(set_to_none=False)
    yield x.grad


@case(SGD_PAGE, builds_on=(STEP,))
def momentum(torch):
    """With momentum the first step is plain, and each later one adds momentum times the buffer before it."""
    weights = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1, momentum=0.9)
    for number, gradient in enumerate(([0.3, -1.2, 2.0], [-0.7, 0.4, 1.1], [0.2, 0.1, -5.0])):
        weights.grad = torch.tensor(gradient)
        optimizer.step()
        yield f"weights after step {number + 1}", weights
        yield f"buffer after step {number + 1}", optimizer.state[weights]["momentum_buffer"]


@case(SGD_PAGE, builds_on=(MOMENTUM,))
def momentum_buffer_is_a_copy(torch):
    """The momentum buffer has memory of its own: zeroing the gradient in place does not reach it."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1, momentum=0.9)
    weights.grad = torch.tensor([0.3, -1.2])
    optimizer.step()
    weights.grad.zero_()
    yield "buffer", optimizer.state[weights]["momentum_buffer"]


@case(SGD_PAGE, builds_on=(MOMENTUM,))
def dampening(torch):
    """Dampening scales the gradient that enters the buffer by 1 - dampening, but not in the first step."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1, momentum=0.9, dampening=0.4)
    for number, gradient in enumerate(([0.3, -1.2], [-0.7, 0.4], [0.2, 0.1])):
        weights.grad = torch.tensor(gradient)
        optimizer.step()
        yield f"weights after step {number + 1}", weights
        yield f"buffer after step {number + 1}", optimizer.state[weights]["momentum_buffer"]


@case(SGD_PAGE, builds_on=(MOMENTUM,))
def nesterov(torch):
    """With nesterov a step goes along the gradient plus momentum times the new buffer."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1, momentum=0.9, nesterov=True)
    for number, gradient in enumerate(([0.3, -1.2], [-0.7, 0.4], [0.2, 0.1])):
        weights.grad = torch.tensor(gradient)
        optimizer.step()
        yield f"weights after step {number + 1}", weights
        yield f"buffer after step {number + 1}", optimizer.state[weights]["momentum_buffer"]


@case(SGD_PAGE, builds_on=(STEP,))
def weight_decay(torch):
    """Weight decay adds its multiple of the parameter to the gradient of the step, not to `grad`."""
    weights = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1, weight_decay=0.25)
    weights.grad = torch.tensor([0.3, -1.2, 0.0])
    for number in range(3):
        optimizer.step()
        yield f"weights after step {number + 1}", weights
    yield "gradient", weights.grad


@case(SGD_PAGE, builds_on=(STEP,))
def maximize(torch):
    """With maximize a step goes up along the gradient; weight decay still pulls to zero."""
    for decay in (0, 0.25):
        weights = torch.tensor([0.5, -1.5], requires_grad=True)
        optimizer = torch.optim.SGD([weights], lr=0.1, maximize=True, weight_decay=decay)
        weights.grad = torch.tensor([0.3, -1.2])
        optimizer.step()
        yield f"weight_decay={decay}", weights


@case(
    SGD_PAGE,
    builds_on=(MOMENTUM, "optimizers::nesterov", "optimizers::weight_decay", "optimizers::maximize"),
)
def all_options_together(torch):
    """Momentum, weight decay, nesterov and maximize combine in the documented order."""
    weights = torch.tensor([0.5, -1.5, 2.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD(
        [weights], lr=0.05, momentum=0.8, weight_decay=0.1, nesterov=True, maximize=True
    )
    for number, v in enumerate(([0.3, -1.2, 2.0], [-0.7, 0.4, 1.1], [0.2, 0.1, -5.0])):
        optimizer.zero_grad()
        (weights * weights).backward(torch.tensor(v, dtype=torch.float64))
        optimizer.step()
        yield f"weights after step {number + 1}", weights


@case(SGD_PAGE, builds_on=(STEP,))
def several_parameters(torch):
    """One optimizer steps parameters of several shapes and dtypes."""
    matrix = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    number = torch.tensor(0.7, requires_grad=True)
    double = torch.tensor([1.0, -4.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([matrix, number, double], lr=0.1, momentum=0.5)
    for step in ("first", "second"):
        optimizer.zero_grad()
        (matrix * number * double).sum().backward()
        optimizer.step()
        yield f"matrix, {step} step", matrix
        yield f"number, {step} step", number
        yield f"double, {step} step", double


@case(GROUPS, builds_on=("optimizers::several_parameters",))
def groups_with_their_own_options(torch):
    """Groups given as dicts have their own options, and take the others from the call."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5, "weight_decay": 0.1}], lr=0.1)
    a.grad = torch.tensor([0.3, -1.2])
    b.grad = torch.tensor([-0.7, 0.4])
    optimizer.step()
    yield "a", a
    yield "b", b
    yield "learning rates", [group["lr"] for group in optimizer.param_groups]
    yield "weight decays", [group["weight_decay"] for group in optimizer.param_groups]


@case(GROUPS, builds_on=(STEP,))
def learning_rate_changed_between_steps(torch):
    """A learning rate assigned to a group holds from the next step on."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1)
    weights.grad = torch.tensor([0.3, -1.2])
    for rate in (0.1, 1.0, 0.01):
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
        yield f"after a step of {rate}", weights


@case(GROUPS, builds_on=(STEP,))
def group_added_later(torch):
    """`add_param_group` adds parameters with the optimizer's defaults."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    optimizer = torch.optim.SGD([a], lr=0.1, momentum=0.9)
    optimizer.add_param_group({"params": [b], "lr": 0.3})
    a.grad, b.grad = torch.tensor([0.3, -1.2]), torch.tensor([-0.7, 0.4])
    optimizer.step()
    yield "a", a
    yield "b", b
    yield "groups", len(optimizer.param_groups)
    yield "momentum of the new group", optimizer.param_groups[1]["momentum"]


@case(SGD_PAGE, builds_on=(MOMENTUM,))
def state_dict(torch):
    """`state_dict()` numbers the parameters, and holds the momentum buffers and the groups' options."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    optimizer = torch.optim.SGD([a, b], lr=0.1, momentum=0.9)
    yield "state before a step", optimizer.state_dict()["state"]
    a.grad = torch.tensor([0.3, -1.2])
    optimizer.step()
    saved = optimizer.state_dict()
    yield "keys", sorted(saved)
    yield "state", saved["state"]
    options = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize", "params")
    yield "group", {name: saved["param_groups"][0][name] for name in options}


@case(SGD_PAGE, builds_on=(STEP,))
def step_with_a_closure(torch):
    """`step(closure)` evaluates the closure with tracking enabled and returns its result."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (weights * weights * torch.tensor([0.3, 1.2])).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        yield "loss", optimizer.step(closure)
    yield "weights", weights


@case(SGD_PAGE, builds_on=(STEP,))
def step_counts_as_a_change_in_place(torch):
    """A step counts as an in-place change: a graph that saved the parameter before it cannot run after it."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=0.1)
    loss = (weights * weights).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    yield "second backward", raises(lambda: loss.backward())
    yield "weights", weights


@case(SGD_PAGE, builds_on=(STEP,))
def parameters_as_other_iterables(torch):
    """The parameters may come as a tuple or from a generator."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor([2.0], requires_grad=True)
    for name, parameters in (("tuple", (a, b)), ("generator", (parameter for parameter in (a, b)))):
        optimizer = torch.optim.SGD(parameters, lr=0.1)
        a.grad, b.grad = torch.tensor([0.3, -1.2]), torch.tensor([0.7])
        optimizer.step()
        yield f"{name}: a", a
        yield f"{name}: b", b


@case(SGD_PAGE, builds_on=(STEP,))
def nn_parameter_steps(torch):
    """A step moves a Parameter in place and leaves it a Parameter."""
    weight = torch.nn.Parameter(torch.tensor([0.25, -0.75]))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    (weight * weight * torch.tensor([0.3, -1.2])).sum().backward()
    optimizer.step()
    yield weight


@case(SGD_PAGE, builds_on=(STEP,))
def options_out_of_range(torch):
    """Negative options, and nesterov without momentum or with dampening, are refused."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    sgd = torch.optim.SGD
    yield "lr", raises(lambda: sgd([weights], lr=-0.1))
    yield "momentum", raises(lambda: sgd([weights], momentum=-0.9))
    yield "weight_decay", raises(lambda: sgd([weights], weight_decay=-1))
    yield "nesterov without momentum", raises(lambda: sgd([weights], nesterov=True))
    both = {"momentum": 0.9, "dampening": 0.1}
    yield "nesterov with dampening", raises(lambda: sgd([weights], nesterov=True, **both))


@case(SGD_PAGE, builds_on=(STEP,))
def parameters_that_are_refused(torch):
    """A single tensor, no parameters, numbers and results are refused as parameters."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    sgd = torch.optim.SGD
    yield "single tensor", raises(lambda: sgd(weights, lr=0.1))
    yield "no parameters", raises(lambda: sgd([], lr=0.1))
    yield "number", raises(lambda: sgd([0.5], lr=0.1))
    yield "nested list", raises(lambda: sgd([[weights]], lr=0.1))
    yield "result", raises(lambda: sgd([weights * 2], lr=0.1))
    yield "group without params", raises(lambda: sgd([{"lr": 0.1}]))


@case(GROUPS, builds_on=("optimizers::groups_with_their_own_options",))
def parameters_given_twice(torch):
    """A parameter twice in a group warns and is stepped twice; in two groups it is refused."""
    weights = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SGD([weights, weights], lr=0.1)
    weights.grad = torch.tensor([0.3, -1.2])
    optimizer.step()
    yield "weights", weights
    groups = [{"params": [weights]}, {"params": [weights]}]
    yield "two groups", raises(lambda: torch.optim.SGD(groups, lr=0.1))
