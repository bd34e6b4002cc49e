"""Gradients of embeddings with `sparse=True`, beside PyTorch's."""

import re
import warnings

import pytest

import engine

torch = pytest.importorskip("torch")

WEIGHTS = [[1.5, -2.5], [0.25, 3.5], [-1.25, 0.75], [2.0, -0.5], [4.5, 1.0]]
FACTORS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def embedding(torch, **options):
    module = torch.nn.Embedding(5, 2, sparse=True, **options)
    with torch.no_grad():
        module.weight.copy_(torch.tensor(WEIGHTS))
    return module


def backward(torch, module, round=1, indices=(1, 3, 1)):
    out = module(torch.tensor(indices))
    (out * torch.tensor(FACTORS[: len(indices)]) * round).sum().backward()


def seen(call):
    """What a call gives in both libraries, as text; errors too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's, of cycles and of what it does not check
        return [text(call, library) for library in (torch, engine)]


def text(call, library):
    try:
        return re.sub(" at 0x[0-9a-f]+", "", str(call(library)))
    except (RuntimeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


def steps(name, options):
    def call(torch):
        module = embedding(torch)
        optimizer = getattr(torch.optim, name)(module.parameters(), lr=0.1, **options)
        for round in range(1, 4):
            optimizer.zero_grad()
            backward(torch, module, round)
            optimizer.step()
        return module.weight, module.weight._version, dict(optimizer.state[module.weight])

    return call


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {}),
        ("SGD", {"maximize": True}),
        ("SGD", {"momentum": 0.9}),
        ("SGD", {"momentum": 0.9, "dampening": 0.5}),
        ("SGD", {"momentum": 0.9, "nesterov": True}),
        ("SGD", {"weight_decay": 0.1}),
        ("Adagrad", {"lr_decay": 0.1}),
        ("Adagrad", {"maximize": True}),
        ("Adagrad", {"weight_decay": 0.1}),
        ("SparseAdam", {}),
        ("SparseAdam", {"maximize": True, "betas": (0.8, 0.99)}),
        ("Adam", {}),
        ("AdamW", {}),
        ("RMSprop", {}),
        ("Adafactor", {}),
    ],
)
def test_optimizers_take_or_refuse_them(name, options):
    theirs, ours = seen(steps(name, options))
    assert ours == theirs


def of_two_uses(torch):
    module = embedding(torch)
    (module(torch.tensor([1, 3])).sum() + 2 * module(torch.tensor([1, 0])).sum()).backward()
    return module.weight.grad


def beside_a_dense_one(torch):
    module = embedding(torch)
    (module(torch.tensor([1, 3])) @ module.weight.T).sum().backward()
    return module.weight.grad, module.weight.grad.layout


def sparse_then_dense(torch):
    module = embedding(torch)
    backward(torch, module)
    (module.weight * 2).sum().backward()
    return module.weight.grad, module.weight.grad._version


def dense_then_sparse(torch):
    module = embedding(torch)
    (module.weight * 2).sum().backward()
    held = module.weight.grad
    backward(torch, module)
    return module.weight.grad, module.weight.grad is held, held._version


def accumulated(torch):
    module = embedding(torch)
    backward(torch, module)
    held = module.weight.grad
    backward(torch, module, 2, (0, 3))
    return held, module.weight.grad is held, held._version, held.is_coalesced()


def through_an_operation(torch):
    weight = torch.tensor(WEIGHTS, requires_grad=True)
    torch.nn.functional.embedding(torch.tensor([1, 2]), weight * 2, sparse=True).sum().backward()
    return weight.grad


def by_a_hook(torch):
    module = embedding(torch)
    module.weight.register_hook(lambda grad: grad * 2)
    backward(torch, module)
    return module.weight.grad, module.weight.grad.coalesce()


def with_a_graph(torch):
    module = embedding(torch)
    (module(torch.tensor([1, 3])) ** 2).sum().backward(create_graph=True)
    return module.weight.grad, module.weight.grad.to_dense().detach()


def with_padding(torch):
    module = embedding(torch, padding_idx=1)
    backward(torch, module)
    return module.weight.grad


def by_frequency(torch):
    module = embedding(torch, scale_grad_by_freq=True)
    backward(torch, module)
    return module.weight.grad


def set_to_zero(torch):
    module = embedding(torch)
    backward(torch, module)
    module.zero_grad(set_to_none=False)
    return module.weight.grad, module.weight.grad._version


def of_bags(torch):
    bag = torch.nn.EmbeddingBag(5, 2, mode="sum", sparse=True, padding_idx=2)
    with torch.no_grad():
        bag.weight.copy_(torch.tensor(WEIGHTS))
    weights = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    out = bag(torch.tensor([1, 2, 1, 3]), torch.tensor([0, 3]), weights)
    (out * torch.tensor(FACTORS[:2])).sum().backward()
    return bag.weight.grad, weights.grad


def of_means(torch):
    bag = torch.nn.EmbeddingBag(5, 2, mode="mean", sparse=True)
    (bag(torch.tensor([1, 2, 1, 3]), torch.tensor([0, 3])) * torch.tensor(FACTORS[:2])).sum().backward()
    return bag.weight.grad


@pytest.mark.parametrize(
    "program",
    [
        of_two_uses,
        beside_a_dense_one,
        sparse_then_dense,
        dense_then_sparse,
        accumulated,
        through_an_operation,
        by_a_hook,
        with_a_graph,
        with_padding,
        by_frequency,
        set_to_zero,
        of_bags,
        of_means,
    ],
)
def test_they_are_as_pytorch_s(program):
    theirs, ours = seen(program)
    assert ours == theirs


def test_they_are_added_to_dense_tensors_in_place():
    for library in (torch, engine):
        module = embedding(library)
        backward(library, module)
        total = library.ones(5, 2)
        row = total[1]
        assert total.add_(module.weight.grad, alpha=2) is total
        assert row.tolist() == [13.0, 17.0]
        assert total.sparse_mask(module.weight.grad.coalesce()).values().tolist() == [
            [13.0, 17.0],
            [7.0, 9.0],
        ]
