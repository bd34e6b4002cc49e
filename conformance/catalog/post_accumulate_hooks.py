"""Hooks that run after a leaf's `.grad` was filled."""

from __future__ import annotations

from conformance import case, raises

POST = "torch.Tensor: register_post_accumulate_grad_hook"
ORDER = "Autograd mechanics: Backward Hooks execution"


def gradient(torch):
    """What comes in from outside."""
    return torch.tensor([1.0, 0.5])


@case(POST)
def hook_gets_the_leaf(torch):
    """The hook is called with the leaf itself, whose `.grad` is filled already."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append((leaf is x, leaf.grad.tolist())))
    (x * 3).backward(gradient(torch))
    (x * 5).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def hook_runs_once_for_all_paths(torch):
    """The hook runs once in a backward, after the gradients of all paths were summed up."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.tolist()))
    (x * 3 + x * x + x).backward(gradient(torch))
    yield "seen", seen


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def several_post_accumulate_hooks(torch):
    """They run in the order of registration, each seeing what the one before left."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []

    def double(leaf):
        seen.append(leaf.grad.tolist())
        leaf.grad = leaf.grad * 2

    def add(leaf):
        seen.append(leaf.grad.tolist())
        leaf.grad.add_(10)

    x.register_post_accumulate_grad_hook(double)
    x.register_post_accumulate_grad_hook(add)
    x.register_post_accumulate_grad_hook(double)
    (x * 3).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def removed_post_accumulate_hook(torch):
    """A removed hook runs no more; the handle is a context manager, too."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    handle = x.register_post_accumulate_grad_hook(lambda leaf: seen.append("first"))
    with x.register_post_accumulate_grad_hook(lambda leaf: seen.append("second")):
        (x * 3).backward(gradient(torch))
    yield "both", seen
    (x * 3).backward(gradient(torch))
    yield "one", seen
    handle.remove()
    handle.remove()
    (x * 3).backward(gradient(torch))
    yield "none", seen


@case(POST, builds_on=("post_accumulate_hooks::removed_post_accumulate_hook",))
def post_accumulate_hook_removes_hooks(torch):
    """A hook may remove itself and later ones: these still run this time."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []

    def first(leaf):
        seen.append("first")
        for handle in handles:
            handle.remove()

    handles = [
        x.register_post_accumulate_grad_hook(first),
        x.register_post_accumulate_grad_hook(lambda leaf: seen.append("second")),
    ]
    for _ in range(2):
        (x * 3).backward(gradient(torch))
    yield "seen", seen


@case(POST)
def refused_where_nothing_accumulates(torch):
    """Results and constants cannot have such hooks; after `retain_grad` a result cannot either."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    yield "result", raises(lambda: y.register_post_accumulate_grad_hook(print))
    y.retain_grad()
    yield "retained", raises(lambda: y.register_post_accumulate_grad_hook(print))
    yield "constant", raises(lambda: torch.tensor([1.5]).register_post_accumulate_grad_hook(print))
    yield "detached", raises(lambda: x.detach().register_post_accumulate_grad_hook(print))


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def hook_must_return_nothing(torch):
    """What a hook returns reaches the next one, if it fits the leaf; then the backward fails."""
    results = {
        "the gradient": lambda leaf: leaf.grad,
        "another size": lambda leaf: leaf.grad[:1],
        "another type": lambda leaf: leaf.grad.double(),
        "a number": lambda leaf: 0,
        "the leaf": lambda leaf: leaf,
    }
    for label, hook in results.items():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        seen = []
        x.register_post_accumulate_grad_hook(hook)
        x.register_post_accumulate_grad_hook(lambda leaf, seen=seen: seen.append(leaf.tolist()))
        yield label, raises(lambda x=x: (x * 3).backward(gradient(torch)))
        yield f"gradient, {label}", x.grad
        yield f"later hooks, {label}", seen


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def post_accumulate_hook_that_raises(torch):
    """An error in such a hook ends the backward; the gradient is there, later hooks and leaves are not reached."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    order = []

    def fail(leaf):
        order.append("fails")
        raise LookupError("stop here")

    w.register_post_accumulate_grad_hook(fail)
    w.register_post_accumulate_grad_hook(lambda leaf: order.append("after it"))
    x.register_post_accumulate_grad_hook(lambda leaf: order.append("x"))
    y = x.exp() * w
    yield "error", raises(lambda: y.backward(gradient(torch)))
    yield "order", order
    yield "gradients", [x.grad, w.grad]


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def what_is_registered_after_accumulation_is_not_checked(torch):
    """Anything can be registered; what cannot be called fails in the backward, after the accumulation."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(7)
    yield "backward", raises(lambda: (x * 3).backward(gradient(torch)))
    yield "gradient", x.grad


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def not_run_by_autograd_grad(torch):
    """`torch.autograd.grad` runs no such hooks; `backward(inputs=...)` runs those of its inputs."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    order = []
    x.register_post_accumulate_grad_hook(lambda leaf: order.append("x"))
    w.register_post_accumulate_grad_hook(lambda leaf: order.append("w"))
    y = x * w
    yield "gradient", torch.autograd.grad(y, x, gradient(torch), retain_graph=True)
    yield "order", order
    y.backward(gradient(torch), inputs=[w])
    yield "order of backward", order
    yield "gradients", [x.grad, w.grad]


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def grad_mode_after_accumulation(torch):
    """Grad mode is off in such a hook, and on with `create_graph=True`; then `.grad` has a history."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    modes = []
    handle = x.register_post_accumulate_grad_hook(
        lambda leaf: modes.append((torch.is_grad_enabled(), leaf.grad.requires_grad))
    )
    (x**3).backward(gradient(torch))
    (x**3).backward(gradient(torch), create_graph=True)
    handle.remove()
    yield "modes", modes
    yield "gradient", x.grad
    x.grad = None


@case(ORDER, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def order_of_all_hooks_of_a_leaf(torch):
    """Hooks of the leaf, prehooks of its node, accumulation, hooks after it, posthooks of its node."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    node = y.grad_fn.next_functions[0][0]
    order = []

    def note(name):
        order.append((name, None if x.grad is None else x.grad.tolist()))

    node.register_hook(lambda inputs, outputs: note(f"posthook {len(inputs)} {outputs[0].tolist()}"))
    x.register_post_accumulate_grad_hook(lambda leaf: note("post accumulate"))
    node.register_prehook(lambda outputs: note(f"prehook {outputs[0].tolist()}"))
    x.register_hook(lambda grad: (note(f"hook {grad.tolist()}"), grad * 10)[1])
    y.backward(gradient(torch))
    yield "order", order
    yield "gradient", x.grad


@case(ORDER, builds_on=("post_accumulate_hooks::order_of_all_hooks_of_a_leaf",))
def prehook_of_a_leafs_node(torch):
    """A prehook of AccumulateGrad replaces what is accumulated, after the hooks of the leaf; `grad` does not see it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.grad_fn.next_functions[0][0].register_prehook(lambda grads: (grads[0] * 100,))
    x.register_hook(lambda grad: grad + 1)
    yield "autograd.grad", torch.autograd.grad(y, x, gradient(torch), retain_graph=True)
    y.backward(gradient(torch))
    yield "backward", x.grad


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def optimizer_step_in_the_backward(torch):
    """The hook may change the leaf in place and drop its gradient: the step is taken while the backward runs."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)

    def step(leaf):
        leaf.add_(leaf.grad, alpha=-0.25)
        leaf.grad = None

    for leaf in (x, w):
        leaf.register_post_accumulate_grad_hook(step)
    for _ in range(2):
        (x.exp() * w).backward(gradient(torch))
    yield "x", x
    yield "w", w
    yield "gradients", [x.grad, w.grad]


@case(POST, builds_on=("post_accumulate_hooks::optimizer_step_in_the_backward",))
def optimizers_in_hooks(torch):
    """An optimizer for each leaf can step and clear the gradient in the leaf's hook."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    optimizers = {x: torch.optim.SGD([x], lr=0.5), w: torch.optim.SGD([w], lr=0.25, momentum=0.5)}

    def step(leaf):
        optimizers[leaf].step()
        optimizers[leaf].zero_grad()

    for leaf in (x, w):
        leaf.register_post_accumulate_grad_hook(step)
    for _ in range(2):
        (x.exp() * w).backward(gradient(torch))
    yield "x", x
    yield "w", w
    yield "gradients", [x.grad, w.grad]


@case(POST, builds_on=("post_accumulate_hooks::optimizer_step_in_the_backward",))
def changing_a_leaf_that_is_still_needed(torch):
    """A step in the hook of a leaf that other derivatives still need is refused when these are computed."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)

    def step(leaf):
        leaf.add_(leaf.grad, alpha=-0.25)

    w.register_post_accumulate_grad_hook(step)
    y = (x * w).exp() * w
    yield "one use left", raises(lambda: y.backward(gradient(torch)))
    z = (x * w).exp() + w
    yield "step after the last use", raises(lambda: z.backward(gradient(torch)))
    yield "w", w


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def post_accumulate_hook_of_a_frozen_leaf(torch):
    """The hook of a leaf that was frozen after its use runs, though nothing was accumulated."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    seen = []
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad))
    y = x * w
    x.requires_grad_(False)
    y.backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def hook_that_computes_with_the_leaf(torch):
    """Under `enable_grad` the hook may run another backward into the same leaf; its hook then runs within."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []

    def again(leaf):
        seen.append(leaf.grad.tolist())
        if len(seen) == 1:
            with torch.enable_grad():
                other = leaf**2
            other.backward(gradient(torch))

    x.register_post_accumulate_grad_hook(again)
    (x * 3).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(POST, builds_on=("post_accumulate_hooks::hook_gets_the_leaf",))
def hooks_registered_between_graph_and_backward(torch):
    """A hook counts from its registration on, also for graphs that were made before."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("first"))
    y.backward(gradient(torch), retain_graph=True)
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("second"))
    y.backward(gradient(torch))
    yield "seen", seen
