"""A graph is made anew by every computation, and lives as long as its results."""

from __future__ import annotations

from conformance import case


@case("AutoGrad in PyTorch", "C1")
def five_times_a_square(torch):
    """`[a, 5 * a ** 2]` prints the leaf and the tracked result, and backward leaves 10 a in `a.grad`."""

    def compute():
        a = torch.tensor([3.0], requires_grad=True)
        return [a, 5 * a**2]

    a, result = compute()
    print(a)
    print(result)
    yield "a", a
    yield "5 * a ** 2", result
    result.backward()
    yield "a.grad", a.grad


@case("AutoGrad in PyTorch", "C1", builds_on=("fresh_graphs::five_times_a_square",))
def five_times_a_square_in_float64(torch):
    """The same of three numbers in float64 keeps the dtype throughout."""
    a = torch.tensor([3.0, -0.5, 1e-3], dtype=torch.float64, requires_grad=True)
    result = 5 * a**2
    result.backward(torch.tensor([1.0, 2.0, -3.0], dtype=torch.float64))
    yield "5 * a ** 2", result
    yield "a.grad", a.grad


@case("AutoGrad in PyTorch", "C2", builds_on=("fresh_graphs::five_times_a_square",))
def fresh_leaves_accumulate_nothing(torch):
    """Calling the function again makes a new leaf and a new graph: each time the gradient is 30."""

    def compute():
        a = torch.tensor([3.0], requires_grad=True)
        return [a, 5 * a**2]

    nodes = []
    for call in ("first", "second", "third"):
        a, result = compute()
        result.backward()
        nodes.append(result.grad_fn)
        yield f"a.grad of the {call} call", a.grad
    yield "same node", nodes[0] is nodes[1]


@case("AutoGrad in PyTorch", "C3", builds_on=("fresh_graphs::five_times_a_square",))
def same_leaf_accumulates(torch):
    """Recomputing on the same leaf adds up, 20 and then 40; `a.grad.zero_()` returns the zeroed gradient."""
    a = torch.tensor([2.0], requires_grad=True)
    for call in ("first", "second"):
        result = 5 * a**2
        result.backward()
        yield f"a.grad after the {call} backward", a.grad
    yield "a.grad.zero_()", a.grad.zero_()
    result = 5 * a**2
    result.backward()
    yield "a.grad after zeroing", a.grad


@case("AutoGrad in PyTorch", "C3", builds_on=("fresh_graphs::same_leaf_accumulates",))
def grad_set_to_none_starts_anew(torch):
    """Setting `a.grad = None` has the next backward make a new gradient, and leaves the old one as it was."""
    a = torch.tensor([2.5, -1.5], requires_grad=True)
    (5 * a**2).backward(torch.tensor([1.0, 0.5]))
    old = a.grad
    a.grad = None
    (a**3).backward(torch.tensor([1.0, 0.5]))
    yield "new gradient", a.grad
    yield "old gradient", old
    yield "same object", a.grad is old


@case("AutoGrad in PyTorch", "C3", builds_on=("fresh_graphs::same_leaf_accumulates",))
def grad_is_the_same_object_while_it_accumulates(torch):
    """Accumulating adds in place: a name that was given to `a.grad` sees the sum."""
    a = torch.tensor([2.5, -1.5], requires_grad=True)
    (5 * a**2).backward(torch.tensor([1.0, 0.5]))
    kept = a.grad
    yield "after the first backward", kept
    (a**3).backward(torch.tensor([1.0, 0.5]))
    yield "after the second backward", kept
    yield "same object", a.grad is kept


@case("Autograd Module", "D1")
def plain_tensor_has_no_graph(torch):
    """`x ** 2 - 5` of a tensor that does not require grad prints no grad_fn."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    loss = x**2 - 5
    print(loss)
    yield "x ** 2 - 5", loss
    yield "grad_fn", loss.grad_fn


@case("Autograd Module", "D2", builds_on=("fresh_graphs::plain_tensor_has_no_graph",))
def tracked_tensor_has_a_graph(torch):
    """`x ** 2 - 5` of a tensor that requires grad shows SubBackward0, also as the repr of `loss.grad_fn`."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    loss = x**2 - 5
    print(loss)
    yield "x ** 2 - 5", loss
    yield "grad_fn", loss.grad_fn
    yield "its repr", repr(loss.grad_fn)


@case("AutoGrad in PyTorch", "C2", builds_on=("fresh_graphs::same_leaf_accumulates",))
def graph_follows_the_control_flow(torch):
    """The graph is made of what ran: the branch and the number of rounds that were taken this time."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    for rounds in (1, 3):
        y = x
        for number in range(rounds):
            y = y * 2 if number % 2 == 0 else y.sin()
        x.grad = None
        y.backward(torch.tensor([1.0, -3.0]))
        yield f"result of {rounds}", y
        yield f"gradient of {rounds}", x.grad


@case("Autograd mechanics: How autograd encodes the history")
def graph_outlives_its_names(torch):
    """Intermediate results and their nodes stay alive behind the result after their names are gone."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = x * 3
    z = y.sin()
    del y
    z = z * z
    z.backward(torch.tensor([1.0, 2.0]))
    yield "result", z
    yield "gradient", x.grad


@case("Autograd mechanics: How autograd encodes the history")
def rebinding_a_name_is_not_in_place(torch):
    """`x = x * 2` gives the name to a new result; the leaf is still there and gets the gradient."""
    x = leaf = torch.tensor([1.5, -0.5], requires_grad=True)
    for _ in range(3):
        x = x * 2
    x.backward(torch.tensor([1.0, -2.0]))
    yield "result", x
    yield "leaf", leaf
    yield "gradient of the leaf", leaf.grad
    yield "version of the leaf", leaf._version
