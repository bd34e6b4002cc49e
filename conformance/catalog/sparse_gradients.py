"""Sparse gradients of embeddings: what they hold, how they add up, and which optimizers take them."""

from __future__ import annotations

import warnings

from conformance import case, raises

EMBEDDING = "torch.nn: Embedding"
BAG = "torch.nn: EmbeddingBag"
OPTIMIZERS = "torch.optim: Algorithms"
ROWS = "sparse_gradients::rows_that_were_looked_up"


def table(torch):
    """Five rows that require grad."""
    values = [[1.5, -2.5], [0.25, 3.5], [-1.25, 0.75], [2.0, -0.5], [4.5, 1.0]]
    return torch.nn.Parameter(torch.tensor(values))


def looked_up(torch, weight, *indices, **options):
    """Rows of a table, whose gradient is to be sparse."""
    return torch.nn.functional.embedding(torch.tensor(indices), weight, sparse=True, **options)


def incoming(torch, rows=3):
    """A gradient for so many rows."""
    return torch.tensor([[1.0, 2.0], [-3.0, 0.5], [5.0, -6.0]])[:rows]


def told(grad):
    """What a sparse gradient holds."""
    return [
        str(grad.layout),
        tuple(grad.shape),
        grad._indices().tolist(),
        grad._values().tolist(),
        grad.to_dense(),
    ]


@case(EMBEDDING)
def rows_that_were_looked_up(torch):
    """With sparse=True the gradient holds a row for each index, in their order; equal indices stay apart."""
    weight = table(torch)
    out = looked_up(torch, weight, 1, 3, 1)
    yield "rows", out
    out.backward(incoming(torch))
    yield "gradient", told(weight.grad)
    yield "coalesced", weight.grad.is_coalesced()
    yield "text", str(weight.grad)
    together = weight.grad.coalesce()
    yield "each row once", [together.indices(), together.values()]


@case(EMBEDDING, builds_on=(ROWS,))
def rows_that_get_no_gradient(torch):
    """The row padding_idx is left out of a sparse gradient, and its rows cannot be weighed by their frequency."""
    weight = table(torch)
    looked_up(torch, weight, 1, 2, 1, padding_idx=1).backward(incoming(torch))
    yield "padded", told(weight.grad)
    out = looked_up(torch, weight, 1, 2, 1, scale_grad_by_freq=True)
    yield "by frequency", raises(lambda: out.backward(incoming(torch)))


@case(EMBEDDING, builds_on=(ROWS,))
def sparse_gradients_add_up(torch):
    """A sparse gradient is added to a sparse `.grad` in place; beside a dense one the sum is dense."""
    weight = table(torch)
    looked_up(torch, weight, 1, 3).backward(incoming(torch, 2))
    held = weight.grad
    looked_up(torch, weight, 3, 0).backward(incoming(torch, 2))
    yield "sum", told(weight.grad)
    yield "the same object", weight.grad is held
    (weight * weight).backward(torch.full((5, 2), 0.5))
    yield "with a dense one", weight.grad
    held = weight.grad
    looked_up(torch, weight, 4, 4).backward(incoming(torch, 2))
    yield "added to the dense one", weight.grad
    yield "still the same", weight.grad is held


@case(EMBEDDING, builds_on=(ROWS,))
def sparse_gradients_within_a_graph(torch):
    """Two look-ups add up within one backward, hooks see sparse gradients, and a table may be a result."""
    weight = table(torch)
    seen = []
    weight.register_hook(lambda grad: seen.append(told(grad)))
    out = looked_up(torch, weight, 1, 3) * 2 + looked_up(torch, weight, 0, 1)
    out.backward(incoming(torch, 2))
    yield "two look-ups", weight.grad.to_dense()
    yield "seen by the hook", [item[-1] for item in seen]
    (found,) = torch.autograd.grad(looked_up(torch, weight, 2, 2), weight, incoming(torch, 2))
    yield "from grad", told(found)
    weight.grad = None
    looked_up(torch, weight * 3, 1, 2).backward(incoming(torch, 2))
    yield "behind a product", told(weight.grad)
    weight.grad.zero_()
    yield "set to zero", [weight.grad._nnz(), weight.grad.to_dense()]


@case(BAG, builds_on=(ROWS,))
def sparse_gradients_of_bags(torch):
    """Sums and means of bags have sparse gradients as well, also with weights for their rows."""
    indices, offsets = torch.tensor([1, 2, 1, 3]), torch.tensor([0, 3])
    for mode in ("sum", "mean"):
        weight = table(torch)
        out = torch.nn.functional.embedding_bag(indices, weight, offsets, mode=mode, sparse=True)
        out.backward(incoming(torch, 2))
        yield mode, told(weight.grad)
    weight = table(torch)
    shares = torch.tensor([0.5, 2.0, -1.0, 3.0], requires_grad=True)
    out = torch.nn.functional.embedding_bag(
        indices, weight, offsets, mode="sum", sparse=True, per_sample_weights=shares
    )
    out.backward(incoming(torch, 2))
    yield "weighted", told(weight.grad)
    yield "gradient of the weights", shares.grad


@case(OPTIMIZERS, builds_on=(ROWS,))
def optimizers_that_take_sparse_gradients(torch):
    """SGD, Adagrad and SparseAdam update the rows of a sparse gradient, and no others but by momentum."""
    for label, make in (
        ("SGD", lambda weight: torch.optim.SGD([weight], lr=0.1)),
        ("SGD with momentum", lambda weight: torch.optim.SGD([weight], lr=0.1, momentum=0.9)),
        ("Adagrad", lambda weight: torch.optim.Adagrad([weight], lr=0.1, lr_decay=0.05)),
        ("SparseAdam", lambda weight: torch.optim.SparseAdam([weight], lr=0.1)),
    ):
        weight = table(torch)
        optimizer = make(weight)
        with warnings.catch_warnings():  # that places are not checked, once in a process
            warnings.simplefilter("ignore")
            for indices in ((1, 3, 1), (3, 0, 3), (1, 3, 4)):
                optimizer.zero_grad()
                looked_up(torch, weight, *indices).backward(incoming(torch))
                optimizer.step()
        yield label, weight


@case(OPTIMIZERS, builds_on=(ROWS,))
def optimizers_that_refuse_sparse_gradients(torch):
    """Other optimizers refuse sparse gradients, SparseAdam refuses dense ones, and decay is refused."""
    for name in ("Adam", "AdamW", "RMSprop", "Adadelta", "Adamax", "NAdam", "Rprop", "ASGD"):
        weight = table(torch)
        optimizer = getattr(torch.optim, name)([weight], lr=0.1)
        looked_up(torch, weight, 1, 3).backward(incoming(torch, 2))
        yield name, raises(optimizer.step)
    weight.grad = torch.full((5, 2), 0.5)
    yield "SparseAdam", raises(torch.optim.SparseAdam([weight], lr=0.1).step)
    weight.grad = None
    looked_up(torch, weight, 1, 3).backward(incoming(torch, 2))
    for name in ("SGD", "Adagrad"):
        optimizer = getattr(torch.optim, name)([weight], lr=0.1, weight_decay=0.1)
        yield f"{name} with decay", raises(optimizer.step)
