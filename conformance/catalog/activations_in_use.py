"""Activations in place, as modules, and what they refuse."""

from __future__ import annotations

from conformance import case, raises

ACTIVATIONS = "torch.nn.functional: Non-linear activation functions"
MODULES = "torch.nn: Non-linear Activations (weighted sum, nonlinearity)"


def _changed(torch, change):
    x = torch.tensor([-4.5, -0.3, 0.4, 7.25], requires_grad=True)
    y = x.clone()
    found = change(y)
    yield "result", y
    yield "is the input", found is y
    y.backward(torch.tensor([0.5, -2.0, 3.0, 0.25]))
    yield "gradient", x.grad


@case(ACTIVATIONS)
def in_place_forms_that_keep_the_result(torch):
    """`elu_`, `celu_`, `selu_`, `leaky_relu_` and `relu_` save their result: the input is gone."""
    functional = torch.nn.functional
    yield from _changed(torch, functional.relu_)
    yield from _changed(torch, lambda y: functional.elu_(y, 0.7))
    yield from _changed(torch, lambda y: functional.celu_(y, 1.7))
    yield from _changed(torch, functional.selu_)
    yield from _changed(torch, lambda y: functional.leaky_relu_(y, 0.3))


@case(ACTIVATIONS)
def in_place_forms_that_keep_a_clone(torch):
    """`hardtanh_`, `relu6`, `threshold_`, `hardswish`, `hardsigmoid`, `silu` and `mish` save a clone of their input."""
    functional = torch.nn.functional
    yield from _changed(torch, lambda y: functional.hardtanh_(y, -0.5, 2.0))
    yield from _changed(torch, lambda y: functional.threshold_(y, 0.1, 3.0))
    for name in ("relu6", "hardswish", "hardsigmoid", "silu", "mish"):
        yield from _changed(torch, lambda y, name=name: getattr(functional, name)(y, inplace=True))


@case(ACTIVATIONS)
def in_place_by_the_option(torch):
    """`inplace=True` is the same as the name with an underscore."""
    functional = torch.nn.functional
    for name, options in (("elu", {"alpha": 0.7}), ("selu", {}), ("celu", {"alpha": 1.7}), ("relu", {})):
        yield from _changed(torch, lambda y, n=name, o=options: getattr(functional, n)(y, inplace=True, **o))


@case(ACTIVATIONS)
def negative_slopes_in_place(torch):
    """In place, slopes below zero are refused when backward runs: the result does not tell the input's sign."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    for name in ("leaky_relu_", "elu_"):
        y = getattr(torch.nn.functional, name)(x.clone(), -0.3)
        yield name, y
        yield f"backward of {name}", raises(lambda y=y: y.sum().backward())


@case(ACTIVATIONS)
def leaves_are_not_changed(torch):
    """A leaf that requires grad must not be changed by an activation in place."""
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    for name in ("relu_", "elu_", "selu_", "hardtanh_", "leaky_relu_", "rrelu_"):
        yield name, raises(lambda name=name: getattr(torch.nn.functional, name)(x))


@case(ACTIVATIONS)
def activations_of_integers(torch):
    """Most activations are not implemented for integers; the error names the kernel."""
    whole = torch.tensor([3, -2, 1, 4])
    for name in ("leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "hardswish", "hardsigmoid"):
        yield name, raises(lambda name=name: getattr(torch.nn.functional, name)(whole))
    for name in ("softplus", "softshrink", "hardshrink", "logsigmoid", "glu", "rrelu"):
        yield name, raises(lambda name=name: getattr(torch.nn.functional, name)(whole))
    yield "relu6", torch.nn.functional.relu6(whole * 2)


@case(ACTIVATIONS)
def activations_of_bools_and_complex_numbers(torch):
    """Bools and complex numbers are refused in words that differ by activation."""
    bools, numbers = torch.tensor([True, False]), torch.tensor([1.5 - 2j, -0.5j])
    for name in ("relu6", "hardtanh", "elu", "gelu", "softmin"):
        function = getattr(torch.nn.functional, name)
        options = {"dim": 0} if name == "softmin" else {}
        yield (
            f"{name} of bools",
            raises(lambda function=function, options=options: function(bools, **options)),
        )
        yield (
            f"{name} of complex",
            raises(lambda function=function, options=options: function(numbers, **options)),
        )
    yield "silu of complex", torch.nn.functional.silu(numbers)


@case(ACTIVATIONS)
def activations_of_what_is_no_tensor(torch):
    """A number or a list instead of a tensor is refused, with the function's name."""
    for name in ("relu", "elu", "leaky_relu", "gelu", "silu", "softplus", "hardtanh"):
        yield name, raises(lambda name=name: getattr(torch.nn.functional, name)(1.5))
    yield "a list", raises(lambda: torch.nn.functional.relu([1.5]))
    yield "sigmoid", raises(lambda: torch.nn.functional.sigmoid(1.5))


@case(ACTIVATIONS)
def bounds_that_are_refused(torch):
    """`hardtanh` refuses bounds in the wrong order, and negative ones for unsigned integers."""
    x = torch.tensor([1, 7], dtype=torch.uint8)
    yield "wrong order", raises(lambda: torch.nn.functional.hardtanh(x, 2, 1))
    yield "negative", raises(lambda: torch.nn.functional.hardtanh(x, -1, 1))
    yield "module", raises(lambda: torch.nn.Hardtanh(2, 1))
    yield "deprecated names", torch.nn.Hardtanh(min_value=-2.5, max_value=0.5)


@case(MODULES)
def activation_modules_print_their_options(torch):
    """A module prints the options of its activation, `inplace` only where it is set."""
    nn = torch.nn
    plain = (
        nn.ReLU,
        nn.ReLU6,
        nn.SELU,
        nn.SiLU,
        nn.Mish,
        nn.Hardswish,
        nn.Hardsigmoid,
        nn.Tanh,
        nn.LogSigmoid,
    )
    for module in (*plain, nn.ELU, nn.CELU, nn.GELU, nn.LeakyReLU, nn.RReLU, nn.PReLU, nn.Softplus, nn.GLU):
        yield module.__name__, str(module())
    for module in (nn.Softshrink, nn.Hardshrink, nn.Hardtanh, nn.Softsign, nn.Tanhshrink, nn.Softmax2d):
        yield module.__name__, str(module())
    for module in (nn.ReLU, nn.ReLU6, nn.ELU, nn.LeakyReLU, nn.Hardtanh, nn.SiLU, nn.Hardswish, nn.RReLU):
        yield f"{module.__name__} in place", str(module(inplace=True))
    yield "Threshold", str(nn.Threshold(0.1, 20, True))
    yield "Softmax", str(nn.Sequential(nn.Softmax(dim=1), nn.Softmin(0), nn.LogSoftmax(-1), nn.GELU("tanh")))


@case(MODULES)
def activation_modules_compute(torch):
    """The modules do what the functions of their names do, with the options they were made with."""
    nn = torch.nn
    modules = (
        nn.LeakyReLU(0.3), nn.ELU(0.7), nn.CELU(1.7), nn.SELU(), nn.GELU("tanh"), nn.SiLU(), nn.Mish(), nn.Hardswish(),
        nn.Hardsigmoid(), nn.Hardtanh(-0.5, 2.0), nn.ReLU6(), nn.Softplus(1.5, 3.0), nn.Softshrink(0.2), nn.Hardshrink(0.35),
        nn.Threshold(0.1, 3.0), nn.Softsign(), nn.Tanhshrink(), nn.LogSigmoid(), nn.GLU(1), nn.Softmin(1), nn.RReLU().eval(),
    )  # fmt: skip
    x = torch.tensor([[-4.5, -0.3], [0.4, 7.25]], requires_grad=True)
    for module in modules:
        yield type(module).__name__, module(x)


@case(MODULES)
def prelu_module_has_a_weight(torch):
    """`PReLU` has one parameter, filled with `init`, that is trained."""
    module = torch.nn.PReLU(2, init=0.4)
    x = torch.tensor([[-4.5, -0.3], [0.4, -7.25]])
    y = module(x)
    yield "result", y
    y.backward(torch.tensor([[1.5, -2.0], [0.5, 3.0]]))
    yield "gradient of the weight", module.weight.grad
    yield "state", module.state_dict()


@case(MODULES)
def softmax2d_is_over_channels(torch):
    """`Softmax2d` is over the channels of three or four dimensions; it refuses others."""
    x = torch.tensor([[[0.5, -1.5]], [[2.0, 0.25]], [[-3.0, 1.0]]])
    yield "three dimensions", torch.nn.Softmax2d()(x)
    yield "four dimensions", torch.nn.Softmax2d()(x.reshape(1, 3, 2, 1))
    yield "two", raises(lambda: torch.nn.Softmax2d()(x[0]))
