"""How gradients add up over several calls of `backward`, and the ways to start over."""

from __future__ import annotations

from conformance import case

DESCENT = "Automatic differentation and gradient descend"
FIRST_STEPS = "Gradients and autograd, first steps"
GRAD = "torch.Tensor: grad"
LEAF = "first_gradients::leaf_gets_its_gradient"
ROUNDS = "accumulation::rounds_add_up"


@case(DESCENT, "A9", builds_on=(LEAF,))
def four_rounds_of_a_doubled_sum(torch):
    """Four rounds of `(W * 2).sum().backward()` leave 2, 4, 6 and 8 in `W.grad`."""
    weights = torch.ones(3, requires_grad=True)
    for epoch in range(4):
        (weights * 2).sum().backward()
        yield f"after round {epoch + 1}", weights.grad


@case(DESCENT, "A10", builds_on=("accumulation::four_rounds_of_a_doubled_sum",))
def four_rounds_with_zero(torch):
    """With `W.grad.zero_()` after each of four rounds, `W.grad` is 2 every time."""
    weights = torch.ones(3, requires_grad=True)
    for epoch in range(4):
        (weights * 2).sum().backward()
        yield f"after round {epoch + 1}", weights.grad
        weights.grad.zero_()
    yield "at the end", weights.grad


@case(FIRST_STEPS, "B8", builds_on=(LEAF,))
def one_two_and_three_rounds(torch):
    """Rounds of backward through ones(4)·3 summed leave 3, then 3 and 6, then 3, 6 and 9."""
    for rounds in (1, 2, 3):
        weights = torch.ones(4, requires_grad=True)
        for epoch in range(rounds):
            model_output = (weights * 3).sum()
            model_output.backward()
            yield f"round {epoch + 1} of {rounds}", weights.grad


@case(FIRST_STEPS, "B9", builds_on=("accumulation::one_two_and_three_rounds",))
def three_rounds_with_zero(torch):
    """With `grad.zero_()` after each of three rounds, the gradient is 3 every time."""
    weights = torch.ones(4, requires_grad=True)
    for epoch in range(3):
        model_output = (weights * 3).sum()
        model_output.backward()
        yield f"round {epoch + 1}", weights.grad
        yield f"zeroed after round {epoch + 1}", weights.grad.zero_()


@case(GRAD, builds_on=(LEAF,))
def rounds_add_up(torch):
    """Each round adds its own gradient to what the rounds before left, for every float dtype."""
    for dtype in (torch.float16, torch.float32, torch.float64):
        x = torch.tensor([0.5, -1.5, 2.0], dtype=dtype, requires_grad=True)
        for v in ([0.3, -1.2, 2.0], [-0.7, 0.4, 1.1], [10.0, 0.01, -5.0]):
            (x * x).backward(torch.tensor(v, dtype=dtype))
            yield f"{dtype} after {v}", x.grad


@case(GRAD, builds_on=(ROUNDS,))
def different_graphs_add_up(torch):
    """Gradients of different expressions of the same leaf add up."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    (x * torch.tensor([0.3, -1.2, 2.0])).sum().backward()
    yield "product", x.grad
    (x**3).mean().backward()
    yield "and mean of cubes", x.grad
    x[1].backward()
    yield "and one element", x.grad


@case(GRAD, builds_on=(ROUNDS,))
def rounds_with_two_leaves(torch):
    """Every leaf accumulates for itself: one that is in one round only keeps that round's gradient."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    (a * b).sum().backward()
    (a * a).sum().backward()
    yield "a, in both", a.grad
    yield "b, in one", b.grad


@case(GRAD, builds_on=(ROUNDS,))
def retained_graph_run_again(torch):
    """Each run of one graph with retain_graph adds the same, also to a leaf that is used several times."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = x * x * x - x
    v = torch.tensor([0.3, -1.2, 2.0])
    for call in ("first", "second", "third"):
        y.backward(v, retain_graph=True)
        yield f"after the {call} call", x.grad


@case(GRAD, builds_on=(ROUNDS,))
def zeroed_in_place(torch):
    """`zero_()`, `fill_(0)` and `mul_(0)` of the gradient each start the sum over."""
    for name in ("zero_", "fill_", "mul_"):
        x = torch.tensor([0.5, -1.5], requires_grad=True)
        (x * x).sum().backward()
        zeroed = x.grad.zero_() if name == "zero_" else getattr(x.grad, name)(0)
        yield f"{name} returns the gradient", zeroed is x.grad
        yield f"gradient after {name}", x.grad
        (x * torch.tensor([0.3, -1.2])).sum().backward()
        yield f"gradient of the next round after {name}", x.grad


@case(GRAD, builds_on=(ROUNDS,))
def zeroed_by_assignment(torch):
    """Assigning None or zeros to `grad` starts the sum over."""
    for name, value in (("None", None), ("zeros", torch.zeros(2))):
        x = torch.tensor([0.5, -1.5], requires_grad=True)
        (x * x).sum().backward()
        x.grad = value
        yield f"gradient after {name}", x.grad
        (x * torch.tensor([0.3, -1.2])).sum().backward()
        yield f"gradient of the next round after {name}", x.grad


@case(GRAD, builds_on=("accumulation::zeroed_by_assignment",))
def gradient_deleted(torch):
    """`del x.grad` makes it None again."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward()
    del x.grad
    yield "deleted", x.grad
    (x * torch.tensor([0.3, -1.2])).sum().backward()
    yield "after the next round", x.grad


@case(GRAD, builds_on=(ROUNDS,))
def zeroed_under_no_grad(torch):
    """Zeroing the gradient under `no_grad` works the same."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward()
    with torch.no_grad():
        x.grad.zero_()
    yield "zeroed", x.grad
    (x * x).sum().backward()
    yield "after the next round", x.grad


@case(GRAD, builds_on=("accumulation::zeroed_by_assignment",))
def assigned_gradient_is_the_start(torch):
    """`backward` adds to a gradient that the program assigned, in the memory of the assigned tensor."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    start = torch.tensor([10.0, 20.0])
    x.grad = start
    (x * x).sum().backward()
    yield "gradient", x.grad
    yield "assigned tensor", start
    yield "same object", x.grad is start


@case(GRAD, builds_on=(ROUNDS,))
def gradient_object_lives_on(torch):
    """Later rounds add in place: a name given to the gradient after the first round sees their sum."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward()
    first = x.grad
    (x * torch.tensor([0.3, -1.2])).sum().backward()
    yield "name of the first round", first
    yield "same object", first is x.grad


@case(GRAD, builds_on=("accumulation::gradient_object_lives_on",))
def copy_of_a_gradient_stays(torch):
    """A clone of the gradient keeps the first round's values when later rounds add to the gradient."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward()
    kept = x.grad.clone()
    (x * torch.tensor([0.3, -1.2])).sum().backward()
    yield "clone", kept
    yield "gradient", x.grad


@case(GRAD, builds_on=("accumulation::assigned_gradient_is_the_start",))
def scaled_between_rounds(torch):
    """A gradient that is scaled in place between rounds carries the scale on."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    for number in range(3):
        (x * torch.tensor([0.3, -1.2])).sum().backward()
        x.grad.mul_(0.5)
        yield f"round {number + 1}", x.grad


@case(GRAD, builds_on=(LEAF,))
def incoming_gradient_is_not_shared(torch):
    """A leaf's gradient has its own memory, apart from that of the tensor given to `backward`."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    v = torch.tensor([0.3, -1.2])
    (x + 1).backward(v)
    v.zero_()
    yield "gradient", x.grad
    x.grad.mul_(3)
    yield "tensor given to backward", v


@case(GRAD, builds_on=("accumulation::incoming_gradient_is_not_shared",))
def leaves_do_not_share_a_gradient(torch):
    """The two operands of a sum get gradients with memory of their own."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    (a + b).backward(torch.tensor([0.3, -1.2]))
    a.grad.mul_(10)
    yield "changed", a.grad
    yield "unchanged", b.grad


@case(GRAD, builds_on=(ROUNDS,))
def frozen_between_rounds(torch):
    """A leaf that is frozen keeps its gradient, takes none while frozen, and adds on when thawed."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    other = torch.tensor([2.0, 3.0], requires_grad=True)
    for step, requires_grad in (("tracked", True), ("frozen", False), ("tracked again", True)):
        x.requires_grad_(requires_grad)
        (x * other).sum().backward()
        yield f"gradient of x, {step}", x.grad
        yield f"gradient of other, x {step}", other.grad


@case(GRAD, builds_on=(ROUNDS,))
def values_changed_between_rounds(torch):
    """Each round's gradient is taken at the values that the leaf has in that round."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    for factor in (1.0, 3.0, -2.0):
        with torch.no_grad():
            x.mul_(factor)
        (x * x).sum().backward()
        yield f"after the factor {factor}", x.grad


@case(GRAD, builds_on=(ROUNDS,))
def zero_dimensional_leaf(torch):
    """A 0-d leaf accumulates to a 0-d gradient over rounds of different roots."""
    x = torch.tensor(-0.75, requires_grad=True)
    for exponent in (1, 2, 3, 4):
        (x**exponent).backward()
        yield f"after x ** {exponent}", x.grad


@case(GRAD, builds_on=(ROUNDS,))
def broadcast_leaf_over_rounds(torch):
    """A leaf broadcast to other shapes in each round accumulates in its own shape."""
    x = torch.tensor([0.7, -0.2], requires_grad=True)
    (x * torch.tensor([[0.5, -1.5], [2.0, 1.0], [4.0, -3.0]])).sum().backward()
    yield "rows", x.grad
    (x * torch.tensor(3.0)).sum().backward()
    yield "and a number", x.grad
    (x.reshape(2, 1) * torch.tensor([0.1, 0.2, 0.4])).sum().backward()
    yield "and columns", x.grad


@case("torch.autograd: grad", builds_on=(ROUNDS,))
def grad_does_not_accumulate(torch):
    """`torch.autograd.grad` neither adds to `.grad` nor to its own earlier results."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward()
    first = torch.autograd.grad((x * x * x).sum(), x)
    second = torch.autograd.grad((x * x * x).sum(), x)
    yield "first", first
    yield "second", second
    yield "gradient", x.grad


@case(GRAD, builds_on=(ROUNDS,))
def overflow_in_the_sum(torch):
    """Accumulating beyond the range of float16 gives infinity, and opposite infinities nan."""
    x = torch.tensor([1.0, 1.0], dtype=torch.float16, requires_grad=True)
    for v in ([60000.0, 60000.0], [60000.0, 5000.0], [float("-inf"), -65000.0]):
        (x * 1).backward(torch.tensor(v, dtype=torch.float16))
        yield f"after {v}", x.grad
