"""Custom functions and memory: changes in place, inputs that are returned, and views as outputs."""

from __future__ import annotations

from conformance import case, raises

DIRTY = "torch.autograd.function: FunctionCtx.mark_dirty"
VIEWS = "Autograd mechanics: In-place correctness checks"
EXTENDING = "Extending PyTorch: Extending torch.autograd"


def _leaf(torch):
    return torch.tensor([1.5, -2.0, 0.5], requires_grad=True)


def _in_place(torch):
    """Doubles its input in place, and says so."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 20

    return Double


def _returning(torch, outputs):
    """A function that returns what `outputs` makes of its input."""

    class Returning(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return outputs(x)

        @staticmethod
        def backward(ctx, *grads):
            total = sum(grad.sum() * 10**number for number, grad in enumerate(grads))
            return total * torch.tensor([1.0, 2.5, -0.5])

    return Returning


@case(DIRTY)
def input_changed_in_place(torch):
    """An input marked dirty is returned as the same object, with the function as its new history."""
    leaf = _leaf(torch)
    x = leaf * 3
    y = _in_place(torch).apply(x)
    yield "the same object", y is x
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", leaf.grad


@case(DIRTY, builds_on=("custom_function_views::input_changed_in_place",))
def version_of_a_dirty_input(torch):
    """`mark_dirty` counts the version up, beside what the changes themselves do."""

    class Marked(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    yield "marked only", Marked.apply(_leaf(torch) * 3)
    yield "changed and marked", _in_place(torch).apply(_leaf(torch) * 3)
    yield "without gradient", _in_place(torch).apply(torch.tensor([1.5, -2.0]))


@case(DIRTY, builds_on=("custom_function_views::version_of_a_dirty_input",))
def saved_before_it_was_marked_dirty(torch):
    """An operation that had saved the input refuses its backward once a function marked it dirty."""
    leaf = _leaf(torch)
    x = leaf * 3
    square = x * x
    y = _in_place(torch).apply(x)
    yield "result", y
    yield "backward of what was saved", raises(lambda: square.sum().backward())


@case(DIRTY, builds_on=("custom_function_views::input_changed_in_place",))
def dirty_leaf(torch):
    """A leaf that requires grad must not be changed in place; it was already, when the function is refused."""
    x = _leaf(torch)
    yield "refusal", raises(lambda: _in_place(torch).apply(x))
    yield "the leaf", x
    with torch.no_grad():
        yield "under no_grad", _in_place(torch).apply(x)


@case(DIRTY, builds_on=("custom_function_views::input_changed_in_place",))
def dirty_input_that_is_not_returned(torch):
    """What is marked dirty must be returned."""

    class Lost(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 6

    yield "refusal", raises(lambda: Lost.apply(_leaf(torch) * 3))
    yield "without gradient", raises(lambda: Lost.apply(torch.tensor([1.5, -2.0])))


@case(DIRTY, builds_on=("custom_function_views::input_changed_in_place",))
def output_marked_dirty(torch):
    """Marking what is no input dirty warns, and counts its version up."""

    class Fresh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x * 2
            ctx.mark_dirty(result)
            return result

        @staticmethod
        def backward(ctx, grad):
            return grad * 20

    x = _leaf(torch)
    y = Fresh.apply(x)
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(DIRTY, builds_on=("custom_function_views::input_changed_in_place",))
def one_of_two_inputs_dirty(torch):
    """A function may change one input in place and use another; gradients flow to both."""

    class AddInPlace(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            x.add_(y)
            ctx.mark_dirty(x)
            return x, x * y

        @staticmethod
        def backward(ctx, grad, other):
            return grad * 2 + other, grad * 30

    one, two = _leaf(torch), torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    x = one * 1
    outputs = AddInPlace.apply(x, two)
    yield "outputs", outputs
    yield "the same object", outputs[0] is x
    (outputs[0] + outputs[1] * 3).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradients", (one.grad, two.grad)


@case(DIRTY, builds_on=("custom_function_views::input_changed_in_place",))
def dirty_view(torch):
    """A view marked dirty gives its base a new history, through the function."""
    leaf = _leaf(torch)
    base = leaf * 3
    view = base[1:]
    y = _in_place(torch).apply(view)
    yield "the same object", y is view
    yield "view", y
    yield "base", base
    base.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", leaf.grad


@case(DIRTY, builds_on=("custom_function_views::dirty_view",))
def dirty_view_of_a_leaf(torch):
    """A view of a leaf that requires grad must not be marked dirty."""
    x = _leaf(torch)
    yield "refusal", raises(lambda: _in_place(torch).apply(x[1:]))


@case(DIRTY, builds_on=("custom_function_views::dirty_view",))
def dirty_view_among_several_outputs(torch):
    """A function that changes a view in place may return one tensor only."""

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x, x * 3

        @staticmethod
        def backward(ctx, one, two):
            return one * 2 + two * 6

    x = _leaf(torch) * 3
    yield "view", raises(lambda: Two.apply(x[1:]))
    yield "no view", Two.apply(x.clone())


@case(DIRTY)
def change_that_is_not_marked(torch):
    """An input changed in place without a mark is returned as a view, and keeps its own history."""

    class Silent(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 20

    leaf = _leaf(torch)
    x = leaf * 3
    y = Silent.apply(x)
    yield "the same object", y is x
    yield "input", x
    yield "result", y
    (y + x).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", leaf.grad


@case(EXTENDING)
def input_returned_as_it_is(torch):
    """An input that is returned comes back as a view of it, with the function as its history."""
    x = _leaf(torch)
    y = _returning(torch, lambda x: x).apply(x)
    yield "the same object", y is x
    yield "result", y
    yield "a view", (y._is_view(), y._base is x)
    y.backward(torch.tensor([1.0, 2.0, -0.5]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_function_views::input_returned_as_it_is",))
def constant_input_returned(torch):
    """An input that requires no grad also comes back as a view, here without history."""
    x = torch.tensor([1.5, -2.0, 0.5])
    y = _returning(torch, lambda x: x).apply(x)
    yield "the same object", y is x
    yield "result", y
    yield "a view", (y._is_view(), y._base is x)
    y.mul_(2)
    yield "input after a change of the result", x


@case(EXTENDING, builds_on=("custom_function_views::input_returned_as_it_is",))
def input_returned_twice(torch):
    """An input returned twice comes back as two views, each with a gradient of its own."""
    x = _leaf(torch)
    one, two = _returning(torch, lambda x: (x, x)).apply(x)
    yield "outputs", (one, two)
    yield "one object", one is two
    two.backward(torch.tensor([1.0, 2.0, -0.5]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_function_views::input_returned_as_it_is",))
def saved_input_returned_with_setup_context(torch):
    """With a `setup_context`, an input that is returned as it is must not be saved; a view of it may be."""

    def passing(outputs):
        class Pass(torch.autograd.Function):
            @staticmethod
            def forward(x):
                return outputs(x)

            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.save_for_backward(output)

            @staticmethod
            def backward(ctx, grad):
                return grad * ctx.saved_tensors[0]

        return Pass

    x = _leaf(torch)
    yield "as it is", raises(lambda: passing(lambda x: x).apply(x))
    passing(lambda x: x.view_as(x)).apply(x).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_function_views::input_returned_as_it_is",))
def saved_input_returned(torch):
    """In a combined `forward`, an input that is returned as it is may be saved too."""

    class Pass(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    x = _leaf(torch)
    y = Pass.apply(x)
    yield "saved", y.grad_fn.saved_tensors
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(VIEWS, builds_on=("custom_function_views::input_returned_as_it_is",))
def view_as_output(torch):
    """A view of the input is a view outside too, with the function as its history."""
    x = _leaf(torch)
    y = _returning(torch, lambda x: x[:2]).apply(x)
    yield "result", y
    yield "a view", (y._is_view(), y._base is x)
    y.backward(torch.tensor([3.0, 4.0]))
    yield "gradient", x.grad


@case(VIEWS, builds_on=("custom_function_views::view_as_output",))
def view_as_output_changed_in_place(torch):
    """A view that a custom function returned must not be changed in place, nor an input that it returned."""
    x = _leaf(torch) * 3
    view = _returning(torch, lambda x: x[:2]).apply(x)
    same = _returning(torch, lambda x: x).apply(x)
    yield "view", raises(lambda: view.mul_(2))
    yield "input returned", raises(lambda: same.mul_(2))
    yield "nothing has changed", x
    yield "a clone", view.clone().mul_(2)


@case(VIEWS, builds_on=("custom_function_views::view_as_output_changed_in_place",))
def several_views_as_outputs_changed_in_place(torch):
    """Of several outputs none that is a view may be changed in place; others may."""
    x = _leaf(torch) * 3
    one, two, three = _returning(torch, lambda x: (x[:2], x, x * 5)).apply(x)
    yield "view", raises(lambda: one.mul_(2))
    yield "input returned", raises(lambda: two.mul_(2))
    yield "no view", three.mul_(2)


@case(VIEWS, builds_on=("custom_function_views::view_as_output_changed_in_place",))
def constant_view_as_output(torch):
    """A view marked as non-differentiable keeps requiring grad as one made under `no_grad`, and refuses changes."""

    class Constant(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            view = x[:2]
            ctx.mark_non_differentiable(view)
            return view, x * 3

        @staticmethod
        def backward(ctx, for_view, grad):
            return grad * 3

    view, other = Constant.apply(_leaf(torch))
    yield "view", view
    yield "other output", other
    yield "changed in place", raises(lambda: view.mul_(2))


@case(VIEWS)
def result_changed_in_place(torch):
    """A result that is no view may be changed in place, and gradients go through both."""
    x = _leaf(torch)
    y = _returning(torch, lambda x: x * 2).apply(x)
    y.mul_(5)
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0, -0.5]))
    yield "gradient", x.grad


@case(VIEWS, builds_on=("custom_function_views::view_as_output",))
def view_of_an_intermediate(torch):
    """A view of what `forward` computed is a view of a tensor without history."""
    x = _leaf(torch)
    y = _returning(torch, lambda x: (x * 2)[1:]).apply(x)
    yield "result", y
    yield "a view", y._is_view()
    yield "changed in place", raises(lambda: y.mul_(2))
    yield "its base requires grad", y._base.requires_grad


@case(VIEWS, builds_on=("custom_function_views::view_as_output_changed_in_place",))
def base_of_a_view_changed(torch):
    """After a change of its base, a view that a custom function returned must not be used any more."""
    x = _leaf(torch) * 3
    view = _returning(torch, lambda x: x[:2]).apply(x)
    x.mul_(2)
    yield "node", raises(lambda: view.grad_fn)
    yield "requires grad", view.requires_grad
    yield "used", raises(lambda: view * 2)


@case(DIRTY, builds_on=("custom_function_views::one_of_two_inputs_dirty",))
def constant_marked_dirty(torch):
    """A constant that a function changes in place gets the function as its history."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            x.mul_(w)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad, grad * 5

    x, w = torch.tensor([4.0, 5.0, 6.0]), _leaf(torch)
    Scaled.apply(x, w)
    yield "constant", x
    x.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradients", (w.grad, x.is_leaf)


@case(DIRTY, builds_on=("custom_function_views::input_changed_in_place",))
def dirty_input_with_hooks(torch):
    """`retain_grad` follows a tensor that is changed in place; its hooks stay with what it was."""
    leaf = _leaf(torch)
    x = leaf * 3
    seen = []
    x.retain_grad()
    x.register_hook(lambda grad: seen.append(grad))
    _in_place(torch).apply(x)
    x.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "retained", (x.grad, x.retains_grad)
    yield "seen", seen
    yield "gradient", leaf.grad
