"""What modes and types that have `__torch_function__` are handed, beside live PyTorch, and that functions stay what they were."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import engine

SCRIPT = Path(__file__).with_name("handed_over.py")
# PyTorch's own slips, and what its functions in C++ refuse before they ask
KNOWN = {"chain_matmul", "nn.functional.l1_loss", "sym_sqrt", "sym_sum", "unravel_index"}
REFUSED_FIRST = (
    "einsum",
    "frobenius_norm",
    "linalg.solve_triangular",
    "native_layer_norm",
    "nonzero_static",
    "scatter",
)


@pytest.fixture(scope="module")
def handed():
    run = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_functions_hand_over_what_pytorch_s_do(handed):
    compared = {
        name: sides for name, sides in handed["functions"].items() if name not in {*KNOWN, *REFUSED_FIRST}
    }
    assert len(compared) > 550
    assert {name: sides for name, sides in compared.items() if sides[0] != sides[1]} == {}


def test_operations_on_subclasses_hand_over_what_pytorch_s_do(handed):
    ours, theirs = handed["subclasses"]
    assert len(ours) > 55
    for found, expected in zip(ours, theirs, strict=True):
        assert found == expected


RUN = """
import engine as torch
from engine.nn.functional import relu
from engine import mean
table = {mean: "mean", relu: "relu", torch.linalg.norm: "norm", torch.Tensor.add: "add", torch.Tensor.shape.__get__: "shape"}

class Duck:
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return table.get(func)

class Mode(torch.overrides.TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return table.get(func)

print(mean(Duck()), torch.mean(Duck()), relu(Duck()), torch.linalg.norm(Duck()), torch.ones(2).add(Duck()))
with Mode():
    found = mean(torch), torch.ones.__name__, relu(1), torch.Tensor.add(1, 2)
print(*found)
x = torch.ones(2, requires_grad=True)
(x * 3).sum().backward()
print(x.grad.tolist(), x.shape, torch.mean is mean)
"""


def test_functions_are_the_objects_that_programs_have_put_into_tables():
    run = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "mean mean relu norm add",
        "mean ones relu add",
        "[3.0, 3.0] torch.Size([2]) True",
    ]


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.sin(engine.ones(2)),
        lambda: engine.sin(torch.ones(2)),
        lambda: torch.nn.functional.relu(engine.ones(2)),
        lambda: engine.ones(2) + torch.ones(2),
        lambda: torch.ones(2) + engine.ones(2),
    ],
)
def test_tensors_of_both_libraries_do_not_mix(call):
    with pytest.raises(TypeError):
        call()


OPERATORS_FIRST = """
import engine as torch

x = torch.tensor([6, 3])
results = [7 // x, 7 % x, 2 - x, 2**x, 5 & x, 8 | x, 5 ^ x, 3 << x, 192 >> x, 4 / x]


class Kind(torch.Tensor):
    pass


y = x.as_subclass(Kind)
again = [7 // y, 7 % y, 2 - y, 2**y, 5 & y, 8 | y, 5 ^ y, 3 << y, 192 >> y, 4 / y]
print([type(each) is Kind and each.tolist() == one.tolist() for each, one in zip(again, results)])
"""


FIRST_SUBCLASS = """
import engine as torch


class Kind(torch.Tensor):
    pass


torch.ones(1).as_subclass(Kind)
try:
    torch.mv(torch.ones(2, 2), [1.0])
except TypeError as error:
    print(error)
"""


def test_refusals_name_the_argument_also_when_subclasses_may_answer():
    run = subprocess.run([sys.executable, "-c", FIRST_SUBCLASS], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "mv(): argument 'vec' (position 2) must be Tensor, not list"


def test_a_number_before_an_operator_may_be_met_before_the_first_subclass():
    run = subprocess.run([sys.executable, "-c", OPERATORS_FIRST], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str([True] * 10)
