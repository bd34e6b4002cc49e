"""Smooth activations: values, first and second derivatives, graphs."""

from __future__ import annotations

from conformance import case, raises

ACTIVATIONS = "torch.nn.functional: Non-linear activation functions"


def _twice(torch, function, dtype=None):
    x = torch.tensor(
        [-3.5, -1.25, -0.3, 0.0, 0.4, 1.5, 4.25], dtype=dtype or torch.float32, requires_grad=True
    )
    y = function(x)
    yield "result", y
    weights = torch.tensor([0.5, -2.0, 3.0, 1.25, 0.25, -1.5, 4.0], dtype=x.dtype)
    (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
    yield "gradient", gradient
    others = torch.tensor([1.5, 0.5, -2.0, 2.5, 3.0, 0.75, -1.0], dtype=x.dtype)
    (second,) = torch.autograd.grad(gradient, x, others)
    yield "second derivative", second
    again = function(x)
    again.backward(weights)
    yield "gradient without a graph", x.grad


@case(ACTIVATIONS)
def gelu_by_the_normal_distribution(torch):
    """`gelu` is x times the normal distribution's probability of less than x."""
    yield from _twice(torch, torch.nn.functional.gelu)


@case(ACTIVATIONS, builds_on=("activations_smooth::gelu_by_the_normal_distribution",))
def gelu_in_double_precision(torch):
    """In float64 `gelu` is right to the last digits."""
    yield from _twice(torch, torch.nn.functional.gelu, torch.float64)


@case(ACTIVATIONS, builds_on=("activations_smooth::gelu_by_the_normal_distribution",))
def gelu_by_tanh(torch):
    """`approximate="tanh"` computes it by a hyperbolic tangent; other words are refused."""
    yield from _twice(torch, lambda x: torch.nn.functional.gelu(x, approximate="tanh"))
    x = torch.tensor([0.5, -1.5])
    yield "another word", raises(lambda: torch.nn.functional.gelu(x, approximate="erf"))


@case(ACTIVATIONS)
def silu_times_its_sigmoid(torch):
    """`silu` is x sigmoid(x); with a graph its gradient is recorded step by step."""
    yield from _twice(torch, torch.nn.functional.silu)


@case(ACTIVATIONS)
def mish_by_softplus(torch):
    """`mish` is x tanh(softplus(x)), also where exp(x) would overflow."""
    yield from _twice(torch, torch.nn.functional.mish)
    yield "of large numbers", torch.nn.functional.mish(torch.tensor([95.0, -95.0, 1000.0]))


@case(ACTIVATIONS)
def softplus_is_linear_above_its_threshold(torch):
    """`softplus` is log(1 + exp(beta x)) / beta, and x itself where beta x is above the threshold."""
    yield from _twice(torch, torch.nn.functional.softplus)
    yield from _twice(torch, lambda x: torch.nn.functional.softplus(x, 1.7, 2.0))


@case(ACTIVATIONS)
def softsign_by_the_absolute_value(torch):
    """`softsign` is x / (|x| + 1), recorded as these operations."""
    x = torch.tensor([-6.5, -1.25, -0.3, 0.0, 0.4, 1.5], requires_grad=True)
    y = torch.nn.functional.softsign(x)
    yield "result", y
    weights = torch.tensor([0.5, -2.0, 3.0, 1.25, 0.25, -1.5])
    yield "gradient", torch.autograd.grad(y, x, weights, create_graph=True)[0]


@case(ACTIVATIONS)
def tanhshrink_less_its_tanh(torch):
    """`tanhshrink` is x - tanh(x), recorded as these operations."""
    yield from _twice(torch, torch.nn.functional.tanhshrink)


@case(ACTIVATIONS)
def logsigmoid_of_extremes(torch):
    """`logsigmoid` neither overflows nor loses what is near 0."""
    x = torch.tensor([-200.0, -20.0, 0.75, 20.0, 88.0], requires_grad=True)
    y = torch.nn.functional.logsigmoid(x)
    yield "result", y
    y.backward(torch.tensor([2.0, -1.0, 0.5, 3.0, 1.5]))
    yield "gradient", x.grad


@case(ACTIVATIONS)
def glu_weighs_one_half_by_the_other(torch):
    """`glu` multiplies the first half along a dimension by the sigmoid of the second."""
    x = torch.tensor([[0.5, -1.5, 2.0, 0.25], [3.0, -0.75, -2.0, 1.25]], requires_grad=True)
    y = torch.nn.functional.glu(x)
    yield "result", y
    incoming = torch.tensor([[1.5, -2.0], [0.5, 3.0]])
    (gradient,) = torch.autograd.grad(y, x, incoming, create_graph=True)
    yield "gradient", gradient
    gradient.backward(torch.tensor([[1.0, -2.0, 0.5, 1.5], [0.25, 3.0, -1.0, 2.0]]))
    yield "second derivative", x.grad
    yield "along the first dimension", torch.nn.functional.glu(x, 0)


@case(ACTIVATIONS)
def glu_refuses_odd_sizes(torch):
    """`glu` refuses dimensions that it cannot halve, and tensors without dimensions."""
    x = torch.tensor([[0.5, -1.5, 2.0], [3.0, -0.75, -2.0]])
    yield "an odd size", raises(lambda: torch.nn.functional.glu(x))
    yield "no dimension", raises(lambda: torch.nn.functional.glu(torch.tensor(1.5)))
    yield "no such dimension", raises(lambda: torch.nn.functional.glu(x, 2))


@case(ACTIVATIONS)
def softmin_is_the_softmax_of_the_negative(torch):
    """`softmin(x)` is `softmax(-x)`, recorded as these operations."""
    x = torch.tensor([[0.5, -1.5, 2.0], [3.0, -0.75, -2.0]], requires_grad=True)
    y = torch.nn.functional.softmin(x, dim=1)
    yield "result", y
    y.backward(torch.tensor([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]]))
    yield "gradient", x.grad
    yield "in another type", torch.nn.functional.softmin(x, 0, dtype=torch.float64)


@case(ACTIVATIONS)
def softmax_without_a_dimension_warns(torch):
    """Without `dim` softmax, softmin and log_softmax choose one by the number of dimensions, with a warning."""
    matrix = torch.tensor([[0.5, -1.5, 2.0], [3.0, -0.75, -2.0]])
    for name in ("softmax", "softmin", "log_softmax"):
        function = getattr(torch.nn.functional, name)
        yield f"{name} of a matrix", function(matrix)
        yield f"{name} of a vector", function(matrix[0])
        yield f"{name} of three dimensions", function(matrix.reshape(2, 1, 3))


@case(ACTIVATIONS)
def softmax_in_another_type(torch):
    """`dtype` casts the input first, so that integers have a softmax, too."""
    whole = torch.tensor([[1, 3, 2], [0, -2, 5]])
    yield "softmax", torch.softmax(whole, 1, dtype=torch.float64)
    yield "log_softmax", torch.nn.functional.log_softmax(whole, 0, dtype=torch.float32)
    yield "without", raises(lambda: torch.softmax(whole, 1))


@case(ACTIVATIONS)
def second_derivatives_of_softmax(torch):
    """Softmax and log_softmax have second derivatives by the nodes of their backward operations."""
    weights = torch.tensor([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]])
    others = torch.tensor([[0.5, 1.5, -1.0], [2.0, -0.75, 1.25]])
    for name in ("softmax", "log_softmax"):
        x = torch.tensor([[0.5, -1.5, 2.0], [3.0, -0.75, -2.0]], requires_grad=True)
        y = getattr(torch, name)(x, 1)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"gradient of {name}", gradient
        gradient.backward(others)
        yield f"second derivative of {name}", x.grad


@case(ACTIVATIONS)
def gumbel_softmax_draws_and_softens(torch):
    """`gumbel_softmax` adds noise of PyTorch's stream to the logits and takes the softmax over tau."""
    torch.manual_seed(5)
    x = torch.tensor([[0.5, -1.5, 2.0], [3.0, -0.75, -2.0]], requires_grad=True)
    y = torch.nn.functional.gumbel_softmax(x, tau=0.7)
    yield "result", y
    y.backward(torch.tensor([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]]))
    yield "gradient", x.grad
    yield "with the deprecated argument", torch.nn.functional.gumbel_softmax(x, eps=0.5, dim=0)


@case(ACTIVATIONS, builds_on=("activations_smooth::gumbel_softmax_draws_and_softens",))
def hard_gumbel_softmax_is_one_hot(torch):
    """With `hard` the result is one-hot, and the gradient that of the soft one."""
    torch.manual_seed(6)
    x = torch.tensor([[0.5, -1.5, 2.0], [3.0, -0.75, -2.0]], requires_grad=True)
    y = torch.nn.functional.gumbel_softmax(x, tau=1.5, hard=True)
    yield "result", y
    y.backward(torch.tensor([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]]))
    yield "gradient", x.grad


@case(ACTIVATIONS)
def smooth_activations_of_half_precision(torch):
    """In float16 smooth activations are computed in float32 and rounded once."""
    x = torch.tensor([-2.3, -0.17, 0.61, 3.9], dtype=torch.float16, requires_grad=True)
    for name in ("gelu", "silu", "mish", "softplus", "logsigmoid"):
        y = getattr(torch.nn.functional, name)(x)
        yield name, y
        (gradient,) = torch.autograd.grad(y, x, torch.tensor([1.5, -2.0, 0.5, 3.0], dtype=torch.float16))
        yield f"gradient of {name}", gradient
