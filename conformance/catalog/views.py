"""Views: what shares memory, and how changes in place reach the graph of base and view."""

from __future__ import annotations

from conformance import case, raises

VIEWS = "Tensor Views: Tensor Views"
IN_PLACE = "Autograd mechanics: In-place operations with autograd"


@case(VIEWS)
def which_operations_are_views(torch):
    """Changing a view changes its base; changing a copy does not."""
    operations = {
        "x[0]": lambda x: x[0],
        "x[:, 1:]": lambda x: x[:, 1:],
        "view": lambda x: x.view(6),
        "reshape": lambda x: x.reshape(3, 2),
        "t": lambda x: x.t(),
        "permute": lambda x: x.permute(1, 0),
        "diagonal": lambda x: x.diagonal(),
        "unsqueeze": lambda x: x.unsqueeze(0),
        "narrow": lambda x: x.narrow(1, 0, 2),
        "detach": lambda x: x.detach(),
        "flatten": lambda x: x.flatten(),
    }
    for name, operation in operations.items():
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        operation(x).mul_(10)
        yield name, x


@case(VIEWS, builds_on=("views::which_operations_are_views",))
def which_operations_copy(torch):
    """Indexing by masks or integer tensors, reshape of a transposed tensor, flip, repeat and clone copy."""
    operations = {
        "x[mask]": lambda x: x[x > 2],
        "x[integers]": lambda x: x[torch.tensor([0, 1])],
        "reshape of t()": lambda x: x.t().reshape(6),
        "flip": lambda x: x.flip(0),
        "repeat": lambda x: x.repeat(1, 1),
        "clone": lambda x: x.clone(),
        "diag": lambda x: x.diag(),
        "x + 0": lambda x: x + 0,
        "cat": lambda x: torch.cat([x]),
    }
    for name, operation in operations.items():
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        operation(x).mul_(10)
        yield name, x


@case(VIEWS, builds_on=("views::which_operations_are_views",))
def view_sees_a_change_of_its_base(torch):
    """A view shows what is written into its base, and into other views of it."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    column, flat = x[:, 1], x.view(6)
    x.mul_(2)
    flat[4] = -1.0
    yield "column", column
    yield "flat", flat
    yield "base", x


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def view_changed_in_place(torch):
    """Changing a view in place gives the base a CopySlices node and the view an AsStridedBackward0."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    base = x * 2
    row = base[0]
    yield "row before", row
    row.mul_(torch.tensor([10.0, -1.0, 0.5]))
    yield "row", row
    yield "base", base
    base.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def view_of_full_size_changed_in_place(torch):
    """A reshaped or transposed view that is changed in place is rewritten through strides, too."""
    gradient = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for name, make in (("view", lambda y: y.view(6)), ("t", lambda y: y.t()), ("select", lambda y: y[:, 1])):
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
        base = x * 2
        view = make(base)
        view.sin_()
        yield name, view
        yield f"base of {name}", base
        base.backward(gradient)
        yield f"gradient of {name}", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def slice_assigned(torch):
    """`y[1:] = w` is a CopySlices: the old part gets no gradient, the assigned tensor gets it."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = torch.tensor([5.0, 6.0], requires_grad=True)
    y = x * 2
    y[1:] = w * 3
    yield "y", y
    y.backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "gradient of x", x.grad
    yield "gradient of w", w.grad


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def number_assigned(torch):
    """`y[0] = 7.0` cuts the gradient of that element and no other."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * x
    y[0] = 7.0
    y[1, 1] = -3.0
    yield "y", y
    y.backward(torch.tensor([[1.0, -2.0], [0.5, 10.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def broadcast_assigned(torch):
    """What is broadcast by an assignment gets the sum of the gradients of its copies."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    w = torch.tensor(0.5, requires_grad=True)
    v = torch.tensor([[7.0], [8.0]], requires_grad=True)
    y = x * 2
    y[0] = w
    y[:, 1:] = v
    yield "y", y
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "gradient of x", x.grad
    yield "gradient of w", w.grad
    yield "gradient of v", v.grad


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def assigned_by_mask_and_by_integers(torch):
    """Assigning by a mask or by an integer tensor is an IndexPutBackward0."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    w = torch.tensor([5.0, 6.0], requires_grad=True)
    by_mask, by_integers = x * 2, x * 3
    by_mask[torch.tensor([True, False, False, True])] = w
    by_integers[torch.tensor([2, 0])] = w
    yield "by a mask", by_mask
    yield "by integers", by_integers
    by_mask.backward(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    yield "by a mask: gradient of x", x.grad
    yield "by a mask: gradient of w", w.grad
    by_integers.backward(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    yield "both: gradient of x", x.grad
    yield "both: gradient of w", w.grad


@case(IN_PLACE, builds_on=("views::slice_assigned",))
def assigned_into_a_constant(torch):
    """A constant of which a slice is assigned from a tracked tensor becomes tracked."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = torch.zeros(2, 3)
    y[0, 1:] = x
    y[1, 0] = x[0] * x[1]
    yield "y", y
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def augmented_assignment_of_a_slice(torch):
    """`y[0] *= w` multiplies the view in place and assigns it: two CopySlices, and the right gradient."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 2
    y[0] *= x[1]
    yield "y", y
    y.backward(torch.tensor([[1.0, -2.0], [0.5, 10.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def base_changed_in_place(torch):
    """After its base was changed in place, a view's graph is made anew from the base's."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    base = x * 2
    row, flat = base[0], base.view(6)
    base.mul_(x)
    yield "row", row
    yield "flat", flat
    (row * 10).backward(torch.tensor([1.0, 2.0, 3.0]), retain_graph=True)
    yield "gradient through the row", x.grad
    flat.backward(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    yield "gradient through both", x.grad


@case(IN_PLACE, builds_on=("views::base_changed_in_place",))
def view_of_a_view_changed_in_place(torch):
    """Changing a view of a view rewrites the base's graph, and every other view sees it."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    base = x * 2
    rows = base[:, 1:]
    corner = rows[1]
    corner.exp_()
    yield "corner", corner
    yield "rows", rows
    yield "base", base
    rows.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def two_views_changed_in_place(torch):
    """Two views of one base that are changed in place one after the other both stand in its graph."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    base = x * 1
    left, right = base[:3], base[1:]
    left.mul_(10)
    right.add_(left[:1])
    yield "left", left
    yield "right", right
    base.backward(torch.tensor([1.0, -1.0, 0.5, 2.0]))
    yield "base", base
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def outputs_of_unbind_refuse_in_place(torch):
    """The views that unbind, split and chunk return refuse to be changed in place, even a single one."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    yield "unbind", raises(lambda: (x * 2).unbind(0)[1].add_(1))
    yield "split", raises(lambda: (x * 2).split(1)[0].mul_(2))
    yield "chunk of one", raises(lambda: (x * 2).chunk(1)[0].mul_(2))
    yield "iteration", raises(lambda: next(iter(x * 2)).zero_())
    yield "of a leaf", raises(lambda: x.unbind(0)[0].add_(1))
    yield "of a constant", torch.tensor([[1.0, 2.0], [3.0, 4.0]]).unbind(0)[1].add_(1)


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def view_made_under_no_grad(torch):
    """A view that was made under `no_grad` refuses to be changed in place with grad mode on."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    base = x * 2
    with torch.no_grad():
        row = base[0]
    yield "row", row
    yield "add_", raises(lambda: row.add_(1))
    with torch.no_grad():
        row.add_(1)
    yield "grad_fn after a change under no_grad", raises(lambda: row.grad_fn)
    yield "base", base
    with torch.no_grad():
        leaf_row = x[0]
    yield "view of a leaf", raises(lambda: leaf_row.add_(1))


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def view_of_a_constant_written_by_a_tracked_tensor(torch):
    """Writing a tracked tensor into a view of a constant makes view and base tracked."""
    x = torch.tensor([2.5, -1.5], requires_grad=True)
    base = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    column = base[:, 0]
    column.mul_(x)
    yield "column", column
    yield "base", base
    base.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "gradient", x.grad


@case("Autograd mechanics: In-place correctness checks", builds_on=("in_place::saved_input_was_changed",))
def saved_view_is_checked_by_its_base(torch):
    """A saved view is out of date once its base, or another view of it, has been changed."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    base = x * 2
    square = base[0] ** 2
    base[1].add_(1)
    yield "another view was changed", raises(lambda: square.sum().backward())
    base = x * 2
    square = base**2
    base.view(4)[0] = 5.0
    yield "the base was changed", raises(lambda: square.sum().backward())


@case(VIEWS, builds_on=("views::which_operations_are_views",))
def strides_decide_what_view_can_do(torch):
    """`view` needs compatible strides; where `reshape` would copy it raises."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    yield "view of t()", raises(lambda: x.t().view(6))
    yield "view of columns", raises(lambda: x[:, 1:].view(4))
    yield "view of rows", x[1:].view(3, 1)
    yield "size does not fit", raises(lambda: x.view(4))
    yield "size of reshape does not fit", raises(lambda: x.reshape(4, -1))
    yield "two unknown sizes", raises(lambda: x.view(-1, -1))


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def detached_tensor_changed_in_place(torch):
    """A detached tensor shares memory and version, but a change of it leaves no node in the graph."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    y.detach()[1:].mul_(100)
    yield "y", y
    (y * y.detach()).backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def assignment_through_a_transposed_view(torch):
    """Assigning through a transposed view lands in the right elements, with the right gradient."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    w = torch.tensor([[10.0, 20.0], [30.0, 40.0]], requires_grad=True)
    y = x * 1
    y.t()[1:, :] = w
    yield "y", y
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "gradient of x", x.grad
    yield "gradient of w", w.grad
