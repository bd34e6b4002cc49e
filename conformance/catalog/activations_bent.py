"""Activations that bend at a point: values, gradients, graphs."""

from __future__ import annotations

from conformance import case, raises

ACTIVATIONS = "torch.nn.functional: Non-linear activation functions"


def _numbers(torch):
    return torch.tensor([-4.5, -1.25, -0.3, 0.4, 1.5, 7.25], requires_grad=True)


def _weights(torch):
    return torch.tensor([0.5, -2.0, 3.0, 0.25, -1.5, 4.0])


def _with_gradient(torch, function):
    x = _numbers(torch)
    y = function(x)
    yield "result", y
    (gradient,) = torch.autograd.grad(y, x, _weights(torch), create_graph=True)
    yield "gradient", gradient
    return x, gradient


def _twice(torch, function):
    x, gradient = yield from _with_gradient(torch, function)
    (second,) = torch.autograd.grad(gradient, x, torch.tensor([1.5, 0.5, -2.0, 3.0, 0.75, -1.0]))
    yield "second derivative", second


@case(ACTIVATIONS)
def leaky_relu_leaks_below_zero(torch):
    """`leaky_relu` multiplies negative numbers by the slope, 0.01 unless one is given; so does its gradient."""
    yield from _with_gradient(torch, torch.nn.functional.leaky_relu)
    yield from _with_gradient(torch, lambda x: torch.nn.functional.leaky_relu(x, 0.3))
    yield from _with_gradient(torch, lambda x: torch.nn.functional.leaky_relu(x, -1.5))


@case(ACTIVATIONS)
def elu_decays_below_zero(torch):
    """`elu` of negative numbers is alpha (exp(x) - 1)."""
    yield from _twice(torch, torch.nn.functional.elu)
    yield from _twice(torch, lambda x: torch.nn.functional.elu(x, 0.7))


@case(ACTIVATIONS)
def celu_scales_inside_too(torch):
    """`celu` of negative numbers is alpha (exp(x / alpha) - 1), whose slope is 1 at 0 for any alpha."""
    yield from _twice(torch, lambda x: torch.nn.functional.celu(x, 1.7))
    yield "by the function of the namespace", torch.celu(_numbers(torch), 0.4)
    yield "alpha 0", raises(lambda: torch.nn.functional.celu(_numbers(torch), 0))


@case(ACTIVATIONS)
def selu_has_fixed_constants(torch):
    """`selu` is an elu with a fixed alpha and a fixed scale on both sides; its node is EluBackward0."""
    yield from _twice(torch, torch.nn.functional.selu)
    yield "by the function of the namespace", torch.selu(_numbers(torch))


@case(ACTIVATIONS)
def elu_at_zero(torch):
    """At 0 and -0 `elu` keeps the sign of zero; the slope there is that of the lower side."""
    x = torch.tensor([0.0, -0.0], requires_grad=True)
    y = torch.nn.functional.elu(x, 0.6)
    yield "result", y
    y.backward(torch.tensor([3.0, -2.0]))
    yield "gradient", x.grad


@case(ACTIVATIONS)
def relu6_stops_at_six(torch):
    """`relu6` keeps numbers between 0 and 6, with a gradient of 0 outside, by the node of hardtanh."""
    yield from _with_gradient(torch, torch.nn.functional.relu6)


@case(ACTIVATIONS)
def hardtanh_has_two_bounds(torch):
    """`hardtanh` keeps numbers between two bounds; at the bounds themselves the gradient is 0."""
    yield from _with_gradient(torch, torch.nn.functional.hardtanh)
    yield from _with_gradient(torch, lambda x: torch.nn.functional.hardtanh(x, -2.5, 0.75))
    x = torch.tensor([-1.0, 1.0, 0.5], requires_grad=True)
    torch.nn.functional.hardtanh(x).backward(torch.tensor([2.0, 3.0, 4.0]))
    yield "gradient at the bounds", x.grad
    yield "integers", torch.nn.functional.hardtanh(torch.tensor([-7, -1, 3, 9]), -2, 4)


@case(ACTIVATIONS)
def hardswish_is_a_parabola_between_lines(torch):
    """`hardswish` is x (x + 3) / 6 between -3 and 3, 0 below and x above."""
    yield from _with_gradient(torch, torch.nn.functional.hardswish)
    x = torch.tensor([-3.0, 3.0, 2.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(
        torch.nn.functional.hardswish(x), x, torch.tensor([2.0, 3.0, 4.0]), create_graph=True
    )
    yield "gradient at the joints", gradient
    (second,) = torch.autograd.grad(gradient, x, torch.tensor([1.5, -0.5, 2.5]))
    yield "second derivative", second


@case(ACTIVATIONS)
def hardsigmoid_is_a_line(torch):
    """`hardsigmoid` is x / 6 + 1/2 between -3 and 3; its gradient's node refuses to run."""
    _, gradient = yield from _with_gradient(torch, torch.nn.functional.hardsigmoid)
    yield "second derivative", raises(lambda: gradient.sum().backward())


@case(ACTIVATIONS)
def softshrink_moves_towards_zero(torch):
    """`softshrink` moves numbers towards zero by lambd, and leaves zeros of their sign between."""
    yield from _with_gradient(torch, torch.nn.functional.softshrink)
    yield from _with_gradient(torch, lambda x: torch.nn.functional.softshrink(x, 1.3))
    yield "signs of zero", torch.nn.functional.softshrink(torch.tensor([-0.25, 0.25]))
    yield "negative lambd", raises(lambda: torch.nn.functional.softshrink(_numbers(torch), -1))


@case(ACTIVATIONS)
def hardshrink_has_a_gap(torch):
    """`hardshrink` replaces numbers that are not farther from zero than lambd, and leaves the others."""
    yield from _with_gradient(torch, torch.nn.functional.hardshrink)
    yield from _with_gradient(torch, lambda x: x.hardshrink(1.25))
    yield "by the function of the namespace", torch.hardshrink(_numbers(torch), 0.35)


@case(ACTIVATIONS)
def threshold_replaces_what_is_low(torch):
    """`threshold` replaces what is not above the threshold by a value."""
    yield from _with_gradient(torch, lambda x: torch.nn.functional.threshold(x, 0.4, 20.0))
    yield from _with_gradient(torch, lambda x: torch.threshold(x, -1, -7))
    yield "integers", torch.nn.functional.threshold(torch.tensor([-3, 2, 5]), 2, 11)


@case(ACTIVATIONS)
def prelu_learns_one_slope(torch):
    """`prelu` multiplies negative numbers by a weight, which gets the sum of their gradients."""
    x = _numbers(torch)
    weight = torch.tensor([0.3], requires_grad=True)
    y = torch.nn.functional.prelu(x, weight)
    yield "result", y
    y.backward(_weights(torch))
    yield "gradient", x.grad
    yield "gradient of the weight", weight.grad


@case(ACTIVATIONS, builds_on=("activations_bent::prelu_learns_one_slope",))
def prelu_learns_a_slope_per_channel(torch):
    """With several weights each belongs to a channel, the second dimension."""
    x = torch.tensor([[[-1.5, 2.0], [0.5, -3.0], [-0.25, -4.0]]], requires_grad=True)
    weight = torch.tensor([0.3, -1.5, 2.0], requires_grad=True)
    y = torch.prelu(x, weight)
    yield "result", y
    incoming = torch.tensor([[[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]]])
    gradients = torch.autograd.grad(y, (x, weight), incoming, create_graph=True)
    yield "gradients", gradients
    (second,) = torch.autograd.grad(
        gradients[0], weight, torch.tensor([[[2.0, 1.0], [1.5, -1.0], [0.5, 3.0]]])
    )
    yield "mixed second derivative", second
    yield "as many weights as needed", raises(lambda: torch.prelu(x, weight[:2]))
    yield "weights in a matrix", raises(lambda: torch.prelu(x, torch.ones(3, 1)))
    yield "weights of another type", raises(lambda: torch.prelu(x, weight.double()))


@case(ACTIVATIONS)
def rrelu_takes_the_middle_unless_training(torch):
    """Without training `rrelu` is a leaky relu, whose slope is in the middle of the bounds."""
    yield from _with_gradient(torch, torch.nn.functional.rrelu)
    yield from _with_gradient(torch, lambda x: torch.nn.functional.rrelu(x, 0.1, 0.7))
    yield "bounds in the wrong order", raises(lambda: torch.nn.functional.rrelu(_numbers(torch), 0.5, 0.25))


@case(ACTIVATIONS, builds_on=("activations_bent::rrelu_takes_the_middle_unless_training",))
def rrelu_draws_slopes_in_training(torch):
    """While training each negative number draws a slope; positive ones draw none."""
    torch.manual_seed(11)
    yield from _with_gradient(torch, lambda x: torch.nn.functional.rrelu(x, 0.1, 0.9, training=True))
    yield "what is drawn next", torch.rand(2)


@case(ACTIVATIONS)
def bent_activations_of_half_precision(torch):
    """In float16 what bends is computed in float32 and rounded once."""
    x = torch.tensor([-2.3, -0.17, 0.61, 3.9], dtype=torch.float16, requires_grad=True)
    for name in ("leaky_relu", "elu", "selu", "hardswish", "hardsigmoid", "softshrink"):
        y = getattr(torch.nn.functional, name)(x)
        yield name, y
        (gradient,) = torch.autograd.grad(y, x, torch.tensor([1.5, -2.0, 0.5, 3.0], dtype=torch.float16))
        yield f"gradient of {name}", gradient
