"""What a custom function keeps on its context: saved tensors and when they are there, attributes, flags."""

from __future__ import annotations

from conformance import case, raises

CONTEXT = "torch.autograd.function: FunctionCtx"
SAVING = "torch.autograd.function: FunctionCtx.save_for_backward"


def _leaf(torch):
    return torch.tensor([1.5, -2.0, 0.5], requires_grad=True)


def _square(torch):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 2 * x

    return Square


def _exponential(torch):
    class Exponential(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, grad):
            (result,) = ctx.saved_tensors
            return grad * result

    return Exponential


def said(call):
    """What an error says of an attribute that is not there, as text: its absence is observed, no API is missing."""
    try:
        return call()
    except AttributeError as error:
        return f"{type(error).__name__}: {error}"


@case(SAVING)
def saved_input(torch):
    """A saved input comes back as the input itself, in `backward` and on the node."""
    x = _leaf(torch)
    y = _square(torch).apply(x)
    saved = y.grad_fn.saved_tensors
    yield "on the node", saved
    yield "the input itself", saved[0] is x
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(SAVING)
def saved_output(torch):
    """A saved output comes back with the node as its `grad_fn`."""
    x = _leaf(torch)
    y = _exponential(torch).apply(x)
    saved = y.grad_fn.saved_tensors[0]
    yield "saved", saved
    yield "its node", saved.grad_fn is y.grad_fn
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(SAVING, builds_on=("custom_function_context::saved_input",))
def saved_intermediate(torch):
    """A saved tensor that is neither input nor output comes back without history."""

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            middle = x.exp()
            ctx.save_for_backward(x, middle)
            return middle * x

        @staticmethod
        def backward(ctx, grad):
            x, middle = ctx.saved_tensors
            return grad * middle * (1 + x)

    x = _leaf(torch)
    y = Both.apply(x)
    yield "saved", y.grad_fn.saved_tensors
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(SAVING, builds_on=("custom_function_context::saved_input",))
def none_among_saved(torch):
    """None may be saved beside tensors, and comes back as None."""

    class Maybe(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, bias):
            ctx.save_for_backward(bias, x, None)
            return x * x if bias is None else x * x + bias

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[1], None

    x = _leaf(torch)
    y = Maybe.apply(x, None)
    yield "saved", y.grad_fn.saved_tensors
    y.sum().backward()
    yield "gradient", x.grad


@case(SAVING, builds_on=("custom_function_context::saved_input",))
def saved_tensors_in_forward(torch):
    """In `forward`, before and after saving, there are no saved tensors yet, only what is to be saved."""
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.append((ctx.saved_tensors, ctx.to_save))
            ctx.save_for_backward(x)
            seen.append((ctx.saved_tensors, ctx.to_save))
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append((ctx.saved_tensors, ctx.to_save))
            return grad * 2

    Look.apply(_leaf(torch)).sum().backward()
    yield "seen", seen


@case(SAVING, builds_on=("custom_function_context::saved_input",))
def saved_twice(torch):
    """A second call of `save_for_backward` replaces what the first one saved."""

    class Again(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x)
            ctx.save_for_backward(y)
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return grad * 3, grad * 5

    yield "saved", Again.apply(_leaf(torch), torch.tensor([4.0, 5.0, 6.0])).grad_fn.saved_tensors


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_input",))
def saved_input_changed(torch):
    """A saved input that is changed in place after `forward` is refused when it is taken out."""
    x = _leaf(torch) * 2
    y = _square(torch).apply(x)
    x.add_(1)
    yield "backward", raises(lambda: y.sum().backward())
    yield "on the node", raises(lambda: y.grad_fn.saved_tensors)


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_output",))
def saved_output_changed(torch):
    """A saved output that is changed in place after `forward` is refused, and named after the function."""
    x = _leaf(torch)
    y = _exponential(torch).apply(x)
    y.mul_(2)
    yield "result", y
    yield "backward", raises(lambda: y.sum().backward())


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_input_changed",))
def saved_tensor_changed_in_forward(torch):
    """What `forward` itself does after `save_for_backward` is not held against the saved tensor."""

    class Late(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            copy = x.clone()
            ctx.save_for_backward(copy)
            copy.mul_(10)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    x = _leaf(torch)
    Late.apply(x).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_input_changed",))
def tensor_on_the_context_is_not_checked(torch):
    """A tensor kept as an attribute of the context is not checked: changed in place, it gives other gradients."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 * ctx.x.detach()

    leaf = _leaf(torch)
    x = leaf * 2
    y = Square.apply(x)
    x.add_(1)
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", leaf.grad


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_input",))
def saved_tensors_are_freed(torch):
    """After a backward the saved tensors are gone: neither a second backward nor the node can have them."""
    y = _square(torch).apply(_leaf(torch))
    y.sum().backward()
    yield "second backward", raises(lambda: y.sum().backward())
    yield "on the node", raises(lambda: y.grad_fn.saved_tensors)


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_tensors_are_freed",))
def freed_though_nothing_was_saved(torch):
    """After a backward `saved_tensors` is refused also where nothing had been saved."""

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    y = Triple.apply(_leaf(torch))
    yield "before", y.grad_fn.saved_tensors
    y.sum().backward()
    yield "after", raises(lambda: y.grad_fn.saved_tensors)


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_tensors_are_freed",))
def saved_tensors_with_retain_graph(torch):
    """With `retain_graph` the saved tensors stay, and a second backward runs."""
    x = _leaf(torch)
    y = _square(torch).apply(x)
    y.backward(torch.tensor([1.0, 2.0, -1.0]), retain_graph=True)
    yield "still there", y.grad_fn.saved_tensors
    y.backward(torch.tensor([10.0, 20.0, -10.0]))
    yield "gradient", x.grad


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_tensors_are_freed",))
def attributes_outlive_the_backward(torch):
    """What was noted on the context stays there after the saved tensors are freed."""

    class Noted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.inputs = (x, 3)
            ctx.shape = x.shape
            ctx.save_for_backward(x)
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            ctx.runs = getattr(ctx, "runs", 0) + 1
            return grad * ctx.inputs[1]

    x = _leaf(torch)
    y = Noted.apply(x)
    y.backward(torch.tensor([1.0, 2.0, -1.0]), retain_graph=True)
    y.backward(torch.tensor([10.0, 2.0, -1.0]))
    node = y.grad_fn
    yield "shape", node.shape
    yield "inputs", node.inputs
    yield "runs", node.runs
    yield "an attribute that nobody set", said(lambda: node.factor)
    yield "gradient", x.grad


@case("torch.autograd.function: BackwardCFunction")
def saved_variables_is_deprecated(torch):
    """`saved_variables` is `saved_tensors` with a warning."""
    node = _square(torch).apply(_leaf(torch)).grad_fn
    yield "saved", node.saved_variables


@case("torch.autograd.function: BackwardCFunction")
def saved_tensors_accessed_once(torch):
    """With `clear_saved_tensors_on_access`, the saved tensors can be taken out only once."""
    seen = []

    class Once(torch.autograd.Function):
        clear_saved_tensors_on_access = True

        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            try:
                seen.append(ctx.saved_tensors)
            except RuntimeError as error:
                seen.append(str(error))
            return grad * 2 * x

    x = _leaf(torch)
    Once.apply(x).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "second access", seen[0]
    yield "gradient", x.grad


@case(CONTEXT)
def context_before_it_is_used(torch):
    """A context made by hand has nothing saved, no edges, and a name."""

    class Triple(torch.autograd.Function):
        pass

    ctx = Triple._backward_cls()
    yield "name", ctx.name()
    yield "saved", ctx.saved_tensors
    yield "needs_input_grad", ctx.needs_input_grad
    yield "edges", ctx.next_functions
    yield "metadata", ctx.metadata
    yield "requires grad", ctx.requires_grad
    yield "marked", (ctx.to_save, ctx.dirty_tensors, ctx.non_differentiable, ctx.saved_for_forward)


@case(CONTEXT)
def context_of_another_kind(torch):
    """A `FunctionCtx` of one's own collects what a `forward` called by hand notes on it."""

    class Plain(torch.autograd.function.FunctionCtx):
        pass

    ctx = Plain()
    x = _leaf(torch)
    yield "result", _square(torch).forward(ctx, x)
    yield "to save", ctx.to_save
    ctx.mark_dirty(x)
    ctx.mark_non_differentiable(x)
    ctx.set_materialize_grads(False)
    yield "noted", (ctx.dirty_tensors, ctx.non_differentiable, ctx.materialize_grads)
    yield "saved tensors", raises(lambda: ctx.saved_tensors)


@case("torch.autograd.graph: Node.metadata")
def metadata_of_a_custom_node(torch):
    """The node of a custom function keeps a dictionary for notes, beside its attributes."""
    node = _square(torch).apply(_leaf(torch)).grad_fn
    node.metadata["step"] = 3
    node.note = "kept"
    yield "metadata", node.metadata
    yield "attribute", node.note
    yield "the same dictionary", node.metadata is node.metadata
