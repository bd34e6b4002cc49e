"""`gradcheck` and `gradgradcheck`: gradients beside finite differences."""

from __future__ import annotations

from conformance import case, raises

GRADCHECK = "torch.autograd: torch.autograd.gradcheck.gradcheck"
GRADGRADCHECK = "torch.autograd: torch.autograd.gradcheck.gradgradcheck"


def _leaf(torch, values=(0.5, -1.5), **options):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True, **options)


def _scaled_gradient(torch, factor):
    """A square whose gradient is wrong by a factor."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * x * 2 * factor

    return Square.apply


@case(GRADCHECK)
def right_gradients_pass(torch):
    """`gradcheck` returns True where the gradients are those that finite differences give."""
    x, y = _leaf(torch), _leaf(torch, (2.5, 0.25))
    gradcheck = torch.autograd.gradcheck
    yield "one input", gradcheck(torch.sin, x)
    yield "a tuple", gradcheck(lambda x, y: (x * y, x.prod()), (x, y))
    yield "a list", gradcheck(lambda x, y: [x * y, x.prod()], [x, y])
    yield "a constant among the inputs", gradcheck(lambda x, k: x**k, (x, 3))
    yield "gradients afterwards", (x.grad, y.grad)
    yield "x afterwards", x


@case(GRADCHECK)
def wrong_gradients_raise(torch):
    """A wrong gradient raises `GradcheckError`, which shows both Jacobians."""
    square = _scaled_gradient(torch, 1.5)
    yield "wrong", raises(lambda: torch.autograd.gradcheck(square, _leaf(torch)))
    try:
        torch.autograd.gradcheck(square, _leaf(torch))
    except RuntimeError as error:
        yield "class", type(error).__name__


@case(GRADCHECK)
def wrong_gradients_without_an_exception(torch):
    """With `raise_exception=False` the answer is False; other errors are still raised."""
    gradcheck = torch.autograd.gradcheck
    yield "wrong", gradcheck(_scaled_gradient(torch, 1.5), _leaf(torch), raise_exception=False)
    yield "right", gradcheck(torch.sin, _leaf(torch), raise_exception=False)
    constant = torch.tensor([0.5], dtype=torch.float64)
    yield "no input", raises(lambda: gradcheck(torch.sin, constant, raise_exception=False))


@case(GRADCHECK)
def position_of_the_wrong_gradient(torch):
    """The message numbers the output and the input."""
    wrong = _scaled_gradient(torch, -1.0)
    x, y = _leaf(torch), _leaf(torch, (2.5, 0.25))
    yield "second output", raises(lambda: torch.autograd.gradcheck(lambda x: (x * 3, wrong(x)), x))
    yield "second input", raises(lambda: torch.autograd.gradcheck(lambda x, y: x * wrong(y), (x, y)))


@case(GRADCHECK)
def tolerances(torch):
    """A gradient is accepted within `rtol` and `atol`, and `eps` is the step."""
    gradcheck = torch.autograd.gradcheck
    nearly = _scaled_gradient(torch, 1.002)
    yield "default", gradcheck(nearly, _leaf(torch), raise_exception=False)
    yield "rtol", gradcheck(nearly, _leaf(torch), rtol=0.01)
    yield "atol", gradcheck(nearly, _leaf(torch), atol=0.1)
    yield "large step", raises(lambda: gradcheck(lambda x: x**3, _leaf(torch), eps=0.5))
    yield "large step of a square", gradcheck(lambda x: x**2, _leaf(torch), eps=0.5)


@case(GRADCHECK)
def inputs_that_cannot_be_checked(torch):
    """At least one input must require grad, and none may overlap itself."""
    gradcheck = torch.autograd.gradcheck
    constant = torch.tensor([0.5, -1.5], dtype=torch.float64)
    yield "no gradient", raises(lambda: gradcheck(torch.sin, constant))
    yield "no tensor", raises(lambda: gradcheck(lambda k: k, 3.0))
    expanded = torch.tensor([0.5], dtype=torch.float64).expand(3).requires_grad_()
    yield "expanded", raises(lambda: gradcheck(torch.sin, expanded))
    yield "second input", raises(lambda: gradcheck(torch.mul, (_leaf(torch, (1.0, 2.0, 3.0)), expanded)))


@case(GRADCHECK)
def single_precision_warns(torch):
    """An input in single precision warns, and its gradient mostly fails the check."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "single", torch.autograd.gradcheck(lambda x: x * 3, x, raise_exception=False, eps=1.0)
    both = (_leaf(torch), x)
    yield "second input", torch.autograd.gradcheck(torch.mul, both, eps=0.125, rtol=0.01)


@case(GRADCHECK)
def functions_that_do_not_depend_on_their_inputs(torch):
    """Without a differentiable output the finite differences must be zero."""
    gradcheck = torch.autograd.gradcheck
    yield "constant", gradcheck(lambda x: torch.ones(2, dtype=torch.float64), _leaf(torch))
    yield "detached", raises(lambda: gradcheck(lambda x: x.detach() * 3, _leaf(torch)))
    yield "detached part", gradcheck(lambda x: (x * 3, x.detach().sign()), _leaf(torch))
    yield "unused input", gradcheck(lambda x, y: x * 3, (_leaf(torch), _leaf(torch)))


@case(GRADCHECK)
def backward_that_is_not_reentrant(torch):
    """A gradient that differs when it is computed again is refused, beyond `nondet_tol`."""

    def drifting(size):
        calls = []

        class Drifting(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 3

            @staticmethod
            def backward(ctx, grad):
                calls.append(0)
                return grad * (3 + size * (len(calls) % 3))

        return Drifting.apply

    gradcheck = torch.autograd.gradcheck
    yield "small drift", raises(lambda: gradcheck(drifting(1e-7), _leaf(torch), check_undefined_grad=False))
    yield "tolerated", gradcheck(drifting(1e-7), _leaf(torch), nondet_tol=1e-5)


@case(GRADCHECK)
def gradient_must_be_multiplied(torch):
    """The backward must multiply with the incoming gradient: of zeros it must give zeros."""

    class Added(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            return grad + 1e-7

    yield (
        "added",
        raises(lambda: torch.autograd.gradcheck(Added.apply, _leaf(torch), check_undefined_grad=False)),
    )


@case(GRADCHECK)
def undefined_gradients(torch):
    """A backward must take undefined gradients; `check_undefined_grad=False` does not ask for that."""

    class Strict(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            if grad is None:
                raise RuntimeError("no gradient")
            return grad * 3

    gradcheck = torch.autograd.gradcheck
    yield "asked", raises(lambda: gradcheck(Strict.apply, _leaf(torch)))
    yield "not asked", gradcheck(Strict.apply, _leaf(torch), check_undefined_grad=False)


@case(GRADCHECK)
def undefined_gradients_of_several_outputs(torch):
    """Each output's gradient may be undefined alone, too."""
    seen = []

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 3, x * 5

        @staticmethod
        def backward(ctx, one, two):
            seen.append((one is None, two is None))
            parts = [grad * factor for grad, factor in ((one, 3), (two, 5)) if grad is not None]
            return sum(parts) if parts else None

    yield "passes", torch.autograd.gradcheck(Both.apply, _leaf(torch))
    yield "undefined", sorted(set(seen))


@case(GRADCHECK)
def checks_by_forward_mode(torch):
    """`check_forward_ad` compares the tangents, too, and alone with `check_backward_ad=False`."""
    gradcheck = torch.autograd.gradcheck
    yield "both", gradcheck(lambda x: x.exp() * x[0], _leaf(torch), check_forward_ad=True)
    forward = {"check_forward_ad": True, "check_backward_ad": False}
    yield "forward only", gradcheck(lambda x, y: (x * y, x @ y), (_leaf(torch), _leaf(torch)), **forward)

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def jvp(ctx, tangent):
            return tangent * 4

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    yield "wrong tangent", raises(lambda: gradcheck(Wrong.apply, _leaf(torch), check_forward_ad=True))
    yield "backward only", gradcheck(Wrong.apply, _leaf(torch))


@case(GRADCHECK)
def fast_mode(torch):
    """The fast mode compares in one random direction; where it fails it shows the whole Jacobians."""
    gradcheck = torch.autograd.gradcheck
    yield "right", gradcheck(lambda x, y: x * y.exp(), (_leaf(torch), _leaf(torch)), fast_mode=True)
    yield "forward", gradcheck(torch.sin, _leaf(torch), fast_mode=True, check_forward_ad=True)
    yield "wrong", raises(lambda: gradcheck(_scaled_gradient(torch, 1.5), _leaf(torch), fast_mode=True))
    yield "constant", raises(lambda: gradcheck(lambda x: x.detach() * 3, _leaf(torch), fast_mode=True))


@case(GRADCHECK)
def options_that_exclude_each_other(torch):
    """Something must be checked, and what is batched must be checked otherwise, too."""
    gradcheck, gradgradcheck = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    x = _leaf(torch)
    yield "nothing", raises(lambda: gradcheck(torch.sin, x, check_backward_ad=False))
    forward = {"check_forward_ad": True, "check_backward_ad": False}
    yield "batched", raises(lambda: gradcheck(torch.sin, x, check_batched_grad=True, **forward))
    yield "batched forward", raises(lambda: gradcheck(torch.sin, x, check_batched_forward_grad=True))
    yield "nothing twice", raises(lambda: gradgradcheck(torch.sin, x, check_rev_over_rev=False))
    only = {"check_rev_over_rev": False, "check_fwd_over_rev": True}
    yield "undefined", raises(lambda: gradgradcheck(torch.sin, x, **only))
    yield (
        "batched twice",
        raises(
            lambda: gradgradcheck(torch.sin, x, check_undefined_grad=False, check_batched_grad=True, **only)
        ),
    )


@case(GRADCHECK)
def outputs_that_change_their_kind(torch):
    """The outputs must have the same shape and type wherever the input is."""
    calls = []

    def growing(x):
        calls.append(0)
        return torch.cat([x] * len(calls))

    yield "shape", raises(lambda: torch.autograd.gradcheck(growing, _leaf(torch)))
    seen = []

    def narrowing(x):
        seen.append(0)
        return x if len(seen) % 2 else x.float()

    yield "type", raises(lambda: torch.autograd.gradcheck(narrowing, _leaf(torch)))


@case(GRADCHECK)
def complex_gradients(torch):
    """Complex inputs and outputs are checked part by part."""
    gradcheck = torch.autograd.gradcheck
    z = torch.tensor([0.5 - 1.5j, 2.0 + 0.25j], dtype=torch.complex128, requires_grad=True)
    yield "to real", gradcheck(lambda z: z.abs(), z)
    yield "to complex", gradcheck(lambda z: z * z, z)
    yield "of real", gradcheck(lambda x: x * (2.0 + 3.0j), _leaf(torch))
    yield "forward", gradcheck(lambda z: z * z, z, check_forward_ad=True)

    class Unconjugated(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            return z * (2.0 + 3.0j)

        @staticmethod
        def backward(ctx, grad):
            return grad * (2.0 + 3.0j)

    yield "wrong", raises(lambda: gradcheck(Unconjugated.apply, z))


@case(GRADGRADCHECK)
def second_derivatives_pass(torch):
    """`gradgradcheck` checks the gradients of the gradients, by the inputs and by the gradients given."""
    gradgradcheck = torch.autograd.gradgradcheck
    x, y = _leaf(torch), _leaf(torch, (2.5, 0.25))
    vector = _leaf(torch, (3.0, -0.5))
    yield "random gradients", gradgradcheck(torch.sin, x)
    yield "two inputs", gradgradcheck(lambda x, y: x**2 * y, (x, y), vector)
    yield "two outputs", gradgradcheck(lambda x, y: (x * y, x.exp()), (x, y), (vector, vector))
    yield "forward over reverse", gradgradcheck(torch.sin, x, vector, check_fwd_over_rev=True)
    yield "fast", gradgradcheck(lambda x: x.prod() * x, x, vector, fast_mode=True)


@case(GRADGRADCHECK)
def wrong_second_derivatives_raise(torch):
    """A backward whose own gradient is wrong passes `gradcheck` but not `gradgradcheck`."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * (x**2).detach() * 3

    x, vector = _leaf(torch), _leaf(torch, (3.0, -0.5))
    yield "first", torch.autograd.gradcheck(Cube.apply, x)
    yield "second", raises(lambda: torch.autograd.gradgradcheck(Cube.apply, x, vector))
    answer = torch.autograd.gradgradcheck(Cube.apply, x, vector, raise_exception=False)
    yield "without an exception", answer


@case(GRADCHECK)
def batched_gradients(torch):
    """`check_batched_grad` compares `vmap` over backward with running backward for each gradient."""
    gradcheck = torch.autograd.gradcheck
    yield "right", gradcheck(lambda x: x.exp() * x[0], _leaf(torch), check_batched_grad=True)
    yield "two inputs", gradcheck(torch.mul, (_leaf(torch), _leaf(torch)), check_batched_grad=True)


@case(GRADCHECK)
def batched_tangents(torch):
    """`check_batched_forward_grad` compares `vmap` over forward mode with pushing each tangent."""
    options = {"check_forward_ad": True, "check_batched_forward_grad": True}
    yield "right", torch.autograd.gradcheck(lambda x: x.exp() * x[0], _leaf(torch), **options)
    inputs = (_leaf(torch), _leaf(torch, (2.5, 0.25)))
    yield "two inputs", torch.autograd.gradcheck(lambda x, y: (x * y, x @ y), inputs, **options)


@case(GRADCHECK)
def calls_of_the_checked_function(torch):
    """The function is called once, twice for each element of the inputs, and once more for undefined gradients."""
    for options in ({}, {"check_undefined_grad": False}, {"fast_mode": True}, {"check_forward_ad": True}):
        calls = []

        def function(x, calls=calls):
            calls.append(x.detach().clone())
            return x**2

        torch.autograd.gradcheck(function, _leaf(torch), eps=0.25, **options)
        yield f"calls, {sorted(options)}", len(calls)
        if not options:
            yield "arguments", calls
