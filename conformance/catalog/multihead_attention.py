"""`torch.nn.MultiheadAttention`: options, masks, gradients, texts and refusals."""

from __future__ import annotations

from math import prod

from conformance import case, raises

PAGE = "torch.nn: MultiheadAttention"


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


def attention(torch, *sizes, **options):
    """A module with known numbers for parameters."""
    return filled(torch, torch.nn.MultiheadAttention(*sizes, **options))


@case(PAGE)
def attention_to_itself(torch):
    """Output and weights of attention of a sequence to itself, their graph, and all gradients."""
    net = attention(torch, 4, 2)
    source = numbers(torch, 3, 2, 4).requires_grad_()
    output, weights = net(source, source, source)
    yield "output", output
    yield "weights", weights
    weighed(torch, output, weights).backward()
    yield "grad", source.grad
    yield "grads", {name: parameter.grad for name, parameter in net.named_parameters()}


@case(PAGE)
def attention_without_weights(torch):
    """Where the weights are not needed they are None, and the heads are computed as one operation."""
    net = attention(torch, 4, 2)
    source = numbers(torch, 3, 2, 4).requires_grad_()
    output, weights = net(source, source, source, need_weights=False)
    yield "output", output
    yield "weights", weights
    weighed(torch, output).backward()
    yield "grad", source.grad
    yield "grad of a weight", net.in_proj_weight.grad


@case(PAGE)
def attention_to_others(torch):
    """Queries may look at another sequence; keys and values may be two tensors."""
    net = attention(torch, 4, 2)
    query = numbers(torch, 2, 1, 4).requires_grad_()
    key = numbers(torch, 3, 1, 4, start=2).requires_grad_()
    value = numbers(torch, 3, 1, 4, start=3).requires_grad_()
    output, weights = net(query, key, key)
    yield "one memory", output
    yield "weights", weights.detach()
    output, _ = net(query, key, value)
    yield "keys and values", output
    weighed(torch, output).backward()
    yield "grads", [query.grad, key.grad, value.grad]


@case(PAGE)
def heads_apart(torch):
    """Without `average_attn_weights` the weights of each head are returned."""
    net = attention(torch, 4, 2, batch_first=True)
    source = numbers(torch, 2, 3, 4)
    output, weights = net(source, source, source, average_attn_weights=False)
    yield "output", output
    yield "strides", output.stride()
    yield "weights", weights.detach()


@case(PAGE)
def masked_keys(torch):
    """`key_padding_mask` leaves out keys of each example; a floating one is added to the scores."""
    net = attention(torch, 4, 2)
    source = numbers(torch, 3, 2, 4)
    mask = torch.tensor([[False, False, True], [False, True, True]])
    for need_weights in (True, False):
        output, weights = net(source, source, source, key_padding_mask=mask, need_weights=need_weights)
        yield f"bool, weights {need_weights}", output.detach()
        yield "its weights", weights if weights is None else weights.detach()
    yield "floating", net(source, source, source, key_padding_mask=numbers(torch, 2, 3, start=6))[0].detach()


@case(PAGE)
def masked_positions(torch):
    """`attn_mask` is one for all, or one for each head of each example; a bool one says what is left out."""
    net = attention(torch, 4, 2)
    source = numbers(torch, 3, 2, 4)
    later = torch.tensor([[False, True, True], [False, False, True], [False, False, False]])
    yield "bool", net(source, source, source, attn_mask=later)[0]
    yield "floating", net(source, source, source, attn_mask=numbers(torch, 3, 3, start=6))[0]
    each = numbers(torch, 4, 3, 3, start=7)
    yield "for each head", net(source, source, source, attn_mask=each, need_weights=False)[0]
    mask = torch.nn.Transformer.generate_square_subsequent_mask(3)
    yield "causal", net(source, source, source, attn_mask=mask, is_causal=True, need_weights=False)[0]
    yield "causal with weights", net(source, source, source, attn_mask=mask, is_causal=True)[1].detach()


@case(PAGE)
def both_masks(torch):
    """Both masks are added; it is warned of different types."""
    net = attention(torch, 4, 2)
    source = numbers(torch, 3, 2, 4).requires_grad_()
    padding = torch.tensor([[False, False, True], [False, False, False]])
    output, weights = net(source, source, source, key_padding_mask=padding, attn_mask=numbers(torch, 3, 3))
    yield "output", output
    yield "weights", weights
    weighed(torch, output).backward()
    yield "grad", source.grad


@case(PAGE)
def other_sizes_of_keys_and_values(torch):
    """With `kdim` and `vdim` there are three weights instead of one."""
    net = attention(torch, 4, 2, kdim=3, vdim=2)
    yield "parameters", {name: list(parameter.shape) for name, parameter in net.named_parameters()}
    yield "in_proj_weight", net.in_proj_weight
    output, weights = net(numbers(torch, 2, 1, 4), numbers(torch, 3, 1, 3), numbers(torch, 3, 1, 2))
    yield "output", output
    yield "weights", weights.detach()
    weighed(torch, output).backward()
    yield "grads", [net.q_proj_weight.grad, net.k_proj_weight.grad, net.v_proj_weight.grad]


@case(PAGE)
def further_keys(torch):
    """`add_bias_kv` adds a key and a value that are learnt, `add_zero_attn` one of zeros; masks grow with them."""
    source = numbers(torch, 2, 2, 4)
    padding = torch.tensor([[False, True], [False, False]])
    for options in (
        {"add_bias_kv": True},
        {"add_zero_attn": True},
        {"add_bias_kv": True, "add_zero_attn": True},
    ):
        net = attention(torch, 4, 2, **options)
        output, weights = net(
            source, source, source, key_padding_mask=padding, attn_mask=numbers(torch, 2, 2) < 2
        )
        yield f"{options}", output.detach()
        yield f"{options}: weights", weights.detach()
        output, weights = net(source, source, source, key_padding_mask=padding)
        yield f"{options}: one mask", output
        weighed(torch, output).backward()
        yield f"{options}: parameters", [name for name, _ in net.named_parameters()]
        if net.bias_k is not None:
            yield f"{options}: grad", net.bias_k.grad


@case(PAGE)
def attention_without_a_batch(torch):
    """Inputs of two dimensions are one example."""
    net = attention(torch, 4, 2, bias=False)
    source = numbers(torch, 3, 4)
    output, weights = net(source, source, source)
    yield "output", output
    yield "weights", weights
    mask = torch.tensor([False, True, False])
    yield "masked", net(source, source, source, key_padding_mask=mask, need_weights=False)[0]


@case(PAGE)
def attention_in_evaluation(torch):
    """In evaluation without recording the numbers are the same; dropout works in training only."""
    net = attention(torch, 4, 2, dropout=0.5, batch_first=True)
    source = numbers(torch, 2, 3, 4)
    torch.manual_seed(2)
    yield "in training", net(source, source, source)[0].detach()
    net.eval()
    yield "in evaluation", net(source, source, source)[0].detach()
    padding = torch.tensor([[False, False, True], [False, True, True]])
    with torch.no_grad():
        output, weights = net(source, source, source, key_padding_mask=padding)
        yield "quickly", output
        yield "weights", weights
        yield "without weights", net(source, source, source, need_weights=False)


@case(PAGE)
def first_weights_of_attention(torch):
    """Weights are drawn by Xavier's rule, biases are zero; the text shows the last map only."""
    for options in ({}, {"kdim": 2, "add_bias_kv": True}):
        torch.manual_seed(6)
        net = torch.nn.MultiheadAttention(4, 2, **options)
        yield "parameters", dict(net.named_parameters())
        yield "text", repr(net)
        yield "sizes", [net.embed_dim, net.kdim, net.vdim, net.num_heads, net.head_dim]


@case(PAGE)
def refused_options_of_attention(torch):
    """The embedding must have a size, and be divided by the heads."""
    yield "nothing", raises(lambda: torch.nn.MultiheadAttention(0, 2))
    yield "no heads", raises(lambda: torch.nn.MultiheadAttention(4, 0))
    yield "heads", raises(lambda: torch.nn.MultiheadAttention(4, 3))


@case(PAGE)
def refused_inputs_of_attention(torch):
    """Inputs and masks of wrong ranks, sizes or types are refused."""
    net = torch.nn.MultiheadAttention(4, 2)
    source = numbers(torch, 3, 2, 4)
    yield "rank", raises(lambda: net(source[0, 0], source, source))
    yield "rank of keys", raises(lambda: net(source, source[0], source))
    yield "rank of keys without a batch", raises(lambda: net(source[0], source, source))
    yield "embedding", raises(lambda: net(numbers(torch, 3, 2, 6), source, source))
    yield "keys and values", raises(lambda: net(source, source, source[:2]))
    yield "rank of mask", raises(lambda: net(source, source, source, attn_mask=torch.zeros(3)))
    yield "size of mask", raises(lambda: net(source, source, source, attn_mask=torch.zeros(3, 2)))
    yield "size of masks", raises(lambda: net(source, source, source, attn_mask=torch.zeros(2, 3, 3)))
    yield "type of mask", raises(lambda: net(source, source, source, attn_mask=torch.tensor([[1, 0, 1]] * 3)))
    yield "rank of padding", raises(lambda: net(source, source, source, key_padding_mask=torch.zeros(3)))
    yield "batch of padding", raises(lambda: net(source, source, source, key_padding_mask=torch.zeros(1, 3)))
    yield "size of padding", raises(lambda: net(source, source, source, key_padding_mask=torch.zeros(2, 2)))
    yield "causal without a mask", raises(lambda: net(source, source, source, is_causal=True))
