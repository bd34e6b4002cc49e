"""Layers on images whose channels lie together in memory: what they give lies as what they get."""

from __future__ import annotations

from conformance import case, raises

FORMAT = "Channels Last Memory Format in PyTorch: Writing memory format agnostic operators"
NUMPY = "torch.Tensor: torch.Tensor.numpy"


def images(torch):
    """Two images of three channels, which lie last."""
    return torch.linspace(-1.0, 1.5, 96).reshape(2, 3, 4, 4).to(memory_format=torch.channels_last)


@case(FORMAT)
def layers_keep_the_channels_last(torch):
    """Convolution, pooling, normalization and resampling give images whose channels lie last, as they got them."""
    functional, x = torch.nn.functional, images(torch)
    weight = torch.linspace(-0.5, 0.5, 54).reshape(2, 3, 3, 3)
    for name, found in {
        "convolution": functional.conv2d(x, weight),
        "transposed convolution": functional.conv_transpose2d(x, weight.transpose(0, 1).contiguous()),
        "max_pool2d": functional.max_pool2d(x, 2),
        "its places": functional.max_pool2d(x, 2, return_indices=True)[1],
        "avg_pool2d": functional.avg_pool2d(x, 2),
        "adaptive_avg_pool2d": functional.adaptive_avg_pool2d(x, 2),
        "to one element": functional.adaptive_avg_pool2d(x, 1),
        "adaptive_max_pool2d": functional.adaptive_max_pool2d(x, 2),
        "interpolate": functional.interpolate(x, scale_factor=2),
        "bilinear": functional.interpolate(x, scale_factor=2, mode="bilinear"),
        "group_norm": functional.group_norm(x, 3),
        "relu": functional.relu(x),
        "cat": torch.cat([x, x], 1),
    }.items():
        yield f"{name}, strides", found.stride()
        yield name, found


@case(FORMAT, builds_on=("memory_formats::layers_keep_the_channels_last",))
def modules_with_the_channels_last(torch):
    """`module.to(memory_format=...)` lays out the weights of four dimensions, and its results lie as they do."""
    layer = torch.nn.Conv2d(3, 2, 3).to(memory_format=torch.channels_last)
    yield "weight", layer.weight.stride()
    yield "bias", layer.bias.stride()
    yield "result", layer(images(torch).contiguous()).stride()
    layer(images(torch)).square().sum().backward()
    yield "gradient", layer.weight.grad.stride()
    yield "another type", layer.double().weight.stride()
    yield "three dimensions", torch.nn.Conv1d(3, 2, 3).to(memory_format=torch.channels_last).weight.stride()
    yield "five dimensions", raises(lambda: torch.nn.Conv3d(1, 1, 2).to(memory_format=torch.channels_last))


@case(NUMPY)
def arrays_of_tensors_that_require_grad(torch):
    """A tensor that requires grad gives its array where nothing is recorded, and refuses it elsewhere."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "recorded", raises(x.numpy)
    with torch.no_grad():
        yield "leaf", x.numpy().tolist()
        yield "result", (x * 2).numpy().tolist()
    y = x * 3
    with torch.no_grad():
        yield "result from before", y.numpy().tolist()
    yield "recorded again", raises(y.numpy)


@case(FORMAT, builds_on=("memory_formats::layers_keep_the_channels_last",))
def type_and_order_in_one_step(torch):
    """`to` changes the type and the order in memory as one operation."""
    x = torch.tensor([[[[0.5, -1.25], [2.0, 0.75]], [[1.5, 0.5], [-1.0, 2.5]]]], requires_grad=True)
    for form in (torch.channels_last, torch.contiguous_format):
        y = x.to(torch.float64, memory_format=form)
        yield y
        yield "stride", y.stride()
    yield "by method", x.double(memory_format=torch.channels_last)
    yield "order only", x.to(memory_format=torch.channels_last)
    yield "nothing", x.to(memory_format=torch.contiguous_format) is x


@case(FORMAT, builds_on=("memory_formats::layers_keep_the_channels_last",))
def borders_and_shuffles_keep_the_channels_last(torch):
    """Padding, exchanges of channels and places, and unpooling give images whose channels lie last, too."""
    functional, x = torch.nn.functional, images(torch)
    pooled, indices = functional.max_pool2d(x, 2, return_indices=True)
    for name, result in {
        "constant": functional.pad(x, (1, 0, 2, 1)),
        "reflected": functional.pad(x, (1, 1, 1, 1), mode="reflect"),
        "repeated": functional.pad(x, (1, 1, 1, 1), mode="replicate"),
        "places as channels": functional.pixel_unshuffle(x, 2),
        "channels shuffled": torch.nn.ChannelShuffle(3)(x),
        "unpooled": functional.max_unpool2d(pooled, indices, 2),
        "rolled": x.roll(1, 2),
    }.items():
        yield f"{name}: strides", result.stride()
        yield name, result


@case(FORMAT, builds_on=("memory_formats::layers_keep_the_channels_last",))
def gradients_with_the_channels_last(torch):
    """Gradients of images whose channels lie last, and of the weights beside them, lie likewise."""
    functional, x = torch.nn.functional, images(torch).requires_grad_()
    weight = torch.linspace(-0.5, 0.5, 54).reshape(2, 3, 3, 3).requires_grad_()
    for name, result in {
        "convolution": functional.conv2d(x, weight, padding=1),
        "turned round": functional.conv_transpose2d(x, weight.transpose(0, 1)),
        "largest": functional.max_pool2d(x, 2),
        "means": functional.avg_pool2d(x, 2),
        "adaptive": functional.adaptive_avg_pool2d(x, 2),
        "resampled": functional.interpolate(x, scale_factor=2.0, mode="bilinear"),
        "reflected": functional.pad(x, (1, 1, 1, 1), mode="reflect"),
    }.items():
        found = torch.autograd.grad(result.pow(3).sum(), [x, weight], allow_unused=True)
        yield f"{name}: strides", [grad.stride() for grad in found if grad is not None]
        yield name, found
