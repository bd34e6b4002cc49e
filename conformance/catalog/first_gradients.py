"""What one call of `backward` leaves in the leaves."""

from __future__ import annotations

from conformance import case

DESCENT = "Automatic differentation and gradient descend"
FIRST_STEPS = "Gradients and autograd, first steps"
BACKWARD = "torch.Tensor: backward"
LEAF = "first_gradients::leaf_gets_its_gradient"
SUM = "first_gradients::sum_spreads_its_gradient"
PRODUCT = "first_gradients::product_rule"
WEIGHTED = "first_gradients::incoming_gradient_weights_the_result"


@case(BACKWARD)
def leaf_gets_its_gradient(torch):
    """`backward` of a multiple of a 0-d leaf leaves the factor in the leaf's `grad`."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * -2.5
    yield "before", x.grad
    yield "returns", y.backward()
    yield "after", x.grad


@case(BACKWARD, builds_on=(LEAF,))
def sum_spreads_its_gradient(torch):
    """The gradient of a sum is the incoming gradient in every place of the operand's shape."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]], requires_grad=True)
    x.sum().backward(torch.tensor(-0.7))
    yield x.grad


@case(BACKWARD, builds_on=(LEAF,))
def incoming_gradient_weights_the_result(torch):
    """`y.backward(v)` weights the derivative of each element of y with the element of v in its place."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    (x * 3).backward(torch.tensor([0.3, -1.2, 2.0]))
    yield x.grad


@case(BACKWARD, builds_on=(WEIGHTED,))
def product_rule(torch):
    """Each factor's gradient is the other factor times the incoming gradient."""
    a = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    b = torch.tensor([4.0, 0.25, -3.0], requires_grad=True)
    (a * b).backward(torch.tensor([0.3, -1.2, 2.0]))
    yield "gradient of a", a.grad
    yield "gradient of b", b.grad


@case(BACKWARD, builds_on=(WEIGHTED,))
def sum_and_difference(torch):
    """`a + b` hands the incoming gradient to both, `a - b` its negative to b."""
    v = torch.tensor([0.3, -1.2, 2.0])
    for name, operation in (("a + b", lambda a, b: a + b), ("a - b", lambda a, b: a - b)):
        a = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
        b = torch.tensor([4.0, 0.25, -3.0], requires_grad=True)
        operation(a, b).backward(v)
        yield f"{name}: gradient of a", a.grad
        yield f"{name}: gradient of b", b.grad


@case(BACKWARD, builds_on=(WEIGHTED,))
def quotient_rule(torch):
    """`a / b` gives the numerator v/b and the denominator -v·a/b²."""
    a = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    b = torch.tensor([4.0, 0.25, -3.0], requires_grad=True)
    (a / b).backward(torch.tensor([0.3, -1.2, 2.0]))
    yield "gradient of a", a.grad
    yield "gradient of b", b.grad


@case(BACKWARD, builds_on=(WEIGHTED,))
def power_with_a_number(torch):
    """`x ** n` gives n·x**(n-1)·v for whole, fractional, negative and zero exponents."""
    for exponent in (2, 3, 0.5, -1.5, 1, 0):
        x = torch.tensor([0.5, 1.5, 4.0], requires_grad=True)
        y = x**exponent
        y.backward(torch.tensor([0.3, -1.2, 2.0]))
        yield f"x ** {exponent}", y
        yield f"gradient of x ** {exponent}", x.grad


@case(BACKWARD, builds_on=(SUM,))
def mean_divides_by_the_count(torch):
    """The gradient of a mean is the incoming gradient divided by the number of elements."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]], requires_grad=True)
    x.mean().backward(torch.tensor(-0.7))
    yield x.grad


@case(DESCENT, "A5", builds_on=(LEAF, "first_gradients::mean_divides_by_the_count"))
def mean_of_squares(torch):
    """`backward` of mean((5x)²) over 4 elements leaves 12.5·x in `x.grad`, a plain tensor."""
    x = torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049], requires_grad=True)
    y = x * 5
    w = y**2
    z = w.mean()
    z.backward()
    yield "gradient", x.grad
    yield "12.5 * x", 12.5 * x
    yield "requires grad", x.grad.requires_grad


@case(DESCENT, "A5", builds_on=("first_gradients::mean_of_squares",))
def mean_of_squares_of_other_shapes(torch):
    """`backward` of mean((5x)²) leaves 50·x/n in `x.grad` for every shape and float dtype."""
    for values in (-0.75, [1.25], [[0.5, -1.5], [2.0, 0.1]], [[[0.3], [-0.6], [7.0]]]):
        for dtype in (torch.float32, torch.float64):
            x = torch.tensor(values, dtype=dtype, requires_grad=True)
            ((x * 5) ** 2).mean().backward()
            yield f"{tuple(x.shape)} {dtype}", x.grad


@case(DESCENT, "A11", builds_on=(LEAF,))
def one_neuron(torch):
    """The squared error of one neuron, W = 1, input 2, target 10, is 64, and its gradient -32."""
    data, output = torch.tensor(2.0), torch.tensor(10.0)
    weight = torch.tensor(1.0, requires_grad=True)
    loss = (weight * data - output) ** 2
    yield "loss", loss
    loss.backward()
    yield "gradient", weight.grad
    yield "gradient worked out by hand", 2 * (weight.detach() * data - output) * data


@case(DESCENT, "A11", builds_on=("first_gradients::one_neuron",))
def one_neuron_of_other_numbers(torch):
    """The gradient of (W·x + b - t)² is 2·x·(W·x + b - t) for W and 2·(W·x + b - t) for b."""
    weight = torch.tensor(-0.3, dtype=torch.float64, requires_grad=True)
    bias = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    loss = (weight * 1.9 + bias - 4.1) ** 2
    loss.backward()
    yield "loss", loss
    yield "gradient of W", weight.grad
    yield "gradient of b", bias.grad


@case(FIRST_STEPS, "B4", builds_on=(PRODUCT, "first_gradients::mean_divides_by_the_count"))
def mean_of_doubled_squares(torch):
    """`backward` of mean(2(x + 2)²) over 3 elements leaves 4(x + 2)/3 in `x.grad`."""
    x = torch.tensor([-0.51362, 1.08414, -0.72715], requires_grad=True)
    y = x + 2
    z = y * y * 2
    z = z.mean()
    yield "z", z
    z.backward()
    yield "gradient", x.grad
    yield "4 * (x + 2) / 3", 4 * (x.detach() + 2) / 3


@case(FIRST_STEPS, "B6", builds_on=(PRODUCT,))
def vector_jacobian_product(torch):
    """`z.backward(v)` of the vector 2(x + 2)² leaves 4(x + 2)·v, printed in scientific notation."""
    x = torch.tensor([-0.64595, -0.49871, -2.276325], requires_grad=True)
    y = x + 2
    z = y * y * 2
    v = torch.tensor([0.1, 1.0, 0.001], dtype=torch.float32)
    z.backward(v)
    yield "gradient", x.grad
    yield "4 * (x + 2) * v", 4 * (x.detach() + 2) * v


@case(FIRST_STEPS, "B6", builds_on=("first_gradients::vector_jacobian_product",))
def vector_jacobian_product_of_a_matrix(torch):
    """The gradient handed to `backward` of a matrix is a matrix that weights it element by element."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]], dtype=torch.float64, requires_grad=True)
    v = torch.tensor([[0.3, -1.2, 2.0], [-0.01, 0.5, 1.7]], dtype=torch.float64)
    (x * x * x).backward(v)
    yield x.grad


@case(BACKWARD, builds_on=(LEAF,))
def gradient_given_by_keyword(torch):
    """`backward` takes the incoming gradient as `gradient=`, and None stands for 1 at a scalar."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).backward(gradient=torch.tensor([0.3, -1.2]))
    yield "by keyword", x.grad
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward(gradient=None)
    yield "None", x.grad


@case(BACKWARD, builds_on=(LEAF,))
def one_element_needs_no_gradient(torch):
    """`backward` without a gradient works for every tensor of one element, whatever its shape."""
    for shape in ((), (1,), (1, 1), (1, 1, 1)):
        x = torch.tensor(1.5, requires_grad=True)
        (x * -2.5).reshape(shape).backward()
        yield f"shape {shape}", x.grad


@case(BACKWARD, builds_on=(LEAF,))
def backward_of_a_leaf(torch):
    """`backward` of a leaf itself leaves the incoming gradient in its `grad`."""
    x = torch.tensor(1.5, requires_grad=True)
    x.backward()
    yield "without a gradient", x.grad
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.backward(torch.tensor([0.3, -1.2]))
    yield "with a gradient", x.grad


@case(BACKWARD, builds_on=(PRODUCT,))
def leaf_used_many_times(torch):
    """The gradients of all uses of a leaf are added up."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = x * x * x + x / 2 - 3 * x + (x - 1) * (x + 4)
    y.backward(torch.tensor([0.3, -1.2, 2.0]))
    yield "y", y
    yield "gradient", x.grad


@case(BACKWARD, builds_on=("first_gradients::leaf_used_many_times",))
def result_used_many_times(torch):
    """The gradients of all uses of a result are added up before its own node runs."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = x * x
    z = y * 3 + y * y - x * y
    z.backward(torch.tensor([0.3, -1.2, 2.0]))
    yield x.grad


@case(BACKWARD, builds_on=(PRODUCT,))
def doubling_in_a_loop(torch):
    """A value doubled ten times by `y + y` has the derivative 1024: every path to it counts."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x
    for _ in range(10):
        y = y + y
    y.backward(torch.tensor([0.3, -1.2]))
    yield x.grad


@case(BACKWARD, builds_on=(PRODUCT,))
def only_leaves_that_took_part(torch):
    """`backward` fills the leaves behind its root; other leaves and constants keep `grad` None."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    constant = torch.tensor([-1.0, 0.5])
    (a * constant).sum().backward()
    yield "took part", a.grad
    yield "did not", b.grad
    yield "constant", constant.grad


@case("torch.Tensor: grad", builds_on=(PRODUCT,))
def results_keep_no_gradient(torch):
    """`grad` of a result is None after `backward`, and reading it warns."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * 3
    y.backward(torch.tensor([0.3, -1.2]))
    yield "gradient of the result", y.grad
    yield "gradient of the leaf", x.grad


@case("torch.Tensor: grad", builds_on=(LEAF,))
def gradient_of_an_untouched_leaf(torch):
    """`grad` of a tensor that is no result is None without a warning."""
    yield "leaf", torch.tensor([0.5], requires_grad=True).grad
    yield "plain tensor", torch.tensor([0.5]).grad
    yield "integers", torch.tensor([5]).grad


@case(BACKWARD, builds_on=(PRODUCT,))
def broadcast_operands(torch):
    """The gradient of a broadcast operand has the operand's shape, summed over the repeated places."""
    matrix = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]])
    v = torch.tensor([[0.3, -1.2, 2.0], [-0.01, 0.5, 1.7]])
    for values in (0.7, [0.7], [0.7, -0.2, 1.1], [[0.7, -0.2, 1.1]], [[0.7], [-0.2]], [[0.7]]):
        x = torch.tensor(values, requires_grad=True)
        (x * matrix).backward(v)
        yield f"shape {tuple(x.shape)}", x.grad


@case(BACKWARD, builds_on=("first_gradients::broadcast_operands",))
def both_operands_broadcast(torch):
    """A column and a row broadcast against each other, and each gets a gradient of its own shape."""
    column = torch.tensor([[0.7], [-0.2]], requires_grad=True)
    row = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = column / row
    y.backward(torch.tensor([[0.3, -1.2, 2.0], [-0.01, 0.5, 1.7]]))
    yield "y", y
    yield "gradient of the column", column.grad
    yield "gradient of the row", row.grad


@case(BACKWARD, builds_on=("first_gradients::broadcast_operands",))
def broadcast_over_new_dimensions(torch):
    """An operand that is repeated over new leading dimensions gets the sum over all of them."""
    x = torch.tensor([0.7, -0.2], dtype=torch.float64, requires_grad=True)
    block = torch.arange(12.0, dtype=torch.float64).reshape(3, 2, 2) - 4.5
    (x * block).backward(block * 0.1 + 0.3)
    yield x.grad


@case(BACKWARD, builds_on=(SUM,))
def empty_tensors(torch):
    """The gradient of an empty leaf is empty, and the sum of nothing is a tracked zero."""
    x = torch.tensor([], requires_grad=True)
    total = (x * 2).sum()
    total.backward()
    yield "sum", total
    yield "gradient", x.grad
    x = torch.zeros(0, 3, requires_grad=True)
    (x + 1).backward(torch.zeros(0, 3))
    yield "gradient of no rows", x.grad


@case(BACKWARD, builds_on=("first_gradients::broadcast_operands",))
def broadcast_against_nothing(torch):
    """A leaf that is broadcast to an empty shape gets a gradient of zeros."""
    x = torch.tensor([0.7], requires_grad=True)
    y = x * torch.zeros(2, 0)
    yield "y", y
    y.sum().backward()
    yield "gradient", x.grad


@case(BACKWARD, builds_on=(PRODUCT,))
def other_float_dtypes(torch):
    """Gradients are computed and kept in the dtype of the leaf."""
    for dtype in (torch.float16, torch.float32, torch.float64):
        x = torch.tensor([0.1, -1.7, 2.3], dtype=dtype, requires_grad=True)
        y = x * x * 3
        y.backward(torch.tensor([0.3, -1.2, 2.1], dtype=dtype))
        yield f"y of {dtype}", y
        yield f"gradient of {dtype}", x.grad


@case(BACKWARD, builds_on=(PRODUCT,))
def nan_and_infinity(torch):
    """Infinite and undefined values flow through `backward` by the rules of floating-point arithmetic."""
    inf, nan = float("inf"), float("nan")
    x = torch.tensor([0.0, inf, nan, 2.0, -0.0], requires_grad=True)
    y = 1 / x
    y.backward(torch.tensor([0.3, -1.2, 2.0, nan, inf]))
    yield "y", y
    yield "gradient", x.grad


@case("torch.autograd: backward", builds_on=(PRODUCT,))
def backward_of_several_roots(torch):
    """`torch.autograd.backward` takes several roots with a gradient each, and adds up what reaches a leaf."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    first, second = x * x, (x * 3).sum()
    torch.autograd.backward([first, second], [torch.tensor([0.3, -1.2]), torch.tensor(0.25)])
    yield x.grad


@case("torch.autograd: backward", builds_on=(LEAF,))
def backward_as_a_function(torch):
    """`torch.autograd.backward` of one tensor does what the method does."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "returns", torch.autograd.backward((x * x * 0.7).sum())
    yield "gradient", x.grad
    torch.autograd.backward(x * 2, torch.tensor([0.3, -1.2]))
    yield "gradient after a second root", x.grad


@case("torch.autograd: grad", builds_on=(PRODUCT,))
def grad_returns_and_keeps_nothing(torch):
    """`torch.autograd.grad` returns a tuple with a gradient for each input and leaves `.grad` None."""
    a = torch.tensor([0.5, -1.5], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    grads = torch.autograd.grad((a * b * b).sum(), (a, b))
    yield "gradients", grads
    yield "grad of a", a.grad
    yield "grad of b", b.grad


@case(FIRST_STEPS, "B1", builds_on=(LEAF,))
def namespace_under_another_name(torch):
    """The namespace works under any name that a program gives it."""
    tc = torch
    x = tc.tensor([0.5, -1.5], requires_grad=True)
    with tc.no_grad():
        yield "x + 2", x + 2
    (x * x).sum().backward()
    yield "gradient", x.grad
