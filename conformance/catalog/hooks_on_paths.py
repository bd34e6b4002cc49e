"""Hooks where only a part of the graph runs, where no gradient arrives, and on several outputs of one node."""

from __future__ import annotations

from conformance import case, raises

HOOK = "torch.Tensor: register_hook"
ORDER = "Autograd mechanics: Backward Hooks execution"


def gradient(torch):
    """What comes in from outside."""
    return torch.tensor([1.0, 0.5])


def plain(grad):
    """A gradient, or a tuple of them, as plain data."""
    if isinstance(grad, tuple):
        return tuple(plain(each) for each in grad)
    return None if grad is None else grad.tolist()


def chain(torch, order):
    """x, y = 3x, z = y * w, all of them and their nodes with hooks that note their names."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * 3
    z = y * w
    for name, tensor in (("x", x), ("w", w), ("y", y), ("z", z)):
        tensor.register_hook(lambda grad, name=name: order.append(name))
    for name, node in (("y", y.grad_fn), ("z", z.grad_fn)):
        node.register_prehook(lambda grads, name=name: order.append(f"prehook of {name}"))
        node.register_hook(lambda inputs, outputs, name=name: order.append(f"posthook of {name}"))
    return x, w, y, z


@case(ORDER, builds_on=("hooks::hook_of_autograd_grad",))
def hooks_on_the_way_to_an_input(torch):
    """`torch.autograd.grad` runs the hooks of what lies on the way to its inputs, and of nothing else."""
    order = []
    x, w, y, z = chain(torch, order)
    for name, inputs in (
        ("x", [x]),
        ("w", [w]),
        ("y", [y]),
        ("z", [z]),
        ("y and x", [y, x]),
        ("w and y", [w, y]),
    ):
        order.clear()
        torch.autograd.grad(z, inputs, gradient(torch), retain_graph=True)
        yield f"toward {name}", list(order)


@case(ORDER, builds_on=("hooks_on_paths::hooks_on_the_way_to_an_input",))
def hooks_on_the_way_of_backward_with_inputs(torch):
    """`backward(inputs=...)` runs the same hooks as `grad`, and accumulates."""
    order = []
    x, w, y, z = chain(torch, order)
    for name, inputs in (("x", [x]), ("y", [y]), ("y and w", [y, w])):
        order.clear()
        z.backward(gradient(torch), inputs=inputs, retain_graph=True)
        yield f"toward {name}", list(order)
    yield "gradients", [x.grad, w.grad, y.grad]


@case(ORDER, builds_on=("hooks_on_paths::hooks_on_the_way_to_an_input",))
def gradient_of_an_input_and_its_own_hooks(torch):
    """An input's own hooks change what `grad` returns if nothing behind it is asked for, else only what goes on."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: grad * 10)
    z = y * y
    yield "y", torch.autograd.grad(z, y, gradient(torch), retain_graph=True)
    yield "y and x", torch.autograd.grad(z, [y, x], gradient(torch), retain_graph=True)
    yield "x", torch.autograd.grad(z, x, gradient(torch))


@case(ORDER, builds_on=("hooks_on_paths::gradient_of_an_input_and_its_own_hooks",))
def retained_gradient_of_an_input(torch):
    """An input of `grad` with a retained gradient gets it, after its hooks."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda grad: grad * 10)
    z = y * y
    yield "y", torch.autograd.grad(z, y, gradient(torch), retain_graph=True)
    yield "retained", y.grad
    y.grad = None
    yield "x", torch.autograd.grad(z, x, gradient(torch))
    yield "retained then", y.grad


@case(ORDER, builds_on=("hooks_on_paths::hooks_on_the_way_to_an_input",))
def prehook_of_the_node_of_an_input(torch):
    """A prehook of an input's node runs only if the node does: its result is not in the gradient of that input."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda grads: (grads[0] + 100,))
    z = y * y
    yield "y", torch.autograd.grad(z, y, gradient(torch), retain_graph=True)
    yield "y and x", torch.autograd.grad(z, [y, x], gradient(torch))


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hooks_of_a_leaf_that_is_asked_for(torch):
    """The hooks of a leaf change the gradient that `grad` returns, each time."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * 10)
    x.register_hook(lambda grad: grad + 1)
    y = x**2
    yield "once", torch.autograd.grad(y, x, gradient(torch), retain_graph=True)
    yield "twice in one call", torch.autograd.grad(y, [x, x], gradient(torch))
    yield "accumulated", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_result",))
def hooks_of_several_outputs(torch):
    """Each output of a node has its own hooks; they run in the order in which the outputs got their first."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    first, second, third = x.unbind()
    order = []

    def note(name, tensor, factor):
        tensor.register_hook(lambda grad: (order.append((name, plain(grad))), grad * factor)[1])

    note("second", second, 10)
    note("first", first, 100)
    note("second again", second, 2)
    third.retain_grad()
    (first * 3 + second * 5 + third * 7).backward()
    yield "order", order
    yield "retained", third.grad
    yield "gradient", x.grad


@case(HOOK, builds_on=("hooks_on_paths::hooks_of_several_outputs",))
def hook_of_an_output_without_gradient(torch):
    """The hook of an output that no gradient arrives at is called with None, and cannot make one."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    first, second = x.unbind()
    seen = []
    first.register_hook(lambda grad: seen.append(("first", plain(grad))))
    handle = second.register_hook(lambda grad: seen.append(("second", plain(grad))))
    (first * 3).backward(retain_graph=True)
    yield "seen", seen
    yield "gradient", x.grad
    handle.remove()
    second.register_hook(lambda grad: torch.tensor(7.0))
    yield "made", raises(lambda: (first * 3).backward())


@case(ORDER, builds_on=("hooks_on_paths::hooks_of_several_outputs",))
def hooks_around_a_node_with_several_outputs(torch):
    """The node's prehooks get the gradients of all outputs, after the hooks of the outputs; posthooks the same."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    parts = x.unbind()
    seen = []
    parts[0].register_hook(lambda grad: grad * 10)
    parts[0].grad_fn.register_prehook(lambda grads: seen.append(("prehook", plain(grads))))
    parts[0].grad_fn.register_hook(
        lambda inputs, outputs: seen.append(("posthook", plain(inputs), plain(outputs)))
    )
    (parts[0] * 3 + parts[2] * 7).backward()
    yield "seen", seen
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks_on_paths::hook_of_an_output_without_gradient",))
def hooks_where_no_gradient_arrives(torch):
    """A function that returns None as a gradient: all hooks behind it run with None, down to the leaf."""

    class Second(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, grad):
            return None, grad

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    order = []
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda grad: order.append(("y", plain(grad))))
    y.grad_fn.register_prehook(lambda grads: order.append(("prehook", plain(grads))))
    y.grad_fn.register_hook(lambda inputs, outputs: order.append(("posthook", plain(inputs), plain(outputs))))
    x.register_hook(lambda grad: order.append(("x", plain(grad))))
    x.register_post_accumulate_grad_hook(lambda leaf: order.append(("after", plain(leaf.grad))))
    Second.apply(y, w).backward(gradient(torch))
    yield "order", order
    yield "gradients", [x.grad, y.grad, w.grad]


@case(ORDER, builds_on=("hooks::hook_that_returns_another_shape_or_kind",))
def results_of_hooks_on_nodes(torch):
    """A node's hooks must return a tuple of as many gradients, each of the size and type it had, or None."""
    results = {
        "one tensor": lambda grads: grads[0] * 10,
        "a list": lambda grads: [grads[0] * 10],
        "too many": lambda grads: (*grads, None),
        "too few": lambda grads: (),
        "another size": lambda grads: (grads[0][:1], *grads[1:]),
        "another type": lambda grads: (grads[0].double(), *grads[1:]),
        "a number": lambda grads: (10.0, *grads[1:]),
    }
    for label, result in results.items():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x * 3
        y.grad_fn.register_prehook(result)
        yield f"prehook, {label}", raises(lambda y=y: y.backward(gradient(torch)))
        y = x * 3
        y.grad_fn.register_hook(lambda inputs, outputs, result=result: result(inputs))
        yield f"posthook, {label}", raises(lambda y=y: y.backward(gradient(torch)))
        yield f"gradient, {label}", x.grad


@case(ORDER, builds_on=("hooks_on_paths::results_of_hooks_on_nodes",))
def hooks_on_nodes_that_drop_gradients(torch):
    """A node's hook may return None in the place of a gradient: nothing goes on from there."""
    for kind in ("prehook", "posthook"):
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        w = torch.tensor([3.0, 4.0], requires_grad=True)
        y = x * 3
        if kind == "prehook":
            y.grad_fn.register_prehook(lambda grads: (None,))
        else:
            y.grad_fn.register_hook(lambda inputs, outputs: (None, *inputs[1:]))
        (y * w).backward(gradient(torch))
        yield kind, [x.grad, w.grad]


@case(ORDER, builds_on=("hooks::hook_on_a_result",))
def all_hooks_of_a_result(torch):
    """The tensor's hooks, then its retained gradient, then prehooks of its node, the node, its posthooks."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**2
    order = []

    def note(name, *grads):
        order.append((name, *[plain(grad) for grad in grads], plain(y.grad)))

    y.grad_fn.register_hook(lambda inputs, outputs: note("posthook", inputs, outputs))
    y.grad_fn.register_prehook(lambda grads: (note("prehook", grads), (grads[0] + 1,))[1])
    y.retain_grad()
    y.register_hook(lambda grad: (note("hook", grad), grad * 10)[1])
    y.backward(gradient(torch))
    yield "order", order
    yield "gradients", [x.grad, y.grad]


@case(HOOK, builds_on=("tensor_hooks::hook_uses_another_leaf_without_create_graph",))
def history_of_what_a_hook_returns(torch):
    """What a hook computed with grad mode on loses its history where it is accumulated, not where it is returned."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)

    def recorded(grad):
        with torch.enable_grad():
            return grad * w

    x.register_hook(recorded)
    (x * 3).backward(gradient(torch))
    yield "accumulated", x.grad
    (x * 3).backward(gradient(torch))
    yield "accumulated again", x.grad
    yield "from autograd.grad", torch.autograd.grad(x * 3, x, gradient(torch))
    y = x * 3
    y.retain_grad()
    y.register_hook(recorded)
    (y * 5).backward(gradient(torch))
    yield "retained", y.grad
    z = torch.tensor([1.5, -2.0], requires_grad=True)
    z.register_hook(lambda grad: w)
    (z * 3).backward(gradient(torch))
    yield "a leaf", z.grad


@case(HOOK)
def wrong_numbers_of_arguments(torch):
    """The methods that register hooks take the hook and nothing else."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "none", raises(lambda: x.register_hook())
    yield "two", raises(lambda: x.register_hook(print, print))
    yield "none after accumulation", raises(lambda: x.register_post_accumulate_grad_hook())
    yield "by name", raises(lambda: x.register_hook(function=print))
    yield "by its name", x.register_hook(hook=print) is not None
