"""Which views may be changed in place, and which refuse: of leaves, of several outputs, made in other modes."""

from __future__ import annotations

from conformance import case, raises

IN_PLACE = "Autograd mechanics: In-place operations with autograd"
VIEWS = "Tensor Views: Tensor Views"


def _tracked(torch):
    return torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, 3.0]], requires_grad=True) * 1


def _leaf(torch):
    return torch.tensor([[1.5, -2.0, 0.5], [4.0, 0.25, 3.0]], requires_grad=True)


@case(VIEWS, builds_on=("views::which_operations_are_views",))
def base_and_is_view(torch):
    """`_base` is the tensor at the root of all views, `_is_view()` tells views from others."""
    x = torch.tensor([[1.5, -2.0], [4.0, 0.25]])
    yield "x", (x._base is None, x._is_view())
    for name, view in {
        "row": x[0],
        "element of a row": x[0][1],
        "view": x.view(4),
        "transposed view of a slice": x[:, 1:].t(),
        "unbind": x.unbind(0)[1],
        "split": x.split(1)[0],
        "expanded": x.expand(3, 2, 2),
        "alias": x[...],
    }.items():
        yield name, (view._base is x, view._is_view())
    for name, other in {
        "detached": x.detach(),
        "data": x.data,
        "clone": x.clone(),
        "by mask": x[x > 0],
        "copied by reshape": x.t().reshape(4),
        "contiguous": x.contiguous(),
    }.items():
        yield name, (other._base is None, other._is_view())


@case(VIEWS, builds_on=("in_place_views::base_and_is_view",))
def detached_view_has_no_base(torch):
    """What is detached from a view is no view, though it shares memory and version with the base."""
    x = torch.tensor([[1.5, -2.0], [4.0, 0.25]], requires_grad=True)
    detached = x[1].detach()
    yield "is a view", detached._is_view()
    detached.mul_(2)
    yield "x", x
    yield "view of what was detached", detached[0]._base is detached


@case(VIEWS, builds_on=("in_place_views::base_and_is_view",))
def is_leaf_of_views(torch):
    """Views of constants are leaves, views of what requires grad are not, unless made under `no_grad`."""
    constant, leaf = torch.tensor([1.5, 2.0]), torch.tensor([1.5, 2.0], requires_grad=True)
    yield "of a constant", constant[0:1]
    yield "of a leaf", leaf[0:1]
    with torch.no_grad():
        made = leaf[0:1]
    yield "made under no_grad", made
    yield "its base", made._base is leaf
    constant[0:1].mul_(leaf[1])
    yield "of a constant that became tracked", constant[0:1]


@case(IN_PLACE, builds_on=("in_place::view_of_a_leaf_refuses_in_place",))
def views_of_views_of_a_leaf_refuse(torch):
    """However deep the view, a leaf behind it refuses the change; the leaf's own refusal has another message."""
    x = _leaf(torch)
    yield "element of a row", raises(lambda: x[0][1].add_(1))
    yield "view of a transposed view", raises(lambda: x.t()[1:].mul_(2))
    yield "assignment", raises(lambda: x[0].__setitem__(0, 1.0))
    yield "assignment to a column", raises(lambda: x.__setitem__((slice(None), 0), 1.0))
    yield "assignment of the whole", raises(lambda: x.__setitem__(slice(None), 1.0))
    yield "assignment by mask", raises(lambda: x.__setitem__(x > 1, 1.0))
    yield "x", x


@case(IN_PLACE, builds_on=("in_place::leaf_refuses_in_place",))
def constant_operand_does_not_help_a_leaf(torch):
    """A leaf refuses whatever the operand; a constant leaf accepts, and refuses once it requires grad."""
    x = torch.tensor([1.5, -2.0])
    x.add_(1)
    yield "constant", x
    x.requires_grad_()
    yield "after requires_grad_", raises(lambda: x.add_(1))
    yield "view after requires_grad_", raises(lambda: x[0:1].add_(1))
    x.requires_grad_(False)
    x.add_(1)
    yield "after requires_grad_(False)", x


@case(IN_PLACE, builds_on=("in_place::leaf_refuses_in_place",))
def leaf_refuses_by_name(torch):
    """The names of in-place operations that a leaf refuses."""
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    other, mask, index = torch.tensor([2.0, 3.0]), torch.tensor([True, False]), torch.tensor([1])
    changes = {
        "sub_": lambda: x.sub_(other),
        "div_": lambda: x.div_(other),
        "pow_": lambda: x.pow_(2),
        "neg_": lambda: x.neg_(),
        "clamp_": lambda: x.clamp_(0.3),
        "sqrt_": lambda: x.sqrt_(),
        "tanh_": lambda: x.tanh_(),
        "masked_fill_": lambda: x.masked_fill_(mask, 0.75),
        "index_put_": lambda: x.index_put_((index,), other[0]),
        "index_fill_": lambda: x.index_fill_(0, index, 0.75),
        "index_add_": lambda: x.index_add_(0, index, other[:1]),
        "index_copy_": lambda: x.index_copy_(0, index, other[:1]),
        "scatter_": lambda: x.scatter_(0, index, 0.75),
        "scatter_add_": lambda: x.scatter_add_(0, index, other),
        "masked_scatter_": lambda: x.masked_scatter_(mask, other),
        "normal_": lambda: x.normal_(),
        "uniform_": lambda: x.uniform_(),
    }
    for name, change in changes.items():
        yield name, raises(change)
    yield "x", x


@case(IN_PLACE, builds_on=("views::outputs_of_unbind_refuse_in_place",))
def several_outputs_refuse(torch):
    """The refusal names the function and the output."""
    functions = {
        "unbind": lambda y: y.unbind(1),
        "split": lambda y: y.split(2, dim=1),
        "split with sizes": lambda y: y.split([1, 2], dim=1),
        "chunk": lambda y: y.chunk(2, dim=1),
        "iteration": lambda y: list(y.t()),
    }
    for name, function in functions.items():
        parts = function(_tracked(torch))
        yield f"first of {name}", raises(lambda parts=parts: parts[0].add_(1))
        yield f"last of {name}", raises(lambda parts=parts: parts[-1].zero_())


@case(IN_PLACE, builds_on=("in_place_views::several_outputs_refuse",))
def base_of_several_outputs_changed(torch):
    """Once the base of several views was changed, those views can no longer be used; they say why."""
    x = _leaf(torch)
    y = x * 1
    one, two = y.split([1, 2], dim=1)
    y.mul_(3)
    yield "base", y
    yield "grad_fn", raises(lambda: one.grad_fn)
    yield "use", raises(lambda: two * 2)
    yield "view", raises(lambda: two.t())
    yield "change", raises(lambda: one.add_(1))
    yield "requires_grad", one.requires_grad
    yield "text", raises(lambda: repr(one))
    yield "detached", one.detach()
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place_views::several_outputs_refuse",))
def view_of_one_of_several_outputs(torch):
    """A view of one of several views refuses as well, by its own function's name."""
    y = _tracked(torch)
    row = y.unbind(0)[1]
    yield "view", raises(lambda: row.view(3).add_(1))
    yield "slice", raises(lambda: row[1:].mul_(2))
    yield "element", raises(lambda: row[1].zero_())
    yield "assignment", raises(lambda: row.__setitem__(0, 5.0))
    yield "base", row[1:]._base is y


@case(IN_PLACE, builds_on=("in_place_views::several_outputs_refuse",))
def several_outputs_of_a_constant(torch):
    """Several views of a constant may be changed by constants, but not by what is tracked."""
    x = torch.tensor([[1.5, -2.0], [4.0, 0.25]])
    one, two = x.unbind(0)
    one.mul_(2)
    yield "by a constant", x
    yield "by a tracked tensor", raises(lambda: two.mul_(_leaf(torch)[0, :2]))
    yield "x", x


@case(IN_PLACE, builds_on=("in_place_views::several_outputs_refuse",))
def several_outputs_changed_under_no_grad(torch):
    """Under `no_grad` several outputs may be changed, but their history is lost then; the base keeps its own."""
    x = _leaf(torch)
    y = x * 2
    one, two = y.unbind(0)
    with torch.no_grad():
        one.add_(10)
    yield "base", y
    yield "changed view", raises(lambda: one.grad_fn)
    yield "other view", raises(lambda: two * 2)
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place_views::several_outputs_refuse",))
def tensor_split_may_be_changed(torch):
    """The outputs of tensor_split, hsplit and vsplit are slices, which may be changed."""
    x = _leaf(torch)
    y = x * 2
    one, two = y.tensor_split(2, dim=1)
    yield "tensor_split", (one, two)
    two.mul_(5)
    yield "base", y
    yield "other", one
    first, second = y.vsplit(2)
    first.add_(torch.tensor([1.0, 2.0, 3.0]))
    yield "vsplit", (first, second)
    parts = y.hsplit([1, 2])
    parts[1].neg_()
    yield "hsplit", parts
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place_views::several_outputs_refuse",))
def unsafe_split_gives_no_views(torch):
    """The outputs of unsafe_split and unsafe_chunk count as tensors of their own, and may be changed."""
    x = _leaf(torch)
    parts = (x * 2).unsafe_split(2, dim=1)
    yield "parts", parts
    yield "is a view", parts[0]._is_view()
    parts[0].mul_(3)
    yield "changed", parts
    (parts[0].sum() * 2 + parts[1].sum()).backward()
    yield "gradient", x.grad
    yield "unsafe_chunk", x.unsafe_chunk(2)


@case(IN_PLACE, builds_on=("views::view_made_under_no_grad",))
def kinds_of_views_made_under_no_grad(torch):
    """Every view made under `no_grad` refuses to be changed where grad mode is on, whoever made it."""
    y = _tracked(torch)
    with torch.no_grad():
        views = {
            "row": y[0],
            "transposed": y.t(),
            "view of a view": y.view(6)[2:],
            "one of several": y.unbind(1)[1],
            "detached": y.detach(),
        }
    for name, view in views.items():
        yield name, raises(lambda view=view: view.add_(1))


@case(IN_PLACE, builds_on=("views::view_made_under_no_grad",))
def view_of_a_constant_made_under_no_grad(torch):
    """A view of a constant made under `no_grad` may be changed by constants, not by what is tracked."""
    x, leaf = torch.tensor([1.5, -2.0, 0.5]), torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        part = x[1:]
    part.add_(1)
    yield "by a constant", x
    yield "by a tracked tensor", raises(lambda: part.mul_(leaf))
    yield "through a view of it", raises(lambda: part[0:1].mul_(leaf))
    x.mul_(leaf)
    yield "the base may", x
    yield "the view is lost then", raises(lambda: part.grad_fn)


@case(IN_PLACE, builds_on=("views::view_made_under_no_grad",))
def base_changed_after_a_view_under_no_grad(torch):
    """A view made under `no_grad` whose base was changed later refuses to be used, and prints as invalid."""
    x = _leaf(torch)
    y = x * 1
    with torch.no_grad():
        row = y[1]
    yield "before", row
    y.mul_(2)
    yield "grad_fn", raises(lambda: row.grad_fn)
    yield "requires_grad", row.requires_grad
    yield "is_leaf", raises(lambda: row.is_leaf)
    yield "use", raises(lambda: row * 2)
    yield "change", raises(lambda: row.add_(1))
    yield "text", repr(row)
    with torch.no_grad():
        yield "use under no_grad", row * 2
    yield "detached", row.detach()


@case(IN_PLACE, builds_on=("views::view_made_under_no_grad",))
def recorded_view_of_a_view_made_under_no_grad(torch):
    """A recorded view of a view made under `no_grad` refuses as well, and names its own function."""
    y = _tracked(torch)
    with torch.no_grad():
        row = y[1]
    part = row[1:]
    yield "view", part
    yield "changed", raises(lambda: part.mul_(2))
    y.mul_(2)
    yield "after the base was changed", raises(lambda: part.grad_fn)
    with torch.no_grad():
        yield "under no_grad", part.add_(1).tolist()


@case(IN_PLACE, builds_on=("views::view_made_under_no_grad",))
def view_and_change_both_under_no_grad(torch):
    """View and change both under `no_grad` are not recorded: the base keeps its graph and gets a new version."""
    x = _leaf(torch)
    y = x * 2
    with torch.no_grad():
        y[0].mul_(10)
        y[1] = torch.tensor([7.0, 8.0, 9.0])
    yield "y", y
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("views::view_made_under_no_grad",))
def parameter_rows_under_no_grad(torch):
    """Rows of a leaf may be assigned under `no_grad`; the leaf stays one, and counts the changes."""
    x = _leaf(torch)
    with torch.no_grad():
        x[0] = torch.tensor([7.0, 8.0, 9.0])
        x[:, 2] *= 2
        x.t()[1].add_(1)
    yield "x", x
    (x * x).sum().backward()
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place_views::is_leaf_of_views",))
def view_follows_its_base(torch):
    """A view of a constant requires grad as soon as its base does, without a history of its own."""
    x = torch.tensor([1.5, -2.0, 0.5])
    part = x[1:]
    x.requires_grad_()
    yield "view", part
    yield "change", raises(lambda: part.add_(1))
    (part * torch.tensor([2.0, 3.0])).sum().backward()
    yield "gradient of the base", x.grad
    with torch.no_grad():
        x.add_(1)
    yield "after a change", part
    (part * torch.tensor([2.0, 3.0])).sum().backward()
    yield "gradient then", x.grad


@case(IN_PLACE, builds_on=("in_place_views::view_follows_its_base",))
def outdated_view_follows_its_base(torch):
    """A view of a changed constant is found by strides once the base requires grad; one of `no_grad` is lost."""
    x = torch.tensor([1.5, -2.0, 0.5])
    part = x[1:]
    with torch.no_grad():
        other = x[:2]
    x.mul_(2)
    x.requires_grad_()
    yield "view", part
    yield "made under no_grad", raises(lambda: other.grad_fn)
    x.requires_grad_(False)
    yield "base no longer requires grad", part.requires_grad


@case(IN_PLACE, builds_on=("in_place_views::view_follows_its_base",))
def view_made_under_no_grad_becomes_a_leaf(torch):
    """A view made under `no_grad` that is asked to require grad is a leaf of its own, which gets the gradient."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    with torch.no_grad():
        part = x[1:]
    part.requires_grad_()
    (part * torch.tensor([2.0, 3.0])).sum().backward()
    yield "view", part
    yield "gradient of the view", part.grad
    yield "gradient of the base", x.grad
