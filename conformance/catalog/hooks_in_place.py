"""Which hooks go with a tensor that is changed in place, and which stay with the node that it had."""

from __future__ import annotations

from conformance import case, raises

HOOK = "torch.Tensor: register_hook"
ORDER = "Autograd mechanics: Backward Hooks execution"
IN_PLACE = "Autograd mechanics: Whether Tensor hooks fire if the Tensor is modified in-place"


def gradient(torch):
    """What comes in from outside."""
    return torch.tensor([1.0, 0.5])


def watched(name, tensor, seen):
    """The handle of a hook that notes the gradients of a tensor."""
    return tensor.register_hook(lambda grad: seen.append((name, None if grad is None else grad.tolist())))


@case(ORDER, builds_on=("hooks::hook_on_a_result_that_is_changed_in_place",))
def hooks_between_three_changes(torch):
    """Each hook sees the gradient of the value that the tensor had when the hook was registered."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    watched("x * 3", y, seen)
    y.add_(1)
    watched("plus 1", y, seen)
    y.mul_(5)
    watched("times 5", y, seen)
    watched("times 5 again", y, seen)
    y.exp_()
    y.backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks_in_place::hooks_between_three_changes",))
def hook_that_replaces_before_and_after_a_change(torch):
    """What a hook returns goes on from the place where the hook is: before or after the change."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: grad + 1)
    y.mul_(10)
    y.register_hook(lambda grad: grad + 100)
    y.backward(gradient(torch))
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks::hook_on_a_result_that_is_changed_in_place",))
def removing_a_hook_from_before_a_change(torch):
    """The handle of a hook that stayed with the old node still removes it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    handle = y.register_hook(lambda grad: grad * 10)
    y.mul_(7)
    y.backward(gradient(torch), retain_graph=True)
    yield "with it", x.grad
    handle.remove()
    x.grad = None
    y.backward(gradient(torch))
    yield "without it", x.grad


@case(ORDER, builds_on=("hooks_in_place::hooks_between_three_changes",))
def results_from_before_a_change_share_the_hook(torch):
    """A hook from before a change runs once, on the sum of what later results send to the old value."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    watched("before", y, seen)
    z = y * 10
    y.mul_(7)
    watched("after", y, seen)
    (y + z).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks::hook_on_a_result_that_is_changed_in_place",))
def hooks_and_a_tensor_that_is_overwritten(torch):
    """Hooks from before `zero_`, `fill_` or `copy_` see a gradient of zeros."""
    for name, overwrite in {
        "zero_": lambda y, x: y.zero_(),
        "fill_": lambda y, x: y.fill_(3),
        "copy_": lambda y, x: y.copy_(x * x),
    }.items():
        x = torch.tensor([1.5, -2.0], requires_grad=True)
        seen = []
        y = x * 3
        watched("before", y, seen)
        overwrite(y, x)
        watched("after", y, seen)
        y.backward(gradient(torch))
        yield name, seen
        yield f"gradient, {name}", x.grad


@case(ORDER, builds_on=("hooks::hook_on_a_result_that_is_changed_in_place",))
def hooks_and_an_assigned_element(torch):
    """After an assignment to a part, an earlier hook sees zeros there; a retained gradient is the later one."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    watched("before", y, seen)
    y.retain_grad()
    y[0] = x[1]
    watched("after", y, seen)
    y.backward(gradient(torch))
    yield "seen", seen
    yield "retained", y.grad
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks_in_place::hooks_between_three_changes",))
def hooks_of_a_base_whose_view_is_changed(torch):
    """A change of a view moves the base on: hooks of both from before it stay with what they were then."""
    x = torch.tensor([[1.5, -2.0], [0.5, 3.0]], requires_grad=True)
    seen = []
    base = x * 3
    row = base[0]
    watched("base before", base, seen)
    row.mul_(2)
    watched("base after", base, seen)
    watched("row after", row, seen)
    (base.sum() + (row * gradient(torch)).sum()).backward()
    yield "seen", seen
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks_in_place::hooks_between_three_changes",))
def hooks_of_a_view_whose_base_is_changed(torch):
    """A change of the base gives its views new nodes: hooks from before see only what used the old ones."""
    x = torch.tensor([[1.5, -2.0], [0.5, 3.0]], requires_grad=True)
    seen = []
    base = x * 3
    row = base[0]
    watched("row before", row, seen)
    watched("base before", base, seen)
    used = row * 5
    base.mul_(2)
    yield "node of the view", row.grad_fn
    watched("row after", row, seen)
    watched("base after", base, seen)
    (used + row).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks::hook_on_a_result_that_is_changed_in_place",))
def change_under_no_grad_moves_no_hooks(torch):
    """A change under `no_grad` leaves the node, and so the hooks, where they are."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    watched("before", y, seen)
    with torch.no_grad():
        y.mul_(10)
    watched("after", y, seen)
    y.backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks::retained_gradient_of_a_result_changed_in_place",))
def retained_gradient_and_hooks_of_a_changed_tensor(torch):
    """The retained gradient moves on with the tensor, and is the one after the hooks of its last value."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda grad: grad * 2)
    y.mul_(5)
    y.register_hook(lambda grad: grad + 1)
    y.backward(gradient(torch))
    yield "retained", y.grad
    yield "gradient", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_result",))
def hooks_of_a_result_that_is_detached_in_place(torch):
    """`detach_` makes a leaf of a result: hooks go with the tensor, and stay with the node as well."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    watched("before", y, seen)
    z = y * 5
    y.detach_()
    y.requires_grad_(True)
    watched("after", y, seen)
    (y * 7).backward(gradient(torch))
    yield "as a leaf", seen
    z.backward(gradient(torch))
    yield "with the old node", seen
    yield "gradients", [x.grad, y.grad]


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hooks_of_a_leaf_that_is_detached_in_place(torch):
    """Hooks of a leaf stay when it is detached in place, and run once it requires grad again."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    watched("hook", x, seen)
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append(("after", leaf.grad.tolist())))
    x.detach_()
    yield "requires grad", x.requires_grad
    x.requires_grad_(True)
    (x * 3).backward(gradient(torch))
    yield "seen", seen


@case(HOOK, builds_on=("hooks::hook_on_a_leaf",))
def hooks_of_a_leaf_that_becomes_a_result(torch):
    """A frozen leaf that is changed in place by a tracked tensor becomes a result, without its hooks."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    seen = []
    watched("leaf", x, seen)
    x.requires_grad_(False)
    x.mul_(w)
    yield "leaf", x.is_leaf
    watched("result", x, seen)
    (x * 5).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", w.grad


@case(IN_PLACE, builds_on=("hooks_in_place::hooks_of_a_leaf_that_becomes_a_result",))
def leaf_that_moved_into_the_graph(torch):
    """A graph that was made when a tensor was a leaf cannot accumulate into it once it is a result."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * 5
    x.requires_grad_(False)
    x.mul_(w)
    yield "backward", raises(lambda: y.backward(gradient(torch)))
    yield "gradient of the factor", w.grad


@case(HOOK, builds_on=("hooks::hooks_of_views_are_their_own",))
def hooks_of_two_views_of_the_same_part(torch):
    """Two views of one part have nodes of their own, and hooks of their own."""
    x = torch.tensor([[1.5, -2.0], [0.5, 3.0]], requires_grad=True)
    seen = []
    base = x * 3
    first, second = base[0], base[0]
    watched("first", first, seen)
    first.register_hook(lambda grad: grad * 10)
    watched("second", second, seen)
    (first * 5 + second).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_result",))
def hook_of_a_saved_result(torch):
    """A hook on a saved result, taken from its node, is one on the result's gradient."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x.exp()
    seen = []
    watched("result", y, seen)
    watched("saved", y.grad_fn._saved_result, seen)
    y.register_hook(lambda grad: grad * 10)
    (y * 3).backward(gradient(torch))
    yield "seen", seen
    yield "gradient", x.grad


@case(HOOK, builds_on=("hooks::hook_on_a_result",))
def hooks_of_copies(torch):
    """Clones, detached tensors and aliases have none of the hooks of the original."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    watched("original", y, seen)
    detached = y.detach().requires_grad_(True)
    (detached * 2).backward(gradient(torch))
    yield "detached", seen
    watched("clone", y.clone(), seen)
    (y.clone() * 2).backward(gradient(torch))
    yield "another clone", seen


@case(HOOK, builds_on=("hooks::hook_on_a_result",))
def deep_copy_of_a_leaf_with_hooks(torch):
    """A deep copy of a leaf has none of its hooks."""
    import copy

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    watched("original", x, seen)
    other = copy.deepcopy(x)
    (other * 3).backward(gradient(torch))
    yield "seen", seen
    yield "gradients", [x.grad, other.grad]
