import pytest

engine = pytest.importorskip("engine")
torch = pytest.importorskip("torch")


def test_each_method_of_a_tensor_is_there_or_said_to_be_missing():
    x = engine.ones(2)
    unsaid = []
    for name in dir(torch.Tensor):
        if not name.startswith("_") and not hasattr(engine.Tensor, name):
            with pytest.raises(AttributeError) as raised:
                getattr(x, name)
            if not str(raised.value).endswith("(this engine lacks it)"):
                unsaid.append(name)
    assert unsaid == []
