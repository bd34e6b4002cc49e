"""What PyTorch refuses, how its results lie in memory, and what types it infers: the same program on both, compared by its text."""

import warnings

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch")

LOOKUPS = """
torch.arange(6.0).view(2, 3).index_select(1, torch.tensor(1)).stride()
torch.tensor(3.0).index_select(0, torch.tensor([0, 0]))
torch.tensor([[0, 1], [2, 0]]).nonzero(as_tuple=True)[1].storage_offset()
torch.where(torch.tensor([[0, 1], [2, 0]]))[1].storage_offset()
torch.nonzero(torch.tensor([1, 0]), out=torch.empty(3))
torch.where(torch.tensor([True]), torch.ones(1), torch.ones(1), out=torch.empty(1).int())
torch.take_along_dim(torch.ones(2, 3), torch.tensor([1.0, 2]))
torch.take_along_dim(torch.ones(2, 3), torch.tensor([[1]]).int(), 1)
torch.zeros(2, 3).gather(1, torch.tensor([]).long())
torch.zeros(2, 3).scatter(1, torch.tensor([]).long(), 3)
torch.zeros(2, 3).scatter(1, torch.tensor([]).long(), torch.ones(1))
torch.zeros(2, 3).scatter_add(1, torch.tensor([]).long(), torch.ones(1, 2))
torch.zeros(2, 3).scatter_reduce(1, torch.tensor([]).long(), torch.ones(1, 2), "sum")
torch.zeros(1, 1, dtype=torch.complex64).scatter_reduce(1, torch.tensor([[0]]), torch.full((1, 1), 1j), "amax")
torch.zeros(1, 1, dtype=torch.bool).scatter_reduce(1, torch.tensor([[0]]), torch.full((1, 1), True), "mean")
torch.ones(2).index_put_(torch.tensor([0]), torch.tensor(5.0))
torch.index_put(torch.ones(2), torch.tensor([0]), torch.tensor(5.0))
torch.ones(3)[torch.tensor([1, 2]) :]
torch.ones(2, 3).view(dtype=torch.int32)
torch.broadcast_shapes((2, 1), (3,), -1)
torch.broadcast_shapes(-1)
"""
ORDERED = """
torch.sort(torch.arange(6.0).view(2, 3).t(), 0)[0].stride()
torch.sort(torch.ones(3).expand(2, 3), 0)[0].stride()
torch.sort(torch.arange(24.0).view(2, 3, 4)[:, ::2], 1)[1].stride()
torch.topk(torch.tensor([True]), 1)
torch.kthvalue(torch.tensor([True]), 1)
torch.mode(torch.tensor([True, True, False]))
torch.unique(torch.empty(0, 3), dim=1)
torch.unique(torch.empty(0, 0, 3), dim=1)
torch.unique_consecutive(torch.empty(2, 0), dim=0)
torch.unique_consecutive(torch.tensor([[1, 1, 2], [1, 1, 2]]), dim=1).stride()
torch.isin(torch.tensor([True]), torch.tensor([1]))
torch.isin(torch.tensor([1]), 2j)
torch.searchsorted(torch.tensor(1.0), torch.tensor([3.0]))
torch.searchsorted(torch.tensor([1.0, 3, 5]), torch.tensor([3.0]), sorter=torch.tensor([2, 1, 5]))
torch.searchsorted(torch.tensor([1.0, 3, 5]), torch.tensor([3.0]), sorter=torch.tensor([2.0, 1, 0]))
torch.searchsorted(torch.tensor([1.0, 3, 5]), torch.tensor([3.0]), out=torch.empty(1))
torch.bucketize(torch.tensor([3j]), torch.tensor([1.0, 2]))
torch.histogram(torch.tensor([1.0, 2, 3]), 3, weight=torch.tensor([1.0, 2]))
torch.histogram(torch.tensor([1.0, 2, 3]), 3, range=(0.0,))
"""
REDUCED = """
torch.trapezoid(torch.tensor(1.0))
torch.trapezoid(torch.tensor([1.0, 2]), dx=True)
torch.cumulative_trapezoid(torch.tensor([1.0, 2, 3]), torch.tensor([1.0, 2]))
torch.cumulative_trapezoid(torch.empty(0))
torch.gradient(torch.tensor([1, 2, 3]).byte())
torch.sum(torch.ones(2, 3), 0, dtype=torch.double, out=torch.empty(3))
torch.amax(torch.ones(2, 3), out=torch.empty(0).int())
torch.all(torch.ones(2, 3), out=torch.empty(0).int())
torch.all(torch.ones(2, 3), out=torch.empty(0).byte())
torch.isneginf(torch.ones(1), out=torch.empty(1))
torch.linalg.vector_norm(torch.ones(2), dtype=torch.int32)
torch.linalg.vector_norm(torch.ones(2), dtype=torch.complex64)
torch.linalg.vector_norm(torch.ones(2).double(), dtype=torch.float32)
torch.clamp(torch.tensor([1.0, 5]), torch.tensor([2.0]), 3)
torch.clamp(torch.tensor([1.0, 5]), torch.tensor(2.0), 3)
"""
FACTORED = """
torch.linalg.eig(torch.eye(2).half())
torch.linalg.eigvals(torch.eye(2).bfloat16())
torch.linalg.eigh(torch.eye(2).half())
torch.linalg.inv(torch.eye(2).half())
torch.linalg.solve(torch.eye(2).half(), torch.ones(2).half())
torch.linalg.cholesky(torch.eye(2).half())
torch.linalg.qr(torch.eye(2).half())
torch.linalg.svd(torch.eye(2).bfloat16())
torch.linalg.det(torch.eye(2).half())
torch.linalg.cond(torch.ones(2, 3), -1.0)
torch.linalg.cond(torch.ones(2, 3), "fro")
torch.linalg.matrix_power(torch.ones(2, 2), 1.5)
torch.einsum("i,j", torch.ones(2), "a")
torch.fft.ifftshift(torch.arange(4), dim=(0, -2))
"""
MADE = """
torch.randint(3.5, (2,))
torch.tensor([np.float32(1), 2])
torch.tensor([np.int64(1), 2.5])
torch.tensor([np.float64(1), 2])
torch.tensor([[np.float32(1)], [2.0]])
torch.tensor([np.float32(1), np.float64(2)])
torch.ones(2).byte().fill_(300)
torch.ones(2).byte().fill_(-255)
torch.ones(2).int().fill_(float("nan"))
torch.ones(2).fill_(1e300)
torch.ones(2).fill_(float("inf"))
torch.ones(2).bool().fill_(5000)
torch.randperm(300, dtype=torch.uint8)
torch.randperm(256, dtype=torch.uint8).dtype
torch.randperm(5000, dtype=torch.half)
torch.empty(2).uniform_(0, float("inf"))
torch.empty(2).half().uniform_(0, 1e5)
torch.empty(2).uniform_(-3e38, 3e38)
torch.full((2,), torch.tensor([2.0]))
torch.iinfo("a")
torch.ones(2).__dlpack__(stream=3)
torch.testing.assert_close(torch.ones(1, device="meta"), torch.ones(1))
torch.testing.assert_close(torch.ones(2).to_sparse(), torch.ones(2))
torch.zeros(2)[:1].fill_(torch.tensor(3 + 1j))
"""


def shown(namespace, line):
    """What a line gives or raises, as text, with the types of its warnings."""
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        try:
            found = repr(eval(line, {"torch": namespace, "np": np}))
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
    return found, {each.category.__name__ for each in noted}


@pytest.mark.parametrize(
    "line",
    [line for lines in (LOOKUPS, ORDERED, REDUCED, FACTORED, MADE) for line in lines.split("\n") if line],
)
def test_a_line_gives_or_refuses_what_it_does_in_pytorch(line):
    assert shown(engine, line)[0] == shown(torch, line)[0]


def test_a_part_of_a_complex_number_is_discarded_with_pytorchs_warning_and_not_with_numpys():
    _, kinds = shown(engine, "torch.zeros(2)[:1].fill_(torch.tensor(3 + 1j))")
    assert kinds <= {"UserWarning"}


def test_numpy_warns_of_what_its_functions_make_of_tensors_as_it_does_with_pytorch():
    for line in ("np.sin(torch.ones(2))", "torch.ones(2) + np.ones(2)", "np.float64(2) * torch.ones(2)"):
        assert shown(engine, line) == shown(torch, line)


def test_an_empty_index_of_another_rank_has_a_gradient():
    x = engine.zeros(2, 3, requires_grad=True)
    x.gather(1, engine.tensor([]).long()).sum().backward()
    assert engine.equal(x.grad, engine.zeros(2, 3))
