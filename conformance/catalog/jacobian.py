"""`backward` of results that are not scalars: the product of a vector with the Jacobian."""

from __future__ import annotations

from conformance import case, raises

DIFFERENTIATION = "Automatic differentiation with torch.autograd"


@case(DIFFERENTIATION, "E5")
def ones_like_through_a_square_matrix(torch):
    """`(eye(5) + 1).pow(2)` with ones gives 4 and 2, then accumulated 8 and 4, and after zero_() 4 and 2."""
    inp = torch.eye(5, requires_grad=True)
    out = (inp + 1).pow(2)
    out.backward(torch.ones_like(inp), retain_graph=True)
    print("First call\n", inp.grad)
    yield "first call", inp.grad
    out.backward(torch.ones_like(inp), retain_graph=True)
    print("\nSecond call\n", inp.grad)
    yield "second call", inp.grad
    inp.grad.zero_()
    out.backward(torch.ones_like(inp), retain_graph=True)
    print("\nCall after zeroing gradients\n", inp.grad)
    yield "after zeroing", inp.grad


@case(DIFFERENTIATION, "E5", builds_on=("jacobian::ones_like_through_a_square_matrix",))
def transposed_square_with_a_varied_gradient(torch):
    """The same of a 4 × 5 matrix, transposed, with a different weight for each element of the result."""
    inp = torch.eye(4, 5, requires_grad=True)
    out = (inp + 1).pow(2).t()
    weights = torch.arange(20, dtype=torch.float32).reshape(5, 4) / 8 - 1
    for call in ("first", "second"):
        out.backward(weights, retain_graph=True)
        yield f"grad after the {call} call", inp.grad


@case(DIFFERENTIATION, "E5")
def square_without_retain_graph(torch):
    """Without `retain_graph=True` the second call raises, and the gradient stays that of the first call."""
    inp = torch.eye(3, requires_grad=True)
    out = (inp + 1).pow(2)
    out.backward(torch.ones_like(inp))
    yield "first call", inp.grad
    yield "second call", raises(lambda: out.backward(torch.ones_like(inp)))
    yield "gradient afterwards", inp.grad


@case(DIFFERENTIATION, "E6")
def product_with_the_full_jacobian(torch):
    """`y.backward(v)` gives vᵀ·J, as does the Jacobian worked out row by row and multiplied."""
    x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    y = torch.stack([x[0] * x[1], x[1] * x[2] ** 2])
    v = torch.tensor([3.0, -0.5])
    rows = []
    for unit in (torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])):
        y.backward(unit, retain_graph=True)
        rows.append(x.grad)
        x.grad = None
    jacobian = torch.stack(rows)
    yield "Jacobian", jacobian
    yield "v times the Jacobian", v @ jacobian
    y.backward(v)
    yield "x.grad", x.grad


@case(DIFFERENTIATION, "E6", builds_on=("jacobian::product_with_the_full_jacobian",))
def jacobian_of_a_linear_map(torch):
    """The Jacobian of `A @ x` is A, so v gives vᵀ·A, a vector of x's size."""
    matrix = torch.tensor([[1.0, 2.0], [-3.0, 0.5], [0.0, 4.0]])
    x = torch.tensor([0.25, -1.5], requires_grad=True)
    y = matrix @ x
    y.backward(torch.tensor([1.0, -1.0, 0.5]))
    yield "y", y
    yield "x.grad", x.grad
    yield "v @ matrix", torch.tensor([1.0, -1.0, 0.5]) @ matrix


@case(DIFFERENTIATION, "E6", builds_on=("jacobian::product_with_the_full_jacobian",))
def jacobian_of_softmax(torch):
    """The Jacobian of softmax is diag(s) − s·sᵀ, row by row."""
    x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    s = torch.softmax(x, 0)
    for number in range(3):
        unit = torch.zeros(3)
        unit[number] = 1.0
        (row,) = torch.autograd.grad(s, x, unit, retain_graph=True)
        yield f"row {number}", row
    yield "worked out", torch.diag(s.detach()) - torch.outer(s.detach(), s.detach())


@case(DIFFERENTIATION, "E6", builds_on=("jacobian::product_with_the_full_jacobian",))
def gradient_has_the_shape_of_the_result(torch):
    """The given gradient is not broadcast: if its shape is not the result's, an error names both shapes."""
    x = torch.tensor([[0.5, -1.0, 2.0], [1.0, 3.0, -4.0]], requires_grad=True)
    y = x * 3
    yield "a vector", raises(lambda: y.backward(torch.tensor([1.0, 2.0, 3.0])))
    yield "transposed", raises(lambda: y.backward(torch.ones(3, 2)))
    yield "0-d", raises(lambda: y.backward(torch.tensor(1.0)))
    yield "one more dimension", raises(lambda: y.backward(torch.ones(1, 2, 3)))
    yield "for a scalar, one element", raises(lambda: y.sum().backward(torch.ones(1)))
    yield "gradient", x.grad


@case("torch.autograd: torch.Tensor.backward", builds_on=("jacobian::gradient_has_the_shape_of_the_result",))
def results_of_one_element_need_no_gradient(torch):
    """A result of one element, whatever its shape, goes backward without a gradient; others raise."""
    for shape in ((), (1,), (1, 1)):
        x = torch.full(shape, 1.5, requires_grad=True)
        (x**3).backward()
        yield f"shape {shape}", x.grad
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    yield "two elements", raises(lambda: (x**3).backward())
    empty = torch.ones(0, requires_grad=True)
    yield "no elements", raises(lambda: (empty**3).backward())
    yield "no elements, None given", raises(lambda: (empty**3).backward(None))


@case("Autograd Module", "D3")
def gradient_keyword_of_ones(torch):
    """`loss.backward(gradient=torch.ones(5))` of `x ** 2 - 5` leaves 2 x in `x.grad`; `2 * x` is tracked."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    loss = x**2 - 5
    loss.backward(gradient=torch.ones(5))
    yield "x.grad", x.grad
    yield "2 * x", 2 * x
    yield "x.grad == 2 * x", x.grad == 2 * x


@case("Autograd Module", "D3", builds_on=("jacobian::gradient_keyword_of_ones",))
def gradient_keyword_varied(torch):
    """A gradient that is not ones weighs each element, in float64 and of 0-d as well."""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    (x**2 - 5).backward(gradient=torch.tensor([0.1, 10.0, -1.0]))
    yield "float32", x.grad
    x = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
    (x**2 - 5).backward(gradient=torch.tensor([0.1, 10.0, -1.0], dtype=torch.float64))
    yield "float64", x.grad
    x = torch.tensor(3.0, requires_grad=True)
    (x**2 - 5).backward(gradient=torch.tensor(-0.5))
    yield "0-d", x.grad


@case("torch.autograd: torch.Tensor.backward")
def backward_of_a_leaf(torch):
    """`backward` of a leaf puts the given gradient into its own grad, as a copy."""
    x = torch.tensor([1.0, 3.0], requires_grad=True)
    v = torch.tensor([0.5, -2.0])
    x.backward(v)
    yield "grad", x.grad
    yield "is what was given", x.grad is v
    v.add_(100.0)
    x.backward(torch.tensor([1.0, 1.5]))
    yield "grad after a second call", x.grad
    scalar = torch.tensor(4.0, requires_grad=True)
    scalar.backward()
    yield "grad of a 0-d leaf", scalar.grad


@case("torch.autograd: torch.autograd.backward", builds_on=("jacobian::gradient_keyword_varied",))
def several_roots_at_once(torch):
    """`torch.autograd.backward` of several results sums their gradients in one pass."""
    x = torch.tensor([1.0, -3.0], requires_grad=True)
    shared = x.exp()
    first, second = (shared * x).sum(), shared * 2
    torch.autograd.backward([first, second], [None, torch.tensor([0.5, -1.0])])
    yield "gradient", x.grad
    yield "a single tensor", torch.autograd.backward((x**2).sum())
    yield "gradient afterwards", x.grad


@case("torch.autograd: torch.autograd.backward", builds_on=("jacobian::several_roots_at_once",))
def backward_into_given_inputs(torch):
    """With `inputs=`, only the named leaves get gradients."""
    x = torch.tensor([1.0, -3.0], requires_grad=True)
    w = torch.tensor([2.0, 0.5], requires_grad=True)
    (x * w).backward(torch.tensor([1.0, 2.0]), inputs=[w])
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    (x * w).sum().backward(inputs=x)
    yield "x.grad as the only input", x.grad
    yield "no inputs", raises(lambda: (x * w).sum().backward(inputs=[]))
