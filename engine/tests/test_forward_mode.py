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


def dual(torch, *sizes):
    return torch.autograd.forward_ad.make_dual(torch.full(sizes, 0.5), torch.ones(sizes))


WITHOUT_FORMULA = {
    "cdist": lambda torch: torch.cdist(dual(torch, 2, 3), torch.ones(2, 3)),
    "cdist by products": lambda torch: torch.cdist(dual(torch, 30, 3), torch.ones(30, 3)),
    "pdist": lambda torch: torch.nn.functional.pdist(dual(torch, 3, 2)),
    "grid_sample": lambda torch: torch.nn.functional.grid_sample(
        dual(torch, 1, 1, 2, 2), torch.zeros(1, 1, 1, 2), align_corners=False
    ),
    "unique": lambda torch: torch.unique(dual(torch, 3)),
    "lstm": lambda torch: torch.nn.LSTM(3, 2)(dual(torch, 2, 3)),
    "multi_margin_loss": lambda torch: torch.nn.functional.multi_margin_loss(
        dual(torch, 2, 3), torch.tensor([0, 1])
    ),
    "embedding_bag": lambda torch: torch.nn.functional.embedding_bag(
        torch.tensor([0]), dual(torch, 4, 2), torch.tensor([0])
    ),
    "ctc_loss": lambda torch: torch.nn.functional.ctc_loss(
        dual(torch, 5, 1, 3), torch.tensor([[1, 2]]), torch.tensor([5]), torch.tensor([2])
    ),
    "igamma": lambda torch: torch.igamma(torch.ones(3), dual(torch, 3)),
    "zeta": lambda torch: torch.special.zeta(torch.full((3,), 2.0), dual(torch, 3)),
    "index_reduce": lambda torch: torch.index_reduce(
        dual(torch, 3), 0, torch.tensor([0, 1, 0]), torch.ones(3), "mean"
    ),
    "add into": lambda torch: torch.add(dual(torch, 2), 1, out=torch.zeros(2)),
    "mul into a dual": lambda torch: torch.mul(torch.ones(2), 2, out=dual(torch, 2)),
    "matmul into": lambda torch: torch.matmul(dual(torch, 2, 2), torch.ones(2, 2), out=torch.zeros(2, 2)),
    "sort into": lambda torch: torch.sort(
        dual(torch, 2), out=(torch.zeros(2), torch.zeros(2, dtype=torch.long))
    ),
}


@pytest.mark.filterwarnings("ignore:index_reduce", "ignore:.*torch.jit.script:DeprecationWarning")
@pytest.mark.parametrize("name", WITHOUT_FORMULA)
def test_what_has_no_forward_formula_is_refused_in_pytorchs_words(name):
    refusals = []
    for each in (torch, pytest.importorskip("torch")):
        with each.autograd.forward_ad.dual_level(), pytest.raises(NotImplementedError) as refusal:
            WITHOUT_FORMULA[name](each)
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]


def test_a_function_that_is_pushed_through_writes_into_no_out():
    x = torch.tensor(X)
    with pytest.raises(NotImplementedError, match="forward AD with add_out"):
        torch.func.jvp(lambda x: torch.add(x, 1, out=torch.zeros(3)), (x,), (x,))


@pytest.mark.parametrize("change", ["t_", "transpose_", "unsqueeze_", "squeeze_"])
def test_a_tangent_changes_its_shape_in_place_with_its_tensor(change):
    arguments = {"t_": (), "transpose_": (0, 1), "unsqueeze_": (0,), "squeeze_": (0,)}[change]
    with torch.autograd.forward_ad.dual_level():
        primal = torch.arange(3.0).view(1, 3)
        changed = torch.autograd.forward_ad.make_dual(primal, primal * 10) * 2
        getattr(changed, change)(*arguments)
        tangent = torch.autograd.forward_ad.unpack_dual(changed).tangent
    assert tangent.tolist() == (changed * 10).tolist()
    assert tangent.stride() == changed.stride()
