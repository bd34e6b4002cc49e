"""Levels of forward mode: nested ones, how long tangents live, and the rule for what has none of its own."""

import gc
import weakref

import pytest

import engine as torch
from engine import tangent_rules
from engine.forward_ad import Level
from engine.transforms import active

X = [0.5, -1.5, 0.75]


def _pushed(function, tangent):
    """The tangent of a function at X."""
    level = Level()
    with active(level):
        dual = level.make_dual(
            torch.tensor(X, dtype=torch.float64), torch.tensor(tangent, dtype=torch.float64)
        )
        return level.unpack(function(dual))[1]


def test_nested_levels_give_second_derivatives():
    outer, inner = Level(), Level()
    x = torch.tensor(1.5, dtype=torch.float64)
    with active(outer):
        of_outer = outer.make_dual(x, torch.ones_like(x))
        with active(inner):
            dual = inner.make_dual(of_outer, torch.ones_like(x))
            _, first = inner.unpack(torch.sin(dual) * dual)
        value, second = outer.unpack(first)
    assert value.item() == pytest.approx((torch.cos(x) * x + torch.sin(x)).item())
    assert second.item() == pytest.approx((2 * torch.cos(x) - x * torch.sin(x)).item())


def test_a_level_does_not_see_the_tangents_of_another():
    one, two = Level(), Level()
    x = torch.tensor([2.0])
    with active(one):
        dual = one.make_dual(x, torch.tensor([3.0]))
        with active(two):
            product = dual * two.make_dual(x, torch.tensor([5.0]))
            assert one.unpack(product)[1].tolist() == [6.0]
            assert two.unpack(product)[1].tolist() == [10.0]


def test_tangents_are_freed_with_their_level():
    level = Level()
    with active(level):
        dual = level.make_dual(torch.tensor(X), torch.ones(3))
        tangent = weakref.ref(level.unpack(dual * 2)[1])
        result = dual * 3
        kept = weakref.ref(level.unpack(result)[1])
        assert kept() is not None
    del level
    gc.collect()
    assert tangent() is None
    assert kept() is None
    assert result.tolist() == [1.5, -4.5, 2.25]


@pytest.mark.parametrize(
    "function",
    [
        torch.exp,
        lambda x: x * x.flip(0),
        lambda x: x / (x + 2),
        lambda x: torch.outer(x, x) @ x,
        lambda x: x.softmax(0),
        lambda x: x.max(0).values * x.norm(),
        lambda x: torch.cat([x[1:], x.prod().view(1)]),
    ],
)
def test_the_rule_by_transposition_gives_what_the_declared_rules_give(function, monkeypatch):
    declared = _pushed(function, [3.0, -0.5, 2.0])
    monkeypatch.setattr("engine.forward_ad.rule_of", lambda operation: tangent_rules._transposed)
    transposed = _pushed(function, [3.0, -0.5, 2.0])
    assert transposed.tolist() == pytest.approx(declared.tolist())
