"""`set_printoptions`: each of its options, and the way back."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch: set_printoptions"
PRECISION = "print_options::precision"


@case(PAGE, builds_on=("number_formats::four_decimals",))
def precision(torch):
    """`precision` sets the number of decimals, in fixed and scientific notation."""
    fractions = torch.tensor([3.14159265, -0.5, 20.0])
    scientific = torch.tensor([1.23456789e-7, 5.0])
    try:
        for digits in (0, 1, 2, 6, 10):
            torch.set_printoptions(precision=digits)
            yield f"precision {digits}", fractions
            yield f"precision {digits}, scientific", scientific
    finally:
        torch.set_printoptions(profile="default")
    yield "default again", fractions


@case(PAGE, builds_on=(PRECISION,))
def precision_and_whole_numbers(torch):
    """`precision` leaves whole floats, integers and booleans as they are."""
    try:
        torch.set_printoptions(precision=2)
        yield "whole", torch.tensor([1.0, -20.0])
        yield "integers", torch.tensor([1, -20])
        yield "booleans", torch.tensor([True, False])
        yield "nan", torch.tensor([float("nan"), 0.125])
    finally:
        torch.set_printoptions(profile="default")


@case(PAGE, builds_on=(PRECISION,))
def double_numbers_in_full(torch):
    """With precision 16, float64 shows its digits, and float32 the exact value behind its rounding."""
    try:
        torch.set_printoptions(precision=16)
        yield "float64", torch.tensor([0.1, 3.141592653589793], dtype=torch.float64)
        yield "float32", torch.tensor([0.1, 3.1415927])
        yield "float16", torch.tensor([0.1, 3.141], dtype=torch.float16)
        yield "0-d", torch.tensor(0.1)
    finally:
        torch.set_printoptions(profile="default")


@case(PAGE, builds_on=("number_formats::scientific_notation",))
def scientific_mode(torch):
    """`sci_mode` forces scientific notation on or off; None lets the values decide again."""
    plain = torch.tensor([0.5, -1.5])
    spread = torch.tensor([0.00001, 50000.0])
    try:
        for mode in (True, False, None):
            torch.set_printoptions(sci_mode=mode)
            yield f"{mode}: plain", plain
            yield f"{mode}: spread", spread
            yield f"{mode}: whole", torch.tensor([1.0, 300000000.0])
    finally:
        torch.set_printoptions(profile="default")


@case(PAGE, builds_on=("print_options::scientific_mode",))
def scientific_mode_is_forgotten(torch):
    """Every call without `sci_mode` sets it back to None."""
    try:
        torch.set_printoptions(sci_mode=True)
        torch.set_printoptions(precision=3)
        yield torch.tensor([0.5, -1.5])
    finally:
        torch.set_printoptions(profile="default")


@case(PAGE, builds_on=("printing::long_vectors_wrap",))
def line_width(torch):
    """`linewidth` sets where numbers wrap and where suffixes break the line."""
    x = (torch.arange(10) / 8).requires_grad_()
    try:
        for width in (20, 40, 120):
            torch.set_printoptions(linewidth=width)
            yield f"{width}: leaf", x
            yield f"{width}: integers", torch.arange(15) * 100
            yield f"{width}: matrix", x.reshape(2, 5) * 2
    finally:
        torch.set_printoptions(profile="default")
    yield "default again", x


@case(PAGE, builds_on=("printing::summary_of_a_vector",))
def threshold(torch):
    """`threshold` sets the number of elements above which tensors are summarized."""
    try:
        torch.set_printoptions(threshold=5)
        yield "10 elements", torch.arange(10)
        yield "5 elements", torch.arange(5)
        yield "6 elements", torch.arange(6)
        yield "matrix", torch.arange(16).reshape(2, 8)
    finally:
        torch.set_printoptions(profile="default")
    yield "default again", torch.arange(10)


@case(PAGE, builds_on=("print_options::threshold",))
def edge_items(torch):
    """`edgeitems` sets how many elements a summary shows at each end."""
    try:
        for number in (1, 2, 5):
            torch.set_printoptions(threshold=10, edgeitems=number)
            yield f"{number}: vector", torch.arange(20) / 8
            yield f"{number}: matrix", torch.arange(36).reshape(6, 6)
    finally:
        torch.set_printoptions(profile="default")


@case(PAGE, builds_on=(PRECISION,))
def profiles(torch):
    """The profile "short" has 2 decimals and 2 edge items, "full" shows all, and "default" restores."""
    fractions = torch.arange(4) / 7
    many = torch.arange(1001) % 10
    try:
        for profile in ("short", "full", "default"):
            torch.set_printoptions(profile=profile)
            yield f"{profile}: fractions", fractions
            yield f"{profile}: many", many
    finally:
        torch.set_printoptions(profile="default")


@case(PAGE, builds_on=("print_options::profiles",))
def profile_with_an_option(torch):
    """An option beside a profile overrides the profile."""
    try:
        torch.set_printoptions(profile="short", precision=6)
        yield "short with precision 6", torch.arange(4) / 7
        torch.set_printoptions(profile="default", linewidth=30)
        yield "default with linewidth 30", torch.arange(4) / 7
    finally:
        torch.set_printoptions(profile="default")


@case(PAGE, builds_on=(PRECISION,))
def options_stay(torch):
    """Options not named in a call keep what an earlier call set."""
    try:
        torch.set_printoptions(precision=2)
        torch.set_printoptions(linewidth=40)
        yield "both", torch.arange(12) / 7
        torch.set_printoptions(precision=3)
        yield "precision changed", torch.arange(12) / 7
    finally:
        torch.set_printoptions(profile="default")


@case(PAGE, builds_on=(PRECISION,))
def values_are_not_touched(torch):
    """Print options change neither values nor gradients."""
    try:
        torch.set_printoptions(precision=1)
        x = torch.tensor([0.123456, -1.98765], requires_grad=True)
        (x * x).backward(torch.tensor([0.3, -1.2]))
        yield "numbers", x.tolist()
        yield "gradient", x.grad
    finally:
        torch.set_printoptions(profile="default")


@case("torch: set_default_dtype", builds_on=("printing::dtype_suffix",))
def dtype_suffix_follows_the_default(torch):
    """With float64 as the default dtype, float32 is named in print and float64 is not."""
    single, double = torch.tensor([0.5]), torch.tensor([0.5], dtype=torch.float64)
    try:
        torch.set_default_dtype(torch.float64)
        yield "default", str(torch.get_default_dtype())
        yield "float32", single
        yield "float64", double
        yield "literal", torch.tensor([0.1, 0.7])
        yield "empty", torch.tensor([])
        yield "integers divided", torch.tensor([1, 2]) / 3
    finally:
        torch.set_default_dtype(torch.float32)
    yield "literal, default restored", torch.tensor([0.1, 0.7])


@case("torch: set_default_dtype", builds_on=("print_options::dtype_suffix_follows_the_default",))
def default_dtype_must_be_float(torch):
    """Only a float dtype can be the default dtype."""
    yield "integers", raises(lambda: torch.set_default_dtype(torch.int64))
    yield "string", raises(lambda: torch.set_default_dtype("float64"))
    yield "default", str(torch.get_default_dtype())
