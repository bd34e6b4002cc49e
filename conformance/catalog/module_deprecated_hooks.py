"""The deprecated backward hooks of modules, and backward hooks on all modules."""

from __future__ import annotations

from conformance import case, raises

MODULE = "torch.nn.Module"
GLOBAL = "torch.nn.modules.module"


def gradient(torch):
    """What comes in from outside."""
    return torch.tensor([1.0, 0.5])


def listed(grads):
    """Gradients as plain data."""
    return [None if grad is None else grad.tolist() for grad in grads]


def product(torch):
    """A module of one operation, and two leaves for it."""

    class Product(torch.nn.Module):
        def forward(self, x, y):
            return x * y

    return (
        Product(),
        torch.tensor([1.5, -2.0], requires_grad=True),
        torch.tensor([3.0, 4.0], requires_grad=True),
    )


@case(f"{MODULE}: register_backward_hook")
def deprecated_backward_hook(torch):
    """It is a hook of the output's node, and warns where it cannot be sure to see all gradients of the inputs."""
    module, x, y = product(torch)
    seen = []
    module.register_backward_hook(
        lambda self, inputs, outputs: seen.append((self is module, listed(inputs), listed(outputs)))
    )
    module(x * 1, y * 1).backward(gradient(torch))
    yield "results as inputs", seen
    seen.clear()
    module(x, y).backward(gradient(torch))
    yield "leaves as inputs", seen


@case(f"{MODULE}: register_backward_hook", builds_on=("module_deprecated_hooks::deprecated_backward_hook",))
def deprecated_backward_hook_replaces(torch):
    """What it returns goes on as the gradients of the last operation's inputs; a wrong number is refused."""
    module, x, y = product(torch)
    with module.register_backward_hook(lambda self, inputs, outputs: (inputs[0] * 10, None)):
        module(x * 1, y * 1).backward(gradient(torch))
        yield "gradients", [x.grad, y.grad]

    def too_few(self, inputs, outputs):
        return inputs[:1]

    with module.register_backward_hook(too_few):
        yield "too few", raises(lambda: module(x * 1, y * 1).backward(gradient(torch)))


@case(f"{MODULE}: register_backward_hook", builds_on=("module_deprecated_hooks::deprecated_backward_hook",))
def what_a_deprecated_hook_misses(torch):
    """It warns of forwards with several operations, of other outputs than tensors, and of other inputs."""

    class Forward(torch.nn.Module):
        def __init__(self, forward):
            super().__init__()
            self.function = forward

        def forward(self, *args):
            return self.function(*args)

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    forwards = {
        "several operations": lambda y: (y * 3).square(),
        "several outputs": lambda y: (y * 3, y.square()),
        "outputs of one node": lambda y: y.unbind(0),
        "a list": lambda y: [y * 3],
        "a dictionary": lambda y: {"first": 1, "y": y * 3},
        "a number among the outputs": lambda y: (y * 3, 7),
        "a number as an input": lambda y, factor=5.0: y * factor,
    }
    for label, forward in forwards.items():
        seen = []
        module = Forward(forward)
        module.register_backward_hook(
            lambda self, inputs, outputs, seen=seen: seen.append((listed(inputs), listed(outputs)))
        )
        out = module(x * 1, *([5.0] if label == "a number as an input" else []))
        while not isinstance(out, torch.Tensor):
            out = out["y"] if isinstance(out, dict) else out[0]
        out.sum().backward()
        yield label, seen


@case(f"{MODULE}: register_backward_hook", builds_on=("module_deprecated_hooks::deprecated_backward_hook",))
def one_kind_of_backward_hooks(torch):
    """A module cannot have both kinds of backward hooks, also after the hooks of one kind were removed."""
    module, _, _ = product(torch)
    handle = module.register_backward_hook(lambda *grads: None)
    yield "full beside deprecated", raises(lambda: module.register_full_backward_hook(lambda *grads: None))
    handle.remove()
    yield "after removal", raises(lambda: module.register_full_backward_hook(lambda *grads: None))
    other, _, _ = product(torch)
    other.register_full_backward_hook(lambda *grads: None)
    yield "deprecated beside full", raises(lambda: other.register_backward_hook(lambda *grads: None))
    yield "pre-hook beside deprecated", module.register_full_backward_pre_hook(print) is not None


@case(f"{MODULE}: register_backward_hook", builds_on=("module_deprecated_hooks::deprecated_backward_hook",))
def deprecated_hook_of_a_dead_module(torch):
    """The hook does not keep its module alive, and fails if the module is gone."""
    module, x, y = product(torch)
    module.register_backward_hook(lambda *grads: None)
    out = module(x * 1, y * 1)
    del module
    yield "backward", raises(lambda: out.backward(gradient(torch)))


@case(f"{MODULE}: register_backward_hook", builds_on=("module_deprecated_hooks::deprecated_backward_hook",))
def deprecated_hook_without_history(torch):
    """Where the output has no history, the hook is not registered."""
    module, x, y = product(torch)
    seen = []
    module.register_backward_hook(lambda *grads: seen.append("hook"))
    yield "constants", module(x.detach(), y.detach())
    with torch.no_grad():
        yield "no_grad", module(x, y)
    yield "seen", seen


@case(f"{GLOBAL}: register_module_full_backward_hook")
def global_backward_hooks(torch):
    """Backward hooks on all modules run before those of the module, for every module."""
    module, x, y = product(torch)
    order = []
    module.register_full_backward_hook(lambda self, inputs, outputs: order.append("own hook"))
    module.register_full_backward_pre_hook(lambda self, outputs: order.append("own pre-hook"))
    register = torch.nn.modules.module
    handles = [
        register.register_module_full_backward_hook(
            lambda self, inputs, outputs: order.append(f"hook of {type(self).__name__}")
        ),
        register.register_module_full_backward_pre_hook(
            lambda self, outputs: order.append(f"pre-hook of {type(self).__name__}")
        ),
    ]
    try:
        torch.nn.Tanh()(module(x, y)).backward(gradient(torch))
        yield "order", order
        yield "the other kind", raises(lambda: register.register_module_backward_hook(print))
    finally:
        for handle in handles:
            handle.remove()
        register._global_is_full_backward_hook = None
    order.clear()
    torch.nn.Tanh()(module(x, y)).backward(gradient(torch))
    yield "after removal", order


@case(
    f"{GLOBAL}: register_module_backward_hook", builds_on=("module_deprecated_hooks::global_backward_hooks",)
)
def global_deprecated_backward_hooks(torch):
    """A deprecated hook on all modules runs at the last node of each; full ones on all modules are then refused."""
    module, x, y = product(torch)
    order = []
    register = torch.nn.modules.module
    handle = register.register_module_backward_hook(
        lambda self, inputs, outputs: order.append((type(self).__name__, listed(inputs)))
    )
    try:
        module.register_full_backward_hook(lambda self, inputs, outputs: order.append("own full hook"))
        module(x * 1, y * 1).backward(gradient(torch))
        yield "order", order
        yield "the other kind", raises(lambda: register.register_module_full_backward_hook(print))
    finally:
        handle.remove()
        register._global_is_full_backward_hook = None


@case(f"{MODULE}: register_full_backward_hook")
def modules_in_a_sequence(torch):
    """Backward hooks of nested modules: the inner ones run within those of the outer one, in reverse order."""
    order = []
    model = torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Sequential(torch.nn.Sigmoid()))
    for name, module in model.named_modules():
        module.register_full_backward_pre_hook(
            lambda self, outputs, name=name: order.append(f"before {name!r}")
        )
        module.register_full_backward_hook(
            lambda self, inputs, outputs, name=name: order.append(f"after {name!r}")
        )
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    model(x).backward(gradient(torch))
    yield "order", order
    yield "gradient", x.grad
