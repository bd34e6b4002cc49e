"""Arguments of the wrong type or name, and warnings that come once: the same calls on the engine and on PyTorch."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import engine

torch = pytest.importorskip("torch")

LOSS = "F.ctc_loss(torch.zeros(5, 2, 4), torch.ones(2, 2).long(), "
CALL = "torch.func.functional_call(torch.nn.Sequential(torch.nn.Linear(2, 2)), "
CALLS = f"""
torch.zeros(2).fill_("a")
torch.zeros(2).fill_(None)
torch.zeros(2).fill_([1])
torch.zeros(2).fill_((1,))
torch.zeros(2).fill_([])
torch.zeros(2).fill_(2**64)
torch.zeros(2).fill_(-(2**63) - 1)
torch.nn.init.constant_(torch.zeros(2), "a")
torch.nn.init.constant_(torch.zeros(2), None)
F.threshold(torch.ones(2), "a", 1.0)
F.threshold(torch.ones(2), 1.0, "a", True)
F.embedding(torch.tensor([0]), torch.ones(2, 2), scale_grad_by_freq=1)
F.embedding(torch.tensor([0]), torch.ones(2, 2), sparse=None)
F.layer_norm(torch.ones(2, 3), (3,), eps="a")
F.layer_norm(torch.ones(2, 3), "a")
F.layer_norm(torch.ones(2, 3), (3.0,))
F.group_norm(torch.ones(2, 3), 3.0)
F.rms_norm(torch.ones(2, 3), (3,), eps="a")
F.batch_norm(torch.ones(2, 3), None, None, training=1)
F.batch_norm(torch.ones(2, 3), None, None, training=True, momentum="a")
{LOSS}(5.0, 5.0), (2, 2))
{LOSS}torch.tensor([5, 5]), (2, 2))
{LOSS}(5, 5), torch.tensor([2, 2]))
{LOSS}(5, 5), (2, 2), blank=1.0)
F.conv1d(torch.ones(1, 2, 5), torch.ones(2, 2, 3), None, 1, 0, 1, "a")
F.conv2d(torch.ones(1, 2, 5, 5), torch.ones(2, 2, 3, 3), None, 1, 0, 1, groups=1.0)
F.conv_transpose1d(torch.ones(1, 2, 5), torch.ones(2, 2, 3), groups=1.0)
F.scaled_dot_product_attention(*[torch.ones(1, 2, 4).long()] * 3)
F.scaled_dot_product_attention(*[torch.ones(1, 2, 4).bool()] * 3)
{CALL}{{"": torch.ones(2)}}, (torch.ones(2),))
{CALL}{{"0.": torch.ones(2)}}, (torch.ones(2),))
{CALL}{{"0": torch.ones(2)}}, (torch.ones(2),))
{CALL}{{"2.weight": torch.ones(2)}}, (torch.ones(2),))
{CALL}{{"0.training": torch.ones(2)}}, (torch.ones(2),))
F.pdist(torch.ones(2, 2).half())
F.pdist(torch.ones(1, 2).half())
torch.optim.lr_scheduler.OneCycleLR(torch.optim.SGD([torch.ones(1)]), 0.1, total_steps=10, pct_start="a")
"""


def said(library: Any, call: str) -> str:
    """What a call gives, or the type and the words of its refusal."""
    try:
        return str(eval(call, {"torch": library, "F": library.nn.functional}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("call", CALLS.strip().split("\n"))
def test_a_wrong_argument_is_refused_in_pytorchs_words(call: str) -> None:
    assert said(engine, call) == said(torch, call)


def test_a_name_below_a_parameter_is_refused() -> None:
    layer = engine.nn.Linear(2, 2)
    with pytest.raises(TypeError, match="submodule `weight`: Parameter containing:\n"):
        engine.func.functional_call(layer, {"weight.x": engine.ones(2)}, (engine.ones(2),))


WARNED = """
import warnings
import {} as torch
calls = [
    lambda: torch.nn.functional.conv1d(torch.ones(1, 1, 4), torch.ones(1, 1, 2), padding="same"),
    lambda: torch.meshgrid(torch.ones(1), torch.ones(2)),
    lambda: torch.zeros(2).index_reduce(0, torch.tensor([0]), torch.ones(1), "amax"),
    lambda: torch.zeros(2).masked_scatter(torch.ones(2, dtype=torch.uint8), torch.ones(2)),
]
for call in calls * 2:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            call()
        except RuntimeError as error:
            print(error)
    print([(str(each.message).partition(" (Triggered")[0], each.category) for each in caught])
"""


def test_warnings_of_a_process_come_as_often_as_in_pytorch() -> None:
    texts = [
        subprocess.run(
            [sys.executable, "-c", WARNED.format(name)], capture_output=True, text=True, check=True
        ).stdout
        for name in ("torch", "engine")
    ]
    assert texts[0] == texts[1]
