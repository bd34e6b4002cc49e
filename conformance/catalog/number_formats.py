"""How numbers are printed: decimals, scientific notation, whole numbers, nan and infinity."""

from __future__ import annotations

from conformance import case, raises

DESCENT = "Automatic differentation and gradient descend"
FIRST_STEPS = "Gradients and autograd, first steps"
PAGE = "torch: set_printoptions"
FOUR = "number_formats::four_decimals"
SCIENTIFIC = "number_formats::scientific_notation"
WHOLE = "number_formats::whole_floats"


@case(DESCENT, "A1")
def four_decimals(torch):
    """Floats print with four decimals, rounded from their exact value."""
    yield "random-like", torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049])
    yield "halves", torch.tensor([0.03125, 0.12345, 1.00005, 2.71825])
    yield "halves in float64", torch.tensor([0.03125, 0.12345, 1.00005, 2.71825], dtype=torch.float64)


@case(PAGE, builds_on=(FOUR,))
def widths_align(torch):
    """All numbers of a tensor get the width of the longest one, padded on the left."""
    yield "negative among positive", torch.tensor([1.5, -2.25, 100.125])
    yield "matrix", torch.tensor([[1.5, -22.25], [333.125, 0.5]])
    yield "integers", torch.tensor([[7, -12345], [0, 99]])


@case(PAGE, builds_on=(FOUR,))
def whole_floats(torch):
    """If all floats are whole they print with a bare point; one fraction gives all of them four decimals."""
    yield "whole", torch.tensor([1.0, -2.0, 30.0])
    yield "one fraction", torch.tensor([1.0, -2.0, 30.5])
    yield "zeros", torch.tensor([0.0, 0.0])
    yield "zeros and a fraction", torch.tensor([0.0, 0.25])
    yield "float64", torch.tensor([1.0, -200.0], dtype=torch.float64)


@case(PAGE, builds_on=(WHOLE,))
def negative_zero(torch):
    """Minus zero prints with its sign, but does not count for the width."""
    yield "alone", torch.tensor(-0.0)
    yield "among zeros", torch.tensor([0.0, -0.0])
    yield "among whole numbers", torch.tensor([-0.0, 3.0, 12.0])
    yield "among fractions", torch.tensor([-0.0, 3.25])
    yield "rounded to zero", torch.tensor([-0.00012, 0.1])


@case(FIRST_STEPS, "B6", builds_on=(FOUR,))
def scientific_notation(torch):
    """A tensor prints in scientific notation if its largest magnitude is over 1000 times its smallest."""
    yield "the document's gradient", torch.tensor([5.4162e-01, 6.0052e00, -1.1053e-03])
    yield "1000 times", torch.tensor([0.25, 250.0])
    yield "just over 1000 times", torch.tensor([0.25, 250.25])
    yield "negative", torch.tensor([-0.001, 5.5])


@case(PAGE, builds_on=(SCIENTIFIC,))
def scientific_for_large_numbers(torch):
    """A magnitude over 1e8 makes a tensor print in scientific notation, whole numbers included."""
    yield "1e8", torch.tensor([1.0e8, 2.0e7])
    yield "over 1e8", torch.tensor([1.00000008e8, 2.0e7])
    yield "fraction", torch.tensor([123456.75, 1234.5])
    yield "float64", torch.tensor([123456789.25], dtype=torch.float64)
    yield "largest float32", torch.tensor([3.4028234663852886e38])


@case(PAGE, builds_on=(SCIENTIFIC,))
def scientific_for_small_numbers(torch):
    """A magnitude under 1e-4 makes a tensor print in scientific notation; zeros do not count."""
    yield "0.0001 in float32", torch.tensor([0.0001, 0.05])
    yield "0.0001 in float64", torch.tensor([0.0001, 0.05], dtype=torch.float64)
    yield "under 1e-4", torch.tensor([0.00009, 0.05])
    yield "with zeros", torch.tensor([0.0, 0.00009, -0.0])
    yield "smallest float32", torch.tensor([1.401298464324817e-45, 1.1754943508222875e-38])


@case(PAGE, builds_on=(SCIENTIFIC, WHOLE))
def scientific_for_whole_numbers(torch):
    """Whole floats whose magnitudes differ by more than 1000 print in scientific notation too."""
    yield "1 and 1000", torch.tensor([1.0, 1000.0])
    yield "1 and 1001", torch.tensor([1.0, -1001.0])
    yield "a zero", torch.tensor([0.0, 1.0, 1001.0])


@case(PAGE, builds_on=(SCIENTIFIC,))
def three_digits_of_exponent(torch):
    """Exponents have at least two digits, and three where float64 needs them."""
    yield "three digits", torch.tensor([1.5e-300, 2.5e10, -3.5], dtype=torch.float64)
    yield "two digits", torch.tensor([1.5e-7, 2.5e10], dtype=torch.float64)
    yield "smallest float64", torch.tensor([5e-324], dtype=torch.float64)


@case(PAGE, builds_on=(WHOLE,))
def nan_and_infinity(torch):
    """nan and infinities print as nan, inf and -inf, without a point, in the width of the finite numbers."""
    inf, nan = float("inf"), float("nan")
    yield "only nan", torch.tensor([nan, nan])
    yield "only infinities", torch.tensor([inf, -inf, nan])
    yield "among whole numbers", torch.tensor([nan, inf, -inf, 1.0])
    yield "among wider whole numbers", torch.tensor([nan, inf, -inf, 12345.0])
    yield "among fractions", torch.tensor([nan, inf, -inf, 0.5])
    yield "among zeros", torch.tensor([nan, 0.0, inf])
    yield "scientific", torch.tensor([nan, inf, -inf, 0.5, 5000.25])


@case(PAGE, builds_on=("number_formats::nan_and_infinity",))
def nan_alone(torch):
    """A 0-d nan or infinity prints as the bare word."""
    for value in ("nan", "inf", "-inf"):
        yield value, torch.tensor(float(value))
        yield f"{value} in float64", torch.tensor(float(value), dtype=torch.float64)


@case(PAGE, builds_on=(FOUR,))
def zero_dimensional_numbers(torch):
    """0-d tensors print by the same rules as vectors, without brackets."""
    for value in (0.5, -2.0, 0.0, 123456789.0, 0.00001, 1e20, 3.14159265, 99999.99999):
        yield repr(value), torch.tensor(value)


@case(PAGE, builds_on=(WHOLE,))
def integers(torch):
    """Integers print as they are, 64-bit extremes included; other sizes of integers name their dtype."""
    yield "int64", torch.tensor([1, -20, 9223372036854775807, -9223372036854775808])
    yield "int32", torch.tensor([1, -20, 2147483647], dtype=torch.int32)
    yield "uint8", torch.tensor([0, 20, 255], dtype=torch.uint8)
    yield "0-d", torch.tensor(-7)
    yield "0-d uint8", torch.tensor(200, dtype=torch.uint8)


@case(PAGE, builds_on=("number_formats::integers",))
def booleans(torch):
    """Booleans print as True and False, True padded by a space where a False stands in the tensor."""
    yield "both", torch.tensor([True, False])
    yield "only True", torch.tensor([True, True])
    yield "only False", torch.tensor([[False], [False]])
    yield "0-d", torch.tensor(True)


@case(PAGE, builds_on=(FOUR,))
def half_precision(torch):
    """float16 numbers print with four decimals of their exact values and name their dtype."""
    yield "fractions", torch.tensor([0.1, -2.3, 70.7], dtype=torch.float16)
    yield "whole", torch.tensor([3.0, -2048.0], dtype=torch.float16)
    yield "largest and smallest", torch.tensor([65504.0, 5.9604644775390625e-08], dtype=torch.float16)
    yield "rounded to infinity", torch.tensor([65520.0, 1.0], dtype=torch.float16)
    yield "0-d", torch.tensor(0.333, dtype=torch.float16)


@case(PAGE, builds_on=(FOUR,))
def double_precision(torch):
    """float64 numbers print with four decimals too, and name their dtype."""
    yield "fractions", torch.tensor([0.1, -2.3, 3.141592653589793], dtype=torch.float64)
    yield "0-d", torch.tensor(2.718281828459045, dtype=torch.float64)
    yield "near one", torch.tensor([0.99999999999, 1.00000000001], dtype=torch.float64)


@case(PAGE, builds_on=(WHOLE,))
def rounding_that_looks_whole(torch):
    """Numbers that only look whole after rounding still print with decimals."""
    yield "just under", torch.tensor([0.99999994, 2.0])
    yield "rounds up a digit", torch.tensor([9.99999, 5.0])
    yield "0-d", torch.tensor(0.99999994)


@case("torch.Tensor: __format__", builds_on=(FOUR,))
def python_formats(torch):
    """A 0-d tensor takes the format codes of its number; other tensors take none."""
    x = torch.tensor(3.14159265)
    yield "no code", f"{x}"
    yield ".2f", f"{x:.2f}"
    yield ">12.3e", f"{x:>12.3e}"
    yield "integer", f"{torch.tensor(42):05d}"
    yield "vector", f"{torch.tensor([1.5, 2.5])}"
    yield "tracked", f"{torch.tensor(1.5, requires_grad=True)}"
    yield "tracked with a code", f"{torch.tensor(1.5).requires_grad_() * 2:.3f}"
    yield "vector with a code", raises(lambda: f"{torch.tensor([1.5, 2.5]):.2f}")


@case("torch.Tensor: __str__", builds_on=(FOUR,))
def print_and_repr_agree(torch):
    """`print`, `str` and `repr` of a tensor give the same text."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    print(x)
    print(x * 2, x.sum())
    yield "str", str(x)
    yield "repr", repr(x)
    yield "in a list", f"{[x[0], x.sum()]}"
