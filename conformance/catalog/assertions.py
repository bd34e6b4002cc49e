"""`torch.testing`: what `assert_close` accepts, and what it says about what it does not."""

from __future__ import annotations

from conformance import case, raises

TESTING = "torch.testing: assert_close"


@case(TESTING)
def close_tensors(torch):
    """Tolerances follow from the type; containers are compared pair by pair."""
    close = torch.testing.assert_close
    x = torch.tensor([1.0, 2.5])
    yield "float32", close(x, x + 1e-6)
    yield "float16", close(x.half(), x.half() + 0.001)
    yield "lists", close([x, (x, None)], [x.clone(), (x, None)])
    yield "mappings", close({"a": x, "b": 2}, {"b": 2, "a": x})
    yield "nan", close(torch.tensor([float("nan")]), torch.tensor([float("nan")]), equal_nan=True)
    yield "types", close(x, x.double(), check_dtype=False)
    yield "with tolerances", close(x, x + 0.125, rtol=0, atol=0.25)


@case(TESTING)
def tensors_that_are_not_close(torch):
    """The message counts the mismatches and shows the greatest differences."""
    close = torch.testing.assert_close
    x = torch.tensor([[1.5, 2.5], [3.5, 0.0]])
    yield "floats", raises(lambda: close(x, x + torch.tensor([[0.0, 0.25], [-0.5, 0.125]])))
    yield "exact", raises(lambda: close(x, x + 0.25, rtol=0, atol=0))
    yield "integers", raises(lambda: close(torch.tensor([1, 2, 3]), torch.tensor([1, 5, 3])))
    yield "bools", raises(lambda: close(torch.tensor([True, False]), torch.tensor([True, True])))
    yield "complex", raises(lambda: close(torch.tensor([1j, 2.5]), torch.tensor([1j, 3.5])))
    yield "without dimensions", raises(lambda: close(torch.tensor(1.5), torch.tensor(2.0)))
    yield "nan", raises(lambda: close(torch.tensor([float("nan")]), torch.tensor([float("nan")])))


@case(TESTING)
def attributes_that_differ(torch):
    """Shape, type and strides are compared before the values."""
    close = torch.testing.assert_close
    x = torch.tensor([[1.5, 2.5], [3.5, 0.5]])
    yield "shape", raises(lambda: close(x, x[0]))
    yield "type", raises(lambda: close(x, x.double()))
    yield "strides", raises(lambda: close(x, x.t().contiguous().t(), check_stride=True))


@case(TESTING)
def values_that_differ(torch):
    """Numbers, bools and None have messages of their own."""
    close = torch.testing.assert_close
    yield "floats", raises(lambda: close(1.5, 1.75))
    yield "integers", raises(lambda: close(1, 2))
    yield "beside 0", raises(lambda: close(1.5, 0.0))
    yield "kinds", raises(lambda: close(3, 3.5))
    yield "bools", raises(lambda: close(True, False))
    yield "None", raises(lambda: close(None, 3))
    yield "texts", raises(lambda: close("a", "b"))


@case(TESTING)
def places_in_containers(torch):
    """The message names the item; lengths and keys are compared first."""
    close = torch.testing.assert_close
    one, other = torch.tensor([1.5]), torch.tensor([2.5])
    yield "list", raises(lambda: close([one, one], [one, other]))
    yield "mapping", raises(lambda: close({"a": [one, {"b": one}]}, {"a": [one, {"b": other}]}))
    yield "lengths", raises(lambda: close([one], [one, one]))
    yield "keys", raises(lambda: close({"a": one}, {"b": one}))


@case(TESTING)
def messages_of_ones_own(torch):
    """`msg` replaces the message, or changes it; half of the tolerances is refused."""
    close = torch.testing.assert_close
    one, other = torch.tensor([1.5]), torch.tensor([2.5])
    yield "text", raises(lambda: close(one, other, msg="they differ"))
    yield "function", raises(lambda: close(one, other, msg=lambda text: f"Look:\n{text}"))
    yield "one tolerance", raises(lambda: close(one, other, rtol=1e-3))
    yield "the older form", raises(lambda: torch.testing.assert_allclose(one, other))


@case(TESTING)
def tensors_to_test_with(torch):
    """`make_tensor` draws values of each type between limits."""
    make = torch.testing.make_tensor
    torch.manual_seed(3)
    yield "floats", make((2, 2), dtype=torch.float32, device="cpu")
    yield "integers", make(3, dtype=torch.int64, device="cpu", low=-2, high=5)
    yield "bools", make(4, dtype=torch.bool, device="cpu")
    yield "requires grad", make(2, dtype=torch.float64, device="cpu", low=0, high=1, requires_grad=True)
    yield "strides", make(2, 3, dtype=torch.float32, device="cpu", noncontiguous=True).stride()
    yield "turned limits", raises(lambda: make(2, dtype=torch.float32, device="cpu", low=3, high=1))
    yield "integers with grad", raises(lambda: make(2, dtype=torch.int8, device="cpu", requires_grad=True))
