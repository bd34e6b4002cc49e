"""Sparse tensors: places and values, products with dense matrices, and the gradients of both."""

from __future__ import annotations

import warnings

from conformance import case, raises

COO = "torch.sparse: Sparse COO tensors"
FUNCTIONS = "torch.sparse: Functions operating on Sparse tensors"


def made(torch, values=(3.0, -4.0, 5.5, 6.0), **options):
    """A matrix of two rows and three columns, one of whose places has two values."""
    places = torch.tensor([[0, 1, 1, 1], [2, 0, 2, 2]])
    held = torch.tensor(values) if isinstance(values, tuple) else values
    with warnings.catch_warnings():  # that places are not checked, once in a process
        warnings.simplefilter("ignore")
        return torch.sparse_coo_tensor(places, held, (2, 3), **options)


def dense(torch):
    """A factor for it."""
    return torch.tensor([[0.5, -1.0], [2.0, 0.25], [1.5, 3.0]], requires_grad=True)


@case(COO)
def sparse_tensors_hold_places_and_values(torch):
    """A sparse tensor prints its places and values; those at one place stay apart until `coalesce`."""
    sparse = made(torch)
    yield "as made", repr(sparse)
    yield "sizes", (tuple(sparse.shape), sparse.dim(), sparse.sparse_dim(), sparse.dense_dim(), sparse._nnz())
    yield "kind", (sparse.is_sparse, repr(sparse.layout), sparse.is_coalesced(), repr(sparse.dtype))
    yield "indices of it", raises(sparse.indices)
    yield "values of it", raises(sparse.values)
    together = sparse.coalesce()
    yield "coalesced", repr(together)
    yield "indices", together.indices()
    yield "values", together.values()
    yield "all elements", sparse.to_dense()


@case(COO, builds_on=("sparse_tensors::sparse_tensors_hold_places_and_values",))
def forms_of_making_sparse_tensors(torch):
    """A sparse tensor is made with its size or without, empty, of vectors, or from a dense one."""
    places = torch.tensor([[0, 2]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield "size from places", repr(torch.sparse_coo_tensor([[0, 2], [1, 0]], [1.5, 2.5]))
        yield "empty", repr(torch.sparse_coo_tensor(size=(2, 3)))
        yield "vectors", repr(torch.sparse_coo_tensor(places, torch.tensor([[1.5, 2.0], [0.5, 4.0]]), (3, 2)))
        yield (
            "another type",
            repr(torch.sparse_coo_tensor(places, torch.tensor([1, 2]), (3,), dtype=torch.float64)),
        )
        yield "too many values", raises(lambda: torch.sparse_coo_tensor(places, torch.ones(3), (3,)))
        yield "too many sizes", raises(lambda: torch.sparse_coo_tensor(places, torch.ones(2), (3, 4)))
    yield "from a dense one", repr(torch.tensor([[0.0, 1.5], [2.5, 0.0]]).to_sparse())
    yield "with dense rows", repr(torch.tensor([[0.0, 1.5], [0.0, 0.0], [2.5, 0.5]]).to_sparse(1))


@case(FUNCTIONS, builds_on=("sparse_tensors::sparse_tensors_hold_places_and_values",))
def products_with_sparse_matrices(torch):
    """A sparse matrix times a dense one is dense, by `mm`, `@` and `torch.sparse.mm`, each with its node."""
    sparse, right = made(torch), dense(torch)
    for name, call in {
        "torch.mm": lambda: torch.mm(sparse, right),
        "@": lambda: sparse @ right,
        "torch.spmm": lambda: torch.spmm(sparse, right),
        "torch.sparse.mm": lambda: torch.sparse.mm(sparse, right),
        "a vector": lambda: torch.mv(sparse, torch.tensor([0.5, 2.0, -1.0])),
        "transposed": lambda: sparse.t() @ torch.tensor([[1.5], [0.5]]),
    }.items():
        yield name, call()
    yield "sizes that do not match", raises(lambda: torch.sparse.mm(sparse, torch.ones(2, 2)))


@case(FUNCTIONS, builds_on=("sparse_tensors::products_with_sparse_matrices",))
def gradients_of_sparse_products(torch):
    """The gradient of a product with a sparse matrix reaches the dense factor, and the values it was made from."""
    right = dense(torch)
    found = torch.sparse.mm(made(torch), right)
    (first,) = torch.autograd.grad((found**3).sum(), right, create_graph=True)
    yield "dense factor", first.detach()
    yield "twice", torch.autograd.grad((first * torch.tensor([[1.0, -2.0]])).sum(), right)[0]
    values = torch.tensor([3.0, -4.0, 5.5, 6.0], requires_grad=True)
    sparse = made(torch, values)
    yield "made of values", repr(sparse)
    (torch.sparse.mm(sparse, right.detach()) ** 2).sum().backward()
    yield "values", values.grad


@case(COO, builds_on=("sparse_tensors::sparse_tensors_hold_places_and_values",))
def gradients_through_places(torch):
    """`to_dense`, `coalesce`, `to_sparse` and the sum of a sparse tensor hand gradients to the values."""
    for name, call in {
        "to_dense": lambda sparse: (sparse.to_dense() ** 2).sum(),
        "coalesce": lambda sparse: (sparse.coalesce().values() ** 2).sum(),
        "sum": lambda sparse: torch.sparse.sum(sparse) ** 2,
        "times": lambda sparse: ((sparse * 1.5).to_dense() ** 2).sum(),
    }.items():
        values = torch.tensor([3.0, -4.0, 5.5, 6.0], requires_grad=True)
        call(made(torch, values)).backward()
        yield name, values.grad
    x = torch.tensor([[0.0, 1.5], [2.5, 0.0]], requires_grad=True)
    sparse = x.to_sparse()
    yield "to_sparse", repr(sparse)
    (sparse.coalesce().values() ** 2).sum().backward()
    yield "of it", x.grad


@case(FUNCTIONS, builds_on=("sparse_tensors::sparse_tensors_hold_places_and_values",))
def arithmetic_of_sparse_tensors(torch):
    """Sparse tensors are added, negated, scaled and transposed without becoming dense."""
    sparse = made(torch)
    other = torch.tensor([[0.0, 1.5, 0.0], [2.5, 0.0, 0.0]]).to_sparse()
    for name, call in {
        "times": lambda: sparse * 2,
        "over": lambda: sparse / 4,
        "negated": lambda: -sparse,
        "sum of coalesced ones": lambda: sparse.coalesce() + other,
        "a dense one and it": lambda: torch.ones(2, 3) + sparse,
        "times a dense one": lambda: sparse * torch.arange(6.0).reshape(2, 3),
        "transposed": lambda: sparse.t(),
        "another type": lambda: sparse.double(),
        "all": lambda: torch.sparse.sum(sparse),
        "over rows": lambda: torch.sparse.sum(sparse, dim=0),
    }.items():
        yield name, repr(call())
    yield "it and a dense one", raises(lambda: sparse + torch.ones(2, 3))
    yield "numpy", raises(sparse.numpy)


@case(FUNCTIONS, builds_on=("sparse_tensors::gradients_of_sparse_products",))
def a_graph_convolution_with_a_sparse_matrix(torch):
    """Two graph convolutions over a sparse adjacency matrix train as they do over the dense one."""
    adjacency = torch.tensor([[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.0, 0.5, 0.5]])
    features = torch.tensor([[1.0, -0.5], [0.5, 2.0], [-1.5, 0.25]])
    for name, matrix in {"dense": adjacency, "sparse": adjacency.to_sparse()}.items():
        first = torch.tensor([[0.5, -0.25, 0.125], [1.0, 0.75, -0.5]], requires_grad=True)
        second = torch.tensor([[0.25, 1.0], [-0.75, 0.5], [0.5, -1.0]], requires_grad=True)
        optimizer = torch.optim.SGD([first, second], lr=0.5)
        for step in range(2):
            optimizer.zero_grad()
            hidden = torch.relu(torch.spmm(matrix, features @ first))
            scores = torch.log_softmax(torch.spmm(matrix, hidden @ second), 1)
            loss = torch.nn.functional.nll_loss(scores, torch.tensor([0, 1, 0]))
            loss.backward()
            optimizer.step()
            yield f"{name}, loss {step}", loss
        yield f"{name}, weights", first


@case(COO)
def dense_tensors_have_no_places(torch):
    """A dense tensor refuses to tell places and values of a sparse one."""
    x = torch.tensor([1.5, 2.5])
    for name in ("indices", "values", "is_coalesced", "coalesce"):
        yield name, raises(getattr(x, name))
    yield "layout", (x.is_sparse, repr(x.layout), x.sparse_dim(), x.dense_dim())
