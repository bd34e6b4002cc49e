"""`saved_tensors_hooks`: what is packed and when, and what is computed from what was unpacked."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Autograd mechanics: Hooks for saved tensors"


def leaves(torch):
    """Two leaves."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = torch.tensor([3.0, 0.25], requires_grad=True)
    return x, y


def rounded(numbers):
    """Numbers to four places: what differs in the last bit is no matter of hooks."""
    return [rounded(each) for each in numbers] if isinstance(numbers, list) else round(numbers, 4)


def hooks(torch, pack, unpack):
    """Hooks on what is saved."""
    return torch.autograd.graph.saved_tensors_hooks(pack, unpack)


def logging_hooks(torch, log, name=""):
    """Hooks that change nothing, and note what they are given."""

    def pack(tensor):
        log.append(f"pack {name}{rounded(tensor.tolist())}")
        return tensor

    def unpack(tensor):
        log.append(f"unpack {name}{rounded(tensor.tolist())}")
        return tensor

    return hooks(torch, pack, unpack)


@case(PAGE)
def hooks_see_what_is_saved(torch):
    """The pack hook is called in the forward with each saved tensor, the unpack hook in the backward."""
    x, y = leaves(torch)
    log = []
    with logging_hooks(torch, log):
        out = (x * y).exp()
    yield "forward", log[:]
    log.clear()
    out.backward(torch.tensor([1.0, -2.0]))
    yield "backward", log
    yield "gradient", x.grad


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def packed_objects_are_anything(torch):
    """A pack hook may return any object; the gradient is computed with what the unpack hook makes of it."""
    x, y = leaves(torch)
    with hooks(torch, lambda tensor: tensor.tolist(), lambda numbers: torch.tensor(numbers)):
        out = x * y
    out.backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad
    yield "y", y.grad


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def gradients_use_what_was_unpacked(torch):
    """Whatever the unpack hook returns is the saved tensor: other numbers give other gradients."""
    x, y = leaves(torch)
    with hooks(torch, lambda tensor: tensor * 10, lambda tensor: tensor + 1):
        out = x * y
    yield "saved self", out.grad_fn._saved_self
    yield "saved other", out.grad_fn._saved_other
    out.backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad
    yield "y", y.grad


@case(PAGE)
def pack_hook_gets_the_tensor_itself(torch):
    """Inputs and results arrive in the pack hook as the objects that they are."""
    x, y = leaves(torch)
    seen = []
    with hooks(torch, lambda tensor: seen.append(tensor) or tensor, lambda tensor: tensor):
        product = x * y
        result = product.exp()
    yield "inputs", [seen[0] is y, seen[1] is x]
    yield "result", seen[2] is result
    yield "what was given", seen


@case(PAGE)
def modes_inside_of_the_hooks(torch):
    """Grad mode is off in the pack hook, and in the unpack hook what `create_graph` says."""
    x, _ = leaves(torch)
    modes = []

    def note(tensor):
        modes.append(torch.is_grad_enabled())
        return tensor

    with hooks(torch, note, note):
        out = (x**3).sum()
    torch.autograd.grad(out, x, retain_graph=True)
    yield "without create_graph", modes[:]
    modes.clear()
    torch.autograd.grad(out, x, create_graph=True)
    yield "with create_graph", modes[:]
    modes.clear()
    yield "read by hand", out.grad_fn.next_functions[0][0]._saved_self
    yield "its mode", modes


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def order_of_packing(torch):
    """A node's inputs are packed in the order of their names, then its results, and unpacked likewise."""
    x, y = leaves(torch)
    functional = torch.nn.functional
    operations = [
        ("mul", lambda: x * y),
        ("div", lambda: x / y),
        ("pow", lambda: x.abs() ** y),
        ("maximum", lambda: torch.maximum(x, y)),
        ("dot", lambda: x.dot(y)),
        ("mse_loss", lambda: functional.mse_loss(x, y)),
        ("addmm", lambda: torch.addmm(x, y.view(1, 2), torch.eye(2) * 3)),
        ("max", lambda: x.max()),
        ("norm", lambda: x.norm()),
        ("std", lambda: x.std()),
        ("prod", lambda: y.prod()),
        ("logsumexp", lambda: x.logsumexp(0)),
    ]
    for name, operation in operations:
        log = []
        with logging_hooks(torch, log):
            out = operation()
        out.backward(torch.full_like(out, 0.5))
        yield name, log


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def only_what_is_saved_is_packed(torch):
    """Nothing is packed for operations that save no tensor, for numbers, constants, or without grad mode."""
    x, y = leaves(torch)
    constant = torch.tensor([4.0, 5.0])
    operations = [
        ("sum", lambda: x.sum()),
        ("x + y", lambda: x + y),
        ("x * 2.5", lambda: x * 2.5),
        ("x / 2.5", lambda: x / 2.5),
        ("constants", lambda: constant * constant),
        ("x * constant", lambda: x * constant),
        ("view", lambda: x.view(2, 1)),
        ("cat", lambda: torch.cat([x, y])),
        ("x[0]", lambda: x[0]),
        ("cumsum", lambda: x.cumsum(0)),
        ("where", lambda: torch.where(x > 0, x, y)),
        ("max with indices", lambda: x.max(0)[0]),
        ("masked_fill", lambda: x.masked_fill(x > 0, 0.5)),
        ("indexed", lambda: x[torch.tensor([1, 0, 1])]),
    ]
    for name, operation in operations:
        log = []
        with logging_hooks(torch, log):
            operation()
        yield name, log
    log = []
    with logging_hooks(torch, log), torch.no_grad():
        x * y
    yield "no_grad", log


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def tensors_in_place_are_packed_after_the_change(torch):
    """What an in-place operation saves is packed: an operand as it was before, a result as it is after."""
    x, y = leaves(torch)
    log = []
    with logging_hooks(torch, log):
        first = x.clone().mul_(y)
        second = x.clone().exp_()
        third = (x * 2.5).sigmoid_()
    yield "packed", log
    (first + second + third).backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad
    yield "y", y.grad


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def nested_hooks(torch):
    """Only the innermost hooks are called; a tensor is unpacked by the hooks that were innermost when it was saved."""
    x, y = leaves(torch)
    log = []
    with logging_hooks(torch, log, "outside "):
        first = x * y
        with logging_hooks(torch, log, "inside "):
            second = first.exp()
        third = second.sin()
    fourth = third.cos()
    yield "forward", log[:]
    log.clear()
    fourth.backward(torch.tensor([1.0, -2.0]))
    yield "backward", log


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def hooks_end_with_their_block(torch):
    """Hooks end with their block, also when an error leaves it."""
    x, y = leaves(torch)
    log = []

    def leave():
        with logging_hooks(torch, log):
            raise KeyError("leaving")

    yield "left", raises(leave)
    out = x * y
    yield "afterwards", log
    yield "saved", out.grad_fn._saved_self is x


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def unpacked_once_in_each_backward(torch):
    """With `retain_graph`, what was packed once is unpacked in each backward, and once in each."""
    x, y = leaves(torch)
    log = []
    with logging_hooks(torch, log):
        out = (x * x * y).sum()
    log.clear()
    out.backward(retain_graph=True)
    yield "first", log[:]
    log.clear()
    out.backward()
    yield "second", log[:]
    log.clear()
    yield "third", raises(lambda: out.backward())
    yield "nothing unpacked", log
    yield "gradient", x.grad


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def everything_of_a_node_is_unpacked(torch):
    """A node unpacks all that it saved, even if only one of its gradients is asked for."""
    x, y = leaves(torch)
    log = []
    with logging_hooks(torch, log):
        out = (x * y).sum()
    log.clear()
    yield "gradient", torch.autograd.grad(out, x)
    yield "unpacked", log


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def nodes_that_are_not_run_are_not_unpacked(torch):
    """What a backward does not reach or need is not unpacked."""
    x, y = leaves(torch)
    log = []
    with logging_hooks(torch, log):
        first, second = x.exp(), y.exp()
        out = (first + second * 3).sum()
    log.clear()
    yield "gradient", torch.autograd.grad(out, x)
    yield "unpacked", log


@case(PAGE, builds_on=("saved_tensor_hooks::hooks_see_what_is_saved",))
def double_backward_through_hooks(torch):
    """A gradient with a graph that is computed inside of the block packs what its own nodes save."""
    x, _ = leaves(torch)
    log = []
    with logging_hooks(torch, log):
        out = x**3
        (gradient,) = torch.autograd.grad(out, x, torch.tensor([1.0, -2.0]), create_graph=True)
    yield "inside", log[:]
    yield "gradient", gradient
    log.clear()
    yield "second", torch.autograd.grad(gradient, x, torch.tensor([0.5, 4.0]))
    yield "unpacked", log


@case(PAGE, builds_on=("saved_tensor_hooks::packed_objects_are_anything",))
def unpacked_tensors_have_the_place_of_the_saved(torch):
    """What is unpacked stands where the saved tensor stood in the graph, so second derivatives are found."""
    x, y = leaves(torch)
    with hooks(torch, lambda tensor: tensor.tolist(), lambda numbers: torch.tensor(numbers)):
        product = x * y
        out = product.exp()
    yield "leaf", product.grad_fn._saved_self
    yield "it is another object", product.grad_fn._saved_self is x
    yield "result", out.grad_fn._saved_result
    yield "its node", out.grad_fn._saved_result.grad_fn is out.grad_fn
    (gradient,) = torch.autograd.grad(out, x, torch.tensor([1.0, -2.0]), create_graph=True)
    yield "gradient", gradient
    yield "second", torch.autograd.grad(gradient, (x, y), torch.tensor([0.5, 4.0]))


@case(PAGE)
def unpacking_a_constant_ignores_the_hooks_graph(torch):
    """A saved constant stays one, whatever history the unpack hook's result has."""
    x, y = leaves(torch)
    constant = torch.tensor([4.0, 5.0])
    with hooks(torch, lambda tensor: tensor, lambda tensor: tensor * y):
        out = x * constant
    yield "saved", out.grad_fn._saved_other
    out.backward(torch.tensor([1.0, -2.0]))
    yield "x", x.grad
    yield "y", y.grad


@case(PAGE)
def hooks_take_the_check_of_versions_away(torch):
    """A tensor that went through hooks may change: nothing is checked, and identity hooks compute with the change."""
    x, y = leaves(torch)
    for name, pack in (("identity", lambda tensor: tensor), ("copy", lambda tensor: tensor.clone())):
        x.grad = y.grad = None
        with hooks(torch, pack, lambda tensor: tensor):
            factor = x.clone()
            out = factor * y
        factor.mul_(3)
        yield name, factor.requires_grad
        out.backward(torch.tensor([1.0, -2.0]))
        yield f"{name}, gradient of y", y.grad


@case(PAGE)
def pack_hook_must_not_change_its_tensor(torch):
    """A pack hook that changes its tensor in place is refused, for leaves, results and constants."""
    x, y = leaves(torch)

    def double(tensor):
        return tensor.mul_(2)

    def pack(operation):
        def run():
            with hooks(torch, double, lambda tensor: tensor):
                operation()

        return raises(run)

    yield "leaf", pack(lambda: x * y)
    yield "result", pack(lambda: x.exp())
    yield "constant", pack(lambda: x * torch.tensor([4.0, 5.0]))


@case(PAGE)
def errors_in_hooks_come_out(torch):
    """An error in the pack hook comes out of the operation, one in the unpack hook out of `backward`."""
    x, y = leaves(torch)

    def fail(tensor):
        raise ValueError("not this one")

    def forward(pack, unpack):
        with hooks(torch, pack, unpack):
            return (x * y).sum()

    yield "pack", raises(lambda: forward(fail, lambda tensor: tensor))
    out = forward(lambda tensor: tensor, fail)
    yield "unpack", raises(lambda: out.backward())
    yield "reading", raises(lambda: out.grad_fn.next_functions[0][0]._saved_self)
    yield "no gradient", x.grad
    yield "the mode after it", torch.is_grad_enabled()


@case(PAGE)
def unpack_hook_must_return_a_tensor(torch):
    """An unpack hook that returns no tensor is refused when it is called."""
    x, y = leaves(torch)
    for result in (3, "text", None):
        with hooks(torch, lambda tensor: tensor, lambda tensor, result=result: result):
            out = (x * y).sum()
        yield f"{result!r}", raises(lambda out=out: out.backward())
        yield f"reading {result!r}", raises(lambda out=out: out.grad_fn.next_functions[0][0]._saved_other)


@case(PAGE)
def hooks_must_be_callable(torch):
    """Hooks that cannot be called are refused when the block is entered."""

    def enter(pack, unpack):
        with hooks(torch, pack, unpack):
            pass

    yield "numbers", raises(lambda: enter(1, 2))
    yield "None", raises(lambda: enter(None, None))
    yield "made, not entered", type(hooks(torch, 1, 2)).__name__
    yield "fields", [hooks(torch, 1, 2).pack_hook, hooks(torch, 1, 2).unpack_hook]


@case(PAGE)
def hooks_may_be_entered_again(torch):
    """One object can be entered several times, also inside itself."""
    x, y = leaves(torch)
    log = []
    twice = logging_hooks(torch, log)
    with twice:
        with twice:
            x.exp()
        y.exp()
    x * y
    yield "packed", log


@case(PAGE)
def custom_functions_go_through_hooks(torch):
    """What a custom function saves for its backward is packed and unpacked like anything else."""
    x, y = leaves(torch)

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, one, other):
            ctx.save_for_backward(one, other)
            return one * other

        @staticmethod
        def backward(ctx, grad):
            one, other = ctx.saved_tensors
            return grad * other, grad * one * 10

    log = []
    with logging_hooks(torch, log):
        out = Product.apply(x, y)
    yield "forward", log[:]
    log.clear()
    out.backward(torch.tensor([1.0, -2.0]))
    yield "backward", log
    yield "gradients", [x.grad, y.grad]
