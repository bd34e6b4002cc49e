"""Histories of bases and views that were written: CopySlices, AsStridedBackward0, and what flows through them."""

from __future__ import annotations

from conformance import case, raises

IN_PLACE = "Autograd mechanics: In-place operations with autograd"
WEIGHTS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def _leaf(torch):
    return torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, 3.0]], requires_grad=True)


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def view_and_base_used_after_a_write(torch):
    """After a view was written, base and view share the history: gradients through both add up."""
    x = _leaf(torch)
    y = x * 1
    row = y[0]
    row.mul_(torch.tensor([2.0, 3.0, 5.0]))
    yield "view", row
    yield "base", y
    total = (y * torch.tensor(WEIGHTS)).sum() + (row * torch.tensor([10.0, 20.0, 30.0])).sum()
    total.backward()
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def older_view_of_another_part(torch):
    """A view of another part, made before the write, gets a history through the base, with the same values."""
    x = _leaf(torch)
    y = x * 1
    column = y[:, 2]
    before = column.grad_fn
    y[:, 0].mul_(10)
    yield "before", before.name()
    yield "view", column
    column.backward(torch.tensor([1.0, 2.0]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def results_computed_before_the_write(torch):
    """What was computed before a write keeps its graph, and gives the gradient of the old values."""
    x = _leaf(torch)
    y = x * 1
    before = y * 3
    row_before = y[0] + 1
    y[0].mul_(100)
    yield "before", before
    yield "row before", row_before
    (before.sum() + row_before.sum()).backward()
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::two_views_changed_in_place",))
def alternating_writes(torch):
    """Base and view written in turn: each write stands in the graph, in its order."""
    x = _leaf(torch)
    y = x * 1
    row = y[1]
    row.mul_(2)
    y.add_(10)
    row.mul_(y[0].clone())
    y.mul_(torch.tensor(WEIGHTS))
    yield "base", y
    yield "row", row
    y.backward(torch.tensor([[1.0, -1.0, 2.0], [-2.0, 3.0, -3.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::two_views_changed_in_place",))
def overlapping_views_written(torch):
    """Two views that overlap see each other's writes, and the gradient of the shared part passes both."""
    x = _leaf(torch)
    y = x * 1
    row, column = y[0], y[:, 1]
    row.mul_(torch.tensor([2.0, 3.0, 5.0]))
    column.mul_(torch.tensor([7.0, 11.0]))
    yield "row", row
    yield "column", column
    yield "base", y
    y.backward(torch.tensor(WEIGHTS))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_of_a_view_changed_in_place",))
def deep_views(torch):
    """A write through a view of a view of a view is one CopySlices of the base."""
    x = _leaf(torch)
    y = x * 1
    outer = y.t()
    middle = outer[1:]
    inner = middle[0]
    inner.mul_(torch.tensor([10.0, 20.0]))
    yield from {"inner": inner, "middle": middle, "outer": outer, "base": y}.items()
    middle.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def view_functions_written(torch):
    """Writes through every kind of view reach the right elements, with the right gradient."""
    views = {
        "narrow": lambda y: y.narrow(1, 1, 2),
        "select": lambda y: y.select(1, 2),
        "stepped slice": lambda y: y[:, ::2],
        "permute": lambda y: y.permute(1, 0),
        "unsqueeze": lambda y: y.unsqueeze(1),
        "squeeze": lambda y: y[:1].squeeze(0),
        "diagonal": lambda y: y.diagonal(),
        "flatten": lambda y: y.flatten(),
        "alias": lambda y: y[...],
        "None": lambda y: y[None],
        "as_strided": lambda y: y.as_strided((2, 2), (2, 1), 1),
        "expand of size 1": lambda y: y[:, :1].expand(2, 1),
        "view_as": lambda y: y.view_as(torch.zeros(3, 2)),
        "unflatten by view": lambda y: y.view(2, 3, 1),
    }
    for name, view in views.items():
        x = _leaf(torch)
        y = x * 1
        part = view(y)
        part.mul_(torch.arange(2.0, 2.0 + part.numel()).reshape(part.shape))
        yield name, part
        yield f"base of {name}", y
        y.backward(torch.tensor(WEIGHTS))
        yield f"gradient of {name}", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def functions_on_views(torch):
    """A function in place on a view has its derivative there, and the base the identity elsewhere."""
    changes = {
        "exp_": lambda part: part.exp_(),
        "sigmoid_": lambda part: part.sigmoid_(),
        "neg_": lambda part: part.neg_(),
        "pow_": lambda part: part.pow_(3),
        "clamp_": lambda part: part.clamp_(0.0, 1.0),
        "zero_": lambda part: part.zero_(),
        "fill_": lambda part: part.fill_(7.0),
        "div_": lambda part: part.div_(torch.tensor([2.0, 4.0, 8.0])),
        "masked_fill_": lambda part: part.masked_fill_(torch.tensor([True, False, True]), 9.0),
        "copy_": lambda part: part.copy_(torch.tensor([7.0, 8.0, 9.0])),
    }
    for name, change in changes.items():
        x = _leaf(torch)
        y = x * 2
        change(y[0])
        yield name, y
        y.backward(torch.tensor(WEIGHTS))
        yield f"gradient of {name}", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def result_saved_on_a_view(torch):
    """`exp_` on a view saves its result: writing another part of the base makes `backward` refuse."""
    x = _leaf(torch)
    y = x * 1
    y[0].exp_()
    y.sum().backward(retain_graph=True)
    yield "gradient", x.grad
    y[1].mul_(2)
    yield "refused", raises(lambda: y.sum().backward())


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def copy_slices_as_a_node(torch):
    """CopySlices has a name of its own, and its next functions are the base before and the other inputs."""
    x, w = _leaf(torch), torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    y = x * 1
    y[0].mul_(w)
    node = y.grad_fn
    yield "name", node.name()
    yield "node", node
    yield "next functions", [(following.name(), number) for following, number in node.next_functions]
    y[1] = w
    yield "of an assignment", [(following.name(), number) for following, number in y.grad_fn.next_functions]
    y[0].zero_()
    yield "of zero_", [(following.name(), number) for following, number in y.grad_fn.next_functions]


@case(IN_PLACE, builds_on=("view_histories::copy_slices_as_a_node",))
def gradients_of_each_input_of_copy_slices(torch):
    """`autograd.grad` asks a CopySlices for one input only, or for all."""
    x, w = _leaf(torch), torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    y = x * 1
    y[0].mul_(w)
    incoming = torch.tensor(WEIGHTS)
    yield "x", torch.autograd.grad(y, x, incoming, retain_graph=True)
    yield "w", torch.autograd.grad(y, w, incoming, retain_graph=True)
    yield "both", torch.autograd.grad(y, [x, w], incoming)


@case(IN_PLACE, builds_on=("view_histories::copy_slices_as_a_node",))
def second_backward_through_copy_slices(torch):
    """A CopySlices that ran without `retain_graph` refuses to run again."""
    x, w = _leaf(torch), torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    y = x + 1
    y[0].mul_(w)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    yield "gradient", x.grad
    yield "third", raises(lambda: y.sum().backward())
    z = x + 1
    z[0].add_(w)
    z.sum().backward()
    yield "that saved nothing", raises(lambda: z.sum().backward())


@case(IN_PLACE, builds_on=("view_histories::copy_slices_as_a_node",))
def second_derivative_through_copy_slices(torch):
    """The gradient of what was written through a view can be differentiated again."""
    x, w = _leaf(torch), torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    y = x * x
    y[0].mul_(w)
    y[:, 1].pow_(2)
    first = torch.autograd.grad((y * torch.tensor(WEIGHTS)).sum(), [x, w], create_graph=True)
    yield "first of x", first[0].detach()
    yield "first of w", first[1].detach()
    second = torch.autograd.grad((first[0] * torch.tensor(WEIGHTS)).sum() + first[1].prod(), [x, w])
    yield "second", second


@case(IN_PLACE, builds_on=("views::view_of_a_constant_written_by_a_tracked_tensor",))
def constant_base_written_twice(torch):
    """A constant into whose views tracked tensors are written holds both writes, and a third by a constant."""
    w, v = torch.tensor([2.0, 3.0], requires_grad=True), torch.tensor([5.0, 7.0], requires_grad=True)
    y = torch.zeros(3, 2)
    y[0] = w
    y[1].copy_(v)
    y[2].add_(w * v)
    y[:, 0] = 1.5
    yield "y", y
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    yield "gradient of w", w.grad
    yield "gradient of v", v.grad


@case(IN_PLACE, builds_on=("views::view_of_a_constant_written_by_a_tracked_tensor",))
def other_views_of_a_constant_that_became_tracked(torch):
    """Once a view of a constant was written by a tracked tensor, the other views are tracked as well."""
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    y = torch.tensor([[1.5, -2.0], [4.0, 0.25]])
    other, overlapping = y[1], y[:, 0]
    yield "before", overlapping
    y[0].mul_(w)
    yield "other", other
    yield "overlapping", overlapping
    (overlapping * torch.tensor([10.0, 20.0])).sum().backward()
    yield "gradient", w.grad


@case(IN_PLACE, builds_on=("views::base_changed_in_place",))
def view_made_after_the_write(torch):
    """A view made after the write has its own function's node; one made before has a strided one."""
    x = _leaf(torch)
    y = x * 1
    before = y.t()
    y.mul_(3)
    after = y.t()
    yield "before", before
    yield "after", after
    (before * after).backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::base_changed_in_place",))
def base_overwritten(torch):
    """Views of a base that was overwritten lead to what it was overwritten with."""
    x, w = _leaf(torch), torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    y = x * 1
    row = y[1]
    y.copy_(w)
    yield "copied", row
    row.backward(torch.tensor([1.0, 2.0, 3.0]), retain_graph=True)
    yield "gradient of w", w.grad
    y.zero_()
    yield "zeroed", row
    row.backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient of x", x.grad


@case(IN_PLACE, builds_on=("views::base_changed_in_place",))
def base_changed_under_no_grad(torch):
    """A base changed under `no_grad` keeps its graph, and its views are found anew from it."""
    x = _leaf(torch)
    y = x * 2
    row = y[0]
    with torch.no_grad():
        y.mul_(10)
    yield "base", y
    yield "view", row
    row.backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::base_changed_in_place",))
def view_of_a_leaf_after_a_step(torch):
    """A view of a leaf that was changed under `no_grad` leads to the leaf by strides."""
    x = _leaf(torch)
    row, flat = x[0], x.view(6)
    with torch.no_grad():
        x.sub_(0.5)
    yield "row", row
    yield "flat", flat
    (row * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::base_changed_in_place",))
def written_through_detach(torch):
    """A write through `detach()` leaves the graph, and views of the base are found anew all the same."""
    x = _leaf(torch)
    y = x * 2
    row = y[0]
    y.detach()[0].add_(1)
    yield "base", y
    yield "view", row
    row.backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::base_changed_in_place",))
def loop_that_fills_rows(torch):
    """Rows filled one after the other from what stands before them: a recurrence in one tensor."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([[0.5, 1.0], [-1.0, 0.25]], requires_grad=True)
    states = torch.zeros(4, 2)
    states[0] = x
    for step in range(3):
        states[step + 1] = (states[step].clone() @ w).tanh()
    yield "states", states
    states.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]))
    yield "gradient of x", x.grad
    yield "gradient of w", w.grad


@case(IN_PLACE, builds_on=("views::base_changed_in_place",))
def loop_without_clone_is_refused(torch):
    """Without a clone, the row that was saved is changed by the next write, and `backward` refuses."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([[0.5, 1.0], [-1.0, 0.25]], requires_grad=True)
    states = torch.zeros(3, 2)
    states[0] = x
    for step in range(2):
        states[step + 1] = states[step] @ w
    yield "backward", raises(lambda: states.sum().backward())


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def retained_gradient_of_a_base(torch):
    """A base that retains its gradient keeps that of its value after a view was written."""
    x = _leaf(torch)
    y = x * 1
    y.retain_grad()
    y[0].mul_(torch.tensor([2.0, 3.0, 5.0]))
    y.backward(torch.tensor(WEIGHTS))
    yield "of the base", y.grad
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def requires_grad_of_a_written_base(torch):
    """A tracked base of a written view is no leaf: its requires_grad cannot be turned off."""
    y = torch.zeros(2, 2)
    y[0] = torch.tensor([2.0, 3.0], requires_grad=True)
    yield "leaf", y.is_leaf
    yield "turned off", raises(lambda: y.requires_grad_(False))
    row = y[1]
    yield "view", raises(lambda: row.requires_grad_(False))
    yield "detached", y.detach_() is y
    yield "after detach_", y


@case(IN_PLACE, builds_on=("views::view_changed_in_place",))
def written_view_with_broadcasting(torch):
    """A view written by a broadcast operand, of another type, reduces the operand's gradient."""
    x = _leaf(torch)
    scale = torch.tensor([[2.0], [3.0]], dtype=torch.float64, requires_grad=True)
    y = x * 1
    y[:, 1:].mul_(scale)
    yield "base", y
    y.backward(torch.tensor(WEIGHTS))
    yield "gradient", x.grad
    yield "gradient of the factor", scale.grad
