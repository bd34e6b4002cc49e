"""Graph nodes called by hand, as functions of the gradient of their output."""

from __future__ import annotations

from conformance import case, raises


@case("AutoGrad in PyTorch", "C5", builds_on=("graph::grad_fn_of_five_times_a_square",))
def calling_mul_and_pow_nodes(torch):
    """Called by hand, MulBackward0 gives (5, None), and PowBackward0 a gradient that is itself recorded."""
    a = torch.tensor([3.0], requires_grad=True)
    result = 5 * a**2
    yield "mul's node", result.grad_fn(torch.tensor([1.0]))
    yield "pow's node", result.grad_fn.next_functions[0][0](torch.tensor([1.0]))


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def calling_a_node_with_other_gradients(torch):
    """A node called by hand is linear in what it is given, and may be called again and again."""
    a = torch.tensor([2.0, -3.0], requires_grad=True)
    result = 5 * a**2
    node = result.grad_fn
    yield "first call", node(torch.tensor([0.5, -1.0]))
    yield "second call", node(torch.tensor([-2.0, 4.0]))
    yield "the node of the power", node.next_functions[0][0](torch.tensor([10.0, 0.1]))
    yield "nothing has been accumulated", a.grad


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def gradient_from_a_called_node_goes_backward(torch):
    """The gradient that PowBackward0 returns when called by hand has a graph through which to go backward."""
    a = torch.tensor([3.0, 0.5], requires_grad=True)
    node = (a**3).grad_fn
    gradient = node(torch.tensor([1.0, 2.0]))
    yield "gradient", gradient
    gradient.backward(torch.tensor([1.0, -1.0]))
    yield "derivative of the gradient", a.grad


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def calling_a_node_without_grad_mode(torch):
    """Under `no_grad`, a node called by hand gives the same values without a graph."""
    a = torch.tensor([3.0], requires_grad=True)
    b = torch.tensor([-4.0], requires_grad=True)
    node = (a * b).grad_fn
    yield "recorded", node(torch.tensor([2.0]))
    with torch.no_grad():
        yield "under no_grad", node(torch.tensor([2.0]))


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def calling_nodes_of_one_input(torch):
    """A node of one input returns the gradient itself, not a tuple."""
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    gradient = torch.tensor([2.0, -3.0])
    yield "exp", x.exp().grad_fn(gradient)
    yield "neg", (-x).grad_fn(gradient)
    yield "view", x.view(2, 1).grad_fn(gradient.view(2, 1))
    yield "unsqueeze", x.unsqueeze(0).grad_fn(gradient.view(1, 2))
    yield "slice", x[1:].grad_fn(torch.tensor([7.0]))
    yield "sum", x.sum().grad_fn(torch.tensor(2.5))
    yield "mean", x.mean().grad_fn(torch.tensor(2.5))
    yield "log", x.log().grad_fn(gradient)


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def calling_nodes_of_two_inputs(torch):
    """A node of two inputs returns a tuple, with None where one does not require grad, but for cat."""
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    constant = torch.tensor([4.0, -2.0])
    gradient = torch.tensor([2.0, -3.0])
    yield "x + constant", (x + constant).grad_fn(gradient)
    yield "constant - x", (constant - x).grad_fn(gradient)
    yield "x + x", (x + x).grad_fn(gradient)
    yield "constant / x", (constant / x).grad_fn(gradient)
    yield "cat", torch.cat([x, constant]).grad_fn(torch.tensor([1.0, 2.0, 3.0, 4.0]))


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_nodes_of_two_inputs",))
def called_node_does_not_sum_to_the_shape_of_its_input(torch):
    """A node called by hand gives gradients of the broadcast shape; only `backward` sums them."""
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
    gradient = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    yield "add's node", (x + y).grad_fn(gradient)
    yield "mul's node", (x * y).grad_fn(gradient)
    (x * y).backward(gradient)
    yield "x.grad by backward", x.grad
    yield "y.grad by backward", y.grad


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def calling_accumulate_grad(torch):
    """AccumulateGrad called by hand adds to the leaf's grad and returns an empty tuple."""
    a = torch.tensor([3.0], requires_grad=True)
    accumulate = (5 * a).grad_fn.next_functions[0][0]
    yield "first call", accumulate(torch.tensor([7.0]))
    yield "grad after it", a.grad
    yield "second call", accumulate(torch.tensor([0.5]))
    yield "grad after both", a.grad


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def calling_a_node_with_the_wrong_arguments(torch):
    """A node wants as many tensors as it has outputs, and says how many it got."""
    a = torch.tensor([3.0], requires_grad=True)
    node = (5 * a).grad_fn
    rows = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True).unbind(0)
    yield "none", raises(lambda: node())
    yield "two", raises(lambda: node(torch.tensor([1.0]), torch.tensor([1.0])))
    yield "a number", raises(lambda: node(2.0))
    yield "one for unbind's two", raises(lambda: rows[0].grad_fn(torch.tensor([1.0, 2.0])))


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def calling_a_node_with_none(torch):
    """None in place of a gradient gives None, or zeros where a node has other outputs with a gradient."""
    a = torch.tensor([3.0], requires_grad=True)
    first, _ = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True).unbind(0)
    yield "mul", (5 * a).grad_fn(None)
    yield "exp", a.exp().grad_fn(None)
    yield "unbind", first.grad_fn(torch.tensor([5.0, 6.0]), None)


@case("AutoGrad in PyTorch", "C5", builds_on=("nodes::calling_mul_and_pow_nodes",))
def calling_a_node_after_backward(torch):
    """After `backward`, calling a node that had saved tensors raises; one that had none still works."""
    a = torch.tensor([3.0, -1.0], requires_grad=True)
    product = a * torch.tensor([2.0, 5.0])
    total = product.sum()
    total.backward()
    yield "product", raises(lambda: product.grad_fn(torch.tensor([1.0, 1.0])))
    yield "sum", total.grad_fn(torch.tensor(2.0))


@case("AutoGrad in PyTorch", "C5")
def sequence_numbers_of_nodes(torch):
    """A node has the number after that of the node recorded before it."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = y.exp()
    yield "next", z.grad_fn._sequence_nr() - y.grad_fn._sequence_nr()
    yield "leaf", z.grad_fn.next_functions[0][0].next_functions[0][0]._sequence_nr()
