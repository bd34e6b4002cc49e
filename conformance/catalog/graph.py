"""The graph behind a result: its nodes, their edges, and how they are reached and printed."""

from __future__ import annotations

from conformance import case


@case("AutoGrad in PyTorch", "C4")
def grad_fn_of_five_times_a_square(torch):
    """`print(O.grad_fn)` names the last operation; `next_functions` shows a node, and None for the 5."""
    a = torch.tensor([3.0], requires_grad=True)
    result = 5 * a**2
    print(result.grad_fn)
    print(result.grad_fn.next_functions)
    yield "the node of the result", result.grad_fn
    yield "its printed text", str(result.grad_fn)
    yield "its next functions", result.grad_fn.next_functions
    yield "their printed text", repr(result.grad_fn.next_functions)


@case("AutoGrad in PyTorch", "C9", builds_on=("graph::grad_fn_of_five_times_a_square",))
def graph_walked_from_result_to_leaf(torch):
    """`next_functions` leads from the result through every operation to the leaf's AccumulateGrad."""
    a = torch.tensor([2.0], requires_grad=True)
    node = (5 * a**2).grad_fn
    steps = []
    while node is not None:
        steps.append((type(node).__name__, len(node.next_functions)))
        last, node = node, node.next_functions[0][0] if node.next_functions else None
    yield "steps", steps
    yield "the last node", last
    yield "holds the leaf", last.variable is a


@case("Autograd Module", "D4", builds_on=("graph::leaf_used_twice_has_one_accumulate_grad",))
def leaves_are_inputs_and_the_root_is_the_output(torch):
    """Walking the graph from the root finds as its ends exactly the leaves that require grad."""
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    constant = torch.tensor([4.0, 5.0])
    loss = ((x * w + constant) * x).sum()
    waiting, ends = [loss.grad_fn], []
    while waiting:
        node = waiting.pop(0)
        if hasattr(node, "variable"):
            ends.append("x" if node.variable is x else "w" if node.variable is w else "something else")
        waiting.extend(following for following, _ in node.next_functions if following is not None)
    yield "ends", ends
    yield "the root", loss
    yield "the leaves have no grad_fn", (x.grad_fn, w.grad_fn, constant.grad_fn)


@case("Autograd mechanics: How autograd encodes the history")
def leaf_used_twice_has_one_accumulate_grad(torch):
    """A leaf that is used twice stands in the graph as one AccumulateGrad, reached by two edges."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    square = x * x
    both = x.exp() + x.sin()
    first, second = square.grad_fn.next_functions
    through_exp = both.grad_fn.next_functions[0][0].next_functions[0][0]
    through_sin = both.grad_fn.next_functions[1][0].next_functions[0][0]
    yield "x * x", square
    yield "both edges lead to the same node", first[0] is second[0]
    yield "exp(x) + sin(x)", both
    yield "both paths end in the same node", through_exp is through_sin
    yield "which both results share", first[0] is through_exp


@case("Autograd mechanics: How autograd encodes the history")
def edges_to_constants_are_none(torch):
    """An input that does not require grad (a number or a tensor) has the edge (None, 0), in its place."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    constant = torch.tensor([3.0, 4.0])
    yield "x * constant", (x * constant).grad_fn.next_functions
    yield "constant * x", (constant * x).grad_fn.next_functions
    yield "x + 2", (x + 2).grad_fn.next_functions
    yield "2 + x", (2 + x).grad_fn.next_functions
    yield "constant / x", (constant / x).grad_fn.next_functions
    yield "x ** 2", (x**2).grad_fn.next_functions


@case("Autograd mechanics: How autograd encodes the history")
def edges_stand_in_the_order_of_the_inputs(torch):
    """The edges of a node stand in the order in which the operation takes its tensors."""
    names = {}

    def leaf(name, *numbers):
        made = torch.tensor(list(numbers), requires_grad=True)
        names[id(made)] = name
        return made

    def inputs(result):
        return [names[id(node.variable)] if node else None for node, _ in result.grad_fn.next_functions]

    a, b, c = leaf("a", 1.0, 2.0), leaf("b", 3.0, 5.0), leaf("c", 0.5, -1.0)
    yield "a - b", inputs(a - b)
    yield "b - a", inputs(b - a)
    yield "where", inputs(torch.where(torch.tensor([True, False]), b, a))
    yield "cat", inputs(torch.cat([c, a, b, a]))
    yield "stack with a constant", inputs(torch.stack([b, torch.tensor([7.0, 8.0]), c]))
    matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    names[id(matrix)] = "matrix"
    yield "addmm", inputs(torch.addmm(a, matrix, matrix))
    yield "matrix @ a", inputs(matrix @ a)
    yield "clamp between tensors", inputs(torch.clamp(a, b, c))


@case("Autograd mechanics: How autograd encodes the history")
def edges_name_the_output_that_is_used(torch):
    """An edge's second entry is the number of the output of the node that it leads to."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]], requires_grad=True)
    first, second = x.unbind(0)
    yield "second row of unbind", (second * 2).grad_fn.next_functions
    yield "both rows", (second * first).grad_fn.next_functions
    yield "the rows share one node", first.grad_fn is second.grad_fn
    left, middle, right = x.split(1, dim=1)
    yield "split", torch.cat([right, left, middle]).grad_fn.next_functions
    values, _ = x.max(dim=1)
    yield "values of max", (values * 2).grad_fn.next_functions


@case("torch.autograd: torch.Tensor.grad_fn")
def grad_fn_is_one_object(torch):
    """`grad_fn` gives the same object each time, and None for a leaf or what was not tracked."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    yield "same each time", y.grad_fn is y.grad_fn
    yield "same through next_functions", y.exp().grad_fn.next_functions[0][0] is y.grad_fn
    yield "another for the same computation", (x * 3).grad_fn is y.grad_fn
    yield "leaf", x.grad_fn
    yield "constant", (torch.tensor([1.0]) * 2).grad_fn
    yield "detached", y.detach().grad_fn
    yield "comparison", (y > 1).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_nodes(torch):
    """`name()` of a node is its type's name; that of AccumulateGrad has its namespace."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    node = (x * 3).grad_fn
    accumulate = node.next_functions[0][0]
    yield "name()", node.name()
    yield "its type's name", type(node).__name__
    yield "name() of AccumulateGrad", accumulate.name()
    yield "its type's name, too", type(accumulate).__name__
    yield "repr of AccumulateGrad", repr(accumulate)


@case("Autograd mechanics: How autograd encodes the history")
def accumulate_grad_holds_its_variable(torch):
    """AccumulateGrad has no next functions and its `variable` is the leaf itself."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    accumulate = (x * 3).grad_fn.next_functions[0][0]
    yield "the node", accumulate
    yield "next functions", accumulate.next_functions
    yield "variable", accumulate.variable
    yield "is the leaf", accumulate.variable is x
    yield "same node from another result", (x - 1).grad_fn.next_functions[0][0] is accumulate


@case("Autograd mechanics: How autograd encodes the history")
def graph_of_a_diamond(torch):
    """A result that is used on two paths is one node with two edges leading to it."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    shared = x.exp()
    result = (shared.sin() * 2 + shared * shared).sum()
    result.backward()
    yield "result", result
    yield "gradient", x.grad


@case("Autograd mechanics: How autograd encodes the history")
def untracked_operations_are_not_in_the_graph(torch):
    """What is computed from constants alone leaves no node in the graph of a later result."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    constant = torch.tensor([2.0, 3.0]).exp() * 4
    with torch.no_grad():
        hidden = x * 10
    result = x * constant + hidden * x.detach()
    result.backward(torch.tensor([1.0, -2.0]))
    yield "result", result
    yield "gradient", x.grad


@case("Autograd mechanics: How autograd encodes the history")
def graph_of_a_chain(torch):
    """Each operation of a chain adds one node, and the graph lists them from the result to the leaf."""
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = x
    for _ in range(4):
        y = (y * 1.5).tanh()
    yield "result", y
    y.backward(torch.tensor([1.0, -0.5]))
    yield "gradient", x.grad
