import importlib
from types import ModuleType

import pytest

engine = pytest.importorskip("engine")
torch = pytest.importorskip("torch")
ABSENT = pytest.importorskip("engine.absent").ABSENT


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


PACKAGES = [
    "torch",
    "torch.backends",
    "torch.cuda",
    "torch.distributions",
    "torch.fft",
    "torch.linalg",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.modules",
    "torch.nn.utils",
    "torch.optim",
    "torch.optim.lr_scheduler",
    "torch.special",
    "torch.testing",
    "torch.utils",
    "torch.utils.data",
]


def packages(name):
    """A package of PyTorch, and the engine's."""
    return importlib.import_module(name), importlib.import_module(f"engine{name.removeprefix('torch')}")


def lacked(name):
    """What a package of PyTorch holds of its own, submodules aside, and the engine's does not."""
    theirs, ours = packages(name)
    return [
        each
        for each, value in vars(theirs).items()
        if not each.startswith("_")
        and not isinstance(value, (ModuleType, bool, int, float, str, dict, list, tuple, set))
        and (getattr(value, "__module__", None) or "torch").startswith("torch")
        and not hasattr(ours, each)
    ]


@pytest.mark.parametrize("name", PACKAGES)
def test_what_a_package_lacks_of_pytorch_s_is_known(name):
    theirs, ours = packages(name)
    listed = ABSENT.get(name, "").split()
    assert sorted(set(lacked(name)) - set(listed)) == []
    assert [each for each in listed if not hasattr(theirs, each)] == []
    assert [each for each in listed if hasattr(ours, each)] == []


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("torch.sparse_csc_tensor", "; the nearest name that is there is 'sparse_coo_tensor'"),
        ("torch.cuda.memory_cached", "; the nearest name that is there is 'memory_allocated'"),
    ],
)
def test_a_name_that_a_package_lacks_is_named_beside_the_nearest_that_is_there(name, nearest):
    package, _, name = name.rpartition(".")
    with pytest.raises(AttributeError) as raised:
        getattr(packages(package)[1], name)
    assert (
        str(raised.value) == f"module {package!r} has no attribute {name!r}{nearest} (this engine lacks it)"
    )


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("name", ["linspase", "_tensor_x"])
def test_a_name_that_pytorch_lacks_too_is_refused_in_its_words(package, name):
    said = []
    for each in packages(package):
        with pytest.raises(AttributeError) as raised:
            getattr(each, name)
        said.append((str(raised.value), raised.value.name))
    assert said[0] == said[1]


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
    assert ours == theirs
