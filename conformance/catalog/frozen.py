"""Leaves that get no gradient: frozen parameters, detached tensors, computation under `no_grad`."""

from __future__ import annotations

from conformance import case, raises

DIFFERENTIATION = "Automatic differentiation with torch.autograd"


@case(DIFFERENTIATION, "E3")
def requires_grad_of_a_prediction(torch):
    """`x @ w + b` requires grad because w and b do; under `no_grad` it does not, nor once detached."""
    x = torch.ones(5)
    w = torch.linspace(-1, 1, 15).reshape(5, 3).requires_grad_()
    b = torch.tensor([0.5, -0.25, 2.0], requires_grad=True)
    z = torch.matmul(x, w) + b
    print(z.requires_grad)
    yield "tracked", z.requires_grad
    yield "z", z
    with torch.no_grad():
        z = torch.matmul(x, w) + b
    print(z.requires_grad)
    yield "under no_grad", z.requires_grad
    z = torch.matmul(x, w) + b
    z_det = z.detach()
    print(z_det.requires_grad)
    yield "detached", z_det.requires_grad
    yield "z_det", z_det


@case("AutoGrad in PyTorch", "C7")
def prediction_with_and_without_tracking(torch):
    """`z.requires_grad` of `x @ w + b` is True, and under `no_grad` False."""
    x = torch.ones(3)
    w = torch.tensor([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], requires_grad=True)
    b = torch.tensor([0.1, -0.2], requires_grad=True)
    z = torch.matmul(x, w) + b
    yield "tracked", z.requires_grad
    with torch.no_grad():
        z = torch.matmul(x, w) + b
        yield "inside no_grad", z.requires_grad
    yield "after no_grad", z
    yield "w still requires grad", w.requires_grad


@case("AutoGrad in PyTorch", "C8")
def detached_prediction(torch):
    """`z.detach().requires_grad` is False, and `z` stays tracked."""
    x = torch.ones(3)
    w = torch.tensor([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], requires_grad=True)
    b = torch.tensor([0.1, -0.2], requires_grad=True)
    z = torch.matmul(x, w) + b
    yield "requires_grad of z.detach()", z.detach().requires_grad
    yield "z.detach()", z.detach()
    yield "requires_grad of z", z.requires_grad


@case("Autograd Module", "D5")
def detaching_a_leaf(torch):
    """`a.requires_grad` is True and `a.detach().requires_grad` False, and both share their memory."""
    a = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    b = a.detach()
    yield "a", a.requires_grad
    yield "a.detach()", b.requires_grad
    b[1] = 7.0
    yield "a after a change of b", a
    yield "b", b


@case("Autograd Module", "D6")
def squaring_under_no_grad(torch):
    """Inside `no_grad`, `c ** 2` does not require grad; outside it does again."""
    c = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    with torch.no_grad():
        inside = c**2
        yield "inside", inside.requires_grad
        yield "c itself", c.requires_grad
    yield "made inside", inside
    yield "made outside", c**2


@case(DIFFERENTIATION, "E4")
def frozen_parameter_gets_no_gradient(torch):
    """A leaf with `requires_grad=False` gets no gradient, while the other parameters get theirs."""
    x = torch.tensor([1.0, -2.0])
    frozen = torch.tensor([[0.5, 1.0], [2.0, -1.0]])
    trained = torch.tensor([0.25, 3.0], requires_grad=True)
    z = torch.matmul(x, frozen) * trained
    z.backward(torch.tensor([1.0, -0.5]))
    yield "z", z
    yield "trained.grad", trained.grad
    yield "frozen.grad", frozen.grad


@case(DIFFERENTIATION, "E4", builds_on=("frozen::frozen_parameter_gets_no_gradient",))
def freezing_after_construction(torch):
    """`requires_grad_(False)` freezes a parameter for graphs that are made from then on."""
    x = torch.tensor([1.0, -2.0])
    w = torch.tensor([0.5, 1.0], requires_grad=True)
    b = torch.tensor([2.0, -1.0], requires_grad=True)
    yield "requires_grad_(False)", w.requires_grad_(False)
    z = x * w + b
    yield "z", z
    z.backward(torch.tensor([1.0, -0.5]))
    yield "w.grad", w.grad
    yield "b.grad", b.grad
    w.requires_grad_()
    (x * w + b).backward(torch.tensor([1.0, -0.5]))
    yield "w.grad when thawed", w.grad
    yield "b.grad after both", b.grad


@case(DIFFERENTIATION, "E4", builds_on=("frozen::freezing_after_construction",))
def freezing_between_forward_and_backward(torch):
    """A leaf that is frozen after the forward computation gets no gradient from the existing graph either."""
    w = torch.tensor([0.5, 1.0], requires_grad=True)
    z = w * torch.tensor([3.0, -4.0])
    w.requires_grad_(False)
    yield "backward", raises(lambda: z.backward(torch.tensor([1.0, 2.0])))
    yield "w", w
    yield "w.grad", w.grad


@case(DIFFERENTIATION, "E4", builds_on=("frozen::frozen_parameter_gets_no_gradient",))
def frozen_first_layer(torch):
    """With the first layer frozen, the graph begins at the second one; gradients there are as before."""
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    first = torch.nn.Parameter(torch.tensor([[0.5, -1.0], [1.5, 0.25]]), requires_grad=False)
    second = torch.nn.Parameter(torch.tensor([[1.0], [-2.0]]))
    hidden = torch.tanh(x @ first)
    loss = (hidden @ second).pow(2).mean()
    loss.backward()
    yield "hidden", hidden
    yield "loss", loss
    yield "first.grad", first.grad
    yield "second.grad", second.grad


@case(DIFFERENTIATION, "E4", builds_on=("frozen::frozen_parameter_gets_no_gradient",))
def frozen_last_layer(torch):
    """With the last layer frozen, gradients go through it to the first one."""
    x = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    first = torch.nn.Parameter(torch.tensor([[0.5, -1.0], [1.5, 0.25]]))
    second = torch.nn.Parameter(torch.tensor([[1.0], [-2.0]]), requires_grad=False)
    loss = (torch.tanh(x @ first) @ second).pow(2).mean()
    loss.backward()
    yield "loss", loss
    yield "first.grad", first.grad
    yield "second.grad", second.grad


@case(DIFFERENTIATION, "E4", builds_on=("frozen::frozen_parameter_gets_no_gradient",))
def detached_branch(torch):
    """`detach` in one branch stops the gradient there only."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = x * 3
    (y * y.detach()).backward(torch.tensor([1.0, 2.0]))
    yield "through one factor", x.grad
    x.grad = None
    (x * 3 * (x * 3)).backward(torch.tensor([1.0, 2.0]))
    yield "through both", x.grad


@case(DIFFERENTIATION, "E4", builds_on=("frozen::frozen_parameter_gets_no_gradient",))
def everything_frozen(torch):
    """If every parameter is frozen the result has no graph, and `backward` raises."""
    w = torch.tensor([0.5, 1.0], requires_grad=True)
    w.requires_grad_(False)
    loss = (w * 2).sum()
    yield "loss", loss
    yield "backward", raises(lambda: loss.backward())
