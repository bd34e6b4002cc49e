"""Which dtype a result has, and in which dtype gradients arrive at leaves of another dtype."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Tensor Attributes: torch.dtype"
GRADIENTS = "Autograd mechanics: Gradients and dtypes"
TENSORS = "promotion::tensors_of_two_dtypes"
NUMBERS = "promotion::tensor_and_number"
ZERO_D = "promotion::zero_dimensional_tensors_count_as_numbers"
MIXED = "promotion::gradient_follows_the_leaf"


@case(PAGE)
def dtype_of_literals(torch):
    """Floats make float32, whole numbers int64, booleans bool, and a mixture the widest of these."""
    yield "floats", torch.tensor([0.5, 1.5])
    yield "whole numbers", torch.tensor([1, 2])
    yield "booleans", torch.tensor([True, False])
    yield "whole and float", torch.tensor([1, 2.5])
    yield "boolean and whole", torch.tensor([True, 2])
    yield "boolean and float", torch.tensor([False, 0.5])
    yield "nothing", torch.tensor([])


@case(PAGE, builds_on=("promotion::dtype_of_literals",))
def tensors_of_two_dtypes(torch):
    """The sum of two tensors has the wider dtype of the two, floats above integers above booleans."""
    names = ("bool", "uint8", "int32", "int64", "float16", "float32", "float64")
    tensors = [torch.tensor([1, 0], dtype=getattr(torch, name)) for name in names]
    for a in tensors:
        yield f"{a.dtype} + others", [str((a + b).dtype) for b in tensors]


@case(PAGE, builds_on=(TENSORS,))
def tensor_and_number(torch):
    """A number changes a tensor's dtype only if its kind (boolean, whole, float) is above the tensor's."""
    for name in ("bool", "uint8", "int32", "int64", "float16", "float32", "float64"):
        x = torch.tensor([1, 0, 1], dtype=getattr(torch, name))
        yield f"{name} + True", x + True
        yield f"{name} + 2", x + 2
        yield f"{name} * 2.5", x * 2.5


@case(PAGE, builds_on=(NUMBERS,))
def zero_dimensional_tensors_count_as_numbers(torch):
    """A 0-d tensor among tensors with dimensions decides the dtype only if its kind is above theirs."""
    single, double = torch.tensor([0.5, -1.5]), torch.tensor(0.1, dtype=torch.float64)
    yield "float32 vector, float64 0-d", single * double
    yield "float64 0-d, float32 vector", double - single
    yield "float16 vector, float32 0-d", single.half() + torch.tensor(0.1)
    yield "int32 vector, int64 0-d", torch.tensor([1, 2], dtype=torch.int32) * torch.tensor(3)
    yield "int64 vector, float16 0-d", torch.tensor([1, 2]) * torch.tensor(0.1, dtype=torch.float16)
    yield "both 0-d", torch.tensor(0.5) * double
    yield "one element is not 0-d", single * double.reshape(1)


@case(PAGE, builds_on=(NUMBERS,))
def division_gives_floats(torch):
    """`/` of integers or booleans gives the default float dtype; of floats, their own."""
    whole = torch.tensor([7, -8, 0])
    yield "int64 / int64", whole / torch.tensor([2, 3, 4])
    yield "int64 / number", whole / 2
    yield "number / int64", 1 / torch.tensor([2, -4])
    yield "uint8 / uint8", torch.tensor([7], dtype=torch.uint8) / torch.tensor([2], dtype=torch.uint8)
    yield "bool / bool", torch.tensor([True, False]) / torch.tensor([True, True])
    yield "int64 / float16", whole / torch.tensor([2, 3, 4], dtype=torch.float16)
    yield "by zero", torch.tensor([1, -1, 0]) / 0


@case(PAGE, builds_on=("promotion::division_gives_floats",))
def floor_division_and_remainder(torch):
    """`//` rounds down and `%` takes the sign of the divisor, and both keep integers as integers."""
    whole, divisor = torch.tensor([7, -7, 7, -7]), torch.tensor([2, 2, -2, -2])
    yield "// of integers", whole // divisor
    yield "% of integers", whole % divisor
    yield "// of floats", torch.tensor([7.5, -7.5, 0.5]) // 2
    yield "% of floats", torch.tensor([7.5, -7.5, 0.5]) % 2
    yield "float % negative", torch.tensor([7.5, -7.5]) % -2
    yield "integer // float", whole // 2.0


@case(PAGE, builds_on=("promotion::floor_division_and_remainder",))
def integer_division_by_zero(torch):
    """`//` and `%` of integers by zero are refused; of floats they give infinity and nan."""
    whole, floats = torch.tensor([7, -7]), torch.tensor([7.0, -7.0, 0.0])
    yield "integers // 0", raises(lambda: whole // 0)
    yield "integers % 0", raises(lambda: whole % torch.tensor([0, 2]))
    yield "floats // 0", floats // 0
    yield "floats % 0", floats % 0


@case(PAGE, builds_on=(TENSORS,))
def comparisons_give_booleans(torch):
    """Comparisons give bool whatever the dtypes compared, and compare across dtypes by value."""
    x = torch.tensor([0.5, -1.5, 2.0, float("nan")])
    yield "with a number", x > 0
    yield "with integers", x == torch.tensor([1, -1, 2, 0])
    yield "with itself", x == x
    yield "not equal", x != x
    yield "with float64", torch.tensor([0.1]) == torch.tensor([0.1], dtype=torch.float64)
    yield "booleans", torch.tensor([True, False]) >= torch.tensor([False, True])
    yield "logic", (x > 0) & ~(x > 1) | (x < -1)


@case(PAGE, builds_on=(TENSORS,))
def overflow_of_integers(torch):
    """Integers that overflow wrap around in their dtype."""
    yield "uint8", torch.tensor([250, 5], dtype=torch.uint8) + torch.tensor([10, 10], dtype=torch.uint8)
    yield "uint8 negative", -torch.tensor([1, 5], dtype=torch.uint8)
    yield "int32", torch.tensor([2147483647], dtype=torch.int32) + 1
    yield "int64", torch.tensor([9223372036854775807]) * 2


@case(PAGE, builds_on=(NUMBERS,))
def functions_of_integers(torch):
    """Functions with fractional results turn integers and booleans into the default float dtype."""
    whole = torch.tensor([0, 1, 4])
    yield "sqrt", whole.sqrt()
    yield "exp", whole.exp()
    yield "sigmoid", torch.sigmoid(whole)
    yield "reciprocal", whole.reciprocal()
    yield "tanh of booleans", torch.tensor([True, False]).tanh()
    yield "abs keeps integers", (-whole).abs()
    yield "square keeps integers", whole.square()


@case(PAGE, builds_on=(TENSORS,))
def sums_of_integers(torch):
    """Sums and products of integers and booleans are int64, unless a dtype is given."""
    for name in ("bool", "uint8", "int32", "int64"):
        x = torch.tensor([1, 0, 1], dtype=getattr(torch, name))
        yield f"sum of {name}", x.sum()
        yield f"prod of {name}", x.prod()
        yield f"cumsum of {name}", x.cumsum(0)
        yield f"sum of {name} in float16", x.sum(dtype=torch.float16)
        yield f"max of {name}", x.max()


@case(PAGE, builds_on=("promotion::sums_of_integers",))
def mean_of_integers(torch):
    """`mean` of integers or booleans is refused, unless a float dtype is given."""
    yield "int64", raises(lambda: torch.tensor([1, 2]).mean())
    yield "bool", raises(lambda: torch.tensor([True]).mean())
    yield "in float64", torch.tensor([1, 2]).mean(dtype=torch.float64)
    yield "std", raises(lambda: torch.tensor([1, 2]).std())


@case(PAGE, builds_on=(TENSORS,))
def in_place_keeps_the_dtype(torch):
    """An in-place operation keeps its tensor's dtype, and is refused where the result's kind is above it."""
    whole, single = torch.tensor([1, 2]), torch.tensor([0.5, -1.5])
    single += torch.tensor([0.1, 0.2], dtype=torch.float64)
    yield "float32 += float64", single
    whole *= torch.tensor([3, 4], dtype=torch.int32)
    yield "int64 *= int32", whole
    yield "int64 += float", raises(lambda: whole.add_(0.5))
    yield "int64 /= int64", raises(lambda: whole.div_(2))
    yield "bool += int64", raises(lambda: torch.tensor([True]).add_(1))
    yield "int64", whole


@case(PAGE, builds_on=("promotion::dtype_of_literals",))
def casts_to_integers_and_back(torch):
    """Casts to integers cut fractions off, casts to bool ask for zero, and casts between floats round."""
    x = torch.tensor([0.0, 0.5, -1.75, 2.999])
    yield "long", x.long()
    yield "int", x.int()
    yield "bool", x.bool()
    yield "half", torch.tensor([0.1, 70000.0, 1e-8]).half()
    yield "double", torch.tensor([0.1]).double()
    yield "to", torch.tensor([1, 0]).to(torch.float16)
    yield "type", torch.tensor([1, 0]).type(torch.float64)


@case(PAGE, builds_on=(TENSORS,))
def where_and_cat_promote(torch):
    """`where`, `cat`, `stack`, `maximum` promote the dtypes of their tensors."""
    whole, single = torch.tensor([1, 2]), torch.tensor([0.5, -1.5])
    yield "where", torch.where(torch.tensor([True, False]), whole, single)
    yield "cat", torch.cat([whole, single.double()])
    yield "stack", torch.stack([single.half(), single])
    yield "maximum", torch.maximum(whole, single)


@case(PAGE, builds_on=("promotion::tensors_of_two_dtypes",))
def matmul_does_not_promote(torch):
    """Matrix products refuse operands of two dtypes."""
    a = torch.tensor([[0.5, -1.5], [2.0, 3.0]])
    yield "float32 @ float64", raises(lambda: a @ a.double())
    yield "float32 @ int64", raises(lambda: torch.mm(a, a.long()))
    yield "dot", raises(lambda: torch.dot(a[0], a[0].half()))


@case(GRADIENTS, builds_on=(TENSORS, "first_gradients::product_rule"))
def gradient_follows_the_leaf(torch):
    """A leaf's gradient has the leaf's dtype, whatever the dtype of the result."""
    half = torch.tensor([0.1, -1.7], dtype=torch.float16, requires_grad=True)
    single = torch.tensor([2.3, 0.7], requires_grad=True)
    double = torch.tensor([-0.9, 1.1], dtype=torch.float64, requires_grad=True)
    y = half * single * double
    y.backward(torch.tensor([0.3, -1.2], dtype=torch.float64))
    yield "y", y
    yield "float16", half.grad
    yield "float32", single.grad
    yield "float64", double.grad


@case(GRADIENTS, builds_on=(MIXED,))
def no_cast_in_the_graph(torch):
    """The promotion of an operand leaves no node in the graph; a cast that the program writes does."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    double = torch.tensor([2.0, 3.0], dtype=torch.float64)
    yield "promoted", x * double
    yield "cast", x.double() * double


@case(GRADIENTS, builds_on=(MIXED,))
def gradient_through_a_cast(torch):
    """The gradient of a cast is cast back, rounding on its way."""
    x = torch.tensor([0.1, -1.7, 2.3], requires_grad=True)
    y = x.half() * x.double()
    y.backward(torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64))
    yield "y", y
    yield "gradient", x.grad


@case(GRADIENTS, builds_on=(MIXED, "first_gradients::broadcast_operands"))
def gradient_of_a_promoted_and_broadcast_leaf(torch):
    """A leaf that is both promoted and broadcast gets a gradient of its own dtype and shape."""
    x = torch.tensor([[0.5], [-1.5]], dtype=torch.float16, requires_grad=True)
    (x + torch.tensor([0.1, 0.2, 0.3])).backward(torch.tensor([[0.3, -1.2, 2.0], [0.01, 0.5, 1.7]]))
    yield x.grad


@case(GRADIENTS, builds_on=(MIXED, ZERO_D))
def gradient_of_a_zero_dimensional_leaf(torch):
    """A 0-d float64 leaf beside a float32 vector leaves the result float32 and gets a float64 gradient."""
    scale = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = x * scale
    y.backward(torch.tensor([0.3, -1.2, 2.0]))
    yield "y", y
    yield "gradient of the scale", scale.grad
    yield "gradient of x", x.grad


@case(GRADIENTS, builds_on=(MIXED,))
def gradient_beside_integers(torch):
    """Integers and booleans take part as constants, and the float leaf's gradient counts their values."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = x * torch.tensor([3, -4, 5]) + torch.tensor([True, False, True])
    y.backward(torch.tensor([0.3, -1.2, 2.0]))
    yield "y", y
    yield "gradient", x.grad


@case(GRADIENTS, builds_on=(MIXED,))
def gradient_of_a_sum_in_another_dtype(torch):
    """`sum(dtype=torch.float64)` of a float32 leaf hands back a float32 gradient."""
    x = torch.tensor([0.1, -1.7, 2.3], requires_grad=True)
    y = (x * x).sum(dtype=torch.float64)
    y.backward(torch.tensor(0.3, dtype=torch.float64))
    yield "y", y
    yield "gradient", x.grad


@case(GRADIENTS, builds_on=(MIXED,))
def accumulated_gradients_of_two_dtypes(torch):
    """Rounds with results of different dtypes add up in the leaf's dtype."""
    x = torch.tensor([0.1, -1.7], requires_grad=True)
    for dtype in (torch.float64, torch.float16, torch.float32):
        (x.to(dtype) * 3).backward(torch.tensor([0.3, -1.2], dtype=dtype))
        yield f"after a round in {dtype}", x.grad
