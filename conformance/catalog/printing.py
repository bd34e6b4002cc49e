"""How tensors are laid out in print: brackets, lines, summaries, and what follows the numbers."""

from __future__ import annotations

from conformance import case

DESCENT = "Automatic differentation and gradient descend"
PAGE = "torch: set_printoptions"
NESTED = "printing::nested_brackets"
WRAPPED = "printing::long_vectors_wrap"
SUFFIX = "printing::suffix_of_a_tracked_tensor"
SUMMARY = "printing::summary_of_a_vector"


@case(PAGE)
def nested_brackets(torch):
    """Rows stand under each other, indented by their depth, with blank lines between matrices."""
    numbers = torch.arange(1, 25)
    yield "vector", numbers[:3]
    yield "matrix", numbers[:6].reshape(2, 3)
    yield "row", numbers[:3].reshape(1, 3)
    yield "column", numbers[:3].reshape(3, 1)
    yield "three dimensions", numbers[:12].reshape(2, 3, 2)
    yield "four dimensions", numbers.reshape(2, 2, 3, 2)
    yield "many ones", numbers[:1].reshape(1, 1, 1, 1)


@case(PAGE, builds_on=(NESTED,))
def long_vectors_wrap(torch):
    """A vector too long for 80 columns goes on in the next line, indented under its first number."""
    yield "integers", torch.arange(40)
    yield "fractions", torch.arange(20) / 7
    yield "whole floats", torch.arange(30.0) - 5


@case(PAGE, builds_on=(WRAPPED,))
def wrapping_at_the_edge(torch):
    """The number of columns is (80 - indent) // (width + 2), whatever follows the last number."""
    for count in (9, 10):
        yield f"{count} fractions", torch.arange(count) / 8
    for count in (18, 19):
        yield f"{count} integers", torch.arange(10, 10 + count)
    for count in (24, 25):
        yield f"{count} digits", torch.arange(count) % 10


@case(PAGE, builds_on=(WRAPPED, NESTED))
def long_rows_wrap(torch):
    """In deeper tensors the rows wrap with the indent of their depth."""
    yield "matrix", torch.arange(60).reshape(2, 30)
    yield "three dimensions", torch.arange(44).reshape(2, 1, 22) / 8
    yield "booleans", torch.arange(30).reshape(2, 15) > 7


@case(PAGE, builds_on=(WRAPPED,))
def numbers_wider_than_a_line(torch):
    """Numbers so wide that few fit in a line still stand at least one in each."""
    yield "three a line", torch.tensor([2**62, 1, -(2**62), 5, 7])
    yield "float64", torch.tensor([1e-300, 1e300, 2.5, 3.5, 4.5, 5.5], dtype=torch.float64)


@case(DESCENT, "A1", "A2", "A3", "A4", builds_on=(NESTED, "tracking::squared"))
def suffix_of_a_tracked_tensor(torch):
    """After the numbers stands `requires_grad=True` for a leaf, and the node's name for a result."""
    x = torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049], requires_grad=True)
    y = x * 5
    w = y**2
    print(x, y, w, w.mean(), sep="\n")
    yield "matrix", x.reshape(2, 2)
    yield "0-d leaf", torch.tensor(1.0, requires_grad=True)
    yield "0-d result", (w - 1).sum()


@case(PAGE, builds_on=(SUFFIX,))
def suffix_breaks_the_line(torch):
    """A suffix that would pass column 80 goes to a line of its own, indented under the first bracket."""
    for count in (5, 6, 7, 8):
        x = (torch.arange(count) / 8).requires_grad_()
        yield f"leaf of {count}", x
        yield f"result of {count}", x * 3


@case(PAGE, builds_on=("printing::suffix_breaks_the_line",))
def two_suffixes(torch):
    """The dtype comes before grad_fn or requires_grad, and each breaks the line for itself."""
    for count in (2, 4, 5, 7):
        x = (torch.arange(count, dtype=torch.float64) / 8).requires_grad_()
        yield f"leaf of {count}", x
        yield f"result of {count}", x * 3


@case(PAGE, builds_on=(SUFFIX,))
def suffix_after_a_matrix(torch):
    """Only the last line of a matrix counts for whether a suffix still fits."""
    x = (torch.arange(24) / 8).reshape(3, 8).requires_grad_()
    yield "wide", x
    yield "narrow", (x * 2)[:, :2]
    yield "wrapped rows", torch.cat([x, x], dim=1)[:2]


@case(PAGE, builds_on=(SUFFIX,))
def dtype_suffix(torch):
    """Every dtype but float32, int64 and bool is named after the numbers."""
    for dtype in (
        torch.float16,
        torch.float32,
        torch.float64,
        torch.uint8,
        torch.int32,
        torch.int64,
        torch.bool,
    ):
        yield str(dtype), torch.tensor([0, 1, 1], dtype=dtype)


@case(PAGE, builds_on=("printing::dtype_suffix",))
def empty_tensors(torch):
    """Empty tensors print `[]`, their size unless it is (0,), and every dtype but float32."""
    yield "empty", torch.tensor([])
    yield "float64", torch.tensor([], dtype=torch.float64)
    yield "int64", torch.tensor([], dtype=torch.int64)
    yield "bool", torch.zeros(0, 2, dtype=torch.bool)
    yield "no columns", torch.zeros(2, 0)
    yield "three dimensions", torch.zeros(2, 0, 3, dtype=torch.int32)
    yield "leaf", torch.zeros(0, 3, requires_grad=True)
    yield "result", torch.zeros(0, requires_grad=True) * 2


@case(PAGE, builds_on=(WRAPPED,))
def summary_of_a_vector(torch):
    """A vector of more than 1000 elements shows its first and last three, with an ellipsis between."""
    yield "1000 elements", torch.arange(1000) % 10
    yield "1001 elements", torch.arange(1001) % 10
    yield "wider", torch.arange(1500)
    yield "fractions", torch.arange(2000) / 8
    yield "leaf", torch.zeros(1001, requires_grad=True)


@case(PAGE, builds_on=(SUMMARY,))
def summary_of_a_matrix(torch):
    """Every dimension of a large tensor with more than six places is shortened to three and three."""
    yield "both dimensions", torch.arange(1200).reshape(30, 40)
    yield "only columns", torch.arange(1200).reshape(6, 200)
    yield "only rows", torch.arange(1200.0).reshape(600, 2)
    yield "seven rows", torch.arange(1050).reshape(7, 150)


@case(PAGE, builds_on=("printing::summary_of_a_matrix",))
def summary_of_three_dimensions(torch):
    """In deeper tensors the ellipsis of an outer dimension stands alone between blank lines."""
    yield "outer", torch.arange(1008).reshape(126, 4, 2)
    yield "middle", torch.arange(1008).reshape(2, 126, 4)
    yield "all", torch.arange(1053).reshape(9, 9, 13)


@case(PAGE, builds_on=(SUMMARY,))
def summary_formats_what_it_shows(torch):
    """Only the elements that a summary shows decide its number format."""
    large = torch.zeros(1500)
    large[700] = 123456.75
    yield "a large number hidden", large
    large[1] = 0.5
    yield "a fraction shown", large
    large[1499] = 5000.0
    yield "scientific", large


@case(PAGE, builds_on=(SUFFIX,))
def printing_leaves_no_trace(torch):
    """Printing a tracked tensor leaves no trace in it, and gives the same text under `no_grad`."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * 2
    texts = [repr(x), repr(y)]
    with torch.no_grad():
        yield "same text under no_grad", texts == [repr(x), repr(y)]
    yield "version", y._version
    y.backward(torch.tensor([0.3, -1.2]))
    yield "gradient", x.grad


@case(PAGE, builds_on=(NESTED,))
def views_print_what_they_show(torch):
    """Transposed, flipped, strided and repeated tensors print the elements that they show."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]])
    yield "transposed", x.t()
    yield "flipped", x.flip(0)
    yield "every second", x[:, ::2]
    yield "expanded", x[:1].expand(3, 3)
    yield "transposed back", x.t().reshape(2, 3)


@case("torch: dtype")
def dtypes_and_sizes_as_text(torch):
    """Dtypes print as `torch.float32`, and shapes as `torch.Size([2, 3])`."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 4.0, -3.0]])
    yield "shape", str(x.shape)
    yield "size()", repr(x.size())
    yield "0-d shape", str(x.sum().shape)
    yield "dtype", repr(x.dtype)
    yield "dtypes", str([torch.float16, torch.int32, torch.uint8, torch.bool])
    yield "equal to a tuple", x.shape == (2, 3)
    yield "numel", x.numel()
