"""Elements in order: sorted, the largest, the k-th, the middle one, the most frequent."""

from __future__ import annotations

from conformance import case, raises

COMPARISON = "torch: Comparison Ops"
REDUCTION = "torch: Reduction Ops"
ROWS = [[2.5, -1.5, 0.75], [0.25, 3.5, -2.0]]
WEIGHTS = [[1.0, -2.0, 0.5], [3.0, 0.25, -1.5]]


@case(COMPARISON)
def sorted_elements(torch):
    """`sort` gives values and indices, and its gradient goes back to where the values came from."""
    for name, options in (("rising", {}), ("falling", {"descending": True}), ("columns", {"dim": 0})):
        x = torch.tensor(ROWS, requires_grad=True)
        values, indices = torch.sort(x, **options)
        yield f"{name}: values", values
        yield f"{name}: indices", indices
        yield f"{name}: gradient", torch.autograd.grad(values, x, torch.tensor(WEIGHTS))


@case(COMPARISON)
def equal_elements_in_order(torch):
    """A stable sort keeps equal elements in their order, rising and falling; its node has another name."""
    x = torch.tensor([2.5, 1.5, 2.5, 1.5, 2.5], requires_grad=True)
    for descending in (False, True):
        found = torch.sort(x, stable=True, descending=descending)
        yield f"descending {descending}", found
    yield "argsort", torch.argsort(x, stable=True)


@case(COMPARISON)
def sorted_nans_and_bools(torch):
    """nan is the largest; bools and integers are sorted, complex numbers are not."""
    x = torch.tensor([1.5, float("nan"), -2.5, float("inf")])
    yield "rising", x.sort()
    yield "falling", x.sort(descending=True)
    yield "bools", torch.tensor([True, False, True]).sort(stable=True)
    yield "a number", torch.tensor(2.5).sort()
    yield "complex", raises(lambda: torch.tensor([1j, 2.0]).sort())
    yield "no such dimension", raises(lambda: x.sort(1))


@case(COMPARISON)
def texts_of_named_results(torch):
    """Results of several tensors print with their names."""
    x = torch.tensor(ROWS)
    for found in (x.sort(), x.topk(1), x.median(1), x.mode(0), x.kthvalue(2), x.aminmax(), x.max(1)):
        yield type(found).__name__, str(found)
    yield "fields", (x.sort().values, x.aminmax().max)
    yield "kind", isinstance(x.sort(), tuple)


@case(COMPARISON)
def largest_elements(torch):
    """`topk` gives the largest or the smallest elements, the extreme one first."""
    for name, options in (("largest", {}), ("smallest", {"largest": False}), ("columns", {"dim": 0})):
        x = torch.tensor(ROWS, requires_grad=True)
        values, indices = torch.topk(x, 2, **options)
        yield f"{name}: values", values
        yield f"{name}: indices", indices
        weights = torch.tensor(WEIGHTS)[:, : values.shape[1]]
        yield f"{name}: gradient", torch.autograd.grad(values, x, weights)
    yield "too many", raises(lambda: torch.tensor(ROWS).topk(4))


@case(COMPARISON)
def kth_elements(torch):
    """`kthvalue` is the k-th smallest element along a dimension."""
    x = torch.tensor(ROWS, requires_grad=True)
    found = torch.kthvalue(x, 2)
    yield "second", found
    yield "gradient", torch.autograd.grad(found.values, x, torch.tensor([1.0, -2.0]))
    yield "kept", torch.kthvalue(x, 1, dim=0, keepdim=True)
    yield "none such", raises(lambda: torch.kthvalue(x, 4))


@case(COMPARISON)
def sorted_by_the_first_dimension(torch):
    """`msort` sorts along the first dimension, `argsort` gives the indices only."""
    x = torch.tensor(ROWS, requires_grad=True)
    yield "msort", torch.msort(x)
    yield "argsort", torch.argsort(x)
    yield "falling", x.argsort(dim=0, descending=True)


@case(REDUCTION)
def middle_elements(torch):
    """`median` is the lower of two middle elements; of all, ties share the gradient."""
    x = torch.tensor([2.5, 1.5, 1.5, 3.5], requires_grad=True)
    result = torch.median(x)
    yield "of all", result
    yield "gradient", torch.autograd.grad(result, x, torch.tensor(3.0))
    y = torch.tensor(ROWS, requires_grad=True)
    found = y.median(1)
    yield "of rows", found
    yield "gradient of rows", torch.autograd.grad(found.values, y, torch.tensor([1.0, -2.0]))
    yield "integers", torch.median(torch.tensor([4, 1, 3, 2]))
    yield "nothing", torch.median(torch.tensor([]))


@case(REDUCTION)
def middle_elements_beside_nan(torch):
    """`median` of nan is nan; `nanmedian` leaves nan out."""
    nan = float("nan")
    x = torch.tensor([[1.5, nan, 0.5, 2.5], [nan, nan, 3.5, nan]], requires_grad=True)
    yield "median", torch.median(x, 1)
    found = torch.nanmedian(x, 1, keepdim=True)
    yield "nanmedian", found
    yield "gradient", torch.autograd.grad(found.values, x, torch.tensor([[2.0], [-3.0]]))
    yield "of all", torch.nanmedian(x)


@case(REDUCTION)
def most_frequent_elements(torch):
    """`mode` is the most frequent element, the smallest of several, and the last place where it is."""
    x = torch.tensor([[2.5, 1.5, 2.5, 1.5], [3.5, 3.5, 0.5, 3.5]], requires_grad=True)
    found = torch.mode(x)
    yield "found", found
    yield "gradient", torch.autograd.grad(found.values, x, torch.tensor([1.0, -2.0]))
    yield "columns", x.mode(0, keepdim=True)
    yield "nothing", raises(lambda: torch.tensor([]).mode())


@case(COMPARISON)
def different_values(torch):
    """`unique` gives the different values in order; with places and counts, or along a dimension."""
    x = torch.tensor([[3, 1, 3], [2, 1, 3]])
    yield "values", torch.unique(x)
    yield "all", torch.unique(x, return_inverse=True, return_counts=True)
    yield "rows", torch.unique(torch.tensor([[2, 1], [0, 5], [2, 1]]), dim=0, return_inverse=True)
    yield "columns", x.unique(dim=1, return_counts=True)
    y = torch.tensor([2.5, 0.5, 2.5], requires_grad=True)
    result = y.unique()
    yield "node", result
    yield "backward", raises(lambda: result.backward(torch.tensor([1.0, 2.0])))


@case(COMPARISON)
def runs_of_values(torch):
    """`unique_consecutive` keeps the first of each run."""
    x = torch.tensor([1, 1, 2, 2, 2, 1])
    yield "values", torch.unique_consecutive(x)
    yield "all", torch.unique_consecutive(x, return_inverse=True, return_counts=True)
    yield "rows", torch.unique_consecutive(torch.tensor([[1, 2], [1, 2], [3, 4]]), dim=0, return_counts=True)


@case("torch: Other Operations")
def places_among_boundaries(torch):
    """`bucketize` and `searchsorted` find places before or behind equal boundaries."""
    boundaries = torch.tensor([1.0, 3.0, 5.0])
    x = torch.tensor([[0.5, 3.0], [4.0, 9.0]])
    yield "before equals", torch.bucketize(x, boundaries)
    yield "behind equals", torch.bucketize(x, boundaries, right=True, out_int32=True)
    yield "a number", torch.bucketize(3.5, boundaries)
    rows = torch.tensor([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]])
    yield "rows", torch.searchsorted(rows, x)
    yield "by side", torch.searchsorted(boundaries, x, side="right")
    yield (
        "unsorted",
        torch.searchsorted(torch.tensor([3, 1, 2]), torch.tensor([2]), sorter=torch.tensor([1, 2, 0])),
    )
    yield "opposite sides", raises(lambda: torch.searchsorted(boundaries, x, side="left", right=True))
    yield "boundaries in rows", raises(lambda: torch.bucketize(x, rows))
    yield "of two types", torch.searchsorted(boundaries, torch.tensor([3, 4]))
