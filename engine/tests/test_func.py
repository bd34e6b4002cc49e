"""Function transforms: what the catalog cannot see, because PyTorch has nothing to compare it with."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import numpy as np
import pytest
import torch

import engine
from engine.func import batching
from engine.func.levels import LevelTensor, is_inside, name_of
from engine.grad_mode import mode

FUNCTIONS = {
    "sum": lambda x: x.sum(),
    "sum of a dimension": lambda x: x.sum(-1, keepdim=True),
    "mean": lambda x: x.mean(0),
    "softmax": lambda x: x.softmax(1),
    "prod": lambda x: x.prod(),
    "max": lambda x: x.max(1)[0],
    "all": lambda x: (x > 0).all(1),
    "argmax": lambda x: x.argmax(),
    "views": lambda x: x.t().unsqueeze(0).expand(2, 3, 2).reshape(-1, 2)[1:, 0],
    "squeeze": lambda x: x[:1].squeeze() + x.unsqueeze(1).squeeze(1)[0],
    "diagonal": lambda x: x.diagonal(),
    "split": lambda x: x.split([1, 2], 1)[1] * x.unbind(1)[0].unsqueeze(1),
    "cat": lambda x: engine.cat([x, x[:1]], 0),
    "stack": lambda x: engine.stack([x, x * 2], -1),
    "matmul": lambda x: x @ x.t(),
    "mv": lambda x: x @ x[0],
    "dot": lambda x: x[0].dot(x[1]),
    "addmm": lambda x: engine.addmm(x[:, :2], x, x.t()),
    "where": lambda x: engine.where(x > 0, x, x[0]),
    "index": lambda x: x[:, engine.tensor([2, 0])],
    "triangle": lambda x: x.tril().flip(1),
    "variance": lambda x: x.var(1),
    "in place": lambda x: (x * 1).mul_(x).add_(1),
    "assignment": lambda x: _assigned(x * 1),
}


def _assigned(x):
    x[0] = x[1] * 2
    return x


def examples():
    """Three examples of two rows and three columns."""
    return engine.tensor(np.sin(np.arange(18.0)).reshape(3, 2, 3))


@pytest.mark.parametrize("name", [each for each in FUNCTIONS if each != "assignment"])  # which needs views
def test_a_rule_gives_what_the_operation_gives_for_each_example(name, monkeypatch):
    found = engine.vmap(FUNCTIONS[name])(examples())
    by_column = engine.vmap(FUNCTIONS[name], in_dims=2)(examples().permute(1, 2, 0).contiguous())
    monkeypatch.setattr(batching, "RULES", {})
    wanted = engine.vmap(FUNCTIONS[name])(examples())
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-12)
    np.testing.assert_allclose(by_column.numpy(), wanted.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_of_examples_are_those_of_each(name):
    def loss(x):
        found = FUNCTIONS[name](x)
        return (found * found).sum() if found.is_floating_point() else x.sum()

    found = engine.vmap(engine.func.grad(loss))(examples())
    for example, gradient in zip(examples(), found):
        np.testing.assert_allclose(gradient.numpy(), engine.func.grad(loss)(example).numpy(), rtol=1e-12)


def test_every_rule_is_for_an_operation_that_exists():
    ops = import_module("engine.ops")  # `engine.ops` is `torch.ops`
    modules = [import_module(f"{ops.__name__}.{each.name}") for each in pkgutil.iter_modules(ops.__path__)]
    known = {name_of(value) for module in modules for value in vars(module).values() if callable(value)}
    assert set(batching.RULES) - known == set()


def test_no_level_is_left_behind():
    with pytest.raises(ZeroDivisionError):
        engine.func.grad(lambda x: 1 / 0)(engine.tensor(1.5))
    with pytest.raises(ZeroDivisionError):
        engine.vmap(lambda x: 1 / 0)(engine.tensor([1.5]))
    with pytest.raises(ZeroDivisionError):
        engine.func.jvp(lambda x: 1 / 0, (engine.tensor(1.5),), (engine.tensor(1.0),))
    assert mode.transforms == ()
    assert mode.recording == 1
    assert not is_inside()


def test_results_belong_to_no_level():
    x = engine.tensor([0.5, -1.5])
    results = [
        engine.func.grad(lambda x: (x * x).sum())(x),
        engine.vmap(lambda x: x * 2)(x),
        *engine.func.jvp(lambda x: x * 2, (x,), (x,)),
        engine.func.jacrev(lambda x: x * 2)(x),
        engine.func.hessian(lambda x: (x**3).sum())(x),
    ]
    assert not any(isinstance(each, LevelTensor) for each in results)


def test_elements_of_examples_cannot_be_read_by_accident():
    def read(x):
        return np.asarray(x._array + 1)

    with pytest.raises(RuntimeError, match=r"calling \.item\(\)"):
        engine.vmap(read)(engine.tensor([0.5, -1.5]))


def test_names_that_do_not_fit_a_module_are_told_in_order():
    layer = engine.nn.BatchNorm1d(2)
    given = dict.fromkeys(("other", "absent"), engine.ones(1))
    with pytest.raises(RuntimeError) as caught:
        engine.func.functional_call(layer, given, engine.ones(2, 2), strict=True)
    assert str(caught.value) == (
        "Error(s) in reparametrizing for BatchNorm1d:\n\tUnexpected key(s): 'absent', 'other'.\n\tMissing key(s): 'bias', "
        "'num_batches_tracked', 'running_mean', 'running_var', 'weight'."
    )


@pytest.mark.parametrize("name", ["dot", "vdot"])
def test_a_dot_product_of_examples_that_are_no_vectors_is_refused(name):
    with pytest.raises(RuntimeError, match=r"^Got wrong shapes for dot$"):
        engine.func.vmap(getattr(engine, name))(engine.ones(3), engine.ones(3))


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # of PyTorch's own forward mode
@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.func.vmap(lambda x: x.flip([]))(t.arange(8.0).reshape(2, 2, 2)),
        lambda t: t.func.vmap(lambda x: x.flip([]), in_dims=-1)(t.arange(8.0).reshape(2, 2, 2)),
        lambda t: t.func.jacrev(lambda x: x.exp())(t.ones(0)),
        lambda t: t.func.jacrev(lambda x: (x[:0], x.sum()))(t.ones(3)),
        lambda t: t.func.jacrev(lambda x, y: (x * y)[:0], argnums=(0, 1))(t.ones(2), t.ones(2)),
        lambda t: t.func.jvp(lambda x: x.softmax(-1), (t.ones(2, 0),), (t.ones(2, 0),)),
        lambda t: t.func.jvp(lambda x: x.log_softmax(-1), (t.ones(2, 0),), (t.ones(2, 0),)),
        lambda t: t.func.jvp(lambda x: t.nonzero(x, as_tuple=True), (t.ones(2),), (t.ones(2),)),
    ],
)
def test_transforms_of_nothing_give_what_pytorch_s_do(call):
    assert repr(call(engine)) == repr(call(torch))
