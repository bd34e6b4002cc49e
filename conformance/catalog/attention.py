"""`scaled_dot_product_attention`: numbers, gradients, masks, the ways of computing it, and refusals."""

from __future__ import annotations

from math import prod

from conformance import case, raises

PAGE = "torch.nn.functional: scaled_dot_product_attention"


def numbers(torch, *sizes, start=1, dtype=None):
    """Numbers between -0.9 and 0.9, no two of which are the same at first."""
    values = [((29 * index + 37 * start) % 97) / 54 - 0.9 for index in range(prod(sizes))]
    return torch.tensor(values, dtype=dtype).reshape(sizes)


def operands(torch, *sizes, keys=None, dtype=None):
    """Queries, keys and values, which require grad."""
    other = sizes if keys is None else (*sizes[:-2], keys, sizes[-1])
    return [
        numbers(torch, *each, start=place + 2, dtype=dtype).requires_grad_()
        for place, each in enumerate((sizes, other, other))
    ]


def weighed(torch, tensor):
    """A sum in which each element counts differently."""
    return (tensor * numbers(torch, *tensor.shape, start=9, dtype=tensor.dtype)).sum()


def with_gradients(torch, label, inputs, **options):
    """The result and the gradients."""
    output = torch.nn.functional.scaled_dot_product_attention(*inputs, **options)
    yield label, output
    yield f"{label}: grads", torch.autograd.grad(weighed(torch, output), inputs)


@case(PAGE)
def attention_as_one_operation(torch):
    """With four dimensions and no dropout, attention on the CPU is one operation with one node."""
    yield from with_gradients(torch, "as many keys", operands(torch, 1, 2, 3, 4))
    yield from with_gradients(torch, "more keys", operands(torch, 2, 1, 2, 3, keys=5))
    yield from with_gradients(torch, "float64", operands(torch, 1, 2, 3, 2, dtype=torch.float64))


@case(PAGE)
def attention_composed(torch):
    """With other numbers of dimensions it is composed of products and a softmax, whose nodes show."""
    yield from with_gradients(torch, "three dimensions", operands(torch, 2, 3, 4))
    yield from with_gradients(torch, "two dimensions", operands(torch, 3, 4, keys=2))


@case(PAGE)
def causal_attention(torch):
    """With `is_causal` no query sees the keys after its own place."""
    yield from with_gradients(torch, "as one", operands(torch, 1, 2, 4, 3), is_causal=True)
    yield from with_gradients(torch, "composed", operands(torch, 2, 4, 3), is_causal=True)
    yield from with_gradients(
        torch, "more keys than queries", operands(torch, 1, 1, 2, 3, keys=4), is_causal=True
    )


@case(PAGE)
def masks_that_are_added(torch):
    """A floating mask is added to the scores, and broadcast to them."""
    for sizes in ((3, 4), (1, 1, 3, 4), (2, 2, 1, 4)):
        mask = numbers(torch, *sizes, start=7) * 2.5
        inputs = operands(torch, 2, 2, 3, 2, keys=4)
        yield from with_gradients(torch, f"{list(sizes)}", inputs, attn_mask=mask)
    mask = numbers(torch, 3, 4, start=7)
    yield from with_gradients(torch, "composed", operands(torch, 2, 3, 2, keys=4), attn_mask=mask)


@case(PAGE)
def masks_of_what_takes_part(torch):
    """A bool mask says which keys take part; where none does, the result and its gradients are zero."""
    mask = torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
    yield from with_gradients(torch, "as one", operands(torch, 1, 2, 3, 2), attn_mask=mask)
    yield from with_gradients(torch, "composed", operands(torch, 2, 3, 2), attn_mask=mask)


@case(PAGE)
def masks_with_gradients(torch):
    """A mask that requires grad gets a gradient; then attention is composed."""
    mask = numbers(torch, 3, 3, start=7).requires_grad_()
    inputs = operands(torch, 1, 2, 3, 2)
    output = torch.nn.functional.scaled_dot_product_attention(*inputs, attn_mask=mask)
    yield "output", output
    yield "grads", torch.autograd.grad(weighed(torch, output), [*inputs, mask])


@case(PAGE)
def scale_of_attention(torch):
    """`scale` takes the place of 1 / sqrt(features); it may be negative."""
    for scale in (0.3, -1.5):
        yield from with_gradients(torch, f"as one, {scale}", operands(torch, 1, 1, 3, 2), scale=scale)
        yield from with_gradients(torch, f"composed, {scale}", operands(torch, 1, 3, 2), scale=scale)


@case(PAGE)
def dropout_in_attention(torch):
    """Dropout works on the weights, whatever mode a module is in; then attention is composed."""
    torch.manual_seed(3)
    yield from with_gradients(torch, "dropout", operands(torch, 1, 2, 3, 4), dropout_p=0.4)


@case(PAGE)
def grouped_queries(torch):
    """With `enable_gqa` several heads of queries share a head of keys and values."""
    query = numbers(torch, 1, 4, 3, 2).requires_grad_()
    key, value = (numbers(torch, 1, 2, 3, 2, start=start).requires_grad_() for start in (2, 3))
    yield from with_gradients(torch, "as one", [query, key, value], enable_gqa=True)
    inputs = [each.detach()[0].requires_grad_() for each in (query, key, value)]
    yield from with_gradients(torch, "composed", inputs, enable_gqa=True)
    attention = torch.nn.functional.scaled_dot_product_attention
    yield "not enabled", raises(lambda: attention(query, key, value))


@case(PAGE)
def attention_with_other_features_of_values(torch):
    """Values may have other features than keys; then attention is composed."""
    query, key, _ = operands(torch, 1, 2, 3, 4)
    value = numbers(torch, 1, 2, 3, 2, start=5).requires_grad_()
    yield from with_gradients(torch, "output", [query, key, value])


@case(PAGE)
def layout_of_attention(torch):
    """The result of one operation lies in memory as the queries do."""
    query = numbers(torch, 2, 3, 2, 4).transpose(1, 2)
    output = torch.nn.functional.scaled_dot_product_attention(query, query * 0.5, query)
    yield "output", output
    yield "strides", output.stride()


@case(PAGE)
def second_derivatives_of_attention(torch):
    """Attention as one operation cannot be differentiated twice, as its gradient's node says; composed it can."""
    attention = torch.nn.functional.scaled_dot_product_attention
    inputs = operands(torch, 1, 1, 3, 2)
    (first,) = torch.autograd.grad(weighed(torch, attention(*inputs)), inputs[0], create_graph=True)
    yield "first", first
    yield "second", raises(lambda: weighed(torch, first).backward())
    inputs = operands(torch, 1, 3, 2)
    (first,) = torch.autograd.grad(weighed(torch, attention(*inputs)), inputs[0], create_graph=True)
    yield "composed, first", first.detach()
    yield "composed, second", torch.autograd.grad(weighed(torch, first), inputs)


@case(PAGE)
def what_attention_saves(torch):
    """The node keeps its inputs, its result, and what it was called with."""
    inputs = operands(torch, 1, 1, 3, 2)
    node = torch.nn.functional.scaled_dot_product_attention(*inputs, is_causal=True, scale=0.75).grad_fn
    yield "is the query", node._saved_query is inputs[0]
    yield "key", node._saved_key
    yield "output", node._saved_output.detach()
    yield "logsumexp", node._saved_logsumexp.detach()
    yield "options", [node._saved_is_causal, node._saved_scale, node._saved_dropout_p]
    yield "mask", node._saved_attn_mask


@case(PAGE)
def half_precision_attention(torch):
    """Half precision is computed in single precision and rounded once."""
    attention = torch.nn.functional.scaled_dot_product_attention
    inputs = [each.detach().half().requires_grad_() for each in operands(torch, 1, 1, 2, 2)]
    output = attention(*inputs)
    yield "as one", output
    composed = attention(*[each[0] for each in inputs])
    yield "composed", composed


@case(PAGE)
def refused_attention(torch):
    """Operands that do not fit together are refused."""
    attention = torch.nn.functional.scaled_dot_product_attention
    query, key, value = (each.detach() for each in operands(torch, 1, 2, 3, 4))
    yield "types", raises(lambda: attention(query, key.double(), value))
    yield "one dimension", raises(lambda: attention(query[0, 0, 0], key[0, 0, 0], value[0, 0, 0]))
    yield "features", raises(lambda: attention(query, key[..., :3], value))
    yield (
        "type of mask",
        raises(lambda: attention(query, key, value, attn_mask=torch.ones(3, 3, dtype=torch.int64))),
    )
    yield "double mask", raises(lambda: attention(query, key, value, attn_mask=torch.ones(3, 3).double()))
    yield "sizes of mask", raises(lambda: attention(query, key, value, attn_mask=numbers(torch, 3, 4)))
    yield (
        "mask and causal",
        raises(lambda: attention(query[0], key[0], value[0], attn_mask=numbers(torch, 3, 3), is_causal=True)),
    )


@case("torch.nn.attention: sdpa_kernel")
def chosen_ways_of_attention(torch):
    """`sdpa_kernel` allows some ways of computing attention only, while it is active."""
    from importlib import import_module

    page = import_module(f"{torch.nn.__name__}.attention")
    attention = torch.nn.functional.scaled_dot_product_attention
    inputs = operands(torch, 1, 2, 3, 4)
    with page.sdpa_kernel(page.SDPBackend.MATH):
        yield "math", attention(*inputs).grad_fn.name()
    with page.sdpa_kernel([page.SDPBackend.FLASH_ATTENTION, page.SDPBackend.MATH]):
        yield "both", attention(*inputs).grad_fn.name()
        yield "both, three dimensions", attention(*[each[0] for each in inputs]).grad_fn.name()
    with page.sdpa_kernel(page.SDPBackend.EFFICIENT_ATTENTION):
        yield "none of them", raises(lambda: attention(*inputs))
    yield "afterwards", attention(*inputs).grad_fn.name()
    yield "texts", [str(page.SDPBackend.MATH), int(page.SDPBackend.FLASH_ATTENTION)]
    yield "no way", raises(lambda: page.sdpa_kernel("math").__enter__())
