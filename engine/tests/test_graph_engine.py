"""The graph engine: PyTorch's order, gradients that nobody shares, and graphs of any size freed at once."""

import gc
import sys
import threading
import weakref

import numpy as np
import pytest
import torch as real

import engine


def leaf_order(torch, count):
    """In which order the leaves of one `cat` receive their gradients."""
    order = []

    def leaf(number):
        tensor = torch.tensor([1.0], requires_grad=True)
        tensor.register_hook(lambda grad: order.append(number))
        return tensor

    torch.cat([leaf(number) for number in range(count)]).sum().backward()
    return order


@pytest.mark.parametrize("count", range(1, 24))
def test_leaves_that_are_ready_together_run_in_pytorch_s_order(count):
    assert leaf_order(engine, count) == leaf_order(real, count)


def chain(length):
    leaf = engine.tensor(1.0, requires_grad=True)
    factor = engine.tensor(1.0001, requires_grad=True)
    result = leaf
    for _ in range(length // 2):
        result = result * factor
        result = result + 0.001
    return leaf, result


def test_a_long_chain_is_run_and_freed_without_recursion_and_without_the_cyclic_collector():
    gc.collect()
    gc.disable()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(250)
    try:
        leaf, result = chain(100_000)
        root = weakref.ref(result.grad_fn)
        first = weakref.ref(result.grad_fn.next_functions[0][0])
        result.backward()
        assert leaf.grad.item() == pytest.approx(1.0001**50_000, rel=1e-2)
        del result
        assert root() is None
        assert first() is None
        assert gc.collect() == 0
    finally:
        sys.setrecursionlimit(limit)
        gc.enable()


def test_a_graph_that_never_ran_is_freed_with_its_result():
    gc.collect()
    gc.disable()
    try:
        leaf, result = chain(1_000)
        nodes = [weakref.ref(result.grad_fn), weakref.ref(leaf)]
        del leaf, result
        assert [node() for node in nodes] == [None, None]
    finally:
        gc.enable()


def test_a_kept_gradient_is_no_tensor_that_the_user_holds():
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    y = engine.tensor([3.0, 4.0], requires_grad=True)
    given = engine.tensor([1.0, 0.5])
    (x + y).backward(given)
    x.grad.add_(100)
    assert y.grad.tolist() == [1.0, 0.5]
    assert given.tolist() == [1.0, 0.5]


@pytest.mark.parametrize("hook", [lambda grad: grad * 2, lambda grad: None], ids=["replaces", "looks"])
def test_a_gradient_that_a_hook_kept_does_not_change_when_more_is_accumulated(hook):
    kept = []
    x = engine.tensor([1.0, 2.0], requires_grad=True)

    def keep(grad):
        replaced = hook(grad)
        kept.append(grad if replaced is None else replaced)
        return replaced

    x.register_hook(keep)
    (x * 3).sum().backward()
    before = kept[0].tolist()
    (x * 3).sum().backward()
    assert kept[0].tolist() == before


def test_two_uses_that_pass_one_gradient_on_do_not_add_it_to_itself():
    x = engine.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    (y + y).backward(engine.tensor([1.0, 0.5]))
    assert x.grad.tolist() == [2.0, 1.0]


def test_grad_mode_belongs_to_a_thread():
    seen = []
    with engine.no_grad():
        thread = threading.Thread(target=lambda: seen.append(engine.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_threads_compute_inf_and_nan_without_warnings():
    """NumPy's warnings would be errors in this test run."""
    seen = []

    def work():
        x = engine.tensor([0.0, -1.0], requires_grad=True)
        x.log().sum().backward()
        seen.append(x.grad.tolist())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [[float("inf"), -1.0]]


def test_a_numpy_array_and_its_tensor_share_memory():
    array = np.array([1.0, 2.0])
    tensor = engine.from_numpy(array)
    tensor.mul_(3)
    array[0] = 7.0
    assert tensor.tolist() == [7.0, 6.0]
    assert tensor.numpy() is array


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[0],
        lambda x: x.t()[1],
        lambda x: x[:, 1:],
        lambda x: x.view(4)[::2],
        lambda x: x.diagonal(),
    ],
    ids=["row", "column", "columns", "steps", "diagonal"],
)
def test_writing_through_a_view_gives_the_gradients_that_pytorch_gives(view):
    found = []
    for torch in (engine, real):
        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        factor = torch.tensor(3.0, requires_grad=True)
        base = x * 2
        other = base[1]
        view(base).mul_(factor)
        (base * torch.tensor([[1.0, -2.0], [0.5, 4.0]])).sum().backward(retain_graph=True)
        other.sum().backward()
        found.append([x.grad.tolist(), factor.grad.tolist(), base.tolist(), other.tolist()])
    assert found[0] == found[1]
