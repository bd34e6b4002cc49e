"""Draws from distributions: the same numbers after the same seed, and the same place in the stream after them."""

from __future__ import annotations

from conformance import case, raises

FUNCTIONS = "torch: Random sampling"
IN_PLACE = "torch: In-place random sampling"
STREAM = "random_streams::rand"


def drawn(torch, **calls):
    """What each call draws after the same seed, and the number after it."""
    for label, call in calls.items():
        torch.manual_seed(3)
        yield label, call()
        yield f"next after {label}", torch.rand(1)


@case(FUNCTIONS, builds_on=(STREAM,))
def bernoulli(torch):
    """`bernoulli` draws ones with the probabilities of a tensor, or with one."""
    odds = torch.tensor([[0.1, 0.9, 0.5], [0.25, 0.0, 1.0]])
    yield from drawn(
        torch,
        tensor=lambda: torch.bernoulli(odds),
        number=lambda: torch.bernoulli(odds, 0.3),
        float64=lambda: odds.double().bernoulli(),
        in_place=lambda: torch.zeros(2, 3, dtype=torch.int64).bernoulli_(0.6),
        in_place_by_a_tensor=lambda: torch.zeros(2, 3).bernoulli_(odds),
        generator=lambda: torch.bernoulli(odds, generator=torch.Generator().manual_seed(9)),
    )
    yield "above 1", raises(lambda: torch.bernoulli(torch.tensor([1.5])))
    yield "whole numbers", raises(lambda: torch.bernoulli(torch.tensor([1])))
    yield "number above 1", raises(lambda: torch.bernoulli(odds, 1.5))


@case(FUNCTIONS, builds_on=(STREAM,))
def normal_around_tensors(torch):
    """`normal` takes means and deviations as tensors or numbers."""
    means, deviations = torch.tensor([0.5, -1.5, 20.0]), torch.tensor([0.1, 2.0, 0.0])
    yield from drawn(
        torch,
        both=lambda: torch.normal(means, deviations),
        means=lambda: torch.normal(means, 0.5),
        means_alone=lambda: torch.normal(means),
        deviations=lambda: torch.normal(2.5, deviations),
        broadcast=lambda: torch.normal(means, torch.tensor([[0.1], [3.0]])),
        size=lambda: torch.normal(2.5, 0.5, (2, 2)),
        size_by_name=lambda: torch.normal(mean=2.5, std=0.5, size=(3,), dtype=torch.float64),
        many=lambda: torch.normal(torch.arange(20.0), 0.25),
    )
    yield "negative", raises(lambda: torch.normal(means, -1.0))
    yield "negative in a tensor", raises(lambda: torch.normal(0.0, -deviations))
    yield "whole numbers", raises(lambda: torch.normal(torch.tensor([1, 2]), 0.5))
    yield "no fit", raises(lambda: torch.normal(means, torch.ones(2)))


@case(FUNCTIONS, builds_on=(STREAM,))
def poisson(torch):
    """`poisson` draws counts with the rates of a tensor, small or large."""
    rates = torch.tensor([0.0, 0.5, 3.25, 9.75, 12.5, 300.0])
    yield from drawn(
        torch,
        float32=lambda: torch.poisson(rates),
        float64=lambda: torch.poisson(rates.double()),
        generator=lambda: torch.poisson(rates, generator=torch.Generator().manual_seed(9)),
    )
    yield "negative", raises(lambda: torch.poisson(-rates))
    yield "whole numbers", raises(lambda: torch.poisson(torch.tensor([3])))


@case(FUNCTIONS, builds_on=(STREAM,))
def binomial(torch):
    """`binomial` draws counts of successes, for few trials and for many."""
    counts = torch.tensor([5.0, 5.0, 40.0, 100.0, 100.0, 0.0])
    odds = torch.tensor([0.3, 0.85, 0.05, 0.4, 0.9, 0.5])
    yield from drawn(
        torch,
        float32=lambda: torch.binomial(counts, odds),
        float64=lambda: torch.binomial(counts.double(), odds.double()),
    )
    yield "whole numbers", raises(lambda: torch.binomial(torch.tensor([5]), torch.tensor([0.3])))


@case(FUNCTIONS, builds_on=(STREAM,))
def multinomial_without_replacement(torch):
    """`multinomial` draws distinct indices by their weights, row by row."""
    weights = torch.tensor([[0.1, 3.0, 0.4, 0.7], [0.5, 0.0, 0.2, 0.9]])
    yield from drawn(
        torch,
        one=lambda: torch.multinomial(weights, 1),
        three=lambda: torch.multinomial(weights, 3),
        row=lambda: weights[0].multinomial(4),
        float64=lambda: torch.multinomial(weights.double(), 2),
        generator=lambda: torch.multinomial(weights, 2, generator=torch.Generator().manual_seed(9)),
    )


@case(FUNCTIONS, builds_on=(STREAM,))
def multinomial_with_replacement(torch):
    """With replacement, `multinomial` compares uniform numbers with the sums of the weights."""
    weights = torch.tensor([[0.1, 3.0, 0.4, 0.7], [0.5, 0.0, 0.2, 0.9]])
    yield from drawn(
        torch,
        many=lambda: torch.multinomial(weights, 12, replacement=True),
        row=lambda: weights[1].multinomial(12, True),
        one=lambda: torch.multinomial(weights, 1, replacement=True),
        float64=lambda: torch.multinomial(weights.double(), 9, replacement=True),
    )


@case(FUNCTIONS, builds_on=("random_distributions::multinomial_without_replacement",))
def multinomial_refusals(torch):
    """Weights are floating, not negative, not all zero, and enough for what is drawn without replacement."""
    for label, weights, options in (
        ("too many", [0.5, 0.5], (3,)),
        ("none", [0.5, 0.5], (0,)),
        ("zeros", [0.0, 0.0], (1,)),
        ("negative", [-0.5, 1.5], (1,)),
        ("nan", [float("nan"), 1.5], (1,)),
        ("whole numbers", [1, 2], (1,)),
        ("three dimensions", [[[0.5]]], (1,)),
        ("zeros with replacement", [[0.5, 0.5], [0.0, 0.0]], (2, True)),
    ):
        yield (
            label,
            raises(
                lambda weights=weights, options=options: torch.multinomial(torch.tensor(weights), *options)
            ),
        )


@case(IN_PLACE, builds_on=(STREAM,))
def exponential(torch):
    """`exponential_` draws waiting times with a rate."""
    yield from drawn(
        torch,
        one=lambda: torch.zeros(5).exponential_(),
        rate=lambda: torch.zeros(5).exponential_(2.5),
        float64=lambda: torch.zeros(3, dtype=torch.float64).exponential_(0.3),
        half=lambda: torch.zeros(3, dtype=torch.float16).exponential_(),
    )
    yield "rate 0", raises(lambda: torch.zeros(2).exponential_(0.0))
    yield "whole numbers", raises(lambda: torch.zeros(2, dtype=torch.int64).exponential_())


@case(IN_PLACE, builds_on=(STREAM,))
def other_fillers(torch):
    """`cauchy_`, `log_normal_` and `geometric_` draw the same numbers."""
    yield from drawn(
        torch,
        cauchy=lambda: torch.zeros(5).cauchy_(0.5, 2.0),
        cauchy64=lambda: torch.zeros(3, dtype=torch.float64).cauchy_(),
        log_normal=lambda: torch.zeros(5).log_normal_(0.5, 0.25),
        log_normal_of_an_odd_number=lambda: torch.zeros(3, dtype=torch.float64).log_normal_(),
        geometric=lambda: torch.zeros(6).geometric_(0.3),
        geometric_whole=lambda: torch.zeros(6, dtype=torch.int64).geometric_(0.15),
    )
    for label, call in (
        ("sigma", lambda: torch.zeros(2).cauchy_(0, -1.0)),
        ("deviation", lambda: torch.zeros(2).log_normal_(0, -1.0)),
        ("probability", lambda: torch.zeros(2).geometric_(1.5)),
        ("whole numbers", lambda: torch.zeros(2, dtype=torch.int64).cauchy_()),
        ("whole logarithms", lambda: torch.zeros(2, dtype=torch.int32).log_normal_()),
    ):
        yield label, raises(call)


@case(IN_PLACE, builds_on=("random_distributions::other_fillers",))
def nodes_of_other_fillers(torch):
    """A tracked tensor that is filled has the filler's node."""
    leaf = torch.tensor([0.5, 0.25], requires_grad=True)
    for name, arguments in (
        ("cauchy_", ()),
        ("log_normal_", ()),
        ("geometric_", (0.5,)),
        ("exponential_", ()),
    ):
        filled = getattr(leaf * 3, name)(*arguments)
        yield name, filled
        (gradient,) = torch.autograd.grad(filled, leaf, torch.tensor([2.0, 3.0]))
        yield f"gradient through {name}", gradient
    for label, result in (
        ("bernoulli", torch.bernoulli(leaf)),
        ("poisson", torch.poisson(leaf)),
        ("normal by mean", torch.normal(leaf, 0.5)),
        ("normal by deviation", torch.normal(0.5, leaf)),
        ("normal by both", torch.normal(leaf, leaf)),
    ):
        yield label, result
        (gradient,) = torch.autograd.grad(result, leaf, torch.tensor([2.0, 3.0]))
        yield f"gradient through {label}", gradient


@case(IN_PLACE, builds_on=(STREAM,))
def whole_numbers_of_each_type(torch):
    """`random_` without bounds draws all that a type holds without gaps."""
    for name in ("int64", "int32", "int16", "int8", "uint8", "bool", "float64", "float32", "float16"):
        torch.manual_seed(3)
        yield name, torch.zeros(4, dtype=getattr(torch, name)).random_()
        yield f"next after {name}", torch.rand(1)


@case(IN_PLACE, builds_on=("random_distributions::whole_numbers_of_each_type",))
def whole_numbers_between_bounds(torch):
    """`random_` takes an upper bound, or two of which the upper one may be left open."""
    yield from drawn(
        torch,
        upper=lambda: torch.zeros(4, dtype=torch.int32).random_(7),
        both=lambda: torch.zeros(4).random_(-3, 5),
        open=lambda: torch.zeros(3, dtype=torch.uint8).random_(250, None),
        wide=lambda: torch.zeros(3, dtype=torch.int64).random_(0, 2**40),
        scalar=lambda: torch.zeros((), dtype=torch.int64).random_(),
    )
    yield "wrong order", raises(lambda: torch.zeros(2).random_(5, 3))
    yield "too large", raises(lambda: torch.zeros(2, dtype=torch.uint8).random_(300))
    yield "complex", raises(lambda: torch.zeros(2, dtype=torch.complex64).random_())


@case(FUNCTIONS, builds_on=(STREAM,))
def generators(torch):
    """A generator has a stream of its own, which can be kept, set back and copied."""
    generator = torch.Generator()
    yield "first seed", generator.initial_seed()
    yield "seeded", generator.manual_seed(17) is generator
    yield "device", str(generator.device)
    first = torch.rand(3, generator=generator)
    state = generator.get_state()
    yield "state", (state.dtype == torch.uint8, tuple(state.shape))
    second = torch.randn(3, generator=generator)
    generator.set_state(state)
    yield "set back", torch.equal(second, torch.randn(3, generator=generator))
    yield "first", first
    yield "shuffled", torch.randperm(6, generator=generator)
    yield "whole numbers", torch.randint(10, (4,), generator=generator)
    twin = torch.Generator()
    twin.set_state(generator.get_state())
    yield "twins", torch.equal(torch.rand(4, generator=twin), torch.rand(4, generator=generator))
    yield "seed of the twin", twin.initial_seed()
    yield "wrong state", raises(lambda: generator.set_state(torch.zeros(3, dtype=torch.uint8)))


@case(FUNCTIONS, builds_on=("random_distributions::generators",))
def fork_of_the_stream(torch):
    """`fork_rng` sets the stream back afterwards, also after an error."""
    torch.manual_seed(23)
    with torch.random.fork_rng():
        yield "inside", torch.rand(2)
    yield "outside", torch.rand(2)

    def fail():
        with torch.random.fork_rng():
            torch.rand(5)
            raise ValueError("inside")

    yield "error", raises(fail)
    yield "after the error", torch.rand(2)
    yield "seed", torch.initial_seed()
