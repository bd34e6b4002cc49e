"""What `torch._C` tells of the running graph. Source: PyTorch's answers to the same questions."""

import pytest

import engine as torch
from engine._C import (
    _autograd,
    _current_autograd_node,
    _current_graph_task_execution_order,
    _current_graph_task_id,
    _functions,
    _will_engine_execute_node,
)


def asked_during(run):
    """The answers that a hook in the middle of a chain gets: about the root, a node behind it, and the order."""
    leaf = torch.tensor(1.5, requires_grad=True)
    first = leaf.clone()
    middle = first * 2
    last = middle.exp()
    answers = []

    def hook(grad):
        answers.append(_current_graph_task_id())
        answers.append(_current_autograd_node() is middle.grad_fn)
        answers.append([_will_engine_execute_node(node) for node in (last.grad_fn, first.grad_fn)])

    def at_the_root(grad):
        with torch.autograd.set_multithreading_enabled(False):
            answers.append([node.name() for node in _current_graph_task_execution_order()])

    last.register_hook(at_the_root)
    middle.register_hook(hook)
    run(leaf, last)
    return answers


def test_outside_of_a_run():
    assert _current_graph_task_id() == -1
    assert _current_autograd_node() is None
    node = torch.ones(1, requires_grad=True).exp().grad_fn
    with pytest.raises(RuntimeError, match="should only be called during the backward pass"):
        _will_engine_execute_node(node)
    with pytest.raises(RuntimeError, match="should only be called during the backward pass"):
        _current_graph_task_execution_order()
    with pytest.raises(RuntimeError, match="expects an grad_fn, but got int"):
        _will_engine_execute_node(3)


@pytest.mark.parametrize(
    "run",
    [
        lambda leaf, last: last.backward(),
        lambda leaf, last: last.backward(inputs=[leaf]),
        lambda leaf, last: torch.autograd.grad(last, leaf),
    ],
    ids=["backward", "backward to inputs", "grad"],
)
def test_within_a_run(run):
    order, number, at_node, reached = asked_during(run)
    assert number >= 0
    assert at_node
    assert reached == [False, True]
    assert order == ["ExpBackward0", "MulBackward0", "CloneBackward0", "torch::autograd::AccumulateGrad"]


def test_each_run_has_its_number():
    one, two = (asked_during(lambda leaf, last: last.backward())[1] for _ in range(2))
    assert two == one + 1


def test_versions_are_set():
    x = torch.ones(2)
    _autograd._unsafe_set_version_counter((x,), (5,))
    assert x._version == 5
    with pytest.raises(RuntimeError, match="Cannot set a version_counter to a value below 0: -5"):
        _autograd._unsafe_set_version_counter((x,), (-5,))
    with pytest.raises(RuntimeError, match="tensors_len=1, versions_len=2"):
        _autograd._unsafe_set_version_counter((x,), (5, 3))


def test_nodes_that_hand_nothing_back():
    x = torch.ones(1, requires_grad=True)
    undefined = _functions.UndefinedGrad()(x)
    assert torch.autograd.grad(undefined, x, allow_unused=True) == (None,)
    with pytest.raises(RuntimeError, match="later"):
        _functions.DelayedError("later", 1)(x).backward()
