"""Gradient edges, versions counted by hand, and hooks on several gradients at once."""

from __future__ import annotations

from conformance import case, raises


def leaves(torch):
    """Two leaves."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = torch.tensor([3.0, 0.25], requires_grad=True)
    return x, y


# ---- gradient edges ----------------------------------------------------------------------------------------


@case("torch.autograd.graph: get_gradient_edge")
def edge_of_a_result_and_of_a_leaf(torch):
    """The edge of a result is its node and its output number; that of a leaf is its AccumulateGrad."""
    x, y = leaves(torch)
    product = x * y
    edge = torch.autograd.graph.get_gradient_edge(product)
    yield "fields", edge._fields
    yield "node", edge.node
    yield "its node is", edge.node is product.grad_fn
    yield "output", edge.output_nr
    yield "token", edge.ownership_token
    of_leaf = torch.autograd.graph.get_gradient_edge(x)
    yield "of the leaf", of_leaf.node is product.grad_fn.next_functions[0][0]
    yield "of the second part", torch.autograd.graph.get_gradient_edge(product.unbind(0)[1]).output_nr


@case("torch.autograd.graph: get_gradient_edge")
def edges_are_named_tuples(torch):
    """Two edges of one tensor are equal, hash alike and print as a named tuple; one can be made by hand."""
    x, y = leaves(torch)
    product = x * y
    edge = torch.autograd.graph.get_gradient_edge(product)
    yield "equal", edge == torch.autograd.graph.get_gradient_edge(product)
    yield "same hash", hash(edge) == hash(torch.autograd.graph.get_gradient_edge(product))
    yield "another", edge == torch.autograd.graph.get_gradient_edge(x)
    yield "text", repr(edge)
    yield "by hand", torch.autograd.graph.GradientEdge(product.grad_fn, 0) == edge
    yield "length", len(edge)


@case("torch.autograd.graph: get_gradient_edge")
def edge_of_what_needs_no_gradient(torch):
    """There is no edge of a tensor that does not require grad."""
    x, _ = leaves(torch)
    yield "constant", raises(lambda: torch.autograd.graph.get_gradient_edge(torch.tensor([1.0])))
    yield "detached", raises(lambda: torch.autograd.graph.get_gradient_edge(x.detach()))
    yield "a number", raises(lambda: torch.autograd.graph.get_gradient_edge(3))


@case("torch.autograd: torch.autograd.grad", builds_on=("graph_edges::edge_of_a_result_and_of_a_leaf",))
def gradients_with_respect_to_edges(torch):
    """An edge stands for its tensor among the inputs of `grad`, even when the tensor is gone."""
    x, y = leaves(torch)
    product = x * y
    edge = torch.autograd.graph.get_gradient_edge(product)
    leaf = torch.autograd.graph.get_gradient_edge(x)
    out = product.exp().sum()
    yield "one", torch.autograd.grad(out, edge, retain_graph=True)
    yield "several", torch.autograd.grad(out, [edge, y, leaf], retain_graph=True)
    del product
    yield "without its tensor", torch.autograd.grad(out, edge, retain_graph=True)
    yield "a plain tuple", raises(lambda: torch.autograd.grad(out, ((edge.node, 0),)))


@case("torch.autograd: torch.autograd.grad", builds_on=("graph_edges::gradients_with_respect_to_edges",))
def edges_that_are_not_used(torch):
    """An edge that the outputs do not depend on is refused, or None with allow_unused; it has no zeros."""
    x, y = leaves(torch)
    out = (x * y).sum()
    edge = torch.autograd.graph.get_gradient_edge(y * 2)

    def grad(**options):
        return raises(lambda: torch.autograd.grad(out, edge, retain_graph=True, **options))

    yield "refused", grad()
    yield "allowed", grad(allow_unused=True)
    yield "materialized", grad(materialize_grads=True)


@case("torch.autograd: torch.autograd.backward", builds_on=("graph_edges::gradients_with_respect_to_edges",))
def edges_as_roots(torch):
    """`backward` and `grad` start at edges as at tensors, and check the gradient's shape."""
    x, y = leaves(torch)
    product = x * y
    edge = torch.autograd.graph.get_gradient_edge(product)
    gradient = torch.tensor([2.0, -3.0])
    yield "grad", torch.autograd.grad(edge, x, grad_outputs=gradient, retain_graph=True)
    yield "no gradient", raises(lambda: torch.autograd.grad(edge, x, retain_graph=True))
    total = torch.autograd.graph.get_gradient_edge(product.sum())
    yield "of a scalar", torch.autograd.grad(total, y, retain_graph=True)
    torch.autograd.backward(edge, gradient, retain_graph=True)
    yield "backward", x.grad
    wrong = torch.tensor([1.0, 2.0, 3.0])
    yield "wrong shape", raises(lambda: torch.autograd.backward(edge, wrong, retain_graph=True))


@case("torch.autograd: torch.autograd.backward", builds_on=("graph_edges::gradients_with_respect_to_edges",))
def edges_as_inputs_of_backward(torch):
    """`backward(inputs=...)` takes edges: a leaf's gradient is accumulated; that of a result goes nowhere."""
    x, y = leaves(torch)
    product = x * y
    out = product.exp().sum()
    out.backward(inputs=[torch.autograd.graph.get_gradient_edge(x)], retain_graph=True)
    yield "x", x.grad
    yield "y", y.grad
    out.backward(inputs=[torch.autograd.graph.get_gradient_edge(product)], retain_graph=True)
    yield "x as before", x.grad
    yield "result", product.grad


@case("torch.autograd.graph: get_gradient_edge")
def edges_stay_where_they_were(torch):
    """An in-place change gives a tensor another edge; the one taken before still leads to the old node."""
    x, _ = leaves(torch)
    tripled = x * 3
    before = torch.autograd.graph.get_gradient_edge(tripled)
    waved = tripled.sin()
    tripled = tripled.mul_(2)
    after = torch.autograd.graph.get_gradient_edge(tripled)
    yield "same", before.node is after.node
    yield "after", after.node
    out = tripled.exp().sum()
    yield "after the change", torch.autograd.grad(out, after, retain_graph=True)
    yield "before the change", torch.autograd.grad(out, before, retain_graph=True)
    yield "of the saved tensor", raises(lambda: torch.autograd.grad(waved.sum(), before))


# ---- versions ----------------------------------------------------------------------------------------------


@case("torch.autograd.graph: increment_version")
def counting_versions_up(torch):
    """`increment_version` counts as a change in place does: for one tensor or several, and for all views."""
    x = torch.tensor([1.5, 2.5])
    increment = torch.autograd.graph.increment_version
    yield "returns", increment(x)
    yield "once", x._version
    increment([x, x])
    yield "twice more", x._version
    view = x[:1]
    increment(view)
    yield "through a view", [x._version, view._version]
    yield "unchanged", x


@case("torch.autograd.graph: increment_version", builds_on=("graph_edges::counting_versions_up",))
def counted_versions_are_checked(torch):
    """A saved tensor whose version was counted up is refused, although nothing changed; a leaf may be counted."""
    x, y = leaves(torch)
    product = x * y
    torch.autograd.graph.increment_version((y,))
    yield "version", y._version
    yield "refused", raises(lambda: product.sum().backward())
    yield "a number", raises(lambda: torch.autograd.graph.increment_version(3))
    yield "numbers", raises(lambda: torch.autograd.graph.increment_version([3]))


@case("torch.autograd.graph: set_warn_on_accumulate_grad_stream_mismatch")
def mismatch_of_streams_is_a_flag(torch):
    """`set_warn_on_accumulate_grad_stream_mismatch` takes a bool."""
    switch = torch.autograd.graph.set_warn_on_accumulate_grad_stream_mismatch
    yield "bool", switch(True)
    yield "number", raises(lambda: switch(1))


# ---- hooks on several gradients ----------------------------------------------------------------------------


def listed(grads):
    """Gradients as lists of numbers."""
    return [None if grad is None else rounded(grad.tolist()) for grad in grads]


def rounded(numbers):
    """Numbers to three places."""
    return [round(each, 3) for each in numbers] if isinstance(numbers, list) else round(numbers, 3)


@case("torch.autograd.graph: register_multi_grad_hook")
def hook_on_all_gradients(torch):
    """Mode "all" calls the hook once, with all gradients, when the last of them is there."""
    x, y = leaves(torch)
    product = x * y
    calls = []
    torch.autograd.graph.register_multi_grad_hook((x, product, y), lambda grads: calls.append(listed(grads)))
    out = product.exp().sum()
    out.backward(retain_graph=True)
    yield "once", calls
    out.backward()
    yield "and again", len(calls)


@case("torch.autograd.graph: register_multi_grad_hook")
def hook_on_any_gradient(torch):
    """Mode "any" calls the hook once in each backward, with the first gradient that is there."""
    x, y = leaves(torch)
    product = x * y
    calls = []
    torch.autograd.graph.register_multi_grad_hook(
        (x, product), lambda grad: calls.append(rounded(grad.tolist())), mode="any"
    )
    out = product.exp().sum()
    out.backward(retain_graph=True)
    yield "once", calls
    (out * 2).backward()
    yield "and again", calls


@case("torch.autograd.graph: register_multi_grad_hook", builds_on=("graph_edges::hook_on_all_gradients",))
def hook_does_not_wait_for_what_is_not_reached(torch):
    """Tensors that this backward does not reach, or does not need, are None and not waited for."""
    x, y = leaves(torch)
    product = x * y
    unused = x * 2
    calls = []
    torch.autograd.graph.register_multi_grad_hook(
        (unused, x, y, product), lambda grads: calls.append(listed(grads))
    )
    product.exp().sum().backward(retain_graph=True)
    yield "everything behind", calls[-1:]
    product.exp().sum().backward(inputs=[y], retain_graph=True)
    yield "only y", calls[-1:]
    calls.clear()
    (unused * 3).backward(torch.tensor([0.5, 7.0]))
    yield "the other result", calls


@case("torch.autograd.graph: register_multi_grad_hook", builds_on=("graph_edges::hook_on_all_gradients",))
def hook_on_the_root_of_backward(torch):
    """The one root of a backward is not waited for: its gradient comes in a call of its own, but not among several."""
    x, y = leaves(torch)
    product, double = x * y, x * 2
    calls = []
    torch.autograd.graph.register_multi_grad_hook((product, x), lambda grads: calls.append(listed(grads)))
    product.backward(torch.tensor([0.5, 7.0]), retain_graph=True)
    yield "one root", calls[:]
    calls.clear()
    torch.autograd.backward((product, double), (torch.tensor([0.5, 7.0]), torch.tensor([1.0, -1.0])))
    yield "two roots", calls


@case("torch.autograd.graph: register_multi_grad_hook", builds_on=("graph_edges::hook_on_all_gradients",))
def hook_on_the_parts_of_a_tensor(torch):
    """Parts of one node are reached together: one without a gradient is None."""
    x, y = leaves(torch)
    first, second = (x * y).unbind(0)
    calls = []
    torch.autograd.graph.register_multi_grad_hook((first, second), lambda grads: calls.append(listed(grads)))
    (first * 3).backward(retain_graph=True)
    (first * second).backward()
    yield "calls", calls


@case("torch.autograd.graph: register_multi_grad_hook", builds_on=("graph_edges::hook_on_all_gradients",))
def hook_on_gradients_can_be_removed(torch):
    """The handle takes the hooks off all the tensors, at the latest at the end of its `with` block."""
    x, y = leaves(torch)
    out = (x * y).sum()
    calls = []
    handle = torch.autograd.graph.register_multi_grad_hook((x, y), lambda grads: calls.append("all"))
    other = torch.autograd.graph.register_multi_grad_hook(
        (x, y), lambda grad: calls.append("any"), mode="any"
    )
    out.backward(retain_graph=True)
    handle.remove()
    handle.remove()
    out.backward(retain_graph=True)
    yield "calls", calls
    with other:
        out.backward(retain_graph=True)
    out.backward()
    yield "after the block", calls


@case("torch.autograd.graph: register_multi_grad_hook", builds_on=("graph_edges::hook_on_all_gradients",))
def results_of_multi_grad_hooks_are_ignored(torch):
    """What such a hook returns changes no gradient."""
    x, y = leaves(torch)
    torch.autograd.graph.register_multi_grad_hook((x, y), lambda grads: [grad * 100 for grad in grads])
    torch.autograd.graph.register_multi_grad_hook((x,), lambda grad: grad * 100, mode="any")
    (x * y).backward(torch.tensor([2.0, 0.5]))
    yield "x", x.grad
    yield "y", y.grad


@case("torch.autograd.graph: register_multi_grad_hook")
def multi_grad_hooks_that_are_refused(torch):
    """The mode must be known; "all" wants tensors that require grad, "any" passes over the others."""
    x, y = leaves(torch)
    register = torch.autograd.graph.register_multi_grad_hook
    yield "mode", raises(lambda: register((x,), lambda grad: None, mode="some"))
    constant = torch.tensor([1.0, 2.0])
    yield "constant in all", raises(lambda: register((x, constant), lambda grads: None))
    calls = []
    register((constant, x), lambda grad: calls.append(grad.tolist()), mode="any")
    (x * y).backward(torch.tensor([2.0, 0.5]))
    yield "constant in any", calls


@case("torch.autograd.graph: register_multi_grad_hook", builds_on=("graph_edges::hook_on_all_gradients",))
def errors_in_multi_grad_hooks(torch):
    """An error in such a hook comes out of `backward`; so does a leaf in `autograd.grad`."""
    x, y = leaves(torch)

    def fail(grads):
        raise ValueError("not these gradients")

    handle = torch.autograd.graph.register_multi_grad_hook((x, y), fail)
    yield "backward", raises(lambda: (x * y).sum().backward())
    handle.remove()
    torch.autograd.graph.register_multi_grad_hook((x, y), lambda grads: None)
    yield "autograd.grad of a leaf", raises(lambda: torch.autograd.grad((x * y).sum(), x))


@case("torch.autograd.graph: register_multi_grad_hook", builds_on=("graph_edges::hook_on_all_gradients",))
def multi_grad_hook_with_create_graph(torch):
    """With `create_graph`, the hook gets gradients that have a graph themselves."""
    x, y = leaves(torch)
    product = x * y
    seen = []
    torch.autograd.graph.register_multi_grad_hook((product,), seen.extend)
    (gradient,) = torch.autograd.grad((product**3).sum(), x, create_graph=True)
    yield "gradient of the product", seen
    yield "gradient of x", gradient
