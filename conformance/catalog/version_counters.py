"""Version counters: what counts as a change, who shares the counter, and which saved tensors refuse a change."""

from __future__ import annotations

from conformance import case, raises

CHECKS = "Autograd mechanics: In-place correctness checks"


def _matrix(torch):
    return torch.tensor([[1.5, 0.25], [0.75, 3.0]], requires_grad=True)


def _refusals(torch, operations):
    """What `backward` says after the operand of each operation was changed."""
    for name, operation in operations.items():
        x = _matrix(torch) * 1
        y = operation(x)
        x.mul_(2)
        yield name, raises(lambda y=y: y.sum().backward())


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def functions_that_save_their_input(torch):
    """Functions whose derivative needs the input refuse `backward` once it was changed."""
    names = (
        "sin",
        "cos",
        "sinh",
        "cosh",
        "log",
        "log2",
        "log10",
        "log1p",
        "abs",
        "square",
        "asin",
        "acos",
        "atan",
    )
    for name in names:
        x = torch.tensor([0.5, 0.25, 0.75], requires_grad=True) * 1
        y = getattr(torch, name)(x)
        x.mul_(0.5)
        yield name, raises(lambda y=y: y.backward(torch.tensor([1.0, -2.0, 3.0])))


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def functions_that_save_nothing_of_the_input(torch):
    """Functions whose derivative does not need the input allow it to be changed before `backward`."""
    incoming = torch.tensor([1.0, -2.0, 3.0])
    functions = {
        "exp": lambda x: x.exp(),
        "sqrt": lambda x: x.sqrt(),
        "tanh": lambda x: x.tanh(),
        "sigmoid": lambda x: x.sigmoid(),
        "relu": lambda x: x.relu(),
        "neg": lambda x: -x,
        "add": lambda x: x + 2.5,
        "mul by a number": lambda x: x * 2.5,
        "softmax": lambda x: x.softmax(0),
        "cumsum": lambda x: x.cumsum(0),
        "clone": lambda x: x.clone(),
        "mean": lambda x: x.mean() * torch.tensor([0.5, 1.5, 2.5]),
    }
    for name, function in functions.items():
        x = torch.tensor([0.5, 0.25, 0.75], requires_grad=True)
        y = x * 1
        z = function(y)
        y.mul_(7)
        z.backward(incoming)
        yield name, x.grad


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def reductions_that_save(torch):
    """prod, var, std, norm and logsumexp save their input, and check it."""
    yield from _refusals(
        torch,
        {
            "prod": lambda x: x.prod(),
            "prod over a dimension": lambda x: x.prod(dim=1),
            "var": lambda x: x.var(),
            "std over a dimension": lambda x: x.std(dim=0),
            "norm": lambda x: x.norm(),
            "norm, p=1": lambda x: x.norm(p=1),
            "logsumexp": lambda x: x.logsumexp(0),
            "amax": lambda x: x.amax(0),
            "max": lambda x: x.max(),
        },
    )


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def products_that_save(torch):
    """Products of matrices and vectors save the factors that the others' gradients need."""
    w = torch.tensor([[2.0, -1.0], [0.5, 3.0]], requires_grad=True)
    yield from _refusals(
        torch,
        {
            "mm": lambda x: x.mm(w),
            "matmul, second": lambda x: w @ x,
            "mv": lambda x: x.mv(w[0]),
            "dot": lambda x: x[0].dot(w[1]),
            "outer": lambda x: x[0].outer(w[1]),
            "bmm": lambda x: x.unsqueeze(0).bmm(w.unsqueeze(0)),
            "addmm": lambda x: torch.addmm(w, x, w),
            "linear": lambda x: torch.nn.functional.linear(x, w),
        },
    )


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def pairs_that_save(torch):
    """Quotients, powers, extremes and their like save operands, and check them."""
    w = torch.tensor([[2.0, 1.25], [0.5, 3.0]], requires_grad=True)
    yield from _refusals(
        torch,
        {
            "divisor": lambda x: w / x,
            "dividend of a tracked divisor": lambda x: x / w,
            "power": lambda x: x**w,
            "exponent": lambda x: w**x,
            "number to a power": lambda x: 2.5**x,
            "maximum": lambda x: torch.maximum(x, w),
            "minimum": lambda x: torch.minimum(w, x),
            "clamp": lambda x: x.clamp(0.5, 2.0),
            "cumprod by hand": lambda x: x[0] * x[1],
        },
    )


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def indices_and_masks_are_checked(torch):
    """Index tensors, masks and conditions that were saved must not be changed either."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    index = torch.tensor([2, 0])
    y = x[index]
    index.fill_(1)
    yield "index", raises(lambda: y.sum().backward())
    index = torch.tensor([2, 0])
    y = x.gather(0, index)
    index.fill_(1)
    yield "gather", raises(lambda: y.sum().backward())
    mask = torch.tensor([True, False, True])
    y = x.masked_fill(mask, 7.0)
    mask.fill_(False)
    yield "masked_fill", raises(lambda: y.sum().backward())
    condition = torch.tensor([True, False, True])
    y = torch.where(condition, x, x * 3)
    condition[0] = False
    yield "where", raises(lambda: y.sum().backward())
    values, places = torch.stack([x, x * 2]).max(dim=0)
    places.zero_()
    yield "indices of max", raises(lambda: values.sum().backward())
    yield "gradient", x.grad


@case(CHECKS, builds_on=("in_place::saved_output_was_changed",))
def more_results_that_must_not_be_changed(torch):
    """softmax, logsumexp, norm, prod, std and alike save their result: changing it is refused."""
    operations = {
        "softmax": lambda x: x.softmax(0),
        "log_softmax": lambda x: x.log_softmax(0),
        "logsumexp": lambda x: x.logsumexp(0),
        "norm over a dimension": lambda x: x.norm(dim=0),
        "prod": lambda x: x.prod(0),
        "std": lambda x: x.std(0),
        "amin": lambda x: x.amin(0),
        "pow of tensors": lambda x: x ** torch.tensor([[2.0, 3.0], [0.5, 1.5]], requires_grad=True),
        "number to a power": lambda x: 2.5**x,
        "exp2": lambda x: x.exp2(),
    }
    for name, operation in operations.items():
        y = operation(_matrix(torch))
        y.add_(1)
        yield name, raises(lambda y=y: y.sum().backward())


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def losses_check_what_they_saved(torch):
    """mse_loss and binary cross entropy check predictions and targets."""
    functional = torch.nn.functional
    for name, loss in {
        "mse_loss": functional.mse_loss,
        "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
    }.items():
        x = torch.tensor([0.5, -2.0], requires_grad=True) * 1
        value = loss(x, torch.tensor([0.25, 1.0]))
        x.add_(1)
        yield f"{name}: prediction", raises(value.backward)
        x = torch.tensor([0.5, -2.0], requires_grad=True)
        target = torch.tensor([0.25, 1.0])
        value = loss(x, target)
        target.mul_(2)
        yield f"{name}: target", raises(value.backward)


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def saved_attributes_are_checked(torch):
    """Reading `_saved_self` after the tensor was changed is refused as `backward` is."""
    x = torch.tensor([1.5, -2.0], requires_grad=True) * 1
    node = (x * torch.tensor([3.0, 4.0])).grad_fn
    sine = x.sin().grad_fn
    result = x.exp()
    yield "before", sine._saved_self
    yield "result before", result.grad_fn._saved_result
    x.neg_()
    result.detach().mul_(3)
    yield "input", raises(lambda: sine._saved_self)
    yield "result", raises(lambda: result.grad_fn._saved_result)
    yield "the other factor was not changed", node._saved_other
    yield "what was not needed", node._saved_self


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def changed_between_two_backwards(torch):
    """A saved tensor changed after a first `backward` is refused by the second."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 0.5])
    y = (x * w).sum()
    y.backward(retain_graph=True)
    yield "first", x.grad
    w[1] = 10.0
    yield "second", raises(lambda: y.backward(retain_graph=True))
    w[1] = 0.5
    yield "third", raises(y.backward)
    yield "gradient", x.grad


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def changed_between_backward_and_double_backward(torch):
    """What the graph of a gradient saved is checked when that graph runs."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    incoming = torch.tensor([1.0, 3.0])
    (first,) = torch.autograd.grad(x.sin(), x, incoming, create_graph=True)
    yield "first", first
    incoming.add_(1)
    yield "second", raises(lambda: torch.autograd.grad(first.sum(), x))


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def changed_at_the_same_time_as_another(torch):
    """Of several saved tensors, the refusal names the one whose node runs first."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    early, late = x * 2, x * 3
    first, second = early.sin(), late.cos()
    late.add_(1)
    late.add_(1)
    early.add_(1)
    yield "later node", raises(lambda: (first + second).sum().backward())
    yield "earlier node", raises(lambda: (first * 2).sum().backward())


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def message_of_a_tensor_with_a_version(torch):
    """The expected version is the one the tensor had when it was saved."""
    x = torch.tensor([1.5, -2.0], requires_grad=True) * 1
    x.add_(1)
    x.mul_(2)
    y = x.sin()
    x.sub_(1)
    x.sub_(1)
    x.sub_(1)
    yield "backward", raises(lambda: y.sum().backward())


@case(CHECKS, builds_on=("in_place::messages_name_what_was_changed",))
def message_names_the_view(torch):
    """A saved view is named by its own node, sizes and output."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    base = x * 1
    row, column, transposed = base[0], base[:, 1:], base.t()
    part = base.unbind(1)[1]
    results = {"row": row.sin(), "column": column.sin(), "transposed": transposed.sin(), "unbind": part.sin()}
    base.detach().mul_(2)
    for name, result in results.items():
        yield name, raises(lambda result=result: result.sum().backward())


@case(CHECKS, builds_on=("in_place::messages_name_what_was_changed",))
def message_names_types(torch):
    """The refusal names the type of tensor as in `torch.LongTensor`, also of indices, masks and leaves."""
    for dtype in (torch.float16, torch.float32, torch.float64):
        x = torch.tensor([[1.5, 2.0]], dtype=dtype, requires_grad=True)
        y = x * x
        with torch.no_grad():
            x.add_(1)
        yield f"leaf of {dtype}", raises(lambda y=y: y.sum().backward())
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    for dtype in (torch.int64, torch.int32, torch.int16, torch.uint8):
        factor = torch.tensor([3, 4], dtype=dtype)
        y = x * factor
        factor.add_(1)
        yield f"factor of {dtype}", raises(lambda y=y: y.sum().backward())


@case(CHECKS, builds_on=("in_place::version_counts_changes",))
def every_change_counts_once(torch):
    """Each in-place operation counts once, whatever it is."""
    changes = {
        "add_": lambda x: x.add_(1),
        "add_ with alpha": lambda x: x.add_(x, alpha=2),
        "sub_": lambda x: x.sub_(1),
        "mul_": lambda x: x.mul_(2),
        "div_": lambda x: x.div_(2),
        "pow_": lambda x: x.pow_(2),
        "neg_": lambda x: x.neg_(),
        "exp_": lambda x: x.exp_(),
        "clamp_": lambda x: x.clamp_(0, 1),
        "relu_": lambda x: x.relu_(),
        "sigmoid_": lambda x: x.sigmoid_(),
        "zero_": lambda x: x.zero_(),
        "fill_": lambda x: x.fill_(2.5),
        "copy_": lambda x: x.copy_(torch.tensor([4.0, 5.0])),
        "masked_fill_": lambda x: x.masked_fill_(torch.tensor([True, False]), 9.0),
        "index_put_": lambda x: x.index_put_((torch.tensor([1]),), torch.tensor([9.0])),
        "x[0] = 5": lambda x: x.__setitem__(0, 5.0),
        "x[mask] = 5": lambda x: x.__setitem__(torch.tensor([True, False]), 5.0),
        "x[:] = y": lambda x: x.__setitem__(slice(None), torch.tensor([4.0, 5.0])),
        "x[...] = 5": lambda x: x.__setitem__(Ellipsis, 5.0),
        "detach_": lambda x: x.detach_(),
        "requires_grad_": lambda x: x.requires_grad_(),
    }
    for name, change in changes.items():
        x = torch.tensor([1.5, 2.0])
        change(x)
        yield name, x._version


@case(CHECKS, builds_on=("in_place::version_counts_changes",))
def augmented_assignment_of_parts_counts(torch):
    """`x[0] += 1` counts for the view's change and for the assignment."""
    x = torch.tensor([[1.5, 2.0], [3.0, 4.0]])
    x[0] += 1
    yield "row", x
    x[0][1] *= 3
    yield "element", x
    x[x > 4] -= 2
    yield "mask", x
    x.t()[0] = 7.0
    yield "through a transposed view", x


@case(CHECKS, builds_on=("in_place::version_is_shared_with_views",))
def versions_of_new_views(torch):
    """A view made after changes starts with its base's version, and so does what is detached."""
    x = torch.tensor([[1.5, 2.0], [3.0, 4.0]])
    x.add_(1)
    x.mul_(2)
    yield "view", x.view(4)
    yield "row", x[1]
    yield "detached", x.detach()
    yield "of a view", x[1][0]
    yield "data", x.data
    yield "clone", x.clone()
    yield "unbind", x.unbind(0)
    yield "split", x.split(1)


@case(CHECKS, builds_on=("in_place::version_is_shared_with_views",))
def a_refused_change_counts_nothing(torch):
    """A change that is refused leaves the version as it is."""
    leaf = torch.tensor([[1.5, 2.0], [3.0, 4.0]], requires_grad=True)
    raises(lambda: leaf.add_(1))
    raises(lambda: leaf[0].zero_())
    yield "leaf", leaf
    x = torch.tensor([1.5, 2.0])
    raises(lambda: x.add_(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))
    raises(lambda: x.copy_(torch.tensor([1.0, 2.0, 3.0])))
    yield "shapes", x
    whole = torch.tensor([1, 2])
    raises(lambda: whole.mul_(1.5))
    yield "types", whole


@case(CHECKS, builds_on=("in_place::version_is_shared_with_views",))
def gradients_count_their_own_versions(torch):
    """Adding up gradients changes `.grad` in place, which its version shows; `zero_` counts, too."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    loss = (x * torch.tensor([3.0, 0.5])).sum()
    versions = []
    for _ in range(3):
        loss.backward(retain_graph=True)
        versions.append(x.grad._version)
    x.grad.zero_()
    versions.append(x.grad._version)
    x.grad = None
    loss.backward()
    versions.append(x.grad._version)
    yield "versions", versions
    yield "grad", x.grad


@case(CHECKS, builds_on=("in_place::version_counts_changes",))
def version_cannot_be_assigned(torch):
    """`_version` is read-only."""
    x = torch.tensor([1.5, 2.0])
    x.add_(1)
    yield "assignment", raises(lambda: setattr(x, "_version", 7))
    yield "version", x._version


@case(CHECKS, builds_on=("in_place::version_counts_changes",))
def unsafe_preserve_version_counter(torch):
    """`_unsafe_preserve_version_counter` hides changes, so that `backward` uses the changed values."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 0.5])
    w.add_(1)
    y = x * w
    with torch.autograd._unsafe_preserve_version_counter(w):
        w.mul_(10)
        yield "inside", w._version
    yield "after", w
    y.backward(torch.tensor([1.0, -2.0]))
    yield "gradient", x.grad
