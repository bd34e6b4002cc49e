"""Custom functions and checkpointing, where the catalog cannot look: lifetimes, names, and what is thrown away."""

import gc
import weakref

import pytest

import engine as torch
from engine.function_context import BackwardCFunction
from engine.utils.checkpoint import Place


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, grad):
        return grad * 2 * ctx.saved_tensors[0]


def leaf():
    return torch.tensor([1.5, -2.0], requires_grad=True)


def contexts():
    return sum(issubclass(type(each), BackwardCFunction) for each in gc.get_objects())


def places():
    return sum(issubclass(type(each), Place) for each in gc.get_objects())


def test_a_long_chain_of_calls_runs_and_is_freed_without_recursion(no_collector):
    x = y = leaf()
    before = contexts()
    for _ in range(3000):
        y = Square.apply(y.detach() * 0 + 0.5 + y * 0)
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0]
    del y
    assert contexts() == before


@pytest.mark.parametrize("name", ["inputs", "saved", "edges", "variable", "geometry", "shape", "result"])
def test_contexts_take_attributes_of_any_name(name):
    class Noting(Square):
        @staticmethod
        def forward(ctx, x):
            setattr(ctx, name, 2)
            return Square.forward(ctx, x)

        @staticmethod
        def backward(ctx, grad):
            assert getattr(ctx, name) == 2
            return Square.backward(ctx, grad)

    x = leaf()
    (Noting.apply(x) * 3).sum().backward()
    assert x.grad.tolist() == [9.0, -12.0]


def test_the_context_is_gone_where_nothing_is_recorded(no_collector):
    seen = []

    class Seen(Square):
        @staticmethod
        def forward(ctx, x):
            seen.append(weakref.ref(ctx))
            return x * x

    result = Seen.apply(torch.tensor([1.0]))
    assert result.grad_fn is None
    assert seen[0]() is None


def test_saved_tensors_are_freed_by_backward(no_collector):
    x = torch.tensor([1.5], requires_grad=True) * 2
    alive = weakref.ref(x)
    y = Square.apply(x)
    del x
    node = y.grad_fn
    y.backward()
    del y
    assert alive() is None
    assert node.name() == "SquareBackward"


@pytest.mark.parametrize("early_stop", [True, False])
def test_checkpoint_keeps_neither_intermediates_nor_places_after_backward(no_collector, early_stop):
    made = []

    def function(x):
        y = x.exp()
        made.append(weakref.ref(y))
        return y.sin()

    before = places()
    y = torch.utils.checkpoint.checkpoint(function, leaf(), use_reentrant=False, early_stop=early_stop)
    assert made[0]() is None
    y.sum().backward()
    del y
    assert [each() for each in made] == [None] * len(made)
    assert places() == before


def test_random_states_are_those_of_the_stream():
    torch.manual_seed(7)
    torch.randn(5)
    state = torch.get_rng_state()
    drawn = torch.rand(700).tolist()
    torch.manual_seed(8)
    torch.set_rng_state(state)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.rand(700).tolist() == drawn
