"""Layers of one family share their methods, and each has its own under its own name, as in PyTorch."""

import inspect

import pytest

import engine

torch = pytest.importorskip("torch")
MODULES = sorted(
    name
    for name in dir(torch.nn)
    if inspect.isclass(getattr(torch.nn, name)) and issubclass(getattr(torch.nn, name), torch.nn.Module)
)
# taken before any test runs: PyTorch's compiler, once used, puts an `__init__` of its own in the place of `Module`'s
METHODS = {
    (name, method): getattr(getattr(torch.nn, name), method).__qualname__
    for name in MODULES
    for method in ("__init__", "forward")
    if inspect.isfunction(getattr(getattr(torch.nn, name), method, None)) and not name.startswith("RNN")
}


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_messages_of_python_name_the_layer(name, method):
    assert getattr(getattr(engine.nn, name), method).__qualname__ == METHODS[name, method]


def test_relations_between_layers():
    for one in MODULES:
        for other in MODULES:
            expected = issubclass(getattr(torch.nn, one), getattr(torch.nn, other))
            assert issubclass(getattr(engine.nn, one), getattr(engine.nn, other)) == expected, (one, other)


def test_a_layer_of_complex_numbers_is_drawn_in_both_parts():
    def drawn(namespace):
        namespace.manual_seed(0)
        return namespace.nn.Linear(2, 3, dtype=namespace.complex64).weight.tolist()

    assert drawn(engine) == drawn(torch)


def test_sizes_are_asked_of_what_the_program_gave():
    """A subclass may call `_output_padding` as PyTorch's own layers do."""
    given = ((2, 2), (0, 0), (3, 3), 2, (1, 1))
    for namespace in (torch, engine):
        layer = namespace.nn.ConvTranspose2d(2, 3, 3, stride=2)
        assert layer._output_padding(namespace.ones(1, 2, 5, 5), [12, 11], *given) == [1, 0]
        with pytest.raises(TypeError, match="object of type 'int' has no len"):
            layer(namespace.ones(1, 2, 5, 5), output_size=12)
        with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'split'"):
            layer.get_submodule(None)


def test_the_projection_of_attention_is_found_beside_linear_layers():
    found = engine.nn.modules.linear.NonDynamicallyQuantizableLinear
    assert type(engine.nn.MultiheadAttention(4, 2).out_proj) is found
    assert torch.nn.modules.linear.NonDynamicallyQuantizableLinear.__name__ == found.__name__
