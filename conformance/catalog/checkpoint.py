"""`torch.utils.checkpoint`: what a function saves is computed again in the backward pass, in both variants."""

from __future__ import annotations

import contextlib

from conformance import case, raises

PAGE = "torch.utils.checkpoint: checkpoint"
VARIANTS = (("reentrant", True), ("not reentrant", False))


def _leaves(torch):
    return (
        torch.tensor([1.5, -0.5], requires_grad=True),
        torch.tensor([0.5, -0.3], requires_grad=True),
    )


def _gradient(torch):
    return torch.tensor([1.0, -2.0])


def _counted(calls):
    def function(x, w):
        calls.append("run")
        return (x * w).exp().sin()

    return function


@case(PAGE)
def gradients_of_a_checkpointed_call(torch):
    """A checkpointed call gives the gradients of a plain one, and runs the function again to do so."""
    for label, use_reentrant in VARIANTS:
        calls = []
        x, w = _leaves(torch)
        y = torch.utils.checkpoint.checkpoint(_counted(calls), x, w, use_reentrant=use_reentrant)
        yield f"{label}: result", y
        yield f"{label}: calls before", len(calls)
        y.backward(_gradient(torch))
        yield f"{label}: calls after", len(calls)
        yield f"{label}: gradients", (x.grad, w.grad)


@case(PAGE, builds_on=("checkpoint::gradients_of_a_checkpointed_call",))
def grad_mode_of_both_runs(torch):
    """The reentrant variant first runs without recording; the other records both runs."""
    for label, use_reentrant in VARIANTS:
        modes = []

        def function(x):
            modes.append(torch.is_grad_enabled())  # noqa: B023 - called in this round only
            return x.exp()

        x, _ = _leaves(torch)
        torch.utils.checkpoint.checkpoint(function, x, use_reentrant=use_reentrant).sum().backward()
        yield label, modes


@case(PAGE)
def use_reentrant_not_given(torch):
    """Without `use_reentrant` a warning asks for it, and the reentrant variant is taken."""
    x, w = _leaves(torch)
    yield "result", torch.utils.checkpoint.checkpoint(lambda x, w: (x * w).sin(), x, w)


@case(PAGE, builds_on=("checkpoint::gradients_of_a_checkpointed_call",))
def checkpointed_graph_used_again(torch):
    """With `retain_graph` each backward runs the function again; without it the saved inputs are freed."""
    for label, use_reentrant in VARIANTS:
        calls = []
        x, w = _leaves(torch)
        y = torch.utils.checkpoint.checkpoint(_counted(calls), x, w, use_reentrant=use_reentrant)
        y.backward(_gradient(torch), retain_graph=True)
        y.backward(_gradient(torch) * 10)
        yield f"{label}: calls", len(calls)
        yield f"{label}: gradient", x.grad
        yield f"{label}: once more", raises(lambda: y.sum().backward())  # noqa: B023 - called at once


@case(PAGE, builds_on=("checkpoint::gradients_of_a_checkpointed_call",))
def grad_of_a_checkpointed_call(torch):
    """Only the variant that is not reentrant works with `grad`, and with the `inputs` of `backward`."""
    for label, use_reentrant in VARIANTS:
        x, w = _leaves(torch)

        def checkpointed():
            function = _counted([])
            return torch.utils.checkpoint.checkpoint(function, x, w, use_reentrant=use_reentrant).sum()  # noqa: B023

        yield f"{label}: grad", raises(lambda: torch.autograd.grad(checkpointed(), (x, w)))  # noqa: B023
        yield f"{label}: inputs", raises(lambda: checkpointed().backward(inputs=[w]))  # noqa: B023
        yield f"{label}: gradients", (x.grad, w.grad)


@case(PAGE, builds_on=("checkpoint::grad_of_a_checkpointed_call",))
def second_derivative_of_a_checkpointed_call(torch):
    """The variant that is not reentrant can be differentiated twice, and runs the function for each backward."""
    calls = []
    x, w = _leaves(torch)
    y = torch.utils.checkpoint.checkpoint(_counted(calls), x, w, use_reentrant=False)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    yield "first", first
    yield "second", torch.autograd.grad(first, (x, w), _gradient(torch))
    yield "calls", len(calls)


@case(PAGE)
def no_input_requires_grad(torch):
    """Without an input that requires grad the reentrant variant warns, and loses what the function closes over."""
    for label, use_reentrant in VARIANTS:
        _, w = _leaves(torch)
        x = torch.tensor([1.5, -0.5])
        y = torch.utils.checkpoint.checkpoint(lambda x: (x * w).sin(), x, use_reentrant=use_reentrant)  # noqa: B023
        yield f"{label}: result", y
        yield f"{label}: backward", raises(lambda: y.sum().backward())  # noqa: B023 - called at once
        yield f"{label}: gradient", w.grad


@case(PAGE, builds_on=("checkpoint::no_input_requires_grad",))
def leaf_that_the_function_closes_over(torch):
    """Gradients reach leaves that the function closes over, in the reentrant variant from its inner backward."""
    for label, use_reentrant in VARIANTS:
        x, w = _leaves(torch)
        y = torch.utils.checkpoint.checkpoint(lambda x: (x * w).sin(), x, use_reentrant=use_reentrant)  # noqa: B023
        (y * w).backward(_gradient(torch))
        yield f"{label}: gradients", (x.grad, w.grad)


@case(PAGE)
def outputs_of_a_checkpointed_call(torch):
    """Outputs come back as the function returned them; the reentrant variant does not see tensors in lists."""
    for label, use_reentrant in VARIANTS:
        x, _ = _leaves(torch)
        outputs = torch.utils.checkpoint.checkpoint(
            lambda x: (x * 2, None, 5, x.exp().sin(), [x * 3], x.detach()), x, use_reentrant=use_reentrant
        )
        yield f"{label}: outputs", outputs
        (outputs[0] + outputs[3]).backward(_gradient(torch))
        yield f"{label}: gradient", x.grad


@case(PAGE)
def inputs_that_are_no_tensors(torch):
    """What is no tensor is handed to both runs as it is."""
    for label, use_reentrant in VARIANTS:
        seen = []

        def function(x, factor, options, nothing):
            seen.append((factor, options, nothing))  # noqa: B023 - called in this round only
            return (x * factor + options["offset"]).exp()

        x, _ = _leaves(torch)
        options = {"offset": 0.25}
        y = torch.utils.checkpoint.checkpoint(function, x, 3, options, None, use_reentrant=use_reentrant)
        y.backward(_gradient(torch))
        yield f"{label}: seen", seen
        yield f"{label}: gradient", x.grad


@case(PAGE)
def keyword_arguments_of_the_function(torch):
    """Keyword arguments reach the function in the variant that is not reentrant; the other refuses them."""
    x, w = _leaves(torch)

    def function(x, w=None):
        return (x * w).sin()

    checkpoint = torch.utils.checkpoint.checkpoint
    checkpoint(function, x, w=w, use_reentrant=False).backward(_gradient(torch))
    yield "gradients", (x.grad, w.grad)
    yield "reentrant", raises(lambda: checkpoint(function, x, w=w, use_reentrant=True))


@case(PAGE)
def nothing_that_requires_grad_computed(torch):
    """A function all of whose results are detached is refused by the reentrant variant's backward."""
    for label, use_reentrant in VARIANTS:
        x, _ = _leaves(torch)
        y = torch.utils.checkpoint.checkpoint(lambda x: x.detach() * 3, x, use_reentrant=use_reentrant)
        yield f"{label}: result", y
        yield f"{label}: backward", raises(lambda: y.sum().backward())  # noqa: B023 - called at once


@case(PAGE)
def checkpoint_under_no_grad(torch):
    """Under `no_grad` a checkpointed call is a plain one."""
    for label, use_reentrant in VARIANTS:
        calls = []
        x, w = _leaves(torch)
        with torch.no_grad():
            yield label, torch.utils.checkpoint.checkpoint(_counted(calls), x, w, use_reentrant=use_reentrant)
        yield f"{label}: calls", len(calls)


@case(PAGE)
def error_in_a_checkpointed_call(torch):
    """An error in the function comes through as it is, in either run."""
    for label, use_reentrant in VARIANTS:
        runs = []

        def function(x):
            runs.append("run")  # noqa: B023 - called in this round only
            if len(runs) == failing:  # noqa: B023
                raise ValueError(f"no luck in run {failing}")  # noqa: B023
            return x.exp()

        for failing in (1, 2):
            runs.clear()
            x, _ = _leaves(torch)

            def whole():
                checkpoint = torch.utils.checkpoint.checkpoint
                checkpoint(function, x, use_reentrant=use_reentrant).sum().backward()  # noqa: B023

            yield f"{label}: run {failing}", raises(whole)
            yield f"{label}: gradient {failing}", x.grad
        yield f"{label}: grad mode", torch.is_grad_enabled()


@case(PAGE, builds_on=("checkpoint::gradients_of_a_checkpointed_call",))
def input_changed_after_the_call(torch):
    """An input that is changed in place after the call is refused: the function could not be run again."""
    for label, use_reentrant in VARIANTS:
        leaf, w = _leaves(torch)
        x = leaf * 2
        y = torch.utils.checkpoint.checkpoint(_counted([]), x, w, use_reentrant=use_reentrant)
        x.add_(1)
        yield label, raises(lambda: y.sum().backward())  # noqa: B023 - called at once


@case(PAGE, builds_on=("checkpoint::gradients_of_a_checkpointed_call",))
def checkpoint_in_a_checkpoint(torch):
    """Checkpointed calls may be nested: the inner function runs again for the outer one and for itself."""
    for outer_label, outer_variant in VARIANTS:
        for inner_label, inner_variant in VARIANTS:
            calls = []

            def inner(x):
                calls.append("inner")  # noqa: B023 - called in this round only
                return x.exp().sin()

            def outer(x):
                calls.append("outer")  # noqa: B023
                return torch.utils.checkpoint.checkpoint(inner, x * 2, use_reentrant=inner_variant).cos()  # noqa: B023

            x, _ = _leaves(torch)
            y = torch.utils.checkpoint.checkpoint(outer, x, use_reentrant=outer_variant)
            y.backward(_gradient(torch))
            yield f"{inner_label} in {outer_label}: calls", calls
            yield f"{inner_label} in {outer_label}: gradient", x.grad


@case("torch.utils.checkpoint: context_fn")
def contexts_of_both_runs(torch):
    """`context_fn` gives a context for each run of the function; the second is left early by the stop."""
    notes = []

    @contextlib.contextmanager
    def noting(name):
        notes.append(f"enter {name}")
        try:
            yield
        finally:
            notes.append(f"leave {name}")

    def function(x):
        notes.append("run")
        y = x.exp().sin()
        notes.append("saved")
        return y * 3

    x, _ = _leaves(torch)
    checkpoint = torch.utils.checkpoint.checkpoint
    y = checkpoint(
        function, x, use_reentrant=False, context_fn=lambda: (noting("forward"), noting("recomputation"))
    )
    notes.append("backward")
    y.backward(_gradient(torch))
    yield "notes", notes
    yield "gradient", x.grad


@case("torch.utils.checkpoint: context_fn", builds_on=("checkpoint::contexts_of_both_runs",))
def options_that_do_not_go_together(torch):
    """The reentrant variant takes no contexts and no `debug`, and the other not both of them."""
    x, w = _leaves(torch)
    checkpoint = torch.utils.checkpoint.checkpoint

    def contexts():
        return contextlib.nullcontext(), contextlib.nullcontext()

    function = _counted([])
    yield "contexts", raises(lambda: checkpoint(function, x, w, use_reentrant=True, context_fn=contexts))
    yield "debug", raises(lambda: checkpoint(function, x, w, use_reentrant=True, debug=True))
    yield (
        "both",
        raises(lambda: checkpoint(function, x, w, use_reentrant=False, debug=True, context_fn=contexts)),
    )


@case("torch.utils.checkpoint: context_fn", builds_on=("checkpoint::contexts_of_both_runs",))
def context_that_hides_an_error(torch):
    """A forward context that suppresses an error of the function is refused."""

    def failing(x):
        raise ValueError("no luck")

    def contexts():
        return contextlib.suppress(ValueError), contextlib.nullcontext()

    x, _ = _leaves(torch)
    yield (
        "refusal",
        raises(
            lambda: torch.utils.checkpoint.checkpoint(failing, x, use_reentrant=False, context_fn=contexts)
        ),
    )
