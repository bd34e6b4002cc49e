"""Grad modes in more detail: as decorators of classes and generators, as objects, nested, and their namespace."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from conformance import case, raises

LOCAL = "torch.autograd: Locally disabling gradient computation"


@case(LOCAL)
def modules_of_modes(torch):
    """`torch.autograd.grad_mode` holds the modes that `torch` and `torch.autograd` offer."""
    grad_mode = torch.autograd.grad_mode
    for name in ("no_grad", "enable_grad", "set_grad_enabled", "inference_mode"):
        yield name, getattr(grad_mode, name) is getattr(torch, name)
        yield f"autograd.{name}", getattr(torch.autograd, name) is getattr(torch, name)
    yield (
        "set_multithreading_enabled",
        grad_mode.set_multithreading_enabled is torch.autograd.set_multithreading_enabled,
    )
    yield "types", [type(each) is type for each in (torch.no_grad, torch.enable_grad, torch.inference_mode)]


@case(LOCAL, builds_on=("grad_modes::no_grad_as_a_decorator",))
def decorated_class(torch):
    """Decorating a class warns, and makes only its constructor run in the mode."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    @torch.no_grad()
    class Model:
        def __init__(self, factor):
            self.made = x * factor

        def __call__(self):
            return x * 2

    model = Model(3)
    yield "constructor", model.made
    yield "method", model()
    yield "is a class", isinstance(Model, type)


@case(LOCAL, builds_on=("grad_modes::no_grad_as_a_decorator",))
def decorated_methods(torch):
    """Methods, class methods' functions and lambdas may be decorated; names and docstrings are kept."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    class Model:
        @torch.no_grad()
        def predict(self, factor=2):
            """Multiply."""
            return x * factor

        @classmethod
        @torch.no_grad
        def make(cls):
            return x * 5

        @property
        @torch.no_grad()
        def doubled(self):
            return x * 2

    yield "method", Model().predict(factor=3)
    yield "class method", Model.make()
    yield "property", Model().doubled
    yield "name", Model.predict.__name__
    yield "docstring", Model.predict.__doc__
    yield "wrapped", hasattr(Model.predict, "__wrapped__")
    yield "lambda", torch.no_grad(lambda: x * 4)()


@case(LOCAL, builds_on=("grad_modes::no_grad_as_a_decorator",))
def decorated_recursion(torch):
    """A decorated function that calls itself restores the mode at each return, and after an exception."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    @torch.no_grad()
    def power(times):
        return x if not times else power(times - 1) * x

    @torch.enable_grad()
    def tracked(times):
        return power(times).requires_grad, (x * 2).requires_grad

    yield "untracked", power(3)
    with torch.no_grad():
        yield "tracked inside", tracked(2)
        yield "restored", torch.is_grad_enabled()
    yield "after", torch.is_grad_enabled()


@case(LOCAL, builds_on=("grad_modes::set_grad_enabled_as_a_function",))
def set_grad_enabled_as_a_decorator(torch):
    """As a decorator `set_grad_enabled` leaves the mode of the decorating code as it was."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)

    @torch.set_grad_enabled(False)
    def untracked():
        return x * 3

    yield "mode after decorating", torch.is_grad_enabled()
    yield "result", untracked()
    yield "mode after the call", torch.is_grad_enabled()
    with torch.no_grad():

        @torch.set_grad_enabled(True)
        def tracked():
            return x * 3

        yield "inside no_grad", torch.is_grad_enabled()
        yield "tracked", tracked()


@case(LOCAL, builds_on=("grad_modes::set_grad_enabled_as_a_context",))
def set_grad_enabled_made_and_not_entered(torch):
    """A `set_grad_enabled` object acts when it is made, and restores what was then, whenever it is left."""
    try:
        mode = torch.set_grad_enabled(False)
        yield "made", torch.is_grad_enabled()
        torch.set_grad_enabled(True)
        with mode:
            yield "entered", torch.is_grad_enabled()
        yield "left", torch.is_grad_enabled()
        yield "text", str(mode)
        yield "mode", mode.mode
        yield "prev", mode.prev
    finally:
        torch.set_grad_enabled(True)


@case(LOCAL, builds_on=("grad_modes::set_grad_enabled_wants_a_bool",))
def arguments_of_modes(torch):
    """`no_grad` takes a function or nothing; `set_grad_enabled` needs its flag."""
    yield "set_grad_enabled of nothing", raises(lambda: torch.set_grad_enabled())
    yield "by name", torch.set_grad_enabled(mode=True).mode
    yield "of None", raises(lambda: torch.set_grad_enabled(None))
    yield "of a tensor", raises(lambda: torch.set_grad_enabled(torch.tensor(True)))
    yield "no_grad of two", raises(lambda: torch.no_grad(1, 2))
    yield "mode", torch.is_grad_enabled()


@case(LOCAL, builds_on=("grad_modes::restored_after_an_exception",))
def deeply_nested(torch):
    """Modes nest to any depth, and each restores the one around it."""
    seen = [torch.is_grad_enabled()]
    modes = [
        torch.no_grad,
        torch.enable_grad,
        torch.no_grad,
        lambda: torch.set_grad_enabled(True),
        torch.inference_mode,
    ]
    entered = []
    try:
        for make in modes:
            mode = make()
            mode.__enter__()
            entered.append(mode)
            seen.append(torch.is_grad_enabled())
    finally:
        while entered:
            entered.pop().__exit__(None, None, None)
            seen.append(torch.is_grad_enabled())
    yield "modes", seen


@case(LOCAL, builds_on=("grad_modes::one_object_entered_again",))
def what_entering_and_leaving_return(torch):
    """`__enter__` gives None, `__exit__` gives None and so swallows no exception."""
    mode = torch.no_grad()
    yield "enter", mode.__enter__()
    try:
        yield "inside", torch.is_grad_enabled()
    finally:
        left = mode.__exit__(None, None, None)
    yield "exit", left
    yield "after", torch.is_grad_enabled()
    yield "clone", type(torch.no_grad().clone()) is torch.no_grad
    yield "clone keeps its flag", torch.autograd.grad_mode.inference_mode(False).clone().mode


@case(LOCAL, builds_on=("grad_modes::one_object_entered_again",))
def one_object_nested_in_itself(torch):
    """A `no_grad` object that is entered twice remembers only the mode of the last entry."""
    mode = torch.no_grad()
    try:
        with mode:
            with mode:
                yield "inner", torch.is_grad_enabled()
            yield "after the inner one", torch.is_grad_enabled()
        yield "after both", torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)


@case(LOCAL, builds_on=("grad_modes::no_grad_around_a_generator",))
def values_sent_to_a_generator(torch):
    """A decorated generator receives what is sent and thrown into it, in its mode, and returns its value."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    log = []

    @torch.no_grad()
    def numbers():
        try:
            factor = yield (x * 2).requires_grad
            log.append(("sent", factor, torch.is_grad_enabled()))
            yield (x * factor).requires_grad
        except ValueError as error:
            log.append(("thrown", str(error), torch.is_grad_enabled()))
            yield "caught"
        finally:
            log.append(("finally", torch.is_grad_enabled()))
        return "value"

    generator = numbers()
    yield "first", next(generator)
    yield "sent", generator.send(7)
    yield "thrown", generator.throw(ValueError("text"))
    outcome = raises(lambda: next(generator))
    yield "end", outcome
    yield "log", log
    yield "mode", torch.is_grad_enabled()


@case(LOCAL, builds_on=("grad_modes::no_grad_around_a_generator",))
def decorated_generator_closed(torch):
    """Closing a decorated generator runs its `finally` in its mode, and leaves the caller's."""
    log = []

    @torch.no_grad()
    def numbers():
        try:
            yield 1
            yield 2
        finally:
            log.append(torch.is_grad_enabled())

    generator = numbers()
    yield "first", next(generator)
    yield "caller", torch.is_grad_enabled()
    generator.close()
    yield "finally", log
    yield "mode", torch.is_grad_enabled()


@case(LOCAL, builds_on=("grad_modes::no_grad_around_a_generator",))
def mode_changed_by_a_generator(torch):
    """A decorated generator that raises leaves its caller's mode; `yield from` passes through it."""

    @torch.no_grad()
    def failing():
        yield torch.is_grad_enabled()
        raise KeyError("key")

    @torch.enable_grad()
    def outer():
        yield torch.is_grad_enabled()
        yield from failing()

    generator = outer()
    yield "outer", next(generator)
    yield "inner", next(generator)
    yield "error", raises(lambda: next(generator))
    yield "mode", torch.is_grad_enabled()


@case(LOCAL, builds_on=("grad_modes::other_threads_have_their_own_mode",))
def modes_set_in_a_thread(torch):
    """A mode that is set in a thread for good stays in that thread."""
    found = []

    def work():
        torch.set_grad_enabled(False)
        found.append(torch.is_grad_enabled())

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
    yield "thread", found
    yield "here", torch.is_grad_enabled()


@case(LOCAL, builds_on=("grad_modes::other_threads_have_their_own_mode",))
def decorated_function_in_a_thread(torch):
    """A decorated function that runs in two threads at once restores each thread's mode."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    barrier = threading.Barrier(2, timeout=10)
    found = []

    @torch.no_grad()
    def untracked():
        barrier.wait()
        return (x * 2).requires_grad

    def work():
        inside = untracked()
        found.append((inside, torch.is_grad_enabled()))

    with ThreadPoolExecutor(2) as pool:
        for running in [pool.submit(work), pool.submit(work)]:
            running.result()
    yield "found", found
    yield "here", torch.is_grad_enabled()


@case(LOCAL, builds_on=("grad_modes::backward_under_no_grad",))
def modes_inside_backward(torch):
    """Hooks run with grad mode off, or on with `create_graph`, whatever the mode around `backward`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    seen = []
    y = x * 3
    y.register_hook(lambda grad: seen.append((torch.is_grad_enabled(), torch.is_inference_mode_enabled())))
    y.sum().backward(retain_graph=True)
    torch.autograd.grad(y.sum(), x, create_graph=True)
    total = y.sum()
    with torch.no_grad():
        total.backward(retain_graph=True)
        yield "afterwards", torch.is_grad_enabled()
        torch.autograd.grad(total, x, create_graph=True)
        yield "after grad", torch.is_grad_enabled()
    yield "seen", seen


@case(LOCAL, builds_on=("grad_modes::backward_under_no_grad",))
def mode_changed_by_a_hook(torch):
    """A mode that a hook sets for good does not outlast `backward`."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.register_hook(lambda grad: torch.set_grad_enabled(True) and None)
    with torch.no_grad():
        y.backward(torch.tensor([1.0, 2.0]))
        yield "afterwards", torch.is_grad_enabled()
    yield "outside", torch.is_grad_enabled()
    yield "gradient", x.grad


@case("torch.autograd.grad_mode: set_multithreading_enabled")
def multithreading(torch):
    """`set_multithreading_enabled` is a context manager over a flag that is on at first."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "at first", torch.autograd.is_multithreading_enabled()
    with torch.autograd.set_multithreading_enabled(False):
        yield "inside", torch.autograd.is_multithreading_enabled()
        (x * x).sum().backward()
    yield "after", torch.autograd.is_multithreading_enabled()
    yield "gradient", x.grad
    try:
        mode = torch.autograd.set_multithreading_enabled(False)
        yield "as a function", torch.autograd.is_multithreading_enabled()
        yield "clone", mode.clone().mode
    finally:
        torch.autograd.set_multithreading_enabled(True)


@case(LOCAL, builds_on=("grad_modes::leaf_made_under_no_grad",))
def parameters_made_under_no_grad(torch):
    """A Parameter made under `no_grad` requires grad; `detach` and `requires_grad_` act as outside."""
    with torch.no_grad():
        parameter = torch.nn.Parameter(torch.tensor([1.5, -2.0]))
        tensor = torch.tensor([1.5]).requires_grad_()
        result = (parameter * 2).requires_grad_()
        detached = parameter.detach()
        yield "augmented", raises(lambda: parameter.__iadd__(1) is parameter)
    yield "parameter", parameter
    yield "tensor", tensor
    yield "result", result
    yield "detached", detached
    (parameter * tensor * result).sum().backward()
    yield "gradients", [parameter.grad, tensor.grad, result.grad]


@case(LOCAL, builds_on=("grad_modes::copies_under_no_grad",))
def functions_that_return_what_they_got_under_no_grad(torch):
    """Functions that return the tensor itself keep its graph, whatever the mode."""
    x = torch.tensor([[1.5, -2.0]], requires_grad=True)
    y = x * 3
    with torch.no_grad():
        for name, same in {
            "contiguous": y.contiguous(),
            "to": y.to(torch.float32),
            "float": y.float(),
            "requires_grad_": y.requires_grad_(),
            "expand_as": y.expand_as(y),
            "reshape": y.reshape(1, 2),
            "flatten": y[0].flatten(),
        }.items():
            yield name, (same is y, same.requires_grad, same.grad_fn is None)
