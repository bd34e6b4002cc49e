"""Anomaly mode: which forward call an error comes from, and nan that is refused."""

from __future__ import annotations

import re
import warnings

from conformance import case, raises

PAGE = "torch.autograd: Anomaly detection"


def switch(torch, *arguments):
    """Anomaly mode, turned on or off."""
    return torch.autograd.set_detect_anomaly(*arguments)


def observed(call):
    """What a call raises, and its warnings without what depends on the runner: paths, line numbers, other frames.

    Of a traceback, the frames of this file are kept, as `function: line of code`.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcome = raises(call)
    texts = [re.sub(r" \(Triggered internally.*", "", str(each.message), flags=re.DOTALL) for each in caught]
    return outcome, [shortened(text) for text in texts]


def shortened(text):
    """The text in front of a traceback, and the traceback's frames in this file."""
    lines = text.split("\n")
    start = next((i for i, line in enumerate(lines) if line.startswith('  File "')), len(lines))
    frames = []
    for line, code in zip(lines[start:], lines[start + 1 :]):
        if line.startswith('  File "') and "anomaly.py" in line and "catalog" in line:
            function = line.rpartition(" in ")[2]
            if not function.startswith(("observed", "<lambda>")):
                frames.append(f"{function}: {code.strip()}")
    return ["\n".join(lines[:start]), *frames]


def root_times_zero(x):
    """Something whose gradient at zero is nan."""
    root = x.sqrt()
    return root * 0.0


def at_zero(torch):
    """A leaf with a zero."""
    return torch.tensor([0.0, 2.5], requires_grad=True)


@case(PAGE)
def error_names_the_forward_call(torch):
    """A node that returns nan is refused; the warning names it and the forward call that made it."""
    x = at_zero(torch)

    def run():
        root_times_zero(x).sum().backward()

    with switch(torch, True):
        outcome, texts = observed(run)
    yield "error", outcome
    yield "warnings", texts
    yield "gradient", x.grad


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def without_the_mode_nan_passes(torch):
    """Where the mode is off, nan is a gradient like any other, and nothing is warned of."""
    x = at_zero(torch)
    outcome, texts = observed(lambda: root_times_zero(x).sum().backward())
    yield "error", outcome
    yield "warnings", texts
    yield "gradient", x.grad


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def nan_may_be_left_unchecked(torch):
    """With `check_nan=False`, nan passes."""
    x = at_zero(torch)
    with switch(torch, True, False):
        outcome, texts = observed(lambda: root_times_zero(x).sum().backward())
    yield "error", outcome
    yield "warnings", texts
    yield "gradient", x.grad


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def forward_outside_of_the_mode(torch):
    """Where the forward ran without the mode, the warning says that there is no information about it."""
    x = at_zero(torch)
    out = root_times_zero(x).sum()
    with switch(torch, True):
        outcome, texts = observed(lambda: out.backward())
    yield "error", outcome
    yield "warnings", texts


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def backward_outside_of_the_mode(torch):
    """Where the backward runs without the mode, nothing is checked or warned of."""
    x = at_zero(torch)
    with switch(torch, True):
        out = root_times_zero(x).sum()
    outcome, texts = observed(lambda: out.backward())
    yield "error", outcome
    yield "warnings", texts
    yield "gradient", x.grad


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def gradient_of_a_gradient(torch):
    """An error in a node that a backward made warns of the whole chain of calls that brought it about."""
    x = at_zero(torch)

    def first_gradient():
        out = (x**1.5).sum()
        return torch.autograd.grad(out, x, create_graph=True)[0]

    def second_gradient(gradient):
        return torch.autograd.grad(gradient.sum(), x, create_graph=True)[0]

    def run():
        (second_gradient(first_gradient()) * 0).sum().backward()

    with switch(torch, True):
        outcome, texts = observed(run)
    yield "error", outcome
    yield "how many warnings", len(texts)
    for number, text in enumerate(texts):
        yield f"warning {number}", text


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def number_of_the_nan_gradient(torch):
    """The error says which of the node's gradients has the nan: the first that has one."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = torch.tensor([float("nan"), 4.0], requires_grad=True)
    with switch(torch, True):
        outcome, _ = observed(lambda: (y * x).sum().backward())
        yield "y * x", outcome
        outcome, _ = observed(lambda: (x * y).sum().backward())
        yield "x * y", outcome
        outcome, _ = observed(lambda: torch.addmm(x, x.view(2, 1), y.view(1, 2)).sum().backward())
        yield "addmm", outcome
    yield "gradients", [x.grad, y.grad]


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def nan_that_comes_from_outside(torch):
    """A nan that is given to `backward` is refused at the first node that hands it on, but not at a leaf."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    gradient = torch.tensor([float("nan"), 1.0])
    with switch(torch, True):
        outcome, _ = observed(lambda: x.exp().backward(gradient))
        yield "through a node", outcome
        outcome, texts = observed(lambda: x.backward(gradient))
    yield "to a leaf", outcome
    yield "warnings", texts
    yield "its gradient", x.grad


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def infinity_is_no_anomaly(torch):
    """Infinite gradients pass."""
    x = at_zero(torch)
    with switch(torch, True):
        outcome, texts = observed(lambda: x.log().sum().backward())
    yield "error", outcome
    yield "warnings", texts
    yield "gradient", x.grad


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def nan_on_an_unused_path(torch):
    """Only nodes that run are checked: what is not needed for the inputs asked for may be nan."""
    x = at_zero(torch)
    y = torch.tensor([3.0, 4.0], requires_grad=True)

    def run():
        return torch.autograd.grad(root_times_zero(x) + y * 3, y, torch.tensor([0.5, 2.5]))

    with switch(torch, True):
        outcome, texts = observed(run)
    yield "gradient", outcome
    yield "warnings", texts


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def errors_of_hooks_are_explained(torch):
    """Any error in the backward is explained: that of a hook by the node whose gradient it got."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)

    def fail(grad):
        raise ValueError("not this gradient")

    def run(on_leaf):
        result = x.exp()
        double = result * 2
        handle = (x if on_leaf else result).register_hook(fail)
        try:
            double.sum().backward()
        finally:
            handle.remove()

    with switch(torch, True):
        outcome, texts = observed(lambda: run(on_leaf=False))
        yield "hook of a result", outcome
        yield "its warnings", texts
        outcome, texts = observed(lambda: run(on_leaf=True))
    yield "hook of a leaf", outcome
    yield "its warnings too", texts


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def changed_saved_tensor_is_explained(torch):
    """In anomaly mode, the refusal of a changed saved tensor points to the traceback."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)

    def run():
        result = x.exp()
        result.mul_(2)
        result.sum().backward()

    with switch(torch, True, False):
        outcome, texts = observed(run)
    yield "error", outcome
    yield "warnings", texts
    outcome, texts = observed(run)
    yield "error without the mode", outcome
    yield "no warnings", texts


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def second_backward_is_explained(torch):
    """A second backward through a freed graph warns of the node that was freed."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)

    def run():
        out = x.exp().sum()
        out.backward()
        out.backward()

    with switch(torch, True):
        outcome, texts = observed(run)
    yield "error", outcome
    yield "warnings", texts
    yield "first gradient", x.grad


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def autograd_grad_is_checked(torch):
    """`autograd.grad` is checked as `backward` is."""
    x = at_zero(torch)

    def run():
        return torch.autograd.grad(root_times_zero(x).sum(), x)

    with switch(torch, True):
        outcome, texts = observed(run)
    yield "error", outcome
    yield "warnings", texts


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def custom_functions_are_explained(torch):
    """An error in a custom function's backward is explained by the call of `apply`."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)

    class Failing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, one):
            return one * 3

        @staticmethod
        def backward(ctx, grad):
            raise RuntimeError("some error in backward")

    def apply():
        return Failing.apply(x)

    with switch(torch, True):
        outcome, texts = observed(lambda: apply().sum().backward())
    yield "error", outcome
    yield "warnings", texts


@case(PAGE)
def tracebacks_are_kept_in_metadata(torch):
    """In anomaly mode a node's metadata has its traceback, and the node that made it where one did."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    with switch(torch, True):
        result = x.exp()
        (gradient,) = torch.autograd.grad(result.sum(), x, create_graph=True)
    outside = x.exp()
    notes = result.grad_fn.metadata
    yield "of a node", sorted(notes)
    yield "kind", [type(notes["traceback_"]).__name__, type(notes["traceback_"][0]).__name__]
    yield "last line", notes["traceback_"][-1].split("\n")[1].strip()
    yield "of a leaf's node", sorted(result.grad_fn.next_functions[0][0].metadata)
    yield "of a node that a backward made", sorted(gradient.grad_fn.metadata)
    yield "made by", gradient.grad_fn.metadata["parent_"] is result.grad_fn
    yield "outside of the mode", outside.grad_fn.metadata


@case(PAGE)
def in_place_changes_are_traced(torch):
    """What an in-place operation records is traced to it."""
    x = at_zero(torch)

    def change(result):
        result.sqrt_()
        return result

    def run():
        (change(x * 2.0) * 0.0).sum().backward()

    with switch(torch, True):
        outcome, texts = observed(run)
    yield "error", outcome
    yield "warnings", texts


@case(PAGE, builds_on=("anomaly::error_names_the_forward_call",))
def function_transforms_are_checked(torch):
    """`torch.func.grad` is checked and explained as `backward` is."""

    def weighted(value):
        return root_times_zero(value).sum()

    def run():
        return torch.func.grad(weighted)(torch.tensor([0.0, 2.5]))

    with switch(torch, True):
        outcome, texts = observed(run)
    yield "error", outcome
    yield "warnings", texts


# ---- turning it on and off ---------------------------------------------------------------------------------


def state(torch):
    """Whether the mode is on, and whether it checks for nan."""
    return [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()]


@case(PAGE)
def modes_restore_what_was(torch):
    """Each block restores the mode and the check for nan that it found."""
    detect = torch.autograd.detect_anomaly
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        states = [state(torch)]
        with detect():
            states.append(state(torch))
            with detect(check_nan=False):
                states.append(state(torch))
                with switch(torch, False):
                    states.append(state(torch))
                states.append(state(torch))
            states.append(state(torch))
        states.append(state(torch))
    yield "enabled, and checked for nan", states


@case(PAGE)
def set_detect_anomaly_is_a_call_too(torch):
    """Called on its own, `set_detect_anomaly` stays in force; its block only restores."""
    states = []
    block = switch(torch, True, False)
    try:
        states.append(state(torch))
        switch(torch, False)
        states.append(state(torch))
        with block:
            states.append(state(torch))
        states.append(state(torch))
    finally:
        switch(torch, False)
    yield "states", states
    yield "at the end", state(torch)


@case(PAGE)
def detect_anomaly_warns(torch):
    """Making a `detect_anomaly` warns that the mode is slow; making a `set_detect_anomaly` does not."""
    kind = torch.autograd.detect_anomaly
    yield "block", observed(lambda: kind())[1]

    def enter():
        with kind(check_nan=False):
            return state(torch)

    outcome, texts = observed(enter)
    yield "inside", outcome
    yield "warned once", len(texts)
    yield "set_detect_anomaly", observed(lambda: switch(torch, False))[1]


@case(PAGE)
def mode_ends_with_an_error(torch):
    """An error that leaves the block turns the mode off again."""
    x = at_zero(torch)

    def run():
        with torch.autograd.detect_anomaly():
            root_times_zero(x).sum().backward()

    outcome, texts = observed(run)
    yield "error", outcome
    yield "warnings", texts
    yield "state", state(torch)
    root_times_zero(x).sum().backward()
    yield "gradient afterwards", x.grad


@case(PAGE)
def modes_that_are_refused(torch):
    """The mode must be a bool, and is not turned on by anything else."""
    yield "number", raises(lambda: switch(torch, 1))
    yield "text", raises(lambda: switch(torch, "yes"))
    yield "check_nan", raises(lambda: switch(torch, False, 1))
    yield "state", state(torch)
