"""Borders around tensors: `torch.nn.functional.pad` and the padding layers."""

from __future__ import annotations

from conformance import case, raises

PAD = "torch.nn.functional: pad"
LAYERS = "torch.nn: Padding Layers"


def numbers(torch, *sizes):
    """Different numbers that require grad."""
    count = torch.zeros(sizes).numel()
    return torch.tensor([((5 * place) % 17) - 7.5 for place in range(count)]).reshape(sizes).requires_grad_()


def gradient(torch, result, x):
    """The gradient of `x` for a gradient of different numbers."""
    count = result.numel()
    incoming = torch.tensor([0.5 + place / 4 for place in range(count)]).reshape(result.shape)
    return torch.autograd.grad(result, x, incoming, create_graph=True)[0]


@case(PAD)
def constant_borders(torch):
    """Constant borders list the last dimension first; negative ones cut off, as they do of the gradient."""
    x = numbers(torch, 2, 3)
    result = torch.nn.functional.pad(x, (1, 0, 2, -1), value=2.5)
    yield "result", result
    yield "gradient", gradient(torch, result, x)
    yield "saved", gradient(torch, result, x).grad_fn is None
    yield "cut only", torch.nn.functional.pad(x, (-1, -1))
    yield "integers", torch.nn.functional.pad(torch.tensor([3, 4]), (1, 1), value=2.7)
    yield "booleans", torch.nn.functional.pad(torch.tensor([True]), (1, 2))


@case(PAD)
def reflected_borders(torch):
    """Reflected borders mirror at the last element, which is not repeated; the gradient adds up what was mirrored."""
    x = numbers(torch, 1, 2, 3, 4)
    result = torch.nn.functional.pad(x, (2, 1, 1, 2), mode="reflect")
    yield "result", result
    yield "gradient", gradient(torch, result, x)
    y = numbers(torch, 2, 4)
    yield "one dimension", torch.nn.functional.pad(y, (3, 1), mode="reflect")
    yield "cut and mirrored", torch.nn.functional.pad(y, (-1, 3), mode="reflect")
    yield "too wide", raises(lambda: torch.nn.functional.pad(y, (4, 0), mode="reflect"))
    yield "too high", raises(lambda: torch.nn.functional.pad(x, (0, 0, 3, 0), mode="reflect"))
    yield "nothing left", raises(lambda: torch.nn.functional.pad(y, (-2, -3), mode="reflect"))


@case(PAD)
def repeated_borders(torch):
    """Repeated borders take the element at the edge, which gets the sum of their gradients."""
    x = numbers(torch, 1, 2, 3, 4)
    result = torch.nn.functional.pad(x, (2, 1, 0, 5), mode="replicate")
    yield "result", result
    yield "gradient", gradient(torch, result, x)
    yield "cut and repeated", torch.nn.functional.pad(x, (-1, 2, 1, -2), mode="replicate")


@case(PAD)
def borders_of_volumes(torch):
    """Volumes are padded along three dimensions, in every mode."""
    x = numbers(torch, 1, 1, 2, 2, 3)
    for mode in ("constant", "reflect", "replicate", "circular"):
        result = torch.nn.functional.pad(x, (1, 2, 1, 0, 0, 1), mode=mode)
        yield mode, result
        yield f"gradient of {mode}", gradient(torch, result, x)


@case(PAD)
def borders_that_wrap_round(torch):
    """Circular borders are copied in place into an empty tensor, which the graph shows."""
    x = numbers(torch, 1, 2, 4)
    result = torch.nn.functional.pad(x, (1, 2), mode="circular")
    yield "result", result
    yield "gradient", gradient(torch, result, x)
    yield "once round", torch.nn.functional.pad(x, (4, 0), mode="circular")
    yield "more than once", raises(lambda: torch.nn.functional.pad(x, (5, 0), mode="circular"))
    yield "too much cut", raises(lambda: torch.nn.functional.pad(x, (-3, -2), mode="circular"))


@case(PAD)
def refusals_of_padding(torch):
    """`pad` says which lengths, modes and values it does not take."""
    pad, x = torch.nn.functional.pad, numbers(torch, 1, 2, 4)
    yield "odd", raises(lambda: pad(x, (1,)))
    yield "long", raises(lambda: pad(x[0, 0], (1, 1, 1, 1)))
    yield "mode", raises(lambda: pad(x, (1, 1), mode="mirror"))
    yield "value", raises(lambda: pad(x, (1, 1), mode="reflect", value=1.5))
    yield "dimensions", raises(lambda: pad(x, (1, 1, 1, 1, 1, 1), mode="reflect"))
    yield "no tuple", raises(lambda: pad(x, 1))
    yield "floating", raises(lambda: pad(x, (1.5, 1)))
    yield "cut too much", raises(lambda: pad(x, (-5, 2)))
    yield "booleans", raises(lambda: pad(x > 0, (1, 1), mode="reflect"))


@case(PAD)
def second_gradients_of_padding(torch):
    """The gradient of a border's gradient is the border again."""
    x = numbers(torch, 1, 2, 4)
    for mode in ("constant", "reflect", "replicate"):
        incoming = torch.ones(1, 2, 7, requires_grad=True)
        (found,) = torch.autograd.grad(
            torch.nn.functional.pad(x, (2, 1), mode=mode), x, incoming, create_graph=True
        )
        yield mode, torch.autograd.grad(found, incoming, torch.tensor([[[1.5, -2.0, 3.0, 0.5]] * 2]))[0]


@case(LAYERS)
def padding_layers(torch):
    """One number stands for all borders of a padding layer; the text shows them all."""
    nn = torch.nn
    layers = [
        nn.ConstantPad1d(2, 3.5),
        nn.ConstantPad2d((1, 2, 0, 1), -1),
        nn.ZeroPad2d(1),
        nn.ZeroPad3d((1, 0, 0, 1, 2, 0)),
        nn.ReflectionPad1d(1),
        nn.ReflectionPad2d((1, 0, 1, 0)),
        nn.ReplicationPad2d(1),
        nn.ReplicationPad3d(1),
        nn.CircularPad1d((2, 1)),
    ]
    yield "texts", str(layers)
    x = numbers(torch, 1, 3, 2, 4).detach()
    for layer in layers[1:3] + layers[5:7]:
        yield type(layer).__name__, layer(x)
    yield "dimensions", raises(lambda: nn.CircularPad1d(1)(x))
