"""Files: those that PyTorch wrote (`data/`), our own, and those that must be refused."""

import io
import pickle
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest

import engine as torch

DATA = Path(__file__).parent / "data"
INTEGERS = ("int8", "int16", "int32", "int64")
FLOATING = ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")


@pytest.fixture(scope="module")
def tensors():
    return torch.load(DATA / "tensors.pt")


def reloaded(content, **options):
    buffer = io.BytesIO()
    torch.save(content, buffer)
    buffer.seek(0)
    return torch.load(buffer, **options)


@pytest.mark.parametrize("name", ["bool", "uint8", "uint16", *INTEGERS, *FLOATING])
def test_tensors_of_pytorch(tensors, name):
    found = tensors["kinds"][name]
    wanted = (torch.arange(4) - 1).to(getattr(torch, name))
    assert found.dtype is wanted.dtype
    assert found.tolist() == wanted.tolist()


def test_views_of_pytorch_share_memory(tensors):
    base, part, matrix = tensors["views"]
    assert (part.tolist(), part.storage_offset()) == ([2.0, 3.0, 4.0], 2)
    assert (matrix.shape, matrix.stride()) == ((3, 2), (1, 3))
    assert part.untyped_storage().data_ptr() == base.untyped_storage().data_ptr()


def test_what_pytorch_saves_beside_tensors(tensors):
    words = [1, 2.5, 1 + 2j, "word", b"bytes", None, True, (3,), {4}, OrderedDict(a=5)]
    assert tensors["plain"] == words
    assert tensors["torch"] == [torch.float32, torch.device("cuda:1"), torch.Size([2, 3]), torch.strided]
    assert isinstance(tensors["parameter"], torch.nn.Parameter)
    assert tensors["parameter"].requires_grad
    assert tensors["leaf"].requires_grad


def test_training_goes_on_where_pytorch_stopped():
    state = torch.load(DATA / "training.pt")
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    assert model[0].weight.tolist() == [[-0.5, -0.75], [0.0, -0.25]]
    assert optimizer.param_groups[0]["momentum"] == 0.9
    model[0].weight.grad = torch.zeros(2, 2)
    optimizer.step()
    assert torch.allclose(model[0].weight, torch.tensor([[-0.95, -1.65], [-0.45, -1.15]]))


def test_a_whole_model_of_pytorch():
    with pytest.raises(
        pickle.UnpicklingError, match=r"GLOBAL torch\.nn\.modules\.container\.Sequential was not"
    ):
        torch.load(DATA / "model.pt")
    model = torch.load(DATA / "model.pt", weights_only=False)
    assert isinstance(model[0], torch.nn.Linear)
    assert model(torch.tensor([[10.0, -10.0]])).tolist() == [[2.0, 2.25]]


def test_classes_of_pytorch_may_be_allowed():
    names = [torch.nn.Sequential, torch.nn.Linear, torch.nn.ReLU]
    with torch.serialization.safe_globals([*names, (dict, "builtins.dict")]):
        assert len(torch.load(DATA / "model.pt")) == 2
    assert torch.serialization.get_safe_globals() == []


def test_a_file_of_ours_names_pytorch_only(tmp_path):
    content = {
        "x": torch.ones(2),
        "p": torch.nn.Parameter(torch.ones(1)),
        "d": torch.int8,
        "m": torch.nn.ReLU(),
    }
    torch.save(content, tmp_path / "mine.pt")
    with zipfile.ZipFile(tmp_path / "mine.pt") as archive:
        pickled = archive.read("mine/data.pkl")
        offsets = [
            each.header_offset + 30 + len(each.filename) + len(each.extra) for each in archive.infolist()
        ]
    assert b"engine" not in pickled
    raw = (tmp_path / "mine.pt").read_bytes()
    assert len(offsets) == raw.count(b"PK\x03\x04")
    for name in (b"mine/data/0", b"mine/data/1"):
        at = raw.index(name)
        length = int.from_bytes(raw[at - 2 : at], "little")
        assert (at + len(name) + length) % 64 == 0


class Harmful:
    def __init__(self, function, *args):
        self.called = function, args

    def __reduce__(self):
        return self.called


def test_nothing_is_called_for_a_file_that_is_not_trusted():
    called = []
    buffer = io.BytesIO()
    torch.save({"a": Harmful(exec, "raise SystemExit")}, buffer)
    for options in ({}, {"weights_only": True}):
        buffer.seek(0)
        with pytest.raises(pickle.UnpicklingError, match="Unsupported global: GLOBAL exec was not"):
            torch.load(buffer, **options)
    assert called == []


@pytest.mark.parametrize(
    ("pickled", "sentence"),
    [
        (
            b"\x80\x02ctorch\nfloat32\n}X\x04\x00\x00\x00nameK\x03sb.",
            "Can only build Tensor, Parameter, OrderedDict",
        ),
        (
            b"\x80\x02ctorch\nTensor\n}X\x04\x00\x00\x00nameK\x03sb.",
            "Can only build Tensor, Parameter, OrderedDict",
        ),
        (b"\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R.", "GLOBAL eval was not an allowed global"),
        (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "was not an allowed global"),
        (b"\x80\x02X\x01\x00\x00\x00a)R.", "Trying to call reduce for unrecognized function a"),
        (b"\x80\x02X\x01\x00\x00\x00aQ.", "Only persistent_load of storage is allowed"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "Unsupported operand 140"),
        (b"\x80\x02ctorch\nSize\nK\x01a.", "Can only append to lists"),
        (b"\x80\x02(i__main__\nx\n.", "Unsupported operand 105"),
    ],
)
def test_what_a_pickle_must_not_do(pickled, sentence):
    source, target = io.BytesIO(), io.BytesIO()
    torch.save(1, source)
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, pickled if name.endswith("data.pkl") else archive.read(name))
    target.seek(0)
    with pytest.raises(pickle.UnpicklingError, match=sentence):
        torch.load(target)


def test_a_tensor_cannot_reach_beyond_its_storage():
    from engine import rebuilding
    from engine.storage import UntypedStorage, typed

    storage = typed(UntypedStorage(8), torch.float32)
    for offset, size, stride in (
        (0, (3,), (1,)),
        (1, (2,), (1,)),
        (0, (2,), (-1,)),
        (-1, (1,), (1,)),
        (0, (2,), (2,)),
    ):
        with pytest.raises(RuntimeError):
            rebuilding._rebuild_tensor_v2(storage, offset, size, stride, False, OrderedDict())


def test_pickles_of_attributes_need_no_pytorch():
    program = (
        "import sys; sys.modules['torch'] = None\nimport pickle, engine\nx = engine.ones(2); x.tag = 5\n"
        "print(pickle.loads(pickle.dumps(x)).tag)"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert found.stdout == "5\n", found.stderr


def test_other_protocols():
    for protocol in (2, 3, 4, 5):
        buffer = io.BytesIO()
        torch.save([torch.ones(2), torch.float64], buffer, pickle_protocol=protocol)
        buffer.seek(0)
        assert torch.load(buffer, weights_only=False)[1] is torch.float64


def test_version_of_what_was_loaded():
    assert reloaded(torch.ones(2))._version == 1


@pytest.mark.parametrize("place", ["meta", torch.device("meta"), {"cpu": "meta"}], ids=str)
def test_tensors_are_loaded_without_elements(place):
    layer = torch.nn.Linear(3, 2)
    written = io.BytesIO()
    torch.save({"state": layer.state_dict(), "weight": layer.weight}, written)
    written.seek(0)
    loaded = torch.load(written, map_location=place)
    assert repr(loaded["state"]["bias"]) == "tensor(..., device='meta', size=(2,))"
    assert isinstance(loaded["weight"], torch.nn.Parameter)
    assert (loaded["weight"].device.type, loaded["weight"].requires_grad) == ("meta", True)
