"""How custom functions are called: keywords, defaults, `setup_context`, subclasses, and by hand."""

from __future__ import annotations

from conformance import case, raises

EXTENDING = "Extending PyTorch: Extending torch.autograd"
SEPARATE = "Extending PyTorch: Combined or separate forward() and setup_context()"


def _leaf(torch):
    return torch.tensor([1.5, -2.0, 0.5], requires_grad=True)


def _linear(torch, seen):
    class Linear(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor=4, offset=0.5):
            seen.append((ctx.needs_input_grad, factor, offset))
            return x * factor + offset

        @staticmethod
        def backward(ctx, *grads):
            return (grads[0] * 4, None, None)[: len(ctx.needs_input_grad)]

    return Linear


@case(EXTENDING)
def keyword_arguments(torch):
    """Keyword arguments are put in their places, and count as arguments of their own for `backward`."""
    seen = []
    linear = _linear(torch, seen)
    x = _leaf(torch)
    yield "result", linear.apply(x, factor=3)
    yield "in another order", linear.apply(offset=2.5, factor=3, x=x)
    linear.apply(x, factor=torch.tensor(2.5, requires_grad=True)).backward(torch.tensor([0.5, 2.5, -1.5]))
    yield "gradient", x.grad
    yield "seen", seen


@case(EXTENDING, builds_on=("custom_function_calls::keyword_arguments",))
def keyword_arguments_refused(torch):
    """Keyword arguments that are unknown, doubled, or leave a default's place empty are refused."""
    linear = _linear(torch, [])
    x = _leaf(torch)
    yield "unknown", raises(lambda: linear.apply(x, scale=3))
    yield "the context", raises(lambda: linear.apply(x, ctx=3))
    yield "twice", raises(lambda: linear.apply(x, 2, factor=3))
    yield "past a default", raises(lambda: linear.apply(x, offset=3))
    yield "without the first", raises(lambda: linear.apply(factor=3))


@case(EXTENDING, builds_on=("custom_function_calls::keyword_arguments_refused",))
def keyword_only_parameters(torch):
    """A parameter that only a keyword can give keeps its default: `apply` refuses to set it."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, *, factor=3):
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    yield "default", Scaled.apply(_leaf(torch))
    yield "given", raises(lambda: Scaled.apply(_leaf(torch), factor=5))


@case(EXTENDING)
def defaults_left_out(torch):
    """`backward` returns gradients for the arguments that were given, without those left to their defaults."""
    seen = []
    linear = _linear(torch, seen)
    x = _leaf(torch)
    linear.apply(x).backward(torch.tensor([1.0, 2.0, -1.0]))
    linear.apply(x, 4).backward(torch.tensor([10.0, 2.0, -1.0]))
    yield "gradient", x.grad
    yield "seen", seen


@case(SEPARATE)
def separate_setup_context(torch):
    """With a `setup_context`, `forward` gets no context, and `setup_context` gets the inputs and the output."""
    seen = []

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(x, factor):
            return x**3 * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append((inputs, output, torch.is_grad_enabled()))
            ctx.save_for_backward(inputs[0])
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x**2 * ctx.factor, None

    x = _leaf(torch)
    y = Cube.apply(x, 2)
    yield "result", y
    yield "seen", seen
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(SEPARATE, builds_on=("custom_function_calls::separate_setup_context",))
def defaults_with_setup_context(torch):
    """With a `setup_context`, defaults are filled in before the call and count as arguments."""
    seen = []

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(x, factor=4, offset=1):
            return x * factor + offset

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append((inputs, ctx.needs_input_grad))

        @staticmethod
        def backward(ctx, grad):
            return grad * 4, None, None

    x = _leaf(torch)
    yield "default", Scaled.apply(x)
    yield "keyword after a default", Scaled.apply(x, offset=2)
    Scaled.apply(x).backward(torch.tensor([0.5, 2.5, -1.5]))
    yield "gradient", x.grad
    yield "seen", seen


@case(SEPARATE, builds_on=("custom_function_calls::defaults_with_setup_context",))
def arguments_that_do_not_bind(torch):
    """With a `setup_context`, arguments that `forward` does not take are refused before it is called."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(x, factor, *, offset=0):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

    x = _leaf(torch)
    yield "missing", raises(lambda: Scaled.apply(x))
    yield "too many", raises(lambda: Scaled.apply(x, 2, 3))
    yield "unknown", raises(lambda: Scaled.apply(x, 2, scale=3))
    yield "a default of a keyword", raises(lambda: Scaled.apply(x, 2))


@case(SEPARATE, builds_on=("custom_function_calls::separate_setup_context",))
def output_in_setup_context(torch):
    """`setup_context` gets what `forward` returned, a tuple as a tuple, before it has a history."""
    seen = []

    class Pair(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2, x * 3

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.extend([type(output).__name__, output[1].grad_fn, output[1].requires_grad])
            ctx.mark_non_differentiable(output[1])
            ctx.save_for_backward(output[0])

        @staticmethod
        def backward(ctx, one, two):
            (result,) = ctx.saved_tensors
            return one * result

    x = _leaf(torch)
    outputs = Pair.apply(x)
    yield "seen", seen
    yield "outputs", outputs
    outputs[0].sum().backward()
    yield "gradient", x.grad


@case("torch.autograd.Function: vjp", builds_on=("custom_functions::forward_and_backward",))
def vjp_instead_of_backward(torch):
    """`vjp` is another name of `backward`."""

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def vjp(ctx, grad):
            return grad * 30

    x = _leaf(torch)
    Triple.apply(x).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::forward_and_backward",))
def subclass_of_a_custom_function(torch):
    """A subclass inherits `forward` or `backward`, and its node carries its own name."""

    class Base(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    class Derived(Base):
        @staticmethod
        def backward(ctx, grad):
            return Base.backward(ctx, grad) * 10

    x = _leaf(torch)
    y = Derived.apply(x)
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(EXTENDING)
def forward_as_a_class_method(torch):
    """`forward` may be a class method: the context follows the class."""

    class Scaled(torch.autograd.Function):
        factor = 3

        @classmethod
        def forward(cls, ctx, x):
            return x * cls.factor

        @classmethod
        def backward(cls, ctx, grad):
            return grad * cls.factor * 10

    x = _leaf(torch)
    Scaled.apply(x).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(EXTENDING)
def forward_called_by_hand(torch):
    """`forward` called by hand is plain code: its operations are recorded one by one."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx["factor"] = 3
            return x * 3 + 1

    notes = {}
    yield "result", Scaled.forward(notes, _leaf(torch))
    yield "notes", notes


@case("torch.autograd.function: BackwardCFunction", builds_on=("custom_functions::context_is_the_node",))
def apply_of_the_node(torch):
    """`apply` of the node calls `backward` by hand and returns just what it returns."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            return grad * y, grad * x

    node = Product.apply(_leaf(torch), torch.tensor([4.0, 5.0, 6.0])).grad_fn
    yield "gradients", node.apply(torch.tensor([1.0, 2.0, -1.0]))
    yield "backward itself", Product.backward(node, torch.tensor([3.0, 2.0, -1.0]))
    yield "called", raises(lambda: node(torch.tensor([1.0, 2.0, -1.0])))


@case(EXTENDING)
def arguments_arrive_as_they_are(torch):
    """`forward` gets the very objects that `apply` got, tensors and others."""
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *args):
            seen.extend(args)
            return args[0] * 2

    given = [_leaf(torch), None, {"a": 1}, [2.5], "text", torch.tensor([1, 2])]
    yield "result", Look.apply(*given)
    yield "the same objects", [one is two for one, two in zip(given, seen)]


@case(EXTENDING, builds_on=("custom_functions::several_inputs",))
def tensors_in_a_list(torch):
    """Tensors inside a list are not seen: no gradient flows to them."""

    class Total(torch.autograd.Function):
        @staticmethod
        def forward(ctx, tensors, x):
            return tensors[0] + tensors[1] + x

        @staticmethod
        def backward(ctx, grad):
            return None, grad * 3

    hidden, x = [_leaf(torch), _leaf(torch)], _leaf(torch)
    y = Total.apply(hidden, x)
    yield "edges", y.grad_fn.next_functions
    y.backward(torch.tensor([0.5, 2.5, -1.5]))
    yield "gradients", (hidden[0].grad, x.grad)
    yield "only in the list", Total.apply(hidden, torch.tensor([1.0, 2.0, 3.0]))
