"""What `__torch_function__` of a subclass is asked, and what happens if it does not know."""

from __future__ import annotations

import pytest
import torch

import engine

BOTH = pytest.mark.parametrize("namespace", [engine, torch], ids=["engine", "torch"])
ASKED = {
    "x + 1": ["add"],
    "1 + x": ["add"],
    "2 - x": ["__rsub__"],
    "2 / x": ["__rdiv__"],
    "x // 2": ["__floordiv__"],
    "x % 2": ["remainder"],
    "2 ** x": ["__rpow__"],
    "x @ x": ["matmul"],
    "x == 1": ["__eq__"],
    "x < 1": ["lt"],
    "-x": ["neg"],
    "+x": ["positive"],
    "x[0]": ["__getitem__"],
    "bool(x[0])": ["__getitem__", "__bool__"],
    "x.__setitem__(0, 1)": ["__setitem__"],
    "x.__iadd__(1)": ["add_"],
    "x.multiply(2)": ["multiply"],
    "x.type()": ["type"],
}


class Other:
    def __radd__(self, other):
        return "added"


def instance(namespace, knows):
    """A tensor of a new subclass, and the list of what it is asked."""
    asked = []

    class Asked(namespace.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            asked.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs or {}) if knows else NotImplemented

    return namespace.ones(2).as_subclass(Asked), asked


@BOTH
@pytest.mark.parametrize("expression", ASKED)
def test_what_is_asked_has_the_name_that_the_method_has(namespace, expression):
    x, asked = instance(namespace, knows=True)
    eval(expression, {"x": x})
    assert asked == ASKED[expression]


@BOTH
@pytest.mark.parametrize(
    ("family", "function"),
    [
        ("linalg", "norm"),
        ("linalg", "inv"),
        ("linalg", "svdvals"),
        ("fft", "fft"),
        ("fft", "fftshift"),
        ("special", "erf"),
        ("special", "expit"),
        ("special", "round"),
    ],
)
def test_functions_of_families_ask_by_the_name_of_the_family(namespace, family, function):
    x, asked = instance(namespace, knows=True)
    x = namespace.eye(2).as_subclass(type(x))
    assert type(getattr(getattr(namespace, family), function)(x)) is type(x)
    assert asked == [f"{family}_{function}"]
    x, _ = instance(namespace, knows=False)
    with pytest.raises(TypeError, match=f"failed for 'torch.{family}.{family}_{function}'; all"):
        getattr(getattr(namespace, family), function)(x)


@BOTH
def test_operators_ask_the_other_operand_if_nobody_knows(namespace):
    x, _ = instance(namespace, knows=False)
    assert x + Other() == "added"
    with pytest.raises(TypeError, match=r"unsupported operand type\(s\) for -: 'Asked' and 'int'"):
        x - 1


@BOTH
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("torch.Tensor.add", lambda namespace, x: x.add(1)),
        ("torch.Tensor.__getitem__", lambda namespace, x: x[0]),
        ("torch.Tensor.neg", lambda namespace, x: -x),
        ("torch.add", lambda namespace, x: namespace.add(x, 1)),
    ],
)
def test_methods_and_functions_say_who_did_not_know(namespace, name, call):
    x, _ = instance(namespace, knows=False)
    with pytest.raises(TypeError) as caught:
        call(namespace, x)
    assert str(caught.value) == (
        f"Multiple dispatch failed for '{name}'; all __torch_function__ handlers returned NotImplemented:\n\n"
        f"  - tensor subclass {type(x)}\n\nFor more information, try re-running with TORCH_LOGS=not_implemented"
    )


@BOTH
def test_an_instance_of_a_subclass_is_a_view(namespace):
    x = namespace.ones(2)
    made = x.as_subclass(type("Named", (namespace.Tensor,), {}))
    assert made._is_view()
    assert made._base is x
    factor = namespace.ones(2, requires_grad=True)
    product = (factor * x).sum()
    made.mul_(3)
    assert (x._version, x.tolist()) == (1, [3.0, 3.0])
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.backward()
    with pytest.raises(TypeError, match=r"^cls must be a type \(got int\)$"):
        x.as_subclass(3)


@BOTH
def test_a_change_of_an_instance_is_in_the_graph_of_its_base(namespace):
    leaf = namespace.tensor([1.0, 2.0], requires_grad=True)
    base = leaf * 2
    made = base.as_subclass(type("Named", (namespace.Tensor,), {}))
    made.add_(1)
    assert [each.grad_fn.name() for each in (base, made)] == [
        "torch::autograd::CopySlices",
        "AsStridedBackward0",
    ]
    base.mul_(3)
    (made * made).sum().backward()
    assert leaf.grad.tolist() == [108.0, 180.0]


def test_what_is_below_functions_is_refused():
    with pytest.raises(NotImplementedError, match="define __torch_function__ instead"):
        type("Below", (engine.Tensor,), {"__torch_dispatch__": classmethod(lambda cls, *given: None)})


@BOTH
def test_elements_that_are_nowhere_are_written(namespace):
    x = namespace.empty(2, 2, device="meta")
    x[0] = 1
    with pytest.raises(IndexError):
        x[5] = 1
    bits = x.int()
    bits &= 1
    assert bits.device.type == "meta"


@BOTH
def test_functions_of_families_give_elements_that_are_nowhere(namespace):
    x = namespace.empty(3, 3, device="meta")
    for found in (namespace.linalg.norm(x), namespace.fft.fft(x), namespace.special.expit(x)):
        assert found.device.type == "meta"
