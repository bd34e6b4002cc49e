"""How `torch.autograd.grad` is called: outputs, inputs, edges of the graph, batches of gradients."""

from __future__ import annotations

import collections

from conformance import case, raises

GRAD = "torch.autograd: torch.autograd.grad"
EDGE = "torch.autograd: torch.autograd.graph.get_gradient_edge"
BATCH = "grad_calls::batch_of_gradients"


@case(GRAD)
def inputs_as_a_dict(torch):
    """Inputs in a dict give a dict of gradients under the same keys; other mappings are refused."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = (x * x * w).sum()
    yield "gradients", torch.autograd.grad(y, {"second": w, "first": x}, retain_graph=True)
    mapping = collections.OrderedDict(x=x)
    yield "another mapping", raises(lambda: torch.autograd.grad(y, mapping))
    yield "an empty dict", raises(lambda: torch.autograd.grad(y, {}))


@case(GRAD, builds_on=("grad_calls::inputs_as_a_dict",))
def unused_inputs_in_a_dict(torch):
    """In a dict of inputs, unused ones are refused by their place, allowed as None, or made zeros."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    other = torch.tensor([[0.5], [3.0]], requires_grad=True)
    y = (x**3).sum()
    inputs = {"x": x, "other": other}
    yield "refused", raises(lambda: torch.autograd.grad(y, inputs, retain_graph=True))
    yield "allowed", torch.autograd.grad(y, inputs, retain_graph=True, allow_unused=True)
    yield "zeros", torch.autograd.grad(y, inputs, materialize_grads=True)


@case(GRAD)
def generators_of_outputs_and_inputs(torch):
    """Outputs, inputs and their gradients may come from generators."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    outputs = (each for each in (x * w, x**3))
    weights = (each for each in (torch.tensor([1.0, 0.5]), torch.tensor([-2.0, 0.25])))
    yield "gradients", torch.autograd.grad(outputs, (each for each in (w, x)), weights)


@case(GRAD)
def output_given_twice(torch):
    """An output that is given twice counts twice, each time with its own weight."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**2
    weights = [torch.tensor([1.0, 10.0]), torch.tensor([0.25, -3.0])]
    yield "gradients", torch.autograd.grad([y, y], x, weights)


@case(GRAD)
def output_that_is_also_an_input(torch):
    """An output among the inputs gets its own weight, and what comes from outputs made of it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    inner = x * 3
    outer = inner**2
    weights = [torch.tensor([1.0, 0.5]), torch.tensor([-4.0, 7.0])]
    yield "gradients", torch.autograd.grad([outer, inner], [inner, outer, x], weights)


@case(GRAD)
def no_outputs_at_all(torch):
    """Without outputs every input is unused."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "refused", raises(lambda: torch.autograd.grad([], x))
    yield "allowed", torch.autograd.grad([], x, allow_unused=True)
    yield "zeros", torch.autograd.grad([], x, materialize_grads=True)


@case(GRAD)
def inputs_of_another_kind(torch):
    """Inputs that are neither tensors nor edges are refused, in the order in which they stand."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    constant = torch.tensor([0.5, 3.0])
    y = (x * x).sum()
    yield "None", raises(lambda: torch.autograd.grad(y, None))
    yield "None in a list", raises(lambda: torch.autograd.grad(y, [None]))
    yield "a list in a list", raises(lambda: torch.autograd.grad(y, [[x]]))
    yield "a number first", raises(lambda: torch.autograd.grad(y, [2.0, constant]))
    yield "a constant first", raises(lambda: torch.autograd.grad(y, [constant, 2.0]))
    yield "a node", raises(lambda: torch.autograd.grad(y, [y.grad_fn]))
    yield "missing", raises(lambda: torch.autograd.grad(y))


@case(GRAD)
def refused_before_anything_runs(torch):
    """A call that is refused for its arguments frees nothing and runs no hook."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    ran = []
    y = x * x
    y.register_hook(lambda grad: ran.append(grad.tolist()))
    g = torch.tensor([1.0, 0.5])
    for inputs, weights in (([], g), ([2.0], g), ([x], None), ([x], torch.ones(3)), ([g], g)):
        raises(lambda inputs=inputs, weights=weights: torch.autograd.grad(y, inputs, weights))
    yield "hooks", list(ran)
    yield "gradients", torch.autograd.grad(y, x, g)


@case(GRAD)
def unused_input_is_refused_after_the_run(torch):
    """An unused input is refused when the graph has run: hooks ran, and saved tensors are gone."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    other = torch.tensor(0.5, requires_grad=True)
    ran = []
    x.register_hook(lambda grad: ran.append(grad.tolist()))
    y = (x * x).sum()
    yield "refused", raises(lambda: torch.autograd.grad(y, [x, other]))
    yield "hooks", ran
    yield "again", raises(lambda: torch.autograd.grad(y, x))


@case(GRAD)
def only_inputs_is_deprecated(torch):
    """`only_inputs=False` warns and changes nothing: no gradient is accumulated."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    yield "gradients", torch.autograd.grad((x * w).sum(), x, only_inputs=False)
    yield "x.grad", x.grad
    yield "w.grad", w.grad


@case(GRAD)
def arguments_of_grad_by_position(torch):
    """All nine arguments may be given by position."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    other = torch.tensor([[0.5]], requires_grad=True)
    g = torch.tensor([1.0, 0.5])
    yield (
        "gradients",
        torch.autograd.grad(x**3, [x, other], g, True, True, True, None, False, True),
    )
    yield "a tenth", raises(lambda: torch.autograd.grad(x, x, g, 1, 1, 1, 1, 0, 1, 1))


@case(GRAD, builds_on=("autograd_grad::unused_input_as_zeros",))
def zeros_for_unused_inputs_require_grad(torch):
    """The zeros of `materialize_grads` require grad where `create_graph` is set, and lie as their input does."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    other = torch.tensor([[0.5, 3.0, 1.0], [2.0, 4.0, 5.0]]).t().requires_grad_()
    y = (x**3).sum()
    (zeros,) = torch.autograd.grad(y, [other], materialize_grads=True, create_graph=True)
    yield "with create_graph", zeros
    yield "strides", zeros.stride()
    (zeros,) = torch.autograd.grad(y, [other], materialize_grads=True)
    yield "without", zeros


@case(GRAD, builds_on=("autograd_grad::unused_input_as_zeros",))
def unused_under_the_second_derivative(torch):
    """What does not depend on x has no second derivative: refused, None, or zeros."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    (gradient,) = torch.autograd.grad((x * w).sum(), x, create_graph=True)
    weights = torch.tensor([1.0, 0.5])
    yield "gradient", gradient
    yield "refused", raises(lambda: torch.autograd.grad(gradient, x, weights))
    yield "None", torch.autograd.grad(gradient, [x, w], weights, retain_graph=True, allow_unused=True)
    yield "zeros", torch.autograd.grad(gradient, [x, w], weights, materialize_grads=True)


@case(EDGE)
def edges_as_outputs_and_inputs(torch):
    """Outputs and inputs may be edges of the graph in place of the tensors."""
    edge = torch.autograd.graph.get_gradient_edge
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = (y**2).sum()
    yield "edge to edge", torch.autograd.grad(edge(z), edge(y), retain_graph=True)
    yield "edge to tensor", torch.autograd.grad([edge(z)], [y, x], retain_graph=True)
    yield "tensor to edges", torch.autograd.grad(z, (edge(x), edge(y)))


@case(EDGE, builds_on=("grad_calls::edges_as_outputs_and_inputs",))
def gradients_of_edges_are_checked(torch):
    """An edge as output knows shape and dtype: its gradient is checked and cast as a tensor's is."""
    edge = torch.autograd.graph.get_gradient_edge
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * x
    yield "missing", raises(lambda: torch.autograd.grad(edge(y), x))
    yield "another shape", raises(lambda: torch.autograd.grad(edge(y), x, torch.tensor([1.0, 2.0, 3.0])))
    yield "no tensor", raises(lambda: torch.autograd.grad(edge(y), x, [2.0]))
    wide = torch.tensor([1.0, 0.5], dtype=torch.float64)
    yield "another dtype", torch.autograd.grad(edge(y), x, wide)


@case(EDGE, builds_on=("grad_calls::edges_as_outputs_and_inputs",))
def backward_from_and_into_edges(torch):
    """`backward` takes edges as roots, and as inputs those of leaves."""
    edge = torch.autograd.graph.get_gradient_edge
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = x * w
    torch.autograd.backward(edge(y), torch.tensor([1.0, 0.5]), retain_graph=True)
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    torch.autograd.backward([edge(y), x], [torch.tensor([1.0, 0.5])] * 2, inputs=[edge(x)])
    yield "x.grad as the only input", x.grad
    yield "w.grad beside it", w.grad


@case(EDGE, builds_on=("grad_calls::edges_as_outputs_and_inputs",))
def edge_outlives_its_tensor(torch):
    """An edge keeps the graph alive after the tensor is gone, and names what the tensor was before a change."""
    edge = torch.autograd.graph.get_gradient_edge
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    before = edge(y)
    y.mul_(10)
    z = edge((y**2).sum())
    del y
    yield "toward what it was", torch.autograd.grad(z, before, retain_graph=True)
    yield "toward x", torch.autograd.grad(z, x, retain_graph=True)
    yield "from what it was", torch.autograd.grad(before, x, torch.tensor([1.0, 0.5]))


@case(EDGE, builds_on=("grad_calls::edges_as_outputs_and_inputs",))
def edge_of_one_of_several_outputs(torch):
    """The edge of one of several outputs leads to that output only."""
    edge = torch.autograd.graph.get_gradient_edge
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    first, second = (x * x).unbind()
    total = (first * 3).sum() + (second**2).sum()
    yield "second", torch.autograd.grad(total, edge(second), retain_graph=True)
    yield "first", torch.autograd.grad(total, edge(first), retain_graph=True)
    yield "from the second", torch.autograd.grad(edge(second), x, torch.tensor([1.0, 0.5]))


@case(EDGE, builds_on=("grad_calls::edges_as_outputs_and_inputs",))
def unused_edges(torch):
    """Unused edges are refused or None like tensors, but cannot be made zeros."""
    edge = torch.autograd.graph.get_gradient_edge
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    other = edge(torch.tensor([0.5], requires_grad=True))
    y = (x * x).sum()
    yield "refused", raises(lambda: torch.autograd.grad(y, [x, other], retain_graph=True))
    yield "None", torch.autograd.grad(y, [x, other], retain_graph=True, allow_unused=True)
    yield (
        "zeros",
        raises(lambda: torch.autograd.grad(y, [other], retain_graph=True, materialize_grads=True)),
    )
    yield "used, with zeros", torch.autograd.grad(y, [edge(x)], materialize_grads=True)


@case(GRAD)
def batch_of_gradients(torch):
    """With `is_grads_batched`, the first dimension of `grad_outputs` is a batch: one result for each."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [2.0, -3.0]])
    yield "gradients", torch.autograd.grad(x * x * w, (x, w), rows, is_grads_batched=True)


@case(GRAD, builds_on=(BATCH,))
def batch_gives_the_jacobian(torch):
    """A batch of unit vectors gives the rows of the Jacobian matrix."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = torch.stack([x[0] * x[1], (x**2).sum()])
    (jacobian,) = torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True)
    yield "jacobian", jacobian


@case(GRAD, builds_on=(BATCH,))
def batch_through_broadcasting_and_reductions(torch):
    """A batch passes through broadcast operands, reductions and matrix products as each vector would."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    b = torch.tensor([0.25, -1.0], requires_grad=True)
    y = ((x @ x + b) * b).mean(1)
    rows = torch.tensor([[1.0, 0.5], [0.0, -1.0], [2.0, -3.0]])
    yield "gradients", torch.autograd.grad(y, (x, b), rows, is_grads_batched=True)


@case(GRAD, builds_on=(BATCH,))
def batches_for_several_outputs(torch):
    """Batches for several outputs go together, one of each; their lengths must agree."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y, z = x**2, (x**3).sum()
    rows = torch.tensor([[1.0, 0.5], [0.0, -1.0]])
    yield (
        "gradients",
        torch.autograd.grad(
            [y, z], x, [rows, torch.tensor([10.0, 0.1])], is_grads_batched=True, retain_graph=True
        ),
    )
    yield (
        "lengths that differ",
        raises(lambda: torch.autograd.grad([y, z], x, [rows, torch.ones(3)], is_grads_batched=True)),
    )


@case(GRAD, builds_on=(BATCH,))
def batches_that_are_refused(torch):
    """A batch must be given for each output, with a dimension in front of the output's own."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y, z = x**2, (x**3).sum()
    calls = {
        "none": (z, None),
        "a scalar": (z, torch.tensor(1.0)),
        "a vector without batch": (y, torch.tensor([1.0, 0.5])),
        "another shape": (y, torch.ones(3, 4)),
        "a batch of batches": (y, torch.ones(3, 3, 2)),
        "an empty batch": (y, torch.ones(0, 2)),
        "none among them": ([y, z], [torch.ones(3, 2), None]),
    }
    for name, (outputs, rows) in calls.items():
        yield (
            name,
            raises(
                lambda outputs=outputs, rows=rows: torch.autograd.grad(
                    outputs, x, rows, is_grads_batched=True
                )
            ),
        )


@case(GRAD, builds_on=(BATCH,))
def unused_inputs_of_a_batch(torch):
    """An unused input of a batch is refused, None, or zeros without a batch."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    other = torch.tensor([0.5], requires_grad=True)
    y = x**2
    rows = torch.tensor([[1.0, 0.5], [0.0, -1.0], [2.0, -3.0]])

    def gradients(**options):
        return torch.autograd.grad(y, (x, other), rows, True, is_grads_batched=True, **options)

    yield "refused", raises(gradients)
    yield "None", gradients(allow_unused=True)
    yield "zeros", gradients(materialize_grads=True)


@case(GRAD, builds_on=(BATCH,))
def batch_frees_the_graph_once(torch):
    """A batch goes through the graph once: it frees the saved tensors, unless they are retained."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**3
    rows = torch.tensor([[1.0, 0.5], [0.0, -1.0], [2.0, -3.0]])
    for retain_graph in (True, None):
        yield (
            f"retain_graph={retain_graph}",
            torch.autograd.grad(y, x, rows, retain_graph=retain_graph, is_grads_batched=True),
        )
    yield "afterwards", raises(lambda: torch.autograd.grad(y, x, rows, is_grads_batched=True))


@case(GRAD, builds_on=(BATCH,))
def second_derivative_of_a_batch(torch):
    """The results of a batch can be differentiated again with `create_graph`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = (x**3) * torch.tensor([2.0, 0.5])
    rows = torch.tensor([[1.0, 0.5], [0.0, -1.0]])
    (batch,) = torch.autograd.grad(y, x, rows, create_graph=True, is_grads_batched=True)
    yield "batch", batch.detach()
    yield "node", batch.grad_fn.name()
    weights = torch.tensor([[10.0, 1.0], [3.0, -2.0]])
    (second,) = torch.autograd.grad(batch, x, weights)
    yield "second derivative", second.tolist()


@case(GRAD, builds_on=(BATCH,))
def dtypes_of_a_batch(torch):
    """The results of a batch have the dtypes of their inputs, whatever the dtype of the batch."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], dtype=torch.float64, requires_grad=True)
    for dtype in (torch.float64, torch.float32, torch.int64):
        rows = torch.tensor([[1, 2], [0, -3]]).to(dtype)
        yield f"{dtype}", torch.autograd.grad(x * w, (x, w), rows, is_grads_batched=True)


@case(GRAD, builds_on=(BATCH,))
def hooks_of_a_batch(torch):
    """Hooks run once for the whole batch, on what looks like the gradient of one example."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**3
    seen = []

    def hook(grad):
        seen.append((list(grad.shape), grad.requires_grad))
        return grad * 10

    y.register_hook(hook)
    x.register_hook(hook)
    rows = torch.tensor([[1.0, 0.5], [0.0, -1.0], [2.0, -3.0]])
    yield "gradients", torch.autograd.grad(y * 2, x, rows, is_grads_batched=True)
    yield "seen", seen


@case(GRAD, builds_on=(BATCH,))
def batch_toward_results_and_leaves(torch):
    """A batch may go toward results on the way and leaves at once; what no example changes is repeated for each."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = y.exp() + x
    rows = torch.tensor([[1.0, 0.5], [0.0, -1.0], [2.0, -3.0]])
    yield "gradients", torch.autograd.grad(z, (y, x, z), rows, is_grads_batched=True)


@case(GRAD, builds_on=(BATCH,))
def loss_of_a_batch(torch):
    """A batch of gradients passes through a loss and a softmax."""
    x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]], requires_grad=True)
    target = torch.tensor([[0.0, 1.0, 0.5], [1.0, 0.25, 0.0]])
    functional = torch.nn.functional
    losses = torch.stack(
        [
            functional.binary_cross_entropy_with_logits(x, target),
            functional.mse_loss(x.softmax(1), target),
            (x.log_softmax(0) * target).sum(),
        ]
    )
    (jacobian,) = torch.autograd.grad(losses, x, torch.eye(3), is_grads_batched=True)
    yield "jacobian", jacobian
