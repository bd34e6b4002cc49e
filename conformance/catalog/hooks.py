"""Hooks on tensors: when they run, what they see, and what they may change."""

from __future__ import annotations

from conformance import case, raises

HOOKS = "Autograd mechanics: Backward Hooks execution"


@case("torch.Tensor: register_hook")
def hook_on_a_leaf(torch):
    """A hook on a leaf sees the gradient, and what it returns is accumulated instead."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []

    def double(grad):
        seen.append(grad)
        return grad * 2

    x.register_hook(double)
    (x * torch.tensor([3.0, 4.0])).backward(torch.tensor([1.0, 0.5]))
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.Tensor: register_hook")
def hook_on_a_result(torch):
    """A hook on a result sees its gradient, and what it returns goes on backward."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    seen = []

    def negate(grad):
        seen.append(grad)
        return -grad

    y.register_hook(negate)
    (y**2).backward(torch.tensor([1.0, 0.5]))
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_result",))
def hook_that_returns_nothing(torch):
    """A hook that returns None leaves the gradient as it is."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x.exp()
    seen = []
    y.register_hook(seen.append)
    (y * torch.tensor([2.0, -1.0])).backward(torch.tensor([1.0, 0.5]))
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_result",))
def several_hooks(torch):
    """Hooks on one tensor run in the order of registration, each on what the one before returned."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    order = []

    def add_ten(grad):
        order.append("add ten")
        return grad + 10

    def double(grad):
        order.append("double")
        return grad * 2

    def only_look(grad):
        order.append(f"saw {grad.tolist()}")

    for hook in (add_ten, only_look, double):
        x.register_hook(hook)
    (x * 3).backward(torch.tensor([1.0, -1.0]))
    yield "order", order
    yield "gradient", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::several_hooks",))
def removed_hook(torch):
    """A removed hook runs no more and the others do; removing it twice does no harm."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = x * 3
    first = y.register_hook(lambda grad: grad + 1)
    y.register_hook(lambda grad: grad * 10)
    y.backward(torch.tensor([1.0, -1.0]), retain_graph=True)
    yield "with both", x.grad
    first.remove()
    x.grad = None
    y.backward(torch.tensor([1.0, -1.0]), retain_graph=True)
    yield "with one", x.grad
    first.remove()
    x.grad = None
    y.backward(torch.tensor([1.0, -1.0]))
    yield "after a second removal", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_result",))
def hook_runs_at_each_backward(torch):
    """A hook runs once in each backward, with the gradient of that pass alone."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * x
    seen = []
    y.register_hook(lambda grad: seen.append(grad.tolist()))
    y.backward(torch.tensor([1.0, 2.0]), retain_graph=True)
    y.backward(torch.tensor([10.0, 20.0]))
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_result",))
def hook_sees_the_sum_of_all_paths(torch):
    """A hook runs once, on the sum of the gradients of all paths, for a leaf as for a result."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * 3
    seen = {"x": [], "y": []}
    x.register_hook(lambda grad: seen["x"].append(grad.tolist()))
    y.register_hook(lambda grad: seen["y"].append(grad.tolist()))
    (y * 2 + y.pow(2) + x).backward(torch.tensor([1.0, 0.5]))
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_result",))
def hook_registered_after_use(torch):
    """A hook that is registered after further results were computed still runs."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * 3
    z = y**2
    y.register_hook(lambda grad: grad / 2)
    z.backward(torch.tensor([1.0, 0.5]))
    yield "gradient", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_leaf",))
def hook_that_returns_another_shape_or_kind(torch):
    """What a hook returns must be a tensor of the gradient's size and dtype, or None."""

    def backward_with(hook):
        x = torch.tensor([1.5, -2.5], requires_grad=True)
        y = x * 3
        y.register_hook(hook)
        y.backward(torch.tensor([1.0, 0.5]))
        return x.grad

    yield "another size", raises(lambda: backward_with(lambda grad: grad[:1]))
    yield "a scalar", raises(lambda: backward_with(lambda grad: grad.sum()))
    yield "float64", raises(lambda: backward_with(lambda grad: grad.double()))
    yield "a number", raises(lambda: backward_with(lambda grad: 2.0))
    yield "another size of equal number", raises(lambda: backward_with(lambda grad: grad.view(2, 1)))


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_leaf",))
def hook_that_raises(torch):
    """An error in a hook ends the backward and reaches the caller as it is."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * 3

    def fail(grad):
        raise ValueError("stop here")

    y.register_hook(fail)
    yield "backward", raises(lambda: y.sum().backward())
    yield "gradient", x.grad


@case("torch.Tensor: register_hook")
def hook_on_a_constant(torch):
    """A tensor that does not require grad cannot have hooks."""
    yield "constant", raises(lambda: torch.tensor([1.0]).register_hook(lambda grad: grad))
    x = torch.tensor([1.5], requires_grad=True)
    yield "detached", raises(lambda: x.detach().register_hook(lambda grad: grad))
    with torch.no_grad():
        y = x * 2
    yield "made under no_grad", raises(lambda: y.register_hook(lambda grad: grad))


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_leaf",))
def hook_of_autograd_grad(torch):
    """`torch.autograd.grad` runs hooks too: of leaves that it is asked for and of results on the way."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    w = torch.tensor([3.0, 0.5], requires_grad=True)
    y = x * w
    order = []
    x.register_hook(lambda grad: order.append("x"))
    w.register_hook(lambda grad: order.append("w"))
    y.register_hook(lambda grad: (order.append("y"), grad * 10)[1])
    yield "gradients", torch.autograd.grad(y, [x], torch.tensor([1.0, 0.5]))
    yield "order", order
    yield "x.grad", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_leaf",))
def hook_runs_without_grad_mode(torch):
    """Grad mode is off inside a hook, and on with `create_graph=True`."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    modes = []
    x.register_hook(lambda grad: modes.append((torch.is_grad_enabled(), grad.requires_grad)))
    (x**3).sum().backward()
    (gradient,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    yield "grad mode, and does the gradient require grad", modes
    yield "gradient", gradient


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_runs_without_grad_mode",))
def hook_in_a_second_derivative(torch):
    """With `create_graph=True`, what a hook returns is part of the gradient's graph."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    x.register_hook(lambda grad: grad * grad)
    (gradient,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    yield "gradient", gradient
    (second,) = torch.autograd.grad(gradient, x, torch.tensor([1.0, 0.5]))
    yield "second derivative", second


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_leaf",))
def hook_that_changes_the_gradient_in_place(torch):
    """A hook that changes the gradient in place and returns nothing changes what is accumulated."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)

    def five_times(grad):
        grad.mul_(5)

    x.register_hook(five_times)
    (x**3).backward(torch.tensor([1.0, 0.5]))
    yield "gradient", x.grad


@case("torch.Tensor: retain_grad")
def retained_gradient_of_a_result(torch):
    """`retain_grad` keeps the gradient of a result in its `.grad`, and accumulates it."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * 3
    yield "before", y.retains_grad
    yield "retain_grad returns", y.retain_grad()
    yield "after", y.retains_grad
    z = y**2
    z.backward(torch.tensor([1.0, 0.5]), retain_graph=True)
    yield "y.grad", y.grad
    z.backward(torch.tensor([1.0, 0.5]))
    yield "y.grad after a second backward", y.grad
    yield "x.grad", x.grad


@case("torch.Tensor: retain_grad", builds_on=("hooks::retained_gradient_of_a_result",))
def retain_grad_of_a_leaf(torch):
    """For a leaf `retain_grad` does nothing, and for a constant it is refused."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    yield "leaf", x.retain_grad()
    yield "retains_grad", x.retains_grad
    (x * 2).backward(torch.tensor([0.5, 2.5]))
    yield "gradient", x.grad
    yield "constant", raises(lambda: torch.tensor([1.0]).retain_grad())


@case(HOOKS, builds_on=("hooks::retained_gradient_of_a_result",))
def hooks_run_before_the_gradient_is_retained(torch):
    """The retained gradient is the one after all hooks, whenever they were registered."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: grad * 10)
    y.retain_grad()
    y.register_hook(lambda grad: grad + 1)
    y.backward(torch.tensor([1.0, 0.5]))
    yield "y.grad", y.grad
    yield "x.grad", x.grad


@case("torch.Tensor: retain_grad", builds_on=("hooks::retained_gradient_of_a_result",))
def gradient_of_a_result_is_not_kept(torch):
    """Without `retain_grad` the grad of a result stays None, and reading it warns."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * 3
    y.backward(torch.tensor([0.5, 2.5]))
    yield "y.grad", y.grad
    yield "x.grad", x.grad


@case(HOOKS, builds_on=("hooks::hook_on_a_result",))
def hook_on_a_result_that_is_changed_in_place(torch):
    """A hook that was registered before a change in place sees the gradient of what the tensor was then."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(lambda grad: seen.append(("before", grad.tolist())))
    y.mul_(10)
    y.register_hook(lambda grad: seen.append(("after", grad.tolist())))
    y.backward(torch.tensor([1.0, 0.5]))
    yield "seen", seen
    yield "gradient", x.grad


@case(HOOKS, builds_on=("hooks::hook_on_a_result_that_is_changed_in_place",))
def retained_gradient_of_a_result_changed_in_place(torch):
    """A retained gradient follows the tensor: after a change in place it is that of the changed tensor."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.mul_(10)
    y.backward(torch.tensor([1.0, 0.5]))
    yield "y.grad", y.grad
    yield "x.grad", x.grad


@case(HOOKS, builds_on=("hooks::hook_on_a_result",))
def hooks_of_views_are_their_own(torch):
    """A hook on a view sees the view's gradient, one on the base the sum of all."""
    x = torch.tensor([[1.0, -2.0], [3.0, 4.0]], requires_grad=True)
    base = x * 2
    row = base[0]
    seen = []
    row.register_hook(lambda grad: seen.append(("row", grad.tolist())))
    base.register_hook(lambda grad: seen.append(("base", grad.tolist())))
    (row * torch.tensor([3.0, 5.0]) + base[1]).backward(torch.tensor([1.0, 0.5]))
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.Tensor: register_hook", builds_on=("hooks::hook_on_a_leaf",))
def hook_replaces_the_gradient_of_one_leaf_only(torch):
    """A hook that zeroes one leaf's gradient leaves that of the other leaf alone."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    w = torch.tensor([3.0, 0.5], requires_grad=True)
    x.register_hook(lambda grad: grad * 0)
    (x * w).backward(torch.tensor([1.0, 0.5]))
    yield "x.grad", x.grad
    yield "w.grad", w.grad
