"""Random numbers inside `vmap`: refused, different for each example, or the same for all, as PyTorch draws them."""

import pytest

import engine

torch = pytest.importorskip("torch")

DRAWS = {
    "dropout": lambda torch, x: torch.nn.functional.dropout(x),
    "dropout1d": lambda torch, x: torch.nn.functional.dropout1d(x[None, :, None]),
    "alpha dropout": lambda torch, x: torch.nn.functional.alpha_dropout(x, training=True),
    "dropout of no example": lambda torch, x: torch.nn.functional.dropout(torch.ones(4)),
    "bernoulli": lambda torch, x: torch.bernoulli(x),
    "bernoulli with a number": lambda torch, x: torch.bernoulli(x, 0.5),
    "bernoulli of no example": lambda torch, x: torch.bernoulli(torch.full((4,), 0.5)),
    "bernoulli_": lambda torch, x: x.clone().bernoulli_(0.5),
    "multinomial": lambda torch, x: torch.multinomial(x, 2),
    "multinomial with replacement": lambda torch, x: torch.multinomial(x, 2, True),
    "multinomial of rows": lambda torch, x: torch.multinomial(x.expand(2, 4), 2),
    "normal": lambda torch, x: torch.normal(x, x[0]),
    "normal of numbers": lambda torch, x: torch.normal(0.0, 1.0, (3,)),
    "poisson": lambda torch, x: torch.poisson(3 * x),
    "uniform_": lambda torch, x: x.clone().uniform_(),
    "normal_ of no example": lambda torch, x: torch.zeros(3).normal_(),
    "exponential_": lambda torch, x: x.clone().exponential_(),
    "random_": lambda torch, x: x.clone().random_(0, 5),
    "gumbel softmax": lambda torch, x: torch.nn.functional.gumbel_softmax(x),
    "gradient": lambda torch, x: torch.func.grad(
        lambda x: torch.nn.functional.dropout(x).pow(2).sum() + (x.clone().normal_() * x).sum()
    )(x),
    "nested": lambda torch, x: torch.func.vmap(lambda x: x.clone().uniform_(), randomness="different")(
        x.expand(3, 4)
    ),
}


def drawn(torch, name, randomness):
    """What is drawn for three examples, or the refusal, and the number that comes next."""
    torch.manual_seed(3)
    examples = torch.tensor([[0.5, 0.25, 0.75, 0.5]] * 3)
    try:
        found = torch.func.vmap(lambda x: DRAWS[name](torch, x), randomness=randomness)(examples)
    except RuntimeError as error:
        return str(error)
    return found.tolist(), torch.rand(1).item()


@pytest.mark.parametrize("randomness", ["error", "different", "same"])
@pytest.mark.parametrize("name", DRAWS)
def test_examples_get_the_numbers_that_they_get_in_pytorch(name, randomness):
    found, wanted = drawn(engine, name, randomness), drawn(torch, name, randomness)
    if isinstance(wanted, str):
        assert found == wanted
    else:
        assert found[1] == wanted[1]
        engine.testing.assert_close(engine.tensor(found[0]), engine.tensor(wanted[0]))


REFUSED = {
    "nonzero": lambda torch, x: torch.nonzero(x),
    "unique": lambda torch, x: torch.unique(x),
    "unique_consecutive": lambda torch, x: torch.unique_consecutive(x),
    "unique along a dimension": lambda torch, x: torch.unique(x, dim=0),
    "masked_select": lambda torch, x: torch.masked_select(x, x > 0),
    "data_ptr": lambda torch, x: x.data_ptr(),
    "out": lambda torch, x: torch.sin(x, out=torch.zeros(3)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_examples_cannot_be_asked_is_refused_in_pytorchs_words(name):
    refusals = []
    for each in (engine, torch):
        with pytest.raises(RuntimeError) as refusal:
            each.func.vmap(lambda x, each=each: REFUSED[name](each, x))(each.tensor([[0.0, 1.0, 1.0]] * 2))
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize("name", ["t_", "unsqueeze_", "squeeze_"])
def test_examples_change_their_shape_in_place(name):
    def change(x):
        changed = x.clone()
        getattr(changed, name)(*[0] * (name != "t_"))
        return changed * 2

    for examples in ((2, 2, 3), (2, 1, 3)):
        found, wanted = [
            each.func.vmap(change, in_dims=1)(each.arange(12.0 if examples[1] > 1 else 6.0).view(examples))
            for each in (engine, torch)
        ]
        assert (found.shape, found.tolist()) == (wanted.shape, wanted.tolist())
