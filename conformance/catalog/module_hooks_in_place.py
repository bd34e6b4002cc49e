"""Changes in place of what goes into and comes out of modules with backward hooks."""

from __future__ import annotations

from conformance import case, raises

MODULE = "torch.nn.Module"


def gradient(torch):
    """What comes in from outside."""
    return torch.tensor([1.0, 0.5])


def product(torch):
    """A module of two inputs, and two leaves for it."""

    class Product(torch.nn.Module):
        def forward(self, x, y):
            return x * y

    return (
        Product(),
        torch.tensor([1.5, -2.0], requires_grad=True),
        torch.tensor([3.0, 4.0], requires_grad=True),
    )


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def output_changed_in_place(torch):
    """The single output of a module with backward hooks must not be changed in place; its clone may."""
    module, x, y = product(torch)
    module.register_full_backward_hook(lambda *grads: None)
    out = module(x, y)
    yield "in place", raises(lambda: out.mul_(2))
    copy = out.clone()
    copy.mul_(2)
    copy.backward(gradient(torch))
    yield "gradient", x.grad
    with torch.no_grad():
        out.mul_(2)
    yield "used after a change under no_grad", raises(lambda: out * 3)


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_hooks_in_place::output_changed_in_place",))
def input_changed_in_place_by_the_forward(torch):
    """A forward that changes its input in place is refused once there are backward hooks."""

    class Doubling(torch.nn.Module):
        def forward(self, x):
            return x.mul_(2)

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    module = Doubling()
    yield "without hooks", module(x * 3)
    module.register_full_backward_hook(lambda *grads: None)
    yield "with hooks", raises(lambda: module(x * 3))
    relu = torch.nn.ReLU(inplace=True)
    relu.register_full_backward_hook(lambda *grads: None)
    yield "ReLU", raises(lambda: relu(x * 3))


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::several_outputs",))
def one_of_several_outputs_changed_in_place(torch):
    """One of several outputs of a module with backward hooks must not be changed in place either."""

    class Two(torch.nn.Module):
        def forward(self, x):
            return x * 3, x.exp()

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    module = Two()
    module.register_full_backward_hook(lambda *grads: None)
    yield "first", raises(lambda: module(x)[0].mul_(2))
    yield "second", raises(lambda: module(x)[1].mul_(2))


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_hooks_in_place::output_changed_in_place",))
def view_of_an_output_changed_in_place(torch):
    """A view of the output of a module with backward hooks must not be changed in place either."""
    module, x, y = product(torch)
    module.register_full_backward_hook(lambda *grads: None)
    out = module(x, y)
    yield "part", raises(lambda: out[:1].mul_(2))
    yield "element", raises(lambda: out.__setitem__(0, 3.0))


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_hooks_in_place::output_changed_in_place",))
def unrecorded_output_changed_in_place(torch):
    """What the module returned under `no_grad` may be changed in place: there is no node that hooks run at."""
    module, x, y = product(torch)
    module.register_full_backward_hook(lambda *grads: None)
    with torch.no_grad():
        out = module(x, y)
    out.mul_(2)
    yield "output", out


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_hooks_in_place::output_changed_in_place",))
def parameter_changed_between_forward_and_backward(torch):
    """A parameter that is changed after the forward is refused in the backward, before the module's hook runs."""
    layer = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.constant_(layer.weight, 0.75)
    order = []
    layer.register_full_backward_pre_hook(lambda self, outputs: order.append("pre-hook"))
    layer.register_full_backward_hook(lambda self, inputs, outputs: order.append("hook"))
    out = layer(torch.tensor([[1.5, -2.0]], requires_grad=True))
    with torch.no_grad():
        layer.weight.mul_(2)
    yield "backward", raises(lambda: out.backward(torch.tensor([[3.0]])))
    yield "order", order
    yield "gradient", layer.weight.grad
