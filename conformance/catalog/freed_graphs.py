"""What is left of a graph that was run: which parts are freed, which can be used again, and how that is refused."""

from __future__ import annotations

from conformance import case, raises

BACKWARD = "torch.autograd: torch.Tensor.backward"
SAVED = "Autograd mechanics: Saved Tensors"
TWICE = "retain_graph::second_backward_is_refused"


@case(BACKWARD, builds_on=(TWICE,))
def every_way_to_use_a_freed_graph(torch):
    """A freed graph is refused in the same words by `backward`, `grad`, a saved tensor and a called node."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**3
    node = y.grad_fn
    g = torch.tensor([1.0, 0.5])
    y.backward(g)
    yield "backward", raises(lambda: y.backward(g))
    yield "grad", raises(lambda: torch.autograd.grad(y, x, g))
    yield "with retain_graph", raises(lambda: y.backward(g, retain_graph=True))
    yield "with create_graph", raises(lambda: torch.autograd.grad(y, x, g, create_graph=True))
    yield "saved tensor", raises(lambda: node._saved_self)
    yield "saved number", node._saved_exponent
    yield "called node", raises(lambda: node(g))
    yield "gradient", x.grad


@case(BACKWARD, builds_on=(TWICE,))
def values_and_edges_of_a_freed_graph(torch):
    """A freed graph keeps its nodes and edges: only what was saved is gone."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x.exp()
    z = (y * x).sum()
    z.backward()
    yield "result", z
    yield "root", z.grad_fn
    yield "inner", z.grad_fn.next_functions[0][0]
    yield "leaf", z.grad_fn.next_functions[0][0].next_functions[1][0].variable is x
    yield "y", y


@case(BACKWARD, builds_on=(TWICE,))
def new_operations_on_a_freed_result(torch):
    """A result whose graph is freed still computes forward; only the way back through it is refused."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**2
    y.backward(torch.tensor([1.0, 0.5]))
    z = (y * 3).sum()
    yield "z", z
    yield "back through it", raises(lambda: z.backward())
    yield "toward y only", torch.autograd.grad((y * 3).sum(), y)
    yield "x.grad", x.grad


@case(BACKWARD, builds_on=(TWICE,))
def part_way_into_a_freed_graph(torch):
    """Where one branch is freed the other is run all the same, as far as it comes before the refusal."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    early = x**2
    early.sum().backward()
    late = w**3
    total = (early + late).sum()
    yield "refused", raises(lambda: total.backward())
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    yield "the later branch again", raises(lambda: late.sum().backward())


@case(BACKWARD, builds_on=(TWICE,))
def retained_part_of_a_shared_graph(torch):
    """A run that retains its graph retains what it shares with another; one that does not frees it for both."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    shared = x**2
    left, right = shared.exp().sum(), (shared * shared).sum()
    left.backward(retain_graph=True)
    yield "after left", x.grad
    right.backward()
    yield "after right", x.grad
    yield "left again", raises(lambda: left.backward())
    yield "x.grad", x.grad


@case(BACKWARD, builds_on=(TWICE,))
def shared_part_that_saved_nothing(torch):
    """Two results may go back without retaining where their shared part saved no tensor."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    shared = (x + 1).reshape(2, 1) - 3
    (shared**2).sum().backward()
    yield "first", x.grad
    (shared**3).sum().backward()
    yield "second", x.grad


@case("torch.autograd: torch.autograd.grad", builds_on=(TWICE,))
def grad_toward_a_result_frees_what_it_ran(torch):
    """`grad` toward a result on the way frees the nodes down to it, and leaves those behind it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**3
    z = (y**2).sum()
    yield "toward y", torch.autograd.grad(z, y)
    yield "toward y again", raises(lambda: torch.autograd.grad(z, y))
    yield "from y", torch.autograd.grad(y, x, torch.tensor([1.0, 0.5]))
    yield "from y again", raises(lambda: torch.autograd.grad(y, x, torch.tensor([1.0, 0.5])))


@case("torch.autograd: torch.autograd.grad", builds_on=(TWICE,))
def grad_toward_one_leaf_frees_the_way_to_it(torch):
    """`grad` toward one of two leaves frees the nodes on the way to it, not those on the way to the other."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    total = x**2 + w**3
    g = torch.tensor([1.0, 0.5])
    yield "toward x", torch.autograd.grad(total, x, g)
    yield "toward w", torch.autograd.grad(total, w, g)
    yield "toward x again", raises(lambda: torch.autograd.grad(total, x, g))


@case(SAVED, builds_on=(TWICE,))
def which_saved_values_are_gone(torch):
    """After a backward, saved tensors are refused; saved numbers, sizes and dimensions are still there."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    w = torch.tensor([[0.5, 3.0], [1.0, -1.0]], requires_grad=True)
    results = {
        "mul": (x * w, ("_saved_self", "_saved_other")),
        "div": (x / w, ("_saved_self", "_saved_other")),
        "pow": (x**3, ("_saved_self", "_saved_exponent")),
        "exp": (x.exp(), ("_saved_result",)),
        "sum": (x.sum(1), ("_saved_self_sym_sizes", "_saved_dim", "_saved_keepdim")),
        "mm": (x @ w, ("_saved_self", "_saved_mat2")),
        "clamp": (x.clamp(-1.0, 2.0), ("_saved_self", "_saved_min", "_saved_max")),
    }
    for name, (result, names) in results.items():
        node = result.grad_fn
        result.backward(torch.full(list(result.shape), 0.5))
        for saved in names:
            yield f"{name}, {saved}", raises(lambda node=node, saved=saved: getattr(node, saved))


@case(SAVED, builds_on=("freed_graphs::which_saved_values_are_gone",))
def operand_that_was_not_saved(torch):
    """A product with a constant saves only the constant; the other slot stays None when the graph is freed."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * torch.tensor([3.0, 4.0])
    node = y.grad_fn
    yield "self before", node._saved_self
    yield "other before", node._saved_other
    y.sum().backward()
    yield "self after", raises(lambda: node._saved_self)
    yield "other after", raises(lambda: node._saved_other)


@case(BACKWARD, builds_on=(TWICE,))
def graph_of_a_gradient_needs_the_first_graph(torch):
    """With `create_graph`, freeing the gradient's graph frees what it shares with the first one."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x**3).sum()
    (gradient,) = torch.autograd.grad(y, x, create_graph=True)
    yield "second derivative", torch.autograd.grad(gradient, x, torch.tensor([1.0, 0.5]))
    yield "again", raises(lambda: torch.autograd.grad(gradient, x, torch.tensor([1.0, 0.5])))
    yield "first derivative", torch.autograd.grad(y, x)


@case(BACKWARD, builds_on=(TWICE,))
def create_graph_without_retaining_it(torch):
    """`create_graph=True` with `retain_graph=False` frees the first graph and keeps the gradient's own."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x**3).sum()
    (gradient,) = torch.autograd.grad(y, x, create_graph=True, retain_graph=False)
    yield "gradient", gradient
    yield "first graph", raises(lambda: torch.autograd.grad(y, x))
    yield "second derivative", torch.autograd.grad(gradient, x, torch.tensor([1.0, 0.5]))


@case(BACKWARD, builds_on=(TWICE,))
def refused_run_frees_what_it_ran(torch):
    """A run that a hook stops has freed the nodes before the hook, and not those behind it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    inner = x**3
    outer = (inner**2).sum()

    def stop(grad):
        raise ValueError("stopped")

    handle = inner.register_hook(stop)
    yield "stopped", raises(lambda: outer.backward())
    handle.remove()
    yield "outer again", raises(lambda: outer.backward())
    yield "x.grad", x.grad
    inner.sum().backward()
    yield "x.grad through the inner part", x.grad


@case(BACKWARD, builds_on=(TWICE,))
def changed_saved_tensor_in_a_freed_graph(torch):
    """In a freed graph, a saved tensor that was changed as well is refused because it is freed."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 1
    z = (y**2).sum()
    z.backward()
    y.mul_(2)
    yield "backward", raises(lambda: z.backward())
    yield "saved", raises(lambda: z.grad_fn.next_functions[0][0]._saved_self)


@case(BACKWARD, builds_on=("retain_graph::stale_gradients_do_not_leak",))
def second_run_through_a_diamond(torch):
    """A second run through a retained diamond starts from nothing: each gives the same."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    base = x**2
    left, right = base * 3, base.exp()
    total = (left * right).sum()
    for tensor in (base, left, right):
        tensor.retain_grad()
    gradients = []
    for _ in range(3):
        for tensor in (x, base, left, right):
            tensor.grad = None
        total.backward(retain_graph=True)
        gradients.append([tensor.grad.tolist() for tensor in (left, right, base, x)])
    yield "x.grad", x.grad
    yield "base.grad", base.grad
    yield "the runs agree", gradients[0] == gradients[1] == gradients[2]


@case(BACKWARD, builds_on=("retain_graph::stale_gradients_do_not_leak",))
def run_after_a_stopped_run(torch):
    """A run that was stopped by an error leaves nothing behind that a later run would add."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    product = x * w
    total = (product.exp() + product * 2).sum()
    stop = [True]

    def hook(grad):
        if stop[0]:
            raise ValueError("stopped")

    product.register_hook(hook)
    yield "stopped", raises(lambda: total.backward(retain_graph=True))
    yield "x.grad", x.grad
    stop[0] = False
    total.backward()
    yield "x.grad after a full run", x.grad
    yield "w.grad after a full run", w.grad


@case(BACKWARD, builds_on=("retain_graph::stale_gradients_do_not_leak",))
def another_root_of_the_same_graph(torch):
    """A run from an inner result after one from the outer result does not see the outer gradient."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    inner = x**2
    outer = inner.exp()
    outer.backward(torch.tensor([0.1, 0.01]), retain_graph=True)
    yield "through both", x.grad
    x.grad = None
    inner.backward(torch.tensor([1.0, 0.5]))
    yield "through the inner one", x.grad


@case(BACKWARD, builds_on=("retain_graph::stale_gradients_do_not_leak",))
def retained_run_after_values_changed(torch):
    """Data assigned to a saved leaf, or changed through `data`, count in a retained run without a word."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = (x * w).sum()
    y.backward(retain_graph=True)
    yield "x.grad", x.grad
    x.grad = None
    w.data = torch.tensor([10.0, 20.0])
    y.backward(retain_graph=True)
    yield "x.grad with other data", x.grad
    w.data.mul_(2)
    x.grad = None
    y.backward(retain_graph=True)
    yield "x.grad with data changed in place", x.grad
    with torch.no_grad():
        w.mul_(2)
    yield "changed under no_grad", raises(lambda: y.backward())


@case(BACKWARD, builds_on=(TWICE,))
def pieces_of_one_graph_freed_one_by_one(torch):
    """Each of several pieces can go back once on its own, where they share nothing that was saved."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    rows = (x + 1).unbind()
    for number, row in enumerate(rows):
        (row**2).sum().backward()
        yield f"x.grad after row {number}", x.grad
    products = (x * x).unbind()
    products[0].sum().backward()
    yield "the other row of a product", raises(lambda: products[1].sum().backward())
    yield "x.grad", x.grad


@case(BACKWARD, builds_on=(TWICE,))
def loop_that_forgets_to_detach(torch):
    """A state that is carried from step to step without `detach` leads back into a freed graph."""
    weight = torch.tensor(0.75, requires_grad=True)
    state = torch.tensor(1.5)
    outcomes = []
    for step in range(3):
        state = state * weight
        outcomes.append((step, raises((state**2).backward).error is None))
    yield "went through", outcomes
    yield "weight.grad", weight.grad
    state = torch.tensor(1.5)
    for _ in range(3):
        state = state.detach() * weight
        (state**2).backward()
    yield "weight.grad with detach", weight.grad
