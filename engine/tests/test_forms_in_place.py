"""Forms in place whose history is their own: what PyTorch records for them, beside live PyTorch."""

import pytest

import engine

torch = pytest.importorskip("torch")

COMPARISONS = "eq_ ne_ lt_ le_ gt_ ge_ less_ less_equal_ greater_ greater_equal_ not_equal_"


@pytest.mark.parametrize("by_tensor", [False, True])
@pytest.mark.parametrize("name", COMPARISONS.split())
def test_a_comparison_in_place_has_zeros_as_its_gradients(name, by_tensor):
    def compared(namespace):
        x, y = (namespace.tensor(values, requires_grad=True) for values in ([1.0, 2.0], [2.0, 2.0]))
        result = getattr(x.clone(), name)(y if by_tensor else 2)
        found = namespace.autograd.grad(result.sum(), [x, y], allow_unused=True)
        grads = [None if each is None else each.tolist() for each in found]
        return result.tolist(), result.dtype.is_floating_point, result.grad_fn.name(), grads

    assert compared(engine) == compared(torch)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("unsqueeze_", {"dim": 0}),
        ("squeeze_", {"dim": 0}),
        ("transpose_", {"dim0": 0, "dim1": 1}),
        ("swapaxes_", {"axis0": 0, "axis1": 1}),
        ("as_strided_", {"size": (2,), "stride": (1,), "storage_offset": 1}),
    ],
)
def test_views_in_place_take_their_arguments_by_name(name, options):
    found, expected = (getattr(each.arange(3.0).view(1, 3), name)(**options) for each in (engine, torch))
    assert (found.tolist(), found.stride()) == (expected.tolist(), expected.stride())


def test_a_copy_in_place_takes_its_source_by_name():
    found, expected = (each.zeros(2).copy_(other=each.ones(2)).tolist() for each in (engine, torch))
    assert found == expected
