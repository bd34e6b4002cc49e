"""`torch.utils.checkpoint`: where recomputation stops, how it is checked, and sequences of checkpointed functions."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch.utils.checkpoint: checkpoint"
SEQUENTIAL = "torch.utils.checkpoint: checkpoint_sequential"


def _leaf(torch):
    return torch.tensor([1.5, -0.5], requires_grad=True)


def _changing(torch, first, again, **options):
    """The outcome of a checkpointed call whose function computes something else when it is run again."""
    runs = []

    def function(x):
        runs.append("run")
        return first(x) if len(runs) == 1 else again(x)

    def whole():
        x = _leaf(torch)
        torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False, **options).sum().backward()
        return x.grad

    return raises(whole)


def _steps(torch, **options):
    """How far the function gets in each run, and the gradient."""
    notes = []

    def function(x):
        notes.append("start")
        y = x.exp()
        notes.append("first")
        y = y.sin()
        notes.append("second")
        return y * 3

    x = _leaf(torch)
    y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False, **options)
    notes.append("backward")
    y.backward(torch.tensor([1.0, -2.0]))
    return notes, x.grad


@case(PAGE)
def recomputation_stops_early(torch):
    """The function is run again only up to the last tensor that it saves."""
    notes, gradient = _steps(torch)
    yield "steps", notes
    yield "gradient", gradient


@case(PAGE, builds_on=("checkpoint_recomputation::recomputation_stops_early",))
def recomputation_to_the_end(torch):
    """With `early_stop=False`, or under `set_checkpoint_early_stop(False)`, the function runs to its end."""
    yield "by the argument", _steps(torch, early_stop=False)[0]
    with torch.utils.checkpoint.set_checkpoint_early_stop(False):
        yield "by the context", _steps(torch)[0]
        with torch.utils.checkpoint.set_checkpoint_early_stop(True):
            yield "by the inner context", _steps(torch, early_stop=False)[0]
    yield "afterwards", _steps(torch)[0]


@case(PAGE)
def fewer_tensors_saved_again(torch):
    """A function that saves fewer tensors when it is run again is refused."""
    yield "refusal", _changing(torch, lambda x: x.exp().sin().cos(), lambda x: x.exp())


@case(PAGE, builds_on=("checkpoint_recomputation::fewer_tensors_saved_again",))
def more_tensors_saved_again(torch):
    """A function that saves more tensors when it is run again is refused only where it runs to its end."""

    def more(x):
        return x.exp().sin().cos()

    yield "stopped early", _changing(torch, lambda x: x.exp(), more)
    yield "to the end", _changing(torch, lambda x: x.exp(), more, early_stop=False)


@case(PAGE, builds_on=("checkpoint_recomputation::fewer_tensors_saved_again",))
def other_tensors_saved_again(torch):
    """Tensors of another shape or type than at first are refused; other values are not noticed."""
    yield "shape", _changing(torch, lambda x: (x * 1).exp(), lambda x: x[:1].exp())
    yield "type", _changing(torch, lambda x: x.exp(), lambda x: x.double().exp())
    yield "several", _changing(torch, lambda x: x.exp().sin(), lambda x: x[:1].exp().double().sin())
    yield "values", _changing(torch, lambda x: x.exp(), lambda x: (x * 2).exp())


@case(PAGE, builds_on=("checkpoint_recomputation::other_tensors_saved_again",))
def determinism_check(torch):
    """With `determinism_check="none"` shapes and types are not compared; other names are refused."""

    def first(x):
        return (x * 1).exp()

    yield "none", _changing(torch, first, lambda x: (x[:1] * 2).exp(), determinism_check="none")
    yield "unknown", _changing(torch, first, first, determinism_check="strict")


@case(PAGE)
def saved_tensor_of_a_checkpointed_call_read(torch):
    """A saved tensor that is read outside of a backward is computed again each time."""
    runs = []

    def function(x):
        runs.append("run")
        return x.exp().sin()

    y = torch.utils.checkpoint.checkpoint(function, _leaf(torch), use_reentrant=False)
    node = y.grad_fn
    yield "saved", node._saved_self
    yield "again", node._saved_self
    yield "runs", len(runs)


@case(PAGE, builds_on=("checkpoint_recomputation::saved_tensor_of_a_checkpointed_call_read",))
def saved_tensors_taken_out_twice(torch):
    """In a checkpointed call, a custom function may take its saved tensors out only once in a backward."""

    def gradient(times):
        class Scaled(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx, grad):
                for _ in range(times):
                    (x,) = ctx.saved_tensors
                return grad * 2 * x

        x = _leaf(torch)
        checkpoint = torch.utils.checkpoint.checkpoint
        checkpoint(lambda x: Scaled.apply(x * 3), x, use_reentrant=False).sum().backward()
        return x.grad

    yield "once", gradient(1)
    yield "twice", raises(lambda: gradient(2))


@case(PAGE, builds_on=("checkpoint_recomputation::recomputation_stops_early",))
def gradient_computed_inside(torch):
    """A gradient may be computed inside a checkpointed call, with and without early stopping."""

    def function(x):
        y = x.exp().sin()
        (gradient,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        return gradient * x

    for early_stop in (True, False):
        x = _leaf(torch)
        y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False, early_stop=early_stop)
        yield f"{early_stop}: result", y
        y.backward(torch.tensor([1.0, -2.0]))
        yield f"{early_stop}: gradient", x.grad


@case("torch.utils.checkpoint: GraphExecGroup")
def several_backwards_in_a_group(torch):
    """In a `GraphExecGroup` several backwards run the function again only once, if they need other parts of it."""

    def runs_of(group):
        runs = []

        def function(x):
            runs.append("run")
            first = x.exp()
            return first, first.sin()

        x = _leaf(torch)
        with group:
            first, second = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False)
            (gradient,) = torch.autograd.grad(second.sum(), first, retain_graph=True)
            return len(runs), torch.autograd.grad(first, x, gradient), len(runs)

    yield "without", runs_of(torch.enable_grad())
    yield "with", runs_of(torch.utils.checkpoint.GraphExecGroup())


@case(PAGE)
def inputs_detached(torch):
    """`detach_variable` makes leaves of tensors, and takes a tuple only."""
    x = _leaf(torch)
    detach_variable = torch.utils.checkpoint.detach_variable
    yield "detached", detach_variable((x * 2, 3, torch.tensor([1.5])))
    yield "list", raises(lambda: detach_variable([x]))


def _functions(torch):
    return [
        lambda x: x * 2,
        lambda x: x.exp(),
        lambda x: x.sin(),
        lambda x: x + 1,
        lambda x: x.tanh(),
    ]


@case(SEQUENTIAL)
def sequence_in_segments(torch):
    """A sequence in segments gives the gradients of the plain one; the last segment is not run again."""
    for segments in (1, 2, 3, 5):
        calls = []

        def noting(function, name):
            def call(x):
                calls.append(name)  # noqa: B023 - called in this round only
                return function(x)  # noqa: B023

            return call

        functions = [noting(each, name) for name, each in enumerate(_functions(torch))]
        x = torch.tensor([0.1, 0.2], requires_grad=True)
        y = torch.utils.checkpoint.checkpoint_sequential(functions, segments, x, use_reentrant=False)
        calls.append("backward")
        y.backward(torch.tensor([1.0, -2.0]))
        yield f"{segments}: calls", calls
        yield f"{segments}: gradient", x.grad


@case(SEQUENTIAL, builds_on=("checkpoint_recomputation::sequence_in_segments",))
def sequence_in_the_reentrant_variant(torch):
    """A sequence may be checkpointed in the reentrant variant, which is taken with a warning if none is given."""
    for label, options in (("given", {"use_reentrant": True}), ("not given", {})):
        x = torch.tensor([0.1, 0.2], requires_grad=True)
        y = torch.utils.checkpoint.checkpoint_sequential(_functions(torch), 2, x, **options)
        yield f"{label}: result", y
        y.backward(torch.tensor([1.0, -2.0]))
        yield f"{label}: gradient", x.grad


@case(SEQUENTIAL, builds_on=("checkpoint_recomputation::sequence_in_segments",))
def sequence_that_cannot_be_divided(torch):
    """More segments than functions, no segments at all, and unknown options are refused."""
    x = torch.tensor([0.1, 0.2], requires_grad=True)
    sequential = torch.utils.checkpoint.checkpoint_sequential
    functions = _functions(torch)
    yield "too many", raises(lambda: sequential(functions, 7, x, use_reentrant=False))
    yield "none", type(raises(lambda: sequential(functions, 0, x, use_reentrant=False)).error).__name__
    yield "unknown option", raises(lambda: sequential(functions, 2, x, use_reentrant=False, debug=True))
