"""Random programs of views and changes in place do the same as with live PyTorch: values, gradients, nodes, refusals."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
import torch

import engine

VIEWS = {
    "transpose": lambda t, v, pick: v.transpose(0, -1),
    "slice": lambda t, v, pick: v[..., ::2],
    "select": lambda t, v, pick: v.select(0, pick % v.shape[0]),
    "unsqueeze": lambda t, v, pick: v.unsqueeze(0),
    "narrow": lambda t, v, pick: v.narrow(-1, 0, max(1, v.shape[-1] - 1)),
    "diagonal": lambda t, v, pick: v.diagonal() if v.dim() > 1 else v,
    "unfold": lambda t, v, pick: v.unfold(-1, min(2, v.shape[-1]), 1),
}
CHANGES = {
    "mul_": lambda t, v: v.mul_(1.25),
    "assignment": lambda t, v: v.__setitem__(0, v.detach().flatten()[0] * 0.5),
    "add_": lambda t, v: v.add_(t.arange(float(v.shape[-1])) * 0.1),
    "tanh_": lambda t, v: v.tanh_(),
    "masked_fill_": lambda t, v: v.masked_fill_(v.detach() > 1, 0.3),
    "index_add_": lambda t, v: v.index_add_(0, t.tensor([0]), v.detach()[:1] * 0.2),
    "copy_": lambda t, v: v.copy_(v.detach() * 0.9 + 0.01),
}


def play(namespace, seed):
    """What a random program does: its steps and refusals, what the views are in the end, and the gradient."""
    draw = random.Random(seed)
    x = (namespace.arange(24.0).view(2, 3, 4) / 7).requires_grad_()
    views, overlapping, steps = [x * 1.5], [], []
    for _ in range(draw.randint(3, 8)):
        place = draw.randrange(len(views))
        name = draw.choice([*VIEWS, *([] if place in overlapping else CHANGES)])
        view, pick = views[place], draw.randrange(9)
        if not view.dim():
            continue
        try:
            if name in VIEWS:
                views.append(VIEWS[name](namespace, view, pick))
                if name == "unfold" or place in overlapping:
                    overlapping.append(len(views) - 1)  # what changes there is not defined
            else:
                CHANGES[name](namespace, view)
            steps.append(f"{name} of {place}")
        except RuntimeError as refusal:
            steps.append(f"{name} of {place}: {refusal}")
    try:
        namespace.stack([(each * each.detach().cos()).sum() for each in views]).sum().backward()
        gradient = x.grad.numpy()
    except RuntimeError as refusal:
        gradient, views = np.zeros(0), []
        steps.append(str(refusal))
    facts = [(each._version, each.grad_fn.name(), each.storage_offset(), tuple(each.shape)) for each in views]
    return steps, facts, [each.detach().numpy() for each in views], gradient


@pytest.mark.parametrize("block", range(4))
def test_programs_of_views_and_changes_in_place(block):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(50 * block, 50 * block + 50):
            steps, facts, values, gradient = play(engine, seed)
            expected = play(torch, seed)
            assert (steps, facts) == expected[:2], seed
            for found, value in zip([*values, gradient], [*expected[2], expected[3]], strict=True):
                np.testing.assert_allclose(found, value, rtol=1e-4, atol=1e-4, err_msg=str((seed, steps)))
