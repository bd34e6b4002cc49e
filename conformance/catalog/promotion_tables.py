"""How all pairs of dtypes combine: results, gradients, numbers, 0-d tensors, and the functions that tell."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Tensor Attributes: torch.dtype"
GRADIENTS = "Autograd mechanics: Gradients and dtypes"
NAMES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]
FLOATS = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
TABLE = "promotion_tables::promotion_of_all_pairs"


def dtypes(torch, names):
    """The dtypes of these names."""
    return [getattr(torch, name) for name in names]


def short(dtype):
    """A dtype's name without its namespace."""
    return str(dtype).rpartition(".")[2]


@case("torch: promote_types")
def promotion_of_all_pairs(torch):
    """`promote_types` gives the smallest dtype that holds both, for every pair."""
    for one in dtypes(torch, NAMES):
        yield short(one), " ".join(short(torch.promote_types(one, two)) for two in dtypes(torch, NAMES))


@case("torch: can_cast")
def casts_of_all_pairs(torch):
    """`can_cast` allows what stays in its category or goes to a higher one."""
    for one in dtypes(torch, NAMES):
        yield short(one), [torch.can_cast(one, two) for two in dtypes(torch, NAMES)]


@case("torch: result_type", builds_on=(TABLE,))
def result_types_with_zero_dimensions(torch):
    """`result_type` of a vector and a 0-d tensor: the vector's, unless the other's category is higher."""
    for one in dtypes(torch, NAMES):
        vector = torch.ones(2, dtype=one)
        others = [torch.ones((), dtype=two) for two in dtypes(torch, NAMES)]
        yield short(one), " ".join(short(torch.result_type(vector, other)) for other in others)
        yield f"{short(one)} second", " ".join(short(torch.result_type(other, vector)) for other in others)


@case("torch: result_type", builds_on=(TABLE,))
def result_types_with_numbers(torch):
    """`result_type` of tensors and Python numbers, whatever the tensor's dimensions."""
    numbers = (True, 3, 0.5, 2j)
    for one in dtypes(torch, NAMES):
        for name, shape in (("vector of", (2,)), ("0-d", ())):
            tensor = torch.ones(shape, dtype=one)
            yield (
                f"{name} {short(one)}",
                " ".join(short(torch.result_type(tensor, number)) for number in numbers),
            )
    yield "numbers", " ".join(short(torch.result_type(a, b)) for a in numbers for b in numbers)


@case(PAGE, builds_on=(TABLE,))
def sums_of_all_pairs(torch):
    """Sums, products and comparisons of two vectors have the dtype that holds both."""
    for one in dtypes(torch, NAMES):
        x = torch.tensor([1, 0], dtype=one)
        others = [torch.tensor([1, 1], dtype=two) for two in dtypes(torch, NAMES)]
        yield f"{short(one)} +", " ".join(short((x + other).dtype) for other in others)
        yield f"{short(one)} *", " ".join(short((other * x).dtype) for other in others)
        yield f"{short(one)} ==", " ".join(short((x == other).dtype) for other in others)


@case(PAGE, builds_on=("promotion_tables::sums_of_all_pairs",))
def quotients_of_all_pairs(torch):
    """Quotients of two vectors are floating or complex, the default dtype for whole numbers."""
    for one in dtypes(torch, NAMES):
        x = torch.tensor([1, 0], dtype=one)
        others = [torch.tensor([1, 1], dtype=two) for two in dtypes(torch, NAMES)]
        yield short(one), " ".join(short((x / other).dtype) for other in others)


@case(PAGE, builds_on=("promotion_tables::result_types_with_numbers",))
def numbers_beside_all_dtypes(torch):
    """The dtype of a tensor's sum with a Python number, for every dtype and kind of number."""
    for one in (name for name in NAMES if name != "float16"):
        x = torch.tensor([1, 0], dtype=getattr(torch, one))
        yield one, " ".join(short((x + number).dtype) for number in (True, 3, 0.5, 2j))
        yield f"{one} 0-d", " ".join(short((x[0] * number).dtype) for number in (True, 3, 0.5, 2j))


@case(PAGE, builds_on=(TABLE,))
def selections_of_all_pairs(torch):
    """`where`, `cat`, `stack` and `maximum` promote as sums do."""
    condition = torch.tensor([True, False])
    reals = [name for name in NAMES if "complex" not in name]
    for one in dtypes(torch, reals):
        x = torch.tensor([1, 0], dtype=one)
        others = [torch.tensor([1, 1], dtype=two) for two in dtypes(torch, reals)]
        yield f"where {short(one)}", " ".join(short(torch.where(condition, x, y).dtype) for y in others)
        yield f"cat {short(one)}", " ".join(short(torch.cat([x, y]).dtype) for y in others)
        yield f"stack {short(one)}", " ".join(short(torch.stack([x, y]).dtype) for y in others)
        yield f"maximum {short(one)}", " ".join(short(torch.maximum(x, y).dtype) for y in others)


@case(PAGE)
def reductions_of_all_dtypes(torch):
    """Sums and products of whole numbers are int64; other reductions keep their dtype or refuse it."""
    for one in NAMES:
        x = torch.tensor([1, 0, 1], dtype=getattr(torch, one))
        yield f"sum {one}", x.sum()
        yield f"prod {one}", x.prod()
        yield f"cumsum {one}", x.cumsum(0)
        yield f"mean {one}", raises(x.mean)
        yield f"any {one}", x.any()


@case(PAGE)
def functions_of_all_dtypes(torch):
    """Functions of whole numbers and booleans give the default dtype; roundings keep theirs."""
    for one in NAMES:
        x = torch.tensor([1, 1], dtype=getattr(torch, one))
        for name in ("exp", "sqrt", "reciprocal", "sigmoid", "tanh", "log1p"):
            yield f"{name} {one}", str(getattr(x, name)().dtype)
        for name in ("abs", "neg", "square", "sign", "floor"):
            yield f"{name} {one}", raises(getattr(x, name))


@case(GRADIENTS, builds_on=("promotion_tables::sums_of_all_pairs",))
def gradients_of_all_pairs(torch):
    """Each leaf of a product gets a gradient of its own dtype, for every pair of floating dtypes."""
    for one in FLOATS:
        for two in FLOATS:
            x = torch.tensor([1.5, -2.0], dtype=getattr(torch, one), requires_grad=True)
            y = torch.tensor([0.25, 3.0], dtype=getattr(torch, two), requires_grad=True)
            z = x * y + x / y
            z.backward(torch.tensor([0.5, -1.5], dtype=z.dtype))
            yield f"{one} and {two}", z
            yield f"x.grad, {one} beside {two}", x.grad
            yield f"y.grad, {two} beside {one}", y.grad


@case(GRADIENTS, builds_on=("promotion_tables::result_types_with_zero_dimensions",))
def gradients_of_zero_dimensional_leaves(torch):
    """A 0-d leaf beside a vector of another dtype gets a 0-d gradient of its own dtype."""
    for one in FLOATS[1:]:
        for two in FLOATS[1:]:
            x = torch.tensor([1.5, -2.0], dtype=getattr(torch, one), requires_grad=True)
            y = torch.tensor(0.25, dtype=getattr(torch, two), requires_grad=True)
            z = x * y - y
            z.backward(torch.tensor([0.5, -1.5], dtype=z.dtype))
            yield f"{one} beside {two}", x.grad
            yield f"0-d {two} beside {one}", y.grad


@case(GRADIENTS, builds_on=("promotion_tables::gradients_of_all_pairs",))
def gradients_through_casts(torch):
    """A gradient through a cast comes back in the dtype that was cast from."""
    for one in FLOATS[:4]:
        for two in FLOATS[:4]:
            x = torch.tensor([1.5, -2.0], dtype=getattr(torch, one), requires_grad=True)
            y = x.to(getattr(torch, two))
            y.backward(torch.tensor([0.1, -1.7], dtype=y.dtype))
            yield f"{one} to {two}", x.grad


@case("torch: set_default_dtype", builds_on=(TABLE,))
def default_dtype_of_double(torch):
    """With float64 as the default, floats, quotients of whole numbers and complex numbers are double."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield "literal", torch.tensor([0.5, 1])
        yield "complex", torch.tensor([0.5j])
        yield "zeros", torch.zeros(2)
        yield "quotient", torch.tensor([1, 2]) / 2
        yield "whole numbers times a float", torch.tensor([1, 2]) * 0.5
        yield "exp", torch.tensor([1]).exp()
        yield "float32 beside a number", torch.tensor([1.5], dtype=torch.float32) * 0.1
        yield "result type", [str(torch.result_type(1, 0.5)), str(torch.result_type(1, 2j))]
        yield "limits", torch.finfo()
        x = torch.tensor([0.5, 1.5], requires_grad=True)
        (x * torch.tensor([2.5, 0.1], dtype=torch.float32)).sum().backward()
        yield "gradient", x.grad
    finally:
        torch.set_default_dtype(before)
    yield "restored", torch.tensor([0.5])


@case("torch: set_default_dtype", builds_on=("promotion_tables::default_dtype_of_double",))
def default_dtype_of_half(torch):
    """With float16 or bfloat16 as the default, floats are such, and print without their dtype."""
    before = torch.get_default_dtype()
    for name in ("float16", "bfloat16"):
        torch.set_default_dtype(getattr(torch, name))
        try:
            yield f"literal, {name}", torch.tensor([0.1, 1])
            yield f"quotient, {name}", torch.tensor([1, 2]) / 3
            yield f"float32, {name}", torch.tensor([0.1], dtype=torch.float32)
            yield f"mean, {name}", torch.ones(3).mean()
            x = torch.tensor([0.5, 1.5], requires_grad=True)
            (x * 0.3).backward(torch.tensor([1.5, -0.5]))
            yield f"gradient, {name}", x.grad
        finally:
            torch.set_default_dtype(before)


@case("torch: set_default_dtype")
def default_dtypes_that_are_refused(torch):
    """Only floating dtypes can be the default."""
    yield "whole numbers", raises(lambda: torch.set_default_dtype(torch.int64))
    yield "complex", raises(lambda: torch.set_default_dtype(torch.complex64))
    yield "no dtype", raises(lambda: torch.set_default_dtype(0.5))
    yield "unchanged", str(torch.get_default_dtype())


@case("Type Info: torch.finfo")
def limits_of_floats(torch):
    """`finfo` tells the limits of floating dtypes, and of a complex dtype's parts."""
    for name in FLOATS:
        info = torch.finfo(getattr(torch, name))
        yield name, repr(info)
        yield f"numbers of {name}", [info.bits, info.eps, info.max, info.min, info.tiny, info.smallest_normal]
        yield f"resolution of {name}", [info.resolution, info.dtype]
    yield "default", repr(torch.finfo())
    yield "whole numbers", raises(lambda: torch.finfo(torch.int8))


@case("Type Info: torch.iinfo")
def limits_of_integers(torch):
    """`iinfo` tells the limits of whole numbers."""
    for name in ("uint8", "int8", "int16", "int32", "int64"):
        info = torch.iinfo(getattr(torch, name))
        yield name, repr(info)
        yield f"numbers of {name}", [info.bits, info.max, info.min, info.dtype]
    yield "bool", raises(lambda: torch.iinfo(torch.bool))
    yield "float", raises(lambda: torch.iinfo(torch.float32))


@case(PAGE)
def attributes_of_dtypes(torch):
    """A dtype tells its size and what it holds, and has a real and a complex companion."""
    for name in NAMES:
        dtype = getattr(torch, name)
        yield name, [dtype.itemsize, dtype.is_signed, dtype.is_floating_point, dtype.is_complex]
        yield f"real {name}", str(dtype.to_real())
    yield "complex", [str(getattr(torch, name).to_complex()) for name in FLOATS]
    yield "same", [torch.half is torch.float16, torch.cfloat is torch.complex64, torch.long is torch.int64]


@case("torch.nn.functional: mse_loss", builds_on=("promotion_tables::gradients_of_all_pairs",))
def losses_of_two_dtypes(torch):
    """A loss of two dtypes is computed in the wider one; each operand gets a gradient of its own dtype."""
    for one in FLOATS[:4]:
        for two in [*FLOATS[:4], "int64"]:
            x = torch.tensor([0.1, -2.5, 1.5], dtype=getattr(torch, one), requires_grad=True)
            y = torch.tensor([2, 3, -1], dtype=getattr(torch, two))
            y.requires_grad_(y.is_floating_point())
            loss = torch.nn.functional.mse_loss(x, y)
            loss.backward(torch.tensor(0.7, dtype=loss.dtype))
            yield f"{one} and {two}", loss
            yield f"by x, {one} beside {two}", x.grad
            yield f"by y, {two} beside {one}", y.grad


@case("torch: clamp", builds_on=("promotion_tables::result_types_with_zero_dimensions",))
def bounds_of_other_dtypes(torch):
    """Bounds take part in promotion: those with dimensions together, beside the 0-d ones together."""
    wide, narrow = torch.tensor([0.5, -2.5]), torch.tensor([1.5, -1.0], dtype=torch.float16)
    number = torch.tensor(-0.75, dtype=torch.float64)
    yield "vector between 0-d bounds", torch.clamp(wide, number, torch.tensor(3))
    yield "0-d between vectors", torch.clamp(number, narrow, narrow + 2)
    yield "integers with a float bound", torch.clamp(torch.tensor([1, -4]), min=number)
    yield "half with a wider bound", torch.clamp(narrow, max=wide)
    x = torch.tensor([0.25, -1.0], dtype=torch.float16, requires_grad=True)
    yield "gradient", torch.autograd.grad(torch.clamp(x, max=wide), x, torch.tensor([0.7, -1.3]))
    complex_bound = torch.tensor([1j, 2.0])
    yield "complex minimum", raises(lambda: torch.clamp(wide, min=complex_bound))
    yield "complex maximum", raises(lambda: torch.clamp(wide, max=complex_bound))
    yield "complex bounds", raises(lambda: torch.clamp(wide, complex_bound, complex_bound))


@case(PAGE, builds_on=("promotion_tables::quotients_of_all_pairs",))
def quotients_beside_zero_dimensions(torch):
    """Whole numbers are divided as floats at once: what their common dtype cannot hold is not lost."""
    byte, small = torch.tensor(255, dtype=torch.uint8), torch.tensor([2, -3], dtype=torch.int8)
    yield "0-d byte / int8", byte / small
    yield "int8 / 0-d byte", small / byte
    yield "0-d byte + int8", byte + small
