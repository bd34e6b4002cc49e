"""Operations in place: versions, what is refused, and the gradients of what is allowed."""

from __future__ import annotations

from conformance import case, raises

CHECKS = "Autograd mechanics: In-place correctness checks"
IN_PLACE = "Autograd mechanics: In-place operations with autograd"


@case(CHECKS)
def version_counts_changes(torch):
    """Each in-place operation adds 1 to `_version`; what makes a new tensor does not."""
    x = torch.tensor([1.5, -2.0, 0.5])
    versions = [x._version]
    x.add_(1)
    versions.append(x._version)
    x[0] = 5.0
    versions.append(x._version)
    x *= 2
    versions.append(x._version)
    x + 1
    x.exp()
    versions.append(x._version)
    yield "versions", versions
    yield "x", x
    yield "of a result", (x + 1)._version


@case(CHECKS, builds_on=("in_place::version_counts_changes",))
def version_is_shared_with_views(torch):
    """A view and what was detached share the version with their base; a clone has its own."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]])
    row, flat, detached, clone = x[0], x.view(4), x.detach(), x.clone()
    row.mul_(2)
    flat[3] = 7.0
    detached.add_(1)
    yield "base", x
    yield "row", row
    yield "detached", detached
    yield "clone", clone


@case(CHECKS, builds_on=("in_place::version_counts_changes",))
def version_of_a_leaf_under_no_grad(torch):
    """A leaf that is changed under `no_grad` or through `data` stays a leaf; only the former counts."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    with torch.no_grad():
        x -= torch.tensor([0.5, 1.0])
    yield "under no_grad", x
    x.data.mul_(2)
    yield "through data", x
    x.data = torch.tensor([7.0, 8.0])
    yield "data assigned", x


@case(IN_PLACE)
def leaf_refuses_in_place(torch):
    """A leaf that requires grad refuses every in-place operation, and keeps its value."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    yield "add_", raises(lambda: x.add_(1))
    yield "mul_", raises(lambda: x.mul_(torch.tensor([2.0, 3.0])))
    yield "zero_", raises(lambda: x.zero_())
    yield "copy_", raises(lambda: x.copy_(torch.tensor([2.0, 3.0])))
    yield "exp_", raises(lambda: x.exp_())
    yield "fill_", raises(lambda: x.fill_(3.0))
    yield "x", x


@case(IN_PLACE, builds_on=("in_place::leaf_refuses_in_place",))
def leaf_refuses_augmented_assignment(torch):
    """`x += 1` and its like are in place, and refused for a leaf that requires grad."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)

    def add():
        nonlocal x
        x += 1

    def multiply():
        nonlocal x
        x *= 2

    def assign():
        x[0] = 3.0

    def assign_by_mask():
        x[x > 1.6] = 3.0

    for change in (add, multiply, assign, assign_by_mask):
        yield change.__name__, raises(change)
    yield "x", x


@case(IN_PLACE, builds_on=("in_place::leaf_refuses_in_place",))
def view_of_a_leaf_refuses_in_place(torch):
    """A view of a leaf that requires grad refuses in-place operations with a message of its own."""
    x = torch.tensor([[1.5, 2.0], [3.0, 4.0]], requires_grad=True)
    yield "view", raises(lambda: x.view(4).add_(1))
    yield "row", raises(lambda: x[0].mul_(2))
    yield "transposed", raises(lambda: x.t().zero_())
    yield "expanded", raises(lambda: x.expand(3, 2, 2).add_(1))
    yield "detached", raises(lambda: x.detach().add_(1))
    yield "x", x


@case(IN_PLACE, builds_on=("in_place::version_counts_changes",))
def in_place_on_a_result(torch):
    """A result that is changed in place has the change in its graph, and the leaf gets the right gradient."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    y = x * 3
    y.add_(torch.tensor([1.0, 2.0, 3.0]))
    y.mul_(torch.tensor([2.0, -1.0, 0.5]))
    yield "result", y
    y.backward(torch.tensor([1.0, 10.0, 100.0]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def augmented_assignment_on_a_result(torch):
    """`+=`, `-=`, `*=`, `/=` and `**=` change a result in place and are tracked."""
    x = torch.tensor([1.5, 2.0, 0.5], requires_grad=True)
    y = kept = x * 2
    y += x
    y -= 0.25
    y /= torch.tensor([2.0, 4.0, 0.5])
    y *= 3
    y **= 2
    yield "result", y
    yield "same tensor", y is kept
    y.backward(torch.tensor([1.0, -1.0, 0.1]))
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def functions_in_place(torch):
    """A function in place (exp_, tanh_, clamp_ and their like) has the derivative of the function."""
    x = torch.tensor([1.5, 0.25, 0.5], requires_grad=True)
    for name in ("exp_", "sqrt_", "tanh_", "sigmoid_", "relu_", "neg_"):
        x.grad = None
        y = x * 2
        getattr(y, name)()
        y.backward(torch.tensor([1.0, -1.0, 2.0]))
        yield f"gradient of {name}", x.grad
    x.grad = None
    (x * 2).clamp_(0.75, 2.5).backward(torch.tensor([1.0, -1.0, 2.0]))
    yield "gradient of clamp_", x.grad


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def overwriting_a_result(torch):
    """zero_ and fill_ cut off what was there; copy_ takes its gradient from what was copied."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = x * 3
    y.zero_()
    (y + w).backward(torch.tensor([1.0, 2.0]))
    yield "zero_: gradient of x", x.grad
    y = x * 3
    y.fill_(7.0)
    (y * w).backward(torch.tensor([1.0, 2.0]))
    yield "fill_: gradient of x", x.grad
    y = x * 3
    y.copy_(w * w)
    yield "copy_: result", y
    y.backward(torch.tensor([1.0, 2.0]))
    yield "copy_: gradient of x", x.grad
    yield "copy_: gradient of w", w.grad


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def constant_becomes_tracked(torch):
    """A constant into which a tracked tensor is written in place becomes a tracked result."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = torch.tensor([10.0, 20.0])
    y.mul_(2)
    yield "before", y
    y.mul_(x)
    yield "after", y
    y.backward(torch.tensor([1.0, 0.25]))
    yield "gradient", x.grad


@case(CHECKS, builds_on=("in_place::in_place_on_a_result",))
def saved_input_was_changed(torch):
    """`backward` refuses if an input that was saved has been changed since."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    y = x * 2
    z = y**2
    y.add_(1)
    y.mul_(3)
    yield "backward", raises(lambda: z.sum().backward())
    yield "gradient", x.grad


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def saved_output_was_changed(torch):
    """`exp` saves its result, so that changing the result in place makes `backward` refuse."""
    x = torch.tensor([[1.5, -2.0, 0.5]], requires_grad=True)
    y = x.exp()
    y.add_(1)
    yield "result", y
    yield "backward", raises(lambda: y.sum().backward())
    yield "gradient", x.grad


@case(CHECKS, builds_on=("in_place::saved_output_was_changed",))
def which_results_may_be_changed(torch):
    """Results that their function did not save may be changed, and the gradient is right."""
    x = torch.tensor([0.5, 0.25, 0.75], requires_grad=True)
    gradient = torch.tensor([1.0, -2.0, 3.0])
    for name in ("sin", "log", "abs", "square", "neg", "log1p"):
        x.grad = None
        y = getattr(torch, name)(x)
        y.mul_(2)
        y.backward(gradient)
        yield name, x.grad


@case(CHECKS, builds_on=("in_place::saved_output_was_changed",))
def which_results_must_not_be_changed(torch):
    """Results that their function saved must not be changed: each refusal names the function."""
    x = torch.tensor([0.5, 0.25, 0.75], requires_grad=True)
    gradient = torch.tensor([1.0, -2.0, 3.0])
    for name in ("sqrt", "rsqrt", "tan", "tanh", "sigmoid", "relu", "reciprocal", "expm1"):
        y = getattr(torch, name)(x)
        y.mul_(2)
        yield name, raises(lambda y=y: y.backward(gradient))
    yield "gradient", x.grad


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def changed_constant_factor(torch):
    """A constant that was saved as a factor must not be changed either."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    factor = torch.tensor([3.0, 4.0])
    y = x * factor
    factor[0] = 100.0
    yield "backward", raises(lambda: y.sum().backward())
    z = x + factor
    factor.zero_()
    yield "a summand may be changed", raises(lambda: z.backward(torch.tensor([0.5, 2.5])))
    yield "gradient", x.grad


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def changed_leaf_under_no_grad(torch):
    """A leaf that was saved and then changed under `no_grad` makes `backward` refuse, also if set back."""
    w = torch.tensor([1.5, -2.0], requires_grad=True)
    loss = (w * w).sum()
    with torch.no_grad():
        w.add_(1)
        w.sub_(1)
    yield "w", w
    yield "backward", raises(lambda: loss.backward())


@case(CHECKS, builds_on=("in_place::changed_leaf_under_no_grad",))
def changed_through_data(torch):
    """A change through `data` is not seen: `backward` uses the changed value without a word."""
    w = torch.tensor([1.5, -2.0], requires_grad=True)
    loss = (w * w).sum()
    w.data.mul_(10)
    loss.backward()
    yield "w", w
    yield "gradient", w.grad


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def changed_through_detach(torch):
    """A change through `detach()` is seen, because the version is shared."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x.sigmoid()
    y.detach().mul_(10)
    yield "y", y
    yield "backward", raises(lambda: y.sum().backward())


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def messages_name_what_was_changed(torch):
    """The message names tensor type, sizes, the output of which function, and both versions."""
    double = torch.tensor([[1.5, -2.0]], dtype=torch.float64, requires_grad=True)
    y = double.exp()
    y.add_(1)
    yield "float64", raises(lambda: y.sum().backward())
    half = torch.tensor([1.5, -2.0], dtype=torch.float16, requires_grad=True) * 1
    z = half**2
    half.mul_(0.5)
    yield "float16", raises(lambda: z.sum().backward())
    scalar = torch.tensor(2.0, requires_grad=True) * 3
    z = scalar.sin()
    scalar.neg_()
    scalar.neg_()
    yield "0-d", raises(lambda: z.backward())
    largest, _ = torch.tensor([[1.0, 2.0], [4.0, 3.0]], requires_grad=True).max(dim=1)
    z = largest.sin()
    largest.detach().mul_(2)
    yield "of max", raises(lambda: z.sum().backward())
    copied = torch.zeros(2, 3).copy_(torch.tensor([1.0, 2.0, 3.0], requires_grad=True))
    z = copied.sin()
    copied.detach().mul_(2)
    yield "of copy_", raises(lambda: z.sum().backward())


@case(CHECKS, builds_on=("in_place::saved_input_was_changed",))
def every_saved_tensor_is_checked(torch):
    """All that a node saved is checked when it runs, also what the gradient asked for does not need."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    y = x * 1
    z = y * w
    y.add_(10)
    yield "gradient of x", raises(lambda: torch.autograd.grad(z.sum(), x, retain_graph=True))
    yield "gradient of w", raises(lambda: torch.autograd.grad(z.sum(), w, retain_graph=True))


@case(CHECKS, builds_on=("in_place::in_place_on_a_result",))
def changed_before_it_is_saved(torch):
    """A change that comes before the tensor is saved does no harm."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 2
    y.add_(1)
    z = y**2
    z.backward(torch.tensor([1.0, -0.5]))
    yield "z", z
    yield "gradient", x.grad


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def in_place_result_is_returned(torch):
    """An in-place operation returns the tensor itself."""
    x = torch.tensor([1.5, 2.0])
    y = torch.tensor([1.5, 2.0], requires_grad=True) * 2
    yield "add_ of a constant", x.add_(1) is x
    yield "zero_", x.zero_() is x
    yield "exp_ of a result", y.exp_() is y
    yield "copy_", y.copy_(x) is y
    yield "requires_grad_", x.requires_grad_() is x


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def in_place_must_keep_shape_and_dtype(torch):
    """An in-place operation cannot change its tensor's shape by broadcasting, nor its dtype by promotion."""
    x = torch.tensor([1.5, 2.0])
    whole = torch.tensor([1, 2])
    yield "a longer operand", raises(lambda: x.add_(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))
    yield "a number to integers", raises(lambda: whole.add_(1.5))
    yield "a division of integers", raises(lambda: whole.div_(2))
    yield "float64 into float32", x.mul_(torch.tensor([2.0, 0.1], dtype=torch.float64))
    yield "0-d into a vector", x.add_(torch.tensor(3))


@case(IN_PLACE, builds_on=("in_place::in_place_on_a_result",))
def expanded_tensor_refuses_in_place(torch):
    """An expanded tensor, whose elements share memory, cannot be changed in place."""
    x = torch.tensor([[1.5], [2.0]])
    yield "add_", raises(lambda: x.expand(2, 3).add_(1))
    yield "x", x
