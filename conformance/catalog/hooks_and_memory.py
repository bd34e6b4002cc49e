"""What hooks share with others: the gradient's memory, the leaf, and how long hooks and what they hold live."""

from __future__ import annotations

import gc
import weakref

from conformance import case, raises

HOOK = "torch.Tensor: register_hook"
ORDER = "Autograd mechanics: Backward Hooks execution"


def gradient(torch):
    """What comes in from outside."""
    return torch.tensor([1.0, 0.5])


def doubling(grad):
    """A hook that changes the gradient in place, and returns nothing."""
    grad.mul_(2)


@case(HOOK, builds_on=("hooks::hook_that_changes_the_gradient_in_place",))
def gradient_shared_by_both_summands(torch):
    """A sum hands one gradient to both summands: a change in place by a hook shows in what comes later and outside."""
    for which in ("first", "second"):
        incoming = gradient(torch)
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = torch.tensor([3.0, 4.0], requires_grad=True)
        (x if which == "first" else y).register_hook(doubling)
        (x + y).backward(incoming)
        yield f"hook on the {which}", [x.grad, y.grad]
        yield f"incoming, hook on the {which}", incoming


@case(HOOK, builds_on=("hooks_and_memory::gradient_shared_by_both_summands",))
def summed_gradient_is_not_shared(torch):
    """Where several gradients are summed up, a change in place by a hook does not reach the incoming one."""
    incoming = gradient(torch)
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.register_hook(doubling)
    (x * 3 + x).backward(incoming)
    yield "gradient", x.grad
    yield "incoming", incoming


@case(HOOK, builds_on=("hooks::hook_that_changes_the_gradient_in_place",))
def gradient_that_is_an_expanded_number(torch):
    """The gradient of a sum's input is one number seen many times: a hook cannot change it in place."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.register_hook(doubling)
    yield "sum", raises(lambda: x.sum().backward())
    yield "gradient", x.grad
    (x.expand(3, 2)).backward(torch.tensor([[1.0, 0.5], [2.0, -1.0], [3.0, 4.0]]))
    yield "gradient of an expanded leaf", x.grad


@case(ORDER, builds_on=("hooks::retained_gradient_of_a_result",))
def retained_gradient_is_a_copy(torch):
    """A retained gradient is a copy: changing it later changes no other, and a hook's change in place is in it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 1
    y.retain_grad()
    y.register_hook(doubling)
    y.backward(gradient(torch))
    y.grad.mul_(100)
    yield "retained", y.grad
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks::hook_on_a_result",))
def all_hooks_see_one_object(torch):
    """All hooks of a tensor and of its node that see the same gradient are given the same object."""
    incoming = gradient(torch)
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    y.register_hook(seen.append)
    y.register_hook(seen.append)
    y.grad_fn.register_prehook(lambda grads: seen.append(grads[0]))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(outputs[0]))
    y.backward(incoming)
    yield "the same", [each is seen[0] for each in seen]
    yield "the incoming one", seen[0] is incoming


@case(HOOK, builds_on=("hooks::hook_on_a_result",))
def one_root_given_twice(torch):
    """Roots that are one tensor give it one gradient, the sum; its hooks run once."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    seen = []
    y.register_hook(lambda grad: seen.append(grad.tolist()))
    torch.autograd.backward([y, y], [gradient(torch), torch.tensor([10.0, -20.0])])
    yield "seen", seen
    yield "gradient", x.grad


@case(ORDER, builds_on=("post_accumulate_hooks::order_of_all_hooks_of_a_leaf",))
def leaves_that_are_ready_together(torch):
    """Each leaf's hooks run around its own accumulation, leaf by leaf, in the order in which the leaves are reached."""
    order = []
    leaves = [torch.tensor([1.5 + number, -2.0], requires_grad=True) for number in range(5)]
    for number, leaf in enumerate(leaves):
        leaf.register_hook(lambda grad, number=number: order.append(f"hook {number}"))
        leaf.register_post_accumulate_grad_hook(lambda leaf, number=number: order.append(f"after {number}"))
    result = leaves[0]
    for leaf in leaves[1:]:
        result = result * leaf
    result.backward(gradient(torch))
    yield "a chain", list(order)
    order.clear()
    (torch.stack(leaves) ** 2).sum().backward()
    yield "a stack", list(order)


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hook_that_assigns_grad(torch):
    """A hook that assigns the leaf's `.grad`: what is on its way is added to it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    def hook(grad):
        x.grad = torch.tensor([100.0, 200.0])

    x.register_hook(hook)
    (x * 3).backward(gradient(torch))
    yield "gradient", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hook_that_freezes_a_leaf(torch):
    """A leaf that a hook freezes before it is reached accumulates nothing."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * w

    def freeze(grad):
        x.requires_grad_(False)

    y.register_hook(freeze)
    y.backward(gradient(torch))
    yield "gradients", [x.grad, w.grad]
    x.requires_grad_(True)
    yield "unfrozen", x.requires_grad


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hooks_of_a_leaf_that_is_unfrozen(torch):
    """Hooks stay while a leaf is frozen, and run when it is unfrozen, in old graphs and in new ones."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    x.register_hook(lambda grad: seen.append(grad.tolist()))
    before = x * 3
    x.requires_grad_(False)
    x.requires_grad_(True)
    before.backward(gradient(torch))
    (x * 5).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_result",))
def hook_that_changes_what_a_node_saved(torch):
    """A hook that changes a saved tensor in place is noticed; through `.data` it is not."""
    for label, change in (("in place", lambda w: w.mul_(10)), (".data", lambda w: w.data.mul_(10))):
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        w = torch.tensor([3.0, 4.0], requires_grad=True)
        y = x * w
        y.register_hook(lambda grad, w=w, change=change: (change(w), None)[1])
        yield label, raises(lambda y=y: y.backward(gradient(torch)))
        yield f"gradients, {label}", [x.grad, w.grad]


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hooks_of_an_operand_that_is_cast_or_broadcast(torch):
    """Hooks see gradients in the type and size of their own tensor, after sums and casts."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    number = torch.tensor(3.0, requires_grad=True)
    seen = []
    wide = x.double()
    for tensor in (x, number, wide):
        tensor.register_hook(seen.append)
    (wide * number).backward(torch.tensor([1.0, 0.5], dtype=torch.float64))
    yield "seen", seen


@case(HOOK)
def how_long_hooks_live(torch):
    """Hooks live as long as their tensor or its node, handles keep nothing alive, and no cycles are made."""
    gc.collect()
    gc.disable()
    try:
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        leaf = weakref.ref(x)
        x.register_hook(lambda grad: grad)
        x.register_post_accumulate_grad_hook(lambda leaf: None)
        (x * 3).backward(gradient(torch))
        del x
        yield "leaf is gone", leaf() is None

        x = torch.tensor([1.5, -2.0], requires_grad=True)
        y = x * 3
        result = weakref.ref(y)
        handle = y.register_hook(lambda grad: grad * 10)
        y.retain_grad()
        z = y * 5
        del y
        yield "result is gone", result() is None
        z.backward(gradient(torch))
        yield "its hook ran", x.grad
        yield "hooks are there", handle.hooks_dict_ref() is not None
        del z
        yield "hooks are gone", handle.hooks_dict_ref() is None
    finally:
        gc.enable()


@case(HOOK, builds_on=("hooks_and_memory::how_long_hooks_live",))
def how_long_a_hook_function_lives(torch):
    """A removed hook is let go at once."""

    class Hook:
        def __call__(self, grad):
            return None

    gc.collect()
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    hook = Hook()
    function = weakref.ref(hook)
    handle = x.register_hook(hook)
    del hook
    yield "registered", function() is None
    handle.remove()
    yield "removed", function() is None


@case("torch.nn.Module: register_full_backward_hook", builds_on=("hooks_and_memory::how_long_hooks_live",))
def how_long_a_module_with_hooks_lives(torch):
    """The graph of a call keeps a module with full backward hooks alive, and lets it go with the graph."""
    gc.collect()
    gc.disable()
    try:
        layer = torch.nn.Linear(2, 1)
        module = weakref.ref(layer)
        layer.register_forward_hook(lambda *call: None)
        layer.register_full_backward_hook(lambda *grads: None)
        out = layer(torch.tensor([[1.5, -2.0]], requires_grad=True))
        del layer
        yield "with the graph", module() is None
        out.sum().backward()
        del out
        yield "without it", module() is None
    finally:
        gc.enable()
