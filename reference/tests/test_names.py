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


def nodes(namespace):
    x = namespace.ones(1, 1, 4, requires_grad=True)
    made = (
        x * x,
        x * 2,
        x.sum(),
        x.sum(1),
        namespace.nn.functional.conv1d(x, x.detach()),
        x.max(2)[0],
        x.exp(),
    )
    return [tensor.grad_fn for tensor in made] + [x.exp().grad_fn.next_functions[0][0]]


@pytest.mark.parametrize("number", range(8))
def test_a_node_lists_what_pytorch_s_has(number):
    ours, theirs = (set(dir(nodes(each)[number])) for each in (torch, engine))
    assert theirs - ours == set()
    assert ours - theirs == {"_register_hook_dict", "_set_sequence_nr"}
