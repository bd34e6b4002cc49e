"""Custom functions under `torch.func`: `grad`, `vjp`, `jvp`, and `vmap` by a rule of their own or a generated one."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Extending torch.func with autograd.Function: Basic Usage"
VMAP = "torch.autograd.Function: vmap"


def _values(torch):
    return torch.tensor([1.5, -2.0, 0.5])


def _batch(torch):
    return torch.tensor([[1.5, -2.0], [0.5, 3.0], [-1.0, 0.25]])


def _square(torch, **members):
    """x * x with a `backward` and a `jvp`."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])
            ctx.save_for_forward(inputs[0])

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[0]

        @staticmethod
        def jvp(ctx, tangent):
            return tangent * 2 * ctx.saved_tensors[0]

    for name, member in members.items():
        setattr(Square, name, member)
    return Square


@case(PAGE, builds_on=("custom_function_calls::separate_setup_context",))
def grad_of_a_custom_function(torch):
    """`grad` runs the `backward` of a custom function, also of its gradient and of that one's."""
    square = _square(torch)

    def function(x):
        return (square.apply(x) * x).sum()

    def first(x):
        return torch.func.grad(function)(x)

    def second(x):
        return torch.func.grad(lambda x: first(x).sum())(x)

    yield "first", first(_values(torch))
    yield "second", second(_values(torch))
    yield "third", torch.func.grad(lambda x: (second(x) * x).sum())(_values(torch))


@case(PAGE, builds_on=("custom_function_transforms::grad_of_a_custom_function",))
def node_of_a_custom_function_in_grad(torch):
    """Inside of `grad` the node of a custom function is named after a class generated from it."""
    seen = []

    def function(x):
        y = _square(torch).apply(x)
        seen.extend([y.grad_fn.name(), y.requires_grad, len(y.grad_fn.next_functions)])
        return y.sum()

    yield "gradient", torch.func.grad(function)(_values(torch))
    yield "name, requires grad, edges", seen


@case(PAGE, builds_on=("custom_function_transforms::grad_of_a_custom_function",))
def backward_outside_of_grad(torch):
    """What `grad` computes with a custom function is recorded outside of it."""
    x = _values(torch).requires_grad_()
    square = _square(torch)
    gradient = torch.func.grad(lambda x: (square.apply(x) * square.apply(x)).sum())(x)
    yield "gradient", gradient.detach()
    gradient.backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "gradient outside", x.grad


@case(PAGE, builds_on=("custom_function_transforms::grad_of_a_custom_function",))
def vjp_and_jvp_of_a_custom_function(torch):
    """`vjp` runs the `backward` and `jvp` the `jvp` of a custom function."""
    square = _square(torch)
    result, pull = torch.func.vjp(square.apply, _values(torch))
    yield "result", result
    yield "vjp", pull(torch.tensor([1.0, 10.0, 100.0]))
    yield "jvp", torch.func.jvp(square.apply, (_values(torch),), (torch.tensor([1.0, 10.0, 100.0]),))


@case(PAGE)
def combined_forward_in_transforms(torch):
    """A custom function without `setup_context` refuses all transforms."""

    class Triple(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = _values(torch)
    yield "grad", raises(lambda: torch.func.grad(lambda x: Triple.apply(x).sum())(x))
    yield "vmap", raises(lambda: torch.func.vmap(Triple.apply)(x))
    yield "jvp", raises(lambda: torch.func.jvp(Triple.apply, (x,), (x,)))


@case(PAGE, builds_on=("custom_function_transforms::grad_of_a_custom_function",))
def several_inputs_and_outputs_in_grad(torch):
    """Several inputs, numbers among them, and several outputs go through `grad` as they do outside."""
    seen = []

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(x, factor, y):
            return x * y * factor, 7, x + y

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0], inputs[2])
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, product, number, total):
            x, y = ctx.saved_tensors
            seen.append((ctx.needs_input_grad, number))
            return product * y * ctx.factor + total, None, product * x * ctx.factor + total * 10

    def function(x, y):
        product, number, total = Scaled.apply(x, 3, y)
        return (product * number + total).sum()

    y = torch.tensor([4.0, 5.0, 6.0])
    yield "both", torch.func.grad(function, argnums=(0, 1))(_values(torch), y)
    yield "one", torch.func.grad(function, argnums=1)(_values(torch), y)
    yield "seen", seen


@case(VMAP)
def vmap_without_a_rule(torch):
    """`vmap` refuses a custom function that has no rule, or two of them."""
    x = _batch(torch)
    yield "none", raises(lambda: torch.func.vmap(_square(torch).apply)(x))
    own = staticmethod(lambda info, in_dims, x: (x, 0))
    both = _square(torch, generate_vmap_rule=True, vmap=own)
    yield "two", raises(lambda: torch.func.vmap(both.apply)(x))


@case(VMAP)
def vmap_by_a_rule_of_its_own(torch):
    """A custom `vmap` gets the number of examples, where they lie, and all of them at once."""
    seen = []

    def rule(info, in_dims, x):
        seen.append((info.batch_size, info.randomness, in_dims, x.shape))
        return x * 100, in_dims[0]

    square = _square(torch, vmap=staticmethod(rule))
    yield "rows", torch.func.vmap(square.apply)(_batch(torch))
    yield "columns", torch.func.vmap(square.apply, in_dims=1, out_dims=1, randomness="same")(_batch(torch))
    yield (
        "one for all",
        torch.func.vmap(lambda y, x: square.apply(x) + y, in_dims=(0, None))(
            _batch(torch), torch.tensor([1.5, 2.5])
        ),
    )
    yield "seen", seen


@case(VMAP, builds_on=("custom_function_transforms::vmap_by_a_rule_of_its_own",))
def vmap_rule_that_does_not_fit(torch):
    """A custom `vmap` must return the outputs and where the examples lie in them."""

    def outcome(rule):
        square = _square(torch, vmap=staticmethod(rule))
        return raises(lambda: torch.func.vmap(square.apply)(_batch(torch)))

    yield "three", outcome(lambda info, in_dims, x: (x, 0, 0))
    yield "not alike", outcome(lambda info, in_dims, x: (x, (0, 0)))
    yield "the same for all", outcome(lambda info, in_dims, x: (x.sum(), None))


@case(VMAP, builds_on=("custom_function_transforms::vmap_by_a_rule_of_its_own",))
def vmap_rule_that_calls_the_function(torch):
    """A custom `vmap` may call the function itself, whose `backward` then runs on all examples."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(x, y, factor):
            return x * y * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0], inputs[1])
            ctx.factor = inputs[2]

        @staticmethod
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            return grad * y * ctx.factor, grad * x * ctx.factor, None

        @staticmethod
        def vmap(info, in_dims, x, y, factor):
            x = x.t() if in_dims[0] == 1 else x
            y = y.t() if in_dims[1] == 1 else y
            return Product.apply(x, y, factor), 0

    x, y = _batch(torch), torch.tensor([[1.0, 2.0, 4.0], [-1.0, 0.5, 3.0]])
    yield "product", torch.func.vmap(Product.apply, in_dims=(0, 1, None))(x, y, 2)
    gradient = torch.func.grad(lambda x, y: Product.apply(x, y, 3).sum(), argnums=(0, 1))
    yield "gradients", torch.func.vmap(gradient, in_dims=(0, 1))(x, y)


@case("torch.autograd.Function: generate_vmap_rule")
def generated_vmap_rule(torch):
    """With `generate_vmap_rule` the methods run under `vmap`: each sees one example."""
    seen = []

    class Norm(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x):
            seen.append(("forward", x.shape))
            return x.sum(), x * x.sum()

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.shape = inputs[0].shape
            ctx.save_for_backward(inputs[0])
            seen.append(("setup_context", ctx.shape, output[1].shape))

        @staticmethod
        def backward(ctx, total, scaled):
            (x,) = ctx.saved_tensors
            seen.append(("backward", x.shape, total.shape))
            return total.expand(ctx.shape) + scaled * x.sum() + (scaled * x).sum()

    x = _batch(torch).requires_grad_()
    total, scaled = torch.func.vmap(Norm.apply)(x)
    yield "outputs", (total, scaled)
    (scaled * _batch(torch) + total.unsqueeze(1)).sum().backward()
    yield "gradient", x.grad
    yield "seen", seen


@case(
    "torch.autograd.Function: generate_vmap_rule",
    builds_on=("custom_function_transforms::generated_vmap_rule",),
)
def generated_vmap_rule_with_shared_inputs(torch):
    """The gradient of an input that is the same for all examples is summed over them."""

    class Product(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(x, w, factor):
            return x * w * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0], inputs[1])
            ctx.factor = inputs[2]

        @staticmethod
        def backward(ctx, grad):
            x, w = ctx.saved_tensors
            return grad * w * ctx.factor, grad * x * ctx.factor, None

    x = _batch(torch).requires_grad_()
    w = torch.tensor([2.5, -1.5], requires_grad=True)
    result = torch.func.vmap(Product.apply, in_dims=(0, None, None))(x, w, 3)
    yield "result", result
    result.backward(torch.tensor([[1.0, 2.0], [-1.0, 0.5], [3.0, -2.0]]))
    yield "gradients", (x.grad, w.grad)


@case(
    "torch.autograd.Function: generate_vmap_rule",
    builds_on=("custom_function_transforms::generated_vmap_rule",),
)
def generated_vmap_rule_in_other_transforms(torch):
    """A generated rule works with `grad` and `jvp`, inside of `vmap` and around it."""
    square = _square(torch, generate_vmap_rule=True)
    x = _batch(torch)

    def total(x):
        return (square.apply(x) * x).sum()

    yield "vmap of grad", torch.func.vmap(torch.func.grad(total))(x)
    yield "grad of vmap", torch.func.grad(lambda x: (torch.func.vmap(square.apply)(x) * x).sum())(x)
    yield "jvp of vmap", torch.func.jvp(torch.func.vmap(square.apply), (x,), (x + 1,))
    yield "jacrev", torch.func.jacrev(square.apply)(_values(torch))
    yield "jacfwd", torch.func.jacfwd(square.apply)(_values(torch))
    yield "vmap of vmap", torch.func.vmap(torch.func.vmap(square.apply))(x)
