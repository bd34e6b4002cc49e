"""Programs on the graph, its nodes and what they save: each prints the same lines as with live PyTorch."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
import torch as pytorch

import engine


def said(function, *args):
    """What a call gives, or how it is refused."""
    try:
        return str(function(*args))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def leaf_keeps_a_view_of_a_gradient(torch):
    one = torch.ones(4, requires_grad=True)
    other = torch.full((4,), 2.0, requires_grad=True)
    (one.view(2, 2) + other.view(2, 2)).pow(2).sum().backward()
    yield one.grad.data_ptr() == other.grad.data_ptr(), one.grad._is_view(), one.grad._version
    one.grad.mul_(2)
    yield one.grad.tolist(), other.grad.tolist(), other.grad._version
    given = torch.ones(2, 2)
    one.grad = None
    for _ in range(2):
        one.view(2, 2).backward(given)
        yield given.tolist(), given._version, one.grad.data_ptr() == given.data_ptr()
    for change in (lambda x: x.t(), lambda x: x[1:], lambda x: x.expand(2, 2, 2), lambda x: x.movedim(0, 1)):
        x = torch.ones(2, 2, requires_grad=True)
        y = change(x)
        given = torch.ones(y.shape)
        y.backward(given)
        yield x.grad.data_ptr() == given.data_ptr(), x.grad.stride(), x.grad._version


def saved_tensor_unpacked_by_hand(torch):
    x = torch.ones(2, requires_grad=True)
    doubled = x * 2
    product = x * doubled
    for saved in (product.grad_fn._raw_saved_self, product.grad_fn._raw_saved_other):
        yield said(saved.unpack), saved.unpack() is x
        saved.register_hooks(lambda tensor: tensor * 2, lambda tensor: tensor / 2)
        yield said(saved.unpack)
        yield [name for name in dir(saved) if name[0] != "_"]
    yield said(doubled.exp().grad_fn._raw_saved_result.unpack)
    yield said((x * torch.ones(2)).grad_fn._raw_saved_self.unpack)
    yield said(saved.unpack, 1).partition("Invoked")[0]
    product.sum().backward()
    yield said(saved.unpack)


def node_described_by_its_tensor(torch):
    x = torch.ones(2, 3, requires_grad=True)
    exponential = x.exp()
    (metadata,) = exponential.grad_fn._input_metadata
    yield type(metadata).__module__, type(metadata).__name__, tuple(metadata.shape), str(metadata.dtype)
    edge = torch.autograd.graph.GradientEdge(exponential.grad_fn, exponential.output_nr)
    yield torch.autograd.grad(edge, x, torch.ones(2, 3))[0].tolist()
    yield {"_register_hook_dict", "_set_sequence_nr", "_sequence_nr"} <= set(dir(exponential.grad_fn))
    yield said(torch.autograd.graph.Node)
    yield said(exponential.grad_fn._register_hook_dict, {})


def sequence_number_set_by_hand(torch):
    x = torch.ones(2, requires_grad=True)
    first, second = x.exp(), x.log()
    order = []
    for node in (first.grad_fn, second.grad_fn):
        node.register_prehook(lambda grads, node=node: order.append(node.name()))
    yield said(first.grad_fn._set_sequence_nr, second.grad_fn._sequence_nr() + 1)
    (first + second).sum().backward()
    yield order


def layer_made_inside_a_transform(torch):
    x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])

    def loss(x):
        layer = torch.nn.Linear(3, 2)
        seen.append((type(layer.weight).__name__, layer.weight.requires_grad, layer.weight.is_leaf))
        return layer(x).pow(2).sum()

    seen = []
    for transform in (torch.func.grad, torch.func.jacrev):
        torch.manual_seed(0)
        yield [[round(float(each), 4) for each in row] for row in transform(loss)(x)]
    yield seen
    yield said(torch.func.grad(lambda x: (torch.nn.Parameter(x * 2) * x).sum()), x)


def noise_inside_a_transform(torch):
    functional = torch.nn.functional
    x = torch.rand(3, 4) * 0 + 0.5
    for change in (
        functional.dropout,
        functional.alpha_dropout,
        lambda x: functional.dropout(x.t()),
        lambda x: x.clone().normal_() * x,
        lambda x: x.clone().uniform_() * x,
    ):
        torch.manual_seed(0)
        found = [torch.func.grad(lambda x, change=change: change(x).sum())(x)]
        torch.manual_seed(0)
        found.append(torch.func.jvp(change, (x,), (x,))[1])
        yield [[round(each, 3) for each in tensor.flatten().tolist()] for tensor in found]
    yield said(torch.func.grad(lambda x: (torch.from_numpy(np.ones(4, np.float32)).div_(2) * x).sum()), x[0])


def recurrent_layer_behind_vjp(torch):
    torch.manual_seed(0)
    x = torch.rand(3, 4)
    layer = torch.nn.LSTM(4, 2)
    fixed = {name: each.detach() for name, each in layer.named_parameters()}
    for loss in (
        lambda x: layer(x)[0].pow(2).sum(),
        lambda x: torch.func.functional_call(layer, fixed, (x,))[0].pow(2).sum(),
    ):
        grad = torch.func.vjp(loss, x)[1](torch.tensor(1.0))[0]
        yield [round(each, 4) for each in grad.flatten().tolist()], grad.requires_grad
        twice = torch.func.grad(lambda x, loss=loss: torch.func.grad(loss)(x).pow(2).sum())(x)
        yield [round(each, 4) for each in twice.flatten().tolist()]


def real_part_of_examples(torch):
    z = torch.tensor([[1 + 2j, 3 - 1j], [0.5j, 2 + 1j]])
    for part in (lambda z: z.real, lambda z: z.imag, torch.view_as_real):
        for dim in (0, 1):
            yield torch.func.vmap(part, dim)(z).dtype == torch.float32, torch.func.vmap(part, dim)(z).tolist()
    x = torch.tensor([1.0, 2.0])
    yield str(torch.func.jacrev(lambda x: torch.complex(x, x).abs())(x))


def tangents_refused_after_the_values_are_written(torch):
    forward = torch.autograd.forward_ad
    with forward.dual_level():
        dual = forward.make_dual(torch.ones(2), torch.full((2,), 3.0))
        out = torch.zeros(2)
        yield said(lambda: torch.exp(dual, out=out)), str(out)
        yield said(lambda: torch.mul(torch.ones(2), 2, out=dual)), str(dual)
        pair = torch.zeros(2), torch.zeros(2).long()
        yield said(lambda: torch.sort(dual, out=pair)), str(pair)
        yield said(dual.resize_, 3), said(dual.set_, torch.ones(2)), said(torch.ones(2).set_, dual)
        for fill in ("normal_", "uniform_", "exponential_", "bernoulli_", "random_"):
            yield str(forward.unpack_dual(getattr(dual.clone(), fill)()).tangent)


def attention_under_hooks_and_forward_mode(torch):
    attention = torch.nn.functional.scaled_dot_product_attention
    torch.manual_seed(0)
    query = torch.rand(1, 2, 3, 4, requires_grad=True)
    shapes = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda each: (shapes.append(tuple(each.shape)), each)[1], lambda each: each
    ):
        result = attention(query, query, query)
    yield result.grad_fn.name(), shapes
    yield said(torch.func.jvp, lambda x: attention(x, x, x), (query.detach(),), (query.detach(),))


def operators_of_pytorch_by_name(torch):
    aten = torch.ops.aten
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    yield str(aten.mm), repr(aten.mm.default), str(aten.mm.default._schema), aten.add.Tensor.name()
    for call in (
        lambda: aten.mm(x, x),
        lambda: aten.add.Tensor(x, x, alpha=2),
        lambda: aten.mul.Tensor(x, 2),
        lambda: aten.sum.dim_IntList(x, [0], True),
        lambda: aten._softmax(x, 1, False),
        lambda: aten.max.dim(x, 1),
        lambda: aten.convolution(
            x[None, None], x[None, None], None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1
        ),
        lambda: aten.split.Tensor(x, 1),
        lambda: aten.copy_(x.detach().clone(), x),
        lambda: aten.mm.default(x, x[0]),
        lambda: aten.mm.other,
        lambda: aten.nothing_of_this_name,
    ):
        yield said(call)
    yield said(torch.func.grad(lambda x: aten.mm(x, x).sum()), x.detach())


def policy_of_what_is_kept(torch):
    utils = importlib.import_module(f"{torch.__name__}.utils.checkpoint")
    x = torch.tensor([[1.0, 2.0], [0.5, -1.0]], requires_grad=True)
    calls = []

    def policy(context, op, *args, **options):
        calls.append((context.is_recompute, str(op), [tuple(getattr(each, "shape", ())) for each in args]))
        return utils.CheckpointPolicy.MUST_SAVE if op == mm else utils.CheckpointPolicy.PREFER_RECOMPUTE

    def run(function, chosen, **options):
        def contexts():
            return utils.create_selective_checkpoint_contexts(chosen, **options)

        return utils.checkpoint(function, x, use_reentrant=False, context_fn=contexts).sum()

    mm = torch.ops.aten.mm.default
    layer = torch.nn.functional
    run(lambda x: layer.linear((x @ x).sigmoid() * x, x, x[0]).relu().softmax(-1), policy).backward()
    yield calls
    yield x.grad.tolist()
    for chosen in (1, [1], [torch.ops.aten.mm]):
        yield said(run, lambda x: x, chosen)

    def changes(x):
        product = x.mm(x)
        result = product.sin()
        product.add_(1)
        return result

    yield said(lambda: run(changes, [mm]).backward())
    yield said(lambda: run(changes, [mm], allow_cache_entry_mutation=True).backward())
    again = run(lambda x: x.mm(x).sin(), [mm])
    again.backward(retain_graph=True)
    yield said(again.backward)


def sizes_refused_of_all_examples(torch):
    x = torch.ones(2, 3)
    for call in (
        lambda: torch.vmap(torch.mm)(x, x),
        lambda: torch.vmap(torch.mv)(x, x),
        lambda: torch.vmap(lambda x: torch.bmm(x, x))(x),
        lambda: torch.vmap(lambda x: x.view(4))(x),
        lambda: torch.vmap(lambda x: x.reshape(2, 2))(x),
        lambda: torch.vmap(lambda x: x.expand(3, 4))(x),
        lambda: torch.vmap(lambda x: x.expand(-1, -1, 3))(x),
        lambda: torch.vmap(torch.vmap(lambda x: x.view(4)))(x[None].expand(5, 2, 3)),
        lambda: torch.func.grad(lambda x: x.view(4).sum())(x),
    ):
        yield said(call)


PROGRAMS = [
    attention_under_hooks_and_forward_mode,
    layer_made_inside_a_transform,
    leaf_keeps_a_view_of_a_gradient,
    node_described_by_its_tensor,
    noise_inside_a_transform,
    operators_of_pytorch_by_name,
    policy_of_what_is_kept,
    real_part_of_examples,
    recurrent_layer_behind_vjp,
    saved_tensor_unpacked_by_hand,
    sequence_number_set_by_hand,
    sizes_refused_of_all_examples,
    tangents_refused_after_the_values_are_written,
]


# PyTorch's own forward mode compiles some of its formulas by what it has deprecated
@pytest.mark.filterwarnings("ignore:.torch.jit.script.:DeprecationWarning")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_a_program_prints_what_it_prints_with_pytorch(program):
    assert list(program(engine)) == list(program(pytorch))
