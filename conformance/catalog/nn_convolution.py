"""Convolutions, their gradients, their layers and what they refuse."""

from __future__ import annotations

from math import prod

from conformance import case, raises

FUNCTIONS = "torch.nn.functional: Convolution functions"
LAYERS = "torch.nn: Convolution Layers"


def values(torch, *sizes, step=7):
    """Eighths between -11/8 and 11/8, in an order that repeats late."""
    numbers = [((index * step) % 23 - 11) / 8 for index in range(prod(sizes))]
    return torch.tensor(numbers).reshape(sizes)


def leaves(torch, *shapes):
    """Such tensors that require grad."""
    return [values(torch, *shape, step=5 + 3 * index).requires_grad_() for index, shape in enumerate(shapes)]


@case(FUNCTIONS)
def conv2d_and_its_gradients(torch):
    """`conv2d` is a cross-correlation over the channels; gradients reach input, weight and bias."""
    x, weight, bias = leaves(torch, (2, 3, 6, 5), (4, 3, 3, 2), (4,))
    y = torch.nn.functional.conv2d(x, weight, bias)
    yield "result", y
    y.backward(values(torch, *y.shape, step=11))
    yield from (("input", x.grad), ("weight", weight.grad), ("bias", bias.grad))


@case(FUNCTIONS)
def conv2d_with_stride_padding_and_dilation(torch):
    """Stride, padding and dilation may differ by dimension."""
    x, weight = leaves(torch, (1, 2, 9, 8), (3, 2, 3, 2))
    y = torch.conv2d(x, weight, None, (2, 1), (1, 2), (2, 3))
    yield "result", y
    yield "gradients", torch.autograd.grad(y, (x, weight), values(torch, *y.shape, step=9))


@case(FUNCTIONS)
def conv2d_of_larger_images(torch):
    """Images that have room for many windows give the same as a sum over the kernel's elements."""
    x, weight, bias = leaves(torch, (2, 2, 12, 14), (3, 2, 3, 5), (3,))
    y = torch.nn.functional.conv2d(x, weight, bias, padding=(1, 2))
    yield "result", y
    yield "gradients", torch.autograd.grad(y, (x, weight, bias), values(torch, *y.shape, step=9))
    yield "of a part", torch.nn.functional.conv2d(x[:, :, 1:, :13], weight, bias)


@case(FUNCTIONS)
def conv2d_with_groups(torch):
    """With groups, each part of the channels has kernels of its own."""
    x, weight, bias = leaves(torch, (2, 4, 5, 5), (6, 2, 3, 3), (6,))
    y = torch.nn.functional.conv2d(x, weight, bias, stride=2, padding=1, groups=2)
    yield "result", y
    yield "gradients", torch.autograd.grad(y, (x, weight, bias), values(torch, *y.shape, step=9))


@case(FUNCTIONS)
def depthwise_convolution(torch):
    """With as many groups as channels, each channel is convolved alone; there may be several kernels for each."""
    for several, stride in ((1, 1), (2, 1), (2, 2)):
        x, weight = leaves(torch, (2, 3, 6, 6), (3 * several, 1, 3, 3))
        y = torch.nn.functional.conv2d(x, weight, stride=stride, padding=1, groups=3)
        yield f"{several} kernels, stride {stride}", y
        yield "gradients", torch.autograd.grad(y, (x, weight), values(torch, *y.shape, step=9))


@case(FUNCTIONS)
def conv1d_and_conv3d(torch):
    """The same over one and three dimensions."""
    for name, sizes, kernel in (
        ("conv1d", (2, 3, 9), (4, 3, 3)),
        ("conv3d", (1, 2, 4, 5, 3), (3, 2, 2, 3, 1)),
    ):
        x, weight, bias = leaves(torch, sizes, kernel, kernel[:1])
        y = getattr(torch.nn.functional, name)(x, weight, bias, padding=1)
        yield name, y
        yield "gradients", torch.autograd.grad(y, (x, weight, bias), values(torch, *y.shape, step=9))


@case(FUNCTIONS)
def transposed_convolutions(torch):
    """A transposed convolution is what a convolution hands back to its input; `output_padding` makes it larger."""
    for name, sizes, kernel in (
        ("conv_transpose1d", (2, 3, 4), (3, 2, 3)),
        ("conv_transpose2d", (2, 3, 4, 3), (3, 2, 3, 2)),
        ("conv_transpose3d", (1, 2, 2, 3, 2), (2, 1, 2, 2, 3)),
    ):
        x, weight, bias = leaves(torch, sizes, kernel, kernel[1:2])
        function = getattr(torch.nn.functional, name)
        y = function(x, weight, bias, stride=2, padding=1, output_padding=1)
        yield name, y
        yield "gradients", torch.autograd.grad(y, (x, weight, bias), values(torch, *y.shape, step=9))


@case(FUNCTIONS)
def transposed_convolution_with_groups_and_dilation(torch):
    """Transposed convolutions have groups and dilation, too."""
    x, weight = leaves(torch, (1, 4, 3, 4), (4, 2, 2, 3))
    y = torch.conv_transpose2d(x, weight, None, 1, 0, 0, 2, 2)
    yield "result", y
    yield "gradients", torch.autograd.grad(y, (x, weight), values(torch, *y.shape, step=9))


@case(FUNCTIONS)
def unbatched_convolution(torch):
    """An input without a batch gives a result without one."""
    x, weight = leaves(torch, (2, 4, 4), (3, 2, 3, 3))
    y = torch.nn.functional.conv2d(x, weight)
    yield "result", y
    yield "edge", y.grad_fn.next_functions[0][0].name()
    yield "transposed", torch.nn.functional.conv_transpose1d(x[0, :2], values(torch, 2, 3, 2))


@case(FUNCTIONS)
def padding_same_and_valid(torch):
    """`padding="same"` keeps the sizes, with one more zero behind where the two sides cannot be equal."""
    x, weight = leaves(torch, (1, 2, 5, 5), (1, 2, 3, 3))
    convolve = torch.nn.functional.conv2d
    yield "same", convolve(x, weight, padding="same")
    yield "valid", convolve(x, weight, padding="valid")
    yield "same, dilated", convolve(x, weight, padding="same", dilation=2)
    yield "even kernel", convolve(x, values(torch, 2, 2, 2, 2), padding="same")


@case(FUNCTIONS)
def what_a_convolution_saves(torch):
    """Its node saves input, weight and the options, and the bias's sizes."""
    x, weight, bias = leaves(torch, (1, 2, 5, 4), (3, 2, 3, 2), (3,))
    node = torch.nn.functional.conv2d(x, weight, bias, padding=1, stride=(2, 1)).grad_fn
    yield "name", node.name()
    yield "tensors", (node._saved_input, node._saved_weight)
    yield "stride, padding, dilation", (node._saved_stride, node._saved_padding, node._saved_dilation)
    yield "others", (node._saved_groups, node._saved_transposed, node._saved_output_padding)
    yield "bias", node._saved_bias_sym_sizes_opt
    without = torch.nn.functional.conv_transpose2d(x, weight.transpose(0, 1)).grad_fn
    yield "without bias", (without._saved_bias_sym_sizes_opt, without._saved_transposed)


@case(FUNCTIONS)
def graph_of_a_convolutions_gradient(torch):
    """With `create_graph`, all gradients come from one node, whose own gradients are convolutions again."""
    x, weight, bias = leaves(torch, (2, 2, 5, 5), (3, 2, 3, 3), (3,))
    y = torch.nn.functional.conv2d(x, weight, bias)
    cotangent = values(torch, *y.shape, step=9).requires_grad_()
    grads = torch.autograd.grad(y, (x, weight, bias), cotangent, create_graph=True)
    yield "gradients", grads
    twice = [values(torch, *each.shape, step=13).requires_grad_() for each in grads]
    found = torch.autograd.grad(grads, (x, weight, cotangent), twice, create_graph=True)
    yield "of the input", found[0]
    yield "of the weight", found[1]
    yield "of the gradient", found[2]


@case(FUNCTIONS)
def second_derivatives_with_stride_and_groups(torch):
    """Second derivatives are right with stride, padding and groups, and of transposed convolutions."""
    for name, kernel in (("conv2d", (4, 1, 3, 2)), ("conv_transpose2d", (2, 2, 3, 2))):
        x, weight = leaves(torch, (2, 2, 6, 5), kernel)
        y = getattr(torch.nn.functional, name)(x, weight, stride=2, padding=1, groups=2)
        cotangent = values(torch, *y.shape, step=9).requires_grad_()
        grads = torch.autograd.grad(y, (x, weight), cotangent, create_graph=True)
        twice = [values(torch, *each.shape, step=13) for each in grads]
        yield name, torch.autograd.grad(grads, (x, weight, cotangent), twice)


@case(FUNCTIONS)
def shapes_that_a_convolution_refuses(torch):
    """Ranks, channels, groups, bias and kernel have to fit the input."""
    convolve = torch.nn.functional.conv2d
    x, weight = values(torch, 2, 4, 7, 7), values(torch, 6, 4, 3, 3)
    yield "channels", raises(lambda: convolve(x[:, :3], weight))
    yield "kernel", raises(lambda: convolve(x[:, :, :2, :2], weight))
    yield "rank", raises(lambda: convolve(x[0, 0], weight))
    yield "bias", raises(lambda: convolve(x, weight, values(torch, 5)))
    yield "groups", raises(lambda: convolve(x, weight, groups=3))
    yield "transposed", raises(lambda: torch.conv_transpose2d(x, weight))
    yield "other rank", raises(lambda: torch.conv1d(values(torch, 2, 3, 4, 5), values(torch, 3, 3, 2)))


@case(FUNCTIONS)
def options_that_a_convolution_refuses(torch):
    """Options have to be positive, one for each dimension, and of the right kind."""
    convolve = torch.nn.functional.conv2d
    x, weight = values(torch, 2, 4, 7, 7), values(torch, 6, 4, 3, 3)
    for options in (
        {"stride": 0},
        {"padding": -1},
        {"dilation": 0},
        {"groups": 0},
        {"stride": (1, 2, 3)},
        {"padding": "some"},
        {"padding": "same", "stride": 2},
        {"stride": 2.5},
        {"size": 3},
    ):
        yield str(options), raises(lambda options=options: convolve(x, weight, **options))
    yield (
        "more padding than stride",
        raises(lambda: torch.conv_transpose2d(x, values(torch, 4, 2, 3, 3), output_padding=1)),
    )


@case(FUNCTIONS)
def types_that_a_convolution_refuses(torch):
    """Input, weight and bias have one type."""
    convolve = torch.nn.functional.conv2d
    x, weight, bias = values(torch, 1, 2, 3, 3), values(torch, 2, 2, 2, 2), values(torch, 2)
    yield "float and double", raises(lambda: convolve(x, weight.double()))
    yield "double and float", raises(lambda: convolve(x.double(), weight))
    yield "bias", raises(lambda: convolve(x, weight, bias.double()))
    yield "list", raises(lambda: convolve([1.0], weight))
    yield "integers", convolve((x * 8).long(), (weight * 8).long())


@case(FUNCTIONS)
def convolution_in_time(torch):
    """`conv_tbc` convolves (time, batch, channels); its gradient is written tap by tap, and can be derived again."""
    x, weight, bias = leaves(torch, (5, 2, 3), (3, 3, 2), (2,))
    for pad in (0, 1, -1):
        y = torch.conv_tbc(x, weight, bias, pad)
        yield f"pad {pad}", y
        yield "gradients", torch.autograd.grad(y, (x, weight, bias), values(torch, *y.shape, step=9))
    y = torch.nn.functional.conv_tbc(input=x, weight=weight, bias=bias, pad=1)
    node = y.grad_fn
    yield "saved", (node._saved_self, node._saved_weight, node._saved_bias, node._saved_pad)
    cotangent = values(torch, *y.shape, step=9).requires_grad_()
    grads = torch.autograd.grad(y, (x, weight, bias), cotangent, create_graph=True)
    yield "recorded", grads
    twice = [values(torch, *each.shape, step=13) for each in grads]
    yield "derived again", torch.autograd.grad(grads, (x, weight, cotangent), twice)


@case(FUNCTIONS)
def what_a_convolution_in_time_refuses(torch):
    """`conv_tbc` wants three tensors of one type whose sizes fit, and has no derivative of complex numbers."""
    x, weight, bias = values(torch, 5, 2, 3), values(torch, 3, 3, 2), values(torch, 2)
    convolve = torch.conv_tbc
    yield "without batch", raises(lambda: convolve(x[:, 0], weight, bias))
    yield "flat weight", raises(lambda: convolve(x, weight[0], bias))
    yield "bias without dimensions", raises(lambda: convolve(x, weight, bias[0]))
    yield "channels", raises(lambda: convolve(x[:, :, :2], weight, bias))
    yield "size of bias", raises(lambda: convolve(x, weight, values(torch, 3)))
    yield "too short", raises(lambda: convolve(x[:1], weight, bias))
    yield "just long enough for nothing", convolve(x[:2], weight, bias)
    yield "across memory", raises(lambda: convolve(x.transpose(0, 1), weight, bias, 1))
    yield "types", raises(lambda: convolve(x, weight.double(), bias))
    yield "type of bias is the input's", convolve(x, weight, bias.double())
    yield "truths", raises(lambda: convolve(x > 0, weight > 0, bias > 0))
    yield "no bias", raises(lambda: convolve(x, weight))
    yield "bias of None", raises(lambda: convolve(x, weight, None))
    yield "list", raises(lambda: torch.nn.functional.conv_tbc([1.0], weight, bias))
    for pad in (1.5, True, (1,), None):
        yield f"pad {pad}", raises(lambda pad=pad: convolve(x, weight, bias, pad))
    yield "too many", raises(lambda: convolve(x, weight, bias, 1, 2))
    turned = [each.to(torch.complex64).requires_grad_() for each in (x, weight, bias)]
    yield "complex", raises(lambda: convolve(*turned))


@case(LAYERS)
def convolution_layers_start_as_seeded(torch):
    """A layer's weights and biases are drawn from the generator, uniformly by what goes into one output."""
    torch.manual_seed(3)
    for layer in (
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.Conv1d(2, 4, 5, groups=2, bias=False),
        torch.nn.ConvTranspose2d(3, 2, (2, 3), stride=2),
        torch.nn.Conv3d(1, 2, 2),
    ):
        yield repr(layer), [(name, each) for name, each in layer.named_parameters()]


@case(LAYERS)
def how_convolution_layers_print(torch):
    """A layer shows what differs from the defaults."""
    nn = torch.nn
    yield repr(nn.Conv2d(4, 4, 3, 2, 1, 2, 2, False, "circular"))
    yield repr(nn.Conv1d(2, 3, 3, padding="same"))
    yield repr(nn.ConvTranspose3d(2, 3, 3, stride=2, output_padding=1))
    yield repr(nn.LazyConv2d(3, 2))


@case(LAYERS)
def padding_modes_of_convolution_layers(torch):
    """Other paddings than zeros are taken from the input before it is convolved."""
    x = values(torch, 1, 2, 5, 4).requires_grad_()
    for mode in ("reflect", "replicate", "circular"):
        layer = torch.nn.Conv2d(2, 2, 3, padding=1, padding_mode=mode)
        with torch.no_grad():
            layer.weight.copy_(values(torch, 2, 2, 3, 3))
            layer.bias.copy_(values(torch, 2))
        yield mode, layer(x)
        yield "gradient", torch.autograd.grad(layer(x).pow(2).sum(), x)[0]


@case(LAYERS)
def output_size_of_transposed_layers(torch):
    """Where the stride leaves several sizes, `output_size` chooses; others are refused."""
    layer = torch.nn.ConvTranspose2d(2, 1, 3, stride=2)
    x = values(torch, 1, 2, 3, 3)
    for size in ((7, 7), (8, 7), (1, 1, 8, 8)):
        yield str(size), list(layer(x, output_size=size).shape)
    yield "too large", raises(lambda: layer(x, output_size=(9, 9)))
    yield "too few", raises(lambda: layer(x, output_size=(8,)))


@case(LAYERS)
def what_convolution_layers_refuse(torch):
    """A layer checks groups, padding and modes when it is made, the rest when it is called."""
    nn = torch.nn
    yield "in_channels", raises(lambda: nn.Conv2d(3, 4, 3, groups=2))
    yield "out_channels", raises(lambda: nn.Conv2d(4, 3, 3, groups=2))
    yield "groups", raises(lambda: nn.Conv2d(4, 4, 3, groups=0))
    yield "strided", raises(lambda: nn.Conv2d(3, 4, 3, padding="same", stride=2))
    yield "mode", raises(lambda: nn.ConvTranspose2d(3, 4, 3, padding_mode="reflect"))
    yield "channels", raises(lambda: nn.Conv2d(3, 4, 3)(values(torch, 1, 2, 5, 5)))


@case(LAYERS)
def lazy_convolution_layers(torch):
    """A lazy layer takes its channels from the first input, and then is an ordinary one."""
    torch.manual_seed(5)
    layer = torch.nn.LazyConv2d(3, 2, bias=False)
    yield "before", repr(layer)
    layer(values(torch, 1, 4, 3, 3))
    yield "after", repr(layer)
    yield "weight", layer.weight


@case(LAYERS)
def training_a_small_convolutional_network(torch):
    """Steps of gradient descent on a convolution, pooling and a linear layer give these losses."""
    torch.manual_seed(0)
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 2)
    )
    x, target = values(torch, 4, 1, 6, 6), values(torch, 4, 2, step=3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for step in range(4):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), target)
        loss.backward()
        optimizer.step()
        yield f"loss {step}", loss


@case("torch.nn.grad: Functions")
def gradients_of_convolutions_as_functions(torch):
    """`torch.nn.grad` gives the gradients of a convolution with respect to its input and its weight."""
    grad = torch.nn.grad
    arriving = torch.tensor([[[[1.0, -2.0], [0.5, 3.0]]]])
    weight = torch.linspace(-1.0, 1.5, 9).reshape(1, 1, 3, 3)
    x = torch.linspace(-0.5, 2.0, 16).reshape(1, 1, 4, 4)
    yield "input", grad.conv2d_input((1, 1, 4, 4), weight, arriving)
    yield "weight", grad.conv2d_weight(x, (1, 1, 3, 3), arriving)
    yield "padded", grad.conv2d_input((1, 1, 2, 2), weight, arriving, padding=1)
    line = torch.tensor([[[1.0, -2.0, 0.5]]])
    yield "one dimension", grad.conv1d_input((1, 1, 7), torch.tensor([[[0.5, -1.0, 2.0]]]), line, stride=2)
    yield (
        "its weight",
        grad.conv1d_weight(torch.linspace(-1.0, 2.0, 7).reshape(1, 1, 7), (1, 1, 3), line, stride=2),
    )


@case(LAYERS)
def convolution_of_no_examples(torch):
    """Of a batch without examples, gradients are zeros of the right sizes; what else a loss has, adds to them."""
    for name, sizes in {
        "Conv1d": (5,),
        "Conv2d": (5, 4),
        "ConvTranspose2d": (3, 3),
        "Conv3d": (3, 4, 3),
    }.items():
        layer = getattr(torch.nn, name)(2, 4, 2)
        x = torch.zeros(0, 2, *sizes, requires_grad=True)
        result = layer(x)
        yield f"{name}: shape", tuple(result.shape)
        (result.sum() + (layer.bias * torch.tensor([1.0, -2.0, 0.5, 3.0])).sum()).backward()
        yield f"{name}: gradients", [x.grad, layer.weight.grad, layer.bias.grad]


@case(FUNCTIONS)
def spread_kernels_of_integers(torch):
    """Whole numbers are convolved with kernels that lie close; a dilated kernel takes 64 bits."""
    conv2d = torch.nn.functional.conv2d
    image = torch.arange(25).reshape(1, 1, 5, 5)
    kernel = torch.tensor([[[[1, -2], [3, 5]]]])
    for dtype in (torch.int64, torch.int32):
        yield f"{dtype}", conv2d(image.to(dtype), kernel.to(dtype))
        yield (
            f"{dtype}, spread",
            raises(lambda dtype=dtype: conv2d(image.to(dtype), kernel.to(dtype), dilation=2)),
        )
