"""Normalization by batch, layer, group and instance: values, gradients, what is remembered, and what is refused."""

from __future__ import annotations

from math import prod

from conformance import case, raises

FUNCTIONS = "torch.nn.functional: Normalization functions"
LAYERS = "torch.nn: Normalization Layers"


def values(torch, *sizes, step=7):
    """Eighths between -11/8 and 11/8, in an order that repeats late."""
    numbers = [((index * step) % 23 - 11) / 8 for index in range(prod(sizes))]
    return torch.tensor(numbers).reshape(sizes)


def leaves(torch, *shapes):
    """Such tensors that require grad."""
    return [values(torch, *shape, step=5 + 3 * index).requires_grad_() for index, shape in enumerate(shapes)]


def with_gradients(torch, function, *inputs):
    """The result, the gradients of the inputs, and what the gradients hand back once more."""
    y = function(*inputs)
    yield "result", y
    cotangent = values(torch, *y.shape, step=9).requires_grad_()
    grads = torch.autograd.grad(y, inputs, cotangent, create_graph=True)
    yield "gradients", [each.detach() for each in grads]
    twice = [values(torch, *each.shape, step=13) for each in grads]
    found = torch.autograd.grad(grads, (inputs[0], cotangent), twice)
    yield "second", [each.clone() for each in found]


@case(FUNCTIONS)
def batch_norm_by_the_batch(torch):
    """In training each channel is normalized by its own mean and variance, which are remembered."""
    mean, variance = torch.zeros(3), torch.ones(3)
    inputs = leaves(torch, (4, 3, 2, 3), (3,), (3,))
    normalize = torch.nn.functional.batch_norm
    yield from with_gradients(torch, lambda x, w, b: normalize(x, mean, variance, w, b, True, 0.25), *inputs)
    yield "mean", mean
    yield "variance", variance


@case(FUNCTIONS)
def batch_norm_as_remembered(torch):
    """In evaluation the remembered mean and variance are used, and stay as they are."""
    mean, variance = values(torch, 3), torch.tensor([0.5, 1.5, 2.25])
    inputs = leaves(torch, (4, 3, 5), (3,), (3,))
    normalize = torch.nn.functional.batch_norm
    yield from with_gradients(torch, lambda x, w, b: normalize(x, mean, variance, w, b, eps=0.01), *inputs)
    yield "mean", mean


@case(FUNCTIONS)
def batch_norm_without_weights(torch):
    """Weights and statistics may be left out."""
    (x,) = leaves(torch, (5, 2))
    normalize = torch.nn.functional.batch_norm
    yield from with_gradients(torch, lambda x: normalize(x, None, None, training=True), x)


@case(FUNCTIONS)
def what_batch_norm_saves(torch):
    """The node saves input, weight, what was remembered, and the batch's mean and one over its deviation."""
    x, weight, bias = leaves(torch, (4, 2, 3), (2,), (2,))
    mean, variance = torch.zeros(2), torch.ones(2)
    node = torch.nn.functional.batch_norm(x, mean, variance, weight, bias, True).grad_fn
    yield "name", node.name()
    yield "statistics", (node._saved_result1.detach(), node._saved_result2.detach())
    yield "options", (node._saved_training, node._saved_eps)
    yield "remembered", node._saved_running_mean
    yield "version of what is remembered", mean._version
    evaluated = torch.nn.functional.batch_norm(x, mean, variance, weight, bias).grad_fn
    yield "evaluated", list(evaluated._saved_result1.shape)
    yield (
        "argument order of the namespace",
        torch.batch_norm(x, weight, bias, mean, variance, False, 0.1, 1e-5, False),
    )


@case(FUNCTIONS)
def layer_norm_over_the_last_dimensions(torch):
    """Each example is normalized over its last dimensions."""
    inputs = leaves(torch, (3, 2, 4), (4,), (4,))
    normalize = torch.nn.functional.layer_norm
    yield from with_gradients(torch, lambda x, w, b: normalize(x, (4,), w, b), *inputs)
    (x,) = leaves(torch, (3, 2, 4))
    yield from with_gradients(torch, lambda x: normalize(x, (2, 4), eps=0.1), x)


@case(FUNCTIONS)
def what_layer_norm_saves(torch):
    """The node saves input, weight, bias, the means and one over the deviations."""
    x, weight, bias = leaves(torch, (2, 3, 4), (4,), (4,))
    node = torch.layer_norm(x, (4,), weight, bias).grad_fn
    yield "name", node.name()
    yield "means", node._saved_result1.detach()
    yield "shape", node._saved_normalized_shape
    yield "bias", node._saved_bias


@case(FUNCTIONS)
def group_norm_by_groups_of_channels(torch):
    """Groups of channels of each example are normalized together."""
    inputs = leaves(torch, (2, 4, 3), (4,), (4,))
    normalize = torch.nn.functional.group_norm
    yield from with_gradients(torch, lambda x, w, b: normalize(x, 2, w, b), *inputs)
    (x,) = leaves(torch, (2, 6, 2, 2))
    yield from with_gradients(torch, lambda x: normalize(x, 3), x)


@case(FUNCTIONS)
def graph_of_group_norms_gradient(torch):
    """With `create_graph` the gradient of `group_norm` is made of elementary operations."""
    x, weight, bias = leaves(torch, (2, 4, 3), (4,), (4,))
    y = torch.nn.functional.group_norm(x, 2, weight, bias)
    yield "options", (y.grad_fn._saved_N, y.grad_fn._saved_C, y.grad_fn._saved_HxW, y.grad_fn._saved_group)
    grads = torch.autograd.grad(y, (x, weight, bias), values(torch, *y.shape, step=9), create_graph=True)
    yield "names", [each.grad_fn and each.grad_fn.name() for each in grads]


@case(FUNCTIONS)
def instance_norm_by_example_and_channel(torch):
    """Each channel of each example is normalized by itself; means over the examples are remembered."""
    normalize = torch.nn.functional.instance_norm
    inputs = leaves(torch, (2, 3, 4), (3,), (3,))
    yield from with_gradients(torch, lambda x, w, b: normalize(x, weight=w, bias=b), *inputs)
    mean, variance = torch.zeros(3), torch.ones(3)
    yield "result", normalize(inputs[0], mean, variance, momentum=0.5)
    yield "mean", mean
    yield "variance", variance
    yield "as remembered", normalize(inputs[0], mean, variance, use_input_stats=False)


@case(FUNCTIONS)
def rms_norm_divides_by_the_root_mean_square(torch):
    """`rms_norm` is made of elementary operations."""
    x, weight = leaves(torch, (3, 4), (4,))
    y = torch.nn.functional.rms_norm(x, (4,), weight, eps=0.01)
    yield "result", y
    yield "gradients", torch.autograd.grad(y, (x, weight), values(torch, 3, 4, step=9))
    yield "smallest eps", torch.rms_norm(x, (4,))


@case(FUNCTIONS)
def local_response_norm_looks_at_the_channels_around(torch):
    """Each value is divided by a power of the mean of squares in the channels around."""
    normalize = torch.nn.functional.local_response_norm
    for sizes in ((2, 5, 3), (1, 4, 2, 3)):
        (x,) = leaves(torch, sizes)
        y = normalize(x, 3, alpha=0.5, beta=0.75, k=2.0)
        yield "result", y
        yield "gradient", torch.autograd.grad(y, x, values(torch, *sizes, step=9))[0]


@case(FUNCTIONS)
def what_batch_norm_refuses(torch):
    """Statistics and weights need an element for each channel, and the batch more than one value."""
    normalize = torch.nn.functional.batch_norm
    x, mean, variance = values(torch, 4, 3, 2), torch.zeros(3), torch.ones(3)
    yield "nothing remembered", raises(lambda: normalize(x, None, None))
    yield "mean", raises(lambda: normalize(x, mean[:2], variance))
    yield "weight", raises(lambda: normalize(x, mean, variance, values(torch, 4)))
    yield "one value", raises(lambda: normalize(x[:1, :, :1], mean, variance, training=True))
    yield "one of two", raises(lambda: normalize(x, mean, None, training=True))
    yield "types", raises(lambda: normalize(x.double(), mean, variance))
    yield "integers", raises(lambda: normalize(x.long(), mean, variance))
    yield "eps", raises(lambda: normalize(x, mean, variance, training=True, eps=0.0))


@case(FUNCTIONS)
def what_other_normalization_refuses(torch):
    """Shapes have to fit, and there must be something to average over."""
    functional = torch.nn.functional
    x = values(torch, 4, 6)
    yield "layer", raises(lambda: functional.layer_norm(x, (5,)))
    yield "number", raises(lambda: functional.layer_norm(x, 6))
    yield "nothing", raises(lambda: functional.layer_norm(x, ()))
    yield "weight", raises(lambda: functional.layer_norm(x, (6,), values(torch, 5)))
    yield "rms", raises(lambda: functional.rms_norm(x, (5,)))
    yield "groups", raises(lambda: functional.group_norm(x, 4))
    yield "group weight", raises(lambda: functional.group_norm(x, 2, values(torch, 5)))
    yield "instance", raises(lambda: functional.instance_norm(values(torch, 2, 3, 1)))
    yield (
        "nothing remembered",
        raises(lambda: functional.instance_norm(values(torch, 2, 3, 2), use_input_stats=False)),
    )
    yield "response", raises(lambda: functional.local_response_norm(x, 2))


@case(LAYERS)
def batch_norm_layers_remember(torch):
    """A layer counts its batches and moves its statistics, by its momentum or as an average of all."""
    for momentum in (0.25, None):
        layer = torch.nn.BatchNorm1d(2, momentum=momentum)
        for step in (5, 7, 11):
            layer(values(torch, 6, 2, step=step))
        yield f"momentum {momentum}", dict(layer.named_buffers())
        layer.eval()
        yield "evaluated", layer(values(torch, 2, 2))
        layer.reset_running_stats()
        yield "reset", layer.running_var
        yield "counted", layer.num_batches_tracked.item()


@case(LAYERS)
def batch_norm_layers_that_do_not_remember(torch):
    """Without running statistics, the batch's own are used in evaluation, too."""
    layer = torch.nn.BatchNorm2d(2, track_running_stats=False, affine=False).eval()
    yield "result", layer(values(torch, 3, 2, 2, 2))
    yield "state", list(layer.state_dict())


@case(LAYERS)
def instance_norm_layers(torch):
    """Instance normalization takes inputs without a batch, and warns of other channels where that does not matter."""
    layer = torch.nn.InstanceNorm1d(2, track_running_stats=True)
    yield "result", layer(values(torch, 3, 2, 4))
    yield "mean", layer.running_mean
    yield "counted", layer.num_batches_tracked.item()
    yield "unbatched", layer.eval()(values(torch, 2, 4))
    yield "warning", torch.nn.InstanceNorm1d(3)(values(torch, 1, 2, 4))
    yield "refused", raises(lambda: torch.nn.InstanceNorm1d(3, affine=True)(values(torch, 1, 2, 4)))


@case(LAYERS)
def how_normalization_layers_print(torch):
    """A normalization layer shows its options."""
    nn = torch.nn
    for layer in (
        nn.BatchNorm2d(3),
        nn.BatchNorm1d(3, momentum=None, affine=False),
        nn.LayerNorm(5, bias=False),
        nn.LayerNorm((4, 5), eps=0.001, elementwise_affine=False),
        nn.GroupNorm(3, 6),
        nn.InstanceNorm3d(2, affine=True),
        nn.RMSNorm((3, 4)),
        nn.LocalResponseNorm(2),
        nn.LazyBatchNorm2d(),
        nn.SyncBatchNorm(3),
    ):
        yield repr(layer)


@case(LAYERS)
def normalization_layers_do_what_the_functions_do(torch):
    """Each layer applies the function with its weights and options."""
    nn, x = torch.nn, values(torch, 2, 4, 3)
    for layer in (
        nn.LayerNorm(3),
        nn.GroupNorm(2, 4),
        nn.RMSNorm(3, eps=0.1),
        nn.LocalResponseNorm(3, alpha=0.5),
    ):
        for parameter in layer.parameters():
            with torch.no_grad():
                parameter.add_(values(torch, *parameter.shape))
        yield type(layer).__name__, layer(x)
    yield "state", [list(layer.state_dict()) for layer in (nn.LayerNorm(3), nn.BatchNorm1d(3), nn.RMSNorm(3))]


@case(LAYERS)
def lazy_batch_norm_layers(torch):
    """A lazy batch norm takes its features from the first input, and then is an ordinary one."""
    layer = torch.nn.LazyBatchNorm1d()
    y = layer(values(torch, 4, 3, 2))
    yield "result", y
    yield "layer", repr(layer)
    yield "mean", layer.running_mean


@case(LAYERS)
def what_normalization_layers_refuse(torch):
    """Layers take inputs of their ranks only."""
    nn = torch.nn
    yield "1d", raises(lambda: nn.BatchNorm1d(3)(values(torch, 1, 3, 2, 2)))
    yield "2d", raises(lambda: nn.BatchNorm2d(3)(values(torch, 2, 3)))
    yield "3d", raises(lambda: nn.BatchNorm3d(3)(values(torch, 2, 3)))
    yield "channels", raises(lambda: nn.BatchNorm2d(4)(values(torch, 2, 3, 2, 2)))
    yield "one value", raises(lambda: nn.BatchNorm1d(6)(values(torch, 1, 6)))
    yield "groups", raises(lambda: nn.GroupNorm(4, 6))
    yield "instance", raises(lambda: nn.InstanceNorm2d(3)(values(torch, 2, 3)))


@case(LAYERS)
def batch_norm_layers_become_synchronized(torch):
    """`convert_sync_batchnorm` exchanges the batch normalization in a module, with its weights."""
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.ReLU())
    weight = model[0].weight
    model = torch.nn.SyncBatchNorm.convert_sync_batchnorm(model)
    yield repr(model)
    yield "same weight", model[0].weight is weight
    yield "result", model(values(torch, 3, 2))
