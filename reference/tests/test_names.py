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


@pytest.mark.parametrize(
    ("place", "name", "nearest"),
    [
        ("", "narrow_copy", "narrow"),
        ("nn.functional", "conv_tbd", "conv_tbc"),
    ],
)
def test_a_name_that_a_namespace_lacks_is_named_beside_the_nearest_that_is_there(place, name, nearest):
    holder = engine
    for part in filter(None, place.split(".")):
        holder = getattr(holder, part)
    with pytest.raises(
        AttributeError, match=f"has no attribute '{name}'; the nearest name that is there is '{nearest}'"
    ):
        getattr(holder, name)
