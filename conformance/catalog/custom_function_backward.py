"""Custom functions in a backward pass: hooks on their nodes, backward inside of them, and their lifetime."""

from __future__ import annotations

import gc
import weakref

from conformance import case, raises

INSIDE = "Autograd mechanics: Multithreaded Autograd"


def _leaf(torch):
    return torch.tensor([1.5, -2.0, 0.5], requires_grad=True)


@case("Autograd mechanics: Backward Hooks execution", builds_on=("custom_functions::several_outputs",))
def hooks_on_a_custom_node(torch):
    """Hooks on the node of a custom function see the gradients of all outputs and of the tensors among the inputs."""
    seen = []

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, factor, x, y):
            return x * factor, y * factor

        @staticmethod
        def backward(ctx, one, two):
            seen.append(("backward", one, two))
            return None, one * 2, two * 3

    x, y = _leaf(torch), torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    one, two = Scaled.apply(2, x, y)
    one.grad_fn.register_prehook(lambda grads: seen.append(("prehook", grads)))
    one.grad_fn.register_hook(lambda inputs, outputs: seen.append(("hook", inputs, outputs)))
    two.register_hook(lambda grad: grad * 10)
    (one + two).backward(torch.tensor([1.0, 2.0, -1.0]))
    for index, call in enumerate(seen):
        yield f"call {index + 1}", call
    yield "gradients", (x.grad, y.grad)


@case(
    "Autograd mechanics: Backward Hooks execution",
    builds_on=("custom_function_backward::hooks_on_a_custom_node",),
)
def hooks_on_a_custom_node_replace_gradients(torch):
    """A prehook replaces what `backward` receives, a hook what it returned."""
    seen = []

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            seen.append(grad)
            return grad * 3

    x = _leaf(torch)
    y = Triple.apply(x)
    y.grad_fn.register_prehook(lambda grads: (grads[0] + 1,))
    handle = y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 100,))
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    handle.remove()
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "received", seen
    yield "gradient", x.grad


@case("torch.Tensor: retain_grad", builds_on=("custom_functions::several_outputs",))
def retained_gradients_of_outputs(torch):
    """`retain_grad` works for each output of a custom function."""

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 5

        @staticmethod
        def backward(ctx, one, two):
            return one * 2 + two * 5

    x = _leaf(torch)
    one, two = Split.apply(x)
    one.retain_grad()
    two.retain_grad()
    (one * 3 + two.exp()).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradients", (one.grad, two.grad, x.grad)


@case("torch.autograd: torch.autograd.grad", builds_on=("custom_functions::several_outputs",))
def gradients_of_outputs_asked_for(torch):
    """`grad` of an output of a custom function gives what reaches that output, and does not run its `backward`."""
    seen = []

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 5

        @staticmethod
        def backward(ctx, one, two):
            seen.append("backward")
            return one * 2 + two * 5

    x = _leaf(torch)
    one, two = Split.apply(x)
    result = (one * 3 + two * two).sum()
    yield "of the outputs", torch.autograd.grad(result, (two, one), retain_graph=True)
    yield "calls before", list(seen)
    yield "of output and input", torch.autograd.grad(result, (one, x))
    yield "calls after", seen


@case(INSIDE)
def backward_inside_backward(torch):
    """`backward` may build a graph under `enable_grad` and run its backward, as checkpointing does."""

    class Recomputing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.exp() * x

        @staticmethod
        def backward(ctx, grad):
            x = ctx.saved_tensors[0].detach().requires_grad_()
            with torch.enable_grad():
                y = x.exp() * x
            y.backward(grad)
            return x.grad

    x = _leaf(torch)
    y = Recomputing.apply(Recomputing.apply(x) * 0.1)
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(
    "Autograd mechanics: Multithreaded Autograd",
    builds_on=("custom_function_backward::backward_inside_backward",),
)
def backward_inside_forward(torch):
    """`forward` may compute a gradient under `enable_grad` and save it for `backward`."""

    class Eager(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with torch.enable_grad():
                copy = x.detach().requires_grad_()
                (gradient,) = torch.autograd.grad((copy**3).sum(), copy)
            ctx.save_for_backward(gradient)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    x = _leaf(torch)
    Eager.apply(x).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(
    "Autograd mechanics: Multithreaded Autograd",
    builds_on=("custom_function_backward::backward_inside_backward",),
)
def leaf_reached_from_inside_backward(torch):
    """A backward run inside `backward` adds to the `.grad` of leaves that it reaches, beside the outer one."""
    hidden = torch.tensor([4.0, 5.0, 6.0], requires_grad=True)

    class Hidden(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * hidden

        @staticmethod
        def backward(ctx, grad):
            with torch.enable_grad():
                (ctx.saved_tensors[0].detach() * hidden).backward(grad)
            return grad * hidden.detach()

    x = _leaf(torch)
    (Hidden.apply(x) + hidden).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradients", (x.grad, hidden.grad)


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_output",))
def freed_with_the_result(torch):
    """Saved outputs make no reference cycle: the context goes with the result, without the garbage collector."""

    class Note:
        pass

    notes = [Note()]

    class Exponential(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x.exp()
            ctx.save_for_backward(x, result)
            ctx.note = notes.pop()
            return result

    alive = weakref.ref(notes[0])
    gc.disable()
    try:
        y = Exponential.apply(_leaf(torch))
        yield "while the result lives", alive() is not None
        del y
        yield "afterwards", alive() is not None
    finally:
        gc.enable()


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_backward::freed_with_the_result",))
def output_on_the_context(torch):
    """An output kept as an attribute of the context is a reference cycle, which the garbage collector frees."""

    class Exponential(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.result = x.exp()
            return ctx.result

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.result

    gc.collect()
    gc.disable()
    try:
        x = _leaf(torch)
        y = Exponential.apply(x)
        yield "the output itself", y.grad_fn.result is y
        y.sum().backward()
        yield "gradient", x.grad
        alive = weakref.ref(y)
        del y
        yield "without the collector", alive() is not None
        gc.collect()
        yield "with the collector", alive() is not None
    finally:
        gc.enable()


@case(
    "Autograd mechanics: Backward Hooks execution",
    builds_on=("custom_function_backward::hooks_on_a_custom_node",),
)
def hooks_where_no_gradient_arrives(torch):
    """Hooks on a node that no defined gradient reaches run, on None, and see what `backward` made of zeros."""
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 + 1

    class Stop(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return None

    x = _leaf(torch)
    y = Double.apply(x)
    y.register_hook(lambda grad: seen.append(("tensor", grad)))
    y.grad_fn.register_prehook(lambda grads: seen.append(("before", grads)))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(("after", inputs, outputs)))
    Stop.apply(y).sum().backward()
    yield "calls", [call[0] for call in seen]
    for call in seen:
        yield call[0], call[1:]
    yield "gradient", x.grad


@case("Extending PyTorch: Extending torch.autograd")
def gradient_handed_on(torch):
    """A `backward` may hand on the gradient that it got: leaves copy it, and do not share it."""

    class Sum(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    x, y = _leaf(torch), _leaf(torch)
    gradient = torch.tensor([1.0, 2.0, -1.0])
    Sum.apply(x, y).backward(gradient)
    gradient.mul_(10)
    x.grad.add_(1)
    yield "gradients", (x.grad, y.grad)


@case(
    "Extending PyTorch: Extending torch.autograd", builds_on=("custom_function_backward::gradient_handed_on",)
)
def gradient_changed_in_place(torch):
    """A `backward` that changes the gradient in place changes the caller's."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad.mul_(3)

    x = _leaf(torch)
    gradient = torch.tensor([1.0, 2.0, -1.0])
    Scaled.apply(x).backward(gradient)
    yield "gradient given", gradient
    yield "gradient of the leaf", x.grad


@case("Autograd mechanics: Saved Tensors", builds_on=("custom_function_context::saved_input_changed",))
def saved_tensor_changed_in_backward(torch):
    """A `backward` that changes its saved tensor in place cannot run a second time."""

    class Careless(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0].mul_(2)

    x = _leaf(torch)
    y = Careless.apply(x * 1)
    y.backward(torch.tensor([1.0, 2.0, -1.0]), retain_graph=True)
    yield "gradient", x.grad
    yield "second", raises(lambda: y.sum().backward())


@case("torch.autograd.graph: Node")
def metadata_of_outputs(torch):
    """The node of a custom function knows shape and type of each output, what is no tensor included."""

    class Several(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, 5, x.sum().double()

    node = Several.apply(_leaf(torch))[0].grad_fn
    yield "outputs", [(str(each.shape), str(each.dtype), str(each.device)) for each in node._input_metadata]


@case("torch.autograd.graph: get_gradient_edge")
def edges_of_a_custom_function(torch):
    """The edges behind a custom function's outputs carry the outputs' numbers."""

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 5

        @staticmethod
        def backward(ctx, one, two):
            return one * 2 + two * 5

    x = _leaf(torch)
    one, two = Split.apply(x)
    edge = torch.autograd.graph.get_gradient_edge(two)
    yield "edge", (edge.node is one.grad_fn, edge.output_nr)
    yield "graph of both", one * 3 + two
    yield "gradient at the edge", torch.autograd.grad((one * 3 + two * two).sum(), edge)


@case("torch.autograd.grad_mode: inference_mode", builds_on=("custom_functions::under_no_grad",))
def custom_function_in_inference_mode(torch):
    """In inference mode a custom function runs without a node; outside, inference tensors must not be saved."""
    seen = []

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            seen.append((ctx.needs_input_grad, torch.is_inference_mode_enabled()))
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return None, grad * 3

    x = _leaf(torch)
    with torch.inference_mode():
        made = torch.tensor([4.0, 5.0, 6.0])
        inside = Product.apply(made, x)
    yield "inside", (inside.requires_grad, inside.is_inference())
    yield "seen", seen
    outside = Product.apply(made, made)
    yield "outside, without gradient", (outside.requires_grad, outside.is_inference())
    yield "outside, with gradient", raises(lambda: Product.apply(made, x))


@case(
    "torch.autograd: torch.autograd.Function",
    builds_on=("custom_function_refusals::gradient_of_another_type",),
)
def complex_gradients(torch):
    """A real gradient of a complex input is cast; a complex one of a real input is refused."""

    class Passing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * (1 + 2j) if x.is_floating_point() else x.abs()

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    Passing.apply(z).backward(torch.tensor([1.0, -2.0]))
    yield "complex input", z.grad
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = Passing.apply(x)
    yield "complex result", y
    yield "real input", raises(lambda: y.backward(torch.tensor([1 + 1j, 2 - 1j])))


@case("torch.autograd.function: InplaceFunction")
def inplace_function(torch):
    """`InplaceFunction` and what derives from it work as any custom function."""

    class Triple(torch.autograd.function.InplaceFunction):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 30

    x = _leaf(torch)
    y = Triple.apply(x)
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case("Extending PyTorch: When to use")
def gradient_of_what_needs_none_has_any_shape(torch):
    """The shape of a gradient that `backward` returns counts only for an input that requires grad."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, times):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad.expand(2, 1, 3), torch.ones(5, 1, 1)

    x = _leaf(torch)
    Scaled.apply(x, torch.ones(4, 1)).backward(torch.tensor([1.0, -0.5, 2.0]))
    yield "ignored", x.grad
    times = torch.ones(4, 1, requires_grad=True)
    yield "counted", raises(lambda: Scaled.apply(x, times).sum().backward())
