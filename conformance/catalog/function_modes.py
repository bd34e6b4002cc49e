"""`TorchFunctionMode`: what sees and replaces every call while it is on."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Extending PyTorch: Extending all torch API with Modes"


def logging_mode(torch, seen):
    """A mode that notes the name of each function, and calls it."""

    class Logging(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            seen.append((getattr(func, "__name__", str(func)), len(args), sorted(kwargs or {})))
            return func(*args, **(kwargs or {}))

    return Logging()


def scaling_mode(torch, factor, order):
    """A mode that multiplies what `mul` gives, and notes that it was asked."""

    class Scaling(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            order.append((factor, func.__name__))
            result = func(*args, **(kwargs or {}))
            return result * factor if func is torch.mul else result

    return Scaling()


@case(PAGE)
def mode_sees_functions_and_methods(torch):
    """A mode gets functions, methods and operators with their arguments, of plain tensors, too."""
    seen = []
    x = torch.tensor([1.5, -2.5])
    with logging_mode(torch, seen):
        torch.sin(x)
        torch.add(x, x, alpha=2)
        x.mul(3)
        x + 1
        2.0 - x
        x[0]
        torch.stack([x, x], dim=1)
    torch.cos(x)
    yield "seen", seen


@case(PAGE, builds_on=("function_modes::mode_sees_functions_and_methods",))
def mode_sees_creation(torch):
    """A mode sees functions that take no tensor at all."""
    seen = []
    with logging_mode(torch, seen):
        torch.zeros(2)
        torch.ones(2, dtype=torch.float64)
        torch.tensor([1.5])
        torch.arange(3)
        torch.full((2,), 0.5)
    yield "seen", seen


@case(PAGE, builds_on=("function_modes::mode_sees_functions_and_methods",))
def mode_sees_changes_in_place(torch):
    """Methods that change a tensor, assigned elements and augmented assignments go through the mode."""
    seen = []
    x = torch.tensor([1.5, -2.5, 4.0])
    with logging_mode(torch, seen):
        x.add_(1)
        x *= 2
        x[0] = 7.0
        x.zero_()
    yield "seen", seen
    yield "result", x


@case(PAGE, builds_on=("function_modes::mode_sees_creation",))
def mode_makes_other_dtypes(torch):
    """A mode may change arguments: here each tensor made is of float64."""

    class Double(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            kwargs = dict(kwargs or {})
            if func in (torch.zeros, torch.ones, torch.full):
                kwargs.setdefault("dtype", torch.float64)
            return func(*args, **kwargs)

    with Double():
        zeros = torch.zeros(2)
        chosen = torch.ones(2, dtype=torch.int64)
        total = torch.full((2,), 0.5) + torch.ones(1)
    yield "zeros", zeros
    yield "chosen", chosen
    yield "sum", total
    yield "after", torch.zeros(2)


@case(PAGE, builds_on=("function_modes::mode_sees_functions_and_methods",))
def mode_replaces_results(torch):
    """What the mode returns is the result, whatever it is."""

    class Replacing(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            return f"{func.__name__} was called"

    x = torch.tensor([1.5])
    with Replacing():
        results = torch.sin(x), x.exp(), x + 1
    yield "results", results
    yield "after", torch.exp(x)


@case(PAGE, builds_on=("function_modes::mode_replaces_results",))
def modes_within_modes(torch):
    """The innermost mode is asked first; what it calls goes to the next one outwards."""
    order = []
    x = torch.tensor([1.0, -3.0])
    with scaling_mode(torch, 2.0, order), scaling_mode(torch, 5.0, order):
        both = torch.mul(x, x)
    yield "both", both
    yield "order", order
    with scaling_mode(torch, 2.0, []):
        one = torch.mul(x, x)
    yield "one", one
    yield "none", torch.mul(x, x)


@case(PAGE, builds_on=("function_modes::mode_sees_functions_and_methods",))
def mode_is_off_within_itself(torch):
    """What a mode calls does not come back to it, so that it may use the functions that it replaces."""

    class Negating(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func is torch.exp:
                return torch.exp(-args[0]) + torch.exp(torch.zeros(1))
            return func(*args, **(kwargs or {}))

    with Negating():
        once = torch.exp(torch.tensor([1.0, -0.5]))
        twice = torch.exp(torch.exp(torch.tensor([0.25])))
    yield "once", once
    yield "twice", twice


@case(PAGE, builds_on=("function_modes::mode_replaces_results",))
def mode_and_subclass(torch):
    """A mode is asked before the class of the arguments, whose names it gets."""
    asked = []

    class Tagged(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            asked.append(("class", func.__name__))
            return super().__torch_function__(func, types, args, kwargs or {})

    class Watching(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            asked.append(("mode", func.__name__, [each.__name__ for each in types]))
            return func(*args, **(kwargs or {}))

    x = torch.tensor([1.5, -2.5]).as_subclass(Tagged)
    with Watching():
        result = torch.sin(x)
    yield "asked", asked
    yield "result", type(result).__name__


@case(PAGE, builds_on=("function_modes::mode_sees_functions_and_methods",))
def gradients_under_a_mode(torch):
    """Histories are recorded under a mode as without it; `backward` is a call that it sees, its formulas are not."""
    seen = []
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with logging_mode(torch, seen):
        y = (x.sin() * x).sum()
        y.backward()
    yield "seen", seen
    yield "result", y
    yield "gradient", x.grad


@case(PAGE, builds_on=("function_modes::gradients_under_a_mode",))
def layers_under_a_mode(torch):
    """A layer's forward goes through the mode, function by function."""
    seen = []
    layer = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Dropout(0.0))
    x = torch.tensor([[0.5, -1.5]])
    with logging_mode(torch, seen):
        layer(x)
        torch.nn.functional.softmax(x, dim=1)
    yield "seen", seen


@case(PAGE, builds_on=("function_modes::mode_replaces_results",))
def mode_that_raises(torch):
    """What a mode raises reaches the caller, and the mode is off after its block."""

    class Forbidding(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            if func is torch.sin:
                raise ValueError("no sine here")
            return func(*args, **(kwargs or {}))

    x = torch.tensor([1.5])

    def within():
        with Forbidding():
            return torch.sin(x)

    yield "raised", raises(within)
    yield "after", torch.sin(x)


@case(PAGE)
def mode_object_with_what_it_was_given(torch):
    """A mode may have arguments and state of its own, and be used again; entering gives the mode itself."""

    class Counting(torch.overrides.TorchFunctionMode):
        def __init__(self, name):
            super().__init__()
            self.name, self.count = name, 0

        def __torch_function__(self, func, types, args=(), kwargs=None):
            self.count += 1
            return func(*args, **(kwargs or {}))

    counting = Counting("calls")
    x = torch.tensor([1.5])
    with counting as entered:
        torch.sin(x)
        torch.cos(x)
    yield "entered", entered is counting
    with counting:
        torch.exp(x)
    yield "counted", (counting.name, counting.count)


@case(PAGE)
def mode_without_a_function(torch):
    """A mode that defines no `__torch_function__` refuses the first call."""

    class Empty(torch.overrides.TorchFunctionMode):
        pass

    x = torch.tensor([1.5])

    def within():
        with Empty():
            return torch.sin(x)

    yield "refused", raises(within)
    yield "after", torch.sin(x)
