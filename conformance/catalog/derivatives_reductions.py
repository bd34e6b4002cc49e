"""Derivatives of reductions, cumulative sums and softmax."""

from __future__ import annotations

from conformance import case, raises

REDUCTIONS = "torch: Reduction Ops"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


@case(REDUCTIONS)
def sum_of_everything(torch):
    """The gradient of a sum is the incoming gradient, for every element."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    y = x.sum()
    y.backward(torch.tensor(2.5))
    yield "sum", y
    yield "gradient", x.grad


@case(REDUCTIONS, builds_on=("derivatives_reductions::sum_of_everything",))
def sum_over_dimensions(torch):
    """A sum over dimensions spreads the gradient along them, with or without keepdim."""
    x = torch.arange(12.0).reshape(2, 3, 2).requires_grad_()
    for name, arguments in (
        ("dim 0", {"dim": 0}),
        ("dim 1, kept", {"dim": 1, "keepdim": True}),
        ("dim -1", {"dim": -1}),
        ("dims 0 and 2", {"dim": (0, 2)}),
        ("dims 0 and 1, kept", {"dim": [0, 1], "keepdim": True}),
    ):
        y = x.sum(**arguments)
        weights = torch.arange(y.numel(), dtype=torch.float32).reshape(y.shape) * 0.5 - 1
        yield name, y
        yield f"gradient, {name}", gradients(y, x, weights)


@case(REDUCTIONS, builds_on=("derivatives_reductions::sum_over_dimensions",))
def mean_over_dimensions(torch):
    """A mean divides the gradient by the number of elements that it averaged."""
    x = torch.arange(12.0).reshape(2, 3, 2).requires_grad_()
    for name, arguments in (
        ("everything", {}),
        ("dim 1", {"dim": 1}),
        ("dim -1, kept", {"dim": -1, "keepdim": True}),
        ("dims 0 and 1", {"dim": (0, 1)}),
    ):
        y = x.mean(**arguments)
        weights = torch.arange(y.numel(), dtype=torch.float32).reshape(y.shape) * 0.5 + 1
        yield name, y
        yield f"gradient, {name}", gradients(y, x, weights)


@case(REDUCTIONS)
def product_of_elements(torch):
    """The gradient of a product is the product of the other elements."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "prod", x.prod()
    yield "gradient", gradients(x.prod(), x, torch.tensor(2.5))
    yield "over rows", gradients(x.prod(1), x, torch.tensor([1.0, -2.0]))
    yield "over columns", gradients(x.prod(0, keepdim=True), x, torch.tensor([[1.0, -2.0, 0.5]]))


@case(REDUCTIONS)
def extremum_of_everything(torch):
    """The gradient of `max()` and `min()` goes to the element that was chosen."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    for name in ("max", "min", "amax", "amin"):
        y = getattr(x, name)()
        yield name, y
        yield f"gradient of {name}", gradients(y, x, torch.tensor(2.5))


@case(REDUCTIONS, builds_on=("derivatives_reductions::extremum_of_everything",))
def extremum_over_a_dimension(torch):
    """`max(dim)` and `min(dim)` return values and indices, and put the gradient where the indices say."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    for name in ("max", "min"):
        values, indices = getattr(x, name)(dim=1)
        yield f"values of {name}", values
        yield f"indices of {name}", indices
        yield f"gradient of {name}", gradients(values, x, torch.tensor([1.0, -2.0]))
    kept = x.max(0, keepdim=True).values
    yield "kept", kept
    yield "gradient of kept", gradients(kept, x, torch.tensor([[1.0, -2.0, 0.5]]))


@case(REDUCTIONS, builds_on=("derivatives_reductions::extremum_over_a_dimension",))
def amax_over_dimensions(torch):
    """amax and amin reduce over one or several dimensions."""
    x = torch.tensor([[[1.5, -2.0], [0.25, 3.0]], [[0.5, -1.0], [4.0, -0.5]]], requires_grad=True)
    yield "amax over dim 0", gradients(x.amax(0), x, torch.tensor([[1.0, -2.0], [0.5, 3.0]]))
    yield "amin over dims 0 and 2", gradients(x.amin((0, 2)), x, torch.tensor([1.0, -2.0]))
    kept = x.amax((1, 2), keepdim=True)
    yield "amax over dims 1 and 2, kept", kept
    yield "its gradient", gradients(kept, x, torch.tensor([[[1.0]], [[-2.0]]]))


@case(REDUCTIONS)
def variance(torch):
    """The gradient of the variance is 2 (x − mean) / (n − correction)."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "var", x.var()
    yield "gradient", gradients(x.var(), x, torch.tensor(2.5))
    for correction in (0, 1, 2):
        y = x.var(1, correction=correction)
        yield f"correction {correction}", y
        yield f"gradient, correction {correction}", gradients(y, x, torch.tensor([1.0, -2.0]))
    yield "unbiased=False", gradients(x.var(unbiased=False), x, torch.tensor(2.5))


@case(REDUCTIONS, builds_on=("derivatives_reductions::variance",))
def standard_deviation(torch):
    """The gradient of the standard deviation is that of the variance over twice the result."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "std", x.std()
    yield "gradient", gradients(x.std(), x, torch.tensor(2.5))
    kept = x.std(0, keepdim=True)
    yield "over columns, kept", kept
    yield "gradient over columns", gradients(kept, x, torch.tensor([[1.0, -2.0, 0.5]]))
    yield "correction 0", gradients(x.std(1, correction=0), x, torch.tensor([1.0, -2.0]))
    yield "unbiased=False", gradients(x.std(1, unbiased=False), x, torch.tensor([1.0, -2.0]))


@case(REDUCTIONS)
def norm(torch):
    """The gradient of the norm is x over the norm."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "norm", x.norm()
    yield "gradient", gradients(x.norm(), x, torch.tensor(2.5))
    rows = x.norm(dim=1)
    yield "over rows", rows
    yield "gradient over rows", gradients(rows, x, torch.tensor([1.0, -2.0]))
    kept = x.norm(p=2, dim=0, keepdim=True)
    yield "over columns, kept", gradients(kept, x, torch.tensor([[1.0, -2.0, 0.5]]))


@case(REDUCTIONS)
def logsumexp(torch):
    """The gradient of logsumexp is the softmax."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    rows = x.logsumexp(1)
    yield "over rows", rows
    yield "gradient over rows", gradients(rows, x, torch.tensor([1.0, -2.0]))
    kept = torch.logsumexp(x, dim=0, keepdim=True)
    yield "over columns, kept", kept
    yield "gradient over columns", gradients(kept, x, torch.tensor([[1.0, -2.0, 0.5]]))
    yield "over both", gradients(x.logsumexp((0, 1)), x, torch.tensor(2.5))


@case("torch: Other Operations")
def cumulative_sum(torch):
    """The gradient of a cumulative sum is the cumulative sum from the other end."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0]])
    yield "along rows", x.cumsum(1)
    yield "gradient along rows", gradients(x.cumsum(1), x, weights)
    yield "along columns", x.cumsum(0)
    yield "gradient along columns", gradients(x.cumsum(-2), x, weights)
    scalar = torch.tensor(3.0, requires_grad=True)
    yield "0-d", gradients(scalar.cumsum(0), scalar, torch.tensor(2.5))


@case("torch.nn.functional: Non-linear activation functions")
def softmax(torch):
    """The gradient of softmax sums to zero along its dimension."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0]])
    for dim in (0, 1, -1):
        y = torch.softmax(x, dim)
        yield f"dim {dim}", y
        yield f"gradient, dim {dim}", gradients(y, x, weights)
    yield "of equal weights", torch.autograd.grad(torch.softmax(x, 1).sum(), x)


@case("torch.nn.functional: Non-linear activation functions")
def log_softmax(torch):
    """The gradient of log_softmax is that of its weights less the softmax times their sum."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [4.0, -8.0, 16.0]])
    for dim in (0, 1):
        y = torch.nn.functional.log_softmax(x, dim=dim)
        yield f"dim {dim}", y
        yield f"gradient, dim {dim}", gradients(y, x, weights)
    scalar = torch.tensor(3.0, requires_grad=True)
    yield "0-d", gradients(torch.log_softmax(scalar, 0), scalar, torch.tensor(2.5))


@case(REDUCTIONS)
def reductions_of_0d_tensors(torch):
    """Reductions of a 0-d tensor, with or without a dimension, give it back with its gradient."""
    for name, function in (
        ("sum", lambda x: x.sum()),
        ("sum over dim 0", lambda x: x.sum(0)),
        ("mean over dim -1", lambda x: x.mean(-1)),
        ("prod over dim 0", lambda x: x.prod(0)),
        ("max over dim 0", lambda x: x.max(0)[0]),
        ("amax", lambda x: x.amax()),
        ("logsumexp", lambda x: x.logsumexp(0)),
        ("norm", lambda x: x.norm()),
        ("var without correction", lambda x: x.var(correction=0)),
    ):
        x = torch.tensor(-3.0, requires_grad=True)
        yield name, torch.autograd.grad(function(x), x, torch.tensor(2.5))


@case(REDUCTIONS)
def reductions_in_other_dtypes(torch):
    """sum and mean keep float64 and float16; `dtype=` casts first, and the gradient is cast back."""
    for name in ("float64", "float16"):
        dtype = getattr(torch, name)
        x = torch.tensor([1.5, -2.0, 0.25], dtype=dtype, requires_grad=True)
        yield f"sum of {name}", gradients(x.sum(), x, torch.tensor(2.5, dtype=dtype))
        yield f"mean of {name}", gradients(x.mean(), x, torch.tensor(3.0, dtype=dtype))
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = x.sum(dtype=torch.float64)
    yield "sum as float64", y
    yield "its gradient", gradients(y, x, torch.tensor(0.1, dtype=torch.float64))


@case(REDUCTIONS)
def dimensions_that_do_not_exist(torch):
    """A dimension out of range, or given twice, is refused."""
    x = torch.tensor([[1.5, -2.0, 0.25]], requires_grad=True)
    yield "too large", raises(lambda: x.sum(2))
    yield "too small", raises(lambda: x.mean(-3))
    yield "twice", raises(lambda: x.sum((0, -2)))
    yield "max", raises(lambda: x.max(5))
    yield "softmax", raises(lambda: torch.softmax(x, 2))
    yield "cumsum", raises(lambda: x.cumsum(2))


@case(REDUCTIONS)
def means_of_integers(torch):
    """mean, var, std and norm refuse integers."""
    x = torch.tensor([1, 2, 4])
    yield "mean", raises(lambda: x.mean())
    yield "var", raises(lambda: x.var())
    yield "norm", raises(lambda: x.norm())
    yield "sum", x.sum()
    yield "prod", x.prod()


@case(REDUCTIONS, builds_on=("derivatives_reductions::sum_over_dimensions",))
def reductions_of_transposed_tensors(torch):
    """A reduction of a transposed or sliced tensor has the gradient in the leaf's own layout."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "sum", gradients(x.t().sum(1), x, weights)
    yield "max", gradients(x.t().max(1)[0], x, weights)
    yield "prod of a part", gradients(x[:, 1:].prod(0), x, torch.tensor([1.0, -2.0]))
    yield "std of a part", gradients(x.t()[::2].std(0), x, torch.tensor([1.0, -2.0]))


@case(REDUCTIONS, builds_on=("derivatives_reductions::variance",))
def normalization_by_hand(torch):
    """(x − mean) / sqrt(var + ε) has the gradient of a layer normalization."""
    x = torch.tensor([[1.5, -2.0, 0.25, 4.0], [3.0, 0.5, -1.0, 2.0]], requires_grad=True)
    normal = (x - x.mean(1, keepdim=True)) / (x.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt()
    normal.backward(torch.tensor([[1.0, -2.0, 0.5, 0.25], [0.1, 0.2, -0.3, 0.4]]))
    yield "value", normal.detach()
    yield "gradient", x.grad


@case(REDUCTIONS)
def truth_has_no_gradient(torch):
    """any, all, argmax and argmin give results without a graph."""
    x = torch.tensor([[1.5, 0.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "any", (x > 2).any()
    yield "all over rows", (x > -0.5).all(1)
    yield "argmax", x.argmax()
    yield "argmin over rows", x.argmin(1)
    yield "argmax over columns, kept", x.argmax(0, keepdim=True)
