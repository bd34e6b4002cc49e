"""`unfold`: windows along a dimension, which are views and share elements where they overlap."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch.Tensor: Tensor.unfold"


def row(torch, **options):
    """Seven numbers."""
    return torch.tensor([1.0, -2.0, 3.5, 0.5, -1.5, 4.0, 2.5], **options)


@case(PAGE)
def windows_of_a_row(torch):
    """Windows of a size begin at every step; what does not fill one is left out."""
    for size, step in ((3, 1), (3, 2), (2, 4), (7, 1), (1, 3), (0, 2)):
        yield f"{size}, {step}", row(torch).unfold(0, size, step)


@case(PAGE, builds_on=("windows::windows_of_a_row",))
def windows_along_a_dimension(torch):
    """The windows stand in the place of the dimension, their elements in a new last one."""
    x = torch.arange(24.0).reshape(2, 3, 4)
    for dim in (0, 1, -1):
        found = x.unfold(dim, 2, 1)
        yield f"dimension {dim}", found
        yield f"strides {dim}", found.stride()


@case(PAGE, builds_on=("windows::windows_of_a_row",))
def windows_are_views(torch):
    """Windows see changes of the tensor, and a change of one window shows in those that overlap it."""
    x = row(torch)
    windows = x.unfold(0, 3, 2)
    x[2] = 10.0
    yield "after a change of the tensor", windows
    windows[0, 2] = -7.0
    yield "after a change of a window", windows
    yield "tensor", x
    yield "base", (windows._is_view(), windows._base is x, windows.storage_offset())


@case(PAGE, builds_on=("windows::windows_of_a_row",))
def gradients_of_windows(torch):
    """An element gets the gradients of all the windows that it is in; what no window has gets zero."""
    x = row(torch, requires_grad=True)
    windows = x.unfold(0, 3, 2)
    yield "node", windows.grad_fn.name()
    windows.backward(torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0], [100.0, 200.0, 300.0]]))
    yield "overlapping", x.grad
    y = row(torch, requires_grad=True)
    y.unfold(0, 2, 3).backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "with gaps", y.grad


@case(PAGE, builds_on=("windows::gradients_of_windows",))
def windows_of_windows(torch):
    """Patches of an image are windows of windows; each pixel counts as often as it is in one."""
    image = torch.arange(16.0).reshape(4, 4).requires_grad_()
    patches = image.unfold(0, 3, 1).unfold(1, 3, 1)
    yield "sizes", patches.shape
    weights = torch.arange(1.0, 10.0).reshape(3, 3)
    (patches * weights).sum().backward()
    yield "gradient", image.grad


@case(PAGE, builds_on=("windows::gradients_of_windows",))
def windows_twice_differentiated(torch):
    """The gradient of windows can be differentiated, as it is windows again."""
    x = row(torch, requires_grad=True)
    windows = x.unfold(0, 2, 2)
    (first,) = torch.autograd.grad((windows**3).sum(), [x], create_graph=True)
    yield "first", first
    (second,) = torch.autograd.grad(first.sum(), [x])
    yield "second", second


@case(PAGE, builds_on=("windows::windows_are_views",))
def windows_of_a_slice_changed_in_place(torch):
    """Windows of a part of a tensor lie where the part lies, also after the tensor was changed in place."""
    leaf = row(torch, requires_grad=True)
    x = leaf * 1
    part = x[2:]
    windows = part.unfold(0, 2, 3)
    x.mul_(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]))
    yield "windows", windows
    windows.sum().backward()
    yield "gradient", leaf.grad


@case(PAGE, builds_on=("windows::gradients_of_windows",))
def windows_in_forward_mode(torch):
    """The tangent of windows is the windows of the tangent."""
    tangent = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0])
    yield "tangent", torch.func.jvp(lambda x: x.unfold(0, 3, 2), (row(torch),), (tangent,))[1]


@case(PAGE)
def windows_refused(torch):
    """A window larger than the dimension, a step of zero and a dimension that is not there are refused."""
    x = row(torch)
    yield "too large", raises(lambda: x.unfold(0, 8, 1))
    yield "no step", raises(lambda: x.unfold(0, 2, 0))
    yield "negative step", raises(lambda: x.unfold(0, 2, -1))
    yield "negative size", raises(lambda: x.unfold(0, -1, 1))
    yield "no such dimension", raises(lambda: x.unfold(1, 2, 1))


@case(PAGE)
def windows_of_a_number(torch):
    """A tensor without dimensions has one window of one element."""
    x = torch.tensor(2.5, requires_grad=True)
    windows = x.unfold(0, 1, 1)
    yield "windows", windows
    windows.backward(torch.tensor([3.0]))
    yield "gradient", x.grad
