"""What custom functions refuse: gradients that do not fit, wrong types, missing methods; and errors inside."""

from __future__ import annotations

from conformance import case, raises

EXTENDING = "Extending PyTorch: Extending torch.autograd"
BACKWARD = "torch.autograd.Function: backward"


def _leaf(torch):
    return torch.tensor([1.5, -2.0, 0.5], requires_grad=True)


def _returning(torch, gradients):
    """The sum of two inputs, whose `backward` returns what `gradients` makes of the gradient."""

    class Sum(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b

        @staticmethod
        def backward(ctx, grad):
            return gradients(grad)

    return Sum


def _outcome(torch, gradients, second=None):
    a, b = _leaf(torch), _leaf(torch) if second is None else second
    y = _returning(torch, gradients).apply(a, b)

    def gradients_of_leaves():
        y.backward(torch.tensor([1.0, 2.0, -1.0]))
        return a.grad, getattr(b, "grad", None)

    return raises(gradients_of_leaves)


@case(BACKWARD)
def wrong_number_of_gradients(torch):
    """`backward` must return as many gradients as `forward` had arguments."""
    yield "one", _outcome(torch, lambda grad: grad)
    yield "three", _outcome(torch, lambda grad: (grad, grad, grad))
    yield "none", _outcome(torch, lambda grad: ())
    yield "a single None", _outcome(torch, lambda grad: None)
    yield "a list", _outcome(torch, lambda grad: [grad, grad])


@case(BACKWARD, builds_on=("custom_function_refusals::wrong_number_of_gradients",))
def too_many_gradients_that_are_none(torch):
    """Gradients beyond the number of arguments are dropped where they are None."""
    yield "gradients", _outcome(torch, lambda grad: (grad, grad * 2, None, None))


@case(BACKWARD)
def gradient_that_is_no_tensor(torch):
    """A gradient must be a tensor or None."""
    yield "number", _outcome(torch, lambda grad: (3.0, grad))
    yield "text", _outcome(torch, lambda grad: (grad, "gradient"))
    yield "list", _outcome(torch, lambda grad: ([1.0, 2.0, 3.0], grad))


@case(BACKWARD)
def gradient_for_what_is_no_tensor(torch):
    """The gradient of an argument that is no tensor must be None."""
    yield "a tensor", _outcome(torch, lambda grad: (grad, grad), second=3.0)
    yield "a number", _outcome(torch, lambda grad: (grad, 1), second=3.0)
    yield "None", _outcome(torch, lambda grad: (grad * 2, None), second=3.0)


@case(BACKWARD)
def gradient_for_what_needs_none(torch):
    """The gradient of a tensor that does not require grad is dropped, whatever its shape."""
    constant = torch.tensor([1.0, 2.0, 3.0])
    yield "of its shape", _outcome(torch, lambda grad: (grad * 2, grad), second=constant)
    yield "of another", _outcome(torch, lambda grad: (grad * 2, grad[:2]), second=constant)
    yield "no tensor", _outcome(torch, lambda grad: (grad * 2, 5), second=constant)


@case(BACKWARD)
def gradient_of_a_wrong_shape(torch):
    """A gradient must have a shape that the input could have been broadcast to."""
    yield "shorter", _outcome(torch, lambda grad: (grad[:2], grad))
    yield "a single number", _outcome(torch, lambda grad: (grad.sum(), grad))
    yield "of size 1", _outcome(torch, lambda grad: (grad, grad[:1]))
    yield "a column", _outcome(torch, lambda grad: (grad, grad.view(3, 1)))


@case(BACKWARD, builds_on=("custom_function_refusals::gradient_of_a_wrong_shape",))
def gradient_of_a_broadcast_shape(torch):
    """A gradient that is larger than the input is summed to the input's shape."""
    wider = torch.tensor([[1.0, 2.0, 3.0], [-1.0, 4.0, 0.5]])
    yield "more dimensions", _outcome(torch, lambda grad: (grad * wider, grad))
    one = torch.tensor([2.0], requires_grad=True)
    yield "an input of size 1", _outcome(torch, lambda grad: (grad, grad * 2), second=one)


@case(BACKWARD)
def gradient_of_another_type(torch):
    """A gradient of another type is cast to the input's, but complex numbers do not become real ones."""
    yield "float64", _outcome(torch, lambda grad: (grad.double() * 3, grad))
    yield "int64", _outcome(torch, lambda grad: ((grad * 3).long(), grad))
    yield "float16", _outcome(torch, lambda grad: (grad.half() / 3, grad))


@case(BACKWARD, builds_on=("custom_function_refusals::gradient_of_a_wrong_shape",))
def wrong_gradient_deep_in_the_graph(torch):
    """The refusal names the function and counts its tensors only."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, factor, x, other):
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return None, grad * 2, grad[:1]

    x, other = _leaf(torch), _leaf(torch)
    y = Scaled.apply(2, x * 2, other * 3) + 1
    yield "refusal", raises(lambda: y.sum().backward())
    yield "gradients", (x.grad, other.grad)


@case("torch.autograd: torch.autograd.Function")
def methods_that_were_not_written(torch):
    """The methods that a custom function does not have say what to do."""

    class Empty(torch.autograd.Function):
        pass

    class Forward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    yield "apply without forward", raises(lambda: Empty.apply(_leaf(torch)))
    yield "forward", raises(lambda: torch.autograd.Function.forward(None, 1))
    yield "setup_context", raises(lambda: Empty.setup_context(None, (), None))
    yield "backward", raises(lambda: Forward.apply(_leaf(torch)).sum().backward())
    yield "vjp", raises(lambda: Empty.vjp(None, None))
    yield "jvp", raises(lambda: Empty.jvp(None, None))
    yield "vmap", raises(lambda: Empty.vmap(None, None))


@case(
    "torch.autograd: torch.autograd.Function", builds_on=("custom_function_calls::vjp_instead_of_backward",)
)
def both_backward_and_vjp(torch):
    """A custom function may have `backward` or `vjp`; that it has both is refused in the backward pass."""

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

        @staticmethod
        def vjp(ctx, grad):
            return grad * 2

    y = Both.apply(_leaf(torch))
    yield "result", y
    yield "backward", raises(lambda: y.sum().backward())


@case("torch.autograd: torch.autograd.Function")
def instance_of_a_custom_function(torch):
    """Making an instance of a custom function warns, and calling the instance is refused."""

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

    Triple.__module__, Triple.__qualname__ = "program", "Triple"
    instance = Triple()
    yield "called", raises(lambda: instance(_leaf(torch)))
    yield "an instance", isinstance(instance, torch.autograd.Function)


@case(
    "torch.autograd: torch.autograd.Function",
    builds_on=("custom_function_refusals::instance_of_a_custom_function",),
)
def old_style_function(torch):
    """A `forward` with `self` that is no static method works as its context would, through `apply` only."""

    class Old(torch.autograd.Function):
        def forward(self, x):
            self.save_for_backward(x)
            return x * x

        def backward(self, grad):
            (x,) = self.saved_tensors
            return grad * 2 * x

    x = _leaf(torch)
    Old.apply(x).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(EXTENDING)
def error_in_forward(torch):
    """An error in `forward` comes through as it is, and grad mode is on again."""

    class Failing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            raise ValueError("no luck forward")

    yield "error", raises(lambda: Failing.apply(_leaf(torch)))
    yield "grad mode", torch.is_grad_enabled()
    with torch.no_grad():
        yield "error under no_grad", raises(lambda: Failing.apply(_leaf(torch)))
        yield "grad mode under no_grad", torch.is_grad_enabled()


@case(EXTENDING)
def error_in_backward(torch):
    """An error in `backward` comes through as it is; what ran before stays done."""

    class Failing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise KeyError("no luck backward")

    x, other = _leaf(torch), _leaf(torch)
    y = Failing.apply(x) + (other * 3).exp() * 0.5
    yield "error", raises(lambda: y.backward(torch.tensor([1.0, 2.0, -1.0])))
    yield "gradients", (x.grad, other.grad)
    yield "grad mode", torch.is_grad_enabled()


@case(EXTENDING)
def error_in_setup_context(torch):
    """An error in `setup_context` comes through as it is, after `forward` has run."""
    seen = []

    class Failing(torch.autograd.Function):
        @staticmethod
        def forward(x):
            seen.append("forward")
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            raise LookupError("no luck in between")

    yield "error", raises(lambda: Failing.apply(_leaf(torch)))
    yield "seen", seen
    yield "grad mode", torch.is_grad_enabled()


@case("torch.autograd.function: FunctionCtx")
def context_methods_given_what_is_no_tensor(torch):
    """Only tensors can be saved, marked dirty or marked as non-differentiable."""

    def calling(prepare):
        class Calling(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                prepare(ctx)
                return x * 2

        return raises(lambda: Calling.apply(_leaf(torch)))

    yield "save_for_backward", calling(lambda ctx: ctx.save_for_backward(torch.tensor(1.0), 3))
    yield "save_for_forward", calling(lambda ctx: ctx.save_for_forward("text"))
    yield "mark_dirty", calling(lambda ctx: ctx.mark_dirty(3))
    yield "mark_non_differentiable", calling(lambda ctx: ctx.mark_non_differentiable(3))


@case("torch.autograd.function: FunctionCtx")
def saving_what_is_no_tensor_without_gradient(torch):
    """Where no input requires grad, what `save_for_backward` is given is not looked at."""

    class Saving(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(3, "text")
            return x * 2

    yield "result", Saving.apply(torch.tensor([1.5, 2.5]))


@case(EXTENDING)
def wrong_number_of_arguments(torch):
    """`apply` passes on what it is given, and `forward` and `backward` complain themselves."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y, x + y

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    x = _leaf(torch)
    yield "too few", type(raises(lambda: Product.apply(x)).error).__name__
    yield "too many", type(raises(lambda: Product.apply(x, x, x)).error).__name__
    yield "backward", type(raises(lambda: Product.apply(x, x)[0].sum().backward()).error).__name__
