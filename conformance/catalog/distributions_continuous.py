"""Continuous distributions: their samples after a seed, densities, moments and gradients."""

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


@case(PAGE + "Normal", builds_on=(STREAM,))
def normal(torch):
    """`Normal` draws `loc + scale * eps`, and gradients flow to both parameters."""
    loc, scale = parameter(torch, 0.5, -1.0), parameter(torch, 1.5, 0.3)
    distribution = torch.distributions.Normal(loc, scale)
    yield from described(torch, distribution, (loc, scale), torch.tensor([0.7, -1.25]))


@case(PAGE + "Normal", builds_on=("distributions_continuous::normal",))
def normal_of_numbers(torch):
    """Numbers as parameters give an empty batch shape; parameters of two shapes are broadcast."""
    distribution = torch.distributions.Normal(0.25, 2)
    yield from moments(distribution)
    yield "of two shapes", repr(torch.distributions.Normal(torch.zeros(3, 1), torch.ones(2)))
    yield "float64", torch.distributions.Normal(torch.tensor(0.5, dtype=torch.float64), 2.5).scale
    yield "text as a parameter", raises(lambda: torch.distributions.Normal("a", 1.0))


@case(PAGE + "Normal", builds_on=("distributions_continuous::normal",))
def checked_parameters(torch):
    """Parameters outside their constraint are refused, but with `validate_args=False`."""
    normal = torch.distributions.Normal
    yield "negative", raises(lambda: normal(torch.tensor([0.5, 1.0]), torch.tensor([1.0, -2.0])))
    yield "nan", raises(lambda: normal(float("nan"), 1.0))
    yield "unchecked", normal(0.5, -2.0, validate_args=False).log_prob(torch.tensor(0.25))
    yield "no tensor", raises(lambda: normal(0.0, 1.0).log_prob(0.5))
    yield "no fit", raises(lambda: normal(torch.zeros(2), 1.0).log_prob(torch.ones(3)))
    yield "outside", raises(lambda: torch.distributions.Exponential(1.5).log_prob(torch.tensor([-2.0])))


@case(PAGE + "Distribution", builds_on=("distributions_continuous::checked_parameters",))
def default_of_validation(torch):
    """`set_default_validate_args(False)` turns the checks off for all distributions."""
    base = torch.distributions.Distribution
    held = base._validate_args
    try:
        base.set_default_validate_args(False)
        yield "log_prob outside", torch.distributions.Exponential(1.5).log_prob(torch.tensor([-2.0]))
    finally:
        base.set_default_validate_args(held)
    yield "checked again", raises(lambda: torch.distributions.Exponential(-1.5))


@case(PAGE + "Distribution")
def what_a_subclass_leaves_out(torch):
    """The base class implements nothing, and says what a subclass lacks."""
    distribution = torch.distributions.Distribution(validate_args=False)
    for name in ("mean", "variance", "support", "arg_constraints"):
        yield name, raises(lambda name=name: getattr(distribution, name))
    yield "mode", raises(lambda: torch.distributions.Distribution(validate_args=False).mode)
    yield "log_prob", raises(lambda: distribution.log_prob(torch.ones(1)))
    yield "sample", raises(distribution.sample)
    yield "no constraints", raises(lambda: torch.distributions.Distribution().batch_shape)


@case(PAGE + "Distribution", builds_on=("distributions_continuous::normal",))
def subclasses_with_own_constructor(torch):
    """A subclass with a constructor of its own needs an `expand` of its own."""

    class Standard(torch.distributions.Normal):
        def __init__(self):
            super().__init__(torch.tensor(0.5), 2.0)

    yield "text", repr(Standard())
    yield "expand", raises(lambda: Standard().expand((2,)))


@case(PAGE + "Uniform", builds_on=(STREAM,))
def uniform(torch):
    """`Uniform` has the density of its width inside, and minus infinity at its upper end."""
    low, high = parameter(torch, 0.5, -1.0), parameter(torch, 1.5, 0.25)
    distribution = torch.distributions.Uniform(low, high)
    yield from described(torch, distribution, (low, high), torch.tensor([0.75, 0.0]))
    yield "at the end", distribution.log_prob(torch.tensor([1.5, -1.0]))
    yield "outside", raises(lambda: distribution.log_prob(torch.tensor([2.0, 0.0])))
    yield "turned round", raises(lambda: torch.distributions.Uniform(2.0, 1.0))


@case(PAGE + "Beta", builds_on=("distributions_continuous::dirichlet",))
def beta(torch):
    """`Beta` draws the first number of a Dirichlet distribution."""
    one, zero = parameter(torch, 0.5, 2.5), parameter(torch, 1.5, 0.3)
    distribution = torch.distributions.Beta(one, zero)
    yield from described(torch, distribution, (one, zero), torch.tensor([0.7, 0.25]))
    yield "of numbers", torch.distributions.Beta(2, 3).log_prob(torch.tensor([0.3]))


@case(PAGE + "Dirichlet", builds_on=(STREAM,))
def dirichlet(torch):
    """`Dirichlet` draws vectors that sum to one, with gradients to the concentrations."""
    concentration = parameter(torch, [0.5, 2.0, 1.25], [3.0, 12.0, 8.5])
    distribution = torch.distributions.Dirichlet(concentration)
    point = torch.tensor([[0.2, 0.3, 0.5], [0.25, 0.5, 0.25]])
    yield from described(torch, distribution, (concentration,), point)
    yield "off the simplex", raises(lambda: distribution.log_prob(point * 1.5))
    yield "a number", raises(lambda: torch.distributions.Dirichlet(torch.tensor(2.0)))
    below = torch.distributions.Dirichlet(torch.tensor([[0.25, 0.75], [2.5, 0.5]]))
    yield "mode below one", below.mode


@case(PAGE + "Gamma", builds_on=(STREAM,))
def gamma(torch):
    """`Gamma` draws by rejection, with gradients to concentration and rate."""
    concentration, rate = parameter(torch, 0.5, 2.5), parameter(torch, 1.5, 0.3)
    distribution = torch.distributions.Gamma(concentration, rate)
    yield from described(torch, distribution, (concentration, rate), torch.tensor([0.7, 4.25]))
    yield "zero", raises(lambda: distribution.log_prob(torch.tensor([0.0, 4.25])))


@case(PAGE + "Gamma", builds_on=("distributions_continuous::gamma",))
def derivatives_of_gamma_numbers(torch):
    """Gradients flow through gamma samples of every shape, and PyTorch has no second ones."""
    torch.manual_seed(3)
    concentration = parameter(torch, 0.05, 0.7, 3.0, 9.0, 9.5, 40.0, 700.0)
    drawn = torch.distributions.Gamma(concentration, torch.tensor(1.5)).rsample((2,))
    yield "sample", drawn
    (slope,) = torch.autograd.grad(drawn.sin().sum(), concentration, create_graph=True)
    yield "gradient", slope
    yield "second", raises(lambda: slope.sum().backward())


@case(PAGE + "Exponential", builds_on=(STREAM,))
def exponential(torch):
    """`Exponential` divides the numbers of rate one by its rate."""
    rate = parameter(torch, 0.5, 2.5)
    distribution = torch.distributions.Exponential(rate)
    yield from described(torch, distribution, (rate,), torch.tensor([0.7, 1.25]))


def of_loc_and_scale(torch, name):
    """What a distribution with a place and a scale shows."""
    loc, scale = parameter(torch, 0.5, 2.0), parameter(torch, 1.5, 0.3)
    distribution = getattr(torch.distributions, name)(loc, scale)
    yield from described(torch, distribution, (loc, scale), torch.tensor([0.75, 1.25]))


@case(PAGE + "Laplace", builds_on=(STREAM,))
def laplace(torch):
    """`Laplace` has a sharp peak at `loc`."""
    yield from of_loc_and_scale(torch, "Laplace")


@case(PAGE + "Cauchy", builds_on=(STREAM,))
def cauchy(torch):
    """`Cauchy` has no mean, and an infinite variance."""
    yield from of_loc_and_scale(torch, "Cauchy")


@case(PAGE + "LogNormal", builds_on=("distributions_continuous::normal",))
def log_normal(torch):
    """`LogNormal` transforms normal numbers by the exponential function."""
    yield from of_loc_and_scale(torch, "LogNormal")


@case(PAGE + "Gumbel", builds_on=("distributions_continuous::uniform",))
def gumbel(torch):
    """`Gumbel` transforms uniform numbers by two logarithms."""
    yield from of_loc_and_scale(torch, "Gumbel")
    yield "of numbers", torch.distributions.Gumbel(1.5, 2.0).log_prob(torch.tensor([0.25]))


@case(PAGE + "Weibull", builds_on=("distributions_continuous::exponential",))
def weibull(torch):
    """`Weibull` takes powers of exponential numbers; it has no closed quantile but that of its parts."""
    scale, concentration = parameter(torch, 0.5, 2.0), parameter(torch, 1.5, 0.3)
    distribution = torch.distributions.Weibull(scale, concentration)
    yield from described(torch, distribution, (scale, concentration), torch.tensor([0.75, 1.25]))


@case(PAGE + "Pareto", builds_on=("distributions_continuous::exponential",))
def pareto(torch):
    """`Pareto` starts at its scale; low exponents have no finite mean."""
    scale, alpha = parameter(torch, 0.5, 2.0), parameter(torch, 2.5, 0.3)
    distribution = torch.distributions.Pareto(scale, alpha)
    yield from described(torch, distribution, (scale, alpha), torch.tensor([0.75, 2.25]))


@case(PAGE + "HalfNormal", builds_on=("distributions_continuous::normal",))
def half_normal(torch):
    """`HalfNormal` has twice the density of a normal distribution, on one side."""
    scale = parameter(torch, 0.5, 2.0)
    distribution = torch.distributions.HalfNormal(scale)
    yield from described(torch, distribution, (scale,), torch.tensor([0.75, 2.25]))


@case(PAGE + "HalfCauchy", builds_on=("distributions_continuous::cauchy",))
def half_cauchy(torch):
    """`HalfCauchy` has twice the density of a Cauchy distribution, on one side."""
    scale = parameter(torch, 0.5, 2.0)
    distribution = torch.distributions.HalfCauchy(scale)
    yield from described(torch, distribution, (scale,), torch.tensor([0.75, 2.25]))


@case(PAGE + "StudentT", builds_on=("distributions_continuous::gamma",))
def student(torch):
    """`StudentT` has a mean above one degree of freedom, and a variance above two."""
    df, loc = parameter(torch, 0.5, 5.0, 1.5), parameter(torch, 1.5, 0.3, -1.0)
    distribution = torch.distributions.StudentT(df, loc)
    yield from described(torch, distribution, (df, loc), torch.tensor([0.75, 2.25, 0.5]))


@case(PAGE + "Chi2", builds_on=("distributions_continuous::gamma",))
def chi2(torch):
    """`Chi2` is a gamma distribution of half its degrees of freedom."""
    df = parameter(torch, 0.5, 5.0)
    distribution = torch.distributions.Chi2(df)
    yield from described(torch, distribution, (df,), torch.tensor([0.75, 2.25]))


@case(PAGE + "FisherSnedecor", builds_on=("distributions_continuous::gamma",))
def fisher_snedecor(torch):
    """`FisherSnedecor` divides two gamma numbers."""
    df1, df2 = parameter(torch, 3.5, 2.0), parameter(torch, 5.0, 1.5)
    distribution = torch.distributions.FisherSnedecor(df1, df2)
    yield from described(torch, distribution, (df1, df2), torch.tensor([0.75, 2.25]))


@case(PAGE + "InverseGamma", builds_on=("distributions_continuous::gamma",))
def inverse_gamma(torch):
    """`InverseGamma` takes the reciprocal of gamma numbers."""
    concentration, rate = parameter(torch, 3.5, 1.5), parameter(torch, 0.5, 1.5)
    distribution = torch.distributions.InverseGamma(concentration, rate)
    yield from described(torch, distribution, (concentration, rate), torch.tensor([0.75, 2.25]))


@case(PAGE + "Kumaraswamy", builds_on=("distributions_continuous::uniform",))
def kumaraswamy(torch):
    """`Kumaraswamy` transforms uniform numbers by powers."""
    one, zero = parameter(torch, 1.5, 2.0), parameter(torch, 3.0, 0.75)
    distribution = torch.distributions.Kumaraswamy(one, zero)
    yield from described(torch, distribution, (one, zero), torch.tensor([0.75, 0.25]))


@case(PAGE + "VonMises", builds_on=(STREAM,))
def von_mises(torch):
    """`VonMises` draws angles by rejection, in float64."""
    loc, concentration = parameter(torch, 0.5, 2.0), parameter(torch, 1.5, 5.5)
    distribution = torch.distributions.VonMises(loc, concentration)
    yield from described(torch, distribution, (loc, concentration), torch.tensor([0.75, -1.25]))


@case(PAGE + "GeneralizedPareto", builds_on=("distributions_continuous::uniform",))
def generalized_pareto(torch):
    """`GeneralizedPareto` ends somewhere where its concentration is negative."""
    loc, scale = parameter(torch, 0.5, 2.0, 1.0), parameter(torch, 1.5, 0.5, 0.75)
    distribution = torch.distributions.GeneralizedPareto(loc, scale, torch.tensor([0.25, -0.3, 0.0]))
    yield from described(torch, distribution, (loc, scale), torch.tensor([0.75, 2.25, 3.0]))
