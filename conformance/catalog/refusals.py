"""What `backward` and its neighbours refuse, and in which words."""

from __future__ import annotations

from conformance import case, raises

FIRST_STEPS = "Gradients and autograd, first steps"
BACKWARD = "torch.Tensor: backward"
LEAF = "first_gradients::leaf_gets_its_gradient"
WEIGHTED = "first_gradients::incoming_gradient_weights_the_result"


@case(FIRST_STEPS, "B5", builds_on=(LEAF,))
def vector_root(torch):
    """`backward` on a vector without a gradient is refused, and nothing is left in the leaf."""
    x = torch.tensor([-0.51362, 1.08414, -0.72715], requires_grad=True)
    y = x + 2
    z = y * y * 2
    yield "z.backward()", raises(lambda: z.backward())
    yield "gradient", x.grad


@case(FIRST_STEPS, "B5", builds_on=("refusals::vector_root",))
def roots_of_other_shapes(torch):
    """Every root of more or fewer elements than one is refused in the same words."""
    x = torch.tensor([[0.5, -1.5], [1.0, 4.0]], requires_grad=True)
    yield "matrix", raises(lambda: (x * 2).backward())
    yield "row", raises(lambda: x[:1].backward())
    yield "leaf", raises(lambda: x.backward())
    yield "empty", raises(lambda: x[:0].backward())
    yield "float64", raises(lambda: x.double().exp().backward())
    yield "gradient", x.grad


@case(FIRST_STEPS, "B5", builds_on=("refusals::vector_root",))
def vector_root_can_be_tried_again(torch):
    """A refused `backward` leaves the graph whole: with a gradient it runs."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * x
    yield "refused", raises(lambda: y.backward())
    y.backward(torch.tensor([0.3, -1.2]))
    yield "gradient", x.grad


@case("torch.autograd: grad", builds_on=("refusals::vector_root",))
def vector_output_of_grad(torch):
    """`torch.autograd.grad` of a vector without a gradient is refused like `backward`."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield raises(lambda: torch.autograd.grad(x * x, x))


@case(BACKWARD, builds_on=(LEAF,))
def root_without_a_graph(torch):
    """`backward` of a tensor that does not require grad is refused."""
    x = torch.tensor(1.5)
    yield "leaf", raises(lambda: x.backward())
    yield "result", raises(lambda: (x * 2).backward())
    yield "detached", raises(lambda: (x.requires_grad_() * 2).detach().backward())
    yield "integer", raises(lambda: torch.tensor(3).backward())
    yield "with a gradient", raises(lambda: torch.tensor([1.5, 2.5]).backward(torch.tensor([0.3, 0.7])))


@case(BACKWARD, builds_on=("refusals::root_without_a_graph",))
def root_made_under_no_grad(torch):
    """`backward` of a result that was made under `no_grad` is refused."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with torch.no_grad():
        y = (x * 3).sum()
    yield "refused", raises(lambda: y.backward())
    yield "gradient", x.grad


@case(BACKWARD, builds_on=("refusals::root_without_a_graph",))
def root_of_the_function_without_a_graph(torch):
    """`torch.autograd.backward` names the number of the root that does not require grad."""
    x = torch.tensor(1.5, requires_grad=True)
    plain = torch.tensor(2.5)
    yield "second of two", raises(lambda: torch.autograd.backward([x * 2, plain * 2]))
    yield "gradient", x.grad


@case(BACKWARD, builds_on=(LEAF,))
def backward_twice(torch):
    """A second `backward` through a graph that saved tensors is refused, and the first gradient stays."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = (x * x).sum()
    y.backward()
    yield "gradient", x.grad
    yield "second call", raises(lambda: y.backward())
    yield "gradient after the second call", x.grad


@case(BACKWARD, builds_on=("refusals::backward_twice",))
def backward_twice_through_a_graph_that_saved_nothing(torch):
    """A graph of sums and differences saved no tensors, so it can be run again without retain_graph."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = 4 - (x + x - 1)
    for call in ("first", "second"):
        y.backward(torch.tensor([0.3, -1.2]))
        yield f"{call} call", x.grad


@case(BACKWARD, builds_on=("refusals::backward_twice",))
def backward_twice_through_a_multiple(torch):
    """A product with a number saves the number as a tensor, so its graph cannot be run again."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = (x * 3).prod()
    y.backward()
    yield "second call", raises(lambda: y.backward())
    yield "gradient", x.grad


@case(BACKWARD, builds_on=("refusals::backward_twice",))
def backward_twice_through_a_shared_part(torch):
    """Two roots that share a part of their graph cannot both run backward if the first frees the part."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    shared = x * x
    first, second = shared.sum(), (shared * 2).sum()
    first.backward()
    yield "second root", raises(lambda: second.backward())
    yield "gradient", x.grad


@case(BACKWARD, builds_on=("refusals::backward_twice",))
def backward_twice_with_retain_graph(torch):
    """With retain_graph the second call runs, and the call after one without it is refused."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = (x * x * x).sum()
    y.backward(retain_graph=True)
    yield "first", x.grad
    y.backward()
    yield "second", x.grad
    yield "third", raises(lambda: y.backward())


@case(BACKWARD, builds_on=(WEIGHTED,))
def gradient_of_another_shape(torch):
    """A gradient must have exactly the shape of the root: nothing is broadcast, and nothing reshaped."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    yield "too long", raises(lambda: (x * x).backward(torch.tensor([0.3, -1.2, 2.0, 1.0])))
    yield "one element", raises(lambda: (x * x).backward(torch.tensor([0.3])))
    yield "0-d", raises(lambda: (x * x).backward(torch.tensor(0.3)))
    yield "row", raises(lambda: (x * x).backward(torch.tensor([[0.3, -1.2, 2.0]])))
    yield "vector for a scalar", raises(lambda: (x * x).sum().backward(torch.tensor([0.3])))
    yield "gradient", x.grad


@case(BACKWARD, builds_on=("refusals::gradient_of_another_shape",))
def gradient_that_is_no_tensor(torch):
    """A gradient must be a tensor: numbers and lists are refused."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "number", raises(lambda: (x * x).sum().backward(1.0))
    yield "list", raises(lambda: (x * x).backward([0.3, -1.2]))
    yield "string", raises(lambda: (x * x).sum().backward("1"))


@case(BACKWARD, builds_on=(WEIGHTED,))
def gradient_of_another_dtype(torch):
    """A gradient of another dtype is taken, be it integers, and the leaf's gradient has the leaf's dtype."""
    for given in (
        torch.tensor([0.1, -1.2], dtype=torch.float64),
        torch.tensor([0.1, -1.2], dtype=torch.float16),
        torch.tensor([3, -2]),
    ):
        x = torch.tensor([0.5, -1.5], requires_grad=True)
        (x * x).backward(given)
        yield f"given as {given.dtype}", x.grad


@case("torch.autograd: backward", builds_on=(WEIGHTED,))
def gradients_of_another_number(torch):
    """`torch.autograd.backward` refuses fewer gradients than roots, and passes over surplus ones."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    v = torch.tensor([0.3, -1.2])
    yield "too few", raises(lambda: torch.autograd.backward([x * x, x * 2], [v]))
    yield "gradient", x.grad
    torch.autograd.backward([x * x], [v, torch.tensor([7.0, 7.0])])
    yield "gradient after too many", x.grad


@case("torch.autograd: grad", builds_on=(LEAF,))
def grad_of_an_input_that_took_no_part(torch):
    """`torch.autograd.grad` refuses an input that took no part, unless `allow_unused` is given."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    yield "refused", raises(lambda: torch.autograd.grad((a * a).sum(), (a, b)))
    yield "allowed", torch.autograd.grad((a * a).sum(), (a, b), allow_unused=True)


@case("torch.autograd: grad", builds_on=(LEAF,))
def grad_of_an_input_that_does_not_require_grad(torch):
    """`torch.autograd.grad` refuses an input that does not require grad."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    plain = torch.tensor([2.0, 3.0])
    yield raises(lambda: torch.autograd.grad((a * plain).sum(), plain))


@case("Autograd mechanics: In-place correctness checks", builds_on=("tracking::leaf",))
def in_place_change_of_a_leaf(torch):
    """Every in-place change of a leaf that requires grad is refused, and the leaf stays as it was."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)

    def add_with_operator():
        y = x
        y += 1

    def assign_an_item():
        x[0] = 3.0

    yield "add_", raises(lambda: x.add_(1))
    yield "mul_", raises(lambda: x.mul_(torch.tensor([2.0, 3.0])))
    yield "zero_", raises(lambda: x.zero_())
    yield "fill_", raises(lambda: x.fill_(0.5))
    yield "copy_", raises(lambda: x.copy_(torch.tensor([2.0, 3.0])))
    yield "+=", raises(add_with_operator)
    yield "x[0] = 3.0", raises(assign_an_item)
    yield "x", x


@case("Autograd mechanics: In-place correctness checks", builds_on=("refusals::in_place_change_of_a_leaf",))
def in_place_change_of_a_view_of_a_leaf(torch):
    """An in-place change of a view of a leaf that requires grad is refused too."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    yield "row", raises(lambda: x[0].mul_(2))
    yield "view", raises(lambda: x.view(4).zero_())
    yield "x", x


@case("Autograd mechanics: In-place correctness checks", builds_on=(LEAF,))
def in_place_change_of_a_saved_tensor(torch):
    """`backward` refuses to use a saved tensor that was changed in place since, and names both versions."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y.add_(1)
    yield "refused", raises(lambda: z.backward())
    yield "gradient", x.grad


@case("torch.Tensor: numpy", builds_on=("tracking::leaf",))
def numpy_of_a_tracked_tensor(torch):
    """`numpy()` of a leaf or of a result that requires grad is refused; of a detached tensor it is not."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "leaf", raises(lambda: x.numpy())
    yield "result", raises(lambda: (x * 2).numpy())
    yield "detached", (x * 2).detach().numpy().tolist()


@case("torch.Tensor: grad", builds_on=(LEAF,))
def gradient_of_another_kind_assigned(torch):
    """Only a tensor of the leaf's shape and dtype, or None, can be assigned to `grad`."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)

    def assign(value):
        x.grad = value

    yield "number", raises(lambda: assign(1.0))
    yield "list", raises(lambda: assign([0.3, -1.2]))
    yield "another shape", raises(lambda: assign(torch.tensor([0.3, -1.2, 2.0])))
    yield "another dtype", raises(lambda: assign(torch.tensor([0.3, -1.2], dtype=torch.float64)))
    yield "the leaf itself", raises(lambda: assign(x))
    yield "gradient", x.grad


@case("torch: tensor", builds_on=("tracking::leaf",))
def ragged_and_foreign_data(torch):
    """`torch.tensor` refuses ragged lists, strings and other objects."""
    yield "ragged", raises(lambda: torch.tensor([[1.0, 2.0], [3.0]]))
    yield "deeper ragged", raises(lambda: torch.tensor([[[1.0], [2.0, 3.0]]]))
    yield "number among lists", raises(lambda: torch.tensor([[1.0], 2.0]))
    yield "string", raises(lambda: torch.tensor("1.5"))
    yield "None", raises(lambda: torch.tensor([None]))


@case("Broadcasting semantics: General semantics")
def shapes_that_do_not_broadcast(torch):
    """Shapes that do not broadcast are refused with the sizes and the dimension in which they differ."""
    a = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]])
    yield "addition", raises(lambda: a + torch.tensor([1.0, 2.0]))
    yield "product", raises(lambda: torch.tensor([1.0, 2.0, 3.0, 4.0]) * a)
    yield "first dimension", raises(lambda: a - torch.zeros(3, 3))


@case("torch: matmul")
def shapes_that_do_not_multiply(torch):
    """Matrix products of shapes that do not fit are refused with the shapes."""
    a = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]])
    yield "matrices", raises(lambda: a @ a)
    yield "matrix and vector", raises(lambda: a @ torch.tensor([1.0, 2.0]))
    yield "vectors", raises(lambda: torch.tensor([1.0, 2.0]) @ torch.tensor([1.0, 2.0, 3.0]))
    yield "dtypes", raises(lambda: a @ torch.tensor([1, 2, 3]))
    yield "0-d", raises(lambda: a @ torch.tensor(2.0))


@case("torch.Tensor: view")
def shapes_that_do_not_hold_the_elements(torch):
    """`view` and `reshape` refuse shapes of another number of elements."""
    a = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]])
    yield "view", raises(lambda: a.view(4))
    yield "reshape", raises(lambda: a.reshape(5, -1))
    yield "two unknown sizes", raises(lambda: a.reshape(-1, -1))
    yield "transposed", raises(lambda: a.t().view(6))


@case("torch.Tensor: indexing")
def indices_that_do_not_exist(torch):
    """Indices and dimensions that a tensor does not have are refused."""
    a = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]])
    yield "a[2]", raises(lambda: a[2])
    yield "a[0, -4]", raises(lambda: a[0, -4])
    yield "a[0, 0, 0]", raises(lambda: a[0, 0, 0])
    yield "sum(2)", raises(lambda: a.sum(2))
    yield "mean(-3)", raises(lambda: a.mean(-3))
