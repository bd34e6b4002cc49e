"""Hooks on nodes: before a node runs, on the gradients of its outputs, and after it, on those of its inputs."""

from __future__ import annotations

from conformance import case, raises


def leaves(torch):
    """Two leaves."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = torch.tensor([3.0, 0.25], requires_grad=True)
    return x, y


def listed(grads):
    """Gradients as lists of numbers."""
    return [None if grad is None else grad.tolist() for grad in grads]


def run(torch, before=None, after=None):
    """The gradients of a product whose node has these hooks, or the error."""
    x, y = leaves(torch)
    product = x * y
    if before is not None:
        product.grad_fn.register_prehook(before)
    if after is not None:
        product.grad_fn.register_hook(after)

    def backward():
        product.backward(torch.tensor([2.0, -4.0]))
        return listed([x.grad, y.grad])

    return raises(backward)


@case("torch.autograd.graph: Node.register_prehook")
def prehook_gets_the_gradients_of_the_outputs(torch):
    """A prehook gets a tuple with the gradient of each output, None where none arrived."""
    x, y = leaves(torch)
    product = x * y
    seen = []
    product.grad_fn.register_prehook(lambda grads: seen.append((type(grads).__name__, listed(grads))))
    _, second = product.unbind(0)
    second.grad_fn.register_prehook(lambda grads: seen.append((type(grads).__name__, listed(grads))))
    (second * 3).backward()
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.autograd.graph: Node.register_hook")
def hook_gets_the_gradients_of_inputs_and_outputs(torch):
    """A hook gets the gradients of the inputs, None for constants, and those of the outputs."""
    x, _ = leaves(torch)
    constant = torch.tensor([4.0, 5.0])
    seen = []

    def note(inputs, outputs):
        seen.append([listed(inputs), listed(outputs)])

    (constant * x).grad_fn.register_hook(note)
    product = constant * x
    product.grad_fn.register_hook(note)
    product.backward(torch.tensor([2.0, -4.0]))
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.autograd.graph: Node.register_prehook")
def what_prehooks_return(torch):
    """A prehook returns None or a tuple of as many gradients, of the shapes and types that there were."""
    yield "None", run(torch, before=lambda grads: None)
    yield "another gradient", run(torch, before=lambda grads: (grads[0] * 10,))
    yield "no gradient", run(torch, before=lambda grads: (None,))
    yield "a tensor", run(torch, before=lambda grads: grads[0] * 10)
    yield "a list", run(torch, before=lambda grads: [grads[0]])
    yield "too many", run(torch, before=lambda grads: (grads[0], grads[0]))
    yield "none at all", run(torch, before=lambda grads: ())
    yield "another shape", run(torch, before=lambda grads: (grads[0][:1],))
    yield "another type", run(torch, before=lambda grads: (grads[0].double(),))
    yield "a number", run(torch, before=lambda grads: (3.0,))


@case("torch.autograd.graph: Node.register_hook")
def what_hooks_return(torch):
    """A hook returns None or a tuple of gradients for all the inputs, of the shapes and types that there were."""
    yield "None", run(torch, after=lambda inputs, outputs: None)
    yield "exchanged", run(torch, after=lambda inputs, outputs: (inputs[1], inputs[0]))
    yield "dropped", run(torch, after=lambda inputs, outputs: (None, inputs[1]))
    yield "a tensor", run(torch, after=lambda inputs, outputs: inputs[0])
    yield "a list", run(torch, after=lambda inputs, outputs: [inputs[1], inputs[0]])
    yield "too few", run(torch, after=lambda inputs, outputs: (inputs[0],))
    yield "another shape", run(torch, after=lambda inputs, outputs: (inputs[0][:1], inputs[1]))
    yield "another type", run(torch, after=lambda inputs, outputs: (inputs[0].double(), inputs[1]))


@case("torch.autograd.graph: Node.register_hook")
def hooks_see_what_earlier_ones_returned(torch):
    """Hooks of one node run in the order in which they were registered, each with what the one before returned."""
    x, y = leaves(torch)
    product = x * y
    node = product.grad_fn
    seen = []
    node.register_prehook(lambda grads: (grads[0] + 1,))
    node.register_prehook(lambda grads: seen.append(listed(grads)) or (grads[0] * 10,))
    node.register_hook(lambda inputs, outputs: (inputs[0] * 2, inputs[1] + 1))
    node.register_hook(lambda inputs, outputs: seen.append([listed(inputs), listed(outputs)]))
    product.backward(torch.tensor([2.0, -4.0]))
    yield "seen", seen
    yield "x", x.grad
    yield "y", y.grad


@case("Autograd mechanics: Backward Hooks execution")
def hooks_of_tensor_and_node(torch):
    """Hooks of the tensor run first, then the node's prehooks, the node and its hooks; each sees the last gradient."""
    x, y = leaves(torch)
    product = x * y
    order = []
    product.grad_fn.register_hook(lambda inputs, outputs: order.append(("after", listed(outputs))))
    product.grad_fn.register_prehook(lambda grads: order.append(("before", listed(grads))))
    product.register_hook(lambda grad: order.append(("tensor", grad.tolist())) or grad * 10)
    x.register_hook(lambda grad: order.append(("leaf", grad.tolist())))
    product.retain_grad()
    product.backward(torch.tensor([2.0, -4.0]))
    yield "order", order
    yield "retained", product.grad


@case("torch.autograd.graph: Node.register_hook")
def hooks_of_nodes_can_be_removed(torch):
    """The handle removes a hook; hooks stay for each further backward."""
    x, y = leaves(torch)
    product = x * y
    calls = []
    before = product.grad_fn.register_prehook(lambda grads: calls.append("before"))
    after = product.grad_fn.register_hook(lambda inputs, outputs: calls.append("after"))
    out = product.sum()
    out.backward(retain_graph=True)
    before.remove()
    out.backward(retain_graph=True)
    yield "calls", calls[:]
    calls.clear()
    with after:
        out.backward(retain_graph=True)
    out.backward()
    yield "with the other", calls


@case("torch.autograd.graph: Node.register_hook")
def hooks_of_a_leafs_node(torch):
    """Hooks of AccumulateGrad run around the accumulation: there are no inputs to have gradients."""
    x, y = leaves(torch)
    product = x * y
    node = product.grad_fn.next_functions[0][0]
    seen = []

    def before(grads):
        seen.append(["before", listed(grads), x.grad is None])
        return (grads[0] * 10,)

    def after(inputs, outputs):
        seen.append(["after", listed(inputs), listed(outputs), x.grad is None])

    node.register_prehook(before)
    node.register_hook(after)
    product.backward(torch.tensor([2.0, -4.0]))
    yield "seen", seen
    yield "gradient", x.grad


@case("torch.autograd.graph: Node.register_hook")
def hooks_of_nodes_that_are_not_run(torch):
    """Hooks of a node run only where a backward needs the node: its prehooks also where its output is asked for."""
    x, y = leaves(torch)
    product = x * y
    calls = []
    product.grad_fn.register_prehook(lambda grads: calls.append("before") or (grads[0] * 10,))
    product.grad_fn.register_hook(lambda inputs, outputs: calls.append("after"))
    out = (product + y * 3).sum()
    yield "for x", torch.autograd.grad(out, x, retain_graph=True)
    yield "calls for x", calls[:]
    calls.clear()
    yield "for the product", torch.autograd.grad(out, product, retain_graph=True)
    yield "calls for the product", calls[:]
    calls.clear()
    other = (y * 3).sum()
    other.backward()
    yield "elsewhere", calls


@case("torch.autograd.graph: Node.register_hook")
def hooks_of_nodes_with_create_graph(torch):
    """With `create_graph`, what the hooks of a node compute becomes part of the gradient's graph."""
    x, y = leaves(torch)
    product = x * y
    product.grad_fn.register_prehook(lambda grads: (grads[0] * x,))
    product.grad_fn.register_hook(lambda inputs, outputs: (inputs[0].exp(), inputs[1]))
    (gradient,) = torch.autograd.grad(product, x, torch.tensor([2.0, -4.0]), create_graph=True)
    yield "gradient", gradient
    yield "second", torch.autograd.grad(gradient, (x, y), torch.tensor([0.5, 3.0]))


@case("torch.autograd.graph: Node.register_hook")
def hooks_of_nodes_that_raise(torch):
    """An error in a hook ends the backward: what came later did not run."""
    x, y = leaves(torch)

    def fail(*grads):
        raise ValueError("not these")

    for kind in ("register_prehook", "register_hook"):
        product = x * y
        getattr(product.grad_fn, kind)(fail)
        yield kind, raises(lambda product=product: product.sum().backward())
    yield "gradients", [x.grad, y.grad]


@case("torch.autograd.graph: Node.register_hook")
def hooks_of_nodes_that_broadcast(torch):
    """Hooks of a node see its inputs' gradients in the shapes of the inputs: summed where they were broadcast."""
    x = torch.tensor([[1.5], [-0.5]], requires_grad=True)
    y = torch.tensor([3.0, 0.25, 2.0], requires_grad=True)
    product = x * y
    seen = []
    product.grad_fn.register_hook(lambda inputs, outputs: seen.extend([*inputs, *outputs]))
    product.backward(torch.tensor([[2.0, -4.0, 0.5], [1.0, 3.0, -2.0]]))
    yield "seen", seen
    yield "x", x.grad
