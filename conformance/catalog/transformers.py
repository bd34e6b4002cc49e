"""`torch.nn.Transformer`, its encoder and decoder and their layers."""

from __future__ import annotations

import warnings
from math import prod

from conformance import case, raises

PAGE = "torch.nn: Transformer"
ENCODER, DECODER = "torch.nn: TransformerEncoder", "torch.nn: TransformerDecoder"


def numbers(torch, *sizes, start=1, dtype=None):
    """Numbers between -0.9 and 0.9, no two of which are the same at first."""
    values = [((29 * index + 37 * start) % 97) / 54 - 0.9 for index in range(prod(sizes))]
    return torch.tensor(values, dtype=dtype).reshape(sizes)


def filled(torch, module):
    """The module with such numbers for parameters."""
    with torch.no_grad():
        for place, parameter in enumerate(module.parameters()):
            parameter.copy_(numbers(torch, *parameter.shape, start=place + 5))
    return module


def weighed(torch, *tensors):
    """A sum in which each element counts differently."""
    return sum(
        (each * numbers(torch, *each.shape, start=9 + place)).sum() for place, each in enumerate(tensors)
    )


@case(f"{ENCODER}Layer")
def layer_of_an_encoder(torch):
    """A layer adds what attention finds and what a small network makes of it, and normalizes after each, or before."""
    for norm_first in (False, True):
        layer = filled(torch, torch.nn.TransformerEncoderLayer(4, 2, 3, dropout=0.0, norm_first=norm_first))
        source = numbers(torch, 3, 2, 4).requires_grad_()
        output = layer(source)
        yield f"norm_first={norm_first}", output
        weighed(torch, output).backward()
        yield "grad", source.grad
        yield "grads", {name: parameter.grad for name, parameter in layer.named_parameters()}


@case(f"{ENCODER}Layer")
def activations_of_layers(torch):
    """The activation is given by name, as a function or as a module."""
    functional = torch.nn.functional
    for activation in ("relu", "gelu", functional.gelu, torch.tanh, torch.nn.ReLU()):
        layer = torch.nn.TransformerEncoderLayer(
            4, 2, 3, dropout=0.0, activation=activation, batch_first=True
        )
        filled(torch, layer)
        yield "output", layer(numbers(torch, 1, 2, 4)).detach()
        yield "kind", layer.activation_relu_or_gelu
    yield "by name", layer.activation is activation
    yield "unknown", raises(lambda: torch.nn.TransformerEncoderLayer(4, 2, activation="selu"))
    yield "unknown to a decoder", raises(lambda: torch.nn.TransformerDecoderLayer(4, 2, activation="tanh"))


@case(f"{ENCODER}Layer")
def layer_without_biases(torch):
    """With `bias=False` no map and no norm has a bias."""
    layer = filled(torch, torch.nn.TransformerEncoderLayer(4, 2, 3, dropout=0.0, bias=False))
    yield "parameters", {name: list(parameter.shape) for name, parameter in layer.named_parameters()}
    yield "output", layer(numbers(torch, 2, 4))


@case(f"{DECODER}Layer")
def layer_of_a_decoder(torch):
    """A layer of a decoder looks at itself and at a memory."""
    for norm_first in (False, True):
        layer = filled(torch, torch.nn.TransformerDecoderLayer(4, 2, 3, dropout=0.0, norm_first=norm_first))
        source = numbers(torch, 2, 2, 4).requires_grad_()
        memory = numbers(torch, 3, 2, 4, start=3).requires_grad_()
        mask = torch.nn.Transformer.generate_square_subsequent_mask(2)
        output = layer(source, memory, tgt_mask=mask, tgt_is_causal=True)
        yield f"norm_first={norm_first}", output
        weighed(torch, output).backward()
        yield "grads", [source.grad, memory.grad, layer.multihead_attn.in_proj_weight.grad]


@case(ENCODER)
def encoder(torch):
    """An encoder clones its layer; masks go to all layers."""
    layer = torch.nn.TransformerEncoderLayer(4, 2, 3, dropout=0.0, batch_first=True)
    net = filled(torch, torch.nn.TransformerEncoder(layer, 2, norm=torch.nn.LayerNorm(4)))
    source = numbers(torch, 2, 3, 4).requires_grad_()
    mask = torch.nn.Transformer.generate_square_subsequent_mask(3)
    padding = torch.tensor([[False, False, True], [False, False, False]])
    yield "plain", net(source).detach()
    yield "masked", net(source, mask=mask).detach()
    output = net(source, mask=mask, src_key_padding_mask=padding)
    yield "both", output
    weighed(torch, output).backward()
    yield "grad", source.grad
    yield "names", [name for name, _ in net.named_parameters()][:8]


@case(ENCODER)
def encoder_in_evaluation(torch):
    """In evaluation without recording, what is padding at the end becomes zero."""
    layer = torch.nn.TransformerEncoderLayer(4, 2, 3, dropout=0.5, batch_first=True)
    net = filled(torch, torch.nn.TransformerEncoder(layer, 2)).eval()
    source = numbers(torch, 2, 3, 4)
    padding = torch.tensor([[False, False, True], [False, True, True]])
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # how often PyTorch warns of nested tensors depends on the number of layers
        yield "plain", net(source)
        yield "padded", net(source, src_key_padding_mask=padding)
        yield "padded in the middle", net(source, src_key_padding_mask=padding.flip(1))
    yield "with recording", net(source, src_key_padding_mask=padding).detach()


@case(ENCODER)
def encoders_that_warn(torch):
    """An encoder warns where it cannot leave out padding, unless it was told not to."""
    nn = torch.nn
    for options in (
        {},
        {"batch_first": True, "norm_first": True},
        {"batch_first": True, "bias": False},
        {"batch_first": True, "activation": torch.tanh},
        {"batch_first": True},
    ):
        yield (
            f"{sorted(options)}",
            nn.TransformerEncoder(nn.TransformerEncoderLayer(2, 2, 3, **options), 1).use_nested_tensor,
        )
    odd = nn.TransformerEncoderLayer(3, 3, 3, batch_first=True)
    yield "an odd number of heads", nn.TransformerEncoder(odd, 1).use_nested_tensor
    silent = nn.TransformerEncoder(nn.TransformerEncoderLayer(2, 2, 3), 1, enable_nested_tensor=False)
    yield "told not to", silent.use_nested_tensor


@case(DECODER)
def decoder(torch):
    """A decoder finds out by itself whether a mask is causal; a memory may be masked, too."""
    layer = torch.nn.TransformerDecoderLayer(4, 2, 3, dropout=0.0)
    net = filled(torch, torch.nn.TransformerDecoder(layer, 2, torch.nn.LayerNorm(4)))
    source, memory = numbers(torch, 2, 2, 4), numbers(torch, 3, 2, 4, start=4)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(2)
    padding = torch.tensor([[False, False, True], [False, False, False]])
    output = net(source, memory, tgt_mask=mask)
    yield "causal", output
    yield "masked memory", net(source, memory, memory_key_padding_mask=padding).detach()
    yield "added to the scores", net(source, memory, memory_mask=numbers(torch, 2, 3, start=6)).detach()
    weighed(torch, output).backward()
    yield "grad", net.layers[0].multihead_attn.in_proj_bias.grad


@case(PAGE)
def transformer(torch):
    """A transformer encodes one sequence and decodes another by it."""
    net = filled(torch, torch.nn.Transformer(4, 2, 1, 1, 3, dropout=0.0, batch_first=True))
    source, target = (
        numbers(torch, 2, 3, 4).requires_grad_(),
        numbers(torch, 2, 2, 4, start=3).requires_grad_(),
    )
    output = net(source, target, tgt_mask=net.generate_square_subsequent_mask(2))
    yield "output", output.detach()
    weighed(torch, output).backward()
    yield "grads", [source.grad, target.grad]
    yield "grad of the last norm", net.decoder.norm.weight.grad


@case(PAGE)
def masks_for_what_comes_after(torch):
    """`generate_square_subsequent_mask` has minus infinity above the diagonal."""
    yield "mask", torch.nn.Transformer.generate_square_subsequent_mask(3)
    yield "type", torch.nn.Transformer.generate_square_subsequent_mask(2, dtype=torch.float64)


@case(PAGE)
def first_weights_of_a_transformer(torch):
    """Matrices are drawn again by Xavier's rule; the text shows all modules."""
    torch.manual_seed(9)
    net = torch.nn.Transformer(4, 2, 1, 1, 3)
    yield "text", repr(net)
    yield "weights", [net.encoder.layers[0].linear1.weight, net.decoder.layers[0].self_attn.in_proj_weight]
    yield "biases", [net.encoder.layers[0].linear1.bias, net.decoder.layers[0].self_attn.in_proj_bias]
    yield "drawn next", torch.rand(2)


@case(PAGE)
def dropout_in_a_transformer(torch):
    """Dropout works in attention, in the small network and after both, in this order."""
    for batch_first in (False, True):
        net = filled(torch, torch.nn.Transformer(4, 2, 1, 1, 3, dropout=0.25, batch_first=batch_first))
        torch.manual_seed(8)
        yield (
            f"batch_first={batch_first}",
            net(numbers(torch, 2, 2, 4), numbers(torch, 2, 2, 4, start=2)).detach(),
        )


@case(PAGE)
def refused_inputs_of_a_transformer(torch):
    """Batches and features must fit together."""
    net = torch.nn.Transformer(4, 2, 1, 1, 3)
    yield "batch", raises(lambda: net(torch.zeros(2, 3, 4), torch.zeros(2, 2, 4)))
    yield "features", raises(lambda: net(torch.zeros(2, 3, 4), torch.zeros(2, 3, 6)))
    yield (
        "type of mask",
        raises(lambda: net.encoder(torch.zeros(2, 3, 4), mask=torch.ones(2, 2, dtype=torch.int64))),
    )
