"""Means beside variances, counts, quantiles, histograms, covariances, distances, norms."""

from __future__ import annotations

from conformance import case, raises

REDUCTION = "torch: Reduction Ops"
OTHER = "torch: Other Operations"
ROWS = [[2.5, -1.5, 0.75], [0.25, 3.5, -2.0]]
WEIGHTS = [1.0, -2.0]


@case(REDUCTION)
def variances_beside_means(torch):
    """`var_mean` and `std_mean` have one node with two outputs."""
    for name in ("var_mean", "std_mean"):
        x = torch.tensor(ROWS, requires_grad=True)
        spread, mean = getattr(torch, name)(x, dim=1)
        yield name, (spread, mean)
        weights = torch.tensor(WEIGHTS)
        both = torch.autograd.grad(
            (spread * weights).sum() + (mean * weights.flip(0)).sum(), x, create_graph=True
        )
        yield f"{name}: gradient", both
        yield f"{name}: second", torch.autograd.grad((both[0] * x).sum(), x)
        yield f"{name} of all", getattr(torch, name)(x.detach())
        yield f"{name} uncorrected", getattr(torch, name)(x.detach(), 0, correction=0, keepdim=True)
    yield "of integers", raises(lambda: torch.var_mean(torch.tensor([1, 2])))


@case(REDUCTION)
def means_of_what_is_no_nan(torch):
    """`nansum` and `nanmean` leave nan out, and give it no gradient."""
    nan = float("nan")
    x = torch.tensor([[2.5, nan, 0.75], [nan, 3.5, nan]], requires_grad=True)
    for name in ("nansum", "nanmean"):
        result = getattr(torch, name)(x, 1)
        yield name, result
        yield f"{name}: gradient", torch.autograd.grad(result, x, torch.tensor(WEIGHTS))
        yield f"{name} of all", getattr(x, name)()
        yield f"{name}, kept", getattr(torch, name)(x, dim=(0,), keepdim=True)
    yield "of integers", torch.nansum(torch.tensor([3, 4], dtype=torch.int8))
    yield "mean of integers", raises(lambda: torch.nanmean(torch.tensor([3, 4])))


@case(REDUCTION)
def both_extremes_at_once(torch):
    """`aminmax` finds both extremes; ties share the gradient."""
    x = torch.tensor([[2.5, 0.5, 2.5], [0.25, 3.5, 0.25]], requires_grad=True)
    found = torch.aminmax(x, dim=1)
    yield "found", found
    weights = torch.tensor(WEIGHTS)
    yield "gradient", torch.autograd.grad((found.min * weights).sum() + (found.max * weights * 3).sum(), x)
    yield "of all", x.aminmax()
    yield "kept", x.aminmax(dim=0, keepdim=True)
    yield "of nothing", raises(lambda: torch.aminmax(torch.tensor([])))


@case(REDUCTION)
def counts_of_what_is_not_zero(torch):
    """`count_nonzero` counts over everything or over dimensions."""
    x = torch.tensor([[0.0, 1.5, -0.0], [2.5, float("nan"), 0.0]])
    yield "of all", torch.count_nonzero(x)
    yield "of rows", x.count_nonzero(1)
    yield "of both dimensions", torch.count_nonzero(x, dim=(0, 1))


@case(REDUCTION)
def truth_over_dimensions(torch):
    """`all` and `any` reduce over several dimensions."""
    x = torch.tensor([[[True, False]], [[True, True]]])
    for name in ("all", "any"):
        yield f"{name} over two", getattr(torch, name)(x, dim=(0, 1))
        yield f"{name}, kept", getattr(x, name)(dim=2, keepdim=True)
        yield f"{name} of numbers", getattr(torch, name)(torch.tensor([0.5, 0.0]))
        yield f"{name} of one number", getattr(torch, name)(torch.tensor(0.5), dim=0)


@case(REDUCTION)
def quantiles_between_elements(torch):
    """`quantile` interpolates; several quantiles come first in the result."""
    x = torch.tensor(ROWS, requires_grad=True)
    one = torch.quantile(x, 0.3, dim=1)
    yield "one", one
    yield "gradient", torch.autograd.grad(one, x, torch.tensor(WEIGHTS))
    several = x.quantile(torch.tensor([0.25, 0.6]), dim=0, keepdim=True)
    yield "several", several
    weights = torch.tensor([[[1.0, -2.0, 0.5]], [[3.0, 0.25, -1.5]]])
    yield "gradient of several", torch.autograd.grad(several, x, weights)
    for interpolation in ("lower", "higher", "midpoint", "nearest"):
        yield interpolation, torch.quantile(x.detach(), 0.3, interpolation=interpolation)


@case(REDUCTION)
def quantiles_beside_nan(torch):
    """`nanquantile` leaves nan out; `quantile` of nan is nan."""
    x = torch.tensor([[2.5, float("nan"), 0.75, 1.25], [0.25, 3.5, -2.0, 1.5]])
    yield "quantile", torch.quantile(x, 0.4, dim=1)
    yield "nanquantile", torch.nanquantile(x, 0.4, dim=1)
    yield "outside", raises(lambda: torch.quantile(x, 1.5))
    yield "of integers", raises(lambda: torch.quantile(torch.tensor([1, 2]), 0.5))
    yield "of another type", raises(lambda: torch.quantile(x, torch.tensor([0.5], dtype=torch.float64)))


@case(OTHER)
def histograms_of_elements(torch):
    """`histc` counts in equal bins, `histogram` also by edges and weights."""
    x = torch.tensor([0.5, 1.25, 2.5, 2.75, 4.0, 9.0])
    yield "equal bins", torch.histc(x, bins=4, min=0, max=4)
    yield "from the smallest to the largest", x.histc(3)
    yield "by number", torch.histogram(x, 4, range=(0.0, 4.0))
    yield "by edges", torch.histogram(x, torch.tensor([0.0, 1.0, 3.0, 9.0]), density=True)
    yield "weighted", torch.histogram(x, 2, weight=torch.tensor([1.0, 2.0, 0.5, 3.0, 0.25, 1.5]))
    yield "of integers", raises(lambda: torch.histc(torch.tensor([1, 2])))
    yield "turned limits", raises(lambda: torch.histc(x, min=3, max=1))


@case(OTHER)
def counts_of_numbers(torch):
    """`bincount` counts 0, 1, 2, ..., or sums weights up."""
    x = torch.tensor([3, 1, 3, 0])
    yield "counts", torch.bincount(x)
    yield "more", x.bincount(minlength=6)
    yield "weighted", torch.bincount(x, torch.tensor([0.5, 1.5, 2.5, 3.5]))
    yield "integer weights", torch.bincount(x, weights=torch.tensor([1, 2, 3, 4]))
    yield "negative", raises(lambda: torch.bincount(torch.tensor([-1])))
    yield "floats", raises(lambda: torch.bincount(torch.tensor([1.5])))


@case(OTHER)
def covariances_of_rows(torch):
    """`cov` and `corrcoef` are compositions of other operations."""
    x = torch.tensor(ROWS, requires_grad=True)
    found = torch.cov(x)
    yield "cov", found
    yield "gradient", torch.autograd.grad(found, x, torch.tensor([[1.0, -2.0], [0.5, 3.0]]))
    yield (
        "weighted",
        x.cov(correction=0, fweights=torch.tensor([1, 2, 1]), aweights=torch.tensor([0.5, 0.25, 0.75])),
    )
    correlation = torch.corrcoef(x)
    yield "corrcoef", correlation
    yield "its gradient", torch.autograd.grad(correlation, x, torch.tensor([[1.0, -2.0], [0.5, 3.0]]))
    yield "of one row", torch.cov(x[0].detach())
    yield "of a stack", raises(lambda: torch.cov(torch.ones(1, 2, 3)))


@case(OTHER)
def distances_of_two_tensors(torch):
    """`dist` is the p-norm of the difference."""
    x = torch.tensor([1.5, -0.5, 2.5], requires_grad=True)
    y = torch.tensor([0.25, 1.0, 2.0], requires_grad=True)
    for p in (2, 1, 3, float("inf"), 0):
        result = torch.dist(x, y, p)
        yield f"p {p}", result
        if p:
            yield f"p {p}: gradients", torch.autograd.grad(result, (x, y), torch.tensor(1.5))


@case(OTHER)
def distances_of_all_pairs(torch):
    """`cdist` measures each row of one matrix against each of another; a distance of 0 has no slope."""
    x = torch.tensor([[1.5, -0.5], [0.25, 2.0]], requires_grad=True)
    y = torch.tensor([[0.75, 1.5], [0.25, 2.0], [3.0, -1.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]])
    for p in (2.0, 1.0, 3.0, float("inf")):
        result = torch.cdist(x, y, p)
        yield f"p {p}", result
        yield f"p {p}: gradients", torch.autograd.grad(result, (x, y), weights)
    yield "widths differ", raises(lambda: torch.cdist(x, torch.ones(2, 3)))


@case(OTHER)
def rows_kept_within_a_length(torch):
    """`renorm` shortens what is longer than allowed."""
    x = torch.tensor([[3.0, 4.0], [0.25, 0.5]], requires_grad=True)
    result = torch.renorm(x, 2, 0, 1.5)
    yield "value", result
    yield "gradient", torch.autograd.grad(result, x, torch.tensor([[1.0, -2.0], [0.5, 3.0]]))
    yield "columns", x.renorm(1, 1, 2.5)
    yield "of a vector", raises(lambda: torch.renorm(torch.tensor([1.5]), 2, 0, 1.0))


@case(REDUCTION)
def norms_over_dimensions(torch):
    """`norm` takes any p, one dimension or several, and another type."""
    x = torch.tensor(ROWS, requires_grad=True)
    for p in (1, 2, 2.5, float("inf"), -float("inf"), 0):
        result = torch.norm(x, p=p, dim=1)
        yield f"p {p}", result
    yield "fro", torch.norm(x, "fro", dim=(0, 1))
    yield "kept", x.norm(p=3, dim=0, keepdim=True)
    yield "in double precision", torch.norm(x, dtype=torch.float64)
    cubic = torch.norm(x, p=3)
    yield "gradient", torch.autograd.grad(cubic, x, torch.tensor(1.5))
    yield "of integers", raises(lambda: torch.norm(torch.tensor([1, 2])))


@case(REDUCTION)
def log_sums_over_dimensions(torch):
    """`logsumexp` reduces over several dimensions."""
    x = torch.tensor(ROWS, requires_grad=True)
    result = torch.logsumexp(x, dim=(0, 1), keepdim=True)
    yield "value", result
    yield "gradient", torch.autograd.grad(result, x, torch.tensor([[1.5]]))
    yield "integers", torch.logsumexp(torch.tensor([[1, 2], [3, 4]]), 1)
