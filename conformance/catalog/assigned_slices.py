"""Assignment to what an index names: numbers, tensors, masks, index tensors, and who receives which gradient."""

from __future__ import annotations

from conformance import case, raises

IN_PLACE = "Autograd mechanics: In-place operations with autograd"
WEIGHTS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def _leaf(torch):
    return torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, 3.0]], requires_grad=True)


def _assigned(torch, index, value, what=""):
    """The tensor after an assignment, and the gradients of its former value and of what was assigned."""
    x = _leaf(torch)
    y = x * 1
    y[index] = value
    yield f"after{what}", y
    y.backward(torch.tensor(WEIGHTS))
    yield f"gradient{what}", x.grad
    if value.requires_grad:
        yield f"gradient of the value{what}", value.grad


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def element_by_a_scalar_tensor(torch):
    """A 0-d tensor is assigned to an element, and receives its gradient."""
    yield from _assigned(torch, (1, 2), torch.tensor(7.5, requires_grad=True))


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def region_by_a_scalar_tensor(torch):
    """A 0-d tensor assigned to a region receives the sum of its gradients."""
    yield from _assigned(torch, (slice(None), slice(1, None)), torch.tensor(7.5, requires_grad=True))


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def region_by_one_element(torch):
    """A tensor of one element is broadcast to the region."""
    yield from _assigned(torch, (slice(None), 1), torch.tensor([[7.5]], requires_grad=True))


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def region_by_more_dimensions(torch):
    """Leading dimensions of size 1 of the value are left out."""
    yield from _assigned(torch, 0, torch.tensor([[[7.5, 8.5, 9.5]]], requires_grad=True))


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def everything_by_ellipsis(torch):
    """`y[...] = v` and `y[:] = v` write the whole tensor, through a view and without one."""
    value = torch.tensor([7.5, 8.5, 9.5], requires_grad=True)
    yield from _assigned(torch, Ellipsis, value, ", ellipsis")
    value.grad = None
    yield from _assigned(torch, slice(None), value, ", slice")


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def with_new_dimensions(torch):
    """None in the index makes a dimension of the region that is written."""
    yield from _assigned(torch, (None, 1), torch.tensor([[7.5, 8.5, 9.5]], requires_grad=True), ", first")
    yield from _assigned(torch, (slice(None), None, 0), torch.tensor([[7.5], [8.5]]), ", inner")


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def with_steps(torch):
    """A slice with a step writes every other element."""
    yield from _assigned(
        torch, (slice(None), slice(None, None, 2)), torch.tensor([7.5, 8.5], requires_grad=True)
    )


@case(IN_PLACE, builds_on=("views::assigned_by_mask_and_by_integers",))
def by_a_mask_and_a_tensor(torch):
    """A mask takes a tensor with as many elements as it has places, or a scalar."""
    mask = torch.tensor([[True, False, True], [False, False, True]])
    yield from _assigned(torch, mask, torch.tensor([7.5, 8.5, 9.5], requires_grad=True), ", elements")
    yield from _assigned(torch, mask, torch.tensor(7.5, requires_grad=True), ", scalar")
    yield from _assigned(
        torch, torch.tensor([False, True]), torch.tensor([7.5, 8.5, 9.5], requires_grad=True), ", rows"
    )


@case(IN_PLACE, builds_on=("views::assigned_by_mask_and_by_integers",))
def by_integer_tensors(torch):
    """Index tensors write the places they name; the value's gradient is gathered from there."""
    rows, columns = torch.tensor([0, 1]), torch.tensor([2, 0])
    yield from _assigned(torch, (rows, columns), torch.tensor([7.5, 8.5], requires_grad=True), ", elements")
    yield from _assigned(
        torch, (slice(None), columns), torch.tensor([7.5, 8.5], requires_grad=True), ", columns"
    )
    yield from _assigned(torch, (1, columns), torch.tensor(7.5, requires_grad=True), ", within a row")


@case(IN_PLACE, builds_on=("views::assigned_by_mask_and_by_integers",))
def by_lists_and_negative_places(torch):
    """Lists count as index tensors, and negative places from the end."""
    yield from _assigned(torch, ([1, 0], [-1, -3]), torch.tensor([7.5, 8.5], requires_grad=True), ", lists")
    yield from _assigned(torch, -1, torch.tensor([7.5, 8.5, 9.5], requires_grad=True), ", last row")


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def value_is_the_tensor_itself(torch):
    """A row assigned from another row of the same tensor takes its old values."""
    x = _leaf(torch)
    y = x * 1
    y[0] = y[1]
    yield "rows", y
    y[:, 0] = y[:, 2] * 2
    yield "columns", y
    y.backward(torch.tensor(WEIGHTS))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def value_of_another_type(torch):
    """A value of another type is cast; its gradient has its own type."""
    value = torch.tensor([7.5, 8.1, 9.5], dtype=torch.float64, requires_grad=True)
    yield from _assigned(torch, 1, value, ", float64")
    half = torch.tensor([7.5, 8.1, 9.5], dtype=torch.float16, requires_grad=True)
    yield from _assigned(torch, 0, half, ", float16")
    yield from _assigned(torch, (slice(None), 1), torch.tensor([7, 8]), ", int64")


@case(IN_PLACE, builds_on=("views::assigned_by_mask_and_by_integers",))
def index_put_wants_the_same_type(torch):
    """Assignment by index tensors refuses a value of another type, unless it is a scalar."""
    y = torch.tensor([1.5, -2.0, 0.5])
    index = torch.tensor([0, 2])
    yield "float64", raises(lambda: y.__setitem__(index, torch.tensor([7.5, 8.5], dtype=torch.float64)))
    yield "integers", raises(lambda: y.__setitem__(index, torch.tensor([7, 8])))
    y[index] = 3
    yield "a number", y


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def refused_values(torch):
    """Values that do not fit the region are refused, and nothing is written."""
    y = torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, 3.0]])
    changes = {
        "too long": (0, torch.tensor([1.0, 2.0])),
        "too many dimensions": (0, torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])),
        "an element by two": ((0, 0), torch.tensor([1.0, 2.0])),
        "a list": (0, [1.0, 2.0, 3.0]),
        "a text": (0, "1"),
        "None": (0, None),
        "out of bounds": (5, 1.0),
        "too many indices": ((0, 0, 0), 1.0),
        "mask of another shape": (torch.tensor([True, False, True]), 1.0),
        "mask with too few values": (y > 0, torch.tensor([1.0, 2.0])),
        "index tensor out of bounds": (torch.tensor([7]), 1.0),
        "index tensor with another number of values": (torch.tensor([0, 1]), torch.tensor([1.0, 2.0])),
        "float index": (0.5, 1.0),
    }
    for name, (index, value) in changes.items():
        yield name, raises(lambda index=index, value=value: y.__setitem__(index, value))
    yield "y", y


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def numbers_of_other_kinds(torch):
    """Numbers are cast as the tensor's type wants: truncated for integers, any non-zero is True for bools."""
    whole, bits = torch.tensor([3, 4, 5]), torch.tensor([True, False, True])
    whole[0] = 7.9
    whole[1] = -7.9
    whole[2] = True
    yield "integers", whole
    bits[0] = 0
    bits[1] = 0.25
    yield "bools", bits
    half = torch.tensor([1.5, 2.5], dtype=torch.float16)
    half[0] = 0.1
    half[1] = 1e9
    yield "float16", half


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def scalar_tensor_by_ellipsis(torch):
    """A 0-d tensor is written by `y[...] = v` or `y[()] = v`, but has no elements to index."""
    x = torch.tensor(1.5, requires_grad=True)
    y = x * 1
    y[...] = torch.tensor(2.5, requires_grad=True)
    yield "ellipsis", y
    y[()] = 3.5
    yield "empty tuple", y
    yield "integer", raises(lambda: y.__setitem__(0, 1.0))


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def assigned_and_read_again(torch):
    """What is read after an assignment is in the graph of what was assigned."""
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    y = torch.zeros(4)
    for place in range(4):
        y[place] = w[place % 2] ** (place + 1)
    yield "y", y
    (y[1] * y[2]).backward()
    yield "gradient", w.grad


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def constant_assigned_into_a_constant(torch):
    """An assignment between constants is not recorded."""
    y = torch.tensor([1.5, -2.0, 0.5])
    y[1:] = torch.tensor([7.5, 8.5])
    y[y > 8] = 0.25
    yield "y", y
    with torch.no_grad():
        y[0] = torch.tensor(4.5, requires_grad=True)
    yield "under no_grad", y


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def swapped_by_assignment(torch):
    """Swapping two elements needs clones: without them, both get the same value."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    y = x * 1
    y[0], y[2] = y[2].clone(), y[0].clone()
    yield "with clones", y
    z = x * 1
    z[0], z[2] = z[2], z[0]
    yield "without", z
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def assigned_to_a_retained_index(torch):
    """An index tensor that is changed after an assignment makes `backward` refuse."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    w = torch.tensor([7.5, 8.5], requires_grad=True)
    y = x * 1
    index = torch.tensor([2, 0])
    y[index] = w
    index.add_(-1)
    yield "backward", raises(lambda: y.sum().backward())
