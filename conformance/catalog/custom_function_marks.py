"""What a custom function says of its outputs and gradients: constants, undefined gradients, gradients in a list."""

from __future__ import annotations

from conformance import case, raises

CONTEXT = "torch.autograd.function: FunctionCtx"


def _leaf(torch):
    return torch.tensor([1.5, -2.0, 0.5], requires_grad=True)


@case(CONTEXT, builds_on=("custom_function_context::saved_variables_is_deprecated",))
def mark_shared_storage_is_deprecated(torch):
    """`mark_shared_storage` does nothing but warn."""

    class Shared(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.view(-1)
            yield_value.append(ctx.mark_shared_storage((x, y)))
            return x * 2

    yield_value = []
    yield "result", Shared.apply(torch.tensor([1.5, 2.0]))
    yield "returned", yield_value


@case("torch.autograd.function: FunctionCtx.set_materialize_grads")
def undefined_gradients_not_materialized(torch):
    """With `set_materialize_grads(False)` the gradient of an output that was not used is None."""
    seen = []

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 5, x.long()

        @staticmethod
        def backward(ctx, one, two, three):
            seen.append((one, two, three))
            return two * 5 if one is None else one * 2

    x = _leaf(torch)
    Split.apply(x)[0].backward(torch.tensor([1.0, 2.0, 3.0]))
    Split.apply(x)[1].backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "seen", seen
    yield "gradient", x.grad


@case(
    "torch.autograd.function: FunctionCtx.set_materialize_grads",
    builds_on=("custom_function_marks::undefined_gradients_not_materialized",),
)
def node_that_only_undefined_gradients_reach(torch):
    """A node that no defined gradient reaches runs too, on zeros, or on None where grads are not materialized."""
    seen = []

    def passing(materialize, result):
        class Passing(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.set_materialize_grads(materialize)
                return x * 2

            @staticmethod
            def backward(ctx, grad):
                seen.append(grad)
                return result(grad)

        return Passing

    for materialize in (True, False):
        x = _leaf(torch)
        inner = passing(materialize, lambda grad: grad).apply(x)
        passing(True, lambda grad: None).apply(inner).sum().backward()
        yield f"gradient, {materialize}", x.grad
    yield "seen", seen


@case("torch.autograd.function: FunctionCtx.mark_non_differentiable")
def output_marked_as_constant(torch):
    """An output marked as non-differentiable has no history, and its gradient arrives as zeros."""
    seen = []

    class Sorted(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            sign = x.sign()
            ctx.mark_non_differentiable(sign)
            return x.abs(), sign

        @staticmethod
        def backward(ctx, grad, for_sign):
            seen.append((grad, for_sign))
            return grad * 4

    x = _leaf(torch)
    outputs = Sorted.apply(x)
    yield "outputs", outputs
    yield "backward of the constant", raises(lambda: outputs[1].sum().backward())
    (outputs[0] * outputs[1]).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "seen", seen
    yield "gradient", x.grad


@case(
    "torch.autograd.function: FunctionCtx.mark_non_differentiable",
    builds_on=("custom_function_marks::output_marked_as_constant",),
)
def only_output_marked_as_constant(torch):
    """Where the only output is marked as non-differentiable, the result is a leaf without gradient."""

    class Constant(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x * 2
            ctx.mark_non_differentiable(result)
            return result

    y = Constant.apply(_leaf(torch))
    yield "result", y
    yield "made to require grad", y.requires_grad_()


@case(
    "torch.autograd.function: FunctionCtx.mark_non_differentiable",
    builds_on=("custom_function_marks::output_marked_as_constant",),
)
def input_marked_as_constant(torch):
    """An input that is returned and marked as non-differentiable comes back detached, over the same memory."""

    class Pass(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_non_differentiable(x)
            return x, x * 3

        @staticmethod
        def backward(ctx, for_x, grad):
            return grad * 3

    x = _leaf(torch)
    same, _ = Pass.apply(x)
    yield "output", same
    yield "the input", x
    same.mul_(2)
    yield "the input after a change of the output", x


@case("torch.autograd.function: BackwardCFunction")
def gradients_in_a_list(torch):
    """With `boxed_grads_call`, `backward` receives one list of all the gradients."""
    seen = []

    class Boxed(torch.autograd.Function):
        boxed_grads_call = True

        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 5

        @staticmethod
        def backward(ctx, grads):
            seen.append(list(grads))
            return grads.pop() * 5 + grads.pop() * 2

    x = _leaf(torch)
    one, two = Boxed.apply(x)
    (one * 3 + two).backward(torch.tensor([1.0, 2.0, -1.0]))
    yield "seen", seen
    yield "gradient", x.grad
