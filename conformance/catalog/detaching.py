"""Ways out of tracking: `detach`, `detach_`, `.data`, and the plain numbers of a tensor."""

from __future__ import annotations

from conformance import case, raises

DESCENT = "Automatic differentation and gradient descend"
FIRST_STEPS = "Gradients and autograd, first steps"
DETACH_PAGE = "torch.Tensor: detach"
DATA_PAGE = "torch.Tensor: data"
DETACH = "detaching::detached_leaf"
SHARED = "detaching::detached_memory_is_shared"


@case(DESCENT, "A7", builds_on=("tracking::leaf",))
def detached_leaf(torch):
    """`x.detach()` of a leaf has its values, does not require grad, and leaves x as it is."""
    x = torch.tensor([0.49625659, 0.76822180, 0.08847743, 0.13203049], requires_grad=True)
    yield "detached", x.detach()
    yield "x", x
    yield "same object", x.detach() is x


@case(DESCENT, "A7", builds_on=(DETACH,))
def detached_memory_is_shared(torch):
    """A detached tensor shares the leaf's memory: a change of either shows in both."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = x.detach()
    y[1] = 7.0
    yield "x after a change of y", x
    with torch.no_grad():
        x.mul_(2)
    yield "y after a change of x", y


@case(DETACH_PAGE, builds_on=(SHARED,))
def detached_version_is_shared(torch):
    """A detached tensor shares the version counter: its in-place changes count for both."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x.detach()
    y.add_(1)
    x.detach().mul_(3)
    yield "version of x", x._version
    yield "version of y", y._version


@case(DETACH_PAGE, builds_on=("detaching::detached_version_is_shared",))
def write_through_detach_is_noticed(torch):
    """A saved leaf changed through `detach()` makes `backward` refuse."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = (x * x).sum()
    x.detach().mul_(2)
    yield "refused", raises(lambda: y.backward())


@case(DETACH_PAGE, builds_on=(DETACH,))
def detached_result(torch):
    """A detached result is a leaf without grad_fn, while the result stays tracked."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * 3
    yield "detached", y.detach()
    yield "y", y


@case(FIRST_STEPS, "B7", builds_on=(DETACH,))
def three_ways_out(torch):
    """`requires_grad_(False)`, `detach()` and `no_grad()` are three ways to a print without requires_grad."""
    x = torch.tensor([-0.51362, 1.08414, -0.72715], requires_grad=True)
    yield "x", x
    yield "detach()", x.detach()
    with torch.no_grad():
        yield "no_grad()", x + 2
    yield "tracked", x + 2
    yield "requires_grad_(False)", x.requires_grad_(False)
    yield "x at the end", x


@case(DETACH_PAGE, builds_on=(DETACH,))
def detached_factor_is_a_constant(torch):
    """No gradient flows through `detach()`: x · x.detach() has the derivative x."""
    x = torch.tensor([0.5, -1.5, 2.0], requires_grad=True)
    y = x * x.detach() + (x * x).detach() * 5
    y.backward(torch.tensor([0.3, -1.2, 2.0]))
    yield "y", y
    yield "gradient", x.grad


@case(DETACH_PAGE, builds_on=(DETACH,))
def detached_tensor_becomes_a_leaf(torch):
    """A detached result may require grad anew; gradients stop at it."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    middle = (x * 3).detach().requires_grad_()
    (middle * middle).backward(torch.tensor([0.3, -1.2]))
    yield "middle", middle
    yield "gradient of middle", middle.grad
    yield "gradient of x", x.grad


@case(DETACH_PAGE, builds_on=(DETACH,))
def detach_of_other_kinds(torch):
    """`detach()` of whatever tensor makes a new tensor of the same values."""
    for name, x in (
        ("plain", torch.tensor([0.5, -1.5])),
        ("integers", torch.tensor([3, -4])),
        ("0-d", torch.tensor(0.7, requires_grad=True)),
        ("empty", torch.zeros(0, 2, requires_grad=True)),
    ):
        yield name, x.detach()
        yield f"{name}: same object", x.detach() is x


@case(DETACH_PAGE, builds_on=(DETACH,))
def detach_keeps_no_gradient(torch):
    """A detached tensor starts without `grad`, whatever the leaf has."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward()
    yield "gradient of the detached tensor", x.detach().grad
    yield "gradient of the leaf", x.grad


@case(DETACH_PAGE, builds_on=(SHARED,))
def clone_shares_nothing(torch):
    """`x.detach().clone()` has memory of its own."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x.detach().clone()
    y.zero_()
    yield "x", x
    yield "y", y


@case(DETACH_PAGE, builds_on=(SHARED,))
def detached_view_shares_memory(torch):
    """A detached view of a part of a leaf shares just that part."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    column = x.detach()[:, 1]
    column.fill_(9.0)
    yield "x", x
    yield "column", column


@case("torch.Tensor: detach_", builds_on=(DETACH,))
def detach_in_place(torch):
    """`detach_()` cuts a result off its graph: it returns the tensor itself, now a leaf."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = x * 3
    z = y * y
    yield "same object", y.detach_() is y
    yield "y", y
    yield "z, made before", z
    yield "made afterwards", y * 2


@case("torch.Tensor: detach_", builds_on=("detaching::detach_in_place",))
def detach_in_place_of_a_leaf(torch):
    """`detach_()` of a leaf turns its requires_grad off."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    x.detach_()
    yield x


@case("torch.Tensor: detach_", builds_on=("detaching::detach_in_place",))
def detach_in_place_of_a_view(torch):
    """`detach_()` of a view is refused, even if nothing is tracked."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    yield "view of a leaf", raises(lambda: x[0].detach_())
    yield "view of a result", raises(lambda: (x * 2).t().detach_())
    yield "view of a plain tensor", raises(lambda: torch.tensor([0.5, -1.5])[1:].detach_())


@case(DATA_PAGE, builds_on=(SHARED,))
def data_shares_memory(torch):
    """`x.data` is an untracked tensor that shares the leaf's memory."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "data", x.data
    x.data.mul_(torch.tensor([2.0, 3.0]))
    yield "x", x
    x.data[0] = 9.0
    yield "x after an item", x


@case(DATA_PAGE, builds_on=("detaching::data_shares_memory",))
def data_has_its_own_version(torch):
    """Changes through `.data` are not counted, so `backward` uses the changed values without a word."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    y = (x * x * x).sum()
    x.data.mul_(10)
    yield "version", x._version
    y.backward()
    yield "gradient", x.grad


@case(DATA_PAGE, builds_on=("detaching::data_shares_memory",))
def data_assigned(torch):
    """Assigning to `x.data` replaces the values, and x stays the same leaf."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward()
    x.data = torch.tensor([4.0, -3.0])
    yield "x", x
    yield "gradient", x.grad
    (x * x).sum().backward()
    yield "gradient after another round", x.grad


@case(DATA_PAGE, builds_on=("detaching::data_shares_memory",))
def data_of_the_gradient(torch):
    """`x.grad.data.zero_()` starts the gradient over."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    (x * x).sum().backward()
    x.grad.data.zero_()
    yield "gradient", x.grad
    (x * torch.tensor([0.3, -1.2])).sum().backward()
    yield "gradient of the next round", x.grad


@case("torch.Tensor: numpy", builds_on=(SHARED,))
def numpy_shares_memory(torch):
    """The array of a detached tensor shares the leaf's memory in both directions."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.0]], requires_grad=True)
    array = x.detach().numpy()
    array[0, 1] = 7.0
    yield "x", x
    with torch.no_grad():
        x.add_(1)
    yield "array", array.tolist()


@case("torch.Tensor: numpy", builds_on=("detaching::numpy_shares_memory",))
def from_numpy_shares_memory(torch):
    """`from_numpy` gives an untracked tensor that shares the array's memory and keeps its dtype."""
    for dtype in (torch.float64, torch.float32, torch.int64, torch.bool):
        array = torch.tensor([0, 1, 1], dtype=dtype).numpy()
        x = torch.from_numpy(array)
        array[0] = 1
        yield str(dtype), x


@case("torch.Tensor: tolist", builds_on=("tracking::leaf",))
def numbers_of_a_tracked_tensor(torch):
    """`tolist()` and `item()` of tracked tensors give Python numbers without complaint."""
    x = torch.tensor([[0.5, -1.5], [2.0, 3.25]], requires_grad=True)
    yield "tolist of a leaf", x.tolist()
    yield "tolist of a result", (x * 2).tolist()
    yield "item", x[1, 1].item()
    yield "item of a sum", x.sum().item()


@case("torch: as_tensor", builds_on=("tracking::leaf",))
def tensor_of_a_tensor(torch):
    """`as_tensor` returns the tensor itself; `torch.tensor` of one copies its values, detached, and warns."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "as_tensor is x", torch.as_tensor(x) is x
    yield "tensor", torch.tensor(x)
    yield "tensor of a list of tracked numbers", torch.tensor([x[0], x[1] * 2])
