"""What operations say to operands that are no tensors, to numbers that do not fit, and to names of no device."""

from __future__ import annotations

from conformance import case, raises

NO_TENSORS = ([1.5], "x", None, 2.5, (1.5, 2.5))


def refusals(torch, names):
    """What each function says to each of some objects that are no tensors."""
    for name in names.split():
        function = getattr(torch, name)
        for each in NO_TENSORS:
            yield f"{name}({each!r})", raises(lambda function=function, each=each: function(each))


@case("torch: Pointwise Ops")
def pointwise_operations_of_no_tensors(torch):
    """Functions of one tensor refuse what is none: they do not convert it."""
    yield from refusals(torch, "exp log log1p sin cos tan tanh sigmoid sqrt rsqrt square abs neg reciprocal")


@case("torch: Reduction Ops")
def reductions_of_no_tensors(torch):
    """`sum`, `mean` and `prod` refuse what is no tensor, also a list of numbers."""
    yield from refusals(torch, "sum mean prod")


@case("torch: Pointwise Ops")
def binary_operations_with_no_tensors(torch):
    """The refusal names the operand that is no tensor: its name and its place."""
    x = torch.tensor([1.5, -2.0])
    for name in ("add", "mul", "sub", "div", "maximum", "matmul", "dot"):
        function = getattr(torch, name)
        yield f"{name}, first", raises(lambda function=function: function(None, x))
        yield f"{name}, second", raises(lambda function=function: function(x, None))
        yield f"{name}, list", raises(lambda function=function: function([1.5, 2.5], x))


@case("torch: BLAS and LAPACK Operations")
def matrix_products_with_no_tensors(torch):
    """Products of matrices refuse operands that are no tensors, each by its own name."""
    m = torch.tensor([[1.5, -2.0], [0.5, 3.0]])
    for name, others in (("mm", "matrix"), ("mv", "vector")):
        function = getattr(torch, name)
        yield f"{name}, first", raises(lambda function=function: function([[1.5, 2.5]], m[0]))
        yield f"{name}, second: no {others}", raises(lambda function=function: function(m, [1.5, 2.5]))


@case("torch.Tensor: torch.Tensor.fill_")
def filling_with_complex_numbers(torch):
    """A number with an imaginary part cannot fill a real tensor; one without can."""
    for dtype in (torch.float32, torch.float64, torch.int64):
        yield str(dtype), raises(lambda dtype=dtype: torch.tensor([3, 4], dtype=dtype).fill_(2 + 1j))
        yield f"{dtype}, no imaginary part", torch.tensor([3, 4], dtype=dtype).fill_(2 + 0j)
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = x * 2
    yield "recorded", raises(lambda: y.fill_(1j))
    yield "unchanged", y


@case("torch.Tensor: torch.Tensor.__setitem__")
def assigning_complex_numbers(torch):
    """A number with an imaginary part cannot be assigned to a part of a real tensor, however the part is named."""
    x = torch.tensor([1.5, 2.5, -3.0])
    mask, places = torch.tensor([True, False, True]), torch.tensor([2])
    for name, index in (("int", 0), ("slice", slice(1, 3)), ("mask", mask), ("places", places), ("all", ...)):
        yield name, raises(lambda index=index: x.__setitem__(index, 0.5 + 1j))
    yield "unchanged", (x, x._version)


@case("Tensor Attributes: torch.device")
def names_of_no_device(torch):
    """What names no device is refused, by `to` as by `device`."""
    x = torch.tensor([1.5])
    for name in ("nonsense", "tpu", "float32", "", "cpu:x"):
        yield f"to({name!r})", raises(lambda name=name: x.to(name))
        yield f"device({name!r})", raises(lambda name=name: torch.device(name))
