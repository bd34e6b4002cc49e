"""Gradients through expressions of several operations, as programs write them."""

from __future__ import annotations

from conformance import case

PAGE = "Autograd mechanics: How autograd encodes the history"
PRODUCT = "first_gradients::product_rule"
USES = "first_gradients::leaf_used_many_times"


@case(PAGE, builds_on=(PRODUCT,))
def exponential_of_a_square(torch):
    """The gradient of exp(-x²) is -2·x·exp(-x²)."""
    x = torch.tensor([0.5, -1.5, 0.0, 3.0], requires_grad=True)
    y = (-(x**2)).exp()
    y.backward(torch.tensor([0.3, -1.2, 2.0, 0.7]))
    yield "y", y
    yield "gradient", x.grad


@case(PAGE, builds_on=(PRODUCT,))
def logistic_function_written_out(torch):
    """1 / (1 + exp(-x)) has the gradient of sigmoid, also where the exponential is large."""
    for name, function in (("written out", lambda x: 1 / (1 + (-x).exp())), ("sigmoid", torch.sigmoid)):
        x = torch.tensor([0.5, -1.5, 0.0, 20.0, -20.0], dtype=torch.float64, requires_grad=True)
        y = function(x)
        y.backward(torch.tensor([0.3, -1.2, 2.0, 0.7, -0.4], dtype=torch.float64))
        yield name, y
        yield f"gradient, {name}", x.grad


@case(PAGE, builds_on=(PRODUCT,))
def length_of_a_vector(torch):
    """The gradient of the square root of a sum of squares is the vector divided by its length."""
    x = torch.tensor([3.0, -4.0, 12.0], requires_grad=True)
    length = (x * x).sum().sqrt()
    length.backward(torch.tensor(-0.5))
    yield "length", length
    yield "gradient", x.grad


@case(PAGE, builds_on=("chains::length_of_a_vector",))
def length_of_a_zero_vector(torch):
    """The square root of a sum of squares has the gradient nan at zero."""
    x = torch.tensor([0.0, -0.0], requires_grad=True)
    length = (x * x).sum().sqrt()
    length.backward()
    yield "length", length
    yield "gradient", x.grad


@case(PAGE, builds_on=(USES,))
def polynomial_by_horner(torch):
    """A polynomial by Horner's scheme gives its derivative at x and the powers of x at its coefficients."""
    x = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)
    coefficients = torch.tensor([2.0, -3.0, 0.5, 4.0], dtype=torch.float64, requires_grad=True)
    y = torch.zeros_like(x)
    for coefficient in coefficients:
        y = y * x + coefficient
    y.backward(torch.tensor([0.3, -1.2], dtype=torch.float64))
    yield "y", y.detach()
    yield "gradient of x", x.grad
    yield "gradient of the coefficients", coefficients.grad


@case(PAGE, builds_on=(USES,))
def variance_written_out(torch):
    """The mean of squared deviations from the mean passes gradients on both paths to the values."""
    x = torch.tensor([0.5, -1.5, 2.0, 4.0], dtype=torch.float64, requires_grad=True)
    deviation = x - x.mean()
    variance = (deviation**2).mean()
    variance.backward(torch.tensor(0.7, dtype=torch.float64))
    yield "variance", variance
    yield "gradient", x.grad


@case(PAGE, builds_on=("chains::variance_written_out",))
def standardized_values(torch):
    """Values divided by their standard deviation around their mean keep a gradient for uneven weights."""
    x = torch.tensor([0.5, -1.5, 2.0, 4.0], dtype=torch.float64, requires_grad=True)
    y = (x - x.mean()) / ((x - x.mean()) ** 2).mean().sqrt()
    y.backward(torch.tensor([0.3, -1.2, 2.0, 0.7], dtype=torch.float64))
    yield "y", y.detach()
    yield "gradient", x.grad


@case(PAGE, builds_on=(USES,))
def softmax_written_out(torch):
    """Exponentials divided by their sum have the gradient s·(v - v·s), as softmax has."""
    for name, function in (
        ("written out", lambda x: x.exp() / x.exp().sum()),
        ("softmax", lambda x: torch.softmax(x, 0)),
    ):
        x = torch.tensor([0.5, -1.5, 2.0], dtype=torch.float64, requires_grad=True)
        y = function(x)
        y.backward(torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64))
        yield name, y.detach()
        yield f"gradient, {name}", x.grad


@case(PAGE, builds_on=("first_gradients::broadcast_operands",))
def row_and_column_statistics(torch):
    """A matrix minus its column means, divided by its row sums, collects gradients along both dimensions."""
    x = torch.tensor([[0.5, 1.5, 2.0], [1.0, 4.0, 3.0]], dtype=torch.float64, requires_grad=True)
    y = (x - x.mean(0)) / x.sum(1, keepdim=True)
    y.backward(torch.tensor([[0.3, -1.2, 2.0], [-0.01, 0.5, 1.7]], dtype=torch.float64))
    yield "y", y.detach()
    yield "gradient", x.grad


@case(PAGE, builds_on=(PRODUCT,))
def product_of_three_matrices(torch):
    """In A @ B @ c each factor's gradient is made of the other two."""
    a = torch.tensor([[0.5, -1.5], [2.0, 1.0], [0.25, 3.0]], requires_grad=True)
    b = torch.tensor([[1.0, -2.0], [0.5, 4.0]], requires_grad=True)
    c = torch.tensor([0.7, -0.2], requires_grad=True)
    y = a @ b @ c
    y.backward(torch.tensor([0.3, -1.2, 2.0]))
    yield "y", y
    for name, leaf in (("A", a), ("B", b), ("c", c)):
        yield f"gradient of {name}", leaf.grad


@case(PAGE, builds_on=("chains::product_of_three_matrices",))
def quadratic_form(torch):
    """The gradient of x·(A @ x) is (A + Aᵀ) @ x, for a matrix that is not symmetric."""
    matrix = torch.tensor([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0], [4.0, 0.0, 2.0]])
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = x @ (matrix @ x)
    y.backward(torch.tensor(0.3))
    yield "y", y
    yield "gradient", x.grad


@case(PAGE, builds_on=(USES,))
def parts_taken_and_put_together(torch):
    """Slices, rows and columns that are stacked and concatenated return their gradients to their places."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]], requires_grad=True)
    y = torch.cat([x[:, 1:], x[:, :2] * 3]).t()
    z = torch.stack([y[0], y[1] * y[0]])
    z.backward(torch.tensor([[0.3, -1.2, 2.0, 0.7], [0.1, 0.5, -0.4, 1.1]]))
    yield "z", z
    yield "gradient", x.grad


@case(PAGE, builds_on=(USES,))
def reshaped_and_transposed(torch):
    """Views of views hand gradients back in the order of the leaf's own elements."""
    x = (torch.arange(12.0) / 4 - 1).requires_grad_()
    y = x.reshape(3, 4).t().reshape(2, 6)[1].reshape(3, 2).unsqueeze(0)
    y.backward(torch.tensor([[[0.3, -1.2], [2.0, 0.7], [0.1, 0.5]]]))
    yield "y", y
    yield "gradient", x.grad


@case(PAGE, builds_on=(USES,))
def piecewise_function(torch):
    """`where` of two branches hands the gradient to the branch that was chosen, in each place."""
    x = torch.tensor([0.5, -1.5, 2.0, 0.0], requires_grad=True)
    y = torch.where(x > 0, x * x, -3 * x)
    y.backward(torch.tensor([0.3, -1.2, 2.0, 0.7]))
    yield "y", y
    yield "gradient", x.grad


@case(PAGE, builds_on=("chains::piecewise_function",))
def where_and_a_nan_in_the_other_branch(torch):
    """A branch that is not chosen still poisons the gradient if its own derivative is infinite."""
    x = torch.tensor([4.0, 0.0], requires_grad=True)
    y = torch.where(x > 0, x.sqrt(), torch.tensor(0.0))
    y.backward(torch.tensor([0.3, -1.2]))
    yield "y", y
    yield "gradient", x.grad


@case(PAGE, builds_on=(USES,))
def running_product_in_a_list(torch):
    """Values kept in a list and summed at the end pass gradients through every earlier value."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    values = [x]
    for number in range(3):
        values.append(values[-1] * x + number)
    total = sum(values)
    total.backward(torch.tensor([0.3, -1.2]))
    yield "total", total
    yield "gradient", x.grad


@case(PAGE, builds_on=(USES,))
def five_hundred_steps(torch):
    """A chain of 500 steps has the product of 500 derivatives."""
    x = torch.tensor([1.0, -0.5], dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(500):
        y = y * 1.001 + 0.002
    y.backward(torch.tensor([0.3, -1.2], dtype=torch.float64))
    yield "y", y.detach()
    yield "gradient", x.grad


@case(PAGE, builds_on=(USES,))
def mean_squared_error(torch):
    """The mean squared error of a linear model, by hand and by `mse_loss`, has the same gradients."""
    data = torch.tensor([[0.5, -1.0], [1.5, 0.25], [-0.75, 2.0]])
    target = torch.tensor([0.3, -0.2, 0.9])
    for name, loss_of in (
        ("by hand", lambda p: ((p - target) ** 2).mean()),
        ("mse_loss", lambda p: torch.nn.functional.mse_loss(p, target)),
    ):
        weight = torch.tensor([0.2, -0.4], requires_grad=True)
        bias = torch.tensor(0.1, requires_grad=True)
        loss = loss_of(data @ weight + bias)
        loss.backward()
        yield f"loss {name}", loss
        yield f"gradient of the weight {name}", weight.grad
        yield f"gradient of the bias {name}", bias.grad
