"""Parameters after several steps are PyTorch's to the last bit, and a recorded update has its graph."""

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch")
needs_long_doubles = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < 60, reason="the products of float64 numbers are rounded here"
)
SIZES = ((7, 11), (5,), (33,))
WITHOUT_ROOTS = (  # PyTorch's library for roots rounds some of them the other way
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("Adamax", {"weight_decay": 0.1}),
    ("Rprop", {}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
)
RECORDED = (
    ("SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("RMSprop", {"centered": True, "momentum": 0.9}),
    ("Adagrad", {}),
    ("Adadelta", {}),
    ("Adamax", {}),
    ("NAdam", {}),
    ("RAdam", {}),
    ("ASGD", {}),
    ("Rprop", {}),
)


def trained(namespace, name, options, dtype):
    rng = np.random.default_rng(0)
    dtype = getattr(namespace, dtype)

    def drawn(size):
        return namespace.tensor(rng.standard_normal(size)).to(dtype)

    parameters = [drawn(size).requires_grad_() for size in SIZES]
    optimizer = getattr(namespace.optim, name)(parameters, **options)
    for _ in range(5):
        for parameter in parameters:
            parameter.grad = drawn(parameter.shape)
        optimizer.step()
    return np.concatenate([each.detach().to(namespace.float64).numpy().ravel() for each in parameters])


@needs_long_doubles
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize(("name", "options"), WITHOUT_ROOTS)
def test_parameters_after_five_steps(name, options, dtype):
    expected, found = (trained(each, name, options, dtype) for each in (torch, engine))
    allowed = 1 if dtype == "float64" else 0  # one element in two thousand, at each operation
    assert (expected != found).sum() <= allowed


@needs_long_doubles
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("name", ["add_", "sub_", "add", "sub"])
def test_a_multiple_is_added_with_one_rounding(name, dtype):
    def compute(namespace):
        one, other = np.random.default_rng(1).standard_normal((2, 13, 7))
        tensors = [namespace.tensor(each).to(getattr(namespace, dtype)) for each in (one, other)]
        return getattr(tensors[0], name)(tensors[1], alpha=0.3).to(namespace.float64).numpy()

    assert (compute(torch) != compute(engine)).sum() == 0


def nodes(node, depth=0):
    if node is None or depth > 12:
        return []
    name = node.name().rpartition("::")[2]
    return [
        "  " * depth + name,
        *(line for each, _ in node.next_functions for line in nodes(each, depth + 1)),
    ]


@pytest.mark.parametrize(("name", "options"), RECORDED)
def test_the_graph_of_a_recorded_update(name, options):
    def recorded(namespace):
        parameter = namespace.tensor([1.0, -2.0, 0.5], requires_grad=True).clone()
        grad = namespace.tensor([0.5, 1.0, -1.5], requires_grad=True)
        stand_in = namespace.zeros(3, requires_grad=True)
        optimizer = getattr(namespace.optim, name)([stand_in], differentiable=True, **options)
        optimizer.param_groups[0]["params"][0] = parameter
        for factor in (1, 2):
            parameter.grad = grad * factor
            optimizer.step()
        return nodes(parameter.grad_fn)

    assert recorded(engine) == recorded(torch)


@pytest.mark.parametrize("alpha", [None, "2"])
def test_an_alpha_that_is_no_number_is_refused(alpha):
    with pytest.raises(TypeError, match="argument 'alpha' must be Number, not"):
        engine.ones(2).add_(engine.ones(2), alpha=alpha)


def test_rows_and_columns_have_the_norms_of_pytorch():
    for width in range(1, 20):
        array = np.random.default_rng(width).standard_normal((50, width)).astype(np.float32)
        for dim in (0, 1):
            expected, found = (each.from_numpy(array).norm(dim=dim).numpy() for each in (torch, engine))
            np.testing.assert_array_equal(found, expected)
