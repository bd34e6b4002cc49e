"""Shape, strides and memory changed in place: `t_`, `squeeze_`, `resize_`, `set_`, `as_strided_`, `.data`, `detach_`."""

from __future__ import annotations

from conformance import case, raises

IN_PLACE = "Autograd mechanics: In-place operations with autograd"


def _leaf(torch):
    return torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, 3.0]], requires_grad=True)


@case("torch.Tensor: transpose_")
def transposed_in_place(torch):
    """`t_`, `transpose_` and `swapaxes_` change shape and strides, count one change and keep the memory."""
    x = torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, 3.0]])
    other = x.detach()
    yield "t_ returns", x.t_() is x
    yield "t_", (x, x.stride())
    yield "shared before", other
    x.transpose_(0, 1)
    yield "transpose_", (x, x.stride())
    x.swapaxes_(1, 0)
    yield "swapaxes_", (x, x.stride())
    other[0, 1] = 7.0
    yield "memory", x


@case(IN_PLACE, builds_on=("shape_changes_in_place::transposed_in_place",))
def transposed_result(torch):
    """A result transposed in place has the node of the transposition, and the gradient comes back in shape."""
    x = _leaf(torch)
    y = x * 2
    y.t_()
    yield "t_", y
    y.transpose_(0, 1)
    yield "transpose_", y
    y.mul_(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    y.swapdims_(0, 1)
    yield "swapdims_", y
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("shape_changes_in_place::transposed_in_place",))
def squeezed_and_unsqueezed(torch):
    """`squeeze_` and `unsqueeze_` of a result stand in its graph."""
    x = _leaf(torch)
    y = x[:, :1] * 2
    y.unsqueeze_(0)
    yield "unsqueeze_", y
    y.squeeze_()
    yield "squeeze_", y
    y.unsqueeze_(1)
    y.squeeze_(1)
    yield "squeeze_ of one dimension", y
    y.backward(torch.tensor([3.0, 5.0]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("shape_changes_in_place::transposed_in_place",))
def leaf_refuses_to_change_its_shape(torch):
    """A leaf that requires grad refuses shape changes in place, like any other change, except under `no_grad`."""
    x = _leaf(torch)
    changes = {
        "t_": lambda: x.t_(),
        "transpose_": lambda: x.transpose_(0, 1),
        "squeeze_": lambda: x.squeeze_(),
        "unsqueeze_": lambda: x.unsqueeze_(0),
        "as_strided_": lambda: x.as_strided_((2, 2), (2, 1)),
    }
    for name, change in changes.items():
        yield name, raises(change)
    yield "x", x
    with torch.no_grad():
        x.t_()
    yield "under no_grad", x


@case(IN_PLACE, builds_on=("shape_changes_in_place::transposed_in_place",))
def view_changes_its_shape(torch):
    """A view that is transposed in place stays a view of its base; base and view have their histories."""
    x = _leaf(torch)
    y = x * 2
    part = y[:, 1:]
    part.t_()
    yield "view", part
    yield "base", y
    yield "is a view", (part._is_view(), part._base is y)
    part.mul_(10)
    yield "base after a write", y
    part.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("shape_changes_in_place::transposed_in_place",))
def views_of_a_transposed_base(torch):
    """Views made before the base was transposed in place keep their elements."""
    x = _leaf(torch)
    y = x * 2
    row = y[0]
    y.t_()
    yield "row", row
    yield "new row", y[0]
    yield "base", y


@case(IN_PLACE, builds_on=("shape_changes_in_place::transposed_in_place",))
def saved_and_transposed(torch):
    """A tensor that was saved and then transposed in place makes `backward` refuse."""
    x = _leaf(torch)
    y = x * 2
    z = y.sin()
    y.t_()
    yield "backward", raises(lambda: z.sum().backward())


@case(IN_PLACE, builds_on=("shape_changes_in_place::transposed_in_place",))
def strided_in_place(torch):
    """`as_strided_` looks at the same memory with other sizes and strides."""
    x = torch.tensor([1.5, -2.0, 0.5, 4.0, 0.25, 3.0])
    x.as_strided_((2, 2), (3, 1), 1)
    yield "constant", (x, x.stride(), x.storage_offset())
    w = _leaf(torch)
    y = w * 2
    y.as_strided_((3,), (2,), 1)
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient", w.grad
    yield "beyond the memory", raises(lambda: x.as_strided_((9,), (1,)))


@case("torch.Tensor: transpose_")
def wrong_dimensions_in_place(torch):
    """Shape changes in place refuse wrong dimensions as their functions do."""
    x = torch.zeros(2, 3, 1)
    yield "t_", raises(lambda: x.t_())
    yield "transpose_", raises(lambda: x.transpose_(0, 3))
    yield "squeeze_", raises(lambda: x.squeeze_(3))
    yield "unsqueeze_", raises(lambda: x.unsqueeze_(5))
    yield "x", x


@case("torch.Tensor: resize_")
def resized(torch):
    """`resize_` changes the sizes: memory is kept, and made if there is too little."""
    x = torch.tensor([1.5, -2.0, 0.5, 4.0, 0.25, 3.0])
    yield "returns", x.resize_(2, 2) is x
    yield "smaller", x
    x.resize_(2, 3)
    yield "larger again", x
    yield "as", torch.tensor([1.5, -2.0, 0.5, 4.0]).resize_as_(torch.zeros(2, 2))
    y = torch.tensor([1.5, -2.0])
    y.resize_(3, 2)
    yield "sizes", tuple(y.shape)
    yield "what was there", y[0]
    yield "negative", raises(lambda: y.resize_(-1, 2))


@case("torch.Tensor: resize_", builds_on=("shape_changes_in_place::resized",))
def resize_refuses_what_requires_grad(torch):
    """`resize_` of a tensor that requires grad is refused, also under `no_grad`."""
    x = _leaf(torch)
    yield "leaf", raises(lambda: x.resize_(3, 2))
    yield "result", raises(lambda: (x * 2).resize_(6))
    with torch.no_grad():
        yield "under no_grad", raises(lambda: x.resize_(6))
    yield "detached", x.detach().resize_(3, 2)
    yield "x", x


@case("torch.Tensor: set_")
def set_to_another(torch):
    """`set_` makes a tensor look at another's memory."""
    x, y = torch.tensor([1.5, -2.0]), torch.tensor([[0.5, 4.0, 3.0]])
    yield "returns", x.set_(y) is x
    yield "x", x
    x.mul_(2)
    yield "shared", y
    yield "types", raises(lambda: x.set_(torch.tensor([1, 2])))
    yield "leaf", raises(lambda: _leaf(torch).set_(torch.zeros(2)))


@case("torch.Tensor: data", builds_on=("detaching::data_assigned",))
def data_of_another_shape(torch):
    """Assigning `.data` may change the shape; the gradient that was there must be replaced before it is used."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x * x).sum().backward()
    x.data = torch.tensor([[0.5, 4.0, 3.0]])
    yield "x", x
    yield "old gradient", x.grad
    x.grad = None
    (x * x).sum().backward()
    yield "new gradient", x.grad


@case("torch.Tensor: data", builds_on=("detaching::data_assigned",))
def data_of_another_type(torch):
    """Assigning `.data` of another type changes the type, except where the tensor requires grad and integers arrive."""
    x = torch.tensor([1.5, -2.0])
    x.data = torch.tensor([3, 4])
    yield "integers into a constant", x
    leaf = torch.tensor([1.5, -2.0], requires_grad=True)
    leaf.data = torch.tensor([3.5, 4.5], dtype=torch.float64)
    yield "float64 into a leaf", leaf
    yield "integers into a leaf", raises(lambda: setattr(leaf, "data", torch.tensor([3, 4])))
    yield "no tensor", raises(lambda: setattr(leaf, "data", [1.0, 2.0]))
    yield "None", raises(lambda: setattr(leaf, "data", None))
    yield "deleted", raises(lambda: delattr(leaf, "data"))


@case("torch.Tensor: data", builds_on=("detaching::data_has_its_own_version",))
def data_of_a_result(torch):
    """`.data` of a result is a constant over its memory, and assigning it changes what follows, not the graph."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = y * y
    yield "data", y.data
    y.data = torch.tensor([10.0, 100.0])
    yield "y", y
    yield "version", y._version
    (z + y).backward(torch.tensor([1.0, 2.0]))
    yield "gradient", x.grad


@case("torch.Tensor: data", builds_on=("detaching::data_has_its_own_version",))
def data_shared_with_another(torch):
    """After `x.data = y`, both share memory but not the version."""
    x, y = torch.tensor([1.5, -2.0], requires_grad=True), torch.tensor([3.0, 4.0])
    x.data = y
    y.mul_(2)
    yield "x", x
    yield "y", y
    with torch.no_grad():
        x.add_(1)
    yield "y after x was changed", y


@case("torch.Tensor: data", builds_on=("detaching::data_assigned",))
def data_assigned_keeps_old_views(torch):
    """Views and detached tensors made before `.data` was assigned keep the old memory."""
    x = torch.tensor([1.5, -2.0])
    part, detached = x[1:], x.detach()
    x.data = torch.tensor([7.0, 8.0])
    x.mul_(2)
    yield "x", x
    yield "view", part
    yield "detached", detached


@case("torch.Tensor: detach_", builds_on=("detaching::detach_in_place",))
def detached_in_place(torch):
    """`detach_()` makes a result a leaf, which may require grad anew; what was computed before keeps its graph."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = y * torch.tensor([4.0, 5.0])
    y.detach_()
    yield "y", y
    y.requires_grad_()
    yield "leaf", y
    (z + y).backward(torch.tensor([1.0, 2.0]))
    yield "gradient of x", x.grad
    yield "gradient of y", y.grad


@case("torch.Tensor: detach_", builds_on=("detaching::detach_in_place",))
def detached_in_place_in_other_modes(torch):
    """`detach_()` detaches under `no_grad`, too, but does nothing in inference mode."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y, z = x * 3, x * 5
    with torch.no_grad():
        y.detach_()
    yield "under no_grad", y
    with torch.inference_mode():
        z.detach_()
    yield "in inference mode", z


@case("torch.Tensor: detach_", builds_on=("detaching::detach_in_place",))
def base_detached_in_place(torch):
    """After `detach_()` of a base, its views keep the graph they had."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    part = y[1:]
    y.detach_()
    yield "base", y
    yield "view", part
    part.backward(torch.tensor([2.0]))
    yield "gradient", x.grad


@case("torch.Tensor: requires_grad_", builds_on=("in_place::constant_becomes_tracked",))
def requires_grad_after_changes(torch):
    """A constant that was changed in place may require grad, and counts on from its version."""
    x = torch.tensor([1.5, -2.0])
    x.add_(1)
    x.requires_grad_()
    yield "x", x
    (x * x).sum().backward()
    yield "gradient", x.grad
    yield "integers", raises(lambda: torch.tensor([1, 2]).requires_grad_())
    yield "a result", (x * 2).requires_grad_().is_leaf
    yield "a result, off", raises(lambda: (x * 2).requires_grad_(False))
