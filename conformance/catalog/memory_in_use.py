"""Changes of memory that something else still uses: what was saved of it, or another tensor that looks at it."""

from __future__ import annotations

from conformance import case, raises

SAVED = "Autograd mechanics: In-place correctness checks"
OVERLAP = "Autograd mechanics: In-place operations with autograd"


@case(SAVED)
def powers_save_their_result(torch):
    """A power by a constant tensor saves its result, though only the gradient of the exponent needs it."""
    for label, exponent in (("0-d", torch.tensor(3.0)), ("vector", torch.tensor([3.0, 2.0, 1.5]))):
        x = torch.tensor([1.5, 2.5, 4.0], requires_grad=True)
        y = x**exponent
        y.add_(1)
        yield label, raises(lambda y=y: y.sum().backward())


@case(SAVED)
def powers_by_numbers_do_not_save_their_result(torch):
    """A power by a Python number saves its base alone: its result may be changed."""
    for exponent in (3, 0.5, 2):
        x = torch.tensor([1.5, 2.5, 4.0], requires_grad=True)
        y = x**exponent
        y.add_(1)
        y.backward(torch.tensor([2.0, -1.0, 0.5]))
        yield f"{exponent}", x.grad


@case(SAVED)
def saved_input_was_detached(torch):
    """A tensor that an operation saved as its input must not be detached in place."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = x * 2
    z = y.exp() * y
    y.detach_()
    yield "leaf", y
    yield "backward", raises(lambda: z.sum().backward())


@case(SAVED)
def saved_result_was_detached(torch):
    """What a node saved of its own result may be detached in place, but not what another node saved of it."""
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = x.exp()
    total = y * torch.tensor([3.0, -2.0])
    y.detach_()
    total.backward(torch.tensor([1.0, 0.25]))
    yield "own result", x.grad
    z = x.exp()
    product = z * x
    z.detach_()
    yield "factor", raises(lambda: product.sum().backward())


@case(SAVED)
def saved_after_it_was_detached(torch):
    """What is saved after `detach_` is an ordinary leaf, whose changes count as ever."""
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = x * 3
    y.detach_()
    z = x * y
    z.backward(torch.tensor([2.0, -1.0]))
    yield "gradient", x.grad
    yield "version", y._version
    late = x * y
    y.add_(1)
    yield "changed", raises(lambda: late.sum().backward())
    yield "version then", y._version


@case(OVERLAP)
def overlap_with_data(torch):
    """A tensor and its `.data` share memory: what overlaps in part with what is written is refused."""
    for label, change in (
        ("copy_", lambda x: x[1:].copy_(x.data[:-1])),
        ("add_", lambda x: x[1:].add_(x.data[:-1])),
        ("mul_", lambda x: x[:-1].mul_(x.data[1:])),
        ("out", lambda x: torch.add(x.data[1:], 1, out=x[:-1])),
    ):
        x = torch.tensor([0.5, 1.5, 2.5, 3.5])
        yield label, raises(lambda change=change, x=x: change(x))
        yield f"{label}: unchanged", x
    x = torch.tensor([0.5, 1.5, 2.5, 3.5])
    yield "all of it", x.add_(x.data)
    yield "no overlap", x[2:].mul_(x.data[:2])


@case("torch.Tensor: torch.Tensor.index_put_")
def one_value_where_a_mask_is_set(torch):
    """One value at a mask of an expanded tensor is filled in: of both operations there is a warning."""
    for label, value in (
        ("number", 5.0),
        ("tensor", torch.tensor(6.0)),
        ("values", torch.tensor([5.0, 1.0, 2.0])),
    ):
        x = torch.tensor([0.5, 1.5, 2.5]).expand(2, 3)
        x[torch.tensor([True, False])] = value
        yield label, x


@case("torch.Tensor: torch.Tensor.index_put_")
def one_value_at_places_of_an_expanded_tensor(torch):
    """At places instead of a mask there is one warning."""
    x = torch.tensor([0.5, 1.5, 2.5]).expand(2, 3)
    x[torch.tensor([0])] = 5.0
    yield "places", x
    y = torch.tensor([0.5, 1.5, 2.5]).expand(2, 3)
    y.index_put_((torch.tensor([True, False]),), torch.tensor(-4.0))
    yield "mask", y
