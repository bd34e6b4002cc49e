"""Parameters computed from others: `torch.nn.utils.parametrize` and `parametrizations`."""

from __future__ import annotations

import copy

from conformance import case, raises

PARAMETRIZE = "Parametrizations Tutorial: Introduction to Parametrizations"
READY = "torch.nn: Utilities, parametrizations"


def square(torch):
    """A linear layer of known weights, as many outputs as inputs."""
    made = torch.nn.Linear(2, 2)
    with torch.no_grad():
        made.weight.copy_(torch.tensor([[1.5, -2.0], [0.25, 3.0]]))
        made.bias.copy_(torch.tensor([0.5, -1.0]))
    return made


def modules(torch):
    """A symmetric and a skew-symmetric parametrization; the second can be inverted."""

    class Symmetric(torch.nn.Module):
        def forward(self, weight):
            return weight.triu() + weight.triu(1).transpose(-1, -2)

    class Skew(torch.nn.Module):
        def forward(self, weight):
            upper = weight.triu(1)
            return upper - upper.transpose(-1, -2)

        def right_inverse(self, weight):
            return weight.triu(1)

    return Symmetric, Skew


@case(PARAMETRIZE)
def symmetric_weight(torch):
    """A parametrized weight is computed when it is looked up; the parameter is the original one."""
    symmetric, _ = modules(torch)
    parametrize = torch.nn.utils.parametrize
    model = parametrize.register_parametrization(square(torch), "weight", symmetric())
    yield "weight", model.weight
    yield "module", str(model)
    yield "names", [name for name, _ in model.named_parameters()]
    model.weight.sum().backward()
    yield "gradient", model.parametrizations.weight.original.grad
    yield "parametrized", [parametrize.is_parametrized(model, name) for name in ("weight", "bias")]
    yield "class before", parametrize.type_before_parametrizations(model).__name__
    yield "assigned", raises(lambda: setattr(model, "weight", torch.ones(2, 2)))


@case(PARAMETRIZE)
def assigned_parametrized_weight(torch):
    """A parametrization with `right_inverse` can be assigned to; parametrizations follow one another."""
    symmetric, skew = modules(torch)
    parametrize = torch.nn.utils.parametrize
    model = parametrize.register_parametrization(square(torch), "weight", skew())
    model.weight = torch.tensor([[7.0, 1.5], [2.5, 8.0]])
    yield "weight", model.weight
    yield "original", model.parametrizations.weight.original
    parametrize.register_parametrization(model, "weight", symmetric())
    yield "both", model.weight
    yield "length", len(model.parametrizations.weight)


@case(PARAMETRIZE)
def removed_parametrization(torch):
    """When the last parametrization goes, the module gets back its class, and the computed or the original weight."""
    symmetric, _ = modules(torch)
    parametrize = torch.nn.utils.parametrize
    for leave in (True, False):
        model = parametrize.register_parametrization(square(torch), "weight", symmetric())
        parametrize.remove_parametrizations(model, "weight", leave_parametrized=leave)
        yield f"weight, {leave}", model.weight
        yield f"class, {leave}", type(model).__name__
    yield "none left", raises(lambda: parametrize.remove_parametrizations(model, "weight"))


@case(PARAMETRIZE)
def weight_made_of_two(torch):
    """`right_inverse` may give several tensors: then the weight is computed from as many parameters."""

    class Rank(torch.nn.Module):
        def forward(self, left, right):
            return left @ right

        def right_inverse(self, weight):
            return weight[:, :1], weight[:1]

    parametrize = torch.nn.utils.parametrize
    model = parametrize.register_parametrization(square(torch), "weight", Rank())
    yield "names", [name for name, _ in model.named_parameters()]
    yield "weight", model.weight
    yield (
        "back",
        raises(lambda: parametrize.remove_parametrizations(model, "weight", leave_parametrized=False)),
    )


@case(PARAMETRIZE)
def cached_parametrization(torch):
    """In `cached` a parametrized weight is computed once."""
    calls = []

    class Counting(torch.nn.Module):
        def forward(self, weight):
            calls.append(1)
            return weight * 1.5

    parametrize = torch.nn.utils.parametrize
    model = parametrize.register_parametrization(square(torch), "weight", Counting())
    calls.clear()
    with parametrize.cached():
        yield "the same", model.weight is model.weight
        yield "calls inside", len(calls)
    model.weight, model.weight  # noqa: B018 - it is computed
    yield "calls outside", len(calls)


@case(PARAMETRIZE)
def refused_parametrizations(torch):
    """A parametrization must keep shape and type, unless it is registered as unsafe."""

    class Row(torch.nn.Module):
        def forward(self, weight):
            return weight[:1]

    class Double(torch.nn.Module):
        def forward(self, weight):
            return weight.double()

    class Number(torch.nn.Module):
        def forward(self, weight):
            return 1.5

    register = torch.nn.utils.parametrize.register_parametrization
    for kind in (Row, Double, Number):
        yield kind.__name__, raises(lambda kind=kind: register(square(torch), "weight", kind()))
    yield "unsafe", register(square(torch), "weight", Row(), unsafe=True).weight
    yield "no such name", raises(lambda: register(square(torch), "scale", Row()))


@case(PARAMETRIZE)
def copied_parametrized_module(torch):
    """A parametrized module can be copied, but not pickled."""
    symmetric, _ = modules(torch)
    model = torch.nn.utils.parametrize.register_parametrization(square(torch), "weight", symmetric())
    copied = copy.deepcopy(model)
    with torch.no_grad():
        model.parametrizations.weight.original.mul_(2.0)
    yield "copy", copied.weight
    yield "pickled", raises(lambda: model.__getstate__())


@case(READY)
def weight_norm_by_a_parametrization(torch):
    """`weight_norm` computes a weight from lengths and directions, by one operation where it can."""
    weight_norm = torch.nn.utils.parametrizations.weight_norm
    model = weight_norm(square(torch))
    yield "module", str(model)
    yield "weight", model.weight
    model(torch.tensor([[1.0, 2.5]])).pow(2).sum().backward()
    yield "gradients", [each.grad for each in model.parameters()]
    yield "over all", weight_norm(square(torch), dim=None).weight
    state = {"weight_g": torch.tensor([[2.0], [0.5]]), "weight_v": torch.tensor([[3.0, 4.0], [0.0, 2.0]])}
    state["bias"] = torch.tensor([0.5, 1.5])
    yield "older state", str(model.load_state_dict(state))
    yield "weight then", model.weight


@case(READY)
def second_gradients_of_weight_norm(torch):
    """The gradient of a normalized weight has a gradient itself."""
    direction = torch.tensor([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]], requires_grad=True)
    length = torch.tensor([[2.0], [0.5]], requires_grad=True)
    weight = torch._weight_norm(direction, length, 0)
    incoming = torch.tensor([[0.5, 1.5, -1.0], [2.0, 0.25, 1.0]], requires_grad=True)
    found = torch.autograd.grad(weight, (direction, length), incoming, create_graph=True)
    yield "gradients", list(found)
    yield (
        "second",
        torch.autograd.grad(found[0], incoming, torch.tensor([[1.0, -0.5, 2.0], [0.5, 1.5, -2.0]]))[0],
    )


@case(READY)
def spectral_norm_by_a_parametrization(torch):
    """`spectral_norm` divides by the largest singular value, which it follows while training."""
    torch.manual_seed(3)
    model = torch.nn.utils.parametrizations.spectral_norm(square(torch))
    yield "module", str(model)
    yield "state", list(model.state_dict())
    yield "weight", model.weight
    yield "evaluation", model.eval().weight
    yield (
        "iterations",
        raises(lambda: torch.nn.utils.parametrizations.spectral_norm(square(torch), n_power_iterations=0)),
    )


@case(READY)
def orthogonal_weight(torch):
    """`orthogonal` keeps a weight orthogonal, by three maps."""
    for kind in ("cayley", "matrix_exp", "householder"):
        torch.manual_seed(5)
        model = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(3, 3), orthogonal_map=kind)
        yield kind, model.weight.detach()
        yield f"orthogonal by {kind}", torch.allclose(model.weight @ model.weight.T, torch.eye(3), atol=1e-5)
    yield (
        "map",
        raises(lambda: torch.nn.utils.parametrizations.orthogonal(square(torch), orthogonal_map="givens")),
    )
    yield "vector", raises(lambda: torch.nn.utils.parametrizations.orthogonal(square(torch), "bias"))


def pruning(torch):
    """The module `prune`, which PyTorch does not import by itself."""
    return __import__(f"{torch.nn.utils.__name__}.prune", fromlist=["prune"])


@case("Pruning Tutorial: Pruning a Module")
def smallest_weights_pruned(torch):
    """`l1_unstructured` masks the smallest weights; a further call masks some of what is left."""
    prune, model = pruning(torch), square(torch)
    prune.l1_unstructured(model, "weight", amount=1)
    yield "weight", model.weight
    yield "names", list(model.state_dict())
    prune.l1_unstructured(model, "weight", amount=0.34)
    yield "mask", model.weight_mask
    yield "pruned", prune.is_pruned(model)
    prune.remove(model, "weight")
    yield "removed", model.weight
    yield "pruned then", prune.is_pruned(model)
    yield "not pruned", raises(lambda: prune.remove(model, "weight"))


@case("Pruning Tutorial: Pruning a Module")
def slices_and_drawn_weights_pruned(torch):
    """`ln_structured` masks slices of small norm, `random_unstructured` what is drawn; a mask may be given, too."""
    prune = pruning(torch)
    yield "slice", prune.ln_structured(square(torch), "weight", amount=1, n=2, dim=1).weight_mask
    torch.manual_seed(6)
    yield "drawn", prune.random_unstructured(square(torch), "weight", amount=0.5).weight_mask
    yield "drawn slice", prune.random_structured(square(torch), "weight", amount=1, dim=0).weight_mask
    yield "given", prune.custom_from_mask(square(torch), "bias", torch.tensor([0, 1])).bias
    yield "amount", raises(lambda: prune.l1_unstructured(square(torch), "weight", amount=1.5))
    yield "kind of amount", raises(lambda: prune.l1_unstructured(square(torch), "weight", amount="half"))
    yield "vector", raises(lambda: prune.ln_structured(square(torch), "bias", amount=1, n=1, dim=0))


@case("Pruning Tutorial: Pruning a Module")
def weights_of_two_layers_pruned(torch):
    """`global_unstructured` compares the weights of several layers."""
    prune = pruning(torch)
    one, two = square(torch), square(torch)
    with torch.no_grad():
        two.weight.mul_(0.4)
    prune.global_unstructured(
        [(one, "weight"), (two, "weight")], pruning_method=prune.L1Unstructured, amount=3
    )
    yield "first", one.weight_mask
    yield "second", two.weight_mask
