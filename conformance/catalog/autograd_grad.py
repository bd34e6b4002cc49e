"""`torch.autograd.grad`: what it returns, what it leaves alone, and what it refuses."""

from __future__ import annotations

from conformance import case, raises

GRAD = "torch.autograd: torch.autograd.grad"


@case(GRAD)
def returns_a_tuple_and_leaves_grad_alone(torch):
    """`grad` returns a tuple of gradients, and accumulates nothing into `.grad`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    gradients = torch.autograd.grad((x**2 * w).sum(), (x, w))
    yield "gradients", gradients
    yield "x.grad", x.grad
    yield "w.grad", w.grad


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def order_follows_the_inputs(torch):
    """The gradients come in the order of `inputs`: a list, a single tensor, or a tensor named twice."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    loss = (x**2 * w).sum()
    yield "a list", torch.autograd.grad(loss, [w, x], retain_graph=True)
    yield "a single tensor", torch.autograd.grad(loss, w, retain_graph=True)
    yield "a tensor twice", torch.autograd.grad(loss, [x, x], retain_graph=True)


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def toward_intermediate_results(torch):
    """`grad` may be asked for results on the way, and then goes no further than needed."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    hidden = x * 3
    result = hidden.sin() * hidden
    gradient = torch.tensor([1.0, 0.5])
    yield "intermediate", torch.autograd.grad(result, hidden, gradient, retain_graph=True)
    yield "both", torch.autograd.grad(result, [hidden, x], gradient, retain_graph=True)
    yield "the result itself", torch.autograd.grad(result, result, gradient)


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def grad_outputs_weigh_the_outputs(torch):
    """`grad_outputs` gives a weight for each output, as a tensor or a list, with None for a scalar."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    vector, scalar = x * x, (x * 3).sum()
    weights = torch.tensor([10.0, -0.1])
    yield "one", torch.autograd.grad(vector, x, weights, retain_graph=True)
    yield "by keyword", torch.autograd.grad(vector, x, grad_outputs=[weights], retain_graph=True)
    yield "two outputs", torch.autograd.grad([vector, scalar], x, [weights, None], retain_graph=True)
    yield "scalars only", torch.autograd.grad([scalar, vector.sum()], x, retain_graph=True)


@case(GRAD, builds_on=("autograd_grad::grad_outputs_weigh_the_outputs",))
def outputs_without_grad_outputs(torch):
    """Without `grad_outputs` each output must be a scalar, and shapes and numbers must fit."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    vector, scalar = x * x, (x * 3).sum()
    weights = torch.tensor([10.0, -0.1])
    yield "a vector", raises(lambda: torch.autograd.grad(vector, x))
    yield "a vector among scalars", raises(lambda: torch.autograd.grad([scalar, vector], x))
    yield "None for a vector", raises(lambda: torch.autograd.grad(vector, x, [None]))
    yield "another shape", raises(lambda: torch.autograd.grad(vector, x, torch.tensor([1.0, 2.0, 3.0])))
    yield "too few", raises(lambda: torch.autograd.grad([vector, scalar], x, [weights]))
    yield "a constant", raises(lambda: torch.autograd.grad(weights.sum(), x))


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def unused_input_is_refused(torch):
    """An input that the outputs do not depend on is refused, unless `allow_unused=True` gives None for it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    unused = torch.tensor([7.0], requires_grad=True)
    y = (x * x).sum()
    yield "refused", raises(lambda: torch.autograd.grad(y, [x, unused], retain_graph=True))
    yield "allowed", torch.autograd.grad(y, [x, unused], allow_unused=True, retain_graph=True)
    yield "only the unused", torch.autograd.grad(y, unused, allow_unused=True)


@case(GRAD, builds_on=("autograd_grad::unused_input_is_refused",))
def unused_input_as_zeros(torch):
    """`materialize_grads=True` gives zeros in place of None, and contradicts `allow_unused=False`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    unused = torch.tensor([[7.0, 8.0]], dtype=torch.float64, requires_grad=True)
    y = (x * x).sum()
    yield "zeros", torch.autograd.grad(y, [x, unused], materialize_grads=True, retain_graph=True)
    yield (
        "with allow_unused=False",
        raises(lambda: torch.autograd.grad(y, [x, unused], allow_unused=False, materialize_grads=True)),
    )


@case(GRAD, builds_on=("autograd_grad::unused_input_is_refused",))
def input_that_does_not_require_grad(torch):
    """An input that does not require grad is refused, even with `allow_unused=True`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    constant = torch.tensor([3.0, 4.0])
    y = (x * constant).sum()
    yield "refused", raises(lambda: torch.autograd.grad(y, constant, retain_graph=True))
    yield "with allow_unused", raises(lambda: torch.autograd.grad(y, [x, constant], allow_unused=True))
    yield "detached", raises(lambda: torch.autograd.grad(y, x.detach()))


@case(GRAD, builds_on=("autograd_grad::unused_input_is_refused",))
def copies_and_views_are_other_inputs(torch):
    """A view or a clone of x that the outputs were not made of is unused."""
    x = torch.tensor([[1.5, -2.0]], requires_grad=True)
    view, clone = x.view(2), x.clone()
    y = (x * x).sum()
    yield "view", raises(lambda: torch.autograd.grad(y, view, retain_graph=True))
    yield "clone", raises(lambda: torch.autograd.grad(y, clone, retain_graph=True))
    yield "x", torch.autograd.grad(y, x)


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def other_leaves_are_left_alone(torch):
    """`grad` toward one leaf leaves the grads of others, and the retained ones of results, as they are."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    hidden = x * w
    hidden.retain_grad()
    loss = (hidden * w).sum()
    loss.backward(retain_graph=True)
    yield "x.grad", x.grad
    yield "gradient", torch.autograd.grad(loss, w)
    yield "x.grad after it", x.grad
    yield "w.grad after it", w.grad
    yield "hidden.grad after it", hidden.grad


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def inputs_that_are_no_tensors(torch):
    """Inputs and outputs must be tensors, and at least one input must be given."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x * x).sum()
    yield "no inputs", raises(lambda: torch.autograd.grad(y, []))
    yield "a number as output", raises(lambda: torch.autograd.grad(2.0, x))
    yield "a number as input", raises(lambda: torch.autograd.grad(y, [2.0]))


@case(GRAD, builds_on=("autograd_grad::grad_outputs_weigh_the_outputs",))
def gradient_that_passes_through_is_what_was_given(torch):
    """Where no operation changes the gradient, `grad` returns the very tensor that was given."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    weights = torch.tensor([10.0, -0.1])
    (through_add,) = torch.autograd.grad(x + 1, x, weights)
    (through_clone,) = torch.autograd.grad(x.clone(), x, weights)
    (through_neg,) = torch.autograd.grad(-x, x, weights)
    yield "add", through_add is weights
    yield "clone", through_clone is weights
    yield "neg", through_neg is weights
    yield "its value", through_add


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def shape_and_dtype_are_those_of_the_input(torch):
    """Each gradient has its input's shape and dtype, through broadcasting and casts."""
    column = torch.tensor([[1.5], [-2.0]], requires_grad=True)
    row = torch.tensor([0.5, 3.0, -1.0], dtype=torch.float64, requires_grad=True)
    scalar = torch.tensor(2.0, dtype=torch.float16, requires_grad=True)
    product = column * row * scalar
    weights = torch.tensor([[1.0, 2.0, 3.0], [-1.0, 0.5, 0.25]], dtype=torch.float64)
    yield "product", product
    yield "gradients", torch.autograd.grad(product, (column, row, scalar), weights)


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def under_no_grad(torch):
    """`grad` works under `no_grad`, too; `create_graph=True` records there all the same."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x**3).sum()
    with torch.no_grad():
        yield "plain", torch.autograd.grad(y, x, retain_graph=True)
        yield "with create_graph", torch.autograd.grad(y, x, create_graph=True)
        yield "grad mode afterwards", torch.is_grad_enabled()


@case(GRAD, builds_on=("autograd_grad::returns_a_tuple_and_leaves_grad_alone",))
def returned_gradients_do_not_require_grad(torch):
    """Without `create_graph` the gradients have no graph; with it they require grad if they depend on x."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "cube", torch.autograd.grad((x**3).sum(), x)
    yield "cube with create_graph", torch.autograd.grad((x**3).sum(), x, create_graph=True)
    yield "linear with create_graph", torch.autograd.grad((x * 3).sum(), x, create_graph=True)
    yield "identity with create_graph", torch.autograd.grad(x.sum(), x, create_graph=True)


@case(GRAD)
def leaf_as_its_own_output(torch):
    """The gradient of a leaf toward itself is what was given."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    weights = torch.tensor([10.0, -0.1])
    yield "x toward x", torch.autograd.grad(x, x, weights)
    yield "x.grad", x.grad


@case(GRAD, builds_on=("autograd_grad::other_leaves_are_left_alone",))
def independent_gradients_do_not_share_memory(torch):
    """Gradients that `backward` leaves in two leaves may be changed one without the other."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    weights = torch.tensor([10.0, -0.1])
    (x + w).backward(weights)
    x.grad.mul_(100)
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    yield "what was given", weights
