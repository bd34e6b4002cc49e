"""Going backward a second time: what is freed, what is not, and what is refused."""

from __future__ import annotations

from conformance import case, raises

BACKWARD = "torch.autograd: torch.Tensor.backward"


@case(BACKWARD)
def second_backward_is_refused(torch):
    """A second `backward` through a graph whose saved tensors are freed raises, and no gradient changes."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    loss = (x**2).sum()
    yield "first", raises(lambda: loss.backward())
    yield "gradient", x.grad
    yield "second", raises(lambda: loss.backward())
    yield "gradient after the error", x.grad


@case(BACKWARD, builds_on=("retain_graph::second_backward_is_refused",))
def second_backward_where_nothing_was_saved(torch):
    """Where no tensor was saved, a second `backward` is not refused, and accumulates."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    weights = torch.tensor([[1.0, 2.0], [-3.0, 0.5]])
    y = (-(x + 1).t() - 3).reshape(4)[1:].sum() + x.mean()
    for call in ("first", "second", "third"):
        yield call, raises(lambda: y.backward())
        yield f"gradient after the {call}", x.grad
    z = x.clone().view(4).view(2, 2)
    z.backward(weights)
    yield "another result", raises(lambda: z.backward(weights))
    yield "gradient after it", x.grad


@case(BACKWARD, builds_on=("retain_graph::second_backward_is_refused",))
def which_operations_refuse_a_second_backward(torch):
    """A second `backward` is refused if the operation saved a tensor, even the 0-d one of a number."""
    x = torch.tensor([0.5, 0.25, 0.75], requires_grad=True)
    gradient = torch.tensor([1.0, -2.0, 0.5])
    operations = {
        "x + 1": lambda: x + 1,
        "-x": lambda: -x,
        "x * 2": lambda: x * 2,
        "x / 2": lambda: x / 2,
        "1 - x": lambda: 1 - x,
        "exp": lambda: x.exp(),
        "cumsum": lambda: x.cumsum(0),
        "clamp": lambda: x.clamp(0.3, 0.6),
        "flip": lambda: x.flip(0),
        "double": lambda: x.double(),
    }
    for name, operation in operations.items():
        y = operation()
        y.backward(gradient)
        yield name, raises(lambda y=y: y.backward(gradient))


@case(BACKWARD, builds_on=("retain_graph::second_backward_is_refused",))
def which_reductions_refuse_a_second_backward(torch):
    """A second `backward` of sum and mean is not refused, that of max, prod, var and norm is."""
    x = torch.tensor([[0.5, 2.0, -1.0], [3.0, 0.25, 1.5]], requires_grad=True)
    operations = {
        "sum": lambda: x.sum(),
        "mean over a dimension": lambda: x.mean(1),
        "prod": lambda: x.prod(),
        "max": lambda: x.max(),
        "max over a dimension": lambda: x.max(1)[0],
        "var": lambda: x.var(),
        "norm": lambda: x.norm(),
    }
    for name, operation in operations.items():
        y = operation()
        gradient = torch.full_like(y, 0.5).detach()
        y.backward(gradient)
        yield name, raises(lambda y=y, gradient=gradient: y.backward(gradient))


@case(BACKWARD, builds_on=("retain_graph::second_backward_is_refused",))
def which_choices_refuse_a_second_backward(torch):
    """Indexing by ints and slices can go backward twice; by masks and integer tensors it cannot."""
    x = torch.tensor([0.5, 2.0, -1.0], requires_grad=True)
    operations = {
        "x[1]": lambda: x[1],
        "x[1:]": lambda: x[1:],
        "x[mask]": lambda: x[torch.tensor([True, False, True])],
        "x[integers]": lambda: x[torch.tensor([1, 1])],
        "where": lambda: torch.where(torch.tensor([True, False, True]), x, 0.0),
        "cat": lambda: torch.cat([x, x]),
        "maximum": lambda: torch.maximum(x, torch.tensor(0.0)),
        "dot": lambda: x.dot(torch.tensor([1.0, 2.0, 3.0])),
    }
    for name, operation in operations.items():
        y = operation()
        gradient = torch.full_like(y, 0.5).detach()
        y.backward(gradient)
        yield name, raises(lambda y=y, gradient=gradient: y.backward(gradient))


@case(BACKWARD)
def retain_graph_allows_another_backward(torch):
    """With `retain_graph=True` a graph can be used again, until a `backward` without it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x.exp() * x
    gradient = torch.tensor([1.0, -0.5])
    for call in ("first", "second"):
        y.backward(gradient, retain_graph=True)
        yield f"gradient after the {call}", x.grad
    y.backward(gradient)
    yield "gradient after the third", x.grad
    yield "fourth", raises(lambda: y.backward(gradient))


@case(BACKWARD, builds_on=("retain_graph::retain_graph_allows_another_backward",))
def stale_gradients_do_not_leak(torch):
    """A second `backward` starts from nothing: it gives what the first gave."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    hidden = x * x
    result = (hidden * hidden + hidden).sum()
    for call in ("first", "second", "third"):
        x.grad = None
        result.backward(retain_graph=True)
        yield f"gradient of the {call}", x.grad


@case(BACKWARD, builds_on=("retain_graph::second_backward_is_refused",))
def two_results_that_share_a_part(torch):
    """The second of two results that share a saved tensor cannot go backward once the first has."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    shared = x.exp()
    first, second = (shared * 2).sum(), (shared + 3).sum()
    first.backward()
    yield "gradient of the first", x.grad
    yield "second", raises(lambda: second.backward())
    yield "gradient after the error", x.grad


@case(BACKWARD, builds_on=("retain_graph::two_results_that_share_a_part",))
def two_results_that_share_only_leaves(torch):
    """Two results that share only leaves go backward one after the other."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    first, second = (x.exp() * 2).sum(), (x.sin() * x).sum()
    first.backward()
    yield "gradient of the first", x.grad
    second.backward()
    yield "gradient of both", x.grad


@case(BACKWARD, builds_on=("retain_graph::second_backward_is_refused",))
def part_of_a_freed_graph(torch):
    """Once a result has gone backward, neither an intermediate result nor a new one made of it can."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**3
    y.sum().backward()
    yield "gradient", x.grad
    yield "intermediate", raises(lambda: y.backward(torch.tensor([1.0, 2.0])))
    yield "made of it", raises(lambda: (y * 2).sum().backward())
    yield "gradient after the errors", x.grad


@case(BACKWARD, builds_on=("retain_graph::second_backward_is_refused",))
def refused_part_way(torch):
    """Gradients that were accumulated before a freed node was reached stay where they are."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 0.5], requires_grad=True)
    y = x.exp()
    y.sum().backward()
    x.grad = None
    yield "refused", raises(lambda: (y + w).backward(torch.tensor([0.5, 2.5])))
    yield "x.grad", x.grad
    yield "w.grad", w.grad


@case(BACKWARD)
def create_graph_retains_the_graph(torch):
    """`create_graph=True` retains the graph, and the gradient is tracked."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x**3).sum()
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(y, x)
    yield "with create_graph", first
    yield "again", second
    yield "a third time", raises(lambda: torch.autograd.grad(y, x))


@case(BACKWARD, builds_on=("retain_graph::create_graph_retains_the_graph",))
def create_graph_without_retaining(torch):
    """`create_graph=True, retain_graph=False` frees the graph, but not that of the gradient."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x**3).sum()
    (gradient,) = torch.autograd.grad(y, x, create_graph=True, retain_graph=False)
    yield "gradient", gradient
    yield "again", raises(lambda: torch.autograd.grad(y, x))
    yield "its derivative", raises(lambda: torch.autograd.grad(gradient.sum(), x))


@case("torch.autograd: torch.autograd.grad")
def grad_frees_the_graph_too(torch):
    """`torch.autograd.grad` frees what it went through, as `backward` does."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x**2).sum()
    yield "grad", torch.autograd.grad(y, x)
    yield "grad again", raises(lambda: torch.autograd.grad(y, x))
    yield "backward", raises(lambda: y.backward())


@case("torch.autograd: torch.autograd.grad", builds_on=("retain_graph::grad_frees_the_graph_too",))
def only_what_was_gone_through_is_freed(torch):
    """A `grad` toward an intermediate result leaves the graph behind that result usable."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    hidden = x**2
    result = (hidden**3).sum()
    yield "toward the intermediate", torch.autograd.grad(result, hidden)
    yield "behind it", raises(lambda: torch.autograd.grad(hidden, x, torch.tensor([1.0, 0.5])))
    yield "through the front again", raises(lambda: torch.autograd.grad(result, x))


@case(BACKWARD, builds_on=("retain_graph::second_backward_is_refused",))
def refusal_by_a_leaf_input(torch):
    """The refusal comes also where what was saved is a leaf, or a constant."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    product, constant = x * x, x * torch.tensor([3.0, 4.0])
    product.backward(torch.tensor([1.0, 0.5]))
    constant.backward(torch.tensor([1.0, 0.5]))
    yield "x * x", raises(lambda: product.backward(torch.tensor([1.0, 0.5])))
    yield "x * constant", raises(lambda: constant.backward(torch.tensor([1.0, 0.5])))
    yield "gradient", x.grad
