"""Memory: graphs of any size run and go without recursion, training does not grow, threads lose no gradient."""

import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

import engine

ROOT = Path(__file__).parents[2]

LONG_CHAIN = """
import gc, resource, sys, threading
import engine

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

def chain():
    leaf = engine.tensor(1.0, dtype=engine.float64, requires_grad=True)
    factor = engine.tensor(1.0000001, dtype=engine.float64, requires_grad=True)
    before, result = peak(), leaf
    for _ in range(100_000):
        result = result * factor
        result = result + 1e-7
    result.backward()
    held = len(gc.get_objects())
    del result
    print(leaf.grad.item(), peak() - before, held - len(gc.get_objects()), gc.collect())

gc.disable()
sys.setrecursionlimit(150)
threading.stack_size(1 << 20)
thread = threading.Thread(target=chain)
thread.start()
thread.join()
"""

TRAINING = """
import gc, resource, sys
import engine

def step():
    optimizer.zero_grad()
    loss = ((inputs @ weight + bias).tanh() - targets).pow(2).mean()
    loss.backward()
    optimizer.step()

gc.disable()
weight = engine.tensor([[0.5, -0.25], [0.1, 0.3]], requires_grad=True)
bias = engine.tensor([0.1, -0.2], requires_grad=True)
inputs, targets = engine.tensor([[1.0, 2.0], [-1.5, 0.5]]), engine.tensor([[0.5, -1.0], [1.0, 0.0]])
optimizer = engine.optim.SGD([weight, bias], lr=0.01, momentum=0.9)
sizes = []
for number in range(2_000):
    step()
    if number in (100, 1_999):
        sizes.append((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, sys.getallocatedblocks()))
print(sizes[1][0] - sizes[0][0], sizes[1][1] - sizes[0][1])
"""


def run(program):
    """What a program prints in a process of its own, as numbers."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [float(each) for each in done.stdout.split()]


def test_a_graph_of_two_hundred_thousand_nodes_is_made_run_and_freed_on_five_bytes_of_stack_for_each():
    gradient, megabytes, freed, in_cycles = run(LONG_CHAIN)
    assert gradient == pytest.approx(1.0000001**100_000, rel=1e-6)
    assert megabytes < 120
    assert freed >= 0
    assert in_cycles == 0


@pytest.mark.skipif(sys.platform != "linux", reason="sizes are in KiB on Linux only")
def test_two_thousand_steps_of_training_leave_the_process_as_large_as_a_hundred_do():
    kilobytes, blocks = run(TRAINING)
    assert kilobytes < 200
    assert blocks < 40


def test_threads_that_accumulate_into_one_leaf_lose_nothing():
    leaf = engine.full([200_000], 0.5, requires_grad=True)
    barrier = threading.Barrier(4, timeout=20)

    def work():
        barrier.wait()
        for _ in range(25):
            (leaf * 1).sum().backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert leaf.grad.min().item() == leaf.grad.max().item() == 100.0


def nested(levels):
    """A backward in a hook in a backward in a hook, so many levels deep; how deep it came."""
    reached = []

    def enter(level):
        leaf = engine.tensor([1.0, 2.0], requires_grad=True)
        if level:

            def hook(grad):
                with engine.enable_grad():
                    enter(level - 1)

            leaf.register_hook(hook)
        (leaf * 3).sum().backward()
        reached.append(level)

    enter(levels)
    return reached


def test_nested_backwards_do_not_use_up_the_stack():
    assert nested(500) == list(range(501))


def test_modes_belong_to_each_of_the_nested_backwards():
    seen = []

    def enter(level):
        leaf = engine.tensor([1.0, 2.0], requires_grad=True)

        def hook(grad):
            seen.append(engine.is_grad_enabled())
            with engine.enable_grad():
                enter(level - 1)
            seen.append(engine.is_grad_enabled())

        if level:
            leaf.register_hook(hook)
        create_graph = level % 2 == 1
        engine.autograd.grad((leaf * 3).sum(), leaf, create_graph=create_graph)

    enter(90)
    expected = [level % 2 == 1 for level in range(90, 0, -1)]
    assert seen == expected + expected[::-1]


def test_an_error_in_a_deeply_nested_backward_reaches_the_outermost():
    def enter(level):
        leaf = engine.tensor([1.0, 2.0], requires_grad=True)

        def hook(grad):
            with engine.enable_grad():
                if not level:
                    raise ValueError("at the bottom")
                enter(level - 1)

        leaf.register_hook(hook)
        (leaf * 3).sum().backward()

    with pytest.raises(ValueError, match="at the bottom"):
        enter(100)
    assert engine.is_grad_enabled()


def test_a_leaf_with_a_grad_dtype_is_freed_with_its_graph():
    leaf = engine.tensor([1.0, 2.0], requires_grad=True)
    leaf.grad_dtype = engine.float64
    result = (leaf * leaf).sum()
    reference = weakref.ref(leaf)
    result.backward()
    assert leaf.grad.dtype is engine.float64
    del leaf, result
    assert reference() is None
