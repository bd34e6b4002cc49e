"""`torch.nn.attention.bias` and `flex_attention`: the same as PyTorch's, but for the last bits of sums."""

import warnings

import numpy as np
import pytest

import engine
import engine.nn.attention.bias
import engine.nn.attention.flex_attention

torch = pytest.importorskip("torch")
import torch.nn.attention.bias  # noqa: E402, F811
import torch.nn.attention.flex_attention  # noqa: E402


@pytest.fixture(autouse=True)
def _without_compiling():
    """PyTorch warns of what is not compiled, once in a process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def operands(torch, length):
    drawn = np.random.default_rng(7).standard_normal((3, 2, 2, length, 8)).astype("float32")
    return [torch.from_numpy(each.copy()) for each in drawn]


@pytest.mark.parametrize("kind", ["causal_upper_left", "causal_lower_right"])
@pytest.mark.parametrize("lengths", [(3, 5), (4, 4)])
def test_causal_biases_are_given_as_masks(kind, lengths):
    results = []
    for each in (torch, engine):
        bias = getattr(each.nn.attention.bias, kind)(*lengths)
        query, key, value = (
            one[:, :, :length] for one, length in zip(operands(each, 6), (lengths[0], *lengths[1:] * 2))
        )
        query.requires_grad_()
        found = each.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        with pytest.raises(ValueError, match="CausalBias should not be used with causal=True"):
            each.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, is_causal=True)
        results.append((repr(bias), type(found.grad_fn).__name__, found.detach().numpy()))
    assert results[0][:2] == results[1][:2]
    np.testing.assert_allclose(results[1][2], results[0][2], rtol=1e-5, atol=1e-6)


def causal(b, h, q, kv):
    return q >= kv


def near(b, h, q, kv):
    return (q - kv <= 3) & (q - kv >= -1)


def late(b, h, q, kv):
    return (q > 2) & (kv >= 0)


@pytest.mark.parametrize("mask", [causal, near, late])
@pytest.mark.parametrize("length", [8, 150])
def test_block_masks(mask, length):
    texts = []
    for each in (torch, engine):
        flex = each.nn.attention.flex_attention
        made = flex.create_block_mask(mask, 1, 2, length, length, device="cpu", BLOCK_SIZE=32)
        cut = made._adjust(length - 1, length - 2)
        parts = [made[0, 1].kv_num_blocks, *made.as_tuple()[:-1], made.to_dense(), *cut.as_tuple()[:6]]
        texts.append([str(made), repr(made), *map(str, parts)])
    assert texts[0] == texts[1]


@pytest.mark.parametrize("mask", [None, causal, near, late])
@pytest.mark.parametrize("biased", [False, True])
def test_flexible_attention(mask, biased):
    results = []
    for each in (torch, engine):
        flex = each.nn.attention.flex_attention
        slopes = each.tensor([0.5, 0.25])

        def bias(score, b, h, q, kv, slopes=slopes):
            return score + slopes[h] * (kv - q)

        blocks = None if mask is None else flex.create_block_mask(mask, None, None, 17, 17, device="cpu")
        output, aux = flex.flex_attention(
            *operands(each, 17),
            score_mod=bias if biased else None,
            block_mask=blocks,
            return_aux=flex.AuxRequest(lse=True),
        )
        results.append((output.numpy(), aux.lse.numpy()))
    for expected, found in zip(*results):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_what_flexible_attention_refuses():
    refusals = []
    for each in (torch, engine):
        flex = each.nn.attention.flex_attention
        query, key, value = operands(each, 8)
        larger = flex.create_block_mask(causal, None, None, 16, 16, device="cpu")
        smaller = flex.create_block_mask(causal, None, None, 4, 4, device="cpu")
        calls = [
            lambda flex=flex, q=query, k=key, v=value: flex.flex_attention(q.clone().requires_grad_(), k, v),
            lambda flex=flex, q=query, k=key, v=value: flex.flex_attention(q, k[:, :1], v[:, :1]),
            lambda flex=flex, q=query, k=key, v=value: flex.flex_attention(q, k[..., :2], v),
            lambda flex=flex, q=query, k=key, v=value, mask=larger: flex.flex_attention(
                q, k, v, block_mask=mask
            ),
            lambda flex=flex, q=query, k=key, v=value, mask=smaller: flex.flex_attention(
                q, k, v, block_mask=mask
            ),
            lambda flex=flex: flex.and_masks(3),
        ]
        found = []
        for call in calls:
            with pytest.raises(Exception) as refused:  # noqa: PT011 - compared below
                call()
            found.append((type(refused.value), str(refused.value)))
        refusals.append(found)
    assert refusals[0] == refusals[1]
