"""0-d tensors, and tensors of one element, beside Python's numbers."""

from __future__ import annotations

from conformance import case, raises

DESCENT = "Automatic differentation and gradient descend"
ITEM = "torch.Tensor: item"
BOOL = "torch.Tensor: __bool__"
INDEX = "torch.Tensor: indexing"
NUMBERS = "scalars::item_gives_a_number"


@case(DESCENT, "A11")
def zero_dimensional_arithmetic(torch):
    """Arithmetic of 0-d tensors stays 0-d, and with numbers too."""
    weight, data = torch.tensor(1.5, requires_grad=True), torch.tensor(-2.0)
    yield "product", weight * data
    yield "power", (weight * data - 10) ** 2
    yield "sum of a 0-d tensor", weight.sum()
    yield "mean of a 0-d tensor", weight.mean()
    yield "shape", weight.shape
    yield "dimensions", weight.dim()


@case(ITEM)
def item_gives_a_number(torch):
    """`item()` of one element is a Python number of the dtype's kind."""
    yield "float32", torch.tensor(0.1).item()
    yield "float64", torch.tensor(0.1, dtype=torch.float64).item()
    yield "float16", torch.tensor(0.1, dtype=torch.float16).item()
    yield "int64", torch.tensor(-7).item()
    yield "bool", torch.tensor(True).item()
    yield "one element", torch.tensor([[2.5]]).item()
    yield "nan", torch.tensor(float("nan")).item()


@case(ITEM, builds_on=(NUMBERS,))
def item_of_many_elements(torch):
    """`item()` of none or several elements is refused."""
    yield "two", raises(lambda: torch.tensor([1.0, 2.0]).item())
    yield "none", raises(lambda: torch.tensor([]).item())


@case(ITEM, builds_on=(NUMBERS,))
def python_conversions(torch):
    """`float`, `int` and `bool` convert tensors of one element as they do numbers."""
    yield "float", float(torch.tensor(0.1))
    yield "float of integers", float(torch.tensor([[7]]))
    yield "int cuts off", [int(torch.tensor(value)) for value in (2.9, -2.9)]
    yield "bool", [bool(torch.tensor(value)) for value in (0.0, -0.0, 0.1, float("nan"))]
    yield "several", raises(lambda: float(torch.tensor([1.0, 2.0])))
    yield "int of nan", raises(lambda: int(torch.tensor(float("nan"))))


@case(ITEM, builds_on=("scalars::python_conversions",))
def conversion_of_a_tracked_tensor(torch):
    """`float` of a tensor that requires grad works, and warns; `item` and `tolist` do not warn."""
    x = torch.tensor(0.75, requires_grad=True)
    yield "item", x.item()
    yield "tolist", x.tolist()
    yield "float", float(x * 2)


@case(BOOL)
def truth_of_several_elements(torch):
    """The truth of several elements is ambiguous, and that of no element is refused too."""
    yield "several", raises(lambda: bool(torch.tensor([True, False])))
    yield "none", raises(lambda: bool(torch.tensor([])))
    yield "in a condition", raises(lambda: 1 if torch.tensor([1.0, 2.0]) > 0 else 2)
    yield "not", raises(lambda: not torch.tensor([0.5, 0.0]))


@case(BOOL, builds_on=("scalars::truth_of_several_elements",))
def conditions_on_tracked_values(torch):
    """Python's control flow may depend on tracked values, and the branch taken is differentiated."""
    for value in (1.5, -2.0):
        x = torch.tensor(value, requires_grad=True)
        y = x * x * 3 if x > 0 else x * 0.1
        y.backward()
        yield f"gradient at {value}", x.grad


@case(INDEX)
def indexing_a_zero_dimensional_tensor(torch):
    """A 0-d tensor has no element 0, no length, and cannot be iterated over."""
    x = torch.tensor(1.5)
    yield "x[0]", raises(lambda: x[0])
    yield "len(x)", raises(lambda: len(x))
    yield "list(x)", raises(lambda: list(x))
    yield "x[...]", x[...]
    yield "x[None]", x[None]
    yield "x[()]", x[()]


@case(INDEX)
def iterating_gives_tracked_elements(torch):
    """Iterating over a leaf gives tracked elements, unbound all at once, with gradients in their places."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    first, second, _ = x
    yield "first", first
    (first * second * 3).backward()
    yield "gradient", x.grad
    yield "length", len(x)


@case(INDEX, builds_on=("first_gradients::leaf_gets_its_gradient",))
def indexed_elements_collect_gradients(torch):
    """Elements used several times collect their gradients in the leaf, and the others have zero."""
    x = torch.tensor([0.5, -1.5, 2.0, 3.0], requires_grad=True)
    y = x[0] * x[1] + x[1] ** 2 - x[-1] * 4
    y.backward()
    yield "y", y
    yield "gradient", x.grad


@case(DESCENT, "A4", builds_on=("tracking::mean_of_a_vector",))
def mean_and_sum_are_zero_dimensional(torch):
    """`mean` and `sum` of every shape are 0-d, of one element and of none too."""
    for values in ([0.5, -1.5], [[0.25]], [[0.5, 1.0], [2.0, 4.5]], []):
        x = torch.tensor(values, requires_grad=True)
        yield f"mean of shape {tuple(x.shape)}", x.mean()
        yield f"sum of shape {tuple(x.shape)}", x.sum()


@case(DESCENT, "A4", builds_on=("scalars::mean_and_sum_are_zero_dimensional",))
def mean_over_a_dimension(torch):
    """`mean(dim)` drops the dimension, or keeps it with `keepdim`, and is MeanBackward1."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]], requires_grad=True)
    yield "rows", x.mean(1)
    yield "columns", x.mean(dim=0)
    yield "kept", x.mean(-1, keepdim=True)
    yield "both", x.mean((0, 1))
    x.mean(1).backward(torch.tensor([0.3, -1.2]))
    yield "gradient", x.grad


@case("torch.Tensor: __eq__")
def equality_is_elementwise(torch):
    """`==` compares elementwise, `torch.equal` compares as a whole, and tensors hash by identity."""
    a, b = torch.tensor([0.5, -1.5]), torch.tensor([0.5, 2.0])
    yield "==", a == b
    yield "equal", [torch.equal(a, b), torch.equal(a, a.clone())]
    yield "equal of other shapes", torch.equal(a, a.reshape(1, 2))
    yield "None", a == None  # noqa: E711
    yield "in a set", len({a, a, a.clone()})
    yield "allclose", torch.allclose(a, a + 1e-9)


@case(ITEM, builds_on=(NUMBERS,))
def numbers_that_do_not_fit(torch):
    """Whole numbers beyond int64 are refused; floats beyond float32 become infinite."""
    yield "2**63", raises(lambda: torch.tensor(2**63))
    yield "-2**63", torch.tensor(-(2**63))
    yield "1e39", torch.tensor(1e39)
    yield "256 in uint8", raises(lambda: torch.tensor(256, dtype=torch.uint8))
    yield "1e39 in float64", torch.tensor(1e39, dtype=torch.float64)
    yield "0.1 in float32", torch.tensor(0.1).double()
