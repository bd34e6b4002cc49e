"""What a node of the graph is as an object: its class, its attributes, how long it lives."""

from __future__ import annotations

import gc
import weakref

from conformance import case, raises


def leaves(torch):
    """Two leaves."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    return x, y


def said(call):
    """What an error says of an attribute that is not there, as text: its absence is observed, no API is missing."""
    try:
        return call()
    except AttributeError as error:
        return f"{type(error).__name__}: {error}"


@case("torch.autograd.graph: Node")
def nodes_are_instances_of_node(torch):
    """Every node, AccumulateGrad included, is an instance of `torch.autograd.graph.Node`; nothing else is."""
    x, y = leaves(torch)
    node = (x * y).grad_fn
    kind = torch.autograd.graph.Node
    yield "mul", isinstance(node, kind)
    yield "accumulate", isinstance(node.next_functions[0][0], kind)
    yield "several outputs", isinstance(x.unbind(0)[0].grad_fn, kind)
    yield "class", issubclass(type(node), kind)
    yield "tensor", isinstance(x, kind)
    yield "number", isinstance(3, kind)


@case("torch.autograd.graph: Node")
def nodes_cannot_be_made_by_hand(torch):
    """A node's class cannot be called: nodes come from operations only."""
    x, y = leaves(torch)
    yield "mul", raises(lambda: type((x * y).grad_fn)())
    yield "exp", raises(lambda: type(x.exp().grad_fn)())


@case("torch.autograd.graph: Node")
def classes_of_nodes(torch):
    """Nodes of one operation share a class, which is named after the operation."""
    x, y = leaves(torch)
    yield "same operation", type((x * y).grad_fn) is type((y * x).grad_fn)
    yield "another operation", type((x * y).grad_fn) is type((x / y).grad_fn)
    yield "name", type((x * y).grad_fn).__name__
    yield "qualified name", type((x * y).grad_fn).__qualname__
    yield "of the leaf", type((x * y).grad_fn.next_functions[0][0]).__name__


@case("torch.autograd.graph: Node")
def attributes_of_nodes_are_read_only(torch):
    """The attributes of a node cannot be set, and it takes no new ones."""
    x, y = leaves(torch)
    node = (x * y).grad_fn

    def put(name, value):
        return raises(lambda: setattr(node, name, value))

    yield "next_functions", put("next_functions", ())
    yield "metadata", put("metadata", {})
    yield "saved tensor", put("_saved_self", x)
    new = raises(lambda: setattr(node, "note", 1)).error
    yield "something new", type(new).__name__  # Python's own message
    yield "variable", raises(lambda: setattr(node.next_functions[0][0], "variable", y))


@case("torch.autograd.graph: Node")
def attributes_that_a_node_lacks(torch):
    """A node has saved attributes for what its own operation saves, and no others."""
    x, y = leaves(torch)
    product, exponential, negative = (x * y).grad_fn, x.exp().grad_fn, (-x).grad_fn
    yield "mul", said(lambda: product._saved_result)
    yield "exp", said(lambda: exponential._saved_self)
    yield "neg", said(lambda: negative._saved_self)
    yield "accumulate", hasattr((-x).grad_fn.next_functions[0][0], "_saved_self")
    yield "variable of mul", hasattr((x * y).grad_fn, "variable")


@case("torch.autograd.graph: Node.metadata")
def metadata_is_a_dictionary_of_the_node(torch):
    """`metadata` is an empty dictionary of the node's own, and what is put into it stays."""
    x, y = leaves(torch)
    product = x * y
    product.grad_fn.metadata["note"] = [1, "two"]
    yield "kept", product.grad_fn.metadata
    yield "one object", product.grad_fn.metadata is product.grad_fn.metadata
    yield "of another node", (x * y).grad_fn.metadata
    yield "reached through the graph", product.exp().grad_fn.next_functions[0][0].metadata


@case("torch.autograd.graph: Node.metadata")
def metadata_of_accumulate_grad_lives_with_the_graph(torch):
    """The AccumulateGrad of a leaf is the same object as long as a graph holds it; later there is a new one."""
    x, y = leaves(torch)
    product = x * y
    product.grad_fn.next_functions[0][0].metadata["note"] = 7
    other = x.exp()
    yield "same object", other.grad_fn.next_functions[0][0] is product.grad_fn.next_functions[0][0]
    del product
    yield "while a graph holds it", other.grad_fn.next_functions[0][0].metadata
    del other
    gc.collect()
    yield "after the last graph", x.exp().grad_fn.next_functions[0][0].metadata


@case("torch.autograd.graph: Node")
def node_outlives_its_tensor(torch):
    """A node that is held keeps the graph behind it alive, and can still be called."""
    x, y = leaves(torch)
    product = x * y
    node = product.exp().grad_fn
    del product
    gc.collect()
    yield "node", node
    yield "called", node(torch.tensor([0.5, 2.0]))
    behind = node.next_functions[0][0]
    yield "called behind", behind(torch.tensor([0.5, 2.0]))


@case("torch.autograd.graph: Node")
def accumulate_grad_is_one_while_it_is_held(torch):
    """Holding an AccumulateGrad keeps it the leaf's own, even when no graph is left."""
    x, _ = leaves(torch)
    held = x.exp().grad_fn.next_functions[0][0]
    gc.collect()
    yield "same", x.sin().grad_fn.next_functions[0][0] is held
    yield "its variable", held.variable is x
    alias = x.view_as(x).grad_fn.next_functions[0][0]
    yield "of a view", alias is held


@case("torch.autograd.graph: Node")
def leaf_keeps_its_node_when_its_data_changes(torch):
    """An AccumulateGrad belongs to the leaf, not to its data: `data` may be replaced, also for a frozen leaf."""
    x, y = leaves(torch)
    product = x * y
    node = product.grad_fn.next_functions[0][0]
    x.data = torch.tensor([5.0, 6.0])
    yield "its variable", node.variable
    yield "in a new graph", (x * y).grad_fn.next_functions[0][0] is node
    x.requires_grad_(False)
    yield "frozen", node.variable
    yield "constant now", (x * y).grad_fn.next_functions
    product.backward(torch.tensor([1.0, 2.0]))
    yield "gradient of the frozen leaf", x.grad
    yield "gradient of the other", y.grad


@case("torch.autograd.graph: Node.name")
def names_of_one_operation_by_its_variant(torch):
    """Variants of one operation count in their names: the number tells what derivative is used."""
    x, y = leaves(torch)
    yield "pow", [node.name() for node in ((x**2).grad_fn, (x**y).grad_fn, (3**y).grad_fn)]
    yield "sum", [node.name() for node in (x.sum().grad_fn, x.sum(0).grad_fn)]
    yield "mean", [node.name() for node in (x.mean().grad_fn, x.mean(0).grad_fn)]
    yield "max", [node.name() for node in (x.max().grad_fn, x.max(0)[0].grad_fn)]
    yield "rsub", (1 - x).grad_fn.name()
    yield "squeeze", [x.view(2, 1).squeeze().grad_fn.name(), x.view(2, 1).squeeze(1).grad_fn.name()]


@case("torch.autograd.graph: Node")
def calling_with_keywords_is_refused(torch):
    """A node takes the gradients of its outputs by position only."""
    x, y = leaves(torch)
    yield "mul", raises(lambda: (x * y).grad_fn(grad=torch.tensor([1.0, 2.0])))


@case("torch.autograd.graph: Node")
def calling_with_another_shape_or_type(torch):
    """A node that is called by hand does not check its gradient's shape and type: its formula is applied."""
    x, y = leaves(torch)
    yield "add with three", (x + y).grad_fn(torch.tensor([1.0, 2.0, 3.0]))
    yield "mul with three", raises(lambda: (x * y).grad_fn(torch.tensor([1.0, 2.0, 3.0])))
    yield "mul in double", (x * y).grad_fn(torch.tensor([0.5, 2.0], dtype=torch.float64))
    yield "neg with a matrix", (-x).grad_fn(torch.tensor([[1.0, 2.0, 3.0]]))


@case("torch.autograd.graph: Node")
def calling_runs_no_hooks(torch):
    """Calling a node by hand runs neither its hooks nor those of its tensor."""
    x, y = leaves(torch)
    product = x * y
    calls = []
    product.register_hook(lambda grad: calls.append("tensor"))
    product.grad_fn.register_prehook(lambda grads: calls.append("before"))
    product.grad_fn.register_hook(lambda inputs, outputs: calls.append("after"))
    yield "called", product.grad_fn(torch.tensor([0.5, 2.0]))
    yield "calls", calls
    product.backward(torch.tensor([0.5, 2.0]))
    yield "calls in backward", calls


@case("torch.autograd.graph: Node")
def calling_accumulate_grad_wrongly(torch):
    """AccumulateGrad wants one tensor; None adds nothing."""
    x, y = leaves(torch)
    accumulate = (x * y).grad_fn.next_functions[0][0]
    yield "nothing", raises(lambda: accumulate())
    yield "a number", raises(lambda: accumulate(1))
    yield "two", raises(lambda: accumulate(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])))
    yield "None", accumulate(None)
    yield "grad", x.grad


@case("torch.autograd.graph: Node.next_functions")
def edges_of_a_node_with_many_inputs(torch):
    """A node of a sequence has an edge for each tensor in it, also for constants and repeated ones."""
    x, y = leaves(torch)
    constant = torch.tensor([5.0, 6.0])
    joined = torch.stack([x, constant, y, x])
    yield "number of edges", len(joined.grad_fn.next_functions)
    yield "which are none", [node is None for node, _ in joined.grad_fn.next_functions]
    yield "x twice", joined.grad_fn.next_functions[0][0] is joined.grad_fn.next_functions[3][0]
    yield "the graph", joined


@case("torch.autograd.graph: Node.next_functions")
def edges_to_outputs_of_one_node(torch):
    """Results of one node are told apart by the number in the edge, in whatever order they are used."""
    x = torch.tensor([[1.5, 2.5, -3.0], [0.5, 4.0, 7.0]], requires_grad=True)
    first, second, third = x.unbind(1)
    yield "used backwards", third * first
    yield "numbers", [number for _, number in (third * second).grad_fn.next_functions]
    left, right = x.split([1, 2], 1)
    yield "split", (right.sum() - left.sum())
    values, _ = x.max(1)
    yield "values of max", values * 3
    yield "output numbers", [first.output_nr, second.output_nr, third.output_nr, right.output_nr]


@case("torch.autograd.graph: Node")
def leaf_that_becomes_a_result(torch):
    """An in-place change turns a tensor without history into a result; the leaf's part is a node of its own."""
    x, y = leaves(torch)
    target = torch.tensor([5.0, 6.0])
    yield "before", target.grad_fn
    target.mul_(x)
    yield "after one change", target
    held = target.grad_fn
    target.add_(y)
    yield "after two", target
    yield "the first is behind the second", target.grad_fn.next_functions[0][0] is held


@case("torch.autograd.graph: Node")
def nodes_have_an_identity_and_a_hash(torch):
    """Nodes compare and hash by identity, so they can be keys."""
    x, y = leaves(torch)
    product = x * y
    other = x * y
    seen = {product.grad_fn: "product", other.grad_fn: "other"}
    yield "found", [seen[product.grad_fn], seen[other.grad_fn]]
    yield "equal", product.grad_fn == product.grad_fn
    yield "not equal", product.grad_fn == other.grad_fn
    yield "texts", [str(product.grad_fn) == str(other.grad_fn), repr(product.grad_fn) == str(product.grad_fn)]


@case("torch.autograd.graph: Node")
def nodes_say_that_they_require_grad(torch):
    """`requires_grad` of a node is True."""
    x, y = leaves(torch)
    yield "mul", (x * y).grad_fn.requires_grad
    yield "accumulate", (x * y).grad_fn.next_functions[0][0].requires_grad


@case("Autograd mechanics: Saved Tensors")
def saved_leaf_is_the_leaf_and_saved_result_is_not(torch):
    """A saved input is the object itself, each time; a saved result is another object for the same memory."""
    x, y = leaves(torch)
    product = x * y
    power = product**3
    yield "leaf", [product.grad_fn._saved_self is x, product.grad_fn._saved_other is y]
    yield "result as input", power.grad_fn._saved_self is product
    result = product.exp()
    kept = result.grad_fn._saved_result
    yield "result of its own node", kept is result
    yield "its node", kept.grad_fn is result.grad_fn
    yield "its memory", kept.data_ptr() == result.data_ptr()
    yield "again", result.grad_fn._saved_result is kept


class Witness:
    """Something that can be watched as it goes."""


@case("Autograd mechanics: Saved Tensors")
def result_is_freed_although_its_node_saved_it(torch):
    """A node that saved its own result makes no cycle: the result goes when the last name for it does."""
    x, _ = leaves(torch)
    gone = []
    result = x.exp()
    result.witness = Witness()
    weakref.finalize(result.witness, gone.append, "freed")
    gc.disable()
    try:
        del result
        yield "freed without the collector", gone
    finally:
        gc.enable()
