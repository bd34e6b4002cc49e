"""How tensors are made: options of the functions that make them, old constructors, ranges, strides, indices."""

from __future__ import annotations

import array

from conformance import case, raises

OPS = "torch: Creation Ops"


@case(OPS)
def options_of_creation(torch):
    """Functions that make tensors take type, device, layout and pinning; Python's types stand for torch's."""
    options = {"layout": torch.strided, "device": "cpu", "pin_memory": False}
    yield "zeros", torch.zeros(2, dtype=torch.float64, requires_grad=True, **options)
    yield "ones", torch.ones(size=(1, 2), dtype=int, **options)
    yield "full", torch.full((2,), 1.5, **options)
    yield "tensor", torch.tensor([1, 2], dtype=float, device="cpu", pin_memory=False)
    yield "tensor with a layout", raises(lambda: torch.tensor([1], layout=torch.strided))
    yield "arange", torch.arange(3, dtype=torch.uint8, **options)
    yield "eye", torch.eye(2, dtype=bool, **options)
    yield "linspace", torch.linspace(0, 1, 3, **options)
    yield "empty", torch.empty(0, 3, **options)


@case(OPS)
def refused_options_of_creation(torch):
    """Pinned memory, another kind of type and another kind of layout are refused."""
    yield "pinned", raises(lambda: torch.zeros(2, pin_memory=True))
    yield "type", raises(lambda: torch.zeros(2, dtype="float32"))
    yield "layout", raises(lambda: torch.zeros(2, layout=3))
    yield "integer that requires grad", raises(lambda: torch.tensor([1, 2], requires_grad=True))


@case(OPS)
def sizes_that_are_none(torch):
    """Sizes that are missing, negative, or no integers are refused."""
    yield "none", raises(lambda: torch.zeros())
    yield "negative", raises(lambda: torch.zeros(2, -1))
    yield "negative for ones", raises(lambda: torch.ones(2, -1))
    yield "a float", raises(lambda: torch.zeros(2.5))
    yield "a float in a tuple", raises(lambda: torch.ones((2, 2.5)))
    yield "a string", raises(lambda: torch.empty("a"))
    yield "full of a number", raises(lambda: torch.full(2, 3))
    yield "eye", raises(lambda: torch.eye(-1))


@case(OPS)
def made_into_out(torch):
    """With `out`, the tensor given is filled and resized; its type wins, and another one is refused."""
    out = torch.empty(0)
    yield "the same", torch.arange(4, out=out) is out
    yield "arange", out
    yield "eye", torch.eye(2, out=torch.empty(0, dtype=torch.int32))
    yield "full", torch.full((2,), 3.5, out=torch.empty(0, dtype=torch.int64))
    yield "linspace", torch.linspace(0, 1, 3, out=torch.empty(0, dtype=torch.float64))
    yield "another type", raises(lambda: torch.ones(2, out=out, dtype=torch.float64))


@case(OPS)
def strides_of_likes(torch):
    """`*_like` keeps the order of dimensions in memory, without gaps, unless told otherwise."""
    t = torch.ones(2, 3).t()
    for name in ("zeros_like", "ones_like", "empty_like", "rand_like"):
        yield name, getattr(torch, name)(t).stride()
    yield "full_like", torch.full_like(torch.ones(2, 3, 4).permute(2, 0, 1), 1.5).stride()
    yield "in order", torch.zeros_like(t, memory_format=torch.contiguous_format).stride()
    yield "with gaps", torch.zeros_like(torch.ones(3, 4)[:, ::2]).stride()
    yield "repeated", torch.zeros_like(torch.ones(3, 1).expand(3, 4)).stride()
    yield "another type", torch.ones_like(t, dtype=torch.int16)
    yield "no tensor", raises(lambda: torch.zeros_like([1, 2]))


@case(OPS)
def new_tensors(torch):
    """`new_*` makes tensors of the type of another one, or of a type that is given."""
    x = torch.ones(2, dtype=torch.float64)
    yield "new_zeros", x.new_zeros(size=(1, 2))
    yield "new_ones", x.new_ones(2, dtype=torch.int32)
    yield "new_full", x.new_full((2,), 1.5, requires_grad=True)
    yield "new_full of integers", raises(lambda: torch.ones(2).long().new_full((2,), 2.5))
    yield "new_empty", x.new_empty((2, 0))
    yield "new_empty_strided", x.new_empty_strided((2, 3), (1, 2)).stride()
    yield "new_tensor", x.new_tensor([1, 2])
    yield "new_tensor of a tensor", x.new_tensor(torch.tensor([2.5]))
    yield "new", (x.new([1, 2]), x.new(2, 3).shape, x.new())


@case("torch.Tensor: Tensor class reference")
def old_constructors(torch):
    """The old classes make tensors of their type from data, from sizes, or over a tensor of that type."""
    yield "from data", [torch.FloatTensor([1.5, 2]), torch.LongTensor([1.5, 2.7]), torch.BoolTensor([0, 3])]
    yield "from sizes", [torch.DoubleTensor(2, 3).shape, torch.Tensor(3, 0).shape, torch.Tensor().shape]
    yield "from a size", torch.IntTensor(torch.Size([2, 0]))
    yield (
        "types",
        [
            str(getattr(torch, f"{name}Tensor")([1]).dtype)
            for name in ("Half", "BFloat16", "Byte", "Char", "Short", "Int", "Double")
        ],
    )
    x = torch.tensor([1.5, 2.5])
    torch.FloatTensor(x)[0] = 9.0
    yield "over a tensor", x
    yield "of another type", raises(lambda: torch.FloatTensor(torch.tensor([1])))
    yield "a number", raises(lambda: torch.Tensor(3.5))


@case("torch.Tensor: Tensor class reference")
def old_classes_name_types(torch):
    """An old class is a name of its type for `isinstance`, `type` and the default."""
    x = torch.tensor([1.5, 2.5])
    yield (
        "isinstance",
        [isinstance(x, each) for each in (torch.FloatTensor, torch.DoubleTensor, torch.Tensor)],
    )
    yield "type", x.type(torch.LongTensor)
    yield "type by name", x.type("torch.HalfTensor")
    yield "name", x.long().type()
    yield "unknown", raises(lambda: x.type("torch.FooTensor"))
    yield "classes", [repr(torch.FloatTensor), repr(torch.Tensor), repr(type(x)), repr(type(x.shape))]


@case("torch: torch.set_default_tensor_type")
def default_by_an_old_class(torch):
    """`set_default_tensor_type` sets the type of Python floats, and is deprecated."""
    try:
        torch.set_default_tensor_type(torch.DoubleTensor)
        yield "float", torch.tensor([1.5]).dtype
        yield "complex", torch.tensor([1.5j]).dtype
    finally:
        torch.set_default_tensor_type("torch.FloatTensor")
    yield "back", torch.tensor([1.5]).dtype
    yield "integers", raises(lambda: torch.set_default_tensor_type(torch.IntTensor))


@case("torch: torch.tensor")
def nested_data(torch):
    """Lists give the smallest type that holds their elements, and tensors of one element in them keep theirs."""
    yield "mixed", [torch.tensor(each) for each in ([True, 2], [1, 2.5], [True, 2.5], [1, 2.5, 3 + 1j], [])]
    yield "tensors", torch.tensor([torch.tensor(1), torch.tensor(2.5, dtype=torch.float64)])
    yield "tensors of one element", torch.tensor([torch.tensor([[1]]), torch.tensor([[3]])])
    yield "range", torch.tensor(range(3))
    yield "bytes of a bytearray", torch.tensor(bytearray(b"ab"))
    yield "empty rows", torch.tensor([[], []], dtype=torch.int64)
    yield "tensors of several elements", raises(lambda: torch.tensor([torch.tensor([1.0, 2.0])]))


@case("torch: torch.tensor")
def data_that_is_none(torch):
    """Rows of different lengths, words, and other objects are refused."""
    given = ([[1, 2], [3]], [[1], 2], [1, [2]], [1.5, [2]], "abc", ["a"], None, [None], {1, 2}, b"abc", 2**64)
    for each in given:
        yield repr(each), raises(lambda each=each: torch.tensor(each))


@case("torch: torch.tensor")
def numbers_that_a_type_cannot_hold(torch):
    """Numbers beyond an integer type's limits are refused, except negative ones of unsigned types."""
    yield "300", raises(lambda: torch.tensor([300], dtype=torch.uint8))
    yield "nan", raises(lambda: torch.tensor([1.5, float("nan")], dtype=torch.int32))
    yield "1e10", raises(lambda: torch.tensor(1e10, dtype=torch.int32))
    yield "-1", torch.tensor([-1], dtype=torch.uint8)
    yield "fractions", torch.tensor([1.75, -1.75], dtype=torch.int8)
    yield "overflow", torch.tensor([70000.0, 1e-10], dtype=torch.float16)
    yield "complex as real", raises(lambda: torch.tensor([1j], dtype=torch.float32))
    yield "bool", torch.tensor([0.5, 0.0, float("nan")], dtype=torch.bool)


@case("torch: torch.frombuffer")
def tensors_over_a_buffer(torch):
    """`frombuffer` shares the memory of a buffer; offset, count and length have to fit."""
    buffer = bytearray(b"\x01\x02\x03\x04\x05\x06")
    x = torch.frombuffer(buffer, dtype=torch.int16, offset=2)
    yield "before", x
    buffer[2] = 9
    yield "after", x
    yield "count", torch.frombuffer(buffer, dtype=torch.uint8, count=2, offset=1)
    yield "array", torch.frombuffer(array.array("d", [1.5, 2.5]), dtype=torch.float64)
    yield "odd length", raises(lambda: torch.frombuffer(bytearray(3), dtype=torch.int16))
    yield "offset", raises(lambda: torch.frombuffer(buffer, dtype=torch.uint8, offset=6))
    yield "too many", raises(lambda: torch.frombuffer(buffer, dtype=torch.uint8, count=7))
    yield "empty", raises(lambda: torch.frombuffer(bytearray(), dtype=torch.uint8))
    yield "no buffer", raises(lambda: torch.frombuffer([1], dtype=torch.uint8))


@case("torch: torch.asarray")
def tensors_of_anything(torch):
    """`asarray` gives back a tensor, shares the memory of a buffer, and copies lists; `copy` insists."""
    x = torch.tensor([1.5, 2.5])
    yield "the same", torch.asarray(x) is x
    yield "copy", torch.asarray(x, copy=True) is x
    yield "another type", torch.asarray(x, dtype=torch.int64)
    yield "list", torch.asarray([1, 2], dtype=torch.float64)
    yield "requires grad", torch.asarray(x.clone(), requires_grad=True)
    yield "buffer", torch.asarray(bytearray(b"\x01\x02"), dtype=torch.uint8)
    yield "list without a copy", raises(lambda: torch.asarray([1], copy=False))
    yield "type without a copy", raises(lambda: torch.asarray(x, dtype=torch.float64, copy=False))


@case(OPS)
def ranges(torch):
    """`arange` takes its bounds by position or name; of integer types, bounds and step are cut off first."""
    yield "names", [torch.arange(end=3), torch.arange(start=1, end=4), torch.arange(0, 10, step=3)]
    yield "floats", torch.arange(1, 2.5, 0.5)
    yield "backwards", torch.arange(5, 0, -2)
    yield (
        "cut off",
        [torch.arange(0, 5, 1.5, dtype=torch.int64), torch.arange(-1.5, 5, 1.5, dtype=torch.int32)],
    )
    yield "tensors", torch.arange(torch.tensor(1.5), 4)
    yield "step 0", raises(lambda: torch.arange(0, 1, 0))
    yield "inconsistent", raises(lambda: torch.arange(3, 1))
    yield "without end", raises(lambda: torch.arange(0, float("inf")))
    yield "bool", raises(lambda: torch.arange(3, dtype=torch.bool))
    yield "range", torch.range(1, 2, 0.5)


@case(OPS)
def numbers_on_a_scale(torch):
    """`linspace` and `logspace` include both ends, for integers and complex numbers, too."""
    yield (
        "linspace",
        [torch.linspace(0, 10, 5, dtype=torch.int64), torch.linspace(3, 10, 1), torch.linspace(0, 1, 0)],
    )
    yield "complex", torch.linspace(0, 1 + 2j, 3)
    yield (
        "logspace",
        [
            torch.logspace(0, 2, 3),
            torch.logspace(-1, 1, 5, base=2),
            torch.logspace(0, 3, 4, dtype=torch.int64),
        ],
    )
    yield "negative", raises(lambda: torch.linspace(0, 1, -1))
    yield "negative logspace", raises(lambda: torch.logspace(0, 1, -1))


@case(OPS)
def tensors_by_strides(torch):
    """`empty_strided` and `empty_permuted` lay out the memory as they are told."""
    yield "strides", torch.empty_strided((2, 3), (1, 2), dtype=torch.int64).stride()
    yield "order", torch.empty_permuted((2, 3, 4), (2, 0, 1)).stride()
    yield "lengths", raises(lambda: torch.empty_strided((2, 3), (1,)))
    yield "negative", raises(lambda: torch.empty_strided((2, 3), (-1, 2)))
    yield "twice", raises(lambda: torch.empty_permuted((2, 3), (0, 0)))


@case(OPS)
def indices_of_triangles(torch):
    """`tril_indices` and `triu_indices` list rows and columns of a triangle, row by row."""
    yield "lower", torch.tril_indices(3, 4, 1)
    yield "lower, shifted", torch.tril_indices(4, 3, -1)
    yield "upper", torch.triu_indices(3, 4, offset=1)
    yield "upper, shifted", torch.triu_indices(4, 3, -2, dtype=torch.int32)
    yield "none", torch.tril_indices(0, 3)
    yield "negative", raises(lambda: torch.tril_indices(-1, 2))
    yield "floats", raises(lambda: torch.triu_indices(2, 2, dtype=torch.float32))


@case(OPS)
def ranges_to_the_last_bit(torch):
    """Steps that are no binary fractions are rounded as PyTorch's vectors round them, to the last bit."""
    kinds = (torch.float32, torch.float64, torch.bfloat16)
    for kind in kinds:
        yield f"arange, {kind}", [value.hex() for value in torch.arange(0.3, 21.0, 0.7, dtype=kind).tolist()]
        yield f"few, {kind}", [value.hex() for value in torch.arange(-4.83, 5.0, 3.13, dtype=kind).tolist()]
    for kind in kinds[:2]:
        yield (
            f"linspace, {kind}",
            [value.hex() for value in torch.linspace(-1.0, 1.5, 39, dtype=kind).tolist()],
        )
        yield (
            f"backwards, {kind}",
            [value.hex() for value in torch.linspace(2.2, -0.7, 17, dtype=kind).tolist()],
        )


@case(OPS)
def spaced_integers(torch):
    """Of integers, the distances are computed with fractions and the results cut off, downwards, too."""
    yield "bytes downwards", torch.linspace(4.3, 0, 9, dtype=torch.uint8)
    yield "all of a byte", torch.linspace(-100, 100, 7, dtype=torch.int8)
    yield "rounded ends", torch.linspace(-3.7, 4.9, 6, dtype=torch.int32)
    yield "one truth", torch.linspace(-2.0, -3.0, 1, dtype=torch.bool)
    yield "several truths", raises(lambda: torch.linspace(0, 3, 4, dtype=torch.bool))
    yield "powers", torch.logspace(0, 2.9, 9, dtype=torch.int32)
    yield "powers of another base", torch.logspace(0.5, 2.9, 9, base=2.5, dtype=torch.int16)
