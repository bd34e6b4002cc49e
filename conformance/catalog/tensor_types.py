"""Types of elements, how tensors are cast, and what they tell of themselves."""

from __future__ import annotations

import copy
import operator
import pickle

from conformance import case, raises

DTYPE = "Tensor Attributes: torch.dtype"
TENSOR = "torch.Tensor: Tensor class reference"


@case(DTYPE)
def types_describe_themselves(torch):
    """A type knows its size, its kind, and its complex or real counterpart."""
    for name in (
        "float32",
        "float64",
        "float16",
        "bfloat16",
        "complex64",
        "int8",
        "uint8",
        "bool",
        "uint16",
        "int64",
    ):
        kind = getattr(torch, name)
        yield name, (repr(kind), kind.itemsize, kind.is_signed, kind.is_floating_point, kind.is_complex)
    yield "complex", [torch.float32.to_complex(), torch.float64.to_complex(), torch.bfloat16.to_complex()]
    yield "real", [torch.complex64.to_real(), torch.complex128.to_real(), torch.int8.to_real()]
    yield "complex of an integer", raises(torch.int32.to_complex)


@case(DTYPE)
def types_are_single_objects(torch):
    """A type has several names and is one object, also after copying and pickling."""
    yield "names", [torch.float is torch.float32, torch.half is torch.float16, torch.int is torch.int32]
    yield "copied", copy.deepcopy(torch.float32) is torch.float32
    yield "pickled", pickle.loads(pickle.dumps(torch.bool)) is torch.bool
    yield "as a key", {torch.float32: "found"}[torch.float]
    yield "class", repr(type(torch.float32))


@case(DTYPE)
def large_unsigned_types(torch):
    """uint16, uint32 and uint64 hold large numbers; promotion with other integers is refused."""
    x = torch.tensor([1, 65535], dtype=torch.uint16)
    yield "x", x
    yield "as int64", x.to(torch.int64)
    yield "times a float", x * 2.5
    yield "compared", x == 1
    yield "largest", torch.tensor([2**64 - 1], dtype=torch.uint64)
    yield "promoted", torch.promote_types(torch.uint16, torch.float32)
    yield "with another integer", raises(lambda: x + torch.tensor([1, 2], dtype=torch.int32))


@case("torch.Tensor: to")
def forms_of_to(torch):
    """`to` takes a type, a device, both, or another tensor, and gives back the tensor where nothing changes."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    yield "type", x.to(torch.float64)
    yield "Python's type", x.to(int)
    yield "device and type", x.to("cpu", torch.float16)
    yield "like another", x.to(torch.tensor([1], dtype=torch.int32))
    yield "by position", x.to(torch.float64, True, True)
    yield "keywords", x.to(dtype=torch.float64, device="cpu", non_blocking=True)
    yield "the same", [x.to() is x, x.to("cpu") is x, x.to(torch.float32) is x, x.cpu() is x, x.to(None) is x]
    yield "copied", x.to(torch.float32, copy=True)


@case("torch.Tensor: to", builds_on=("tensor_types::forms_of_to",))
def casts_have_methods(torch):
    """Each type has a method; fractions are cut off, and numbers beyond the limits wrap round."""
    x = torch.tensor([300.7, -1.2, 0.0])
    for name in ("byte", "char", "short", "int", "long", "half", "double", "bool", "bfloat16", "cfloat"):
        yield name, getattr(x, name)()
    yield "nan and inf as bool", torch.tensor([float("nan"), float("inf")]).bool()
    yield "type_as", x.type_as(torch.tensor([1], dtype=torch.int16))


@case(TENSOR)
def attributes_of_tensors(torch):
    """A tensor tells its size in memory, where it is, and how it is laid out."""
    x = torch.ones(2, 3, dtype=torch.float64)
    yield "memory", (x.nbytes, x.itemsize, x.element_size(), x.numel(), x.storage_offset())
    names = ("cuda", "cpu", "sparse", "quantized", "mkldnn", "meta", "mps", "nested")
    yield "is_*", {name: getattr(x, f"is_{name}") for name in names}
    yield "layout", (repr(x.layout), x.layout is torch.strided, repr(x.device), x.get_device())
    yield "asked", (x.is_signed(), x.is_same_size(torch.ones(3, 2)), x.is_set_to(x), x.is_set_to(x.clone()))
    yield "pinned", (x.is_pinned(), raises(x.pin_memory).error is not None)
    yield "dense", x.to_dense() is x
    yield "coalesce", raises(x.coalesce)
    yield "functions", (torch.numel(x), torch.is_tensor(x), torch.is_nonzero(torch.tensor([2.5])))


@case(TENSOR)
def transposes_of_no_matrix(torch):
    """`T` of other than matrices is deprecated; `mT`, `H` and `mH` refuse vectors."""
    x = torch.arange(6.0).reshape(1, 2, 3)
    yield "T", x.T
    yield "mT", x.mT
    yield "vector T", x[0, 0].T
    for name in ("mT", "H", "mH"):
        yield f"{name} of a vector", raises(lambda name=name: getattr(x[0, 0], name))
    yield "H of three dimensions", raises(lambda: x.H)
    yield "H of none", torch.tensor(1.5).H


@case(TENSOR)
def functions_of_python_on_tensors(torch):
    """Python's functions on tensors: lengths, order, membership, conversion, formatting."""
    x = torch.tensor([3, 1, 2])
    yield "reversed", list(reversed(torch.tensor([[1, 2], [3, 4]])))
    yield "sorted", [int(each) for each in sorted(x)]
    yield "sum", sum(x)
    yield "as index", ["a", "b", "c", "d"][x[0]]
    yield "range", list(range(torch.tensor(3)))
    yield "format", f"{torch.tensor(2.567):.2f}|{torch.tensor(7):4d}|{torch.tensor([1.5])}"
    yield "percent", "%d %.1f %s" % (torch.tensor(3), torch.tensor(2.25), x)  # noqa: UP031 - it is what is asked
    yield "contains", (2 in x, torch.tensor(5) in x, raises(lambda: "a" in x).error is not None)
    yield "contains a word", raises(lambda: "a" in x)
    yield "of several elements", raises(lambda: float(x))
    yield "format of several", raises(lambda: f"{x:.2f}")
    yield "hash", hash(x) == hash(x)


@case(TENSOR)
def functions_applied_to_elements(torch):
    """`apply_` and `map_` call a Python function for each element, and refuse what requires grad."""
    x = torch.tensor([[1.5, -2.5], [0.25, 4.0]])
    yield "apply_", x.apply_(lambda value: value * 2 + 1)
    yield "map_", x.map_(torch.tensor([10.0, 20.0]).expand(2, 2), lambda one, other: one - other)
    yield "version", x._version
    yield "requires grad", raises(lambda: x.requires_grad_().apply_(lambda value: value))


@case("Type Info: torch.finfo")
def limits_of_types(torch):
    """`finfo` and `iinfo` print their limits, compare equal by type, and refuse other kinds."""
    yield (
        "finfo",
        [repr(torch.finfo(each)) for each in (torch.float32, torch.float16, torch.bfloat16, torch.complex64)],
    )
    yield "iinfo", [repr(torch.iinfo(each)) for each in (torch.int8, torch.uint8, torch.uint16)]
    yield "equal", (torch.finfo() == torch.finfo(torch.float32), torch.finfo() == torch.finfo(torch.float64))
    yield "finfo of an integer", raises(lambda: torch.finfo(torch.int32))
    yield "iinfo of a float", raises(lambda: torch.iinfo(torch.float32))
    yield "finfo of a word", raises(lambda: torch.finfo("float32"))


@case("torch: torch.Size")
def sizes_are_tuples(torch):
    """A size is a tuple that stays a size when sliced, added and repeated; it holds integers only."""
    size = torch.Size([2, 3, 4])
    yield "made", [torch.Size(), torch.Size(range(2)), torch.Size([torch.tensor(2)])]
    yield "numel", size.numel()
    made = [size[1:], operator.add(size, (5,)), operator.add((5,), size), size * 2, 2 * size, size[:0]]
    yield "made of it", [f"{each!r}, {type(each).__name__}" for each in made]
    yield "compared", (size == (2, 3, 4), size == [2, 3, 4], 3 in size, size.index(4))
    yield "pickled", repr(pickle.loads(pickle.dumps(size)))
    yield "float", raises(lambda: torch.Size([2.5]))
    yield "list added", raises(lambda: operator.add(size, [5]))
    yield "unpacked", [*size]


@case("Tensor Attributes: torch.memory_format")
def channels_last(torch):
    """With `channels_last` the channels of images lie together; copies, likes and operations keep that."""
    x = torch.arange(120.0).reshape(2, 3, 4, 5)
    last = x.contiguous(memory_format=torch.channels_last)
    yield "strides", last.stride()
    yield "contiguous", (last.is_contiguous(), last.is_contiguous(memory_format=torch.channels_last))
    yield "the same elements", torch.equal(last, x)
    yield "by to", x.to(memory_format=torch.channels_last).stride()
    yield "by clone", x.clone(memory_format=torch.channels_last).stride()
    yield "kept", [(last * 2).stride(), torch.zeros_like(last).stride(), last.clone().stride()]
    yield "back", last.contiguous().stride()
    yield "empty", torch.empty(1, 2, 3, 4, 5, memory_format=torch.channels_last_3d).stride()
    yield "other rank", raises(lambda: torch.ones(2, 3).contiguous(memory_format=torch.channels_last))
    yield "names", [repr(torch.channels_last), repr(torch.contiguous_format), repr(torch.preserve_format)]


@case("torch.Generator: get_state")
def generators_keep_their_state(torch):
    """A generator has a stream of its own, whose state can be kept, restored and copied."""
    generator = torch.Generator(device="cpu").manual_seed(7)
    torch.empty(3).uniform_(generator=generator)
    state = generator.get_state()
    copied = generator.clone_state()
    first = torch.empty(4).normal_(generator=generator)
    yield "first", first
    yield "of the copy", torch.empty(4).normal_(generator=copied)
    generator.set_state(state)
    yield "again", torch.equal(torch.empty(4).normal_(generator=generator), first)
    yield "about", (repr(generator.device), generator.initial_seed(), repr(torch.Generator().initial_seed()))
    yield "text", repr(generator)


@case(TENSOR)
def type_of_tensors_as_such(torch):
    """`type(torch.Tensor)` casts to the default type; the old classes have the methods of tensors."""
    x = torch.tensor([True, False])
    yield "class", x.type(torch.Tensor)
    yield "name", x.type("torch.Tensor")
    yield "method of an old class", torch.FloatTensor.abs(torch.tensor([-1.5]))
    yield "a class that is none of these", raises(lambda: x.type(torch.nn.Parameter))
