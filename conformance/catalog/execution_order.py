"""The order in which `backward` reaches tensors, as hooks on them see it."""

from __future__ import annotations

from conformance import case

ORDER = "Autograd mechanics: How autograd encodes the history"


@case(ORDER, builds_on=("hooks::hook_on_a_leaf",))
def chain_runs_from_result_to_leaf(torch):
    """In a chain, hooks run from the result to the leaf."""
    order = []

    def watch(name, tensor):
        tensor.register_hook(lambda grad: order.append(name))
        return tensor

    x = watch("x", torch.tensor([0.5, -1.5], requires_grad=True))
    a = watch("a", x * 2)
    b = watch("b", a.sin())
    c = watch("c", b + 1)
    c.backward(torch.tensor([1.0, -0.5]))
    yield "order", order
    yield "gradient", x.grad


@case(ORDER, builds_on=("execution_order::chain_runs_from_result_to_leaf",))
def later_operations_run_first(torch):
    """Of two branches, the operation that was run later goes backward first."""
    for swap in (False, True):
        order = []

        def watch(name, tensor, order=order):
            tensor.register_hook(lambda grad: order.append(name))
            return tensor

        x = watch("x", torch.tensor([0.5, -1.5], requires_grad=True))
        first = watch("first", x.exp())
        second = watch("second", x.sin())
        total = second + first if swap else first + second
        watch("total", total).backward(torch.tensor([1.0, -0.5]))
        yield f"order, {'second + first' if swap else 'first + second'}", order


@case(ORDER, builds_on=("execution_order::later_operations_run_first",))
def branches_of_different_length(torch):
    """Nodes run by the time of their operation, so that branches are gone through in turns."""
    order = []

    def watch(name, tensor):
        tensor.register_hook(lambda grad: order.append(name))
        return tensor

    x = watch("x", torch.tensor([0.5, -1.5], requires_grad=True))
    a = watch("a1", x * 2)
    b = watch("b1", x * 3)
    a = watch("a2", a.sin())
    b = watch("b2", b.cos())
    b = watch("b3", b.exp())
    a = watch("a3", a.tanh())
    watch("total", b * a).backward(torch.tensor([1.0, -0.5]))
    yield "order", order
    yield "gradient", x.grad


@case(ORDER, builds_on=("execution_order::chain_runs_from_result_to_leaf",))
def leaves_come_as_soon_as_they_are_ready(torch):
    """A leaf's gradient is accumulated as soon as it is complete, before earlier operations run."""
    order = []

    def watch(name, tensor):
        tensor.register_hook(lambda grad: order.append(name))
        return tensor

    x = watch("x", torch.tensor([0.5, -1.5], requires_grad=True))
    w = watch("w", torch.tensor([2.0, 3.0], requires_grad=True))
    b = watch("b", torch.tensor([0.25, 0.75], requires_grad=True))
    hidden = watch("hidden", (x * 2).tanh())
    scaled = watch("scaled", hidden * w)
    watch("sum", scaled + b).backward(torch.tensor([1.0, -0.5]))
    yield "order", order


@case(ORDER, builds_on=("execution_order::leaves_come_as_soon_as_they_are_ready",))
def two_leaves_of_one_operation(torch):
    """The two leaves of one operation are reached first input first."""
    for name, operation in (
        ("x + y", lambda x, y: x + y),
        ("y + x", lambda x, y: y + x),
        ("x * y", lambda x, y: x * y),
        ("y / x", lambda x, y: y / x),
        ("dot", lambda x, y: x.dot(y)),
        ("maximum", lambda x, y: y.maximum(x)),
    ):
        order = []
        x = torch.tensor([0.5, -1.5], requires_grad=True)
        y = torch.tensor([2.0, 3.0], requires_grad=True)
        x.register_hook(lambda grad, order=order: order.append("x"))
        y.register_hook(lambda grad, order=order: order.append("y"))
        operation(x, y).sum().backward()
        yield name, order


@case(ORDER, builds_on=("execution_order::two_leaves_of_one_operation",))
def three_leaves_of_one_operation(torch):
    """The three leaves of one operation, too, are reached in an order of their own."""
    for name, operation in (
        ("cat", lambda leaves: torch.cat(leaves)),
        ("addmm", lambda leaves: torch.addmm(*leaves)),
        ("clamp", lambda leaves: torch.clamp(*leaves)),
    ):
        order = []
        leaves = [
            torch.tensor([[0.5, -1.5], [1.0, 2.0]], requires_grad=True),
            torch.tensor([[-1.0, -2.0], [0.0, 1.0]], requires_grad=True),
            torch.tensor([[3.0, 0.0], [0.5, 4.0]], requires_grad=True),
        ]
        for number, leaf in enumerate(leaves):
            leaf.register_hook(lambda grad, number=number, order=order: order.append(number))
        operation(leaves).sum().backward()
        yield name, order


@case(ORDER, builds_on=("execution_order::three_leaves_of_one_operation",))
def many_leaves_of_cat(torch):
    """The leaves of `torch.cat` are ready at once and come in the order of a heap, not first to last."""
    for count in (2, 3, 4, 5, 6, 7, 8):
        order = []
        leaves = [torch.tensor([float(number)], requires_grad=True) for number in range(count)]
        for number, leaf in enumerate(leaves):
            leaf.register_hook(lambda grad, number=number, order=order: order.append(number))
        torch.cat(leaves).sum().backward()
        yield f"{count} leaves", order


@case(ORDER, builds_on=("execution_order::many_leaves_of_cat",))
def many_leaves_of_stack(torch):
    """The leaves of `torch.stack` come in an order that follows the inputs, not the leaves' making."""
    for count in (4, 5, 6):
        order = []
        leaves = [torch.tensor(float(number), requires_grad=True) for number in range(count)]
        for number, leaf in enumerate(leaves):
            leaf.register_hook(lambda grad, number=number, order=order: order.append(number))
        torch.stack(leaves[::-1]).sum().backward()
        yield f"{count} leaves, last first", order


@case(ORDER, builds_on=("execution_order::many_leaves_of_cat",))
def many_results_of_cat(torch):
    """Results that are joined are reached by the time of their making, the latest first."""
    order = []
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    parts = []
    for number in range(5):
        part = x * number
        part.register_hook(lambda grad, number=number: order.append(number))
        parts.append(part)
    torch.cat([parts[2], parts[0], parts[4], parts[3], parts[1]]).sum().backward()
    yield "order", order


@case(ORDER, builds_on=("execution_order::many_leaves_of_cat",))
def leaves_and_results_of_cat(torch):
    """Leaves that are ready come before any result that is ready."""
    order = []

    def watch(name, tensor):
        tensor.register_hook(lambda grad: order.append(name))
        return tensor

    leaves = [watch(f"leaf {n}", torch.tensor([float(n)], requires_grad=True)) for n in range(3)]
    results = [watch(f"result {n}", leaves[n] * 2) for n in range(3)]
    late = watch("late leaf", torch.tensor([7.0], requires_grad=True))
    torch.cat([results[0], late, results[2], results[1]]).sum().backward()
    yield "order", order


@case(ORDER, builds_on=("execution_order::chain_runs_from_result_to_leaf",))
def several_roots(torch):
    """Several roots start together and run by the time of their operations."""
    order = []

    def watch(name, tensor):
        tensor.register_hook(lambda grad: order.append(name))
        return tensor

    x = watch("x", torch.tensor([0.5, -1.5], requires_grad=True))
    hidden = watch("hidden", x * 2)
    first = watch("first", hidden.sum())
    second = watch("second", hidden.exp().sum())
    torch.autograd.backward([first, second])
    yield "order", order
    yield "gradient", x.grad


@case(ORDER, builds_on=("execution_order::chain_runs_from_result_to_leaf",))
def shared_result_waits_for_all_its_users(torch):
    """A result is reached after all who used it, even if it was made long before."""
    order = []

    def watch(name, tensor):
        tensor.register_hook(lambda grad: order.append(name))
        return tensor

    x = watch("x", torch.tensor([0.5, -1.5], requires_grad=True))
    shared = watch("shared", x * 2)
    long = watch("long 2", watch("long 1", shared.sin()).cos())
    watch("total", shared * long + shared).backward(torch.tensor([1.0, -0.5]))
    yield "order", order
    yield "gradient", x.grad


@case(ORDER, builds_on=("hooks::retained_gradient_of_a_result",))
def order_of_accumulation(torch):
    """When a hook runs, the gradients of what came before have been accumulated, and no others."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    seen = []

    def look(grad):
        seen.append([None if leaf.grad is None else leaf.grad.tolist() for leaf in (x, w, y)])

    for tensor in (x, w):
        tensor.register_hook(look)
    (y * w).backward(torch.tensor([1.0, -0.5]))
    yield "grads of x, w, y when hooks ran", seen
    yield "x.grad", x.grad
    yield "w.grad", w.grad
