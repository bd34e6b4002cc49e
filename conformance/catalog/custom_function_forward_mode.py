"""Forward mode through custom functions: what `jvp` receives, what it may return, and what it refuses."""

from __future__ import annotations

from conformance import case, raises

JVP = "torch.autograd.Function: jvp"
FORWARD = "Extending PyTorch: Forward mode AD"


def _values(torch):
    return torch.tensor([1.5, -2.0, 0.5])


def _tangent(torch):
    return torch.tensor([10.0, 20.0, -5.0])


def _function(torch, forward, jvp):
    class Custom(torch.autograd.Function):
        pass

    Custom.forward = staticmethod(forward)
    Custom.jvp = staticmethod(jvp)
    return Custom


def _duals(torch, forward, jvp, *others):
    """The outputs, each with its tangent, of a function of a dual tensor and others."""
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(_values(torch), _tangent(torch))
        outputs = _function(torch, forward, jvp).apply(dual, *others)
        several = outputs if isinstance(outputs, tuple) else (outputs,)
        return [
            tuple(forward_ad.unpack_dual(each)) if isinstance(each, torch.Tensor) else each
            for each in several
        ]


@case(FORWARD)
def tangent_by_jvp(torch):
    """The tangent of the result is what `jvp` computes from that of the input."""
    yield "result and tangent", _duals(torch, lambda ctx, x: x * 3, lambda ctx, tangent: tangent * 30 + 1)


@case(
    "torch.autograd.function: FunctionCtx.save_for_forward",
    builds_on=("custom_function_forward_mode::tangent_by_jvp",),
)
def saved_for_forward(torch):
    """In `jvp`, `saved_tensors` are those of `save_for_forward`; in `backward`, those of `save_for_backward`."""
    seen = []

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x, None)
            ctx.save_for_backward(x * 2)
            return x * x

        @staticmethod
        def jvp(ctx, tangent):
            seen.append([None if each is None else each.tolist() for each in ctx.saved_tensors])
            return tangent * 2 * ctx.saved_tensors[0]

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    forward_ad = torch.autograd.forward_ad
    x = _values(torch).requires_grad_()
    with forward_ad.dual_level():
        y = Square.apply(forward_ad.make_dual(x, _tangent(torch)))
        yield "tangent", forward_ad.unpack_dual(y).tangent
        y.sum().backward()
    yield "seen in jvp", seen
    yield "gradient", x.grad


@case(JVP, builds_on=("custom_function_forward_mode::tangent_by_jvp",))
def jvp_sees_no_level(torch):
    """In `forward` and `jvp` forward mode is off: inputs show no tangents, and results get none."""
    seen = []
    forward_ad = torch.autograd.forward_ad

    def forward(ctx, x):
        seen.append(("forward", forward_ad.unpack_dual(x).tangent, forward_ad.unpack_dual(x * 2).tangent))
        return x * 3

    def jvp(ctx, tangent):
        seen.append(("jvp", forward_ad.unpack_dual(tangent * 2).tangent, torch.is_grad_enabled()))
        return tangent * 3

    yield "outputs", _duals(torch, forward, jvp)
    yield "seen", seen


@case(JVP, builds_on=("custom_function_forward_mode::tangent_by_jvp",))
def jvp_is_called_only_for_duals(torch):
    """`jvp` is not called where no input has a tangent, nor outside of a level."""
    custom = _function(torch, lambda ctx, x: x * 3, lambda ctx, tangent: 1 / 0)
    with torch.autograd.forward_ad.dual_level():
        yield "inside", custom.apply(_values(torch))
    yield "outside", custom.apply(_values(torch))


@case(
    "torch.autograd.function: FunctionCtx.set_materialize_grads",
    builds_on=("custom_function_forward_mode::tangent_by_jvp",),
)
def tangents_of_other_inputs(torch):
    """An input without a tangent has zeros, or None where grads are not materialized; no tensor has None."""
    seen = []

    def jvp(ctx, first, second, number):
        seen.append((first, second, number))
        return first * 3

    def undefined(ctx, x, y, number):
        ctx.set_materialize_grads(False)
        return x * 3

    other = torch.tensor([4.0, 5.0, 6.0])
    yield "zeros", _duals(torch, lambda ctx, x, y, number: x * 3, jvp, other, 7)
    yield "None", _duals(torch, undefined, jvp, other, 7)
    yield "seen", seen


@case(JVP, builds_on=("custom_function_forward_mode::tangent_by_jvp",))
def jvp_with_several_outputs(torch):
    """`jvp` returns a tangent for each output that is a tensor; others may have one, which is dropped."""
    yield (
        "two",
        _duals(torch, lambda ctx, x: (x * 3, x * 4), lambda ctx, tangent: (tangent * 3, tangent * 40)),
    )
    yield "a number", _duals(torch, lambda ctx, x: (x * 3, 5), lambda ctx, tangent: (tangent * 3, tangent))
    yield "None for it", _duals(torch, lambda ctx, x: (x * 3, 5), lambda ctx, tangent: (tangent * 3, None))


@case(JVP, builds_on=("custom_function_forward_mode::jvp_with_several_outputs",))
def jvp_that_does_not_fit(torch):
    """A `jvp` must return a tensor of the right shape for each output."""

    def outcome(forward, jvp):
        return raises(lambda: _duals(torch, forward, jvp))

    yield "too many", outcome(lambda ctx, x: x * 3, lambda ctx, tangent: (tangent, tangent))
    yield "too few", outcome(lambda ctx, x: (x * 3, x * 4), lambda ctx, tangent: tangent)
    yield "a number", outcome(lambda ctx, x: x * 3, lambda ctx, tangent: 3.0)
    yield "a list", outcome(lambda ctx, x: x * 3, lambda ctx, tangent: [tangent])
    yield "another shape", outcome(lambda ctx, x: x * 3, lambda ctx, tangent: tangent[:2])
    yield "another type", outcome(lambda ctx, x: x * 3, lambda ctx, tangent: tangent.double())


@case(JVP, builds_on=("custom_function_forward_mode::jvp_that_does_not_fit",))
def tangent_of_a_constant_output(torch):
    """An output that is marked as non-differentiable, or of an integer type, must have None as its tangent."""

    def marked(ctx, x):
        constant = x * 3
        ctx.mark_non_differentiable(constant)
        return constant, x * 4

    def both(ctx, tangent):
        return tangent, tangent

    def second(ctx, tangent):
        return None, tangent * 4

    def rounded(ctx, x):
        return x.long(), x * 4

    yield "marked", _duals(torch, marked, second)
    yield "integers", _duals(torch, rounded, second)
    yield "marked, with a tangent", raises(lambda: _duals(torch, marked, both))
    yield "integers, with a tangent", raises(lambda: _duals(torch, rounded, both))


@case(JVP, builds_on=("custom_function_forward_mode::tangent_by_jvp",))
def view_in_forward_mode(torch):
    """A function that returns a view of its input must return a view of the tangent."""
    yield "view", _duals(torch, lambda ctx, x: x[:2], lambda ctx, tangent: tangent[:2])
    yield "input", _duals(torch, lambda ctx, x: x, lambda ctx, tangent: tangent.view_as(tangent))
    refused = {
        "no view": (lambda ctx, x: x[:2], lambda ctx, tangent: tangent[:2] * 1),
        "the tangent itself": (lambda ctx, x: x, lambda ctx, tangent: tangent),
        "another tensor": (lambda ctx, x: x, lambda ctx, tangent: tangent * 2),
    }
    for label, (forward, jvp) in refused.items():
        yield label, raises(lambda: _duals(torch, forward, jvp))  # noqa: B023 - called at once


@case(JVP, builds_on=("custom_function_forward_mode::tangent_by_jvp",))
def change_in_place_in_forward_mode(torch):
    """A function that changes its input in place must change the tangent in place, and return it."""

    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    yield "in place", _duals(torch, forward, lambda ctx, tangent: tangent.mul_(20))
    yield "not in place", raises(lambda: _duals(torch, forward, lambda ctx, tangent: tangent * 2))
    yield (
        "not as it is",
        raises(lambda: _duals(torch, forward, lambda ctx, tangent: tangent.mul_(2).view_as(tangent))),
    )


@case(JVP, builds_on=("custom_function_forward_mode::tangent_by_jvp",))
def no_jvp(torch):
    """A function without a `jvp` refuses duals, whether or not it has a `backward`."""

    class Backward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(_values(torch), _tangent(torch))
        yield "refusal", raises(lambda: Backward.apply(dual))


@case(JVP, builds_on=("custom_function_forward_mode::saved_for_forward",))
def backward_through_a_jvp(torch):
    """What `jvp` computes is recorded: a tangent can be differentiated."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_forward(inputs[0])
            ctx.save_for_backward(inputs[0])

        @staticmethod
        def jvp(ctx, tangent):
            return tangent * 2 * ctx.saved_tensors[0]

        @staticmethod
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[0]

    forward_ad = torch.autograd.forward_ad
    x, v = _values(torch).requires_grad_(), _tangent(torch).requires_grad_()
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(Square.apply(forward_ad.make_dual(x, v))).tangent
        yield "tangent", tangent
        yield "gradients", torch.autograd.grad(tangent.sum(), (x, v))


@case(JVP, builds_on=("custom_function_forward_mode::backward_through_a_jvp",))
def jvp_of_a_gradient(torch):
    """Forward mode goes through `backward`: the tangent of a gradient is a product with the Hessian."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x)
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def jvp(ctx, tangent):
            return tangent * 3 * ctx.saved_tensors[0] ** 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 3 * ctx.saved_tensors[0] ** 2

    forward_ad = torch.autograd.forward_ad
    x = _values(torch).requires_grad_()
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, _tangent(torch))
        (gradient,) = torch.autograd.grad(Cube.apply(dual).sum(), dual)
        yield "gradient and its tangent", tuple(forward_ad.unpack_dual(gradient))
