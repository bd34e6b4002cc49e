"""Backward hooks of modules: full ones, the deprecated ones, and those of all modules."""

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
    """A module of two inputs, and two leaves for it."""

    class Product(torch.nn.Module):
        def forward(self, x, y, shift=0.0):
            return x * y + shift

    return (
        Product(),
        torch.tensor([1.5, -2.0], requires_grad=True),
        torch.tensor([3.0, 4.0], requires_grad=True),
    )


@case(f"{MODULE}: register_full_backward_hook")
def full_backward_hook(torch):
    """The hook gets the module and the gradients of all inputs and outputs, as tuples."""
    module, x, y = product(torch)
    seen = []
    module.register_full_backward_hook(
        lambda self, inputs, outputs: seen.append((self is module, listed(inputs), listed(outputs)))
    )
    (module(x, y) * 2).backward(gradient(torch))
    yield "seen", seen
    yield "gradients", [x.grad, y.grad]


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def nodes_of_a_module_with_backward_hooks(torch):
    """Inputs and outputs each go through a node of their own; outputs are views of what the forward returned."""
    module, x, y = product(torch)
    module.register_full_backward_hook(lambda *grads: None)
    out = module(x, y)
    yield "output", out
    yield "is a view", out._is_view()
    node = out.grad_fn
    yield "name", node.name()
    yield "input of the product", node.next_functions[0][0].next_functions[0][0].next_functions[0][0].name()


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def hook_replaces_the_gradients_of_inputs(torch):
    """What the hook returns goes on to the inputs; the next hook sees it."""
    module, x, y = product(torch)
    seen = []
    module.register_full_backward_hook(lambda self, inputs, outputs: (inputs[0] * 10, None))
    module.register_full_backward_hook(lambda self, inputs, outputs: seen.append(listed(inputs)))
    module(x, y).backward(gradient(torch))
    yield "seen", seen
    yield "gradients", [x.grad, y.grad]


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def order_of_backward_hooks(torch):
    """Backward pre-hooks run before the backward, hooks after it, each in the order of registration or prepended."""
    module, x, y = product(torch)
    order = []

    def note(name):
        return lambda *grads: order.append(name)

    module.register_full_backward_hook(note("hook 1"))
    module.register_full_backward_hook(note("hook 2"))
    module.register_full_backward_hook(note("hook 0"), prepend=True)
    module.register_full_backward_pre_hook(note("pre-hook 1"))
    module.register_full_backward_pre_hook(note("pre-hook 2"))
    module.register_full_backward_pre_hook(note("pre-hook 0"), prepend=True)
    x.register_hook(note("x"))
    out = module(x * 1, y)
    out.register_hook(note("output"))
    out.backward(gradient(torch))
    yield "order", order


@case(f"{MODULE}: register_full_backward_pre_hook")
def backward_pre_hook(torch):
    """A backward pre-hook sees the gradients of the outputs; what it returns is used in their place."""
    module, x, y = product(torch)
    seen = []
    module.register_full_backward_pre_hook(lambda self, outputs: (outputs[0] * 10,))
    module.register_full_backward_pre_hook(lambda self, outputs: seen.append(listed(outputs)))
    module.register_full_backward_hook(
        lambda self, inputs, outputs: seen.append((listed(inputs), listed(outputs)))
    )
    module(x, y).backward(gradient(torch))
    yield "seen", seen
    yield "gradients", [x.grad, y.grad]


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def removed_backward_hooks(torch):
    """A hook counts for the calls made before its removal, and not for later ones; without hooks there are no nodes."""
    module, x, y = product(torch)
    seen = []
    handle = module.register_full_backward_hook(lambda *grads: seen.append("hook"))
    before = module(x, y)
    handle.remove()
    after = module(x, y)
    yield "node", after.grad_fn.name()
    after.backward(gradient(torch))
    yield "seen", seen
    before.backward(gradient(torch))
    yield "seen by the earlier call", seen


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def inputs_that_are_no_tensors(torch):
    """The gradient of an input that is no tensor, or needs none, is None; keyword arguments are left out."""
    module, x, y = product(torch)
    seen = []
    module.register_full_backward_hook(lambda self, inputs, outputs: seen.append(listed(inputs)))
    module(x, 3.0, shift=y).backward(gradient(torch))
    module(torch.tensor([5.0, 7.0]), y, 0.25).backward(gradient(torch))
    module(x, y.detach()).backward(gradient(torch))
    yield "seen", seen
    yield "gradients", [x.grad, y.grad]


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def several_outputs(torch):
    """Of several outputs, those that are not used, or are no tensors, have None or zeros as their gradients."""

    class Several(torch.nn.Module):
        def forward(self, x):
            return x * 3, "text", x.exp(), x.detach()

    for used in ((0,), (0, 2)):
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        module = Several()
        seen = []
        module.register_full_backward_hook(
            lambda self, inputs, outputs, seen=seen: seen.append((listed(inputs), listed(outputs)))
        )
        outputs = module(x)
        yield f"output numbers, used {used}", [out.output_nr for out in outputs if out != "text"]
        sum(outputs[index] for index in used).backward(gradient(torch))
        yield f"seen, used {used}", seen
        yield f"gradient, used {used}", x.grad


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def no_input_requires_grad(torch):
    """If no input requires grad, the hook runs when the gradients of the outputs are there, and warns."""
    seen = []
    module = torch.nn.Linear(2, 1)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[0.5, -0.25]]))
        module.bias.fill_(0.75)
    module.register_full_backward_hook(
        lambda self, inputs, outputs: seen.append((listed(inputs), listed(outputs), self.weight.grad is None))
    )
    module(torch.tensor([[1.5, -2.0]])).backward(torch.tensor([[3.0]]))
    yield "seen", seen
    yield "gradients", [module.weight.grad, module.bias.grad]


@case(
    f"{MODULE}: register_full_backward_hook",
    builds_on=("module_backward_hooks::no_input_requires_grad",),
)
def gradients_for_inputs_that_need_none(torch):
    """If no input requires grad, a hook may return None or a tuple of None only."""
    x = torch.tensor([1.5, -2.0])

    class Scale(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.factor = torch.nn.Parameter(torch.tensor([3.0, 4.0]))

        def forward(self, x):
            return x * self.factor

    for label, result in (("None", None), ("a tuple", (None,)), ("a tensor", (x,)), ("no tuple", x)):
        module = Scale()
        module.register_full_backward_hook(lambda self, inputs, outputs, result=result: result)
        yield label, raises(lambda module=module: module(x).backward(gradient(torch)))
        yield f"gradient, {label}", module.factor.grad


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def nothing_requires_grad(torch):
    """Where nothing requires grad, or grad mode is off, hooks change nothing and never run."""
    module, x, y = product(torch)
    seen = []
    module.register_full_backward_hook(lambda *grads: seen.append("hook"))
    yield "constants", module(x.detach(), y.detach())
    with torch.no_grad():
        yield "no_grad", module(x, y)
    yield "seen", seen


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def numbers_of_gradients_are_checked(torch):
    """A hook or a pre-hook that returns too few or too many gradients is refused."""
    for label, result in (("too few", lambda grads: grads[:1]), ("too many", lambda grads: (*grads, None))):
        module, x, y = product(torch)
        module.register_full_backward_hook(lambda self, inputs, outputs, result=result: result(inputs))
        yield (
            f"{label} of inputs",
            raises(lambda module=module, x=x, y=y: module(x, y).backward(gradient(torch))),
        )
    module, x, y = product(torch)
    module.register_full_backward_pre_hook(lambda self, outputs: outputs * 2)
    yield "too many of outputs", raises(lambda: module(x, y).backward(gradient(torch)))


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def gradients_from_hooks_are_checked(torch):
    """What a hook returns must have the size and type of the gradient, and stay None where that is None."""
    results = {
        "size": lambda inputs: (inputs[0][:1], None),
        "type": lambda inputs: (inputs[0].double(), None),
        "kind": lambda inputs: (3.0, None),
    }
    for label, result in results.items():
        module, x, y = product(torch)
        module.register_full_backward_hook(lambda self, inputs, outputs, result=result: result(inputs))
        yield label, raises(lambda module=module, x=x, y=y: module(x, y).backward(gradient(torch)))
    module, x, y = product(torch)
    module.register_full_backward_hook(lambda self, inputs, outputs: (inputs[0], inputs[0]))
    yield "None", raises(lambda: module(x, y.detach()).backward(gradient(torch)))


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def module_that_returns_no_tensor(torch):
    """A module with backward hooks that returns a list or a dictionary warns, and its hooks do not run."""

    class Packed(torch.nn.Module):
        def __init__(self, pack):
            super().__init__()
            self.pack = pack

        def forward(self, x):
            return self.pack(x * 3)

    for label, pack in (("list", lambda y: [y]), ("dict", lambda y: {"y": y}), ("number", lambda y: 5)):
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        seen = []
        module = Packed(pack)
        module.register_full_backward_hook(lambda *grads, seen=seen: seen.append("hook"))
        out = module(x)
        yield label, out
        if label != "number":
            (out[0] if label == "list" else out["y"]).backward(gradient(torch))
        yield f"seen, {label}", seen
        yield f"gradient, {label}", x.grad


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def module_without_inputs(torch):
    """A module without tensors as inputs can have backward hooks: they run at its outputs."""

    class Constant(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.value = torch.nn.Parameter(torch.tensor([1.5, -2.0]))

        def forward(self, factor):
            return self.value * factor

    seen = []
    module = Constant()
    module.register_full_backward_hook(
        lambda self, inputs, outputs: seen.append((listed(inputs), listed(outputs)))
    )
    module(3.0).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", module.value.grad


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def two_backward_passes(torch):
    """The hook runs in each backward through the same call."""
    module, x, y = product(torch)
    seen = []
    module.register_full_backward_hook(
        lambda self, inputs, outputs: seen.append((listed(inputs), listed(outputs)))
    )
    out = module(x, y)
    out.backward(gradient(torch), retain_graph=True)
    out.backward(torch.tensor([10.0, 20.0]))
    yield "seen", seen


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def one_module_called_twice(torch):
    """Each call of a module has its own gradients, also where one call's output is the other's input."""
    module, x, y = product(torch)
    seen = []
    module.register_full_backward_hook(
        lambda self, inputs, outputs: seen.append((listed(inputs), listed(outputs)))
    )
    module(module(x, y), y).backward(gradient(torch))
    yield "seen", seen
    yield "gradients", [x.grad, y.grad]


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def second_derivative_through_a_module(torch):
    """In a second derivative the gradient may reach the inputs past the outputs: then the hook does not run."""

    class Cube(torch.nn.Module):
        def forward(self, x):
            return x**3

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    module = Cube()
    module.register_full_backward_hook(
        lambda self, inputs, outputs: seen.append((listed(inputs), listed(outputs)))
    )
    (first,) = torch.autograd.grad(module(x), x, gradient(torch), create_graph=True)
    yield "seen", seen
    yield "first derivative", first
    yield "second derivative", torch.autograd.grad(first, x, torch.tensor([2.0, -1.0]))
    yield "seen at last", seen


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def hooks_and_autograd_grad(torch):
    """`torch.autograd.grad` towards the inputs runs the hooks; towards the parameters alone only pre-hooks run."""
    module = torch.nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[0.5, -0.25], [1.5, 2.0]]))
    x = torch.tensor([[1.5, -2.0]], requires_grad=True)
    order = []
    module.register_full_backward_hook(lambda self, inputs, outputs: order.append(listed(inputs)))
    module.register_full_backward_pre_hook(lambda self, outputs: order.append("pre-hook"))
    grad = torch.tensor([[1.0, 0.5]])
    yield "input", torch.autograd.grad(module(x), x, grad)
    yield "order", list(order)
    order.clear()
    yield "weight", torch.autograd.grad(module(x), module.weight, grad)
    yield "order then", order


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def forward_hooks_beside_backward_hooks(torch):
    """Forward pre-hooks see the inputs from before their node, forward hooks the output before its own."""
    module, x, y = product(torch)
    seen = []
    module.register_full_backward_hook(
        lambda self, inputs, outputs: seen.append((listed(inputs), listed(outputs)))
    )
    module.register_forward_pre_hook(lambda self, args: (args[0] * 10, args[1]))
    module.register_forward_hook(
        lambda self, args, output: (seen.append(output.grad_fn.name()), output * 5)[1]
    )
    out = module(x, y)
    yield "output", out
    out.backward(gradient(torch))
    yield "seen", seen
    yield "gradients", [x.grad, y.grad]


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::several_outputs",))
def kinds_of_inputs_and_outputs(torch):
    """A named tuple stays one; tensors within other structures are not seen; one tensor may be both inputs."""
    from collections import namedtuple

    Pair = namedtuple("Pair", "first second")

    class Forward(torch.nn.Module):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def forward(self, *args):
            return self.function(*args)

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    for label, function, args in (
        ("named tuple", lambda x: Pair(x * 3, x * 5), (x,)),
        ("dictionary as input", lambda given: (given["x"] * 3,), ({"x": x},)),
        ("one tensor twice", lambda x, y: (x * 3 + y.exp(),), (x, x)),
        ("integers as output", lambda x: (x * 3, x.argmax()), (x,)),
        ("integers as input", lambda x, index: (x[index],), (x, torch.tensor([1, 1]))),
        ("the input itself", lambda x: (x,), (x,)),
    ):
        seen = []
        module = Forward(function)
        module.register_full_backward_hook(
            lambda self, inputs, outputs, seen=seen: seen.append((listed(inputs), listed(outputs)))
        )
        out = module(*args)
        yield label, out
        x.grad = None
        out[0].backward(gradient(torch))
        yield f"seen, {label}", seen
        yield f"gradient, {label}", x.grad


@case(f"{MODULE}: register_full_backward_hook", builds_on=("module_backward_hooks::full_backward_hook",))
def hook_under_create_graph(torch):
    """With `create_graph=True` what a module's hook computes is part of the gradient's graph."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    module = torch.nn.Tanh()
    module.register_full_backward_hook(lambda self, inputs, outputs: (inputs[0] * w,))
    (first,) = torch.autograd.grad(module(x), x, gradient(torch), create_graph=True)
    yield "first derivative", first
    yield "derivatives of it", torch.autograd.grad(first, [x, w], torch.tensor([2.0, -1.0]))
