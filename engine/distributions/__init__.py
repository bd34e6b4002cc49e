"""`torch.distributions`: each distribution is imported when a program first names it."""

from ..late import attributes as _attributes

_NAMES = {
    "distributions.bernoulli": "Bernoulli",
    "distributions.beta": "Beta",
    "distributions.binomial": "Binomial",
    "distributions.categorical": "Categorical",
    "distributions.cauchy": "Cauchy",
    "distributions.chi2": "Chi2",
    "distributions.constraint_registry": "biject_to transform_to",
    "distributions.continuous_bernoulli": "ContinuousBernoulli",
    "distributions.dirichlet": "Dirichlet",
    "distributions.distribution": "Distribution",
    "distributions.exp_family": "ExponentialFamily",
    "distributions.exponential": "Exponential",
    "distributions.fishersnedecor": "FisherSnedecor",
    "distributions.gamma": "Gamma",
    "distributions.generalized_pareto": "GeneralizedPareto",
    "distributions.geometric": "Geometric",
    "distributions.gumbel": "Gumbel",
    "distributions.half_cauchy": "HalfCauchy",
    "distributions.half_normal": "HalfNormal",
    "distributions.independent": "Independent",
    "distributions.inverse_gamma": "InverseGamma",
    "distributions.kl": "kl_divergence register_kl",
    "distributions.kumaraswamy": "Kumaraswamy",
    "distributions.laplace": "Laplace",
    "distributions.lkj_cholesky": "LKJCholesky",
    "distributions.log_normal": "LogNormal",
    "distributions.logistic_normal": "LogisticNormal",
    "distributions.lowrank_multivariate_normal": "LowRankMultivariateNormal",
    "distributions.mixture_same_family": "MixtureSameFamily",
    "distributions.multinomial": "Multinomial",
    "distributions.multivariate_normal": "MultivariateNormal",
    "distributions.negative_binomial": "NegativeBinomial",
    "distributions.normal": "Normal",
    "distributions.one_hot_categorical": "OneHotCategorical OneHotCategoricalStraightThrough",
    "distributions.pareto": "Pareto",
    "distributions.poisson": "Poisson",
    "distributions.relaxed_bernoulli": "RelaxedBernoulli",
    "distributions.relaxed_categorical": "RelaxedOneHotCategorical",
    "distributions.studentT": "StudentT",
    "distributions.transformed_distribution": "TransformedDistribution",
    "distributions.transforms": (
        "AbsTransform AffineTransform CatTransform ComposeTransform CorrCholeskyTransform CumulativeDistributionTransform "
        "ExpTransform IndependentTransform LowerCholeskyTransform PositiveDefiniteTransform PowerTransform ReshapeTransform "
        "SigmoidTransform SoftmaxTransform SoftplusTransform StackTransform StickBreakingTransform TanhTransform Transform "
        "identity_transform"
    ),
    "distributions.uniform": "Uniform",
    "distributions.von_mises": "VonMises",
    "distributions.weibull": "Weibull",
    "distributions.wishart": "Wishart",
}

__all__ = [name for names in _NAMES.values() for name in names.split()]

_MODULES = " ".join(each.partition(".")[2] for each in _NAMES) + " constraints utils"

__getattr__, __dir__ = _attributes(__name__, _NAMES, _MODULES)
