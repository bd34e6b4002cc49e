"""Custom functions: what `apply` takes, gives back and records, and what `backward` receives."""

from __future__ import annotations

from conformance import case

EXTENDING = "Extending PyTorch: Extending torch.autograd"


def _leaf(torch):
    return torch.tensor([1.5, -2.0, 0.5], requires_grad=True)


def _triple(torch):
    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    return Triple


@case(EXTENDING)
def forward_and_backward(torch):
    """A custom function computes what its `forward` says, and its gradient is what its `backward` says."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 10 + 1

    x = _leaf(torch)
    y = Wrong.apply(x)
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0, -0.5]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::forward_and_backward",))
def node_of_a_custom_function(torch):
    """One node named after the class, with Backward, stands for the whole forward in the graph."""
    y = _triple(torch).apply(_leaf(torch) * 2) + 1
    node = y.grad_fn.next_functions[0][0]
    yield "graph", y
    yield "name", node.name()
    yield "type", type(node).__name__
    yield "text", str(node)
    yield "text of its type", repr(type(node))
    yield "an edge for each tensor", node.next_functions


@case("torch.autograd.function: BackwardCFunction")
def context_is_the_node(torch):
    """The context that `forward` gets is the result's `grad_fn`, of the function's class of contexts."""
    seen = []

    class Keep(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(ctx)
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            seen.append(ctx)
            return grad * 3

    x = _leaf(torch)
    y = Keep.apply(x)
    y.sum().backward()
    yield "in forward", seen[0] is y.grad_fn
    yield "in backward", seen[1] is y.grad_fn
    yield "its class", type(y.grad_fn) is Keep._backward_cls
    yield "its function", y.grad_fn._forward_cls is Keep
    function = torch.autograd.function
    yield "a BackwardCFunction", isinstance(y.grad_fn, function.BackwardCFunction)
    yield "a FunctionCtx", isinstance(y.grad_fn, function.FunctionCtx)
    yield "no Function", isinstance(y.grad_fn, torch.autograd.Function)


@case(EXTENDING, builds_on=("custom_functions::forward_and_backward",))
def forward_records_nothing(torch):
    """Grad mode is off in `forward` and on again after it, and its operations leave no nodes."""
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.extend([torch.is_grad_enabled(), x.requires_grad, (x * 2).requires_grad])
            return x.exp() * x

        @staticmethod
        def backward(ctx, grad):
            seen.append(torch.is_grad_enabled())
            return grad * 5

    y = Look.apply(_leaf(torch))
    yield "after", torch.is_grad_enabled()
    yield "edges", y.grad_fn.next_functions
    y.sum().backward()
    yield "grad mode, input requires grad, result of an operation requires grad, in backward", seen


@case(EXTENDING, builds_on=("custom_functions::forward_records_nothing",))
def operations_under_enable_grad_in_forward(torch):
    """What `forward` records under `enable_grad` has its own graph, which the result does not lead to."""
    inner = []

    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            with torch.enable_grad():
                y = x * 2
            inner.append(y.grad_fn)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * 7

    x = _leaf(torch)
    y = Inner.apply(x)
    yield "recorded inside", inner
    yield "result", y
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::forward_and_backward",))
def several_inputs(torch):
    """`backward` returns a gradient for each input, and None where no gradient is wanted."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor, y):
            ctx.factor = factor
            ctx.save_for_backward(x, y)
            return x * y * factor

        @staticmethod
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            return grad * y * ctx.factor, None, grad * x * ctx.factor

    x, y = _leaf(torch), torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    result = Scaled.apply(x, 3, y)
    yield "result", result
    yield "edges", len(result.grad_fn.next_functions)
    result.backward(torch.tensor([1.0, -1.0, 2.0]))
    yield "gradients", (x.grad, y.grad)


@case("torch.autograd.function: FunctionCtx", builds_on=("custom_functions::several_inputs",))
def needs_input_grad(torch):
    """`needs_input_grad` says for each argument whether it requires grad, False for what is no tensor."""
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, number, b, c):
            seen.append(ctx.needs_input_grad)
            return a * number + b + c

        @staticmethod
        def backward(ctx, grad):
            seen.append(ctx.needs_input_grad)
            return grad * 2, None, None, grad * 5

    a, c = _leaf(torch), _leaf(torch)
    Look.apply(a, 2, torch.tensor([1.0, 2.0, 3.0]), c).backward(torch.tensor([0.5, 2.5, -1.5]))
    yield "in forward and backward", seen
    yield "gradients", (a.grad, c.grad)


@case("torch.autograd.function: FunctionCtx", builds_on=("custom_functions::needs_input_grad",))
def needs_input_grad_where_one_gradient_is_asked_for(torch):
    """`needs_input_grad` says what required grad in forward, not which gradients the call of `grad` asks for."""
    seen = []

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(ctx, grad):
            seen.append(ctx.needs_input_grad)
            a, b = ctx.saved_tensors
            return grad * b, grad * a

    a, b = _leaf(torch), torch.tensor([4.0, 5.0, 6.0], requires_grad=True)
    yield "gradient", torch.autograd.grad(Product.apply(a, b).sum(), b)
    yield "seen", seen


@case(EXTENDING, builds_on=("custom_functions::needs_input_grad",))
def under_no_grad(torch):
    """Under `no_grad` a custom function runs as any code: no node, though its inputs require grad."""
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.append((ctx.needs_input_grad, ctx.next_functions, torch.is_grad_enabled()))
            return x * 3

    x = _leaf(torch)
    with torch.no_grad():
        y = Look.apply(x)
    yield "result", y
    yield "needs_input_grad, next_functions and grad mode", seen


@case(EXTENDING)
def no_input_requires_grad(torch):
    """Where no input requires grad the result has no node, and a `backward` need not exist."""

    class Half(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x / 2

    yield "result", Half.apply(torch.tensor([1.5, -2.0]))


@case(EXTENDING, builds_on=("custom_functions::several_inputs",))
def one_input_twice(torch):
    """The gradients for one tensor that was passed twice are added."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * b

        @staticmethod
        def backward(ctx, grad):
            return grad * 3, grad * 10

    x = _leaf(torch)
    y = Product.apply(x, x)
    edges = y.grad_fn.next_functions
    yield "both edges lead to one node", edges[0][0] is edges[1][0]
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::forward_and_backward",))
def several_outputs(torch):
    """Each output is numbered, and `backward` receives the gradients of all of them."""

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 5

        @staticmethod
        def backward(ctx, one, two):
            return one * 2 + two * 100

    x = _leaf(torch)
    outputs = Split.apply(x)
    yield "outputs", outputs
    yield "numbers", [each.output_nr for each in outputs]
    yield "one node", outputs[0].grad_fn is outputs[1].grad_fn
    torch.autograd.backward(outputs, [torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.5, -1.0, 4.0])])
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::several_outputs",))
def unused_output_gets_zeros(torch):
    """An output that was not used reaches `backward` as zeros of its shape and type."""
    seen = []

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x.sum(), x.double() * 3

        @staticmethod
        def backward(ctx, *grads):
            seen.append(grads)
            return grads[0] * 2 + grads[1] + grads[2].float() * 3

    x = _leaf(torch)
    Split.apply(x)[0].backward(torch.tensor([1.0, 2.0, 3.0]))
    Split.apply(x)[2].backward(torch.tensor([1.5, 2.0, 3.0], dtype=torch.float64))
    yield "seen", seen
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::several_outputs",))
def one_output_used_twice(torch):
    """`backward` runs once, on the sum of the gradients of each output."""
    seen = []

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 5

        @staticmethod
        def backward(ctx, one, two):
            seen.append((one, two))
            return one * 2 + two * 5

    x = _leaf(torch)
    one, two = Split.apply(x)
    (one * 3 + two * 4 + one * 7).backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "seen", seen
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::several_outputs",))
def outputs_that_are_no_tensors(torch):
    """What is no tensor is returned as it is, and `backward` receives None for it."""
    seen = []

    class Mixed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return None, x * 2, 7, "text", [x * 4]

        @staticmethod
        def backward(ctx, *grads):
            seen.append(grads)
            return grads[1] * 2

    x = _leaf(torch)
    outputs = Mixed.apply(x)
    yield "outputs", outputs
    yield "number of the tensor", outputs[1].output_nr
    outputs[1].backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "seen", seen


@case(EXTENDING, builds_on=("custom_functions::outputs_that_are_no_tensors",))
def list_of_tensors_returned(torch):
    """Tensors in a list or dictionary that `forward` returns stay without history: only a tuple is taken apart."""

    def returning(value):
        class Returning(torch.autograd.Function):
            forward = staticmethod(lambda ctx, x: value(x))

        return Returning.apply(_leaf(torch))

    yield "list", returning(lambda x: [x * 2, x * 3])
    yield "dictionary", returning(lambda x: {"double": x * 2})
    yield "number", returning(lambda x: 5)
    yield "None", returning(lambda x: None)
    yield "tuple of one", returning(lambda x: (x * 2,))
    yield "empty tuple", returning(lambda x: ())


@case(EXTENDING, builds_on=("custom_functions::unused_output_gets_zeros",))
def integer_output(torch):
    """An output of an integer type has no history; its gradient arrives as zeros of its type."""
    seen = []

    class Rounded(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x.long(), x > 0

        @staticmethod
        def backward(ctx, *grads):
            seen.append(grads)
            return grads[0] * 2

    outputs = Rounded.apply(_leaf(torch))
    yield "outputs", outputs
    outputs[0].sum().backward()
    yield "seen", seen


@case(EXTENDING, builds_on=("custom_functions::several_outputs",))
def one_tensor_as_two_outputs(torch):
    """A tensor that `forward` returns twice is one object, numbered as its last place."""

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x * 2
            return result, result

        @staticmethod
        def backward(ctx, one, two):
            return one + two * 10

    x = _leaf(torch)
    one, two = Twice.apply(x)
    yield "one object", one is two
    yield "number", one.output_nr
    one.backward(torch.tensor([1.0, -2.0, 0.5]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::forward_and_backward",))
def graph_with_a_custom_function_used_again(torch):
    """A custom function that saved nothing runs backward again, without `retain_graph`."""
    x = _leaf(torch)
    y = _triple(torch).apply(x)
    for gradient in ([1.0, 2.0, 3.0], [10.0, 20.0, 30.0]):
        y.backward(torch.tensor(gradient))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::forward_and_backward",))
def called_many_times(torch):
    """Each call of `apply` makes a node of its own: gradients of repeated calls multiply along a chain."""
    triple = _triple(torch)
    x = _leaf(torch)
    y = triple.apply(triple.apply(triple.apply(x)))
    yield "graph", y
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad


@case(EXTENDING, builds_on=("custom_functions::forward_and_backward",))
def custom_function_in_a_custom_function(torch):
    """A custom function called in another's `forward` leaves no node; in its `backward` it is used as any code."""
    triple = _triple(torch)
    names = []

    class Outer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            inner = triple.apply(x)
            names.append(inner.grad_fn)
            return inner + 1

        @staticmethod
        def backward(ctx, grad):
            return triple.apply(grad) * 10

    x = _leaf(torch)
    y = Outer.apply(x)
    yield "node inside", names
    yield "graph", y
    y.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient", x.grad
