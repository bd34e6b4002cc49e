"""What is kept of tensors in files and pickles: `torch.save`, `torch.load`, `pickle`."""

from __future__ import annotations

import io
import pickle
import re
import zipfile
from collections import OrderedDict

from conformance import case, raises

SAVE = "Serialization semantics: Saving and loading tensors"
LOAD = "torch: torch.load"


def saved(torch, obj, **options):
    """A buffer that holds a saved object, at its beginning."""
    buffer = io.BytesIO()
    torch.save(obj, buffer, **options)
    buffer.seek(0)
    return buffer


class Unknown:
    """A class that no file may name unless it is allowed."""

    def __init__(self):
        self.number = 3

    def __eq__(self, other):
        return isinstance(other, Unknown) and vars(self) == vars(other)


@case(SAVE)
def tensors_of_all_types_are_saved(torch):
    """A saved tensor is loaded with its type, its elements and its strides."""
    x = torch.arange(6).reshape(2, 3) - 2
    kinds = (
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
    )
    loaded = torch.load(saved(torch, {name: x.to(getattr(torch, name)) for name in (*kinds, "uint16")}))
    yield from loaded.items()
    yield "strides", torch.load(saved(torch, x.t()))
    yield "no dimensions", torch.load(saved(torch, torch.tensor(2.5)))
    yield "no elements", torch.load(saved(torch, torch.ones(0, 3)))
    yield "conjugate", torch.load(saved(torch, torch.tensor([1.5 + 2j]).conj()))


@case(SAVE)
def saved_views_share_memory(torch):
    """Tensors that shared memory share it again after loading; the whole storage is saved with a view."""
    x = torch.arange(4.0)
    whole, part, matrix = torch.load(saved(torch, [x, x[1:3], x.view(2, 2)]))
    whole[1] = 9.0
    yield "part", part
    yield "matrix", matrix
    yield "storage of a small view", torch.load(saved(torch, x[:1])).untyped_storage().nbytes()
    yield "of a clone", torch.load(saved(torch, x[:1].clone())).untyped_storage().nbytes()


@case(SAVE)
def gradients_are_not_saved(torch):
    """What is loaded is a leaf: it requires grad as before, and has neither history nor `.grad`."""
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    (x * x).sum().backward()
    y = x * 2
    leaf, result, parameter = torch.load(saved(torch, [x, y, torch.nn.Parameter(x.detach())]))
    yield "leaf", leaf
    yield "its gradient", leaf.grad
    yield "result", result
    yield "parameter", (repr(parameter), isinstance(parameter, torch.nn.Parameter))


@case(SAVE)
def plain_data_is_saved(torch):
    """Numbers, words, bytes, containers, types, devices and sizes are saved beside tensors."""
    content = {
        "n": 1,
        "f": 1.5,
        "c": 1 + 2j,
        "b": b"ab",
        "s": {3},
        "none": None,
        "t": (True, "x"),
        5: [2**40, -1],
    }
    yield "data", [repr(each) for each in torch.load(saved(torch, content)).items()]
    ordered = torch.load(saved(torch, OrderedDict(a=1, b=2)))
    yield "ordered", [type(ordered).__name__, list(ordered.items())]
    torch_things = [torch.float32, torch.device("cpu"), torch.Size([2, 3]), torch.bool]
    yield "of torch", [repr(each) for each in torch.load(saved(torch, torch_things))]


@case(SAVE)
def models_and_optimizers_are_saved(torch):
    """State dicts of a model and its optimizer bring another model to the same state."""

    def trained(model, optimizer, steps):
        for step in range(steps):
            optimizer.zero_grad()
            model(torch.tensor([[1.5, -2.5]]) * (step + 1)).square().sum().backward()
            optimizer.step()

    def made():
        model = torch.nn.Linear(2, 1)
        with torch.no_grad():
            model.weight.copy_(torch.tensor([[0.5, 0.25]]))
            model.bias.copy_(torch.tensor([0.125]))
        return model, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    model, optimizer = made()
    trained(model, optimizer, 2)
    file = saved(torch, {"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    state = torch.load(file)
    yield "keys", [list(state), list(state["model"]), sorted(state["optimizer"])]
    other, other_optimizer = made()
    yield "loaded", repr(other.load_state_dict(state["model"]))
    other_optimizer.load_state_dict(state["optimizer"])
    trained(model, optimizer, 1)
    trained(other, other_optimizer, 1)
    yield "weight", other.weight
    yield "the same", torch.equal(model.weight, other.weight)


@case(LOAD)
def files_that_are_not_trusted(torch):
    """By default a file may name no class of its own; the error says how to allow it."""
    file = saved(torch, {"a": Unknown()})
    yield "refused", raises(lambda: torch.load(file))
    file.seek(0)
    yield "trusted", torch.load(file, weights_only=False)["a"] == Unknown()
    file.seek(0)
    with torch.serialization.safe_globals([Unknown]):
        yield "allowed", torch.load(file)["a"] == Unknown()
    file.seek(0)
    yield "no longer", raises(lambda: torch.load(file)).error is not None
    yield "a function", raises(lambda: torch.load(saved(torch, print)))
    yield "a module", raises(lambda: torch.load(saved(torch, torch.nn.ReLU())))


@case(LOAD)
def pickles_that_call_functions(torch):
    """A pickle that calls a function, or builds what it must not, is refused before anything is called."""
    seen = []

    class Harmful:
        def __reduce__(self):
            return exec, ("raise SystemExit",)

    yield "call", raises(lambda: torch.load(saved(torch, Harmful())))
    yield "seen", seen
    content = b"\x80\x02ctorch\nfloat32\n}X\x04\x00\x00\x00nameK\x03sb."
    file = saved(torch, 1)
    harmful = io.BytesIO()
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(harmful, "w") as target:
        for name in source.namelist():
            target.writestr(name, content if name.endswith("data.pkl") else source.read(name))
    harmful.seek(0)
    found = raises(lambda: torch.load(harmful)).error
    yield "build", (type(found).__name__, re.search("Can only build[^,]*", str(found)).group())


@case(LOAD)
def where_storages_are_loaded_to(torch):
    """`map_location` is a device, its name, a dict of names or a function; a GPU is refused."""
    x = torch.tensor([1.5, 2.5])
    locations = []

    def chosen(storage, location):
        locations.append(location)
        return storage

    for where in ("cpu", torch.device("cpu"), {"cpu": "cpu"}, chosen):
        yield f"{type(where).__name__}", torch.load(saved(torch, x), map_location=where)
    yield "locations", locations
    yield "cuda", raises(lambda: torch.load(saved(torch, x), map_location="cuda"))


@case(SAVE)
def records_of_a_file(torch):
    """A file is a zip archive: the pickle, the bytes of each storage, and what says which format it is."""
    with zipfile.ZipFile(saved(torch, {"x": torch.tensor([1, 2], dtype=torch.int16)})) as archive:
        yield "records", archive.namelist()
        yield "storage", list(archive.read("archive/data/0"))
        yield "format", [archive.read(f"archive/{name}").decode() for name in ("version", "byteorder")]
        pickled = archive.read("archive/data.pkl")
    yield "names", [each.decode() for each in re.findall(rb"c([\w.]+\n\w+)\n", pickled)]


@case(SAVE)
def refused_saving_and_loading(torch):
    """What is no file, what is no archive, and views of one memory in different types are refused."""
    x = torch.ones(2)
    yield "save to a number", raises(lambda: torch.save(x, 3))
    yield "save into no folder", raises(lambda: torch.save(x, "/no such folder/x.pt"))
    yield "load a number", raises(lambda: torch.load(3))
    yield "no such file", raises(lambda: torch.load("no such file.pt"))
    yield "empty", raises(lambda: torch.load(io.BytesIO()))
    yield "two types", raises(lambda: saved(torch, [x, x.view(torch.int32)]))


@case("torch.Tensor: pickling")
def tensors_are_pickled(torch):
    """`pickle` keeps type, strides, `requires_grad` and attributes of a tensor."""
    x = torch.arange(6.0).reshape(2, 3).t().requires_grad_()
    x.tag = "kept"
    found = pickle.loads(pickle.dumps(x))
    yield "tensor", found
    yield "strides", found.stride()
    yield "attribute", found.tag
    yield "parameter", repr(pickle.loads(pickle.dumps(torch.nn.Parameter(torch.tensor([1.5])))))
    yield "bfloat16", pickle.loads(pickle.dumps(torch.tensor([1.5, 2.5], dtype=torch.bfloat16)))
    yield "device", repr(pickle.loads(pickle.dumps(torch.device("cuda:1"))))
