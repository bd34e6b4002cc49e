"""Files of the engine, which PyTorch reads, and the reverse: the same elements, to the last bit."""

import importlib
import io

import pytest

torch = pytest.importorskip("torch")
engine = importlib.import_module("engine")

KINDS = (
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint16",
    "float16",
    "bfloat16",
    "float32",
    "float64",
)


def passed_on(content, source, target, **options):
    buffer = io.BytesIO()
    source.save(content, buffer)
    buffer.seek(0)
    return target.load(buffer, **options)


def made(namespace):
    generator = namespace.Generator().manual_seed(3)
    numbers = namespace.randn(3, 4, generator=generator) * 100
    tensors = {name: numbers.to(getattr(namespace, name)) for name in KINDS}
    tensors["complex64"] = namespace.view_as_complex(numbers.reshape(6, 2).clone())
    return {**tensors, "transposed": numbers.t(), "part": numbers[1:, ::2], "none": namespace.ones(0, 2)}


@pytest.mark.parametrize(
    ("source", "target"), [(engine, torch), (torch, engine)], ids=["to torch", "from torch"]
)
def test_tensors(source, target):
    found, wanted = passed_on(made(source), source, target), made(target)
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        assert repr(found[name].dtype) == repr(value.dtype)
        assert found[name].stride() == value.stride()
        assert found[name].untyped_storage().tolist() == value.untyped_storage().tolist(), name
    assert found["transposed"].data_ptr() == found["float32"].data_ptr()


@pytest.mark.parametrize(
    ("source", "target"), [(engine, torch), (torch, engine)], ids=["to torch", "from torch"]
)
def test_states_of_training(source, target):
    def trained(namespace):
        namespace.manual_seed(0)
        model = namespace.nn.Linear(3, 2)
        optimizer = namespace.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for _ in range(3):
            optimizer.zero_grad()
            model(namespace.ones(1, 3)).square().sum().backward()
            optimizer.step()
        return {"model": model.state_dict(), "optimizer": optimizer.state_dict()}

    found, wanted = passed_on(trained(source), source, target), trained(target)
    assert found["optimizer"]["param_groups"] == wanted["optimizer"]["param_groups"]
    for name, value in wanted["model"].items():
        assert target.allclose(found["model"][name], value)


def test_pickles_are_byte_by_byte_those_of_pytorch():
    import zipfile

    def pickled(namespace):
        x = namespace.arange(6.0)
        content = {
            "x": x,
            "y": [x[1:3], x],
            "p": namespace.nn.Parameter(x),
            "n": (1, "x"),
            "d": namespace.float64,
        }
        buffer = io.BytesIO()
        namespace.save(content, buffer)
        with zipfile.ZipFile(buffer) as archive:
            return archive.namelist(), archive.read("archive/data.pkl")

    assert pickled(engine) == pickled(torch)


def test_whole_models_both_ways():
    for source, target in ((engine, torch), (torch, engine)):
        model = source.nn.Sequential(source.nn.Linear(2, 3), source.nn.ReLU())
        found = passed_on(model, source, target, weights_only=False)
        assert repr(found) == repr(model)
        assert found(target.ones(2)).tolist() == model(source.ones(2)).tolist()
