"""Hooks on tensors: whom they belong to, when they run, and what they may return."""

from __future__ import annotations

import functools

from conformance import case, raises

HOOK = "torch.Tensor: register_hook"
ORDER = "Autograd mechanics: Backward Hooks execution"
HANDLE = "torch.utils.hooks: RemovableHandle"


def gradient(torch):
    """What comes in from outside."""
    return torch.tensor([1.0, 0.5])


@case(HOOK, builds_on=("hooks::several_hooks",))
def same_function_registered_twice(torch):
    """A function that is registered twice runs twice, and each handle takes away one of the two."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    def triple(grad):
        return grad * 3

    first = x.register_hook(triple)
    second = x.register_hook(triple)
    yield "same handle", first is second
    (x * 5).backward(gradient(torch))
    yield "both", x.grad
    first.remove()
    x.grad = None
    (x * 5).backward(gradient(torch))
    yield "one", x.grad
    second.remove()
    x.grad = None
    (x * 5).backward(gradient(torch))
    yield "none", x.grad


@case(HOOK, builds_on=("hooks::removed_hook",))
def hook_removes_itself(torch):
    """A hook may remove itself while it runs: it runs this once."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []

    def once(grad):
        seen.append(grad.tolist())
        handle.remove()
        return grad * 7

    handle = x.register_hook(once)
    for _ in range(2):
        (x * 3).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(HOOK, builds_on=("tensor_hooks::hook_removes_itself",))
def hook_removes_a_later_hook(torch):
    """A hook that an earlier one removes still runs in this backward, and not in the next."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    order = []

    def first(grad):
        order.append("first")
        handle.remove()

    y.register_hook(first)
    handle = y.register_hook(lambda grad: (order.append("second"), grad * 10)[1])
    y.backward(gradient(torch), retain_graph=True)
    yield "order", order
    yield "gradient", x.grad
    y.backward(gradient(torch))
    yield "order at last", order
    yield "gradient at last", x.grad


@case(HOOK, builds_on=("hooks::several_hooks",))
def hook_registers_a_hook(torch):
    """A hook that is registered by a running hook does not run before the next backward."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    order = []

    def first(grad):
        order.append("first")
        if len(order) == 1:
            x.register_hook(lambda grad: (order.append("second"), grad * 10)[1])

    x.register_hook(first)
    for times in ("once", "twice"):
        (x * 3).backward(gradient(torch))
        yield f"order, {times}", order
        yield f"gradient, {times}", x.grad


@case(HOOK, builds_on=("hooks::removed_hook",))
def hook_on_a_later_tensor_is_removed_by_a_hook(torch):
    """A hook may remove one of a tensor that the same backward reaches later: that one does not run."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    handle = x.register_hook(lambda grad: grad * 100)
    y.register_hook(lambda grad: handle.remove())
    y.backward(gradient(torch))
    yield "gradient", x.grad


@case(HOOK, builds_on=("hooks::several_hooks",))
def hook_added_after_a_removal_runs_last(torch):
    """A hook that is removed and registered again runs after those that stayed."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    handle = x.register_hook(lambda grad: grad + 1)
    x.register_hook(lambda grad: grad * 10)
    (x * 3).backward(gradient(torch))
    yield "added first", x.grad
    handle.remove()
    x.register_hook(lambda grad: grad + 1)
    x.grad = None
    (x * 3).backward(gradient(torch))
    yield "added last", x.grad


@case(HANDLE)
def handles_count_up(torch):
    """Each handle has the next number as its id, whatever it is the handle of."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    first = x.register_hook(lambda grad: grad)
    others = [
        y.register_hook(lambda grad: grad),
        y.grad_fn.register_hook(lambda *grads: None),
        y.grad_fn.register_prehook(lambda grads: None),
        x.register_post_accumulate_grad_hook(lambda tensor: None),
        torch.nn.Identity().register_forward_hook(lambda *call: None),
    ]
    yield "distances", [handle.id - first.id for handle in others]
    yield "next", torch.utils.hooks.RemovableHandle.next_id - first.id
    yield "types", [type(handle) is torch.utils.hooks.RemovableHandle for handle in (first, *others)]


@case(HANDLE, builds_on=("hooks::removed_hook",))
def handle_as_a_context_manager(torch):
    """In a `with` block the hook is there; at its end, also by an error, it is removed."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    handle = x.register_hook(lambda grad: grad * 10)
    with handle as entered:
        yield "enter returns the handle", entered is handle
        (x * 3).backward(gradient(torch))
        yield "inside", x.grad
    (x * 3).backward(gradient(torch))
    yield "after", x.grad

    def fail():
        with x.register_hook(lambda grad: grad * 10):
            raise KeyError("inside")

    yield "error", raises(fail)
    (x * 3).backward(gradient(torch))
    yield "after the error", x.grad


@case(HANDLE)
def handle_of_a_dead_tensor(torch):
    """`remove` does nothing once the tensor is gone."""
    x = torch.tensor([1.5], requires_grad=True)
    handle = x.register_hook(lambda grad: grad)
    yield "number of hooks", len(handle.hooks_dict_ref())
    del x
    yield "hooks", handle.hooks_dict_ref()
    yield "remove", handle.remove()


@case(HANDLE)
def handle_made_by_hand(torch):
    """A handle takes its id out of an ordered dictionary, and out of further ones; a plain dictionary cannot be one."""
    from collections import OrderedDict

    hooks, others = OrderedDict(), OrderedDict(kept=1)
    handle = torch.utils.hooks.RemovableHandle(hooks, extra_dict=others)
    hooks[handle.id] = others[handle.id] = "hook"
    handle.remove()
    yield "hooks", dict(hooks)
    yield "others", dict(others)
    yield "plain", raises(lambda: torch.utils.hooks.RemovableHandle({}))


@case(HOOK)
def what_is_registered_is_not_checked(torch):
    """Anything can be registered; what cannot be called fails in the backward."""
    for value in (3, None, "hook"):
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        x.register_hook(value)
        yield f"{value!r}", raises(lambda x=x: (x * 3).backward(gradient(torch)))
        yield f"gradient, {value!r}", x.grad


@case(HOOK, builds_on=("hooks::hook_that_returns_another_shape_or_kind",))
def refusals_name_functions(torch):
    """A refused result names the hook if it has a name, and gives both types."""

    class Callable:
        def __init__(self, result):
            self.result = result

        def __call__(self, grad):
            return self.result

    def named(grad, result=None):
        return result

    results = {
        "integers": torch.tensor([3, 4]),
        "halves": torch.tensor([3.0, 4.0], dtype=torch.float16),
        "one more dimension": torch.tensor([[3.0, 4.0]]),
        "fewer elements": torch.tensor([3.0]),
        "a list": [3.0, 4.0],
        "a tuple": (torch.tensor([3.0, 4.0]),),
        "false": False,
    }
    for label, result in results.items():
        for kind, hook in {
            "function": lambda grad, result=result: named(grad, result),
            "partial": functools.partial(named, result=result),
            "object": Callable(result),
        }.items():
            x = torch.tensor([1.5, -2.0], requires_grad=True)
            x.register_hook(hook)
            yield f"{label} from a {kind}", raises(lambda x=x: (x * 3).backward(gradient(torch)))


@case(HOOK, builds_on=("hooks::hook_that_raises",))
def state_after_a_hook_raised(torch):
    """Leaves that were reached before the error keep their gradients, the others get none, and the graph is used up."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    b = torch.tensor([0.25, 0.75], requires_grad=True)

    def fail(grad):
        raise KeyError("no further")

    product = x * w
    product.register_hook(fail)
    total = (product + b) * b
    yield "error", raises(lambda: total.backward(gradient(torch)))
    yield "gradients", [x.grad, w.grad, b.grad]
    yield "grad mode", torch.is_grad_enabled()
    yield "again", raises(lambda: total.backward(gradient(torch)))


@case(HOOK, builds_on=("tensor_hooks::state_after_a_hook_raised",))
def graph_can_be_used_after_an_error(torch):
    """With `retain_graph=True` a backward that a hook stopped can be run again, when the hook is gone."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * x

    def fail(grad):
        raise ZeroDivisionError("no further")

    handle = y.register_hook(fail)
    yield "error", raises(lambda: (y * 3).backward(gradient(torch), retain_graph=True))
    handle.remove()
    y.backward(gradient(torch))
    yield "gradient", x.grad


@case(HOOK, builds_on=("hooks::hook_that_raises",))
def exceptions_that_are_no_errors(torch):
    """KeyboardInterrupt, SystemExit and StopIteration leave a hook as they are."""
    for exception in (KeyboardInterrupt("key"), SystemExit(3), StopIteration("end")):
        x = torch.tensor([1.5, -2.0], requires_grad=True)

        def fail(grad, exception=exception):
            raise exception

        x.register_hook(fail)
        yield type(exception).__name__, raises(lambda x=x: (x * 3).backward(gradient(torch)))
        yield f"gradient, {type(exception).__name__}", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def gradient_that_a_hook_keeps(torch):
    """A gradient that a hook keeps stays as it was, also when `.grad` is changed in place."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    kept = []
    x.register_hook(kept.append)
    (x * 3).backward(gradient(torch))
    yield "is .grad", kept[0] is x.grad
    x.grad.mul_(100)
    yield "kept", kept[0]
    (x * 3).backward(gradient(torch))
    yield "both", kept
    yield "grad", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def gradient_that_a_hook_returns_and_keeps(torch):
    """What a hook returns and somebody else holds is copied into `.grad`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    replacement = torch.tensor([10.0, 20.0])
    x.register_hook(lambda grad: replacement)
    (x * 3).backward(gradient(torch))
    yield "is the replacement", x.grad is replacement
    x.grad.add_(1)
    yield "replacement", replacement
    yield "grad", x.grad


@case(HOOK, builds_on=("hooks::hook_in_a_second_derivative",))
def hook_uses_another_leaf_under_create_graph(torch):
    """With `create_graph=True`, a hook's own operations are recorded, and lead to all that they used."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x**3
    y.register_hook(lambda grad: grad * w * x)
    (first,) = torch.autograd.grad(y, x, gradient(torch), create_graph=True)
    yield "first derivative", first
    yield "derivatives of it", torch.autograd.grad(first, [x, w], torch.tensor([2.0, -1.0]))


@case(HOOK, builds_on=("hooks::hook_runs_without_grad_mode",))
def hook_uses_another_leaf_without_create_graph(torch):
    """Without `create_graph`, a hook's operations are not recorded, unless it turns grad mode on."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    results = []

    def hook(grad):
        results.append(grad * w)
        with torch.enable_grad():
            results.append(grad * w)

    x.register_hook(hook)
    (x**2).backward(gradient(torch))
    yield "results", results
    yield "grad mode afterwards", torch.is_grad_enabled()


@case(HOOK, builds_on=("hooks::hook_runs_without_grad_mode",))
def hook_leaves_grad_mode_changed(torch):
    """A hook that turns grad mode on for good changes what later hooks see, and not the mode after the backward."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = y * 2
    modes = []
    z.register_hook(lambda grad: torch.set_grad_enabled(True) and None)
    y.register_hook(lambda grad: modes.append(torch.is_grad_enabled()))
    with torch.no_grad():
        z.backward(gradient(torch))
        modes.append(torch.is_grad_enabled())
    yield "modes", modes
    yield "gradient", x.grad


@case("Autograd mechanics: Reentrant backward", builds_on=("hooks::hook_on_a_leaf",))
def hook_runs_autograd_grad(torch):
    """A hook may compute another gradient with `torch.autograd.grad`, through a graph of its own."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**2
    inner = []

    def hook(grad):
        with torch.enable_grad():
            cube = x**3
        inner.extend(torch.autograd.grad(cube, x, grad))
        return grad + inner[0]

    y.register_hook(hook)
    y.backward(gradient(torch))
    yield "inner", inner
    yield "gradient", x.grad


@case("Autograd mechanics: Reentrant backward", builds_on=("tensor_hooks::hook_runs_autograd_grad",))
def hook_runs_backward(torch):
    """A hook may run a backward into the leaf whose gradient is on its way."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    order = []
    y = x**2
    x.register_hook(lambda grad: order.append(grad.tolist()))

    def hook(grad):
        with torch.enable_grad():
            other = x * 5
        other.backward(grad)
        order.append("inner is done")

    y.register_hook(hook)
    y.backward(gradient(torch))
    yield "order", order
    yield "gradient", x.grad


@case("Autograd mechanics: Reentrant backward", builds_on=("tensor_hooks::hook_runs_backward",))
def hook_runs_backward_on_the_same_graph(torch):
    """A hook that runs a part of its own graph backward uses it up for the outer pass, unless it retains it."""
    for retain in (False, True):
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x**2
        z = y * 3
        z.register_hook(lambda grad, y=y, retain=retain: y.backward(grad * 10, retain_graph=retain))
        yield f"retain_graph={retain}", raises(lambda z=z: z.backward(gradient(torch), retain_graph=True))
        yield f"gradient, retain_graph={retain}", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def backward_from_a_leaf_with_hooks(torch):
    """A backward that starts at a leaf runs its hooks on the incoming gradient."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * 10)
    x.backward(gradient(torch))
    yield "gradient", x.grad
    yield "autograd.grad", torch.autograd.grad(x, x, gradient(torch))


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hooks_of_a_leaf_and_a_new_graph(torch):
    """Hooks belong to the leaf: they run in graphs that were made before and after, and after `.grad` was reset."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    before = x * 3
    x.register_hook(lambda grad: grad * 10)
    after = x * 5
    before.backward(gradient(torch))
    yield "graph from before", x.grad
    x.grad = None
    after.backward(gradient(torch))
    yield "graph from after", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hook_of_a_leaf_that_is_frozen(torch):
    """Hooks of a leaf that was frozen after its use still run, but nothing is accumulated."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    seen = []
    x.register_hook(lambda grad: seen.append(grad.tolist()))
    y = x * w
    x.requires_grad_(False)
    y.backward(gradient(torch))
    yield "seen", seen
    yield "gradients", [x.grad, w.grad]
    yield "another hook", raises(lambda: x.register_hook(lambda grad: grad))


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hook_of_a_leaf_with_other_data(torch):
    """Hooks stay when `.data` is replaced."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.register_hook(lambda grad: grad * 10)
    x.data = torch.tensor([3.0, 4.0])
    (x**2).backward(gradient(torch))
    yield "gradient", x.grad
