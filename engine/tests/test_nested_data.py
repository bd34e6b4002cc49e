"""Tensors of nested lists, sequences and NumPy's objects, and of ranges and options: the same line on both, by its text."""

import array
import re
import warnings

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch")

NESTED = """
torch.tensor([[1, 2], np.array([3, 4])])
torch.tensor([np.array([1, 2]), [3, 4.5]])
torch.tensor([np.array([1, 2]), np.array([1, 2, 3])])
torch.tensor([np.array([1.5]), 2])
torch.tensor([2, np.array([1.5])])
torch.tensor([2, np.array(1.5)])
torch.tensor([np.array(1.5), 2])
torch.tensor([torch.tensor([1, 2]), [3, 4]])
torch.tensor([[3, 4], torch.tensor([1, 2])])
torch.tensor([range(2), [3, 4]])
torch.tensor([[3, 4], range(3)])
torch.tensor(array.array("i", [1, 2]))
torch.tensor(memoryview(b"abc"))
torch.tensor([b"a"])
torch.tensor([[], [1]])
torch.tensor([[], [], 3])
torch.tensor([[[]], [[1]]])
torch.tensor([[1, 2], None])
torch.tensor([1, None], dtype=torch.float32)
torch.tensor([1, "a"], dtype=torch.int32)
torch.tensor(None, dtype=torch.float32)
torch.tensor([None], dtype=torch.bool)
torch.tensor([[1], [[2]]])
torch.tensor([[[1]], [2]])
torch.tensor([[[1.5]], [[1, 2]]])
torch.tensor(np.uint64(5))
torch.tensor([np.uint64(5)])
torch.tensor([np.uint16(5), 7])
torch.tensor([np.array([5], dtype=np.uint64)])
torch.tensor(-5, dtype=torch.uint64)
torch.tensor([5.5], dtype=torch.uint64)
torch.tensor(2**64, dtype=torch.uint64)
torch.tensor(2**65, dtype=torch.float32)
torch.tensor([2**64, 1], dtype=torch.double)
torch.tensor([2**63, -1])
torch.tensor(10**400, dtype=torch.half)
torch.tensor(10**400, dtype=torch.bool)
torch.tensor(2**70, dtype=torch.complex64)
torch.as_tensor([1, 2], dtype=torch.half, device="meta")
torch.as_tensor(np.arange(3), device="meta")
torch.as_tensor(torch.ones(2, device="meta"), device="cpu")
torch.asarray([1.0], device="meta", requires_grad=True)
torch.asarray(torch.ones(2), device="meta", copy=False)
torch.ones(2).new_tensor([1.0], device="meta")
torch.scalar_tensor(2, device="meta")
torch.tril_indices(2, 2, device="meta")
torch.empty_strided((2, 3), (3, 1), device="meta")
"""
ASSIGNED = """
np.float64(3)
np.int64(3)
np.int32(3)
np.complex128(1)
2**63
10**400
"""
MADE = """
torch.tensor([1.0], requires_grad=1)
torch.zeros(2, requires_grad=1)
torch.empty((2,), requires_grad="a")
torch.full((2,), 1.0, requires_grad=0)
torch.eye(2, requires_grad=1)
torch.arange(3.0, requires_grad=1)
torch.linspace(0, 1, 3, requires_grad=1)
torch.frombuffer(bytearray(8), dtype=torch.int16, offset=1)
torch.frombuffer(np.arange(4.0)[::2], dtype=torch.float32)
torch.frombuffer(bytearray(8), dtype=torch.int32, requires_grad=True)
torch.arange(1, 2, 3, 4)
torch.arange(start=4)
torch.arange(3, dtype=torch.uint16)
torch.arange(3, out=torch.empty(2))
torch.arange(4, out=torch.empty(2, 2))
torch.arange(4, out=torch.empty(2, 2)).shape
torch.linspace(0, 1, 3, dtype=torch.bool)
torch.linspace(0, 1, 3, dtype=torch.uint16)
torch.linspace(0, 300, 4, dtype=torch.uint8)
torch.linspace(0, 1, steps=3, out=torch.empty(2))
torch.logspace(0, 3, 4, dtype=torch.bool)
torch.range(1)
torch.zeros(2, out=torch.ones(3, 3))
torch.eye(2, out=torch.empty(3))
torch.eye(2, dtype=torch.uint16)
torch.full((2,), 1, out=torch.empty(3))
torch.full((2,), 1e39)
torch.full((2,), 1e30, dtype=torch.half)
torch.full((2,), 2**64)
torch.tril_indices(3, 3, dtype=torch.int8)
torch.scalar_tensor("a")
torch.randperm(3, dtype=torch.bool)
torch.randint(0, 1, (2,), dtype=torch.uint32)
torch.randint(0, 70000, (2,), dtype=torch.uint16)
torch.zeros(2, dtype=torch.uint16).random_()
torch.zeros(2, dtype=torch.uint16).normal_()
"""


def shown(namespace, line):
    """What the line gives, in words: the tensor or the error, and the warnings."""
    given = {"torch": namespace, "np": np, "array": array, "x": namespace.zeros(2, 3)}
    namespace.set_warn_always(True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if line.startswith("x["):
                exec(line, given)
            found = repr(given["x"] if line.startswith("x[") else eval(line, given))
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
    namespace.set_warn_always(False)
    return [found.replace("engine.", "torch.")] + [
        re.sub(r" \(Triggered internally.*", "", str(each.message)) for each in caught
    ]


@pytest.mark.parametrize("line", (NESTED + MADE).replace("\n\n", "\n").strip().splitlines())
def test_tensors_are_made_as_pytorch_makes_them(line):
    assert shown(engine, line) == shown(torch, line)


@pytest.mark.parametrize("place", ["0", "0, 1", "[0, 1]", "..."])
@pytest.mark.parametrize("value", ASSIGNED.strip().splitlines())
def test_numbers_of_numpy_are_assigned_or_refused(place, value):
    line = f"x[{place}] = {value}"
    assert shown(engine, line) == shown(torch, line)
