"""Discrete distributions, relaxed ones and mixtures."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch.distributions: "
STREAM = "random_streams::rand"


def parameter(torch, *values):
    """A parameter that requires grad."""
    return torch.tensor(values[0] if len(values) == 1 else values, requires_grad=True)


def gradients(torch, result, parameters):
    """The gradients of a sum with different weights."""
    weights = torch.arange(1.0, result.numel() + 1).view(result.shape).sin()
    return torch.autograd.grad((result * weights).sum(), parameters, retain_graph=True)


def moments(distribution):
    """What the distribution is, without samples."""
    yield "text", repr(distribution)
    yield "shapes", (tuple(distribution.batch_shape), tuple(distribution.event_shape))
    for name in ("mean", "mode", "variance", "stddev", "entropy", "support"):
        yield name, raises(lambda name=name: _read(distribution, name))


def _read(distribution, name):
    value = getattr(distribution, name)
    return value() if name == "entropy" else value


def described(torch, distribution, parameters, point):
    """Everything that programs ask of a distribution; `point` is a value of its support."""
    yield from moments(distribution)
    torch.manual_seed(7)
    yield "samples", distribution.sample((3,))
    yield "one sample", distribution.sample()
    if distribution.has_rsample:
        drawn = distribution.rsample((2,))
        yield "sample with gradients", drawn
        yield "gradients of the sample", gradients(torch, drawn, parameters)
    yield "next number", torch.rand(1)
    log_prob = distribution.log_prob(point)
    yield "log_prob", log_prob
    yield "gradients of log_prob", gradients(torch, log_prob, parameters)
    yield "cdf", raises(lambda: distribution.cdf(point))
    yield "icdf", raises(lambda: distribution.icdf(torch.tensor(0.3)))
    wider = distribution.expand((2, *distribution.batch_shape))
    yield "expanded", repr(wider)
    yield "sample of the expanded", wider.sample()


def counted(torch, distribution, parameters, point):
    """Everything that programs ask of a discrete distribution."""
    yield from described(torch, distribution, parameters, point)
    yield "every value", raises(distribution.enumerate_support)
    yield "every value, not expanded", raises(lambda: distribution.enumerate_support(expand=False))


@case(PAGE + "Bernoulli", builds_on=("random_distributions::bernoulli",))
def bernoulli(torch):
    """`Bernoulli` takes probabilities, and its mode at one half is not a number."""
    probs = parameter(torch, 0.3, 0.8, 0.5)
    distribution = torch.distributions.Bernoulli(probs)
    yield from counted(torch, distribution, (probs,), torch.tensor([1.0, 0.0, 1.0]))
    yield "a half", raises(lambda: distribution.log_prob(torch.tensor([1.0, 0.5, 0.0])))


@case(PAGE + "Bernoulli", builds_on=("distributions_discrete::bernoulli",))
def probabilities_or_log_odds(torch):
    """A distribution takes probabilities or log odds, and computes the other when asked."""
    logits = parameter(torch, 0.3, -2.0)
    distribution = torch.distributions.Bernoulli(logits=logits)
    yield "text before", repr(distribution)
    with torch.no_grad():
        yield "probs", distribution.probs
    yield "text after", repr(distribution)
    yield "log_prob", distribution.log_prob(torch.tensor([1.0, 0.0]))
    for kind in ("Bernoulli", "Categorical", "Geometric"):
        yield f"neither of {kind}", raises(getattr(torch.distributions, kind))
    yield "both", raises(lambda: torch.distributions.Bernoulli(0.5, 0.0))
    yield "above one", raises(lambda: torch.distributions.Bernoulli(torch.tensor([0.5, 1.5])))


@case(PAGE + "Categorical", builds_on=("random_distributions::multinomial_without_replacement",))
def categorical(torch):
    """`Categorical` normalizes its probabilities and draws indices."""
    probs = parameter(torch, [0.3, 0.2, 1.5], [0.1, 0.8, 0.1])
    distribution = torch.distributions.Categorical(probs)
    yield "normalized", distribution.probs
    yield from counted(torch, distribution, (probs,), torch.tensor([2, 1]))
    yield "beyond", raises(lambda: distribution.log_prob(torch.tensor([3, 0])))


@case(PAGE + "Categorical", builds_on=("distributions_discrete::categorical",))
def categorical_of_logits(torch):
    """Logits are normalized by their logsumexp, and samples pass gradients to them through `log_prob`."""
    logits = parameter(torch, 0.3, -2.0, 1.25)
    distribution = torch.distributions.Categorical(logits=logits)
    yield "normalized", distribution.logits
    yield from counted(torch, distribution, (logits,), torch.tensor([2, 0, 1, 1]))
    yield "a number", raises(lambda: torch.distributions.Categorical(torch.tensor(0.5)))
    yield "negative", raises(lambda: torch.distributions.Categorical(torch.tensor([0.5, -0.25, 0.75])))


@case(PAGE + "Categorical", builds_on=("distributions_discrete::categorical_of_logits",))
def entropy_with_impossible_categories(torch):
    """A category of probability zero adds nothing to the entropy."""
    distribution = torch.distributions.Categorical(logits=torch.tensor([0.5, -float("inf"), 1.5]))
    yield "entropy", distribution.entropy()
    yield "log_prob", distribution.log_prob(torch.tensor([1, 2]))


@case(PAGE + "OneHotCategorical", builds_on=("distributions_discrete::categorical",))
def one_hot_categorical(torch):
    """`OneHotCategorical` draws the categories as vectors."""
    probs = parameter(torch, [0.3, 0.2, 0.5], [0.1, 0.8, 0.1])
    distribution = torch.distributions.OneHotCategorical(probs)
    yield from counted(torch, distribution, (probs,), torch.eye(3)[[2, 0]])
    yield "no one", raises(lambda: distribution.log_prob(torch.zeros(2, 3)))


@case(PAGE + "OneHotCategorical", builds_on=("distributions_discrete::one_hot_categorical",))
def straight_through(torch):
    """`OneHotCategoricalStraightThrough` passes the gradient of the probabilities through its samples."""
    logits = parameter(torch, 0.3, -2.0, 1.25)
    torch.manual_seed(4)
    drawn = torch.distributions.OneHotCategoricalStraightThrough(logits=logits).rsample((2,))
    yield "sample", drawn
    yield "gradient", gradients(torch, drawn, (logits,))


@case(PAGE + "Binomial", builds_on=("random_distributions::binomial",))
def binomial(torch):
    """`Binomial` counts successes; its values can be listed where all counts of trials are equal."""
    probs = parameter(torch, 0.3, 0.8)
    distribution = torch.distributions.Binomial(5, probs)
    yield from counted(torch, distribution, (probs,), torch.tensor([2.0, 5.0]))
    unequal = torch.distributions.Binomial(torch.tensor([3.0, 5.0]), probs)
    yield "of two counts", raises(unequal.enumerate_support)
    yield "too many", raises(lambda: unequal.log_prob(torch.tensor([4.0, 4.0])))
    logits = parameter(torch, 0.0, 1.5)
    log_prob = torch.distributions.Binomial(4, logits=logits).log_prob(torch.tensor([1.0, 3.0]))
    yield "gradient at log odds of zero", gradients(torch, log_prob, (logits,))


@case(PAGE + "NegativeBinomial", builds_on=("random_distributions::poisson",))
def negative_binomial(torch):
    """`NegativeBinomial` draws from Poisson distributions whose rates are gamma numbers."""
    probs = parameter(torch, 0.3, 0.8)
    distribution = torch.distributions.NegativeBinomial(torch.tensor([5.0, 2.5]), probs)
    yield from counted(torch, distribution, (probs,), torch.tensor([2.0, 5.0]))


@case(PAGE + "Multinomial", builds_on=("distributions_discrete::categorical",))
def multinomial(torch):
    """`Multinomial` counts how often each category comes up."""
    probs = parameter(torch, 0.5, 0.2, 0.3)
    distribution = torch.distributions.Multinomial(5, probs)
    yield from moments(distribution)
    torch.manual_seed(5)
    yield "samples", distribution.sample((3,))
    log_prob = distribution.log_prob(torch.tensor([2.0, 0.0, 3.0]))
    yield "log_prob", log_prob
    yield "gradient", gradients(torch, log_prob, (probs,))
    yield "counts", raises(lambda: torch.distributions.Multinomial(torch.tensor([5]), probs))


@case(PAGE + "Geometric", builds_on=(STREAM,))
def geometric(torch):
    """`Geometric` counts failures before a success, which must be possible."""
    probs = parameter(torch, 0.3, 0.8)
    distribution = torch.distributions.Geometric(probs)
    yield from counted(torch, distribution, (probs,), torch.tensor([2.0, 5.0]))
    yield "impossible", raises(lambda: torch.distributions.Geometric(torch.tensor([0.5, 0.0])))


@case(PAGE + "Poisson", builds_on=("random_distributions::poisson",))
def poisson(torch):
    """`Poisson` counts events of a rate."""
    rate = parameter(torch, 0.5, 22.0)
    distribution = torch.distributions.Poisson(rate)
    yield from counted(torch, distribution, (rate,), torch.tensor([2.0, 15.0]))


@case(PAGE + "ContinuousBernoulli", builds_on=(STREAM,))
def continuous_bernoulli(torch):
    """`ContinuousBernoulli` goes over to a Taylor series near one half."""
    probs = parameter(torch, 0.3, 0.5, 0.9)
    distribution = torch.distributions.ContinuousBernoulli(probs)
    yield from described(torch, distribution, (probs,), torch.tensor([0.25, 0.75, 0.5]))


@case(PAGE + "RelaxedBernoulli", builds_on=(STREAM,))
def relaxed_bernoulli(torch):
    """`RelaxedBernoulli` has samples near zero and one, with gradients."""
    probs = parameter(torch, 0.3, 0.8)
    distribution = torch.distributions.RelaxedBernoulli(torch.tensor(0.7), probs)
    yield from described(torch, distribution, (probs,), torch.tensor([0.25, 0.75]))


@case(PAGE + "RelaxedOneHotCategorical", builds_on=(STREAM,))
def relaxed_one_hot_categorical(torch):
    """`RelaxedOneHotCategorical` has samples near the corners of the simplex, with gradients."""
    logits = parameter(torch, 0.3, -2.0, 1.25)
    distribution = torch.distributions.RelaxedOneHotCategorical(torch.tensor(0.7), logits=logits)
    yield from described(torch, distribution, (logits,), torch.tensor([0.25, 0.5, 0.25]))


@case(PAGE + "MixtureSameFamily", builds_on=("distributions_discrete::categorical",))
def mixture(torch):
    """`MixtureSameFamily` weighs the densities of its components, and draws from one of them."""
    probs, loc = parameter(torch, 0.3, 0.7), parameter(torch, 1.0, -2.0)
    parts = torch.distributions.Normal(loc, torch.tensor([0.5, 1.5]))
    distribution = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(probs), parts)
    yield from described(torch, distribution, (probs, loc), torch.tensor([0.25, 0.75]))
    three = torch.distributions.Categorical(torch.ones(3))
    yield "three of two", raises(lambda: torch.distributions.MixtureSameFamily(three, parts))
    yield "no categories", raises(lambda: torch.distributions.MixtureSameFamily(parts, parts))


@case(PAGE + "MixtureSameFamily", builds_on=("distributions_discrete::mixture",))
def mixture_of_vectors(torch):
    """The components of a mixture can be distributions of vectors."""
    loc = parameter(torch, [1.0, 2.0], [0.0, 3.0], [-1.0, 0.5])
    parts = torch.distributions.Independent(torch.distributions.Normal(loc, 0.75), 1)
    weights = torch.distributions.Categorical(torch.tensor([0.3, 0.5, 0.2]))
    distribution = torch.distributions.MixtureSameFamily(weights, parts)
    yield from moments(distribution)
    torch.manual_seed(6)
    yield "samples", distribution.sample((3,))
    log_prob = distribution.log_prob(torch.tensor([[0.5, 1.5], [2.0, 0.25]]))
    yield "log_prob", log_prob
    yield "gradient", gradients(torch, log_prob, (loc,))
