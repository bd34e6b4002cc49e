"""Which results are tracked, which are leaves, and the graph that stands behind a result."""

from __future__ import annotations

from conformance import case, raises

DESCENT = "Automatic differentation and gradient descend"
FIRST_STEPS = "Gradients and autograd, first steps"


@case(DESCENT, "A1")
def leaf(torch):
    """A tensor made with `requires_grad=True` is a leaf: it has no grad_fn and no gradient yet."""
    x = torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049], requires_grad=True)
    yield "leaf", x
    yield "gradient", x.grad


@case(DESCENT, "A2", builds_on=("tracking::leaf",))
def times_a_number(torch):
    """`x * 5` of a leaf is tracked as MulBackward0."""
    x = torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049], requires_grad=True)
    yield "x * 5", x * 5
    yield "5 * x", 5 * x


@case(DESCENT, "A3", builds_on=("tracking::leaf",))
def squared(torch):
    """`y ** 2` of a tracked result is tracked as PowBackward0, which leads on to the node of `y`."""
    x = torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049], requires_grad=True)
    y = x * 5
    yield "y ** 2", y**2


@case(DESCENT, "A4", builds_on=("tracking::leaf",))
def mean_of_a_vector(torch):
    """The mean of a tracked vector is a tracked 0-d tensor, of MeanBackward0."""
    w = torch.tensor([6.1567, 14.7541, 0.1957, 0.4358], requires_grad=True)
    yield w.mean()


@case(DESCENT, "A12", builds_on=("tracking::squared", "tracking::mean_of_a_vector"))
def graph_behind_a_result(torch):
    """Behind mean((5x)²) stand the nodes of mean, power and product, and at last an AccumulateGrad."""
    x = torch.tensor([0.5, -0.25, 2.0, 1.5], requires_grad=True)
    y = x * 5
    w = y**2
    z = w.mean()
    yield "x", x
    yield "y", y
    yield "w", w
    yield "z", z
    names, node = [], z.grad_fn
    while node is not None:
        names.append(type(node).__name__)
        node = node.next_functions[0][0] if node.next_functions else None
    yield "names on the way", names


@case(DESCENT, "A12", builds_on=("tracking::graph_behind_a_result",))
def accumulate_grad_knows_its_leaf(torch):
    """The node at the end of the graph holds the leaf itself as `variable`."""
    x = torch.tensor([0.5, -0.25], requires_grad=True)
    node = (x * 5).grad_fn.next_functions[0][0]
    yield "the leaf is its variable", node.variable is x
    yield "a second use leads to the same node", (x + 1).grad_fn.next_functions[0][0] is node


@case(DESCENT, "A12", builds_on=("tracking::leaf",))
def graph_of_two_leaves(torch):
    """A node has one edge for each operand, and a constant operand's edge leads nowhere."""
    weight = torch.tensor([0.5, -1.5], requires_grad=True)
    bias = torch.tensor([0.1, 0.2], requires_grad=True)
    data = torch.tensor([2.0, 3.0])
    yield "weight * data + bias", weight * data + bias
    yield "data * weight - bias", data * weight - bias


@case(FIRST_STEPS, "B2", builds_on=("tracking::leaf",))
def plus_a_number(torch):
    """`x + 2` of a leaf is tracked as AddBackward0."""
    x = torch.tensor([-0.51362, 1.08414, -0.72715], requires_grad=True)
    yield "x + 2", x + 2
    yield "2 + x", 2 + x


@case(FIRST_STEPS, "B3", builds_on=("tracking::plus_a_number",))
def operand_used_twice(torch):
    """In `y * y * 2` both edges of the inner product lead to the one node of `y`."""
    x = torch.tensor([-0.51362, 1.08414, -0.72715], requires_grad=True)
    y = x + 2
    z = y * y * 2
    yield "z", z
    (first, _), (second, _) = z.grad_fn.next_functions[0][0].next_functions
    yield "one node", first is second


@case(FIRST_STEPS, "B4", builds_on=("tracking::operand_used_twice",))
def mean_of_a_longer_chain(torch):
    """`(y * y * 2).mean()` is tracked as MeanBackward0."""
    x = torch.tensor([-0.51362, 1.08414, -0.72715], requires_grad=True)
    y = x + 2
    yield (y * y * 2).mean()


@case("Autograd mechanics: How autograd encodes the history", builds_on=("tracking::leaf",))
def any_tracked_operand_tracks_the_result(torch):
    """A result requires grad if any operand does, on either side."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    plain = torch.tensor([4.0, 3.0])
    yield "tracked first", x - plain
    yield "tracked second", plain - x
    yield "neither", plain - plain


@case("Autograd mechanics: Setting requires_grad")
def plain_tensors_are_untracked_leaves(torch):
    """Tensors that do not require grad, computed or not, are leaves without grad_fn."""
    a = torch.tensor([1.5, -2.5])
    yield "made", a
    yield "computed", (a * 3).mean()
    yield "integers", torch.tensor([3, -4]) * 2


@case("Autograd mechanics: Setting requires_grad", builds_on=("tracking::leaf",))
def requires_grad_set_in_place(torch):
    """`requires_grad_()` returns the tensor itself, and what is computed from it afterwards is tracked."""
    x = torch.tensor([1.5, -2.5])
    before = x * 3
    same = x.requires_grad_() is x
    yield "returns the tensor itself", same
    yield "computed before", before
    yield "computed after", x * 3


@case("Autograd mechanics: Setting requires_grad", builds_on=("tracking::leaf",))
def requires_grad_assigned(torch):
    """Assigning to `requires_grad` of a leaf turns tracking on and off."""
    x = torch.tensor([1.5, -2.5])
    x.requires_grad = True
    yield "on", x
    x.requires_grad = False
    yield "off", x


@case(DESCENT, "A6", builds_on=("tracking::leaf",))
def requires_grad_turned_off(torch):
    """After `requires_grad_(False)` a leaf prints without `requires_grad`, and nothing tracks it."""
    x = torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049], requires_grad=True)
    tracked = x * 2
    x.requires_grad_(False)
    yield "x", x
    yield "made afterwards", x * 2
    yield "made before", tracked


@case("Autograd mechanics: Setting requires_grad", builds_on=("tracking::requires_grad_turned_off",))
def earlier_graph_passes_over_a_frozen_leaf(torch):
    """A graph recorded before `requires_grad_(False)` runs, but leaves no gradient in the frozen leaf."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = (x * torch.tensor([2.0, 3.0])).sum()
    x.requires_grad_(False)
    y.backward()
    yield "x", x
    yield "gradient", x.grad


@case("Autograd mechanics: Setting requires_grad", builds_on=("tracking::leaf",))
def creation_with_requires_grad(torch):
    """Every function that creates a tensor of floats takes `requires_grad`."""
    yield "zeros", torch.zeros(2, requires_grad=True)
    yield "ones", torch.ones(1, 2, requires_grad=True)
    yield "full", torch.full((2,), 0.3, requires_grad=True)
    yield "eye", torch.eye(2, requires_grad=True)
    yield "arange", torch.arange(0.5, 3.0, requires_grad=True)
    yield "linspace", torch.linspace(-1, 1, 5, requires_grad=True)
    yield "ones_like", torch.ones_like(torch.zeros(2), requires_grad=True)


@case("Autograd mechanics: Setting requires_grad", builds_on=("tracking::leaf",))
def like_functions_do_not_inherit(torch):
    """`zeros_like` and `ones_like` of a tensor that requires grad do not require it themselves."""
    x = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)
    yield "zeros_like", torch.zeros_like(x)
    yield "ones_like", torch.ones_like(x * 2)
    yield "full_like", torch.full_like(x, 0.25)


@case("Autograd mechanics: How autograd encodes the history", builds_on=("tracking::leaf",))
def results_without_a_derivative(torch):
    """Comparisons, `argmax` and casts to integers of a tracked tensor are not tracked."""
    x = torch.tensor([0.5, -1.5, 2.5], requires_grad=True)
    yield "comparison", x > 0
    yield "argmax", x.argmax()
    yield "cast to integers", x.long()
    yield "isnan", torch.isnan(x)


@case("Autograd mechanics: How autograd encodes the history", builds_on=("tracking::leaf",))
def clone_is_tracked(torch):
    """`clone()` of a leaf is a tracked copy with its own memory, and no leaf."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    copy = x.clone()
    yield "clone", copy
    yield "is the leaf", copy is x


@case("Autograd mechanics: How autograd encodes the history", builds_on=("tracking::leaf",))
def casts_that_change_nothing(torch):
    """A cast to the tensor's own dtype returns the tensor itself; any other is tracked as ToCopyBackward0."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "float() is the leaf", x.float() is x
    yield "double()", x.double()
    yield "half()", x.half()


@case("Autograd mechanics: How autograd encodes the history", builds_on=("tracking::leaf",))
def views_of_a_leaf_are_tracked(torch):
    """Every view of a leaf is tracked by the node of its own function."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]], requires_grad=True)
    yield "index", x[0]
    yield "slice", x[:, 1:]
    yield "transposed", x.t()
    yield "view", x.view(3, 2)
    yield "reshape", x.reshape(-1)
    yield "expand", x[:, :1].expand(2, 2)


@case("Autograd mechanics: How autograd encodes the history", builds_on=("tracking::leaf",))
def numbers_on_the_left(torch):
    """A number on the left makes `-` RsubBackward1, `/` a multiple of the reciprocal, `**` PowBackward2."""
    x = torch.tensor([0.5, -1.5, 4.0], requires_grad=True)
    yield "2 - x", 2 - x
    yield "3 / x", 3 / x
    yield "2 ** x", 2**x


@case("Autograd mechanics: How autograd encodes the history", builds_on=("tracking::leaf",))
def negation_and_absolute_value(torch):
    """`-x` is tracked as NegBackward0, `abs(x)` as AbsBackward0, and `+x` is x itself."""
    x = torch.tensor([0.5, -1.5, 0.0], requires_grad=True)
    yield "-x", -x
    yield "abs(x)", abs(x)
    yield "+x is x", +x is x


@case("torch.Tensor: requires_grad_", builds_on=("tracking::leaf",))
def integers_cannot_require_grad(torch):
    """Only tensors of floats can require grad; whoever asks otherwise is refused."""
    yield "integers", raises(lambda: torch.tensor([1, 2], requires_grad=True))
    yield "booleans", raises(lambda: torch.tensor([True, False], requires_grad=True))
    yield "requires_grad_", raises(lambda: torch.tensor([1, 2]).requires_grad_())
    yield "arange", raises(lambda: torch.arange(3, requires_grad=True))
    yield "zeros", raises(lambda: torch.zeros(2, dtype=torch.int32, requires_grad=True))


@case("torch.Tensor: requires_grad_", builds_on=("tracking::integers_cannot_require_grad",))
def integers_may_be_asked_not_to_require_grad(torch):
    """`requires_grad_(False)` of a tensor of integers is allowed and changes nothing."""
    x = torch.tensor([4, -7])
    yield x.requires_grad_(False)
    x.requires_grad = False
    yield x


@case("torch.Tensor: requires_grad", builds_on=("tracking::integers_cannot_require_grad",))
def integers_refuse_the_assignment(torch):
    """Assigning True to `requires_grad` of a tensor of integers is refused, and changes nothing."""
    x = torch.tensor([4, -7])

    def assign():
        x.requires_grad = True

    yield "assignment", raises(assign)
    yield "x", x


@case("torch.Tensor: requires_grad_", builds_on=("tracking::leaf",))
def results_cannot_be_frozen(torch):
    """`requires_grad_(False)` of a result is refused: only a leaf's flag can be changed."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * 3
    yield "requires_grad_(False)", raises(lambda: y.requires_grad_(False))

    def assign():
        y.requires_grad = False

    yield "assignment", raises(assign)
    yield "y", y


@case("torch.Tensor: requires_grad_", builds_on=("tracking::results_cannot_be_frozen",))
def results_may_be_asked_to_require_grad(torch):
    """`requires_grad_()` of a tracked result is allowed and changes nothing."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * 3
    yield "same object", y.requires_grad_() is y
    yield "y", y


@case("torch.Tensor: is_leaf", builds_on=("tracking::leaf",))
def leaf_flags(torch):
    """A tensor is a leaf if it does not require grad, or if no operation made it."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "made with requires_grad", x.is_leaf
    yield "made by an operation", (x + 1).is_leaf
    yield "made by an operation, untracked", torch.tensor([0.5]).add(1).is_leaf
    yield "untracked, then asked to require grad", torch.tensor([0.5]).add(1).requires_grad_().is_leaf
    yield "cast", torch.tensor([0.5], requires_grad=True).double().is_leaf


@case("torch.nn.Parameter: requires_grad")
def parameter_is_a_leaf(torch):
    """A Parameter is a tensor that requires grad from the start and prints as a Parameter."""
    weight = torch.nn.Parameter(torch.tensor([0.25, -0.75]))
    yield "parameter", weight
    yield "is a tensor", isinstance(weight, torch.Tensor)
    yield "frozen", torch.nn.Parameter(torch.tensor([0.25]), requires_grad=False)
    yield "product", weight * 2
