"""Anomaly mode and hooks on saved tensors cost nothing while they are off: what they put in place is taken out again."""

from __future__ import annotations

import threading

import pytest

import engine as torch
from engine import graph_engine, in_place, node, op, tasks
from engine.grad_mode import mode


def leaf():
    return torch.tensor([1.5, -0.5], requires_grad=True)


def in_place_of_the_usual():
    return [op.next_sequence_nr, in_place.mode, graph_engine._Task, node.AccumulateGrad.__init__]


def test_anomaly_mode_takes_everything_out_again():
    before = in_place_of_the_usual()
    with torch.autograd.set_detect_anomaly(True):
        assert in_place_of_the_usual() != before
        assert type(leaf().exp().grad_fn._number) is not int
    assert in_place_of_the_usual() == before
    assert type(leaf().exp().grad_fn._number) is int


def test_modules_imported_meanwhile_are_restored_too():
    with torch.autograd.set_detect_anomaly(True), torch.autograd.set_detect_anomaly(True, False):
        pass
    assert op.next_sequence_nr is node.next_sequence_nr


def test_multi_grad_hooks_that_are_registered_in_anomaly_mode_stay(monkeypatch):
    monkeypatch.setattr(tasks._Classes, "usual", tasks._Classes.usual)
    x, calls = leaf(), []
    with torch.autograd.set_detect_anomaly(True):
        torch.autograd.graph.register_multi_grad_hook((x,), calls.append)
        x.exp().sum().backward()
    x.exp().sum().backward()
    assert len(calls) == 2
    monkeypatch.undo()
    tasks.run_by(None)


def test_hooks_on_saved_tensors_are_no_transform_once_they_are_left():
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor, lambda tensor: tensor):
        assert mode.recording > 1
    assert mode.transforms == ()
    assert mode.recording == 1


def test_hooks_on_saved_tensors_leave_other_transforms_alone():
    x = leaf()
    packed = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: packed.append(tensor) or tensor, lambda tensor: tensor
    ):
        results = torch.func.vmap(lambda value: value * value)(x)
    assert results.tolist() == [2.25, 0.25]
    assert packed
    assert mode.transforms == ()


def test_packed_nodes_keep_their_names():
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor, lambda tensor: tensor):
        product = leaf() * leaf()
    assert product.grad_fn.name() == "MulBackward0"
    assert isinstance(product.grad_fn, type((leaf() * leaf()).grad_fn))


def test_an_error_in_a_pack_hook_leaves_the_mode_as_it_was():
    def fail(tensor):
        raise KeyError("no")

    x = leaf()
    with torch.autograd.graph.saved_tensors_hooks(fail, fail):
        with pytest.raises(KeyError):
            x.exp()
        assert mode.enabled
    assert mode.transforms == ()


def test_mutation_may_be_allowed_in_one_block_of_the_process_only():
    refused = []

    def enter():
        try:
            with torch.autograd.graph.allow_mutation_on_saved_tensors():
                pass
        except RuntimeError as error:
            refused.append(str(error))

    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
    enter()
    assert refused == ["allow_mutation_on_saved_tensors contexts cannot be nested"]
