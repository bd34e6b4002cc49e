import copy
import importlib.machinery
import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from conformance import peers, smoke
from conformance.adapters import BUNDLED
from conformance.adapters.base import Adapter, alike, both_ways
from conformance.cli import main
from conformance.observe import MissingError
from conformance.runner import record
from conformance.subject import load

ENGINE = '''
"""A tape of numbers in lists."""

__version__ = "0.5"


class Array:
    def __init__(self, data, requires_grad=False, parents=()):
        self.data, self.requires_grad, self.parents, self.grad = data, requires_grad, parents, None

    def _with(self, other, value, mine, its):
        other = other if isinstance(other, Array) else Array(_as(self.data, other))
        pairs = list(zip(_list(self.data), _list(other.data)))
        parents = [(self, [mine(*pair) for pair in pairs]), (other, [its(*pair) for pair in pairs])]
        return Array(_like(self.data, [value(*pair) for pair in pairs]), False, parents)

    def __add__(self, other):
        return self._with(other, lambda a, b: a + b, lambda a, b: 1.0, lambda a, b: 1.0)

    def __mul__(self, other):
        return self._with(other, lambda a, b: a * b, lambda a, b: b, lambda a, b: a)

    __radd__, __rmul__ = __add__, __mul__

    def sum(self):
        return Array(sum(self.data), False, [(self, [1.0] * len(self.data))])

    def backward(self, gradient=None):
        given = [1.0] * len(_list(self.data)) if gradient is None else _list(gradient.data)
        self.grad = [a + b for a, b in zip(self.grad or [0.0] * len(given), given)]
        for parent, factors in self.parents:
            spread = given * len(factors) if len(given) == 1 else given
            parent.backward(Array([a * b for a, b in zip(spread, factors)]))


def _list(data):
    return data if isinstance(data, list) else [data]


def _like(data, values):
    return values if isinstance(data, list) else values[0]


def _as(data, number):
    return [number] * len(data) if isinstance(data, list) else number
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a tiny engine, which is where the commands run."""
    (tmp_path / "tinytape.py").write_text(ENGINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_skeleton_is_sound_and_its_own_test_passes(folder, capsys):
    assert main(["new-subject", "tinytape"]) == 0
    assert "Next: python -m conformance smoke tinytape_adapter:subject" in capsys.readouterr().out
    assert main(["smoke", "tinytape_adapter:subject"]) == 0
    out = capsys.readouterr().out
    assert "tinytape 0.5" in out
    assert "not offered: torch.exp" in out
    assert "Next: python -m conformance run --subject tinytape_adapter:subject" in out
    own = {}
    exec((folder / "test_tinytape_adapter.py").read_text(), own)
    for name in [name for name in own if name.startswith("test_")]:
        own[name]()


def test_a_skeleton_finds_the_class_in_a_module_of_the_package(folder, capsys):
    (folder / "packed").mkdir()
    (folder / "packed" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "packed" / "broken.py").write_text("1 / 0", encoding="utf-8")
    (folder / "tinytape.py").rename(folder / "packed" / "tape.py")
    assert main(["new-subject", "packed"]) == 0
    assert "No class" not in capsys.readouterr().out
    assert "kind = packed.tape.Array" in (folder / "packed_adapter.py").read_text()
    assert main(["smoke", "packed_adapter:subject"]) == 0


def test_a_skeleton_tells_what_it_could_not_look_into(folder, capsys):
    (folder / "hollow").mkdir()
    (folder / "hollow" / "__init__.py").write_text("", encoding="utf-8")
    (folder / "hollow" / "tape.py").write_text("import nothing_of_this_name", encoding="utf-8")
    assert main(["new-subject", "hollow"]) == 0
    out = capsys.readouterr().out
    assert "set `kind` in hollow_adapter.py by hand" in out
    assert "hollow.tape: No module named 'nothing_of_this_name'" in out


def test_a_skeleton_does_not_overwrite(folder, capsys):
    (folder / "tinytape_adapter.py").write_text("mine", encoding="utf-8")
    assert main(["new-subject", "tinytape"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert (folder / "tinytape_adapter.py").read_text() == "mine"
    assert not (folder / "test_tinytape_adapter.py").exists()


@pytest.mark.parametrize(
    ("name", "told"), [("no_such_engine", "cannot import"), ("2fast", "no name of a module")]
)
def test_an_engine_that_is_not_there_is_refused(folder, capsys, name, told):
    assert main(["new-subject", name]) == 2
    assert told in capsys.readouterr().err
    assert [path.name for path in folder.iterdir() if path.suffix == ".py"] == ["tinytape.py"]


def test_smoke_names_what_has_to_be_mended(folder, capsys):
    main(["new-subject", "tinytape"])
    path = folder / "tinytape_adapter.py"
    path.write_text(path.read_text().replace(", requires_grad=requires_grad)", ").nothing"), encoding="utf-8")
    assert main(["smoke", "tinytape_adapter:subject"]) == 1
    out = capsys.readouterr().out
    assert "The wiring is not sound yet: it does not come through `makes a tensor`" in out
    assert "Next: give `make` of the adapter" in out
    assert main(["smoke", "no_such_adapter:subject"]) == 2
    assert "no module 'no_such_adapter'" in capsys.readouterr().err


def test_smoke_survives_an_engine_that_ends_its_interpreter(folder):
    text = "import os\nclass Tensor: pass\ndef tensor(data, **more): os._exit(3)\n"
    (folder / "deadly.py").write_text(text, encoding="utf-8")
    found = smoke.check("deadly")
    assert found.probes["makes a tensor"] == ("raised", "the interpreter died of it")
    assert found.unsound


class Raw:
    """What an engine's tensor may look like: other names, no `requires_grad`."""

    def __init__(self, data, constant=True):
        self.data, self.constant, self.grad, self.calls = data, constant, None, []

    def __neg__(self):
        return Raw([-number for number in self.data])

    def total(self, axis=None):
        return Raw(sum(self.data) if axis is None else axis)

    def __lt__(self, other):
        raise ValueError("comparing is not supported")

    def secret(self):
        return self

    def backward(self, gradient=None):
        self.calls.append(gradient)
        self.grad = [2.0 for _ in self.data]


def double(raw):
    return Raw([2 * number for number in raw.data])


class Fake(Adapter):
    package, kind, modules = "fake_engine_of_this_test", Raw, (SimpleNamespace(double=double, secret=double),)
    dtypes, keywords = {}, {"dim": "axis"}
    functions = {"secret": None, "nn.functional.twice": double, "func.named": lambda function: function}
    methods = {"sum": "total", "data": None}

    def make(self, data, dtype, requires_grad):
        return Raw(data, constant=not requires_grad)

    def get_requires_grad(self, raw):
        return not raw.constant

    def set_requires_grad(self, raw, flag):
        raw.constant = not flag


@pytest.fixture
def torch():
    return Fake().subject().namespace


def test_functions_are_methods_and_the_reverse(torch):
    x = torch.tensor([1.5, -2.0])
    assert torch.double(x).tolist() == x.double().tolist() == [3.0, -4.0]
    assert torch.nn.functional.twice(x).tolist() == [3.0, -4.0]
    assert (-x).tolist() == [-1.5, 2.0]
    assert x.sum(dim=3).tolist() == 3
    assert torch.zeros(2, 1).tolist() == [[0.0], [0.0]]
    assert torch.ones_like(x).shape == (2,)
    assert torch.arange(1, 2, 0.25).tolist() == [1, 1.25, 1.5, 1.75]


def test_attributes_go_both_ways(torch):
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    assert x.requires_grad
    assert x.requires_grad_(False) is x
    assert not x.requires_grad
    assert x.grad is None
    x.backward(torch.tensor([1.0, 3.0]), retain_graph=True)
    assert isinstance(x.grad, torch.Tensor)
    assert x.grad.tolist() == [2.0, 2.0]
    assert x.raw.calls[0].data == [1.0, 3.0]


@pytest.mark.parametrize(
    ("use", "name"),
    [
        (lambda torch, x: torch.lgamma(x), "torch.lgamma"),
        (lambda torch, x: torch.secret(x), "torch.secret"),
        (lambda torch, x: x.lgamma(), "Tensor.lgamma"),
        (lambda torch, x: torch.nn.functional.relu(x), "torch.nn.functional.relu"),
        (lambda torch, x: torch.double(x, out=x), "torch.double(..., out=...)"),
        (lambda torch, x: x.backward(create_graph=True), "Tensor.backward(create_graph=...)"),
        (lambda torch, x: x @ x, "Tensor.__matmul__"),
        (lambda torch, x: x[0], "Tensor.__getitem__"),
        (lambda torch, x: x.__iadd__(x), "Tensor.__iadd__"),
        (lambda torch, x: repr(x), "Tensor.__repr__"),
        (lambda torch, x: x.dtype, "Tensor.dtype"),
        (lambda torch, x: torch.tensor([True]), "torch.bool"),
        (lambda torch, x: torch.ones(2, pin_memory=True), "torch.ones(..., pin_memory)"),
        (lambda torch, x: torch.full(3, 1.5), "torch.full(a number, ...)"),
        (lambda torch, x: torch.ones(2.5), "torch.zeros(...) of sizes that are negative or no integers"),
        (lambda torch, x: torch.zeros(0, 3), "a tensor of the sizes (0, 3)"),
        (lambda torch, x: torch.tensor([x, x]), "torch.tensor([...]) of tensors that have dimensions"),
        (lambda torch, x: x.backward(create_graph=None), "Tensor.backward(create_graph)"),
        (lambda torch, x: x.backward(inputs=[]), "Tensor.backward(inputs=...)"),
        (lambda torch, x: x.backward(2.0), "Tensor.backward(what is no tensor)"),
        (lambda torch, x: torch.autograd.backward(), "torch.autograd.backward(other than one tensor)"),
        (lambda torch, x: torch.autograd.backward([x], x), "torch.autograd.backward([...], a tensor)"),
        (lambda torch, x: setattr(x, "data", x), "Tensor.data = ..."),
        (lambda torch, x: x < x, "Tensor.__lt__(..., ...)"),
        (lambda torch, x: torch.double(input=x), "torch.double(input=...)"),
        (lambda torch, x: f"{x:.2f}", "Tensor.__format__"),
        (lambda torch, x: repr(x.shape), "torch.Size.__repr__"),
    ],
)
def test_what_is_not_offered_is_missing_and_named(torch, use, name):
    from conformance.subject import missing_api

    with pytest.raises(Exception) as caught:  # noqa: PT011 - its name is what matters
        use(torch, torch.tensor([1.5, -2.0]))
    assert missing_api(caught.value, torch, str(Path(__file__).parent)) == name


def test_a_mistake_of_the_engine_is_not_missing(torch, monkeypatch):
    from conformance.subject import missing_api

    def broken(raw):
        return None + 1

    monkeypatch.setattr(Fake, "methods", {"exp": broken})
    with pytest.raises(TypeError) as caught:
        torch.tensor([1.5]).exp()
    assert missing_api(caught.value, torch, str(Path(__file__).parent)) is None


def test_a_gradient_that_is_one_array_is_one_tensor(torch, monkeypatch):
    class Array:
        dtype, tolist = "float32", lambda self: [3.0]

    monkeypatch.setattr(Fake, "from_array", lambda self, value: self.wrap(Raw(value.tolist())))
    x, array = torch.tensor([1.5]), Array()
    x.raw.grad = array
    assert x.grad is x.grad
    first = x.grad
    x.raw.grad = Array()
    assert x.grad is not first


def test_functions_of_a_case_take_keywords(torch):
    x = torch.tensor([1.5, -2.0])
    named = torch.func.named(lambda tensor, by: {"result": (tensor.double(), by)})
    assert named(x, by=x)["result"][0].tolist() == [3.0, -4.0]


def test_tensors_are_made_as_pytorch_makes_them(monkeypatch):
    class Typed(Fake):
        dtypes = alike("float32 int64")

        def make(self, data, dtype, requires_grad):
            made = Raw(data)
            made.dtype = dtype
            return made

        def empty(self, sizes):
            return sizes

    torch = Typed().subject().namespace
    whole, fractions = torch.arange(3), torch.arange(3.0)
    assert (str(whole.dtype), whole.tolist()) == ("torch.int64", [0, 1, 2])
    assert (str(fractions.dtype), str(fractions.tolist())) == ("torch.float32", "[0.0, 1.0, 2.0]")
    assert torch.zeros(0, 3).raw.data == (0, 3)
    assert torch.as_tensor(whole) is whole
    assert copy.deepcopy(torch.float32) is torch.float32


def test_a_module_as_it_stands_does_not_offer_arguments_that_its_functions_in_c_refuse():
    module = ModuleType("shaped")
    module.Tensor, module.floor = type("Tensor", (), {"double": lambda self: 2}), math.floor
    torch = both_ways(module).namespace
    assert (torch.floor(1.5), torch.double(module.Tensor())) == (1, 2)
    with pytest.raises(MissingError, match=r"torch.floor\(..., out=...\)"):
        torch.floor(1.5, out=None)
    with pytest.raises(TypeError, match="real number"):
        torch.floor("text")


def test_elements_have_pytorchs_types():
    class Typed(Fake):
        dtypes = alike("float32 int64")

        def get_dtype(self, raw):
            return self.types["float32"]

    torch = Typed().subject().namespace
    assert str(torch.tensor([1.5]).dtype) == "torch.float32"
    assert torch.float is torch.float32


class Everything(type):
    """A class that has every attribute, as a function."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


class Anything(ModuleType):
    """A module that has every name, each as a class."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        held = Everything(name, (), {})
        setattr(self, name, held)
        return held


class Finder:
    """Makes a stand-in for each module of the engines."""

    def __init__(self, roots):
        self.roots = roots

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.roots:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Anything(spec.name)

    def exec_module(self, module):
        return None


@pytest.mark.parametrize("name", BUNDLED)
def test_each_bundled_adapter_is_wired_without_its_engine(name, monkeypatch):
    roots = {"paddle" if name == "paddlepaddle" else name}
    for key in [
        key for key in sys.modules if key.partition(".")[0] in roots or key.endswith(f"adapters.{name}")
    ]:
        monkeypatch.delitem(sys.modules, key)
    monkeypatch.setattr(sys, "meta_path", [Finder(roots), *sys.meta_path])
    monkeypatch.setenv("DEV", "")
    before = set(sys.modules)
    try:
        subject = load(name)
    finally:
        for key in set(sys.modules) - before:
            del sys.modules[key]
    assert subject.name == name
    assert callable(subject.namespace.tensor)
    assert subject.namespace.Tensor


def test_every_bundled_adapter_is_pinned_and_says_what_it_maps():
    pinned = peers.pinned(peers.PINNED.read_text())
    assert sorted(peer.name for peer in pinned) == sorted(BUNDLED)
    assert all("==" in peer.requirements[0] for peer in pinned)
    assert [peer.name for peer in pinned if peer.extra] == ["paddlepaddle"]
    assert {peer.name: peer.python for peer in pinned}["jax"] == "3.12"
    for name in BUNDLED:
        text = (peers.PINNED.parent / f"{name}.py").read_text()
        assert "Mapped:" in text.split('"""')[1]
        assert "offered" in text.split('"""')[1] or name == "raxis"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "no engine of that name"),
        (["micrograd", "--only", "nothing_has_this"], "no case has 'nothing_has_this'"),
    ],
)
def test_peers_refuse_what_is_not_there(arguments, told, capsys):
    with pytest.raises(SystemExit) as caught:
        peers.main(arguments)
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


def test_mygrad_itself(tmp_path):
    pytest.importorskip("mygrad")
    found = smoke.check("mygrad")
    assert not found.unsound
    assert found.probes["takes an incoming gradient"] == ("works", "")
    ids = ["autograd_grad::returns_a_tuple_and_leaves_grad_alone", "jacobian::square_without_retain_graph"]
    held = record("mygrad", ids, workers=1, output=tmp_path / "mygrad.jsonl")
    assert held.header["subject"]["name"] == "mygrad"
    second = next(each for each in held.cases[ids[1]]["observations"] if each["label"] == "second call")
    assert second["returned"] is True
    assert held.cases[ids[0]]["end"]["missing"] == "torch.autograd.grad"
