"""Distributions of vectors, transforms, constraints and divergences."""

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


COVARIANCE = [[2.0, 0.25], [0.25, 1.0]]


@case(PAGE + "MultivariateNormal", builds_on=("distributions_continuous::normal",))
def multivariate_normal(torch):
    """`MultivariateNormal` takes a covariance and multiplies normal vectors with its factor."""
    loc, covariance = parameter(torch, 0.5, 2.0), parameter(torch, COVARIANCE)
    distribution = torch.distributions.MultivariateNormal(loc, covariance)
    yield from described(torch, distribution, (loc, covariance), torch.tensor([0.75, 1.25]))
    yield "factor", distribution.scale_tril
    yield "precision", distribution.precision_matrix


@case(PAGE + "MultivariateNormal", builds_on=("distributions_joint::multivariate_normal",))
def multivariate_normal_of_other_matrices(torch):
    """`MultivariateNormal` takes a precision or a factor instead, of which exactly one is given."""
    kind, loc, matrix = (
        torch.distributions.MultivariateNormal,
        torch.tensor([0.5, 2.0]),
        torch.tensor(COVARIANCE),
    )
    yield "precision", kind(loc, precision_matrix=matrix).log_prob(torch.tensor([0.75, 1.25]))
    yield "covariance", kind(loc, precision_matrix=matrix).covariance_matrix
    yield "factor", kind(loc, scale_tril=matrix.tril()).entropy()
    yield "none", raises(lambda: kind(loc))
    yield "two", raises(lambda: kind(loc, matrix, matrix))
    yield "not symmetric", raises(lambda: kind(loc, matrix.tril()))
    yield "not triangular", raises(lambda: kind(loc, scale_tril=matrix))
    yield "a vector", raises(lambda: kind(loc, loc))
    yield "a number", raises(lambda: kind(torch.tensor(0.5), matrix))


@case(PAGE + "LowRankMultivariateNormal", builds_on=("distributions_joint::multivariate_normal",))
def lowrank_multivariate_normal(torch):
    """`LowRankMultivariateNormal` never forms its covariance to compute densities."""
    factor, diag = parameter(torch, [[1.0], [2.0], [0.5]]), parameter(torch, 1.0, 0.5, 2.0)
    distribution = torch.distributions.LowRankMultivariateNormal(torch.tensor([0.5, 2.0, 1.0]), factor, diag)
    yield from described(torch, distribution, (factor, diag), torch.tensor([0.75, 1.25, -0.5]))
    yield "covariance", distribution.covariance_matrix
    yield "precision", distribution.precision_matrix
    yield "factor", distribution.scale_tril


@case(PAGE + "Independent", builds_on=("distributions_continuous::normal",))
def independent(torch):
    """`Independent` makes dimensions of the batch part of one sample, and adds their logarithms."""
    loc, scale = parameter(torch, [1.0, 2.0], [0.0, 3.0]), parameter(torch, [0.5, 0.75], [1.0, 2.0])
    distribution = torch.distributions.Independent(torch.distributions.Normal(loc, scale), 1)
    yield from described(torch, distribution, (loc, scale), torch.tensor([0.75, 1.25]))
    yield "too many", raises(lambda: torch.distributions.Independent(distribution, 2))


@case(PAGE + "TransformedDistribution", builds_on=("distributions_continuous::normal",))
def transformed_distribution(torch):
    """A transformed distribution corrects the density by the slope of its transforms."""
    loc, scale = parameter(torch, 1.0, 2.0), parameter(torch, 2.0, -3.0)
    kinds = torch.distributions.transforms
    steps = [kinds.SigmoidTransform(), kinds.AffineTransform(1.0, scale)]
    distribution = torch.distributions.TransformedDistribution(torch.distributions.Normal(loc, 0.5), steps)
    yield from described(torch, distribution, (loc, scale), torch.tensor([1.75, 0.25]))
    yield "no transform", raises(lambda: torch.distributions.TransformedDistribution(distribution, [1]))
    yield "a number", raises(lambda: torch.distributions.TransformedDistribution(distribution, 1))


@case(PAGE + "LogisticNormal", builds_on=("distributions_joint::transformed_distribution",))
def logistic_normal(torch):
    """`LogisticNormal` breaks sticks by normal numbers."""
    loc = parameter(torch, 0.3, 2.0)
    distribution = torch.distributions.LogisticNormal(loc, torch.tensor([1.0, 1.5]))
    yield from moments(distribution)
    torch.manual_seed(8)
    yield "sample", distribution.sample((2,))
    log_prob = distribution.log_prob(torch.tensor([0.25, 0.5, 0.25]))
    yield "log_prob", log_prob
    yield "gradient", gradients(torch, log_prob, (loc,))


@case(PAGE + "LKJCholesky", builds_on=("distributions_continuous::beta",))
def lkj_cholesky(torch):
    """`LKJCholesky` draws factors of correlation matrices."""
    distribution = torch.distributions.LKJCholesky(3, 1.5)
    yield "text", repr(distribution)
    torch.manual_seed(8)
    drawn = distribution.sample((2,))
    yield "sample", drawn
    yield "log_prob", distribution.log_prob(drawn)
    yield "of one variable", raises(lambda: torch.distributions.LKJCholesky(1))


@case(PAGE + "Wishart", builds_on=("distributions_continuous::gamma",))
def wishart(torch):
    """`Wishart` draws positive definite matrices."""
    covariance = torch.tensor(COVARIANCE)
    distribution = torch.distributions.Wishart(torch.tensor(4.5), covariance)
    yield from moments(distribution)
    yield "log_prob", distribution.log_prob(torch.tensor([[3.0, 0.5], [0.5, 2.0]]))
    yield "too few", raises(lambda: torch.distributions.Wishart(torch.tensor(0.5), covariance))


@case(PAGE + "Transform")
def transforms_of_numbers(torch):
    """A transform, its inverse and the logarithm of its slope fit together."""
    kinds = torch.distributions.transforms
    x = torch.tensor([0.25, -1.5, 2.0], requires_grad=True)
    made = (
        kinds.ExpTransform(),
        kinds.SigmoidTransform(),
        kinds.TanhTransform(),
        kinds.SoftplusTransform(),
        kinds.AffineTransform(0.5, -3.0),
        kinds.AffineTransform(0.5, torch.tensor([2.0, -1.0, 0.25]), event_dim=1),
        kinds.ComposeTransform([kinds.ExpTransform(), kinds.PowerTransform(torch.tensor(1.5))]),
    )
    for transform in made:
        y = transform(x)
        yield repr(transform), y
        yield "back", transform.inv(y)
        yield "slope", transform.log_abs_det_jacobian(x, y)
        yield "slope of the inverse", transform.inv.log_abs_det_jacobian(y, x)
        yield (
            "sign, domain, codomain",
            (repr(transform.sign), repr(transform.domain), repr(transform.codomain)),
        )
    yield "abs", kinds.AbsTransform()(x)
    yield "sign of abs", raises(lambda: kinds.AbsTransform().sign)


@case(PAGE + "Transform")
def transforms_of_vectors(torch):
    """Transforms of vectors lead to simplices, triangular and positive definite matrices."""
    kinds = torch.distributions.transforms
    x = torch.tensor([0.25, -1.5, 2.0], requires_grad=True)
    for transform in (kinds.StickBreakingTransform(), kinds.CorrCholeskyTransform()):
        y = transform(x)
        yield repr(transform), y
        yield "back", transform.inv(y)
        yield "slope", transform.log_abs_det_jacobian(x, y)
        yield "shapes", (tuple(transform.forward_shape(x.shape)), tuple(transform.inverse_shape(y.shape)))
    yield "softmax", kinds.SoftmaxTransform()(x)
    matrix = torch.tensor([[0.5, 3.0], [-1.0, 0.25]])
    for transform in (kinds.LowerCholeskyTransform(), kinds.PositiveDefiniteTransform()):
        yield repr(transform), transform(matrix)
        yield "back", transform.inv(transform(matrix))
    yield "reshaped", kinds.ReshapeTransform((3,), (3, 1))(x)
    yield "other sizes", raises(lambda: kinds.ReshapeTransform((3,), (2,)))
    parts = [kinds.ExpTransform(), kinds.TanhTransform()]
    yield "cat", kinds.CatTransform(parts, lengths=[1, 2])(x)
    yield "stack", kinds.StackTransform(parts, dim=0)(matrix)
    yield "slope of the stack", kinds.StackTransform(parts).log_abs_det_jacobian(matrix, matrix.exp())


@case(PAGE + "Transform", builds_on=("distributions_joint::transforms_of_numbers",))
def transforms_with_a_cache(torch):
    """With a cache the inverse of the last output is the very input."""
    kinds = torch.distributions.transforms
    x = torch.tensor([30.0, -1.5])
    transform = kinds.TanhTransform(cache_size=1)
    y = transform(x)
    yield "the input", transform.inv(y) is x
    yield "the output", transform(x) is y
    yield "without a cache", kinds.TanhTransform().inv(y)
    yield "of two", raises(lambda: kinds.TanhTransform(cache_size=2))
    yield (
        "equal",
        (kinds.ExpTransform() == kinds.ExpTransform(), kinds.ExpTransform().inv == kinds.ExpTransform()),
    )


@case(PAGE + "Constraint")
def constraints(torch):
    """Constraints say which values of a batch satisfy them."""
    kinds = torch.distributions.constraints
    numbers = torch.tensor([-1.0, 0.0, 0.5, 1.0, 3.0, float("nan")])
    named = "boolean nonnegative_integer positive_integer positive nonnegative unit_interval real"
    for name in named.split():
        yield name, getattr(kinds, name).check(numbers)
        yield f"text of {name}", repr(getattr(kinds, name))
    vectors = torch.tensor([[0.25, 0.75], [0.0, 1.0], [0.5, 0.75]])
    for name in ("simplex", "one_hot", "real_vector"):
        yield name, getattr(kinds, name).check(vectors)
    matrices = torch.tensor([[[2.0, 0.5], [0.5, 1.0]], [[2.0, 0.0], [0.5, 1.0]], [[1.0, 2.0], [2.0, 1.0]]])
    for name in ("lower_triangular", "lower_cholesky", "square", "symmetric"):
        yield name, getattr(kinds, name).check(matrices)
    yield "positive_definite", kinds.positive_definite.check(matrices[[0, 2]])
    yield "independent", repr(kinds.independent(kinds.interval(-1, 2), 1))
    yield "dependent", raises(lambda: kinds.dependent.check(numbers))


@case(PAGE + "Constraint", builds_on=("distributions_joint::constraints",))
def transforms_to_constraints(torch):
    """`transform_to` and `biject_to` lead from all numbers to a constraint."""
    kinds, x = torch.distributions.constraints, torch.tensor([0.25, -1.5])
    chosen = [kinds.positive, kinds.greater_than(2.0), kinds.less_than(-1.0), kinds.interval(-2.0, 3.0)]
    for constraint in [*chosen, kinds.unit_interval, kinds.simplex, kinds.real, kinds.real_vector]:
        for name in ("transform_to", "biject_to"):
            transform = getattr(torch.distributions, name)(constraint)
            yield f"{name} {constraint}", repr(transform)
            yield "value", transform(x)
    yield "one_hot", raises(lambda: torch.distributions.biject_to(kinds.one_hot))
    yield "no constraint", raises(lambda: torch.distributions.biject_to.register(3, lambda each: each))


@case(PAGE + "KL Divergence", builds_on=(STREAM,))
def divergence_within_a_class(torch):
    """`kl_divergence` of two distributions of one class has gradients to the parameters of both."""
    kinds = torch.distributions
    one, two = [0.5, 2.0], [1.5, 0.75]
    pairs = "Normal Beta Gamma Laplace Cauchy Gumbel LogNormal Uniform Pareto Dirichlet Exponential Poisson HalfNormal"
    for name in pairs.split():
        ends = [
            (parameter(torch, 0.5, 2.0), parameter(torch, 1.5, 2.75)),
            (parameter(torch, one), parameter(torch, 1.75, 3.5)),
        ]
        if name in ("Dirichlet", "Exponential", "Poisson", "HalfNormal"):
            ends = [(parameter(torch, one),), (parameter(torch, two),)]
        p, q = (getattr(kinds, name)(*each) for each in ends)
        divergence = kinds.kl_divergence(p, q)
        yield name, divergence
        yield (
            f"gradients of {name}",
            torch.autograd.grad(divergence.sin().sum(), [*ends[0], *ends[1]], allow_unused=True),
        )


@case(PAGE + "KL Divergence", builds_on=("distributions_joint::divergence_within_a_class",))
def divergence_of_discrete_distributions(torch):
    """The divergence is infinite where the second distribution rules out what the first allows."""
    kinds, first, second = torch.distributions, torch.tensor([0.25, 0.75, 0.0]), torch.tensor([0.5, 0.0, 0.5])
    for name in ("Bernoulli", "Categorical", "OneHotCategorical"):
        p, q = getattr(kinds, name)(first), getattr(kinds, name)(second)
        yield name, kinds.kl_divergence(p, q)
        yield f"{name} of itself", kinds.kl_divergence(p, p)
    yield "Geometric", kinds.kl_divergence(kinds.Geometric(0.25), kinds.Geometric(0.75))
    yield "Binomial", kinds.kl_divergence(kinds.Binomial(5, 0.25), kinds.Binomial(5, 0.75))
    yield "fewer", raises(lambda: kinds.kl_divergence(kinds.Binomial(3, 0.25), kinds.Binomial(5, 0.75)))


@case(PAGE + "KL Divergence", builds_on=("distributions_joint::divergence_within_a_class",))
def divergence_of_joint_distributions(torch):
    """Divergences of vectors, of independent parts and of transformed numbers."""
    kinds = torch.distributions
    loc = parameter(torch, 0.5, 2.0)
    full = kinds.MultivariateNormal(loc, torch.tensor(COVARIANCE))
    low = kinds.LowRankMultivariateNormal(
        torch.tensor([0.25, 1.5]), torch.tensor([[1.0], [0.5]]), torch.tensor([0.75, 1.5])
    )
    for p in (full, low):
        for q in (full, low):
            yield f"{type(p).__name__} {type(q).__name__}", kinds.kl_divergence(p, q)
    normal, other = kinds.Normal(loc, 1.5), kinds.Normal(0.25, torch.tensor([0.5, 2.5]))
    yield "independent", kinds.kl_divergence(kinds.Independent(normal, 1), kinds.Independent(other, 1))
    yield (
        "other dimensions",
        raises(lambda: kinds.kl_divergence(kinds.Independent(normal, 1), kinds.Independent(other, 0))),
    )


@case(PAGE + "KL Divergence", builds_on=("distributions_joint::divergence_within_a_class",))
def divergence_between_classes(torch):
    """Many pairs of classes have a divergence; others say that they have none."""
    kinds, t = torch.distributions, torch.tensor
    made = [
        kinds.Normal(t([0.5]), t([1.5])),
        kinds.Uniform(t([0.25]), t([0.75])),
        kinds.Exponential(t([1.5])),
        kinds.Gamma(t([2.5]), t([0.75])),
        kinds.Beta(t([2.5]), t([1.25])),
        kinds.Gumbel(t([0.5]), t([1.25])),
        kinds.Laplace(t([0.5]), t([1.25])),
        kinds.Pareto(t([0.75]), t([3.5])),
        kinds.ContinuousBernoulli(t([0.3])),
        kinds.Bernoulli(t([0.3])),
        kinds.Poisson(t([2.5])),
    ]
    for p in made:
        for q in made:
            yield f"{type(p).__name__} {type(q).__name__}", raises(lambda p=p, q=q: kinds.kl_divergence(p, q))


@case(PAGE + "KL Divergence", builds_on=("distributions_joint::divergence_within_a_class",))
def registered_divergence(torch):
    """`register_kl` adds a pair; the function of the nearest classes is taken."""
    kinds = torch.distributions

    class Mine(kinds.Normal):
        pass

    p, q = Mine(0.5, 1.5), kinds.Normal(0.25, 2.0)
    yield "inherited", kinds.kl_divergence(p, q)

    @kinds.register_kl(Mine, kinds.Normal)
    def nearer(p, q):
        return p.loc * 3 - q.scale

    yield "registered", kinds.kl_divergence(p, q)
    yield "of two of mine", kinds.kl_divergence(p, p)


@case(PAGE + "Score function", builds_on=("distributions_discrete::categorical_of_logits",))
def policy_gradient(torch):
    """A policy learns from rewards by the gradient of `log_prob`."""
    torch.manual_seed(2)
    logits = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.SGD([logits], lr=0.5)
    for _ in range(6):
        policy = torch.distributions.Categorical(logits=logits)
        action = policy.sample((4,))
        reward = torch.tensor([-1.0, 0.5, 2.0])[action]
        loss = -(policy.log_prob(action) * reward).mean() - 0.1 * policy.entropy()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield "loss", loss
    yield "logits", logits


@case("torch.distributions: LogisticNormal")
def shapes_that_transforms_change(torch):
    """What a transform makes of a shape, and the event of a distribution through it, is a `torch.Size`."""
    kinds = torch.distributions
    sticks, factor = kinds.StickBreakingTransform(), kinds.CorrCholeskyTransform()
    yield "sticks", [repr(sticks.forward_shape((2, 3))), repr(sticks.inverse_shape(torch.Size([2, 3])))]
    yield "forward", [repr(each.forward_shape(torch.Size([4, 3]))) for each in (sticks, factor)]
    yield "inverse", repr(factor.inverse_shape(torch.Size([4, 3, 3])))
    made = kinds.LogisticNormal(torch.zeros(2), torch.ones(2))
    yield "distribution", [repr(made.event_shape), repr(made.batch_shape), repr(made.base_dist.event_shape)]
