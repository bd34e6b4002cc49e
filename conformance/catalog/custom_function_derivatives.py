"""Higher derivatives through custom functions, and `once_differentiable`."""

from __future__ import annotations

from conformance import case, raises

EXTENDING = "Extending PyTorch: Extending torch.autograd"
DOUBLE = "Double Backward with Custom Functions: Saving Inputs and Intermediates"
ONCE = "torch.autograd.function: once_differentiable"


def _leaf(torch):
    return torch.tensor([1.5, -2.0, 0.5], requires_grad=True)


def _cube(torch):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x**2

    return Cube


def _square_once(torch, seen):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            seen.append(torch.is_grad_enabled())
            return grad * 2 * x

    return Square


@case(DOUBLE)
def second_derivative(torch):
    """With `create_graph`, `backward` is recorded, and the gradient can be differentiated again."""
    x = _leaf(torch)
    y = _cube(torch).apply(x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    yield "first", first
    (second,) = torch.autograd.grad(first, x, torch.tensor([1.0, 2.0, -1.0]), create_graph=True)
    yield "second", second
    yield "third", torch.autograd.grad(second.sum(), x)


@case(DOUBLE, builds_on=("custom_function_derivatives::second_derivative",))
def backward_without_create_graph_records_nothing(torch):
    """Grad mode in `backward` is what `create_graph` says."""
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            result = grad * ctx.saved_tensors[0]
            seen.append((torch.is_grad_enabled(), grad.requires_grad, result.requires_grad))
            return result

    x = _leaf(torch)
    torch.autograd.grad(Look.apply(x).sum(), x)
    torch.autograd.grad(Look.apply(x).sum(), x, create_graph=True)
    yield "grad mode, gradient and result require grad", seen


@case(DOUBLE, builds_on=("custom_function_derivatives::second_derivative",))
def saved_output_in_second_derivative(torch):
    """A saved output leads back to the function, so second derivatives go through it again."""

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

    x = _leaf(torch)
    (first,) = torch.autograd.grad(Exponential.apply(x).sum(), x, create_graph=True)
    yield "graph of the first", first
    yield "second", torch.autograd.grad(first, x, torch.tensor([1.0, 2.0, -1.0]))


@case(DOUBLE, builds_on=("custom_function_derivatives::second_derivative",))
def saved_intermediate_in_second_derivative(torch):
    """A saved intermediate has no history, so what depends on it is missing in the second derivative."""

    class Sinh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            up, down = x.exp(), (-x).exp()
            ctx.save_for_backward(up, down)
            return (up - down) / 2

        @staticmethod
        def backward(ctx, grad):
            up, down = ctx.saved_tensors
            return grad * (up + down) / 2

    x = _leaf(torch)
    (first,) = torch.autograd.grad(Sinh.apply(x).sum(), x, create_graph=True)
    yield "first", first
    yield "second", raises(lambda: torch.autograd.grad(first.sum(), x))


@case(DOUBLE, builds_on=("custom_function_derivatives::saved_intermediate_in_second_derivative",))
def intermediates_returned_for_second_derivative(torch):
    """Intermediates returned as outputs have a history, and make the second derivative complete."""

    class Sinh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            up, down = x.exp(), (-x).exp()
            ctx.save_for_backward(up, down)
            return (up - down) / 2, up, down

        @staticmethod
        def backward(ctx, grad, for_up, for_down):
            up, down = ctx.saved_tensors
            return grad * (up + down) / 2 + for_up * up - for_down * down

    x = _leaf(torch)
    (first,) = torch.autograd.grad(Sinh.apply(x)[0].sum(), x, create_graph=True)
    yield "first", first
    yield "second", torch.autograd.grad(first, x, torch.tensor([1.0, 2.0, -1.0]))


@case(DOUBLE, builds_on=("custom_function_derivatives::second_derivative",))
def backward_by_another_function(torch):
    """A `backward` that is itself a custom function stands as one node in the graph of the gradient."""

    class SquareBackward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, grad, x):
            ctx.save_for_backward(grad, x)
            return grad * 2 * x

        @staticmethod
        def backward(ctx, second):
            grad, x = ctx.saved_tensors
            return second * 2 * x, second * 2 * grad

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return SquareBackward.apply(grad, ctx.saved_tensors[0])

    x = _leaf(torch)
    weight = torch.tensor([1.5, 2.5, -0.5], requires_grad=True)
    (first,) = torch.autograd.grad(Square.apply(x), x, weight, create_graph=True)
    yield "first", first
    yield "second", torch.autograd.grad(first.sum(), (x, weight))


@case(ONCE)
def once_differentiable(torch):
    """A `backward` decorated with `once_differentiable` runs without recording, also with `create_graph`."""
    seen = []
    x = _leaf(torch)
    (first,) = torch.autograd.grad(_square_once(torch, seen).apply(x).sum(), x, create_graph=True)
    yield "gradient", first
    yield "grad mode", seen


@case(ONCE, builds_on=("custom_function_derivatives::once_differentiable",))
def once_differentiable_twice(torch):
    """Where the gradient requires grad, the result leads to a node that refuses to be differentiated."""
    x = _leaf(torch)
    weight = torch.tensor([1.5, 2.5, -0.5], requires_grad=True)
    y = _square_once(torch, []).apply(x) * weight
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    yield "gradient", first
    yield "name", first.grad_fn.name()
    yield "second", raises(lambda: first.sum().backward())


@case(ONCE, builds_on=("custom_function_derivatives::once_differentiable_twice",))
def once_differentiable_with_several_gradients(torch):
    """All gradients of a function marked `once_differentiable` refuse; None stays None."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            return grad * y, None, grad * x

    x, y = _leaf(torch), torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    weight = torch.tensor([1.0, 2.0, -1.0], requires_grad=True)
    gradients = torch.autograd.grad(Product.apply(x, 3, y), (x, y), weight, create_graph=True)
    yield "gradients", gradients
    yield "numbers", [each.output_nr for each in gradients]
    yield "second", raises(lambda: gradients[1].sum().backward())


@case(ONCE, builds_on=("custom_function_derivatives::once_differentiable",))
def once_differentiable_keeps_the_name(torch):
    """The decorated `backward` keeps its name and text."""

    @torch.autograd.function.once_differentiable
    def backward(ctx, grad):
        """Doubles it."""
        return grad * 2

    yield "name", backward.__name__
    yield "text", backward.__doc__
    yield "called by hand", backward(None, torch.tensor([1.5, 2.0]))
    x = _leaf(torch)
    yield "called on what requires grad", backward(None, x * 3)
    with torch.no_grad():
        yield "called under no_grad", backward(None, x)
